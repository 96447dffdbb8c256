/* epoll_wait, epoll_pwait, epoll_pwait2: limits, timeouts, bad pointers, signals. */
#include "epoll.h"
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/wait.h>

#define EPOLL_PWAIT2 441

static int epfd, counter;
static uint64_t one = 1;
static volatile sig_atomic_t handled;

static void on_signal(int number)
{
    (void)number;
    handled++;
}

static long pwait2(int fd, int most, const struct timespec *timeout, const sigset_t *mask, size_t size)
{
    struct epoll_event events[4];
    return syscall(EPOLL_PWAIT2, fd, events, most, timeout, mask, size);
}

static long pwait(int fd, int most, int timeout, const void *mask, size_t size)
{
    struct epoll_event events[4];
    return syscall(SYS_epoll_pwait, fd, events, most, timeout, mask, size);
}

static void limits(void)
{
    section("how many");
    static struct epoll_event events[4];
    int queue = epoll_create1(0), pipe_ends[2];
    pipe(pipe_ends);
    CALL(epoll_wait(queue, events, 0, 0));
    CALL(epoll_wait(queue, events, -1, 0));
    CALL(epoll_wait(queue, events, 4 << 20, 0));
    CALL(epoll_wait(queue, events, (4 << 20) + 1, 0));
    CALL(epoll_wait(queue, events, 0x7fffffff, 0));
    section("which descriptor");
    CALL(epoll_wait(900, events, 1, 0));
    CALL(epoll_wait(pipe_ends[0], events, 0, 0));
    CALL(epoll_wait(pipe_ends[0], events, 1, 0));
    close(pipe_ends[0]);
    close(pipe_ends[1]);
    close(queue);
}

static void lost(void)
{
    section("nowhere to write to");
    int queue = epoll_create1(0), other = eventfd(1, EFD_NONBLOCK);
    CTL(queue, ADD, other, EPOLLIN | EPOLLET, 1);
    CALL(epoll_wait(queue, NOWHERE, 1, 0));
    WAIT(queue, 4, 0);
    CTL(queue, MOD, other, EPOLLIN | EPOLLONESHOT, 2);
    CALL(epoll_wait(queue, NOWHERE, 1, 0));
    WAIT(queue, 4, 0);
    CTL(queue, MOD, other, EPOLLIN, 3);
    CALL(epoll_wait(queue, NOWHERE, 1, 0));
    WAIT(queue, 4, 0);
    close(queue);
    close(other);
}

static void times(void)
{
    section("times");
    struct timespec none = { 0, 0 }, soon = { 0, 1000000 }, wrong = { 0, 1000000000 }, before = { -1, 0 }, odd = { 0, -1 };
    WAIT(epfd, 4, -1);
    CALL(pwait2(epfd, 4, NULL, NULL, 8));
    read(counter, &one, 8);
    WAIT(epfd, 4, 0);
    WAIT(epfd, 4, 1);
    CALL(pwait2(epfd, 4, &none, NULL, 8));
    CALL(pwait2(epfd, 4, &soon, NULL, 8));
    CALL(pwait2(epfd, 4, &wrong, NULL, 8));
    CALL(pwait2(epfd, 4, &before, NULL, 8));
    CALL(pwait2(epfd, 4, &odd, NULL, 8));
    CALL(pwait2(epfd, 4, NOWHERE, NULL, 8));
    section("a time that is none, before or after the rest");
    CALL(pwait2(900, 4, NOWHERE, NULL, 8));
    CALL(pwait2(900, 4, &wrong, NULL, 8));
    CALL(pwait2(epfd, 0, &wrong, NULL, 8));
    write(counter, &one, 8);
    CALL(pwait2(epfd, 4, &wrong, NULL, 8));
}

