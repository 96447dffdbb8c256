/*
 * random/inotify SEED STEPS: makes files, folders, links and inotify instances in the working directory, and does with them what the seed says.
 * Each line is a call and what came of it; nothing but the seed decides what comes next.
 */
#include "random.h"
#include "../inotify.h"
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <sys/wait.h>

enum { FREE, FILE_, INSTANCE };
#define HIGHEST 20

static char kinds[HIGHEST + 1];

static int pick(int kind)
{
    int found[HIGHEST + 1], count = 0;
    if (choose(30) != 0)
        for (int fd = 3; fd <= HIGHEST; fd++)
            if (kinds[fd] == kind)
                found[count++] = fd;
    return count > 0 ? found[choose(count)] : 3 + (int)choose(HIGHEST - 2);
}

static int made(int fd, int kind)
{
    if (fd > HIGHEST)
        close(fd);
    else if (fd >= 0)
        kinds[fd] = kind;
    return fd;
}

static const char *name(void)
{
    static const char *const names[] = { "a", "b", "c", "d/a", "d/b", "d/e", "d/e/a", "f", "f/a", "f/b", "link", "d/link", "d", "d", ".", ".", "f/a file with a longer name" };
    return names[choose(sizeof names / sizeof *names)];
}

static void watch(void)
{
    int queue = pick(INSTANCE);
    const char *path = name();
    uint32_t mask = ONE_OF(IN_ALL_EVENTS, IN_ALL_EVENTS, IN_ALL_EVENTS, IN_CREATE | IN_DELETE, IN_MOVE, IN_MODIFY | IN_CLOSE, IN_OPEN, IN_ATTRIB | IN_ACCESS,
                           IN_DELETE_SELF | IN_MOVE_SELF, IN_CREATE | IN_MOVED_TO, IN_IGNORED);
    mask |= ONE_OF(0, 0, 0, 0, IN_ONESHOT, IN_EXCL_UNLINK, IN_ONLYDIR, IN_DONT_FOLLOW, IN_MASK_ADD, IN_MASK_CREATE);
    calls("inotify_add_watch(%d, %s, %x)", queue, path, mask);
    with(inotify_add_watch(queue, path, mask));
}

static void forget(void)
{
    int queue = pick(INSTANCE), wd = 1 + (int)choose(12);
    calls("inotify_rm_watch(%d, %d)", queue, wd);
    with(inotify_rm_watch(queue, wd));
}

/* Prints the records; cookies become numbers in the order of their first appearance. */
static void take(void)
{
    static uint32_t cookies[4096];
    static unsigned known;
    char buffer[8192];
    int queue = pick(INSTANCE);
    size_t room = ONE_OF(8, 16, 32, 64, 8192, 8192, 8192, 8192);
    if (kinds[queue] != INSTANCE)
        return;
    if (choose(3) == 0) {
        int bytes = -1;
        calls("FIONREAD(%d)", queue);
        long result = ioctl(queue, FIONREAD, &bytes);
        calls(" %d", bytes);
        with(result);
        struct pollfd one = { .fd = queue, .events = POLLIN | POLLOUT };
        calls("poll(%d)", queue);
        result = poll(&one, 1, 0);
        calls(" %x", one.revents);
        with(result);
    }
    calls("read(%d, %zu)", queue, room);
    long length = with(read(queue, buffer, room));
    for (char *at = buffer; at < buffer + length;) {
        struct inotify_event event;
        memcpy(&event, at, sizeof event);
        unsigned i = 0;
        while (event.cookie != 0 && i < known && cookies[i] != event.cookie)
            i++;
        if (event.cookie != 0 && i == known && known < 4096)
            cookies[known++] = event.cookie;
        printf("  %d", event.wd);
        print_mask(event.mask);
        printf(" %s %u cookie %u\n", event.len > 0 ? at + sizeof event : "-", event.len, event.cookie == 0 ? 0 : i + 1);
        at += sizeof event + event.len;
    }
}

static void through_a_descriptor(void)
{
    static char bytes[300];
    int fd = pick(FILE_), count = ONE_OF(0, 1, 5, 300);
    struct iovec parts[2] = { { bytes, 1 }, { bytes, 2 } };
    struct timespec times[2] = { { 1, ONE_OF(UTIME_NOW, UTIME_OMIT, 1) }, { 1, ONE_OF(UTIME_NOW, UTIME_OMIT, 1) } };
    if (kinds[fd] == INSTANCE)
        return;
    switch (choose(12)) {
    case 0: calls("write(%d, %d)", fd, count), with(write(fd, bytes, count)); break;
    case 1: calls("read(%d, %d)", fd, count), with(read(fd, bytes, count)); break;
    case 2: calls("pwrite(%d, %d)", fd, count), with(pwrite(fd, bytes, count, 3)); break;
    case 3: calls("pread(%d, %d)", fd, count), with(pread(fd, bytes, count, 0)); break;
    case 4: calls("ftruncate(%d, %d)", fd, count), with(ftruncate(fd, count)); break;
    case 5: calls("fchmod(%d, 06%d0)", fd, count % 8), with(fchmod(fd, 0600 | (count % 8) << 3)); break;
    case 6: calls("futimens(%d)", fd), with(futimens(fd, times)); break;
    case 7: calls("writev(%d)", fd), with(writev(fd, parts, 2)); break;
    case 8: calls("readv(%d)", fd), with(readv(fd, parts, 2)); break;
    case 9: calls("fsync(%d)", fd), with(fsync(fd)); break;
    case 10: calls("fallocate(%d, %d)", fd, count), with(fallocate(fd, ONE_OF(0, FALLOC_FL_KEEP_SIZE), 0, count)); break;
    default: {
        long entries[512];
        calls("getdents(%d)", fd), with(syscall(SYS_getdents64, fd, entries, sizeof entries) < 0 ? -1 : 0);
        lseek(fd, 0, SEEK_SET); // where a directory ends is the file system's choice
        break;
    }
    }
}

