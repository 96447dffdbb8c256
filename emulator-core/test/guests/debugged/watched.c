/* For the debugger: memory that is written and read, by the program, by the kernel and by another thread. */
#include "../guest.h"
#include <pthread.h>

struct {
    int before, number, behind;
    char text[8];
} data;
volatile int sink;

__attribute__((noinline)) static void begin(void)
{
    getppid();
}

__attribute__((noinline)) static void neighbours(void)
{
    data.before++;
    data.behind++;
    sink = data.before;
}

__attribute__((noinline)) static void writes(int n)
{
    data.number = n;
}

__attribute__((noinline)) static void reads(void)
{
    sink = data.number;
}

static void *other(void *unused)
{
    writes(3);
    return unused;
}

int main(void)
{
    int ends[2];
    pthread_t thread;
    pipe(ends);
    write(ends[1], "kernel", 7);
    begin();
    neighbours();
    writes(1);
    writes(2);
    writes(2);
    reads();
    read(ends[0], data.text, sizeof data.text);
    pthread_create(&thread, NULL, other, NULL);
    pthread_join(thread, NULL);
    return 0;
}
