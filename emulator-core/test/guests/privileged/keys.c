/* Keys that the kernel keeps: keyrings of threads, processes, sessions and users, types, permissions, searches, quotas, ends. */
#include "../guest.h"
#include <linux/keyctl.h>
#include <pthread.h>
#include <sys/wait.h>

typedef int32_t key;

static const char *key_error(int number)
{
    return number == ENOKEY ? "ENOKEY" : number == EKEYREVOKED ? "EKEYREVOKED" : number == EKEYEXPIRED ? "EKEYEXPIRED"
         : number == EDQUOT ? "EDQUOT" : errno_name(number);
}

/* Prints a failure, or that it worked; numbers of keys differ. */
static long told(const char *what, long result)
{
    if (result < 0)
        printf("%s: %s\n", what, key_error(errno));
    else
        printf("%s: ok\n", what);
    fflush(stdout);
    return result;
}
#define KEY(call) told(#call, call)

/* Prints what a call answered. */
static long counted(const char *what, long result)
{
    if (result < 0)
        return told(what, result);
    printf("%s: %ld\n", what, result);
    fflush(stdout);
    return result;
}
#define COUNT(call) counted(#call, call)

static key add(const char *type, const char *description, const char *payload, key ring)
{
    return syscall(SYS_add_key, type, description, payload, payload == NULL ? 0 : strlen(payload), ring);
}

static long ctl(int operation, long a, long b, long c, long d)
{
    return syscall(SYS_keyctl, operation, a, b, c, d);
}

static key request(const char *type, const char *description, const char *info, key ring)
{
    return syscall(SYS_request_key, type, description, info, ring);
}

static void describe(key id)
{
    char text[256] = "";
    if (counted("describe", ctl(KEYCTL_DESCRIBE, id, (long)text, sizeof text, 0)) > 0)
        printf("%s\n", text);
}

static void show(key id)
{
    char text[64] = "";
    if (counted("read", ctl(KEYCTL_READ, id, (long)text, sizeof text, 0)) > 0)
        printf("%s\n", text);
}

static void types(void)
{
    section("types");
    static char large[1 << 20];
    memset(large, 'x', sizeof large);
    KEY(add("keyring", "abc", NULL, KEY_SPEC_PROCESS_KEYRING));
    KEY(add("keyring", "abc", "x", KEY_SPEC_PROCESS_KEYRING));
    KEY(add("user", "a", NULL, KEY_SPEC_PROCESS_KEYRING));
    KEY(add("user", "", "x", KEY_SPEC_PROCESS_KEYRING));
    KEY(add("user", NULL, "x", KEY_SPEC_PROCESS_KEYRING));
    KEY(add("logon", "a", "x", KEY_SPEC_PROCESS_KEYRING));
    KEY(add("logon", ":a", "x", KEY_SPEC_PROCESS_KEYRING));
    KEY(add("none", "a", "x", KEY_SPEC_PROCESS_KEYRING));
    KEY(add("", "a", "x", KEY_SPEC_PROCESS_KEYRING));
    KEY(add(".user", "a", "x", KEY_SPEC_PROCESS_KEYRING));
    KEY(add("keyring", ".a", NULL, KEY_SPEC_PROCESS_KEYRING));
    KEY(add("a type with a name that is too long", "a", "x", KEY_SPEC_PROCESS_KEYRING));
    KEY(syscall(SYS_add_key, NOWHERE, "a", "x", 1, KEY_SPEC_PROCESS_KEYRING));
    KEY(syscall(SYS_add_key, "user", NOWHERE, "x", 1, KEY_SPEC_PROCESS_KEYRING));
    KEY(syscall(SYS_add_key, "user", "a", NOWHERE, 1, KEY_SPEC_PROCESS_KEYRING));
    KEY(syscall(SYS_add_key, "user", "a", large, 32767, KEY_SPEC_PROCESS_KEYRING));
    KEY(syscall(SYS_add_key, "user", "b", large, 32768, KEY_SPEC_PROCESS_KEYRING));
    KEY(syscall(SYS_add_key, "user", "b", large, -1, KEY_SPEC_PROCESS_KEYRING));
    KEY(add("user", "a", "x", 0));
    KEY(add("user", "a", "x", -6));
    KEY(add("user", "a", "x", -7));
    KEY(add("user", "a", "x", -8));
    KEY(add("user", "a", "x", -9));
    KEY(add("user", "a", "x", 0x7ffffffe));
    key user = add("user", "one", "text", KEY_SPEC_PROCESS_KEYRING);
    key logon = add("logon", "a:b", "secret", KEY_SPEC_PROCESS_KEYRING);
    describe(user);
    describe(logon);
    describe(KEY_SPEC_PROCESS_KEYRING);
    show(user);
    show(logon);
    show(0x7ffffffe);
    char little[4] = "";
    COUNT(ctl(KEYCTL_READ, user, (long)little, 2, 0));
    printf("%s.\n", little);
    COUNT(ctl(KEYCTL_READ, user, (long)NOWHERE, 20, 0));
    COUNT(ctl(KEYCTL_READ, user, 0, 0, 0));
    COUNT(ctl(KEYCTL_DESCRIBE, user, (long)little, 2, 0));
    printf("again the same: %d\n", add("user", "one", "new", KEY_SPEC_PROCESS_KEYRING) == user);
    show(user);
    KEY(ctl(KEYCTL_UPDATE, user, (long)"newer", 5, 0));
    show(user);
    KEY(ctl(KEYCTL_UPDATE, user, 0, 0, 0));
    KEY(ctl(KEYCTL_UPDATE, KEY_SPEC_PROCESS_KEYRING, 0, 0, 0));
    key ring = add("keyring", "ring", NULL, KEY_SPEC_PROCESS_KEYRING);
    printf("a keyring is a new one: %d\n", add("keyring", "ring", NULL, KEY_SPEC_PROCESS_KEYRING) != ring);
    KEY(add("user", "two", "x", user));
    KEY(ctl(99, 0, 0, 0, 0));
}

