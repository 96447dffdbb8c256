/* System V semaphores: operations, who waits and in what order they go on, what an exit undoes. */
#include "guest.h"
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/wait.h>

#define KEY 0x494e5432

union semun {
    int val;
    struct semid_ds *buf;
    unsigned short *array;
    struct seminfo *info;
};

static int operate(int id, int number, int operation, int flags)
{
    struct sembuf one = { number, operation, flags };
    return semop(id, &one, 1);
}

static int value(int id, int number) { return semctl(id, number, GETVAL); }

/* Until so many wait. */
static void waiters(int id, int number, int command, int count)
{
    while (semctl(id, number, command) < count)
        nap(1);
}

static void making(void)
{
    section("semget");
    int id = semget(KEY, 3, IPC_CREAT | IPC_EXCL | 0600);
    WORKS(id);
    CALL(semget(KEY, 0, 0) == id);
    CALL(semget(KEY, 4, 0));
    CALL(semget(KEY, 3, IPC_CREAT | IPC_EXCL));
    CALL(semget(KEY + 1, 1, 0));
    CALL(semget(KEY + 1, 0, IPC_CREAT | 0600));
    CALL(semget(IPC_PRIVATE, -1, 0600));
    CALL(semget(IPC_PRIVATE, 32001, 0600));
    unsigned short three[3] = { 7, 8, 9 }, big[3] = { 1, 65000, 1 };
    CALL(semctl(id, 0, SETALL, (union semun){ .array = three }));
    CALL(semctl(id, 0, SETALL, (union semun){ .array = big }));
    CALL(semctl(id, 0, SETALL, (union semun){ .array = NOWHERE }));
    memset(three, 0, sizeof three);
    CALL(semctl(id, 0, GETALL, (union semun){ .array = three }));
    printf("%d %d %d\n", three[0], three[1], three[2]);
    CALL(semctl(id, 1, SETVAL, (union semun){ .val = 5 }));
    CALL(semctl(id, 1, SETVAL, (union semun){ .val = -1 }));
    CALL(semctl(id, 1, SETVAL, (union semun){ .val = 32768 }));
    CALL(semctl(id, 3, SETVAL, (union semun){ .val = 1 }));
    CALL(semctl(id, 1, GETVAL));
    CALL(semctl(id, -1, GETVAL));
    CALL(semctl(id, 1, GETNCNT));
    CALL(semctl(id, 1, GETZCNT));
    CALL(semctl(id, 1, GETPID) == getpid());
    CALL(semctl(id, 1, 77));
    CALL(semctl(-1, 1, GETVAL));
    struct semid_ds about;
    CALL(semctl(id, 0, IPC_STAT, (union semun){ .buf = &about }));
    printf("key %x, mode %o, number %d, operated at %ld, changed %d\n", about.sem_perm.__key, about.sem_perm.mode, (int)about.sem_nsems,
           (long)about.sem_otime, time(NULL) - about.sem_ctime < 100);
    about.sem_perm.mode = 0444;
    CALL(semctl(id, 0, IPC_SET, (union semun){ .buf = &about }));
    CALL(semctl(id, 0, IPC_STAT, (union semun){ .buf = &about }));
    printf("mode %o\n", about.sem_perm.mode);
    CALL(semctl(id, 0, IPC_STAT, (union semun){ .buf = NOWHERE }));
    struct seminfo info;
    CALL(semctl(0, 0, IPC_INFO, (union semun){ .info = &info }) >= 0);
    printf("%d %d %d %d %d %d %d %d %d %d\n", info.semmap, info.semmni, info.semmns, info.semmnu, info.semmsl, info.semopm, info.semume,
           info.semusz, info.semvmx, info.semaem);
    CALL(semctl(0, 0, SEM_INFO, (union semun){ .info = &info }) >= 0);
    printf("sets %d, semaphores %d\n", info.semusz >= 1, info.semaem >= 3);
    CALL(semctl(id, 0, IPC_RMID));
    CALL(semctl(id, 0, IPC_RMID));
    CALL(operate(id, 0, 1, 0));
}

