/* Options of datagrams with an effect that another program sees: times, addresses, losses, and many datagrams in one call. */
#include "guest.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>

enum { TIMESTAMPING = 37, RXQ_OVFL = 40, SELECT_ERR_QUEUE = 45, TIMESTAMPNS_NEW = 64, TIMESTAMPING_NEW = 65 };
enum { SEGMENT = 103, GRO = 104, PORT_RANGE = 51, ORIGDSTADDR = 20, ORIGDSTADDR6 = 74 };

static void show(long result)
{
    if (result == -1)
        printf("%s\n", errno_name(errno));
    else
        printf("%ld\n", result);
}

static int on(int fd, int level, int option, int value)
{
    return setsockopt(fd, level, option, &value, sizeof value);
}

/* A socket at a port that the system chooses, and its address. */
static int bound(int family, struct sockaddr_in6 *at, socklen_t *size)
{
    int fd = socket(family, SOCK_DGRAM, 0);
    struct sockaddr_in *at4 = (struct sockaddr_in *)at;
    memset(at, 0, sizeof *at);
    if (family == AF_INET) {
        at4->sin_family = AF_INET;
        at4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        *size = sizeof *at4;
    } else {
        at->sin6_family = AF_INET6;
        at->sin6_addr = in6addr_loopback;
        *size = sizeof *at;
    }
    bind(fd, (struct sockaddr *)at, *size);
    getsockname(fd, (struct sockaddr *)at, size);
    return fd;
}

static void show_time(const char *name, const struct cmsghdr *c)
{
    struct timespec sent[3], now;
    memcpy(sent, CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0));
    clock_gettime(CLOCK_REALTIME, &now);
    printf("  %s, %d bytes, the time is %s", name, (int)(c->cmsg_len - CMSG_LEN(0)),
           sent[0].tv_sec <= now.tv_sec && sent[0].tv_sec > now.tv_sec - 600 ? "right" : "wrong");
    if (c->cmsg_len == CMSG_LEN(sizeof sent))
        printf(", others %s", sent[1].tv_sec == 0 && sent[2].tv_sec == 0 ? "none" : "some");
    printf("\n");
}

static void show_address(const struct cmsghdr *c, in_port_t port)
{
    char text[INET6_ADDRSTRLEN];
    if (c->cmsg_level == IPPROTO_IP) {
        struct sockaddr_in at;
        memcpy(&at, CMSG_DATA(c), sizeof at);
        printf("  sent to %s, %s port\n", inet_ntop(AF_INET, &at.sin_addr, text, sizeof text), at.sin_port == port ? "this" : "another");
    } else {
        struct sockaddr_in6 at;
        memcpy(&at, CMSG_DATA(c), sizeof at);
        printf("  sent to %s, %s port\n", inet_ntop(AF_INET6, &at.sin6_addr, text, sizeof text), at.sin6_port == port ? "this" : "another");
    }
}

static int receive(int fd, in_port_t port)
{
    char bytes[4000], control[512];
    struct iovec piece = { bytes, sizeof bytes };
    struct msghdr m = { .msg_iov = &piece, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control };
    int got = recvmsg(fd, &m, MSG_DONTWAIT);
    if (got == -1) {
        printf("receive: %s\n", errno_name(errno));
        return -1;
    }
    printf("receive: %d\n", got);
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c != NULL; c = CMSG_NXTHDR(&m, c)) {
        int number;
        memcpy(&number, CMSG_DATA(c), sizeof number);
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == RXQ_OVFL)
            printf("  %s lost\n", number > 0 ? "some were" : "none was");
        else if (c->cmsg_level == SOL_SOCKET)
            show_time(c->cmsg_type == TIMESTAMPING ? "timestamping" : c->cmsg_type == TIMESTAMPING_NEW ? "new timestamping" : "time", c);
        else if (c->cmsg_level == IPPROTO_UDP)
            printf("  pieces of %d\n", number);
        else if (c->cmsg_type == ORIGDSTADDR || c->cmsg_type == ORIGDSTADDR6)
            show_address(c, port);
        else
            printf("  level %d, type %d, %d bytes\n", c->cmsg_level, c->cmsg_type, (int)c->cmsg_len);
    }
    return got;
}

/* Linux begins to take times in the background, some time after the first socket has asked for them: sends until one has been taken. */
static void until_stamped(int fd, const struct sockaddr_in6 *at, socklen_t size)
{
    for (int stamped = 0; !stamped;) {
        char byte, control[256];
        struct iovec piece = { &byte, 1 };
        struct msghdr m = { .msg_iov = &piece, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control };
        sendto(fd, "", 1, 0, (const struct sockaddr *)at, size);
        recvmsg(fd, &m, 0);
        stamped = m.msg_controllen > 0;
    }
}

static void times(void)
{
    static const int options[][2] = { { SO_TIMESTAMP, 1 }, { TIMESTAMPNS_NEW, 1 }, { TIMESTAMPING, 8 | 16 }, { TIMESTAMPING_NEW, 8 | 16 } };
    section("times");
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        struct sockaddr_in6 at;
        socklen_t size;
        int fd = bound(AF_INET, &at, &size);
        int result = on(fd, SOL_SOCKET, options[i][0], options[i][1]);
        show(result);
        if (result == 0)
            until_stamped(fd, &at, size);
        sendto(fd, "time", 4, 0, (struct sockaddr *)&at, size);
        receive(fd, 0);
        close(fd);
    }
}

