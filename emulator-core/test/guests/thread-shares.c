/* What threads made without the C library share: descriptors, directories, the mask for files, and whose identity is whose. */
#include "guest.h"
#include <poll.h>
#include <sched.h>
#include <sys/fsuid.h>
#include <sys/wait.h>

#define FUTEX_WAIT 0
#define THREAD (CLONE_VM | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_CHILD_CLEARTID | CLONE_CHILD_SETTID)

static char stack[1 << 16] __attribute__((aligned(16)));
static int kept, results[16];
static char text[4][64];
static volatile int running;

/* Runs one thread to its end. It may make calls, but has no place for thread variables of its own: errno is its maker's, which waits. */
static void run(int (*function)(void *), int shares)
{
    running = 1;
    memset(results, 0, sizeof results);
    int made = clone(function, stack + sizeof stack, THREAD | shares, NULL, NULL, NULL, (int *)&running);
    if (made < 0) {
        report("clone", made);
        return;
    }
    for (int now; (now = running) != 0;)
        syscall(SYS_futex, &running, FUTEX_WAIT, now, NULL, NULL, 0);
}

static int linked(const char *format, char *into)
{
    char path[64];
    snprintf(path, sizeof path, format, (int)syscall(SYS_gettid));
    ssize_t n = readlink(path, into, 63);
    into[n < 0 ? 0 : n] = 0;
    return n < 0;
}

static int thread(void *unused)
{
    (void)unused;
    results[0] = close(kept);
    results[1] = open("/dev/null", O_RDONLY) < 0;
    results[2] = mkdir("below", 0700) == -1;
    results[3] = chdir("below");
    results[4] = umask(027);
    results[5] = syscall(SYS_close_range, 50, 60, 0);
    linked("/proc/self/task/%d/cwd", text[0]);
    linked("/proc/self/cwd", text[1]);
    syscall(SYS_exit, 0);
    return 0;
}

static const char *last(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

static void shares(const char *title, int flags)
{
    section(title);
    kept = fcntl(0, F_DUPFD, 40);
    umask(022);
    run(thread, flags);
    printf("closed %d, opened %d, made %d, entered %d, mask was %o\n", results[0], results[1], results[2], results[3], results[4]);
    printf("the thread is in %s, the process in %s\n", last(text[0]), strcmp(text[0], text[1]) == 0 ? "the same" : "another");
    CALL(fcntl(kept, F_GETFD) != -1);
    if (fcntl(kept, F_GETFD) != -1)
        close(kept);
    printf("mask %o\n", umask(022));
    CALL(access("below", F_OK));
    if (access("below", F_OK) != 0)
        chdir("..");
    CALL(rmdir("below"));
}

/* A thread that has left its process's table: its own is copied by fork, and goes with it. */
static int leaves(void *unused)
{
    (void)unused;
    results[0] = unshare(CLONE_FILES);
    results[1] = close(kept);
    results[2] = unshare(CLONE_FS);
    results[3] = chdir("/");
    int pipes[2];
    results[4] = pipe(pipes);
    results[5] = dup2(pipes[1], 45);
    pid_t child = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (child == 0)
        syscall(SYS_exit_group, (fcntl(45, F_GETFD) != -1) + 2 * (fcntl(kept, F_GETFD) != -1) + 4 * (access("proc", F_OK) == 0));
    int status = 0;
    syscall(SYS_wait4, child, &status, 0, NULL);
    results[6] = WEXITSTATUS(status);
    results[7] = dup2(pipes[0], 46);
    syscall(SYS_exit, 0);
    return 0;
}

/* Who leads the process leaves the table to the other. */
static int waits_for_closing(void *unused)
{
    (void)unused;
    char byte;
    results[0] = read(kept, &byte, 1);
    results[1] = byte;
    results[2] = fcntl(47, F_GETFD) != -1;
    syscall(SYS_exit, 0);
    return 0;
}

static void leader_leaves(void)
{
    int pipes[2];
    pipe(pipes);
    kept = pipes[0];
    running = 1;
    clone(waits_for_closing, stack + sizeof stack, THREAD | CLONE_FILES | CLONE_FS, NULL, NULL, NULL, (int *)&running);
    CALL(unshare(CLONE_FILES));
    CALL(close(pipes[0]));
    CALL(dup2(1, 47));
    CALL(write(pipes[1], "x", 1));
    for (int now; (now = running) != 0;)
        syscall(SYS_futex, &running, FUTEX_WAIT, now, NULL, NULL, 0);
    printf("read %d %c, has the other's %d\n", results[0], results[1], results[2]);
    // With the thread its table ends.
    struct pollfd p = { pipes[1], 0, 0 };
    CALL(poll(&p, 1, -1));
    printf("%x\n", p.revents);
    close(pipes[1]);
    close(47);
}

/* Locks of a file belong to who has the table. */
static int locks(void *unused)
{
    (void)unused;
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    results[0] = fcntl(kept, F_SETLK, &lock);
    results[1] = errno;
    results[2] = close(kept);
    syscall(SYS_exit, 0);
    return 0;
}

static void locked(void)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    kept = open("locked", O_CREAT | O_RDWR, 0600);
    CALL(fcntl(kept, F_SETLK, &lock));
    run(locks, 0);
    printf("with a table of its own: %d %s\n", results[0], results[0] == 0 ? "-" : errno_name(results[1]));
    pid_t child = fork();
    if (child == 0) {
        lock.l_type = F_WRLCK;
        fcntl(kept, F_GETLK, &lock);
        _exit(lock.l_type == F_WRLCK);
    }
    int status = 0;
    waitpid(child, &status, 0);
    printf("still locked: %d\n", WEXITSTATUS(status));
    run(locks, CLONE_FILES);
    printf("with the same table: %d\n", results[0]);
    CALL(close(kept));
    unlink("locked");
}

