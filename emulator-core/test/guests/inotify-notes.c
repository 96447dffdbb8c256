/* What of a file's life is told to inotify, by each mask: attributes, links, renames, lengths, and what is never told. */
#include "inotify.h"
#include <dirent.h>
#include <sys/mman.h>
#include <sys/time.h>

static int queue;

static int watch(const char *path, uint32_t mask)
{
    int wd = inotify_add_watch(queue, path, mask);
    if (wd == -1)
        printf("watch %s: %s\n", path, errno_name(errno));
    return wd;
}

static void no_more(int wd)
{
    inotify_rm_watch(queue, wd);
    drain(queue, "removed");
}

static int list(const char *path)
{
    DIR *directory = opendir(path);
    int count = 0;
    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    return count;
}

/* Events that the mask did not ask for. */
static void unasked(void)
{
    section("a file watched for one kind of event");
    touch("f");
    watch("f", IN_MODIFY);
    DO(chmod("f", 0640));
    DO(link("f", "g"));
    DO(unlink("g"));
    DO(rename("f", "h"));
    DO(unlink("h"));
    section("a file watched for nothing");
    touch("f");
    if (watch("f", 0) != -1)
        DO(unlink("f"));
    unlink("f");
    section("a directory watched for one kind of event");
    mkdir("d", 0700);
    watch("d", IN_CREATE);
    DO(touch("d/a"));
    DO(rename("d/a", "d/b"));
    DO(unlink("d/b"));
    DO(chmod("d", 0750));
    DO(rmdir("d"));
    section("a directory watched for its end alone");
    mkdir("d", 0700);
    watch("d", IN_DELETE_SELF);
    DO(touch("d/a"));
    DO(unlink("d/a"));
    DO(rmdir("d"));
}

static void attributes(void)
{
    struct timeval times[2] = { { 1, 0 }, { 2, 0 } };
    section("attributes");
    touch("f");
    int wd = watch("f", IN_ATTRIB);
    DO(chmod("f", 0600));
    DO(chown("f", getuid(), getgid()));
    DO(utimes("f", times));
    DO(chmod("f", 0100000 | 0600));
    DO(chmod("none", 0600));
    DO(link("f", "g"));
    DO(unlink("g"));
    no_more(wd);
    unlink("f");
}

static void contents(void)
{
    section("contents");
    char byte[4];
    touch("f");
    int wd = watch("f", IN_ALL_EVENTS & ~IN_OPEN & ~IN_CLOSE);
    int fd = open("f", O_RDWR);
    DO(pwrite(fd, "grown", 5, 0));
    DO(pwrite(fd, "same", 4, 0));
    DO(pwrite(fd, "", 0, 0));
    DO(pread(fd, byte, 4, 0));
    DO(ftruncate(fd, 2));
    DO(ftruncate(fd, 4096));
    DO(truncate("f", 4096));
    DO(close(open("f", O_WRONLY | O_TRUNC)));
    DO(fsync(fd));
    ftruncate(fd, 4096);
    drain(queue, "long again");
    char *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    at[0] = 'm';
    DO(msync(at, 4096, MS_SYNC));
    munmap(at, 4096);
    DO(close(open("f", O_WRONLY | O_EXCL | O_CREAT, 0600)));
    DO(truncate("f", -1));
    close(fd);
    no_more(wd);
    unlink("f");
}

static void opens(void)
{
    section("opened and closed");
    touch("f");
    int wd = watch("f", IN_OPEN | IN_CLOSE);
    int fd = open("f", O_RDONLY), same = dup(fd), again = open("f", O_WRONLY);
    drain(queue, "opened twice");
    DO(close(fd));
    DO(close(same));
    DO(close(again));
    DO(close(open("f", O_RDWR)));
    no_more(wd);
    unlink("f");
    mkdir("d", 0700);
    touch("d/a");
    wd = watch("d", IN_OPEN | IN_CLOSE | IN_ACCESS);
    DO(close(open("d", O_RDONLY | O_DIRECTORY)));
    int count = 0;
    drain(queue, "before the list");
    count = list("d");
    printf("%d entries\n", count);
    drain(queue, "after the list");
    DO(get("d/a"));
    no_more(wd);
    unlink("d/a");
    rmdir("d");
}

