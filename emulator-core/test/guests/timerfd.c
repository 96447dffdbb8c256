/* timerfd: one shot, repeated, absolute, stopped, read again. */
#include "guest.h"
#include <poll.h>
#include <sys/timerfd.h>

#define MS 1000000L

static void set(int fd, long first, long every)
{
    struct itimerspec when = { .it_value = { 0, first * MS }, .it_interval = { 0, every * MS } }, old;
    CALL(timerfd_settime(fd, 0, &when, &old));
    printf("before: armed %d, every %ld ms\n", old.it_value.tv_sec != 0 || old.it_value.tv_nsec != 0, old.it_interval.tv_nsec / MS);
}

int main(void)
{
    uint64_t count = 0;
    struct itimerspec when;
    section("created");
    int fd = CALL(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
    CALL(timerfd_create(1234, 0));
    CALL(timerfd_create(CLOCK_REALTIME, 12345));
    CALL(fcntl(fd, F_GETFD));
    CALL(read(fd, &count, 8));
    CALL(timerfd_gettime(fd, &when));
    printf("armed %d\n", when.it_value.tv_sec != 0 || when.it_value.tv_nsec != 0);
    CALL(write(fd, &count, 8));
    section("one shot");
    long began = milliseconds_now();
    set(fd, 30, 0);
    CALL(read(fd, &count, 8));
    struct pollfd asked = { .fd = fd, .events = POLLIN };
    CALL(poll(&asked, 1, 5000));
    printf("after 30 ms %d\n", milliseconds_now() - began >= 29);
    CALL(read(fd, &count, 4));
    CALL(read(fd, &count, 8));
    printf("%lu\n", (unsigned long)count);
    CALL(read(fd, &count, 8));
    section("repeated");
    set(fd, 10, 10);
    nap(75);
    CALL(read(fd, &count, 8));
    printf("several %d\n", count >= 4);
    set(fd, 0, 0);
    CALL(read(fd, &count, 8));
    section("absolute");
    when.it_value = (struct timespec){ 0, 1 }; /* long ago */
    when.it_interval = (struct timespec){ 0, 0 };
    CALL(timerfd_settime(fd, TFD_TIMER_ABSTIME, &when, NULL));
    CALL(read(fd, &count, 8));
    printf("%lu\n", (unsigned long)count);
    when.it_value.tv_nsec = 1000000000;
    CALL(timerfd_settime(fd, 0, &when, NULL));
    when.it_value.tv_nsec = 1;
    CALL(timerfd_settime(fd, 1234, &when, NULL));
    CALL(timerfd_settime(0, 0, &when, NULL));
    CALL(timerfd_settime(99, 0, &when, NULL));
    CALL(close(fd));
    section("blocking");
    fd = CALL(timerfd_create(CLOCK_REALTIME, 0));
    set(fd, 20, 0);
    CALL(read(fd, &count, 8));
    printf("%lu\n", (unsigned long)count);
    return 0;
}
