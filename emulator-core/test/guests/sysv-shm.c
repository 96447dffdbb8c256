/* System V shared memory: making, attaching, what others see, what is told of it, and its end. */
#include "guest.h"
#include <setjmp.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/wait.h>

#define PAGE 4096
#define KEY 0x494e5431

static int attached(int id)
{
    struct shmid_ds about;
    return shmctl(id, IPC_STAT, &about) == -1 ? -1 : (int)about.shm_nattch;
}

static long at(int id, const void *address, int flags)
{
    void *got = shmat(id, address, flags);
    return got == (void *)-1 ? -1 : 0;
}

static void making(void)
{
    section("shmget");
    int id = shmget(KEY, 3 * PAGE + 5, IPC_CREAT | IPC_EXCL | 0640);
    WORKS(id);
    CALL(shmget(KEY, 0, 0) == id);
    CALL(shmget(KEY, 3 * PAGE + 5, 0) == id);
    CALL(shmget(KEY, 3 * PAGE + 6, 0));
    CALL(shmget(KEY, PAGE, IPC_CREAT | IPC_EXCL | 0600));
    CALL(shmget(KEY + 1, PAGE, 0600));
    CALL(shmget(KEY + 1, 0, IPC_CREAT | 0600));
    CALL(shmget(IPC_PRIVATE, 0, 0600));
    CALL(shmget(IPC_PRIVATE, -1L, 0600));
    CALL(shmget(IPC_PRIVATE, 1L << 60, 0600));
    int other = shmget(IPC_PRIVATE, PAGE, 0600);
    CALL(other == id);
    CALL(shmctl(other, IPC_RMID, NULL));
    CALL(shmctl(other, IPC_RMID, NULL));
    CALL(shmctl(-1, IPC_STAT, NULL));
    CALL(shmctl(id, 77, NULL));
    CALL(shmctl(id, IPC_STAT, NOWHERE));

    struct shmid_ds about;
    CALL(shmctl(id, IPC_STAT, &about));
    printf("key %x, mode %o, size %zu, attached %d, made by me %d, last %d, attached at %ld, detached at %ld\n", about.shm_perm.__key,
           about.shm_perm.mode, about.shm_segsz, (int)about.shm_nattch, about.shm_cpid == getpid(), about.shm_lpid,
           (long)about.shm_atime, (long)about.shm_dtime);
    printf("just made %d, owner %d, creator %d\n", time(NULL) - about.shm_ctime < 100, about.shm_perm.uid == geteuid(),
           about.shm_perm.cgid == getegid());
    about.shm_perm.mode = 0606;
    CALL(shmctl(id, IPC_SET, &about));
    CALL(shmctl(id, IPC_STAT, &about));
    printf("mode %o\n", about.shm_perm.mode);
    CALL(shmctl(id, SHM_LOCK, NULL));
    CALL(shmctl(id, IPC_STAT, &about));
    printf("mode %o\n", about.shm_perm.mode);
    CALL(shmctl(id, SHM_UNLOCK, NULL));
    struct shminfo limits;
    CALL(shmctl(0, IPC_INFO, (struct shmid_ds *)&limits) >= 0);
    printf("max %lx, min %lu, identifiers %lu, per process %lu, pages %lx\n", limits.shmmax, limits.shmmin, limits.shmmni, limits.shmseg,
           limits.shmall);
    struct shm_info used;
    int highest = shmctl(0, SHM_INFO, (struct shmid_ds *)&used), seen = 0;
    printf("some are used %d, pages %d\n", used.used_ids >= 1, used.shm_tot >= 4);
    for (int i = 0; i <= highest; i++)
        if (shmctl(i, SHM_STAT, &about) == id)
            seen++;
    printf("found by its index %d\n", seen);
    CALL(shmctl(30000, SHM_STAT, &about));
    CALL(shmctl(id, IPC_RMID, NULL));
    CALL(shmctl(id, IPC_STAT, &about));
    CALL(at(id, NULL, 0));
}

