/* Clocks and sleeping: which clocks there are, that they move, and that sleeps last. */
#include "guest.h"
#include <sys/time.h>
#include <sys/times.h>

static void clock_line(const char *name, clockid_t id)
{
    struct timespec first, second, grain;
    int result = clock_gettime(id, &first);
    if (result == -1) {
        printf("%s: %s\n", name, errno_name(errno));
        return;
    }
    clock_gettime(id, &second);
    clock_getres(id, &grain);
    int forward = second.tv_sec > first.tv_sec || (second.tv_sec == first.tv_sec && second.tv_nsec >= first.tv_nsec);
    printf("%s: forward %d, in range %d, grain below a second %d\n", name, forward, first.tv_nsec >= 0 && first.tv_nsec < 1000000000,
           grain.tv_sec == 0 && grain.tv_nsec > 0);
}

int main(void)
{
    section("clocks");
    clock_line("realtime", CLOCK_REALTIME);
    clock_line("monotonic", CLOCK_MONOTONIC);
    clock_line("process", CLOCK_PROCESS_CPUTIME_ID);
    clock_line("thread", CLOCK_THREAD_CPUTIME_ID);
    clock_line("raw", CLOCK_MONOTONIC_RAW);
    clock_line("coarse", CLOCK_MONOTONIC_COARSE);
    clock_line("boot", CLOCK_BOOTTIME);
    clock_line("none", 1234);
    struct timespec wrong = { 0, 1000000000 }, negative = { -1, 0 }, now, left;
    struct timeval day;
    CALL(gettimeofday(&day, NULL));
    clock_gettime(CLOCK_REALTIME, &now);
    printf("they agree %d\n", labs((long)now.tv_sec - (long)day.tv_sec) <= 1 && labs((long)time(NULL) - (long)now.tv_sec) <= 1);
    printf("after 2020 %d\n", now.tv_sec > 1577836800);
    CALL(times(NULL) != -1);
    section("sleeping");
    long began = milliseconds_now();
    CALL(nanosleep(&(struct timespec){ 0, 25000000 }, NULL));
    printf("25 ms passed %d\n", milliseconds_now() - began >= 24);
    CALL(nanosleep(&wrong, NULL));
    CALL(nanosleep(&negative, NULL));
    CALL(nanosleep(&(struct timespec){ 0, 0 }, NULL));
    CALL(clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){ 0, 10000000 }, &left));
    clock_gettime(CLOCK_MONOTONIC, &now);
    now.tv_nsec += 20000000;
    if (now.tv_nsec >= 1000000000) {
        now.tv_nsec -= 1000000000;
        now.tv_sec++;
    }
    began = milliseconds_now();
    CALL(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &now, NULL));
    printf("20 ms passed %d\n", milliseconds_now() - began >= 18);
    CALL(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &now, NULL));
    CALL(clock_nanosleep(1234, 0, &now, NULL));
    return 0;
}
