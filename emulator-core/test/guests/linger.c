/* close(2) with SO_LINGER waits until the other side has everything, the time is up, or a signal comes. */
#include "guest.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>

static struct sockaddr_in address = { .sin_family = AF_INET };

static void nothing(int number)
{
    (void)number;
}

/* Sends until there is no room any more, and closes. `seconds`: SO_LINGER; `interval`: ms until a signal, or 0. */
static void closer(int said, int seconds, int interval)
{
    struct linger linger = { 1, seconds };
    static char bytes[65536];
    long sent = 0, count;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    connect(fd, (struct sockaddr *)&address, sizeof address);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
    while ((count = send(fd, bytes, sizeof bytes, 0)) > 0)
        sent += count;
    struct sigaction on = { .sa_handler = nothing };
    sigaction(SIGALRM, &on, NULL);
    write(said, &sent, sizeof sent);
    struct itimerval timer = { { 0, interval * 1000 }, { 0, interval * 1000 } };
    if (interval != 0)
        setitimer(ITIMER_REAL, &timer, NULL);
    int result = close(fd);
    memset(&timer, 0, sizeof timer);
    setitimer(ITIMER_REAL, &timer, NULL);
    write(said, &result, sizeof result);
    exit(0);
}

static long drain(int fd)
{
    static char bytes[65536];
    long all = 0, count;
    while ((count = read(fd, bytes, sizeof bytes)) > 0)
        all += count;
    printf("the end: %s\n", count == 0 ? "in order" : errno_name(errno));
    return all;
}

int main(void)
{
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0), result, status;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bind(listener, (struct sockaddr *)&address, sizeof address);
    listen(listener, 4);
    getsockname(listener, (struct sockaddr *)&address, &size);
    static const struct { const char *name; int seconds, interval, reads_first; } cases[] = {
        { "until it is read", 1000, 0, 1 }, { "until the time is up", 1, 0, 0 }, { "until a signal comes", 1000, 20, 0 },
        { "until the other side is gone", 1000, 0, 2 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int said[2];
        long sent;
        section(cases[i].name);
        fflush(stdout);
        pipe(said);
        pid_t child = fork();
        if (child == 0) {
            close(listener);
            closer(said[1], cases[i].seconds, cases[i].interval);
        }
        close(said[1]);
        int fd = accept(listener, NULL, NULL);
        read(said[0], &sent, sizeof sent);
        if (cases[i].reads_first != 0) {
            await_sleep(child);
            struct pollfd p = { said[0], POLLIN, 0 };
            printf("close %s\n", poll(&p, 1, 0) == 0 ? "waits" : "is over");
        }
        if (cases[i].reads_first == 1)
            printf("%s\n", drain(fd) == sent ? "everything came" : "something is missing");
        if (cases[i].reads_first == 2)
            close(fd);
        read(said[0], &result, sizeof result);
        printf("close: %d\n", result);
        if (cases[i].reads_first == 0)
            printf("%s\n", drain(fd) == sent ? "everything came" : "something is missing");
        waitpid(child, &status, 0);
        if (cases[i].reads_first != 2)
            close(fd);
        close(said[0]);
    }
    return 0;
}
