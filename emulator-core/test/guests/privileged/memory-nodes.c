/* Memory policies, on a machine with one node; which pages of a file are in memory. */
#include "../guest.h"
#include <sys/mman.h>
#include <sys/wait.h>

#define PAGE 4096
#define RW (PROT_READ | PROT_WRITE)
#define RAW(name, ...) report(#name "(" #__VA_ARGS__ ")", syscall(SYS_##name, __VA_ARGS__))
#define DEFAULT 0
#define PREFERRED 1
#define BIND 2
#define INTERLEAVE 3
#define LOCAL 4
#define PREFERRED_MANY 5
#define STATIC_NODES 0x8000
#define RELATIVE_NODES 0x4000
#define NUMA_BALANCING 0x2000
#ifndef SYS_set_mempolicy_home_node
#define SYS_set_mempolicy_home_node 450
#endif
#ifndef SYS_cachestat
#define SYS_cachestat 451
#endif

static unsigned long none[64], first[64] = { 1 }, second[64] = { 2 }, both[64] = { 3 }, far[64] = { [63] = 1 };

static void told(const void *at, unsigned long flags)
{
    unsigned long mask[2] = { -1, -1 };
    int mode = -1;
    long result = syscall(SYS_get_mempolicy, &mode, mask, 128ul, at, flags);
    printf("  %ld: mode %x, nodes %lx %lx\n", result == 0 ? 0 : -(long)errno, mode, mask[0], mask[1]);
    fflush(stdout);
}

static void of_threads(void)
{
    static const struct { int mode; unsigned long *nodes; } list[] = {
        { DEFAULT, none }, { DEFAULT, first }, { PREFERRED, none }, { PREFERRED, first }, { PREFERRED, second }, { BIND, none },
        { BIND, first }, { BIND, both }, { BIND, second }, { INTERLEAVE, first }, { LOCAL, none }, { LOCAL, first }, { PREFERRED_MANY, first },
        { 7, first }, { -1, first }, { BIND | STATIC_NODES, both }, { BIND | STATIC_NODES, second }, { BIND | RELATIVE_NODES, second },
        { BIND | STATIC_NODES | RELATIVE_NODES, first }, { PREFERRED | STATIC_NODES, none }, { INTERLEAVE | NUMA_BALANCING, first },
    };
    section("set_mempolicy");
    told(NULL, 0);
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        printf("%x %lx: ", list[i].mode, *list[i].nodes);
        RAW(set_mempolicy, list[i].mode, list[i].nodes, 65);
        told(NULL, 0);
    }
    RAW(set_mempolicy, BIND, first, 1);
    RAW(set_mempolicy, BIND, first, 2);
    RAW(set_mempolicy, BIND, NULL, 65);
    RAW(set_mempolicy, BIND, NOWHERE, 65);
    RAW(set_mempolicy, BIND, first, 0);
    RAW(set_mempolicy, BIND, first, 40000);
    RAW(set_mempolicy, BIND, far, 4096);
    RAW(set_mempolicy, INTERLEAVE, first, 65);
    told(NULL, 1);
    if (fork() == 0) {
        told(NULL, 0);
        _exit(0);
    }
    wait(NULL);
    RAW(set_mempolicy, DEFAULT, NULL, 0);
    section("get_mempolicy");
    told(NULL, 1);
    told(NULL, 4);
    told(NULL, 5);
    told(NULL, 8);
    told(first, 0);
    told(NOWHERE, 2);
    told(first, 2);
    told(first, 3);
    RAW(get_mempolicy, NULL, NULL, 0, NULL, 0);
    RAW(get_mempolicy, NULL, first, 0, NULL, 0);
    RAW(get_mempolicy, NOWHERE, NULL, 0, NULL, 0);
    RAW(get_mempolicy, NULL, NOWHERE, 65, NULL, 0);
    RAW(get_mempolicy, NULL, none, 40000, NULL, 0);
}

