/* Maps and fills memory until there is no more of it; then it must still be able to go on. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define PIECE (4ul << 20)

int main(void)
{
    unsigned long pieces = 0;
    for (;;) {
        char *piece = mmap(NULL, PIECE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (piece == MAP_FAILED)
            break;
        memset(piece, 1, PIECE);
        pieces++;
    }
    printf("%s\n", errno == ENOMEM ? "ENOMEM" : strerror(errno));
    printf("more than 8 MiB before that: %d\n", pieces > 2);
    return 0;
}
