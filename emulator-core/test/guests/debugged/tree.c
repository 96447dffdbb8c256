/*
 * For the debugger. `busy`: threads that compute and sleep, and children that execute programs, for ever. `asleep`: two processes whose threads
 * all wait for ever. `line`: one thing after another, each there to be stopped at.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile unsigned long turns;
static int never[2], named[2];

static void *compute(void *name)
{
    pthread_setname_np(pthread_self(), name);
    for (;;)
        turns++;
    return name;
}

static void *wait_for_ever(void *name)
{
    char byte;
    pthread_setname_np(pthread_self(), name);
    write(named[1], "", 1);
    read(never[0], &byte, 1);
    return name;
}

static void start(void *(*what)(void *), char *name)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, what, name) != 0)
        abort();
}

/* Until so many threads that wait have their names. */
static void wait_for_names(int count)
{
    char bytes[4];
    while (count > 0)
        count -= read(named[0], bytes, count);
}

static void *come_and_go(void *unused)
{
    return unused;
}

static int busy(const char *self)
{
    start(compute, "computes");
    start(wait_for_ever, "waits");
    for (int i = 0;; i++) {
        pthread_t brief;
        pthread_create(&brief, NULL, come_and_go, NULL);
        pid_t child = fork();
        if (child == 0) {
            execl(self, self, "nothing", NULL);
            _exit(1);
        }
        pthread_join(brief, NULL);
        waitpid(child, NULL, 0);
        if (i == 3)
            write(1, "ready\n", 6);
    }
}

static int asleep(void)
{
    start(wait_for_ever, "waits");
    if (fork() == 0) {
        start(wait_for_ever, "waits too");
        pause();
    }
    wait_for_names(2);
    write(1, "ready\n", 6);
    wait(NULL);
    return 0;
}

__attribute__((noinline)) static int inner(int n)
{
    getppid();
    return n + 1;
}

__attribute__((noinline)) static int outer(int n)
{
    int got = inner(n) * 2;
    getuid();
    return got;
}

static void handler(int signo)
{
    (void)signo;
}

static int line(void)
{
    start(compute, "computes");
    int got = outer(1);
    open("/nonexistent", O_RDONLY);
    syscall(425, 1, 0); /* io_uring_setup: neither kernel has it */
    /* A flag that NetBSD does not look at. */
    mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN, -1, 0);
    signal(SIGUSR1, handler);
    raise(SIGUSR1);
    puts("done");
    return got;
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    if (strcmp(what, "nothing") == 0)
        return 0;
    pipe(never);
    pipe(named);
    if (strcmp(what, "busy") == 0)
        return busy(argv[0]);
    return strcmp(what, "asleep") == 0 ? asleep() : line();
}
