/* Names: directories, links, renames, paths that go wrong. */
#include "guest.h"

struct entry {
    unsigned long inode;
    long offset;
    unsigned short length;
    unsigned char type;
    char name[];
};

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void list(const char *path)
{
    char buffer[4096], *lines[64];
    int count = 0, fd = open(path, O_RDONLY | O_DIRECTORY);
    for (long length; (length = syscall(SYS_getdents64, fd, buffer, sizeof buffer)) > 0;) {
        for (char *at = buffer; at < buffer + length; at += ((struct entry *)at)->length) {
            struct entry *entry = (struct entry *)at;
            if (asprintf(&lines[count++], "%s type %d", entry->name, entry->type) == -1)
                exit(1);
        }
    }
    close(fd);
    qsort(lines, count, sizeof *lines, by_name);
    printf("%s:", path);
    for (int i = 0; i < count; i++)
        printf(" [%s]", lines[i]);
    putchar('\n');
}

static void make(const char *path) { close(open(path, O_CREAT | O_WRONLY, 0644)); }

static void directories(void)
{
    section("directories");
    CALL(mkdir("d", 0755));
    CALL(mkdir("d", 0755));
    CALL(mkdir("none/d", 0755));
    CALL(mkdirat(AT_FDCWD, "d/e", 0700));
    make("d/f");
    CALL(mkdir("d/f/g", 0700));
    CALL(symlink("f", "d/s"));
    list("d");
    list(".");
    CALL(rmdir("d"));
    CALL(rmdir("d/f"));
    CALL(unlink("d/e"));
    CALL(unlinkat(AT_FDCWD, "d/e", AT_REMOVEDIR));
    CALL(rmdir("d/."));
    char buffer[4096];
    int fd = open("d", O_RDONLY);
    CALL(syscall(SYS_getdents64, fd, buffer, 8));
    CALL(read(fd, buffer, 1));
    CALL(lseek(fd, 0, SEEK_SET));
    CALL(openat(fd, "f", O_RDONLY) - fd);
    close(fd + 1);
    CALL(unlinkat(fd, "s", 0));
    CALL(mkdirat(fd, "in-d", 0700));
    CALL(unlinkat(fd, "in-d", 0));
    CALL(unlinkat(fd, "in-d", AT_REMOVEDIR));
    close(fd);
    CALL(openat(99, "f", O_RDONLY));
    fd = open("d/f", O_RDONLY);
    CALL(openat(fd, "f", O_RDONLY));
    CALL(syscall(SYS_getdents64, fd, buffer, sizeof buffer));
    close(fd);
    list("d");
}

static void renames(void)
{
    section("renames");
    make("one");
    make("two");
    CALL(rename("one", "three"));
    CALL(rename("one", "three"));
    CALL(rename("three", "two"));
    CALL(rename("two", "d/two"));
    CALL(rename("d/two", "d"));
    CALL(rename("d", "d/two"));
    CALL(rename("d", "d/sub"));
    CALL(mkdir("e", 0700));
    CALL(rename("e", "d"));
    CALL(rename("d", "e"));
    list(".");
    list("e");
    CALL(renameat(AT_FDCWD, "e/two", AT_FDCWD, "two"));
    CALL(rename("two", "two"));
    CALL(link("two", "same"));
    CALL(rename("two", "same"));
    list(".");
    unlink("two");
    unlink("same");
    CALL(rename("e", "d"));
}

