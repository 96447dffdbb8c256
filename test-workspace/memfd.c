/*
 * memfd: a file that has no name, shared memory made of it, and seals that freeze it.
 *
 * This is how a program hands a block of memory to another that need not trust it: once sealed, nobody can write to it,
 * shrink it or grow it, not even through a descriptor that was open before.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SIZE = 8192 };

static void die(const char *what)
{
    perror(what);
    exit(1);
}

/* Says how a call that may be refused ended. */
static void tell(const char *what, int result) { printf("%-36s %s\n", what, result == -1 ? strerror(errno) : "done"); }

static void print_seals(int fd)
{
    int seals = fcntl(fd, F_GET_SEALS);
    if (seals == -1)
        die("F_GET_SEALS");
    printf("seals:%s%s%s%s%s\n", seals & F_SEAL_SEAL ? " seal" : "", seals & F_SEAL_SHRINK ? " shrink" : "",
           seals & F_SEAL_GROW ? " grow" : "", seals & F_SEAL_WRITE ? " write" : "", seals == 0 ? " none" : "");
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    int fd = memfd_create("page-of-notes", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd == -1)
        die("memfd_create");
    if (ftruncate(fd, SIZE) == -1)
        die("ftruncate");
    print_seals(fd);

    /* Two views of one memory: what is stored through the mapping is what the descriptor reads. */
    char *page = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (page == MAP_FAILED)
        die("mmap");
    strcpy(page, "written through memory");
    char text[64] = "";
    if (pread(fd, text, sizeof text - 1, 0) == -1)
        die("pread");
    printf("read from the descriptor: \"%s\"\n", text);
    if (pwrite(fd, "w", 1, 4096) != 1)
        die("pwrite");
    printf("read from memory: '%c'\n", page[4096]);

    /* A write seal is refused while somebody could still write through a mapping. */
    tell("seal against writing, while mapped", fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
    munmap(page, SIZE);
    tell("the same, unmapped", fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
    tell("seal against shrinking and growing", fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW));
    print_seals(fd);

    tell("write", (int)pwrite(fd, "x", 1, 0));
    tell("shrink", ftruncate(fd, 4096));
    tell("grow", ftruncate(fd, 2 * SIZE));
    void *shared = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    tell("map it shared and writable", shared == MAP_FAILED ? -1 : 0);

    /* A private mapping is a copy as soon as it is written to, so that is still allowed. */
    char *copy = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    if (copy == MAP_FAILED)
        die("private mmap");
    copy[0] = 'W';
    if (pread(fd, text, sizeof text - 1, 0) == -1)
        die("pread");
    printf("the copy says '%c', the file '%c'\n", copy[0], text[0]);

    tell("seal against more seals", fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL));
    tell("one seal more", fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK));
    print_seals(fd);
    close(fd);
    return 0;
}
