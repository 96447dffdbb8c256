/* System V message queues: types, sizes, limits, who waits. */
#include "guest.h"
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/wait.h>

/* musl has no name for it. */
#ifndef MSG_COPY
#define MSG_COPY 040000
#endif
#define KEY 0x494e5433

static struct {
    long type;
    char text[9000];
} message;

static int send(int id, long type, const char *text, int flags)
{
    message.type = type;
    strcpy(message.text, text);
    return msgsnd(id, &message, strlen(text), flags);
}

static void receive(const char *what, int id, size_t size, long type, int flags)
{
    memset(&message, 0, sizeof message);
    long got = msgrcv(id, &message, size, type, flags);
    if (got == -1)
        printf("%s = -1 %s\n", what, errno_name(errno));
    else
        printf("%s = %ld: %ld %.*s\n", what, got, message.type, (int)got, message.text);
    fflush(stdout);
}

#define RECEIVE(...) receive("msgrcv(" #__VA_ARGS__ ")", id, __VA_ARGS__)

static void about(int id)
{
    struct msqid_ds now;
    CALL(msgctl(id, IPC_STAT, &now));
    printf("mode %o, bytes %lu, messages %lu, most %lu, sent %d by %d, received %d by %d\n", now.msg_perm.mode, now.__msg_cbytes, now.msg_qnum,
           now.msg_qbytes, now.msg_stime != 0, now.msg_lspid == getpid(), now.msg_rtime != 0, now.msg_lrpid == getpid());
}

/* Two messages of that size fill the queue. */
static size_t half_of(int id)
{
    struct msqid_ds now;
    msgctl(id, IPC_STAT, &now);
    return now.msg_qbytes / 2;
}

static void making(void)
{
    section("msgget");
    int id = msgget(KEY, IPC_CREAT | IPC_EXCL | 0620);
    WORKS(id);
    CALL(msgget(KEY, 0) == id);
    CALL(msgget(KEY, IPC_CREAT | IPC_EXCL));
    CALL(msgget(KEY + 1, 0));
    about(id);
    struct msqid_ds now;
    msgctl(id, IPC_STAT, &now);
    now.msg_qbytes = 100;
    now.msg_perm.mode = 0600;
    CALL(msgctl(id, IPC_SET, &now));
    about(id);
    CALL(msgctl(id, 77, &now));
    CALL(msgctl(id, IPC_STAT, NOWHERE));
    CALL(msgctl(-1, IPC_STAT, &now));
    struct msginfo info;
    CALL(msgctl(0, IPC_INFO, (struct msqid_ds *)&info) >= 0);
    printf("%d %d %d %d %d %d %d %u\n", info.msgpool, info.msgmap, info.msgmax, info.msgmnb, info.msgmni, info.msgssz, info.msgtql, info.msgseg);
    CALL(msgctl(0, MSG_INFO, (struct msqid_ds *)&info) >= 0);
    printf("queues %d\n", info.msgpool >= 1);
    CALL(msgctl(id, IPC_RMID, NULL));
    CALL(msgctl(id, IPC_RMID, NULL));
}

