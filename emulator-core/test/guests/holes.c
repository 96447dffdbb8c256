/* Holes and what is done to ranges: SEEK_DATA and SEEK_HOLE, fallocate's modes, copy_file_range, preadv2 and pwritev2, advice, sync. On a file system of the memory, so that the answers do not depend on the disk's. */
#include "guest.h"
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/uio.h>

enum { KEEP = 1, PUNCH = 2, COLLAPSE = 8, ZERO = 16, INSERT = 32 };
#ifndef SEEK_DATA
#define SEEK_DATA 3
#define SEEK_HOLE 4
#endif

static char path[2][64];

static int fresh(int which)
{
    unlink(path[which]);
    return open(path[which], O_RDWR | O_CREAT | O_TRUNC, 0600);
}

static void state(int fd)
{
    struct stat s;
    fstat(fd, &s);
    printf("size %ld, %ld pages\n", (long)s.st_size, (long)s.st_blocks / 8);
    fflush(stdout);
}

static void map(int fd)
{
    off_t end = lseek(fd, 0, SEEK_END);
    for (off_t at = 0; at < end;) {
        off_t data = lseek(fd, at, SEEK_DATA);
        if (data < 0)
            break;
        off_t hole = lseek(fd, data, SEEK_HOLE);
        printf("data %ld to %ld\n", (long)data, (long)hole);
        at = hole;
    }
    fflush(stdout);
}

static void seeking(void)
{
    section("holes");
    int fd = fresh(0);
    CALL(lseek(fd, 0, SEEK_DATA));
    CALL(lseek(fd, 0, SEEK_HOLE));
    CALL(ftruncate(fd, 1 << 20));
    CALL(lseek(fd, 0, SEEK_DATA));
    CALL(lseek(fd, 5, SEEK_HOLE));
    CALL(pwrite(fd, "x", 1, 65536));
    CALL(pwrite(fd, "y", 1, 300000));
    map(fd);
    state(fd);
    CALL(lseek(fd, -1, SEEK_DATA));
    CALL(lseek(fd, 1 << 20, SEEK_HOLE));
    CALL(lseek(fd, (1 << 20) - 1, SEEK_HOLE));
    CALL(lseek(fd, 300001, SEEK_DATA));
    CALL(lseek(fd, 400000, SEEK_DATA));
    CALL(lseek(fd, 0, 5));
    CALL(ftruncate(fd, 65537));
    map(fd);
    state(fd);
    close(fd);
}

static void allocating(void)
{
    section("fallocate");
    int fd = fresh(0);
    CALL(fallocate(fd, 0, 0, 10000));
    state(fd);
    CALL(fallocate(fd, KEEP, 20000, 10000));
    state(fd);
    CALL(fallocate(fd, 0, 4096, 0));
    CALL(fallocate(fd, 0, -1, 10));
    CALL(fallocate(fd, 0, 0, -10));
    CALL(fallocate(fd, 0, INT64_MAX, 10));
    CALL(fallocate(fd, 0x4000, 0, 10));
    CALL(fallocate(fd, PUNCH, 0, 10));
    char page[4096];
    memset(page, 'p', sizeof page);
    for (int i = 0; i < 4; i++)
        pwrite(fd, page, sizeof page, i * 4096);
    CALL(fallocate(fd, PUNCH | KEEP, 100, 8100));
    state(fd);
    map(fd);
    char byte = 0;
    CALL(pread(fd, &byte, 1, 99));
    printf("%d\n", byte);
    CALL(pread(fd, &byte, 1, 100));
    printf("%d\n", byte);
    CALL(pread(fd, &byte, 1, 8199));
    printf("%d\n", byte);
    CALL(pread(fd, &byte, 1, 8200));
    printf("%d\n", byte);
    CALL(fallocate(fd, PUNCH | KEEP, 1 << 20, 4096));
    state(fd);
    close(fd);
    fd = open(path[0], O_RDONLY);
    CALL(fallocate(fd, 0, 0, 10));
    close(fd);
    fd = open("/dev/null", O_RDWR);
    CALL(fallocate(fd, 0, 0, 10));
    close(fd);
    fd = open(".", O_RDONLY);
    CALL(fallocate(fd, 0, 0, 10));
    close(fd);
    int ends[2];
    pipe(ends);
    CALL(fallocate(ends[1], 0, 0, 10));
    CALL(fallocate(ends[0], 0, 0, 10));
    close(ends[0]), close(ends[1]);
    CALL(fallocate(-1, 0, 0, 10));
}

