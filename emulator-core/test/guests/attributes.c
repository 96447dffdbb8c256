/* Extended attributes. */
#include "guest.h"
#include <sys/xattr.h>

static void listed(const char *what, long n, char *names)
{
    if (n < 0) {
        printf("%s: %s\n", what, errno_name(errno));
        return;
    }
    /* Their order is the file system's own affair. */
    int found[3] = { 0 }, others = 0;
    for (long at = 0; at < n; at += strlen(names + at) + 1)
        if (strcmp(names + at, "user.a") == 0) found[0]++;
        else if (strcmp(names + at, "user.b") == 0) found[1]++;
        else if (strncmp(names + at, "user.", 5) == 0) found[2]++;
        else others++;
    printf("%s: a %d b %d others %d (%d)\n", what, found[0], found[1], found[2], others > 0);
    fflush(stdout);
}

static char value[70000], names[70000];

int main(void)
{
    umask(022);
    int fd = open("f", O_CREAT | O_RDWR, 0644);
    mkdir("d", 0755), symlink("f", "s"), mkfifo("p", 0644);
    section("set and get");
    CALL(getxattr("f", "user.a", value, 100));
    CALL(setxattr("f", "user.a", "one", 3, 0));
    CALL(getxattr("f", "user.a", value, 100));
    printf("%.3s\n", value);
    CALL(getxattr("f", "user.a", NULL, 0));
    CALL(getxattr("f", "user.a", value, 2));
    CALL(setxattr("f", "user.a", "two!", 4, XATTR_CREATE));
    CALL(setxattr("f", "user.a", "two!", 4, XATTR_REPLACE));
    CALL(setxattr("f", "user.b", "x", 1, XATTR_REPLACE));
    CALL(setxattr("f", "user.b", "", 0, XATTR_CREATE));
    CALL(setxattr("f", "user.b", "x", 1, XATTR_CREATE | XATTR_REPLACE));
    CALL(setxattr("f", "user.b", "x", 1, 4));
    CALL(fgetxattr(fd, "user.a", value, 100));
    CALL(fsetxattr(fd, "user.c", "by descriptor", 13, 0));
    CALL(getxattr("s", "user.c", value, 100));
    CALL(lgetxattr("s", "user.c", value, 100));
    listed("list", listxattr("f", names, sizeof names), names);
    CALL(listxattr("f", NULL, 0) >= 21);
    CALL(listxattr("f", names, 3));
    listed("flist", flistxattr(fd, names, sizeof names), names);
    CALL(removexattr("f", "user.c"));
    CALL(removexattr("f", "user.c"));
    CALL(fremovexattr(fd, "user.b"));
    listed("list", listxattr("f", names, sizeof names), names);

    section("what is refused");
    CALL(setxattr("f", "", "x", 1, 0));
    CALL(setxattr("f", "user.", "x", 1, 0));
    CALL(setxattr("f", "user", "x", 1, 0));
    CALL(setxattr("f", "strange.x", "x", 1, 0));
    CALL(getxattr("f", "strange.x", value, 1));
    CALL(getxattr("f", "system.x", value, 1));
    CALL(setxattr("f", "system.x", "x", 1, 0));
    memset(names, 'n', 256);
    memcpy(names, "user.", 5);
    names[256] = 0;
    CALL(setxattr("f", names, "x", 1, 0));
    CALL(getxattr("f", names, value, 1));
    CALL(setxattr("f", "user.x", NOWHERE, 10, 0));
    CALL(setxattr("f", NOWHERE, "x", 1, 0));
    CALL(getxattr("f", "user.a", NOWHERE, 10));
    CALL(setxattr("s", "user.link", "x", 1, 0));
    CALL(lsetxattr("s", "user.link", "x", 1, 0));
    CALL(lgetxattr("s", "user.link", value, 1));
    CALL(setxattr("p", "user.a", "x", 1, 0));
    CALL(getxattr("p", "user.a", value, 1));
    CALL(lremovexattr("s", "user.link"));
    CALL(setxattr("none", "user.a", "x", 1, 0));
    CALL(fsetxattr(99, "user.a", "x", 1, 0));
    int path = open("f", O_PATH);
    CALL(fgetxattr(path, "user.a", value, 1));
    CALL(fsetxattr(path, "user.a", value, 1, 0));
    CALL(flistxattr(path, names, sizeof names));
    close(path);
    int read_only = open("f", O_RDONLY);
    CALL(fsetxattr(read_only, "user.ro", "x", 1, 0));
    close(read_only);

    section("directories and other names");
    CALL(setxattr("d", "user.a", "dir", 3, 0));
    CALL(getxattr("d", "user.a", value, 100));
    CALL(link("f", "g"));
    CALL(getxattr("g", "user.a", value, 100));
    CALL(rename("g", "h"));
    CALL(getxattr("h", "user.a", value, 100));
    if (geteuid() == 0) {
        CALL(setxattr("f", "trusted.t", "x", 1, 0));
        CALL(getxattr("f", "trusted.t", value, 100));
        chmod("f", 0600), chmod("d", 01777);
        setegid(77), seteuid(77);
        CALL(getxattr("f", "user.a", value, 100));
        CALL(setxattr("f", "user.a", "x", 1, 0));
        CALL(getxattr("f", "trusted.t", value, 100));
        CALL(setxattr("f", "trusted.t", "x", 1, 0));
        CALL(setxattr("d", "user.mine", "x", 1, 0));
        listed("list", listxattr("f", names, sizeof names), names);
    }
    return 0;
}
