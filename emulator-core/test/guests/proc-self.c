/* The little of /proc that programs lean on. */
#include "guest.h"
#include <dirent.h>
#include <limits.h>

static void print_lines_with(const char *path, const char *const *wanted)
{
    char line[512];
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        printf("%s: %s\n", path, errno_name(errno));
        return;
    }
    while (fgets(line, sizeof line, file) != NULL)
        for (int i = 0; wanted[i] != NULL; i++)
            if (strstr(line, wanted[i]) != NULL)
                printf("%s has %s\n", path, wanted[i]);
    fclose(file);
}

int main(int argc, char **argv)
{
    (void)argc;
    char path[PATH_MAX] = "", real[PATH_MAX];
    section("exe");
    CALL(readlink("/proc/self/exe", path, sizeof path - 1) > 0);
    printf("it is us %d\n", realpath(argv[0], real) != NULL && strcmp(path, real) == 0);
    section("fd");
    syscall(SYS_close_range, 3, ~0u, 0); /* what the test's parent may have left open */
    int fd = open("f", O_CREAT | O_RDWR, 0600);
    char link[64], target[PATH_MAX] = "", cwd[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    CALL(readlink(link, target, sizeof target - 1) > 0);
    getcwd(cwd, sizeof cwd);
    printf("%s\n", strncmp(target, cwd, strlen(cwd)) == 0 ? target + strlen(cwd) : target);
    CALL(close(open(link, O_RDONLY)));
    unlink("f");
    DIR *dir = opendir("/proc/self/fd");
    int entries = 0;
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
        entries += entry->d_name[0] != '.';
    closedir(dir);
    printf("%d open\n", entries);
    CALL(readlink("/proc/self/fd/99", target, sizeof target));
    section("text");
    char text[4096];
    fd = open("/proc/self/cmdline", O_RDONLY);
    long length = read(fd, text, sizeof text);
    close(fd);
    printf("our name %d, ends with zero %d\n", length > 0 && strcmp(text, argv[0]) == 0, text[length - 1] == 0);
    print_lines_with("/proc/self/status", (const char *const[]){ "Name:\tproc-self", "State:\tR", "Threads:\t1", NULL });
    print_lines_with("/proc/self/maps", (const char *const[]){ "[stack]", "[heap]", NULL });
    print_lines_with("/proc/meminfo", (const char *const[]){ "MemTotal:", "MemFree:", NULL });
    CALL(close(open("/proc/cpuinfo", O_RDONLY)));
    CALL(open("/proc/none", O_RDONLY));
    return 0;
}
