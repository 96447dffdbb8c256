/* Options of sockets: what they are at first, what can be set, what is refused. */
#include "guest.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

static void get(int fd, const char *name, int level, int option)
{
    int value = -77;
    socklen_t size = sizeof value;
    if (getsockopt(fd, level, option, &value, &size) == -1)
        printf("%s: %s\n", name, errno_name(errno));
    else
        printf("%s: %d, %d bytes\n", name, value, (int)size);
}

static void set(int fd, const char *name, int level, int option, int value)
{
    if (setsockopt(fd, level, option, &value, sizeof value) == -1)
        printf("%s to %d: %s\n", name, value, errno_name(errno));
    else {
        printf("%s to %d\n", name, value);
        get(fd, name, level, option);
    }
}

#define GET(fd, level, option) get(fd, #option, level, option)
#define SET(fd, level, option, value) set(fd, #option, level, option, value)

static void socket_level(int fd)
{
    GET(fd, SOL_SOCKET, SO_TYPE);
    GET(fd, SOL_SOCKET, SO_DOMAIN);
    GET(fd, SOL_SOCKET, SO_PROTOCOL);
    GET(fd, SOL_SOCKET, SO_ACCEPTCONN);
    GET(fd, SOL_SOCKET, SO_ERROR);
    GET(fd, SOL_SOCKET, SO_RCVBUF);
    GET(fd, SOL_SOCKET, SO_SNDLOWAT);
    GET(fd, SOL_SOCKET, SO_RCVLOWAT);
    SET(fd, SOL_SOCKET, SO_REUSEADDR, 5);
    SET(fd, SOL_SOCKET, SO_REUSEPORT, 1);
    SET(fd, SOL_SOCKET, SO_KEEPALIVE, -1);
    SET(fd, SOL_SOCKET, SO_BROADCAST, 1);
    SET(fd, SOL_SOCKET, SO_OOBINLINE, 1);
    SET(fd, SOL_SOCKET, SO_DONTROUTE, 1);
    SET(fd, SOL_SOCKET, SO_TIMESTAMP, 1);
    SET(fd, SOL_SOCKET, SO_PRIORITY, 3);
    SET(fd, SOL_SOCKET, SO_SNDBUF, 1);
    SET(fd, SOL_SOCKET, SO_RCVBUF, 1);
    SET(fd, SOL_SOCKET, SO_RCVBUF, 50000);
    SET(fd, SOL_SOCKET, SO_RCVLOWAT, 0);
    SET(fd, SOL_SOCKET, SO_SNDLOWAT, 5);
    SET(fd, SOL_SOCKET, SO_TYPE, 2);
    SET(fd, SOL_SOCKET, 999, 1);
    GET(fd, SOL_SOCKET, 999);
    GET(fd, 999, 1);
    SET(fd, 999, 1, 1);
    struct linger linger = { 7, 9 };
    socklen_t size = sizeof linger;
    CALL(getsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, &size));
    printf("%d %d\n", linger.l_onoff, linger.l_linger);
    linger = (struct linger){ 3, 9 };
    CALL(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, 4));
    CALL(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger));
    CALL(getsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, &size));
    printf("%d %d\n", linger.l_onoff, linger.l_linger);
    struct timeval t = { 1, 500000 };
    CALL(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t));
    t.tv_sec = 0;
    size = sizeof t;
    CALL(getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, &size));
    printf("%d.%06d\n", (int)t.tv_sec, (int)t.tv_usec);
    t.tv_usec = 2000000;
    CALL(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof t));
    CALL(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &t, 4));
    int one = 1;
    CALL(setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, 2));
    CALL(setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, NOWHERE, 4));
    size = 2;
    one = 0x7f7f7f7f;
    CALL(getsockopt(fd, SOL_SOCKET, SO_TYPE, &one, &size));
    printf("%x %d\n", one, (int)size);
    size = -1;
    CALL(getsockopt(fd, SOL_SOCKET, SO_TYPE, &one, &size));
    CALL(getsockopt(fd, SOL_SOCKET, SO_TYPE, &one, NOWHERE));
}

static void tcp_level(int fd)
{
    SET(fd, IPPROTO_TCP, TCP_NODELAY, 7);
    SET(fd, IPPROTO_TCP, TCP_CORK, 1);
    SET(fd, IPPROTO_TCP, TCP_CORK, 0);
    SET(fd, IPPROTO_TCP, TCP_KEEPIDLE, 30);
    SET(fd, IPPROTO_TCP, TCP_KEEPIDLE, 0);
    SET(fd, IPPROTO_TCP, TCP_KEEPINTVL, 40000);
    SET(fd, IPPROTO_TCP, TCP_KEEPINTVL, 5);
    SET(fd, IPPROTO_TCP, TCP_KEEPCNT, 128);
    SET(fd, IPPROTO_TCP, TCP_KEEPCNT, 3);
    SET(fd, IPPROTO_TCP, TCP_SYNCNT, 3);
    SET(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 1000);
    SET(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, -1);
    SET(fd, IPPROTO_TCP, TCP_QUICKACK, 1);
    GET(fd, IPPROTO_TCP, TCP_MAXSEG);
    SET(fd, IPPROTO_TCP, TCP_MAXSEG, 5);
    char name[32] = "";
    socklen_t size = sizeof name;
    CALL(setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "reno", 4));
    CALL(getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &size));
    printf("%s, %d bytes\n", name, (int)size);
    CALL(setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "no such", 7));
    GET(fd, IPPROTO_TCP, 200);
}