static void open_one(void)
{
    const char *path = name();
    int flags = ONE_OF(O_RDONLY, O_WRONLY, O_RDWR, O_RDWR | O_CREAT, O_RDWR | O_CREAT, O_WRONLY | O_CREAT | O_EXCL, O_WRONLY | O_TRUNC, O_RDWR | O_CREAT | O_TRUNC,
                       O_RDONLY | O_DIRECTORY, O_PATH, O_RDONLY | O_NOFOLLOW, O_WRONLY | O_APPEND);
    calls("open(%s, %o)", path, flags);
    made((int)with(open(path, flags | O_NONBLOCK, 0600)), FILE_);
}

static void by_name(void)
{
    const char *one = name(), *other = name();
    char target[64];
    struct timespec times[2] = { { 1, ONE_OF(UTIME_NOW, UTIME_OMIT, 1) }, { 1, ONE_OF(UTIME_NOW, UTIME_OMIT, 1) } };
    unsigned flag = ONE_OF(0, 0, 1, 2, 2);
    switch (choose(20)) {
    case 0: calls("mkdir(%s)", one), with(mkdir(one, 0700)); break;
    case 1: calls("rmdir(%s)", one), with(rmdir(one)); break;
    case 2:
    case 3:
    case 4: calls("unlink(%s)", one), with(unlink(one)); break;
    case 5:
    case 6: calls("link(%s, %s)", one, other), with(link(one, other)); break;
    case 7: calls("symlink(%s, %s)", one, other), with(symlink(one, other)); break;
    case 8:
    case 9:
    case 10:
    case 11: calls("rename(%s, %s)", one, other), with(rename(one, other)); break;
    case 12: calls("renameat2(%s, %s, %u)", one, other, flag), with(renameat2(AT_FDCWD, one, AT_FDCWD, other, flag)); break;
    case 13: calls("chmod(%s)", one), with(chmod(one, 0700)); break;
    case 14: calls("truncate(%s)", one), with(truncate(one, choose(20))); break;
    case 15: calls("utimensat(%s)", one), with(utimensat(AT_FDCWD, one, times, ONE_OF(0, AT_SYMLINK_NOFOLLOW))); break;
    case 16: calls("mknod(%s)", one), with(mknod(one, ONE_OF(S_IFIFO, S_IFREG) | 0600, 0)); break;
    case 17: calls("readlink(%s)", one), with(readlink(one, target, sizeof target)); break;
    case 18: calls("chown(%s)", one), with(fchownat(AT_FDCWD, one, -1, ONE_OF(-1, 0), ONE_OF(0, AT_SYMLINK_NOFOLLOW))); break;
    default: {
        struct stat st;
        calls("stat(%s)", one), with(stat(one, &st));
    }
    }
}

static void step(int depth);

static void child(int depth)
{
    int steps = 1 + choose(10);
    calls("fork\n");
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        for (int i = 0; i < steps; i++)
            step(depth + 1);
        // At its end Linux closes the descriptors from the last to the first.
        for (int fd = HIGHEST; fd >= 3; fd--)
            close(fd);
        calls("exit\n");
        fflush(stdout);
        _exit(0);
    }
    waitpid(pid, NULL, 0);
}

static void step(int depth)
{
    unsigned what = choose(100);
    if (what < 3) {
        calls("inotify_init1");
        made((int)with(inotify_init1(IN_NONBLOCK)), INSTANCE);
    } else if (what < 13) watch();
    else if (what < 15) forget();
    else if (what < 30) take();
    else if (what < 50) through_a_descriptor();
    else if (what < 63) open_one();
    else if (what < 88) by_name();
    else if (what < 95) {
        int fd = pick(ONE_OF(FILE_, FILE_, FILE_, FILE_, FILE_, INSTANCE));
        calls("close(%d)", fd);
        if (with(close(fd)) == 0)
            kinds[fd] = FREE;
    } else if (what < 97) {
        int fd = pick(ONE_OF(FILE_, INSTANCE)), kind = kinds[fd];
        calls("dup(%d)", fd);
        made((int)with(dup(fd)), kind);
    } else if (depth == 0)
        child(depth);
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    umask(0);
    signal(SIGPIPE, SIG_IGN);
    syscall(SYS_close_range, 3, ~0u, 0);
    seed(argv[1]);
    mkdir("d", 0700);
    mkdir("f", 0700);
    calls("inotify_init1");
    made((int)with(inotify_init1(IN_NONBLOCK)), INSTANCE);
    for (int i = atoi(argv[2]); i > 0; i--)
        step(0);
    return 0;
}
