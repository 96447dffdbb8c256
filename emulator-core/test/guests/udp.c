/* UDP over 127.0.0.1 and ::1: datagrams whole, cut off and empty; connected or not; what goes with them; several at once. */
#include "guest.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

/* As <linux/errqueue.h> and <linux/udp.h> have it, which not every C library comes with. */
struct queued_error {
    uint32_t ee_errno;
    uint8_t ee_origin, ee_type, ee_code, pad;
    uint32_t ee_info, ee_data;
    struct sockaddr_in offender;
};
#define UDP_CORK 1

/* The fields are in another order with padding between them in some C libraries. */
static struct msghdr header(void *name, socklen_t size, struct iovec *iov, void *control, size_t room)
{
    return (struct msghdr){ .msg_name = name, .msg_namelen = size, .msg_iov = iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = room };
}

static struct sockaddr_in local(int port)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port) };
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return a;
}

static int port_of(int fd)
{
    struct sockaddr_in6 a;
    socklen_t size = sizeof a;
    getsockname(fd, (struct sockaddr *)&a, &size);
    return ntohs(a.sin6_port);
}

static int bound(void)
{
    struct sockaddr_in a = local(0);
    int s = socket(AF_INET, SOCK_DGRAM, 0);
    bind(s, (struct sockaddr *)&a, sizeof a);
    return s;
}

static void show_events(const char *who, int fd)
{
    struct pollfd p = { fd, POLLIN | POLLOUT | POLLPRI | POLLRDHUP, 0 };
    poll(&p, 1, 0);
    printf("%s:%s%s%s%s%s%s\n", who, p.revents & POLLIN ? " IN" : "", p.revents & POLLOUT ? " OUT" : "", p.revents & POLLPRI ? " PRI" : "",
           p.revents & POLLRDHUP ? " RDHUP" : "", p.revents & POLLHUP ? " HUP" : "", p.revents & POLLERR ? " ERR" : "");
}

static void datagrams(void)
{
    section("datagrams");
    int s = socket(AF_INET, SOCK_DGRAM, 0), r = bound(), n;
    struct sockaddr_in a = local(port_of(r)), from;
    socklen_t size = sizeof from;
    char text[70000] = "";
    show_events("new", s);
    CALL(send(s, "x", 1, 0));
    CALL(sendto(s, "x", 1, 0, (struct sockaddr *)&a, 4));
    CALL(sendto(s, "first", 5, 0, (struct sockaddr *)&a, sizeof a));
    CALL(sendto(s, "", 0, 0, (struct sockaddr *)&a, sizeof a));
    CALL(sendto(s, "third one", 9, 0, (struct sockaddr *)&a, sizeof a));
    CALL(sendto(s, text, 65508, 0, (struct sockaddr *)&a, sizeof a));
    CALL(sendto(s, text, 65507, 0, (struct sockaddr *)&a, sizeof a));
    CALL(sendto(s, "x", 1, MSG_OOB, (struct sockaddr *)&a, sizeof a));
    show_events("receiver", r);
    CALL(ioctl(r, FIONREAD, &n));
    printf("%d\n", n);
    CALL(recv(r, text, 3, MSG_PEEK));
    CALL(recv(r, text, 3, MSG_TRUNC));
    CALL(ioctl(r, FIONREAD, &n));
    printf("%d\n", n);
    show_events("receiver", r);
    CALL(recvfrom(r, text, 100, 0, (struct sockaddr *)&from, &size));
    printf("from %s, %s port, size %d\n", inet_ntoa(from.sin_addr), ntohs(from.sin_port) == port_of(s) ? "its" : "another", (int)size);
    struct iovec iov = { text, 4 };
    struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
    CALL(recvmsg(r, &m, 0));
    printf("flags %x\n", m.msg_flags);
    CALL(recv(r, text, sizeof text, 0));
    CALL(recv(r, text, sizeof text, MSG_DONTWAIT));
    CALL(listen(r, 1));
    CALL(accept(r, NULL, NULL));
    close(s);
    close(r);
}

