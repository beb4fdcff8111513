#include "engine/core/free_places.h"

#include <string.h>

#include "engine/base/check.h"

static uint32_t
words_for(uint32_t bits)
{
    return (bits + 63) / 64;
}

size_t
free_places_footprint(uint32_t max)
{
    size_t words = 0;
    for (uint32_t level = 0, bits = max; level < FREE_PLACES_LEVELS; level++) {
        bits = words_for(bits);
        words += bits;
    }
    return words * sizeof(uint64_t);
}

void
free_places_init(struct free_places *p, void *mem, uint32_t max)
{
    CHECK(max <= FREE_PLACES_MAX);
    uint64_t *at = mem;
    uint32_t bits = max;
    p->max = max;
    for (uint32_t level = 0; level < FREE_PLACES_LEVELS; level++) {
        p->words[level] = at;
        p->cnt[level] = words_for(bits);
        memset(at, 0xff, p->cnt[level] * sizeof(*at));
        if (bits % 64 != 0)
            at[bits / 64] = ((uint64_t)1 << bits % 64) - 1;
        at += p->cnt[level];
        bits = p->cnt[level];
    }
}

bool
free_places_has(const struct free_places *p, uint32_t place)
{
    return place < p->max && (p->words[0][place / 64] >> place % 64 & 1) != 0;
}

/* Up until there is one behind, then down to the lowest below it. */
uint32_t
free_places_lowest(const struct free_places *p, uint32_t from)
{
    for (uint32_t level = 0; level < FREE_PLACES_LEVELS; level++) {
        if (from / 64 >= p->cnt[level])
            return FREE_PLACES_NONE;
        uint64_t behind = p->words[level][from / 64] & UINT64_MAX << from % 64;
        if (behind == 0) {
            from = from / 64 + 1;
            continue;
        }
        from = from / 64 * 64 + (uint32_t)__builtin_ctzll(behind);
        while (level-- > 0)
            from = from * 64 + (uint32_t)__builtin_ctzll(p->words[level][from]);
        return from;
    }
    return FREE_PLACES_NONE;
}

void
free_places_take(struct free_places *p, uint32_t place)
{
    CHECK(free_places_has(p, place));
    for (uint32_t level = 0; level < FREE_PLACES_LEVELS; level++, place /= 64) {
        p->words[level][place / 64] &= ~((uint64_t)1 << place % 64);
        if (p->words[level][place / 64] != 0)
            break;
    }
}

void
free_places_give(struct free_places *p, uint32_t place)
{
    CHECK(place < p->max && !free_places_has(p, place));
    for (uint32_t level = 0; level < FREE_PLACES_LEVELS; level++, place /= 64)
        p->words[level][place / 64] |= (uint64_t)1 << place % 64;
}
