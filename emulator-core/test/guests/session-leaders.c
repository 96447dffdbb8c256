/* What it does to those who work at a terminal when the leader of their session ends, or gives the terminal up. */
#include "guest.h"
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>

/* What is told comes out here. */
static int teller;

static void tell(const char *text)
{
    dprintf(teller, "%s\n", text);
}

/* In a group of its own, until the leader has ended or says that it has given the terminal up. */
static void worker(int slave, int in_foreground, int ready, int given_up)
{
    pid_t leader = getppid();
    char byte;
    sigset_t held;

    setpgid(0, 0);
    signal(SIGTTOU, SIG_IGN);
    if (in_foreground)
        tcsetpgrp(slave, getpid());
    sigemptyset(&held);
    sigaddset(&held, SIGHUP);
    sigaddset(&held, SIGCONT);
    sigprocmask(SIG_BLOCK, &held, NULL);
    write(ready, "", 1);
    if (given_up >= 0)
        read(given_up, &byte, 1);
    else
        while (getppid() == leader)
            nap(1);
    sigpending(&held);
    if (sigismember(&held, SIGHUP))
        tell("hung up");
    if (sigismember(&held, SIGCONT))
        tell("continued");
    tell(tcgetpgrp(slave) == -1 ? errno_name(errno) : "the terminal is its session's");
    tell(open("/dev/tty", O_RDWR) == -1 ? errno_name(errno) : "it has a terminal");
    _exit(0);
}

static void leader(int master, int in_foreground, int gives_up)
{
    int ready[2], given_up[2];
    char byte;

    signal(SIGHUP, SIG_IGN);
    setsid();
    int slave = open(ptsname(master), O_RDWR);
    pipe(ready);
    pipe(given_up);
    if (fork() == 0)
        worker(slave, in_foreground, ready[1], gives_up ? given_up[0] : -1);
    read(ready[0], &byte, 1);
    if (!gives_up)
        _exit(0);
    tell(ioctl(slave, TIOCNOTTY) == 0 ? "given up" : errno_name(errno));
    write(given_up[1], "", 1);
    wait(NULL);
    _exit(0);
}

static void scene(const char *title, int in_foreground, int gives_up)
{
    int line[2];
    char text[256];
    ssize_t length;

    section(title);
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    grantpt(master);
    unlockpt(master);
    pipe(line);
    teller = line[1];
    if (fork() == 0)
        leader(master, in_foreground, gives_up);
    close(line[1]);
    wait(NULL);
    while ((length = read(line[0], text, sizeof text)) > 0)
        printf("%.*s", (int)length, text);
    close(line[0]);
    close(master);
}

int main(void)
{
    scene("the leader ends, the foreground works", 1, 0);
    scene("the leader ends, the background works", 0, 0);
    scene("the leader gives up, the foreground works", 1, 1);
    scene("the leader gives up, the background works", 0, 1);
    return 0;
}