static void of_ranges(char *at)
{
    section("mbind");
    RAW(set_mempolicy, BIND, first, 65);
    told(at, 2);
    told(at, 3);
    RAW(set_mempolicy, DEFAULT, NULL, 0);
    RAW(mbind, at, 4 * PAGE, BIND, first, 65, 0);
    told(at, 2);
    told(at + 4 * PAGE, 2);
    RAW(mbind, at + PAGE, PAGE, PREFERRED, NULL, 0, 0);
    told(at + PAGE, 2);
    told(at + 2 * PAGE, 2);
    RAW(mbind, at + PAGE, PAGE, DEFAULT, NULL, 0, 0);
    told(at + PAGE, 2);
    RAW(mbind, at, PAGE, BIND, NULL, 0, 0);
    RAW(mbind, at, PAGE, LOCAL, first, 65, 0);
    RAW(mbind, at, PAGE, 9, first, 65, 0);
    RAW(mbind, at, PAGE, BIND, second, 65, 0);
    RAW(mbind, at, PAGE, BIND, first, 65, 8);
    RAW(mbind, at, PAGE, BIND, first, 65, 7);
    RAW(mbind, at + 1, PAGE, BIND, first, 65, 0);
    RAW(mbind, at, 0, BIND, first, 65, 0);
    RAW(mbind, at, -1ul, BIND, first, 65, 0);
    RAW(mbind, at, PAGE, BIND, NOWHERE, 65, 0);
    munmap(at + 6 * PAGE, PAGE);
    RAW(mbind, at + 5 * PAGE, 3 * PAGE, BIND, first, 65, 0);
    RAW(mbind, at + 5 * PAGE, 3 * PAGE, DEFAULT, NULL, 0, 0);
    RAW(mbind, at + 6 * PAGE, PAGE, DEFAULT, NULL, 0, 0);
    section("set_mempolicy_home_node");
    RAW(set_mempolicy_home_node, at, PAGE, 0, 1);
    RAW(set_mempolicy_home_node, at, PAGE, 1, 0);
    RAW(set_mempolicy_home_node, at + 1, PAGE, 0, 0);
    RAW(set_mempolicy_home_node, at, 0, 0, 0);
    RAW(set_mempolicy_home_node, at + 4 * PAGE, PAGE, 0, 0);
    RAW(mbind, at, PAGE, BIND, first, 65, 0);
    RAW(set_mempolicy_home_node, at, PAGE, 0, 0);
    RAW(mbind, at, PAGE, INTERLEAVE, first, 65, 0);
    RAW(set_mempolicy_home_node, at, PAGE, 0, 0);
    RAW(set_mempolicy_home_node, at + 6 * PAGE, PAGE, 0, 0);
}

static void moved(char *at)
{
    void *pages[4] = { at, at + 4 * PAGE, NOWHERE, at + 2 * PAGE + 5 };
    int nodes[4] = { 0, 0, 0, 0 }, status[4] = { 9, 9, 9, 9 };
    at[0] = at[2 * PAGE] = 1;
    section("move_pages");
    RAW(move_pages, 0, 4ul, pages, NULL, status, 0);
    printf("%d %d %d %d\n", status[0], status[1], status[2], status[3]);
    memset(status, 9, sizeof status);
    RAW(move_pages, getpid(), 4ul, pages, nodes, status, 2);
    printf("%d %d %d %d\n", status[0], status[1], status[2], status[3]);
    nodes[0] = 1;
    RAW(move_pages, 0, 4ul, pages, nodes, status, 2);
    nodes[0] = -1;
    RAW(move_pages, 0, 4ul, pages, nodes, status, 2);
    RAW(move_pages, 0, 4ul, pages, NULL, status, 1);
    RAW(move_pages, 0, 0ul, NULL, NULL, NULL, 0);
    RAW(move_pages, 0, 4ul, NOWHERE, NULL, status, 0);
    RAW(move_pages, 0, 4ul, pages, NULL, NOWHERE, 0);
    RAW(move_pages, 0x7ffffff, 4ul, pages, NULL, status, 0);
    section("migrate_pages");
    RAW(migrate_pages, 0, 65, first, first);
    RAW(migrate_pages, 0, 65, none, first);
    RAW(migrate_pages, 0, 65, first, none);
    RAW(migrate_pages, 0, 65, first, second);
    RAW(migrate_pages, 0, 65, NOWHERE, first);
    RAW(migrate_pages, 0, 65, first, NOWHERE);
    RAW(migrate_pages, 0x7ffffff, 65, first, first);
}

