/*
 * file-watcher: a program to watch in the "Inotify queue" view.
 *
 * It watches two directories and does to them, step by step, what editors and build tools do all day; after each step it
 * reads what inotify has queued. Run it under the personalities "linux" and "netbsd-10" and compare: a rename inside one
 * directory, a move to another and an atomic save are reported differently, and writing to a file inside a watched
 * directory is reported by Linux only.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char base[] = "/tmp/interlinear-XXXXXX";
static int queue;
static int inbox_watch;
static int archive_watch;

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void check(int result, const char *what)
{
    if (result == -1)
        die(what);
}

static void pause_for_the_eye(void) { nanosleep(&(struct timespec){ .tv_nsec = 120 * 1000000 }, NULL); }

static const struct {
    uint32_t bit;
    const char *name;
} mask_names[] = {
    { IN_ACCESS, "ACCESS" },         { IN_MODIFY, "MODIFY" },     { IN_ATTRIB, "ATTRIB" },
    { IN_CLOSE_WRITE, "CLOSE_WRITE" }, { IN_CLOSE_NOWRITE, "CLOSE_NOWRITE" }, { IN_OPEN, "OPEN" },
    { IN_MOVED_FROM, "MOVED_FROM" }, { IN_MOVED_TO, "MOVED_TO" }, { IN_CREATE, "CREATE" },
    { IN_DELETE, "DELETE" },         { IN_DELETE_SELF, "DELETE_SELF" }, { IN_MOVE_SELF, "MOVE_SELF" },
    { IN_Q_OVERFLOW, "Q_OVERFLOW" }, { IN_IGNORED, "IGNORED" },   { IN_ISDIR, "ISDIR" },
};

/* Cookies are arbitrary numbers; the same number twice in a row is what ties the halves of a rename together. */
static int pair_number(uint32_t cookie)
{
    static uint32_t last;
    static int pairs;
    if (cookie != last)
        pairs++;
    last = cookie;
    return pairs;
}

static void print_event(const struct inotify_event *event, const char *name)
{
    const char *where = event->wd == inbox_watch ? "inbox" : event->wd == archive_watch ? "archive" : "?";
    printf("    %-8s", where);
    for (size_t i = 0; i < sizeof mask_names / sizeof *mask_names; i++)
        if (event->mask & mask_names[i].bit)
            printf(" %s", mask_names[i].name);
    if (event->len > 0)
        printf(" \"%s\"", name);
    if (event->cookie != 0)
        printf(" (rename %d)", pair_number(event->cookie));
    putchar('\n');
}

/* Records follow one another; NetBSD does not pad the names, so a record may begin at any address: copy it out. */
static void read_queue(void)
{
    char buffer[4096];
    ssize_t length;
    while ((length = read(queue, buffer, sizeof buffer)) > 0) {
        for (char *at = buffer; at < buffer + length;) {
            struct inotify_event event;
            memcpy(&event, at, sizeof event);
            print_event(&event, at + sizeof event);
            at += sizeof event + event.len;
        }
    }
    if (length == -1 && errno != EAGAIN)
        die("read of the queue");
}

static void step(const char *title)
{
    puts(title);
    pause_for_the_eye();
    read_queue();
    pause_for_the_eye();
}

static void write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    check(fd, path);
    if (write(fd, text, strlen(text)) == -1)
        die("write");
    check(close(fd), "close");
}

static void read_file(const char *path)
{
    char text[64];
    int fd = open(path, O_RDONLY);
    check(fd, path);
    if (read(fd, text, sizeof text) == -1)
        die("read");
    check(close(fd), "close");
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (mkdtemp(base) == NULL)
        die("mkdtemp");
    check(chdir(base), "chdir");
    check(mkdir("inbox", 0700), "mkdir");
    check(mkdir("archive", 0700), "mkdir");

    queue = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    check(queue, "inotify_init1");
    inbox_watch = inotify_add_watch(queue, "inbox", IN_ALL_EVENTS);
    check(inbox_watch, "inotify_add_watch");
    archive_watch = inotify_add_watch(queue, "archive", IN_CREATE | IN_DELETE | IN_MOVE);
    check(archive_watch, "inotify_add_watch");

    write_file("inbox/draft", "Dear reader,\n");
    step("a file is written");
    read_file("inbox/draft");
    step("and read");
    check(rename("inbox/draft", "inbox/letter"), "rename");
    step("renamed within its directory");
    write_file("inbox/letter.tmp", "Dear reader, dear reader,\n");
    check(rename("inbox/letter.tmp", "inbox/letter"), "rename");
    step("saved the way editors do: written beside, renamed over");
    check(chmod("inbox/letter", 0400), "chmod");
    step("made read-only");
    check(rename("inbox/letter", "archive/letter"), "rename");
    step("moved to the other directory");
    check(mkdir("inbox/folder", 0700), "mkdir");
    step("a directory is made");
    check(rmdir("inbox/folder"), "rmdir");
    step("and removed");
    check(unlink("archive/letter"), "unlink");
    step("the letter is deleted");
    check(inotify_rm_watch(queue, archive_watch), "inotify_rm_watch");
    step("the archive is no longer watched");
    check(rmdir("inbox"), "rmdir");
    step("the watched directory itself is removed");

    close(queue);
    check(rmdir("archive"), "rmdir");
    check(rmdir(base), "rmdir");
    return 0;
}
