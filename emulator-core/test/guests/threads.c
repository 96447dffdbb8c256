/* Threads: what they share, how they wait for each other, how they end. */
#include "guest.h"
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define THREADS 6
#define ROUNDS 2000

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static long counter;
static __thread long own = 5;

static struct timespec in_ms(clockid_t clock, long milliseconds)
{
    struct timespec at;
    clock_gettime(clock, &at);
    at.tv_nsec += milliseconds * 1000000;
    at.tv_sec += at.tv_nsec / 1000000000;
    at.tv_nsec %= 1000000000;
    return at;
}

static void *count(void *number)
{
    for (int i = 0; i < ROUNDS; i++) {
        pthread_mutex_lock(&lock);
        long before = counter;
        if (i % 100 == 0)
            sched_yield();
        counter = before + 1;
        own++;
        pthread_mutex_unlock(&lock);
    }
    return (void *)(own + (long)number);
}

static void counting(void)
{
    section("a mutex");
    pthread_t threads[THREADS];
    long sum = 0;
    for (long i = 0; i < THREADS; i++)
        CALL(pthread_create(&threads[i], NULL, count, (void *)i));
    for (int i = 0; i < THREADS; i++) {
        void *result;
        CALL(pthread_join(threads[i], &result));
        sum += (long)result;
    }
    printf("counted %ld, thread-local %ld, ours %ld\n", counter, sum, own);
}

static int turn;

static void *ping(void *unused)
{
    for (int i = 0; i < 500; i++) {
        pthread_mutex_lock(&lock);
        while (turn != 1)
            pthread_cond_wait(&changed, &lock);
        turn = 0;
        pthread_cond_broadcast(&changed);
        pthread_mutex_unlock(&lock);
    }
    return unused;
}

static void conditions(void)
{
    section("a condition");
    pthread_t thread;
    pthread_create(&thread, NULL, ping, NULL);
    for (int i = 0; i < 500; i++) {
        pthread_mutex_lock(&lock);
        turn = 1;
        pthread_cond_broadcast(&changed);
        while (turn != 0)
            pthread_cond_wait(&changed, &lock);
        pthread_mutex_unlock(&lock);
    }
    CALL(pthread_join(thread, NULL));
    // Before the deadline is made: whoever is kept waiting in between has waited less.
    long began = milliseconds_now();
    struct timespec until = in_ms(CLOCK_REALTIME, 20);
    pthread_mutex_lock(&lock);
    printf("nobody changes it: %s\n", errno_name(pthread_cond_timedwait(&changed, &lock, &until)));
    pthread_mutex_unlock(&lock);
    pthread_condattr_t attributes;
    pthread_cond_t monotonic;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&monotonic, &attributes);
    until = in_ms(CLOCK_MONOTONIC, 20);
    pthread_mutex_lock(&lock);
    printf("by the other clock: %s\n", errno_name(pthread_cond_timedwait(&monotonic, &lock, &until)));
    pthread_mutex_unlock(&lock);
    printf("40 ms passed %d\n", milliseconds_now() - began >= 38);
}

static pthread_barrier_t barrier;
static int phase[3];

static void *meet(void *unused)
{
    long serial = 0;
    for (int i = 0; i < 3; i++) {
        __atomic_add_fetch(&phase[i], 1, __ATOMIC_SEQ_CST);
        serial += pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD;
        if (phase[i] != THREADS)
            return (void *)-1000;
    }
    return (void *)serial;
}

static void barriers(void)
{
    section("a barrier");
    pthread_t threads[THREADS];
    long serial = 0;
    pthread_barrier_init(&barrier, NULL, THREADS);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, meet, NULL);
    for (int i = 0; i < THREADS; i++) {
        void *result;
        pthread_join(threads[i], &result);
        serial += (long)result;
    }
    printf("all met, %ld of them last\n", serial);
    CALL(pthread_barrier_destroy(&barrier));
}

static sem_t items, room;
static int queue[4], sum;

static void *consume(void *unused)
{
    for (int i = 0;; i++) {
        sem_wait(&items);
        int item = queue[i % 4];
        sem_post(&room);
        if (item < 0)
            return unused;
        sum += item;
    }
}

static void semaphores(void)
{
    section("semaphores");
    pthread_t thread;
    sem_init(&items, 0, 0);
    sem_init(&room, 0, 4);
    pthread_create(&thread, NULL, consume, NULL);
    for (int i = 0; i <= 300; i++) {
        sem_wait(&room);
        queue[i % 4] = i == 300 ? -1 : i;
        sem_post(&items);
    }
    CALL(pthread_join(thread, NULL));
    printf("sum %d\n", sum);
    struct timespec until = in_ms(CLOCK_REALTIME, 10);
    CALL(sem_timedwait(&items, &until));
    CALL(sem_trywait(&items));
}

static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static int readers;

