#ifndef ENGINE_BASE_HASH_H
#define ENGINE_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* Keyed hashes for tables and digests of state (XXH3): fast, the same on every machine, spread
 * well; no protection against somebody who knows the key. Integers only. thread: any cost: 2 to 5
 * ns for a key of up to 16 bytes, about 0.1 ns a byte for long input source: XXH3 of libxxhash 0.8,
 * whose results are frozen since 0.8.0 */

struct hash128 {
    uint64_t lo, hi;
};

static inline uint64_t
hash64(uint64_t key, const void *bytes, size_t length)
{
    return XXH3_64bits_withSeed(bytes, length, key);
}

/* Both halves of the product, folded: each bit of either factor reaches the whole result. A factor
 * must hold something secret or mixed, since a zero wipes out the other. source: wyhash (W. Yi) */
static inline uint64_t
hash_mix(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Of a few whole words, under a key that is secret: no factor can be chosen to be zero, and the
 * products do not wait for each other. cost: 60 instructions for 9 words; XXH3 takes 110 */
static inline uint64_t
hash_words(uint64_t key, const void *bytes, uint32_t cnt)
{
    const uint64_t step = 0x9E3779B97F4A7C15u;
    const uint8_t *from = bytes;
    uint64_t sum = cnt, w[2];
    for (; cnt > 1; cnt -= 2, from += sizeof(w), key += 2 * step) {
        memcpy(w, from, sizeof(w));
        sum ^= hash_mix(w[0] ^ key, w[1] ^ (key + step));
    }
    memset(w, 0, sizeof(w));
    memcpy(w, from, cnt * sizeof(w[0]));
    return hash_mix(sum ^ w[0] ^ key, key + step);
}

/* Of one integer. */
static inline uint64_t
hash64_u64(uint64_t key, uint64_t value)
{
    return XXH3_64bits_withSeed(&value, sizeof(value), key);
}

static inline struct hash128
hash128(uint64_t key, const void *bytes, size_t length)
{
    XXH128_hash_t h = XXH3_128bits_withSeed(bytes, length, key);
    return (struct hash128){.lo = h.low64, .hi = h.high64};
}

#endif
