/* epoll: what is refused, and which of two faults is found first. */
#include "epoll.h"
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/select.h>

enum { CLOSED = 900, NO_OPERATION = 77 };

static int epfd, reader, writer, regular;

static void create(void)
{
    section("create");
    CALL(syscall(SYS_epoll_create, 0));
    CALL(syscall(SYS_epoll_create, -1));
    WORKS(close(syscall(SYS_epoll_create, 1)));
    CALL(epoll_create1(1));
    CALL(epoll_create1(O_NONBLOCK));
    CALL(epoll_create1(EPOLL_CLOEXEC | O_NONBLOCK));
    int plain = epoll_create1(0), closing = epoll_create1(EPOLL_CLOEXEC);
    printf("close on exec: %d %d\n", fcntl(plain, F_GETFD), fcntl(closing, F_GETFD));
    close(plain);
    close(closing);
}

static int in_select(int fd)
{
    fd_set in;
    struct timeval now = { 0, 0 };
    FD_ZERO(&in);
    FD_SET(fd, &in);
    return select(fd + 1, &in, NULL, NULL, &now);
}

static int in_poll(int fd)
{
    struct pollfd asked = { .fd = fd, .events = POLLIN | POLLOUT };
    poll(&asked, 1, 0);
    return asked.revents;
}

static void print_stat(int fd)
{
    struct stat found;
    fstat(fd, &found);
    printf("mode %o, size %ld\n", found.st_mode, (long)found.st_size);
}

static void itself(void)
{
    section("the descriptor itself");
    char byte = 0;
    int queue = epoll_create1(0), counter = eventfd(0, 0);
    uint64_t one = 1;
    CALL(read(queue, &byte, 1));
    CALL(write(queue, &byte, 1));
    print_stat(queue);
    CTL(queue, ADD, counter, EPOLLIN, 1);
    CTL(queue, ADD, writer, EPOLLOUT, 2);
    printf("poll %x, select %d\n", in_poll(queue), in_select(queue));
    write(counter, &one, 8);
    print_stat(queue);
    printf("poll %x, select %d\n", in_poll(queue), in_select(queue));
    close(queue);
    close(counter);
}

static void order(void)
{
    section("the event is read first, whatever the operation");
    CALL(epoll_ctl(CLOSED, EPOLL_CTL_ADD, CLOSED, NOWHERE));
    CALL(epoll_ctl(CLOSED, EPOLL_CTL_MOD, CLOSED, NULL));
    CALL(epoll_ctl(CLOSED, NO_OPERATION, CLOSED, NOWHERE));
    CALL(epoll_ctl(CLOSED, EPOLL_CTL_DEL, CLOSED, NOWHERE));
    section("then the epoll descriptor, before the other");
    CTL(CLOSED, ADD, CLOSED, EPOLLIN, 1);
    CTL(CLOSED, ADD, regular, EPOLLIN, 1);
    CTL(reader, ADD, CLOSED, EPOLLIN, 1);
    CTL(regular, ADD, CLOSED, EPOLLIN, 1);
    CTL(reader, ADD, regular, EPOLLIN, 1);
    CTL(reader, ADD, writer, EPOLLIN, 1);
    CTL(reader, ADD, reader, EPOLLIN, 1);
    section("then the other, before what is wanted");
    CTL(epfd, ADD, CLOSED, 0x00800000 | EPOLLMSG, 1);
    CALL(control(epfd, NO_OPERATION, CLOSED, EPOLLIN, 1));
    CTL(epfd, DEL, CLOSED, 0, 0);
    section("files that are always ready, for every operation");
    CTL(epfd, ADD, regular, EPOLLIN, 1);
    CTL(epfd, MOD, regular, EPOLLIN, 1);
    CTL(epfd, DEL, regular, 0, 0);
    CALL(control(epfd, NO_OPERATION, regular, EPOLLIN, 1));
    CTL(epfd, ADD, regular, EPOLLMSG, 1);
    section("itself");
    int copy = dup(epfd);
    CTL(epfd, ADD, epfd, EPOLLIN, 1);
    CTL(epfd, MOD, epfd, EPOLLIN, 1);
    CTL(epfd, DEL, epfd, 0, 0);
    CTL(epfd, ADD, copy, EPOLLIN, 1);
    CTL(copy, ADD, epfd, EPOLLIN, 1);
    close(copy);
    section("bits before the operation");
    CTL(epfd, ADD, reader, EPOLLIN, 1);
    CTL(epfd, ADD, reader, EPOLLIN | EPOLLMSG, 1);
    CTL(epfd, MOD, writer, EPOLLOUT | EPOLLMSG, 1);
    section("operations");
    CTL(epfd, ADD, reader, EPOLLIN, 1);
    CTL(epfd, MOD, writer, EPOLLOUT, 1);
    CTL(epfd, DEL, writer, 0, 0);
    CALL(control(epfd, NO_OPERATION, reader, EPOLLIN, 1));
    CALL(control(epfd, 0, reader, EPOLLIN, 1));
    CALL(epoll_ctl(epfd, EPOLL_CTL_DEL, reader, NULL));
    section("there already, before a loop");
    int other = epoll_create1(0);
    CTL(epfd, ADD, other, EPOLLIN, 1);
    CTL(epfd, ADD, other, EPOLLIN, 1);
    CTL(other, ADD, epfd, EPOLLIN, 1);
    close(other);
}

int main(void)
{
    int ends[2];
    epfd = epoll_create1(0);
    regular = open("f", O_CREAT | O_RDWR, 0600);
    unlink("f");
    pipe(ends);
    reader = ends[0];
    writer = ends[1];
    create();
    itself();
    order();
    return 0;
}
