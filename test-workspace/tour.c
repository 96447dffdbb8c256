/*
 * tour: a little of everything, to see in the "System calls" view what calls look like: those that work, those that fail,
 * those that wait, and one that no kernel of this kind has.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

static void title(const char *text) { printf("== %s\n", text); }

/* Prints a call's result, or its error: failing calls are part of the tour. */
static long show(const char *call, long result)
{
    if (result == -1)
        printf("%s: %s\n", call, strerror(errno));
    else
        printf("%s: %ld\n", call, result);
    return result;
}

static void files(void)
{
    title("files");
    char path[] = "/tmp/interlinear-tour-XXXXXX";
    int fd = mkstemp(path);
    struct iovec parts[] = { { "a line ", 7 }, { "in two parts\n", 13 } };
    show("writev", writev(fd, parts, 2));
    show("lseek", lseek(fd, 2, SEEK_SET));
    char text[32] = "";
    show("read", read(fd, text, 4));
    printf("it read \"%s\"\n", text);
    struct stat status;
    show("fstat", fstat(fd, &status));
    printf("size %ld, mode %o\n", (long)status.st_size, status.st_mode & 07777);
    show("unlink", unlink(path));
    show("open of what is gone", open(path, O_RDONLY));
    show("close", close(fd));
    show("read of what is closed", read(fd, text, 4));
}

static void pipes(void)
{
    title("pipes and poll");
    int ends[2];
    show("pipe2", pipe2(ends, O_NONBLOCK | O_CLOEXEC));
    struct pollfd waiting = { .fd = ends[0], .events = POLLIN };
    char byte;
    show("read of an empty pipe", read(ends[0], &byte, 1));
    show("poll, nothing there, for 50 ms", poll(&waiting, 1, 50));
    show("write", write(ends[1], "hello", 5));
    show("poll, something there", poll(&waiting, 1, 50));
    close(ends[1]);
    char text[8];
    show("read of the rest", read(ends[0], text, sizeof text));
    show("read at the end", read(ends[0], text, sizeof text));
    close(ends[0]);
}

static void counters(void)
{
    title("an eventfd, which is a counter");
    int fd = eventfd(2, EFD_NONBLOCK);
    uint64_t value = 3;
    show("write", write(fd, &value, sizeof value));
    show("read", read(fd, &value, sizeof value));
    printf("it counted %lu\n", (unsigned long)value);
    show("read again", read(fd, &value, sizeof value));
    close(fd);
}

static volatile sig_atomic_t alarms;

static void on_alarm(int number)
{
    (void)number;
    alarms++;
}

static void signals_and_time(void)
{
    title("signals and time");
    struct sigaction action = { .sa_handler = on_alarm };
    show("sigaction", sigaction(SIGUSR1, &action, NULL));
    show("kill oneself", kill(getpid(), SIGUSR1));
    printf("the handler ran %d time\n", (int)alarms);
    struct timespec before, after, nap = { .tv_nsec = 100 * 1000000 };
    clock_gettime(CLOCK_MONOTONIC, &before);
    show("nanosleep, 100 ms", nanosleep(&nap, NULL));
    clock_gettime(CLOCK_MONOTONIC, &after);
    long milliseconds = (after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000;
    printf("that took %s\n", milliseconds >= 99 ? "100 ms or more" : "too little");
}

static void memory(void)
{
    title("memory");
    char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    strcpy(page, "fresh memory is zero");
    printf("the next byte is %d\n", page[4096]);
    show("mprotect", mprotect(page, 4096, PROT_READ));
    show("munmap", munmap(page, 8192));
    show("write from nowhere", write(STDOUT_FILENO, page, 1));
}

static void identity(void)
{
    title("who and where");
    struct utsname name;
    show("uname", uname(&name));
    printf("the system says it is %s on %s\n", name.sysname, name.machine);
    show("getpid is positive", getpid() > 0);
    show("chdir", chdir("/no/such/place"));
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    files();
    pipes();
    counters();
    signals_and_time();
    memory();
    identity();
    title("a call that does not exist");
    show("system call 500", syscall(500));
    return 0;
}
