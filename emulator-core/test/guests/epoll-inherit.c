/* epoll: what fork, vfork, clone, exec, a message and close_range make of the descriptor. */
#include "epoll.h"
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define CLOSE_RANGE_UNSHARE 2
#define CLOSE_RANGE_CLOEXEC 4

static int epfd, counter;
static char stack[65536] __attribute__((aligned(16)));

/* In the child: whether the descriptor is there, and whether the next file takes its number. */
static int look(void *whose)
{
    struct epoll_event event;
    int count = epoll_wait(epfd, &event, 1, 0), error = errno;
    printf("%s: epoll_wait = %d%s%s\n", (const char *)whose, count, count < 0 ? " " : "", count < 0 ? errno_name(error) : "");
    int next = open("/", O_RDONLY);
    printf("%s: the next file has %s number\n", (const char *)whose, next == epfd ? "its" : "another");
    fflush(stdout);
    return 0;
}

static void await(pid_t child)
{
    int status;
    waitpid(child, &status, __WALL);
    printf("ended %d\n", status);
    fflush(stdout);
    WAIT(epfd, 4, 0);
}

static void children(void)
{
    section("fork");
    pid_t child = fork();
    if (child == 0)
        _exit(look("child of fork"));
    await(child);
    section("vfork");
    child = vfork();
    if (child == 0) {
        struct epoll_event event;
        int count = epoll_wait(epfd, &event, 1, 0);
        _exit(count < 0 ? errno : count + 200);
    }
    await(child);
    section("clone without CLONE_FILES");
    await(clone(look, stack + sizeof stack, SIGCHLD, "child of clone"));
    section("clone with CLONE_FILES");
    await(clone(look, stack + sizeof stack, CLONE_FILES | SIGCHLD, "child that shares files"));
}

/* The other program is this one, told the descriptor's number. */
static void executed(const char *self)
{
    section("fork, then exec");
    for (int closing = 0; closing < 2; closing++) {
        char number[16], expected[2] = { (char)('0' + closing), 0 };
        snprintf(number, sizeof number, "%d", epfd);
        fflush(stdout);
        fcntl(epfd, F_SETFD, closing ? FD_CLOEXEC : 0);
        pid_t child = vfork();
        if (child == 0) {
            execl(self, self, number, expected, (char *)NULL);
            _exit(127);
        }
        await(child);
    }
    section("exec without a fork before it");
    char number[16], another[16];
    int closing = epoll_create1(EPOLL_CLOEXEC);
    fcntl(epfd, F_SETFD, 0);
    snprintf(number, sizeof number, "%d", epfd);
    snprintf(another, sizeof another, "%d", closing);
    execl(self, self, number, another, "again", (char *)NULL);
}

static void sent(void)
{
    section("in a message");
    int pair[2], data = epfd;
    char room[CMSG_SPACE(sizeof data)] = { 0 }, byte = 'x';
    struct iovec part = { &byte, 1 };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room };
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof data);
    memcpy(CMSG_DATA(header), &data, sizeof data);
    socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    CALL(sendmsg(pair[0], &message, 0));
    if (recvmsg(pair[1], &message, MSG_DONTWAIT) == 1) {
        header = CMSG_FIRSTHDR(&message);
        memcpy(&data, CMSG_DATA(header), sizeof data);
        WAIT(data, 4, 0);
        close(data);
    }
    close(pair[0]);
    close(pair[1]);
}

static void ranges(void)
{
    section("close_range");
    int other = epoll_create1(0);
    CALL(syscall(SYS_close_range, other, other, CLOSE_RANGE_CLOEXEC));
    CALL(fcntl(other, F_GETFD));
    section("close_range that makes the table its own");
    CALL(syscall(SYS_close_range, 1000, 2000, CLOSE_RANGE_UNSHARE));
    WAIT(epfd, 4, 0);
    WAIT(other, 4, 0);
    CALL(fcntl(0, F_GETFD));
}

int main(int count, char **words)
{
    if (count >= 3)
        epfd = atoi(words[1]);
    if (count == 3) {
        printf("closed on exec %s\n", words[2]);
        WAIT(epfd, 4, 0);
        return 0;
    }
    if (count == 4) {
        WAIT(epfd, 4, 0);
        WAIT(atoi(words[2]), 4, 0);
        sent();
        ranges();
        return 0;
    }
    epfd = epoll_create1(0);
    counter = eventfd(1, 0);
    CTL(epfd, ADD, counter, EPOLLIN, 1);
    children();
    executed("/proc/self/exe");
    return 1;
}
