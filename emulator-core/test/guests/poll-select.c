/* poll, ppoll, select, pselect6: what is ready, hung up, closed, too late, interrupted. */
#include "guest.h"
#include <poll.h>
#include <sys/select.h>
#include <sys/socket.h>

static void polling(void)
{
    section("poll");
    int ends[2], pair[2], file = open("f", O_CREAT | O_RDWR, 0600);
    pipe(ends);
    socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    struct pollfd all[] = { { ends[0], POLLIN, 0 }, { ends[1], POLLOUT, 0 }, { pair[0], POLLIN | POLLOUT | POLLRDHUP, 0 },
                            { file, POLLIN | POLLOUT, 0 },  { 99, POLLIN, 0 },      { -1, POLLIN, 0 } };
#define SHOW()                                                                                                       \
    for (int i = 0; i < 6; i++)                                                                                      \
        printf("%s%x", i ? " " : "  ", all[i].revents);                                                              \
    putchar('\n')
    CALL(poll(all, 6, 0));
    SHOW();
    write(ends[1], "x", 1);
    write(pair[1], "x", 1);
    CALL(poll(all, 6, -1));
    SHOW();
    close(ends[1]);
    shutdown(pair[1], SHUT_WR);
    all[1].fd = -1;
    CALL(poll(all, 6, -1));
    SHOW();
    close(pair[1]);
    char byte;
    read(ends[0], &byte, 1);
    CALL(poll(all, 6, -1));
    SHOW();
    all[0].events = all[2].events = 0;
    CALL(poll(all, 3, 0));
    SHOW();
    close(ends[0]);
    close(pair[0]);
    close(file);
    pipe(ends);
    close(ends[0]);
    struct pollfd broken = { ends[1], POLLOUT, 0 };
    CALL(poll(&broken, 1, 0));
    printf("  %x\n", broken.revents);
    close(ends[1]);
    unlink("f");
}

static void waiting(void)
{
    section("waiting");
    int ends[2];
    pipe(ends);
    struct pollfd one = { ends[0], POLLIN, 0 };
    long began = milliseconds_now();
    CALL(poll(&one, 1, 30));
    CALL(poll(NULL, 0, 20));
    printf("50 ms passed %d\n", milliseconds_now() - began >= 49);
    struct timespec wait = { 0, 20000000 }, wrong = { 0, 1000000000 };
    CALL(ppoll(&one, 1, &wait, NULL));
    CALL(ppoll(&one, 1, &wrong, NULL));
    write(ends[1], "x", 1);
    CALL(ppoll(&one, 1, NULL, NULL));
    CALL(syscall(SYS_poll, NOWHERE, 1, 0));
    close(ends[0]);
    close(ends[1]);
}

static void selecting(void)
{
    section("select");
    int ends[2];
    pipe(ends);
    fd_set in, out, odd;
    struct timeval none = { 0, 0 }, wrong = { 0, -1 };
#define ASK()                                                                                                        \
    do {                                                                                                             \
        FD_ZERO(&in);                                                                                                \
        FD_ZERO(&out);                                                                                               \
        FD_ZERO(&odd);                                                                                               \
        FD_SET(ends[0], &in);                                                                                        \
        FD_SET(ends[1], &out);                                                                                       \
        FD_SET(ends[0], &odd);                                                                                       \
    } while (0)
#define TELL() printf("  in %d, out %d, odd %d\n", FD_ISSET(ends[0], &in) != 0, FD_ISSET(ends[1], &out) != 0, FD_ISSET(ends[0], &odd) != 0)
    ASK();
    CALL(select(10, &in, &out, &odd, &none));
    TELL();
    write(ends[1], "x", 1);
    ASK();
    CALL(select(10, &in, &out, &odd, NULL));
    TELL();
    ASK();
    CALL(select(ends[0], &in, &out, &odd, &none));
    ASK();
    FD_SET(50, &in); /* closed, and within the smallest table of descriptors: what is beyond the table is not looked at */
    CALL(select(51, &in, &out, &odd, &none));
    CALL(select(-1, NULL, NULL, NULL, &none));
    CALL(select(0, NULL, NULL, NULL, &wrong));
    struct timeval left = { 0, 30000 };
    CALL(select(0, NULL, NULL, NULL, &left));
    printf("left %ld\n", (long)left.tv_usec);
    struct timespec wait = { 0, 20000000 };
    ASK();
    CALL(pselect(10, &in, NULL, NULL, &wait, NULL));
    CALL(pselect(0, NULL, NULL, NULL, &wait, NULL));
    close(ends[0]);
    close(ends[1]);
}

static volatile sig_atomic_t alarms;
static void on_alarm(int number) { (void)number; alarms++; }

static void interrupted(void)
{
    section("interrupted");
    struct sigaction action = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };
    sigaction(SIGUSR1, &action, NULL);
    sigset_t blocked, empty;
    sigemptyset(&empty);
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    raise(SIGUSR1);
    struct timespec wait = { 1, 0 };
    CALL(ppoll(NULL, 0, &wait, &empty));
    printf("%d\n", (int)alarms);
    raise(SIGUSR1);
    CALL(pselect(0, NULL, NULL, NULL, &wait, &empty));
    printf("%d\n", (int)alarms);
}

int main(void)
{
    polling();
    waiting();
    selecting();
    interrupted();
    return 0;
}
