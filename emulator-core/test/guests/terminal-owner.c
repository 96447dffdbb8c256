/* A terminal and its session: what opening it does, and who F_SETOWN says it belongs to. */
#include "guest.h"
#include <sys/ioctl.h>
#include <sys/wait.h>

static char name[32];

static pid_t foreground(int fd)
{
    pid_t group = -1;
    return ioctl(fd, TIOCGPGRP, &group) == -1 ? -1 : group;
}

/* A session without a terminal opens one. */
static void opens(const char *how, int flags)
{
    pid_t child = fork();
    if (child == 0) {
        setsid();
        int fd = open(name, O_RDWR | flags);
        printf("%s: ", how);
        report_ok("/dev/tty", open("/dev/tty", O_RDWR));
        printf("the own group is in the foreground %d\n", foreground(fd) == getpgrp());
        _exit(0);
    }
    waitpid(child, NULL, 0);
}

/* Who does not lead its session. */
static void opens_below(void)
{
    pid_t child = fork();
    if (child == 0) {
        setsid();
        pid_t below = fork();
        if (below == 0) {
            open(name, O_RDWR);
            WORKS(open("/dev/tty", O_RDWR));
            _exit(0);
        }
        waitpid(below, NULL, 0);
        _exit(0);
    }
    waitpid(child, NULL, 0);
}

/* The libraries ask by F_GETOWN_EX. */
static long owner(int fd) { return syscall(SYS_fcntl, fd, F_GETOWN); }

static const char *who(long number, pid_t other)
{
    return number == 0 ? "nobody" : number == getpid() ? "itself" : number == other ? "the other" : "somebody else";
}

static void owners(void)
{
    pid_t child = fork();
    if (child == 0) {
        setsid();
        int fd = open(name, O_RDWR), ready[2];
        char byte;
        pipe(ready);
        pid_t other = fork();
        if (other == 0) {
            setpgid(0, 0);
            write(ready[1], "x", 1);
            read(ready[0], &byte, 0);
            for (;;)
                pause();
        }
        read(ready[0], &byte, 1);
        signal(SIGTTOU, SIG_IGN);
        printf("at first %s\n", who(owner(fd), other));
        CALL(fcntl(fd, F_SETOWN, getpid()));
        printf("then %s\n", who(owner(fd), other));
        report("F_SETOWN of the other's group", fcntl(fd, F_SETOWN, -other));
        printf("in the foreground %s\n", who(foreground(fd), other));
        report("F_SETOWN of the other", fcntl(fd, F_SETOWN, other));
        printf("in the foreground %s\n", who(foreground(fd), other));
        CALL(fcntl(fd, F_SETOWN, 0x3ffffff));
        CALL(fcntl(fd, F_SETOWN, -0x3ffffff));
        kill(other, SIGKILL);
        waitpid(other, NULL, 0);
        _exit(0);
    }
    waitpid(child, NULL, 0);
}

int main(void)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY), unlock = 0;
    unsigned number;
    ioctl(master, TIOCGPTN, &number);
    ioctl(master, TIOCSPTLCK, &unlock);
    snprintf(name, sizeof name, "/dev/pts/%u", number);
    section("the controlling terminal");
    fflush(stdout);
    signal(SIGHUP, SIG_IGN);
    opens("O_NOCTTY", O_NOCTTY);
    opens("no flag", 0);
    opens_below();
    section("the owner of a terminal");
    owners();
    return 0;
}
