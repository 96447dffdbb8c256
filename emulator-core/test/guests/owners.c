/* Who is told that something can be read or written: F_SETOWN, F_SETOWN_EX, F_SETSIG, O_ASYNC, F_NOTIFY. */
#include "guest.h"
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <poll.h>

struct owner_ex { int type, pid; };
enum { SETSIG = 10, GETSIG = 11, SETOWN_EX = 15, GETOWN_EX = 16 };

static volatile sig_atomic_t count, last_signal, last_code, last_fd;
static volatile long last_band;

static void on_signal(int signal, siginfo_t *info, void *context)
{
    (void)context;
    count++;
    last_signal = signal, last_code = info->si_code, last_fd = info->si_fd, last_band = info->si_band;
}

static void told(const char *what, int fd)
{
    if (count == 0)
        printf("%s: nobody told\n", what);
    else if (last_code == SI_USER || last_code == SI_KERNEL)
        printf("%s: %d times, signal %d, code %d\n", what, (int)count, (int)last_signal, (int)last_code);
    else
        printf("%s: %d times, signal %d, code %d, that descriptor %d, band %lx\n", what, (int)count, (int)last_signal, (int)last_code, last_fd == fd, (long)last_band);
    count = 0;
    fflush(stdout);
}

int main(void)
{
    struct sigaction action = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO };
    sigaction(SIGIO, &action, NULL);
    sigaction(SIGUSR1, &action, NULL);
    sigaction(SIGRTMIN + 3, &action, NULL);
    sigaction(SIGURG, &action, NULL);
    int p[2], pid = getpid();
    pipe(p);
    section("owners");
    CALL(fcntl(p[0], F_GETOWN));
    CALL(fcntl(p[0], F_SETOWN, pid));
    CALL(fcntl(p[0], F_GETOWN) == pid);
    struct owner_ex ex = { 0, 0 };
    CALL(fcntl(p[0], GETOWN_EX, &ex));
    printf("type %d, mine %d\n", ex.type, ex.pid == pid);
    CALL(fcntl(p[0], F_SETOWN, -getpgrp()));
    CALL(fcntl(p[0], F_GETOWN) == -getpgrp());
    CALL(fcntl(p[0], GETOWN_EX, &ex));
    printf("type %d, mine %d\n", ex.type, ex.pid == getpgrp());
    CALL(fcntl(p[0], F_SETOWN, 9999999));
    CALL(fcntl(p[0], F_SETOWN, INT32_MIN));
    ex.type = 7;
    CALL(fcntl(p[0], SETOWN_EX, &ex));
    ex.type = 0, ex.pid = 9999999;
    CALL(fcntl(p[0], SETOWN_EX, &ex));
    ex.pid = pid;
    CALL(fcntl(p[0], SETOWN_EX, &ex));
    CALL(fcntl(p[0], GETSIG));
    CALL(fcntl(p[0], SETSIG, 65));
    CALL(fcntl(p[0], SETSIG, -1));

    section("a pipe");
    write(p[1], "x", 1);
    told("without O_ASYNC", p[0]);
    CALL(fcntl(p[0], F_SETFL, O_ASYNC));
    CALL(fcntl(p[0], F_GETFL) & O_ASYNC);
    write(p[1], "x", 1);
    told("written", p[0]);
    char text[8];
    read(p[0], text, 8);
    told("read", p[0]);
    CALL(fcntl(p[0], SETSIG, SIGRTMIN + 3));
    CALL(fcntl(p[0], GETSIG) == SIGRTMIN + 3);
    write(p[1], "x", 1);
    told("written", p[0]);
    CALL(fcntl(p[0], SETSIG, SIGUSR1));
    write(p[1], "x", 1);
    told("written", p[0]);
    CALL(fcntl(p[1], F_SETOWN, pid));
    CALL(fcntl(p[1], F_SETFL, O_ASYNC | O_NONBLOCK));
    read(p[0], text, 8);
    told("read", p[0]);
    CALL(fcntl(p[0], F_SETFL, 0));
    write(p[1], "x", 1);
    told("switched off", p[0]);
    int on = 1;
    CALL(ioctl(p[0], FIOASYNC, &on));
    CALL(fcntl(p[0], F_GETFL) & O_ASYNC);
    write(p[1], "x", 1);
    told("by ioctl", p[0]);
    int other = dup(p[0]);
    write(p[1], "x", 1);
    told("with a duplicate", p[0]);
    close(other);
    close(p[1]);
    told("closed", p[0]);
    close(p[0]);

    section("a socket");
    int s[2];
    socketpair(AF_UNIX, SOCK_STREAM, 0, s);
    int who = 0;
    CALL(ioctl(s[0], FIOSETOWN, &pid));
    CALL(ioctl(s[0], FIOGETOWN, &who));
    printf("%d\n", who == pid);
    CALL(fcntl(s[0], F_SETFL, O_ASYNC));
    write(s[1], "x", 1);
    told("written", s[0]);
    CALL(fcntl(s[0], SETSIG, SIGRTMIN + 3));
    write(s[1], "x", 1);
    told("written", s[0]);
    CALL(fcntl(s[0], F_SETOWN, 0));
    write(s[1], "x", 1);
    told("nobody owns it", s[0]);
    close(s[0]), close(s[1]);

    section("files of the disk");
    int fd = open("f", O_CREAT | O_RDWR, 0600);
    CALL(fcntl(fd, F_SETOWN, pid));
    CALL(fcntl(fd, F_GETOWN) == pid);
    CALL(fcntl(fd, F_SETFL, O_ASYNC));
    CALL(fcntl(fd, F_GETFL) & O_ASYNC);
    CALL(fcntl(fd, F_NOTIFY, 1));
    CALL(fcntl(fd, 9999, 1));
    close(fd);
    return 0;
}
