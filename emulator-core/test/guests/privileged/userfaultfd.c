/* Pages that a thread brings in for others: of faults of their own and of the kernel's, by copying, zeros, moving, protecting, poisoning. */
#include "../guest.h"
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>

#define PAGE 4096
#define RW (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

#ifndef UFFD_FEATURE_POISON
#define UFFD_FEATURE_POISON (1 << 14)
#define _UFFDIO_POISON 8
struct uffdio_poison { struct uffdio_range range; uint64_t mode; int64_t updated; };
#define UFFDIO_POISON _IOWR(UFFDIO, _UFFDIO_POISON, struct uffdio_poison)
#endif
#ifndef UFFD_FEATURE_MOVE
#define UFFD_FEATURE_MOVE (1 << 16)
#define _UFFDIO_MOVE 5
struct uffdio_move { uint64_t dst, src, len, mode; int64_t move; };
#define UFFDIO_MOVE _IOWR(UFFDIO, _UFFDIO_MOVE, struct uffdio_move)
#endif
#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY 1
#endif
#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif

static char source[4 * PAGE] __attribute__((aligned(PAGE)));
static char *area;
static int uffd;

static int opened(int flags, uint64_t features)
{
    struct uffdio_api api = { .api = UFFD_API, .features = features };
    int fd = syscall(SYS_userfaultfd, flags);
    if (fd < 0 || ioctl(fd, UFFDIO_API, &api) != 0)
        perror("userfaultfd");
    return fd;
}

static long registered(void *start, size_t length, uint64_t mode)
{
    struct uffdio_register r = { .range = { (uintptr_t)start, length }, .mode = mode };
    long result = ioctl(uffd, UFFDIO_REGISTER, &r);
    if (result == 0)
        printf("  ioctls:%s%s%s%s%s\n", r.ioctls >> 2 & 1 ? " wake" : "", r.ioctls >> 3 & 1 ? " copy" : "", r.ioctls >> 4 & 1 ? " zero" : "",
               r.ioctls >> 6 & 1 ? " protect" : "", r.ioctls >> 7 & 1 ? " continue" : "");
    return result;
}

static long unregistered(void *start, size_t length)
{
    struct uffdio_range r = { (uintptr_t)start, length };
    return ioctl(uffd, UFFDIO_UNREGISTER, &r);
}

static long copied(void *to, const void *from, size_t length, uint64_t mode)
{
    struct uffdio_copy c = { .dst = (uintptr_t)to, .src = (uintptr_t)from, .len = length, .mode = mode };
    long result = ioctl(uffd, UFFDIO_COPY, &c);
    int error = errno;
    printf("  copied %lld\n", (long long)c.copy);
    errno = error;
    return result;
}

static long zeroed(void *to, size_t length)
{
    struct uffdio_zeropage z = { .range = { (uintptr_t)to, length } };
    long result = ioctl(uffd, UFFDIO_ZEROPAGE, &z);
    int error = errno;
    printf("  zeroed %lld\n", (long long)z.zeropage);
    errno = error;
    return result;
}

static long protects(void *start, size_t length, uint64_t mode)
{
    struct uffdio_writeprotect w = { .range = { (uintptr_t)start, length }, .mode = mode };
    return ioctl(uffd, UFFDIO_WRITEPROTECT, &w);
}

static long moved(void *to, void *from, size_t length, uint64_t mode)
{
    struct uffdio_move m = { .dst = (uintptr_t)to, .src = (uintptr_t)from, .len = length, .mode = mode };
    long result = ioctl(uffd, UFFDIO_MOVE, &m);
    int error = errno;
    printf("  moved %lld\n", (long long)m.move);
    errno = error;
    return result;
}

/* What those who answer have to tell: said when they are done, since whoever they answer goes on meanwhile. */
static char told[1000];

