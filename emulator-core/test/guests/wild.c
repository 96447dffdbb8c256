/* Wild arguments: pointers to nowhere, descriptors that are not open or of the wrong kind, lengths and flags out of range. */
#include "guest.h"
#include <poll.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* Straight to the kernel: a C library may look at arguments itself. What has to arrive as a negative long is written as one. */
#define RAW(name, ...) report(#name "(" #__VA_ARGS__ ")", syscall(SYS_##name, __VA_ARGS__))

#define KERNEL ((void *)0xffffffff80000000)
#define ODD ((void *)0x8000000000000000)

static void pointers(int fd, const int *ends)
{
    section("pointers");
    RAW(open, NOWHERE, 0);
    RAW(openat, AT_FDCWD, KERNEL, 0);
    RAW(openat, AT_FDCWD, ODD, 0);
    RAW(read, fd, NOWHERE, 4);
    RAW(read, fd, KERNEL, 4);
    RAW(write, fd, NOWHERE, 4);
    RAW(write, ends[1], NOWHERE, 4);
    RAW(readv, fd, NOWHERE, 1);
    RAW(writev, ends[1], ODD, 1);
    RAW(stat, ".", NOWHERE);
    RAW(stat, NOWHERE, NOWHERE);
    RAW(fstat, fd, NOWHERE);
    RAW(newfstatat, AT_FDCWD, ".", NOWHERE, 0);
    RAW(statx, AT_FDCWD, ".", 0, 0x7ff, NOWHERE);
    RAW(pipe2, NOWHERE, 0);
    RAW(socketpair, AF_UNIX, SOCK_STREAM, 0, NOWHERE);
    RAW(getcwd, NOWHERE, 4096);
    RAW(readlink, "/proc/self/exe", NOWHERE, 10);
    RAW(mkdir, NOWHERE, 0700);
    RAW(rename, ".", NOWHERE);
    RAW(chdir, NOWHERE);
    RAW(poll, NOWHERE, 1, 0);
    RAW(select, 1, NOWHERE, 0, 0, 0);
    RAW(nanosleep, NOWHERE, 0);
    RAW(clock_gettime, 0, NOWHERE);
    RAW(gettimeofday, NOWHERE, 0);
    RAW(uname, NOWHERE);
    RAW(sysinfo, NOWHERE);
    RAW(getrlimit, 7, NOWHERE);
    RAW(getrusage, 0, NOWHERE);
    RAW(rt_sigaction, 10, NOWHERE, 0, 8);
    RAW(rt_sigprocmask, 0, NOWHERE, 0, 8);
    RAW(sigaltstack, NOWHERE, 0);
    RAW(timerfd_settime, fd, 0, NOWHERE, 0);
    RAW(getdents64, ends[0], NOWHERE, 100);
    RAW(sendmsg, ends[0], NOWHERE, 0);
    RAW(memfd_create, NOWHERE, 0);
    RAW(setitimer, 0, NOWHERE, 0);
}

static void edges(int fd)
{
    section("across the edge of a page");
    char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(page + 4096, 4096);
    memset(page, 'x', 4096);
    RAW(lseek, fd, 0, SEEK_SET);
    RAW(write, fd, page + 4090, 6);
    RAW(write, fd, page + 4096, 1);
    RAW(open, page + 4090, 0);
    page[4095] = 0;
    RAW(open, page + 4090, 0);
    RAW(getcwd, page + 4095, 4096);
    RAW(uname, page + 4000);
    RAW(stat, ".", page + 4090);
    struct iovec parts[2] = { { "good", 4 }, { NOWHERE, 4 } };
    RAW(lseek, fd, 0, SEEK_SET);
    RAW(writev, fd, parts, 2);
    parts[0].iov_len = -1;
    RAW(writev, fd, parts, 1);
    munmap(page, 4096);
}

