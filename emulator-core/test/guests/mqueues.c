/* POSIX message queues: priorities, limits, who waits, who is told. */
#include "guest.h"
#include <mqueue.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>

/* Straight to the kernel where the C library looks at arguments itself. */
#define RAW(name, ...) report(#name "(" #__VA_ARGS__ ")", syscall(SYS_##name, __VA_ARGS__))

static struct mq_attr small = { .mq_maxmsg = 3, .mq_msgsize = 16 };

static mqd_t make(const char *name, int flags)
{
    mq_unlink(name);
    mqd_t queue = mq_open(name, O_CREAT | O_EXCL | O_RDWR | flags, 0600, &small);
    if (queue == -1)
        printf("no queue: %s\n", errno_name(errno));
    return queue;
}

static void receive(mqd_t queue, const char *what)
{
    char text[100] = "";
    unsigned priority = 0;
    long length = mq_receive(queue, text, sizeof text, &priority);
    if (length == -1)
        printf("%s: %s\n", what, errno_name(errno));
    else
        printf("%s: %.*s, priority %u\n", what, (int)length, text, priority);
}

static void opening(void)
{
    section("mq_open");
    mqd_t queue = make("/interlinear", 0);
    WORKS(queue);
    CALL(fcntl(queue, F_GETFD));
    CALL(mq_open("/interlinear", O_CREAT | O_EXCL | O_RDWR, 0600, NULL));
    CALL(mq_open("/interlinear-none", O_RDWR));
    RAW(mq_open, "a/b", O_RDWR, 0, 0L);
    RAW(mq_open, "", O_RDWR, 0, 0L);
    RAW(mq_open, "..", O_RDWR, 0, 0L);
    RAW(mq_open, NOWHERE, O_RDWR, 0, 0L);
    RAW(mq_open, "interlinear", 3, 0, 0L);
    RAW(mq_open, "interlinear", O_RDWR, 0, NOWHERE);
    RAW(mq_open, "interlinear-bad", O_CREAT | O_RDWR, 0600, NOWHERE);
    struct mq_attr bad = { .mq_maxmsg = 0, .mq_msgsize = 10 };
    CALL(mq_open("/interlinear-bad", O_CREAT | O_RDWR, 0600, &bad));
    bad.mq_maxmsg = -1;
    CALL(mq_open("/interlinear-bad", O_CREAT | O_RDWR, 0600, &bad));
    char name[300] = "/";
    memset(name + 1, 'x', 280);
    CALL(mq_open(name, O_CREAT | O_RDWR, 0600, NULL));
    struct mq_attr now;
    CALL(mq_getattr(queue, &now));
    printf("flags %ld, at most %ld of %ld, now %ld\n", now.mq_flags, now.mq_maxmsg, now.mq_msgsize, now.mq_curmsgs);
    now.mq_flags = O_NONBLOCK;
    CALL(mq_setattr(queue, &now, NULL));
    CALL(mq_getattr(queue, &now));
    printf("flags %ld\n", now.mq_flags);
    CALL(fcntl(queue, F_GETFL) & O_NONBLOCK);
    now.mq_flags = O_APPEND;
    RAW(mq_getsetattr, queue, &now, 0L);
    RAW(mq_getsetattr, 0, &now, 0L);
    struct stat about;
    CALL(fstat(queue, &about));
    printf("mode %o, size %ld, links %ld\n", about.st_mode, (long)about.st_size, (long)about.st_nlink);
    CALL(mq_unlink("/interlinear"));
    CALL(mq_unlink("/interlinear"));
    CALL(mq_send(queue, "lives", 5, 0));
    receive(queue, "without a name");
    CALL(mq_close(queue));
    CALL(mq_send(queue, "", 0, 0));
    queue = mq_open("/interlinear", O_CREAT | O_RDWR, 0600, NULL);
    mq_getattr(queue, &now);
    WORKS(mq_unlink("/interlinear"));
    mq_close(queue);
}

