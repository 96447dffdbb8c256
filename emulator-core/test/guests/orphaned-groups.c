/* Process groups that nobody of their session watches over: the terminal's signals do not stop them, and its input is not for them. */
#include "guest.h"
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>

static const char *how(pid_t child, int options)
{
    static char text[64];
    int status = 0;

    if (waitpid(child, &status, options) != child)
        return "nothing";
    if (WIFSTOPPED(status))
        snprintf(text, sizeof text, "stopped by %d", WSTOPSIG(status));
    else
        snprintf(text, sizeof text, "%s %d", WIFEXITED(status) ? "exited" : "killed by", WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
    return text;
}

static void stop_itself(void)
{
    static const int signals[] = { SIGTSTP, SIGTTIN, SIGTTOU };

    for (int i = 0; i < 3; i++) {
        raise(signals[i]);
        printf("went on after %d\n", signals[i]);
        fflush(stdout);
    }
}

static void watched(void)
{
    section("watched over");
    pid_t child = fork();
    if (child == 0) {
        setpgid(0, 0);
        stop_itself();
        _exit(1);
    }
    for (int i = 0; i < 3; i++) {
        printf("%s\n", how(child, WUNTRACED));
        fflush(stdout);
        kill(child, SIGCONT);
    }
    printf("%s\n", how(child, 0));
}

static void orphaned(void)
{
    section("a session of its own");
    pid_t child = fork();
    if (child == 0) {
        setsid();
        stop_itself();
        raise(SIGSTOP);
        _exit(2);
    }
    printf("%s\n", how(child, WUNTRACED));
    fflush(stdout);
    kill(child, SIGCONT);
    printf("%s\n", how(child, 0));
}

/* In the background of a terminal, when its parent has ended. */
static void reads_terminal(int slave, pid_t parent)
{
    char byte;
    struct termios modes;
    struct winsize size = { .ws_row = 10, .ws_col = 20 };

    while (getppid() == parent)
        nap(1);
    CALL(read(slave, &byte, 1));
    CALL(ioctl(slave, TIOCSWINSZ, &size));
    CALL(tcgetattr(slave, &modes));
    CALL(tcsetattr(slave, TCSANOW, &modes));
    signal(SIGTTOU, SIG_IGN);
    CALL(tcsetattr(slave, TCSANOW, &modes));
    signal(SIGTTIN, SIG_IGN);
    CALL(read(slave, &byte, 1));
    _exit(0);
}

static void of_a_terminal(void)
{
    int alive[2];

    section("in the background of a terminal");
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    grantpt(master);
    unlockpt(master);
    pid_t leader = fork();
    if (leader == 0) {
        setsid();
        int slave = open(ptsname(master), O_RDWR);
        pipe(alive);
        pid_t child = fork();
        if (child == 0) {
            setpgid(0, 0);
            pid_t self = getpid();
            close(alive[0]);
            if (fork() == 0)
                reads_terminal(slave, self);
            _exit(0);
        }
        close(alive[1]);
        waitpid(child, NULL, 0);
        char byte;
        read(alive[0], &byte, 1);
        _exit(3);
    }
    printf("%s\n", how(leader, 0));
}

int main(void)
{
    watched();
    orphaned();
    of_a_terminal();
    return 0;
}
