/* epoll: level, edge, one-shot; which events come for what happens. */
#include "epoll.h"
#include <sys/eventfd.h>
#include <sys/socket.h>

static int epfd;
static char text[64];

static void level(void)
{
    section("level");
    int ends[2];
    pipe(ends);
    CTL(epfd, ADD, ends[0], EPOLLIN, 1);
    write(ends[1], "ab", 2);
    WAIT(epfd, 4, -1);
    read(ends[0], text, 1);
    WAIT(epfd, 4, -1);
    read(ends[0], text, 1);
    WAIT(epfd, 4, 0);
    close(ends[0]);
    close(ends[1]);
}

static void edge(void)
{
    section("edge");
    int ends[2];
    pipe(ends);
    write(ends[1], "a", 1);
    CTL(epfd, ADD, ends[0], EPOLLIN | EPOLLET, 1);
    WAIT(epfd, 4, -1);
    WAIT(epfd, 4, 0);
    write(ends[1], "b", 1);
    WAIT(epfd, 4, -1);
    read(ends[0], text, 1);
    WAIT(epfd, 4, 0);
    write(ends[1], "c", 1);
    write(ends[1], "d", 1);
    WAIT(epfd, 4, -1);
    WAIT(epfd, 4, 0);
    CTL(epfd, MOD, ends[0], EPOLLIN | EPOLLET, 2);
    WAIT(epfd, 4, 0);
    WAIT(epfd, 4, 0);
    read(ends[0], text, sizeof text);
    close(ends[1]);
    WAIT(epfd, 4, -1);
    WAIT(epfd, 4, 0);
    close(ends[0]);
    section("edge on an eventfd");
    uint64_t one = 1;
    int fd = eventfd(0, EFD_NONBLOCK);
    CTL(epfd, ADD, fd, EPOLLIN | EPOLLET, 3);
    write(fd, &one, 8);
    WAIT(epfd, 4, -1);
    write(fd, &one, 8);
    WAIT(epfd, 4, -1);
    read(fd, &one, 8);
    WAIT(epfd, 4, 0);
    close(fd);
}

static void one_shot(void)
{
    section("one-shot");
    int ends[2];
    pipe(ends);
    CTL(epfd, ADD, ends[0], EPOLLIN | EPOLLONESHOT, 1);
    write(ends[1], "a", 1);
    WAIT(epfd, 4, -1);
    WAIT(epfd, 4, 0);
    write(ends[1], "b", 1);
    WAIT(epfd, 4, 0);
    CTL(epfd, ADD, ends[0], EPOLLIN | EPOLLONESHOT, 1);
    CTL(epfd, MOD, ends[0], EPOLLIN | EPOLLONESHOT, 2);
    WAIT(epfd, 4, -1);
    WAIT(epfd, 4, 0);
    CTL(epfd, MOD, ends[0], EPOLLIN | EPOLLET | EPOLLONESHOT, 3);
    WAIT(epfd, 4, -1);
    write(ends[1], "c", 1);
    WAIT(epfd, 4, 0);
    close(ends[0]);
    close(ends[1]);
}

static void hang_ups(void)
{
    section("hang-ups");
    int ends[2], pair[2];
    pipe(ends);
    CTL(epfd, ADD, ends[0], EPOLLIN | EPOLLRDHUP, 1);
    write(ends[1], "x", 1);
    close(ends[1]);
    WAIT(epfd, 4, -1);
    read(ends[0], text, 1);
    WAIT(epfd, 4, -1);
    close(ends[0]);
    pipe(ends);
    CTL(epfd, ADD, ends[1], EPOLLOUT, 2);
    WAIT(epfd, 4, -1);
    close(ends[0]);
    WAIT(epfd, 4, -1);
    close(ends[1]);
    socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    CTL(epfd, ADD, pair[0], EPOLLIN | EPOLLOUT | EPOLLRDHUP, 3);
    WAIT(epfd, 4, -1);
    write(pair[1], "x", 1);
    WAIT(epfd, 4, -1);
    shutdown(pair[1], SHUT_WR);
    WAIT(epfd, 4, -1);
    close(pair[1]);
    WAIT(epfd, 4, -1);
    CTL(epfd, MOD, pair[0], 0, 4);
    WAIT(epfd, 4, -1);
    close(pair[0]);
    WAIT(epfd, 4, 0);
}

static void order(void)
{
    section("order");
    uint64_t one = 1;
    int fds[3];
    for (int i = 0; i < 3; i++)
        CTL(epfd, ADD, fds[i] = eventfd(0, EFD_NONBLOCK), EPOLLIN, 10 + i);
    write(fds[2], &one, 8);
    write(fds[0], &one, 8);
    write(fds[1], &one, 8);
    WAIT(epfd, 4, -1);
    WAIT(epfd, 1, -1);
    WAIT(epfd, 1, -1);
    WAIT(epfd, 4, -1);
    read(fds[0], &one, 8);
    WAIT(epfd, 4, -1);
    for (int i = 0; i < 3; i++)
        close(fds[i]);
}

static void duplicates(void)
{
    section("duplicates");
    int ends[2];
    pipe(ends);
    int copy = dup(ends[0]);
    CTL(epfd, ADD, ends[0], EPOLLIN, 1);
    CTL(epfd, ADD, copy, EPOLLIN, 2);
    write(ends[1], "x", 1);
    WAIT(epfd, 4, -1);
    close(ends[0]);
    WAIT(epfd, 4, -1);
    close(copy);
    WAIT(epfd, 4, 0);
    close(ends[1]);
}

int main(void)
{
    epfd = epoll_create1(0);
    level();
    edge();
    one_shot();
    hang_ups();
    order();
    duplicates();
    return 0;
}
