/* Futexes that are locks (FUTEX_LOCK_PI and its kin), many at once (futex_waitv), robust mutexes. */
#include "guest.h"
#include <limits.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define FUTEX_WAIT 0
#define FUTEX_WAKE 1
#define FUTEX_REQUEUE 3
#define FUTEX_LOCK_PI 6
#define FUTEX_UNLOCK_PI 7
#define FUTEX_TRYLOCK_PI 8
#define FUTEX_WAIT_REQUEUE_PI 11
#define FUTEX_CMP_REQUEUE_PI 12
#define FUTEX_LOCK_PI2 13
#define FUTEX_PRIVATE_FLAG 128
#define FUTEX_CLOCK_REALTIME 256
#define FUTEX_WAITERS 0x80000000u
#define FUTEX_OWNER_DIED 0x40000000u
#define FUTEX_TID_MASK 0x3fffffffu
#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif

struct shared {
    uint32_t lock, second, condition;
    volatile int tids[4];
    volatile int order[8], count;
};
static struct shared *s;

static long futex(uint32_t *word, int operation, uint32_t value, const void *timeout, uint32_t *word2, uint32_t value3)
{
    return syscall(SYS_futex, word, operation, value, timeout, word2, value3);
}

static struct timespec in_ms(clockid_t clock, long ms)
{
    struct timespec at;
    clock_gettime(clock, &at);
    at.tv_nsec += ms * 1000000;
    at.tv_sec += at.tv_nsec / 1000000000;
    at.tv_nsec %= 1000000000;
    return at;
}

static void word(const char *what, uint32_t *at)
{
    uint32_t value = *at, id = value & FUTEX_TID_MASK;
    const char *whose = id == 0 ? "nobody's" : id == (uint32_t)getpid() ? "ours" : "another's";
    printf("%s: %s%s%s\n", what, whose, value & FUTEX_WAITERS ? ", waited for" : "", value & FUTEX_OWNER_DIED ? ", left" : "");
}

static void alone(void)
{
    section("alone");
    struct timespec soon, wrong = { 0, 1000000000 };
    CALL(futex(&s->lock, FUTEX_LOCK_PI, 0, NULL, NULL, 0));
    word("locked", &s->lock);
    CALL(futex(&s->lock, FUTEX_LOCK_PI, 0, NULL, NULL, 0));
    CALL(futex(&s->lock, FUTEX_TRYLOCK_PI, 0, NULL, NULL, 0));
    CALL(futex(&s->lock, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0));
    word("unlocked", &s->lock);
    CALL(futex(&s->lock, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0));
    CALL(futex(&s->lock, FUTEX_TRYLOCK_PI, 0, NULL, NULL, 0));
    s->lock = 0;
    CALL(futex(&s->lock, FUTEX_LOCK_PI2, 0, NULL, NULL, 0));
    s->lock = 0x3ffffff0;
    CALL(futex(&s->lock, FUTEX_LOCK_PI, 0, NULL, NULL, 0));
    CALL(futex(&s->lock, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0));
    pid_t owner = fork();
    if (owner == 0)
        for (;;)
            pause();
    s->lock = owner;
    soon = in_ms(CLOCK_REALTIME, 10);
    CALL(futex(&s->lock, FUTEX_LOCK_PI, 0, &soon, NULL, 0));
    word("nobody came", &s->lock);
    soon = in_ms(CLOCK_MONOTONIC, 10);
    CALL(futex(&s->lock, FUTEX_LOCK_PI2, 0, &soon, NULL, 0));
    soon = in_ms(CLOCK_REALTIME, 10);
    CALL(futex(&s->lock, FUTEX_LOCK_PI2 | FUTEX_CLOCK_REALTIME, 0, &soon, NULL, 0));
    CALL(futex(&s->lock, FUTEX_LOCK_PI, 0, &wrong, NULL, 0));
    CALL(futex(&s->lock, FUTEX_LOCK_PI | FUTEX_CLOCK_REALTIME, 0, NULL, NULL, 0));
    CALL(futex(&s->lock, FUTEX_TRYLOCK_PI, 0, NULL, NULL, 0));
    CALL(futex((uint32_t *)((char *)&s->lock + 1), FUTEX_LOCK_PI, 0, NULL, NULL, 0));
    CALL(futex(NOWHERE, FUTEX_LOCK_PI, 0, NULL, NULL, 0));
    CALL(futex(NOWHERE, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0));
    kill(owner, SIGKILL);
    waitpid(owner, NULL, 0);
    s->lock = FUTEX_OWNER_DIED;
    CALL(futex(&s->lock, FUTEX_LOCK_PI, 0, NULL, NULL, 0));
    word("it was left", &s->lock);
    s->lock = 0;
}