static void links(void)
{
    section("links");
    key a = add("keyring", "a", NULL, KEY_SPEC_PROCESS_KEYRING), b = add("keyring", "b", NULL, a), k = add("user", "k", "v", b);
    COUNT(ctl(KEYCTL_READ, a, 0, 0, 0));
    KEY(ctl(KEYCTL_LINK, a, b, 0, 0));
    KEY(ctl(KEYCTL_LINK, a, a, 0, 0));
    KEY(ctl(KEYCTL_LINK, a, k, 0, 0));
    KEY(ctl(KEYCTL_LINK, k, a, 0, 0));
    KEY(ctl(KEYCTL_LINK, k, a, 0, 0));
    COUNT(ctl(KEYCTL_READ, a, 0, 0, 0));
    KEY(ctl(KEYCTL_UNLINK, k, a, 0, 0));
    KEY(ctl(KEYCTL_UNLINK, k, a, 0, 0));
    KEY(ctl(KEYCTL_UNLINK, k, k, 0, 0));
    printf("found below: %d\n", ctl(KEYCTL_SEARCH, a, (long)"user", (long)"k", 0) == k);
    KEY(ctl(KEYCTL_SEARCH, a, (long)"user", (long)"none", 0));
    KEY(ctl(KEYCTL_SEARCH, k, (long)"user", (long)"k", 0));
    KEY(ctl(KEYCTL_SEARCH, a, (long)"none", (long)"k", 0));
    printf("found and linked: %d\n", ctl(KEYCTL_SEARCH, a, (long)"user", (long)"k", KEY_SPEC_THREAD_KEYRING) == k);
    COUNT(ctl(KEYCTL_READ, KEY_SPEC_THREAD_KEYRING, 0, 0, 0));
    KEY(ctl(KEYCTL_MOVE, k, b, a, 0));
    COUNT(ctl(KEYCTL_READ, b, 0, 0, 0));
    KEY(ctl(KEYCTL_MOVE, k, b, a, 0));
    key deep = a, top = a;
    for (int i = 0; i < 6; i++)
        top = add("keyring", "deep", NULL, deep), deep = top;
    key last = add("user", "deepest", "v", deep);
    printf("too deep: %d\n", ctl(KEYCTL_SEARCH, a, (long)"user", (long)"deepest", 0) == last);
    KEY(ctl(KEYCTL_CLEAR, a, 0, 0, 0));
    COUNT(ctl(KEYCTL_READ, a, 0, 0, 0));
    KEY(ctl(KEYCTL_CLEAR, k, 0, 0, 0));
    describe(k);
}