static void messages(void)
{
    section("messages");
    mqd_t queue = make("/interlinear", O_NONBLOCK);
    receive(queue, "empty");
    CALL(mq_send(queue, "low", 3, 1));
    CALL(mq_send(queue, "high", 4, 9));
    CALL(mq_send(queue, "low again", 9, 1));
    CALL(mq_send(queue, "too many", 8, 1));
    receive(queue, "first");
    receive(queue, "second");
    CALL(mq_send(queue, "", 0, 32767));
    CALL(mq_send(queue, "", 0, 32768));
    CALL(mq_send(queue, "longer than that is", 17, 0));
    RAW(mq_timedsend, queue, NOWHERE, 4L, 0, 0L);
    RAW(mq_timedsend, queue, "x", 1L, 0, NOWHERE);
    receive(queue, "third");
    receive(queue, "fourth");
    char text[16];
    CALL(mq_receive(queue, text, 15, NULL));
    mqd_t reader = mq_open("/interlinear", O_RDONLY), writer = mq_open("/interlinear", O_WRONLY | O_NONBLOCK);
    CALL(mq_send(reader, "x", 1, 0));
    CALL(mq_receive(writer, text, 16, NULL));
    CALL(mq_send(writer, "through another", 15, 0));
    receive(reader, "reader");
    CALL(write(writer, "x", 1));
    struct timespec past = { 1, 0 }, wrong = { 1, 2000000000 };
    CALL(mq_timedreceive(reader, text, 16, NULL, &past));
    CALL(mq_timedreceive(reader, text, 16, NULL, &wrong));
    CALL(mq_timedreceive(queue, text, 16, NULL, &past));
    struct timespec soon;
    clock_gettime(CLOCK_REALTIME, &soon);
    soon.tv_nsec += 20000000;
    if (soon.tv_nsec >= 1000000000)
        soon.tv_sec++, soon.tv_nsec -= 1000000000;
    CALL(mq_timedreceive(reader, text, 16, NULL, &soon));
    mq_close(reader);
    mq_close(writer);
    mq_close(queue);
    mq_unlink("/interlinear");
}

static void polling(void)
{
    section("poll");
    mqd_t queue = make("/interlinear", 0);
    struct pollfd one = { queue, POLLIN | POLLOUT, 0 };
    CALL(poll(&one, 1, 0));
    printf("%x\n", one.revents);
    for (int i = 0; i < 3; i++)
        mq_send(queue, "x", 1, 0);
    CALL(poll(&one, 1, 0));
    printf("%x\n", one.revents);
    receive(queue, "one");
    CALL(poll(&one, 1, 0));
    printf("%x\n", one.revents);
    while (one.revents & POLLIN)
        receive(queue, "rest"), poll(&one, 1, 0);
    pid_t child = fork();
    if (child == 0) {
        nap(20);
        mq_send(queue, "from a child", 12, 5);
        _exit(0);
    }
    one.events = POLLIN;
    CALL(poll(&one, 1, 5000));
    receive(queue, "woken");
    waitpid(child, NULL, 0);
    mq_close(queue);
    mq_unlink("/interlinear");
}

static void waiting(void)
{
    section("who waits");
    mqd_t queue = make("/interlinear", 0);
    pid_t child = fork();
    if (child == 0) {
        receive(queue, "the child");
        for (int i = 0; i < 4; i++)
            mq_send(queue, "back", 4, i);
        _exit(0);
    }
    await_sleep(child);
    mq_send(queue, "to the child", 12, 7);
    /* Until the queue is full: it sleeps in its last mq_send. Before, it may still sleep in mq_receive. */
    struct mq_attr now;
    do {
        nap(1);
        mq_getattr(queue, &now);
    } while (now.mq_curmsgs < now.mq_maxmsg);
    await_sleep(child);
    for (int i = 0; i < 4; i++)
        receive(queue, "the parent");
    waitpid(child, NULL, 0);
    mq_close(queue);
    mq_unlink("/interlinear");
}

static volatile int told_code, told_value, told_mine;
static void told(int number, siginfo_t *info, void *context)
{
    (void)number, (void)context;
    told_code = info->si_code;
    told_value = info->si_value.sival_int;
    told_mine = info->si_pid == getpid();
}