static void *read_together(void *unused)
{
    pthread_rwlock_rdlock(&rwlock);
    __atomic_add_fetch(&readers, 1, __ATOMIC_SEQ_CST);
    pthread_barrier_wait(&barrier);
    pthread_rwlock_unlock(&rwlock);
    return unused;
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int times;

static void only_once(void)
{
    times++;
}

static void others(void)
{
    section("other locks");
    pthread_t threads[3];
    struct timespec until;
    pthread_barrier_init(&barrier, NULL, 3);
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, read_together, NULL);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    printf("together %d\n", readers);
    CALL(pthread_rwlock_wrlock(&rwlock));
    until = in_ms(CLOCK_REALTIME, 10);
    printf("busy: %s\n", errno_name(pthread_rwlock_tryrdlock(&rwlock)));
    CALL(pthread_rwlock_unlock(&rwlock));
    CALL(pthread_mutex_lock(&lock));
    printf("again: %s\n", errno_name(pthread_mutex_trylock(&lock)));
    printf("for a while: %s\n", errno_name(pthread_mutex_timedlock(&lock, &until)));
    CALL(pthread_mutex_unlock(&lock));
    pthread_once(&once, only_once);
    pthread_once(&once, only_once);
    printf("once %d\n", times);
}

static pthread_mutex_t robust;

static void *die_with_lock(void *unused)
{
    pthread_mutex_lock(&robust);
    return unused;
}

static void *wait_for_lock(void *unused)
{
    int result = pthread_mutex_lock(&robust);
    if (result == EOWNERDEAD)
        pthread_mutex_consistent(&robust);
    pthread_mutex_unlock(&robust);
    (void)unused;
    return (void *)(long)result;
}

static void robust_mutexes(void)
{
    section("a lock whose owner dies");
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&robust, &attributes);
    pthread_t thread;
    pthread_create(&thread, NULL, die_with_lock, NULL);
    pthread_join(thread, NULL);
    printf("owner dead %d\n", pthread_mutex_lock(&robust) == EOWNERDEAD);
    CALL(pthread_mutex_consistent(&robust));
    CALL(pthread_mutex_unlock(&robust));

    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutex_t *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    volatile int *child_has_it = (int *)(shared + 1);
    pthread_mutex_init(shared, &attributes);
    pthread_mutex_lock(shared);
    pid_t child = fork();
    if (child == 0) {
        int result = pthread_mutex_lock(shared);
        printf("the child has it %d\n", result);
        fflush(stdout);
        *child_has_it = 1;
        for (;;)
            pause();
    }
    nap(20);
    pthread_mutex_unlock(shared);
    while (!*child_has_it)
        nap(1);
    kill(child, SIGKILL);
    printf("owner dead %d\n", pthread_mutex_lock(shared) == EOWNERDEAD);
    int status;
    waitpid(child, &status, 0);
    printf("killed %d\n", WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    pthread_mutex_consistent(shared);
    CALL(pthread_mutex_unlock(shared));

    pthread_mutex_lock(&robust);
    pthread_create(&thread, NULL, wait_for_lock, NULL);
    nap(20);
    pthread_mutex_unlock(&robust);
    void *result;
    pthread_join(thread, &result);
    printf("handed over %ld\n", (long)result);
}

static volatile int told, slept;
static pthread_t told_thread;

static void tell(int number)
{
    told = number;
    told_thread = pthread_self();
}

static void *sleep_long(void *unused)
{
    struct timespec left = { 0, 0 };
    int result = nanosleep(&(struct timespec){ 30, 0 }, &left);
    printf("sleep %d %s, left %d\n", result, errno_name(errno), left.tv_sec >= 20);
    fflush(stdout);
    slept = 1;
    return unused;
}

static void *wait_for_signal(void *unused)
{
    sigset_t set;
    int number = 0;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    sigwait(&set, &number);
    (void)unused;
    return (void *)(long)number;
}

static const char *cleaned_up = "nothing";

static void cleanup(void *what)
{
    cleaned_up = what;
}

static void *cancel_me(void *unused)
{
    pthread_cleanup_push(cleanup, "the sleeper");
    for (;;)
        nap(1000);
    pthread_cleanup_pop(0);
    return unused;
}

static void signals(void)
{
    section("signals to threads");
    struct sigaction action = { .sa_handler = tell };
    sigaction(SIGUSR1, &action, NULL);
    pthread_t thread;
    void *result;
    pthread_create(&thread, NULL, sleep_long, NULL);
    while (!slept) {
        nap(20);
        pthread_kill(thread, SIGUSR1);
    }
    pthread_join(thread, NULL);
    printf("told %d, the thread itself %d\n", told, pthread_equal(told_thread, thread) != 0);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    CALL(pthread_sigmask(SIG_BLOCK, &set, NULL));
    pthread_create(&thread, NULL, wait_for_signal, NULL);
    nap(20);
    CALL(kill(getpid(), SIGUSR2));
    pthread_join(thread, &result);
    printf("waited for %ld\n", (long)result);
    pthread_create(&thread, NULL, cancel_me, NULL);
    nap(20);
    CALL(pthread_cancel(thread));
    CALL(pthread_join(thread, &result));
    printf("cancelled %d, cleaned up %s\n", result == PTHREAD_CANCELED, cleaned_up);
}

static void *last(void *unused)
{
    nap(20);
    printf("the first thread is gone\n");
    fflush(stdout);
    return unused;
}

int main(void)
{
    counting();
    conditions();
    barriers();
    semaphores();
    others();
    robust_mutexes();
    signals();
    section("the last thread");
    pthread_t thread;
    pthread_create(&thread, NULL, last, NULL);
    pthread_detach(thread);
    pthread_exit(NULL);
}
