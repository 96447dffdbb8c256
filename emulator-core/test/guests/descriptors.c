/* The descriptor table: duplicates, flags, ranges, limits. */
#include "guest.h"
#include <sys/resource.h>

#define CLOSE_RANGE_CLOEXEC_FLAG 4

static long close_range_raw(unsigned first, unsigned last, unsigned flags) { return syscall(SYS_close_range, first, last, flags); }

static void duplicates(void)
{
    section("duplicates");
    int fd = CALL(open("f", O_CREAT | O_RDWR, 0600));
    CALL(dup(fd));
    CALL(dup2(fd, 10));
    CALL(dup2(fd, fd));
    CALL(dup2(99, 99));
    CALL(dup2(fd, -1));
    CALL(dup3(fd, 11, O_CLOEXEC));
    CALL(dup3(fd, fd, 0));
    CALL(dup3(fd, 12, O_APPEND));
    CALL(dup(99));
    CALL(fcntl(fd, F_DUPFD, 20));
    CALL(fcntl(fd, F_DUPFD_CLOEXEC, 20));
    CALL(fcntl(fd, F_DUPFD, -1));
    CALL(fcntl(20, F_GETFD));
    CALL(fcntl(21, F_GETFD));
    CALL(fcntl(11, F_GETFD));
    CALL(write(fd, "shared", 6));
    CALL(lseek(10, 0, SEEK_CUR));
    int own = CALL(open("f", O_RDONLY));
    CALL(lseek(own, 0, SEEK_CUR));
    CALL(close(own));
    CALL(close(fd));
    CALL(write(10, "!", 1));
    CALL(open("f", O_RDONLY));
}

static void flags(void)
{
    section("flags");
    int fd = 10;
    CALL(fcntl(fd, F_SETFD, FD_CLOEXEC));
    CALL(fcntl(fd, F_GETFD));
    CALL(fcntl(fd, F_SETFD, 0));
    CALL(fcntl(fd, F_GETFL) & ~O_LARGEFILE & 0xffff);
    CALL(fcntl(fd, F_SETFL, O_APPEND | O_NONBLOCK));
    CALL((fcntl(fd, F_GETFL) & O_APPEND) != 0);
    CALL((fcntl(20, F_GETFL) & O_NONBLOCK) != 0);
    CALL(fcntl(fd, 9999, 0));
    CALL(fcntl(99, F_GETFD));
}

static int is_open(int fd) { return fcntl(fd, F_GETFD) != -1; }

static void ranges(void)
{
    section("close_range");
    printf("open: 10 %d, 11 %d, 20 %d, 21 %d\n", is_open(10), is_open(11), is_open(20), is_open(21));
    CALL(close_range_raw(11, 20, 0));
    printf("open: 10 %d, 11 %d, 20 %d, 21 %d\n", is_open(10), is_open(11), is_open(20), is_open(21));
    CALL(close_range_raw(10, 10, CLOSE_RANGE_CLOEXEC_FLAG));
    CALL(fcntl(10, F_GETFD));
    CALL(close_range_raw(20, 10, 0));
    CALL(close_range_raw(3, 5, 64));
    CALL(close_range_raw(3, ~0U, 0));
    printf("open: 2 %d, 3 %d, 10 %d\n", is_open(2), is_open(3), is_open(10));
}

static void limits(void)
{
    section("the limit");
    struct rlimit limit = { 6, 6 };
    CALL(setrlimit(RLIMIT_NOFILE, &limit));
    CALL(open("f", O_RDONLY));
    CALL(open("f", O_RDONLY));
    CALL(open("f", O_RDONLY));
    CALL(open("f", O_RDONLY));
    CALL(dup(1));
    CALL(dup2(1, 6));
    CALL(fcntl(1, F_DUPFD, 6));
    int ends[2];
    CALL(pipe(ends));
    CALL(close(4));
    CALL(pipe(ends));
    CALL(dup(1));
}

int main(void)
{
    duplicates();
    flags();
    ranges();
    limits();
    unlink("f");
    return 0;
}
