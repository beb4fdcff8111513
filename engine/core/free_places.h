#ifndef ENGINE_CORE_FREE_PLACES_H
#define ENGINE_CORE_FREE_PLACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Which places of a table are free, the lowest of them first. A bit for each place that is free,
 * above 64 of these one that says whether there is any, and again above those. Not saved: it is
 * made again from the table.
 * shape:  at most FREE_PLACES_MAX places      thread: the core's only
 * owner:  caller's memory                     cost:   three words */

enum { FREE_PLACES_LEVELS = 3, FREE_PLACES_MAX = 64 * 64 * 64 };
#define FREE_PLACES_NONE UINT32_MAX

struct free_places {
    uint64_t *words[FREE_PLACES_LEVELS]; /* [0] by place */
    uint32_t cnt[FREE_PLACES_LEVELS];    /* words */
    uint32_t max;
};

size_t free_places_footprint(uint32_t max);
/* All are free. mem: footprint bytes, 8-byte aligned. */
void free_places_init(struct free_places *p, void *mem, uint32_t max);

/* The lowest from this one on, or FREE_PLACES_NONE. */
uint32_t free_places_lowest(const struct free_places *p, uint32_t from);
void free_places_take(struct free_places *p, uint32_t place); /* it must be free */
void free_places_give(struct free_places *p, uint32_t place); /* it must not */

bool free_places_has(const struct free_places *p, uint32_t place);

#endif
