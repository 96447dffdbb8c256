/* Signals to oneself: handlers, masks, what waits, stacks, restarted calls, timers, registers. */
#include "guest.h"
#include <sys/time.h>
#include <ucontext.h>

static volatile sig_atomic_t order[16], count;

static void note(int number)
{
    if (count < 16)
        order[count++] = number;
}

static void told(const char *what)
{
    printf("%s:", what);
    for (int i = 0; i < count; i++)
        printf(" %d", (int)order[i]);
    putchar('\n');
    count = 0;
}

static void handle(int number, void (*handler)(int), int flags)
{
    struct sigaction action = { .sa_handler = handler, .sa_flags = flags };
    sigaction(number, &action, NULL);
}

static void dispositions(void)
{
    section("dispositions");
    struct sigaction old;
    handle(SIGUSR1, note, SA_RESTART);
    CALL(sigaction(SIGUSR1, NULL, &old));
    printf("ours %d, restart %d\n", old.sa_handler == note, (old.sa_flags & SA_RESTART) != 0);
    CALL(kill(getpid(), SIGUSR1));
    told("once");
    handle(SIGUSR1, SIG_IGN, 0);
    CALL(raise(SIGUSR1));
    told("ignored");
    handle(SIGUSR1, note, SA_RESETHAND);
    CALL(raise(SIGUSR1));
    CALL(sigaction(SIGUSR1, NULL, &old));
    printf("default again %d\n", old.sa_handler == SIG_DFL);
    told("one time");
    CALL(raise(SIGCHLD));
    CALL(raise(SIGWINCH));
    struct sigaction action = { .sa_handler = note };
    CALL(sigaction(SIGKILL, &action, NULL));
    CALL(sigaction(SIGSTOP, &action, NULL));
    CALL(sigaction(99, &action, NULL));
    CALL(kill(getpid(), 0));
    CALL(kill(getpid(), 99));
}

static void masks(void)
{
    section("masks");
    sigset_t set, old, pending;
    handle(SIGUSR1, note, 0);
    handle(SIGUSR2, note, 0);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGUSR2);
    sigaddset(&set, SIGKILL);
    CALL(sigprocmask(SIG_BLOCK, &set, &old));
    raise(SIGUSR2);
    raise(SIGUSR1);
    raise(SIGUSR1);
    told("blocked");
    CALL(sigpending(&pending));
    printf("pending %d %d %d\n", sigismember(&pending, SIGUSR1), sigismember(&pending, SIGUSR2), sigismember(&pending, SIGHUP));
    CALL(sigprocmask(SIG_SETMASK, NULL, &set));
    printf("blocked %d, kill %d\n", sigismember(&set, SIGUSR1), sigismember(&set, SIGKILL));
    CALL(sigprocmask(SIG_SETMASK, &old, NULL));
    told("unblocked");
    CALL(sigprocmask(77, &old, NULL));
    section("suspended");
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, &old);
    raise(SIGUSR1);
    CALL(sigsuspend(&old));
    told("during it");
    raise(SIGUSR1);
    siginfo_t info;
    struct timespec soon = { 0, 10000000 };
    CALL(sigtimedwait(&set, &info, &soon));
    printf("number %d, from us %d\n", info.si_signo, info.si_pid == getpid());
    CALL(sigtimedwait(&set, &info, &soon));
    sigprocmask(SIG_SETMASK, &old, NULL);
    told("taken without the handler");
}

static void outer(int number)
{
    note(number);
    raise(SIGUSR1);
    raise(SIGUSR2);
    note(-number);
}

static void nested(void)
{
    section("nested");
    handle(SIGUSR1, note, 0);
    handle(SIGUSR2, note, 0);
    handle(SIGHUP, outer, 0);
    raise(SIGHUP);
    told("one inside the other");
    struct sigaction action = { .sa_handler = outer };
    sigaddset(&action.sa_mask, SIGUSR2);
    sigaction(SIGHUP, &action, NULL);
    raise(SIGHUP);
    told("mask of the handler");
}

static char alternate[16384];
static volatile int on_alternate;

static void on_other_stack(int number, siginfo_t *info, void *context)
{
    char here;
    ucontext_t *ucontext = context;
    on_alternate = &here >= alternate && &here < alternate + sizeof alternate;
    printf("number %d, si_signo %d, code %d, stack known %d\n", number, info->si_signo, info->si_code,
           ucontext->uc_stack.ss_sp == alternate);
}

static void stacks(void)
{
    section("another stack");
    stack_t stack = { .ss_sp = alternate, .ss_size = sizeof alternate }, old;
    CALL(sigaltstack(&stack, NULL));
    struct sigaction action = { .sa_sigaction = on_other_stack, .sa_flags = SA_ONSTACK | SA_SIGINFO };
    sigaction(SIGUSR1, &action, NULL);
    raise(SIGUSR1);
    printf("on it %d\n", on_alternate);
    CALL(sigaltstack(NULL, &old));
    printf("size %d, flags %d\n", (int)old.ss_size, old.ss_flags);
    stack.ss_size = 16;
    CALL(sigaltstack(&stack, NULL));
    stack.ss_flags = SS_DISABLE;
    CALL(sigaltstack(&stack, NULL));
    raise(SIGUSR1);
    printf("on it %d\n", on_alternate);
}

