/*
 * random/epoll SEED STEPS: makes pipes, socket pairs, eventfds and epolls, and does with them what the seed says: reads, writes, duplicates,
 * closes, registers, waits, forks. Each line is a call and what came of it; nothing but the seed decides what comes next.
 */
#include "random.h"
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

enum { FREE, PIPE, SOCKET, EVENTFD, EPOLL, KINDS };
#define HIGHEST 22

static char kinds[HIGHEST + 1];
static char buffer[1 << 17];

/* A descriptor of one kind; any number, if there is none or chance wants it. */
static int pick(int kind)
{
    int found[HIGHEST + 1], count = 0;
    if (choose(24) != 0)
        for (int fd = 3; fd <= HIGHEST; fd++)
            if (kind == KINDS ? kinds[fd] != FREE : kinds[fd] == kind)
                found[count++] = fd;
    return count > 0 ? found[choose(count)] : 3 + (int)choose(HIGHEST - 2);
}

/* Remembers what a descriptor is; those beyond the highest are closed again. */
static int made(int fd, int kind)
{
    if (fd > HIGHEST)
        close(fd);
    else if (fd >= 0)
        kinds[fd] = kind;
    return fd;
}

static void make(void)
{
    int pair[2] = { -1, -1 };
    switch (choose(7)) {
    case 0:
    case 1:
        calls("pipe");
        with(pipe2(pair, O_NONBLOCK) == 0 ? pair[0] : -1);
        made(pair[0], PIPE), made(pair[1], PIPE);
        break;
    case 2:
    case 3: {
        int type = ONE_OF(SOCK_STREAM, SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET);
        calls("socketpair(%d)", type);
        with(socketpair(AF_UNIX, type | SOCK_NONBLOCK, 0, pair) == 0 ? pair[0] : -1);
        made(pair[0], SOCKET), made(pair[1], SOCKET);
        break;
    }
    case 4: {
        int count = choose(3), flags = ONE_OF(0, EFD_SEMAPHORE);
        calls("eventfd(%d, %d)", count, flags);
        made((int)with(eventfd(count, flags | EFD_NONBLOCK)), EVENTFD);
        break;
    }
    default:
        calls("epoll_create1");
        made((int)with(epoll_create1(0)), EPOLL);
    }
}

static void put(void)
{
    int fd = pick(ONE_OF(PIPE, SOCKET, EVENTFD, KINDS));
    size_t length = kinds[fd] == EVENTFD ? 8 : ONE_OF(1, 1, 1, 8, 100, 4096, 5000, 65536);
    *(uint64_t *)buffer = kinds[fd] == EVENTFD ? ONE_OF(0, 1, 1, 2, 5) : 0;
    if (kinds[fd] == EVENTFD && choose(8) == 0)
        *(uint64_t *)buffer = 0xfffffffffffffffe;
    calls("write(%d, %zu)", fd, length);
    with(write(fd, buffer, length));
}

static void get(void)
{
    int fd = pick(ONE_OF(PIPE, SOCKET, EVENTFD, KINDS));
    size_t length = ONE_OF(1, 8, 50, 4096, 100000, 100000);
    calls("read(%d, %zu)", fd, length);
    with(read(fd, buffer, length));
}

static uint32_t some_events(void)
{
    uint32_t events = ONE_OF(0, EPOLLIN, EPOLLIN, EPOLLOUT, EPOLLIN | EPOLLOUT, EPOLLIN | EPOLLRDHUP, EPOLLRDHUP, EPOLLPRI, EPOLLIN | EPOLLOUT | EPOLLRDHUP,
                             EPOLLRDNORM, EPOLLWRNORM | EPOLLIN);
    return events | ONE_OF(0, 0, 0, EPOLLET, EPOLLET, EPOLLONESHOT, EPOLLET | EPOLLONESHOT);
}

static void control(void)
{
    int epfd = pick(EPOLL), fd = pick(ONE_OF(PIPE, PIPE, SOCKET, SOCKET, EVENTFD, EPOLL, KINDS));
    int op = ONE_OF(EPOLL_CTL_ADD, EPOLL_CTL_ADD, EPOLL_CTL_ADD, EPOLL_CTL_ADD, EPOLL_CTL_MOD, EPOLL_CTL_MOD, EPOLL_CTL_DEL);
    struct epoll_event event = { .events = some_events(), .data.u64 = choose(1000) };
    calls("epoll_ctl(%d, %d, %d, %x, %d)", epfd, op, fd, event.events, (int)event.data.u64);
    with(epoll_ctl(epfd, op, fd, &event));
}

