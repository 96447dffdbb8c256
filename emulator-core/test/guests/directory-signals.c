/* fcntl F_NOTIFY: signals about what happens in a directory. */
#include "guest.h"

#define TEST_SIGNAL (SIGRTMIN + 1)

static int told[32], first, second;

static void handler(int signo, siginfo_t *info, void *context)
{
    (void)signo, (void)context;
    if (info->si_fd < 32)
        told[info->si_fd]++;
}

static void shown(const char *what)
{
    printf("%s: %d %d\n", what, told[first], told[second]);
    fflush(stdout);
    told[first] = told[second] = 0;
}

static void make(const char *name)
{
    close(open(name, O_CREAT | O_WRONLY, 0600));
}

int main(void)
{
    struct sigaction action = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_RESTART };

    sigaction(TEST_SIGNAL, &action, NULL);
    mkdir("one", 0700);
    mkdir("two", 0700);
    make("one/file");
    first = open("one", O_RDONLY);
    second = open("two", O_RDONLY);
    section("refused");
    CALL(fcntl(open("one/file", O_RDONLY), F_NOTIFY, DN_ATTRIB));
    CALL(fcntl(0, F_NOTIFY, DN_ATTRIB));
    section("once");
    CALL(fcntl(first, F_SETSIG, TEST_SIGNAL));
    CALL(fcntl(second, F_SETSIG, TEST_SIGNAL));
    CALL(fcntl(first, F_NOTIFY, DN_CREATE));
    make("one/a");
    make("one/b");
    shown("two files");
    section("again and again");
    CALL(fcntl(first, F_NOTIFY, DN_CREATE | DN_DELETE | DN_MULTISHOT));
    CALL(fcntl(first, F_NOTIFY, DN_RENAME | DN_ATTRIB | DN_MULTISHOT));
    CALL(fcntl(second, F_NOTIFY, DN_CREATE | DN_RENAME | DN_MODIFY | DN_ACCESS | DN_MULTISHOT));
    unlink("one/a");
    shown("unlink");
    mkdir("two/folder", 0700);
    shown("mkdir");
    rename("one/b", "two/b");
    shown("moved over");
    rename("two/b", "two/c");
    shown("renamed");
    chmod("one", 0755);
    shown("the directory's mode");
    chmod("one/file", 0640);
    shown("a file's mode");
    int fd = open("two/c", O_RDWR);
    shown("open");
    write(fd, "x", 1);
    shown("write");
    lseek(fd, 0, SEEK_SET);
    read(fd, told, 0);
    char byte;
    read(fd, &byte, 1);
    shown("read");
    ftruncate(fd, 0);
    shown("truncate");
    section("no more");
    CALL(fcntl(first, F_NOTIFY, 0));
    make("one/d");
    shown("create");
    CALL(close(second));
    make("two/d");
    shown("closed");
    return 0;
}
