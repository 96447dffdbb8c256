/*
 * For the debugger: two threads, or two processes. In `sleeps` the first makes a call that waits; the other ends the wait once it does.
 * `turns`: between two calls the first computes for many turns of the processor, and the other makes calls all the time.
 */
#include "../guest.h"
#include <linux/futex.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>

static int ends[2];
static unsigned word;
static volatile unsigned long computed;
static pid_t first;
static int given, kept;
static char byte = 'x';
static const struct timespec moment = { 0, 1000000 };

/* Nothing else is called before it. */
__attribute__((noinline)) static long sleeps(long number, long a, long b, long c, long d, long e, long f)
{
    return syscall(number, a, b, c, d, e, f);
}
static void begin(void);
#define SLEEPS5(n, a, b, c, d, e, ...) (begin(), sleeps(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), 0))
#define SLEEPS(...) SLEEPS5(__VA_ARGS__, 0, 0, 0, 0, 0)

static void write_byte(void) { write(ends[1], &byte, 1); }
static void send_byte(void) { send(kept, &byte, 1, 0); }
static void send_signal(void) { kill(first, SIGUSR1); }
static void nobody(void) {}

static void wait_epoll(void)
{
    int epoll = epoll_create1(0);
    struct epoll_event event = { .events = EPOLLIN, .data.fd = ends[0] };
    epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event);
    SLEEPS(SYS_epoll_wait, epoll, &event, 1, -1);
}

static void wait_pipe(void) { SLEEPS(SYS_read, ends[0], &byte, 1); }

static void wait_full_pipe(void)
{
    static char page[4096];
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    while (write(ends[1], page, sizeof page) > 0)
        ;
    fcntl(ends[1], F_SETFL, 0);
    SLEEPS(SYS_write, ends[1], page, sizeof page);
}
static void read_all(void)
{
    static char much[1 << 20];
    read(ends[0], much, sizeof much);
}

static void wait_poll(void)
{
    struct pollfd one = { ends[0], POLLIN, 0 };
    SLEEPS(SYS_poll, &one, 1, -1);
}

static void wait_select(void)
{
    fd_set set;
    FD_ZERO(&set);
    FD_SET(ends[0], &set);
    SLEEPS(SYS_select, ends[0] + 1, &set, NULL, NULL, NULL);
}

static void wait_futex(void) { SLEEPS(SYS_futex, &word, FUTEX_WAIT, 0, 0); }
static void wake_futex(void) { syscall(SYS_futex, &word, FUTEX_WAKE, 1); }

static void wait_signal(void) { SLEEPS(SYS_pause); }

static void wait_other_signal(void)
{
    static sigset_t none;
    SLEEPS(SYS_rt_sigtimedwait, &none, NULL, NULL, 8);
}
static void wait_signalfd(void)
{
    static sigset_t set;
    static struct signalfd_siginfo info;
    sigaddset(&set, SIGUSR1);
    SLEEPS(SYS_read, signalfd(-1, &set, 0), &info, sizeof info);
}
static void wait_blocked_signal(void)
{
    static sigset_t set;
    sigaddset(&set, SIGUSR1);
    SLEEPS(SYS_rt_sigtimedwait, &set, NULL, NULL, 8);
}

static void wait_time(void) { SLEEPS(SYS_nanosleep, &moment, 0); }
static void wait_clock(void) { SLEEPS(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &moment, NULL); }

static void wait_timer(void)
{
    timer_t timer;
    struct itimerspec once = { { 0, 0 }, { 1, 0 } };
    struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
    timer_create(CLOCK_MONOTONIC, &event, &timer);
    timer_settime(timer, 0, &once, NULL);
    SLEEPS(SYS_pause);
}

static void wait_timerfd(void)
{
    static uint64_t count;
    struct itimerspec once = { { 0, 0 }, { 1, 0 } };
    int timer = timerfd_create(CLOCK_MONOTONIC, 0);
    timerfd_settime(timer, 0, &once, NULL);
    SLEEPS(SYS_read, timer, &count, sizeof count);
}

static void wait_eventfd(void)
{
    static uint64_t count;
    given = eventfd(0, 0);
    SLEEPS(SYS_read, given, &count, sizeof count);
}
static void count_up(void)
{
    uint64_t one = 1;
    write(given, &one, sizeof one);
}

static int scratch_file(void)
{
    char name[] = "/tmp/waiting-XXXXXX";
    int file = mkstemp(name);
    kept = open(name, O_RDWR);
    unlink(name);
    return file;
}
static void wait_flock(void)
{
    given = scratch_file();
    flock(given, LOCK_EX);
    SLEEPS(SYS_flock, kept, LOCK_EX);
}
static void unlock(void) { flock(given, LOCK_UN); }