static void attaching(void)
{
    section("shmat");
    int id = shmget(IPC_PRIVATE, 3 * PAGE, 0600);
    char *first = shmat(id, NULL, 0), *second = shmat(id, NULL, 0), *reading = shmat(id, NULL, SHM_RDONLY);
    printf("attached %d\n", attached(id));
    strcpy(first, "shared");
    first[3 * PAGE - 1] = 'e';
    printf("%s %s %c\n", second, reading, reading[3 * PAGE - 1]);
    CALL(mprotect(reading, PAGE, PROT_READ | PROT_WRITE));
    CALL(shmdt(second + PAGE));
    CALL(shmdt(second + 1));
    CALL(shmdt(second));
    CALL(shmdt(second));
    printf("attached %d\n", attached(id));
    CALL(at(id, second + 100, 0));
    CALL(shmat(id, second + 100, SHM_RND) == second);
    CALL(at(id, second, 0));
    CALL(shmat(id, second, SHM_REMAP) == second);
    CALL(at(id, NULL, SHM_REMAP));
    CALL(at(99999, NULL, 0));
    CALL(at(-1, NULL, 0));
    printf("attached %d\n", attached(id));
    CALL(munmap(second + PAGE, PAGE));
    printf("attached in two parts %d\n", attached(id));
    CALL(shmdt(second));
    printf("attached %d\n", attached(id));
    CALL(mprotect(first + PAGE, PAGE, PROT_READ));
    printf("attached in three parts %d\n", attached(id));
    CALL(mprotect(first + PAGE, PAGE, PROT_READ | PROT_WRITE));
    printf("in one again %d\n", attached(id));

    char line[256], *found = NULL;
    FILE *maps = fopen("/proc/self/maps", "r");
    while (found == NULL && fgets(line, sizeof line, maps))
        found = strstr(line, "/SYSV");
    fclose(maps);
    printf("%s", found == NULL ? "not in maps\n" : found);

    pid_t child = fork();
    if (child == 0) {
        printf("the child sees %s, attached %d\n", first, attached(id));
        first[0] = 'S';
        fflush(stdout);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    printf("%s, attached %d\n", reading, attached(id));
    struct shmid_ds about;
    CALL(shmctl(id, IPC_RMID, NULL));
    CALL(shmctl(id, IPC_STAT, &about));
    printf("to be destroyed %d, key %d, last by the child %d\n", (about.shm_perm.mode & SHM_DEST) != 0, about.shm_perm.__key,
           about.shm_lpid == child || about.shm_lpid == getpid());
    char *late = shmat(id, NULL, 0);
    printf("attached after its removal: %s\n", late == (void *)-1 ? errno_name(errno) : late);
    CALL(shmdt(late));
    CALL(shmdt(first));
    printf("%s\n", reading);
    CALL(shmdt(reading));
    CALL(shmctl(id, IPC_STAT, &about));
}

static void rights(void)
{
    section("rights");
    int id = shmget(KEY, PAGE, IPC_CREAT | 0640), closed = shmget(KEY + 1, PAGE, IPC_CREAT | 0600);
    pid_t child = fork();
    if (child == 0) {
        struct shmid_ds about;
        setgid(4242);
        setuid(4242);
        CALL(shmget(KEY, PAGE, 0) == id);
        CALL(shmget(KEY, PAGE, 0400) == id);
        CALL(at(id, NULL, 0));
        CALL(at(id, NULL, SHM_RDONLY));
        CALL(shmctl(id, IPC_STAT, &about));
        CALL(shmctl(id, IPC_RMID, NULL));
        CALL(shmctl(closed, IPC_SET, &about));
        _exit(0);
    }
    waitpid(child, NULL, 0);
    CALL(shmctl(id, IPC_RMID, NULL));
    CALL(shmctl(closed, IPC_RMID, NULL));
}

static sigjmp_buf back;
static void on_fault(int number) { siglongjmp(back, number); }

static void limits(void)
{
    section("limits");
    int id = shmget(IPC_PRIVATE, 64 << 20, 0600);
    struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY }, little = { 32 << 20, RLIM_INFINITY };
    CALL(setrlimit(RLIMIT_AS, &little));
    CALL(at(id, NULL, 0));
    CALL(setrlimit(RLIMIT_AS, &all));
    char *memory = shmat(id, NULL, 0);
    signal(SIGSEGV, on_fault);
    if (sigsetjmp(back, 1) == 0) {
        memory[63 << 20] = 'x';
        shmdt(memory);
        memory[0] = 'x';
        printf("still there\n");
    } else
        printf("gone with shmdt\n");
    CALL(shmctl(id, IPC_RMID, NULL));
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    making();
    attaching();
    rights();
    limits();
    return 0;
}