static void copying(void)
{
    section("copy_file_range");
    int a = fresh(0), b = fresh(1);
    write(a, "0123456789", 10);
    off_t from = 2, to = 20;
    CALL(copy_file_range(a, &from, b, &to, 5, 0));
    printf("%ld %ld\n", (long)from, (long)to);
    state(b);
    lseek(a, 0, SEEK_SET);
    CALL(copy_file_range(a, NULL, b, NULL, 100, 0));
    printf("%ld %ld\n", (long)lseek(a, 0, SEEK_CUR), (long)lseek(b, 0, SEEK_CUR));
    CALL(copy_file_range(a, NULL, b, NULL, 100, 0));
    CALL(copy_file_range(a, NULL, b, NULL, 100, 1));
    lseek(a, 0, SEEK_SET);
    CALL(copy_file_range(a, NULL, b, NULL, INT64_MAX, 0));
    from = 0, to = 5;
    CALL(copy_file_range(a, &from, a, &to, 10, 0));
    to = 10;
    CALL(copy_file_range(a, &from, a, &to, 10, 0));
    from = -1;
    CALL(copy_file_range(a, &from, b, &to, 10, 0));
    from = 100;
    CALL(copy_file_range(a, &from, b, &to, 10, 0));
    CALL(copy_file_range(a, NOWHERE, b, &to, 10, 0));
    int ends[2];
    pipe(ends);
    CALL(copy_file_range(ends[0], NULL, b, NULL, 10, 0));
    CALL(copy_file_range(a, NULL, ends[1], NULL, 10, 0));
    close(ends[0]), close(ends[1]);
    int c = open(path[1], O_WRONLY | O_APPEND);
    CALL(copy_file_range(a, NULL, c, NULL, 10, 0));
    CALL(copy_file_range(c, NULL, a, NULL, 10, 0));
    close(c);
    c = open(".", O_RDONLY);
    CALL(copy_file_range(c, NULL, a, NULL, 10, 0));
    CALL(copy_file_range(a, NULL, c, NULL, 10, 0));
    close(c);
    c = open("/dev/null", O_RDWR);
    CALL(copy_file_range(a, NULL, c, NULL, 10, 0));
    close(c);
    from = 0, to = INT64_MAX;
    CALL(copy_file_range(a, &from, b, &to, 10, 0));
    close(a), close(b);
}

static void flagged(void)
{
    section("preadv2 and pwritev2");
    int fd = fresh(0);
    struct iovec v = { "hello", 5 };
    char into[8] = "";
    struct iovec r = { into, sizeof into };
    CALL(syscall(328, fd, &v, 1UL, 0L, 0L, 0));
    CALL(syscall(328, fd, &v, 1UL, -1L, -1L, 0));
    CALL(lseek(fd, 0, SEEK_CUR));
    CALL(syscall(328, fd, &v, 1UL, 0L, 0L, 0x10));
    state(fd);
    CALL(syscall(328, fd, &v, 1UL, 0L, 0L, 2));
    CALL(syscall(328, fd, &v, 1UL, 0L, 0L, 4));
    CALL(syscall(328, fd, &v, 1UL, 0L, 0L, 0x4000));
    CALL(syscall(327, fd, &r, 1UL, 2L, 0L, 0));
    printf("%.8s\n", into);
    state(fd);
    CALL(syscall(327, fd, &r, 1UL, -1L, -1L, 0));
    CALL(syscall(327, fd, &r, 1UL, -2L, -1L, 0));
    CALL(syscall(327, fd, &r, 1UL, 0L, 0L, 0x4000));
    close(fd);
    fd = open(path[0], O_WRONLY | O_APPEND);
    CALL(syscall(328, fd, &v, 1UL, 0L, 0L, 0x20));
    state(fd);
    CALL(syscall(328, fd, &v, 1UL, 0L, 0L, 0));
    state(fd);
    CALL(pwrite(fd, "zz", 2, 0));
    state(fd);
    close(fd);
    int ends[2];
    pipe(ends);
    CALL(syscall(327, ends[0], &r, 1UL, -1L, -1L, 8));
    CALL(syscall(328, ends[1], &v, 1UL, -1L, -1L, 0));
    CALL(syscall(327, ends[0], &r, 1UL, -1L, -1L, 0));
    CALL(syscall(327, ends[0], &r, 1UL, 0L, 0L, 0));
    close(ends[0]), close(ends[1]);
}

