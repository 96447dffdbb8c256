/* Whether an inotify instance is ready: poll, select and epoll, before and after records come and go. */
#include "inotify.h"
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/wait.h>

static int fresh(void)
{
    int queue = inotify_init1(IN_NONBLOCK);
    inotify_add_watch(queue, "f", IN_ATTRIB);
    return queue;
}

/* Changes the file once the parent sleeps, and raises the flag (a byte in a pipe) after that: so even who is not woken wakes in the end. */
static pid_t change_when_asleep(int flag)
{
    pid_t parent = getpid(), child = fork();
    if (child == 0) {
        await_sleep(parent);
        chmod("f", 0640);
        await_sleep(parent);
        write(flag, "x", 1);
        _exit(0);
    }
    return child;
}

static void polled(void)
{
    section("poll");
    int queue = fresh(), flag[2];
    char byte;
    struct pollfd asked[2] = { { .fd = queue, .events = POLLIN | POLLRDNORM | POLLOUT | POLLPRI }, { .events = POLLIN } };
    CALL(poll(asked, 1, 0));
    chmod("f", 0600);
    CALL(poll(asked, 1, 0));
    printf("%x\n", asked[0].revents);
    drain(queue, "read");
    CALL(poll(asked, 1, 0));
    section("poll asleep");
    pipe(flag);
    asked[0].events = POLLIN;
    asked[1].fd = flag[0];
    pid_t child = change_when_asleep(flag[1]);
    int ready = poll(asked, 2, 20000);
    printf("woken by the record %d\n", asked[1].revents == 0);
    printf("ready by then %d\n", ready > 0 && asked[0].revents == POLLIN);
    waitpid(child, NULL, 0);
    read(flag[0], &byte, 1);
    drain(queue, "read");
    section("select asleep");
    fd_set set;
    FD_ZERO(&set);
    FD_SET(queue, &set);
    FD_SET(flag[0], &set);
    chmod("f", 0600);
    drain(queue, "read");
    child = change_when_asleep(flag[1]);
    select(flag[0] + 1, &set, NULL, NULL, NULL);
    printf("woken by the record %d\n", !FD_ISSET(flag[0], &set));
    printf("ready by then %d\n", FD_ISSET(queue, &set) != 0);
    waitpid(child, NULL, 0);
    close(flag[0]);
    close(flag[1]);
    close(queue);
}

static void add(int epoll, int queue, uint32_t events)
{
    struct epoll_event event = { .events = events, .data.u32 = 7 };
    report("epoll_ctl", epoll_ctl(epoll, EPOLL_CTL_ADD, queue, &event));
}

static void collect(int epoll, const char *when)
{
    struct epoll_event events[4];
    int count = epoll_wait(epoll, events, 4, 0);
    printf("%s: %d", when, count);
    for (int i = 0; i < count; i++)
        printf(" %x", events[i].events);
    putchar('\n');
}

static void epolled(uint32_t trigger, const char *title)
{
    section(title);
    int queue = fresh(), epoll = epoll_create1(0);
    chmod("f", 0600);
    add(epoll, queue, EPOLLIN | trigger);
    collect(epoll, "with a record from before");
    chmod("f", 0640);
    collect(epoll, "with another");
    collect(epoll, "asked again");
    drain(queue, "read");
    collect(epoll, "with none");
    chmod("f", 0600);
    collect(epoll, "with one more");
    close(epoll);
    close(queue);
}

static void written(void)
{
    section("epoll for writing");
    int queue = fresh(), epoll = epoll_create1(0);
    add(epoll, queue, EPOLLIN | EPOLLOUT);
    collect(epoll, "nothing");
    add(epoll, queue, EPOLLIN);
    report("epoll_ctl", epoll_ctl(epoll, EPOLL_CTL_DEL, queue, NULL));
    add(epoll, queue, EPOLLOUT);
    close(epoll);
    close(queue);
}

int main(void)
{
    touch("f");
    polled();
    epolled(0, "epoll by level");
    epolled(EPOLLET, "epoll by edge");
    epolled(EPOLLONESHOT, "epoll once");
    written();
    return 0;
}
