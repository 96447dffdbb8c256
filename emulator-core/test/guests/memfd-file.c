/* An anonymous memory file as a file: flags and names, seals one by one, offsets, mappings, what fstat, poll and fcntl say. */
#include "guest.h"
#include <poll.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8u
#define MFD_EXEC 0x10u
#endif
#ifndef F_SEAL_EXEC
#define F_SEAL_EXEC 0x20
#endif
#define PAGE 4096
#define HUGE_2MB (21u << 26)

static int made(const char *name, unsigned flags)
{
    int fd = memfd_create(name, flags);
    return fd == -1 ? -1 : close(fd);
}

static void creation(void)
{
    char name[260];
    section("flags");
    CALL(made("x", 0x20));
    CALL(made("x", HUGE_2MB));
    CALL(made("x", MFD_HUGETLB | MFD_ALLOW_SEALING));
    CALL(made("x", MFD_EXEC));
    CALL(made("x", MFD_NOEXEC_SEAL));
    CALL(made("x", MFD_EXEC | MFD_NOEXEC_SEAL));
    section("names");
    memset(name, 'n', sizeof name);
    name[249] = 0;
    CALL(made(name, 0));
    name[249] = 'n';
    name[250] = 0;
    CALL(made(name, 0));
    CALL(made("", 0));
    CALL(made("with/slashes", 0));
    CALL((int)syscall(SYS_memfd_create, NULL, 0));
    CALL((int)syscall(SYS_memfd_create, NULL, 0x20));
    section("its seals from the beginning");
    int fd = memfd_create("x", 0);
    CALL(fcntl(fd, F_GET_SEALS));
    CALL(fcntl(fd, F_ADD_SEALS, 0));
    close(fd);
    fd = memfd_create("x", MFD_ALLOW_SEALING);
    CALL(fcntl(fd, F_GET_SEALS));
    CALL(fcntl(fd, F_ADD_SEALS, 0x40));
    CALL(fcntl(fd, F_ADD_SEALS, F_SEAL_EXEC));
    CALL(fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL));
    CALL(fcntl(fd, F_ADD_SEALS, 0x40));
    close(fd);
}

static int sealed(int seals)
{
    int fd = memfd_create("sealed", MFD_ALLOW_SEALING);
    ftruncate(fd, PAGE);
    CALL(fcntl(fd, F_ADD_SEALS, seals));
    return fd;
}

static void *map(int fd, size_t length, int protection, int flags)
{
    void *at = mmap(NULL, length, protection, flags, fd, 0);
    return at == MAP_FAILED ? NULL : at;
}

static int mapped(int fd, size_t length, int protection, int flags)
{
    void *at = map(fd, length, protection, flags);
    return at == NULL ? -1 : munmap(at, length);
}

static void growing(void)
{
    section("F_SEAL_GROW");
    int fd = sealed(F_SEAL_GROW);
    CALL(pwrite(fd, "0123456789", 10, PAGE - 4));
    CALL(pwrite(fd, "0123456789", 10, PAGE));
    CALL(pwrite(fd, "0123456789", 10, 2 * PAGE));
    CALL(ftruncate(fd, PAGE + 1));
    CALL(ftruncate(fd, PAGE));
    CALL(ftruncate(fd, 10));
    close(fd);
    section("F_SEAL_SHRINK");
    fd = sealed(F_SEAL_SHRINK);
    CALL(ftruncate(fd, PAGE - 1));
    CALL(ftruncate(fd, PAGE));
    CALL(ftruncate(fd, 2 * PAGE));
    CALL(pwrite(fd, "0123456789", 10, 2 * PAGE));
    close(fd);
}

