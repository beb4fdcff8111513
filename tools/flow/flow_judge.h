#ifndef TOOLS_FLOW_FLOW_JUDGE_H
#define TOOLS_FLOW_FLOW_JUDGE_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "tools/flow/flow_file.h"

/* An outside judge of price-time priority: the engine's core against a recording of a real exchange
 * (CME, market by order) that names the order of each fill.
 *
 * The book is kept as the recording says. At each recorded fill of a resting order, an aggressor is
 * made of it (immediate-or-cancel, at its price, for its quantity) and the order that our core
 * fills is compared with the recorded one. Where they differ, the aggressor is taken back (the core
 * is set to a former state and fed again) and the recorded fill is done as a reduction, so that one
 * difference does not make the next. */

enum judge_cause {
    JUDGE_EQUAL,
    JUDGE_CANCELED_BY_EVENT, /* the order that we fill is canceled by the same event: self-match
                                prevention, it seems */
    JUDGE_BETTER_CANCELED,   /* the same, and its price is better than the recorded fill's */
    JUDGE_BEYOND_SHOWN,      /* filled beyond its shown size: an iceberg */
    JUDGE_BETTER_PRICE,      /* ours is at a better price than the recorded fill */
    JUDGE_NOT_IN_BOOK,       /* the recorded order waits: the recording's book is crossed there */
    JUDGE_OTHER_ORDER,       /* right price, another order */
    JUDGE_NONE,              /* ours fills nothing */
    JUDGE_CAUSE_CNT,
};

struct judge_verdict {
    uint64_t fills; /* recorded fills of resting orders that were compared */
    uint64_t by_cause[JUDGE_CAUSE_CNT];
    uint64_t no_side, unknown; /* fills left out: of the auction, of orders that are not there */
    uint64_t aggressor_side;   /* left out: the order's price is not the fill's */
    uint64_t orders, trades;   /* seen */
};

int flow_judge(const struct flow_bytes *recording, struct judge_verdict *out,
               struct error *err) ERROR_MUST_USE;

const char *judge_cause_text(enum judge_cause cause);

#endif
