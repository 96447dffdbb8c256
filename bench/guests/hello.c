/* As little as a program can do: what is left is the time to start one. */
#include <stdio.h>

int main(void)
{
    puts("hello");
    return 0;
}
