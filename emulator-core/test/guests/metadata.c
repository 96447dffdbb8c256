/* What stat and its relatives say, and how it is changed: modes, times, access. */
#include "guest.h"

static const char *kind(mode_t mode)
{
    return S_ISREG(mode) ? "file" : S_ISDIR(mode) ? "directory" : S_ISLNK(mode) ? "link" : S_ISCHR(mode) ? "character device"
         : S_ISFIFO(mode) ? "fifo" : S_ISSOCK(mode) ? "socket" : "other";
}

static void print_status(const char *what, const struct stat *status)
{
    printf("%s: %s, mode %04o", what, kind(status->st_mode), status->st_mode & 07777);
    if (S_ISREG(status->st_mode))
        printf(", size %ld, %ld names", (long)status->st_size, (long)status->st_nlink);
    putchar('\n');
}

static void kinds(void)
{
    section("kinds");
    struct stat status;
    int fd = open("f", O_CREAT | O_RDWR, 0644);
    CALL(write(fd, "twelve bytes", 12));
    CALL(symlink("f", "s"));
    CALL(mkdir("d", 0750));
    CALL(mkfifo("p", 0622));
    CALL(stat("s", &status));
    print_status("stat s", &status);
    CALL(lstat("s", &status));
    printf("lstat s: %s, size %ld\n", kind(status.st_mode), (long)status.st_size);
    CALL(fstat(fd, &status));
    print_status("fstat f", &status);
    ino_t inode = status.st_ino;
    dev_t device = status.st_dev;
    CALL(fstatat(AT_FDCWD, "f", &status, 0));
    printf("same inode %d, same device %d\n", status.st_ino == inode, status.st_dev == device);
    CALL(fstatat(AT_FDCWD, "s", &status, AT_SYMLINK_NOFOLLOW));
    printf("%s\n", kind(status.st_mode));
    CALL(fstatat(fd, "", &status, AT_EMPTY_PATH));
    print_status("by descriptor", &status);
    CALL(fstatat(fd, "", &status, 0));
    CALL(fstatat(AT_FDCWD, "f", &status, 0x40000000));
    CALL(stat("d", &status));
    print_status("d", &status);
    CALL(stat("p", &status));
    print_status("p", &status);
    CALL(stat("/dev/null", &status));
    print_status("/dev/null", &status);
    CALL(stat("none", &status));
    CALL(stat("f/none", &status));
    CALL(fstat(99, &status));
    close(fd);
}

/* Not every C library has statx. */
struct extended {
    uint32_t mask, block_size;
    uint64_t attributes;
    uint32_t names, user, group;
    uint16_t mode, pad;
    uint64_t inode, size, rest[26];
};

enum { TYPE = 0x1, SIZE = 0x200, BASIC_STATS = 0x7ff, ALL = 0xfff };

static long statx_raw(int fd, const char *path, int flags, unsigned mask, void *status)
{
    return syscall(SYS_statx, fd, path, flags, mask, status);
}

static void extended(void)
{
    section("statx");
    struct extended status;
    memset(&status, 0, sizeof status);
    CALL(statx_raw(AT_FDCWD, "f", 0, BASIC_STATS, &status));
    printf("basic %d, %s, mode %04o, size %lu\n", (status.mask & BASIC_STATS) == BASIC_STATS,
           kind(status.mode), status.mode & 07777, (unsigned long)status.size);
    CALL(statx_raw(AT_FDCWD, "s", AT_SYMLINK_NOFOLLOW, TYPE, &status));
    printf("%s\n", kind(status.mode));
    CALL(statx_raw(AT_FDCWD, "none", 0, ALL, &status));
    CALL(statx_raw(AT_FDCWD, "f", 0x40000000, ALL, &status));
    CALL(statx_raw(AT_FDCWD, "f", 0, 0x80000000, &status));
    int fd = open("f", O_RDONLY);
    CALL(statx_raw(fd, "", AT_EMPTY_PATH, SIZE, &status));
    printf("size %lu\n", (unsigned long)status.size);
    close(fd);
}

static void modes(void)
{
    section("modes");
    struct stat status;
    CALL(chmod("f", 0601));
    stat("f", &status);
    print_status("f", &status);
    int fd = open("f", O_RDWR);
    CALL(fchmod(fd, 04755));
    fstat(fd, &status);
    print_status("f", &status);
    close(fd);
    CALL(fchmodat(AT_FDCWD, "s", 0644, 0));
    stat("f", &status);
    print_status("f", &status);
    CALL(chmod("none", 0600));
    CALL(umask(027));
    close(open("masked", O_CREAT | O_WRONLY, 0666));
    stat("masked", &status);
    print_status("masked", &status);
    CALL(mkdir("masked-d", 0777));
    stat("masked-d", &status);
    print_status("masked-d", &status);
    CALL(umask(022));
    CALL(access("f", F_OK));
    CALL(access("f", R_OK | W_OK));
    CALL(access("f", 99));
    CALL(faccessat(AT_FDCWD, "none", F_OK, 0));
    CALL(chown("f", -1, -1));
    unlink("masked");
    rmdir("masked-d");
}

static void times(void)
{
    section("times");
    struct stat status;
    struct timespec both[2] = { { 1000000000, 5 }, { 1234567890, 123456789 } };
    CALL(utimensat(AT_FDCWD, "f", both, 0));
    stat("f", &status);
    printf("accessed %ld.%09ld, modified %ld.%09ld\n", (long)status.st_atim.tv_sec, status.st_atim.tv_nsec,
           (long)status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
    both[0].tv_nsec = UTIME_OMIT;
    both[1].tv_sec = 77;
    CALL(utimensat(AT_FDCWD, "f", both, 0));
    stat("f", &status);
    printf("accessed %ld, modified %ld\n", (long)status.st_atim.tv_sec, (long)status.st_mtim.tv_sec);
    both[1].tv_nsec = 1000000000;
    CALL(utimensat(AT_FDCWD, "f", both, 0));
    both[1].tv_nsec = UTIME_NOW;
    CALL(utimensat(AT_FDCWD, "f", both, 0));
    stat("f", &status);
    printf("modified recently %d\n", status.st_mtim.tv_sec >= time(NULL) - 60);
    nap(20);
    struct timespec before = status.st_mtim;
    int fd = open("f", O_WRONLY);
    CALL(write(fd, "x", 1));
    close(fd);
    stat("f", &status);
    printf("a write moves the time on %d\n",
           status.st_mtim.tv_sec > before.tv_sec || (status.st_mtim.tv_sec == before.tv_sec && status.st_mtim.tv_nsec > before.tv_nsec));
}

int main(void)
{
    umask(022);
    kinds();
    extended();
    modes();
    times();
    CALL(unlink("f"));
    CALL(unlink("s"));
    CALL(unlink("p"));
    CALL(rmdir("d"));
    return 0;
}
