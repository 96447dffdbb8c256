/* rseq(2) and membarrier(2): what is refused, and sections that begin anew when a signal or another thread comes between. */
#include "guest.h"
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <sys/time.h>
#include <sys/wait.h>

#ifndef SYS_rseq
#define SYS_rseq 334
#endif
#ifndef SYS_membarrier
#define SYS_membarrier 324
#endif
#define SIGNATURE 0x53053053

struct sequences {
    uint32_t cpu_id_start, cpu_id;
    uint64_t section;
    uint32_t flags, node_id, mm_cid, padding;
} __attribute__((aligned(32)));

/* The C library may have registered one. */
extern const ptrdiff_t __rseq_offset __attribute__((weak));
extern const unsigned int __rseq_size __attribute__((weak));
static struct sequences own_sequences;
static struct sequences *sequences;

static long rseq(void *at, uint32_t length, int flags, uint32_t signature)
{
    return syscall(SYS_rseq, at, length, flags, signature);
}

static void find(void)
{
    if (&__rseq_offset != NULL && __rseq_size > 0) {
        sequences = (struct sequences *)((char *)__builtin_thread_pointer() + __rseq_offset);
        return;
    }
    sequences = &own_sequences;
    if (rseq(sequences, 32, 0, SIGNATURE) == -1) {
        printf("no sequences: %s\n", errno_name(errno));
        exit(0);
    }
}

static void refusals(void)
{
    section("refused");
    static struct sequences other;
    CALL(rseq(sequences, 32, 0, SIGNATURE));
    CALL(rseq(sequences, 32, 0, 1));
    CALL(rseq(sequences, 64, 0, SIGNATURE));
    CALL(rseq(&other, 32, 0, SIGNATURE));
    CALL(rseq(sequences, 32, 2, SIGNATURE));
    CALL(rseq(sequences, 32, 3, SIGNATURE));
    CALL(rseq(sequences, 32, 1, 1));
    CALL(rseq(&other, 32, 1, SIGNATURE));
    CALL(rseq(sequences, 32, 1, SIGNATURE));
    printf("cpu %d\n", (int)sequences->cpu_id);
    CALL(rseq(sequences, 32, 1, SIGNATURE));
    CALL(rseq(sequences, 16, 0, SIGNATURE));
    CALL(rseq((char *)sequences + 8, 32, 0, SIGNATURE));
    CALL(rseq((void *)(1UL << 63), 32, 0, SIGNATURE));
    CALL(rseq(sequences, 32, 0, SIGNATURE));
    unsigned cpu, node;
    syscall(SYS_getcpu, &cpu, &node, NULL);
    printf("cpu known %d, node %d\n", sequences->cpu_id < 1024 && cpu < 1024, sequences->node_id == node);
}

/* Counts down within a section. 1 if it came to the end, 0 if it was begun anew. */
static int counted(long turns)
{
    int done;
    __asm__ volatile(
        ".pushsection sections, \"aw\"\n"
        ".balign 32\n"
        "3: .long 0, 0\n"
        ".quad 1f, 2f - 1f, 4f\n"
        ".popsection\n"
        "leaq 3b(%%rip), %%rax\n"
        "movq %%rax, %[section]\n"
        "1:\n"
        "decq %[turns]\n"
        "jnz 1b\n"
        "2:\n"
        "movl $1, %[done]\n"
        "jmp 5f\n"
        ".byte 0x0f, 0xb9, 0x3d\n"
        ".long 0x53053053\n"
        "4:\n"
        "movl $0, %[done]\n"
        "5:\n"
        : [done] "=&r"(done), [turns] "+r"(turns), [section] "=m"(sequences->section)
        :
        : "rax", "memory", "cc");
    return done;
}

static volatile int alarms;

static void on_alarm(int number)
{
    (void)number;
    alarms++;
}

