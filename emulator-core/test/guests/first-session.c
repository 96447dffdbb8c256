/* The first program is a job of whoever started it: it leads no session, so that no terminal it opens becomes its own and hangs it up. */
#include "guest.h"
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>

int main(void)
{
    printf("leads the session %d\n", getsid(0) == getpid());
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    grantpt(master);
    unlockpt(master);
    int terminal = open(ptsname(master), O_RDWR);
    CALL(tcgetsid(terminal));
    CALL(ioctl(terminal, TIOCSCTTY, 0));
    close(master);
    printf("not hung up\n");
    fflush(stdout);

    pid_t child = fork();
    if (child == 0) {
        printf("of the same session %d\n", getsid(0) == getsid(getppid()));
        CALL(setsid() == getpid());
        CALL(setpgid(0, 0));
        master = posix_openpt(O_RDWR | O_NOCTTY);
        grantpt(master);
        unlockpt(master);
        terminal = open(ptsname(master), O_RDWR);
        CALL(tcgetsid(terminal) == getpid());
        close(master);
        printf("not reached\n");
        return 0;
    }
    int status = 0;
    waitpid(child, &status, 0);
    printf("the leader of a session ended by signal %d\n", WTERMSIG(status));
    return 0;
}
