/* Local sockets by name: paths, abstract names, names that are chosen; credentials and open files in messages. */
#include "guest.h"
#include <poll.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

static socklen_t path_name(struct sockaddr_un *a, const char *path)
{
    *a = (struct sockaddr_un){ .sun_family = AF_UNIX };
    strcpy(a->sun_path, path);
    return offsetof(struct sockaddr_un, sun_path) + strlen(path) + 1;
}

static socklen_t abstract_name(struct sockaddr_un *a, const char *name)
{
    *a = (struct sockaddr_un){ .sun_family = AF_UNIX };
    sprintf(a->sun_path + 1, "%s-%d", name, getpid());
    return offsetof(struct sockaddr_un, sun_path) + 1 + strlen(a->sun_path + 1);
}

static void show_events(const char *who, int fd)
{
    struct pollfd p = { fd, POLLIN | POLLOUT | POLLPRI | POLLRDHUP, 0 };
    poll(&p, 1, 0);
    printf("%s:%s%s%s%s%s%s\n", who, p.revents & POLLIN ? " IN" : "", p.revents & POLLOUT ? " OUT" : "", p.revents & POLLPRI ? " PRI" : "",
           p.revents & POLLRDHUP ? " RDHUP" : "", p.revents & POLLHUP ? " HUP" : "", p.revents & POLLERR ? " ERR" : "");
}

static void names(void)
{
    section("names");
    struct sockaddr_un a, b;
    socklen_t size = path_name(&a, "a-socket"), room;
    int s = socket(AF_UNIX, SOCK_STREAM, 0), t = socket(AF_UNIX, SOCK_STREAM, 0);
    char text[16];
    CALL(connect(t, (struct sockaddr *)&a, size));
    CALL(listen(s, 1));
    CALL(bind(s, (struct sockaddr *)&a, size));
    CALL(bind(s, (struct sockaddr *)&a, size));
    CALL(bind(t, (struct sockaddr *)&a, size));
    CALL(connect(t, (struct sockaddr *)&a, size));
    CALL(listen(s, 1));
    CALL(connect(t, (struct sockaddr *)&a, size));
    CALL(connect(t, (struct sockaddr *)&a, size));
    CALL(listen(t, 1));
    room = sizeof b;
    int c = accept(s, (struct sockaddr *)&b, &room);
    printf("from a name of %d bytes\n", (int)room);
    room = sizeof b;
    CALL(getpeername(t, (struct sockaddr *)&b, &room));
    printf("%s, %d bytes\n", b.sun_path, (int)room);
    room = 6;
    CALL(getsockname(c, (struct sockaddr *)&b, &room));
    printf("%.4s, %d bytes\n", b.sun_path, (int)room);
    room = -1;
    CALL(getsockname(c, (struct sockaddr *)&b, &room));
    show_events("listener", s);
    show_events("connected", t);
    close(s);
    CALL(write(t, "through", 7));
    CALL(read(c, text, 16));
    close(c);
    show_events("left", t);
    CALL(send(t, "x", 1, MSG_NOSIGNAL));
    CALL(read(t, text, 1));
    close(t);
    t = socket(AF_UNIX, SOCK_STREAM, 0);
    CALL(connect(t, (struct sockaddr *)&a, size));
    CALL(open("a-socket", O_RDWR));
    CALL(unlink("a-socket"));
    size = path_name(&a, "no/such/folder");
    CALL(bind(t, (struct sockaddr *)&a, size));
    CALL(bind(t, (struct sockaddr *)&a, 1));
    a.sun_family = AF_INET;
    CALL(bind(t, (struct sockaddr *)&a, size));
    close(open("plain", O_CREAT | O_WRONLY, 0600));
    size = path_name(&a, "plain");
    CALL(connect(t, (struct sockaddr *)&a, size));
    CALL(bind(t, (struct sockaddr *)&a, size));
    unlink("plain");
    close(t);
    section("abstract names");
    s = socket(AF_UNIX, SOCK_STREAM, 0);
    t = socket(AF_UNIX, SOCK_STREAM, 0);
    size = abstract_name(&a, "one");
    CALL(bind(s, (struct sockaddr *)&a, size));
    CALL(bind(t, (struct sockaddr *)&a, size));
    CALL(listen(s, 0));
    CALL(connect(t, (struct sockaddr *)&a, size - 1));
    CALL(connect(t, (struct sockaddr *)&a, size));
    int u = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    CALL(connect(u, (struct sockaddr *)&a, size));
    int v = socket(AF_UNIX, SOCK_DGRAM, 0);
    CALL(connect(v, (struct sockaddr *)&a, size));
    close(u);
    close(v);
    close(s);
    show_events("refused", t);
    CALL(read(t, text, 1));
    CALL(read(t, text, 1));
    close(t);
    s = socket(AF_UNIX, SOCK_DGRAM, 0);
    CALL(bind(s, (struct sockaddr *)&a, size));
    close(s);
    s = socket(AF_UNIX, SOCK_DGRAM, 0);
    CALL(bind(s, (struct sockaddr *)&a, sizeof(sa_family_t)));
    room = sizeof b;
    getsockname(s, (struct sockaddr *)&b, &room);
    printf("chosen: %d bytes, first %d\n", (int)room, b.sun_path[0]);
    close(s);
}