static void by_signal(void)
{
    section("a signal comes between");
    signal(SIGALRM, on_alarm);
    printf("alone %d\n", counted(10));
    struct itimerval every = { { 0, 10000 }, { 0, 10000 } };
    setitimer(ITIMER_REAL, &every, NULL);
    /* Another program may come between first. */
    while (counted(200000000) || alarms == 0)
        ;
    printf("begun anew, alarm %d, over %d\n", alarms > 0, sequences->section == 0);
    struct itimerval never = { { 0, 0 }, { 0, 0 } };
    setitimer(ITIMER_REAL, &never, NULL);
}

static volatile int stop;

static void *spin(void *unused)
{
    while (!stop)
        ;
    return unused;
}

static void by_thread(void)
{
    section("another thread comes between");
    cpu_set_t one, before;
    sched_getaffinity(0, sizeof before, &before);
    CPU_ZERO(&one);
    for (int i = 0; i < CPU_SETSIZE && CPU_COUNT(&one) == 0; i++)
        if (CPU_ISSET(i, &before))
            CPU_SET(i, &one);
    CALL(sched_setaffinity(0, sizeof one, &one));
    pthread_t thread;
    pthread_create(&thread, NULL, spin, NULL);
    while (counted(500000000))
        ;
    puts("begun anew");
    stop = 1;
    pthread_join(thread, NULL);
}

/* A section that makes no sense is the thread's end. */
static void wrong(const char *what, uint64_t start, uint64_t length, uint64_t abort_at, uint32_t version)
{
    static struct {
        uint32_t version, flags;
        uint64_t start, length, abort_at;
    } __attribute__((aligned(32))) section;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        section.version = version;
        section.start = start;
        section.length = length;
        section.abort_at = abort_at;
        sequences->section = (uintptr_t)&section;
        kill(getpid(), SIGALRM);
        _exit(sequences->section == 0);
    }
    int status;
    waitpid(child, &status, 0);
    printf("%s: %x\n", what, status);
}

static void *in_thread(void *unused)
{
    return unused;
}

static void nonsense(void)
{
    section("sections that make no sense");
    uint64_t code = (uintptr_t)in_thread;
    wrong("somewhere else, without a signature", code, 1, code, 0);
    wrong("of a later version", code, 1, code + 64, 1);
    wrong("ends within itself", code, 64, code + 8, 0);
    wrong("too high", 0xffff800000000000, 1, code, 0);
    wrong("too long", code, -1, code, 0);
    pid_t child = fork();
    if (child == 0) {
        sequences->section = 0x10;
        kill(getpid(), SIGALRM);
        _exit(0);
    }
    int status;
    waitpid(child, &status, 0);
    printf("nowhere: %x\n", status);
}

static long membarrier(int command, unsigned flags)
{
    return syscall(SYS_membarrier, command, flags, 0);
}

static void barriers(void)
{
    section("barriers");
    CALL((membarrier(0, 0) & 0x1ff) == 0x1ff);
    CALL(membarrier(0, 1));
    CALL(membarrier(1, 0));
    CALL(membarrier(2, 0));
    CALL(membarrier(8, 0));
    CALL(membarrier(16, 0));
    CALL(membarrier(8, 0));
    CALL(membarrier(32, 0));
    CALL(membarrier(64, 0));
    CALL(membarrier(32, 0));
    CALL(membarrier(128, 0));
    CALL(membarrier(256, 0));
    CALL(membarrier(128, 0));
    CALL(membarrier(128, 1));
    CALL(membarrier(128, 2));
    CALL(membarrier(4, 0));
    CALL(membarrier(3, 0));
    CALL(membarrier(-1, 0));
    if (fork() == 0) {
        CALL(membarrier(8, 0));
        _exit(0);
    }
    wait(NULL);
}

int main(void)
{
    setvbuf(stdout, NULL, _IONBF, 0);
    find();
    refusals();
    by_signal();
    by_thread();
    nonsense();
    barriers();
    return 0;
}