static char state(pid_t pid)
{
    char path[64], text[256] = "";
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    int fd = open(path, O_RDONLY);
    if (fd == -1)
        return '?';
    read(fd, text, sizeof text - 1);
    close(fd);
    char *end = strrchr(text, ')');
    return end == NULL ? '?' : end[2];
}

static void asleep(pid_t pid)
{
    while (state(pid) != 'S')
        nap(1);
}

static pid_t waiter(int number)
{
    pid_t child = fork();
    if (child != 0) {
        asleep(child);
        return child;
    }
    long result = futex(&s->lock, FUTEX_LOCK_PI, 0, NULL, NULL, 0);
    s->order[s->count++] = number;
    uint32_t mine = s->lock;
    if ((mine & FUTEX_TID_MASK) != (uint32_t)getpid())
        _exit(50);
    if (number != 2 && futex(&s->lock, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0) != 0)
        _exit(51);
    _exit(result + (mine & FUTEX_OWNER_DIED ? 10 : 0));
}

static void passed_on(void)
{
    section("passed on");
    pid_t children[3];
    CALL(futex(&s->lock, FUTEX_LOCK_PI, 0, NULL, NULL, 0));
    for (int i = 0; i < 3; i++)
        children[i] = waiter(i + 1);
    word("ours", &s->lock);
    CALL(futex(&s->lock, FUTEX_WAKE, 1, NULL, NULL, 0));
    CALL(futex(&s->lock, FUTEX_REQUEUE, 1, (void *)1, &s->second, 0));
    CALL(futex(&s->lock, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0));
    for (int i = 0; i < 3; i++) {
        int status;
        waitpid(children[i], &status, 0);
        printf("status %d\n", status >> 8);
    }
    printf("order %d %d %d\n", s->order[0], s->order[1], s->order[2]);
    word("at the end", &s->lock);
    s->lock = s->count = 0;
}

static void circle(void)
{
    section("in a circle");
    CALL(futex(&s->lock, FUTEX_LOCK_PI, 0, NULL, NULL, 0));
    pid_t child = fork();
    if (child == 0) {
        futex(&s->second, FUTEX_LOCK_PI, 0, NULL, NULL, 0);
        long result = futex(&s->lock, FUTEX_LOCK_PI, 0, NULL, NULL, 0);
        _exit(result == 0 ? 7 : 8);
    }
    asleep(child);
    CALL(futex(&s->second, FUTEX_LOCK_PI, 0, NULL, NULL, 0));
    CALL(futex(&s->lock, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0));
    int status;
    waitpid(child, &status, 0);
    printf("status %d\n", status >> 8);
    s->lock = s->second = 0;
}

static pid_t condition_waiter(uint32_t *lock)
{
    pid_t child = fork();
    if (child != 0) {
        asleep(child);
        return child;
    }
    long result = futex(&s->condition, FUTEX_WAIT_REQUEUE_PI, 0, NULL, lock, 0);
    if ((*lock & FUTEX_TID_MASK) != (uint32_t)getpid())
        _exit(50);
    futex(lock, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0);
    _exit(result);
}

static void conditions(void)
{
    section("conditions");
    struct timespec soon = in_ms(CLOCK_MONOTONIC, 10);
    CALL(futex(&s->condition, FUTEX_WAIT_REQUEUE_PI, 0, &soon, &s->lock, 0));
    CALL(futex(&s->condition, FUTEX_WAIT_REQUEUE_PI, 1, &soon, &s->lock, 0));
    CALL(futex(&s->condition, FUTEX_WAIT_REQUEUE_PI, 0, &soon, &s->condition, 0));
    CALL(futex(&s->condition, FUTEX_CMP_REQUEUE_PI, 2, (void *)1, &s->lock, 0));
    CALL(futex(&s->condition, FUTEX_CMP_REQUEUE_PI, 1, (void *)1, &s->condition, 0));
    CALL(futex(&s->condition, FUTEX_CMP_REQUEUE_PI, 1, (void *)1, &s->lock, 7));
    CALL(futex(&s->condition, FUTEX_CMP_REQUEUE_PI, 1, (void *)1, &s->lock, 0));
    pid_t children[3];
    for (int i = 0; i < 3; i++)
        children[i] = condition_waiter(&s->lock);
    CALL(futex(&s->condition, FUTEX_WAKE, 1, NULL, NULL, 0));
    CALL(futex(&s->condition, FUTEX_CMP_REQUEUE_PI, 1, (void *)9, &s->second, 0));
    CALL(futex(&s->condition, FUTEX_CMP_REQUEUE_PI, 1, (void *)9, &s->lock, 0));
    for (int i = 0; i < 3; i++) {
        int status;
        waitpid(children[i], &status, 0);
        printf("status %d\n", status >> 8);
    }
    s->lock = 0;
}