/* Answers `arg` faults, each with a page of the source. */
static void *answers(void *arg)
{
    struct pollfd p = { uffd, POLLIN, 0 };
    for (long i = 0; i < (long)arg; i++) {
        struct uffd_msg m;
        if (poll(&p, 1, -1) != 1 || read(uffd, &m, sizeof m) != sizeof m)
            perror("fault");
        long page = (m.arg.pagefault.address - (uintptr_t)area) / PAGE;
        size_t at = strlen(told);
        snprintf(told + at, sizeof told - at, "  fault of page %ld, flags %llx\n", page, (unsigned long long)m.arg.pagefault.flags);
        if (m.arg.pagefault.flags & UFFD_PAGEFAULT_FLAG_WP)
            protects(area + page * PAGE, PAGE, 0);
        else {
            struct uffdio_copy c = { .dst = (uintptr_t)area + page * PAGE, .src = (uintptr_t)source + page % 4 * PAGE, .len = PAGE };
            if (ioctl(uffd, UFFDIO_COPY, &c) != 0)
                perror("copy");
        }
    }
    return NULL;
}

static pthread_t answering;

static void answer(long count)
{
    fflush(stdout);
    pthread_create(&answering, NULL, answers, (void *)count);
}

static void answered(void)
{
    pthread_join(answering, NULL);
    printf("%s", told);
    fflush(stdout);
    told[0] = 0;
}

static void again(size_t length)
{
    madvise(area, length, MADV_DONTNEED);
}

static sigjmp_buf back;
static volatile int code;

static void on_bus(int number, siginfo_t *info, void *context)
{
    (void)number, (void)context;
    code = info->si_code;
    siglongjmp(back, 1);
}

static void touch(volatile char *at)
{
    if (sigsetjmp(back, 1) == 0)
        printf("  is %d\n", *at);
    else
        printf("  SIGBUS, code %d\n", code);
}

static void creation(void)
{
    struct uffdio_api api = { .api = UFFD_API };
    struct pollfd p;
    char buffer[64], link[64], path[32];
    section("creation");
    CALL(syscall(SYS_userfaultfd, 0x10));
    uffd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
    snprintf(path, sizeof path, "/proc/self/fd/%d", uffd);
    link[readlink(path, link, sizeof link - 1)] = 0;
    printf("%s, flags %x %x\n", link, fcntl(uffd, F_GETFL), fcntl(uffd, F_GETFD));
    p = (struct pollfd){ uffd, POLLIN, 0 };
    CALL(poll(&p, 1, 0));
    printf("revents %x\n", p.revents);
    CALL(read(uffd, buffer, sizeof buffer));
    CALL(unregistered(area, PAGE));
    CALL(ioctl(uffd, UFFDIO_API, NOWHERE));
    api.api = 1;
    CALL(ioctl(uffd, UFFDIO_API, &api));
    printf("zero %d\n", api.api == 0 && api.features == 0 && api.ioctls == 0);
    api = (struct uffdio_api){ .api = UFFD_API, .features = 1ull << 40 };
    CALL(ioctl(uffd, UFFDIO_API, &api));
    api = (struct uffdio_api){ .api = UFFD_API };
    CALL(ioctl(uffd, UFFDIO_API, &api));
    printf("ioctls %llx\n", (unsigned long long)api.ioctls);
    CALL(ioctl(uffd, UFFDIO_API, &api));
    CALL(poll(&p, 1, 0));
    CALL(read(uffd, buffer, 31));
    CALL(read(uffd, buffer, 32));
    CALL(write(uffd, buffer, 32));
    CALL(lseek(uffd, 0, SEEK_SET));
    CALL(ioctl(uffd, 0x1234));
    close(uffd);
}

