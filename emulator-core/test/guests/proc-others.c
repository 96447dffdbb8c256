/* What /proc shows of other processes and threads: their states, and what is left of one that has ended. */
#include "guest.h"
#include <pthread.h>
#include <sched.h>
#include <sys/wait.h>

/* The numbers of a stat file from the third on; its letter. */
static char read_stat(const char *path, long *fields, int count)
{
    char text[1024] = "", letter = '?';
    int fd = open(path, O_RDONLY);
    ssize_t length = read(fd, text, sizeof text - 1);
    close(fd);
    if (length <= 0)
        return letter;
    char *at = strrchr(text, ')') + 2;
    letter = *at++;
    for (int i = 3; i < count; i++)
        fields[i] = strtol(at, &at, 10);
    return letter;
}

static void wait_for_state(const char *path, char wanted)
{
    long fields[24];
    while (read_stat(path, fields, 24) != wanted)
        sched_yield();
    printf("%c\n", wanted);
}

static void show_lines(const char *path, const char *const *wanted)
{
    char line[512];
    FILE *file = fopen(path, "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        for (int i = 0; wanted[i] != NULL; i++)
            if (strncmp(line, wanted[i], strlen(wanted[i])) == 0)
                printf("%s", line);
    fclose(file);
}

static int ends[2];
static volatile pid_t tid;

static void *reader(void *unused)
{
    char byte;
    tid = gettid();
    CALL(read(ends[0], &byte, 1));
    return unused;
}

int main(void)
{
    char path[64], text[64];
    long fields[24] = { 0 };
    section("a process that sleeps, stops, and ends");
    CALL(pipe(ends));
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        char byte;
        close(ends[1]);
        signal(SIGUSR1, SIG_IGN);
        _exit(read(ends[0], &byte, 1) == 0 ? 7 : 8);
    }
    snprintf(path, sizeof path, "/proc/%d/stat", child);
    wait_for_state(path, 'S');
    kill(child, SIGSTOP);
    wait_for_state(path, 'T');
    kill(child, SIGCONT);
    wait_for_state(path, 'S');
    close(ends[1]);
    siginfo_t info;
    CALL(waitid(P_PID, child, &info, WEXITED | WNOWAIT));
    printf("%c, memory %d %d\n", read_stat(path, fields, 24), fields[22] != 0, fields[23] != 0);
    printf("parent %d, group %d\n", fields[3] == getpid(), fields[4] == getpgrp());
    static const char *const lines[] = { "State:", "VmSize:", "Threads:", "FDSize:", NULL };
    snprintf(path, sizeof path, "/proc/%d/status", child);
    show_lines(path, lines);
    snprintf(path, sizeof path, "/proc/%d/statm", child);
    int fd = open(path, O_RDONLY);
    CALL(read(fd, text, sizeof text));
    close(fd);
    snprintf(path, sizeof path, "/proc/%d/maps", child);
    fd = open(path, O_RDONLY);
    CALL(read(fd, text, sizeof text));
    close(fd);
    CALL(waitid(P_PID, child, &info, WEXITED));
    CALL(open(path, O_RDONLY));

    section("threads have states of their own");
    CALL(pipe(ends));
    pthread_t thread;
    pthread_create(&thread, NULL, reader, NULL);
    while (tid == 0)
        sched_yield();
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", tid);
    wait_for_state(path, 'S');
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", getpid());
    wait_for_state(path, 'R');
    close(ends[1]);
    pthread_join(thread, NULL);

    section("signals and privileges in one's own status");
    signal(SIGUSR1, SIG_IGN);
    signal(SIGUSR2, (void (*)(int))read_stat);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    sigaddset(&set, SIGRTMAX);
    sigprocmask(SIG_BLOCK, &set, NULL);
    kill(getpid(), SIGUSR2);
    static const char *const own[] = { "SigPnd:", "ShdPnd:", "SigBlk:", "SigIgn:", "SigCgt:", "NoNewPrivs:", "Tgid:\t1\n", NULL };
    show_lines("/proc/self/status", own);
    return 0;
}
