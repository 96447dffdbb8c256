/* epoll: an interest in both directions, which may be one thing or two. */
#include "epoll.h"
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/socket.h>

static int epfd;
static uint64_t one = 1;

static int in_poll(int fd)
{
    struct pollfd asked = { .fd = fd, .events = POLLIN };
    return poll(&asked, 1, 0);
}

static void records(void)
{
    section("ready both ways");
    int counter = eventfd(1, EFD_NONBLOCK);
    CTL(epfd, ADD, counter, EPOLLIN | EPOLLOUT, 1);
    WAIT(epfd, 4, 0);
    WAIT(epfd, 1, 0);
    WAIT(epfd, 1, 0);
    WAIT(epfd, 1, 0);
    read(counter, &one, 8);
    WAIT(epfd, 4, 0);
    section("MOD to one way, to the other, to both");
    CTL(epfd, MOD, counter, EPOLLOUT, 2);
    write(counter, &one, 8);
    WAIT(epfd, 4, 0);
    CTL(epfd, MOD, counter, EPOLLIN, 3);
    WAIT(epfd, 4, 0);
    CTL(epfd, MOD, counter, EPOLLIN | EPOLLOUT, 4);
    WAIT(epfd, 4, 0);
    section("a second ADD changes nothing of the first");
    CTL(epfd, ADD, counter, EPOLLIN, 5);
    WAIT(epfd, 4, 0);
    CTL(epfd, MOD, counter, EPOLLOUT, 6);
    CTL(epfd, ADD, counter, EPOLLIN, 7);
    WAIT(epfd, 4, 0);
    CTL(epfd, DEL, counter, 0, 0);
    WAIT(epfd, 4, 0);
    close(counter);
}

static void rearmed(void)
{
    section("MOD looks again");
    int counter = eventfd(1, EFD_NONBLOCK);
    CTL(epfd, ADD, counter, EPOLLIN | EPOLLET, 1);
    WAIT(epfd, 4, 0);
    WAIT(epfd, 4, 0);
    CTL(epfd, MOD, counter, EPOLLIN | EPOLLET, 2);
    WAIT(epfd, 4, 0);
    write(counter, &one, 8);
    CTL(epfd, MOD, counter, EPOLLIN | EPOLLET, 3);
    WAIT(epfd, 4, 0);
    WAIT(epfd, 4, 0);
    section("a second ADD does not arm again");
    CTL(epfd, MOD, counter, EPOLLIN | EPOLLONESHOT, 4);
    WAIT(epfd, 4, 0);
    CTL(epfd, ADD, counter, EPOLLIN | EPOLLONESHOT, 5);
    WAIT(epfd, 4, 0);
    close(counter);
}

static void partial(const char *kind, int fd)
{
    section(kind);
    CTL(epfd, ADD, fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, 1);
    CTL(epfd, ADD, fd, EPOLLIN, 2);
    WAIT(epfd, 4, 0);
    CTL(epfd, MOD, fd, EPOLLOUT, 3);
    CTL(epfd, MOD, fd, EPOLLIN, 4);
    CTL(epfd, DEL, fd, 0, 0);
    CTL(epfd, ADD, fd, EPOLLOUT, 5);
    CTL(epfd, ADD, fd, EPOLLIN, 6);
    CTL(epfd, DEL, fd, 0, 0);
    close(fd);
}

/* What is ready when it is added, and disabled at once, was counted. */
static void counted(void)
{
    section("a silent interest in the eyes of poll");
    int counter = eventfd(1, EFD_NONBLOCK);
    CTL(epfd, ADD, counter, EPOLLERR, 1);
    CALL(in_poll(epfd));
    WAIT(epfd, 4, 0);
    CALL(in_poll(epfd));
    close(counter);
}

int main(void)
{
    epfd = epoll_create1(0);
    records();
    rearmed();
    int inner = epoll_create1(0), counter = eventfd(1, EFD_NONBLOCK);
    control(inner, EPOLL_CTL_ADD, counter, EPOLLIN, 0);
    partial("an epoll that has something to say", inner);
    partial("an inotify", inotify_init1(0));
    counted();
    return 0;
}