static void await(void)
{
    struct epoll_event events[32];
    int epfd = pick(EPOLL), most = ONE_OF(1, 2, 3, 32, 32, 32, 32);
    calls("epoll_wait(%d, %d)", epfd, most);
    int count = epoll_wait(epfd, events, most, 0);
    for (int i = 0; i < count; i++)
        calls(" %d:%x", (int)events[i].data.u64, events[i].events);
    with(count);
}

static void ask(void)
{
    struct pollfd one = { .fd = pick(KINDS), .events = ONE_OF(POLLIN, POLLOUT, POLLIN | POLLOUT, POLLIN | POLLOUT | POLLRDHUP | POLLPRI) };
    calls("poll(%d, %x)", one.fd, one.events);
    int count = poll(&one, 1, 0);
    calls(" %x", one.revents);
    with(count);
}

static void copy(void)
{
    int fd = pick(KINDS), kind = kinds[fd];
    if (choose(2) == 0) {
        calls("dup(%d)", fd);
        made((int)with(dup(fd)), kind);
    } else {
        int onto = pick(KINDS);
        calls("dup2(%d, %d)", fd, onto);
        made((int)with(dup2(fd, onto)), kind);
    }
}

static void end(int fd)
{
    calls("close(%d)", fd);
    if (with(close(fd)) == 0)
        kinds[fd] = FREE;
}

static void shut(void)
{
    int fd = pick(SOCKET), how = choose(3);
    calls("shutdown(%d, %d)", fd, how);
    with(shutdown(fd, how));
}

/* Sends a descriptor that is no socket: in-flight sockets are freed by a collector of the kernel, when it likes. */
static void pass(void)
{
    int through = pick(SOCKET), fd = pick(ONE_OF(PIPE, EVENTFD, EPOLL));
    if (kinds[fd] == SOCKET)
        return;
    union { char space[CMSG_SPACE(sizeof fd)]; struct cmsghdr aligned; } control = { { 0 } };
    struct iovec text = { "x", 1 };
    struct msghdr message = { .msg_iov = &text, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control };
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    *header = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof fd), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS };
    memcpy(CMSG_DATA(header), &fd, sizeof fd);
    calls("send(%d, descriptor %d)", through, fd);
    with(sendmsg(through, &message, MSG_NOSIGNAL));
}

static void receive(void)
{
    int fd = pick(SOCKET), got = -1;
    union { char space[CMSG_SPACE(sizeof got)]; struct cmsghdr aligned; } control = { { 0 } };
    struct iovec text = { buffer, ONE_OF(1, 100, 100000) };
    struct msghdr message = { .msg_iov = &text, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control };
    calls("receive(%d)", fd);
    long length = recvmsg(fd, &message, 0);
    struct cmsghdr *header = length >= 0 ? CMSG_FIRSTHDR(&message) : NULL;
    if (header != NULL) {
        memcpy(&got, CMSG_DATA(header), sizeof got);
        calls(" descriptor %d", got);
        made(got, ONE_OF(PIPE, EVENTFD, EPOLL));
    }
    with(length);
}

static void step(int depth);

static void child(int depth)
{
    int steps = 1 + choose(12);
    calls("fork\n");
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        for (int i = 0; i < steps; i++)
            step(depth + 1);
        calls("exit\n");
        fflush(stdout);
        _exit(0);
    }
    waitpid(pid, NULL, 0);
    choose(2);
}

static void step(int depth)
{
    unsigned what = choose(100);
    if (what < 12) make();
    else if (what < 26) put();
    else if (what < 38) get();
    else if (what < 58) control();
    else if (what < 78) await();
    else if (what < 83) ask();
    else if (what < 87) copy();
    else if (what < 91) end(pick(KINDS));
    else if (what < 93) shut();
    else if (what < 95) pass();
    else if (what < 97) receive();
    else if (depth < 2) child(depth);
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    signal(SIGPIPE, SIG_IGN);
    syscall(SYS_close_range, 3, ~0u, 0);
    seed(argv[1]);
    for (int i = 0; i < 4; i++)
        make();
    for (int i = atoi(argv[2]); i > 0; i--)
        step(0);
    return 0;
}
