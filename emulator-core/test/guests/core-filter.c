/* /proc/PID/coredump_filter: what it takes, who inherits it, and which mappings a core file then holds. */
#include "guest.h"
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

static const char filter[] = "/proc/self/coredump_filter";

static void show(const char *who)
{
    char text[32] = "";
    int fd = open(filter, O_RDONLY);
    read(fd, text, sizeof text - 1);
    close(fd);
    printf("%s: %s", who, text);
    fflush(stdout);
}

static void put(const char *text)
{
    int fd = open(filter, O_WRONLY);
    printf("\"%s\" ", text);
    CALL(write(fd, text, strlen(text)));
    close(fd);
}

enum { PRIVATE, SHARED, FILE_PRIVATE, FILE_WRITTEN, FILE_SHARED, KINDS };
static const char *const kinds[KINDS] = { "anonymous", "shared anonymous", "private of a file", "written of a file", "shared of a file" };
static char *parts[KINDS];

static void make_mappings(void)
{
    char page[4096] = "no page of a program";
    int fd = open("mapped", O_RDWR | O_CREAT | O_TRUNC, 0600);
    write(fd, page, sizeof page);
    for (int i = 0; i < KINDS; i++) {
        int shared = i == SHARED || i == FILE_SHARED, anonymous = i < FILE_PRIVATE;
        int prot = i == FILE_PRIVATE ? PROT_READ : PROT_READ | PROT_WRITE;
        parts[i] = mmap(NULL, 4096, prot, (shared ? MAP_SHARED : MAP_PRIVATE) | (anonymous ? MAP_ANONYMOUS : 0), anonymous ? -1 : fd, 0);
        if (i == FILE_PRIVATE)
            (void)*(volatile char *)parts[i];
        else
            parts[i][100] = 'x';
    }
    close(fd);
}

/* What the core file says of the bytes that it has of the mapping at `address`. */
static long bytes_of(int fd, const char *address)
{
    struct { uint32_t type, flags; uint64_t offset, address, physical, file_size, size, align; } header;
    uint64_t at = 0;
    uint16_t count = 0;
    pread(fd, &at, sizeof at, 32);
    pread(fd, &count, sizeof count, 56);
    for (int i = 0; i < count; i++) {
        pread(fd, &header, sizeof header, at + i * sizeof header);
        uint64_t inside = (uint64_t)address - header.address;
        if (header.type == 1 && inside < header.size)
            return inside < header.file_size ? (long)(header.file_size - inside < 4096 ? header.file_size - inside : 4096) : 0;
    }
    return -1;
}

static void core_with(const char *wanted)
{
    put(wanted);
    unlink("core");
    pid_t pid = fork();
    if (pid == 0)
        abort();
    waitpid(pid, NULL, 0);
    int fd = open("core", O_RDONLY);
    for (int i = 0; i < KINDS; i++)
        printf("%s %ld%s", kinds[i], bytes_of(fd, parts[i]), i + 1 < KINDS ? ", " : "\n");
    fflush(stdout);
    close(fd);
    unlink("core");
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        show("executed");
        return 0;
    }
    section("what it takes");
    show("at first");
    put("0x00"), show("now");
    put("0x7f\n"), show("now");
    put("010"), show("now");
    put("12"), show("now");
    put("+5"), show("now");
    put("0xfffffff0"), show("now");
    put("0x100000000");
    put("many"), put(" 1"), put("1 2"), put("-1"), put("08"), put("0x"), put("\n");
    put("0"), show("now");

    section("who inherits it");
    put("0x21");
    pid_t pid = fork();
    if (pid == 0) {
        show("child");
        execl("/proc/self/exe", argv[0], "again", NULL);
    }
    waitpid(pid, NULL, 0);
    show("parent");

    section("what core files hold");
    struct rlimit limit;
    getrlimit(RLIMIT_CORE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_CORE, &limit);
    make_mappings();
    core_with("0x33");
    core_with("0x0");
    core_with("0x1");
    core_with("0x2");
    core_with("0x4");
    core_with("0x8");
    unlink("mapped");
    return 0;
}