static void writing(void)
{
    section("F_SEAL_WRITE");
    int fd = sealed(F_SEAL_WRITE);
    CALL(pwrite(fd, "x", 1, 0));
    CALL(pwrite(fd, "", 0, 0));
    CALL(ftruncate(fd, 2 * PAGE));
    CALL(mapped(fd, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED));
    CALL(mapped(fd, PAGE, PROT_READ, MAP_SHARED));
    CALL(mapped(fd, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE));
    close(fd);
    section("F_SEAL_FUTURE_WRITE");
    fd = memfd_create("sealed", MFD_ALLOW_SEALING);
    ftruncate(fd, PAGE);
    char *before = map(fd, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED), byte;
    CALL(fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE));
    before[0] = 'b';
    CALL(pread(fd, &byte, 1, 0));
    printf("%c\n", byte);
    CALL(pwrite(fd, "x", 1, 0));
    CALL(mapped(fd, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED));
    CALL(mapped(fd, PAGE, PROT_READ, MAP_SHARED));
    munmap(before, PAGE);
    close(fd);
    section("F_SEAL_WRITE while it is mapped");
    fd = memfd_create("sealed", MFD_ALLOW_SEALING);
    ftruncate(fd, PAGE);
    char *shared = map(fd, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED);
    CALL(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
    munmap(shared, PAGE);
    char *private = map(fd, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE);
    CALL(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
    munmap(private, PAGE);
    CALL(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
    CALL(fcntl(fd, F_GET_SEALS));
    close(fd);
}

static void offsets(void)
{
    char text[16] = "";
    section("offsets");
    int fd = memfd_create("x", 0);
    CALL(write(fd, "0123456789", 10));
    CALL(read(fd, text, 4));
    CALL(lseek(fd, 2, SEEK_SET));
    CALL(read(fd, text, 4));
    printf("%.4s\n", text);
    CALL(lseek(fd, -1, SEEK_CUR));
    CALL(lseek(fd, -2, SEEK_END));
    CALL(read(fd, text, 16));
    CALL(read(fd, text, 16));
    CALL(lseek(fd, -5, SEEK_SET));
    CALL(lseek(fd, 0, SEEK_SET));
    CALL(lseek(fd, -5000, SEEK_SET));
    CALL(lseek(fd, 0, SEEK_SET));
    CALL(lseek(fd, 0, SEEK_DATA));
    CALL(lseek(fd, 0, SEEK_HOLE));
    CALL(lseek(fd, 0, 9));
    section("lengths");
    CALL(ftruncate(fd, -1));
    CALL(ftruncate(fd, 4));
    CALL(ftruncate(fd, 8));
    CALL(pread(fd, text, 16, 0));
    printf("%.4s, then %d %d %d %d\n", text, text[4], text[5], text[6], text[7]);
    CALL(pwrite(fd, "end", 3, 12));
    CALL(pread(fd, text, 16, 0));
    printf("%d %d %.3s\n", text[8], text[11], text + 12);
    CALL(ftruncate(fd, 1L << 45));
    close(fd);
}

static void mappings(void)
{
    section("mappings");
    int fd = memfd_create("x", 0);
    ftruncate(fd, PAGE + 1);
    CALL(mapped(fd, PAGE, PROT_READ, MAP_SHARED));
    CALL(mapped(fd, PAGE + 1, PROT_READ, MAP_SHARED));
    CALL(mapped(fd, 3 * PAGE, PROT_READ, MAP_PRIVATE));
    char *at = map(fd, PAGE, PROT_READ, MAP_SHARED);
    CALL(mprotect(at, PAGE, PROT_READ | PROT_WRITE));
    munmap(at, PAGE);
    at = map(fd, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED);
    CALL(mprotect(at, PAGE, PROT_READ));
    CALL(mprotect(at, PAGE, PROT_READ | PROT_WRITE));
    if (fork() == 0) {
        strcpy(at, "the child's");
        _exit(0);
    }
    wait(NULL);
    char text[16];
    pread(fd, text, 12, 0);
    printf("%s\n", text);
    munmap(at, PAGE);
    close(fd);
}

/* Sent through a socket it is the same file, with its offset. */
static void sent(void)
{
    section("sent through a socket");
    char space[CMSG_SPACE(sizeof(int))] = "", byte = 'x', text[8] = "";
    struct iovec part = { &byte, 1 };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof space };
    int ends[2], fd = memfd_create("x", 0), received;
    write(fd, "abcdef", 6);
    lseek(fd, 2, SEEK_SET);
    socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(header), &fd, sizeof fd);
    CALL(sendmsg(ends[0], &message, 0));
    memset(space, 0, sizeof space);
    message.msg_controllen = sizeof space;
    CALL(recvmsg(ends[1], &message, 0));
    memcpy(&received, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof received);
    CALL(read(received, text, 2));
    CALL(read(fd, text + 2, 2));
    printf("%s\n", text);
    close(received);
    close(fd);
    close(ends[0]);
    close(ends[1]);
}

static void as_a_file(void)
{
    struct stat status;
    int number, epoll = epoll_create1(0), fd = memfd_create("x", 0);
    write(fd, "12345", 5);
    section("as a file");
    CALL(fstat(fd, &status));
    printf("type %o, owner may write %d, size %ld, links %ld, inode %d, blocks of %ld\n", status.st_mode & S_IFMT,
           (status.st_mode & 0600) == 0600, (long)status.st_size, (long)status.st_nlink, status.st_ino != 0, (long)status.st_blksize);
    struct pollfd asked = { .fd = fd, .events = POLLIN | POLLOUT };
    CALL(poll(&asked, 1, 0));
    printf("%x\n", asked.revents);
    struct epoll_event event = { .events = EPOLLIN };
    CALL(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event));
    lseek(fd, 1, SEEK_SET);
    CALL((int)syscall(SYS_ioctl, fd, 0x541b, &number));
    CALL((int)syscall(SYS_ioctl, fd, 0x5401, &number));
    CALL(fcntl(fd, F_SETFL, O_NONBLOCK));
    printf("nonblocking %d\n", (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
    CALL((int)syscall(SYS_fadvise64, fd, 0, 0, POSIX_FADV_WILLNEED));
    CALL((int)syscall(SYS_readahead, fd, 0, 0));
    close(epoll);
    close(fd);
}

int main(void)
{
    creation();
    growing();
    writing();
    offsets();
    mappings();
    sent();
    as_a_file();
    return 0;
}
