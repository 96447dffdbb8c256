/* signalfd(2): what is read for each kind of signal, whose signals they are, poll and epoll, the mask that changes. */
#include "guest.h"
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/time.h>
#include <sys/wait.h>

static sigset_t all;

static void show(int fd, const char *what)
{
    struct signalfd_siginfo info;
    memset(&info, 0xee, sizeof info);
    long n = read(fd, &info, sizeof info);
    if (n == -1) {
        printf("%s: %s\n", what, errno_name(errno));
        return;
    }
    printf("%s: %ld bytes, signal %u, code %d, errno %d, by us %d, uid %u, int %d, ptr %lx", what, n, info.ssi_signo, info.ssi_code,
        info.ssi_errno, info.ssi_pid == (uint32_t)getpid(), info.ssi_uid, info.ssi_int, (long)info.ssi_ptr);
    printf(", status %d, tid %u, overrun %u, addr %lx\n", info.ssi_status, info.ssi_tid, info.ssi_overrun, (long)info.ssi_addr);
}

static long ready(int fd)
{
    struct pollfd p = { fd, POLLIN | POLLOUT, 0 };
    return poll(&p, 1, 0) == -1 ? -1 : p.revents;
}

static void *sends_to_itself(void *fd)
{
    pthread_kill(pthread_self(), SIGUSR2);
    printf("the thread's own: %ld\n", ready((int)(long)fd));
    show((int)(long)fd, "in the thread");
    return NULL;
}

static void *waits_a_little(void *unused)
{
    nap(20);
    kill(getpid(), SIGUSR1);
    return unused;
}

int main(void)
{
    setvbuf(stdout, NULL, _IONBF, 0);
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    section("made");
    CALL(syscall(SYS_signalfd4, -1, &all, 7, 0));
    CALL(syscall(SYS_signalfd4, -1, NOWHERE, 8, 0));
    CALL(syscall(SYS_signalfd4, -1, &all, 8, 1));
    CALL(syscall(SYS_signalfd4, 99, &all, 8, 0));
    CALL(syscall(SYS_signalfd4, 0, &all, 8, 0));
    int fd = signalfd(-1, &all, SFD_NONBLOCK | SFD_CLOEXEC);
    if (fd == -1) {
        printf("none: %s\n", errno_name(errno));
        return 0;
    }
    CALL(fcntl(fd, F_GETFD));
    printf("flags %o\n", fcntl(fd, F_GETFL) & ~0100000);
    CALL(write(fd, "x", 1));
    char few[100];
    CALL(read(fd, few, 100));
    CALL(lseek(fd, 0, SEEK_SET));
    show(fd, "nothing");
    CALL(ready(fd));

    section("of each kind");
    kill(getpid(), SIGUSR1);
    CALL(ready(fd));
    show(fd, "kill");
    raise(SIGUSR2);
    show(fd, "raise");
    sigqueue(getpid(), SIGRTMIN, (union sigval){ .sival_int = 77 });
    sigqueue(getpid(), SIGRTMIN, (union sigval){ .sival_int = -5 });
    show(fd, "queued");
    show(fd, "queued");
    pid_t child = fork();
    if (child == 0)
        _exit(9);
    siginfo_t ignored;
    waitid(P_PID, child, &ignored, WEXITED | WNOWAIT);
    show(fd, "child");
    waitpid(child, NULL, 0);
    struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM, .sigev_value.sival_int = 5 };
    timer_t timer;
    timer_create(CLOCK_MONOTONIC, &event, &timer);
    struct itimerspec soon = { { 0, 0 }, { 0, 1 } };
    timer_settime(timer, 0, &soon, NULL);
    struct pollfd p = { fd, POLLIN, 0 };
    CALL(poll(&p, 1, 10000));
    show(fd, "timer");
    struct itimerval once = { { 0, 0 }, { 0, 1 } };
    setitimer(ITIMER_REAL, &once, NULL);
    CALL(poll(&p, 1, 10000));
    show(fd, "alarm");
    if (sizeof(void *) == 8) {
        int ends[2];
        pipe(ends);
        close(ends[0]);
        write(ends[1], "x", 1);
        show(fd, "pipe");
    }
    kill(getpid(), SIGTERM);
    kill(getpid(), SIGHUP);
    kill(getpid(), SIGTERM);
    struct signalfd_siginfo three[3];
    CALL(read(fd, three, sizeof three) / sizeof *three);
    printf("%u %u\n", three[0].ssi_signo, three[1].ssi_signo);

    section("whose");
    kill(getpid(), SIGUSR1);
    child = fork();
    if (child == 0) {
        show(fd, "in the child");
        kill(getpid(), SIGUSR2);
        show(fd, "the child's own");
        _exit(0);
    }
    waitpid(child, NULL, 0);
    show(fd, "still ours");
    show(fd, "the child's end");
    pthread_t thread;
    raise(SIGUSR1);
    pthread_create(&thread, NULL, sends_to_itself, (void *)(long)fd);
    pthread_join(thread, NULL);
    show(fd, "ours");

    section("another mask");
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, SIGUSR1);
    CALL(signalfd(fd, &one, 0) == fd);
    kill(getpid(), SIGUSR2);
    CALL(ready(fd));
    show(fd, "another");
    CALL(signalfd(fd, &all, 0) == fd);
    CALL(ready(fd));
    int epoll = epoll_create1(0);
    struct epoll_event wanted = { .events = EPOLLIN }, got;
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &wanted);
    CALL(epoll_wait(epoll, &got, 1, 0));
    show(fd, "it");
    CALL(epoll_wait(epoll, &got, 1, 0));
    kill(getpid(), SIGUSR2);
    CALL(epoll_wait(epoll, &got, 1, 10000));
    show(fd, "it");

    section("waiting");
    fcntl(fd, F_SETFL, 0);
    pthread_create(&thread, NULL, waits_a_little, NULL);
    show(fd, "waited");
    pthread_join(thread, NULL);
    return 0;
}
