/* /proc and /sys: what files there are, of which kind and mode, and whether what they say of this very process is true. */
#include "guest.h"
#include <dirent.h>
#include <elf.h>
#include <sys/auxv.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/wait.h>

static char text[1 << 20];

static long slurp(const char *path)
{
    int fd = open(path, O_RDONLY);
    if (fd < 0)
        return -1;
    long used = 0, n;
    while ((n = read(fd, text + used, sizeof text - 1 - used)) > 0)
        used += n;
    close(fd);
    text[used] = 0;
    return used;
}

static void kinds(void)
{
    section("kinds and modes");
    static const char *const names[] = {
        "self/auxv", "self/cmdline", "self/comm", "self/cwd", "self/environ", "self/exe", "self/fd", "self/fdinfo", "self/io",
        "self/limits", "self/maps", "self/mountinfo", "self/mounts", "self/mountstats", "self/ns", "self/oom_score",
        "self/oom_score_adj", "self/pagemap", "self/personality", "self/root", "self/setgroups", "self/smaps", "self/smaps_rollup",
        "self/stat", "self/statm", "self/status", "self/task", "self/wchan", "self/loginuid", "self/sessionid", "self/cpuset",
        "self/cgroup", "self/uid_map", "self/gid_map", "self/coredump_filter", "cmdline", "cpuinfo", "devices", "diskstats", "filesystems",
        "loadavg", "locks", "meminfo", "mounts", "partitions", "stat", "swaps", "uptime", "version", "vmstat", "sys",
        "sys/kernel/osrelease", "sys/kernel/hostname", "sys/kernel/random/uuid", "sys/kernel/pid_max", "sys/kernel/ostype",
        "sys/fs/file-max", "sys/fs/file-nr", "sys/fs/nr_open", "sys/fs/pipe-max-size", "sys/fs/inotify/max_user_watches",
        "sys/fs/epoll/max_user_watches", "sys/fs/protected_hardlinks", "sys/vm/overcommit_memory", "sys/vm/max_map_count",
        "sys/vm/swappiness", "tty/drivers", "no-such-file", "self/no-such-file", "99999999/stat",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[128];
        snprintf(path, sizeof path, "/proc/%s", names[i]);
        struct stat s;
        /* Whether a setting can be changed is the kernel's own affair. */
        if (lstat(path, &s) == -1)
            printf("%s: %s\n", names[i], errno_name(errno));
        else
            printf("%s: %o\n", names[i], S_ISREG(s.st_mode) && strncmp(names[i], "sys/", 4) == 0 ? s.st_mode & ~0222 : s.st_mode);
    }
}

static void own(void)
{
    section("about this process");
    long n = slurp("/proc/self/auxv");
    Elf64_auxv_t *aux = (Elf64_auxv_t *)text;
    unsigned long page = 0, random = 0, last = 1;
    for (long i = 0; i < n / (long)sizeof *aux; i++) {
        if (aux[i].a_type == AT_PAGESZ) page = aux[i].a_un.a_val;
        if (aux[i].a_type == AT_RANDOM) random = aux[i].a_un.a_val;
        last = aux[i].a_type;
    }
    printf("auxv: %d %d %d\n", page == getauxval(AT_PAGESZ), random == getauxval(AT_RANDOM), last == AT_NULL);
    slurp("/proc/self/personality");
    printf("personality %s", text);
    slurp("/proc/self/wchan");
    printf("wchan %s\n", text);
    slurp("/proc/self/uid_map");
    printf("%s", text);
    slurp("/proc/self/setgroups");
    printf("%s", text);
    unsigned long long before[4], after[4];
    const char *fields = "rchar: %llu\nwchar: %llu\nsyscr: %llu\nsyscw: %llu";
    slurp("/proc/self/io");
    int found = sscanf(text, fields, &before[0], &before[1], &before[2], &before[3]);
    int null = open("/dev/null", O_WRONLY), zero = open("/dev/zero", O_RDONLY);
    write(null, text, 1000), read(zero, text, 500);
    slurp("/proc/self/io");
    sscanf(text, fields, &after[0], &after[1], &after[2], &after[3]);
    printf("io: %d fields, %d more written, %d more writes, read at least 500 more: %d\n", found, (int)(after[1] - before[1]), (int)(after[3] - before[3]), after[0] - before[0] >= 500);
    close(null), close(zero);
    slurp("/proc/self/statm");
    unsigned long size, resident;
    printf("statm: %d", sscanf(text, "%lu %lu", &size, &resident));
    printf(", resident below size %d\n", resident > 0 && resident <= size);
}

