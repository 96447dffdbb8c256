/* memfd_create: names, sizes, sharing, seals. */
#include "guest.h"
#include <sys/mman.h>

#define WRITABLE PROT_READ | PROT_WRITE

static int mapped(int protection, int flags, int fd)
{
    void *at = mmap(NULL, 4096, protection, flags, fd, 0);
    if (at == MAP_FAILED)
        return -1;
    munmap(at, 4096);
    return 0;
}

int main(void)
{
    char text[64] = "", path[64];
    struct stat status;
    section("created");
    int fd = CALL(memfd_create("a name", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    CALL(fcntl(fd, F_GETFD));
    CALL(memfd_create("x", 0x800));
    CALL(syscall(SYS_memfd_create, NOWHERE, 0));
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    CALL(readlink(path, text, sizeof text - 1));
    printf("%s\n", text);
    CALL(fstat(fd, &status));
    printf("size %ld, mode %o, file %d\n", (long)status.st_size, status.st_mode & 07777, S_ISREG(status.st_mode));
    CALL(ftruncate(fd, 8192));
    CALL(pwrite(fd, "content", 7, 4000));
    CALL(pread(fd, text, 7, 4000));
    CALL(lseek(fd, 0, SEEK_END));
    section("shared");
    char *one = mmap(NULL, 8192, WRITABLE, MAP_SHARED, fd, 0), *two = mmap(NULL, 8192, WRITABLE, MAP_SHARED, fd, 0);
    strcpy(one + 100, "seen by all");
    printf("%s, %.7s\n", two + 100, two + 4000);
    CALL(pread(fd, text, 11, 100));
    CALL(pwrite(fd, "SEEN", 4, 100));
    printf("%s\n", one + 100);
    section("sealed");
    CALL(fcntl(fd, F_GET_SEALS));
    CALL(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
    CALL(munmap(one, 8192));
    CALL(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
    CALL(munmap(two, 8192));
    CALL(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK));
    CALL(ftruncate(fd, 4096));
    CALL(ftruncate(fd, 12288));
    CALL(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW));
    CALL(ftruncate(fd, 16384));
    CALL(pwrite(fd, "12345678", 8, 12284));
    CALL(pwrite(fd, "x", 1, 12288));
    CALL(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
    CALL(pwrite(fd, "x", 1, 0));
    CALL(mapped(WRITABLE, MAP_SHARED, fd));
    CALL(mapped(PROT_READ, MAP_SHARED, fd));
    CALL(mapped(WRITABLE, MAP_PRIVATE, fd));
    CALL(fcntl(fd, F_ADD_SEALS, 0x1000));
    CALL(fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL));
    CALL(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
    CALL(fcntl(fd, F_GET_SEALS));
    CALL(close(fd));
    section("not sealable");
    fd = CALL(memfd_create("", 0));
    CALL(fcntl(fd, F_GET_SEALS));
    CALL(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
    CALL(fcntl(0, F_GET_SEALS));
    return 0;
}
