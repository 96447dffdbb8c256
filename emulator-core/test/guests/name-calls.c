/* Names and the newer calls about them: renameat2, linkat, O_TMPFILE, O_PATH, openat2, name_to_handle_at, and which error a path's parts give. */
#include "guest.h"
#include <sys/syscall.h>

struct how { uint64_t flags, mode, resolve; };
enum { NO_XDEV = 1, NO_MAGICLINKS = 2, NO_SYMLINKS = 4, BENEATH = 8, IN_ROOT = 16, CACHED = 32 };
#ifndef O_TMPFILE
#define O_TMPFILE (020000000 | O_DIRECTORY)
#endif

static long rename2(const char *from, const char *to, unsigned flags) { return syscall(316, AT_FDCWD, from, AT_FDCWD, to, flags); }
static long open2(int dir, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve)
{
    struct how how = { flags, mode, resolve };
    long fd = syscall(437, dir, path, &how, sizeof how);
    if (fd < 0)
        return -1;
    close(fd);
    return 0;
}
static long touch(const char *path)
{
    int fd = open(path, O_CREAT | O_WRONLY, 0644);
    if (fd >= 0)
        write(fd, path, strlen(path)), close(fd);
    return fd < 0 ? -1 : 0;
}
static void content(const char *path)
{
    char text[64] = "";
    int fd = open(path, O_RDONLY);
    long n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    struct stat s;
    if (lstat(path, &s) == -1)
        printf("%s: %s\n", path, errno_name(errno));
    else
        printf("%s: type %o, %d names, %ld bytes '%s'\n", path, s.st_mode >> 12, (int)s.st_nlink, n, text);
    if (fd >= 0)
        close(fd);
    fflush(stdout);
}

static void renaming(void)
{
    section("rename");
    touch("a"), touch("b"), mkdir("d", 0755), mkdir("e", 0755), touch("e/x"), symlink("a", "s");
    CALL(rename("none", "b"));
    CALL(rename("a", "none/b"));
    CALL(rename("a", "b"));
    content("b");
    CALL(rename("b", "d"));
    CALL(rename("d", "b"));
    CALL(rename("d", "e"));
    CALL(rename("e", "d"));
    content("d"), content("d/x");
    CALL(rename("d", "d/inside"));
    CALL(rename("d", "d"));
    CALL(rename("b", "b"));
    CALL(rename("b", "b/"));
    CALL(rename("b/", "c"));
    CALL(rename("d/", "f/"));
    CALL(rename("f/.", "g"));
    CALL(rename("f/..", "g"));
    CALL(rename("f", "."));
    CALL(rename("f", ".."));
    CALL(rename("f/x", "f"));
    CALL(rename("s", "t"));
    content("t");
    CALL(link("b", "b2"));
    CALL(rename("b", "b2"));
    content("b");
    CALL(rename("b", "/dev/shm/interlinear-other"));
    CALL(rename("", "x"));
    CALL(rename("b", ""));

    section("renameat2");
    touch("one"), touch("two"), mkdir("dir", 0755);
    CALL(rename2("one", "two", 1));
    CALL(rename2("one", "three", 1));
    CALL(rename2("three", "one", 0));
    CALL(rename2("one", "two", 2));
    content("one"), content("two");
    CALL(rename2("one", "none", 2));
    CALL(rename2("none", "one", 2));
    CALL(rename2("one", "dir", 2));
    content("one"), content("dir");
    CALL(rename2("one", "dir", 2));
    CALL(rename2("one", "dir", 3));
    CALL(rename2("one", "one", 2));
    CALL(rename2("one", "one", 1));
    CALL(rename2("dir", "dir/in", 2));
    CALL(mkdir("dir/in", 0755));
    CALL(rename2("dir", "dir/in", 2));
    CALL(rename2("dir/in", "dir", 2));
    CALL(rename2("one", "two", 8));
    CALL(rename2("one", "two", 6));
    struct stat s;
    mkdir("p", 0755), mkdir("p/q", 0755), touch("f1");
    CALL(rename2("p/q", "f1", 2));
    stat("p", &s);
    printf("p has %d links\n", (int)s.st_nlink);
}

