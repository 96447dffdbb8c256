/* Raw sockets of ICMP and ICMPv6 on lo: an echo and its answer, what the headers say, filters, and addresses. */
#include "../guest.h"
#include <arpa/inet.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <sys/socket.h>

enum { MESSAGE = 20, FILTER4 = 1, OFFSET = 7, LEVEL_RAW = 255 };

static unsigned sum(const unsigned char *bytes, int length)
{
    unsigned all = 0;
    for (int i = 0; i < length; i += 2)
        all += (unsigned)bytes[i] << 8 | (i + 1 < length ? bytes[i + 1] : 0);
    while (all > 0xffff)
        all = (all & 0xffff) + (all >> 16);
    return ~all & 0xffff;
}

static void said(const char *what, int result)
{
    printf("%s: %s\n", what, result == -1 ? errno_name(errno) : "done");
}

/* The type, and an identifier that is nobody else's. */
static void message(unsigned char *m, int type, int number)
{
    static const char text[] = "some text";
    memset(m, 0, MESSAGE);
    m[0] = type;
    m[4] = getpid() >> 8;
    m[5] = getpid() & 0xff;
    m[7] = number;
    memcpy(m + 8, text, sizeof text);
}

/* Takes messages until one is ours; their IPv4 header is `header` bytes long. */
static void answer(int fd, int header)
{
    unsigned char got[200];
    char text[INET6_ADDRSTRLEN];
    for (;;) {
        struct sockaddr_in6 from;
        socklen_t size = sizeof from;
        int length = recvfrom(fd, got, sizeof got, 0, (struct sockaddr *)&from, &size);
        const unsigned char *m = got + header;
        if (length == -1) {
            printf("receive: %s\n", errno_name(errno));
            return;
        }
        if (length < header + 8 || m[4] != (getpid() >> 8 & 0xff) || m[5] != (getpid() & 0xff))
            continue;
        const void *ip = header == 0 ? (void *)&from.sin6_addr : (void *)&((struct sockaddr_in *)&from)->sin_addr;
        printf("type %d, code %d, number %d, %d bytes, '%s', from %s, port %d\n", m[0], m[1], m[7], length, m + 8,
               inet_ntop(header == 0 ? AF_INET6 : AF_INET, ip, text, sizeof text), from.sin6_port);
        if (header != 0)
            printf("header: %#x, length %d, ttl %d, protocol %d, its sum %s, the message's %s\n", got[0], got[2] << 8 | got[3], got[8],
                   got[9], sum(got, header) == 0 ? "right" : "wrong", sum(m, length - header) == 0 ? "right" : "wrong");
        return;
    }
}

static void over4(void)
{
    unsigned char m[MESSAGE];
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = inet_addr("127.0.0.3") }, own;
    socklen_t size = sizeof own;
    section("ICMP");
    int fd = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
    said("socket", fd);
    getsockname(fd, (struct sockaddr *)&own, &size);
    printf("own: %s, port %d\n", inet_ntoa(own.sin_addr), ntohs(own.sin_port));
    message(m, ICMP_ECHO, 1);
    said("send to nobody", send(fd, m, sizeof m, 0));
    unsigned all = sum(m, sizeof m);
    m[2] = all >> 8;
    m[3] = all & 0xff;
    said("send", sendto(fd, m, sizeof m, 0, (struct sockaddr *)&to, sizeof to));
    answer(fd, 20);
    answer(fd, 20);
    unsigned filter = 1u << ICMP_ECHO;
    said("filter", setsockopt(fd, LEVEL_RAW, FILTER4, &filter, sizeof filter));
    said("connect", connect(fd, (struct sockaddr *)&to, sizeof to));
    said("send", send(fd, m, sizeof m, 0));
    answer(fd, 20);
    m[2] ^= 1;
    said("send with a wrong sum", send(fd, m, sizeof m, 0));
    struct timeval shortly = { 0, 1000 };
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &shortly, sizeof shortly);
    answer(fd, 20);
    filter = ~0u;
    size = sizeof filter;
    getsockopt(fd, LEVEL_RAW, FILTER4, &filter, &size);
    printf("filter: %#x, %d bytes\n", filter, (int)size);
    to.sin_addr.s_addr = inet_addr("192.0.2.1");
    said("bind elsewhere", bind(fd, (struct sockaddr *)&to, sizeof to));
    close(fd);
}

static void over6(void)
{
    unsigned char m[MESSAGE];
    struct sockaddr_in6 to = { .sin6_family = AF_INET6, .sin6_addr = in6addr_loopback };
    struct icmp6_filter filter;
    int offset = 2;
    section("ICMPv6");
    int fd = socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6);
    said("socket", fd);
    ICMP6_FILTER_SETBLOCKALL(&filter);
    ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &filter);
    said("filter", setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof filter));
    said("offset", setsockopt(fd, LEVEL_RAW, OFFSET, &offset, sizeof offset));
    message(m, ICMP6_ECHO_REQUEST, 7);
    said("send", sendto(fd, m, sizeof m, 0, (struct sockaddr *)&to, sizeof to));
    answer(fd, 0);
    close(fd);
}

int main(void)
{
    over4();
    over6();
    section("without rights");
    setuid(65534);
    said("socket", socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
    said("socket", socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6));
    return 0;
}
