/* Locks on files: flock, POSIX and open-file-description locks; who is told, what releases them, deadlocks; leases. */
#include "guest.h"
#include <sys/file.h>
#include <sys/wait.h>

#ifndef F_OFD_GETLK
#define F_OFD_GETLK 36
#define F_OFD_SETLK 37
#define F_OFD_SETLKW 38
#endif

static long lock(int fd, int command, int type, long start, long length)
{
    struct flock l = { .l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length };
    return fcntl(fd, command, &l);
}

static pid_t parent;
static volatile sig_atomic_t broken;
static void on_break(int signal) { (void)signal; broken++; }

static void who(int fd, int command, int type, long start, long length)
{
    struct flock l = { .l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length };
    if (fcntl(fd, command, &l) == -1)
        printf("get: %s\n", errno_name(errno));
    else
        printf("type %d from %ld length %ld, %s\n", l.l_type, (long)l.l_start, (long)l.l_len,
               l.l_type == F_UNLCK ? "free" : l.l_pid == -1 ? "an open file's" : l.l_pid == parent ? "the parent's" : l.l_pid == getpid() ? "my own" : "another's");
    fflush(stdout);
}

/* Runs a step in a child and waits for its end. */
#define IN_CHILD(body) do { fflush(stdout); pid_t child_ = fork(); if (child_ == 0) { body; fflush(stdout); _exit(0); } waitpid(child_, NULL, 0); } while (0)

static void posix_locks(void)
{
    section("POSIX locks");
    int fd = open("f", O_RDWR | O_CREAT | O_TRUNC, 0600);
    write(fd, "0123456789", 10);
    CALL(lock(fd, F_SETLK, F_WRLCK, 2, 3));
    CALL(lock(fd, F_SETLK, F_RDLCK, 10, 10));
    CALL(lock(fd, F_SETLK, F_WRLCK, 100, 0));
    who(fd, F_GETLK, F_WRLCK, 0, 0);
    IN_CHILD({
        who(fd, F_GETLK, F_WRLCK, 0, 0);
        who(fd, F_GETLK, F_RDLCK, 5, 30);
        who(fd, F_GETLK, F_WRLCK, 5, 30);
        who(fd, F_GETLK, F_WRLCK, 1000, 1);
        who(fd, F_GETLK, F_WRLCK, 5, 3);
        CALL(lock(fd, F_SETLK, F_WRLCK, 0, 2));
        CALL(lock(fd, F_SETLK, F_WRLCK, 0, 3));
        CALL(lock(fd, F_SETLK, F_RDLCK, 12, 3));
        CALL(lock(fd, F_SETLK, F_WRLCK, 12, 3));
        CALL(lock(fd, F_SETLK, F_UNLCK, 0, 0));
    });
    IN_CHILD(who(fd, F_GETLK, F_WRLCK, 0, 0));
    CALL(lock(fd, F_SETLK, F_UNLCK, 3, 1));
    IN_CHILD({ who(fd, F_GETLK, F_WRLCK, 3, 1); who(fd, F_GETLK, F_WRLCK, 4, 1); who(fd, F_GETLK, F_WRLCK, 0, 3); });
    CALL(lock(fd, F_SETLK, F_RDLCK, 0, 10));
    IN_CHILD(who(fd, F_GETLK, F_WRLCK, 0, 0));
    CALL(lock(fd, F_SETLK, F_WRLCK, -1, 1));
    CALL(lock(fd, F_SETLK, F_WRLCK, 5, -5));
    CALL(lock(fd, F_SETLK, F_WRLCK, 5, -6));
    CALL(lock(fd, F_SETLK, 7, 0, 0));
    CALL(lock(fd, F_SETLK, F_WRLCK, INT64_MAX, 10));
    CALL(lock(fd, F_SETLK, F_WRLCK, INT64_MAX, 1));
    CALL(fcntl(fd, F_SETLK, NOWHERE));
    CALL(lock(99, F_SETLK, F_WRLCK, 0, 0));
    struct flock at = { .l_type = F_WRLCK, .l_whence = SEEK_END, .l_start = -2, .l_len = 1 };
    CALL(fcntl(fd, F_SETLK, &at));
    IN_CHILD(who(fd, F_GETLK, F_RDLCK, 0, 0));
    at.l_whence = 9;
    CALL(fcntl(fd, F_SETLK, &at));
    who(fd, F_GETLK, F_UNLCK, 0, 0);
    int again = open("f", O_RDONLY);
    CALL(lock(again, F_SETLK, F_WRLCK, 0, 0));
    CALL(lock(again, F_SETLK, F_RDLCK, 0, 0));
    close(again);
    IN_CHILD(who(fd, F_GETLK, F_WRLCK, 0, 0));
    int write_only = open("f", O_WRONLY);
    CALL(lock(write_only, F_SETLK, F_RDLCK, 0, 0));
    close(write_only);
    int ends[2];
    pipe(ends);
    CALL(lock(ends[0], F_SETLK, F_RDLCK, 0, 0));
    CALL(lock(ends[1], F_SETLK, F_WRLCK, 0, 0));
    close(ends[0]), close(ends[1]);
    int directory = open(".", O_RDONLY);
    CALL(lock(directory, F_SETLK, F_RDLCK, 0, 0));
    CALL(flock(directory, LOCK_EX));
    close(directory);
    close(fd);
}