static struct flock whole = { .l_type = F_WRLCK };

static void wait_description_lock(void)
{
    given = scratch_file();
    fcntl(given, F_OFD_SETLK, &whole);
    SLEEPS(SYS_fcntl, kept, F_OFD_SETLKW, &whole);
}
static void unlock_description(void)
{
    struct flock none = { .l_type = F_UNLCK };
    fcntl(given, F_OFD_SETLK, &none);
}

/* The lock of another process, which gives it back by its end. */
static void wait_record_lock(void)
{
    given = scratch_file();
    pid_t child = fork();
    if (child == 0) {
        fcntl(given, F_SETLK, &whole);
        write_byte();
        await_sleep(first);
        _exit(0);
    }
    read(ends[0], &byte, 1);
    SLEEPS(SYS_fcntl, given, F_SETLKW, &whole);
}

static void wait_child(void)
{
    pid_t child = fork();
    if (child == 0) {
        await_sleep(first);
        _exit(0);
    }
    SLEEPS(SYS_wait4, child, 0, 0, 0);
}

union any {
    struct sockaddr plain;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
    struct sockaddr_un un;
};
static union any place;
static socklen_t length;

/* A socket with an address of its own, which `place` is afterwards. */
static int bound(int family, int type)
{
    int s = socket(family, type, 0);
    memset(&place, 0, sizeof place);
    place.plain.sa_family = family;
    length = family == AF_INET ? sizeof place.in : family == AF_INET6 ? sizeof place.in6 : sizeof(sa_family_t);
    if (family == AF_INET)
        place.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (family == AF_INET6)
        place.in6.sin6_addr = in6addr_loopback;
    bind(s, &place.plain, length);
    length = sizeof place;
    getsockname(s, &place.plain, &length);
    return s;
}
static int connected(int family, int type)
{
    int s = socket(family, type, 0);
    connect(s, &place.plain, length);
    return s;
}
static void wait_stream(int family)
{
    int listener = bound(family, SOCK_STREAM);
    listen(listener, 1);
    kept = connected(family, SOCK_STREAM);
    given = accept(listener, NULL, NULL);
    SLEEPS(SYS_recvfrom, given, &byte, 1, 0, 0);
}
static void wait_datagram(int family)
{
    given = bound(family, SOCK_DGRAM);
    kept = connected(family, SOCK_DGRAM);
    SLEEPS(SYS_recvfrom, given, &byte, 1, 0, 0);
}
static void wait_accept(int family)
{
    given = bound(family, SOCK_STREAM);
    listen(given, 1);
    SLEEPS(SYS_accept, given, NULL, NULL);
}
static void connect_now(void) { kept = connected(place.plain.sa_family, SOCK_STREAM); }

static void wait_unix_stream(void) { wait_stream(AF_UNIX); }
static void wait_tcp(void) { wait_stream(AF_INET); }
static void wait_tcp6(void) { wait_stream(AF_INET6); }
static void wait_unix_datagram(void) { wait_datagram(AF_UNIX); }
static void wait_udp(void) { wait_datagram(AF_INET); }
static void wait_udp6(void) { wait_datagram(AF_INET6); }
static void wait_unix_accept(void) { wait_accept(AF_UNIX); }
static void wait_tcp_accept(void) { wait_accept(AF_INET); }
static void wait_tcp6_accept(void) { wait_accept(AF_INET6); }
static void wait_pair(void)
{
    int pair[2];
    socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair);
    given = pair[0];
    kept = pair[1];
    SLEEPS(SYS_recvfrom, given, &byte, 1, 0, 0);
}
static void close_kept(void) { close(kept); }

/* Nobody has taken those that came before. */
static void wait_connect(void)
{
    given = bound(AF_UNIX, SOCK_STREAM);
    listen(given, 0);
    for (int s = 0; s >= 0;) {
        s = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
        if (connect(s, &place.plain, length) != 0)
            break;
    }
    SLEEPS(SYS_connect, socket(AF_UNIX, SOCK_STREAM, 0), &place, length);
}
static void accept_now(void) { accept(given, NULL, NULL); }

static struct { long type; char text[8]; } message = { 1, "x" };

static void wait_message(void)
{
    given = msgget(IPC_PRIVATE, 0600);
    SLEEPS(SYS_msgrcv, given, &message, sizeof message.text, 0, 0);
    msgctl(given, IPC_RMID, NULL);
}
static void send_message(void) { msgsnd(given, &message, 1, 0); }

static struct sembuf down = { 0, -1, 0 }, up = { 0, 1, 0 };

