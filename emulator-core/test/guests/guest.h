/*
 * What the guest programs share. A guest prints what it observes and nothing that differs from run to run (no address, no
 * process number, no time), so that its output on Linux itself can be compared with its output in the emulator.
 */
#ifndef GUEST_H
#define GUEST_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

static inline const char *errno_name(int number)
{
    static const struct { int number; const char *name; } names[] = {
#define NAME(e) { e, #e }
        NAME(EPERM), NAME(ENOENT), NAME(EINTR), NAME(EIO), NAME(ENXIO), NAME(E2BIG), NAME(ENOEXEC), NAME(EBADF), NAME(ECHILD),
        NAME(EAGAIN), NAME(ENOMEM), NAME(EACCES), NAME(EFAULT), NAME(EBUSY), NAME(EEXIST), NAME(EXDEV), NAME(ENODEV), NAME(ENOTDIR),
        NAME(EISDIR), NAME(EINVAL), NAME(ENFILE), NAME(EMFILE), NAME(ENOTTY), NAME(EFBIG), NAME(ENOSPC), NAME(ESPIPE), NAME(EROFS),
        NAME(EMLINK), NAME(EPIPE), NAME(ERANGE), NAME(ENAMETOOLONG), NAME(ENOSYS), NAME(ENOTEMPTY), NAME(ELOOP), NAME(ENODATA),
        NAME(EOVERFLOW), NAME(ENOTSOCK), NAME(EMSGSIZE), NAME(EPROTOTYPE), NAME(ENOPROTOOPT), NAME(EPROTONOSUPPORT),
        NAME(ESOCKTNOSUPPORT), NAME(EOPNOTSUPP), NAME(EAFNOSUPPORT), NAME(EISCONN), NAME(ENOTCONN), NAME(ETIMEDOUT), NAME(ECANCELED),
        NAME(ESRCH), NAME(EDESTADDRREQ), NAME(ECONNRESET), NAME(ECONNREFUSED), NAME(ETXTBSY), NAME(ENOLCK),
        NAME(ESTALE), NAME(EALREADY), NAME(EUCLEAN), NAME(EIDRM), NAME(ENOMSG), NAME(EBADMSG), NAME(EDEADLK),
        NAME(EADDRINUSE), NAME(EADDRNOTAVAIL), NAME(EINPROGRESS), NAME(ENETUNREACH), NAME(EDOM), NAME(ECONNABORTED),
#undef NAME
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].number == number)
            return names[i].name;
    return "an error without a name here";
}

/* Prints "call = result", or "call = -1 ENAME", and hands the result on. */
static inline long report(const char *call, long result)
{
    int error = errno;
    if (result == -1)
        printf("%s = -1 %s\n", call, errno_name(error));
    else
        printf("%s = %ld\n", call, result);
    fflush(stdout);
    return result;
}

/* The same for calls whose result is a number that may differ: only that they worked. */
static inline long report_ok(const char *call, long result)
{
    int error = errno;
    if (result == -1)
        printf("%s = -1 %s\n", call, errno_name(error));
    else
        printf("%s ok\n", call);
    fflush(stdout);
    return result;
}

/* Makes a call and prints it as it is written in the source. */
#define CALL(call) report(#call, (long)(call))
#define WORKS(call) report_ok(#call, (long)(call))

static inline void section(const char *title)
{
    printf("-- %s\n", title);
    fflush(stdout);
}

/* An address at which nothing is ever mapped. */
#define NOWHERE ((void *)0x10)

static inline void nap(long milliseconds)
{
    struct timespec left = { milliseconds / 1000, milliseconds % 1000 * 1000000 };
    while (nanosleep(&left, &left) == -1 && errno == EINTR)
        ;
}

/* Waits until a process, or a thread of this one, sleeps: it has come to the wait that it was to reach. */
static inline void await_sleep(pid_t task)
{
    char path[32], state = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", task);
    while (state != 'S') {
        FILE *stat = fopen(path, "r");
        if (stat == NULL)
            return;
        if (fscanf(stat, "%*d (%*[^)]) %c", &state) != 1 || state == 'Z')
            state = 'S';
        fclose(stat);
        if (state != 'S')
            nap(1);
    }
}

static inline long milliseconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

#endif