static void waiting(void)
{
    section("waiting and deadlock");
    int fd = open("f", O_RDWR), go[2], ready[2];
    char byte;
    pipe(go), pipe(ready);
    CALL(lock(fd, F_SETLK, F_WRLCK, 0, 1));
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        lock(fd, F_SETLK, F_WRLCK, 1, 1);
        write(ready[1], "x", 1);
        long result = lock(fd, F_SETLKW, F_WRLCK, 0, 1);
        read(go[0], &byte, 1);
        printf("the child waited: %ld\n", result);
        fflush(stdout);
        _exit(0);
    }
    read(ready[0], &byte, 1);
    await_sleep(child);
    CALL(lock(fd, F_SETLKW, F_WRLCK, 1, 1));
    CALL(lock(fd, F_SETLK, F_UNLCK, 0, 1));
    fflush(stdout);
    write(go[1], "x", 1);
    waitpid(child, NULL, 0);
    CALL(lock(fd, F_SETLKW, F_WRLCK, 1, 1));
    fflush(stdout);
    child = fork();
    if (child == 0) {
        struct sigaction action = { .sa_handler = on_break };
        sigaction(SIGALRM, &action, NULL);
        write(ready[1], "x", 1);
        alarm(1);
        CALL(lock(fd, F_SETLKW, F_WRLCK, 1, 1));
        _exit(0);
    }
    waitpid(child, NULL, 0);
    close(go[0]), close(go[1]), close(ready[0]), close(ready[1]);
    close(fd);
}

static void ofd(void)
{
    section("locks of open files");
    int a = open("f", O_RDWR), b = open("f", O_RDWR);
    CALL(lock(a, F_OFD_SETLK, F_WRLCK, 0, 10));
    CALL(lock(b, F_OFD_SETLK, F_WRLCK, 0, 5));
    CALL(lock(b, F_OFD_SETLK, F_RDLCK, 20, 5));
    who(b, F_OFD_GETLK, F_WRLCK, 0, 0);
    who(b, F_GETLK, F_WRLCK, 0, 0);
    CALL(lock(b, F_SETLK, F_WRLCK, 3, 1));
    CALL(lock(b, F_SETLK, F_WRLCK, 50, 1));
    who(a, F_OFD_GETLK, F_WRLCK, 40, 20);
    struct flock l = { .l_type = F_WRLCK, .l_start = 70, .l_len = 1, .l_pid = 5 };
    CALL(fcntl(a, F_OFD_SETLK, &l));
    CALL(fcntl(a, F_OFD_GETLK, &l));
    int same = dup(a);
    close(a);
    CALL(lock(b, F_OFD_SETLK, F_WRLCK, 0, 5));
    IN_CHILD({ CALL(lock(same, F_OFD_SETLK, F_UNLCK, 0, 10)); });
    CALL(lock(b, F_OFD_SETLK, F_WRLCK, 0, 5));
    CALL(lock(same, F_OFD_SETLK, F_WRLCK, 100, 5));
    close(same);
    CALL(lock(b, F_OFD_SETLK, F_WRLCK, 100, 5));
    close(b);
}

