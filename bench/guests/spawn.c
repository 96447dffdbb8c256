/* usage: spawn COUNT: starts and awaits a small static program, this one without arguments. Prints microseconds for each. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

int main(int argc, char **argv)
{
    int count, status;
    double start;

    if (argc < 2)
        return 0;
    count = atoi(argv[1]);
    start = now();
    for (int i = 0; i < count; i++) {
        pid_t child = fork();

        if (child == 0) {
            execl(argv[0], argv[0], (char *)NULL);
            _exit(127);
        }
        if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
            return 1;
    }
    printf("%f\n", (now() - start) / count);
    return 0;
}
