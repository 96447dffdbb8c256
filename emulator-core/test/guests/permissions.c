/* Who may do what with files: owners, groups, sticky and set-group-id directories, and which error comes first. As the superuser it also tries it as somebody else. */
#include "guest.h"
#include <grp.h>
#include <sys/wait.h>

#ifndef AT_EACCESS
#define AT_EACCESS 0x200
#endif
enum { SOMEBODY = 4242, ANOTHER = 4343 };

static void show(const char *path)
{
    struct stat s;
    if (lstat(path, &s) == -1)
        printf("%s: %s\n", path, errno_name(errno));
    else
        printf("%s: mode %o owner %d group %d\n", path, s.st_mode, (int)s.st_uid, (int)s.st_gid);
    fflush(stdout);
}

static void make(const char *path, mode_t mode, uid_t uid, gid_t gid)
{
    close(open(path, O_CREAT | O_WRONLY, 0600));
    chown(path, uid, gid);
    chmod(path, mode);
}

static void folder(const char *path, mode_t mode, uid_t uid, gid_t gid)
{
    mkdir(path, 0700);
    chown(path, uid, gid);
    chmod(path, mode);
}

static long faccessat2_raw(int fd, const char *path, int mode, int flags) { return syscall(439, fd, path, mode, flags); }
static long try_open(const char *path, int flags)
{
    int fd = open(path, flags, 0644);
    if (fd < 0)
        return -1;
    close(fd);
    return 0;
}

static void prepare(void)
{
    make("private", 0600, 0, 0);
    make("readable", 0644, 0, 0);
    make("grouped", 0060, 0, SOMEBODY);
    make("owned", 0077, SOMEBODY, 0);
    make("program", 0711, 0, 0);
    make("setid", 06777, SOMEBODY, SOMEBODY);
    folder("closed", 0700, 0, 0);
    make("closed/inside", 0666, 0, 0);
    folder("list", 0744, 0, 0);
    make("list/inside", 0666, 0, 0);
    folder("pass", 0711, 0, 0);
    make("pass/inside", 0666, 0, 0);
    folder("sticky", 01777, 0, 0);
    make("sticky/others", 0666, 0, 0);
    make("sticky/own", 0600, SOMEBODY, SOMEBODY);
    folder("sticky/own-folder", 0700, SOMEBODY, SOMEBODY);
    folder("open", 0777, 0, 0);
    make("open/others", 0600, 0, 0);
    folder("open/full", 0755, 0, 0);
    make("open/full/x", 0666, 0, 0);
    folder("inherits", 02777, 0, ANOTHER);
    folder("home", 0755, SOMEBODY, SOMEBODY);
}

static void anybody(void)
{
    section("opening");
    CALL(try_open("private", O_RDONLY));
    CALL(try_open("readable", O_RDONLY));
    CALL(try_open("readable", O_RDWR));
    CALL(try_open("readable", O_RDONLY | O_TRUNC));
    CALL(try_open("grouped", O_RDWR));
    CALL(try_open("owned", O_RDONLY));
    CALL(try_open("closed/inside", O_RDONLY));
    CALL(try_open("closed/nothing", O_RDONLY));
    CALL(try_open("closed/nothing", O_RDONLY | O_CREAT));
    CALL(try_open("pass/inside", O_RDONLY));
    CALL(try_open("pass/new", O_WRONLY | O_CREAT));
    CALL(try_open("pass", O_RDONLY));
    CALL(try_open("list", O_RDONLY));
    CALL(try_open("list/inside", O_RDONLY));
    CALL(try_open("list/new", O_WRONLY | O_CREAT));
    CALL(try_open("sticky/others", O_RDWR));
    CALL(try_open("private", O_PATH));
    CALL(try_open("closed/inside", O_PATH));
    CALL(try_open("open/made", O_RDONLY | O_CREAT | O_EXCL));
    show("open/made");
    CALL(try_open("readable/under", O_RDONLY));
    CALL(try_open("private/under", O_RDONLY | O_CREAT));

    section("access");
    CALL(access("private", F_OK));
    CALL(access("private", R_OK));
    CALL(access("program", X_OK));
    CALL(access("program", R_OK));
    CALL(access("readable", X_OK));
    CALL(access("closed", X_OK));
    CALL(access("closed/inside", F_OK));
    CALL(access("owned", R_OK));
    CALL(access("owned", W_OK));
    CALL(access("readable", 8));
    CALL(faccessat2_raw(AT_FDCWD, "private", R_OK, AT_EACCESS));
    CALL(faccessat2_raw(AT_FDCWD, "private", R_OK, 0x4000));

    section("changing names");
    CALL(unlink("readable"));
    CALL(unlink("private"));
    CALL(unlink("nothing"));
    CALL(unlink("closed/inside"));
    CALL(unlink("sticky/others"));
    CALL(rename("sticky/others", "sticky/mine"));
    CALL(rename("sticky/own", "sticky/others"));
    CALL(rename("sticky/own", "open/own"));
    CALL(rename("open/own", "sticky/own"));
    CALL(rename("open/full", "open/moved"));
    CALL(rename("open/others", "open/full"));
    CALL(unlink("open/full"));
    CALL(unlink("sticky/own"));
    CALL(rmdir("open/full"));
    CALL(rmdir("open/moved"));
    CALL(rmdir("sticky/own-folder"));
    CALL(rmdir("closed"));
    CALL(rmdir("readable"));
    CALL(mkdir("pass/new", 0777));
    CALL(mkdir("readable/new", 0777));
    CALL(mkdir("private", 0777));
    CALL(mkdir("closed", 0777));
    CALL(link("open/full/x", "pass/linked"));
    CALL(link("readable", "private"));
    CALL(symlink("readable", "pass/s"));
    CALL(mknod("pass/p", S_IFIFO | 0644, 0));
    CALL(mknod("open/p", S_IFIFO | 0666, 0));
    show("open/p");

    section("a directory that hands on its group");
    CALL(mkdir("inherits/d", 0777));
    show("inherits/d");
    CALL(try_open("inherits/f", O_RDWR | O_CREAT));
    show("inherits/f");
    CALL(symlink("x", "inherits/s"));
    show("inherits/s");
    CALL(mkdir("inherits/d/e", 0700));
    show("inherits/d/e");

    section("changing attributes");
    CALL(chmod("private", 0666));
    CALL(chmod("closed/inside", 0666));
    CALL(chmod("owned", 0644));
    CALL(chmod("home", 07777));
    show("home");
    CALL(chmod("home", 0755));
    CALL(chown("owned", 0, -1));
    CALL(chown("owned", SOMEBODY, -1));
    CALL(chown("owned", -1, ANOTHER));
    CALL(chown("owned", -1, 55));
    CALL(chown("owned", -1, -1));
    CALL(chown("private", -1, -1));
    CALL(chown("setid", SOMEBODY, -1));
    show("setid");
    CALL(chmod("setid", 06755));
    show("setid");
    CALL(chown("setid", -1, ANOTHER));
    show("setid");
    CALL(truncate("private", 0));
    CALL(truncate("closed", 0));
    CALL(try_open("home/mine", O_RDWR | O_CREAT));
    CALL(chmod("home/mine", 06777));
    show("home/mine");
    int fd = open("home/mine", O_WRONLY);
    CALL(write(fd, "x", 1));
    show("home/mine");
    CALL(fchmod(fd, 04755));
    show("home/mine");
    CALL(ftruncate(fd, 0));
    show("home/mine");
    CALL(fchmod(fd, 06755));
    CALL(chown("home/mine", -1, -1));
    show("home/mine");
    CALL(fchmod(fd, 0));
    CALL(write(fd, "x", 1));
    CALL(try_open("home/mine", O_RDONLY));
    CALL(close(fd));

    section("being in a directory");
    CALL(chdir("closed"));
    CALL(chdir("list"));
    CALL(chdir("readable"));
    CALL(chdir("home"));
    CALL(try_open("../closed/inside", O_RDONLY));
    CALL(chdir(".."));
    CALL(chroot("home"));
    CALL(mknod("home/device", S_IFCHR | 0666, 0x103));
    CALL(mknod("home/folder", S_IFDIR | 0666, 0));
    CALL(mknod("home/file", S_IFREG | 0666, 0));
    show("home/file");
}

