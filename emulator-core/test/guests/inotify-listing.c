/* inotify on a directory that is listed: what reads its entries reads it. */
#include "inotify.h"
#include <dirent.h>

static int list(const char *path)
{
    DIR *directory = opendir(path);
    int entries = 0;
    while (readdir(directory) != NULL)
        entries++;
    closedir(directory);
    return entries;
}

int main(void)
{
    mkdir("a", 0700);
    touch("a/x");
    int queue = CALL(inotify_init1(IN_NONBLOCK));
    CALL(inotify_add_watch(queue, "a", IN_ALL_EVENTS));
    DO(list("a"));
    CALL(inotify_add_watch(queue, "a", IN_ACCESS));
    DO(list("a"));
    unlink("a/x");
    rmdir("a");
    return 0;
}
