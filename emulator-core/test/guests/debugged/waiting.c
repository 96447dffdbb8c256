/*
 * For the debugger: two threads, or two processes. In `sleeps` the first makes a call that waits; the other ends the wait once it does.
 * `turns`: between two calls the first computes for many turns of the processor, and the other makes calls all the time.
 */
#include "../guest.h"
#include <pthread.h>
#include <linux/futex.h>
#include <sys/epoll.h>
#include <sys/wait.h>

static int ends[2];
static unsigned word;
static volatile unsigned long computed;
static pid_t first;

static void *writes(void *unused)
{
    await_sleep(first);
    write(ends[1], "x", 1);
    return unused;
}

static void *wakes(void *unused)
{
    await_sleep(first);
    syscall(SYS_futex, &word, FUTEX_WAKE, 1);
    return unused;
}

static void *signals(void *unused)
{
    await_sleep(first);
    kill(first, SIGUSR1);
    return unused;
}

static void *calls(void *told)
{
    char byte;
    read(ends[0], &byte, 1);
    for (;;)
        getppid();
    return told;
}

static void start(void *(*what)(void *))
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, what, NULL) != 0)
        abort();
}

static void handler(int signo)
{
    (void)signo;
}

/* Nothing else is called before it. */
__attribute__((noinline)) static long sleeps(long number, long a, long b, long c, long d)
{
    return syscall(number, a, b, c, d);
}

static void compute(void)
{
    for (long i = 0; i < 4000000; i++)
        computed++;
}

static int turns(void)
{
    start(calls);
    write(ends[1], "x", 1);
    getuid();
    compute();
    getgid();
    return 0;
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    first = getpid();
    pipe(ends);
    signal(SIGUSR1, handler);
    if (strcmp(what, "turns") == 0)
        return turns();
    if (strcmp(what, "epoll") == 0) {
        int epoll = epoll_create1(0);
        struct epoll_event event = { .events = EPOLLIN, .data.fd = ends[0] };
        epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event);
        start(writes);
        sleeps(SYS_epoll_wait, epoll, (long)&event, 1, -1);
    } else if (strcmp(what, "pipe") == 0) {
        char byte;
        start(writes);
        sleeps(SYS_read, ends[0], (long)&byte, 1, 0);
    } else if (strcmp(what, "futex") == 0) {
        start(wakes);
        sleeps(SYS_futex, (long)&word, FUTEX_WAIT, 0, 0);
    } else if (strcmp(what, "signal") == 0) {
        start(signals);
        sleeps(SYS_pause, 0, 0, 0, 0);
    } else if (strcmp(what, "time") == 0) {
        struct timespec moment = { 0, 1000000 };
        sleeps(SYS_nanosleep, (long)&moment, 0, 0, 0);
    } else if (strcmp(what, "child") == 0) {
        pid_t child = fork();
        if (child == 0) {
            await_sleep(first);
            _exit(0);
        }
        sleeps(SYS_wait4, child, 0, 0, 0);
    }
    puts("woken");
    return 0;
}