static void advising(void)
{
    section("advice and sync");
    int fd = fresh(0), ends[2];
    pipe(ends);
    CALL(syscall(SYS_fadvise64, fd, 0L, 0L, 4));
    CALL(syscall(SYS_fadvise64, fd, 0L, 0L, 6));
    CALL(syscall(SYS_fadvise64, fd, 0L, -1L, 0));
    CALL(syscall(SYS_fadvise64, ends[0], 0L, 0L, 0));
    CALL(syscall(SYS_fadvise64, 99, 0L, 0L, 0));
    CALL(syscall(SYS_readahead, ends[0], 0L, 10L));
    CALL(syscall(SYS_readahead, fd, 0L, 10L));
    CALL(syscall(SYS_fsync, ends[0]));
    CALL(syscall(SYS_fdatasync, ends[0]));
    CALL(syscall(SYS_syncfs, fd));
    CALL(syscall(SYS_syncfs, 99));
    CALL(syscall(SYS_syncfs, ends[0]));
    CALL(syscall(SYS_sync_file_range, fd, 0L, 0L, 7));
    CALL(syscall(SYS_sync_file_range, fd, -1L, 0L, 7));
    CALL(syscall(SYS_sync_file_range, fd, 0L, -1L, 7));
    CALL(syscall(SYS_sync_file_range, fd, 0L, 0L, 8));
    CALL(syscall(SYS_sync_file_range, ends[0], 0L, 0L, 7));
    CALL(syscall(SYS_sync_file_range, 99, 0L, 0L, 7));
    CALL(syscall(SYS_sync));
    close(ends[0]), close(ends[1]), close(fd);
}

static int exceeded;
static void on_xfsz(int signal) { (void)signal; exceeded++; }

static void limited(void)
{
    section("limits");
    signal(SIGXFSZ, on_xfsz);
    struct rlimit limit = { 10000, RLIM_INFINITY };
    setrlimit(RLIMIT_FSIZE, &limit);
    int fd = fresh(0);
    char block[8192] = "";
    CALL(write(fd, block, 8192));
    CALL(write(fd, block, 8192));
    CALL(write(fd, block, 8192));
    CALL(ftruncate(fd, 20000));
    CALL(ftruncate(fd, 10000));
    CALL(truncate(path[0], 10001));
    CALL(fallocate(fd, 0, 0, 20000));
    CALL(pwrite(fd, block, 10, 20000));
    CALL(pwrite(fd, block, 100, 9950));
    printf("%d signals\n", exceeded);
    state(fd);
    close(fd);
    limit.rlim_cur = RLIM_INFINITY;
    setrlimit(RLIMIT_FSIZE, &limit);
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = 16;
    setrlimit(RLIMIT_NOFILE, &limit);
    int n = 0;
    while (dup(0) >= 0)
        n++;
    printf("stops with %s\n", errno_name(errno));
    CALL(open("/dev/null", O_RDONLY));
    int ends[2];
    CALL(pipe(ends));
    CALL(close(15));
    CALL(pipe(ends));
    CALL(open("/dev/null", O_RDONLY));
    CALL(fcntl(0, F_DUPFD, 16));
    CALL(dup2(0, 16));
    CALL(fcntl(0, F_DUPFD, 10));
    for (int i = 3; i < 16; i++)
        close(i);
}

int main(void)
{
    for (int i = 0; i < 2; i++)
        snprintf(path[i], sizeof path[i], "/dev/shm/interlinear-holes-%d-%d", (int)getpid(), i);
    seeking();
    allocating();
    copying();
    flagged();
    advising();
    limited();
    unlink(path[0]), unlink(path[1]);
    return 0;
}
