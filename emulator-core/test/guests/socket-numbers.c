/* Sockets by their numbers: families, types, levels, options, flags of messages; and what a message carries. */
#include "guest.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

static void families(void)
{
    static const int none[] = { -1, 13, 14, 18, 25, 46, 77 };
    section("families that are none");
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        char name[24];
        snprintf(name, sizeof name, "family %d", none[i]);
        report_ok(name, socket(none[i], SOCK_STREAM, 0));
    }
    section("netlink");
    close(WORKS(socket(AF_NETLINK, SOCK_RAW, 0)));
    close(WORKS(socket(AF_NETLINK, SOCK_DGRAM, 0)));
    section("types");
    for (int type = 1; type <= 5; type++) {
        char name[24];
        snprintf(name, sizeof name, "local, type %d", type);
        if (type != 3 && type != 4)
            close(report_ok(name, socket(AF_UNIX, type, 0)));
    }
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    printf("close on exec %d, non-blocking %d\n", fcntl(fd, F_GETFD), (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
    close(fd);
    CALL(socket(AF_INET, SOCK_STREAM | 0x10000, 0));
    fd = socket(AF_INET6, SOCK_STREAM, 0);
    int only = -1;
    socklen_t size = sizeof only;
    getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, &size);
    printf("IPv6 only %d\n", only);
    close(fd);
}

static void get(const char *what, int fd, int level, int option)
{
    char value[64] = { 0 }, name[48];
    socklen_t size = sizeof value;
    snprintf(name, sizeof name, "%s, level %d, option %d", what, level, option);
    report(name, getsockopt(fd, level, option, value, &size));
}

static void options(void)
{
    static const int known[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 15, 18, 19, 20, 21, 29, 30, 38, 39 };
    section("options of sockets");
    int tcp = socket(AF_INET, SOCK_STREAM, 0), local = socket(AF_UNIX, SOCK_STREAM, 0);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        get("TCP", tcp, SOL_SOCKET, known[i]);
    get("local", local, SOL_SOCKET, 16);
    get("local", local, SOL_SOCKET, 17);
    section("options of protocols");
    static const int ip[] = { 1, 2, 32, 33, 34 };
    for (size_t i = 0; i < sizeof ip / sizeof *ip; i++)
        get("TCP", tcp, IPPROTO_IP, ip[i]);
    static const int of_tcp[] = { 1, 2, 3, 4, 5, 6, 11, 12 };
    for (size_t i = 0; i < sizeof of_tcp / sizeof *of_tcp; i++)
        get("TCP", tcp, IPPROTO_TCP, of_tcp[i]);
    int on = 1;
    CALL(setsockopt(tcp, IPPROTO_IP, 11, &on, sizeof on));
    get("local", local, IPPROTO_TCP, 1);
    get("local", local, IPPROTO_IP, 2);
    close(tcp);
    close(local);
}

static void messages(void)
{
    static const int flags[] = { 4, 0x10, 0x40, 0x80, 0x200, 0x400, 0x800, 0x1000, 0x2000, 0x4000, 0x8000 };
    int pair[2];
    section("flags of send");
    socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        char name[24];
        snprintf(name, sizeof name, "flag %x", flags[i]);
        report(name, send(pair[0], "x", 1, flags[i]));
    }
    close(pair[0]);
    close(pair[1]);
    section("a descriptor, alone and with credentials");
    for (int with = 0; with < 2; with++) {
        int file = open("/", O_RDONLY), enabled = 1;
        struct ucred own = { getpid(), getuid(), getgid() };
        char room[256] = { 0 }, byte = 'x';
        struct iovec part = { &byte, 1 };
        struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = room };
        message.msg_controllen = CMSG_SPACE(sizeof file) + (with ? CMSG_SPACE(sizeof own) : 0);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        *header = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof file), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS };
        memcpy(CMSG_DATA(header), &file, sizeof file);
        if (with) {
            header = CMSG_NXTHDR(&message, header);
            *header = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof own), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_CREDENTIALS };
            memcpy(CMSG_DATA(header), &own, sizeof own);
        }
        socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
        CALL(setsockopt(pair[1], SOL_SOCKET, SO_PASSCRED, &enabled, with ? sizeof enabled : 0) == 0 || !with);
        CALL(sendmsg(pair[0], &message, 0));
        message.msg_controllen = sizeof room;
        CALL(recvmsg(pair[1], &message, 0));
        int rights = 0, credentials = 0;
        for (header = CMSG_FIRSTHDR(&message); header != NULL; header = CMSG_NXTHDR(&message, header)) {
            rights += header->cmsg_type == SCM_RIGHTS;
            credentials += header->cmsg_type == SCM_CREDENTIALS;
        }
        printf("descriptors %d, credentials %d\n", rights, credentials);
        close(file);
        close(pair[0]);
        close(pair[1]);
    }
    section("several, with a time");
    socketpair(AF_UNIX, SOCK_DGRAM, 0, pair);
    send(pair[0], "a", 1, 0);
    send(pair[0], "b", 1, 0);
    char bytes[2];
    struct iovec parts[2] = { { bytes, 1 }, { bytes + 1, 1 } };
    struct mmsghdr several[2] = { { .msg_hdr = { .msg_iov = parts, .msg_iovlen = 1 } }, { .msg_hdr = { .msg_iov = parts + 1, .msg_iovlen = 1 } } };
    struct timespec time = { 10, 0 };
    CALL(syscall(SYS_recvmmsg, pair[1], several, 2, 0, &time));
    close(pair[0]);
    close(pair[1]);
}

