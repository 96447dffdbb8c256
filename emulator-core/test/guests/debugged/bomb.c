/* For the debugger: 200 processes at a time, for ever. Each is a moment in its program, or forks once itself, and ends. */
#define _GNU_SOURCE
#include <sys/wait.h>
#include <unistd.h>

enum { AT_ONCE = 200 };

static void child(int number)
{
    volatile unsigned long turns = 0;
    if (number % 4 == 0 && fork() == 0)
        _exit(0);
    for (int i = 0; i < 20000 + number % 7 * 20000; i++)
        turns++;
    _exit(0);
}

int main(void)
{
    int running = 0;
    for (int number = 0;; number++) {
        pid_t pid = fork();
        if (pid == 0)
            child(number);
        if (pid > 0)
            running++;
        if (running == AT_ONCE) {
            wait(NULL);
            running--;
        }
    }
}
