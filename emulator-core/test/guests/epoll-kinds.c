/* epoll: what can be added, and for which direction. */
#include "epoll.h"
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

static int epfd;

static void try(const char *kind, int fd)
{
    static const struct { const char *name; uint32_t events; } wanted[] = {
        { "IN", EPOLLIN }, { "OUT", EPOLLOUT }, { "IN|OUT", EPOLLIN | EPOLLOUT }, { "nothing", 0 },
    };
    if (fd < 0) {
        printf("%s: %s\n", kind, errno_name(errno));
        return;
    }
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        char label[64];
        snprintf(label, sizeof label, "%s, %s", kind, wanted[i].name);
        report(label, control(epfd, EPOLL_CTL_ADD, fd, wanted[i].events, 0));
        control(epfd, EPOLL_CTL_DEL, fd, 0, 0);
    }
    close(fd);
}

int main(void)
{
    int ends[2], pair[2];
    epfd = epoll_create1(0);
    section("sockets, pipes, terminals");
    pipe(ends);
    socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    try("pipe, reading end", ends[0]);
    try("socket", pair[0]);
    try("datagram socket", socket(AF_UNIX, SOCK_DGRAM, 0));
    mkfifo("fifo", 0600);
    try("FIFO", open("fifo", O_RDWR));
    try("terminal", posix_openpt(O_RDWR | O_NOCTTY));
    section("files that are always ready");
    mkdir("directory", 0700);
    try("regular file", open("file", O_CREAT | O_RDWR, 0600));
    try("directory", open("directory", O_RDONLY));
    section("kernel objects");
    try("eventfd", eventfd(0, 0));
    try("timerfd", timerfd_create(CLOCK_MONOTONIC, 0));
    try("epoll", epoll_create1(0));
    try("inotify", inotify_init1(0));
    try("memfd", memfd_create("m", 0));
    section("devices");
    try("/dev/null", open("/dev/null", O_RDWR));
    try("/dev/zero", open("/dev/zero", O_RDONLY));
    try("/dev/full", open("/dev/full", O_WRONLY));
    unlink("fifo");
    unlink("file");
    rmdir("directory");
    return 0;
}
