/* A sieve of Eratosthenes, a hash over it and a sum of square roots: bytes, 64-bit products, SSE2 arithmetic. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { LIMIT = 3000000, PASSES = 30, ROOTS = 2000000 };

static unsigned char is_prime[LIMIT + 1];

int main(void)
{
    uint64_t hash = 14695981039346656037u;
    int primes = 0;
    double sum = 0;

    memset(is_prime, 1, sizeof is_prime);
    for (int i = 2; i <= LIMIT; i++) {
        if (!is_prime[i])
            continue;
        primes++;
        for (long j = (long)i * i; j <= LIMIT; j += i)
            is_prime[j] = 0;
    }
    for (int pass = 0; pass < PASSES; pass++)
        for (int i = 0; i <= LIMIT; i++)
            hash = (hash ^ is_prime[i]) * 1099511628211u;
    for (int i = 1; i <= ROOTS; i++)
        sum += sqrt(i) / (1.0 + 1.0 / i);
    printf("%d %016llx %.6f\n", primes, (unsigned long long)hash, sum);
    return 0;
}
