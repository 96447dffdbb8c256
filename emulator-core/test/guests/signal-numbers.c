/* Every signal by its number: which can be handled, which can be sent, and what an action keeps. The C library is passed over. */
#include "guest.h"

enum { SET_BYTES = 8 };

/* As the kernel has it. */
struct action {
    void (*handler)(int);
    unsigned long flags;
    void (*restorer)(void);
    uint64_t mask;
};

static volatile sig_atomic_t handled;

static void note(int number)
{
    (void)number;
    handled++;
}

static long act(int number, const struct action *wanted, struct action *old, size_t size)
{
    return syscall(SYS_rt_sigaction, number, wanted, old, size);
}

static const char *kind(const struct action *action)
{
    return action->handler == SIG_DFL ? "default" : action->handler == SIG_IGN ? "ignored" : "ours";
}

static void actions(void)
{
    section("the size of a set");
    struct action old;
    CALL(act(SIGUSR1, NULL, &old, 4));
    CALL(act(SIGUSR1, NULL, &old, 16));
    CALL(act(SIGUSR1, NULL, &old, SET_BYTES));
    section("numbers of actions");
    CALL(act(0, NULL, &old, SET_BYTES));
    CALL(act(-1, NULL, &old, SET_BYTES));
    CALL(act(65, NULL, &old, SET_BYTES));
    CALL(act(SIGKILL, NULL, &old, SET_BYTES));
    struct action ignored = { .handler = SIG_IGN };
    for (int number = 1; number <= 64; number++) {
        long result = act(number, &ignored, NULL, SET_BYTES);
        if (result != 0)
            printf("%d: %s\n", number, errno_name(errno));
        else if (act(number, NULL, &old, SET_BYTES) != 0 || old.handler != SIG_IGN)
            printf("%d: %s\n", number, kind(&old));
    }
}

/* With a handler of the C library's making; sigaction of musl and glibc refuse 32 to 34 only. */
static void sent(void)
{
    static const int numbers[] = { 16, 31, 35, 62, 63, 64 };
    section("what is handled, what arrives");
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct sigaction ours = { .sa_handler = note }, old = { 0 };
        int number = numbers[i];
        handled = 0;
        int before = sigaction(number, &ours, NULL), after = sigaction(number, NULL, &old);
        const char *was = old.sa_handler == SIG_DFL ? "default" : old.sa_handler == SIG_IGN ? "ignored" : "ours";
        printf("%d: set %d, read %d, %s\n", number, before, after, was);
        fflush(stdout);
        long result = syscall(SYS_kill, getpid(), number);
        printf("%d: kill %s, handled %d\n", number, result == 0 ? "ok" : errno_name(errno), (int)handled);
        handled = 0;
        result = syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), number);
        printf("%d: tgkill %s, handled %d\n", number, result == 0 ? "ok" : errno_name(errno), (int)handled);
    }
    section("numbers that are none");
    CALL(syscall(SYS_kill, getpid(), 0));
    CALL(syscall(SYS_kill, getpid(), -1));
    CALL(syscall(SYS_kill, getpid(), 65));
    CALL(syscall(SYS_tkill, syscall(SYS_gettid), 65));
    CALL(syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), -1));
}

static void masks(void)
{
    section("how a mask is changed");
    uint64_t set = 0, before = 0;
    for (int how = -1; how <= 3; how++) {
        char label[32];
        snprintf(label, sizeof label, "sigprocmask %d", how);
        report(label, syscall(SYS_rt_sigprocmask, how, &set, &before, SET_BYTES));
    }
    CALL(syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &before, 4));
}

static void flags(void)
{
    section("what an action keeps");
    static const struct { const char *name; int flag; } kept[] = {
        { "NOCLDSTOP", SA_NOCLDSTOP }, { "NOCLDWAIT", SA_NOCLDWAIT }, { "SIGINFO", SA_SIGINFO }, { "ONSTACK", SA_ONSTACK },
        { "RESTART", SA_RESTART },     { "NODEFER", SA_NODEFER },     { "RESETHAND", (int)SA_RESETHAND },
    };
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        struct sigaction ours = { .sa_handler = note, .sa_flags = kept[i].flag }, old = { 0 };
        sigaction(SIGCHLD, &ours, NULL);
        sigaction(SIGCHLD, NULL, &old);
        printf("%s %s\n", kept[i].name, (old.sa_flags & kept[i].flag) != 0 ? "kept" : "lost");
    }
}

static void stacks(void)
{
    static char room[65536];
    static const int modes[] = { 0, SS_ONSTACK, SS_DISABLE, 8 };
    section("flags of an alternate stack");
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        stack_t wanted = { .ss_sp = room, .ss_size = sizeof room, .ss_flags = modes[i] }, old = { .ss_flags = -1 };
        long result = syscall(SYS_sigaltstack, &wanted, NULL);
        int error = errno;
        syscall(SYS_sigaltstack, NULL, &old);
        printf("%d: %s, then %d\n", modes[i], result == 0 ? "ok" : errno_name(error), old.ss_flags);
    }
}

int main(void)
{
    actions();
    sent();
    masks();
    flags();
    stacks();
    return 0;
}
