/* Scheduling classes and their limits, kcmp, process usage: what is refused and what is remembered. */
#include "guest.h"
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#ifndef SYS_sched_setattr
#define SYS_sched_setattr 314
#define SYS_sched_getattr 315
#endif
#ifndef SYS_kcmp
#define SYS_kcmp 312
#endif

struct attributes {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
    uint32_t least, most;
};

/* System calls themselves: musl's functions refuse. */
static long setscheduler(pid_t pid, int policy, int priority)
{
    return syscall(SYS_sched_setscheduler, pid, policy, &priority);
}

static long getparam(pid_t pid)
{
    int priority = -1;
    return syscall(SYS_sched_getparam, pid, &priority) == -1 ? -1 : priority;
}

static long setparam(pid_t pid, int priority)
{
    return syscall(SYS_sched_setparam, pid, &priority);
}

#define getscheduler(pid) syscall(SYS_sched_getscheduler, pid)

static long setattr(pid_t pid, struct attributes *a, unsigned flags)
{
    return syscall(SYS_sched_setattr, pid, a, flags);
}

static void show(void)
{
    struct attributes a;
    memset(&a, 0, sizeof a);
    if (syscall(SYS_sched_getattr, 0, &a, sizeof a, 0) == -1) {
        printf("getattr: %s\n", errno_name(errno));
        return;
    }
    printf("size %u, policy %u, flags %lx, nice %d, priority %u, most %u\n", a.size, a.policy, (unsigned long)a.flags, a.nice,
        a.priority, a.most);
}

static void refusals(void)
{
    section("refused");
    CALL(getscheduler(0));
    CALL(getscheduler(-1));
    CALL(getscheduler(1 << 22));
    CALL(getparam(0));
    CALL(syscall(SYS_sched_getparam, 0, NULL));
    CALL(syscall(SYS_sched_getparam, 0, NOWHERE));
    CALL(syscall(SYS_sched_getparam, -1, NOWHERE));
    CALL(setscheduler(0, SCHED_OTHER, 1));
    CALL(setscheduler(0, SCHED_FIFO, 0));
    CALL(setscheduler(0, SCHED_FIFO, 100));
    CALL(setscheduler(0, 4, 0));
    CALL(setscheduler(0, 99, 0));
    CALL(setscheduler(0, -5, 0));
    CALL(setscheduler(-1, 0, 0));
    CALL(setscheduler(1 << 22, 0, 0));
    CALL(syscall(SYS_sched_setscheduler, 0, 0, NULL));
    CALL(syscall(SYS_sched_setscheduler, 0, 0, NOWHERE));
    CALL(setparam(0, 5));
    CALL(setparam(-1, 0));
    CALL(setparam(1 << 22, 0));
    for (int policy = -1; policy < 7; policy++) {
        printf("policy %d\n", policy);
        CALL(syscall(SYS_sched_get_priority_min, policy));
        CALL(syscall(SYS_sched_get_priority_max, policy));
    }
    struct timespec slice;
    CALL(syscall(SYS_sched_rr_get_interval, 0, &slice));
    CALL(syscall(SYS_sched_rr_get_interval, -1, &slice));
    CALL(syscall(SYS_sched_rr_get_interval, 1 << 22, &slice));
    CALL(syscall(SYS_sched_rr_get_interval, 0, NOWHERE));
}

static void remembered(void)
{
    section("remembered");
    CALL(setscheduler(0, SCHED_BATCH, 0));
    CALL(getscheduler(0));
    CALL(setscheduler(0, SCHED_IDLE, 0));
    CALL(getscheduler(0));
    CALL(setscheduler(0, SCHED_OTHER, 0));
    CALL(setscheduler(0, SCHED_OTHER | 0x40000000, 0));
    CALL(getscheduler(0));
    show();
    CALL(setscheduler(0, SCHED_OTHER, 0));
    show();
    section("attributes");
    struct attributes a = { .size = sizeof a };
    CALL(setattr(0, NULL, 0));
    CALL(setattr(0, NOWHERE, 0));
    CALL(setattr(-1, &a, 0));
    CALL(setattr(0, &a, 1));
    CALL(setattr(1 << 22, &a, 0));
    a.size = 8;
    CALL(setattr(0, &a, 0));
    printf("size %u\n", a.size);
    a.size = 48;
    CALL(setattr(0, &a, 0));
    a.flags = 0x1000;
    CALL(setattr(0, &a, 0));
    a.flags = 0;
    a.policy = 77;
    CALL(setattr(0, &a, 0));
    a.policy = 0x80000000;
    CALL(setattr(0, &a, 0));
    struct { struct attributes a; uint64_t more; } longer = { { .size = sizeof longer }, 0 };
    CALL(setattr(0, &longer.a, 0));
    longer.more = 1;
    CALL(setattr(0, &longer.a, 0));
    CALL(syscall(SYS_sched_getattr, 0, &a, 47, 0));
    CALL(syscall(SYS_sched_getattr, 0, &a, 4097, 0));
    CALL(syscall(SYS_sched_getattr, 0, &a, 48, 1));
    CALL(syscall(SYS_sched_getattr, 1 << 22, &a, 48, 0));
    CALL(syscall(SYS_sched_getattr, 0, NULL, 48, 0));
    CALL(syscall(SYS_sched_getattr, 0, &a, 48, 0));
    printf("size %u\n", a.size);
    a = (struct attributes){ .size = 48, .nice = 3 };
    CALL(setattr(0, &a, 0));
    show();
    CALL(getpriority(PRIO_PROCESS, 0));
}

