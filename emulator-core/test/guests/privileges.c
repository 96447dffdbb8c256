/* prctl(2), capabilities and what changes of ids do to them. */
#include "guest.h"
#include <grp.h>
#include <sys/fsuid.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

struct header {
    uint32_t version;
    int pid;
};
struct data {
    uint32_t effective, permitted, inheritable;
};
#define V1 0x19980330
#define V3 0x20080522
#define CAP_SETUID 7
#define CAP_SETPCAP 8

static long prctl5(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)
{
    return syscall(SYS_prctl, option, a, b, c, d);
}

static void remembered(void)
{
    section("what prctl remembers");
    char name[17] = "";
    int word = 0;
    CALL(prctl5(PR_SET_NAME, (unsigned long)"a name that is too long", 0, 0, 0));
    CALL(prctl5(PR_GET_NAME, (unsigned long)name, 0, 0, 0));
    printf("%s\n", name);
    CALL(prctl5(PR_SET_NAME, 0x10, 0, 0, 0));
    CALL(prctl5(PR_GET_NAME, 0x10, 0, 0, 0));
    CALL(prctl5(PR_GET_DUMPABLE, 0, 0, 0, 0));
    CALL(prctl5(PR_SET_DUMPABLE, 0, 0, 0, 0));
    CALL(prctl5(PR_GET_DUMPABLE, 0, 0, 0, 0));
    CALL(prctl5(PR_SET_DUMPABLE, 2, 0, 0, 0));
    CALL(prctl5(PR_SET_DUMPABLE, 1, 0, 0, 0));
    CALL(prctl5(PR_GET_KEEPCAPS, 0, 0, 0, 0));
    CALL(prctl5(PR_SET_KEEPCAPS, 2, 0, 0, 0));
    CALL(prctl5(PR_SET_KEEPCAPS, 1, 0, 0, 0));
    CALL(prctl5(PR_GET_KEEPCAPS, 0, 0, 0, 0));
    CALL(prctl5(PR_GET_SECUREBITS, 0, 0, 0, 0));
    CALL(prctl5(PR_SET_KEEPCAPS, 0, 0, 0, 0));
    CALL(prctl5(PR_GET_TIMING, 0, 0, 0, 0));
    CALL(prctl5(PR_SET_TIMING, 1, 0, 0, 0));
    CALL(prctl5(PR_GET_SECCOMP, 0, 0, 0, 0));
    CALL(prctl5(PR_GET_TSC, (unsigned long)&word, 0, 0, 0));
    printf("%d\n", word);
    CALL(prctl5(PR_SET_TSC, 3, 0, 0, 0));
    CALL(prctl5(PR_GET_TIMERSLACK, 0, 0, 0, 0));
    CALL(prctl5(PR_SET_TIMERSLACK, 1234, 0, 0, 0));
    CALL(prctl5(PR_GET_TIMERSLACK, 0, 0, 0, 0));
    if (fork() == 0) {
        CALL(prctl5(PR_SET_TIMERSLACK, 0, 0, 0, 0));
        CALL(prctl5(PR_GET_TIMERSLACK, 0, 0, 0, 0));
        _exit(0);
    }
    wait(NULL);
    CALL(prctl5(PR_SET_THP_DISABLE, 1, 0, 0, 0));
    CALL(prctl5(PR_GET_THP_DISABLE, 0, 0, 0, 0));
    CALL(prctl5(PR_GET_THP_DISABLE, 1, 0, 0, 0));
    CALL(prctl5(PR_SET_THP_DISABLE, 0, 0, 0, 0));
    CALL(prctl5(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0));
    CALL(prctl5(PR_GET_CHILD_SUBREAPER, (unsigned long)&word, 0, 0, 0));
    printf("%d\n", word);
    CALL(prctl5(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    CALL(prctl5(PR_GET_NO_NEW_PRIVS, 1, 0, 0, 0));
    CALL(prctl5(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0));
    CALL(prctl5(PR_SET_NO_NEW_PRIVS, 1, 1, 0, 0));
    if (fork() == 0) {
        CALL(prctl5(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
        CALL(prctl5(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
        _exit(0);
    }
    wait(NULL);
    CALL(prctl5(PR_GET_FPEMU, (unsigned long)&word, 0, 0, 0));
    CALL(prctl5(PR_GET_ENDIAN, (unsigned long)&word, 0, 0, 0));
    CALL(prctl5(12345, 0, 0, 0, 0));
    CALL(prctl5(PR_CAPBSET_READ, 0, 0, 0, 0));
    CALL(prctl5(PR_CAPBSET_READ, 999, 0, 0, 0));
    CALL(prctl5(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, 3, 0, 0));
    CALL(prctl5(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, 3, 0, 0));
    CALL(prctl5(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 1, 0, 0));
    CALL(prctl5(PR_CAP_AMBIENT, 9, 1, 0, 0));
}

static void show(const char *when)
{
    struct header header = { V3, 0 };
    struct data data[2] = { 0 };
    syscall(SYS_capget, &header, data);
    /* Some machines keep CAP_SYS_RESOURCE from everybody. */
    data[0].effective &= ~(1u << 24);
    data[0].permitted &= ~(1u << 24);
    printf("%s: %08x %08x %08x / %08x %08x %08x\n", when, data[0].effective, data[0].permitted, data[0].inheritable,
        data[1].effective, data[1].permitted, data[1].inheritable);
}

static long set(uint32_t effective, uint32_t permitted, uint32_t inheritable)
{
    struct header header = { V3, 0 };
    struct data data[2] = { { effective, permitted, inheritable }, { 0, 0, 0 } };
    return syscall(SYS_capset, &header, data);
}

static void headers(void)
{
    section("headers");
    struct header header = { 0x1234, 0 };
    struct data data[2];
    CALL(syscall(SYS_capget, &header, NULL));
    printf("%x\n", header.version);
    header.version = 1;
    CALL(syscall(SYS_capget, &header, data));
    printf("%x\n", header.version);
    header.version = 1;
    CALL(syscall(SYS_capset, &header, data));
    printf("%x\n", header.version);
    CALL(syscall(SYS_capget, NOWHERE, data));
    CALL(syscall(SYS_capget, &header, NOWHERE));
    CALL(syscall(SYS_capset, &header, NOWHERE));
    header.pid = -1;
    CALL(syscall(SYS_capget, &header, data));
    header.pid = 1 << 22;
    CALL(syscall(SYS_capget, &header, data));
    header.pid = getpid();
    CALL(syscall(SYS_capget, &header, data));
    CALL(syscall(SYS_capset, &header, data));
    header.pid = getppid();
    CALL(syscall(SYS_capset, &header, data));
    header = (struct header){ V1, 0 };
    CALL(syscall(SYS_capget, &header, data));
}

static void ids(const char *when)
{
    uid_t r, e, s;
    gid_t rg, eg, sg;
    getresuid(&r, &e, &s);
    getresgid(&rg, &eg, &sg);
    printf("%s: %d %d %d, %d %d %d, dumpable %ld\n", when, r, e, s, rg, eg, sg, prctl5(PR_GET_DUMPABLE, 0, 0, 0, 0));
}

static void in_child(void (*act)(void))
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        act();
        fflush(stdout);
        _exit(0);
    }
    waitpid(child, NULL, 0);
}

/* System calls themselves: the C libraries make all threads follow. */
#define RAW(name, ...) CALL(syscall(SYS_##name, __VA_ARGS__))

static void as_root(void)
{
    show("at first");
    CALL(set(1 << CAP_SETUID | 1 << CAP_SETPCAP, 1 << CAP_SETUID | 1 << CAP_SETPCAP, 0));
    show("two");
    CALL(set(3, 1 << CAP_SETUID, 0));
    CALL(set(1 << CAP_SETUID, 1 << CAP_SETUID | 1, 0));
    RAW(setgid, 5);
    RAW(setuid, 5);
    ids("five");
    show("five");
    RAW(setuid, 0);
}

static void drops(void)
{
    RAW(setresuid, 5, 6, 0);
    ids("saved root");
    show("saved root");
    RAW(setreuid, -1, 0);
    ids("root again");
    show("root again");
    RAW(setresuid, 7, 7, 7);
    ids("seven");
    show("seven");
    RAW(setuid, 0);
    RAW(setreuid, 0, -1);
    RAW(setresuid, -1, 0, -1);
    RAW(setresuid, 7, -1, 7);
    RAW(setgroups, 0, NULL);
    CALL(set(1, 1, 1));
    CALL(kill(getppid(), 0));
    CALL(prctl5(PR_CAPBSET_DROP, 3, 0, 0, 0));
}

static void keeps(void)
{
    CALL(prctl5(PR_SET_KEEPCAPS, 1, 0, 0, 0));
    RAW(setresuid, 7, 7, 7);
    show("kept");
    RAW(setgid, 9);
    CALL(set(1 << 6, 1 << 6, 1 << 6));
    RAW(setgid, 9);
    ids("group nine");
    CALL(prctl5(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, 6, 0, 0));
    CALL(prctl5(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, 6, 0, 0));
    CALL(prctl5(PR_CAP_AMBIENT, PR_CAP_AMBIENT_LOWER, 6, 0, 0));
    CALL(prctl5(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, 7, 0, 0));
}

static void bounds(void)
{
    CALL(prctl5(PR_CAPBSET_DROP, 3, 0, 0, 0));
    CALL(prctl5(PR_CAPBSET_READ, 3, 0, 0, 0));
    CALL(prctl5(PR_CAPBSET_READ, 4, 0, 0, 0));
    CALL(prctl5(PR_CAPBSET_DROP, 999, 0, 0, 0));
    show("not bounded yet");
}

static void for_files(void)
{
    CALL(setfsuid(1001));
    CALL(setfsuid(-1));
    CALL(setfsuid(0));
    CALL(setfsgid(1002));
    CALL(setfsgid(-1));
    RAW(setresgid, 3, 4, 5);
    CALL(setfsgid(-1));
    RAW(setresuid, 3, 4, 5);
    CALL(setfsuid(9));
    CALL(setfsuid(5));
    CALL(setfsuid(-1));
    RAW(setregid, 5, 3);
    ids("groups");
    RAW(setregid, 4, -1);
    ids("groups");
}

static void lists(void)
{
    gid_t given[] = { 30, 10, 20, 10 }, got[8];
    CALL(setgroups(4, given));
    CALL(getgroups(0, got));
    CALL(getgroups(3, got));
    CALL(getgroups(-1, got));
    CALL(getgroups(8, got));
    printf("%d %d %d %d\n", got[0], got[1], got[2], got[3]);
    RAW(setgroups, 65537, given);
    RAW(setgroups, 1, NOWHERE);
    RAW(setgroups, -1, given);
}

int main(void)
{
    setvbuf(stdout, NULL, _IONBF, 0);
    remembered();
    headers();
    if (getuid() != 0)
        return 0;
    section("capabilities");
    in_child(as_root);
    section("ids and capabilities");
    in_child(drops);
    section("keeping them");
    in_child(keeps);
    section("bounds");
    in_child(bounds);
    section("for files");
    in_child(for_files);
    section("groups");
    in_child(lists);
    return 0;
}
