/* Signals between processes: queues and their order, what comes with them, stopping and going on, restarted waits. */
#include "guest.h"
#include <poll.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>

static volatile sig_atomic_t order[32], values[32], codes[32], count;

static void note(int number, siginfo_t *info, void *context)
{
    (void)context;
    if (count == 32)
        return;
    order[count] = number - (number >= SIGRTMIN ? SIGRTMIN - 100 : 0);
    values[count] = info->si_code == SI_QUEUE ? info->si_value.sival_int : 0;
    codes[count] = info->si_code;
    count++;
}

static void told(const char *what)
{
    printf("%s:", what);
    for (int i = 0; i < count; i++)
        printf(" %d/%d/%d", (int)order[i], (int)codes[i], (int)values[i]);
    putchar('\n');
    fflush(stdout);
    count = 0;
}

static void handle(int number, int flags)
{
    struct sigaction action = { .sa_sigaction = note, .sa_flags = SA_SIGINFO | flags };
    sigfillset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

static void queues(void)
{
    section("queues");
    sigset_t all, before;
    sigfillset(&all);
    for (int i = 0; i < 3; i++)
        handle(SIGRTMIN + i, 0);
    handle(SIGUSR1, 0);
    sigprocmask(SIG_BLOCK, &all, &before);
    for (int i = 0; i < 3; i++) {
        CALL(sigqueue(getpid(), SIGRTMIN + 2 - i, (union sigval){ .sival_int = 10 + i }));
        CALL(sigqueue(getpid(), SIGRTMIN + 1, (union sigval){ .sival_int = 20 + i }));
        CALL(sigqueue(getpid(), SIGUSR1, (union sigval){ .sival_int = 30 + i }));
    }
    CALL(raise(SIGRTMIN));
    sigprocmask(SIG_SETMASK, &before, NULL);
    told("the lowest first, in the order they came");
    CALL(sigqueue(getpid(), 0, (union sigval){ 0 }));
    CALL(sigqueue(getpid(), 65, (union sigval){ 0 }));
    CALL(sigqueue(1 << 30, SIGUSR1, (union sigval){ 0 }));
    siginfo_t info = { .si_signo = SIGUSR1, .si_code = SI_USER };
    CALL(syscall(SYS_rt_sigqueueinfo, getppid(), 0, &info));
}

static pid_t child_that_waits(void)
{
    pid_t child = fork();
    if (child == 0)
        for (;;)
            pause();
    return child;
}

static void children(void)
{
    section("a child");
    sigset_t set, before;
    siginfo_t info;
    int status;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, &before);
    pid_t child = child_that_waits();
    CALL(kill(child, SIGSTOP));
    CALL(sigwaitinfo(&set, &info));
    printf("stopped %d by %d, its number %d\n", info.si_code == CLD_STOPPED, info.si_status, info.si_pid == child);
    printf("told %d\n", waitpid(child, &status, WUNTRACED) == child && WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
    CALL(waitpid(child, &status, WNOHANG | WUNTRACED));
    CALL(kill(child, SIGUSR2));
    CALL(kill(child, SIGCONT));
    CALL(sigwaitinfo(&set, &info));
    printf("continued or ended %d\n", info.si_code == CLD_CONTINUED || info.si_code == CLD_KILLED);
    printf("told %d\n", waitpid(child, &status, 0) == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGUSR2);
    CALL(kill(child, 0));
    while (sigtimedwait(&set, &info, &(struct timespec){ 0, 1000000 }) == SIGCHLD)
        ;
    child = fork();
    if (child == 0)
        _exit(7);
    CALL(sigwaitinfo(&set, &info));
    printf("exited %d with %d\n", info.si_code == CLD_EXITED, info.si_status);
    CALL(kill(child, SIGTERM));
    printf("told %d\n", waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 7);
    child = child_that_waits();
    kill(child, SIGSTOP);
    waitpid(child, &status, WUNTRACED);
    CALL(kill(child, SIGKILL));
    printf("killed while it was stopped %d\n", waitpid(child, &status, WCONTINUED) == child && WIFSIGNALED(status));
    sigprocmask(SIG_SETMASK, &before, NULL);
}

static void groups(void)
{
    section("a group");
    int status;
    pid_t first = child_that_waits(), second;
    setpgid(first, first);
    second = child_that_waits();
    setpgid(second, first);
    CALL(killpg(first, 0));
    CALL(killpg(first, SIGTERM));
    for (int i = 0; i < 2; i++) {
        waitpid(-first, &status, 0);
        printf("ended by %d\n", WIFSIGNALED(status) ? WTERMSIG(status) : 0);
    }
    CALL(killpg(first, 0));
}

#define WAITS 6
/* Milliseconds: of a wait, and until all are stopped for a moment. What would begin anew takes nearly twice as long. */
#define WAIT 800
#define STOP_AFTER 700

/* Waits, and says how long that took. */
static void wait_in_one_way(int which, int from)
{
    static const char *names[] = { "nanosleep", "poll", "select", "read", "sigtimedwait", "usleep with a timer" };
    char byte;
    sigset_t set;
    struct pollfd one = { .fd = from, .events = POLLIN };
    struct timeval half = { 0, WAIT * 1000 };
    struct timespec time = { 0, WAIT * 1000000 };
    struct itimerval timer = { .it_value = { 0, 100000 } };
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    long result = 0, began = milliseconds_now();
    switch (which) {
    case 0:
        result = nanosleep(&time, NULL);
        break;
    case 1:
        one.fd = -1;
        result = poll(&one, 1, WAIT);
        break;
    case 2:
        result = select(0, NULL, NULL, NULL, &half);
        break;
    case 3:
        result = read(from, &byte, 1);
        break;
    case 4:
        result = sigtimedwait(&set, NULL, &time);
        break;
    case 5:
        signal(SIGALRM, SIG_IGN);
        setitimer(ITIMER_REAL, &timer, NULL);
        result = usleep(WAIT * 1000);
        break;
    }
    long error = errno, took = milliseconds_now() - began;
    printf("%s: %ld %s, in time %d\n", names[which], result, result == -1 ? errno_name(error) : "",
           took < WAIT + WAIT / 2 && took > WAIT / 2);
    fflush(stdout);
}

/* Stopped and continued in the middle of a wait: what is left of it goes on, where Linux says so. All wait at the same time. */
static void interrupted_waits(void)
{
    section("stopped in the middle");
    int ends[WAITS][2], lines[WAITS][2], status;
    pid_t children[WAITS];
    fflush(stdout);
    for (int which = 0; which < WAITS; which++) {
        pipe(ends[which]);
        pipe(lines[which]);
        children[which] = fork();
        if (children[which] == 0) {
            dup2(lines[which][1], 1);
            wait_in_one_way(which, ends[which][0]);
            _exit(0);
        }
    }
    nap(STOP_AFTER);
    for (int which = 0; which < WAITS; which++) {
        kill(children[which], SIGSTOP);
        waitpid(children[which], &status, WUNTRACED);
    }
    nap(50);
    for (int which = 0; which < WAITS; which++) {
        kill(children[which], SIGCONT);
        if (which == 3)
            write(ends[which][1], "x", 1);
    }
    for (int which = 0; which < WAITS; which++) {
        char line[100];
        waitpid(children[which], &status, 0);
        long got = read(lines[which][0], line, sizeof line);
        printf("%.*s", (int)(got > 0 ? got : 0), line);
        close(ends[which][0]);
        close(ends[which][1]);
        close(lines[which][0]);
        close(lines[which][1]);
    }
}

static char alternate[32768];

static void on_overflow(int number, siginfo_t *info, void *context)
{
    (void)context;
    static const char text[] = "caught the overflow\n";
    write(1, text, sizeof text - 1);
    _exit(number == SIGSEGV && info->si_code > 0 ? 5 : 6);
}

static int deeper(volatile char *from, int depth)
{
    volatile char here[4096];
    here[0] = from[0];
    return depth == 0 ? 0 : deeper(here, depth - 1) + here[0];
}

static void overflow(void)
{
    section("a stack that ends");
    int status;
    fflush(stdout);
    for (int with = 0; with < 2; with++) {
        if (fork() == 0) {
            struct sigaction action = { .sa_sigaction = on_overflow, .sa_flags = SA_SIGINFO | (with ? SA_ONSTACK : 0) };
            stack_t stack = { .ss_sp = alternate, .ss_size = sizeof alternate };
            sigaltstack(&stack, NULL);
            sigaction(SIGSEGV, &action, NULL);
            /* The alternate stack is the child's too. */
            if (fork() != 0) {
                wait(&status);
                _exit(WIFSIGNALED(status) ? 40 + WTERMSIG(status) : WEXITSTATUS(status));
            }
            char byte = 1;
            deeper(&byte, 1 << 20);
            _exit(99);
        }
        wait(&status);
        printf("ended with %d\n", WEXITSTATUS(status));
    }
}

int main(void)
{
    queues();
    children();
    groups();
    interrupted_waits();
    overflow();
    return 0;
}
