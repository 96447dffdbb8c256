/* How long watches and instances live: oneshot, the end of the file, fork, exec, close. */
#include "inotify.h"
#include <sys/wait.h>

static void oneshot(void)
{
    section("a watch for one event");
    int queue = inotify_init1(IN_NONBLOCK);
    touch("f");
    int wd = inotify_add_watch(queue, "f", IN_ATTRIB | IN_MOVE_SELF | IN_ONESHOT);
    DO(chmod("f", 0640));
    DO(chmod("f", 0600));
    DO(rename("f", "g"));
    DO(unlink("g"));
    CALL(inotify_rm_watch(queue, wd));
    mkdir("d", 0700);
    wd = inotify_add_watch(queue, "d", IN_CREATE | IN_ONESHOT);
    DO(touch("d/a"));
    DO(touch("d/b"));
    CALL(inotify_rm_watch(queue, wd));
    unlink("d/a");
    unlink("d/b");
    rmdir("d");
    close(queue);
}

static void ended(void)
{
    section("after the end of the file");
    int queue = inotify_init1(IN_NONBLOCK);
    touch("f");
    int wd = inotify_add_watch(queue, "f", IN_ATTRIB | IN_DELETE_SELF | IN_CLOSE);
    DO(unlink("f"));
    CALL(inotify_rm_watch(queue, wd));
    drain(queue, "removed");
    CALL(inotify_rm_watch(queue, wd));
    section("one name of two removed");
    touch("f");
    link("f", "g");
    wd = inotify_add_watch(queue, "f", IN_ATTRIB);
    DO(unlink("f"));
    DO(chmod("g", 0640));
    DO(unlink("g"));
    section("removed while open");
    touch("f");
    int fd = open("f", O_WRONLY);
    wd = inotify_add_watch(queue, "f", IN_ATTRIB | IN_MODIFY | IN_DELETE_SELF | IN_CLOSE);
    DO(unlink("f"));
    DO(write(fd, "still there", 11));
    DO(close(fd));
    section("a name that is given again");
    touch("f");
    wd = inotify_add_watch(queue, "f", IN_ATTRIB);
    unlink("f");
    touch("f");
    drain(queue, "removed, made anew");
    DO(chmod("f", 0640));
    CALL(inotify_add_watch(queue, "f", IN_ATTRIB) > 0 ? 0 : -1);
    DO(chmod("f", 0600));
    close(queue);
    unlink("f");
}

/* What a child has of its parent's instance. The numbers are fixed by what is open. */
static void forked(void)
{
    section("in a child");
    int queue = inotify_init1(IN_NONBLOCK);
    touch("f");
    touch("g");
    int wd = inotify_add_watch(queue, "f", IN_ATTRIB);
    if (fork() == 0) {
        drain(queue, "nothing yet");
        DO(chmod("f", 0640));
        CALL(inotify_add_watch(queue, "g", IN_ATTRIB) > 0 ? 0 : -1);
        DO(chmod("g", 0640));
        CALL(inotify_add_watch(queue, "f", IN_ATTRIB | IN_MASK_ADD) > 0 ? 0 : -1);
        chmod("f", 0600);
        fflush(stdout);
        _exit(0);
    }
    wait(NULL);
    drain(queue, "the child's");
    CALL(inotify_rm_watch(queue, wd));
    drain(queue, "removed");
    section("the last one is a child");
    int pipe_in[2];
    pipe(pipe_in);
    inotify_add_watch(queue, "f", IN_ATTRIB);
    pid_t child = fork();
    if (child == 0) {
        char byte;
        close(pipe_in[1]);
        read(pipe_in[0], &byte, 1);
        CALL(close(queue));
        _exit(0);
    }
    close(queue);
    close(pipe_in[0]);
    close(pipe_in[1]);
    waitpid(child, NULL, 0);
}

/* Which numbers are open, below ten. */
static void open_numbers(const char *when)
{
    printf("%s:", when);
    for (int fd = 3; fd < 10; fd++)
        if (fcntl(fd, F_GETFD) != -1)
            printf(" %d", fd);
    putchar('\n');
    fflush(stdout);
}

static void closed(void)
{
    section("closing an instance closes what it opened");
    int queue = inotify_init1(0), other = inotify_init1(IN_NONBLOCK);
    inotify_add_watch(other, "f", IN_OPEN | IN_CLOSE | IN_ATTRIB);
    inotify_add_watch(queue, "f", IN_ATTRIB);
    inotify_add_watch(queue, "g", IN_ATTRIB);
    open_numbers("open");
    close(queue);
    open_numbers("closed");
    drain(other, "told to the other");
    close(other);
    open_numbers("both closed");
}

/* What the next program finds open: of an instance that closes then but is its parent's, too, and of one that stays open. */
static void executed(const char *program)
{
    section("another program");
    int queue = inotify_init1(IN_CLOEXEC);
    inotify_add_watch(queue, "f", IN_ATTRIB);
    if (fork() == 0) {
        open_numbers("a child before");
        execl(program, program, "a child after", NULL);
    }
    wait(NULL);
    close(queue);
    queue = inotify_init1(0);
    inotify_add_watch(queue, "f", IN_ATTRIB);
    open_numbers("before");
    execl(program, program, "after", NULL);
}

int main(int count, char **arguments)
{
    if (count > 1) {
        open_numbers(arguments[1]);
        return 0;
    }
    oneshot();
    ended();
    forked();
    closed();
    executed(arguments[0]);
    return 1;
}
