/* Memory of every kind: stacks that grow, shared and locked memory, memory of other processes, advice, mremap with all its flags, limits. */
#include "guest.h"
#include <setjmp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <sys/wait.h>

#define PAGE 4096
#define RW (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)
#define SHARED (MAP_SHARED | MAP_ANONYMOUS)
#define MAPS(...) report("mmap(" #__VA_ARGS__ ")", mmap(__VA_ARGS__) == MAP_FAILED ? -1 : 0)
#define MOVES(...) report("mremap(" #__VA_ARGS__ ")", mremap(__VA_ARGS__) == MAP_FAILED ? -1 : 0)
#define RAW(name, ...) report(#name "(" #__VA_ARGS__ ")", syscall(SYS_##name, __VA_ARGS__))

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif
#ifndef MAP_SHARED_VALIDATE
#define MAP_SHARED_VALIDATE 3
#endif
#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif
#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#define MADV_POPULATE_WRITE 23
#endif
#ifndef MADV_COLD
#define MADV_COLD 20
#define MADV_PAGEOUT 21
#endif
#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#define MADV_KEEPONFORK 19
#endif
#ifndef SYS_process_madvise
#define SYS_process_madvise 440
#endif
#ifndef MLOCK_ONFAULT
#define MLOCK_ONFAULT 1
#endif
#ifndef MCL_ONFAULT
#define MCL_ONFAULT 4
#endif

static sigjmp_buf back;
static volatile int signal_number, signal_code;

static void on_fault(int number, siginfo_t *info, void *context)
{
    (void)context;
    signal_number = number;
    signal_code = info->si_code;
    siglongjmp(back, 1);
}

static void touch(const char *what, volatile char *at, int store)
{
    sigjmp_buf outer;
    memcpy(&outer, &back, sizeof back);
    signal_number = 0;
    if (sigsetjmp(back, 1) == 0) {
        if (store)
            *at = 1;
        else
            (void)*at;
    }
    memcpy(&back, &outer, sizeof back);
    if (signal_number == 0)
        printf("%s: fine\n", what);
    else
        printf("%s: signal %d, code %d\n", what, signal_number, signal_code);
}

static char *map(size_t length, int protection, int flags) { return mmap(NULL, length, protection, flags, -1, 0); }

static void residency(const char *what, char *at, int pages)
{
    unsigned char states[16];
    printf("%s:", what);
    if (mincore(at, pages * PAGE, states) == -1)
        printf(" %s", errno_name(errno));
    else
        for (int i = 0; i < pages; i++)
            printf(" %d", states[i] & 1);
    printf("\n");
}

