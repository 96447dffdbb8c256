/* ioprio_set and ioprio_get: classes and levels for disks, which are kept. */
#include "guest.h"

#define BE(level) (2 << 13 | (level))

static long set(int which, int who, int priority)
{
    return syscall(SYS_ioprio_set, which, who, priority);
}

static long get(int which, int who)
{
    return syscall(SYS_ioprio_get, which, who);
}

int main(void)
{
    section("one's own");
    CALL(get(1, 0));
    CALL(set(1, 0, BE(7)));
    CALL(get(1, 0));
    CALL(set(1, 0, 3 << 13 | 3));
    CALL(get(1, 0));
    CALL(set(1, 0, 3));
    CALL(set(1, 0, 4 << 13));
    CALL(set(1, 0, BE(8 << 3 | 2)));
    CALL(get(1, 0));
    CALL(set(1, 0, 0));
    CALL(get(1, 0));
    section("whose");
    CALL(set(0, 0, 0));
    CALL(set(4, 0, 0));
    CALL(get(4, 0));
    CALL(set(1, 9999999, BE(0)));
    CALL(get(1, 9999999));
    return 0;
}