static int alarm_pipe[2];

static void on_alarm(int number)
{
    note(number);
    if (alarm_pipe[1] > 0 && write(alarm_pipe[1], "x", 1) != 1)
        _exit(3);
}

static void restarts(void)
{
    section("interrupted and restarted");
    char byte;
    struct itimerval soon = { .it_value = { 0, 20000 } };
    if (pipe(alarm_pipe) == -1)
        exit(1);
    handle(SIGALRM, on_alarm, 0);
    CALL(setitimer(ITIMER_REAL, &soon, NULL));
    CALL(read(alarm_pipe[0], &byte, 1));
    CALL(read(alarm_pipe[0], &byte, 1));
    handle(SIGALRM, on_alarm, SA_RESTART);
    CALL(setitimer(ITIMER_REAL, &soon, NULL));
    CALL(read(alarm_pipe[0], &byte, 1));
    CALL(setitimer(ITIMER_REAL, &soon, NULL));
    CALL(nanosleep(&(struct timespec){ 1, 0 }, NULL));
    told("alarms");
    alarm_pipe[1] = -1;
    CALL(alarm(100));
    CALL(alarm(0));
    CALL(alarm(1));
    CALL(pause());
    told("an alarm");
    struct itimerval every = { { 0, 10000 }, { 0, 10000 } }, old;
    CALL(setitimer(ITIMER_REAL, &every, NULL));
    while (count < 3)
        pause();
    CALL(getitimer(ITIMER_REAL, &old));
    printf("every %ld\n", (long)old.it_interval.tv_usec);
    memset(&every, 0, sizeof every);
    CALL(setitimer(ITIMER_REAL, &every, NULL));
    count = 3;
    told("repeated");
    every.it_value.tv_usec = 1000000;
    CALL(setitimer(ITIMER_REAL, &every, NULL));
    CALL(setitimer(77, NULL, NULL));
}

static void change_register(int number, siginfo_t *info, void *context)
{
    (void)number, (void)info;
    ((ucontext_t *)context)->uc_mcontext.gregs[REG_R12] = 4242;
    __asm__ volatile("pxor %%xmm7, %%xmm7\n\tfldz\n\tfstp %%st(0)" ::: "xmm7");
}

/* A signal in the middle of arithmetic: every register has to come back, but for the one that the handler changes. */
static void registers(void)
{
    section("registers come back");
    struct sigaction action = { .sa_sigaction = change_register, .sa_flags = SA_SIGINFO };
    sigaction(SIGUSR1, &action, NULL);
    uint64_t rbx = 0, r12 = 0, r13 = 0, r14 = 0, r15 = 0, flags = 0;
    double seven = 7.5, back = 0;
    long pid = getpid();
    __asm__ volatile("movsd %[seven], %%xmm7\n\t"
                     "mov $0x1111, %%rbx\n\tmov $0x2222, %%r12\n\tmov $0x3333, %%r13\n\tmov $0x4444, %%r14\n\tmov $0x5555, %%r15\n\t"
                     "mov $62, %%eax\n\tmov %[pid], %%rdi\n\tmov $10, %%esi\n\tstc\n\tsyscall\n\t"
                     "pushfq\n\tpop %[flags]\n\t"
                     "mov %%rbx, %[rbx]\n\tmov %%r12, %[r12]\n\tmov %%r13, %[r13]\n\tmov %%r14, %[r14]\n\tmov %%r15, %[r15]\n\t"
                     "movsd %%xmm7, %[back]"
                     : [rbx] "=m"(rbx), [r12] "=m"(r12), [r13] "=m"(r13), [r14] "=m"(r14), [r15] "=m"(r15), [flags] "=r"(flags),
                       [back] "=m"(back)
                     : [pid] "r"(pid), [seven] "m"(seven)
                     : "rax", "rbx", "rcx", "rdi", "rsi", "r11", "r12", "r13", "r14", "r15", "xmm7", "memory", "cc");
    printf("%lx %ld %lx %lx %lx, carry %d, %.1f\n", (unsigned long)rbx, (long)r12, (unsigned long)r13, (unsigned long)r14,
           (unsigned long)r15, (int)(flags & 1), back);
}

static void on_trap(int number, siginfo_t *info, void *context)
{
    printf("number %d, code %d\n", number, info->si_code);
    ((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP] += 2;
}

static void exceptions(void)
{
    section("the processor's own");
    struct sigaction action = { .sa_sigaction = on_trap, .sa_flags = SA_SIGINFO };
    sigaction(SIGILL, &action, NULL);
    sigaction(SIGFPE, &action, NULL);
    __asm__ volatile("ud2");
    __asm__ volatile("mov $0, %%ecx\n\tmov $1, %%eax\n\tcltd\n\tidivl %%ecx" ::: "rax", "rcx", "rdx", "cc");
}

int main(void)
{
    dispositions();
    masks();
    nested();
    stacks();
    restarts();
    registers();
    exceptions();
    return 0;
}
