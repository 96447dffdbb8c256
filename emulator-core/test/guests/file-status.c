/* stat and statx, reading ahead, lists of directories, ranges of descriptors, and other calls with an answer of their own. */
#include "guest.h"
#include <dirent.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/wait.h>

/* struct statx of linux/stat.h, as far as it is told here. */
struct answer {
    uint32_t mask, blksize;
    uint64_t attributes;
    uint32_t nlink, uid, gid;
    uint16_t mode, spare0;
    uint64_t ino, size, blocks, attributes_mask;
    struct { int64_t seconds; uint32_t nanoseconds; int32_t reserved; } atime, btime, ctime, mtime;
    uint32_t rdev_major, rdev_minor, dev_major, dev_minor;
    uint64_t rest[16];
};

static int stat_x(int directory, const char *path, int flags, unsigned mask, struct answer *into)
{
    return (int)syscall(SYS_statx, directory, path, flags, mask, into);
}

static int stat_at(int directory, const char *path, struct stat *into, int flags)
{
    return (int)syscall(SYS_newfstatat, directory, path, into, flags);
}

static void by_newfstatat(void)
{
    struct stat status;
    section("newfstatat");
    int fd = open("f", O_RDONLY), directory = open(".", O_RDONLY | O_DIRECTORY);
    CALL(stat_at(AT_FDCWD, "link", &status, 0));
    printf("regular %d\n", S_ISREG(status.st_mode));
    CALL(stat_at(AT_FDCWD, "link", &status, AT_SYMLINK_NOFOLLOW));
    printf("a link %d\n", S_ISLNK(status.st_mode));
    CALL(stat_at(directory, "f", &status, 0x800));
    CALL(stat_at(AT_FDCWD, "f", &status, AT_SYMLINK_FOLLOW));
    CALL(stat_at(AT_FDCWD, "f", &status, 0x200));
    CALL(stat_at(AT_FDCWD, "", &status, 0));
    CALL(stat_at(fd, "", &status, AT_EMPTY_PATH));
    printf("regular %d, size %ld\n", S_ISREG(status.st_mode), (long)status.st_size);
    CALL(stat_at(AT_FDCWD, "", &status, AT_EMPTY_PATH));
    printf("a directory %d\n", S_ISDIR(status.st_mode));
    CALL(stat_at(fd, "f", &status, AT_EMPTY_PATH));
    CALL(stat_at(99, "f", &status, 0));
    CALL(stat_at(99, "", &status, AT_EMPTY_PATH));
    CALL(stat_at(fd, NULL, &status, 0));
    CALL(stat_at(fd, NULL, &status, AT_EMPTY_PATH));
    CALL(stat_at(fd, "", NOWHERE, AT_EMPTY_PATH));
    close(fd);
    close(directory);
}

static void by_statx(void)
{
    struct answer answer;
    struct stat status;
    section("statx");
    CALL(stat_x(AT_FDCWD, "f", 0, 0x7ff, &answer));
    printf("basics %d, type %o, size %ld, links %u, times %d\n", (answer.mask & 0x7ff) == 0x7ff, answer.mode & S_IFMT,
           (long)answer.size, answer.nlink, answer.mtime.seconds > 0);
    stat("f", &status);
    printf("inode %d, device %d\n", answer.ino == status.st_ino,
           answer.dev_major == major(status.st_dev) && answer.dev_minor == minor(status.st_dev));
    CALL(stat_x(AT_FDCWD, "f", 0, 1, &answer));
    printf("the size, too, %d\n", (answer.mask & 0x200) != 0);
    CALL(stat_x(AT_FDCWD, "f", 0, 0x1000, &answer));
    printf("a mount number %d\n", (answer.mask & 0x1000) != 0);
    printf("immutable, append and nodump could be told %d, are %d\n", (answer.attributes_mask & 0x70) == 0x70,
           (answer.attributes & 0x70) != 0);
    CALL(stat_x(AT_FDCWD, "f", 0, 0x80000000, &answer));
    CALL(stat_x(AT_FDCWD, "f", 0x2000, 0, &answer));
    CALL(stat_x(AT_FDCWD, "f", 0x4000, 0, &answer));
    CALL(stat_x(AT_FDCWD, "f", 0x6000, 0, &answer));
    CALL(stat_x(AT_FDCWD, "f", 0x200, 0, &answer));
    CALL(stat_x(AT_FDCWD, "link", AT_SYMLINK_NOFOLLOW | 0x800, 0, &answer));
    printf("a link %d\n", S_ISLNK(answer.mode));
    CALL(stat_x(AT_FDCWD, "/dev/null", 0, 0, &answer));
    stat("/dev/null", &status);
    printf("stands for %u:%u, lies on its device %d\n", answer.rdev_major, answer.rdev_minor,
           answer.dev_major == major(status.st_dev) && answer.dev_minor == minor(status.st_dev));
    CALL(stat_x(AT_FDCWD, "", 0, 0, &answer));
    CALL(stat_x(AT_FDCWD, "f", 0, 0, NOWHERE));
}

static void ahead(void)
{
    section("readahead");
    int fd = open("f", O_RDONLY), writes = open("f", O_WRONLY), directory = open(".", O_RDONLY), ends[2];
    pipe(ends);
    CALL(readahead(fd, 0, 4096));
    CALL(readahead(fd, 0, 0));
    CALL(readahead(fd, 1 << 20, 10));
    CALL(readahead(fd, -1, 10));
    CALL(readahead(fd, 0x7fffffffffffffff, 10));
    CALL(readahead(fd, 0, (size_t)-1));
    CALL(readahead(writes, 0, 10));
    CALL(readahead(directory, 0, 10));
    CALL(readahead(ends[0], 0, 10));
    CALL(readahead(99, 0, 10));
    close(fd);
    close(writes);
    close(directory);
    close(ends[0]);
    close(ends[1]);
}