static void links(void)
{
    section("links");
    char text[64] = "";
    struct stat status;
    CALL(symlink("d/f", "to-file"));
    CALL(symlink("d/f", "to-file"));
    CALL(symlink("", "empty"));
    CALL(readlink("to-file", text, sizeof text));
    printf("%s\n", text);
    memset(text, 0, sizeof text);
    CALL(readlink("to-file", text, 2));
    printf("%s\n", text);
    CALL(readlink("to-file", text, 0));
    CALL(readlink("d/f", text, sizeof text));
    CALL(readlinkat(AT_FDCWD, "to-file", text, sizeof text));
    CALL(symlink("loop-b", "loop-a"));
    CALL(symlink("loop-a", "loop-b"));
    CALL(open("loop-a", O_RDONLY));
    CALL(open("to-file", O_RDONLY | O_NOFOLLOW));
    CALL(symlink("nothing", "dangling"));
    CALL(open("dangling", O_RDONLY));
    CALL(open("dangling", O_WRONLY | O_CREAT | O_EXCL, 0600));
    CALL(close(open("dangling", O_WRONLY | O_CREAT, 0600)));
    CALL(access("nothing", F_OK));
    CALL(link("d/f", "hard"));
    CALL(stat("hard", &status));
    printf("%ld names\n", (long)status.st_nlink);
    CALL(link("d", "hard-dir"));
    CALL(link("none", "x"));
    CALL(link("d/f", "hard"));
    CALL(linkat(AT_FDCWD, "to-file", AT_FDCWD, "hard-2", AT_SYMLINK_FOLLOW));
    stat("hard", &status);
    printf("%ld names\n", (long)status.st_nlink);
    CALL(unlink("hard"));
    list(".");
    const char *all[] = { "to-file", "loop-a", "loop-b", "dangling", "nothing", "hard-2" };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        CALL(unlink(all[i]));
}

static void paths(void)
{
    section("paths");
    char long_name[300], text[4096], start[4096];
    memset(long_name, 'n', sizeof long_name);
    long_name[299] = 0;
    CALL(open(long_name, O_RDONLY));
    long_name[255] = 0;
    CALL(open(long_name, O_RDONLY));
    CALL(close(open("./d/../d/./f", O_RDONLY)));
    CALL(close(open("d//f", O_RDONLY)));
    CALL(open("d/f/", O_RDONLY));
    CALL(open("d/f/..", O_RDONLY));
    CALL(getcwd(start, sizeof start) == start);
    CALL(chdir("d"));
    getcwd(text, sizeof text);
    printf("%s\n", text + strlen(start));
    CALL(syscall(SYS_getcwd, text, 2));
    CALL(access("f", R_OK));
    CALL(access("../d", X_OK));
    int fd = open("..", O_RDONLY);
    CALL(fchdir(fd));
    close(fd);
    CALL(chdir("d/f"));
    CALL(chdir("none"));
    CALL(unlink("d/f"));
    CALL(unlink("d"));
    CALL(rmdir("d"));
    list(".");
}

static void at_flags(void)
{
    struct stat status;
    section("flags of calls with a directory");
    make("file");
    symlink("file", "link");
    mkdir("folder", 0700);
    fstatat(AT_FDCWD, "link", &status, 0);
    printf("followed %d\n", S_ISREG(status.st_mode));
    fstatat(AT_FDCWD, "link", &status, AT_SYMLINK_NOFOLLOW);
    printf("not followed %d\n", S_ISLNK(status.st_mode));
    CALL(linkat(AT_FDCWD, "link", AT_FDCWD, "hard", AT_SYMLINK_FOLLOW));
    lstat("hard", &status);
    printf("the link’s file %d\n", S_ISREG(status.st_mode));
    unlink("hard");
    CALL(linkat(AT_FDCWD, "link", AT_FDCWD, "hard", 0));
    lstat("hard", &status);
    printf("the link itself %d\n", S_ISLNK(status.st_mode));
    CALL(linkat(AT_FDCWD, "link", AT_FDCWD, "other", AT_SYMLINK_NOFOLLOW));
    CALL(unlinkat(AT_FDCWD, "folder", 0));
    CALL(unlinkat(AT_FDCWD, "file", AT_REMOVEDIR));
    CALL(unlinkat(AT_FDCWD, "folder", AT_REMOVEDIR));
    CALL(unlinkat(AT_FDCWD, "file", 0x4000));
    CALL(fchownat(AT_FDCWD, "link", -1, -1, AT_SYMLINK_NOFOLLOW));
    CALL(utimensat(AT_FDCWD, "link", NULL, AT_SYMLINK_NOFOLLOW));
    CALL(unlinkat(AT_FDCWD, "file", 0));
    CALL(fchownat(AT_FDCWD, "link", -1, -1, 0));
    CALL(fchownat(AT_FDCWD, "link", -1, -1, AT_SYMLINK_NOFOLLOW));
    unlink("link");
    unlink("hard");
}

int main(void)
{
    directories();
    renames();
    links();
    paths();
    at_flags();
    return 0;
}
