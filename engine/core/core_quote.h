#ifndef ENGINE_CORE_CORE_QUOTE_H
#define ENGINE_CORE_CORE_QUOTE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/core/core_priv.h"

/* Quotes of makers and their protection, for the core's own files: core_quote.c, core_protect.c. */

/* Most events of a fill beyond its own where makers are protected: for each of both sides the stop
 * and the end of two orders; and that of the taker. */
enum { CORE_EVENTS_PER_STOP = 11 };

struct core_quote { /* of an account in an instrument; made by the first side that is entered or by
                       its limits, never taken away */
    uint32_t account_idx, instrument_idx;
    uint64_t order_id[2]; /* bid, ask: its last orders, which may be gone by now */
    uint32_t protection;  /* place + 1; 0 = was never protected */
    uint32_t zero;
};

struct core_protection {
    int64_t window_ns, lots_max, value_max_units, net_lots_max; /* 0 = no limit */
    uint32_t fill_max;                                          /* 0 = off */
    uint32_t stopped; /* 1: a limit was reached, no quotes are taken */
    uint32_t cnt, zero;
    struct quote_fill {
        int64_t time_ns;
        int64_t lots; /* sold: negative */
        int64_t value_units;
    } fills[PROTECTION_FILL_MAX]; /* of the window when the last one came, oldest first */
};

void core_mass_quote(struct core *c, const struct command *cmd);
/* The place of the account's quote in the instrument, taken for it if it had none; NULL = there is
 * none left. */
struct core_quote *core_quote_of(struct core *c, uint32_t account_idx, uint32_t instrument_idx);

/* Another price and total quantity for one in the book, judged like any replace (core_replace.c);
 * 0 or why not. */
uint16_t core_order_amend(struct core *c, uint32_t slot, int64_t price_units, int64_t qty_lots);

/* Whether any maker of the venue is protected: fills have more to look at. */
static inline bool
core_protects(const struct core *c)
{
    return c->protection_cnt != 0;
}

void core_quote_limits(struct core *c, const struct command *cmd);
/* Whether a limit was reached and nobody has reset it. */
bool core_protect_stops(const struct core *c, const struct core_quote *q);
void core_protect_reset(struct core *c, const struct core_quote *q);
/* Counts a fill for both sides; a quote whose limits it reaches is pulled out of the book. */
void core_protect_fill(struct core *c, uint32_t buy, uint32_t sell, int64_t lots,
                       int64_t notional_units);
/* Whether an order is a side of a quote that a fill may stop. */
bool core_protected(const struct core *c, uint32_t slot);
/* Whether this taker is a side of a quote that was stopped. */
bool core_protect_ends(const struct core *c, uint32_t slot);

/* The key of quote_ids. */
static inline uint64_t
core_quote_key(uint32_t account_idx, uint32_t instrument_idx)
{
    return ((uint64_t)account_idx + 1) << 32 | instrument_idx;
}

#endif
