/* What a process has used, its own and its children's, and what is told of one that has ended and was not waited for. */
#include "guest.h"
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

enum { MEGABYTES = 24 };

static void tell(const char *whose, const struct rusage *usage)
{
    printf("%s: much memory %d, waited %d\n", whose, usage->ru_maxrss > MEGABYTES * 1000, usage->ru_nvcsw > 0);
}

static void use(void)
{
    char *memory = mmap(NULL, MEGABYTES << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(memory, 1, MEGABYTES << 20);
    usleep(1000);
}

/* The fields of a line of /proc/PID/stat that mean something for a process that has ended: state, resident pages, threads. */
static void tell_zombie(int pid)
{
    char path[64], text[2000];
    const char *const names[] = { "stat", "statm", "status", "cmdline", "maps", "comm" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "/proc/%d/%s", pid, names[i]);
        int fd = open(path, O_RDONLY);
        if (fd < 0) {
            printf("%s: %s\n", names[i], errno_name(errno));
            continue;
        }
        ssize_t n = read(fd, text, sizeof text - 1);
        close(fd);
        text[n < 0 ? 0 : n] = 0;
        char state = 0;
        long pages = -1;
        if (i == 0 && sscanf(strrchr(text, ')') + 2, "%c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %ld", &state, &pages) == 2)
            printf("stat: %c, %ld\n", state, pages);
        else if (i == 1 || i == 5)
            printf("%s: %s", names[i], text);
        else if (i == 2)
            printf("status: %.10s\n", strstr(text, "State:"));
        else
            printf("%s: %s\n", names[i], n < 0 ? errno_name(errno) : n == 0 ? "empty" : "something");
    }
}

int main(void)
{
    struct rusage usage;
    section("of children");
    fflush(stdout);
    int child = fork();
    if (child == 0) {
        use();
        _exit(3);
    }
    siginfo_t info;
    CALL(waitid(P_PID, child, &info, WEXITED | WNOWAIT));
    tell_zombie(child);
    int status;
    wait4(child, &status, 0, &usage);
    tell("a child", &usage);
    CALL(getrusage(RUSAGE_CHILDREN, &usage));
    tell("children", &usage);
    section("its own");
    use();
    CALL(getrusage(RUSAGE_SELF, &usage));
    tell("itself", &usage);
    CALL(getrusage(RUSAGE_THREAD, &usage));
    tell("its thread", &usage);
    return 0;
}
