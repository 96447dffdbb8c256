/* futex(2) itself: every operation by its number, its errors, and words that two processes share. */
#include "guest.h"
#include <limits.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>

/* <linux/futex.h>, which not every C library comes with. */
#define FUTEX_WAIT 0
#define FUTEX_WAKE 1
#define FUTEX_FD 2
#define FUTEX_REQUEUE 3
#define FUTEX_CMP_REQUEUE 4
#define FUTEX_WAKE_OP 5
#define FUTEX_WAIT_BITSET 9
#define FUTEX_WAKE_BITSET 10
#define FUTEX_PRIVATE_FLAG 128
#define FUTEX_CLOCK_REALTIME 256
#define FUTEX_BITSET_MATCH_ANY 0xffffffffu

/* What FUTEX_WAKE_OP does with the second word, and how it compares what was there. */
enum { OP_SET, OP_ADD, OP_OR, OP_ANDN, OP_XOR, OP_SHIFTED = 8 };
enum { CMP_EQ, CMP_NE, CMP_LT, CMP_LE, CMP_GT, CMP_GE };

static uint32_t encoded(uint32_t operation, uint32_t argument, uint32_t comparison, uint32_t with)
{
    return operation << 28 | (argument & 0xfff) << 12 | comparison << 24 | (with & 0xfff);
}

/* struct robust_list_head. */
struct robust_list {
    struct robust_list *next;
    long offset;
    void *pending;
};

static long futex(uint32_t *word, int operation, uint32_t value, const void *timeout, uint32_t *word2, uint32_t value3)
{
    return syscall(SYS_futex, word, operation, value, timeout, word2, value3);
}

static struct timespec ms(long milliseconds)
{
    return (struct timespec){ milliseconds / 1000, milliseconds % 1000 * 1000000 };
}

static void waiting(void)
{
    section("waiting");
    uint32_t word = 1, other = 2;
    struct timespec soon = ms(10), wrong = { 0, 1000000000 }, negative = { -1, 0 }, past = { 0, 1 };
    CALL(futex(&word, FUTEX_WAIT, 2, NULL, NULL, 0));
    CALL(futex(&word, FUTEX_WAIT, 1, &soon, NULL, 0));
    CALL(futex(&word, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 1, &soon, NULL, 0));
    CALL(futex(&word, FUTEX_WAIT, 1, &wrong, NULL, 0));
    CALL(futex(&word, FUTEX_WAIT, 1, &negative, NULL, 0));
    CALL(futex(&word, FUTEX_WAIT, 1, NOWHERE, NULL, 0));
    CALL(futex(&word, FUTEX_WAIT_BITSET, 1, &past, NULL, 1));
    CALL(futex(&word, FUTEX_WAIT_BITSET, 1, &past, NULL, 0));
    CALL(futex(&word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 1, &past, NULL, FUTEX_BITSET_MATCH_ANY));
    CALL(futex(&word, FUTEX_WAIT | FUTEX_CLOCK_REALTIME, 1, &soon, NULL, 0));
    CALL(futex((uint32_t *)((char *)&word + 1), FUTEX_WAIT, 1, &soon, NULL, 0));
    CALL(futex(NOWHERE, FUTEX_WAIT, 1, &soon, NULL, 0));
    CALL(futex((uint32_t *)(1UL << 63), FUTEX_WAIT, 1, &soon, NULL, 0));
    CALL(futex(&word, FUTEX_FD, 1, NULL, NULL, 0));
    CALL(futex(&word, 100, 1, NULL, NULL, 0));
    section("waking nobody");
    CALL(futex(&word, FUTEX_WAKE, 1, NULL, NULL, 0));
    CALL(futex(&word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, INT_MAX, NULL, NULL, 0));
    CALL(futex(&word, FUTEX_WAKE_BITSET, 1, NULL, NULL, 0));
    CALL(futex(&word, FUTEX_WAKE_BITSET, 1, NULL, NULL, 4));
    CALL(futex(NOWHERE, FUTEX_WAKE, 1, NULL, NULL, 0));
    CALL(futex(NOWHERE, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, NULL, NULL, 0));
    CALL(futex((uint32_t *)((char *)&word + 2), FUTEX_WAKE, 1, NULL, NULL, 0));
    CALL(futex(&word, FUTEX_REQUEUE, 1, (void *)1, &other, 0));
    CALL(futex(&word, FUTEX_REQUEUE, -1, (void *)1, &other, 0));
    CALL(futex(&word, FUTEX_CMP_REQUEUE, 1, (void *)1, &other, 1));
    CALL(futex(&word, FUTEX_CMP_REQUEUE, 1, (void *)1, &other, 7));
    CALL(futex(&word, FUTEX_CMP_REQUEUE, 1, (void *)1, NOWHERE, 1));
    section("an operation and a wake");
    static const int operations[] = { OP_SET, OP_ADD, OP_OR, OP_ANDN, OP_XOR };
    for (int i = 0; i < 5; i++) {
        other = 0xf0;
        CALL(futex(&word, FUTEX_WAKE_OP, 1, (void *)1, &other, encoded(operations[i], 0x33, CMP_GT, 5)));
        printf("now %x\n", other);
    }
    other = 1;
    CALL(futex(&word, FUTEX_WAKE_OP, 1, (void *)1, &other, encoded(OP_OR | OP_SHIFTED, 9, CMP_EQ, 1)));
    printf("now %x\n", other);
    CALL(futex(&word, FUTEX_WAKE_OP, 1, (void *)1, &other, encoded(OP_ADD, -3, CMP_LT, -1)));
    printf("now %x\n", other);
    CALL(futex(&word, FUTEX_WAKE_OP, 1, (void *)1, &other, encoded(7, 1, CMP_EQ, 1)));
    CALL(futex(&word, FUTEX_WAKE_OP, 1, (void *)1, &other, encoded(OP_SET, 1, 9, 1)));
    CALL(futex(&word, FUTEX_WAKE_OP, 1, (void *)1, NOWHERE, encoded(OP_SET, 1, CMP_EQ, 1)));
}

