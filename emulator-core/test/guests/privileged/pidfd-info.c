/* What a descriptor of a process tells of it (PIDFD_GET_INFO), and of its end. */
#include "../guest.h"
#include <sys/ioctl.h>
#include <sys/wait.h>

struct info {
    uint64_t mask, group;
    uint32_t pid, tgid, ppid, ids[8];
    int32_t exit_code;
};
#define GET_INFO _IOWR(0xff, 11, struct info)
#define PID 1
#define CREDS 2
#define EXIT 8

int main(void)
{
    struct info info = { 0 };
    int gate[2];
    pipe(gate);
    pid_t child = fork();
    if (child == 0) {
        char c;
        close(gate[1]);
        read(gate[0], &c, 1);
        _exit(7);
    }
    int fd = syscall(SYS_pidfd_open, child, 0);
    CALL(ioctl(fd, GET_INFO, NULL));
    CALL(ioctl(fd, _IOWR(0xff, 11, char[16]), &info));
    CALL(ioctl(fd, GET_INFO, NOWHERE));
    CALL(ioctl(fd, GET_INFO, &info));
    printf("%d, %d %d %d, %u\n", (int)info.mask & (PID | CREDS | EXIT), info.pid == (uint32_t)child, info.tgid == (uint32_t)child,
           info.ppid == (uint32_t)getpid(), info.ids[0]);
    info.mask = EXIT;
    CALL(ioctl(fd, GET_INFO, &info));
    printf("%d\n", (int)info.mask & (PID | CREDS | EXIT));
    close(gate[1]);
    int status;
    waitpid(child, &status, 0);
    info.mask = 0;
    CALL(ioctl(fd, GET_INFO, &info));
    info.mask = EXIT;
    CALL(ioctl(fd, GET_INFO, &info));
    printf("%d, %d\n", (int)info.mask & (PID | CREDS | EXIT), info.exit_code == status);
    return 0;
}