static void linking(void)
{
    section("link");
    touch("l"), symlink("l", "sl"), symlink("nowhere", "broken"), mkdir("ld", 0755);
    CALL(link("l", "l2"));
    content("l2");
    CALL(link("l", "l2"));
    CALL(link("l", "ld"));
    CALL(link("l", "ld/l"));
    CALL(link("ld", "ld2"));
    CALL(link("none", "x"));
    CALL(link("l/", "x"));
    CALL(link("l", "x/"));
    CALL(link("sl", "sl2"));
    content("sl2");
    CALL(linkat(AT_FDCWD, "sl", AT_FDCWD, "sl3", AT_SYMLINK_FOLLOW));
    content("sl3");
    CALL(linkat(AT_FDCWD, "broken", AT_FDCWD, "sl4", AT_SYMLINK_FOLLOW));
    CALL(linkat(AT_FDCWD, "l", AT_FDCWD, "x", 0x40000));
    CALL(link("l", "/dev/shm/interlinear-other"));
    int fd = open("l", O_RDONLY);
    CALL(linkat(fd, "", AT_FDCWD, "by-fd", 0));
    close(fd);

    section("symlink");
    CALL(symlink("", "empty"));
    CALL(symlink("x", "l"));
    CALL(symlink("x", "ld"));
    CALL(symlink("x", "new/"));
    CALL(symlink("x", ""));
    char text[16];
    CALL(readlink("sl", text, sizeof text));
    CALL(readlink("sl", text, 0));
    CALL(readlink("l", text, sizeof text));
    CALL(readlink("none", text, sizeof text));
    CALL(readlink("ld", text, sizeof text));
    CALL(symlink("a-longer-target", "long"));
    CALL(readlink("long", text, 4));
}

static void unnamed(void)
{
    section("O_TMPFILE");
    int fd = WORKS(open(".", O_TMPFILE | O_RDWR, 0640));
    struct stat s;
    fstat(fd, &s);
    printf("%d names, mode %o\n", (int)s.st_nlink, s.st_mode);
    CALL(write(fd, "hidden", 6));
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    CALL(linkat(AT_FDCWD, path, AT_FDCWD, "shown", AT_SYMLINK_FOLLOW));
    content("shown");
    CALL(linkat(AT_FDCWD, path, AT_FDCWD, "shown", AT_SYMLINK_FOLLOW));
    close(fd);
    fd = open(".", O_TMPFILE | O_RDWR | O_EXCL, 0600);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    CALL(linkat(AT_FDCWD, path, AT_FDCWD, "never", AT_SYMLINK_FOLLOW));
    close(fd);
    CALL(open(".", O_TMPFILE | O_RDONLY, 0600));
    CALL(open("l", O_TMPFILE | O_RDWR, 0600));
    CALL(open("none", O_TMPFILE | O_RDWR, 0600));
    fd = open("l", O_RDONLY);
    unlink("l"), unlink("l2"), unlink("ld/l"), unlink("sl3");
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    CALL(linkat(AT_FDCWD, path, AT_FDCWD, "revived", AT_SYMLINK_FOLLOW));
    close(fd);
}

static void places(void)
{
    section("O_PATH");
    touch("f"), symlink("f", "fs"), mkdir("fd", 0755), touch("fd/x");
    int fd = WORKS(open("f", O_PATH));
    char text[8];
    struct stat s;
    CALL(read(fd, text, 1));
    CALL(write(fd, text, 1));
    CALL(fchmod(fd, 0600));
    CALL(fchown(fd, -1, -1));
    CALL(lseek(fd, 0, SEEK_SET));
    CALL(fstat(fd, &s));
    CALL(ftruncate(fd, 0));
    CALL(fsync(fd));
    CALL(fcntl(fd, F_GETFL) & ~0100000);
    CALL(fcntl(fd, F_SETFL, O_NONBLOCK));
    CALL(fcntl(fd, F_GETFD));
    struct flock lock = { .l_type = F_RDLCK };
    CALL(fcntl(fd, F_GETLK, &lock));
    CALL(fcntl(fd, F_DUPFD, 200));
    CALL(close(200));
    CALL(syscall(SYS_mmap, 0, 4096, 1, 2, fd, 0L));
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int again = WORKS(open(path, O_RDWR));
    CALL(read(again, text, 1));
    close(again);
    close(fd);
    CALL(open("fs", O_RDONLY | O_NOFOLLOW));
    fd = WORKS(open("fs", O_PATH | O_NOFOLLOW));
    fstat(fd, &s);
    printf("type %o\n", s.st_mode >> 12);
    CALL(readlinkat(fd, "", text, sizeof text));
    CALL(fchownat(fd, "", -1, -1, AT_EMPTY_PATH));
    close(fd);
    fd = WORKS(open("fd", O_PATH | O_DIRECTORY));
    again = WORKS(openat(fd, "x", O_RDONLY));
    close(again);
    char entries[512];
    CALL(syscall(SYS_getdents64, fd, entries, sizeof entries));
    CALL(fchdir(fd));
    CALL(access("x", F_OK));
    CALL(chdir(".."));
    close(fd);
    CALL(open("f", O_PATH | O_DIRECTORY));
    CALL(open("none", O_PATH | O_CREAT, 0600));
}

