/* What a pipe may hold at most, as the administrator says. */
#include "../guest.h"

static void limit(const char *text)
{
    char now[32] = "";
    int fd = open("/proc/sys/fs/pipe-max-size", O_RDWR);
    long result = write(fd, text, strlen(text));
    printf("%s: %s", text, result < 0 ? errno_name(errno) : "ok");
    pread(fd, now, sizeof now - 1, 0);
    printf(", now %s", now);
    fflush(stdout);
    close(fd);
}

int main(void)
{
    int ends[2];
    limit("65536");
    limit("0");
    limit("-5");
    limit("1");
    limit("5000");
    limit("65536");
    pipe(ends);
    setuid(65534);
    CALL(fcntl(ends[0], F_SETPIPE_SZ, 262144));
    CALL(fcntl(ends[0], F_SETPIPE_SZ, 131072));
    CALL(fcntl(ends[0], F_SETPIPE_SZ, 65536));
    CALL(fcntl(ends[0], F_SETPIPE_SZ, 131072));
    return 0;
}
