/* Time namespaces: clocks that show something else to children, and to oneself after setns. */
#include "../guest.h"
#include <sched.h>
#include <sys/timerfd.h>
#include <sys/wait.h>

#define NEWTIME 0x80
#define OFFSETS "/proc/self/timens_offsets"

static long put(const char *text)
{
    int fd = open(OFFSETS, O_WRONLY);
    long written = write(fd, text, strlen(text));
    int error = errno;
    close(fd);
    errno = error;
    return written;
}

static void show(void)
{
    char text[200];
    int fd = open(OFFSETS, O_RDONLY);
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    printf("%.*s", (int)(n < 0 ? 0 : n), text);
    fflush(stdout);
}

static double now(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static ino_t number(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? st.st_ino : 0;
}

/* In thousands of seconds: nothing takes as long. */
static void shown(const char *who, const double before[3])
{
    static const clockid_t ids[] = { CLOCK_MONOTONIC, CLOCK_BOOTTIME, CLOCK_REALTIME };
    printf("%s:", who);
    for (int i = 0; i < 3; i++)
        printf(" %.0f", (now(ids[i]) - before[i]) / 1000);
    printf("\n");
    fflush(stdout);
}

static void waits(void)
{
    struct timespec at;
    struct itimerspec timer = { 0 };
    uint64_t count = 0;
    clock_gettime(CLOCK_MONOTONIC, &at);
    CALL(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL));
    clock_gettime(CLOCK_BOOTTIME, &timer.it_value);
    int fd = timerfd_create(CLOCK_BOOTTIME, 0);
    CALL(timerfd_settime(fd, TFD_TIMER_ABSTIME, &timer, NULL));
    CALL(read(fd, &count, sizeof count));
    int word = 0;
    clock_gettime(CLOCK_MONOTONIC, &at);
    CALL(syscall(SYS_futex, &word, 9, 0, &at, NULL, -1));
}

int main(void)
{
    double before[3] = { now(CLOCK_MONOTONIC), now(CLOCK_BOOTTIME), now(CLOCK_REALTIME) };
    int first = open("/proc/self/ns/time", O_RDONLY);
    section("offsets");
    show();
    CALL(put("monotonic 5 0\n"));
    CALL(unshare(NEWTIME));
    printf("%d\n", number("/proc/self/ns/time") == number("/proc/self/ns/time_for_children"));
    CALL(put("monotonic 5"));
    CALL(put("realtime 5 0"));
    CALL(put("monotonic 5 1000000000"));
    CALL(put("monotonic -9000000 0"));
    CALL(put("monotonic 9223372037 0"));
    show();
    CALL(put("monotonic 5000 7\nboottime 9000 0\n"));
    CALL(put("1 7000 0"));
    show();
    shown("parent", before);
    section("child");
    pid_t child = fork();
    if (child == 0) {
        printf("%d\n", number("/proc/self/ns/time") == number("/proc/self/ns/time_for_children"));
        shown("child", before);
        waits();
        CALL(put("1 1 0"));
        CALL(setns(first, NEWTIME));
        shown("child, back", before);
        show();
        _exit(0);
    }
    CALL(waitpid(child, NULL, 0) == child);
    CALL(put("1 1 0"));
    section("itself");
    int second = open("/proc/self/ns/time_for_children", O_RDONLY);
    CALL(setns(second, NEWTIME));
    shown("parent", before);
    CALL(setns(first, 0));
    shown("parent", before);
    return 0;
}
