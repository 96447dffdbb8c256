/* Parents and children: orphans, subreapers, the signal of a parent's death, process groups, waitid's options. */
#include "guest.h"
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

static volatile int *shared;
static int ready[2];

static void tell(void)
{
    write(ready[1], "x", 1);
}

static void hear(void)
{
    char c;
    while (read(ready[0], &c, 1) == -1 && errno == EINTR)
        ;
}

static long ended(pid_t child)
{
    int status = -1;
    return waitpid(child, &status, 0) == child ? status : -1;
}

static void orphans(void)
{
    section("orphans");
    int on = 5;
    CALL(prctl(PR_GET_CHILD_SUBREAPER, &on, 0, 0, 0));
    printf("%d\n", on);
    CALL(prctl(PR_GET_CHILD_SUBREAPER, NOWHERE, 0, 0, 0));
    CALL(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0));
    CALL(prctl(PR_GET_CHILD_SUBREAPER, &on, 0, 0, 0));
    printf("%d\n", on);
    pid_t us = getpid();
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_GET_CHILD_SUBREAPER, &on, 0, 0, 0);
        if (fork() == 0) {
            pid_t parent = getppid();
            shared[0] = getpid();
            tell();
            while (getppid() == parent)
                nap(1);
            _exit(getppid() == us ? 7 : 8);
        }
        hear();
        _exit(on);
    }
    CALL(ended(child));
    int status;
    pid_t orphan = wait(&status);
    printf("the orphan %d, %d\n", orphan == shared[0], status >> 8);
    /* One that has ended already when its parent does. */
    child = fork();
    if (child == 0) {
        pid_t second = fork();
        if (second == 0)
            _exit(3);
        shared[0] = second;
        siginfo_t info;
        waitid(P_PID, shared[0], &info, WEXITED | WNOWAIT);
        _exit(0);
    }
    CALL(ended(child));
    CALL(ended(shared[0]));
    CALL(wait(NULL));
    CALL(prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0));
}

static void deaths(void)
{
    section("the parent's death");
    int signo = -1;
    CALL(prctl(PR_SET_PDEATHSIG, 65, 0, 0, 0));
    CALL(prctl(PR_SET_PDEATHSIG, -1, 0, 0, 0));
    CALL(prctl(PR_SET_PDEATHSIG, SIGUSR1, 0, 0, 0));
    CALL(prctl(PR_GET_PDEATHSIG, &signo, 0, 0, 0));
    printf("%d\n", signo);
    CALL(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0));
    pid_t child = fork();
    if (child == 0) {
        pid_t second = fork();
        if (second == 0) {
            prctl(PR_GET_PDEATHSIG, &signo, 0, 0, 0);
            shared[1] = signo;
            int asked = prctl(PR_SET_PDEATHSIG, SIGUSR2, 0, 0, 0);
            sigset_t set;
            sigemptyset(&set);
            sigaddset(&set, SIGUSR2);
            sigprocmask(SIG_BLOCK, &set, NULL);
            pid_t parent = getppid();
            tell();
            if (asked != 0)
                _exit(0); /* NetBSD would let it wait for ever */
            siginfo_t info;
            sigwaitinfo(&set, &info);
            shared[2] = info.si_code;
            _exit(info.si_pid == parent);
        }
        shared[0] = second;
        hear();
        _exit(0);
    }
    CALL(ended(child));
    CALL(ended(shared[0]));
    printf("inherited %d, code %d\n", shared[1], shared[2]);
    CALL(prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0));
    CALL(prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0));
}

static void groups(void)
{
    section("process groups");
    pid_t child = fork();
    if (child == 0) {
        tell();
        for (;;)
            pause();
    }
    hear();
    CALL(setpgid(child, -5));
    CALL(setpgid(-1, 0));
    CALL(setpgid(1 << 22, 0));
    CALL(setpgid(getppid(), 0));
    CALL(setpgid(child, 1 << 22));
    CALL(setpgid(child, 0));
    printf("its own %d\n", getpgid(child) == child);
    CALL(setpgid(child, getpgrp()));
    printf("ours %d\n", getpgid(child) == getpgrp());
    CALL(getpgid(1 << 22));
    CALL(getsid(1 << 22));
    printf("session %d\n", getsid(child) == getsid(0));
    CALL(kill(child, SIGKILL));
    CALL(ended(child));
    child = fork();
    if (child == 0) {
        CALL(setsid() == getpid());
        CALL(setsid());
        CALL(setpgid(0, 0));
        printf("group %d\n", getpgrp() == getpid());
        tell();
        for (;;)
            pause();
    }
    hear();
    CALL(setpgid(child, 0));
    CALL(kill(child, SIGKILL));
    CALL(ended(child));
    int end[2];
    pipe2(end, O_CLOEXEC);
    child = fork();
    if (child == 0) {
        execl("/bin/sleep", "sleep", "20", NULL);
        _exit(127);
    }
    char c;
    close(end[1]);
    read(end[0], &c, 1);
    CALL(setpgid(child, 0));
    CALL(kill(child, SIGTERM));
    CALL(ended(child));
}

