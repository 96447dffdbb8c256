/*
 * usage: ping-pong pipe-processes|pipe-threads|futex|epoll|socketpair COUNT
 * The first four hand a byte, or a word, to and fro between two processes or threads and print microseconds for each round trip; with epoll
 * each waits for it before it reads.
 * The last sends COUNT pieces of 16 KiB from one process to another and prints microseconds for each.
 */
#include <linux/futex.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PIECE 16384

static int there[2], back[2], count;
static int turn;
static char piece[PIECE];

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

static void hand(int from, int to, int first)
{
    char byte = 1;

    for (int i = 0; i < count; i++) {
        if (first && write(to, &byte, 1) != 1)
            exit(1);
        if (read(from, &byte, 1) != 1)
            exit(1);
        if (!first && write(to, &byte, 1) != 1)
            exit(1);
    }
}

static void *pipe_partner(void *unused)
{
    (void)unused;
    hand(there[0], back[1], 0);
    return NULL;
}

static void take_turns(int mine)
{
    for (int i = 0; i < count; i++) {
        while (__atomic_load_n(&turn, __ATOMIC_SEQ_CST) != mine)
            syscall(SYS_futex, &turn, FUTEX_WAIT_PRIVATE, !mine, NULL, NULL, 0);
        __atomic_store_n(&turn, !mine, __ATOMIC_SEQ_CST);
        syscall(SYS_futex, &turn, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    }
}

static void *futex_partner(void *unused)
{
    (void)unused;
    take_turns(1);
    return NULL;
}

static void with_thread(void *(*partner)(void *), int futex)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, partner, NULL) != 0)
        exit(1);
    if (futex)
        take_turns(0);
    else
        hand(back[0], there[1], 1);
    pthread_join(thread, NULL);
}

static void with_process(void)
{
    pid_t child = fork();

    if (child == 0) {
        hand(there[0], back[1], 0);
        _exit(0);
    }
    hand(back[0], there[1], 1);
    waitpid(child, NULL, 0);
}

static void hand_waiting(int end, int first)
{
    struct epoll_event event = {.events = EPOLLIN}, got;
    int waiting = epoll_create1(0);
    char byte = 1;

    if (waiting < 0 || epoll_ctl(waiting, EPOLL_CTL_ADD, end, &event) != 0)
        exit(1);
    for (int i = 0; i < count; i++) {
        if (first && write(end, &byte, 1) != 1)
            exit(1);
        if (epoll_wait(waiting, &got, 1, -1) != 1 || read(end, &byte, 1) != 1)
            exit(1);
        if (!first && write(end, &byte, 1) != 1)
            exit(1);
    }
}

static void with_epoll(void)
{
    int pair[2];
    pid_t child;

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
        exit(1);
    child = fork();
    if (child == 0) {
        close(pair[0]);
        hand_waiting(pair[1], 0);
        _exit(0);
    }
    close(pair[1]);
    hand_waiting(pair[0], 1);
    waitpid(child, NULL, 0);
}

static void send_pieces(void)
{
    int pair[2];
    long left = (long)count * PIECE;
    pid_t child;

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
        exit(1);
    child = fork();
    if (child == 0) {
        close(pair[0]);
        for (int i = 0; i < count; i++)
            if (write(pair[1], piece, PIECE) != PIECE)
                _exit(1);
        _exit(0);
    }
    close(pair[1]);
    while (left > 0) {
        ssize_t got = read(pair[0], piece, PIECE);

        if (got <= 0)
            exit(1);
        left -= got;
    }
    waitpid(child, NULL, 0);
}

int main(int argc, char **argv)
{
    double start;

    if (argc != 3 || pipe(there) != 0 || pipe(back) != 0)
        return 2;
    count = atoi(argv[2]);
    start = now();
    if (strcmp(argv[1], "pipe-processes") == 0)
        with_process();
    else if (strcmp(argv[1], "pipe-threads") == 0)
        with_thread(pipe_partner, 0);
    else if (strcmp(argv[1], "futex") == 0)
        with_thread(futex_partner, 1);
    else if (strcmp(argv[1], "epoll") == 0)
        with_epoll();
    else
        send_pieces();
    printf("%f\n", (now() - start) / count);
    return 0;
}