static void wait_semaphore(void)
{
    given = semget(IPC_PRIVATE, 1, 0600);
    SLEEPS(SYS_semop, given, &down, 1);
    semctl(given, 0, IPC_RMID);
}
/* The library's own makes another call, which NetBSD does not have. */
static void count_semaphore(void) { syscall(SYS_semop, given, &up, 1); }

static void wait_queue(void)
{
    static char text[16];
    struct mq_attr attributes = { .mq_maxmsg = 1, .mq_msgsize = sizeof text };
    char name[32];
    snprintf(name, sizeof name, "/waiting-%d", (int)first);
    given = mq_open(name, O_CREAT | O_RDWR, 0600, &attributes);
    mq_unlink(name);
    SLEEPS(SYS_mq_timedreceive, given, text, sizeof text, NULL, NULL);
}
static void send_queue(void) { mq_send(given, &byte, 1, 0); }

static char folder[] = "/tmp/waiting-XXXXXX";

static void wait_inotify(void)
{
    static char events[4096];
    mkdtemp(folder);
    given = inotify_init1(0);
    inotify_add_watch(given, folder, IN_CREATE);
    SLEEPS(SYS_read, given, events, sizeof events);
    rmdir(folder);
}
static void make_folder(void)
{
    char name[64];
    snprintf(name, sizeof name, "%s/new", folder);
    mkdir(name, 0700);
    rmdir(name);
}

static const struct {
    const char *name;
    void (*waits)(void);
    void (*ends)(void);
} all[] = {
    { "epoll", wait_epoll, write_byte }, { "pipe", wait_pipe, write_byte }, { "full pipe", wait_full_pipe, read_all },
    { "poll", wait_poll, write_byte }, { "select", wait_select, write_byte }, { "futex", wait_futex, wake_futex },
    { "signal", wait_signal, send_signal }, { "sigtimedwait", wait_blocked_signal, send_signal },
    { "handled in sigtimedwait", wait_other_signal, send_signal }, { "signalfd", wait_signalfd, send_signal },
    { "time", wait_time, nobody }, { "clock", wait_clock, nobody }, { "timer", wait_timer, nobody },
    { "timerfd", wait_timerfd, nobody }, { "eventfd", wait_eventfd, count_up }, { "flock", wait_flock, unlock },
    { "description lock", wait_description_lock, unlock_description }, { "record lock", wait_record_lock, nobody },
    { "child", wait_child, nobody }, { "unix stream", wait_unix_stream, send_byte }, { "tcp", wait_tcp, send_byte },
    { "tcp over 6", wait_tcp6, send_byte }, { "unix datagram", wait_unix_datagram, send_byte },
    { "udp", wait_udp, send_byte }, { "udp over 6", wait_udp6, send_byte }, { "unix accept", wait_unix_accept, connect_now },
    { "tcp accept", wait_tcp_accept, connect_now }, { "tcp accept over 6", wait_tcp6_accept, connect_now },
    { "packets", wait_pair, send_byte }, { "end of file", wait_pair, close_kept }, { "tcp end", wait_tcp, close_kept },
    { "unix connect", wait_connect, accept_now }, { "message", wait_message, send_message },
    { "semaphore", wait_semaphore, count_semaphore }, { "queue", wait_queue, send_queue },
    { "inotify", wait_inotify, make_folder },
};

static void (*end)(void);

static void *ends_it(void *unused)
{
    await_sleep(first);
    end();
    return unused;
}

static void *calls(void *told)
{
    char byte;
    read(ends[0], &byte, 1);
    for (;;)
        getppid();
    return told;
}

static void start(void *(*what)(void *))
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, what, NULL) != 0)
        abort();
}

/* The other thread, if there is one. */
static void begin(void)
{
    if (end != nobody)
        start(ends_it);
}

static void handler(int signo)
{
    (void)signo;
}

static void compute(void)
{
    for (long i = 0; i < 4000000; i++)
        computed++;
}

static int turns(void)
{
    start(calls);
    write(ends[1], "x", 1);
    getuid();
    compute();
    getgid();
    return 0;
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    first = getpid();
    pipe(ends);
    signal(SIGUSR1, handler);
    if (strcmp(what, "turns") == 0)
        return turns();
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (strcmp(what, all[i].name) != 0)
            continue;
        sigset_t own;
        sigemptyset(&own);
        sigaddset(&own, SIGUSR1);
        int taken = strcmp(what, "sigtimedwait") == 0 || strcmp(what, "signalfd") == 0;
        if (taken)
            sigprocmask(SIG_BLOCK, &own, NULL);
        end = all[i].ends;
        all[i].waits();
    }
    puts("woken");
    return 0;
}
