/* inotify_init1, inotify_add_watch, inotify_rm_watch: the order of their checks, and what a watch descriptor is. */
#include "inotify.h"
#include <sys/resource.h>
#include <sys/wait.h>

static int queue, other;

/* Whether a watch descriptor is a descriptor, of the file that is watched. */
static int is_descriptor(int wd, const char *path)
{
    struct stat file, watched;
    return stat(path, &file) == 0 && fstat(wd, &watched) == 0 && file.st_ino == watched.st_ino;
}

static void instances(void)
{
    section("the flags of inotify_init1");
    CALL(inotify_init1(IN_CLOEXEC | 1));
    queue = CALL(inotify_init1(IN_NONBLOCK));
    CALL(fcntl(queue, F_GETFD));
    printf("nonblocking %d\n", (fcntl(queue, F_GETFL) & O_NONBLOCK) != 0);
    int closing = CALL(inotify_init1(IN_CLOEXEC));
    CALL(fcntl(closing, F_GETFD));
    printf("nonblocking %d\n", (fcntl(closing, F_GETFL) & O_NONBLOCK) != 0);
    CALL(fcntl(closing - 1, F_GETFD));
    CALL(close(closing));
    CALL(fcntl(closing - 1, F_GETFD));
    other = CALL(inotify_init());
    CALL(fcntl(other, F_GETFD));
    CALL(fcntl(other, F_SETFL, O_NONBLOCK));
    close(other);
    other = inotify_init1(IN_NONBLOCK);
}

static void the_file(void)
{
    struct stat status;
    char byte;
    int available;
    section("an instance as a file");
    CALL(fcntl(queue, F_SETFL, O_NONBLOCK));
    CALL(fstat(queue, &status));
    CALL(syscall(SYS_ioctl, queue, 0x541b, &available));
    CALL(syscall(SYS_ioctl, queue, 0x5401, &available));
    available = 1;
    CALL(syscall(SYS_ioctl, queue, 0x5421, &available));
    CALL(write(queue, "x", 1));
    CALL(read(queue, &byte, 1));
    CALL(lseek(queue, 0, SEEK_SET));
    CALL(ftruncate(queue, 0));
}

static void mask_first(void)
{
    section("the mask is checked first");
    CALL(inotify_add_watch(99, "f", 0x1000));
    CALL(inotify_add_watch(99, "f", IN_OPEN | IN_EXCL_UNLINK));
    CALL(inotify_add_watch(99, "f", IN_OPEN | IN_UNMOUNT));
    CALL(inotify_add_watch(99, "f", IN_OPEN | IN_Q_OVERFLOW));
    CALL(inotify_add_watch(99, "f", IN_OPEN | IN_IGNORED));
    CALL(inotify_add_watch(queue, "none", 0));
    CALL(inotify_add_watch(queue, "none", IN_OPEN | IN_MASK_ADD | IN_MASK_CREATE));
    section("then the descriptor, then the path");
    CALL(inotify_add_watch(99, "none", IN_OPEN));
    CALL(inotify_add_watch(0, "none", IN_OPEN));
    CALL(inotify_add_watch(queue, "none", IN_OPEN | IN_ISDIR));
    CALL(inotify_add_watch(queue, "f/none", IN_OPEN));
    CALL(inotify_add_watch(queue, "dangling", IN_OPEN));
    CALL(inotify_add_watch(queue, "", IN_OPEN));
    CALL(inotify_add_watch(queue, NOWHERE, IN_OPEN));
    section("then the file is opened");
    CALL(inotify_add_watch(queue, "f", IN_OPEN | IN_ONLYDIR));
}

static void numbers(void)
{
    section("watch descriptors");
    int f = CALL(inotify_add_watch(queue, "f", IN_ATTRIB));
    int d = CALL(inotify_add_watch(queue, "d", IN_CREATE | IN_ONLYDIR));
    printf("descriptors %d %d\n", is_descriptor(f, "f"), is_descriptor(d, "d"));
    CALL(inotify_add_watch(queue, "link", IN_ATTRIB));
    int link = CALL(inotify_add_watch(queue, "link", IN_ATTRIB | IN_DONT_FOLLOW));
    if (link != -1)
        CALL(inotify_rm_watch(queue, link));
    drain(queue, "the link's");
    section("a watch that is there");
    CALL(inotify_add_watch(queue, "f", IN_OPEN | IN_MASK_CREATE));
    CALL(inotify_add_watch(queue, "f", IN_OPEN | IN_ONLYDIR));
    CALL(inotify_add_watch(queue, "f", 0));
    CALL(inotify_add_watch(queue, "f", IN_OPEN | IN_ONESHOT));
    DO(get("f"));
    DO(get("f"));
    CALL(inotify_rm_watch(queue, f));
    CALL(inotify_rm_watch(queue, d));
    drain(queue, "removed");
    section("a mask without events");
    f = CALL(inotify_add_watch(queue, "f", 0));
    DO(get("f"));
    DO(chmod("f", 0640));
    if (f != -1)
        CALL(inotify_rm_watch(queue, f));
    drain(queue, "removed");
}

