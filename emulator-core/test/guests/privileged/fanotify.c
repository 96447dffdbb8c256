/* fanotify: instances, marks of files, directories and mounts, what events say and how they are merged. */
#include "../guest.h"
#include <poll.h>
#include <sys/fanotify.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

static void show(int fd, const char *when)
{
    char buffer[4096];
    printf("%s:", when);
    ssize_t n = read(fd, buffer, sizeof buffer);
    if (n < 0)
        printf(" %s", errno_name(errno));
    struct fanotify_event_metadata *e = (void *)buffer;
    for (; n > 0 && FAN_EVENT_OK(e, n); e = FAN_EVENT_NEXT(e, n)) {
        char path[64], link[256] = "";
        snprintf(path, sizeof path, "/proc/self/fd/%d", e->fd);
        readlink(path, link, sizeof link - 1);
        char *name = strrchr(link, '/');
        printf(" %llx %s%s %o", (unsigned long long)e->mask, name == NULL ? "-" : name + 1, e->pid == getpid() ? "" : " another's",
               fcntl(e->fd, F_GETFL) & 3);
        close(e->fd);
    }
    printf("\n");
    fflush(stdout);
}

static long mark(int fd, int flags, uint64_t mask, const char *path)
{
    return syscall(SYS_fanotify_mark, fd, flags, mask, AT_FDCWD, path);
}

static void touch(const char *path, const char *text)
{
    int fd = open(path, O_CREAT | O_RDWR, 0600);
    write(fd, text, strlen(text));
    close(fd);
}

int main(void)
{
    section("instances");
    CALL(fanotify_init(0x80000000, O_RDONLY));
    CALL(fanotify_init(0, 3));
    CALL(fanotify_init(0, O_CREAT));
    int fd = fanotify_init(FAN_CLOEXEC | FAN_NONBLOCK, O_RDWR);
    CALL(fcntl(fd, F_GETFD));
    CALL(fcntl(fd, F_GETFL));
    CALL(write(fd, "x", 1));
    CALL(read(fd, (char[8]){ 0 }, 8));
    section("marks");
    mkdir("d", 0700);
    touch("f", "1");
    CALL(mark(fd, FAN_MARK_ADD, 0, "f"));
    CALL(mark(fd, FAN_MARK_ADD | FAN_MARK_REMOVE, FAN_OPEN, "f"));
    CALL(mark(fd, 0, FAN_OPEN, "f"));
    CALL(mark(fd, FAN_MARK_ADD, FAN_CREATE, "f"));
    CALL(mark(fd, FAN_MARK_ADD, FAN_OPEN_PERM, "f"));
    CALL(mark(fd, FAN_MARK_ADD | FAN_MARK_ONLYDIR, FAN_OPEN, "f"));
    CALL(mark(fd, FAN_MARK_ADD, FAN_OPEN, "none"));
    CALL(mark(fd, FAN_MARK_REMOVE, FAN_OPEN, "f"));
    CALL(mark(0, FAN_MARK_ADD, FAN_OPEN, "f"));
    CALL(mark(fd, FAN_MARK_ADD, FAN_OPEN | FAN_CLOSE | FAN_MODIFY | FAN_ACCESS, "f"));
    touch("f", "22");
    struct pollfd p = { fd, POLLIN | POLLOUT, 0 };
    CALL(poll(&p, 1, 0));
    printf("%x\n", p.revents);
    int bytes = 0;
    CALL(ioctl(fd, FIONREAD, &bytes));
    printf("%d\n", bytes);
    show(fd, "merged");
    CALL(poll(&p, 1, 0));
    int f = open("f", O_RDONLY);
    read(f, &bytes, 1);
    show(fd, "opened, read");
    close(f);
    show(fd, "closed");
    if (fork() == 0) {
        touch("f", "4");
        _exit(0);
    }
    wait(NULL);
    show(fd, "a child");
    CALL(mark(fd, FAN_MARK_REMOVE, FAN_MODIFY | FAN_ACCESS, "f"));
    touch("f", "5");
    show(fd, "less");
    section("ignored");
    CALL(mark(fd, FAN_MARK_ADD | FAN_MARK_IGNORED_MASK, FAN_OPEN, "f"));
    f = open("f", O_RDWR);
    show(fd, "ignored");
    write(f, "6", 1);
    close(f);
    show(fd, "modified");
    close(open("f", O_RDONLY));
    show(fd, "no longer");
    CALL(mark(fd, FAN_MARK_ADD | FAN_MARK_IGNORED_MASK | FAN_MARK_IGNORED_SURV_MODIFY, FAN_OPEN, "f"));
    touch("f", "7");
    touch("f", "8");
    show(fd, "for good");
    CALL(mark(fd, FAN_MARK_FLUSH, 0, "f"));
    touch("f", "9");
    show(fd, "flushed");
    section("directories");
    CALL(mark(fd, FAN_MARK_ADD, FAN_OPEN | FAN_CLOSE_WRITE, "d"));
    touch("d/a", "1");
    close(open("d", O_RDONLY | O_DIRECTORY));
    show(fd, "not asked for");
    CALL(mark(fd, FAN_MARK_ADD, FAN_EVENT_ON_CHILD, "d"));
    touch("d/a", "1");
    show(fd, "a child's");
    CALL(mark(fd, FAN_MARK_FLUSH, 0, "d"));
    touch("d/b", "1");
    CALL(mark(fd, FAN_MARK_ADD, FAN_CLOSE_WRITE, "d/b"));
    touch("d/b", "2");
    unlink("d/b");
    show(fd, "gone");
    CALL(mark(fd, FAN_MARK_ADD | FAN_MARK_MOUNT, FAN_CLOSE_WRITE, "d"));
    CALL(mark(fd, FAN_MARK_REMOVE | FAN_MARK_MOUNT, FAN_CLOSE_WRITE, "d"));
    CALL(close(fd));
    unlink("d/a");
    unlink("f");
    rmdir("d");
    return 0;
}
