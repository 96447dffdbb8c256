/* The flags of clock_nanosleep, one by one, and what gettimeofday says of the time zone. */
#include "guest.h"
#include <sys/wait.h>

static void on_signal(int number) { (void)number; }

/* Sleeps until its child sends a signal, or not at all: an hour after 1970 is long ago. */
static void flags(void)
{
    static const int all[] = { 0, 2, 4, TIMER_ABSTIME, TIMER_ABSTIME | 2 };
    struct sigaction action = { .sa_handler = on_signal };
    sigaction(SIGUSR1, &action, NULL);
    section("the flags of clock_nanosleep");
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        char label[16];
        pid_t parent = getpid(), child = fork();
        if (child == 0) {
            await_sleep(parent);
            kill(parent, SIGUSR1);
            _exit(0);
        }
        snprintf(label, sizeof label, "flags %d", all[i]);
        long result = syscall(SYS_clock_nanosleep, CLOCK_REALTIME, all[i], &(struct timespec){ 3600, 0 }, NULL);
        while (waitpid(child, NULL, 0) == -1)
            ;
        errno = EINTR;
        report(label, result);
    }
    section("the time zone");
    struct { int west, dst; } zone = { 1, 1 };
    CALL(syscall(SYS_gettimeofday, NULL, &zone));
    printf("west %d, daylight saving %d\n", zone.west, zone.dst);
}

int main(void)
{
    flags();
    return 0;
}