static void descriptors(int fd, const int *ends)
{
    section("descriptors");
    char text[8];
    struct iovec part = { text, 8 };
    RAW(read, -1, text, 1);
    RAW(read, 1 << 30, text, 1);
    RAW(write, -1, text, 1);
    RAW(close, -1);
    RAW(lseek, 99, 0, 0);
    RAW(lseek, ends[0], 0, 0);
    RAW(pread64, ends[0], text, 1, 0);
    RAW(pwrite64, fd, text, 1, -5L);
    RAW(readv, 99, &part, 1);
    RAW(fstat, 99, text);
    RAW(fsync, 99);
    RAW(fsync, ends[0]);
    RAW(ftruncate, 99, 0);
    RAW(ftruncate, ends[1], 0);
    RAW(fchmod, 99, 0600);
    RAW(fchdir, 99);
    RAW(fchdir, fd);
    RAW(getdents64, fd, text, 8);
    RAW(ioctl, 99, 0x5401, text);
    RAW(ioctl, fd, 0x5401, text);
    RAW(ioctl, fd, 0xdeadbeef, text);
    RAW(mmap, 0L, 4096L, 1L, 2L, 99L, 0L);
    RAW(mmap, 0L, 4096L, 1L, 2L, ends[0], 0L);
    RAW(epoll_ctl, fd, 1, ends[0], NOWHERE);
    RAW(epoll_wait, fd, text, 1, 0);
    RAW(inotify_add_watch, fd, ".", 1);
    RAW(timerfd_gettime, fd, text);
    RAW(sendto, fd, text, 1, 0, 0, 0);
    RAW(recvfrom, ends[0], text, 1, 0, 0, 0);
    RAW(shutdown, fd, 2);
    RAW(readahead, ends[0], 0, 10);
    RAW(fadvise64, ends[0], 0, 0, 0);
    RAW(fallocate, ends[0], 0, 0, 10);
    RAW(flock, 99, 1);
}

static void numbers(int fd)
{
    section("numbers and flags");
    char text[8];
    RAW(openat, AT_FDCWD, ".", 0x80000003);
    RAW(lseek, fd, 0, 77);
    RAW(dup3, fd, 50, 1);
    RAW(fcntl, fd, 12345, 0);
    RAW(pipe2, text, 0x777);
    RAW(eventfd2, 0, 0x777);
    RAW(epoll_create1, 0x777);
    RAW(inotify_init1, 0x777);
    RAW(timerfd_create, 99, 0);
    RAW(poll, 0, 1 << 30, 0);
    RAW(rt_sigprocmask, 0, 0, 0, 4);
    RAW(rt_sigaction, 65, 0, 0, 8);
    RAW(rt_sigaction, 10, 0, 0, 4);
    RAW(unlinkat, AT_FDCWD, "none", 0x777000);
    RAW(linkat, AT_FDCWD, "none", AT_FDCWD, "new", 0x777000);
    RAW(faccessat, AT_FDCWD, ".", 8);
    RAW(utimensat, AT_FDCWD, "none", 0, 0x777000);
    RAW(newfstatat, AT_FDCWD, ".", text, 0x777000);
    RAW(mmap, 1L, 4096L, 1L, 0x32L, -1L, 0L);
    RAW(mmap, 0L, -1L, 1L, 0x22L, -1L, 0L);
    RAW(mprotect, 0, 4096, 0x777000);
    RAW(madvise, 0, 4096, 1);
    RAW(getrandom, text, 8, 0x777);
    RAW(prlimit64, 0, 77, 0, 0);
    RAW(kill, 0x7ffffff0, 0);
    RAW(tgkill, -1, -1, 0);
    RAW(arch_prctl, 0x7777, 0);
    report("system call 999", syscall(999, 0, 0, 0, 0, 0, 0));
    report("system call -1", syscall(-1L));
}

int main(void)
{
    int ends[2], fd = open("f", O_CREAT | O_RDWR, 0600);
    CALL(write(fd, "0123456789", 10));
    lseek(fd, 0, SEEK_SET);
    pipe(ends);
    signal(SIGPIPE, SIG_IGN);
    pointers(fd, ends);
    edges(fd);
    descriptors(fd, ends);
    numbers(fd);
    unlink("f");
    return 0;
}
