/* Who the process is, on what, and within which limits. */
#include "guest.h"
#include <grp.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <sys/wait.h>

int main(void)
{
    section("system");
    struct utsname name;
    CALL(uname(&name));
    printf("%s, %s, node known %d, release known %d\n", name.sysname, name.machine, name.nodename[0] != 0, name.release[0] != 0);
    CALL(uname(NOWHERE));
    struct sysinfo info;
    CALL(sysinfo(&info));
    printf("memory %d, free is no more %d, processes %d\n", info.totalram > 0, info.freeram <= info.totalram, info.procs > 0);
    CALL(sysconf(_SC_PAGESIZE));
    section("identity");
    printf("pid %d, parent %d, thread is pid %d\n", getpid() > 0, getppid() >= 0, syscall(SYS_gettid) == getpid());
    uid_t real, effective, saved;
    CALL(getresuid(&real, &effective, &saved));
    printf("%d %d %d\n", real == getuid(), effective == geteuid(), saved == effective);
    CALL(getresgid(&real, &effective, &saved));
    printf("%d %d\n", real == getgid(), effective == getegid());
    CALL(getgroups(0, NULL) >= 0);
    CALL(syscall(SYS_getgroups, -1, NULL));
    CALL(setuid(getuid()));
    CALL(setgid(getgid()));
    CALL(getpgid(0) > 0);
    CALL(getpgid(-5));
    CALL(getsid(0) > 0);
    CALL(waitpid(-1, NULL, WNOHANG));
    section("limits");
    struct rlimit limit, changed;
    CALL(getrlimit(RLIMIT_STACK, &limit));
    CALL(getrlimit(77, &limit));
    CALL(getrlimit(RLIMIT_CORE, &limit));
    limit.rlim_cur = 0;
    CALL(setrlimit(RLIMIT_CORE, &limit));
    CALL(getrlimit(RLIMIT_CORE, &changed));
    printf("%ld, same maximum %d\n", (long)changed.rlim_cur, changed.rlim_max == limit.rlim_max);
    limit.rlim_cur = 10;
    limit.rlim_max = 5;
    CALL(setrlimit(RLIMIT_CORE, &limit));
    struct rusage usage;
    CALL(getrusage(RUSAGE_SELF, &usage));
    CALL(getrusage(77, &usage));
    CALL(sched_yield());
    section("the environment");
    CALL(setenv("GUEST", "yes", 1));
    printf("%s\n", getenv("GUEST"));
    return 0;
}
