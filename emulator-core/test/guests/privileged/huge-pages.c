/* Huge pages: a pool that an administrator fills, what is promised of it, and what takes from it. */
#include "../guest.h"
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/vfs.h>
#include <sys/wait.h>

#define SIZE (2l << 20)
#define HUGE (MAP_HUGETLB | MAP_ANONYMOUS)
#define POOL "/proc/sys/vm/nr_hugepages"
#define SHM_HUGE 04000

static long number(const char *path, const char *key)
{
    char text[8192];
    int fd = open(path, O_RDONLY);
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    text[n < 0 ? 0 : n] = 0;
    const char *at = *key == 0 ? text : strstr(text, key);
    return at == NULL ? -1 : atol(at + strlen(key));
}

static long put(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY);
    long written = write(fd, text, strlen(text));
    int error = errno;
    close(fd);
    errno = error;
    return written;
}

static long total, unused;

/* Against what there was at the start: others may have had some. */
static void pool(const char *when)
{
    printf("%s: %ld, free %ld, promised %ld, surplus %ld\n", when, number("/proc/meminfo", "HugePages_Total:") - total,
           number("/proc/meminfo", "HugePages_Free:") - unused, number("/proc/meminfo", "HugePages_Rsvd:"),
           number("/proc/meminfo", "HugePages_Surp:"));
    fflush(stdout);
}

static long aligned(void *at)
{
    return at == MAP_FAILED ? -1 : (long)((uintptr_t)at % SIZE);
}

int main(void)
{
    char text[32];
    total = number("/proc/meminfo", "HugePages_Total:");
    unused = number("/proc/meminfo", "HugePages_Free:");
    printf("%ld kB\n", number("/proc/meminfo", "Hugepagesize:"));
    CALL(access("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", R_OK));
    section("none");
    CALL(aligned(mmap(NULL, (unused + 1) * SIZE, PROT_READ, MAP_PRIVATE | HUGE, -1, 0)));
    CALL(put(POOL, "x"));
    snprintf(text, sizeof text, "%ld\n", total + 4);
    report_ok("filled", put(POOL, text));
    CALL(number("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "") - total);
    pool("filled");
    section("private");
    char *p = mmap(NULL, SIZE + 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | HUGE, -1, 0);
    CALL(aligned(p));
    pool("mapped");
    p[SIZE] = 'a';
    pool("touched");
    CALL(munmap(p + 4096, SIZE));
    CALL(munmap(p, 4096));
    CALL(mprotect(p + 4096, 4096, PROT_READ));
    CALL(mprotect(p, SIZE, PROT_READ));
    CALL(aligned(mremap(p, SIZE, 3 * SIZE, MREMAP_MAYMOVE)));
    pid_t child = fork();
    if (child == 0) {
        printf("%c\n", p[SIZE]);
        p[SIZE] = 'b';
        _exit(p[SIZE] != 'b');
    }
    int status;
    CALL(waitpid(child, &status, 0) == child ? status : -1);
    printf("%c\n", p[SIZE]);
    CALL(madvise(p + SIZE, SIZE, MADV_DONTNEED));
    printf("%d\n", p[SIZE]);
    CALL(munmap(p, 2 * SIZE));
    pool("unmapped");
    section("shared");
    p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | HUGE, -1, 0);
    child = fork();
    if (child == 0) {
        p[5] = 'c';
        _exit(0);
    }
    CALL(waitpid(child, &status, 0) == child ? status : -1);
    printf("%c\n", p[5]);
    CALL(munmap(p, SIZE));
    section("sizes");
    CALL(aligned(mmap(NULL, SIZE, PROT_READ, MAP_PRIVATE | HUGE | 16 << 26, -1, 0)));
    CALL(aligned(mmap((void *)(1l << 40), SIZE, PROT_READ, MAP_PRIVATE | HUGE | MAP_FIXED | 21 << 26, -1, 0)));
    CALL(munmap((void *)(1l << 40), SIZE));
    CALL(aligned(mmap((void *)(1l << 40 | 4096), SIZE, PROT_READ, MAP_PRIVATE | HUGE | MAP_FIXED, -1, 0)));
    int fd = open("/dev/null", O_RDONLY);
    CALL(aligned(mmap(NULL, SIZE, PROT_READ, MAP_PRIVATE | MAP_HUGETLB, fd, 0)));
    close(fd);
    section("memory files");
    CALL(syscall(SYS_memfd_create, "huge", 4u | 16u << 26));
    CALL(close(syscall(SYS_memfd_create, "huge", 4u | 30u << 26)));
    fd = syscall(SYS_memfd_create, "huge", 4u | 2u | 21u << 26);
    struct stat st;
    CALL(fstat(fd, &st));
    printf("%ld %ld\n", (long)st.st_size, (long)st.st_blksize);
    CALL(write(fd, "x", 1));
    CALL(ftruncate(fd, 4096));
    CALL(ftruncate(fd, SIZE));
    CALL(aligned(mmap(NULL, SIZE, PROT_READ, MAP_SHARED, fd, 4096)));
    p = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED, fd, SIZE);
    CALL(aligned(p));
    pool("promised");
    CALL(fstat(fd, &st));
    printf("%ld\n", (long)st.st_size);
    p[1] = 'd';
    pool("touched");
    CALL(pread(fd, text, 4, SIZE));
    printf("%c\n", text[1]);
    CALL(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK));
    CALL(ftruncate(fd, SIZE));
    char *q = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, SIZE);
    printf("%c\n", q[1]);
    q[1] = 'e';
    printf("%c %c\n", p[1], q[1]);
    CALL(munmap(q, SIZE));
    CALL(munmap(p, SIZE));
    pool("still there");
    CALL(close(fd));
    pool("closed");
    section("segments");
    int id = shmget(IPC_PRIVATE, SIZE + 1, SHM_HUGE | 0600);
    report_ok("shmget", id);
    pool("promised");
    p = shmat(id, NULL, 0);
    CALL(aligned(p));
    CALL(aligned(shmat(id, p + 2 * SIZE + 4096, 0)));
    p[SIZE] = 'f';
    pool("touched");
    CALL(shmdt(p));
    CALL(shmctl(id, IPC_RMID, NULL));
    CALL(shmget(IPC_PRIVATE, (unused + 5) * SIZE, SHM_HUGE | 0600));
    section("too many");
    CALL(aligned(mmap(NULL, (unused + 5) * SIZE, PROT_READ, MAP_SHARED | HUGE, -1, 0)));
    p = mmap(NULL, 4 * SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | HUGE, -1, 0);
    p[0] = 'g';
    CALL(put("/proc/sys/vm/nr_overcommit_hugepages", "1"));
    snprintf(text, sizeof text, "%ld", total);
    report_ok("emptied", put(POOL, text));
    pool("in use");
    CALL(munmap(p, 4 * SIZE));
    pool("given back");
    p = mmap(NULL, (unused + 1) * SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | HUGE, -1, 0);
    CALL(aligned(p));
    pool("overcommitted");
    CALL(munmap(p, (unused + 1) * SIZE));
    CALL(put("/proc/sys/vm/nr_overcommit_hugepages", "0"));
    pool("at the end");
    return 0;
}
