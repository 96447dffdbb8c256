/* inotify on directories: entries made, changed, renamed, removed; the directory itself. */
#include "inotify.h"

int main(void)
{
    mkdir("a", 0700);
    mkdir("b", 0700);
    int queue = CALL(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    CALL(fcntl(queue, F_GETFD));
    CALL(inotify_add_watch(queue, "a", IN_ALL_EVENTS));
    CALL(inotify_add_watch(queue, "b", IN_ALL_EVENTS));
    section("entries");
    DO(touch("a/one"));
    DO(put("a/one", "text"));
    DO(get("a/one"));
    DO(chmod("a/one", 0640));
    DO(truncate("a/one", 1));
    DO(link("a/one", "a/same"));
    DO(unlink("a/same"));
    DO(symlink("one", "a/link"));
    DO(unlink("a/link"));
    DO(mkdir("a/sub", 0700));
    DO(rmdir("a/sub"));
    DO(mkfifo("a/a-name-of-twenty-chars", 0600));
    DO(unlink("a/a-name-of-twenty-chars"));
    section("renames");
    DO(rename("a/one", "a/two"));
    DO(rename("a/two", "b/two"));
    DO(touch("b/over"));
    DO(rename("b/two", "b/over"));
    DO(touch("outside"));
    DO(rename("outside", "a/in"));
    DO(rename("a/in", "outside"));
    DO(unlink("outside"));
    DO(mkdir("a/d", 0700));
    DO(rename("a/d", "b/d"));
    DO(rmdir("b/d"));
    section("the directory itself");
    DO(chmod("a", 0755));
    DO(rename("a", "c"));
    DO(touch("c/late"));
    DO(unlink("c/late"));
    DO(rmdir("c"));
    DO(unlink("b/over"));
    DO(inotify_rm_watch(queue, 2));
    DO(rmdir("b"));
    CALL(inotify_rm_watch(queue, 2));
    return 0;
}
