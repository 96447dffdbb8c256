/*
 * An int argument is the lower half of its register. What the upper half holds is nobody's business: syscall(3) hands on what its caller's
 * stack held there. Each call is made with a clean register and with others, and must answer the same.
 */
#include "guest.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/wait.h>

struct trial {
    const char *name;
    long number;
    unsigned ints; /* bit i: argument i is an int */
    long arguments[6];
};

static long made(const struct trial *t, unsigned long dirt)
{
    unsigned long a[6];
    for (int i = 0; i < 6; i++)
        a[i] = t->ints >> i & 1 ? (unsigned int)t->arguments[i] | dirt << 32 : (unsigned long)t->arguments[i];
    errno = 0;
    long result = syscall(t->number, a[0], a[1], a[2], a[3], a[4], a[5]);
    return result == -1 ? -errno : result;
}

/* Descriptors that calls make are closed; numbers that differ from run to run are not shown. */
static void show(const char *name, const char *how, long result)
{
    if (result < 0)
        printf("%s, %s: %s\n", name, how, errno_name((int)-result));
    else
        printf("%s, %s: ok\n", name, how);
}

int main(void)
{
    char buffer[256] = "12345678";
    int file = open("wide", O_RDWR | O_CREAT, 0600), copy = open("copy", O_RDWR | O_CREAT, 0600), pipes[2], pair[2], value = 1;
    write(file, buffer, 8);
    pipe(pipes);
    socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    int epoll = epoll_create1(0), timer = timerfd_create(CLOCK_MONOTONIC, 0), notify = inotify_init1(0);
    struct itimerspec never = { 0 };
    struct timespec nothing = { 0 };
    struct rlimit limit;
    struct epoll_event event = { 0 };
    loff_t from = 0, to = 0;
    uint32_t word = 0;
    siginfo_t info;
#define AT(p) (long)(p)
#define T(name, ints, ...) { #name, SYS_##name, ints, { __VA_ARGS__ } }
    const struct trial trials[] = {
        T(pread64, 1, file, AT(buffer), 8, 0),
        T(pwrite64, 1, file, AT("12345678"), 8, 0),
        T(lseek, 5, file, 0, SEEK_SET),
        T(copy_file_range, 045, file, AT(&from), copy, AT(&to), 4, 0),
        T(sendfile, 3, copy, file, AT(&to), 4),
        T(splice, 045, file, AT(&from), pipes[1], 0, 4, 0),
        T(fallocate, 3, file, 0, 0, 8),
        T(fadvise64, 011, file, 0, 8, 0),
        T(sync_file_range, 011, file, 0, 8, 0),
        T(close_range, 7, 900, -1, 0),
        T(memfd_create, 2, AT("memory"), 0),
        T(openat, 015, AT_FDCWD, AT("wide"), O_RDONLY, 0),
        T(newfstatat, 011, AT_FDCWD, AT("wide"), AT(buffer), 0),
        T(statx, 015, AT_FDCWD, AT("wide"), 0, 0x7ff, AT(buffer)),
        T(faccessat2, 015, AT_FDCWD, AT("wide"), R_OK, 0),
        T(utimensat, 011, AT_FDCWD, AT("wide"), 0, 0),
        T(fchownat, 035, AT_FDCWD, AT("wide"), -1, -1, 0),
        T(linkat, 025, AT_FDCWD, AT("no such file"), AT_FDCWD, AT("no such link"), 0),
        T(unlinkat, 5, AT_FDCWD, AT("no such file"), 0),
        T(renameat2, 025, AT_FDCWD, AT("no such file"), AT_FDCWD, AT("no such name"), 0),
        T(readlinkat, 011, AT_FDCWD, AT("/proc/self/exe"), AT(buffer), 8),
        T(readlink, 4, AT("/proc/self/exe"), AT(buffer), -1),
        T(fcntl, 3, file, F_GETFL),
        T(dup3, 7, file, 40, O_CLOEXEC),
        T(pipe2, 2, AT(pair), O_CLOEXEC),
        T(poll, 6, 0, 0, 0),
        T(select, 1, 0, 0, 0, 0, AT(&nothing)),
        T(epoll_ctl, 7, epoll, EPOLL_CTL_ADD, pipes[0], AT(&event)),
        T(epoll_wait, 015, epoll, AT(buffer), 4, 0),
        T(epoll_pwait, 015, epoll, AT(buffer), 4, 0, 0, 8),
        T(eventfd2, 3, 0, EFD_CLOEXEC),
        T(timerfd_create, 3, CLOCK_MONOTONIC, 0),
        T(timerfd_settime, 3, timer, 0, AT(&never), 0),
        T(inotify_add_watch, 5, notify, AT("wide"), IN_MODIFY),
        T(inotify_init1, 1, IN_NONBLOCK),
        T(socket, 7, AF_UNIX, SOCK_DGRAM, 0),
        T(setsockopt, 027, pair[0], SOL_SOCKET, SO_KEEPALIVE, AT(&value), 4),
        T(sendto, 051, pair[0], AT(buffer), 1, MSG_DONTWAIT, 0, 0),
        T(recvfrom, 011, pair[1], AT(buffer), 1, MSG_DONTWAIT, 0, 0),
        T(listen, 3, pair[0], 1),
        T(shutdown, 3, pair[0], SHUT_RDWR),
        T(getrlimit, 1, RLIMIT_NOFILE, AT(&limit)),
        T(prlimit64, 3, 0, RLIMIT_NOFILE, 0, AT(&limit)),
        T(getpriority, 3, PRIO_PROCESS, 0),
        T(getrusage, 1, RUSAGE_SELF, AT(buffer)),
        T(setresuid, 7, -1, -1, -1),
        T(getgroups, 1, 0, 0),
        T(kill, 3, 0, 0),
        T(wait4, 5, -1, 0, WNOHANG, 0),
        T(waitid, 013, P_ALL, 0, AT(&info), WEXITED | WNOHANG, 0),
        T(futex, 046, AT(&word), 0x1 /* FUTEX_WAKE */, 1, 0, 0, 0),
        T(futex, 046, AT(&word), 0x0 /* FUTEX_WAIT */, 7, 0, 0, 0),
        T(clock_gettime, 1, CLOCK_MONOTONIC, AT(buffer)),
        T(clock_nanosleep, 3, CLOCK_MONOTONIC, 0, AT(&nothing), 0),
        T(sched_getscheduler, 1, 0),
        T(sched_getaffinity, 3, 0, 128, AT(buffer)),
        T(rt_sigprocmask, 1, SIG_BLOCK, 0, AT(buffer), 8),
        T(madvise, 4, 0, 0, MADV_NORMAL),
        T(msync, 4, 0, 0, MS_SYNC),
        T(prctl, 1, 3 /* PR_GET_DUMPABLE */, 0, 0, 0, 0),
        T(getrandom, 4, AT(buffer), 8, 0),
        T(membarrier, 7, 0, 0, 0),
        T(umask, 1, 022),
        T(mlock2, 4, 0, 0, 0),
    };
    static const struct { const char *how; unsigned long dirt; } registers[] = {
        { "clean", 0 }, { "of an address", 0x7fff }, { "all ones", 0xffffffff }, { "large", 0x5a5a5a5a },
    };
    for (size_t i = 0; i < sizeof trials / sizeof *trials; i++)
        for (size_t j = 0; j < sizeof registers / sizeof *registers; j++)
            show(trials[i].name, registers[j].how, made(&trials[i], registers[j].dirt));
    return 0;
}
