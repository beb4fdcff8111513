#ifndef ENGINE_BASE_ARENA_H
#define ENGINE_BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"

/* One region for everything that is sized at start: footprints are added up, the region is mapped
 * once (huge pages where the machine gives them), touched, carved, and sealed. After the seal
 * nothing can be taken any more. thread: the one that starts; what was taken belongs to the taker
 */
struct arena {
    uint8_t *base;
    size_t bytes;
    size_t used;
    bool sealed;
};

enum {
    ARENA_ALIGN = 128
}; /* of every block: two cache lines, so that neighbours never share one */

/* Bytes that a block of this size takes of an arena. */
static inline size_t
arena_block_bytes(size_t bytes)
{
    return (bytes + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
}

/* Maps `bytes` of zeroed memory and touches every page.
 * errors: ERR_NO_SPACE when the machine does not have that much available: says how much there is
 */
int arena_open(struct arena *a, size_t bytes, struct error *err) ERROR_MUST_USE;
void arena_close(struct arena *a);

/* A zeroed block; never NULL: taking more than was added up, or after the seal, is a bug. */
void *arena_take(struct arena *a, size_t bytes);
void arena_seal(struct arena *a);

#endif
