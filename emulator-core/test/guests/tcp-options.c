/* What options of TCP are after they were set, and which lengths are too short for an option, known or not. */
#include "guest.h"
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <sys/socket.h>

static void values(const char *name, int option)
{
    static const int tried[] = { 0, 1, 5, -1, 119, 1000, 100000, 1 << 30 };

    printf("%s:", name);
    for (size_t i = 0; i < sizeof tried / sizeof *tried; i++) {
        int fd = socket(AF_INET, SOCK_STREAM, 0), now = 0;
        socklen_t length = sizeof now;
        int result = setsockopt(fd, IPPROTO_TCP, option, &tried[i], sizeof tried[i]);
        const char *said = result == 0 ? "" : errno_name(errno);
        getsockopt(fd, IPPROTO_TCP, option, &now, &length);
        printf(" %d %s%d", tried[i], said, now);
        close(fd);
    }
    printf("\n");
}

static void lengths(const char *name, int type, int level, int option)
{
    int fd = socket(AF_INET, type, 0), value = 1;

    printf("%s:", name);
    for (int length = 0; length < 4; length++)
        printf(" %s", setsockopt(fd, level, option, &value, length) == 0 ? "ok" : errno_name(errno));
    printf("\n");
    close(fd);
}

int main(void)
{
    section("values");
    values("TCP_KEEPIDLE", TCP_KEEPIDLE);
    values("TCP_KEEPINTVL", TCP_KEEPINTVL);
    values("TCP_KEEPCNT", TCP_KEEPCNT);
    values("TCP_SYNCNT", TCP_SYNCNT);
    values("TCP_LINGER2", TCP_LINGER2);
    values("TCP_DEFER_ACCEPT", TCP_DEFER_ACCEPT);
    values("TCP_WINDOW_CLAMP", TCP_WINDOW_CLAMP);
    values("TCP_USER_TIMEOUT", TCP_USER_TIMEOUT);
    values("TCP_FASTOPEN", TCP_FASTOPEN);
    section("lengths");
    lengths("SO_TYPE", SOCK_STREAM, SOL_SOCKET, SO_TYPE);
    lengths("SO_REUSEADDR", SOCK_STREAM, SOL_SOCKET, SO_REUSEADDR);
    lengths("no such option", SOCK_STREAM, SOL_SOCKET, 999);
    lengths("TCP_INFO", SOCK_STREAM, IPPROTO_TCP, TCP_INFO);
    lengths("no such option of TCP", SOCK_STREAM, IPPROTO_TCP, 999);
    lengths("no such option of UDP", SOCK_DGRAM, IPPROTO_UDP, 999);
    return 0;
}
