/* Many children, one after the other, each with memory of every kind, that end in every way; what is in use afterwards is what was before. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHILDREN 2000
/* Until then, what is kept for good has been made. */
#define WARM 100
#define PAGE 4096

static long pages_used(void)
{
    struct sysinfo now;
    sysinfo(&now);
    return (now.totalram - now.freeram) * now.mem_unit / PAGE;
}

static void child(int way, char *inherited, char **arguments)
{
    memset(inherited, way, 16 * PAGE);
    char *shared = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    memset(shared, 1, 8 * PAGE);
    int id = shmget(IPC_PRIVATE, 4 * PAGE, 0600);
    char *segment = shmat(id, NULL, 0);
    memset(segment, 1, 4 * PAGE);
    shmctl(id, IPC_RMID, NULL);
    int fd = memfd_create("storm", 0);
    ftruncate(fd, 4 * PAGE);
    memset(mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), 1, 4 * PAGE);
    if (way == 0)
        execv("/proc/self/exe", (char *[]) { arguments[0], "end", NULL });
    if (way == 1)
        kill(getpid(), SIGKILL);
    if (way == 2 && fork() == 0)
        inherited[0] = 1;
    _exit(0);
}

int main(int count, char **arguments)
{
    if (count > 1)
        return 0;
    char *inherited = mmap(NULL, 64 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(inherited, 1, 64 * PAGE);
    long before = 0;
    for (int i = 0; i < CHILDREN; i++) {
        pid_t pid = fork();
        if (pid == 0)
            child(i % 4, inherited, arguments);
        if (pid == -1 || waitpid(pid, NULL, 0) != pid)
            return 1;
        if (i == WARM)
            before = pages_used();
    }
    /* The grandchildren end when they can. */
    for (int i = 0; i < 1000 && pages_used() > before; i++)
        usleep(1000);
    printf("%ld pages more\n", pages_used() - before);
    return 0;
}
