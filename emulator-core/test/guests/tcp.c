/* TCP over 127.0.0.1 and ::1: names, connecting, readiness, halves, resets, urgent bytes. */
#include "guest.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

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

static void show_events(const char *who, int fd)
{
    struct pollfd p = { fd, POLLIN | POLLOUT | POLLPRI | POLLRDHUP, 0 };
    poll(&p, 1, 0);
    printf("%s:%s%s%s%s%s%s\n", who, p.revents & POLLIN ? " IN" : "", p.revents & POLLOUT ? " OUT" : "", p.revents & POLLPRI ? " PRI" : "",
           p.revents & POLLRDHUP ? " RDHUP" : "", p.revents & POLLHUP ? " HUP" : "", p.revents & POLLERR ? " ERR" : "");
}

static void show_error(int fd)
{
    int error = -1;
    socklen_t size = sizeof error;
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
    printf("SO_ERROR %s\n", error == 0 ? "0" : errno_name(error));
}

static void show_state(const char *who, int fd)
{
    struct tcp_info info;
    socklen_t size = sizeof info;
    getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size);
    printf("%s: state %d\n", who, info.tcpi_state);
}

/* A listener, and a connection to it with both ends. */
static int listener, near_end, far_end;

static void open_listener(int backlog)
{
    struct sockaddr_in a = local(0);
    listener = socket(AF_INET, SOCK_STREAM, 0);
    bind(listener, (struct sockaddr *)&a, sizeof a);
    listen(listener, backlog);
}

static void open_pair(void)
{
    open_listener(5);
    struct sockaddr_in a = local(port_of(listener));
    near_end = socket(AF_INET, SOCK_STREAM, 0);
    connect(near_end, (struct sockaddr *)&a, sizeof a);
    far_end = accept(listener, NULL, NULL);
}

static void close_pair(void)
{
    close(near_end);
    close(far_end);
    close(listener);
}