static volatile int hung_up, went_on;

static void on_hangup(int number)
{
    if (number == SIGHUP)
        hung_up = 1;
    else
        went_on = 1;
}

/* A stopped job whose shell is gone is hung up and goes on. */
static void orphaned_group(void)
{
    section("an orphaned group");
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    pid_t shell = fork();
    if (shell == 0) {
        setsid();
        pid_t job = fork();
        if (job == 0) {
            signal(SIGHUP, on_hangup);
            signal(SIGCONT, on_hangup);
            setpgid(0, 0);
            tell();
            raise(SIGSTOP);
            _exit(10 * hung_up + went_on);
        }
        shared[0] = job;
        hear();
        int status;
        waitpid(shared[0], &status, WUNTRACED);
        _exit(WIFSTOPPED(status));
    }
    CALL(ended(shell) >> 8);
    CALL(ended(shared[0]) >> 8);
    prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0);
}

static siginfo_t info;

static void told(void)
{
    printf("signo %d, code %d, status %d, errno %d\n", info.si_signo, info.si_code, info.si_status, info.si_errno);
}

#define WAITID(type, id, options) do { memset(&info, 0, sizeof info); CALL(waitid(type, id, &info, options)); } while (0)

static void waiting(void)
{
    section("waitid");
    WAITID(P_ALL, 0, WEXITED);
    WAITID(P_ALL, 0, 0);
    WAITID(P_ALL, 0, WNOHANG);
    WAITID(P_ALL, 0, WEXITED | 0x10);
    WAITID(P_PID, 0, WEXITED);
    WAITID(P_PID, -1, WEXITED);
    WAITID(P_PGID, -1, WEXITED);
    WAITID(99, 0, WEXITED);
    pid_t child = fork();
    if (child == 0)
        for (;;)
            pause();
    WAITID(P_PID, child, WEXITED | WNOHANG);
    told();
    WAITID(P_PID, child, WEXITED | WNOHANG | __WCLONE);
    WAITID(P_PID, child, WEXITED | WNOHANG | __WALL);
    WAITID(P_PID, child, WEXITED | WNOHANG | __WNOTHREAD);
    kill(child, SIGSTOP);
    WAITID(P_PID, child, WSTOPPED | WNOWAIT);
    told();
    WAITID(P_PGID, 0, WSTOPPED);
    told();
    WAITID(P_PGID, getpgrp(), WSTOPPED | WNOHANG);
    told();
    kill(child, SIGCONT);
    WAITID(P_PID, child, WSTOPPED | WCONTINUED | WEXITED | WNOWAIT);
    told();
    WAITID(P_ALL, 0, WCONTINUED);
    told();
    kill(child, SIGUSR1);
    WAITID(P_PID, child, WEXITED | WNOWAIT);
    told();
    printf("it %d, ours %d\n", info.si_pid == child, info.si_uid == getuid());
    struct rusage usage;
    memset(&usage, 1, sizeof usage);
    CALL(syscall(SYS_waitid, P_PID, child, NOWHERE, WEXITED | WNOWAIT, NULL));
    CALL(syscall(SYS_waitid, P_PID, child, NULL, WEXITED, &usage));
    printf("%ld %ld\n", (long)usage.ru_utime.tv_sec, (long)usage.ru_stime.tv_sec);
    WAITID(P_PID, child, WEXITED);
    told();
    CALL(waitpid(0x80000000, NULL, 0));
    CALL(waitpid(-1, NULL, 0x10));
    CALL(waitpid(-1, NULL, WEXITED));
    CALL(wait4(-1, NOWHERE, WNOHANG, NULL));

    section("who does not wait");
    signal(SIGCHLD, SIG_IGN);
    child = fork();
    if (child == 0)
        _exit(3);
    CALL(waitpid(child, NULL, 0));
    struct sigaction no_wait = { .sa_handler = SIG_DFL, .sa_flags = SA_NOCLDWAIT };
    sigaction(SIGCHLD, &no_wait, NULL);
    child = fork();
    if (child == 0)
        _exit(3);
    CALL(wait(NULL));
    signal(SIGCHLD, SIG_DFL);
}

int main(void)
{
    shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pipe(ready);
    orphans();
    deaths();
    groups();
    orphaned_group();
    waiting();
    return 0;
}
