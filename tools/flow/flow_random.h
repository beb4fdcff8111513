#ifndef TOOLS_FLOW_FLOW_RANDOM_H
#define TOOLS_FLOW_FLOW_RANDOM_H

#include <stdint.h>

/* Chance that is the same on every machine: integers only, one seed.
 * source: splitmix64 (Steele, Lea, Flood, OOPSLA 2014) */
struct flow_random {
    uint64_t state; /* starts as the seed */
};

static inline uint64_t
flow_random_next(struct flow_random *r)
{
    uint64_t z = (r->state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* 0 .. bound-1, by the high half of a product (bias below bound / 2^32). shape: bound >= 1 */
static inline uint32_t
flow_random_below(struct flow_random *r, uint32_t bound)
{
    return (uint32_t)(((flow_random_next(r) >> 32) * bound) >> 32);
}

/* Exponentially distributed with mean 2^32, below 2^38: by comparing uniforms only, so without a
 * logarithm. source: J. von Neumann, Various techniques used in connection with random digits
 * (1951); Knuth, The Art of Computer Programming, volume 2, 3.4.1 */
static inline uint64_t
flow_random_exponential(struct flow_random *r)
{
    for (uint64_t whole = 0; whole < 63; whole++) {
        uint32_t first = (uint32_t)(flow_random_next(r) >> 32);
        uint32_t last = first, length = 1;
        for (;; length++) {
            uint32_t next = (uint32_t)(flow_random_next(r) >> 32);
            if (next >= last)
                break;
            last = next;
        }
        if (length & 1)
            return (whole << 32) + first;
    }
    return 63ull << 32;
}

/* Gap to the next arrival of a Poisson stream, in ns. shape: mean_ns in [1, 2^26 * 1000] */
static inline int64_t
flow_random_gap_ns(struct flow_random *r, int64_t mean_ns)
{
    return (int64_t)(((unsigned __int128)flow_random_exponential(r) * (uint64_t)mean_ns) >> 32);
}

#endif