static void names(void)
{
    section("names");
    int s = socket(AF_INET, SOCK_STREAM, 0), t = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in a = local(0), b;
    struct sockaddr_in6 six = { .sin6_family = AF_INET6 };
    socklen_t size = sizeof b;
    char text[64];
    CALL(getsockname(s, (struct sockaddr *)&b, &size));
    printf("family %d, port %d, size %d\n", b.sin_family, ntohs(b.sin_port), (int)size);
    CALL(getpeername(s, (struct sockaddr *)&b, &size));
    CALL(bind(s, (struct sockaddr *)&a, 4));
    CALL(bind(s, (struct sockaddr *)&six, sizeof six));
    a.sin_addr.s_addr = inet_addr("192.0.2.1");
    CALL(bind(s, (struct sockaddr *)&a, sizeof a));
    a = local(0);
    CALL(bind(s, (struct sockaddr *)&a, sizeof a));
    CALL(bind(s, (struct sockaddr *)&a, sizeof a));
    CALL(listen(s, 1));
    CALL(bind(t, (struct sockaddr *)(a = local(port_of(s)), &a), sizeof a));
    int one = 1;
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    setsockopt(t, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    CALL(bind(t, (struct sockaddr *)&a, sizeof a));
    int first_port = port_of(s);
    close(t);
    t = socket(AF_INET6, SOCK_STREAM, 0);
    six.sin6_port = htons(first_port);
    CALL(bind(t, (struct sockaddr *)&six, sizeof six));
    setsockopt(t, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
    CALL(bind(t, (struct sockaddr *)&six, sizeof six));
    CALL(setsockopt(t, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one));
    close(s);
    close(t);
    section("ports shared");
    s = socket(AF_INET, SOCK_STREAM, 0);
    t = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(s, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
    setsockopt(t, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
    a = local(0);
    bind(s, (struct sockaddr *)&a, sizeof a);
    a = local(port_of(s));
    CALL(bind(t, (struct sockaddr *)&a, sizeof a));
    CALL(listen(s, 1));
    CALL(listen(t, 1));
    close(s);
    close(t);
    s = socket(AF_INET, SOCK_STREAM, 0);
    t = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    setsockopt(t, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    a = local(0);
    bind(s, (struct sockaddr *)&a, sizeof a);
    a = local(port_of(s));
    CALL(bind(t, (struct sockaddr *)&a, sizeof a));
    CALL(listen(s, 1));
    CALL(listen(t, 1));
    close(s);
    close(t);
    section("mapped addresses");
    s = socket(AF_INET6, SOCK_STREAM, 0);
    six.sin6_port = 0;
    bind(s, (struct sockaddr *)&six, sizeof six);
    CALL(listen(s, 5));
    a = local(port_of(s));
    t = socket(AF_INET, SOCK_STREAM, 0);
    CALL(connect(t, (struct sockaddr *)&a, sizeof a));
    size = sizeof six;
    int c = accept(s, (struct sockaddr *)&six, &size);
    printf("%s, size %d\n", inet_ntop(AF_INET6, &six.sin6_addr, text, sizeof text), (int)size);
    getsockname(c, (struct sockaddr *)&six, &size);
    printf("%s\n", inet_ntop(AF_INET6, &six.sin6_addr, text, sizeof text));
    close(c);
    close(t);
    t = socket(AF_INET6, SOCK_STREAM, 0);
    six = (struct sockaddr_in6){ .sin6_family = AF_INET6, .sin6_port = htons(port_of(s)), .sin6_addr = IN6ADDR_LOOPBACK_INIT };
    CALL(connect(t, (struct sockaddr *)&six, sizeof six));
    size = sizeof six;
    c = accept(s, (struct sockaddr *)&six, &size);
    printf("%s\n", inet_ntop(AF_INET6, &six.sin6_addr, text, sizeof text));
    getpeername(t, (struct sockaddr *)&six, &size);
    printf("%s\n", inet_ntop(AF_INET6, &six.sin6_addr, text, sizeof text));
    close(c);
    close(t);
    close(s);
}

static void connecting(void)
{
    section("connecting");
    int s = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    open_listener(5);
    struct sockaddr_in a = local(port_of(listener)), closed;
    char text[4];
    show_events("new", s);
    CALL(recv(s, text, 4, 0));
    CALL(send(s, "x", 1, MSG_NOSIGNAL));
    CALL(shutdown(s, SHUT_RDWR));
    CALL(accept(s, NULL, NULL));
    show_events("listening", listener);
    CALL(connect(s, (struct sockaddr *)&a, sizeof a));
    nap(20);
    show_events("listening", listener);
    show_events("connected", s);
    show_error(s);
    CALL(connect(s, (struct sockaddr *)&a, sizeof a));
    CALL(connect(s, (struct sockaddr *)&a, sizeof a));
    CALL(listen(s, 1));
    WORKS(far_end = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC));
    printf("%d %d\n", fcntl(far_end, F_GETFD), !!(fcntl(far_end, F_GETFL) & O_NONBLOCK));
    CALL(read(far_end, text, 1));
    CALL(syscall(SYS_accept4, listener, NULL, NULL, 77));
    close(far_end);
    close(s);
    section("nobody listens");
    closed = local(port_of(listener));
    close(listener);
    s = socket(AF_INET, SOCK_STREAM, 0);
    CALL(connect(s, (struct sockaddr *)&closed, sizeof closed));
    show_error(s);
    show_events("refused", s);
    close(s);
    s = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    CALL(connect(s, (struct sockaddr *)&closed, sizeof closed));
    nap(20);
    show_events("refused", s);
    show_error(s);
    show_events("told", s);
    CALL(connect(s, (struct sockaddr *)&closed, sizeof closed));
    nap(20);
    CALL(connect(s, (struct sockaddr *)&closed, sizeof closed));
    close(s);
    section("a full backlog");
    open_listener(0);
    a = local(port_of(listener));
    int first = socket(AF_INET, SOCK_STREAM, 0);
    s = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    CALL(connect(first, (struct sockaddr *)&a, sizeof a));
    CALL(connect(s, (struct sockaddr *)&a, sizeof a));
    nap(50);
    show_events("waits", s);
    CALL(connect(s, (struct sockaddr *)&a, sizeof a));
    CALL(send(s, "x", 1, MSG_NOSIGNAL));
    CALL(recv(s, text, 1, 0));
    CALL(getpeername(s, (struct sockaddr *)&closed, &(socklen_t){ sizeof closed }));
    WORKS(far_end = accept(listener, NULL, NULL));
    struct pollfd p = { s, POLLOUT, 0 };
    CALL(poll(&p, 1, 10000));
    show_error(s);
    CALL(connect(s, (struct sockaddr *)&a, sizeof a));
    close(s);
    close(first);
    close(far_end);
    section("a listener goes");
    s = socket(AF_INET, SOCK_STREAM, 0);
    int u = socket(AF_INET, SOCK_STREAM, 0);
    close(listener);
    open_listener(5);
    a = local(port_of(listener));
    CALL(connect(s, (struct sockaddr *)&a, sizeof a));
    CALL(connect(u, (struct sockaddr *)&a, sizeof a));
    close(listener);
    show_events("left", s);
    CALL(read(s, text, 1));
    CALL(read(s, text, 1));
    CALL(send(s, "x", 1, MSG_NOSIGNAL));
    CALL(send(u, "x", 1, MSG_NOSIGNAL));
    CALL(send(u, "x", 1, MSG_NOSIGNAL));
    close(s);
    close(u);
}

static void halves(void)
{
    section("half-closed");
    open_pair();
    char text[16] = "";
    int n;
    CALL(write(near_end, "hello", 5));
    CALL(ioctl(far_end, FIONREAD, &n));
    printf("%d\n", n);
    CALL(recv(far_end, text, 2, MSG_PEEK));
    CALL(recv(far_end, text, 16, MSG_PEEK | MSG_TRUNC));
    CALL(recv(far_end, text, 2, MSG_TRUNC));
    CALL(recv(far_end, text, 2, 0));
    printf("%.2s\n", text);
    CALL(shutdown(near_end, SHUT_WR));
    show_events("near", near_end);
    show_events("far", far_end);
    nap(100);
    show_state("near", near_end);
    show_state("far", far_end);
    show_state("listener", listener);
    CALL(recv(far_end, text, 16, MSG_WAITALL));
    CALL(recv(far_end, text, 16, 0));
    CALL(send(near_end, "x", 1, MSG_NOSIGNAL));
    CALL(write(far_end, "back", 4));
    CALL(read(near_end, text, 16));
    CALL(shutdown(far_end, SHUT_WR));
    show_events("near", near_end);
    show_events("far", far_end);
    CALL(read(near_end, text, 16));
    CALL(getpeername(near_end, (struct sockaddr *)text, &(socklen_t){ 16 }));
    CALL(shutdown(near_end, SHUT_RDWR));
    close_pair();
    section("no more receiving");
    open_pair();
    CALL(shutdown(near_end, SHUT_RD));
    show_events("near", near_end);
    CALL(read(near_end, text, 16));
    CALL(write(far_end, "late", 4));
    CALL(read(near_end, text, 16));
    CALL(read(near_end, text, 16));
    close_pair();
    section("closed");
    open_pair();
    write(near_end, "last words", 10);
    close(near_end);
    show_events("far", far_end);
    CALL(send(far_end, "x", 1, MSG_NOSIGNAL));
    nap(20);
    show_events("far", far_end);
    CALL(read(far_end, text, 4));
    CALL(read(far_end, text, 16));
    CALL(read(far_end, text, 16));
    CALL(send(far_end, "x", 1, MSG_NOSIGNAL));
    show_error(far_end);
    close(far_end);
    close(listener);
    section("closed with something unread");
    open_pair();
    write(far_end, "unread", 6);
    write(near_end, "mine", 4);
    nap(20);
    close(near_end);
    nap(20);
    show_events("far", far_end);
    CALL(read(far_end, text, 16));
    CALL(read(far_end, text, 16));
    CALL(read(far_end, text, 16));
    CALL(send(far_end, "x", 1, MSG_NOSIGNAL));
    close(far_end);
    close(listener);
    section("closed at once");
    open_pair();
    struct linger linger = { 1, 0 };
    CALL(setsockopt(near_end, SOL_SOCKET, SO_LINGER, &linger, sizeof linger));
    close(near_end);
    show_events("far", far_end);
    show_error(far_end);
    CALL(read(far_end, text, 16));
    CALL(send(far_end, "x", 1, MSG_NOSIGNAL));
    close(far_end);
    close(listener);
}

static volatile sig_atomic_t urgent, broken;
static void on_urgent(int signo) { (void)signo; urgent++; }
static void on_broken(int signo) { (void)signo; broken++; }

static void urgent_bytes(void)
{
    section("urgent bytes");
    open_pair();
    char text[16] = "";
    int mark;
    signal(SIGURG, on_urgent);
    CALL(fcntl(far_end, F_SETOWN, getpid()));
    CALL(fcntl(far_end, F_SETOWN, 4000000));
    CALL(recv(far_end, text, 1, MSG_OOB));
    CALL(send(near_end, "abc", 3, 0));
    CALL(send(near_end, "de", 2, MSG_OOB));
    CALL(send(near_end, "fg", 2, 0));
    nap(20);
    printf("%d signals\n", urgent);
    show_events("far", far_end);
    CALL(ioctl(far_end, SIOCATMARK, &mark));
    printf("mark %d\n", mark);
    CALL(read(far_end, text, 2));
    CALL(read(far_end, text, 16));
    CALL(ioctl(far_end, SIOCATMARK, &mark));
    printf("mark %d, %.2s\n", mark, text);
    CALL(recv(far_end, text, 16, MSG_OOB | MSG_PEEK));
    CALL(recv(far_end, text, 16, MSG_OOB));
    printf("%c\n", text[0]);
    CALL(recv(far_end, text, 16, MSG_OOB));
    show_events("far", far_end);
    CALL(read(far_end, text, 16));
    printf("%.2s\n", text);
    CALL(ioctl(far_end, SIOCATMARK, &mark));
    printf("mark %d\n", mark);
    section("urgent bytes in line");
    int one = 1;
    setsockopt(far_end, SOL_SOCKET, SO_OOBINLINE, &one, sizeof one);
    send(near_end, "ab", 2, 0);
    send(near_end, "c", 1, MSG_OOB);
    send(near_end, "de", 2, 0);
    nap(20);
    CALL(recv(far_end, text, 16, MSG_OOB));
    CALL(read(far_end, text, 16));
    CALL(ioctl(far_end, SIOCATMARK, &mark));
    printf("mark %d\n", mark);
    CALL(read(far_end, text, 16));
    printf("%.3s\n", text);
    close_pair();
}

static void full_buffers(void)
{
    section("full buffers");
    open_pair();
    static char block[65536];
    fcntl(near_end, F_SETFL, O_NONBLOCK);
    long total = 0, n, got = 0;
    while ((n = send(near_end, block, sizeof block, 0)) > 0)
        total += n;
    printf("stopped by %s, %s\n", errno_name(errno), total > 100000 ? "much sent" : "little sent");
    show_events("near", near_end);
    while (got < total && (n = recv(far_end, block, sizeof block, 0)) > 0)
        got += n;
    printf("%s\n", got == total ? "all came" : "something is missing");
    show_events("near", near_end);
    section("time is up");
    struct timeval little = { 0, 30000 };
    CALL(setsockopt(far_end, SOL_SOCKET, SO_RCVTIMEO, &little, sizeof little));
    CALL(recv(far_end, block, 1, 0));
    CALL(setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &little, sizeof little));
    CALL(accept(listener, NULL, NULL));
    int low = 4;
    CALL(setsockopt(far_end, SOL_SOCKET, SO_RCVLOWAT, &low, sizeof low));
    send(near_end, "abc", 3, 0);
    nap(20);
    show_events("far", far_end);
    CALL(recv(far_end, block, 10, 0));
    send(near_end, "abcde", 5, 0);
    nap(20);
    show_events("far", far_end);
    CALL(recv(far_end, block, 10, 0));
    section("a broken pipe");
    signal(SIGPIPE, on_broken);
    shutdown(near_end, SHUT_WR);
    CALL(write(near_end, "x", 1));
    CALL(send(near_end, "x", 1, MSG_NOSIGNAL));
    printf("%d signals\n", broken);
    close_pair();
}

static void dissolved(void)
{
    section("dissolved");
    open_pair();
    struct sockaddr none = { .sa_family = AF_UNSPEC };
    char text[4];
    CALL(connect(near_end, &none, sizeof none));
    CALL(read(far_end, text, 1));
    CALL(send(near_end, "x", 1, MSG_NOSIGNAL));
    struct sockaddr_in a = local(port_of(listener));
    show_error(near_end);
    CALL(connect(near_end, (struct sockaddr *)&a, sizeof a));
    close_pair();
    section("a listener shut down");
    open_listener(3);
    CALL(shutdown(listener, SHUT_WR));
    CALL(shutdown(listener, SHUT_RD));
    CALL(accept(listener, NULL, NULL));
    show_events("listener", listener);
    close(listener);
}

static void edges(void)
{
    section("epoll");
    open_pair();
    int ep = epoll_create1(0);
    struct epoll_event e = { EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, { .fd = 1 } }, got[4];
    epoll_ctl(ep, EPOLL_CTL_ADD, far_end, &e);
    CALL(epoll_wait(ep, got, 4, 0));
    printf("%x\n", got[0].events);
    CALL(epoll_wait(ep, got, 4, 0));
    send(near_end, "a", 1, 0);
    CALL(epoll_wait(ep, got, 4, 1000));
    printf("%x\n", got[0].events);
    shutdown(near_end, SHUT_WR);
    CALL(epoll_wait(ep, got, 4, 1000));
    printf("%x\n", got[0].events);
    close(ep);
    close_pair();
}

int main(void)
{
    names();
    connecting();
    halves();
    urgent_bytes();
    full_buffers();
    dissolved();
    edges();
    return 0;
}
