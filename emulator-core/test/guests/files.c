/* Reading and writing: open's flags, positions, vectors, sizes, holes. */
#include "guest.h"
#include <sys/uio.h>

static void opening(void)
{
    section("open");
    CALL(open("a", O_RDONLY));
    int fd = CALL(open("a", O_RDWR | O_CREAT | O_EXCL, 0640));
    CALL(open("a", O_RDWR | O_CREAT | O_EXCL, 0640));
    CALL(write(fd, "0123456789", 10));
    CALL(close(fd));
    CALL(close(fd));
    fd = CALL(openat(AT_FDCWD, "a", O_WRONLY | O_APPEND));
    CALL(lseek(fd, 2, SEEK_SET));
    CALL(write(fd, "abc", 3));
    CALL(lseek(fd, 0, SEEK_CUR));
    char byte;
    CALL(read(fd, &byte, 1));
    close(fd);
    fd = CALL(open("a", O_RDONLY));
    CALL(write(fd, "x", 1));
    close(fd);
    CALL(open(".", O_WRONLY));
    CALL(open("a", O_RDONLY | O_DIRECTORY));
    CALL(open("a/b", O_RDONLY));
    CALL(open("", O_RDONLY));
    fd = CALL(open("a", O_RDWR | O_TRUNC));
    CALL(lseek(fd, 0, SEEK_END));
    close(fd);
    fd = CALL(creat("b", 0600));
    close(fd);
    CALL(unlink("b"));
}

static void positions(void)
{
    section("positions");
    char text[32] = "";
    int fd = open("a", O_RDWR | O_TRUNC);
    CALL(pwrite(fd, "hello world", 11, 5));
    CALL(lseek(fd, 0, SEEK_CUR));
    CALL(pread(fd, text, 5, 11));
    printf("%s\n", text);
    CALL(pread(fd, text, 5, 100));
    CALL(pread(fd, text, 5, -1));
    CALL(lseek(fd, -1, SEEK_SET));
    CALL(lseek(fd, 3, SEEK_SET));
    CALL(lseek(fd, -3, SEEK_CUR));
    CALL(lseek(fd, -4, SEEK_END));
    CALL(lseek(fd, 0, 99));
    CALL(lseek(fd, 1000, SEEK_SET));
    CALL(read(fd, text, 4));
    CALL(write(fd, "end", 3));
    CALL(lseek(fd, 0, SEEK_END));
    memset(text, 'x', sizeof text);
    CALL(pread(fd, text, 4, 500));
    printf("a hole reads as %d %d %d %d\n", text[0], text[1], text[2], text[3]);
    CALL(close(fd));
}

static void vectors(void)
{
    section("vectors");
    int fd = open("a", O_RDWR | O_TRUNC);
    struct iovec parts[3] = { { "one ", 4 }, { "", 0 }, { "two", 3 } };
    CALL(writev(fd, parts, 3));
    CALL(pwritev(fd, parts, 1, 7));
    char first[4], second[16];
    struct iovec into[2] = { { first, sizeof first }, { second, sizeof second } };
    CALL(preadv(fd, into, 2, 2));
    printf("%.4s|%.5s\n", first, second);
    lseek(fd, 0, SEEK_SET);
    CALL(readv(fd, into, 2));
    printf("%.4s|%.7s\n", first, second);
    CALL(readv(fd, into, 0));
    CALL(syscall(SYS_readv, fd, NULL, -1L));
    CALL(syscall(SYS_readv, fd, NULL, 1025L));
    close(fd);
}

static void sizes(void)
{
    section("sizes");
    int fd = open("a", O_RDWR | O_TRUNC);
    struct stat status;
    CALL(ftruncate(fd, 5000));
    fstat(fd, &status);
    printf("size %ld\n", (long)status.st_size);
    CALL(ftruncate(fd, 10));
    fstat(fd, &status);
    printf("size %ld\n", (long)status.st_size);
    CALL(ftruncate(fd, -1));
    CALL(truncate("a", 3));
    fstat(fd, &status);
    printf("size %ld\n", (long)status.st_size);
    CALL(truncate("none", 3));
    CALL(truncate(".", 3));
    CALL(readahead(fd, 0, 4096));
    CALL(readahead(-1, 0, 4096));
    CALL(posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL));
    CALL(fsync(fd));
    CALL(fdatasync(fd));
    close(fd);
    fd = open("a", O_RDONLY);
    CALL(ftruncate(fd, 0));
    close(fd);
    CALL(unlink("a"));
    CALL(unlink("a"));
}

static void unlinked(void)
{
    section("a file that has no name any more");
    char text[8] = "";
    int fd = open("gone", O_RDWR | O_CREAT, 0600);
    unlink("gone");
    CALL(write(fd, "still", 5));
    CALL(pread(fd, text, 5, 0));
    struct stat status;
    CALL(fstat(fd, &status));
    printf("%s, %ld names\n", text, (long)status.st_nlink);
    close(fd);
}

int main(void)
{
    opening();
    positions();
    vectors();
    sizes();
    unlinked();
    return 0;
}
