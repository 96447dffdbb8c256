/* epoll: level, edge and one-shot; the order of what is told; what duplicates of a descriptor mean. Looks only at what is there already, and so never waits. */
#include "epoll.h"
#include <sys/eventfd.h>
#include <sys/socket.h>

static int epfd;
static char text[64];
static uint64_t one = 1;

static void level(void)
{
    section("level");
    int ends[2];
    pipe(ends);
    CTL(epfd, ADD, ends[0], EPOLLIN, 1);
    write(ends[1], "ab", 2);
    WAIT(epfd, 4, 0);
    read(ends[0], text, 1);
    WAIT(epfd, 4, 0);
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
    WAIT(epfd, 4, 0);
    WAIT(epfd, 4, 0);
    write(ends[1], "b", 1);
    WAIT(epfd, 4, 0);
    read(ends[0], text, 1);
    WAIT(epfd, 4, 0);
    write(ends[1], "c", 1);
    write(ends[1], "d", 1);
    WAIT(epfd, 4, 0);
    WAIT(epfd, 4, 0);
    section("edge: come and gone");
    write(ends[1], "e", 1);
    read(ends[0], text, sizeof text);
    WAIT(epfd, 4, 0);
    close(ends[0]);
    close(ends[1]);
}

static void one_shot(void)
{
    section("one-shot");
    int ends[2];
    pipe(ends);
    CTL(epfd, ADD, ends[0], EPOLLIN | EPOLLONESHOT, 1);
    write(ends[1], "a", 1);
    WAIT(epfd, 4, 0);
    write(ends[1], "b", 1);
    WAIT(epfd, 4, 0);
    CTL(epfd, ADD, ends[0], EPOLLIN | EPOLLONESHOT, 2);
    CTL(epfd, MOD, ends[0], EPOLLIN | EPOLLONESHOT, 3);
    WAIT(epfd, 4, 0);
    WAIT(epfd, 4, 0);
    close(ends[0]);
    close(ends[1]);
    section("one-shot in both directions");
    int pair[2];
    socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    write(pair[1], "x", 1);
    CTL(epfd, ADD, pair[0], EPOLLIN | EPOLLOUT | EPOLLONESHOT, 4);
    WAIT(epfd, 1, 0);
    WAIT(epfd, 1, 0);
    WAIT(epfd, 1, 0);
    CTL(epfd, MOD, pair[0], EPOLLIN | EPOLLOUT | EPOLLONESHOT, 5);
    WAIT(epfd, 4, 0);
    WAIT(epfd, 4, 0);
    close(pair[0]);
    close(pair[1]);
    section("one-shot, half of it later");
    socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    CTL(epfd, ADD, pair[0], EPOLLIN | EPOLLOUT | EPOLLONESHOT, 6);
    WAIT(epfd, 4, 0);
    write(pair[1], "x", 1);
    WAIT(epfd, 4, 0);
    WAIT(epfd, 4, 0);
    close(pair[0]);
    close(pair[1]);
    section("edge and one-shot");
    int counter = eventfd(0, EFD_NONBLOCK);
    CTL(epfd, ADD, counter, EPOLLIN | EPOLLET | EPOLLONESHOT, 7);
    write(counter, &one, 8);
    WAIT(epfd, 4, 0);
    WAIT(epfd, 4, 0);
    write(counter, &one, 8);
    WAIT(epfd, 4, 0);
    close(counter);
}

static void order(void)
{
    section("order");
    int fds[3];
    for (int i = 0; i < 3; i++)
        CTL(epfd, ADD, fds[i] = eventfd(0, EFD_NONBLOCK), EPOLLIN, 10 + i);
    write(fds[2], &one, 8);
    write(fds[0], &one, 8);
    write(fds[1], &one, 8);
    WAIT(epfd, 4, 0);
    WAIT(epfd, 1, 0);
    WAIT(epfd, 1, 0);
    WAIT(epfd, 4, 0);
    read(fds[0], &one, 8);
    WAIT(epfd, 4, 0);
    section("order, with both directions among others");
    CTL(epfd, MOD, fds[0], EPOLLIN | EPOLLOUT, 20);
    WAIT(epfd, 8, 0);
    write(fds[0], &one, 8);
    WAIT(epfd, 8, 0);
    WAIT(epfd, 1, 0);
    WAIT(epfd, 8, 0);
    for (int i = 0; i < 3; i++)
        close(fds[i]);
}

static void duplicates(void)
{
    section("each duplicate can be added");
    int ends[2];
    pipe(ends);
    int copy = dup(ends[0]);
    CTL(epfd, ADD, ends[0], EPOLLIN, 1);
    CTL(epfd, ADD, copy, EPOLLIN, 2);
    write(ends[1], "x", 1);
    WAIT(epfd, 4, 0);
    section("one of two is closed");
    close(ends[0]);
    WAIT(epfd, 4, 0);
    CTL(epfd, DEL, ends[0], 0, 0);
    section("another file takes the number");
    int counter = eventfd(1, EFD_NONBLOCK);
    dup2(counter, copy);
    WAIT(epfd, 4, 0);
    CTL(epfd, ADD, copy, EPOLLIN, 3);
    WAIT(epfd, 4, 0);
    close(copy);
    close(counter);
    close(ends[1]);
    section("the one that was added is closed, the other stays");
    pipe(ends);
    copy = dup(ends[0]);
    int queue = epoll_create1(0);
    CTL(queue, ADD, ends[0], EPOLLIN, 4);
    write(ends[1], "x", 1);
    close(ends[0]);
    WAIT(queue, 4, 0);
    CTL(queue, DEL, ends[0], 0, 0);
    close(queue);
    close(copy);
    close(ends[1]);
}

static void other_direction(void)
{
    int pair[2];
    char byte;
    section("edge: room for sending is no news for who reads");
    socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    int queue = epoll_create1(0);
    CTL(queue, ADD, pair[0], EPOLLIN | EPOLLET, 1);
    write(pair[1], "x", 1);
    WAIT(queue, 4, 0);
    write(pair[0], "y", 1);
    read(pair[1], &byte, 1);
    WAIT(queue, 4, 0);
    section("order: nor does it put anybody first");
    int counter = eventfd(0, 0);
    uint64_t one = 1;
    CTL(queue, MOD, pair[0], EPOLLIN, 1);
    CTL(queue, ADD, counter, EPOLLIN, 2);
    read(pair[0], &byte, 1);
    WAIT(queue, 4, 0);
    write(pair[0], "y", 1);
    read(pair[1], &byte, 1);
    write(counter, &one, sizeof one);
    write(pair[1], "x", 1);
    WAIT(queue, 4, 0);
    close(counter);
    close(queue);
    close(pair[0]);
    close(pair[1]);
}

int main(void)
{
    epfd = epoll_create1(0);
    level();
    edge();
    one_shot();
    order();
    duplicates();
    other_direction();
    return 0;
}