/* What the processes share: words, and how many children were woken. */
struct shared {
    uint32_t first, second;
    volatile uint32_t woken;
};

static struct shared *shared;

static void child_waits(uint32_t *word, uint32_t bits)
{
    if (fork() != 0)
        return;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    now.tv_sec += 20;
    long result = futex(word, FUTEX_WAIT_BITSET, 0, &now, NULL, bits);
    __atomic_add_fetch(&shared->woken, 1, __ATOMIC_SEQ_CST);
    _exit(result == 0 ? 0 : 1);
}

static long all_woken(int count)
{
    int status, failed = 0;
    for (int i = 0; i < count; i++) {
        wait(&status);
        failed += status != 0;
    }
    return failed;
}

/* Wakes until as many have been woken as there are sleepers: those that do not sleep yet are woken later. */
static long wake_all(uint32_t *word, long count, uint32_t bits)
{
    long woken = 0;
    while (woken < count) {
        woken += futex(word, FUTEX_WAKE_BITSET, INT_MAX, NULL, NULL, bits);
        nap(1);
    }
    return woken;
}

static void between_processes(void)
{
    section("between processes");
    shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < 3; i++)
        child_waits(&shared->first, FUTEX_BITSET_MATCH_ANY);
    CALL(wake_all(&shared->first, 3, FUTEX_BITSET_MATCH_ANY));
    CALL(all_woken(3));
    child_waits(&shared->first, 1);
    child_waits(&shared->first, 2);
    CALL(wake_all(&shared->first, 1, 2));
    CALL(all_woken(1));
    printf("woken %d\n", (int)shared->woken);
    CALL(wake_all(&shared->first, 1, 1));
    CALL(all_woken(1));

    section("moved");
    for (int i = 0; i < 4; i++)
        child_waits(&shared->first, FUTEX_BITSET_MATCH_ANY);
    int moved = 0;
    while (moved < 4) {
        moved += futex(&shared->first, FUTEX_CMP_REQUEUE, 0, (void *)4L, &shared->second, 0);
        nap(1);
    }
    printf("moved %d\n", moved);
    CALL(futex(&shared->first, FUTEX_WAKE, INT_MAX, NULL, NULL, 0));
    CALL(futex(&shared->second, FUTEX_WAKE, 3, NULL, NULL, 0));
    CALL(futex(&shared->second, FUTEX_WAKE, 3, NULL, NULL, 0));
    CALL(all_woken(4));

    section("a file that two have mapped");
    int fd = open("word", O_RDWR | O_CREAT, 0600);
    ftruncate(fd, 4096);
    uint32_t *mine = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (fork() == 0) {
        uint32_t *theirs = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        munmap(mine, 4096);
        struct timespec long_time = ms(20000);
        _exit(futex(theirs, FUTEX_WAIT, 0, &long_time, NULL, 0) == 0 ? 0 : 1);
    }
    CALL(wake_all(mine, 1, FUTEX_BITSET_MATCH_ANY));
    CALL(all_woken(1));
    unlink("word");
}

static void on_alarm(int number)
{
    (void)number;
}

static void interrupted(void)
{
    section("interrupted");
    uint32_t word = 0;
    struct sigaction action = { .sa_handler = on_alarm };
    struct timespec second = ms(20000);
    sigaction(SIGALRM, &action, NULL);
    struct itimerval every = { { 0, 20000 }, { 0, 20000 } };
    setitimer(ITIMER_REAL, &every, NULL);
    CALL(futex(&word, FUTEX_WAIT, 0, &second, NULL, 0));
    section("robust lists");
    struct robust_list head = { &head, 0, NULL }, *got;
    size_t length;
    CALL(syscall(SYS_set_robust_list, &head, sizeof head - 1));
    CALL(syscall(SYS_set_robust_list, &head, sizeof head));
    CALL(syscall(SYS_get_robust_list, 0, &got, &length));
    printf("ours %d, length %zu\n", got == &head, length);
    CALL(syscall(SYS_get_robust_list, 0, NOWHERE, &length));
    CALL(syscall(SYS_get_robust_list, -5, &got, &length));
}

int main(void)
{
    waiting();
    between_processes();
    interrupted();
    return 0;
}
