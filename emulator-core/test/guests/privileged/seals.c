/* Memory that stays as it is (mseal), and memory that must not be touched (guard pages): newer than many a machine's kernel. */
#include "../guest.h"
#include <setjmp.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define PAGE 4096
#define RW (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)
#define MAPS(...) report("mmap(" #__VA_ARGS__ ")", mmap(__VA_ARGS__) == MAP_FAILED ? -1 : 0)
#define MOVES(...) report("mremap(" #__VA_ARGS__ ")", mremap(__VA_ARGS__) == MAP_FAILED ? -1 : 0)
#define MADV_GUARD_INSTALL 102
#define MADV_GUARD_REMOVE 103
#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif
#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#endif

static sigjmp_buf back;
static volatile int number, code;

static void on_fault(int signo, siginfo_t *info, void *context)
{
    (void)context;
    number = signo;
    code = info->si_code;
    siglongjmp(back, 1);
}

static void touch(const char *what, volatile char *at)
{
    if (sigsetjmp(back, 1) == 0)
        printf("%s: %d\n", what, *at);
    else
        printf("%s: signal %d, code %d\n", what, number, code);
    fflush(stdout);
}

static long seal(void *at, size_t length, unsigned long flags)
{
    return syscall(462, at, length, flags);
}

static void in_child(const char *what, void (*work)(char *), char *at)
{
    int status;
    section(what);
    fflush(stdout);
    if (fork() == 0) {
        work(at);
        exit(0);
    }
    wait(&status);
    printf("ended with %d\n", WEXITSTATUS(status));
}

static void sealed(char *at)
{
    char *other = mmap(NULL, 4 * PAGE, RW, ANON, -1, 0);
    at[2 * PAGE] = 5;
    CALL(seal(at, PAGE, 1));
    CALL(seal(at + 1, PAGE, 0));
    CALL(seal(at, 0, 0));
    CALL(seal(at, -1ul, 0));
    CALL(seal(at, -PAGE - 1ul, 0));
    munmap(at + 6 * PAGE, PAGE);
    CALL(seal(at + 5 * PAGE, 3 * PAGE, 0));
    CALL(munmap(at + 5 * PAGE, PAGE));
    CALL(seal(at + 2 * PAGE, PAGE + 1, 0));
    CALL(seal(at + 2 * PAGE, PAGE, 0));
    CALL(munmap(at, 8 * PAGE));
    CALL(munmap(at + 3 * PAGE, PAGE));
    CALL(munmap(at, PAGE));
    CALL(mprotect(at + 2 * PAGE, PAGE, PROT_READ));
    CALL(mprotect(at + PAGE, 2 * PAGE, PROT_READ));
    CALL(pkey_mprotect(at + 2 * PAGE, PAGE, PROT_READ, -1));
    MAPS(at + 2 * PAGE, PAGE, RW, ANON | MAP_FIXED, -1, 0);
    MAPS(at + PAGE, 2 * PAGE, RW, ANON | MAP_FIXED, -1, 0);
    MAPS(at + 2 * PAGE, PAGE, RW, ANON | 0x100000, -1, 0);
    MOVES(at + 2 * PAGE, PAGE, PAGE, 0);
    MOVES(at + 2 * PAGE, 2 * PAGE, PAGE, 0);
    MOVES(at + 2 * PAGE, PAGE, 3 * PAGE, MREMAP_MAYMOVE);
    MOVES(at + 2 * PAGE, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, other);
    MOVES(other, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, at + 2 * PAGE);
    CALL(madvise(at + 2 * PAGE, PAGE, MADV_WILLNEED));
    printf("%d\n", at[2 * PAGE]);
    CALL(madvise(at + 2 * PAGE, PAGE, MADV_DONTNEED));
    printf("%d\n", at[2 * PAGE]);
    fflush(stdout);
    if (fork() == 0) {
        CALL(munmap(at + 2 * PAGE, PAGE));
        exit(0);
    }
    wait(NULL);
}

