/* mmap's flags, one by one, and the break: what they change. */
#include "guest.h"
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define PAGE 4096
#define RW (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

static void without_effect(void)
{
    static const struct { const char *name; int flag; } flags[] = {
        { "MAP_DENYWRITE", 0x800 }, { "MAP_EXECUTABLE", 0x1000 }, { "MAP_NORESERVE", 0x4000 }, { "MAP_POPULATE", 0x8000 },
        { "MAP_NONBLOCK", 0x10000 }, { "MAP_STACK", 0x20000 }, { "bit 23", 1 << 23 }, { "bit 31", 1 << 31 },
    };
    section("flags without an effect");
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        char *at = mmap(NULL, PAGE, RW, ANON | flags[i].flag, -1, 0);
        printf("%s: %s\n", flags[i].name, at == MAP_FAILED ? errno_name(errno) : at[0] == 0 ? "zeros" : "something");
        munmap(at, PAGE);
    }
}

static void placed(void)
{
    section("flags that say where");
    char *old = mmap(NULL, PAGE, RW, ANON, -1, 0);
    old[0] = 'x';
    char *at = mmap(old, PAGE, RW, ANON | 0x100000, -1, 0);
    printf("MAP_FIXED_NOREPLACE: %s, the old one is left %d\n", at == MAP_FAILED ? errno_name(errno) : "mapped elsewhere", old[0] == 'x');
    at = mmap(NULL, PAGE, RW, ANON | 0x40, -1, 0);
    printf("MAP_32BIT: below 2 GB %d\n", (uintptr_t)at < 1UL << 31);
    at = mmap(old, PAGE, RW, ANON | MAP_FIXED, -1, 0);
    printf("MAP_FIXED: there %d, zeros %d\n", at == old, at[0] == 0);
    at = mmap(NULL, PAGE, RW, ANON | MAP_LOCKED, -1, 0);
    printf("MAP_LOCKED: %s\n", at == MAP_FAILED ? errno_name(errno) : "mapped");
}

/* A place with nothing around it, so that a stack may grow there. */
static void grows(void)
{
    section("a mapping that grows downwards");
    size_t room = 64 << 20;
    char *low = mmap(NULL, room, PROT_NONE, ANON | MAP_NORESERVE, -1, 0), *wanted = low + room - PAGE;
    munmap(low, room);
    char *at = mmap(wanted, PAGE, RW, ANON | MAP_FIXED | MAP_GROWSDOWN, -1, 0);
    printf("there %d\n", at == wanted);
    at[0] = at[-PAGE] = at[-2 * PAGE] = 'x';
    printf("below it %d\n", at[-PAGE] == 'x' && at[-2 * PAGE] == 'x');
    CALL(munmap(at - 2 * PAGE, 3 * PAGE));
    printf("far below something is mapped %d\n", msync(at - (1 << 20), PAGE, MS_ASYNC) == 0);
}

static void brk_calls(void)
{
    section("the break");
    uintptr_t start = syscall(SYS_brk, 0);
    start = syscall(SYS_brk, (start + PAGE - 1) & -PAGE);
    printf("grows %d\n", (uintptr_t)syscall(SYS_brk, start + 3 * PAGE) == start + 3 * PAGE);
    char *data = (char *)start;
    printf("zeros %d\n", data[0] == 0 && data[3 * PAGE - 1] == 0);
    data[2 * PAGE] = 'x';
    printf("shrinks %d\n", (uintptr_t)syscall(SYS_brk, start + PAGE) == start + PAGE);
    printf("zeros again %d\n", (uintptr_t)syscall(SYS_brk, start + 3 * PAGE) == start + 3 * PAGE && data[2 * PAGE] == 0);
    printf("too far, the old break %d\n", (uintptr_t)syscall(SYS_brk, 1UL << 46) == start + 3 * PAGE);
    printf("below the beginning, the old break %d\n", (uintptr_t)syscall(SYS_brk, 1UL) == start + 3 * PAGE);
    struct rlimit before, now;
    getrlimit(RLIMIT_DATA, &before);
    now = (struct rlimit){ PAGE, before.rlim_max };
    setrlimit(RLIMIT_DATA, &now);
    printf("beyond the limit of data, the old break %d\n", (uintptr_t)syscall(SYS_brk, start + (1 << 20)) == start + 3 * PAGE);
    setrlimit(RLIMIT_DATA, &before);
}

int main(void)
{
    without_effect();
    placed();
    grows();
    brk_calls();
    return 0;
}
