/* Integers, memory and floating point: a sieve of Eratosthenes, a hash over it, and a sum. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define LIMIT 50000000

int main(void)
{
    unsigned char *composite = calloc(LIMIT, 1);
    if (composite == NULL)
        return 1;
    for (long i = 2; i * i < LIMIT; i++)
        if (!composite[i])
            for (long j = i * i; j < LIMIT; j += i)
                composite[j] = 1;
    uint32_t hash = 2166136261u;
    double sum = 0;
    for (long i = 2; i < LIMIT; i++) {
        hash = (hash ^ composite[i]) * 16777619u;
        if (!composite[i])
            sum += 1.0 / (double)i;
    }
    printf("%u %.9f\n", hash, sum);
    return 0;
}
