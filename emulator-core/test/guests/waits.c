/* waitid and wait4: who is meant, which options there are, what is told, what a child used. */
#include "guest.h"
#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>

/* The system call itself: it has a fifth argument, and takes numbers that the C library refuses. */
static int wait_id(int type, id_t id, siginfo_t *info, int options, struct rusage *usage)
{
    return (int)syscall(SYS_waitid, type, id, info, options, usage);
}

static pid_t ends(int status)
{
    pid_t child = fork();
    if (child == 0)
        _exit(status);
    return child;
}

static pid_t sleeps(void)
{
    pid_t child = fork();
    if (child == 0)
        for (;;)
            pause();
    return child;
}

static void tell(const siginfo_t *info, pid_t child)
{
    printf("signal %d, code %d, status %d, the child %d, own user %d\n", info->si_signo, info->si_code, info->si_status,
           info->si_pid == child, info->si_uid == geteuid());
}

static void refused(void)
{
    siginfo_t info;
    section("refused");
    CALL(wait_id(P_ALL, 0, &info, WEXITED, NULL));
    CALL(wait_id(7, 0, &info, WEXITED, NULL));
    CALL(wait_id(P_ALL, 0, &info, 0, NULL));
    CALL(wait_id(P_ALL, 0, &info, WNOHANG, NULL));
    CALL(wait_id(P_ALL, 0, &info, WEXITED | 0x100, NULL));
    CALL(wait_id(P_ALL, 0, &info, WEXITED | __WNOTHREAD, NULL));
    CALL(wait_id(P_ALL, 0, &info, WEXITED | __WALL, NULL));
    CALL(wait_id(P_ALL, 0, &info, WEXITED | (int)__WCLONE, NULL));
    CALL(wait_id(3, 99, &info, WEXITED, NULL));
    CALL(wait_id(P_PID, 1, &info, WEXITED, NULL));
    CALL(wait_id(P_PID, (id_t)-1, &info, WEXITED, NULL));
    CALL((int)syscall(SYS_wait4, -1, NULL, 0x100, NULL));
    CALL((int)syscall(SYS_wait4, -1, NULL, WEXITED, NULL));
    CALL((int)syscall(SYS_wait4, -1, NULL, __WALL | __WNOTHREAD, NULL));
    CALL((int)syscall(SYS_wait4, -1, NULL, __WCLONE, NULL));
}

static void told(void)
{
    siginfo_t info;
    section("told");
    pid_t child = ends(7);
    CALL(wait_id(P_PID, child, &info, WEXITED | WNOWAIT, NULL));
    tell(&info, child);
    CALL(wait_id(P_PID, child, &info, WEXITED, NULL));
    tell(&info, child);
    CALL(wait_id(P_PID, child, &info, WEXITED, NULL));
    child = sleeps();
    memset(&info, 0x55, sizeof info);
    CALL(wait_id(P_ALL, 0, &info, WEXITED | WNOHANG, NULL));
    printf("signal %d, process %d\n", info.si_signo, info.si_pid);
    kill(child, SIGSTOP);
    CALL(wait_id(P_PID, child, &info, WSTOPPED, NULL));
    tell(&info, child);
    kill(child, SIGCONT);
    CALL(wait_id(P_PID, child, &info, WCONTINUED, NULL));
    tell(&info, child);
    kill(child, SIGUSR1);
    CALL(wait_id(P_PID, child, &info, WEXITED, NULL));
    tell(&info, child);
    child = ends(3);
    CALL(wait_id(P_PID, child, NULL, WEXITED, NULL));
    child = ends(3);
    CALL(wait_id(P_PID, child, NOWHERE, WEXITED, NULL));
    waitpid(child, NULL, 0);
    section("in a status word");
    int status;
    child = sleeps();
    kill(child, SIGSTOP);
    printf("%d", waitpid(child, &status, WUNTRACED) == child);
    printf(" stopped by %d\n", WIFSTOPPED(status) ? WSTOPSIG(status) : 0);
    kill(child, SIGCONT);
    printf("%d", waitpid(child, &status, WCONTINUED) == child);
    printf(" %x\n", status);
    kill(child, SIGUSR2);
    printf("%d", waitpid(child, &status, 0) == child);
    printf(" killed by %d\n", WTERMSIG(status));
}

static void groups(void)
{
    siginfo_t info;
    section("process 0 and group 0");
    pid_t child = ends(1);
    if (CALL(wait_id(P_PID, 0, &info, WEXITED, NULL)) == 0)
        tell(&info, child);
    waitpid(child, NULL, 0);
    child = ends(2);
    if (CALL(wait_id(P_PGID, 0, &info, WEXITED, NULL)) == 0)
        tell(&info, child);
    child = sleeps();
    setpgid(child, child);
    CALL(wait_id(P_PGID, 0, &info, WEXITED, NULL));
    CALL(waitpid(0, NULL, 0));
    kill(child, SIGKILL);
    CALL(wait_id(P_PGID, child, &info, WEXITED, NULL));
    tell(&info, child);
}

/* A child that does not tell of its end by SIGCHLD. */
static void silent(void)
{
    siginfo_t info;
    int status;
    section("a child without SIGCHLD");
    pid_t child = (pid_t)syscall(SYS_clone, 0, NULL, NULL, NULL, 0);
    if (child == 0)
        _exit(9);
    CALL(wait_id(P_ALL, 0, &info, WEXITED, NULL));
    CALL(wait4(-1, &status, 0, NULL));
    printf("%d", wait4(-1, &status, __WALL, NULL) == child);
    printf(" ended with %d\n", WEXITSTATUS(status));
    child = (pid_t)syscall(SYS_clone, SIGUSR1, NULL, NULL, NULL, 0);
    if (child == 0)
        _exit(8);
    printf("%d", wait4(-1, &status, (int)__WCLONE, NULL) == child);
    printf(" ended with %d\n", WEXITSTATUS(status));
}

static long microseconds(const struct rusage *usage)
{
    return usage->ru_utime.tv_sec * 1000000 + usage->ru_utime.tv_usec + usage->ru_stime.tv_sec * 1000000 + usage->ru_stime.tv_usec;
}

static void work(void)
{
    struct rusage used;
    do
        getrusage(RUSAGE_SELF, &used);
    while (microseconds(&used) < 30000);
}

static void used(void)
{
    siginfo_t info;
    struct rusage usage;
    section("what a child used");
    pid_t child = fork();
    if (child == 0) {
        work();
        _exit(0);
    }
    CALL(wait_id(P_PID, child, &info, WEXITED, &usage));
    printf("its own is in it %d\n", microseconds(&usage) >= 30000);
    child = fork();
    if (child == 0) {
        work();
        _exit(0);
    }
    CALL(wait4(child, NULL, 0, &usage) == child);
    printf("its own is in it %d\n", microseconds(&usage) >= 30000);
}

static void nothing(int signal) { (void)signal; }

/* Whether a SIGCHLD that waits is taken away with the child that it was for. */
static void pending(void)
{
    sigset_t set;
    section("a pending SIGCHLD");
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    signal(SIGCHLD, nothing);
    sigprocmask(SIG_BLOCK, &set, NULL);
    pid_t child = ends(0);
    CALL(waitpid(child, NULL, 0) == child);
    sigpending(&set);
    printf("pending %d\n", sigismember(&set, SIGCHLD));
}

int main(void)
{
    refused();
    told();
    groups();
    signal(SIGUSR1, SIG_IGN);
    silent();
    used();
    pending();
    return 0;
}