static void connected(void)
{
    section("connected");
    int s = socket(AF_INET, SOCK_DGRAM, 0), r = bound(), other = bound();
    struct sockaddr_in a = local(port_of(r)), name;
    socklen_t size = sizeof name;
    char text[16];
    CALL(connect(s, (struct sockaddr *)&a, sizeof a));
    getsockname(s, (struct sockaddr *)&name, &size);
    printf("%s\n", inet_ntoa(name.sin_addr));
    CALL(send(s, "a", 1, 0));
    CALL(recv(r, text, 16, 0));
    a = local(port_of(s));
    CALL(sendto(other, "not you", 7, 0, (struct sockaddr *)&a, sizeof a));
    CALL(sendto(r, "you", 3, 0, (struct sockaddr *)&a, sizeof a));
    CALL(recv(s, text, 16, 0));
    CALL(recv(s, text, 16, MSG_DONTWAIT));
    a = local(port_of(other));
    CALL(sendto(s, "elsewhere", 9, 0, (struct sockaddr *)&a, sizeof a));
    CALL(recv(other, text, 16, MSG_DONTWAIT));
    CALL(getpeername(s, (struct sockaddr *)&name, &size));
    struct sockaddr none = { .sa_family = AF_UNSPEC };
    CALL(connect(s, &none, sizeof none));
    CALL(getpeername(s, (struct sockaddr *)&name, &size));
    getsockname(s, (struct sockaddr *)&name, &size);
    printf("%s, port %s\n", inet_ntoa(name.sin_addr), name.sin_port == 0 ? "0" : "kept");
    CALL(send(s, "a", 1, 0));
    section("nobody there");
    a = local(port_of(r));
    close(r);
    CALL(sendto(s, "a", 1, 0, (struct sockaddr *)&a, sizeof a));
    show_events("not connected", s);
    CALL(connect(s, (struct sockaddr *)&a, sizeof a));
    CALL(send(s, "a", 1, 0));
    nap(20);
    show_events("connected", s);
    CALL(recv(s, text, 16, MSG_DONTWAIT));
    CALL(send(s, "a", 1, 0));
    nap(20);
    CALL(send(s, "a", 1, 0));
    CALL(send(s, "a", 1, 0));
    close(s);
    section("the error queue");
    s = socket(AF_INET, SOCK_DGRAM, 0);
    int one = 1;
    CALL(setsockopt(s, IPPROTO_IP, IP_RECVERR, &one, sizeof one));
    CALL(recv(s, text, 16, MSG_ERRQUEUE));
    CALL(sendto(s, "lost", 4, 0, (struct sockaddr *)&a, sizeof a));
    nap(20);
    show_events("told", s);
    char control[256];
    struct iovec iov = { text, sizeof text };
    struct msghdr m = header(&name, sizeof name, &iov, control, sizeof control);
    CALL(recvmsg(s, &m, MSG_ERRQUEUE));
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    struct queued_error *e = (void *)CMSG_DATA(c);
    printf("flags %x, level %d type %d length %d: %s origin %d type %d code %d, to %s from %s\n", m.msg_flags, c->cmsg_level, c->cmsg_type, (int)c->cmsg_len,
           errno_name(e->ee_errno), e->ee_origin, e->ee_type, e->ee_code, ntohs(name.sin_port) == ntohs(a.sin_port) ? "it" : "another",
           inet_ntoa(e->offender.sin_addr));
    show_events("taken", s);
    close(s);
    close(other);
    section("shut down");
    s = bound();
    CALL(shutdown(s, SHUT_RD));
    show_events("unconnected", s);
    CALL(recv(s, text, 16, 0));
    a = local(port_of(s));
    CALL(connect(s, (struct sockaddr *)&a, sizeof a));
    CALL(shutdown(s, SHUT_WR));
    show_events("both", s);
    CALL(send(s, "x", 1, MSG_NOSIGNAL));
    close(s);
}

