/* Owner, mode and times of what is in no directory: pipes, sockets; and of a named pipe by its descriptor. */
#include "guest.h"
#include <sys/socket.h>
#include <sys/stat.h>

static struct stat about(int fd)
{
    struct stat s;

    if (fstat(fd, &s) != 0)
        exit(1);
    return s;
}

/* Without its times: those of a pipe are now, those of a socket whatever was in that memory before. */
static void shown(const char *what, int fd)
{
    struct stat s = about(fd);

    printf("%s: %o, uid %d, gid %d\n", what, s.st_mode, (int)s.st_uid - (int)getuid(), (int)s.st_gid - (int)getgid());
    fflush(stdout);
}

/* Once they have been set. */
static void shown_times(const char *what, int fd)
{
    struct stat s = about(fd);

    shown(what, fd);
    printf("%ld.%09ld %ld.%09ld\n", (long)s.st_atime, s.st_atim.tv_nsec, (long)s.st_mtime, s.st_mtim.tv_nsec);
    fflush(stdout);
}

static void changed(const char *kind, int fd, int other)
{
    const struct timespec times[2] = { { 1000, 5 }, { 2000, 6 } };
    const struct timespec wrong[2] = { { 1000, -5 }, { 2000, 6 } };

    section(kind);
    shown("as made", fd);
    CALL(fchmod(fd, 0421));
    shown("mode", fd);
    shown("other", other);
    CALL(fchown(fd, getuid(), -1));
    CALL(fchown(fd, -1, getgid()));
    CALL(fchownat(fd, "", getuid(), getgid(), AT_EMPTY_PATH));
    CALL(futimens(fd, times));
    CALL(futimens(fd, wrong));
    shown_times("times", fd);
    if (about(fd).st_ino == about(other).st_ino)
        shown_times("other end", other);
    else
        shown("other", other);
    CALL(fchmod(fd, 04777));
    shown_times("set-id", fd);
    CALL(fchown(fd, getuid(), getgid()));
    shown_times("owned", fd);
    CALL(futimens(fd, NULL));
}

int main(void)
{
    int pair[2], fd;

    if (pipe(pair) != 0)
        return 1;
    changed("pipe", pair[0], pair[1]);
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
        return 1;
    changed("pair of sockets", pair[0], pair[1]);
    fd = socket(AF_INET, SOCK_DGRAM, 0);
    changed("socket", fd, dup(fd));
    if (mkfifo("fifo", 0600) != 0)
        return 1;
    fd = open("fifo", O_RDWR);
    changed("named pipe", fd, open("fifo", O_RDONLY));
    return 0;
}