static void ip_level(int fd, int is_datagram)
{
    SET(fd, IPPROTO_IP, IP_TOS, 0x10);
    SET(fd, IPPROTO_IP, IP_TTL, 9);
    SET(fd, IPPROTO_IP, IP_TTL, 0);
    SET(fd, IPPROTO_IP, IP_TTL, 256);
    SET(fd, IPPROTO_IP, IP_TTL, -1);
    SET(fd, IPPROTO_IP, IP_MTU_DISCOVER, 2);
    SET(fd, IPPROTO_IP, IP_MTU_DISCOVER, 9);
    SET(fd, IPPROTO_IP, IP_RECVERR, 1);
    SET(fd, IPPROTO_IP, IP_PKTINFO, 1);
    SET(fd, IPPROTO_IP, IP_RECVTTL, 1);
    SET(fd, IPPROTO_IP, IP_FREEBIND, 1);
    GET(fd, IPPROTO_IP, IP_MTU);
    unsigned char byte = 33;
    socklen_t size = 1;
    CALL(setsockopt(fd, IPPROTO_IP, IP_TTL, &byte, 1));
    byte = 0;
    CALL(getsockopt(fd, IPPROTO_IP, IP_TTL, &byte, &size));
    printf("%d, %d bytes\n", byte, (int)size);
    if (is_datagram) {
        SET(fd, IPPROTO_IP, IP_MULTICAST_TTL, 5);
        SET(fd, IPPROTO_IP, IP_MULTICAST_TTL, 300);
        SET(fd, IPPROTO_IP, IP_MULTICAST_LOOP, 0);
        SET(fd, IPPROTO_IP, IP_MULTICAST_LOOP, 4);
        SET(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    }
    SET(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    GET(fd, IPPROTO_IPV6, IPV6_V6ONLY);
}

static void ipv6_level(int fd)
{
    SET(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    SET(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
    SET(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 5);
    SET(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, -1);
    SET(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 256);
    SET(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
    SET(fd, IPPROTO_IPV6, IPV6_TCLASS, 0x20);
    SET(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0);
    SET(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 2);
    SET(fd, IPPROTO_IP, IP_TTL, 5);
    char byte = 1;
    CALL(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &byte, 1));
}

int main(void)
{
    section("a stream's");
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    socket_level(fd);
    tcp_level(fd);
    ip_level(fd, 0);
    close(fd);
    section("a datagram socket's");
    fd = socket(AF_INET, SOCK_DGRAM, 0);
    socket_level(fd);
    ip_level(fd, 1);
    close(fd);
    section("over IPv6");
    fd = socket(AF_INET6, SOCK_DGRAM, 0);
    ipv6_level(fd);
    close(fd);
    fd = socket(AF_INET6, SOCK_STREAM, 0);
    ipv6_level(fd);
    close(fd);
    section("a local one's");
    fd = socket(AF_UNIX, SOCK_STREAM, 0);
    socket_level(fd);
    SET(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    GET(fd, IPPROTO_IP, IP_TTL);
    SET(fd, SOL_SOCKET, SO_PASSCRED, 1);
    close(fd);
    section("families and types");
    CALL(socket(AF_INET, SOCK_STREAM, IPPROTO_UDP));
    CALL(socket(AF_INET, SOCK_DGRAM, IPPROTO_TCP));
    CALL(socket(AF_INET, SOCK_SEQPACKET, 0));
    CALL(socket(AF_INET, SOCK_STREAM | 0x100000, 0));
    CALL(socket(AF_INET, 11, 0));
    CALL(socket(AF_INET, SOCK_STREAM, 300));
    CALL(socket(AF_INET, 0, 0));
    CALL(socket(AF_UNIX, SOCK_STREAM, 5));
    CALL(socket(77, SOCK_STREAM, 0));
    CALL(socket(0, SOCK_STREAM, 0));
    int pair[2];
    CALL(socketpair(AF_INET, SOCK_STREAM, 0, pair));
    CALL(socketpair(AF_INET, SOCK_STREAM, 77, pair));
    fd = open("/dev/null", O_RDONLY);
    CALL(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &fd, 4));
    socklen_t size = sizeof fd;
    CALL(getsockopt(99, SOL_SOCKET, SO_REUSEADDR, &fd, &size));
    return 0;
}