static void addresses(int family, int level, const int *options, size_t count)
{
    struct sockaddr_in6 at;
    socklen_t size;
    int fd = bound(family, &at, &size);
    for (size_t i = 0; i < count; i++)
        show(on(fd, level, options[i], 1));
    sendto(fd, "where", 5, 0, (struct sockaddr *)&at, size);
    receive(fd, at.sin6_port);
    close(fd);
}

static void losses(void)
{
    struct sockaddr_in6 at;
    socklen_t size;
    char bytes[1000] = { 0 };
    section("losses");
    int fd = bound(AF_INET, &at, &size);
    on(fd, SOL_SOCKET, SO_RCVBUF, 1);
    show(on(fd, SOL_SOCKET, RXQ_OVFL, 1));
    for (int i = 0; i < 20; i++)
        sendto(fd, bytes, sizeof bytes, 0, (struct sockaddr *)&at, size);
    while (recv(fd, bytes, sizeof bytes, MSG_DONTWAIT) > 0)
        ;
    sendto(fd, bytes, 10, 0, (struct sockaddr *)&at, size);
    receive(fd, 0);
    close(fd);
}

/* One call's bytes, cut into several datagrams; who wants gets them uncut. */
static void segments(int together)
{
    struct sockaddr_in6 at;
    socklen_t size;
    char bytes[2500] = { 0 }, control[CMSG_SPACE(sizeof(unsigned short))] = { 0 };
    int to = bound(AF_INET, &at, &size), from = socket(AF_INET, SOCK_DGRAM, 0);
    section(together ? "together" : "one by one");
    if (together)
        show(on(to, IPPROTO_UDP, GRO, 1));
    show(on(from, IPPROTO_UDP, SEGMENT, 1000));
    show(sendto(from, bytes, sizeof bytes, 0, (struct sockaddr *)&at, size));
    show(sendto(from, bytes, 1000, 0, (struct sockaddr *)&at, size));
    while (receive(to, 0) > 0)
        ;
    struct iovec piece = { bytes, 1500 };
    struct msghdr m = { .msg_name = &at, .msg_namelen = size, .msg_iov = &piece, .msg_iovlen = 1,
                        .msg_control = control, .msg_controllen = sizeof control };
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    c->cmsg_level = IPPROTO_UDP;
    c->cmsg_type = SEGMENT;
    c->cmsg_len = CMSG_LEN(sizeof(unsigned short));
    *(unsigned short *)CMSG_DATA(c) = 800;
    show(sendmsg(from, &m, 0));
    while (receive(to, 0) > 0)
        ;
    on(from, IPPROTO_UDP, SEGMENT, 1);
    show(sendto(from, bytes, 129, 0, (struct sockaddr *)&at, size));
    c->cmsg_len = CMSG_LEN(1);
    show(sendmsg(from, &m, 0));
    close(to);
    close(from);
}

static void error_queue(void)
{
    struct sockaddr_in6 at;
    socklen_t size;
    section("errors and select");
    int gone = bound(AF_INET, &at, &size), fd = socket(AF_INET, SOCK_DGRAM, 0);
    close(gone);
    on(fd, IPPROTO_IP, IP_RECVERR, 1);
    for (int priority = 0; priority < 2; priority++) {
        struct pollfd p = { fd, POLLIN | POLLPRI, 0 };
        on(fd, SOL_SOCKET, SELECT_ERR_QUEUE, priority);
        sendto(fd, "x", 1, 0, (struct sockaddr *)&at, size);
        poll(&p, 1, 0);
        printf("%s%s\n", p.revents & POLLERR ? "error" : "", p.revents & POLLPRI ? " and priority" : "");
    }
    close(fd);
}

static void port_range(void)
{
    section("range of ports");
    unsigned range = 40000 | 40100u << 16;
    for (int i = 0; i < 3; i++) {
        struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        socklen_t size = sizeof at;
        int fd = socket(AF_INET, i == 0 ? SOCK_DGRAM : SOCK_STREAM, 0);
        show(setsockopt(fd, IPPROTO_IP, PORT_RANGE, &range, sizeof range));
        show(bind(fd, (struct sockaddr *)&at, sizeof at));
        getsockname(fd, (struct sockaddr *)&at, &size);
        printf("%s\n", ntohs(at.sin_port) >= 40000 && ntohs(at.sin_port) <= 40100 ? "inside" : "outside");
        close(fd);
    }
}

int main(void)
{
    static const int of4[] = { ORIGDSTADDR, IP_PKTINFO }, of6[] = { ORIGDSTADDR6, 2, 8 };
    times();
    section("addresses");
    addresses(AF_INET, IPPROTO_IP, of4, 2);
    addresses(AF_INET6, IPPROTO_IPV6, of6, 3);
    losses();
    segments(0);
    segments(1);
    error_queue();
    port_range();
    return 0;
}
