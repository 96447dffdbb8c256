/* clone(2) and clone3(2): what each flag shares, what is refused, descriptors of processes, unshare and setns. */
#include "guest.h"
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>

#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x1000
#endif
#ifndef CLONE_CLEAR_SIGHAND
#define CLONE_CLEAR_SIGHAND 0x100000000ULL
#endif
#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP 0x200000000ULL
#endif
#ifndef SYS_clone3
#define SYS_clone3 435
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif
#ifndef P_PIDFD
#define P_PIDFD 3
#endif

struct clone_arguments {
    uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup;
};

static int *shared;

static long raw_clone(unsigned long flags, void *parent_tid, void *child_tid)
{
    return syscall(SYS_clone, flags, 0, parent_tid, child_tid, 0);
}

static long clone3(struct clone_arguments *arguments, size_t size)
{
    return syscall(SYS_clone3, arguments, size);
}

static void refused(const char *what, long result)
{
    if (result == 0)
        _exit(0);
    if (result > 0) {
        printf("%s: made\n", what);
        waitpid(result, NULL, __WALL);
    } else
        printf("%s: %s\n", what, errno_name(errno));
}

static void refusals(void)
{
    section("refused");
    refused("thread without handlers", raw_clone(CLONE_THREAD | SIGCHLD, NULL, NULL));
    refused("handlers without memory", raw_clone(CLONE_SIGHAND | SIGCHLD, NULL, NULL));
    refused("thread, handlers, no memory", raw_clone(CLONE_THREAD | CLONE_SIGHAND, NULL, NULL));
    refused("directories and a mount namespace", raw_clone(CLONE_FS | CLONE_NEWNS | SIGCHLD, NULL, NULL));
    refused("two places in one", raw_clone(CLONE_PIDFD | CLONE_PARENT_SETTID | SIGCHLD, &shared[0], NULL));
    refused("pidfd nowhere", raw_clone(CLONE_PIDFD | SIGCHLD, NOWHERE, NULL));
    refused("parent's word nowhere", raw_clone(CLONE_PARENT_SETTID | SIGCHLD, NOWHERE, NULL));
    refused("child's word nowhere", raw_clone(CLONE_CHILD_SETTID | SIGCHLD, NULL, NOWHERE));
    refused("no such signal", raw_clone(100, NULL, NULL));
    refused("traced by nobody", raw_clone(CLONE_PTRACE | SIGCHLD, NULL, NULL));

    section("refused by clone3");
    struct clone_arguments a = { .exit_signal = SIGCHLD };
    struct { struct clone_arguments a; uint64_t more[2]; } longer = { .a = { .exit_signal = SIGCHLD } };
    refused("too short", clone3(&a, 63));
    refused("the first version", clone3(&a, 64));
    refused("a page and more", clone3(&a, 4097));
    refused("nowhere", clone3(NOWHERE, sizeof a));
    refused("longer, but empty", clone3(&longer.a, sizeof longer));
    longer.more[1] = 1;
    refused("longer", clone3(&longer.a, sizeof longer));
#define TRY(what, ...) do { struct clone_arguments t = { __VA_ARGS__ }; refused(what, clone3(&t, sizeof t)); } while (0)
    TRY("signal 65", .exit_signal = 65);
    TRY("signal 300", .exit_signal = 300);
    TRY("unknown flag", .flags = 1ULL << 40, .exit_signal = SIGCHLD);
    TRY("signal in the flags", .flags = SIGCHLD);
    TRY("detached", .flags = 0x400000, .exit_signal = SIGCHLD);
    TRY("handlers kept and cleared", .flags = CLONE_SIGHAND | CLONE_VM | CLONE_CLEAR_SIGHAND, .exit_signal = SIGCHLD);
    TRY("parent with a signal", .flags = CLONE_PARENT, .exit_signal = SIGCHLD);
    TRY("stack without size", .stack = 0x10000, .exit_signal = SIGCHLD);
    TRY("size without stack", .stack_size = 0x10000, .exit_signal = SIGCHLD);
    TRY("stack too high", .stack = 0x7ffffffff000, .stack_size = 0x100000, .exit_signal = SIGCHLD);
    TRY("numbers without a list", .set_tid_size = 1, .exit_signal = SIGCHLD);
    TRY("a list without numbers", .set_tid = (uintptr_t)&a, .exit_signal = SIGCHLD);
    TRY("too many levels", .set_tid = (uintptr_t)&a, .set_tid_size = 33, .exit_signal = SIGCHLD);
    TRY("group beyond ints", .flags = CLONE_INTO_CGROUP, .cgroup = 1ULL << 32, .exit_signal = SIGCHLD);
    TRY("no such group", .flags = CLONE_INTO_CGROUP, .cgroup = 900, .exit_signal = SIGCHLD);
    TRY("pidfd nowhere", .flags = CLONE_PIDFD, .pidfd = 0x10, .exit_signal = SIGCHLD);
}