/* In a child: what it does with its identity is gone afterwards. */
static void as(const char *title, void (*become)(void), void (*then)(void))
{
    printf("== %s\n", title);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        become();
        then();
        exit(0);
    }
    int status;
    waitpid(child, &status, 0);
    printf("ended with %d\n", status);
}

static void become_somebody(void)
{
    gid_t groups[] = { ANOTHER };
    if (setgroups(1, groups) == -1 || setresgid(SOMEBODY, SOMEBODY, SOMEBODY) == -1 || setresuid(SOMEBODY, SOMEBODY, SOMEBODY) == -1)
        exit(9);
}

static void become_half(void)
{
    if (setresuid(SOMEBODY, 0, 0) == -1)
        exit(9);
}

static void stay(void) {}

static void half(void)
{
    section("access asks for the real user");
    CALL(access("private", R_OK));
    CALL(faccessat(AT_FDCWD, "private", R_OK, 0));
    CALL(faccessat2_raw(AT_FDCWD, "private", R_OK, AT_EACCESS));
    CALL(access("closed/inside", R_OK));
    CALL(try_open("private", O_RDONLY));
    CALL(access("owned", R_OK));
    CALL(access("readable", W_OK));
}

static void root(void)
{
    section("the superuser");
    CALL(try_open("closed/inside", O_RDWR));
    CALL(access("readable", X_OK));
    CALL(access("program", X_OK));
    CALL(access("closed", X_OK));
    CALL(unlink("sticky/others"));
    CALL(mknod("device", S_IFCHR | 0600, 0x103));
    show("device");
    CALL(try_open("device", O_RDWR));
    CALL(mknod("strange", S_IFBLK | 0600, 0xfe01));
    CALL(try_open("strange", O_RDWR));
    CALL(chown("setid", 1, 1));
    show("setid");
    CALL(chmod("setid", 06711));
    CALL(chown("setid", -1, -1));
    show("setid");
    CALL(chmod("setid", 02701));
    CALL(chown("setid", 2, 2));
    show("setid");
    CALL(chmod("setid", 06711));
    int fd = open("setid", O_WRONLY);
    CALL(write(fd, "x", 1));
    show("setid");
    CALL(close(fd));
    CALL(lchown("inherits/s", 7, 8));
    show("inherits/s");
    CALL(chmod("inherits/s", 0600));
}

int main(void)
{
    umask(022);
    prepare();
    if (getuid() == 0) {
        as("somebody", become_somebody, anybody);
        as("half", become_half, half);
        as("root", stay, root);
    } else
        as("as I am", stay, anybody);
    umask(077);
    mkdir("masked", 0777);
    show("masked");
    umask(0);
    close(open("unmasked", O_CREAT | O_WRONLY, 07777));
    show("unmasked");
    CALL(umask(07777));
    CALL(umask(0));
    return 0;
}
