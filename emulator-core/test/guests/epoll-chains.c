/* epoll descriptors that watch each other: loops that are loops, loops that are none, and how deep. */
#include "epoll.h"
#include <sys/eventfd.h>

static int made(void)
{
    return epoll_create1(0);
}

static void loops(void)
{
    section("a ring of two, of three");
    int a = made(), b = made(), c = made();
    CTL(a, ADD, b, EPOLLIN, 1);
    CTL(b, ADD, a, EPOLLIN, 2);
    CTL(b, ADD, c, EPOLLIN, 3);
    CTL(c, ADD, a, EPOLLIN, 4);
    section("MOD asks for no loop");
    CTL(a, MOD, b, EPOLLIN, 5);
    section("a ring through a silent interest");
    int d = made(), e = made();
    CTL(d, ADD, e, EPOLLERR, 6);
    CTL(e, ADD, d, EPOLLIN, 7);
    section("a ring through a duplicate");
    int f = made(), g = made();
    CTL(f, ADD, g, EPOLLIN, 8);
    int copy = dup(g);
    CTL(copy, ADD, f, EPOLLIN, 9);
    section("what is removed makes no loop");
    int h = made(), i = made();
    CTL(h, ADD, i, EPOLLIN, 10);
    CTL(h, DEL, i, 0, 0);
    CTL(i, ADD, h, EPOLLIN, 11);
}

static void diamond(void)
{
    section("two ways to one");
    int top = made(), left = made(), right = made(), bottom = made();
    CTL(left, ADD, bottom, EPOLLIN, 1);
    CTL(right, ADD, bottom, EPOLLIN, 2);
    CTL(top, ADD, left, EPOLLIN, 3);
    CTL(top, ADD, right, EPOLLIN, 4);
}

static void depth(void)
{
    section("depth, built from below");
    int chain = made();
    for (int i = 0; i < 7; i++) {
        int above = made();
        CTL(above, ADD, chain, EPOLLIN, i);
        chain = above;
    }
    section("depth, built from above");
    int above = made();
    for (int i = 0; i < 7; i++) {
        int below = made();
        CTL(above, ADD, below, EPOLLIN, i);
        above = below;
    }
}

static void told(void)
{
    section("through three");
    uint64_t one = 1;
    int top = made(), middle = made(), bottom = made(), counter = eventfd(0, EFD_NONBLOCK);
    CTL(top, ADD, middle, EPOLLIN, 1);
    CTL(middle, ADD, bottom, EPOLLIN, 2);
    CTL(bottom, ADD, counter, EPOLLIN, 3);
    WAIT(top, 4, 0);
    write(counter, &one, 8);
    WAIT(top, 4, 0);
    WAIT(middle, 4, 0);
    WAIT(bottom, 4, 0);
    WAIT(top, 4, 0);
    read(counter, &one, 8);
    WAIT(bottom, 4, 0);
    WAIT(middle, 4, 0);
    WAIT(top, 4, 0);
}

/* Two epolls watch one pipe, and a third watches both: which of the two was told first? */
static void watchers(void)
{
    section("two who watch one thing");
    int ends[2], top = epoll_create1(0), older = epoll_create1(0), newer = epoll_create1(0);
    pipe(ends);
    CTL(top, ADD, older, EPOLLIN, 1);
    CTL(top, ADD, newer, EPOLLIN, 2);
    CTL(older, ADD, ends[0], EPOLLIN, 3);
    CTL(newer, ADD, ends[0], EPOLLIN, 4);
    write(ends[1], "x", 1);
    WAIT(top, 4, 0);
    close(ends[0]);
    close(ends[1]);
    close(top);
    close(older);
    close(newer);
}

int main(void)
{
    loops();
    diamond();
    depth();
    told();
    watchers();
    return 0;
}
