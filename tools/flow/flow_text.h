#ifndef TOOLS_FLOW_FLOW_TEXT_H
#define TOOLS_FLOW_FLOW_TEXT_H

#include <stddef.h>
#include <stdio.h>

#include "engine/base/error.h"
#include "tools/flow/flow.h"

/* The flow's own file: text that a person can read, one operation a line.
 *
 *   assay-flow 1
 *   name Two orders that meet
 *   clients 2
 *   warm 0
 *   instrument ETH-AUD 2 8                    symbol, decimals of price and of quantity
 *   note 62 cancels of orders from before the recording
 *   0 new 1 0 ETH-AUD sell limit gtc 4731.70 15 recorded
 *   16000000 replace 1 0 4731.60 14 recorded
 *   17000000 new 2 1 ETH-AUD buy market ioc - 3.5 added
 *   18000000 cancel 1 0 recorded
 *
 * An operation: time in ns since the start, kind, order number, client index; then for new: symbol,
 * side, type, time in force, price ("-" at market), quantity, source and, where it is so,
 * "post-only"; replace: price, new total quantity, source; cancel: source. Empty
 * lines and lines that begin with '#' say nothing. */

int flow_text_write(const struct flow *f, FILE *out, struct error *err) ERROR_MUST_USE;

/* Fills an initialised, empty flow and checks it. errors: ERR_INVALID with line number, what was
 * found and what was expected */
int flow_text_read(struct flow *f, const char *text, size_t length,
                   struct error *err) ERROR_MUST_USE;

#endif