static void requests(void)
{
    section("requests");
    key k = add("user", "wanted", "v", KEY_SPEC_PROCESS_KEYRING);
    printf("there: %d\n", request("user", "wanted", NULL, 0) == k);
    KEY(request("user", "missing", NULL, 0));
    KEY(request("none", "missing", NULL, 0));
    KEY(request(".user", "missing", NULL, 0));
    KEY(request(NOWHERE, "missing", NULL, 0));
    KEY(request("user", NOWHERE, NULL, 0));
    KEY(request("user", "missing", NOWHERE, 0));
    KEY(request("user", "missing", "info", KEY_SPEC_THREAD_KEYRING));
    KEY(request("user", "missing", NULL, 0));
    key ring = add("keyring", "to", NULL, KEY_SPEC_PROCESS_KEYRING);
    printf("there, and linked: %d\n", request("user", "wanted", NULL, ring) == k);
    COUNT(ctl(KEYCTL_READ, ring, 0, 0, 0));
    key negative = 0;
    KEY(request("user", "negative", "info", ring));
    KEY(ctl(KEYCTL_SEARCH, ring, (long)"user", (long)"negative", 0));
    COUNT(ctl(KEYCTL_SET_REQKEY_KEYRING, -1, 0, 0, 0));
    COUNT(ctl(KEYCTL_SET_REQKEY_KEYRING, KEY_REQKEY_DEFL_PROCESS_KEYRING, 0, 0, 0));
    COUNT(ctl(KEYCTL_SET_REQKEY_KEYRING, KEY_REQKEY_DEFL_GROUP_KEYRING, 0, 0, 0));
    COUNT(ctl(KEYCTL_SET_REQKEY_KEYRING, 20, 0, 0, 0));
    COUNT(ctl(KEYCTL_SET_REQKEY_KEYRING, KEY_REQKEY_DEFL_DEFAULT, 0, 0, 0));
    KEY(ctl(KEYCTL_INSTANTIATE, k, (long)"x", 1, 0));
    KEY(ctl(KEYCTL_NEGATE, k, 1, 0, 0));
    KEY(ctl(KEYCTL_ASSUME_AUTHORITY, 0, 0, 0, 0));
    KEY(ctl(KEYCTL_ASSUME_AUTHORITY, k, 0, 0, 0));
    (void)negative;
}

static void ends(void)
{
    section("ends");
    key k = add("user", "mortal", "v", KEY_SPEC_PROCESS_KEYRING);
    KEY(ctl(KEYCTL_REVOKE, k, 0, 0, 0));
    show(k);
    KEY(ctl(KEYCTL_REVOKE, k, 0, 0, 0));
    describe(k);
    KEY(request("user", "mortal", NULL, 0));
    printf("a new one: %d\n", add("user", "mortal", "v", KEY_SPEC_PROCESS_KEYRING) != k);
    k = add("user", "brief", "v", KEY_SPEC_PROCESS_KEYRING);
    KEY(ctl(KEYCTL_SET_TIMEOUT, k, 1000, 0, 0));
    show(k);
    KEY(ctl(KEYCTL_SET_TIMEOUT, k, 0, 0, 0));
    KEY(ctl(KEYCTL_SET_TIMEOUT, k, 1, 0, 0));
    nap(2100);
    show(k);
    describe(k);
    k = add("user", "invalid", "v", KEY_SPEC_PROCESS_KEYRING);
    KEY(ctl(KEYCTL_INVALIDATE, k, 0, 0, 0));
    printf("another one: %d\n", add("user", "invalid", "v", KEY_SPEC_PROCESS_KEYRING) != k);
    key ring = add("keyring", "revoked", NULL, KEY_SPEC_PROCESS_KEYRING);
    add("user", "in", "v", ring);
    KEY(ctl(KEYCTL_REVOKE, ring, 0, 0, 0));
    KEY(add("user", "in", "v", ring));
    COUNT(ctl(KEYCTL_READ, ring, 0, 0, 0));
}

static void permissions(void)
{
    section("permissions");
    key k = add("user", "guarded", "v", KEY_SPEC_PROCESS_KEYRING);
    KEY(ctl(KEYCTL_SETPERM, k, 0x40000000, 0, 0));
    KEY(ctl(KEYCTL_SETPERM, k, 0x3f000000 & ~0x02000000, 0, 0));
    show(k);
    KEY(ctl(KEYCTL_SETPERM, k, 0x20000000, 0, 0));
    describe(k);
    KEY(ctl(KEYCTL_LINK, k, KEY_SPEC_THREAD_KEYRING, 0, 0));
    KEY(ctl(KEYCTL_UPDATE, k, (long)"w", 1, 0));
    KEY(ctl(KEYCTL_REVOKE, k, 0, 0, 0));
    k = add("user", "owned", "v", KEY_SPEC_PROCESS_KEYRING);
    KEY(ctl(KEYCTL_SETPERM, k, 0x3f3f0000, 0, 0));
    KEY(ctl(KEYCTL_CHOWN, k, -1, -1, 0));
    KEY(ctl(KEYCTL_CHOWN, k, 1000, 1001, 0));
    describe(k);
    fflush(stdout);
    if (fork() == 0) {
        KEY(ctl(KEYCTL_READ, KEY_SPEC_PROCESS_KEYRING, 0, 0, 0));
        setgid(1001);
        setuid(1000);
        show(k);
        KEY(ctl(KEYCTL_SETPERM, k, 0x3f030000, 0, 0));
        KEY(ctl(KEYCTL_UPDATE, k, (long)"w", 1, 0));
        KEY(ctl(KEYCTL_CHOWN, k, 1002, -1, 0));
        KEY(ctl(KEYCTL_CHOWN, k, -1, 1005, 0));
        _exit(0);
    }
    wait(NULL);
}

