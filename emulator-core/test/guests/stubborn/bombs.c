/* What a hostile program does to its machine, by name: takes all there is of something, says with which error it ended, and ends well. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static int fail(const char *what)
{
    const char *name = errno == EAGAIN ? "EAGAIN" : errno == ENOMEM ? "ENOMEM" : errno == EMFILE ? "EMFILE" : errno == ENFILE ? "ENFILE" : errno == ENOSPC ? "ENOSPC" : errno == EFBIG ? "EFBIG" : strerror(errno);
    printf("%s: %s\n", what, name);
    fflush(stdout);
    return 0;
}

static int fork_bomb(void)
{
    int started = 0, pid;
    while ((pid = fork()) > 0)
        started++;
    if (pid == 0) {
        pause();
        _exit(0);
    }
    fail("fork");
    printf("many %d\n", started > 100);
    signal(SIGTERM, SIG_IGN);
    kill(0, SIGTERM);
    while (wait(NULL) > 0)
        started--;
    printf("left %d\n", started);
    return 0;
}

static void *rest(void *arg)
{
    pause();
    return arg;
}

static int thread_bomb(void)
{
    pthread_t thread;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 32768);
    int started = 0, error;
    while ((error = pthread_create(&thread, &attributes, rest, NULL)) == 0)
        started++;
    errno = error;
    fail("pthread_create");
    printf("many %d\n", started > 100);
    return 0;
}

static int descriptor_bomb(void)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    int pair[2], opened = 0;
    while (opened < 3000000) {
        if (pipe(pair) < 0 || eventfd(0, 0) < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0 || epoll_create1(0) < 0 || open("/dev/null", O_RDONLY) < 0)
            break;
        opened += 7;
    }
    fail("descriptors");
    printf("many %d\n", opened > 500);
    return 0;
}

static int disk_bomb(void)
{
    static char block[1 << 20];
    memset(block, 'x', sizeof block);
    int fd = open("big", O_WRONLY | O_CREAT, 0600), other = open("hole", O_RDWR | O_CREAT, 0600);
    long written = 0, n;
    while ((n = write(fd, block, sizeof block)) > 0)
        written += n;
    fail("write");
    printf("many %d\n", written > 100 << 20);
    printf("truncate %d\n", ftruncate(other, 1L << 40));
    unlink("big");
    close(fd);
    fd = open("again", O_WRONLY | O_CREAT, 0600);
    printf("room again %ld\n", (long)write(fd, block, sizeof block));
    return 0;
}

static char long_text[4000];

static int make_file(const char *name)
{
    int fd = open(name, O_WRONLY | O_CREAT, 0600);
    return fd < 0 ? fd : close(fd);
}

static int make_name(const char *name)
{
    return link("first", name);
}

static int make_link(const char *name)
{
    return symlink(long_text, name);
}

/* Names without end, until there is no room; then what was made goes, and there is room again. */
static int names(int (*make)(const char *))
{
    char name[256], pad[200];
    long made = 0;
    memset(pad, 'n', sizeof pad - 1);
    pad[sizeof pad - 1] = 0;
    memset(long_text, 't', sizeof long_text - 1);
    make_file("first");
    for (; made < 5000000; made++) {
        snprintf(name, sizeof name, "%s%ld", pad, made);
        if (make(name) < 0)
            break;
    }
    fail("names");
    printf("many %d\n", made > 1000);
    for (long i = 0; i < made; i++) {
        snprintf(name, sizeof name, "%s%ld", pad, i);
        unlink(name);
    }
    printf("again %d\n", make(name));
    return 0;
}

static int name_bomb(void)
{
    return names(make_file);
}

static int hard_link_bomb(void)
{
    return names(make_name);
}

static int symbolic_link_bomb(void)
{
    return names(make_link);
}

static int pipe_bomb(void)
{
    static char block[65536];
    int pair[2];
    long held = 0;
    for (int i = 0; i < 100000; i++) {
        if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, pair) < 0)
            break;
        /* One descriptor of the pair is sent through it and closed: only the message holds it. */
        while (send(pair[0], block, sizeof block, 0) > 0)
            held += sizeof block;
    }
    fail("sockets");
    printf("%d\n", held > 1 << 20);
    return 0;
}

static void *spin(void *arg)
{
    for (;;)
        __asm__ volatile("");
    return arg;
}

/* Busy in every thread of several processes. */
static int spin_bomb(void)
{
    for (int i = 0; i < 3; i++)
        fork();
    for (int i = 0; i < 4; i++) {
        pthread_t thread;
        pthread_create(&thread, NULL, spin, NULL);
    }
    if (write(1, "spinning\n", 9) < 0)
        return 1;
    spin(NULL);
    return 0;
}

static int output_bomb(void)
{
    static char block[1 << 16];
    memset(block, 'y', sizeof block);
    block[sizeof block - 1] = '\n';
    for (;;)
        if (write(1, block, sizeof block) < 0)
            return 1;
}

/* Asks the other side of a terminal to stop, more often than it could ever read of. */
static int terminal_bomb(void)
{
    int lock = 0, number = 0, waiting = 0;
    char name[32];
    int master = open("/dev/ptmx", O_RDWR | O_NOCTTY);
    ioctl(master, TIOCSPTLCK, &lock);
    ioctl(master, TIOCGPTN, &number);
    snprintf(name, sizeof name, "/dev/pts/%d", number);
    int terminal = open(name, O_RDWR | O_NOCTTY);
    for (int i = 0; i < 200000; i++)
        ioctl(terminal, TCXONC, TCIOFF);
    ioctl(master, FIONREAD, &waiting);
    printf("bounded %d\n", waiting > 0 && waiting <= 65536);
    return 0;
}

int main(int argc, char **argv)
{
    static const struct { const char *name; int (*run)(void); } bombs[] = {
        { "fork", fork_bomb }, { "thread", thread_bomb }, { "descriptor", descriptor_bomb }, { "disk", disk_bomb }, { "name", name_bomb },
        { "hard link", hard_link_bomb }, { "symbolic link", symbolic_link_bomb }, { "pipe", pipe_bomb }, { "terminal", terminal_bomb }, { "spin", spin_bomb }, { "output", output_bomb },
    };
    for (size_t i = 0; i < sizeof bombs / sizeof *bombs; i++)
        if (argc > 1 && strcmp(argv[1], bombs[i].name) == 0)
            return bombs[i].run();
    return 2;
}