static void resolving(void)
{
    section("openat2");
    mkdir("r", 0755), touch("r/f"), symlink("f", "r/s"), symlink("..", "r/up"), symlink("/r/f", "r/abs"), mkdir("r/sub", 0755);
    symlink("loop", "r/loop");
    int dir = open("r", O_RDONLY | O_DIRECTORY);
    CALL(open2(dir, "f", O_RDONLY, 0, 0));
    CALL(open2(dir, "f", O_RDONLY, 0644, 0));
    CALL(open2(dir, "n", O_RDWR | O_CREAT, 0600, 0));
    CALL(open2(dir, "n2", O_RDWR | O_CREAT, 010000, 0));
    CALL(open2(dir, "f", 1ULL << 40, 0, 0));
    CALL(open2(dir, "f", O_RDONLY, 0, 0x40));
    CALL(open2(dir, "f", O_RDONLY, 0, BENEATH | IN_ROOT));
    CALL(open2(dir, "../r/f", O_RDONLY, 0, BENEATH));
    CALL(open2(dir, "sub/../f", O_RDONLY, 0, BENEATH));
    CALL(open2(dir, "up/r/f", O_RDONLY, 0, BENEATH));
    CALL(open2(dir, "/f", O_RDONLY, 0, BENEATH));
    CALL(open2(dir, "abs", O_RDONLY, 0, BENEATH));
    CALL(open2(dir, "s", O_RDONLY, 0, BENEATH));
    CALL(open2(dir, "/f", O_RDONLY, 0, IN_ROOT));
    CALL(open2(dir, "../../../f", O_RDONLY, 0, IN_ROOT));
    CALL(open2(dir, "up/up/f", O_RDONLY, 0, IN_ROOT));
    CALL(open2(dir, "abs", O_RDONLY, 0, IN_ROOT));
    CALL(open2(dir, "s", O_RDONLY, 0, NO_SYMLINKS));
    CALL(open2(dir, "s", O_PATH | O_NOFOLLOW, 0, NO_SYMLINKS));
    CALL(open2(dir, "sub/../s", O_RDONLY | O_NOFOLLOW, 0, 0));
    CALL(open2(dir, "loop", O_RDONLY, 0, 0));
    CALL(open2(AT_FDCWD, "/proc/self/exe", O_RDONLY, 0, NO_MAGICLINKS));
    CALL(open2(AT_FDCWD, "/proc/self/exe", O_PATH | O_NOFOLLOW, 0, NO_MAGICLINKS));
    CALL(open2(AT_FDCWD, "/proc/version", O_RDONLY, 0, NO_XDEV));
    CALL(open2(dir, "sub/../f", O_RDONLY, 0, NO_XDEV));
    struct how how = { .flags = O_RDONLY };
    CALL(syscall(437, dir, "f", &how, 16UL));
    CALL(syscall(437, dir, "f", NULL, sizeof how));
    CALL(syscall(437, dir, "f", &how, 5000UL));
    struct { struct how how; uint64_t more; } bigger = { .more = 1 };
    CALL(syscall(437, dir, "f", &bigger, sizeof bigger));
    bigger.more = 0;
    WORKS(syscall(437, dir, "f", &bigger, sizeof bigger));
    close(dir);
}

