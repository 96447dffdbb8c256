/* usage: read-file FILE: reads it in pieces of 64 KiB, prints the milliseconds that took. */
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static char piece[64 * 1024];

int main(int argc, char **argv)
{
    int fd = argc > 1 ? open(argv[1], O_RDONLY) : -1;
    struct timespec start, end;
    ssize_t got;

    if (fd < 0) {
        perror("read-file");
        return 1;
    }
    clock_gettime(CLOCK_MONOTONIC, &start);
    while ((got = read(fd, piece, sizeof piece)) > 0)
        ;
    clock_gettime(CLOCK_MONOTONIC, &end);
    printf("%.3f\n", (end.tv_sec - start.tv_sec) * 1e3 + (end.tv_nsec - start.tv_nsec) / 1e6);
    return got < 0;
}
