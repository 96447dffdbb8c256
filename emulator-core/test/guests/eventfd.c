/* eventfd: the counter, its semaphore mode, its limit. */
#include "guest.h"
#include <poll.h>
#include <sys/eventfd.h>

static int ready(int fd)
{
    struct pollfd asked = { .fd = fd, .events = POLLIN | POLLOUT };
    poll(&asked, 1, 0);
    return asked.revents;
}

int main(void)
{
    uint64_t value;
    section("a counter");
    int fd = CALL(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
    CALL(fcntl(fd, F_GETFD));
    CALL(read(fd, &value, 8));
    CALL(ready(fd));
    value = 5;
    CALL(write(fd, &value, 8));
    CALL(write(fd, &value, 8));
    CALL(ready(fd));
    CALL(read(fd, &value, 8));
    printf("%lu\n", (unsigned long)value);
    CALL(read(fd, &value, 7));
    CALL(write(fd, &value, 7));
    CALL(lseek(fd, 0, SEEK_SET));
    section("its limit");
    value = UINT64_MAX;
    CALL(write(fd, &value, 8));
    value = UINT64_MAX - 1;
    CALL(write(fd, &value, 8));
    CALL(ready(fd));
    value = 1;
    CALL(write(fd, &value, 8));
    value = 0;
    CALL(write(fd, &value, 8));
    CALL(read(fd, &value, 8));
    printf("%lx\n", (unsigned long)value);
    CALL(close(fd));
    section("a semaphore");
    fd = CALL(eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK));
    CALL(read(fd, &value, 8));
    printf("%lu\n", (unsigned long)value);
    CALL(read(fd, &value, 16));
    CALL(read(fd, &value, 8));
    CALL(close(fd));
    CALL(eventfd(0, 12345));
    return 0;
}