static void operations(void)
{
    section("semop");
    int id = semget(IPC_PRIVATE, 2, 0600);
    CALL(operate(id, 0, 3, 0));
    CALL(operate(id, 0, -2, 0));
    CALL(value(id, 0));
    CALL(operate(id, 0, 0, IPC_NOWAIT));
    CALL(operate(id, 0, -2, IPC_NOWAIT));
    CALL(operate(id, 1, 0, 0));
    CALL(operate(id, 2, 1, 0));
    CALL(operate(id, 0, 32767, 0));
    CALL(semop(id, NOWHERE, 1));
    CALL(semop(id, NULL, 0));
    static struct sembuf many[501];
    CALL(semop(id, many, 501));
    CALL(semop(-1, many, 1));
    struct sembuf both[2] = { { 0, -1, 0 }, { 1, -1, IPC_NOWAIT } };
    CALL(semop(id, both, 2));
    printf("all or nothing: %d %d\n", value(id, 0), value(id, 1));
    struct sembuf twice[3] = { { 1, 2, 0 }, { 1, -1, 0 }, { 1, -1, IPC_NOWAIT } };
    CALL(semop(id, twice, 3));
    printf("%d\n", value(id, 1));
    struct sembuf take = { 1, -1, 0 };
    struct timespec little = { 0, 20000000 }, wrong = { 0, 2000000000 }, before = { -1, 0 };
    CALL(semtimedop(id, &take, 1, &little));
    CALL(semtimedop(id, &take, 1, &wrong));
    CALL(semtimedop(id, &take, 1, &before));
    CALL(semtimedop(id, &take, 1, NOWHERE));
    take.sem_op = 1;
    CALL(semtimedop(id, &take, 1, &little));
    CALL(semctl(id, 0, IPC_RMID));
}

static pid_t waiting(int id, int operation, char name, int to)
{
    pid_t child = fork();
    if (child == 0) {
        operate(id, 0, operation, 0);
        write(to, &name, 1);
        operate(id, 1, 1, 0);
        _exit(0);
    }
    return child;
}

static void order(void)
{
    section("who waits");
    int id = semget(IPC_PRIVATE, 2, 0600), ends[2];
    char said[8] = "";
    pipe(ends);
    waiting(id, -1, 'a', ends[1]);
    waiters(id, 0, GETNCNT, 1);
    waiting(id, -3, 'b', ends[1]);
    waiters(id, 0, GETNCNT, 2);
    waiting(id, -1, 'c', ends[1]);
    waiters(id, 0, GETNCNT, 3);
    CALL(semctl(id, 0, GETNCNT));
    CALL(semctl(id, 0, GETZCNT));
    CALL(operate(id, 0, 1, 0));
    CALL(operate(id, 1, -1, 0));
    CALL(semctl(id, 0, GETNCNT));
    CALL(operate(id, 0, 2, 0));
    CALL(operate(id, 1, -1, 0));
    CALL(value(id, 0));
    CALL(semctl(id, 0, SETVAL, (union semun){ .val = 3 }));
    CALL(operate(id, 1, -1, 0));
    read(ends[0], said, 3);
    printf("%s, left %d\n", said, value(id, 0));
    while (wait(NULL) > 0)
        ;
    semctl(id, 0, SETVAL, (union semun){ .val = 1 });
    waiting(id, 0, 'z', ends[1]);
    waiters(id, 0, GETZCNT, 1);
    CALL(operate(id, 0, -1, 0));
    CALL(operate(id, 1, -1, 0));
    while (wait(NULL) > 0)
        ;

    pid_t child = fork();
    if (child == 0) {
        CALL(operate(id, 0, -1, 0));
        _exit(0);
    }
    waiters(id, 0, GETNCNT, 1);
    semctl(id, 0, IPC_RMID);
    waitpid(child, NULL, 0);
}

static void nothing(int number) { (void)number; }

