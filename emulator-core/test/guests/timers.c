/* Timers that send signals: POSIX timers, and those that count processor time. */
#include "guest.h"
#include <sys/time.h>
#include <sys/wait.h>

static volatile sig_atomic_t count, value, code, overruns;

static void on_timer(int number, siginfo_t *info, void *context)
{
    (void)number, (void)context;
    count++;
    value = info->si_value.sival_int;
    code = info->si_code;
    overruns = info->si_overrun;
}

static struct itimerspec spec(long first, long every)
{
    return (struct itimerspec){ { every / 1000, every % 1000 * 1000000 }, { first / 1000, first % 1000 * 1000000 } };
}

static void arm(timer_t timer, long first, long every)
{
    struct itimerspec setting = spec(first, every);
    CALL(timer_settime(timer, 0, &setting, NULL));
}

static void wait_for(int wanted)
{
    while (count < wanted)
        nap(1);
}

static void handle(int number)
{
    struct sigaction action = { .sa_sigaction = on_timer, .sa_flags = SA_SIGINFO };
    sigaction(number, &action, NULL);
}

static void by_signal(void)
{
    section("a signal");
    timer_t timer, other;
    struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1, .sigev_value = { .sival_int = 77 } };
    struct itimerspec setting, old;
    handle(SIGUSR1);
    CALL(timer_create(CLOCK_MONOTONIC, &event, &timer));
    CALL(timer_gettime(timer, &old));
    printf("disarmed %d\n", old.it_value.tv_sec == 0 && old.it_value.tv_nsec == 0);
    arm(timer, 10, 0);
    wait_for(1);
    printf("value %d, SI_TIMER %d, overruns %d\n", (int)value, code == SI_TIMER, (int)overruns);
    CALL(timer_gettime(timer, &old));
    printf("disarmed %d\n", old.it_value.tv_sec == 0 && old.it_value.tv_nsec == 0);
    CALL(timer_getoverrun(timer));
    arm(timer, 5, 5);
    count = 0;
    wait_for(3);
    CALL(timer_gettime(timer, &old));
    printf("every %ld ms, armed %d\n", (long)old.it_interval.tv_nsec / 1000000, old.it_value.tv_nsec > 0);
    setting = spec(0, 0);
    CALL(timer_settime(timer, 0, &setting, &old));
    printf("it was every %ld ms\n", (long)old.it_interval.tv_nsec / 1000000);

    section("overruns");
    sigset_t set, before;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, &before);
    count = 0;
    arm(timer, 2, 2);
    nap(50);
    sigprocmask(SIG_SETMASK, &before, NULL);
    printf("once %d, overruns %d, as told %d\n", (int)count, overruns >= 10, timer_getoverrun(timer) == overruns);
    arm(timer, 0, 0);

    section("an instant");
    clock_gettime(CLOCK_MONOTONIC, &setting.it_value);
    setting.it_value.tv_sec -= 5;
    count = 0;
    CALL(timer_settime(timer, TIMER_ABSTIME, &setting, NULL));
    wait_for(1);
    CALL(timer_create(CLOCK_REALTIME, NULL, &other));
    handle(SIGALRM);
    clock_gettime(CLOCK_REALTIME, &setting.it_value);
    setting.it_value.tv_nsec += 10000000;
    if (setting.it_value.tv_nsec >= 1000000000) {
        setting.it_value.tv_nsec -= 1000000000;
        setting.it_value.tv_sec++;
    }
    count = 0;
    CALL(timer_settime(other, TIMER_ABSTIME, &setting, NULL));
    wait_for(1);
    printf("SI_TIMER %d\n", code == SI_TIMER);

    section("not allowed");
    setting.it_value.tv_nsec = 1000000000;
    CALL(timer_settime(timer, 0, &setting, NULL));
    CALL(timer_settime(timer, 0, NULL, NULL));
    CALL(timer_delete(timer));
    CALL(timer_delete(other));
    event.sigev_signo = 0;
    CALL(timer_create(CLOCK_MONOTONIC, &event, &timer));
    event.sigev_signo = SIGUSR1;
    event.sigev_notify = 99;
    CALL(timer_create(CLOCK_MONOTONIC, &event, &timer));
    event.sigev_notify = SIGEV_SIGNAL;
    CALL(timer_create(1234, &event, &timer));
    event.sigev_notify = SIGEV_NONE;
    CALL(timer_create(CLOCK_MONOTONIC, &event, &timer));
    arm(timer, 5, 0);
    nap(10);
    CALL(timer_gettime(timer, &old));
    printf("it ran off %d\n", old.it_value.tv_sec == 0 && old.it_value.tv_nsec == 0);
    arm(timer, 100000, 0);
    CALL(timer_gettime(timer, &old));
    printf("it runs %d\n", old.it_value.tv_sec >= 90);
}

static long spin(void)
{
    volatile long work = 0;
    long began = milliseconds_now();
    while (count == 0 && milliseconds_now() - began < 20000)
        for (int i = 0; i < 10000; i++)
            work += i;
    return count;
}

static void by_processor_time(void)
{
    section("processor time");
    struct itimerval soon = { .it_value = { 0, 20000 } }, old, off = { { 0, 0 }, { 0, 0 } };
    handle(SIGVTALRM);
    handle(SIGPROF);
    count = 0;
    CALL(setitimer(ITIMER_VIRTUAL, &soon, NULL));
    nap(40);
    printf("not while asleep %d\n", (int)count);
    CALL(getitimer(ITIMER_VIRTUAL, &old));
    printf("something left %d\n", old.it_value.tv_usec > 0);
    CALL(spin());
    count = 0;
    CALL(setitimer(ITIMER_PROF, &soon, NULL));
    CALL(spin());
    CALL(getitimer(ITIMER_PROF, &old));
    printf("nothing left %d\n", old.it_value.tv_usec == 0);
    count = 0;
    timer_t timer;
    struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
    CALL(timer_create(CLOCK_PROCESS_CPUTIME_ID, &event, &timer));
    arm(timer, 20, 0);
    CALL(spin());
    CALL(clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &(struct timespec){ 0, 1 }, NULL));
    clock_t before = clock();
    nap(30);
    printf("asleep nothing is used %d\n", (clock() - before) * 1000 / CLOCKS_PER_SEC < 20);
    CALL(setitimer(ITIMER_PROF, &off, NULL));
}

static void inheritance(char *self)
{
    section("children and new programs");
    timer_t timer;
    struct itimerspec old;
    struct itimerval hour = { .it_value = { 3600, 0 } }, got;
    CALL(timer_create(CLOCK_MONOTONIC, NULL, &timer));
    setitimer(ITIMER_REAL, &hour, NULL);
    if (fork() == 0) {
        CALL(syscall(SYS_timer_gettime, 0, &old));
        getitimer(ITIMER_REAL, &got);
        printf("the child has an alarm %d\n", got.it_value.tv_sec > 0);
        exit(0);
    }
    wait(NULL);
    fflush(stdout);
    execl(self, self, "again", NULL);
}

int main(int argc, char **argv)
{
    struct itimerspec old;
    if (argc > 1) {
        printf("alarm kept %d\n", alarm(0) > 0);
        CALL(syscall(SYS_timer_gettime, 0, &old));
        return 0;
    }
    by_signal();
    by_processor_time();
    inheritance(argv[0]);
    return 1;
}
