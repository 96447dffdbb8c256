/* Flags of open and commands of fcntl, by their numbers: which are kept, which mean something, which are refused. */
#include "guest.h"
#include <sys/socket.h>

static volatile sig_atomic_t signals;

static void note(int number)
{
    (void)number;
    signals++;
}

static void kept(void)
{
    static const struct { const char *name; int flag; } flags[] = {
        { "NOCTTY", O_NOCTTY },       { "APPEND", O_APPEND },     { "NONBLOCK", O_NONBLOCK }, { "DSYNC", O_DSYNC },
        { "ASYNC", O_ASYNC },         { "LARGEFILE", 0100000 },   { "NOFOLLOW", O_NOFOLLOW }, { "NOATIME", O_NOATIME },
        { "CLOEXEC", O_CLOEXEC },     { "SYNC", O_SYNC },         { "bit 29", 1 << 29 },      { "bit 23", 1 << 23 },
    };
    section("what F_GETFL says of what open was given");
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        int fd = open("file", O_RDWR | flags[i].flag);
        if (fd < 0)
            printf("%s: %s\n", flags[i].name, errno_name(errno));
        else
            printf("%s: %x, close on exec %d\n", flags[i].name, fcntl(fd, F_GETFL), fcntl(fd, F_GETFD));
        close(fd);
    }
}

static void special(void)
{
    char byte;
    section("O_PATH");
    int fd = open("file", O_PATH);
    CALL(read(fd, &byte, 1));
    close(fd);
    section("O_TMPFILE");
    fd = WORKS(open(".", O_TMPFILE | O_RDWR, 0600));
    close(fd);
    section("links");
    CALL(open("link", O_RDONLY | O_NOFOLLOW));
    CALL(open("link", O_RDONLY | O_DIRECTORY));
    CALL(open("file", O_RDONLY | O_DIRECTORY));
    CALL(open("file", O_WRONLY | O_CREAT | O_EXCL, 0600));
    CALL(open(".", O_WRONLY));
}

static void commands(void)
{
    static const struct { const char *name; int command; long argument; } asked[] = {
        { "F_GETFD", 1, 0 },      { "F_SETFD", 2, 1 },      { "F_SETFL", 4, O_NONBLOCK }, { "F_SETOWN", 8, 0 },
        { "F_GETOWN", 9, 0 },     { "F_SETSIG", 10, 0 },    { "F_GETSIG", 11, 0 },        { "F_GETOWN_EX", 16, 0x10 },
        { "F_SETOWN_EX", 15, 0x10 }, { "F_OFD_GETLK", 36, 0x10 }, { "F_OFD_SETLK", 37, 0x10 }, { "F_OFD_SETLKW", 38, 0x10 },
        { "F_GETLEASE", 1025, 0 }, { "F_SETPIPE_SZ", 1031, 4096 }, { "F_GETPIPE_SZ", 1032, 0 }, { "12", 12, 0 },
        { "13", 13, 0 },          { "14", 14, 0 },          { "1099", 1099, 0 },          { "-1", -1, 0 },
        { "F_GET_SEALS", 1034, 0 },
    };
    int ends[2], file = open("file", O_RDWR);
    pipe(ends);
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        char label[48];
        snprintf(label, sizeof label, "file, %s", asked[i].name);
        report(label, syscall(SYS_fcntl, file, asked[i].command, asked[i].argument));
        snprintf(label, sizeof label, "pipe, %s", asked[i].name);
        report(label, syscall(SYS_fcntl, ends[0], asked[i].command, asked[i].argument));
    }
    close(file);
    close(ends[0]);
    close(ends[1]);
}

static void duplicates(void)
{
    section("duplicates");
    int file = open("file", O_RDWR), copy = fcntl(file, F_DUPFD, 100), closing = fcntl(file, F_DUPFD_CLOEXEC, 100);
    printf("%d %d, close on exec %d %d\n", copy, closing, fcntl(copy, F_GETFD), fcntl(closing, F_GETFD));
    close(copy);
    close(closing);
    close(file);
}

static void locks(void)
{
    section("kinds of locks");
    int file = open("file", O_RDWR);
    for (int type = -1; type <= 4; type++) {
        struct flock lock = { .l_type = (short)type, .l_whence = SEEK_SET, .l_len = 1 };
        char label[32];
        snprintf(label, sizeof label, "type %d", type);
        report(label, fcntl(file, F_SETLK, &lock));
    }
    close(file);
}

static void asynchronous(const char *what, int reader, int writer)
{
    struct sigaction action = { .sa_handler = note };
    sigaction(SIGIO, &action, NULL);
    signals = 0;
    fcntl(reader, F_SETOWN, getpid());
    fcntl(reader, F_SETFL, O_ASYNC);
    printf("%s: flag %d", what, (fcntl(reader, F_GETFL) & O_ASYNC) != 0);
    write(writer, "x", 1);
    printf(", signals %d\n", (int)signals);
    close(reader);
    close(writer);
}

int main(void)
{
    int ends[2];
    close(open("file", O_CREAT | O_WRONLY, 0600));
    symlink("file", "link");
    kept();
    special();
    section("commands");
    commands();
    duplicates();
    locks();
    section("O_ASYNC");
    pipe(ends);
    asynchronous("pipe", ends[0], ends[1]);
    socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
    asynchronous("socket", ends[0], ends[1]);
    unlink("link");
    unlink("file");
    return 0;
}