static void ranges(void)
{
    char *readable, *shared;
    int other;
    section("ranges");
    uffd = opened(O_NONBLOCK, 0);
    CALL(registered(area + 1, PAGE, UFFDIO_REGISTER_MODE_MISSING));
    CALL(registered(area, 100, UFFDIO_REGISTER_MODE_MISSING));
    CALL(registered(area, 0, UFFDIO_REGISTER_MODE_MISSING));
    CALL(registered(area, PAGE, 0));
    CALL(registered(area, PAGE, 8));
    CALL(registered(NULL, PAGE, UFFDIO_REGISTER_MODE_MISSING));
    CALL(registered((void *)0x7ffffffff000, PAGE, UFFDIO_REGISTER_MODE_MISSING));
    readable = mmap(NULL, 2 * PAGE, PROT_READ, MAP_PRIVATE, open("/proc/self/exe", O_RDONLY), 0);
    CALL(registered(readable, PAGE, UFFDIO_REGISTER_MODE_MISSING));
    munmap(readable, 2 * PAGE);
    CALL(registered(readable, PAGE, UFFDIO_REGISTER_MODE_MISSING));
    CALL(registered(area, 4 * PAGE, UFFDIO_REGISTER_MODE_MISSING));
    CALL(registered(area, 2 * PAGE, UFFDIO_REGISTER_MODE_MISSING | UFFDIO_REGISTER_MODE_WP));
    other = uffd;
    uffd = opened(O_NONBLOCK, 0);
    CALL(registered(area, PAGE, UFFDIO_REGISTER_MODE_MISSING));
    CALL(unregistered(area, PAGE));
    close(uffd);
    uffd = other;
    CALL(unregistered(area, 4 * PAGE));
    CALL(unregistered(area, 4 * PAGE));
    CALL(copied(area, source, PAGE, 0));
    shared = mmap(NULL, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CALL(registered(shared, PAGE, UFFDIO_REGISTER_MODE_MISSING));
    CALL(copied(shared, source, PAGE, 0));
    printf("  %d\n", shared[0]);
    munmap(shared, PAGE);
    close(uffd);
}

static void filling(void)
{
    section("filling");
    uffd = opened(O_NONBLOCK, 0);
    registered(area, 8 * PAGE, UFFDIO_REGISTER_MODE_MISSING);
    CALL(copied(area, source, PAGE, 4));
    CALL(copied(area + 1, source, PAGE, 0));
    CALL(copied(area, NOWHERE, PAGE, 0));
    CALL(copied(area, source, PAGE, UFFDIO_COPY_MODE_WP));
    CALL(copied(area + PAGE, source + PAGE, PAGE, 0));
    CALL(copied(area, source, 4 * PAGE, 0));
    CALL(copied(area + PAGE, source, PAGE, 0));
    CALL(zeroed(area + 2 * PAGE, 2 * PAGE));
    CALL(zeroed(area + 2 * PAGE, PAGE));
    printf("%d %d %d %d\n", area[0], area[PAGE], area[2 * PAGE], area[3 * PAGE]);
    CALL(copied(area + 7 * PAGE, source, 2 * PAGE, 0));
    CALL(protects(area, PAGE, UFFDIO_WRITEPROTECT_MODE_WP));
    CALL(protects(area, PAGE, 4));
    /* What was there before stays there. */
    area[0] = 77;
    CALL(unregistered(area, 8 * PAGE));
    printf("%d %d\n", area[0], area[5 * PAGE]);
    area[6 * PAGE] = 66;
    CALL(registered(area, 8 * PAGE, UFFDIO_REGISTER_MODE_MISSING));
    printf("%d %d\n", area[0], area[6 * PAGE]);
    close(uffd);
    printf("%d\n", area[7 * PAGE]);
    again(8 * PAGE);
}

static void faults(void)
{
    int status;
    section("faults of threads");
    uffd = opened(O_NONBLOCK, 0);
    registered(area, 8 * PAGE, UFFDIO_REGISTER_MODE_MISSING);
    answer(3);
    printf("%d\n", area[PAGE + 100]);
    area[2 * PAGE] = 50;
    printf("%d %d\n", area[2 * PAGE], area[2 * PAGE + 1]);
    printf("%d\n", area[0]);
    answered();
    section("a child has its own memory");
    fflush(stdout);
    if (fork() == 0) {
        printf("%d %d\n", area[PAGE], area[5 * PAGE]);
        fflush(stdout);
        _exit(0);
    }
    wait(&status);
    section("moved memory is as all other");
    char *to = mremap(area, 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL);
    printf("%d %d\n", to[PAGE], to[3 * PAGE]);
    answer(1);
    printf("%d\n", area[PAGE]);
    answered();
    munmap(to, 4 * PAGE);
    again(8 * PAGE);
    close(uffd);
}

static void kernel_faults(void)
{
    int ends[2], pair[2], status;
    struct iovec parts[3] = { { area, 10 }, { area + PAGE - 5, 10 }, { area + 3 * PAGE, 3 } };
    section("faults of the kernel");
    uffd = opened(O_NONBLOCK, 0);
    registered(area, 8 * PAGE, UFFDIO_REGISTER_MODE_MISSING);
    pipe(ends);
    write(ends[1], "a message of some length", 24);
    answer(2);
    CALL(read(ends[0], area + PAGE - 4, 8));
    answered();
    printf("%.8s %d\n", area + PAGE - 4, area[0]);
    again(8 * PAGE);
    answer(2);
    CALL(readv(ends[0], parts, 3));
    answered();
    printf("%.10s|%.6s\n", area, area + PAGE - 5);
    again(8 * PAGE);
    memset(source, 'x', sizeof source);
    answer(2);
    CALL(write(ends[1], area + 2 * PAGE - 2, 4));
    answered();
    again(8 * PAGE);
    printf("%.4s\n", (read(ends[0], source, 4), source));
    memset(source, 0, sizeof source);
    strcpy(source, "/dev/null");
    answer(1);
    WORKS(open(area, O_RDONLY));
    answered();
    again(8 * PAGE);
    answer(1);
    CALL(pipe((int *)(area + 100)));
    answered();
    printf("%s %d\n", area, ((int *)(area + 100))[0] > 2);
    again(8 * PAGE);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0)
        _exit(7);
    answer(1);
    printf("waited %d\n", waitpid(child, (int *)area, 0) == child);
    answered();
    status = *(int *)area;
    printf("%d\n", WEXITSTATUS(status));
    again(8 * PAGE);
    socketpair(AF_UNIX, SOCK_DGRAM, 0, pair);
    write(pair[0], "datagram", 9);
    answer(2);
    CALL(read(pair[1], area + PAGE - 3, 20));
    answered();
    printf("%s\n", area + PAGE - 3);
    again(8 * PAGE);
    int file = open("/proc/self/exe", O_RDONLY);
    answer(3);
    CALL(pread(file, area + 10, 2 * PAGE, 0));
    answered();
    printf("%.3s\n", area + 11);
    close(file);
    close(uffd);
    again(8 * PAGE);
    section("not those of the kernel");
    uffd = opened(O_NONBLOCK | UFFD_USER_MODE_ONLY, 0);
    registered(area, 8 * PAGE, UFFDIO_REGISTER_MODE_MISSING);
    write(ends[1], "more", 4);
    CALL(read(ends[0], area, 4));
    CALL(open(area, O_RDONLY));
    answer(1);
    printf("%s\n", area);
    answered();
    CALL(read(ends[0], area, 4));
    close(uffd);
    again(8 * PAGE);
}

