/* Faults: what a handler is told of each, what blocked and ignored ones come to, stacks that are not there, core files. */
#include "guest.h"
#include <setjmp.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <ucontext.h>

static sigjmp_buf back;
static siginfo_t seen;
static long trap, trap_error, cr2, rip;

static void caught(int number, siginfo_t *info, void *context)
{
    (void)number;
    ucontext_t *c = context;
    seen = *info;
    trap = c->uc_mcontext.gregs[REG_TRAPNO];
    trap_error = c->uc_mcontext.gregs[REG_ERR];
    cr2 = c->uc_mcontext.gregs[REG_CR2];
    rip = c->uc_mcontext.gregs[REG_RIP];
    siglongjmp(back, 1);
}

static void handle(int number, int flags)
{
    struct sigaction action = { .sa_sigaction = caught, .sa_flags = SA_SIGINFO | flags };
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

static char *page;

static void told(const char *what, long expected)
{
    long at = (long)seen.si_addr;
    const char *where = at == 0 ? "0" : at == expected ? "as expected" : at == rip ? "the instruction" : "elsewhere";
    printf("%s: signal %d, code %d, address %s, trap %ld, error %lx", what, seen.si_signo, seen.si_code, where, trap, trap_error);
    printf(", cr2 %s\n", trap != 14 ? "any" : cr2 == at ? "same" : "other");
}

#define FAULT(what, expected, ...) \
    do { \
        memset(&seen, 0, sizeof seen); \
        if (sigsetjmp(back, 1) == 0) { \
            __VA_ARGS__; \
            printf("%s: nothing\n", what); \
        } else \
            told(what, (long)(expected)); \
    } while (0)

static void faults(void)
{
    section("faults");
    static const int signals[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP };
    for (int i = 0; i < 5; i++)
        handle(signals[i], 0);
    page = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(page + 8192, 4096);
    mprotect(page + 4096, 4096, PROT_READ);
    page[0] = (char)0xc3;
    volatile char *gone = page + 8192 + 5, *locked = page + 4096 + 7, *strange = (char *)0x8000000000001234UL;
    FAULT("read nothing", gone, (void)*gone);
    FAULT("write nothing", gone, *gone = 1);
    FAULT("write what can only be read", locked, *locked = 1);
    FAULT("run data", page, ((void (*)(void))page)());
    FAULT("run nothing", gone, ((void (*)(void))gone)());
    FAULT("read a strange address", strange, (void)*strange);
    FAULT("run a strange address", strange, ((void (*)(void))strange)());
    FAULT("read the kernel", 0, (void)*(volatile char *)0xffffffff81000000UL);
    FAULT("across the end", page + 8192, (void)*(volatile long *)(page + 8192 - 4));
    FAULT("divide", 0, __asm__ volatile("xorl %%ecx, %%ecx; divl %%ecx" ::: "eax", "ecx", "edx"));
    FAULT("divide too far", 0, __asm__ volatile("movl $0x80000000, %%eax; cltd; movl $-1, %%ecx; idivl %%ecx" ::: "eax", "ecx", "edx"));
    FAULT("ud2", 0, __asm__ volatile("ud2"));
    FAULT("int3", 0, __asm__ volatile("int3"));
    FAULT("hlt", 0, __asm__ volatile("hlt"));
    FAULT("cli", 0, __asm__ volatile("cli"));
    FAULT("in", 0, __asm__ volatile("inb $0x80, %%al" ::: "al"));
    FAULT("int 0x50", 0, __asm__ volatile("int $0x50"));
    FAULT("int 3 in two bytes", 0, __asm__ volatile(".byte 0xcd, 3"));
    FAULT("trace", 0, __asm__ volatile("pushfq; orl $0x100, (%%rsp); popfq; nop; nop" ::: "memory", "cc"));
    FAULT("x87", 0, __asm__ volatile("fninit; fldcw %0; fldz; fld1; fdivp; fwait" ::"m"((short){ 0x0 })));
    __asm__ volatile("fninit");
    int fd = open("short", O_RDWR | O_CREAT, 0600);
    ftruncate(fd, 100);
    char *file = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    FAULT("past the file's last page", file + 4096, file[4096] = 1);
    FAULT("past its end", file + 200, file[200] = 1);
    unlink("short");
}

static int outcome(void (*act)(void))
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        act();
        _exit(99);
    }
    int status;
    waitpid(child, &status, 0);
    return status;
}

static void fault(void)
{
    *(volatile char *)0x10 = 1;
}

static void blocked(void)
{
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    fault();
}

static void ignored(void)
{
    signal(SIGSEGV, SIG_IGN);
    fault();
}

static void within(int number)
{
    (void)number;
    fault();
}

static void in_its_handler(void)
{
    signal(SIGSEGV, within);
    fault();
}

static void exits(int number)
{
    _exit(number);
}

static char *tiny;

static void own_stack(int size, int flags, int with_handler)
{
    tiny = mmap(NULL, 65536, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    stack_t stack = { .ss_sp = tiny, .ss_size = size, .ss_flags = flags };
    if (sigaltstack(&stack, NULL) == -1)
        _exit(77);
    struct sigaction action = { .sa_handler = exits, .sa_flags = SA_ONSTACK };
    sigaction(SIGUSR1, &action, NULL);
    action.sa_flags = 0;
    if (with_handler)
        sigaction(SIGSEGV, &action, NULL);
    raise(SIGUSR1);
}

static void no_stack(void)
{
    own_stack(65536, 0, 0);
}

static void no_stack_but_a_handler(void)
{
    own_stack(65536, 0, 1);
}

static void on_no_stack(void)
{
    signal(SIGSEGV, exits);
    __asm__ volatile("movq $0x18, %rsp; movq $0, (%rsp)");
}

static void plain_abort(void)
{
    abort();
}

static void quit(void)
{
    raise(SIGQUIT);
}

static void ends(void)
{
    section("ends");
    for (int number = 1; number <= 64; number++)
        signal(number, SIG_DFL);
    printf("blocked %x\n", outcome(blocked));
    printf("ignored %x\n", outcome(ignored));
    printf("in its handler %x\n", outcome(in_its_handler));
    printf("no stack %x\n", outcome(no_stack));
    printf("no stack, but a handler %x\n", outcome(no_stack_but_a_handler));
    printf("on no stack %x\n", outcome(on_no_stack));
}

/* Only whether there is a core file, and what it begins with. */
static void core(const char *what, void (*act)(void))
{
    unlink("core");
    int status = outcome(act);
    unsigned char head[20] = { 0 };
    int fd = open("core", O_RDONLY);
    struct stat st = { 0 };
    if (fd != -1) {
        fstat(fd, &st);
        read(fd, head, sizeof head);
        close(fd);
    }
    printf("%s: status %x, file %d, mode %o, %.3s %d\n", what, status, fd != -1, st.st_mode & 07777, (char *)head + 1, head[16]);
    unlink("core");
}

static void cores(void)
{
    section("core files");
    struct rlimit limit;
    getrlimit(RLIMIT_CORE, &limit);
    limit.rlim_cur = 0;
    setrlimit(RLIMIT_CORE, &limit);
    core("none wanted", plain_abort);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_CORE, &limit);
    core("abort", plain_abort);
    core("quit", quit);
    core("fault", fault);
}

int main(void)
{
    setvbuf(stdout, NULL, _IONBF, 0);
    faults();
    ends();
    cores();
    return 0;
}