static void memory(void)
{
    section("smaps");
    char *pages = mmap(NULL, 16 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(pages + 15 * 4096, 4096, PROT_NONE);
    for (int i = 0; i < 5; i++)
        pages[i * 4096] = 1;
    slurp("/proc/self/smaps");
    char range[64];
    snprintf(range, sizeof range, "%lx-%lx ", (long)pages, (long)pages + 15 * 4096);
    char *at = strstr(text, range);
    printf("the mapping is there: %d\n", at != NULL);
    static const char *const rows[] = { "Size:", "KernelPageSize:", "Rss:", "Pss:", "Private_Dirty:", "Private_Clean:", "Shared_Dirty:", "Anonymous:", "Swap:", "Locked:" };
    for (size_t i = 0; at && i < sizeof rows / sizeof *rows; i++) {
        char *row = strstr(at, rows[i]);
        printf("%s %ld kB\n", rows[i], row ? strtol(row + strlen(rows[i]), NULL, 10) : -1);
    }
    at = at ? strstr(at, "VmFlags: ") : NULL;
    printf("%.12s\n", at ? at : "none");
    slurp("/proc/self/smaps_rollup");
    printf("rollup: %d, Rss %d, Pss_Anon %d\n", strstr(text, "[rollup]") != NULL, strstr(text, "\nRss:") != NULL, strstr(text, "\nPss_Anon:") != NULL);
    munmap(pages, 16 * 4096);
}

static void descriptors(void)
{
    section("fdinfo");
    int fd = open("f", O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    write(fd, "0123456789", 10);
    lseek(fd, 7, SEEK_SET);
    flock(fd, LOCK_EX);
    struct flock l = { .l_type = F_RDLCK, .l_start = 2, .l_len = 5 };
    fcntl(fd, F_SETLK, &l);
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
    slurp(path);
    long position = -1, flags = -1;
    sscanf(text, "pos:\t%ld\nflags:\t%lo", &position, &flags);
    printf("pos %ld flags %lo, mnt_id %d, ino %d\n", position, flags & ~0100000L, strstr(text, "\nmnt_id:\t") != NULL, strstr(text, "\nino:\t") != NULL);
    printf("flock %d posix %d\n", strstr(text, "FLOCK  ADVISORY  WRITE ") != NULL, strstr(text, "POSIX  ADVISORY  READ ") != NULL && strstr(text, " 2 6\n") != NULL);
    char link[256];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    struct stat s;
    lstat(path, &s);
    printf("link mode %o\n", s.st_mode);
    ssize_t n = readlink(path, link, sizeof link);
    printf("ends in /f: %d\n", n > 2 && memcmp(link + n - 2, "/f", 2) == 0);
    unlink("f");
    n = readlink(path, link, sizeof link);
    printf("deleted: %d\n", n > 10 && memcmp(link + n - 10, " (deleted)", 10) == 0);
    close(fd);
    CALL(readlink(path, link, sizeof link));
}

static char state_of(pid_t pid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    if (slurp(path) <= 0)
        return '?';
    return strrchr(text, ')')[2];
}

/* Waits until it has that state, which it must get sometime. */
static void becomes(pid_t pid, char state)
{
    while (state_of(pid) != state)
        nap(5);
    printf("a child is %c\n", state);
    fflush(stdout);
}

static void states(void)
{
    section("states");
    fflush(stdout);
    printf("I am %c\n", state_of(getpid()));
    fflush(stdout);
    pid_t child = fork();
    if (child == 0)
        for (;;)
            pause();
    becomes(child, 'S');
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/wchan", child);
    printf("it sleeps somewhere: %d\n", slurp(path) > 0);
    snprintf(path, sizeof path, "/proc/self/task/%d/children", getpid());
    if (slurp(path) > 0)
        printf("my child: %d\n", atoi(text) == child);
    kill(child, SIGSTOP);
    becomes(child, 'T');
    kill(child, SIGCONT);
    becomes(child, 'S');
    kill(child, SIGKILL);
    becomes(child, 'Z');
    snprintf(path, sizeof path, "/proc/%d/cmdline", child);
    printf("a zombie's command line: %ld bytes\n", slurp(path));
    snprintf(path, sizeof path, "/proc/%d/smaps", child);
    printf("its memory: %ld bytes\n", slurp(path));
    waitpid(child, NULL, 0);
    snprintf(path, sizeof path, "/proc/%d/stat", child);
    CALL(access(path, F_OK));
}

static void whole(void)
{
    section("about the machine");
    static const char *const rows[] = { "MemTotal:", "MemFree:", "MemAvailable:", "Buffers:", "Cached:", "SwapTotal:", "SwapFree:", "Dirty:", "Shmem:", "Slab:", "CommitLimit:", "HugePages_Total:" };
    slurp("/proc/meminfo");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        printf("%s %d\n", rows[i], strstr(text, rows[i]) != NULL);
    double up, idle;
    slurp("/proc/uptime");
    printf("uptime: %d\n", sscanf(text, "%lf %lf", &up, &idle));
    slurp("/proc/stat");
    unsigned long long t[4];
    printf("stat: %d, btime %d\n", sscanf(text, "cpu  %llu %llu %llu %llu", &t[0], &t[1], &t[2], &t[3]), strstr(text, "\nbtime ") != NULL);
    slurp("/proc/loadavg");
    double load[3];
    int running, all, last;
    printf("loadavg: %d, running %d\n", sscanf(text, "%lf %lf %lf %d/%d %d", &load[0], &load[1], &load[2], &running, &all, &last), running > 0 && all >= running);
    CALL(open("/proc/version", O_WRONLY | O_TRUNC) == -1 || 1);
    CALL(mkdir("/proc/new", 0755));
    CALL(open("/proc/new", O_CREAT | O_WRONLY, 0644));
    CALL(unlink("/proc/version"));
    CALL(rmdir("/proc/self/fd"));
    CALL(rename("/proc/version", "/proc/other"));
    CALL(symlink("x", "/proc/link"));
    slurp("/sys/devices/system/cpu/online");
    printf("a range of processors: %d\n", text[0] == '0');
    CALL(access("/sys/devices/system/cpu/cpu0/topology/core_id", R_OK));
    CALL(access("/sys/devices/system/cpu/possible", R_OK));
    CALL(access("/dev/shm", W_OK));
    struct stat s;
    static const char *const devices[] = { "/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty", "/dev/ptmx" };
    for (size_t i = 0; i < sizeof devices / sizeof *devices; i++)
        if (stat(devices[i], &s) == 0)
            printf("%s: %o %lx\n", devices[i], s.st_mode, (long)s.st_rdev);
}

int main(void)
{
    kinds();
    own();
    memory();
    descriptors();
    states();
    whole();
    return 0;
}