/* What watching a file does to the file: others see it. */
static void others(void)
{
    section("watching is told to others");
    inotify_add_watch(queue, "f", IN_ALL_EVENTS);
    int wd = inotify_add_watch(other, "f", IN_ALL_EVENTS);
    drain(queue, "watched");
    CALL(inotify_rm_watch(other, wd));
    drain(queue, "watched no more");
    drain(other, "the other");
    section("the number of watches");
    struct rlimit before, now;
    getrlimit(RLIMIT_NOFILE, &before);
    int next = dup(0);
    close(next);
    now = (struct rlimit){ next, before.rlim_max };
    setrlimit(RLIMIT_NOFILE, &now);
    CALL(inotify_add_watch(queue, "d", IN_CREATE) > 0 ? 0 : -1);
    setrlimit(RLIMIT_NOFILE, &before);
}

static volatile sig_atomic_t alarmed;
static void on_alarm(int signal) { (void)signal, alarmed = 1; }

static void special(void)
{
    section("devices, sockets and pipes");
    int wd = CALL(inotify_add_watch(other, "/dev/null", IN_ALL_EVENTS));
    DO(close(open("/dev/null", O_RDONLY)));
    CALL(inotify_rm_watch(other, wd));
    struct sigaction action = { .sa_handler = on_alarm };
    sigaction(SIGALRM, &action, NULL);
    pid_t parent = getpid();
    mkfifo("p", 0600);
    pid_t child = fork();
    if (child == 0) {
        await_sleep(parent);
        kill(parent, SIGALRM);
        _exit(0);
    }
    wd = CALL(inotify_add_watch(queue, "p", IN_OPEN) > 0 ? 0 : -1);
    sigset_t alarms, before;
    sigemptyset(&alarms);
    sigaddset(&alarms, SIGALRM);
    sigprocmask(SIG_BLOCK, &alarms, &before);
    while (!alarmed)
        sigsuspend(&before);
    sigprocmask(SIG_SETMASK, &before, NULL);
    waitpid(child, NULL, 0);
    child = fork();
    if (child == 0)
        _exit(close(open("p", O_WRONLY)));
    wd = CALL(inotify_add_watch(queue, "p", IN_OPEN) > 0 ? 0 : -1);
    int reader = open("p", O_RDONLY | O_NONBLOCK);
    waitpid(child, NULL, 0);
    close(reader);
}

/* Closing a watch descriptor ends its watch, and others suffer. Only where it is a descriptor: elsewhere the number may be another file's. */
static void closed(void)
{
    section("closing a watch descriptor");
    touch("g");
    touch("h");
    int fresh = inotify_init1(IN_NONBLOCK);
    int g = CALL(inotify_add_watch(fresh, "g", IN_OPEN) > 0 ? 0 : -1);
    g = inotify_add_watch(fresh, "g", IN_OPEN);
    if (!is_descriptor(g, "g")) {
        printf("it is no descriptor\n");
        return;
    }
    CALL(close(g));
    get("g");
    drain(fresh, "of g");
    CALL(inotify_add_watch(fresh, "h", IN_OPEN) > 0 ? 0 : -1);
    CALL(inotify_rm_watch(fresh, g));
    int h = inotify_add_watch(fresh, "h", IN_OPEN);
    get("h");
    drain(fresh, "of h");
    int ends[2];
    pipe(ends);
    CALL(dup2(ends[0], h) == h ? 0 : -1);
    get("h");
    drain(fresh, "of h");
    CALL(inotify_add_watch(fresh, "g", IN_OPEN) > 0 ? 0 : -1);
    int file = open("f", O_RDONLY);
    CALL(dup2(file, h) == h ? 0 : -1);
    close(file);
    CALL(inotify_add_watch(fresh, "g", IN_OPEN) > 0 ? 0 : -1);
    close(fresh);
}

/* Root may read everything. */
static void unreadable(void)
{
    section("a file that may not be read");
    touch("unreadable");
    CALL(chmod("unreadable", 0200));
    CALL(chmod("f", 0200));
    chmod("d", 0311);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        if (geteuid() == 0)
            setresuid(65534, 65534, 65534);
        CALL(inotify_add_watch(queue, "unreadable", IN_OPEN));
        report("watched already", inotify_add_watch(queue, "f", IN_OPEN) > 0 ? 0 : -1);
        CALL(inotify_add_watch(queue, "d", IN_CREATE));
        _exit(0);
    }
    waitpid(child, NULL, 0);
    chmod("f", 0644);
    chmod("d", 0700);
}

static void removing(void)
{
    section("inotify_rm_watch");
    CALL(inotify_rm_watch(99, 1));
    CALL(inotify_rm_watch(0, 1));
    CALL(inotify_rm_watch(queue, -1));
    CALL(inotify_rm_watch(queue, 1000));
    CALL(inotify_rm_watch(queue, 0));
}

int main(void)
{
    touch("f");
    mkdir("d", 0700);
    symlink("f", "link");
    symlink("none", "dangling");
    instances();
    the_file();
    mask_first();
    numbers();
    others();
    special();
    closed();
    removing();
    unreadable();
    return 0;
}
