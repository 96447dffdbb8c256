/* Standard input to standard output, in upper case; says on standard error how much there was. */
#include "guest.h"
#include <ctype.h>

int main(int argc, char **argv)
{
    int c, count = 0;
    for (int i = 1; i < argc; i++)
        printf("[%s]", argv[i]);
    while ((c = getchar()) != EOF) {
        count++;
        putchar(toupper(c));
    }
    fprintf(stderr, "%d bytes\n", count);
    return count & 127;
}
