/* What the random guests share: choices that follow from a seed alone, and calls that are printed with what came of them. */
#ifndef RANDOM_GUEST_H
#define RANDOM_GUEST_H
#include "../guest.h"
#include <stdarg.h>

static uint64_t state;

static inline void seed(const char *text)
{
    state = strtoull(text, NULL, 0) * 0x9e3779b97f4a7c15 + 0x1234567;
}

/* Below `most`. */
static inline unsigned choose(unsigned most)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)(state >> 33) % most;
}

/* One of the numbers given. */
#define ONE_OF(...) one_of(sizeof (unsigned[]){ __VA_ARGS__ } / sizeof(unsigned), (unsigned[]){ __VA_ARGS__ })
static inline unsigned one_of(size_t count, const unsigned *numbers)
{
    return numbers[choose((unsigned)count)];
}

/* Prints what is called; with() prints what came of it. */
static inline void calls(const char *format, ...)
{
    va_list words;
    va_start(words, format);
    vprintf(format, words);
    va_end(words);
}

static inline long with(long result)
{
    if (result == -1)
        printf(" = %s\n", errno_name(errno));
    else
        printf(" = %ld\n", result);
    return result;
}

#endif