struct waitv {
    uint64_t value, address;
    uint32_t flags, reserved;
};

static long waitv(struct waitv *list, unsigned count, unsigned flags, const struct timespec *until, int clock)
{
    return syscall(SYS_futex_waitv, list, count, flags, until, clock);
}

static void several(void)
{
    section("several at once");
    uint32_t words[3] = { 1, 2, 3 };
    struct waitv list[3];
    for (int i = 0; i < 3; i++)
        list[i] = (struct waitv){ words[i], (uintptr_t)&words[i], 2 | FUTEX_PRIVATE_FLAG, 0 };
    struct timespec until = in_ms(CLOCK_MONOTONIC, 10);
    CALL(waitv(list, 3, 0, &until, CLOCK_MONOTONIC));
    until = in_ms(CLOCK_REALTIME, 10);
    CALL(waitv(list, 3, 0, &until, CLOCK_REALTIME));
    CALL(waitv(list, 3, 0, &until, CLOCK_BOOTTIME));
    CALL(waitv(list, 3, 1, &until, CLOCK_MONOTONIC));
    CALL(waitv(list, 0, 0, &until, CLOCK_MONOTONIC));
    CALL(waitv(list, 129, 0, &until, CLOCK_MONOTONIC));
    CALL(waitv(NULL, 1, 0, &until, CLOCK_MONOTONIC));
    CALL(waitv(NOWHERE, 1, 0, &until, CLOCK_MONOTONIC));
    list[1].value = 9;
    CALL(waitv(list, 3, 0, &until, CLOCK_MONOTONIC));
    list[1].value = 2;
    list[1].flags = 0x100;
    CALL(waitv(list, 3, 0, &until, CLOCK_MONOTONIC));
    list[1].flags = 2;
    list[1].reserved = 1;
    CALL(waitv(list, 3, 0, &until, CLOCK_MONOTONIC));
    list[1].reserved = 0;
    list[1].address = 0x10;
    CALL(waitv(list, 3, 0, &until, CLOCK_MONOTONIC));
    s->second = 0;
    list[0] = (struct waitv){ 0, (uintptr_t)&s->condition, 2, 0 };
    list[1] = (struct waitv){ 0, (uintptr_t)&s->second, 2, 0 };
    pid_t child = fork();
    if (child == 0)
        _exit(waitv(list, 2, 0, NULL, 0));
    asleep(child);
    CALL(futex(&s->second, FUTEX_WAKE, INT_MAX, NULL, NULL, 0));
    int status;
    waitpid(child, &status, 0);
    printf("it was number %d\n", status >> 8);
}

static void *ends_with_it(void *mutex)
{
    pthread_mutex_lock(mutex);
    return NULL;
}

static void mutexes(int protocol)
{
    printf("-- robust mutexes, protocol %d\n", protocol);
    pthread_mutexattr_t attributes;
    pthread_mutex_t *mutex = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    if (pthread_mutexattr_setprotocol(&attributes, protocol) != 0)
        return;
    if (pthread_mutex_init(mutex, &attributes) != 0)
        return;
    pthread_t thread;
    pthread_create(&thread, NULL, ends_with_it, mutex);
    pthread_join(thread, NULL);
    printf("left by a thread: %d\n", pthread_mutex_lock(mutex) == EOWNERDEAD);
    printf("made right: %d\n", pthread_mutex_consistent(mutex));
    printf("unlocked: %d\n", pthread_mutex_unlock(mutex));
    pid_t child = fork();
    if (child == 0) {
        pthread_mutex_lock(mutex);
        for (;;)
            pause();
    }
    while (pthread_mutex_trylock(mutex) == 0) {
        pthread_mutex_unlock(mutex);
        nap(1);
    }
    struct timespec until = in_ms(CLOCK_REALTIME, 10);
    printf("taken: %s\n", errno_name(pthread_mutex_timedlock(mutex, &until)));
    kill(child, SIGKILL);
    printf("left by a process: %d\n", pthread_mutex_lock(mutex) == EOWNERDEAD);
    printf("not made right: %d\n", pthread_mutex_unlock(mutex));
    printf("for ever: %d\n", pthread_mutex_lock(mutex) == ENOTRECOVERABLE);
    waitpid(child, NULL, 0);
}

int main(void)
{
    setvbuf(stdout, NULL, _IONBF, 0);
    s = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    uint32_t trial = 0;
    mutexes(PTHREAD_PRIO_NONE);
    if (futex(&trial, FUTEX_TRYLOCK_PI, 0, NULL, NULL, 0) == -1) {
        printf("no locks: %s\n", errno_name(errno));
        return 0;
    }
    alone();
    passed_on();
    circle();
    conditions();
    several();
    mutexes(PTHREAD_PRIO_INHERIT);
    return 0;
}