static void in_real_time(void)
{
    section("in real time");
    CALL(setscheduler(0, SCHED_FIFO, 7));
    CALL(getscheduler(0));
    CALL(getparam(0));
    CALL(setparam(0, 9));
    CALL(setparam(0, 0));
    show();
    struct timespec slice;
    CALL(syscall(SYS_sched_rr_get_interval, 0, &slice));
    printf("%ld %ld\n", (long)slice.tv_sec, (long)slice.tv_nsec);
    CALL(setscheduler(0, SCHED_RR | 0x40000000, 1));
    CALL(getscheduler(0));
    CALL(syscall(SYS_sched_rr_get_interval, 0, &slice));
    printf("%ld %ld\n", (long)slice.tv_sec, (long)slice.tv_nsec);
    if (fork() == 0) {
        CALL(getscheduler(0));
        CALL(getparam(0));
        _exit(0);
    }
    wait(NULL);
    CALL(setscheduler(0, SCHED_OTHER, 0));
    section("without privileges");
    fflush(stdout);
    if (fork() == 0) {
        pid_t parent = getppid();
        syscall(SYS_setresuid, 99, 99, 99);
        CALL(setscheduler(0, SCHED_FIFO, 1));
        CALL(setscheduler(0, SCHED_BATCH, 0));
        CALL(setscheduler(parent, SCHED_BATCH, 0));
        CALL(getscheduler(parent));
        struct attributes a = { .size = 48, .nice = -1 };
        CALL(setattr(0, &a, 0));
        CALL(setpriority(PRIO_PROCESS, 0, 10));
        CALL(setpriority(PRIO_PROCESS, 0, 9));
        CALL(setpriority(PRIO_PROCESS, parent, 9));
        unsigned long one = 1;
        CALL(syscall(SYS_sched_setaffinity, parent, sizeof one, &one));
        _exit(0);
    }
    wait(NULL);
}

static void compared(void)
{
    section("compared");
    pid_t us = getpid();
    int copy = dup(1), other = open("/dev/null", O_RDONLY);
    CALL(syscall(SYS_kcmp, us, us, 0, 1, copy));
    CALL(syscall(SYS_kcmp, us, us, 0, 1, other) > 0);
    CALL(syscall(SYS_kcmp, us, us, 0, 1, other) + syscall(SYS_kcmp, us, us, 0, other, 1));
    CALL(syscall(SYS_kcmp, us, us, 0, 1, 99));
    CALL(syscall(SYS_kcmp, us, us, 99, 0, 0));
    CALL(syscall(SYS_kcmp, us, 1 << 22, 0, 0, 0));
    for (int type = 1; type <= 6; type++)
        CALL(syscall(SYS_kcmp, us, us, type, 0, 0));
    fflush(stdout);
    if (fork() == 0) {
        CALL(syscall(SYS_kcmp, us, getpid(), 0, 1, copy));
        for (int type = 1; type <= 4; type++)
            CALL(syscall(SYS_kcmp, us, getpid(), type, 0, 0) > 0);
        _exit(0);
    }
    wait(NULL);
}

static void used(void)
{
    section("used");
    struct rusage ours, children;
    char *memory = mmap(NULL, 8 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(memory, 1, 8 << 20);
    munmap(memory, 8 << 20);
    if (fork() == 0) {
        memory = mmap(NULL, 24 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        memset(memory, 1, 24 << 20);
        nap(5);
        _exit(0);
    }
    CALL(getrusage(RUSAGE_CHILDREN, &children));
    printf("nothing yet %d\n", children.ru_maxrss == 0 && children.ru_nvcsw == 0);
    wait(NULL);
    CALL(getrusage(RUSAGE_CHILDREN, &children));
    CALL(getrusage(RUSAGE_SELF, &ours));
    printf("children's memory %d, sleeps %d\n", children.ru_maxrss >= 20 << 10, children.ru_nvcsw > 0);
    printf("unused %ld %ld %ld %ld %ld %ld\n", ours.ru_ixrss, ours.ru_idrss, ours.ru_isrss, ours.ru_nswap, ours.ru_msgsnd,
        ours.ru_nsignals);
    printf("sleeps %d\n", ours.ru_nvcsw > 0);
}

int main(void)
{
    setvbuf(stdout, NULL, _IONBF, 0);
    refusals();
    remembered();
    if (getuid() == 0)
        in_real_time();
    compared();
    used();
    return 0;
}