static void many(void)
{
    static struct mmsghdr messages[1025];
    static struct iovec parts[1025];
    static char bytes[2048];
    int pair[2];
    section("more messages than a call takes");
    socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    for (int i = 0; i < 1025; i++)
        messages[i].msg_hdr = (struct msghdr){ .msg_iov = &parts[i], .msg_iovlen = 1 };
    CALL(syscall(SYS_sendmmsg, pair[0], messages, 1025, 0));
    CALL(write(pair[0], bytes, sizeof bytes));
    for (int i = 0; i < 1025; i++)
        parts[i] = (struct iovec){ &bytes[i], 1 };
    CALL(syscall(SYS_recvmmsg, pair[1], messages, 1025, MSG_DONTWAIT, NULL));
    close(pair[0]);
    close(pair[1]);
}

static void lengths(void)
{
    union {
        struct sockaddr_in ip;
        struct sockaddr_in6 ip6;
        char bytes[512];
    } here = { .ip = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) } };
    section("lengths of addresses");
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    CALL(connect(fd, (struct sockaddr *)&here, 1));
    CALL(connect(fd, (struct sockaddr *)&here, 15));
    here.ip.sin_port = htons(9);
    CALL(connect(fd, (struct sockaddr *)&here, 16));
    CALL(connect(fd, (struct sockaddr *)&here, 128));
    CALL(connect(fd, (struct sockaddr *)&here, 129));
    CALL(connect(fd, (struct sockaddr *)&here, 500));
    CALL(connect(fd, (struct sockaddr *)&here, -1));
    close(fd);
    section("addresses of IPv6 from before there were scopes");
    here.ip6 = (struct sockaddr_in6){ .sin6_family = AF_INET6, .sin6_port = htons(9), .sin6_addr = IN6ADDR_LOOPBACK_INIT };
    fd = socket(AF_INET6, SOCK_DGRAM, 0);
    CALL(connect(fd, (struct sockaddr *)&here, 23));
    /* There need not be IPv6 here. */
    printf("refused %d\n", connect(fd, (struct sockaddr *)&here, 24) == -1 && errno == EINVAL);
    close(fd);
}

static void connecting(void)
{
    struct sockaddr_in here = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof here;
    section("connect, again and again");
    int listener = socket(AF_INET, SOCK_STREAM, 0), caller = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    bind(listener, (struct sockaddr *)&here, sizeof here);
    listen(listener, 1);
    getsockname(listener, (struct sockaddr *)&here, &length);
    CALL(connect(caller, (struct sockaddr *)&here, sizeof here));
    struct pollfd asked = { .fd = caller, .events = POLLOUT };
    poll(&asked, 1, -1);
    CALL(connect(caller, (struct sockaddr *)&here, sizeof here));
    CALL(connect(caller, (struct sockaddr *)&here, sizeof here));
    section("accept4");
    CALL(syscall(SYS_accept4, listener, NULL, NULL, 1));
    int accepted = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    printf("close on exec %d, non-blocking %d\n", fcntl(accepted, F_GETFD), (fcntl(accepted, F_GETFL) & O_NONBLOCK) != 0);
    section("two listeners at one address");
    int on = 1, first = socket(AF_INET, SOCK_STREAM, 0), second = socket(AF_INET, SOCK_STREAM, 0);
    here.sin_port = 0;
    setsockopt(first, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(second, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    bind(first, (struct sockaddr *)&here, sizeof here);
    length = sizeof here;
    getsockname(first, (struct sockaddr *)&here, &length);
    CALL(listen(first, 1));
    CALL(bind(second, (struct sockaddr *)&here, sizeof here));
}

int main(void)
{
    families();
    options();
    messages();
    many();
    lengths();
    connecting();
    return 0;
}
