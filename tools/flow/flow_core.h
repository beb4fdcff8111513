#ifndef TOOLS_FLOW_FLOW_CORE_H
#define TOOLS_FLOW_FLOW_CORE_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "engine/core/core.h"
#include "engine/model/reason.h"
#include "tools/flow/flow.h"

/* A flow run through the engine's core alone: no venue, no journal, no checks of risk. Every client
 * is an account with plenty of everything; fees are 0. What comes out is what price-time priority
 * makes of the flow. Ordinary memory, one owner. */

enum { FLOW_CORE_REASON_MAX = 128 };

struct flow_fill {
    uint32_t maker, taker; /* the flow's order numbers */
    int64_t price_units, qty_units;
};

struct flow_result {
    uint64_t accepted, canceled, replaced;   /* answers to new (resting or not), cancel, replace */
    uint64_t rejected[FLOW_CORE_REASON_MAX]; /* of all three, by enum reason */
    uint64_t trades, traded_units;
    uint64_t checksum; /* flow_checksum_add over the trades, in order */
};

struct flow_core {
    struct core *core;
    void *memory; /* the core's whole state */
    size_t memory_bytes;
    uint64_t cmd_seq;
    int64_t start_ns;
    uint8_t *out;
    uint32_t replaces;         /* makes ids of replaces differ */
    struct flow_result result; /* since open, or since the caller zeroed it */
    struct flow_fill *fills;   /* of the last operation */
    uint32_t fill_cnt, fill_max;
    uint16_t reason; /* of the last operation: 0, or why it was refused */
};

/* Makes a core that can take the whole flow (its instruments, clients and orders), and beyond it
 * `spare_open` orders at once and `spare_ids` over the whole time.
 * errors: ERR_NO_SPACE, and what core_check_genesis says */
int flow_core_open(struct flow_core *c, const struct flow *f, uint32_t spare_open,
                   uint32_t spare_ids, struct error *err) ERROR_MUST_USE;
void flow_core_close(struct flow_core *c);

/* Orders that can be open at once, at most: a filled one counts until it is canceled. */
uint32_t flow_open_max(const struct flow *f);

/* A state to go back to; results are not part of it. memory: memory_bytes of the caller's. */
struct flow_core_mark {
    void *memory;
    uint64_t cmd_seq;
    uint32_t replaces;
};
void flow_core_mark(const struct flow_core *c, struct flow_core_mark *m);
void flow_core_back(struct flow_core *c, const struct flow_core_mark *m);

/* Applies one operation and all work that follows from it. */
void flow_core_apply(struct flow_core *c, const struct flow_op *op);

/* The order-sensitive sum over trades; starts at 0. source: the binary workload's definition */
static inline uint64_t
flow_checksum_add(uint64_t sum, uint64_t maker, uint64_t taker, uint64_t price, uint64_t qty)
{
    sum ^= maker * 0x9E3779B97F4A7C15u + taker * 0xC2B2AE3D27D4EB4Fu + price * 0x165667B19E3779F9u +
           qty;
    return sum * 0x2545F4914F6CDD1Du + 1;
}

#endif
