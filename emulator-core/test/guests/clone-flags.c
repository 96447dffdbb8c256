/* clone by its flags, one by one: what is taken, what is refused, what an exit signal may be. */
#include "guest.h"
#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>

static int *shared;

static long raw_clone(unsigned long flags)
{
    return syscall(SYS_clone, flags, 0, &shared[0], &shared[1], 0);
}

/* Makes a child, which ends at once. */
static void try(const char *name, unsigned long flags)
{
    fflush(stdout);
    long child = raw_clone(flags);
    if (child == 0)
        _exit(3);
    if (child < 0)
        printf("%s: %s\n", name, errno_name(errno));
    else {
        int status = 0;
        long waited = waitpid(child, &status, __WALL);
        printf("%s: made, %s\n", name, waited != child ? "not to be waited for" : status == 3 << 8 ? "ended" : "ended otherwise");
    }
}

static void flags(void)
{
    static const struct { const char *name; unsigned long flag; } single[] = {
        { "FS", CLONE_FS },
        { "FILES", CLONE_FILES },
        { "SIGHAND", CLONE_SIGHAND },
        { "bit 12", 0x1000 },
        { "PTRACE", CLONE_PTRACE },
        { "VFORK", CLONE_VFORK },
        { "THREAD", CLONE_THREAD },
        { "THREAD and SIGHAND", CLONE_THREAD | CLONE_SIGHAND },
        { "FS and NEWNS", CLONE_FS | CLONE_NEWNS },
        { "SYSVSEM", CLONE_SYSVSEM },
        { "PARENT_SETTID", CLONE_PARENT_SETTID },
        { "CHILD_SETTID", CLONE_CHILD_SETTID },
        { "CHILD_CLEARTID", CLONE_CHILD_CLEARTID },
        { "DETACHED", CLONE_DETACHED },
        { "UNTRACED", CLONE_UNTRACED },
        { "IO", CLONE_IO },
    };
    section("flags");
    for (size_t i = 0; i < sizeof single / sizeof *single; i++)
        try(single[i].name, single[i].flag | SIGCHLD);
}

static void exit_signals(void)
{
    static const int numbers[] = { 0, SIGCHLD, SIGUSR1, 31, 65, 100, 255 };
    section("the signal of the end");
    signal(SIGUSR1, SIG_IGN);
    signal(31, SIG_IGN);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        char name[24];
        snprintf(name, sizeof name, "signal %d", numbers[i]);
        try(name, numbers[i]);
    }
}

static void words(void)
{
    section("the words");
    shared[0] = shared[1] = -1;
    long child = raw_clone(CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | SIGCHLD);
    if (child == 0)
        _exit(shared[1] == getpid() ? 1 : 2);
    int status;
    waitpid(child, &status, 0);
    printf("parent told %d, child told %d\n", shared[0] == child, status >> 8);
    section("whose child it is");
    pid_t maker = getpid(), middle = fork();
    if (middle == 0) {
        long made = raw_clone(CLONE_PARENT | SIGCHLD);
        if (made == 0) {
            pid_t parent = getppid();
            _exit(parent == maker ? 4 : 5);
        }
        _exit(waitpid(made, &status, 0) == made ? status >> 8 : 6);
    }
    int sum = 0, children = 0;
    while (waitpid(-1, &status, 0) > 0) {
        sum += status >> 8;
        children++;
    }
    printf("%d children, sum %d\n", children, sum);
    section("clone3");
    uint64_t arguments[11] = { 0, 0, 0, 0, SIGCHLD };
    child = syscall(435, arguments, sizeof arguments);
    if (child == 0)
        _exit(0);
    report_ok("clone3", child);
    while (waitpid(-1, NULL, 0) > 0)
        ;
}

int main(void)
{
    shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    flags();
    exit_signals();
    words();
    return 0;
}
