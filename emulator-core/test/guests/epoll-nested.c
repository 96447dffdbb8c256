/* epoll descriptors watched by epoll, by poll and by select; loops and depth. */
#include "epoll.h"
#include <poll.h>
#include <sys/eventfd.h>

static int readable(int fd)
{
    struct pollfd asked = { .fd = fd, .events = POLLIN };
    poll(&asked, 1, 0);
    return asked.revents;
}

int main(void)
{
    uint64_t one = 1;
    int outer = epoll_create1(0), inner = epoll_create1(0), counter = eventfd(0, EFD_NONBLOCK);
    section("nested");
    CTL(outer, ADD, inner, EPOLLIN, 1);
    CTL(inner, ADD, counter, EPOLLIN, 2);
    CALL(readable(inner));
    WAIT(outer, 4, 0);
    write(counter, &one, 8);
    CALL(readable(inner));
    CALL(readable(outer));
    WAIT(outer, 4, -1);
    WAIT(outer, 4, -1);
    WAIT(inner, 4, -1);
    WAIT(outer, 4, -1);
    read(counter, &one, 8);
    WAIT(outer, 4, 0);
    CALL(readable(inner));
    section("nested, edge");
    CTL(outer, MOD, inner, EPOLLIN | EPOLLET, 3);
    write(counter, &one, 8);
    WAIT(outer, 4, -1);
    WAIT(outer, 4, 0);
    read(counter, &one, 8);
    section("loops");
    CTL(inner, ADD, outer, EPOLLIN, 4);
    int third = epoll_create1(0);
    CTL(inner, ADD, third, EPOLLIN, 5);
    CTL(third, ADD, outer, EPOLLIN, 6);
    section("depth, built from below");
    int chain = epoll_create1(0);
    for (int i = 0; i < 7; i++) {
        int above = epoll_create1(0);
        CTL(above, ADD, chain, EPOLLIN, i);
        chain = above;
    }
    return 0;
}