static void protecting(void)
{
    section("protecting");
    uffd = opened(O_NONBLOCK, UFFD_FEATURE_PAGEFAULT_FLAG_WP);
    area[0] = 1;
    area[PAGE] = 2;
    registered(area, 4 * PAGE, UFFDIO_REGISTER_MODE_WP);
    CALL(protects(area, 2 * PAGE, 3));
    CALL(protects(area + 4 * PAGE, PAGE, UFFDIO_WRITEPROTECT_MODE_WP));
    CALL(protects(area, 2 * PAGE, UFFDIO_WRITEPROTECT_MODE_WP));
    printf("%d %d %d\n", area[0], area[PAGE], area[2 * PAGE]);
    answer(2);
    area[0] = 3;
    area[PAGE + 1] = 4;
    answered();
    printf("%d %d %d\n", area[0], area[PAGE], area[PAGE + 1]);
    CALL(protects(area, PAGE, UFFDIO_WRITEPROTECT_MODE_WP));
    close(uffd);
    area[0] = 5;
    printf("%d\n", area[0]);
    again(4 * PAGE);
}

static void *sleeps(void *arg)
{
    __atomic_store_n((pid_t *)arg, gettid(), __ATOMIC_SEQ_CST);
    return (void *)(long)*(volatile char *)area;
}

