/* Mappings: anonymous, of files, moved, protected; what a touch of forbidden memory brings; the break. */
#include "guest.h"
#include <setjmp.h>
#include <sys/mman.h>

#define PAGE 4096
#define RW PROT_READ | PROT_WRITE
#define MAPS(...) report("mmap(" #__VA_ARGS__ ")", mmap(__VA_ARGS__) == MAP_FAILED ? -1 : 0)

static sigjmp_buf back;
static volatile int signal_number, signal_code;
static void *volatile signal_address;

static void on_fault(int number, siginfo_t *info, void *context)
{
    (void)context;
    signal_number = number;
    signal_code = info->si_code;
    signal_address = info->si_addr;
    siglongjmp(back, 1);
}

/* Touches memory, and says which signal that brought and where. */
static void touch(const char *what, volatile char *at, int store)
{
    signal_number = 0;
    if (sigsetjmp(back, 1) == 0) {
        if (store)
            *at = 1;
        else
            (void)*at;
    }
    if (signal_number == 0)
        printf("%s: fine\n", what);
    else
        printf("%s: signal %d, code %d, at the address %d\n", what, signal_number, signal_code, signal_address == (void *)at);
}

static char *map(size_t length, int protection) { return mmap(NULL, length, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); }

static void anonymous(void)
{
    section("anonymous");
    char *at = map(4 * PAGE, RW);
    int sum = 0;
    for (int i = 0; i < 4 * PAGE; i++)
        sum += at[i];
    printf("zero %d, aligned %d\n", sum, ((uintptr_t)at & (PAGE - 1)) == 0);
    touch("store", at, 1);
    CALL(mprotect(at, PAGE, PROT_READ));
    touch("load from read-only", at, 0);
    touch("store to read-only", at, 1);
    touch("store to the next page", at + PAGE, 1);
    CALL(mprotect(at, PAGE, PROT_NONE));
    touch("load from nothing", at, 0);
    CALL(mprotect(at, PAGE, RW));
    touch("store again", at, 1);
    CALL(munmap(at + PAGE, PAGE));
    touch("load from the hole", at + PAGE, 0);
    touch("load behind it", at + 2 * PAGE, 0);
    CALL(mprotect(at, 4 * PAGE, PROT_READ));
    CALL(munmap(at, 4 * PAGE));
    CALL(munmap(at, PAGE));
    CALL(munmap(at + 1, PAGE));
    CALL(munmap(at, 0));
    CALL(mprotect(at + 1, PAGE, PROT_READ));
    MAPS(NULL, 0, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    MAPS(NULL, PAGE, RW, MAP_ANONYMOUS, -1, 0);
    MAPS(NULL, PAGE, RW, MAP_PRIVATE, -1, 0);
    MAPS(NULL, 1L << 60, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void fixed(void)
{
    section("at a chosen place");
    char *at = map(3 * PAGE, RW);
    at[PAGE] = 'o';
    CALL(mmap(at + PAGE, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == at + PAGE);
    printf("replaced %d\n", at[PAGE] == 0);
    MAPS(at + 1, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    CALL(mmap(at, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | 0x100000, -1, 0) == MAP_FAILED ? -1 : 0);
    munmap(at, 3 * PAGE);
    CALL(mmap(at, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == at);
    munmap(at, PAGE);
}

static void files(void)
{
    section("files");
    char text[16] = "";
    int fd = open("f", O_CREAT | O_RDWR, 0600);
    CALL(write(fd, "0123456789", 10));
    char *shared = mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0), *private = mmap(NULL, PAGE, RW, MAP_PRIVATE, fd, 0);
    printf("%.10s|%.10s|%d\n", shared, private, shared[10]);
    shared[0] = 'S';
    private[1] = 'P';
    CALL(pread(fd, text, 10, 0));
    printf("file %.10s, shared %.10s, private %.10s\n", text, shared, private);
    CALL(pwrite(fd, "W", 1, 2));
    printf("shared %.10s\n", shared);
    CALL(msync(shared, PAGE, MS_SYNC));
    CALL(msync(shared + 1, PAGE, MS_SYNC));
    touch("store behind the end of the file, in its page", shared + 100, 1);
    CALL(ftruncate(fd, 3 * PAGE));
    char *second = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, PAGE);
    CALL(pwrite(fd, "second page", 11, PAGE));
    printf("%s\n", second);
    touch("store to read-only", second, 1);
    CALL(ftruncate(fd, 10));
    touch("load behind the end of the file", second, 0);
    MAPS(NULL, PAGE, RW, MAP_SHARED, fd, 1);
    MAPS(NULL, PAGE, RW, MAP_SHARED, 99, 0);
    close(fd);
    printf("after close %.10s\n", shared);
    fd = open("f", O_RDONLY);
    MAPS(NULL, PAGE, RW, MAP_SHARED, fd, 0);
    MAPS(NULL, PAGE, RW, MAP_PRIVATE, fd, 0);
    CALL(mprotect(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0), PAGE, RW));
    close(fd);
    fd = open("f", O_WRONLY);
    MAPS(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    fd = open(".", O_RDONLY);
    MAPS(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    unlink("f");
}

static void moved(void)
{
    section("mremap");
    char *at = map(2 * PAGE, RW);
    strcpy(at + PAGE, "carried along");
    char *smaller = mremap(at, 2 * PAGE, PAGE, 0);
    CALL(smaller == at);
    touch("load from what was cut off", at + PAGE, 0);
    strcpy(at, "still here");
    char *larger = mremap(at, PAGE, 64 * PAGE, MREMAP_MAYMOVE);
    printf("%s, zero behind %d\n", larger, larger[63 * PAGE] == 0);
    char *place = map(2 * PAGE, PROT_NONE);
    CALL(mremap(larger, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, place) == place);
    printf("%s\n", place);
    touch("load from the old place", larger, 0);
    CALL(mremap(place + 1, PAGE, PAGE, 0) == MAP_FAILED ? -1 : 0);
    CALL(mremap(place, PAGE, 0, 0) == MAP_FAILED ? -1 : 0);
    CALL(mremap(NOWHERE, PAGE, PAGE, 0) == MAP_FAILED ? -1 : 0);
    munmap(place, PAGE);
    CALL(mremap(place, PAGE, 2 * PAGE, MREMAP_MAYMOVE) == MAP_FAILED ? -1 : 0);
}

/* The kernel's own reads and writes go by the same rules as the program's. */
static void by_the_kernel(void)
{
    section("reads and writes by the kernel");
    int ends[2], fd = open("f", O_CREAT | O_RDWR, 0600);
    char text[8] = "";
    pipe(ends);
    CALL(write(fd, "0123456789", 10));
    char *shared = mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0), *private = mmap(NULL, PAGE, RW, MAP_PRIVATE, fd, 0);
    printf("%c%c\n", shared[0], private[0]);
    CALL(write(ends[1], "SP", 2));
    CALL(read(ends[0], shared, 1));
    CALL(read(ends[0], private, 1));
    CALL(pread(fd, text, 3, 0));
    printf("file %s, shared %.3s, private %.3s\n", text, shared, private);
    CALL(mprotect(shared, PAGE, PROT_READ));
    CALL(write(ends[1], shared, 2));
    CALL(read(ends[0], shared, 1));
    CALL(mprotect(shared, PAGE, PROT_NONE));
    CALL(write(ends[1], shared, 1));
    CALL(mprotect(shared, PAGE, RW));
    CALL(read(ends[0], shared + 1, 1));
    CALL(pread(fd, text, 3, 0));
    printf("file %s\n", text);
    munmap(shared, PAGE);
    munmap(private, PAGE);
    close(ends[0]);
    close(ends[1]);
    close(fd);
    unlink("f");
}

static void holes(void)
{
    section("holes");
    char *at = map(5 * PAGE, RW);
    munmap(at + 2 * PAGE, PAGE);
    at[PAGE] = at[3 * PAGE] = 'x';
    CALL(syscall(SYS_mprotect, at, 5 * PAGE, PROT_READ));
    touch("store before the hole", at + PAGE, 1);
    touch("store behind it", at + 4 * PAGE, 1);
    CALL(madvise(at, 5 * PAGE, MADV_DONTNEED));
    printf("%d %d\n", at[PAGE], at[3 * PAGE]);
    CALL(msync(at, 5 * PAGE, MS_ASYNC));
    unsigned char resident[5];
    CALL(mincore(at, 5 * PAGE, resident));
    CALL(mlock(at, 5 * PAGE));
    CALL(mremap(at, 5 * PAGE, 6 * PAGE, MREMAP_MAYMOVE) == MAP_FAILED ? -1 : 0);
    munmap(at, 5 * PAGE);
}

static void zeroes(void)
{
    section("the zero device");
    int fd = open("/dev/zero", O_RDWR);
    char *at = mmap(NULL, PAGE, RW, MAP_PRIVATE, fd, 0);
    touch("store", at, 1);
    printf("%d %d\n", at[0], at[1]);
    munmap(at, PAGE);
    close(fd);
    fd = open("/dev/null", O_RDWR);
    MAPS(NULL, PAGE, RW, MAP_PRIVATE, fd, 0);
    close(fd);
}

static void advice(void)
{
    section("madvise");
    char *at = map(2 * PAGE, RW);
    at[0] = 'x';
    CALL(madvise(at, PAGE, MADV_WILLNEED));
    CALL(madvise(at, PAGE, MADV_SEQUENTIAL));
    printf("%c\n", at[0]);
    CALL(madvise(at, PAGE, MADV_DONTNEED));
    printf("%d\n", at[0]);
    CALL(madvise(at, PAGE, 9999));
    CALL(madvise(at + 1, PAGE, MADV_NORMAL));
    CALL(madvise(at, 0, MADV_NORMAL));
    munmap(at, 2 * PAGE);
    CALL(madvise(at, PAGE, MADV_NORMAL));
}

static void the_break(void)
{
    section("brk");
    char *start = (char *)syscall(SYS_brk, 0);
    start = (char *)(((uintptr_t)start + PAGE - 1) & ~(uintptr_t)(PAGE - 1));
    syscall(SYS_brk, start);
    CALL(syscall(SYS_brk, start + 3 * PAGE) == (long)(start + 3 * PAGE));
    touch("store", start + 2 * PAGE, 1);
    CALL(syscall(SYS_brk, start + PAGE) == (long)(start + PAGE));
    touch("load from what was given back", start + 2 * PAGE, 0);
    CALL(syscall(SYS_brk, start + 3 * PAGE) == (long)(start + 3 * PAGE));
    printf("fresh %d\n", start[2 * PAGE] == 0);
    CALL(syscall(SYS_brk, 16) == (long)(start + 3 * PAGE));
}

int main(void)
{
    struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
    anonymous();
    fixed();
    files();
    moved();
    by_the_kernel();
    holes();
    zeroes();
    advice();
    the_break();
    return 0;
}