static void nothing(int number)
{
    (void)number;
}

static long wait_status(pid_t child)
{
    int status = -1;
    pid_t got = waitpid(child, &status, __WALL);
    return got == child ? status : -1;
}

static int ends_with_nine(void *unused)
{
    (void)unused;
    return 9;
}

static void sharing(void)
{
    section("shared");
    int fd = open("/dev/null", O_RDONLY);
    pid_t child = raw_clone(CLONE_FILES | SIGCHLD, NULL, NULL);
    if (child == 0)
        _exit(close(fd));
    CALL(wait_status(child));
    CALL(close(fd));
    fd = open("/dev/null", O_RDONLY);
    if ((child = fork()) == 0)
        _exit(close(fd));
    CALL(wait_status(child));
    CALL(close(fd));
    umask(022);
    child = raw_clone(CLONE_FS | SIGCHLD, NULL, NULL);
    if (child == 0) {
        umask(077);
        _exit(0);
    }
    wait_status(child);
    printf("umask %o\n", umask(022));
    child = raw_clone(CLONE_FS | CLONE_FILES | SIGCHLD, NULL, NULL);
    if (child == 0) {
        CALL(syscall(SYS_unshare, CLONE_FS | CLONE_FILES));
        umask(070);
        open("/dev/null", O_RDONLY);
        _exit(0);
    }
    wait_status(child);
    printf("umask %o\n", umask(022));
    CALL(fcntl(fd + 1, F_GETFD));
    signal(SIGUSR1, nothing);
    struct clone_arguments a = { .flags = CLONE_CLEAR_SIGHAND, .exit_signal = SIGCHLD };
    signal(SIGUSR2, SIG_IGN);
    child = clone3(&a, sizeof a);
    if (child == 0) {
        struct sigaction one, two;
        sigaction(SIGUSR1, NULL, &one);
        sigaction(SIGUSR2, NULL, &two);
        _exit((one.sa_handler == SIG_DFL) + 2 * (two.sa_handler == SIG_IGN));
    }
    printf("cleared: %ld\n", wait_status(child) >> 8);
    signal(SIGUSR1, SIG_DFL);

    section("numbers and signals");
    shared[0] = shared[1] = 0;
    child = raw_clone(CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | SIGUSR2, &shared[0], &shared[1]);
    if (child == 0)
        _exit(shared[1] == getpid());
    printf("parent told: %d\n", shared[0] == child);
    CALL(waitpid(child, NULL, WNOHANG));
    printf("with __WCLONE: %d\n", waitpid(child, NULL, __WCLONE) == child);
    child = raw_clone(0, NULL, NULL);
    if (child == 0)
        _exit(5);
    printf("without a signal: %ld\n", wait_status(child));
    pid_t parent = getpid();
    if ((child = fork()) == 0) {
        pid_t sibling = raw_clone(CLONE_PARENT | SIGUSR1, NULL, NULL);
        if (sibling == 0)
            _exit(getppid() == parent ? 7 : 8);
        _exit(waitpid(sibling, NULL, 0) == -1 && errno == ECHILD ? 1 : 0);
    }
    int status, sum = 0;
    for (int i = 0; i < 2; i++) {
        CALL(waitpid(-1, &status, 0) > 0);
        sum += status >> 8;
    }
    printf("sum %d\n", sum);
    /* The word is cleared when the child, which shares the memory, ends. */
    shared[2] = 1;
    char *stack = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int flags = CLONE_VM | CLONE_CHILD_CLEARTID | CLONE_CHILD_SETTID | CLONE_PARENT_SETTID | CLONE_VFORK | SIGCHLD;
    child = clone(ends_with_nine, stack + 65536, flags, NULL, &shared[3], NULL, &shared[2]);
    CALL(wait_status(child));
    printf("cleared %d, told %d\n", shared[2] == 0, shared[3] == child);
}

static long readable(int fd)
{
    struct pollfd p = { fd, POLLIN | POLLOUT, 0 };
    long n = poll(&p, 1, 0);
    return n == -1 ? -1 : p.revents;
}