static void flocks(void)
{
    section("flock");
    int a = open("f", O_RDWR), b = open("f", O_RDONLY);
    CALL(flock(a, LOCK_SH));
    CALL(flock(b, LOCK_SH | LOCK_NB));
    CALL(flock(b, LOCK_EX | LOCK_NB));
    CALL(flock(a, LOCK_UN));
    CALL(flock(b, LOCK_EX | LOCK_NB));
    CALL(flock(a, LOCK_SH | LOCK_NB));
    CALL(flock(b, LOCK_SH | LOCK_NB));
    CALL(flock(a, LOCK_SH | LOCK_NB));
    CALL(flock(a, LOCK_EX | LOCK_NB));
    CALL(flock(a, LOCK_UN | LOCK_NB));
    CALL(flock(a, 0));
    CALL(flock(a, LOCK_SH | LOCK_EX));
    CALL(flock(a, 64));
    CALL(flock(99, LOCK_SH));
    int c = dup(b);
    close(b);
    CALL(flock(a, LOCK_EX | LOCK_NB));
    IN_CHILD({ close(c); CALL(flock(a, LOCK_EX | LOCK_NB)); });
    close(c);
    CALL(flock(a, LOCK_EX | LOCK_NB));
    CALL(lock(a, F_SETLK, F_WRLCK, 0, 0));
    IN_CHILD({ int d = open("f", O_RDWR); CALL(flock(d, LOCK_SH | LOCK_NB)); CALL(flock(a, LOCK_UN)); CALL(flock(d, LOCK_SH | LOCK_NB)); });
    int ends[2];
    pipe(ends);
    CALL(flock(ends[0], LOCK_EX | LOCK_NB));
    close(ends[0]), close(ends[1]);
    int path = open("f", O_PATH);
    CALL(flock(path, LOCK_EX | LOCK_NB));
    close(path);
    close(a);
}

static void leases(void)
{
    section("leases");
    signal(SIGIO, on_break);
    broken = 0;
    int fd = open("leased", O_RDONLY | O_CREAT, 0600);
    CALL(fcntl(fd, F_GETLEASE));
    CALL(fcntl(fd, F_SETLEASE, F_RDLCK));
    CALL(fcntl(fd, F_GETLEASE));
    CALL(fcntl(fd, F_SETLEASE, F_UNLCK));
    CALL(fcntl(fd, F_GETLEASE));
    CALL(fcntl(fd, F_SETLEASE, F_UNLCK));
    CALL(fcntl(fd, F_SETLEASE, 9));
    CALL(fcntl(fd, F_SETLEASE, F_WRLCK));
    CALL(fcntl(fd, F_SETLEASE, F_UNLCK));
    int other = open("leased", O_RDWR);
    CALL(fcntl(fd, F_SETLEASE, F_RDLCK));
    CALL(fcntl(fd, F_SETLEASE, F_WRLCK));
    CALL(fcntl(other, F_SETLEASE, F_RDLCK));
    close(other);
    int ends[2];
    pipe(ends);
    CALL(fcntl(ends[0], F_SETLEASE, F_RDLCK));
    close(ends[0]), close(ends[1]);
    CALL(fcntl(99, F_GETLEASE));
    CALL(fcntl(fd, F_SETLEASE, F_RDLCK));
    CALL(open("leased", O_WRONLY | O_NONBLOCK));
    printf("%d signals\n", (int)broken);
    CALL(fcntl(fd, F_GETLEASE));
    CALL(fcntl(fd, F_SETLEASE, F_UNLCK));
    other = open("leased", O_WRONLY | O_NONBLOCK);
    printf("opened %d\n", other >= 0);
    close(other);
    CALL(fcntl(fd, F_SETLEASE, F_RDLCK));
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        close(fd);
        CALL(truncate("leased", 5));
        _exit(0);
    }
    while (broken < 2)
        nap(10);
    /* The child goes on at once: what it says comes first. */
    int given_back = fcntl(fd, F_SETLEASE, F_UNLCK);
    waitpid(child, NULL, 0);
    CALL(given_back);
    close(fd);
}

static void busy(void)
{
    section("a program that is written");
    char block[65536];
    long n;
    int from = open("/bin/true", O_RDONLY), to = open("program", O_CREAT | O_WRONLY, 0755);
    while ((n = read(from, block, sizeof block)) > 0)
        write(to, block, n);
    IN_CHILD({ CALL(execl("program", "program", (char *)NULL)); });
    close(to), close(from);
    IN_CHILD({ execl("program", "program", (char *)NULL); });
    CALL(open("/proc/self/exe", O_WRONLY));
    CALL(open("/proc/self/exe", O_RDONLY | O_TRUNC));
    CALL(truncate("/proc/self/exe", 0));
}

int main(void)
{
    busy();
    parent = getpid();
    posix_locks();
    waiting();
    ofd();
    flocks();
    leases();
    return 0;
}