static void paths(void)
{
    section("paths");
    char name[260], path[5000];
    memset(name, 'n', sizeof name);
    name[255] = 0;
    CALL(touch(name));
    CALL(unlink(name));
    name[255] = 'n', name[256] = 0;
    CALL(touch(name));
    CALL(mkdir(name, 0700));
    CALL(symlink("x", name));
    CALL(rename("f", name));
    CALL(access(name, F_OK));
    CALL(unlink(name));
    memset(path, '/', sizeof path);
    path[4095] = 0;
    CALL(access(path, F_OK));
    path[4095] = '/', path[4096] = 0;
    CALL(access(path, F_OK));
    memset(path, 'x', 4095), path[4095] = 0;
    CALL(access(path, F_OK));
    CALL(symlink(path, "longest"));
    CALL(access("longest", F_OK));
    symlink("l1", "l0"), symlink("l0", "l1");
    CALL(access("l0", F_OK));
    CALL(access("l0/x", F_OK));
    CALL(open("l0", O_RDONLY | O_CREAT, 0600));
    CALL(mkdir("l0", 0700));
    CALL(mkdir("broken", 0700));
    CALL(mkdir("broken/x", 0700));
    CALL(open("broken", O_WRONLY | O_CREAT | O_EXCL, 0600));
    CALL(open("broken", O_WRONLY | O_CREAT, 0600));
    CALL(access("nowhere", F_OK));
    CALL(unlink("nowhere"));
    CALL(mkdir("broken/", 0700));
    CALL(access("f/", F_OK));
    CALL(access("f/.", F_OK));
    CALL(access("f/..", F_OK));
    CALL(access("none/..", F_OK));
    CALL(open("new/", O_CREAT | O_WRONLY, 0600));
    CALL(open("fd/", O_CREAT | O_RDONLY, 0600));
    CALL(open("fd", O_CREAT | O_RDONLY, 0600));
    CALL(open("fd", O_CREAT | O_DIRECTORY | O_RDONLY, 0600));
    CALL(open("none", O_CREAT | O_DIRECTORY | O_RDONLY, 0600));
    CALL(mkdir("made/", 0700));
    CALL(rmdir("made/"));
    CALL(rmdir("."));
    CALL(rmdir("fd/."));
    CALL(rmdir("fd/.."));
    CALL(rmdir("fd"));
    CALL(rmdir("/"));
    CALL(mkdir("/", 0700));
    CALL(mkdir(".", 0700));
    CALL(mkdir("..", 0700));
    CALL(unlink("."));
    CALL(unlink("fd"));
    CALL(unlink("fd/"));
    CALL(unlink("f/"));
    CALL(unlink("/"));
    CALL(unlink(""));
    CALL(unlinkat(AT_FDCWD, "f", AT_REMOVEDIR));
    CALL(unlinkat(AT_FDCWD, "f", 1));
    CALL(mknod("f/x", S_IFREG, 0));
    CALL(mknod("f", S_IFREG, 0));
    CALL(mknod("odd", 0170000, 0));
    CALL(mknod("sock", S_IFSOCK | 0600, 0));
    CALL(open("sock", O_RDONLY));
    CALL(mknod("reg", 0600, 0));
    content("reg");
    char here[4096];
    WORKS(getcwd(here, sizeof here) == NULL ? -1 : 0);
    CALL(syscall(SYS_getcwd, here, 2UL));
    CALL(syscall(SYS_getcwd, here, 0UL));
    CALL(syscall(SYS_getcwd, NOWHERE, 4096UL));
    CALL(mkdir("gone", 0700));
    CALL(chdir("gone"));
    CALL(rmdir("../gone"));
    CALL(syscall(SYS_getcwd, here, sizeof here));
    CALL(open("x", O_CREAT | O_WRONLY, 0600));
    CALL(mkdir("x", 0700));
    CALL(access(".", F_OK));
    CALL(access("..", F_OK));
    CALL(chdir(".."));
}

static void handles(void)
{
    section("file handles");
    struct { unsigned bytes; int type; unsigned char handle[128]; } h = { .bytes = 0 };
    int mount;
    CALL(syscall(303, AT_FDCWD, "f", &h, &mount, 0));
    CALL(h.bytes > 0);
    CALL(syscall(303, AT_FDCWD, "none", &h, &mount, 0));
    h.bytes = 128;
    CALL(syscall(303, AT_FDCWD, "f", &h, &mount, 0x40000000));
    h.bytes = 129;
    CALL(syscall(303, AT_FDCWD, "f", &h, &mount, 0));
    h.bytes = 128;
    CALL(syscall(303, AT_FDCWD, "f", &h, &mount, 0));
    int dir = open(".", O_RDONLY);
    int fd = WORKS(syscall(304, dir, &h, O_RDONLY));
    char text[8] = "";
    CALL(read(fd, text, 1));
    printf("%s\n", text);
    close(fd);
    h.bytes = 0;
    CALL(syscall(304, dir, &h, O_RDONLY));
    h.bytes = 128;
    CALL(syscall(304, -1, &h, O_RDONLY));
    close(dir);
}

int main(void)
{
    umask(022);
    renaming();
    linking();
    unnamed();
    places();
    resolving();
    paths();
    handles();
    return 0;
}