static void cached(void)
{
    struct { uint64_t offset, length; } range = { 0, 0 };
    struct { uint64_t cached, dirty, writeback, evicted, recently; } c;
    int fd = memfd_create("pages", 0), ends[2];
    section("cachestat");
    ftruncate(fd, 10 * PAGE);
    pwrite(fd, "a", 1, 0);
    pwrite(fd, "b", 1, 5 * PAGE);
    pwrite(fd, "c", 1, 6 * PAGE);
#define SHOW printf("  %lu %lu %lu %lu\n", c.cached, c.dirty, c.writeback, c.evicted)
    RAW(cachestat, fd, &range, &c, 0);
    printf("  %lu\n", c.cached);
    range.length = 5 * PAGE;
    RAW(cachestat, fd, &range, &c, 0);
    printf("  %lu\n", c.cached);
    range.length++;
    RAW(cachestat, fd, &range, &c, 0);
    printf("  %lu\n", c.cached);
    range.offset = 6 * PAGE + 1;
    RAW(cachestat, fd, &range, &c, 0);
    SHOW;
    RAW(cachestat, -1, &range, &c, 0);
    RAW(cachestat, fd, NOWHERE, &c, 0);
    RAW(cachestat, fd, &range, NOWHERE, 0);
    RAW(cachestat, fd, &range, &c, 1);
    pipe(ends);
    RAW(cachestat, ends[0], &range, &c, 0);
    SHOW;
    RAW(cachestat, open("/", O_PATH), &range, &c, 0);
}

static void shown(int fd, const void *at)
{
    uint64_t entry = 0;
    pread(fd, &entry, 8, (uintptr_t)at / PAGE * 8);
    printf("  %s%s%s%s\n", entry >> 63 ? "there" : "not there", entry >> 61 & 1 ? ", a file's" : "", entry >> 58 & 1 ? ", a guard" : "",
           entry >> 63 && entry & ((1ull << 55) - 1) ? ", with a number" : "");
}

static void pages(char *at)
{
    int fd = open("/proc/self/pagemap", O_RDONLY), file = memfd_create("pages", 0);
    uint64_t entries[4];
    section("/proc/self/pagemap");
    at[PAGE] = 1;
    CALL(pread(fd, entries, 32, (uintptr_t)at / PAGE * 8));
    for (int i = 0; i < 4; i++)
        shown(fd, at + i * PAGE);
    madvise(at + 2 * PAGE, PAGE, 102);
    shown(fd, at + 2 * PAGE);
    ftruncate(file, 4 * PAGE);
    char *private = mmap(NULL, 4 * PAGE, RW, MAP_PRIVATE, file, 0), *shared = mmap(NULL, 4 * PAGE, RW, MAP_SHARED, file, 0);
    shared[0] = shared[PAGE] = 1;
    printf("%d\n", private[0]);
    private[PAGE] = 2;
    shown(fd, shared);
    shown(fd, private);
    shown(fd, private + PAGE);
    shown(fd, private + 3 * PAGE);
    shown(fd, NOWHERE);
    CALL(pread(fd, entries, 7, 0));
    CALL(pread(fd, entries, 8, 4));
    CALL(pread(fd, entries, 8, 0x7fffffffffff / PAGE * 8 + 8));
    CALL(write(fd, entries, 8));
}

int main(void)
{
    char *at = mmap(NULL, 16 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    of_threads();
    of_ranges(at);
    moved(mmap(NULL, 16 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    cached();
    pages(mmap(NULL, 16 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    return 0;
}
