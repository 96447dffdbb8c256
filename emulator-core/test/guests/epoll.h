/* What the epoll guests share. */
#ifndef EPOLL_GUEST_H
#define EPOLL_GUEST_H
#include "guest.h"
#include <sys/epoll.h>

#define CTL(epfd, op, fd, wanted, label) CALL(control(epfd, EPOLL_CTL_##op, fd, wanted, label))
#define WAIT(epfd, most, timeout) wait_and_print(#epfd, epfd, most, timeout)

static inline int control(int epfd, int operation, int fd, uint32_t events, uint64_t data)
{
    struct epoll_event event = { .events = events, .data.u64 = data };
    return epoll_ctl(epfd, operation, fd, &event);
}

static inline void print_events(int count, const struct epoll_event *events)
{
    for (int i = 0; i < count; i++) {
        uint32_t bits = events[i].events;
        printf("  %lu:%s%s%s%s%s%s", (unsigned long)events[i].data.u64, bits & EPOLLIN ? " IN" : "", bits & EPOLLOUT ? " OUT" : "",
               bits & EPOLLRDHUP ? " RDHUP" : "", bits & EPOLLHUP ? " HUP" : "", bits & EPOLLERR ? " ERR" : "",
               bits & EPOLLPRI ? " PRI" : "");
        bits &= ~(EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLHUP | EPOLLERR | EPOLLPRI);
        if (bits != 0)
            printf(" and %x", bits);
        putchar('\n');
    }
}

static inline int wait_and_print(const char *name, int epfd, int most, int timeout)
{
    struct epoll_event events[16];
    int count = epoll_wait(epfd, events, most, timeout);
    printf("epoll_wait(%s, %d) = %d%s%s\n", name, most, count, count == -1 ? " " : "", count == -1 ? errno_name(errno) : "");
    print_events(count, events);
    return count;
}
#endif
