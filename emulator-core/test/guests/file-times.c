/* Times of files: the utimes family, and what else changes them. */
#include "guest.h"
#include <sys/time.h>
#include <utime.h>

static struct timespec before;

/* A time as it is, or in a word if it is the present. */
static void one(const char *name, struct timespec t)
{
    if (t.tv_sec >= before.tv_sec - 1)
        printf(" %s now", name);
    else
        printf(" %s %ld.%09ld", name, (long)t.tv_sec, t.tv_nsec);
}
static void show(const char *path)
{
    struct stat s;
    lstat(path, &s);
    printf("%s:", path);
    one("a", s.st_atim), one("m", s.st_mtim), one("c", s.st_ctim);
    printf("\n");
    fflush(stdout);
}

static long at(int fd, const char *path, long as, long an, long ms, long mn, int flags)
{
    struct timespec t[2] = { { as, an }, { ms, mn } };
    return syscall(SYS_utimensat, fd, path, t, flags);
}

int main(void)
{
    clock_gettime(CLOCK_REALTIME, &before);
    int fd = open("f", O_CREAT | O_RDWR, 0644);
    symlink("f", "s");
    section("utimensat");
    CALL(at(AT_FDCWD, "f", 1000, 5, 2000, 6, 0));
    show("f");
    CALL(at(AT_FDCWD, "f", 0, UTIME_OMIT, 3000, 7, 0));
    show("f");
    CALL(at(AT_FDCWD, "f", 4000, 1, 0, UTIME_OMIT, 0));
    show("f");
    CALL(at(AT_FDCWD, "f", 0, UTIME_NOW, 5, 5, 0));
    show("f");
    CALL(at(AT_FDCWD, "f", -5, 100, -2, 999999999, 0));
    show("f");
    CALL(at(AT_FDCWD, "f", 0, UTIME_OMIT, 0, UTIME_OMIT, 0));
    CALL(at(AT_FDCWD, "none", 0, UTIME_OMIT, 0, UTIME_OMIT, 0));
    CALL(at(AT_FDCWD, "f", 1, 1000000000, 2, 2, 0));
    CALL(at(AT_FDCWD, "f", 1, -1, 2, 2, 0));
    CALL(at(AT_FDCWD, "f", 1, 1, 2, 2, 0x800));
    CALL(at(AT_FDCWD, "none", 1, 1, 2, 2, 0));
    CALL(at(AT_FDCWD, "s", 10, 1, 20, 2, AT_SYMLINK_NOFOLLOW));
    show("s"), show("f");
    CALL(at(fd, NULL, 30, 1, 40, 2, 0));
    show("f");
    CALL(at(fd, NULL, 30, 1, 40, 2, AT_SYMLINK_NOFOLLOW));
    CALL(at(fd, "", 50, 1, 60, 2, AT_EMPTY_PATH));
    show("f");
    CALL(at(AT_FDCWD, NULL, 30, 1, 40, 2, 0));
    CALL(at(99, NULL, 30, 1, 40, 2, 0));
    CALL(syscall(SYS_utimensat, AT_FDCWD, "f", NULL, 0));
    show("f");
    CALL(syscall(SYS_utimensat, AT_FDCWD, "f", NOWHERE, 0));
    int path = open("f", O_PATH);
    CALL(at(path, NULL, 1, 1, 1, 1, 0));
    CALL(at(path, "", 1, 1, 1, 1, AT_EMPTY_PATH));
    close(path);

    section("the older ones");
    struct timeval tv[2] = { { 100, 5 }, { 200, 999999 } };
    CALL(syscall(SYS_utimes, "f", tv));
    show("f");
    tv[0].tv_usec = 1000000;
    CALL(syscall(SYS_utimes, "f", tv));
    tv[0].tv_usec = -1;
    CALL(syscall(SYS_utimes, "f", tv));
    CALL(syscall(SYS_utimes, "s", NULL));
    show("f");
    struct utimbuf u = { 300, 400 };
    CALL(syscall(SYS_utime, "f", &u));
    show("f");
    CALL(syscall(SYS_utime, "none", &u));
    CALL(syscall(SYS_utime, "f", NOWHERE));
    tv[0].tv_usec = 1;
    CALL(syscall(SYS_futimesat, AT_FDCWD, "f", tv));
    show("f");
    CALL(syscall(SYS_futimesat, fd, NULL, tv));
    CALL(syscall(SYS_futimesat, 99, "f", tv));

    section("what changes them");
    mkdir("d", 0755);
    at(AT_FDCWD, "f", 10, 0, 10, 0, 0), at(AT_FDCWD, "d", 10, 0, 10, 0, 0);
    char byte;
    write(fd, "x", 1);
    show("f");
    at(AT_FDCWD, "f", 10, 0, 10, 0, 0);
    pread(fd, &byte, 1, 0);
    show("f");
    at(AT_FDCWD, "f", 10, 0, 10, 0, 0);
    pread(fd, &byte, 1, 100);
    show("f");
    ftruncate(fd, 1);
    show("f");
    at(AT_FDCWD, "f", 10, 0, 10, 0, 0);
    truncate("f", 1);
    show("f");
    at(AT_FDCWD, "f", 10, 0, 10, 0, 0);
    close(open("f", O_WRONLY | O_TRUNC));
    show("f");
    at(AT_FDCWD, "f", 10, 0, 10, 0, 0);
    chmod("f", 0600), link("f", "g");
    show("f");
    write(fd, "", 0);
    show("f");
    close(open("d/x", O_CREAT | O_WRONLY, 0600));
    show("d");
    at(AT_FDCWD, "d", 10, 0, 10, 0, 0);
    close(open("d/x", O_CREAT | O_WRONLY, 0600));
    show("d");
    rename("d/x", "d/y");
    show("d");
    at(AT_FDCWD, "d", 10, 0, 10, 0, 0);
    unlink("d/y");
    show("d");
    at(AT_FDCWD, "d", 10, 0, 10, 0, 0);
    unlink("d/none");
    show("d");
    at(AT_FDCWD, "s", 10, 0, 10, 0, AT_SYMLINK_NOFOLLOW);
    char target[8];
    readlink("s", target, 8);
    show("s");
    close(fd);
    fd = open("f", O_RDONLY | O_NOATIME);
    at(AT_FDCWD, "f", 10, 0, 10, 0, 0);
    pread(fd, &byte, 1, 0);
    show("f");
    close(fd);
    if (geteuid() == 0) {
        section("somebody else");
        chmod(".", 0777), chmod("f", 0666), chown("f", 1, 1);
        setegid(77), seteuid(77);
        CALL(at(AT_FDCWD, "f", 1, 1, 2, 2, 0));
        CALL(at(AT_FDCWD, "f", 0, UTIME_NOW, 0, UTIME_OMIT, 0));
        CALL(at(AT_FDCWD, "f", 0, UTIME_NOW, 0, UTIME_NOW, 0));
        CALL(at(AT_FDCWD, "f", 0, UTIME_OMIT, 0, UTIME_OMIT, 0));
        CALL(syscall(SYS_utimensat, AT_FDCWD, "f", NULL, 0));
        CALL(syscall(SYS_utimes, "f", tv));
        CALL(syscall(SYS_utime, "f", NULL));
        CALL(open("f", O_RDONLY | O_NOATIME));
        seteuid(0);
        chmod("f", 0644);
        seteuid(77);
        CALL(syscall(SYS_utimensat, AT_FDCWD, "f", NULL, 0));
        CALL(syscall(SYS_utime, "f", NULL));
        CALL(at(AT_FDCWD, "f", 0, UTIME_NOW, 0, UTIME_NOW, 0));
    }
    return 0;
}