static void messages(void)
{
    section("messages");
    int id = msgget(IPC_PRIVATE, 0600);
    RECEIVE(100, 0, IPC_NOWAIT);
    CALL(send(id, 1, "one", 0));
    CALL(send(id, 3, "three", 0));
    CALL(send(id, 2, "two", 0));
    CALL(send(id, 2, "two again", 0));
    CALL(send(id, 0, "zero", 0));
    CALL(send(id, -5, "negative", 0));
    about(id);
    RECEIVE(100, 2, 0);
    RECEIVE(100, -2, 0);
    RECEIVE(100, 3, MSG_EXCEPT);
    RECEIVE(3, 0, 0);
    RECEIVE(3, 0, MSG_NOERROR);
    RECEIVE(100, 0, IPC_NOWAIT);
    CALL(send(id, 9, "", 0));
    RECEIVE(0, 0, 0);
    for (long type = 5; type > 2; type--)
        send(id, type, "lowest first", 0);
    RECEIVE(100, -4, 0);
    RECEIVE(100, -2, IPC_NOWAIT);
    RECEIVE(100, 77, IPC_NOWAIT);
    RECEIVE(100, 0, 0);
    RECEIVE(100, 5, MSG_EXCEPT | IPC_NOWAIT);
    CALL(msgsnd(id, NOWHERE, 4, 0));
    CALL(msgsnd(id, &message, -1L, 0));
    CALL(msgsnd(id, &message, 8193, 0));
    CALL(msgsnd(-1, &message, 4, 0));
    CALL(msgrcv(id, &message, -1L, 0, 0));
    message.type = 1;
    size_t half = half_of(id);
    CALL(msgsnd(id, &message, half, 0));
    CALL(msgsnd(id, &message, half, IPC_NOWAIT));
    CALL(msgsnd(id, &message, 1, IPC_NOWAIT));
    CALL(msgctl(id, IPC_RMID, NULL));
}

static void copies(void)
{
    section("MSG_COPY");
    int id = msgget(IPC_PRIVATE, 0600);
    send(id, 4, "first", 0);
    send(id, 5, "second", 0);
    RECEIVE(100, 0, MSG_COPY);
    RECEIVE(100, 0, MSG_COPY | MSG_EXCEPT | IPC_NOWAIT);
    RECEIVE(100, 1, MSG_COPY | IPC_NOWAIT);
    RECEIVE(100, 1, MSG_COPY | IPC_NOWAIT);
    RECEIVE(100, 2, MSG_COPY | IPC_NOWAIT);
    about(id);
    CALL(msgctl(id, IPC_RMID, NULL));
}

static void nothing(int number) { (void)number; }

static void waiting(void)
{
    section("who waits");
    int id = msgget(IPC_PRIVATE, 0600), ends[2];
    pipe(ends);
    for (long type = 1; type <= 3; type++)
        if (fork() == 0) {
            receive("a child", id, 100, type, 0);
            write(ends[1], "x", 1);
            _exit(0);
        }
    for (long type = 3; type >= 1; type--) {
        char said;
        send(id, type, "for one of them", 0);
        read(ends[0], &said, 1);
    }
    while (wait(NULL) > 0)
        ;

    message.type = 7;
    size_t half = half_of(id);
    CALL(msgsnd(id, &message, half, 0));
    CALL(msgsnd(id, &message, half, 0));
    pid_t child = fork();
    if (child == 0) {
        CALL(send(id, 8, "when there is room", 0));
        _exit(0);
    }
    await_sleep(child);
    msgrcv(id, &message, half, 7, 0);
    waitpid(child, NULL, 0);
    CALL(msgrcv(id, &message, half, 7, 0));
    RECEIVE(100, 0, 0);

    struct sigaction action = { .sa_handler = nothing, .sa_flags = SA_RESTART };
    sigaction(SIGALRM, &action, NULL);
    alarm(1);
    RECEIVE(100, 0, 0);
    child = fork();
    if (child == 0) {
        RECEIVE(100, 0, 0);
        _exit(0);
    }
    await_sleep(child);
    msgctl(id, IPC_RMID, NULL);
    waitpid(child, NULL, 0);
}

static void rights(void)
{
    section("rights");
    int id = msgget(KEY, IPC_CREAT | 0602);
    pid_t child = fork();
    if (child == 0) {
        struct msqid_ds now;
        setgid(4242);
        setuid(4242);
        CALL(msgget(KEY, 0600));
        CALL(send(id, 1, "may be written", 0));
        RECEIVE(100, 0, 0);
        CALL(msgctl(id, IPC_STAT, &now));
        CALL(msgctl(id, IPC_RMID, NULL));
        _exit(0);
    }
    waitpid(child, NULL, 0);
    RECEIVE(100, 0, 0);
    CALL(msgctl(id, IPC_RMID, NULL));
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    making();
    messages();
    copies();
    waiting();
    rights();
    return 0;
}
