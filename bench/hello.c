/* What it takes to begin and to end. */
#include <stdio.h>

int main(void)
{
    puts("hello");
    return 0;
}
