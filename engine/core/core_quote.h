#ifndef ENGINE_CORE_CORE_QUOTE_H
#define ENGINE_CORE_CORE_QUOTE_H

#include <stdint.h>

#include "engine/core/core_priv.h"

/* Quotes of makers, for the core's own files: core_quote.c. */

struct core_quote { /* of an account in an instrument; made by the first one, never taken away */
    uint32_t account_idx, instrument_idx;
    uint64_t order_id[2];   /* bid, ask: its last orders, which may be gone by now */
    uint32_t client_idx[2]; /* their entries, where they were at first */
};

void core_mass_quote(struct core *c, const struct command *cmd);

/* The key of quote_ids. */
static inline uint64_t
core_quote_key(uint32_t account_idx, uint32_t instrument_idx)
{
    return ((uint64_t)account_idx + 1) << 32 | instrument_idx;
}

#endif