static void interrupted(void)
{
    section("a signal");
    int id = semget(IPC_PRIVATE, 1, 0600);
    struct sigaction action = { .sa_handler = nothing, .sa_flags = SA_RESTART };
    sigaction(SIGUSR1, &action, NULL);
    pid_t parent = getpid(), child = fork();
    if (child == 0) {
        waiters(id, 0, GETNCNT, 1);
        kill(parent, SIGUSR1);
        _exit(0);
    }
    CALL(operate(id, 0, -1, 0));
    waitpid(child, NULL, 0);
    CALL(semctl(id, 0, GETNCNT));
    CALL(semctl(id, 0, IPC_RMID));
}

static void undone(void)
{
    section("SEM_UNDO");
    int id = semget(IPC_PRIVATE, 2, 0600);
    semctl(id, 0, SETVAL, (union semun){ .val = 5 });
    pid_t child = fork();
    if (child == 0) {
        operate(id, 0, -2, SEM_UNDO);
        operate(id, 0, -1, 0);
        operate(id, 1, 4, SEM_UNDO);
        operate(id, 1, -3, SEM_UNDO);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    printf("%d %d\n", value(id, 0), value(id, 1));
    child = fork();
    if (child == 0) {
        operate(id, 0, -2, SEM_UNDO);
        semctl(id, 0, SETVAL, (union semun){ .val = 1 });
        _exit(0);
    }
    waitpid(child, NULL, 0);
    printf("SETVAL forgets what was to be undone: %d\n", value(id, 0));
    child = fork();
    if (child == 0) {
        operate(id, 0, 3, SEM_UNDO);
        operate(id, 0, -4, 0);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    printf("not below 0: %d\n", value(id, 0));
    child = fork();
    if (child == 0) {
        operate(id, 1, 1, SEM_UNDO);
        if (fork() == 0)
            _exit(0);
        wait(NULL);
        printf("a grandchild undoes nothing: %d\n", value(id, 1));
        fflush(stdout);
        kill(getpid(), SIGKILL);
    }
    waitpid(child, NULL, 0);
    printf("killed: %d\n", value(id, 1));
    CALL(semctl(id, 0, IPC_RMID));
}

/* With CLONE_SYSVSEM it is undone at the end of the last of those that share it. */
static void undone_together(void)
{
    section("SEM_UNDO shared");
    int id = semget(IPC_PRIVATE, 1, 0600);
    pid_t child = fork();
    if (child == 0) {
        const unsigned long flags = 0x40000 | SIGCHLD;
        for (int i = 0; i < 2; i++) {
            pid_t grandchild = syscall(SYS_clone, i == 0 ? flags : (unsigned long)SIGCHLD, 0L, 0L, 0L, 0L);
            if (grandchild == 0) {
                operate(id, 0, i == 0 ? 3 : 10, SEM_UNDO);
                printf("the same list: %ld\n", syscall(SYS_kcmp, getpid(), getppid(), 6, 0, 0) == 0 ? 1L : 0L);
                fflush(stdout);
                _exit(0);
            }
            waitpid(grandchild, NULL, 0);
            printf("%s: %d\n", i == 0 ? "shared" : "its own", value(id, 0));
        }
        fflush(stdout);
        operate(id, 0, 1, SEM_UNDO);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    printf("undone: %d\n", value(id, 0));
    CALL(semctl(id, 0, IPC_RMID));
}

static void rights(void)
{
    section("rights");
    int id = semget(KEY, 1, IPC_CREAT | 0604);
    pid_t child = fork();
    if (child == 0) {
        setgid(4242);
        setuid(4242);
        CALL(semget(KEY, 1, 0600));
        CALL(semget(KEY, 1, 0) == id);
        CALL(value(id, 0));
        CALL(operate(id, 0, 1, 0));
        CALL(operate(id, 0, 0, 0));
        CALL(semctl(id, 0, SETVAL, (union semun){ .val = 5 }));
        CALL(semctl(id, 0, IPC_RMID));
        _exit(0);
    }
    waitpid(child, NULL, 0);
    CALL(semctl(id, 0, IPC_RMID));
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    making();
    operations();
    order();
    interrupted();
    undone();
    undone_together();
    rights();
    return 0;
}
