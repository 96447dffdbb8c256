/* Files without a name in a file system, opened again by /proc/self/fd: memory files, pipes, sockets; room and holes in a memory file. */
#include "guest.h"
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>

static char entry[64];

static const char *by(int fd)
{
    snprintf(entry, sizeof entry, "/proc/self/fd/%d", fd);
    return entry;
}

static void memory_file(void)
{
    char text[16] = "";
    struct stat status;

    section("memory file");
    int fd = memfd_create("again", MFD_ALLOW_SEALING);
    CALL(write(fd, "0123456789", 10));
    int reader = open(by(fd), O_RDONLY);
    CALL(read(reader, text, 4));
    printf("%s\n", text);
    CALL(lseek(fd, 0, SEEK_CUR));
    CALL(lseek(reader, 0, SEEK_CUR));
    CALL(write(reader, "x", 1));
    CALL(ftruncate(reader, 1));
    CALL(fcntl(reader, F_ADD_SEALS, F_SEAL_GROW));
    CALL(fcntl(reader, F_GET_SEALS));
    report_ok("mmap", mmap(NULL, 4096, PROT_READ, MAP_SHARED, reader, 0) == MAP_FAILED ? -1 : 0);
    report_ok("mmap to write", mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, reader, 0) == MAP_FAILED ? -1 : 0);
    int writer = open(by(fd), O_WRONLY | O_APPEND);
    CALL(write(writer, "ab", 2));
    CALL(read(writer, text, 1));
    CALL(lseek(fd, 0, SEEK_END));
    CALL(truncate(by(fd), 5));
    CALL(lseek(fd, 0, SEEK_END));
    CALL(close(open(by(fd), O_RDWR | O_TRUNC)));
    CALL(lseek(fd, 0, SEEK_END));
    CALL(fchmod(fd, 0640));
    CALL(chmod(by(fd), 0600));
    fstat(fd, &status);
    printf("mode %o\n", status.st_mode);
    CALL(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK));
    CALL(write(fd, "kept", 4));
    CALL(open(by(fd), O_RDWR | O_TRUNC));
    CALL(close(fd));
    CALL(close(writer));
    CALL(pread(reader, text, 4, 10));
}

static void room(void)
{
    char text[4] = { 1, 1, 1, 1 };
    struct stat status;

    section("room in a memory file");
    int fd = memfd_create("room", MFD_ALLOW_SEALING);
    CALL(fallocate(fd, 0, 0, 10000));
    CALL(lseek(fd, 0, SEEK_END));
    fstat(fd, &status);
    printf("blocks %ld\n", (long)status.st_blocks);
    CALL(fallocate(fd, FALLOC_FL_KEEP_SIZE, 8192, 12288));
    CALL(lseek(fd, 0, SEEK_END));
    char *at = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    memset(at, 'x', 8192);
    CALL(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 100, 5000));
    printf("%d %d %d %d\n", at[99], at[100], at[4096], at[5100]);
    CALL(pread(fd, text, 4, 98));
    printf("%d %d %d %d\n", text[0], text[1], text[2], text[3]);
    CALL(fallocate(fd, 0x10 /* ZERO_RANGE */, 0, 4096));
    CALL(fallocate(fd, 0x8 /* COLLAPSE_RANGE */, 0, 4096));
    CALL(fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, 4096));
    CALL(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW));
    CALL(fallocate(fd, 0, 0, 20000));
    CALL(fallocate(fd, 0, 0, 10000));
    munmap(at, 8192);
    CALL(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
    CALL(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096));
}

static void pipes(void)
{
    int ends[2];
    char text[8] = "";
    struct stat status;

    section("pipe");
    if (pipe2(ends, O_NONBLOCK) != 0)
        exit(1);
    int writer = open(by(ends[0]), O_WRONLY | O_NONBLOCK | O_APPEND);
    CALL(write(writer, "one", 3));
    CALL(read(ends[0], text, 8));
    printf("%s\n", text);
    printf("flags of the first: %d\n", (fcntl(ends[1], F_GETFL) & O_APPEND) != 0);
    CALL(close(ends[1]));
    CALL(write(writer, "two", 3));
    CALL(close(writer));
    CALL(read(ends[0], text, 8));
    CALL(read(ends[0], text, 8));
    CALL(chmod(by(ends[0]), 0444));
    fstat(ends[0], &status);
    printf("mode %o\n", status.st_mode);
    CALL(chown(by(ends[0]), getuid(), getgid()));
}

static void others(void)
{
    struct stat status;

    section("others");
    int s = socket(AF_UNIX, SOCK_STREAM, 0);
    CALL(open(by(s), O_RDWR));
    CALL(chmod(by(s), 0600));
    fstat(s, &status);
    printf("mode %o\n", status.st_mode);
    CALL(open(by(eventfd(0, 0)), O_RDWR));
}

int main(void)
{
    memory_file();
    room();
    pipes();
    others();
    return 0;
}