static void masks(void)
{
    sigset_t none;
    struct timespec wrong = { 0, 1000000000 };
    sigemptyset(&none);
    section("a time that is none, under a mask");
    CALL(pwait2(epfd, 4, &wrong, &none, 8));
    section("the size of a mask");
    CALL(pwait(epfd, 4, 0, &none, 8));
    CALL(pwait(epfd, 4, 0, &none, 16));
    CALL(pwait(epfd, 4, 0, &none, 0));
    CALL(pwait(epfd, 4, 0, NULL, 16));
    CALL(pwait2(epfd, 4, NULL, &none, 4));
    CALL(pwait(epfd, 4, 0, NOWHERE, 8));
}

static void print_state(void)
{
    sigset_t pending, blocked;
    sigpending(&pending);
    sigprocmask(SIG_BLOCK, NULL, &blocked);
    printf("handled %d, pending %d, blocked %d\n", (int)handled, sigismember(&pending, SIGUSR1), sigismember(&blocked, SIGUSR1));
}

/* Sends a signal to its parent once that sleeps, and makes the counter ready thereafter if it shall. */
static pid_t sender(int number, int adds)
{
    pid_t parent = getpid(), child = fork();
    if (child == 0) {
        await_sleep(parent);
        kill(parent, number);
        if (adds)
            write(counter, &one, 8);
        _exit(0);
    }
    return child;
}

static void signals(void)
{
    struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
    sigset_t none, usr1;
    sigemptyset(&none);
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    sigaction(SIGUSR1, &action, NULL);
    read(counter, &one, 8);
    section("a signal ends the wait, also one that restarts others");
    pid_t child = sender(SIGUSR1, 0);
    WAIT(epfd, 4, -1);
    waitpid(child, NULL, 0);
    print_state();
    section("a signal that the mask lets through, pending already");
    sigprocmask(SIG_BLOCK, &usr1, NULL);
    raise(SIGUSR1);
    print_state();
    CALL(pwait(epfd, 4, -1, &none, 8));
    print_state();
    sigprocmask(SIG_UNBLOCK, &usr1, NULL);
    print_state();
    section("a signal that the mask lets through, while it waits");
    sigprocmask(SIG_BLOCK, &usr1, NULL);
    child = sender(SIGUSR1, 0);
    CALL(pwait2(epfd, 4, NULL, &none, 8));
    waitpid(child, NULL, 0);
    print_state();
    sigprocmask(SIG_UNBLOCK, &usr1, NULL);
    print_state();
    section("a signal that the mask holds back");
    child = sender(SIGUSR1, 1);
    CALL(pwait(epfd, 4, -1, &usr1, 8));
    print_state();
    waitpid(child, NULL, 0);
    section("events before signals");
    sigprocmask(SIG_BLOCK, &usr1, NULL);
    raise(SIGUSR1);
    CALL(pwait(epfd, 4, -1, &none, 8));
    print_state();
    sigprocmask(SIG_UNBLOCK, &usr1, NULL);
    print_state();
}

/* Tells how many of its waits did not get the one event there is. */
static void *waits_often(void *argument)
{
    struct epoll_event event;
    long missed = 0;
    for (int i = 0; i < 2000; i++)
        missed += epoll_wait(*(int *)argument, &event, 1, -1) != 1;
    return (void *)missed;
}

static void threads(void)
{
    section("two threads at one descriptor");
    int queue = epoll_create1(0), ends[2];
    pthread_t other;
    void *missed;
    pipe(ends);
    write(ends[1], "x", 1);
    CTL(queue, ADD, ends[0], EPOLLIN, 1);
    pthread_create(&other, NULL, waits_often, &queue);
    long own = (long)waits_often(&queue);
    pthread_join(other, &missed);
    printf("missed %ld and %ld\n", own, (long)missed);
    close(ends[0]);
    close(ends[1]);
    close(queue);
}

int main(void)
{
    epfd = epoll_create1(0);
    counter = eventfd(1, EFD_NONBLOCK);
    CTL(epfd, ADD, counter, EPOLLIN, 1);
    limits();
    lost();
    times();
    masks();
    signals();
    threads();
    return 0;
}