static int wait_for(pid_t child)
{
    int status;
    waitpid(child, &status, 0);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void flags(void)
{
    section("flags of mmap");
    char *at = map(4 * PAGE, RW, ANON);
    CALL(mmap(at, PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0) == MAP_FAILED ? -1 : 0);
    CALL(mmap(at - 2 * PAGE, 3 * PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0) == MAP_FAILED ? -1 : 0);
    munmap(at, 4 * PAGE);
    CALL(mmap(at, PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0) == at);
    CALL(mmap(at + 1, PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0) == MAP_FAILED ? -1 : 0);
    munmap(at, PAGE);
    MAPS(NULL, PAGE, RW, MAP_SHARED_VALIDATE | MAP_ANONYMOUS, -1, 0);
    int fd = open("f", O_CREAT | O_RDWR, 0600);
    ftruncate(fd, 2 * PAGE);
    MAPS(NULL, PAGE, RW, MAP_SHARED_VALIDATE, fd, 0);
    MAPS(NULL, PAGE, RW, MAP_SHARED_VALIDATE | (1 << 23), fd, 0);
    MAPS(NULL, PAGE, RW, MAP_SHARED_VALIDATE | (1 << 27), fd, 0);
    MAPS(NULL, PAGE, RW, MAP_SHARED | (1 << 23), fd, 0);
    MAPS(NULL, PAGE, RW, MAP_SHARED | MAP_GROWSDOWN, fd, 0);
    MAPS(NULL, PAGE, RW, MAP_SHARED, fd, 1L << 40);
    MAPS(NULL, PAGE, RW, MAP_SHARED, fd, -4096L);
    MAPS(NULL, PAGE, RW, ANON | MAP_HUGETLB, -1, 0);
    at = mmap(NULL, PAGE, RW, ANON | MAP_32BIT, -1, 0);
    printf("below 2 GB %d\n", (uintptr_t)at < 1UL << 31);
    munmap(at, PAGE);
    residency("not populated", map(4 * PAGE, RW, ANON), 4);
    residency("populated", map(4 * PAGE, RW, ANON | MAP_POPULATE), 4);
    residency("populated for reading", map(4 * PAGE, PROT_READ, ANON | MAP_POPULATE), 4);
    residency("populated with nothing", map(4 * PAGE, PROT_NONE, ANON | MAP_POPULATE), 4);
    residency("locked", map(4 * PAGE, RW, ANON | MAP_LOCKED), 4);
    residency("shared", map(4 * PAGE, RW, SHARED), 4);
    at = mmap(NULL, 2 * PAGE, RW, MAP_SHARED | MAP_POPULATE, fd, 0);
    residency("a file", at, 2);
    CALL(munmap(at, 2 * PAGE));
    at = map(1L << 46, PROT_NONE, ANON | MAP_NORESERVE);
    CALL(at == MAP_FAILED ? -1 : 0);
    CALL(munmap(at, 1L << 46));
    MAPS(NULL, 1L << 47, PROT_NONE, ANON | MAP_NORESERVE, -1, 0);
    close(fd);
    unlink("f");
}

static __attribute__((noinline)) int deep(int levels)
{
    volatile char room[4096];
    room[0] = levels;
    return levels == 0 ? 0 : deep(levels - 1) + room[0] - levels % 256 + 1 - (signed char)levels + levels % 256;
}

static void stacks(void)
{
    section("stacks");
    pid_t child = fork();
    if (child == 0) {
        struct rlimit little = { 256 << 10, RLIM_INFINITY };
        signal(SIGSEGV, SIG_DFL);
        CALL(setrlimit(RLIMIT_STACK, &little));
        deep(20);
        printf("20 levels\n");
        fflush(stdout);
        deep(200);
        printf("200 levels\n");
        fflush(stdout);
        _exit(0);
    }
    printf("a child with little stack: %d\n", wait_for(child));
    deep(1200);
    printf("5 MB deep\n");
    char *top = map(1024 * PAGE, PROT_NONE, ANON) + 1024 * PAGE;
    munmap(top - 1024 * PAGE, 1024 * PAGE);
    char *at = mmap(top - 2 * PAGE, 2 * PAGE, RW, ANON | MAP_GROWSDOWN | MAP_FIXED, -1, 0);
    CALL(at == top - 2 * PAGE);
    touch("in it", at, 1);
    touch("a page below", at - 1, 1);
    touch("many pages below", at - 100 * PAGE, 1);
    touch("between", at - 50 * PAGE, 0);
    touch("read below", at - 102 * PAGE, 0);
    char *other = mmap(top - 700 * PAGE, PAGE, RW, ANON | MAP_FIXED, -1, 0);
    CALL(other == top - 700 * PAGE);
    touch("as near as may be", top - 443 * PAGE, 1);
    touch("too near to another", top - 444 * PAGE, 1);
    CALL(mprotect(top - PAGE, PAGE, PROT_READ | PROT_GROWSDOWN));
    touch("what was protected downwards", top - 3 * PAGE, 1);
    CALL(mprotect(other, PAGE, PROT_READ | PROT_GROWSDOWN));
    munmap(top - 1024 * PAGE, 1024 * PAGE);

    int ends[2];
    pipe(ends);
    at = mmap(top - 2 * PAGE, 2 * PAGE, RW, ANON | MAP_GROWSDOWN | MAP_FIXED, -1, 0);
    write(ends[1], "x", 1);
    if (CALL(read(ends[0], at - 5 * PAGE, 1)) == 1)
        printf("%c\n", at[-5 * PAGE]);
    munmap(top - 8 * PAGE, 8 * PAGE);
    close(ends[0]);
    close(ends[1]);
}

static void sharing(void)
{
    section("shared with a child");
    char *at = map(4 * PAGE, RW, SHARED), *mine = map(PAGE, RW, ANON);
    int zero = open("/dev/zero", O_RDWR);
    char *device = mmap(NULL, PAGE, RW, MAP_SHARED, zero, 0);
    close(zero);
    strcpy(at, "before");
    strcpy(mine, "private");
    pid_t child = fork();
    if (child == 0) {
        strcpy(at, "from the child");
        strcpy(at + 3 * PAGE, "on a new page");
        strcpy(device, "by the device");
        strcpy(mine, "changed");
        _exit(0);
    }
    wait_for(child);
    printf("%s, %s, %s, %s\n", at, at + 3 * PAGE, device, mine);
    char *second = mremap(at, 0, 2 * PAGE, MREMAP_MAYMOVE);
    CALL(second == MAP_FAILED ? -1 : 0);
    strcpy(second, "seen twice");
    printf("%s\n", at);
    MOVES(mine, 0, PAGE, MREMAP_MAYMOVE);
    CALL(madvise(at, PAGE, MADV_REMOVE));
    printf("removed %d %d\n", at[0], second[0]);
    CALL(madvise(mine, PAGE, MADV_REMOVE));
    strcpy(at, "stays");
    CALL(madvise(at, PAGE, MADV_DONTNEED));
    printf("%s\n", at);
    CALL(madvise(at, PAGE, MADV_FREE));
    CALL(mprotect(at, PAGE, PROT_READ));
    CALL(madvise(at, PAGE, MADV_REMOVE));
    munmap(at, 4 * PAGE);
    printf("%d\n", second[PAGE]);
    munmap(second, 2 * PAGE);
    char *large = map(2 * PAGE, RW, SHARED);
    large[0] = 'l';
    large = mremap(large, 2 * PAGE, 8 * PAGE, MREMAP_MAYMOVE);
    printf("%c\n", large[0]);
    touch("behind the end of shared memory", large + 5 * PAGE, 1);
    munmap(large, 8 * PAGE);
}

static void moving(void)
{
    section("flags of mremap");
    char *at = map(8 * PAGE, RW, ANON);
    for (int i = 0; i < 8; i++)
        at[i * PAGE] = 'a' + i;
    munmap(at + 4 * PAGE, 4 * PAGE);
    char *target = map(8 * PAGE, RW, ANON);
    MOVES(at, 2 * PAGE, 2 * PAGE, MREMAP_FIXED, target);
    MOVES(at, 2 * PAGE, 2 * PAGE, 8);
    MOVES(at, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, target + 1);
    MOVES(at, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, at + PAGE);
    CALL(mremap(at, 2 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, target) == target);
    printf("%c%c %d\n", target[0], target[PAGE], target[2 * PAGE]);
    touch("the old place", at, 0);
    touch("what was not moved", at + 2 * PAGE, 0);
    CALL(mremap(target, 4 * PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, at) == at);
    printf("%c\n", at[0]);
    MOVES(at, PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, 0);
    MOVES(at, PAGE, PAGE, MREMAP_DONTUNMAP, 0);
    char *moved = mremap(at, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, 0);
    printf("%c, left behind %d\n", moved[0], at[0]);
    MOVES(at, -4096L, PAGE, MREMAP_MAYMOVE);
    munmap(at, PAGE);
    munmap(at + 2 * PAGE, 2 * PAGE);
    munmap(moved, PAGE);

    int fd = open("f", O_CREAT | O_RDWR, 0600);
    ftruncate(fd, 4 * PAGE);
    pwrite(fd, "one", 3, 0);
    pwrite(fd, "two", 3, PAGE);
    pwrite(fd, "three", 5, 2 * PAGE);
    char *file = mmap(NULL, PAGE, RW, MAP_SHARED, fd, PAGE);
    file = mremap(file, PAGE, 2 * PAGE, MREMAP_MAYMOVE);
    printf("%s %s\n", file, file + PAGE);
    char *again = mremap(file + PAGE, 0, PAGE, MREMAP_MAYMOVE);
    printf("%s\n", again);
    RAW(remap_file_pages, again, PAGE, 0L, 0L, 0L);
    printf("%s\n", again);
    RAW(remap_file_pages, again, PAGE, PROT_READ, 0L, 0L);
    RAW(remap_file_pages, at, PAGE, 0L, 0L, 0L);
    char *private = mmap(NULL, PAGE, RW, MAP_PRIVATE, fd, 0);
    RAW(remap_file_pages, private, PAGE, 0L, 1L, 0L);
    private[0] = 'O';
    CALL(madvise(private, PAGE, MADV_DONTNEED));
    printf("%s\n", private);
    CALL(madvise(file, PAGE, MADV_REMOVE));
    printf("removed %d\n", file[0]);
    CALL(madvise(private, PAGE, MADV_REMOVE));
    CALL(ftruncate(fd, PAGE));
    touch("behind a file that became shorter", file + PAGE, 0);
    CALL(ftruncate(fd, 3 * PAGE));
    touch("that grew again", file + PAGE, 0);
    printf("%d\n", file[PAGE]);
    munmap(file, 2 * PAGE);
    munmap(again, PAGE);
    munmap(private, PAGE);
    close(fd);
    unlink("f");
}

static void forks(void)
{
    section("what a child gets");
    char *none = map(PAGE, RW, ANON), *wiped = map(2 * PAGE, RW, ANON), *kept = map(PAGE, RW, ANON), *shared = map(PAGE, RW, SHARED);
    none[0] = wiped[0] = wiped[PAGE] = kept[0] = 'x';
    CALL(madvise(none, PAGE, MADV_DONTFORK));
    CALL(madvise(wiped, PAGE, MADV_WIPEONFORK));
    CALL(madvise(kept, PAGE, MADV_WIPEONFORK));
    CALL(madvise(kept, PAGE, MADV_KEEPONFORK));
    CALL(madvise(shared, PAGE, MADV_WIPEONFORK));
    pid_t child = fork();
    if (child == 0) {
        printf("%d %c %c\n", wiped[0], wiped[PAGE], kept[0]);
        touch("what is not inherited", none, 0);
        fflush(stdout);
        pid_t grandchild = fork();
        if (grandchild == 0) {
            wiped[0] = 'y';
            printf("%d\n", wiped[0]);
            fflush(stdout);
            _exit(0);
        }
        _exit(wait_for(grandchild));
    }
    printf("%d\n", wait_for(child));
    CALL(madvise(none, PAGE, MADV_DOFORK));
    munmap(none, PAGE);
}

static void advised(void)
{
    section("advice");
    char *at = map(4 * PAGE, RW, ANON);
    CALL(madvise(at, 2 * PAGE, MADV_POPULATE_WRITE));
    residency("populated", at, 4);
    CALL(madvise(at + 2 * PAGE, PAGE, MADV_POPULATE_READ));
    residency("populated", at, 4);
    at[0] = 'x';
    CALL(madvise(at, 4 * PAGE, MADV_COLD));
    CALL(madvise(at, 4 * PAGE, MADV_FREE));
    at[0] = 'y';
    printf("%c\n", at[0]);
    CALL(mprotect(at, PAGE, PROT_READ));
    CALL(madvise(at, PAGE, MADV_POPULATE_WRITE));
    CALL(madvise(at, PAGE, MADV_POPULATE_READ));
    CALL(mprotect(at, PAGE, PROT_NONE));
    CALL(madvise(at, PAGE, MADV_POPULATE_READ));
    CALL(madvise(at, PAGE, MADV_DONTNEED));
    CALL(mprotect(at, PAGE, RW));
    printf("%d\n", at[0]);
    munmap(at + PAGE, PAGE);
    CALL(madvise(at, 4 * PAGE, MADV_POPULATE_WRITE));
    CALL(madvise(at, 4 * PAGE, MADV_WILLNEED));
    CALL(madvise(at, -1L, MADV_DONTNEED));
    CALL(madvise(at, 4 * PAGE, 25000));
    CALL(mlock(at, PAGE));
    CALL(madvise(at, PAGE, MADV_DONTNEED));
    CALL(madvise(at, PAGE, MADV_FREE));
    CALL(madvise(at, PAGE, MADV_COLD));
    CALL(madvise(at, PAGE, MADV_PAGEOUT));
    CALL(munlock(at, PAGE));
    CALL(madvise(at, PAGE, MADV_DONTNEED));
    struct iovec part = { at, PAGE };
    RAW(process_madvise, -1, &part, 1L, MADV_COLD, 0);
    RAW(process_madvise, 0, &part, 1L, MADV_COLD, 1);
    munmap(at, 4 * PAGE);
    int fd = open("f", O_CREAT | O_RDWR, 0600);
    ftruncate(fd, PAGE);
    char *file = mmap(NULL, 3 * PAGE, RW, MAP_SHARED, fd, 0);
    CALL(madvise(file, 3 * PAGE, MADV_POPULATE_READ));
    CALL(madvise(file, PAGE, MADV_WIPEONFORK));
    CALL(msync(file, PAGE, MS_SYNC | MS_ASYNC));
    CALL(msync(file, PAGE, MS_SYNC | MS_INVALIDATE));
    CALL(msync(file, PAGE, 8));
    CALL(msync(file, 0, MS_SYNC));
    CALL(mlock(file, PAGE));
    CALL(msync(file, PAGE, MS_SYNC | MS_INVALIDATE));
    CALL(msync(file, PAGE, MS_SYNC));
    munmap(file, 3 * PAGE);
    close(fd);
    unlink("f");
}

static long locked_kb(void)
{
    char line[128];
    long kb = -1;
    FILE *status = fopen("/proc/self/status", "r");
    while (fgets(line, sizeof line, status))
        if (sscanf(line, "VmLck: %ld", &kb) == 1)
            break;
    fclose(status);
    return kb;
}

static void locking(void)
{
    section("locks");
    char *at = map(8 * PAGE, RW, ANON);
    CALL(mlock(at, 4 * PAGE));
    residency("locked", at, 5);
    printf("%ld kB\n", locked_kb());
    CALL(mlock(at + 2 * PAGE, 4 * PAGE));
    printf("%ld kB\n", locked_kb());
    CALL(munlock(at + PAGE, PAGE));
    printf("%ld kB\n", locked_kb());
    RAW(mlock2, at + 6 * PAGE, 2L * PAGE, MLOCK_ONFAULT);
    residency("locked when touched", at + 6 * PAGE, 2);
    RAW(mlock2, at, PAGE, 7);
    munmap(at + 4 * PAGE, PAGE);
    printf("%ld kB\n", locked_kb());
    CALL(mlock(at, 8 * PAGE));
    CALL(mlock(at, 0));
    CALL(mlock(at, -1L));
    CALL(munlock(at, 8 * PAGE));
    CALL(mlock(NULL, PAGE));
    CALL(mlockall(0));
    CALL(mlockall(MCL_ONFAULT));
    CALL(mlockall(64));
    CALL(mlockall(MCL_FUTURE));
    char *future = map(2 * PAGE, RW, ANON);
    residency("mapped after mlockall", future, 2);
    CALL(munlockall());
    printf("%ld kB\n", locked_kb());
    pid_t child = fork();
    if (child == 0) {
        struct rlimit little = { 2 * PAGE, 2 * PAGE };
        munlockall();
        CALL(setrlimit(RLIMIT_MEMLOCK, &little));
        setgid(4242);
        setuid(4242);
        char *other = map(4 * PAGE, RW, ANON);
        CALL(mlock(other, 2 * PAGE));
        CALL(mlock(other + 2 * PAGE, PAGE));
        CALL(mlock(other, PAGE));
        MAPS(NULL, PAGE, RW, ANON | MAP_LOCKED, -1, 0);
        CALL(munlock(other, PAGE));
        CALL(mlock(other + 2 * PAGE, PAGE));
        CALL(mlockall(MCL_CURRENT));
        little.rlim_cur = 0;
        CALL(setrlimit(RLIMIT_MEMLOCK, &little));
        CALL(mlock(other, PAGE));
        MAPS(NULL, PAGE, RW, ANON | MAP_LOCKED, -1, 0);
        fflush(stdout);
        _exit(0);
    }
    wait_for(child);
    CALL(mlock(at, PAGE));
    child = fork();
    if (child == 0)
        _exit(locked_kb());
    printf("a child has %d kB\n", wait_for(child));
    munlockall();
    munmap(at, 8 * PAGE);
}

static void others(void)
{
    section("memory of another process");
    char *at = map(3 * PAGE, RW, SHARED), *mine = map(3 * PAGE, RW, ANON), buffer[64] = "";
    strcpy(mine, "the parent's");
    pid_t child = fork();
    if (child == 0) {
        strcpy(mine, "the child's own");
        strcpy(mine + 2 * PAGE - 4, "over");
        mprotect(mine + 2 * PAGE, PAGE, PROT_NONE);
        at[0] = 1;
        while (at[0] != 2)
            nap(1);
        printf("the child finds: %s\n", mine);
        fflush(stdout);
        _exit(0);
    }
    while (at[0] != 1)
        nap(1);
    struct iovec here[2] = { { buffer, 10 }, { buffer + 20, 30 } }, there[2] = { { mine, 16 }, { mine + 2 * PAGE - 4, 40 } };
    CALL(process_vm_readv(child, here, 1, there, 1, 0));
    printf("%s\n", buffer);
    CALL(process_vm_readv(child, here, 2, there, 2, 0));
    printf("%s %s\n", buffer, buffer + 20);
    there[0].iov_base = mine + 2 * PAGE;
    CALL(process_vm_readv(child, here, 1, there, 1, 0));
    CALL(process_vm_readv(child, here, 1, there, 1, 1));
    CALL(process_vm_readv(child, here, 1, NOWHERE, 1, 0));
    CALL(process_vm_readv(child, NOWHERE, 1, there, 1, 0));
    CALL(process_vm_readv(child, here, 1, there, 2000, 0));
    CALL(process_vm_readv(0x7ffffff0, here, 1, there, 1, 0));
    CALL(process_vm_readv(child, here, 0, there, 1, 0));
    there[0].iov_base = mine;
    strcpy(buffer, "a message from");
    here[0].iov_len = 15;
    there[0].iov_len = 15;
    CALL(process_vm_writev(child, here, 1, there, 1, 0));
    at[0] = 2;
    wait_for(child);
    CALL(process_vm_readv(getpid(), here, 1, there, 1, 0));
    printf("%s\n", buffer);
    munmap(at, 3 * PAGE);
    munmap(mine, 3 * PAGE);
}

static void keys(void)
{
    section("protection keys");
    char *at = map(PAGE, RW, ANON);
    RAW(pkey_alloc, 1L, 0L);
    RAW(pkey_alloc, 0L, 77L);
    RAW(pkey_free, 5);
    RAW(pkey_free, -1);
    RAW(pkey_mprotect, at, (long)PAGE, PROT_READ, -1);
    touch("read-only by it", at, 1);
    RAW(pkey_mprotect, at, (long)PAGE, PROT_READ, 5);
    RAW(pkey_mprotect, at, (long)PAGE, PROT_READ, 99);
    munmap(at, PAGE);
}

static void limits(void)
{
    section("limits");
    pid_t child = fork();
    if (child == 0) {
        struct rlimit limit = { 64 << 20, 64 << 20 };
        CALL(setrlimit(RLIMIT_AS, &limit));
        MAPS(NULL, 128 << 20, PROT_NONE, ANON, -1, 0);
        char *at = map(16 << 20, RW, ANON);
        CALL(at == MAP_FAILED ? -1 : 0);
        MOVES(at, 16 << 20, 128 << 20, MREMAP_MAYMOVE);
        MAPS(at, 16 << 20, RW, ANON | MAP_FIXED, -1, 0);
        char *end = (char *)syscall(SYS_brk, 0);
        CALL(syscall(SYS_brk, end + (128 << 20)) == (long)end);
        fflush(stdout);
        _exit(0);
    }
    wait_for(child);
    child = fork();
    if (child == 0) {
        struct rlimit limit = { 16 << 20, 16 << 20 };
        CALL(setrlimit(RLIMIT_DATA, &limit));
        MAPS(NULL, 32 << 20, RW, ANON, -1, 0);
        MAPS(NULL, 32 << 20, PROT_READ, ANON, -1, 0);
        MAPS(NULL, 32 << 20, RW, SHARED, -1, 0);
        char *at = map(32 << 20, PROT_READ, ANON);
        CALL(mprotect(at, 32 << 20, RW));
        char *end = (char *)syscall(SYS_brk, 0);
        CALL(syscall(SYS_brk, end + (32 << 20)) == (long)end);
        fflush(stdout);
        _exit(0);
    }
    wait_for(child);
    MAPS(NULL, 1L << 44, RW, ANON, -1, 0);
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
    static void (*const sections[])(void) = { flags, stacks, sharing, moving, forks, advised, locking, others, keys, limits };
    pid_t first = getpid();
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
        /* Where a mapping cannot be had, the rest of a section makes no sense. */
        if (sigsetjmp(back, 1) == 0)
            sections[i]();
        else
            printf("the section ends here\n");
        fflush(stdout);
        if (getpid() != first)
            _exit(1);
    }
    return 0;
}
