/* usage: calls COUNT: about so many system calls of many kinds, a process now and then, after which everything is as it was before. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define CALLS_A_ROUND 25
#define ROUNDS_A_CHILD 200

static char buffer[4096];

static void must(int right)
{
    if (!right)
        exit(1);
}

static void pass(int from, int to)
{
    must(write(to, buffer, 512) == 512 && read(from, buffer, sizeof buffer) == 512);
    must(close(from) == 0 && close(to) == 0);
}

static void one_round(void)
{
    struct epoll_event event = {.events = EPOLLIN};
    struct stat status;
    int pair[2], epoll, fd;
    char *memory;

    must(pipe(pair) == 0);
    pass(pair[0], pair[1]);
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    pass(pair[0], pair[1]);
    epoll = epoll_create1(0);
    fd = eventfd(1, 0);
    must(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0 && epoll_wait(epoll, &event, 1, 0) == 1);
    must(close(fd) == 0 && close(epoll) == 0);
    fd = memfd_create("calls", 0);
    must(write(fd, buffer, sizeof buffer) == sizeof buffer && fstat(fd, &status) == 0 && close(fd) == 0);
    memory = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    must(memory != MAP_FAILED);
    memory[40000] = 1;
    must(munmap(memory, 65536) == 0 && getppid() > 0);
}

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) / CALLS_A_ROUND : 0;

    for (int i = 0; i < rounds; i++) {
        one_round();
        if (i % ROUNDS_A_CHILD == 0) {
            pid_t child = fork();

            if (child == 0)
                _exit(0);
            must(waitpid(child, NULL, 0) == child);
        }
    }
    return 0;
}
