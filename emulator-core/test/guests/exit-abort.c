/* abort(): SIGABRT first to the handler, then for good. */
#include "guest.h"

static void on_abort(int number)
{
    (void)number;
    if (write(1, "handled\n", 8) != 8)
        _exit(1);
}

int main(void)
{
    signal(SIGABRT, on_abort);
    abort();
}
