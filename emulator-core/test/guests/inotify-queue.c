/* inotify's queue: whole records or none, what is merged, how many fit, who sleeps for them and what wakes him. */
#include "inotify.h"
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

static void records(void)
{
    section("whole records");
    int queue = inotify_init1(IN_NONBLOCK);
    char buffer[256];
    mkdir("d", 0700);
    inotify_add_watch(queue, "d", IN_CREATE);
    inotify_add_watch(queue, ".", IN_ATTRIB);
    touch("d/seven77");
    touch("d/a-name-of-sixteen");
    chmod(".", 0750);
    CALL(read(queue, buffer, 0));
    CALL(read(queue, buffer, 15));
    CALL(read(queue, buffer, 23));
    CALL(read(queue, buffer, 24 + 16));
    CALL(read(queue, NOWHERE, 256));
    CALL(read(queue, buffer, 34));
    CALL(read(queue, buffer, sizeof buffer));
    CALL(read(queue, buffer, sizeof buffer));
    close(queue);
    unlink("d/seven77");
    unlink("d/a-name-of-sixteen");
    rmdir("d");
}

static void merged(void)
{
    section("what repeats");
    int queue = inotify_init1(IN_NONBLOCK);
    touch("f");
    inotify_add_watch(queue, "f", IN_MODIFY | IN_ATTRIB);
    int fd = open("f", O_WRONLY);
    for (int i = 0; i < 3; i++)
        pwrite(fd, "x", 1, 0);
    chmod("f", 0600);
    pwrite(fd, "x", 1, 0);
    drain(queue, "written thrice, changed, written");
    close(fd);
    close(queue);
}

/* Reads everything; how many records, and what the last says. */
static void count(int queue)
{
    static char buffer[1 << 16];
    uint32_t last = 0;
    int32_t wd = 0;
    long records = 0, overflows = 0;
    ssize_t length;
    while ((length = read(queue, buffer, sizeof buffer)) > 0)
        for (char *at = buffer; at < buffer + length;) {
            struct inotify_event event;
            memcpy(&event, at, sizeof event);
            records++;
            overflows += event.mask == IN_Q_OVERFLOW;
            last = event.mask;
            wd = event.wd;
            at += sizeof event + event.len;
        }
    printf("%ld records, %ld of overflow, the last", records, overflows);
    print_mask(last);
    printf(" of wd %d\n", wd);
}

static void overflow(void)
{
    section("too many");
    int queue = inotify_init1(IN_NONBLOCK);
    mkdir("d", 0700);
    inotify_add_watch(queue, "f", IN_MODIFY | IN_ACCESS);
    int fd = open("f", O_RDWR);
    char byte;
    for (int i = 0; i < 8191; i++) {
        pwrite(fd, "x", 1, 0);
        pread(fd, &byte, 1, 0);
    }
    int d = inotify_add_watch(queue, "d", IN_CREATE | IN_MOVE | IN_DELETE);
    touch("d/fits");
    rename("d/fits", "d/fits-not");
    for (int i = 0; i < 10; i++) {
        pwrite(fd, "x", 1, 0);
        pread(fd, &byte, 1, 0);
    }
    touch("d/unseen");
    touch("d/unseen-too");
    touch("d/unseen-as-well");
    count(queue);
    DO(unlink("d/unseen-too"));
    DO(touch("d/after"));
    inotify_rm_watch(queue, d);
    close(queue);
    unlink("d/after");
    unlink("d/unseen");
    unlink("d/unseen-as-well");
    unlink("d/fits-not");
    rmdir("d");
    section("the limit");
    FILE *limit = fopen("/proc/sys/fs/inotify/max_queued_events", "r");
    printf("%s\n", limit == NULL ? errno_name(errno) : "there is one");
    if (limit != NULL)
        fclose(limit);
    close(fd);
}

static void on_alarm(int signal) { (void)signal; }

static int writes_on_alarm;
static void write_on_alarm(int signal)
{
    (void)signal;
    pwrite(writes_on_alarm, "x", 1, 0);
}

/* A signal for the parent once it sleeps. */
static pid_t signal_sleeper(void)
{
    pid_t parent = getpid(), child = fork();
    if (child == 0) {
        await_sleep(parent);
        kill(parent, SIGALRM);
        _exit(0);
    }
    return child;
}

static void interrupted(void)
{
    section("a signal while reading");
    int queue = inotify_init1(0);
    char buffer[256];
    inotify_add_watch(queue, "f", IN_MODIFY);
    struct sigaction action = { .sa_handler = on_alarm };
    sigaction(SIGALRM, &action, NULL);
    pid_t child = signal_sleeper();
    CALL(read(queue, buffer, sizeof buffer));
    waitpid(child, NULL, 0);
    action = (struct sigaction){ .sa_handler = write_on_alarm, .sa_flags = SA_RESTART };
    sigaction(SIGALRM, &action, NULL);
    writes_on_alarm = open("f", O_WRONLY);
    child = signal_sleeper();
    CALL(read(queue, buffer, sizeof buffer));
    waitpid(child, NULL, 0);
    close(writes_on_alarm);
    close(queue);
}

static int shared;
static pid_t sleepers[2];

static void *sleep_for_record(void *own)
{
    char buffer[32];
    *(pid_t *)own = gettid();
    return (void *)(intptr_t)read(shared, buffer, 16);
}

/* Two threads sleep for records; several come at once, and each takes one. */
static void readers(void)
{
    section("two who read");
    shared = inotify_init1(0);
    touch("f");
    inotify_add_watch(shared, "f", IN_ATTRIB | IN_DELETE_SELF);
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) {
        __atomic_store_n(&sleepers[i], 0, __ATOMIC_SEQ_CST);
        pthread_create(&threads[i], NULL, sleep_for_record, &sleepers[i]);
        while (__atomic_load_n(&sleepers[i], __ATOMIC_SEQ_CST) == 0)
            nap(1);
        await_sleep(sleepers[i]);
    }
    unlink("f");
    for (int i = 0; i < 2; i++) {
        void *got;
        pthread_join(threads[i], &got);
        printf("got %ld\n", (long)(intptr_t)got);
    }
    int left;
    ioctl(shared, FIONREAD, &left) == -1 ? puts("how much is left cannot be asked") : printf("%d left\n", left);
    close(shared);
}

int main(void)
{
    records();
    merged();
    overflow();
    interrupted();
    readers();
    return 0;
}
