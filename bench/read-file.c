/* Reads a file in pieces of 64 KiB. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define PIECE 65536

int main(int argc, char **argv)
{
    char *piece = malloc(PIECE);
    int fd = argc > 1 ? open(argv[1], O_RDONLY) : -1;
    long got;
    if (fd < 0 || piece == NULL)
        return 1;
    while ((got = read(fd, piece, PIECE)) > 0)
        ;
    return got < 0;
}
