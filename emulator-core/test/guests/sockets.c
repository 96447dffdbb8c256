/* Pairs of sockets: streams, datagrams, peeking, half-closing, messages. */
#include "guest.h"
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

static void streams(void)
{
    section("streams");
    int pair[2], available;
    char text[32] = "";
    CALL(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
    CALL(fcntl(pair[0], F_GETFD));
    CALL(write(pair[0], "to the other", 12));
    CALL(ioctl(pair[1], FIONREAD, &available));
    printf("%d available\n", available);
    CALL(recv(pair[1], text, 6, MSG_PEEK));
    CALL(recv(pair[1], text, sizeof text, 0));
    printf("%s\n", text);
    CALL(recv(pair[1], text, 1, MSG_DONTWAIT));
    CALL(send(pair[1], "back", 4, MSG_NOSIGNAL));
    CALL(read(pair[0], text, sizeof text));
    CALL(lseek(pair[0], 0, SEEK_SET));
    int type;
    socklen_t size = sizeof type;
    CALL(getsockopt(pair[0], SOL_SOCKET, SO_TYPE, &type, &size));
    printf("type %d\n", type);
    struct sockaddr_un name;
    size = sizeof name;
    CALL(getsockname(pair[0], (struct sockaddr *)&name, &size));
    printf("family %d, length %d\n", name.sun_family, (int)size);
    section("half-closed");
    CALL(shutdown(pair[0], SHUT_WR));
    CALL(read(pair[1], text, 1));
    CALL(send(pair[0], "x", 1, MSG_NOSIGNAL));
    CALL(write(pair[1], "still", 5));
    CALL(read(pair[0], text, sizeof text));
    CALL(shutdown(pair[0], 99));
    CALL(close(pair[0]));
    CALL(send(pair[1], "x", 1, MSG_NOSIGNAL));
    CALL(read(pair[1], text, 1));
    CALL(close(pair[1]));
}

static void datagrams(int type)
{
    section(type == SOCK_DGRAM ? "datagrams" : "sequenced packets");
    int pair[2];
    char text[8];
    CALL(socketpair(AF_UNIX, type, 0, pair));
    CALL(write(pair[0], "first one", 9));
    CALL(write(pair[0], "", 0));
    CALL(write(pair[0], "last", 4));
    CALL(read(pair[1], text, 5));
    CALL(read(pair[1], text, sizeof text));
    CALL(read(pair[1], text, sizeof text));
    printf("%.4s\n", text);
    CALL(recv(pair[1], text, sizeof text, MSG_DONTWAIT));
    close(pair[0]);
    close(pair[1]);
}

static void messages(void)
{
    section("messages in parts");
    int pair[2];
    char first[4], second[8];
    socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    struct iovec out[2] = { { "abcd", 4 }, { "efgh", 4 } }, in[2] = { { first, 4 }, { second, 8 } };
    struct msghdr sent = { .msg_iov = out, .msg_iovlen = 2 }, got = { .msg_iov = in, .msg_iovlen = 2 };
    CALL(sendmsg(pair[0], &sent, 0));
    CALL(recvmsg(pair[1], &got, 0));
    printf("%.4s|%.4s, flags %d\n", first, second, got.msg_flags);
    close(pair[0]);
    close(pair[1]);
    section("refused");
    CALL(socketpair(AF_UNIX, 99, 0, pair));
    CALL(socketpair(AF_INET, SOCK_STREAM, 0, pair));
    CALL(socketpair(999, SOCK_STREAM, 0, pair));
    int file = open("/dev/null", O_RDWR);
    CALL(send(file, "x", 1, 0));
    close(file);
    CALL(send(99, "x", 1, 0));
}

int main(void)
{
    streams();
    datagrams(SOCK_DGRAM);
    datagrams(SOCK_SEQPACKET);
    messages();
    return 0;
}
