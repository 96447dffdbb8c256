/* EPOLLEXCLUSIVE: of several epolls that watch one pipe, one event wakes the waiter of one. */
#include "epoll.h"
#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>

enum { WAITERS = 4 };

static void wait_until_asleep(pid_t pid)
{
    char path[64], text[256];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    for (;;) {
        int fd = open(path, O_RDONLY);
        ssize_t length = read(fd, text, sizeof text - 1);
        close(fd);
        text[length > 0 ? length : 0] = 0;
        char *state = strrchr(text, ')');
        if (state != NULL && state[2] == 'S')
            return;
        sched_yield();
    }
}

int main(void)
{
    volatile int *woken = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    static const uint32_t flags[] = { EPOLLIN, EPOLLIN | EPOLLEXCLUSIVE, EPOLLIN | EPOLLEXCLUSIVE | EPOLLET };
    for (size_t kind = 0; kind < sizeof flags / sizeof *flags; kind++) {
        int ends[2];
        pid_t pids[WAITERS];
        CALL(pipe(ends));
        *woken = 0;
        fflush(stdout);
        for (int i = 0; i < WAITERS; i++) {
            pids[i] = fork();
            if (pids[i] == 0) {
                int epoll = epoll_create1(0);
                struct epoll_event event = { .events = flags[kind] };
                epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event);
                int found = epoll_wait(epoll, &event, 1, -1);
                __atomic_add_fetch(woken, found, __ATOMIC_SEQ_CST);
                _exit(0);
            }
            wait_until_asleep(pids[i]);
        }
        /* The first to sleep was the first to ask: it is the one. */
        for (int i = 0; i < WAITERS; i++) {
            char byte = 0;
            int ended = 0;
            write(ends[1], &byte, 1);
            waitpid(pids[i], NULL, 0);
            for (int j = i + 1; j < WAITERS; j++)
                ended += flags[kind] == EPOLLIN ? waitpid(pids[j], NULL, 0) > 0 : waitpid(pids[j], NULL, WNOHANG) > 0;
            printf("%x: event %d, woken %d, more that ended %d\n", flags[kind] & ~EPOLLET, i, *woken, ended);
            read(ends[0], &byte, 1);
            if (flags[kind] == EPOLLIN)
                break;
        }
        close(ends[0]);
        close(ends[1]);
    }
    return 0;
}
