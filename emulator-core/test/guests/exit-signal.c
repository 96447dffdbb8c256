/* Is ended by a signal that nobody handles: the shell's status is 128 + 11. */
#include "guest.h"

int main(void)
{
    puts("about to touch what is not there");
    fflush(stdout);
    *(volatile int *)NOWHERE = 1;
    puts("not reached");
    return 0;
}