static void descriptors(void)
{
    section("descriptors of processes");
    int fd = -1, pipe_ends[2];
    pipe(pipe_ends);
    pid_t child = raw_clone(CLONE_PIDFD | SIGCHLD, &fd, NULL);
    if (child == 0) {
        char c;
        read(pipe_ends[0], &c, 1);
        _exit(c);
    }
    CALL(fcntl(fd, F_GETFD));
    printf("flags %o\n", fcntl(fd, F_GETFL) & ~0100000);
    CALL(readable(fd));
    char byte;
    CALL(read(fd, &byte, 1));
    CALL(write(fd, &byte, 1));
    CALL(lseek(fd, 0, SEEK_SET));
    siginfo_t info;
    memset(&info, 1, sizeof info);
    CALL(waitid(P_PIDFD, fd, &info, WEXITED | WNOHANG));
    printf("nothing told: %d %d\n", info.si_signo, info.si_pid);
    CALL(syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0));
    CALL(syscall(SYS_pidfd_send_signal, fd, 99, NULL, 0));
    CALL(syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0x1000));
    CALL(syscall(SYS_pidfd_send_signal, pipe_ends[0], 0, NULL, 0));
    CALL(syscall(SYS_pidfd_send_signal, 99, 0, NULL, 0));
    siginfo_t mine = { .si_signo = SIGUSR1, .si_code = SI_USER };
    CALL(syscall(SYS_pidfd_send_signal, fd, SIGUSR2, &mine, 0));
    CALL(syscall(SYS_pidfd_send_signal, fd, SIGUSR1, &mine, 0));
    CALL(syscall(SYS_pidfd_send_signal, fd, SIGUSR1, NOWHERE, 0));
    int copy = syscall(SYS_pidfd_getfd, fd, pipe_ends[1], 0);
    printf("copied %d, flags %d\n", copy > 0, fcntl(copy, F_GETFD));
    CALL(syscall(SYS_pidfd_getfd, fd, 99, 0));
    CALL(syscall(SYS_pidfd_getfd, fd, 0, 1));
    CALL(syscall(SYS_pidfd_getfd, copy, 0, 0));
    CALL(write(copy, "\5", 1));
    struct pollfd p = { fd, POLLIN, 0 };
    CALL(poll(&p, 1, fd == -1 ? 0 : 10000));
    CALL(readable(fd));
    CALL(waitid(P_PIDFD, fd, &info, WEXITED | WNOWAIT));
    printf("code %d, status %d, it %d\n", info.si_code, info.si_status, info.si_pid == child);
    CALL(syscall(SYS_pidfd_getfd, fd, 0, 0));
    CALL(syscall(SYS_pidfd_send_signal, fd, SIGUSR1, NULL, 0));
    CALL(waitid(P_PIDFD, fd, &info, WEXITED));
    CALL(waitid(P_PIDFD, fd, &info, WEXITED));
    CALL(syscall(SYS_pidfd_send_signal, fd, SIGUSR1, NULL, 0));
    CALL(waitid(P_PIDFD, pipe_ends[0], &info, WEXITED));
    CALL(waitid(P_PIDFD, 99, &info, WEXITED));
    CALL(waitid(P_PIDFD, -1, &info, WEXITED));
    CALL(setns(fd, CLONE_NEWNS));
    CALL(setns(pipe_ends[0], CLONE_NEWNS));
    CALL(setns(99, CLONE_NEWNS));
    close(fd);

    section("opened");
    CALL(syscall(SYS_pidfd_open, 0, 0));
    CALL(syscall(SYS_pidfd_open, -1, 0));
    CALL(syscall(SYS_pidfd_open, 1 << 22, 0));
    CALL(syscall(SYS_pidfd_open, getpid(), 0x1));
    fd = syscall(SYS_pidfd_open, getpid(), O_NONBLOCK);
    printf("flags %o\n", fcntl(fd, F_GETFL) & ~0100000);
    CALL(readable(fd));
    CALL(syscall(SYS_pidfd_getfd, fd, 1, 0) > 0);
    CALL(waitid(P_PIDFD, fd, &info, WEXITED));
    close(fd);
    child = fork();
    if (child == 0)
        for (;;)
            pause();
    fd = syscall(SYS_pidfd_open, child, O_NONBLOCK);
    if (fd < 0)
        kill(child, SIGKILL); /* NetBSD has no pidfds: nothing below reaches it */
    CALL(waitid(P_PIDFD, fd, &info, WEXITED));
    CALL(waitid(P_PIDFD, fd, &info, WEXITED | WNOHANG));
    CALL(syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0));
    fcntl(fd, F_SETFL, 0);
    CALL(waitid(P_PIDFD, fd, &info, WEXITED));
    printf("code %d, status %d\n", info.si_code, info.si_status);
}

static void apart(void)
{
    section("apart");
    CALL(unshare(0));
    CALL(unshare(CLONE_FILES));
    CALL(unshare(CLONE_FS | CLONE_SYSVSEM));
    CALL(unshare(CLONE_VM));
    CALL(unshare(CLONE_THREAD | CLONE_SIGHAND));
    CALL(unshare(CLONE_PARENT));
    CALL(unshare(1));
}

int main(void)
{
    shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    refusals();
    sharing();
    descriptors();
    apart();
    return 0;
}