static void what_goes_with_it(void)
{
    section("what goes with it");
    int s = socket(AF_INET, SOCK_DGRAM, 0), r = bound(), one = 1, ttl = 7, tos = 0x10;
    struct sockaddr_in a = local(port_of(r));
    CALL(setsockopt(r, IPPROTO_IP, IP_PKTINFO, &one, sizeof one));
    CALL(setsockopt(r, IPPROTO_IP, IP_RECVTTL, &one, sizeof one));
    CALL(setsockopt(r, IPPROTO_IP, IP_RECVTOS, &one, sizeof one));
    CALL(setsockopt(r, SOL_SOCKET, SO_TIMESTAMP, &one, sizeof one));
    CALL(setsockopt(s, IPPROTO_IP, IP_TTL, &ttl, sizeof ttl));
    CALL(setsockopt(s, IPPROTO_IP, IP_TOS, &tos, sizeof tos));
    char text[16];
    char control[256] __attribute__((aligned(8)));
    struct iovec iov = { "abc", 3 };
    struct msghdr m = header(&a, sizeof a, &iov, control, 0);
    CALL(sendmsg(s, &m, 0));
    memset(control, 0, sizeof control);
    struct cmsghdr *c = (void *)control;
    m.msg_controllen = CMSG_SPACE(sizeof(struct in_pktinfo));
    c->cmsg_level = IPPROTO_IP;
    c->cmsg_type = IP_PKTINFO;
    c->cmsg_len = CMSG_LEN(sizeof(struct in_pktinfo));
    ((struct in_pktinfo *)CMSG_DATA(c))->ipi_spec_dst.s_addr = inet_addr("127.0.0.9");
    CALL(sendmsg(s, &m, 0));
    ((struct in_pktinfo *)CMSG_DATA(c))->ipi_spec_dst.s_addr = inet_addr("192.0.2.9");
    CALL(sendmsg(s, &m, 0));
    c->cmsg_type = 99;
    CALL(sendmsg(s, &m, 0));
    for (int i = 0; i < 2; i++) {
        struct sockaddr_in from;
        iov = (struct iovec){ text, sizeof text };
        m = header(&from, sizeof from, &iov, control, i == 0 ? sizeof control : 40);
        CALL(recvmsg(r, &m, MSG_DONTWAIT));
        printf("from %s, flags %x\n", inet_ntoa(from.sin_addr), m.msg_flags);
        for (c = CMSG_FIRSTHDR(&m); c != NULL; c = CMSG_NXTHDR(&m, c)) {
            printf("level %d type %d length %d", c->cmsg_level, c->cmsg_type, (int)c->cmsg_len);
            if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO)
                printf(": to %s at interface %d", inet_ntoa(((struct in_pktinfo *)CMSG_DATA(c))->ipi_addr), ((struct in_pktinfo *)CMSG_DATA(c))->ipi_ifindex);
            else if (c->cmsg_level == IPPROTO_IP)
                printf(": %d", *CMSG_DATA(c));
            printf("\n");
        }
    }
    close(s);
    close(r);
    section("over IPv6");
    r = socket(AF_INET6, SOCK_DGRAM, 0);
    s = socket(AF_INET6, SOCK_DGRAM, 0);
    struct sockaddr_in6 six = { .sin6_family = AF_INET6 };
    bind(r, (struct sockaddr *)&six, sizeof six);
    CALL(setsockopt(r, IPPROTO_IPV6, IPV6_RECVPKTINFO, &one, sizeof one));
    CALL(setsockopt(r, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, &one, sizeof one));
    six = (struct sockaddr_in6){ .sin6_family = AF_INET6, .sin6_port = htons(port_of(r)), .sin6_addr = IN6ADDR_LOOPBACK_INIT };
    CALL(sendto(s, "six", 3, 0, (struct sockaddr *)&six, sizeof six));
    inet_pton(AF_INET6, "::ffff:127.0.0.1", &six.sin6_addr);
    CALL(sendto(s, "four", 4, 0, (struct sockaddr *)&six, sizeof six));
    a = local(port_of(r));
    CALL(sendto(s, "a sockaddr_in", 13, 0, (struct sockaddr *)&a, sizeof a));
    for (int i = 0; i < 3; i++) {
        char name[64];
        iov = (struct iovec){ text, sizeof text };
        m = header(&six, sizeof six, &iov, control, sizeof control);
        CALL(recvmsg(r, &m, MSG_DONTWAIT));
        printf("from %s\n", inet_ntop(AF_INET6, &six.sin6_addr, name, sizeof name));
        for (c = CMSG_FIRSTHDR(&m); c != NULL; c = CMSG_NXTHDR(&m, c)) {
            printf("level %d type %d length %d", c->cmsg_level, c->cmsg_type, (int)c->cmsg_len);
            if (c->cmsg_type == IPV6_PKTINFO)
                printf(": to %s", inet_ntop(AF_INET6, &((struct in6_pktinfo *)CMSG_DATA(c))->ipi6_addr, name, sizeof name));
            else
                printf(": %d", *(int *)CMSG_DATA(c));
            printf("\n");
        }
    }
    close(r);
    close(s);
}

