/* inotify on files, its masks and flags, its errors, its queue. */
#include "inotify.h"
#include <poll.h>
#include <sys/ioctl.h>

static void masks(int queue)
{
    section("a file");
    touch("f");
    int wd = CALL(inotify_add_watch(queue, "f", IN_ALL_EVENTS));
    DO(put("f", "one"));
    DO(get("f"));
    DO(chmod("f", 0644));
    DO(rename("f", "g"));
    DO(link("g", "h"));
    DO(unlink("h"));
    int fd = open("g", O_RDWR);
    DO(ftruncate(fd, 1));
    DO(unlink("g"));
    DO(close(fd));
    CALL(inotify_rm_watch(queue, wd));
    section("masks");
    touch("f");
    wd = CALL(inotify_add_watch(queue, "f", IN_MODIFY));
    DO(put("f", "two"));
    CALL(inotify_add_watch(queue, "f", IN_CLOSE_WRITE | IN_MASK_ADD));
    DO(put("f", "two"));
    CALL(inotify_add_watch(queue, "f", IN_OPEN));
    DO(put("f", "two"));
    CALL(inotify_rm_watch(queue, wd));
    drain(queue, "after removal");
    CALL(inotify_add_watch(queue, "f", IN_OPEN | IN_ONESHOT));
    DO(get("f"));
    DO(get("f"));
}

static void identical(int queue)
{
    section("identical events become one");
    int fd = open("f", O_WRONLY);
    int wd = CALL(inotify_add_watch(queue, "f", IN_MODIFY));
    CALL(write(fd, "a", 1));
    CALL(write(fd, "b", 1));
    CALL(write(fd, "c", 1));
    drain(queue, "three writes");
    close(fd);
    inotify_rm_watch(queue, wd);
    drain(queue, "removed");
}

static void the_queue(int queue)
{
    section("the queue");
    char small[8], buffer[64];
    int available = 0;
    struct pollfd asked = { .fd = queue, .events = POLLIN };
    inotify_add_watch(queue, ".", IN_CREATE);
    CALL(poll(&asked, 1, 0));
    touch("made");
    CALL(poll(&asked, 1, 0));
    CALL(ioctl(queue, FIONREAD, &available));
    printf("%d available\n", available);
    CALL(read(queue, small, sizeof small));
    CALL(read(queue, buffer, sizeof buffer));
    CALL(read(queue, buffer, sizeof buffer));
    CALL(write(queue, buffer, 1));
    unlink("made");
}

static void refused(int queue)
{
    section("refused");
    CALL(inotify_init1(12345));
    CALL(inotify_add_watch(queue, "none", IN_OPEN));
    CALL(inotify_add_watch(queue, "f", 0));
    CALL(inotify_add_watch(queue, "f", IN_OPEN | IN_ONLYDIR));
    CALL(inotify_add_watch(queue, ".", IN_OPEN | IN_MASK_CREATE));
    CALL(inotify_add_watch(queue, ".", IN_OPEN | IN_MASK_CREATE | IN_MASK_ADD));
    CALL(inotify_add_watch(99, "f", IN_OPEN));
    CALL(inotify_add_watch(0, "f", IN_OPEN));
    CALL(inotify_add_watch(queue, NOWHERE, IN_OPEN));
    CALL(inotify_rm_watch(queue, 77));
    CALL(inotify_rm_watch(queue, -1));
    CALL(inotify_rm_watch(99, 1));
    CALL(inotify_rm_watch(0, 1));
}

int main(void)
{
    int queue = CALL(inotify_init1(IN_NONBLOCK));
    masks(queue);
    identical(queue);
    the_queue(queue);
    refused(queue);
    close(queue);
    unlink("f");
    section("the first call of the family");
    CALL(close(inotify_init()));
    return 0;
}
