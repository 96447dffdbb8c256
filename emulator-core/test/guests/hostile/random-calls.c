/*
 * Random system calls with random arguments, from a seed: wild pointers and plausible ones, what earlier calls returned, odd lengths and
 * flags. `random-calls SEED CALLS`. Children make them, some as root and some as nobody, each for a while; a child that sleeps is killed.
 * What the calls answer does not matter; that the kernel stays well does.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SLOT 256
#define SLOTS 256
#define BATCH 64
#define LAST_CALL 451
#define COUNT(a) (sizeof(a) / sizeof *(a))

static uint64_t state;

static uint64_t random64(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state * 0x2545f4914f6cdd1d;
}

static unsigned below(unsigned n) { return (random64() >> 33) % n; }

/* What the calls may point to. */
static char *arena;
/* What calls returned: descriptors, identifiers, addresses. */
static long results[32];
static unsigned result_count;

struct shared {
    volatile unsigned long made;
    volatile long last[7];
};
static struct shared *shared;

static const char *const paths[] = {
    "f", "d", "d/g", "l", "", ".", "..", "/", "/tmp/x", "/proc/self/maps", "/proc/self/fd/3", "/proc/self/status", "/proc/1/stat", "/dev/zero",
    "/dev/null", "/dev/ptmx", "/dev/shm/s", "/dev/full", "/proc/self/exe", "/bin/true", "/proc/self/task", "user.name", "/proc/sys/kernel/shmmax",
};

static void *slot(void) { return arena + below(SLOTS) * SLOT; }

static const uint64_t odd[] = {
    0, 1, 2, 3, 7, 8, 0xfff, 0x1000, 0x1001, 0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, 0x7fffffffffff, 0x7ffffffff000, 0x800000000000,
    0x7fffffffffffffff, 0x8000000000000000, 0xffffffff80000000, 0xffffffffffffff9c, 0xfffffffffffffff0, 0xffffffffffffffff, 0x10, 0x1000000000,
};

static void fill_slot(void *at)
{
    uint64_t *words = at;
    struct iovec *vectors = at;
    struct sockaddr_in *in = at;
    struct sockaddr_un *local = at;
    struct pollfd *polled = at;
    switch (below(10)) {
    case 0:
    case 1:
        strcpy(at, paths[below(COUNT(paths))]);
        break;
    case 2:
        for (int i = 0; i < 8; i++)
            vectors[i] = (struct iovec) { slot(), below(4) ? below(2000) : odd[below(COUNT(odd))] };
        break;
    case 3:
        in->sin_family = AF_INET;
        in->sin_port = htons(1000 + below(4));
        in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        break;
    case 4:
        local->sun_family = AF_UNIX;
        strcpy(local->sun_path, paths[below(COUNT(paths))]);
        break;
    case 5:
        for (int i = 0; i < 16; i++)
            polled[i] = (struct pollfd) { below(20), below(64), 0 };
        break;
    case 6: /* times: little, and not valid */
        for (int i = 0; i < 8; i++)
            words[i] = i % 2 ? below(2000) : below(2);
        break;
    case 7:
        for (int i = 0; i < 32; i++)
            words[i] = random64();
        break;
    case 8:
        for (int i = 0; i < 32; i++)
            words[i] = below(2) ? odd[below(COUNT(odd))] : (uint64_t)slot();
        break;
    default:
        for (int i = 0; i < 64; i++)
            ((uint32_t *)at)[i] = below(20);
    }
}

static long argument(int place)
{
    /* Most calls begin with a descriptor, a path or an identifier. */
    if (place == 0 && below(2))
        return below(3) ? (long)below(12) : (long)slot();
    switch (below(16)) {
    case 0:
    case 1:
    case 2:
        return below(24);
    case 3:
    case 4:
    case 5:
        return results[below(COUNT(results))];
    case 6:
        return odd[below(COUNT(odd))];
    case 7:
        return random64() >> below(64);
    case 8: /* one bit, or several */
        return 1L << below(33) | (below(3) ? 0 : 1L << below(33));
    case 9:
        return below(10000);
    case 10:
        return (long)slot() + (below(4) ? 0 : (long)below(SLOT));
    case 11:
        return below(3) ? (long)slot() : (long)arena + SLOTS * SLOT - below(20);
    default:
        return (long)slot();
    }
}