/* Each thread is somebody by itself; only the C library makes all of them change. */
static int becomes(void *unused)
{
    (void)unused;
    results[0] = syscall(SYS_setfsuid, 1234);
    results[1] = syscall(SYS_setfsuid, -1);
    results[2] = syscall(SYS_setresgid, 77, 77, 77) < 0;
    results[3] = syscall(SYS_setgroups, 0, NULL) < 0;
    results[4] = syscall(SYS_setresuid, 55, 55, 55) < 0;
    results[5] = syscall(SYS_getuid);
    results[6] = syscall(SYS_getgid);
    results[7] = syscall(SYS_setresuid, 0, 0, 0) < 0;
    pid_t child = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (child == 0)
        syscall(SYS_exit_group, syscall(SYS_getuid) == 55);
    int status = 0;
    syscall(SYS_wait4, child, &status, 0, NULL);
    results[8] = WEXITSTATUS(status);
    syscall(SYS_exit, 0);
    return 0;
}

static void identity(void)
{
    run(becomes, CLONE_FILES | CLONE_FS);
    for (int i = 0; i < 9; i++)
        printf("%d ", results[i]);
    printf("\n");
    CALL(getuid());
    CALL(getgid());
    CALL(setfsuid(-1));
}

/* The leader is elsewhere; another executes a program with what it has. */
static int executes(void *unused)
{
    (void)unused;
    chdir("/proc");
    syscall(SYS_execve, "/proc/self/exe", ((char *[]){ "thread-shares", "executed", NULL }), ((char *[]){ NULL }));
    syscall(SYS_exit, 9);
    return 0;
}

static int executed(void)
{
    char path[64] = "";
    ssize_t n = readlink("/proc/self/cwd", path, 63);
    printf("executed in %.*s, descriptor %d\n", (int)n, path, fcntl(40, F_GETFD) != -1);
    return 5;
}

int main(int argc, char **argv)
{
    (void)argv;
    if (argc > 1)
        return executed();
    shares("nothing", 0);
    shares("descriptors", CLONE_FILES);
    shares("directories", CLONE_FS);
    shares("both", CLONE_FILES | CLONE_FS);
    section("a thread leaves");
    kept = fcntl(0, F_DUPFD, 40);
    run(leaves, CLONE_FILES | CLONE_FS);
    for (int i = 0; i < 8; i++)
        printf("%d ", results[i]);
    printf("\n");
    CALL(fcntl(kept, F_GETFD));
    CALL(fcntl(45, F_GETFD));
    CALL(fcntl(46, F_GETFD));
    close(kept);
    section("the leader leaves");
    leader_leaves();
    section("locks");
    locked();
    section("identity");
    identity();
    section("executing");
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        fcntl(0, F_DUPFD, 40);
        running = 1;
        clone(executes, stack + sizeof stack, THREAD, NULL, NULL, NULL, (int *)&running);
        for (;;)
            pause();
    }
    int status = 0;
    waitpid(child, &status, 0);
    printf("%d\n", WEXITSTATUS(status));
    return 0;
}
