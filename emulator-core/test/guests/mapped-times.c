/* What of a file's times a mapping changes: reading is an access when it is mapped, writing is told with each page's first store. */
#include "guest.h"
#include <sys/mman.h>
#include <sys/wait.h>

static const char name[] = "file";
static struct stat before;

static void past(void)
{
    struct timespec old[2] = { { 1000000, 0 }, { 1000000, 0 } };
    utimensat(AT_FDCWD, name, old, 0);
    stat(name, &before);
    nap(20);
}

static int later(struct timespec a, struct timespec b)
{
    return a.tv_sec != b.tv_sec ? a.tv_sec > b.tv_sec : a.tv_nsec > b.tv_nsec;
}

/* Which times changed since it was asked last. */
static void changed(const char *what)
{
    struct stat now;
    stat(name, &now);
    printf("%s:%s%s%s\n", what, later(now.st_atim, before.st_atim) ? " atime" : "", later(now.st_mtim, before.st_mtim) ? " mtime" : "",
           later(now.st_ctim, before.st_ctim) ? " ctime" : "");
    fflush(stdout);
    before = now;
    nap(20);
}

#define PAGE 4096

int main(void)
{
    char data[3 * PAGE] = "data";
    int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
    write(fd, data, sizeof data);
    past();
    section("read only");
    char *map = mmap(NULL, sizeof data, PROT_READ, MAP_SHARED, fd, 0);
    changed("mapped");
    (void)*(volatile char *)map;
    changed("read");
    munmap(map, sizeof data);
    changed("unmapped");

    section("shared");
    past();
    map = mmap(NULL, sizeof data, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    changed("mapped");
    (void)*(volatile char *)map;
    changed("read");
    map[0] = 'x';
    changed("written");
    map[1] = 'y';
    changed("written again");
    map[PAGE] = 'z';
    changed("another page");
    if (fork() == 0) {
        map[2 * PAGE] = 'c';
        _exit(0);
    }
    wait(NULL);
    changed("by a child");
    CALL(msync(map, sizeof data, MS_SYNC));
    changed("synchronised");
    map[2] = 'w';
    changed("written after that");
    CALL(pread(fd, map + PAGE, 10, 0));
    changed("by pread(2)");
    munmap(map, sizeof data);
    changed("unmapped");

    section("private");
    past();
    map = mmap(NULL, sizeof data, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    changed("mapped");
    map[0] = 'p';
    changed("written");
    munmap(map, sizeof data);
    changed("unmapped");

    section("O_NOATIME");
    close(fd);
    past();
    fd = open(name, O_RDWR | O_NOATIME);
    map = mmap(NULL, sizeof data, PROT_READ, MAP_SHARED, fd, 0);
    changed("mapped");
    munmap(map, sizeof data);
    close(fd);
    unlink(name);
    return 0;
}