static void names(void)
{
    section("what a directory gets");
    mkdir("d", 0700);
    int wd = watch("d", IN_CREATE | IN_DELETE | IN_MOVE);
    DO(touch("d/a"));
    DO(close(open("d/a", O_CREAT | O_WRONLY, 0600)));
    DO(mknod("d/p", S_IFIFO | 0600, 0));
    DO(symlink("a", "d/s"));
    DO(link("d/a", "d/l"));
    DO(mkdir("d/sub", 0700));
    DO(mkdir("d/sub", 0700));
    DO(touch("d/sub/deeper"));
    DO(unlink("d/sub/deeper"));
    DO(rename("d/a", "d/l"));
    DO(unlink("d/s"));
    DO(unlink("d/p"));
    DO(rmdir("d/sub"));
    DO(unlink("d/l"));
    DO(rename("d/a", "d/first"));
    DO(rename("d/first", "d/second"));
    DO(unlink("d/second"));
    no_more(wd);
    rmdir("d");
}

static void replaced(void)
{
    section("renamed over another");
    mkdir("d", 0700);
    touch("d/new");
    touch("d/old");
    int d = watch("d", IN_ALL_EVENTS & ~IN_OPEN & ~IN_CLOSE & ~IN_ACCESS);
    watch("d/new", IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF);
    watch("d/old", IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF);
    DO(rename("d/new", "d/old"));
    link("d/old", "kept");
    drain(queue, "linked");
    touch("d/new");
    drain(queue, "another");
    DO(rename("d/new", "d/old"));
    DO(unlink("kept"));
    DO(unlink("d/old"));
    section("renamed into another directory");
    mkdir("e", 0700);
    int e = watch("e", IN_ALL_EVENTS & ~IN_OPEN & ~IN_CLOSE & ~IN_ACCESS);
    touch("d/a");
    mkdir("d/sub", 0700);
    drain(queue, "made");
    int a = watch("d/a", IN_MOVE_SELF), sub = watch("d/sub", IN_MOVE_SELF);
    DO(rename("d/a", "e/a"));
    DO(rename("d/sub", "e/sub"));
    touch("d/a");
    drain(queue, "another");
    DO(rename("d/a", "e/a"));
    DO(rename("e/none", "d/none"));
    no_more(a);
    no_more(sub);
    unlink("e/a");
    rmdir("e/sub");
    no_more(d);
    no_more(e);
    rmdir("d");
    rmdir("e");
}

/* One cookie for a file, or one for each move. */
static void cookies(void)
{
    section("cookies");
    char buffer[512];
    uint32_t seen[4] = { 0 };
    struct stat status;
    mkdir("d", 0700);
    touch("d/a");
    stat("d/a", &status);
    int wd = watch("d", IN_MOVE);
    rename("d/a", "d/b");
    rename("d/b", "d/c");
    ssize_t length = read(queue, buffer, sizeof buffer);
    int count = 0;
    for (char *at = buffer; at < buffer + length && count < 4;) {
        struct inotify_event event;
        memcpy(&event, at, sizeof event);
        seen[count++] = event.cookie;
        at += sizeof event + event.len;
    }
    printf("%d records, pairs %d %d, the same for both moves %d\n", count, seen[0] == seen[1], seen[2] == seen[3],
           seen[0] == seen[2]);
    no_more(wd);
    unlink("d/c");
    rmdir("d");
}

int main(void)
{
    queue = inotify_init1(IN_NONBLOCK);
    unasked();
    attributes();
    contents();
    opens();
    names();
    replaced();
    cookies();
    return 0;
}
