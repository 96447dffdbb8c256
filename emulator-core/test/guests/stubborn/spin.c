/* Never ends by itself and makes no call: only a signal ends it. With an argument it handles SIGINT: says so and exits with 7. */
#include <signal.h>
#include <unistd.h>

static void on_interrupt(int number)
{
    (void)number;
    write(1, "interrupted\n", 12);
    _exit(7);
}

int main(int count, char **arguments)
{
    (void)arguments;
    if (count > 1)
        signal(SIGINT, on_interrupt);
    write(1, "spinning\n", 9);
    for (volatile unsigned long turns = 0;; turns++)
        ;
}