static void several_at_once(void)
{
    section("several at once");
    int s = socket(AF_INET, SOCK_DGRAM, 0), r = bound();
    struct sockaddr_in a = local(port_of(r));
    struct iovec out[3] = { { "a", 1 }, { "bc", 2 }, { "def", 3 } }, in[4];
    char text[4][8];
    struct mmsghdr m[4] = { 0 };
    for (int i = 0; i < 3; i++)
        m[i].msg_hdr = header(&a, sizeof a, &out[i], NULL, 0);
    CALL(sendmmsg(s, m, 3, 0));
    printf("%d %d %d\n", m[0].msg_len, m[1].msg_len, m[2].msg_len);
    m[1].msg_hdr.msg_namelen = 3;
    CALL(sendmmsg(s, m, 3, 0));
    CALL(sendmmsg(s, m + 1, 1, 0));
    for (int i = 0; i < 4; i++) {
        in[i] = (struct iovec){ text[i], 8 };
        m[i].msg_hdr = header(NULL, 0, &in[i], NULL, 0);
        m[i].msg_len = 77;
    }
    CALL(recvmmsg(r, m, 2, 0, NULL));
    printf("%d %d\n", m[0].msg_len, m[1].msg_len);
    CALL(recvmmsg(r, m, 4, MSG_WAITFORONE, NULL));
    printf("%d %d\n", m[0].msg_len, m[1].msg_len);
    struct timespec bad = { 0, 2000000000 };
    CALL(recvmmsg(r, m, 4, 0, &bad));
    CALL(recvmmsg(r, m, 4, MSG_DONTWAIT, NULL));
    section("put together");
    CALL(connect(s, (struct sockaddr *)&a, sizeof a));
    CALL(send(s, "one ", 4, MSG_MORE));
    CALL(recv(r, text[0], 8, MSG_DONTWAIT));
    CALL(send(s, "two", 3, 0));
    CALL(recv(r, text[0], 8, MSG_DONTWAIT));
    int one = 1, zero = 0;
    CALL(setsockopt(s, IPPROTO_UDP, UDP_CORK, &one, sizeof one));
    send(s, "ab", 2, 0);
    send(s, "cd", 2, 0);
    CALL(recv(r, text[0], 8, MSG_DONTWAIT));
    CALL(setsockopt(s, IPPROTO_UDP, UDP_CORK, &zero, sizeof zero));
    CALL(recv(r, text[0], 8, MSG_DONTWAIT));
    close(s);
    close(r);
}

static void shared_ports(void)
{
    section("shared ports");
    int one = 1, r = socket(AF_INET, SOCK_DGRAM, 0), t = socket(AF_INET, SOCK_DGRAM, 0), s = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in a = local(0);
    char text[8];
    bind(r, (struct sockaddr *)&a, sizeof a);
    a = local(port_of(r));
    CALL(bind(t, (struct sockaddr *)&a, sizeof a));
    setsockopt(r, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    setsockopt(t, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    CALL(bind(t, (struct sockaddr *)&a, sizeof a));
    CALL(sendto(s, "x", 1, 0, (struct sockaddr *)&a, sizeof a));
    CALL(recv(t, text, 8, MSG_DONTWAIT));
    CALL(recv(r, text, 8, MSG_DONTWAIT));
    close(t);
    section("broadcasts and groups");
    a.sin_addr.s_addr = inet_addr("127.255.255.255");
    CALL(sendto(s, "x", 1, 0, (struct sockaddr *)&a, sizeof a));
    CALL(setsockopt(s, SOL_SOCKET, SO_BROADCAST, &one, sizeof one));
    t = socket(AF_INET, SOCK_DGRAM, 0);
    setsockopt(t, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = a.sin_port };
    CALL(bind(t, (struct sockaddr *)&any, sizeof any));
    CALL(sendto(s, "x", 1, 0, (struct sockaddr *)&a, sizeof a));
    CALL(recv(t, text, 8, MSG_DONTWAIT));
    struct ip_mreq group = { { inet_addr("224.7.8.9") }, { htonl(INADDR_LOOPBACK) } };
    CALL(setsockopt(t, IPPROTO_IP, IP_DROP_MEMBERSHIP, &group, sizeof group));
    CALL(setsockopt(t, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof group));
    CALL(setsockopt(t, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof group));
    CALL(setsockopt(t, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, 4));
    struct in_addr lo = { htonl(INADDR_LOOPBACK) };
    CALL(setsockopt(s, IPPROTO_IP, IP_MULTICAST_IF, &lo, sizeof lo));
    a.sin_addr = group.imr_multiaddr;
    CALL(sendto(s, "group", 5, 0, (struct sockaddr *)&a, sizeof a));
    CALL(recv(t, text, 8, MSG_DONTWAIT));
    CALL(recv(r, text, 8, MSG_DONTWAIT));
    CALL(setsockopt(t, IPPROTO_IP, IP_DROP_MEMBERSHIP, &group, sizeof group));
    group.imr_multiaddr.s_addr = inet_addr("10.1.2.3");
    CALL(setsockopt(t, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof group));
    group = (struct ip_mreq){ { inet_addr("224.7.8.9") }, { inet_addr("192.0.2.1") } };
    CALL(setsockopt(t, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof group));
    close(r);
    close(s);
    close(t);
}

int main(void)
{
    datagrams();
    connected();
    what_goes_with_it();
    several_at_once();
    shared_ports();
    return 0;
}
