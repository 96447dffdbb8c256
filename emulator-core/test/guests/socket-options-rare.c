/* Options that few programs use: what they are at first, and after each of some values was set, wrong ones among them. */
#include "guest.h"
#include <netinet/in.h>
#include <sys/socket.h>

struct kind { const char *name; int family, type; };
static const struct kind kinds[] = {
    { "tcp", AF_INET, SOCK_STREAM }, { "tcp6", AF_INET6, SOCK_STREAM }, { "udp", AF_INET, SOCK_DGRAM }, { "udp6", AF_INET6, SOCK_DGRAM },
};
static const int tried[] = { 0, 1, 5, -1, 100000, 1 << 30 };

static void told(int fd, int level, int option)
{
    int value = -77;
    socklen_t size = sizeof value;
    if (getsockopt(fd, level, option, &value, &size) == -1)
        printf(" %s", errno_name(errno));
    else if (size < sizeof value)
        printf(" (%d bytes)", (int)size);
    else
        printf(" %d", value);
}

static void values(const struct kind *kind, int level, int option)
{
    int fd = socket(kind->family, kind->type, 0);
    printf("%s %d:", kind->name, option);
    told(fd, level, option);
    for (size_t i = 0; i < sizeof tried / sizeof *tried; i++) {
        printf(", %d", tried[i]);
        if (setsockopt(fd, level, option, &tried[i], sizeof tried[i]) == -1)
            printf(" %s", errno_name(errno));
        told(fd, level, option);
    }
    printf("\n");
    close(fd);
}

static void level(const char *name, int number, const int *options, size_t count, const char *which)
{
    section(name);
    for (size_t o = 0; o < count; o++)
        for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
            if (which[k] == 'x')
                values(&kinds[k], number, options[o]);
}

#define LEVEL(name, number, which, ...) do { \
        static const int options[] = { __VA_ARGS__ }; \
        level(name, number, options, sizeof options / sizeof *options, which); \
    } while (0)

/* Sizes that matter more than values. */
static void lengths(void)
{
    static const int options[] = { 26, 50, 51, 55, 57, 59, 71 };
    section("lengths");
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        for (int length = 4; length <= 40; length += 12) {
            char bytes[40] = { 0 };
            socklen_t size = length;
            int got = getsockopt(fd, SOL_SOCKET, options[i], bytes, &size);
            printf("%d of %d: %s", options[i], length, got == 0 ? "got" : errno_name(errno));
            if (got == 0)
                printf(" %d", (int)size);
            printf("\n");
        }
    close(fd);
}

/* Who chose the size of a buffer keeps it. */
static void buffer_locks(void)
{
    section("locks of buffers");
    int fd = socket(AF_INET, SOCK_STREAM, 0), size = 8192;
    told(fd, SOL_SOCKET, 72);
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    told(fd, SOL_SOCKET, 72);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    told(fd, SOL_SOCKET, 72);
    size = 100000;
    setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &size, sizeof size);
    told(fd, SOL_SOCKET, SO_RCVLOWAT);
    printf("\n");
    close(fd);
}

int main(void)
{
    LEVEL("SOL_SOCKET", SOL_SOCKET, "xxxx", 14, 27, 29, 34, 35, 37, 40, 41, 43, 45, 48, 50, 51, 52, 53, 56, 57, 59, 60, 63, 64, 65, 68, 72, 73);
    LEVEL("IPPROTO_TCP", IPPROTO_TCP, "xxxx", 16, 17, 20, 21, 22, 28, 29, 30, 31, 33, 34, 36);
    LEVEL("IPPROTO_UDP", IPPROTO_UDP, "xxxx", 1, 10, 11, 100, 101, 102, 103, 104);
    LEVEL("IPPROTO_IP", IPPROTO_IP, "xxxx", 1, 3, 5, 9, 18, 22, 23, 25, 26, 32, 33, 35, 36, 50, 51);
    LEVEL("IPPROTO_IP of IPv4", IPPROTO_IP, "x.x.", 49);
    LEVEL("IPPROTO_IPV6", IPPROTO_IPV6, ".x.x", 1, 2, 3, 4, 5, 8, 22, 24, 30, 31, 53, 54, 55, 56, 57, 58, 59, 60, 61, 67, 70, 72, 74, 76, 77);
    LEVEL("IPPROTO_IPV6 of TCP", IPPROTO_IPV6, ".x..", 17, 18);
    lengths();
    buffer_locks();
    return 0;
}
