/* epoll: creating, adding, changing, removing, and everything that is refused. */
#include "epoll.h"
#include <sys/eventfd.h>

int main(void)
{
    section("create");
    CALL(epoll_create(0));
    CALL(close(epoll_create(1)));
    CALL(epoll_create1(1));
    int epfd = CALL(epoll_create1(EPOLL_CLOEXEC));
    CALL(fcntl(epfd, F_GETFD));
    section("control");
    int ends[2], file = open("f", O_CREAT | O_RDWR, 0600);
    pipe(ends);
    CTL(epfd, ADD, ends[0], EPOLLIN, 1);
    CTL(epfd, ADD, ends[0], EPOLLIN, 1);
    CTL(epfd, MOD, ends[1], EPOLLOUT, 1);
    CTL(epfd, DEL, ends[1], 0, 0);
    CTL(epfd, ADD, file, EPOLLIN, 1);
    CTL(epfd, ADD, 99, EPOLLIN, 1);
    CTL(99, ADD, ends[0], EPOLLIN, 1);
    CTL(file, ADD, ends[0], EPOLLIN, 1);
    CTL(epfd, ADD, epfd, EPOLLIN, 1);
    CALL(control(epfd, 77, ends[0], EPOLLIN, 1));
    CALL(epoll_ctl(epfd, EPOLL_CTL_ADD, ends[1], NULL));
    CALL(epoll_ctl(epfd, EPOLL_CTL_MOD, ends[0], NOWHERE));
    int dir = open(".", O_RDONLY);
    CTL(epfd, ADD, dir, EPOLLIN, 1);
    section("wait");
    struct epoll_event events[4];
    WAIT(epfd, 4, 0);
    WAIT(epfd, 0, 0);
    WAIT(epfd, -1, 0);
    WAIT(99, 1, 0);
    WAIT(file, 1, 0);
    write(ends[1], "x", 1);
    CALL(epoll_wait(epfd, NOWHERE, 1, 0));
    WAIT(epfd, 4, 0);
    section("change");
    CTL(epfd, MOD, ends[0], 0, 2);
    WAIT(epfd, 4, 0);
    CTL(epfd, MOD, ends[0], EPOLLIN, 3);
    WAIT(epfd, 4, 0);
    CALL(epoll_ctl(epfd, EPOLL_CTL_DEL, ends[0], NULL));
    WAIT(epfd, 4, 0);
    CALL(epoll_ctl(epfd, EPOLL_CTL_DEL, ends[0], NULL));
    CTL(epfd, ADD, ends[0], EPOLLIN, 0xfedcba9876543210);
    WAIT(epfd, 4, 0);
    section("what is closed is forgotten");
    close(ends[0]);
    WAIT(epfd, 4, 0);
    close(ends[1]);
    section("more than fit");
    int counters[3];
    for (int i = 0; i < 3; i++)
        CTL(epfd, ADD, counters[i] = eventfd(1, 0), EPOLLIN, i);
    WAIT(epfd, 2, 0);
    WAIT(epfd, 2, 0);
    WAIT(epfd, 2, 0);
    section("pwait");
    CALL(epoll_pwait(epfd, events, 4, 0, NULL));
    sigset_t none;
    sigemptyset(&none);
    CALL(epoll_pwait(epfd, events, 4, 0, &none));
    CALL(syscall(SYS_epoll_pwait, epfd, events, 4, 0, &none, 8));
    struct timespec soon = { 0, 10000000 }, wrong = { 0, 2000000000 };
    CALL(syscall(441, epfd, events, 4, &soon, NULL, 8));
    CALL(syscall(441, epfd, events, 4, &wrong, NULL, 8));
    for (int i = 0; i < 3; i++)
        close(counters[i]);
    long began = milliseconds_now();
    CALL(syscall(441, epfd, events, 4, &soon, NULL, 8));
    WAIT(epfd, 4, 20);
    printf("30 ms passed %d\n", milliseconds_now() - began >= 29);
    section("the descriptor itself");
    char byte;
    CALL(read(epfd, &byte, 1));
    CALL(write(epfd, "x", 1));
    CALL(close(epfd));
    unlink("f");
    return 0;
}
