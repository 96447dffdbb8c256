/* Processes that are stopped and go on: which waits begin again, which go on where they were, what the parent hears. */
#include "guest.h"
#include <poll.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/wait.h>

static volatile long *shared;
static int pipe_ends[2];

static long waits(int kind)
{
    struct timespec time = { 0, 300000000 };
    struct timeval limit = { 0, 300000 };
    struct pollfd p = { pipe_ends[0], POLLIN, 0 };
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    uint32_t word = 0;
    fd_set readable;
    FD_ZERO(&readable);
    FD_SET(pipe_ends[0], &readable);
    int epoll = epoll_create1(0);
    struct epoll_event event;
    switch (kind) {
    case 0:
        return nanosleep(&time, NULL);
    case 1:
        return clock_nanosleep(CLOCK_MONOTONIC, 0, &time, NULL) == 0 ? 0 : -1;
    case 2:
        return poll(&p, 1, 300);
    case 3:
        return ppoll(&p, 1, &time, NULL);
    case 4:
        return select(pipe_ends[0] + 1, &readable, NULL, NULL, &limit);
    case 5:
        return syscall(SYS_futex, &word, 0, 0, &time, NULL, 0);
    case 6:
        return epoll_wait(epoll, &event, 1, 300);
    case 7:
        sigprocmask(SIG_BLOCK, &set, NULL);
        return sigtimedwait(&set, NULL, &time);
    case 8: {
        char c;
        return read(pipe_ends[0], &c, 1);
    }
    default: {
        int status;
        return waitpid(-1, &status, 0) > 0 ? status >> 8 : -1;
    }
    }
}

static const char *const names[] = { "nanosleep", "clock_nanosleep", "poll", "ppoll", "select", "futex", "epoll_wait", "sigtimedwait",
    "read", "waitpid" };

static void stopped_in(int kind)
{
    shared[1] = shared[5] = 0;
    pid_t child = fork();
    if (child == 0) {
        if (kind == 9 && fork() == 0) {
            nap(300);
            _exit(5);
        }
        long began = milliseconds_now();
        shared[1] = 1;
        long result = waits(kind);
        int error = errno;
        shared[2] = milliseconds_now() - began;
        shared[3] = result;
        shared[4] = error;
        while (shared[5] == 0)
            nap(1);
        _exit(0);
    }
    while (shared[1] == 0)
        nap(1);
    await_sleep(child);
    kill(child, SIGSTOP);
    int status;
    waitpid(child, &status, WUNTRACED);
    nap(20);
    if (kind == 8)
        write(pipe_ends[1], "x", 1);
    kill(child, SIGCONT);
    waitpid(child, &status, WCONTINUED);
    /* Not before: once the child has ended, that it went on is no longer told. */
    shared[5] = 1;
    printf("%d ", WIFCONTINUED(status));
    waitpid(child, &status, 0);
    printf("%s: %ld %s\n", names[kind], shared[3], shared[3] == -1 ? errno_name(shared[4]) : "");
    printf("no sooner %d, status %x\n", kind == 8 || shared[2] >= 290, status);
}

static volatile int heard;

static void on_child(int number, siginfo_t *info, void *context)
{
    (void)number, (void)context;
    printf("heard: code %d, status %d\n", info->si_code, info->si_status);
    heard++;
}

static void hears(int flags)
{
    heard = 0;
    struct sigaction action = { .sa_sigaction = on_child, .sa_flags = SA_SIGINFO | SA_RESTART | flags };
    sigaction(SIGCHLD, &action, NULL);
    pid_t child = fork();
    if (child == 0)
        for (;;)
            pause();
    int status;
    /* In a group that somebody of the session watches: a terminal's stop does nothing to an orphaned one, which this one's may be. */
    setpgid(child, child);
    kill(child, SIGTSTP);
    waitpid(child, &status, WUNTRACED);
    printf("stopped by %d\n", WSTOPSIG(status));
    CALL(waitpid(child, &status, WNOHANG | WUNTRACED));
    kill(child, SIGCONT);
    waitpid(child, &status, WCONTINUED);
    nap(5);
    kill(child, SIGTERM);
    waitpid(child, &status, 0);
    printf("ended by %d, heard %d\n", WTERMSIG(status), heard);
    signal(SIGCHLD, SIG_DFL);
}

static void on_continue(int number)
{
    (void)number;
    printf("goes on\n");
}

static void handled(void)
{
    pid_t child = fork();
    if (child == 0) {
        signal(SIGCONT, on_continue);
        signal(SIGTSTP, SIG_IGN);
        raise(SIGTSTP);
        printf("not stopped\n");
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, SIGTTIN);
        sigprocmask(SIG_BLOCK, &set, NULL);
        raise(SIGTTIN);
        printf("blocked\n");
        raise(SIGCONT);
        sigpending(&set);
        printf("forgotten %d\n", !sigismember(&set, SIGTTIN));
        raise(SIGSTOP);
        printf("after\n");
        _exit(3);
    }
    int status;
    waitpid(child, &status, WUNTRACED);
    kill(child, SIGCONT);
    waitpid(child, &status, 0);
    printf("status %x\n", status);
    child = fork();
    if (child == 0) {
        raise(SIGSTOP);
        _exit(0);
    }
    waitpid(child, &status, WUNTRACED);
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    printf("killed though stopped %x\n", status);
}

int main(void)
{
    setvbuf(stdout, NULL, _IONBF, 0);
    shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pipe(pipe_ends);
    section("stopped while waiting");
    for (int kind = 0; kind < 10; kind++)
        stopped_in(kind);
    section("who hears");
    hears(0);
    hears(SA_NOCLDSTOP);
    section("handled");
    handled();
    return 0;
}
