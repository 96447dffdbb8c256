/* Files of /proc that a program writes to. */
#include "guest.h"

static void show(const char *path)
{
    char text[64] = "";
    int fd = open(path, O_RDONLY);
    CALL(read(fd, text, sizeof text - 1));
    close(fd);
    printf("%s: %s", path, text);
}

static void put(const char *path, const char *text, int flags)
{
    int fd = open(path, flags, 0666);
    printf("\"%s\" ", text);
    CALL(write(fd, text, strlen(text)));
    close(fd);
}

int main(void)
{
    const char *score = "/proc/self/oom_score_adj", *comm = "/proc/self/comm";
    section("oom_score_adj");
    put(score, "500", O_WRONLY | O_CREAT | O_TRUNC); /* as fopen(3) with "w" does */
    show(score);
    put(score, " 600\n", O_WRONLY);
    put(score, "0x10", O_WRONLY);
    show(score);
    put(score, "1001", O_WRONLY);
    put(score, "-1001", O_WRONLY);
    put(score, "many", O_WRONLY);
    put(score, "1 2", O_WRONLY);
    put(score, "17", O_RDWR);
    show(score);
    put(score, "0", O_WRONLY);
    section("comm");
    put(comm, "a name of more than fifteen letters", O_WRONLY);
    show(comm);
    put(comm, "short\n", O_WRONLY);
    show(comm);
    put("/proc/thread-self/comm", "of the thread", O_RDWR);
    show(comm);
    section("not for writing");
    put("/proc/meminfo", "1", O_WRONLY);
    put("/proc/self/limits", "1", O_WRONLY);
    put("/proc/self/no-such", "1", O_WRONLY | O_CREAT);
    return 0;
}