static int close_numbers(unsigned from, unsigned to, unsigned flags) { return (int)syscall(SYS_close_range, from, to, flags); }

static void open_numbers(void)
{
    printf("open:");
    for (int fd = 3; fd < 12; fd++)
        if (fcntl(fd, F_GETFD) != -1)
            printf(" %d%s", fd, fcntl(fd, F_GETFD) == FD_CLOEXEC ? "e" : "");
    putchar('\n');
}

static void ranges(void)
{
    section("close_range");
    close_numbers(3, ~0u, 0);
    for (int fd = 3; fd < 9; fd++)
        dup2(1, fd);
    CALL(close_numbers(3, 4, 1));
    CALL(close_numbers(3, 4, 8));
    CALL(close_numbers(4, 3, 0));
    open_numbers();
    CALL(close_numbers(4, 5, 0));
    CALL(close_numbers(4, 5, 0));
    CALL(close_numbers(7, ~0u, 4));
    open_numbers();
    CALL(close_numbers(1000, ~0u, 0));
    CALL(close_numbers(3, ~0u, 2 | 4));
    open_numbers();
    int epoll = epoll_create1(0);
    CALL(close_numbers(100, ~0u, 2));
    CALL(fcntl(epoll, F_GETFD));
    CALL(close_numbers(3, ~0u, 2));
    open_numbers();
}

static void lists(void)
{
    char buffer[1024];
    section("getdents64");
    int fd = open("f", O_RDONLY);
    CALL((int)syscall(SYS_getdents64, fd, buffer, sizeof buffer));
    CALL((int)syscall(SYS_getdents64, 99, buffer, sizeof buffer));
    close(fd);
    fd = open(".", O_RDONLY);
    CALL((int)syscall(SYS_getdents64, fd, buffer, 8));
    CALL((int)syscall(SYS_getdents64, fd, NOWHERE, sizeof buffer));
    close(fd);
}

static void further(void)
{
    struct rlimit limit;
    struct timeval left = { 5, 0 };
    fd_set set;
    int ends[2];
    section("limits of others");
    pid_t child = fork();
    if (child == 0)
        for (;;)
            pause();
    CALL((int)syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &limit));
    CALL((int)syscall(SYS_prlimit64, getpid(), RLIMIT_NOFILE, NULL, &limit));
    CALL((int)syscall(SYS_prlimit64, child, RLIMIT_NOFILE, NULL, &limit));
    kill(child, SIGKILL);
    wait(NULL);
    section("eventfd2");
    CALL(eventfd(0, 2));
    CALL(close(eventfd(0, EFD_SEMAPHORE | EFD_CLOEXEC | EFD_NONBLOCK)));
    section("select writes what is left");
    pipe(ends);
    write(ends[1], "x", 1);
    FD_ZERO(&set);
    FD_SET(ends[0], &set);
    CALL((int)syscall(SYS_select, ends[0] + 1, &set, NULL, NULL, &left));
    printf("less than all %d, more than nothing %d\n", left.tv_sec < 5, left.tv_sec * 1000000 + left.tv_usec > 0);
    section("personality");
    CALL((int)syscall(SYS_personality, 0xffffffff));
    CALL((int)syscall(SYS_personality, 0));
    CALL((int)syscall(SYS_personality, 0x0040000));
    CALL((int)syscall(SYS_personality, 0));
    CALL((int)syscall(SYS_personality, 6));
    CALL((int)syscall(SYS_personality, 0));
    section("input and output priorities");
    CALL((int)syscall(SYS_ioprio_set, 1, 0, 3 << 13));
    CALL((int)syscall(SYS_ioprio_set, 9, 0, 0) == -1);
    CALL((int)syscall(SYS_ioprio_get, 9, 0) == -1);
}

static void moved(void)
{
    section("mremap");
    char *at = mmap(NULL, 4 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    strcpy(at, "moved");
    char *to = mremap(at, 4096, 4096, MREMAP_MAYMOVE | MREMAP_FIXED, at + 3 * 4096);
    printf("%s\n", to == MAP_FAILED ? errno_name(errno) : to);
    at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    strcpy(at, "grown");
    to = mremap(at, 4096, 64 * 4096, MREMAP_MAYMOVE);
    printf("%s\n", to == MAP_FAILED ? errno_name(errno) : to);
    section("getrandom");
    char bytes[64];
    CALL((int)syscall(SYS_getrandom, bytes, 64, 0));
    CALL((int)syscall(SYS_getrandom, bytes, 64, 1));
    CALL((int)syscall(SYS_getrandom, bytes, 64, 2));
    CALL((int)syscall(SYS_getrandom, bytes, 16, 2));
    CALL((int)syscall(SYS_getrandom, bytes, 64, 4));
    CALL((int)syscall(SYS_getrandom, bytes, 64, 2 | 4));
    CALL((int)syscall(SYS_getrandom, bytes, 64, 8));
    CALL((int)syscall(SYS_getrandom, NOWHERE, 64, 0));
    CALL((int)syscall(SYS_getrandom, NOWHERE, 0, 0));
}

int main(void)
{
    int fd = open("f", O_CREAT | O_WRONLY, 0600);
    write(fd, "text", 4);
    close(fd);
    symlink("f", "link");
    by_newfstatat();
    by_statx();
    ahead();
    ranges();
    lists();
    further();
    moved();
    return 0;
}
