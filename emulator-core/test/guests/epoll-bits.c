/* epoll: which event bits can be asked for, one by one, and which come back. */
#include "epoll.h"
#include <sys/eventfd.h>

static int epfd;

/* Each bit alone: whether it is taken, and what a counter that is ready both ways then says. */
static void each(void)
{
    section("each bit alone");
    for (int bit = 0; bit < 32; bit++) {
        int counter = eventfd(1, EFD_NONBLOCK);
        char label[32];
        snprintf(label, sizeof label, "add %08x", 1u << bit);
        if (report(label, control(epfd, EPOLL_CTL_ADD, counter, 1u << bit, bit)) == 0)
            WAIT(epfd, 4, 0);
        close(counter);
    }
}

static void changed(void)
{
    section("each bit with MOD");
    int counter = eventfd(1, EFD_NONBLOCK);
    CTL(epfd, ADD, counter, EPOLLIN, 100);
    for (int bit = 0; bit < 32; bit++) {
        char label[32];
        snprintf(label, sizeof label, "mod %08x", 1u << bit);
        report(label, control(epfd, EPOLL_CTL_MOD, counter, 1u << bit, bit));
    }
    close(counter);
}

static void together(void)
{
    section("what the poller of Go asks for");
    int counter = eventfd(1, EFD_NONBLOCK);
    CTL(epfd, ADD, counter, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, 0xfedcba9876543210);
    WAIT(epfd, 4, 0);
    WAIT(epfd, 4, 0);
    close(counter);
    section("what goes with EPOLLEXCLUSIVE");
    counter = eventfd(1, EFD_NONBLOCK);
    CTL(epfd, ADD, counter, EPOLLIN | EPOLLEXCLUSIVE, 1);
    CTL(epfd, ADD, counter, EPOLLIN | EPOLLEXCLUSIVE | EPOLLONESHOT, 2);
    CTL(epfd, MOD, counter, EPOLLIN | EPOLLEXCLUSIVE, 3);
    close(counter);
    section("nothing but errors: there, and silent");
    counter = eventfd(1, EFD_NONBLOCK);
    CTL(epfd, ADD, counter, EPOLLERR | EPOLLHUP | EPOLLPRI | EPOLLRDHUP, 4);
    WAIT(epfd, 4, 0);
    CTL(epfd, ADD, counter, EPOLLIN, 5);
    CTL(epfd, MOD, counter, 0, 6);
    WAIT(epfd, 4, 0);
    CTL(epfd, DEL, counter, 0, 0);
    CTL(epfd, DEL, counter, 0, 0);
    close(counter);
}

int main(void)
{
    epfd = epoll_create1(0);
    each();
    changed();
    together();
    return 0;
}
