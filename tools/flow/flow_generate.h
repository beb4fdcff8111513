#ifndef TOOLS_FLOW_FLOW_GENERATE_H
#define TOOLS_FLOW_FLOW_GENERATE_H

#include <stdint.h>

#include "engine/base/error.h"
#include "tools/flow/flow.h"

/* The project's own flow: a seeded mix of passive orders around a wandering price, orders that
 * cross, cancels and replaces, in Poisson arrivals. A plain model of the book goes along, so that
 * cancels name orders that are still there and crossing orders find their price. The same options
 * give the same bytes on every machine: integers only. */

struct flow_market { /* what the generator needs to know of an instrument */
    const char *symbol;
    uint8_t price_scale, qty_scale;
    int64_t mid_units;      /* price at the start */
    int64_t step_units;     /* distance of neighbouring prices */
    int64_t qty_step_units; /* orders are 1 to 100 of it */
};

/* The demo venue's instruments (tools/config/demo.yaml), ended by a NULL symbol. */
extern const struct flow_market flow_demo_markets[];

struct flow_generate_options { /* zero fields take the value in brackets */
    uint64_t seed;             /* [1] */
    uint64_t op_cnt;           /* [100,000] */
    uint32_t rate;             /* mean operations per second of the flow's own times [10,000] */
    uint32_t client_cnt;       /* [8] */
    uint32_t crossing_pct;     /* of all operations; UINT32_MAX = none [10] */
    uint32_t cancel_pct;       /* UINT32_MAX = none [40] */
    uint32_t replace_pct;      /* UINT32_MAX = none [5] */
    uint32_t resting_max;      /* orders in one book; above it one is canceled instead [1,000] */
    const char *symbols;       /* comma-separated, of the demo's ["BTC-AUD,ACME-AUD"] */
};

/* Fills an initialised, empty flow. errors: ERR_INVALID, ERR_NOT_FOUND (a symbol; the text lists
 * what there is), ERR_NO_SPACE */
int flow_generate(struct flow *f, const struct flow_generate_options *options,
                  struct error *err) ERROR_MUST_USE;

#endif