static void *other(void *ring)
{
    KEY(ctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_THREAD_KEYRING, 0, 0, 0));
    printf("the process's: %d\n", ctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_PROCESS_KEYRING, 0, 0, 0) == *(key *)ring);
    return NULL;
}

static void owners(char *program)
{
    section("whose");
    key ring = ctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_PROCESS_KEYRING, 1, 0, 0);
    KEY(ctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_THREAD_KEYRING, 1, 0, 0));
    pthread_t thread;
    fflush(stdout);
    pthread_create(&thread, NULL, other, &ring);
    pthread_join(thread, NULL);
    key session = ctl(KEYCTL_JOIN_SESSION_KEYRING, 0, 0, 0, 0);
    describe(KEY_SPEC_SESSION_KEYRING);
    add("user", "of the session", "v", KEY_SPEC_SESSION_KEYRING);
    fflush(stdout);
    if (fork() == 0) {
        KEY(ctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_THREAD_KEYRING, 0, 0, 0));
        KEY(ctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_PROCESS_KEYRING, 0, 0, 0));
        printf("the session's: %d\n", ctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0, 0, 0) == session);
        add("user", "of a child", "v", KEY_SPEC_PROCESS_KEYRING);
        execl(program, program, "executed", NULL);
    }
    wait(NULL);
    COUNT(ctl(KEYCTL_READ, session, 0, 0, 0));
    KEY(ctl(KEYCTL_JOIN_SESSION_KEYRING, (long)".name", 0, 0, 0));
    KEY(ctl(KEYCTL_JOIN_SESSION_KEYRING, (long)"", 0, 0, 0));
    KEY(ctl(KEYCTL_JOIN_SESSION_KEYRING, (long)NOWHERE, 0, 0, 0));
    key named = KEY(ctl(KEYCTL_JOIN_SESSION_KEYRING, (long)"interlinear's keys", 0, 0, 0));
    describe(KEY_SPEC_SESSION_KEYRING);
    printf("itself: %d\n", ctl(KEYCTL_JOIN_SESSION_KEYRING, (long)"interlinear's keys", 0, 0, 0) == named);
    fflush(stdout);
    if (fork() == 0) {
        key mine = ctl(KEYCTL_JOIN_SESSION_KEYRING, 0, 0, 0, 0);
        add("user", "from below", "v", mine);
        KEY(ctl(KEYCTL_SESSION_TO_PARENT, 0, 0, 0, 0));
        _exit(0);
    }
    wait(NULL);
    KEY(request("user", "from below", NULL, 0));
    describe(KEY_SPEC_USER_KEYRING);
    describe(KEY_SPEC_USER_SESSION_KEYRING);
}

static void quotas(void)
{
    section("quotas");
    fflush(stdout);
    if (fork() == 0) {
        setuid(54321);
        char name[32], payload[3000] = "";
        int n = 0;
        memset(payload, 'p', sizeof payload - 1);
        KEY(syscall(SYS_add_key, "user", "too large", payload, 2999, KEY_SPEC_THREAD_KEYRING));
        while (sprintf(name, "large %d", n), syscall(SYS_add_key, "user", name, payload, 2999, KEY_SPEC_THREAD_KEYRING) != -1)
            n++;
        printf("%d large ones, then %s\n", n, key_error(errno));
        KEY(ctl(KEYCTL_CLEAR, KEY_SPEC_THREAD_KEYRING, 0, 0, 0));
        printf("user of none: %d\n", ctl(KEYCTL_READ, KEY_SPEC_THREAD_KEYRING, 0, 0, 0) == 0);
        fflush(stdout);
        _exit(0);
    }
    wait(NULL);
}

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc > 1) {
        KEY(ctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_PROCESS_KEYRING, 0, 0, 0));
        KEY(request("user", "of the session", NULL, 0));
        KEY(request("user", "of a child", NULL, 0));
        return 0;
    }
    ctl(KEYCTL_JOIN_SESSION_KEYRING, 0, 0, 0, 0);
    types();
    links();
    requests();
    ends();
    permissions();
    owners(argv[0]);
    quotas();
    return 0;
}