static void datagrams(void)
{
    section("datagrams");
    struct sockaddr_un a, b;
    socklen_t size = abstract_name(&a, "two"), room = sizeof b;
    int s = socket(AF_UNIX, SOCK_DGRAM, 0), r = socket(AF_UNIX, SOCK_DGRAM, 0);
    char text[16];
    CALL(send(s, "x", 1, 0));
    CALL(sendto(s, "x", 1, 0, (struct sockaddr *)&a, size));
    CALL(bind(r, (struct sockaddr *)&a, size));
    CALL(sendto(s, "one", 3, 0, (struct sockaddr *)&a, size));
    CALL(recvfrom(r, text, 16, 0, (struct sockaddr *)&b, &room));
    printf("from a name of %d bytes\n", (int)room);
    CALL(connect(s, (struct sockaddr *)&a, size));
    CALL(send(s, "", 0, 0));
    CALL(send(s, "three", 5, 0));
    show_events("receiver", r);
    CALL(recv(r, text, 16, 0));
    CALL(recv(r, text, 2, MSG_TRUNC));
    CALL(recv(r, text, 16, MSG_DONTWAIT));
    CALL(getpeername(r, (struct sockaddr *)&b, &room));
    CALL(connect(r, (struct sockaddr *)&a, size));
    CALL(sendto(s, "x", 1, 0, (struct sockaddr *)&a, size));
    struct sockaddr none = { .sa_family = AF_UNSPEC };
    CALL(connect(r, &none, sizeof none));
    CALL(shutdown(r, SHUT_RD));
    CALL(send(s, "x", 1, MSG_NOSIGNAL));
    show_events("receiver", r);
    close(r);
    CALL(send(s, "x", 1, 0));
    CALL(send(s, "x", 1, 0));
    close(s);
    section("sequenced packets");
    int pair[2];
    CALL(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair));
    CALL(send(pair[0], "first", 5, 0));
    CALL(send(pair[0], "second", 6, MSG_EOR));
    struct iovec iov = { text, 3 };
    struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
    CALL(recvmsg(pair[1], &m, 0));
    printf("flags %x\n", m.msg_flags);
    CALL(read(pair[1], text, 16));
    close(pair[0]);
    CALL(read(pair[1], text, 16));
    show_events("left", pair[1]);
    CALL(send(pair[1], "x", 1, MSG_NOSIGNAL));
    close(pair[1]);
}

static void show_control(struct msghdr *m)
{
    printf("flags %x, %d bytes of control\n", m->msg_flags, (int)m->msg_controllen);
    for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c)) {
        printf("level %d type %d length %d", c->cmsg_level, c->cmsg_type, (int)c->cmsg_len);
        if (c->cmsg_type == SCM_CREDENTIALS) {
            struct ucred *u = (void *)CMSG_DATA(c);
            printf(": %s, uid %s", u->pid == getpid() ? "self" : "another", u->uid == getuid() ? "own" : "another");
        } else
            for (size_t i = 0; i < (c->cmsg_len - CMSG_LEN(0)) / sizeof(int); i++)
                close(((int *)CMSG_DATA(c))[i]);
        printf("\n");
    }
}

