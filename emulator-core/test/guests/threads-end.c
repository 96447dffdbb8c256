/* The ends of processes with threads: exec by one of them, exit while others wait, fatal signals, stops, forks. */
#include "guest.h"
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
static const char *self;

static void *wait_for_ever(void *unused)
{
    pthread_mutex_lock(&lock);
    for (;;)
        pthread_cond_wait(&never, &lock);
    return unused;
}

static void *spin(void *unused)
{
    for (volatile long i = 0;; i++)
        ;
    return unused;
}

static void company(void)
{
    pthread_t thread;
    for (int i = 0; i < 3; i++)
        pthread_create(&thread, NULL, wait_for_ever, NULL);
    pthread_create(&thread, NULL, spin, NULL);
    nap(10);
}

static void *execute(void *unused)
{
    execl(self, self, "executed", NULL);
    return unused;
}

static void *exit_all(void *unused)
{
    exit(33);
    return unused;
}

static void *crash(void *unused)
{
    *(volatile char *)NOWHERE = 1;
    return unused;
}

static volatile int *shared;

static void *count(void *unused)
{
    for (;;) {
        ++*shared;
        nap(2);
    }
    return unused;
}

static void *fork_here(void *unused)
{
    pid_t child = fork();
    if (child == 0) {
        printf("the child has one thread: %d\n", getpid() == (pid_t)syscall(SYS_gettid));
        fflush(stdout);
        _exit(9);
    }
    int status;
    waitpid(child, &status, 0);
    printf("the child ended with %d\n", WEXITSTATUS(status));
    return unused;
}

static void told(const char *what, pid_t child)
{
    int status;
    if (waitpid(child, &status, 0) != child)
        printf("%s: nobody\n", what);
    else if (WIFSIGNALED(status))
        printf("%s: signal %d\n", what, WTERMSIG(status));
    else
        printf("%s: status %d\n", what, WEXITSTATUS(status));
    fflush(stdout);
}

static pid_t with(void *(*what)(void *))
{
    fflush(stdout);
    pid_t child = fork();
    if (child != 0)
        return child;
    pthread_t thread;
    company();
    pthread_create(&thread, NULL, what, NULL);
    for (;;)
        pause();
}

static void *release(void *unused)
{
    pthread_mutex_lock(&lock);
    return unused;
}

int main(int argc, char **argv)
{
    self = argv[0];
    if (argc > 1) {
        printf("a new program, its only thread has the process's number: %d\n", getpid() == (pid_t)syscall(SYS_gettid));
        fflush(stdout);
        raise(SIGUSR2);
        return 1;
    }
    section("one of several");
    told("exec", with(execute));
    told("exit", with(exit_all));
    told("crash", with(crash));
    pid_t child = with(wait_for_ever);
    nap(50);
    kill(child, SIGTERM);
    told("terminated", child);

    section("stopped");
    shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    child = with(count);
    while (*shared < 5)
        nap(5);
    int status;
    kill(child, SIGSTOP);
    waitpid(child, &status, WUNTRACED);
    int before = *shared;
    nap(50);
    printf("all of it %d\n", WIFSTOPPED(status) && *shared <= before + 1);
    kill(child, SIGCONT);
    while (*shared < before + 5)
        nap(5);
    printf("it goes on\n");
    kill(child, SIGKILL);
    told("killed", child);

    section("a fork");
    pthread_t thread;
    pthread_create(&thread, NULL, fork_here, NULL);
    pthread_join(thread, NULL);

    section("the first thread ends first");
    fflush(stdout);
    child = fork();
    if (child == 0) {
        pthread_create(&thread, NULL, exit_all, NULL);
        pthread_exit(NULL);
    }
    told("the last one says", child);
    pthread_create(&thread, NULL, release, NULL);
    CALL(pthread_join(thread, NULL));
    return 0;
}
