/* What runs into a limit: the size of files, that of messages, and a core file. */
#include "guest.h"
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/resource.h>
#include <sys/wait.h>

static void limit_files(rlim_t most)
{
    struct rlimit limit;
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = most;
    setrlimit(RLIMIT_FSIZE, &limit);
}

/* The output may be a file, too: what it says is written when there is no limit. */
#define LIMITED(call) do { limit_files(100); long result = (call); int error = errno; limit_files(RLIM_INFINITY); \
    errno = error; report(#call, result); } while (0)

static void file_size(void)
{
    static char data[150];
    section("the size of a file");
    int file = open("file", O_CREAT | O_RDWR, 0600);
    signal(SIGXFSZ, SIG_IGN);
    LIMITED(write(file, data, sizeof data));
    LIMITED(pwrite(file, data, 10, 95));
    LIMITED(pwrite(file, data, 1, 100));
    LIMITED(ftruncate(file, 100));
    LIMITED(ftruncate(file, 200));
    CALL(lseek(file, 0, SEEK_END));
    close(file);
    unlink("file");
}

static void message_size(void)
{
    static struct { long type; char text[200]; } message = { .type = 1 };
    struct msqid_ds state;
    section("the size of a queue");
    int queue = msgget(IPC_PRIVATE, 0600);
    msgctl(queue, IPC_STAT, &state);
    state.msg_qbytes = 100;
    CALL(msgctl(queue, IPC_SET, &state));
    CALL(msgsnd(queue, &message, 100, IPC_NOWAIT));
    CALL(msgsnd(queue, &message, 1, IPC_NOWAIT));
    CALL(msgsnd(queue, &message, 101, IPC_NOWAIT));
    CALL(msgctl(queue, IPC_RMID, NULL));
}

static void core_file(void)
{
    struct rlimit limit = { 1 << 20, 1 << 20 };
    int status;
    section("a core file");
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        setrlimit(RLIMIT_CORE, &limit);
        abort();
    }
    waitpid(child, &status, 0);
    printf("ended by %d\n", WTERMSIG(status));
    unlink("core");
}

int main(void)
{
    core_file();
    message_size();
    file_size();
    return 0;
}
