/* ioprio_get and ioprio_set for a group of processes, and what a child has. */
#include "guest.h"
#include <sys/wait.h>

#define BE(level) (2 << 13 | (level))

static long set(int which, int who, int priority)
{
    return syscall(SYS_ioprio_set, which, who, priority);
}

static long get(int which, int who)
{
    return syscall(SYS_ioprio_get, which, who);
}

int main(void)
{
    setpgid(0, 0);
    section("a group");
    CALL(get(2, 0)); /* by the nice value */
    nice(5);
    CALL(get(2, 0));
    CALL(set(2, 0, BE(1)));
    CALL(get(2, 0));
    CALL(get(1, 0));
    section("a child's");
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        CALL(get(1, 0));
        CALL(set(1, 0, BE(3)));
        fflush(stdout);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    CALL(get(1, 0));
    return 0;
}
