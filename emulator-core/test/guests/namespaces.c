/* The namespaces that a process is in, seen by itself. */
#include "guest.h"
#include <sched.h>
#include <sys/ioctl.h>

#define NS_GET_USERNS 0xb701
#define NS_GET_PARENT 0xb702
#define NS_GET_NSTYPE 0xb703
#define NS_GET_OWNER_UID 0xb704

int main(void)
{
    static const char *const names[] = { "cgroup", "ipc", "mnt", "net", "pid", "pid_for_children", "time", "user", "uts" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[64], link[64] = "";
        struct stat st;
        unsigned uid = 7;
        section(names[i]);
        snprintf(path, sizeof path, "/proc/self/ns/%s", names[i]);
        CALL(readlink(path, link, sizeof link - 1) > 0);
        printf("%.*s\n", (int)strcspn(link, ":["), link);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        CALL(fstat(fd, &st));
        char expected[64];
        snprintf(expected, sizeof expected, "%.*s:[%lu]", (int)strcspn(link, ":"), link, (unsigned long)st.st_ino);
        printf("%d, mode %o\n", strcmp(link, expected) == 0, st.st_mode);
        printf("%x\n", ioctl(fd, NS_GET_NSTYPE));
        CALL(close(ioctl(fd, NS_GET_USERNS)));
        CALL(ioctl(fd, NS_GET_PARENT));
        CALL(ioctl(fd, NS_GET_OWNER_UID, &uid));
        CALL(ioctl(fd, 0xb7ff));
        CALL(read(fd, link, 1));
        CALL(setns(fd, CLONE_NEWUSER));
        close(fd);
    }
    CALL(open("/proc/self/ns/none", O_RDONLY));
    return 0;
}
