/* For the debugger: signals that end a program, each from a function of its own; `handled`: one that does not, as a handler goes on from it. */
#include "../guest.h"
#include <setjmp.h>
#include <sys/mman.h>

static sigjmp_buf before;

static void again(int signo)
{
    siglongjmp(before, signo);
}

__attribute__((noinline)) static void store(volatile int *where)
{
    *where = 1;
}

__attribute__((noinline)) static int divide(volatile int by)
{
    return 7 / by;
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    if (strcmp(what, "handled") == 0) {
        signal(SIGSEGV, again);
        if (sigsetjmp(before, 1) == 0)
            store((int *)16);
        puts("handled");
        return 0;
    }
    if (strcmp(what, "segv") == 0)
        store((int *)16);
    if (strcmp(what, "noncanonical") == 0)
        store((int *)0x123456789abcdef0);
    if (strcmp(what, "bus") == 0) {
        FILE *empty = tmpfile();
        store(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fileno(empty), 0));
    }
    if (strcmp(what, "fpe") == 0)
        return divide(0);
    if (strcmp(what, "ill") == 0)
        __asm__ volatile("ud2");
    if (strcmp(what, "trap") == 0)
        __asm__ volatile("int3");
    if (strcmp(what, "abort") == 0)
        abort();
    if (strcmp(what, "terminated") == 0)
        raise(SIGTERM);
    return 0;
}
