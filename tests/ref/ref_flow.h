#ifndef TESTS_REF_REF_FLOW_H
#define TESTS_REF_REF_FLOW_H

#include <stdint.h>

#include "tools/flow/flow.h"

/* Price-time priority over an order flow, as plain as can be: one array of orders, searched from
 * end to end for each match. Money, accounts and capacities are not its part. */

struct ref_flow_trade {
    uint32_t maker, taker;
    int64_t price_units, qty_units;
};

struct ref_flow_result {
    uint64_t accepted, canceled, replaced, rejected, trades, traded_units;
};

/* Calls on_trade for each trade, in order, with the index of the operation. */
void ref_flow_run(const struct flow *f, struct ref_flow_result *out,
                  void (*on_trade)(void *arg, size_t op_index, const struct ref_flow_trade *t),
                  void *arg);

#endif