static void credentials(void)
{
    section("credentials");
    int pair[2], one = 1;
    socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    struct ucred u;
    socklen_t size = sizeof u;
    CALL(getsockopt(pair[0], SOL_SOCKET, SO_PEERCRED, &u, &size));
    printf("%s %d\n", u.pid == getpid() ? "self" : "another", (int)size);
    char text[16], control[256] = "";
    struct iovec iov = { "abc", 3 };
    struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
    CALL(setsockopt(pair[1], SOL_SOCKET, SO_PASSCRED, &one, sizeof one));
    CALL(sendmsg(pair[0], &m, 0));
    iov.iov_base = text;
    m.msg_control = control;
    m.msg_controllen = sizeof control;
    CALL(recvmsg(pair[1], &m, 0));
    show_control(&m);
    m.msg_controllen = CMSG_SPACE(sizeof u);
    struct cmsghdr *c = (void *)control;
    *c = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof u), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_CREDENTIALS };
    u = (struct ucred){ getpid(), getuid(), getgid() };
    memcpy(CMSG_DATA(c), &u, sizeof u);
    CALL(sendmsg(pair[0], &m, 0));
    c->cmsg_len = CMSG_LEN(4);
    CALL(sendmsg(pair[0], &m, 0));
    c->cmsg_len = 3;
    CALL(sendmsg(pair[0], &m, 0));
    c->cmsg_len = CMSG_LEN(sizeof u);
    c->cmsg_type = 77;
    CALL(sendmsg(pair[0], &m, 0));
    m.msg_controllen = 20;
    CALL(recvmsg(pair[1], &m, 0));
    printf("flags %x, %d bytes of control\n", m.msg_flags, (int)m.msg_controllen);
    section("open files");
    setsockopt(pair[1], SOL_SOCKET, SO_PASSCRED, &(int){ 0 }, sizeof(int));
    int fds[2] = { 0, 1 };
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof fds);
    memcpy(CMSG_DATA(c), fds, sizeof fds);
    m.msg_controllen = CMSG_SPACE(sizeof fds);
    CALL(sendmsg(pair[0], &m, 0));
    CALL(sendmsg(pair[0], &m, 0));
    CALL(sendmsg(pair[0], &m, 0));
    m.msg_controllen = sizeof control;
    CALL(recvmsg(pair[1], &m, MSG_CMSG_CLOEXEC));
    show_control(&m);
    m.msg_controllen = CMSG_LEN(4);
    CALL(recvmsg(pair[1], &m, 0));
    show_control(&m);
    m.msg_control = NULL;
    m.msg_controllen = 0;
    CALL(recvmsg(pair[1], &m, 0));
    printf("flags %x\n", m.msg_flags);
    m.msg_control = control;
    m.msg_controllen = CMSG_SPACE(sizeof fds);
    c->cmsg_len = CMSG_LEN(sizeof fds);
    c->cmsg_type = SCM_RIGHTS;
    fds[1] = 99;
    memcpy(CMSG_DATA(c), fds, sizeof fds);
    CALL(sendmsg(pair[0], &m, 0));
    close(pair[0]);
    close(pair[1]);
    section("a socket in itself");
    socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    memcpy(CMSG_DATA(c), pair, sizeof pair);
    m.msg_controllen = CMSG_SPACE(sizeof pair);
    c->cmsg_len = CMSG_LEN(sizeof pair);
    c->cmsg_type = SCM_RIGHTS;
    CALL(sendmsg(pair[0], &m, 0));
    close(pair[0]);
    close(pair[1]);
}

static void peers(void)
{
    section("who is there");
    struct sockaddr_un a;
    socklen_t size = abstract_name(&a, "three");
    int s = socket(AF_UNIX, SOCK_STREAM, 0);
    bind(s, (struct sockaddr *)&a, size);
    listen(s, 5);
    pid_t child = fork();
    if (child == 0) {
        int t = socket(AF_UNIX, SOCK_STREAM, 0);
        connect(t, (struct sockaddr *)&a, size);
        struct ucred u;
        socklen_t room = sizeof u;
        getsockopt(t, SOL_SOCKET, SO_PEERCRED, &u, &room);
        _exit(u.pid == getppid() ? 0 : 1);
    }
    int c = accept(s, NULL, NULL), status;
    struct ucred u = { 0 };
    socklen_t room = sizeof u;
    getsockopt(c, SOL_SOCKET, SO_PEERCRED, &u, &room);
    printf("%s\n", u.pid == child ? "the child" : "another");
    waitpid(child, &status, 0);
    printf("%d\n", status);
    close(c);
    close(s);
}

int main(void)
{
    names();
    datagrams();
    credentials();
    peers();
    return 0;
}