static void sealed_for_reading(char *at)
{
    int list[] = { MADV_DONTNEED, MADV_FREE, MADV_REMOVE, MADV_DONTFORK, MADV_WIPEONFORK, 24, MADV_GUARD_INSTALL, MADV_WILLNEED, MADV_DOFORK, MADV_GUARD_REMOVE };
    char *shared = mmap(NULL, PAGE, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    mprotect(at, PAGE, PROT_READ);
    CALL(seal(at, PAGE, 0));
    CALL(seal(shared, PAGE, 0));
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        printf("%d ", list[i]);
        CALL(madvise(at, PAGE, list[i]));
    }
    CALL(madvise(shared, PAGE, MADV_DONTNEED));
    CALL(munmap(shared, PAGE));
}

static void sealed_heap(char *at)
{
    char *start = sbrk(0);
    (void)at;
    sbrk(4 * PAGE);
    start = (char *)(((uintptr_t)start + PAGE - 1) & -PAGE);
    CALL(seal(start, PAGE, 0));
    CALL(brk(start));
    printf("%d\n", (char *)sbrk(0) > start);
}

static void guarded(char *at)
{
    char *shared = mmap(NULL, 2 * PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int ends[2];
    unsigned char there[4];
    char bytes[4] = "abc";
    memset(at, 7, 4 * PAGE);
    CALL(madvise(at + PAGE, 2 * PAGE, MADV_GUARD_INSTALL));
    touch("before", at);
    touch("guarded", at + PAGE);
    touch("guarded, too", at + 3 * PAGE - 1);
    touch("behind", at + 3 * PAGE);
    CALL(mincore(at, 4 * PAGE, there));
    printf("%d %d %d %d\n", there[0], there[1], there[2], there[3]);
    pipe(ends);
    CALL(write(ends[1], at + PAGE, 4));
    write(ends[1], bytes, 4);
    CALL(read(ends[0], at + PAGE, 2));
    CALL(madvise(at, 4 * PAGE, MADV_POPULATE_READ));
    CALL(madvise(at + PAGE, PAGE, MADV_DONTNEED));
    touch("not thrown away", at + PAGE);
    CALL(mprotect(at + PAGE, PAGE, PROT_READ));
    CALL(mprotect(at + PAGE, PAGE, RW));
    touch("protected and not", at + PAGE);
    fflush(stdout);
    if (fork() == 0) {
        touch("in a child", at + PAGE);
        exit(0);
    }
    wait(NULL);
    char *to = mremap(at + 2 * PAGE, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, at + 8 * PAGE);
    touch("moved", to);
    touch("moved, beside it", to + PAGE);
    CALL(madvise(at, 2 * PAGE, MADV_GUARD_REMOVE));
    touch("removed", at + PAGE);
    touch("never guarded", at);
    CALL(madvise(to, 3 * PAGE, MADV_GUARD_INSTALL));
    munmap(to, PAGE);
    mmap(to, PAGE, RW, ANON | MAP_FIXED, -1, 0);
    touch("mapped anew", to);
    CALL(madvise(at, PAGE, MADV_WIPEONFORK));
    CALL(madvise(at, PAGE, MADV_GUARD_INSTALL));
    fflush(stdout);
    if (fork() == 0) {
        touch("wiped", at);
        exit(0);
    }
    wait(NULL);
    mlock(at + 4 * PAGE, PAGE);
    CALL(madvise(at + 4 * PAGE, PAGE, MADV_GUARD_INSTALL));
    CALL(madvise(at + 4 * PAGE, PAGE, MADV_GUARD_REMOVE));
    shared[0] = 9;
    CALL(madvise(shared, PAGE, MADV_GUARD_INSTALL));
    touch("shared", shared);
    CALL(madvise(shared, PAGE, MADV_GUARD_REMOVE));
    touch("shared", shared);
    CALL(madvise(shared + 1, PAGE, MADV_GUARD_INSTALL));
}

int main(void)
{
    char *at = mmap(NULL, 12 * PAGE, RW, ANON, -1, 0);
    struct sigaction act = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };
    sigaction(SIGSEGV, &act, NULL);
    sigaction(SIGBUS, &act, NULL);
    mprotect(at + 8 * PAGE, 4 * PAGE, RW);
    in_child("sealed", sealed, at);
    in_child("sealed, for reading", sealed_for_reading, at);
    in_child("a sealed heap", sealed_heap, at);
    in_child("guarded", guarded, at);
    return 0;
}
