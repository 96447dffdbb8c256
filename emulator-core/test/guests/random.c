/* getrandom and the random devices: enough bytes, not all the same, never twice the same. */
#include "guest.h"
#include <sys/random.h>

static int varied(const unsigned char *bytes, int count)
{
    int seen[256] = { 0 }, kinds = 0;
    for (int i = 0; i < count; i++)
        kinds += seen[bytes[i]]++ == 0;
    return kinds > 64;
}

int main(void)
{
    unsigned char first[256], second[256], byte;
    CALL(getrandom(first, sizeof first, 0));
    CALL(getrandom(second, sizeof second, GRND_NONBLOCK));
    printf("varied %d %d, different %d\n", varied(first, 256), varied(second, 256), memcmp(first, second, 256) != 0);
    CALL(getrandom(first, 0, 0));
    CALL(getrandom(first, 16, GRND_RANDOM));
    CALL(getrandom(first, 16, 1234));
    CALL(syscall(SYS_getrandom, NOWHERE, 16, 0));
    int fd = open("/dev/urandom", O_RDONLY);
    CALL(read(fd, first, sizeof first));
    printf("varied %d\n", varied(first, 256));
    close(fd);
    section("other devices");
    fd = open("/dev/zero", O_RDWR);
    CALL(read(fd, &byte, 1));
    printf("%d\n", byte);
    CALL(write(fd, "x", 1));
    close(fd);
    fd = open("/dev/null", O_RDWR);
    CALL(read(fd, &byte, 1));
    CALL(write(fd, "xyz", 3));
    CALL(lseek(fd, 10, SEEK_SET));
    close(fd);
    fd = open("/dev/full", O_RDWR);
    CALL(read(fd, &byte, 1));
    CALL(write(fd, "x", 1));
    close(fd);
    return 0;
}