static void woken(pthread_t thread)
{
    void *value;
    pthread_join(thread, &value);
    printf("  woken: %ld\n", (long)value);
    fflush(stdout);
}

static void on_alarm(int number)
{
    (void)number;
    printf("  a signal\n");
    copied(area, source, PAGE, 0);
}

static void waking(void)
{
    struct uffd_msg m[2];
    struct uffdio_range r = { (uintptr_t)area, PAGE };
    struct epoll_event event = { .events = EPOLLIN };
    pthread_t thread;
    pid_t id = 0;
    int ep = epoll_create1(0);
    section("waking");
    source[0] = 9;
    uffd = opened(O_NONBLOCK, UFFD_FEATURE_THREAD_ID);
    registered(area, PAGE, UFFDIO_REGISTER_MODE_MISSING);
    epoll_ctl(ep, EPOLL_CTL_ADD, uffd, &event);
    pthread_create(&thread, NULL, sleeps, &id);
    CALL(epoll_wait(ep, &event, 1, -1));
    CALL(read(uffd, m, sizeof m));
    printf("event %x of the thread %d\n", m[0].event, m[0].arg.pagefault.feat.ptid == (unsigned)id);
    CALL(read(uffd, m, sizeof m));
    CALL(epoll_wait(ep, &event, 1, 0));
    /* Woken without a page it asks again. */
    CALL(ioctl(uffd, UFFDIO_WAKE, &r));
    CALL(epoll_wait(ep, &event, 1, -1));
    CALL(read(uffd, m, sizeof m[0]));
    CALL(copied(area, source, PAGE, UFFDIO_COPY_MODE_DONTWAKE));
    await_sleep(id);
    CALL(ioctl(uffd, UFFDIO_WAKE, &r));
    woken(thread);
    again(PAGE);
    section("closing");
    id = 0;
    pthread_create(&thread, NULL, sleeps, &id);
    CALL(epoll_wait(ep, &event, 1, -1));
    CALL(close(uffd));
    woken(thread);
    again(PAGE);
    section("unregistering");
    uffd = opened(0, 0);
    registered(area, PAGE, UFFDIO_REGISTER_MODE_MISSING);
    pthread_create(&thread, NULL, sleeps, &id);
    CALL(read(uffd, m, sizeof m));
    CALL(unregistered(area, PAGE));
    woken(thread);
    again(PAGE);
    section("a signal's handler brings the page");
    signal(SIGALRM, on_alarm);
    registered(area, PAGE, UFFDIO_REGISTER_MODE_MISSING);
    id = 0;
    pthread_create(&thread, NULL, sleeps, &id);
    CALL(read(uffd, m, sizeof m));
    fflush(stdout);
    pthread_kill(thread, SIGALRM);
    woken(thread);
    again(PAGE);
    close(uffd);
    close(ep);
}