static long call(long number, const long *a)
{
    register long r10 __asm__("r10") = a[3], r8 __asm__("r8") = a[4], r9 __asm__("r9") = a[5];
    long result;
    __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
    return result;
}

/* What would only end the child; and, for root, what would reach the parent. */
static int is_left_out(long number, int root)
{
    static const int always[] = { SYS_exit, SYS_exit_group, SYS_reboot };
    static const int of_root[] = { SYS_kill, SYS_tkill, SYS_tgkill, SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo, 424 /* pidfd_send_signal */,
                                   SYS_prlimit64, SYS_process_vm_writev };
    for (size_t i = 0; i < COUNT(always); i++)
        if (number == always[i])
            return 1;
    for (size_t i = 0; root && i < COUNT(of_root); i++)
        if (number == of_root[i])
            return 1;
    return 0;
}

/* Calls that open the way for others come more often. */
static const int openers[] = {
    SYS_open, SYS_openat, SYS_socket, SYS_socketpair, SYS_pipe2, SYS_mmap, SYS_eventfd2, SYS_epoll_create1, SYS_epoll_ctl, SYS_memfd_create,
    SYS_timerfd_create, SYS_inotify_init1, SYS_inotify_add_watch, SYS_shmget, SYS_shmat, SYS_semget, SYS_msgget, SYS_mremap, SYS_mprotect,
    SYS_madvise, SYS_dup, SYS_bind, SYS_connect, SYS_listen, SYS_accept4, SYS_fcntl, SYS_ioctl, SYS_futex, SYS_clone, SYS_mkdir, SYS_mq_open,
    SYS_signalfd4, SYS_timer_create, SYS_sendmsg, SYS_recvmsg, SYS_readv, SYS_writev, SYS_splice, SYS_fallocate, SYS_ftruncate, SYS_creat,
};

static void child(int root)
{
    /* Stops and hang-ups stay among its own. */
    setsid();
    struct rlimit limit = { 200, 200 };
    setrlimit(RLIMIT_NPROC, &limit);
    limit = (struct rlimit) { 256 << 20, 256 << 20 };
    setrlimit(RLIMIT_AS, &limit);
    if (!root) {
        setgid(65534);
        setuid(65534);
    }
    /* What they write is nobody's. */
    for (int fd = 0, null = open("/dev/null", O_RDWR); fd < 3; fd++)
        if (dup2(null, fd) == -1)
            close(fd);
    for (int i = 0; i < SLOTS; i++)
        fill_slot(arena + i * SLOT);
    for (int i = 0; i < BATCH; i++) {
        long number = below(3) ? (long)below(LAST_CALL) : openers[below(COUNT(openers))];
        if (is_left_out(number, root) || (number > 334 && number < 424))
            continue;
        long a[6];
        for (int k = 0; k < 6; k++)
            a[k] = argument(k);
        shared->last[0] = number;
        for (int k = 0; k < 6; k++)
            shared->last[k + 1] = a[k];
        shared->made++;
        long result = call(number, a);
        if (result > 0)
            results[result_count++ % COUNT(results)] = result;
    }
    _exit(0);
}

int main(int count, char **arguments)
{
    uint64_t seed = count > 1 ? strtoull(arguments[1], NULL, 0) : 1;
    unsigned long calls = count > 2 ? strtoul(arguments[2], NULL, 0) : 1000;
    /* With nothing around either, so that what is written beyond the arena's end is noticed. */
    char *room = mmap(NULL, 16 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    shared = mmap(room + (12 << 20), sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    arena = mmap(room + (4 << 20), SLOTS * SLOT, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    for (unsigned long batch = 0; shared->made < calls; batch++) {
        pid_t pid = fork();
        if (pid == 0) {
            state = (seed * 1000003 + batch + 1) * 0x9e3779b97f4a7c15;
            random64();
            child(batch % 2);
        }
        if (pid == -1) {
            /* Others' children are still there. */
            nanosleep(&(struct timespec) { 0, 10000000 }, NULL);
            continue;
        }
        for (int waits = 0; waitpid(pid, NULL, WNOHANG) == 0; waits++) {
            nanosleep(&(struct timespec) { 0, 2000000 }, NULL);
            if (waits == 50)
                kill(pid, SIGKILL);
        }
        if (getenv("VERBOSE"))
            fprintf(stderr, "batch %lu, %lu calls\n", batch, shared->made);
    }
    printf("made %s\n", shared->made >= calls ? "all calls" : "too few");
    return 0;
}
