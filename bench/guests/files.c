/* usage: files COUNT: makes so many small files in a new folder of /tmp, then removes them. Prints milliseconds. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

int main(int argc, char **argv)
{
    char folder[] = "/tmp/bench-files-XXXXXX", name[16];
    int count = argc > 1 ? atoi(argv[1]) : 0;
    double start;

    if (mkdtemp(folder) == NULL || chdir(folder) != 0)
        return 1;
    start = now();
    for (int i = 0; i < count; i++) {
        int fd;

        snprintf(name, sizeof name, "file%d", i);
        fd = open(name, O_CREAT | O_EXCL | O_WRONLY, 0600);
        if (fd < 0 || write(fd, folder, sizeof folder) != sizeof folder || close(fd) != 0)
            return 1;
    }
    for (int i = 0; i < count; i++) {
        snprintf(name, sizeof name, "file%d", i);
        if (unlink(name) != 0)
            return 1;
    }
    printf("%f\n", now() - start);
    return chdir("/") != 0 || rmdir(folder) != 0;
}
