/* A directory is listed while names come and go: each that was there all the time is seen once. */
#include "guest.h"
#include <dirent.h>

static void make(const char *path) { close(open(path, O_CREAT | O_WRONLY, 0644)); }

int main(void)
{
    close(open("f", O_CREAT | O_WRONLY, 0644));
    section("a listing that goes on while names come and go");
    mkdir("many", 0755);
    char name[32];
    for (int i = 0; i < 300; i++)
        snprintf(name, sizeof name, "many/%03d", i), make(name);
    DIR *d = opendir("many");
    int seen[300] = { 0 }, other = 0, count = 0;
    for (struct dirent *e; (e = readdir(d));) {
        if (e->d_name[0] == '.' || e->d_name[0] == 'n') {
            other++;
            continue;
        }
        int n = atoi(e->d_name);
        seen[n]++;
        if (++count % 3 == 0) {
            snprintf(name, sizeof name, "many/%03d", n), unlink(name);
            snprintf(name, sizeof name, "many/new%d", n), make(name);
        }
    }
    int wrong = 0;
    for (int i = 0; i < 300; i++)
        wrong += seen[i] != 1;
    printf("%d names seen not just once\n", wrong);
    rewinddir(d);
    count = 0;
    long third = 0;
    char at_third[256] = "";
    for (struct dirent *e; (e = readdir(d)); count++) {
        if (count == 2)
            third = telldir(d);
        if (count == 3)
            strcpy(at_third, e->d_name);
    }
    printf("%d names\n", count);
    seekdir(d, third);
    printf("the same after seekdir: %d\n", strcmp(readdir(d)->d_name, at_third) == 0);
    closedir(d);
    int fd = open("many", O_RDONLY);
    char small[20];
    CALL(syscall(SYS_getdents64, fd, small, sizeof small));
    CALL(syscall(SYS_getdents64, fd, NOWHERE, 4096));
    CALL(syscall(SYS_getdents64, 77, small, sizeof small));
    CALL(syscall(SYS_getdents, fd, small, sizeof small));
    CALL(lseek(fd, 0, SEEK_SET));
    close(fd);
    fd = open("f", O_RDONLY);
    CALL(syscall(SYS_getdents64, fd, small, sizeof small));
    close(fd);
    fd = open("many", O_RDONLY);
    system("rm -rf many");
    char entries[1024];
    CALL(syscall(SYS_getdents64, fd, entries, sizeof entries));
    close(fd);
    return 0;
}
