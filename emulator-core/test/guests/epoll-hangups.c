/* epoll: what is told when the other side goes. Everything has happened before it is asked: poll waits for what comes over the network. */
#include "epoll.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

static int epfd;
static char text[8];

static void await(int fd, short events)
{
    struct pollfd asked = { .fd = fd, .events = events };
    poll(&asked, 1, -1);
}

static void pipes(void)
{
    int ends[2];
    section("pipe: the writer is gone, data are left");
    pipe(ends);
    CTL(epfd, ADD, ends[0], EPOLLIN, 1);
    write(ends[1], "x", 1);
    close(ends[1]);
    WAIT(epfd, 4, 0);
    read(ends[0], text, 1);
    WAIT(epfd, 4, 0);
    CTL(epfd, MOD, ends[0], EPOLLIN | EPOLLRDHUP, 2);
    WAIT(epfd, 4, 0);
    close(ends[0]);
    section("pipe: the reader is gone");
    pipe(ends);
    CTL(epfd, ADD, ends[1], EPOLLOUT, 3);
    WAIT(epfd, 4, 0);
    close(ends[0]);
    WAIT(epfd, 4, 0);
    close(ends[1]);
    section("pipe: nothing was asked for, and the reader is gone");
    pipe(ends);
    CTL(epfd, ADD, ends[1], 0, 4);
    close(ends[0]);
    WAIT(epfd, 4, 0);
    close(ends[1]);
    section("pipe: full, then without a reader");
    pipe(ends);
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    static char much[65536];
    while (write(ends[1], much, sizeof much) > 0)
        ;
    CTL(epfd, ADD, ends[1], EPOLLOUT, 5);
    WAIT(epfd, 4, 0);
    close(ends[0]);
    WAIT(epfd, 4, 0);
    close(ends[1]);
}

/* In the beginning both ends are there; the other is closed before anything is asked for. */
static void too_late(void)
{
    int ends[2];
    section("pipe: the reader has gone before");
    pipe(ends);
    close(ends[0]);
    CTL(epfd, ADD, ends[1], EPOLLOUT, 6);
    WAIT(epfd, 4, 0);
    CTL(epfd, ADD, ends[1], EPOLLIN | EPOLLOUT, 7);
    WAIT(epfd, 4, 0);
    CTL(epfd, DEL, ends[1], 0, 0);
    close(ends[1]);
    section("pipe: the writer has gone before");
    pipe(ends);
    close(ends[1]);
    CTL(epfd, ADD, ends[0], EPOLLIN, 8);
    WAIT(epfd, 4, 0);
    close(ends[0]);
}

static void pairs(void)
{
    int pair[2];
    section("stream: the other side writes no more");
    socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    CTL(epfd, ADD, pair[0], EPOLLIN, 1);
    shutdown(pair[1], SHUT_WR);
    WAIT(epfd, 4, 0);
    CTL(epfd, MOD, pair[0], EPOLLIN | EPOLLRDHUP, 2);
    WAIT(epfd, 4, 0);
    section("stream: the other side is closed");
    CTL(epfd, MOD, pair[0], EPOLLIN | EPOLLOUT | EPOLLRDHUP, 3);
    close(pair[1]);
    WAIT(epfd, 4, 0);
    CTL(epfd, MOD, pair[0], 0, 4);
    WAIT(epfd, 4, 0);
    close(pair[0]);
}

/* A connection over the loopback: [0] connected, [1] accepted, [2] listens. */
static void connection(int fds[3])
{
    struct sockaddr_in here = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof here;
    fds[2] = socket(AF_INET, SOCK_STREAM, 0);
    bind(fds[2], (struct sockaddr *)&here, sizeof here);
    listen(fds[2], 1);
    getsockname(fds[2], (struct sockaddr *)&here, &length);
    fds[0] = socket(AF_INET, SOCK_STREAM, 0);
    CTL(epfd, ADD, fds[2], EPOLLIN, 5);
    WAIT(epfd, 4, 0);
    connect(fds[0], (struct sockaddr *)&here, sizeof here);
    await(fds[2], POLLIN);
    WAIT(epfd, 4, 0);
    fds[1] = accept(fds[2], NULL, NULL);
    WAIT(epfd, 4, 0);
}

static void tcp(void)
{
    int fds[3];
    section("TCP: a listener, before and after it has accepted");
    connection(fds);
    section("TCP: urgent data");
    CTL(epfd, ADD, fds[0], EPOLLPRI, 1);
    send(fds[1], "u", 1, MSG_OOB);
    await(fds[0], POLLPRI);
    WAIT(epfd, 4, 0);
    recv(fds[0], text, 1, MSG_OOB);
    section("TCP: the other side is closed");
    CTL(epfd, MOD, fds[0], EPOLLIN | EPOLLOUT, 2);
    close(fds[1]);
    await(fds[0], POLLIN);
    WAIT(epfd, 4, 0);
    CTL(epfd, MOD, fds[0], EPOLLIN | EPOLLOUT | EPOLLRDHUP, 3);
    WAIT(epfd, 4, 0);
    close(fds[0]);
    section("TCP: refused");
    struct sockaddr_in here = { .sin_family = AF_INET };
    socklen_t length = sizeof here;
    getsockname(fds[2], (struct sockaddr *)&here, &length);
    close(fds[2]);
    int caller = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), error = 0;
    length = sizeof error;
    connect(caller, (struct sockaddr *)&here, sizeof here);
    await(caller, POLLOUT);
    CTL(epfd, ADD, caller, EPOLLIN | EPOLLOUT | EPOLLRDHUP, 4);
    WAIT(epfd, 4, 0);
    getsockopt(caller, SOL_SOCKET, SO_ERROR, &error, &length);
    printf("SO_ERROR %s\n", errno_name(error));
    close(caller);
}

int main(void)
{
    epfd = epoll_create1(0);
    pipes();
    too_late();
    pairs();
    tcp();
    return 0;
}