static void notified(void)
{
    section("mq_notify");
    mqd_t queue = make("/interlinear", 0);
    struct sigaction action = { .sa_sigaction = told, .sa_flags = SA_SIGINFO };
    sigaction(SIGUSR1, &action, NULL);
    struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1, .sigev_value.sival_int = 77 };
    CALL(mq_notify(queue, &event));
    CALL(mq_notify(queue, &event));
    pid_t child = fork();
    if (child == 0) {
        CALL(mq_notify(queue, &event));
        _exit(0);
    }
    waitpid(child, NULL, 0);
    mq_send(queue, "x", 1, 0);
    printf("code %d, value %d, by me %d\n", told_code, told_value, told_mine);
    told_code = 0;
    mq_send(queue, "x", 1, 0);
    printf("only once %d\n", told_code == 0);
    CALL(mq_notify(queue, &event));
    mq_send(queue, "x", 1, 0);
    printf("not of one more %d\n", told_code == 0);
    CALL(mq_notify(queue, NULL));
    for (int i = 0; i < 3; i++)
        receive(queue, "drained");
    event.sigev_notify = SIGEV_NONE;
    CALL(mq_notify(queue, &event));
    mq_send(queue, "x", 1, 0);
    CALL(mq_notify(queue, &event));
    event.sigev_notify = 77;
    RAW(mq_notify, queue, &event);
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = 99;
    RAW(mq_notify, queue, &event);
    RAW(mq_notify, queue, NOWHERE);
    RAW(mq_notify, 0, 0L);
    mq_close(queue);
    mq_unlink("/interlinear");
}

static int telling[2];

static void in_a_thread(union sigval value)
{
    char number = value.sival_int;
    write(telling[1], &number, 1);
}

/* The C library's way to run a function, and beneath it the kernel's: a cookie by a netlink socket, with what happened in its last byte. */
static void told_a_thread(void)
{
    char cookie[32] = "a cookie", got[40] = "";
    struct sigevent event = { .sigev_notify = SIGEV_THREAD, .sigev_notify_function = in_a_thread, .sigev_value.sival_int = 42 };

    section("mq_notify with a thread");
    if (pipe(telling) != 0)
        exit(1);
    mqd_t queue = make("/interlinear", 0);
    int is_told = CALL(mq_notify(queue, &event)) == 0;
    CALL(mq_notify(queue, &event));
    CALL(mq_send(queue, "x", 1, 0));
    if (is_told)
        CALL(read(telling[0], got, 1));
    printf("value %d\n", got[0]);
    receive(queue, "drained");

    int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0);
    struct sigevent raw = { .sigev_notify = SIGEV_THREAD, .sigev_signo = netlink, .sigev_value.sival_ptr = cookie };
    RAW(mq_notify, queue, &raw);
    RAW(mq_notify, queue, NULL);
    CALL(recv(netlink, got, sizeof got, 0));
    printf("%s, %d\n", got, got[31]);
    RAW(mq_notify, queue, &raw);
    mq_send(queue, "x", 1, 0);
    CALL(recv(netlink, got, sizeof got, 0));
    printf("%s, %d\n", got, got[31]);
    CALL(recv(netlink, got, sizeof got, MSG_DONTWAIT));
    RAW(mq_notify, queue, &raw);
    mq_close(queue);
    CALL(recv(netlink, got, sizeof got, MSG_DONTWAIT));
    printf("%s, %d\n", got, got[31]);
    queue = make("/interlinear", 0);
    raw.sigev_signo = telling[0];
    RAW(mq_notify, queue, &raw);
    raw.sigev_signo = socket(AF_UNIX, SOCK_STREAM, 0);
    RAW(mq_notify, queue, &raw);
    raw.sigev_signo = 999;
    RAW(mq_notify, queue, &raw);
    raw.sigev_signo = netlink;
    raw.sigev_value.sival_ptr = NOWHERE;
    RAW(mq_notify, queue, &raw);
    mq_close(queue);
    mq_unlink("/interlinear");
}

static void rights(void)
{
    section("rights");
    mqd_t queue = make("/interlinear", 0);
    pid_t child = fork();
    if (child == 0) {
        setgid(4242);
        setuid(4242);
        CALL(mq_open("/interlinear", O_RDONLY));
        RAW(mq_unlink, "interlinear");
        struct mq_attr big = { .mq_maxmsg = 11, .mq_msgsize = 10 };
        CALL(mq_open("/interlinear-big", O_CREAT | O_RDWR, 0600, &big));
        big.mq_maxmsg = 10;
        big.mq_msgsize = 8193;
        CALL(mq_open("/interlinear-big", O_CREAT | O_RDWR, 0600, &big));
        _exit(0);
    }
    waitpid(child, NULL, 0);
    mq_close(queue);
    mq_unlink("/interlinear");
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    opening();
    messages();
    polling();
    waiting();
    notified();
    told_a_thread();
    rights();
    return 0;
}
