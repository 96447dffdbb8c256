/* What `interlinear why` is asked about: a program that hangs, one with two differences, one that misses a call, one that is told bytes. */
#include "../guest.h"
#include <poll.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/sendfile.h>

/* Waits for a file that a child makes, as programs that watch a folder do. NetBSD does not wake the poll. */
static int watch(void)
{
    char buffer[512];
    int queue = inotify_init1(IN_CLOEXEC);
    mkdir("watched", 0700);
    inotify_add_watch(queue, "watched", IN_CREATE);
    pid_t parent = getpid();
    if (fork() == 0) {
        await_sleep(parent);
        close(open("watched/file", O_CREAT | O_WRONLY, 0600));
        _exit(0);
    }
    struct pollfd asked = { .fd = queue, .events = POLLIN };
    poll(&asked, 1, -1);
    read(queue, buffer, sizeof buffer);
    printf("made: %s\n", buffer + sizeof(struct inotify_event));
    return 0;
}

/* Two differences, in one line of output. */
static int two(void)
{
    char bytes[64];
    struct stat status;
    fstat(memfd_create("x", 0), &status);
    long random = syscall(SYS_getrandom, bytes, sizeof bytes, 2);
    printf("a regular file %d, %ld random bytes\n", S_ISREG(status.st_mode), random);
    return 0;
}

/* A call that NetBSD's emulation has not, and no other way. */
static int copies(void)
{
    int from = open("from", O_CREAT | O_RDWR, 0600), to = open("to", O_CREAT | O_RDWR, 0600);
    off_t start = 0;
    write(from, "text", 4);
    if (sendfile(to, from, &start, 4) == 4)
        return 0;
    perror("sendfile");
    return 1;
}

/* The bytes of an argument beside something that differs. */
static int tell(const char *argument)
{
    struct stat status;
    fstat(memfd_create("x", 0), &status);
    for (const char *at = argument; *at != 0; at++)
        printf("%02x ", *at & 0xff);
    printf("and a regular file %d\n", S_ISREG(status.st_mode));
    return 0;
}

int main(int count, char **arguments)
{
    const char *what = count > 1 ? arguments[1] : "";
    if (strcmp(what, "watch") == 0)
        return watch();
    if (strcmp(what, "two") == 0)
        return two();
    if (strcmp(what, "copy") == 0)
        return copies();
    return count > 2 ? tell(arguments[2]) : 2;
}