static void kinds(void)
{
    char *from = mmap(NULL, 2 * PAGE, RW, ANON, -1, 0), *shared;
    struct uffdio_poison p = { .range = { (uintptr_t)area + PAGE, PAGE } };
    struct uffdio_continue c = { .mode = 0 };
    struct sigaction act = { .sa_sigaction = on_bus, .sa_flags = SA_SIGINFO };
    int file = memfd_create("pages", 0), ends[2];
    sigaction(SIGBUS, &act, NULL);
    section("moving");
    uffd = opened(O_NONBLOCK, UFFD_FEATURE_MOVE);
    registered(area, 4 * PAGE, UFFDIO_REGISTER_MODE_MISSING);
    from[0] = 12;
    CALL(moved(area, from, PAGE, 0));
    printf("%d %d\n", area[0], from[0]);
    CALL(moved(area, from, PAGE, 0));
    CALL(moved(area, from, PAGE, 4));
    CALL(moved(area + PAGE, from + PAGE, PAGE, 0));
    CALL(moved(from, area, PAGE, 0));
    close(uffd);
    again(4 * PAGE);
    section("poison");
    uffd = opened(O_NONBLOCK, UFFD_FEATURE_POISON);
    registered(area, 4 * PAGE, UFFDIO_REGISTER_MODE_MISSING);
    CALL(ioctl(uffd, UFFDIO_POISON, &p));
    CALL(ioctl(uffd, UFFDIO_POISON, &p));
    touch(area + PAGE);
    pipe(ends);
    write(ends[1], "abcd", 4);
    CALL(read(ends[0], area + PAGE, 4));
    CALL(copied(area + PAGE, source, PAGE, 0));
    touch(area + PAGE);
    p.range.start += PAGE;
    CALL(ioctl(uffd, UFFDIO_POISON, &p));
    close(uffd);
    touch(area + 2 * PAGE);
    touch(area + 3 * PAGE);
    again(4 * PAGE);
    touch(area + 2 * PAGE);
    section("signals instead");
    again(4 * PAGE);
    uffd = opened(O_NONBLOCK, UFFD_FEATURE_SIGBUS);
    registered(area, PAGE, UFFDIO_REGISTER_MODE_MISSING);
    touch(area);
    CALL(read(ends[0], area, 4));
    copied(area, source, PAGE, 0);
    touch(area);
    close(uffd);
    again(4 * PAGE);
    section("pages of a memory file");
    ftruncate(file, 2 * PAGE);
    pwrite(file, "A", 1, 0);
    shared = mmap(NULL, 2 * PAGE, RW, MAP_SHARED, file, 0);
    uffd = opened(O_NONBLOCK, UFFD_FEATURE_MINOR_SHMEM);
    CALL(registered(shared, 2 * PAGE, UFFDIO_REGISTER_MODE_MISSING));
    printf("  %c\n", shared[0]);
    CALL(copied(shared, source, PAGE, 0));
    CALL(copied(shared + PAGE, source, PAGE, 0));
    printf("  %d\n", (pread(file, from, 1, PAGE), from[0]));
    CALL(registered(shared, 2 * PAGE, UFFDIO_REGISTER_MODE_MINOR));
    madvise(shared, 2 * PAGE, MADV_DONTNEED);
    c.range = (struct uffdio_range){ (uintptr_t)shared, PAGE };
    CALL(ioctl(uffd, UFFDIO_CONTINUE, &c));
    printf("  %lld %c\n", (long long)c.mapped, shared[0]);
    CALL(ioctl(uffd, UFFDIO_CONTINUE, &c));
    close(uffd);
}

static void device(void)
{
    section("the device");
    int fd = open("/dev/userfaultfd", O_RDWR);
    CALL(ioctl(fd, 0x1234));
    CALL(ioctl(fd, _IO(0xAA, 0), 0x10));
    uffd = ioctl(fd, _IO(0xAA, 0), O_CLOEXEC);
    printf("%d %x\n", uffd > fd, fcntl(uffd, F_GETFD));
    close(uffd);
    close(fd);
}

int main(void)
{
    for (int i = 0; i < 4; i++)
        memset(source + i * PAGE, i + 1, PAGE);
    area = mmap(NULL, 16 * PAGE, RW, ANON, -1, 0);
    creation();
    ranges();
    filling();
    faults();
    kernel_faults();
    protecting();
    waking();
    kinds();
    device();
    return 0;
}
