#ifndef TOOLS_FLOW_FLOW_CME_H
#define TOOLS_FLOW_FLOW_CME_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/flow/flow_file.h"

/* One record of CME market by order, as CSV: ts_event,ts_recv,seq,action,side,order_id,
 * price_quarter_ticks,size,flags. Action: A add, M modify, C cancel, T trade, F fill of a resting
 * order, R clear. Side: B, A, N (none). */
struct cme_record {
    int64_t event_ns;
    uint64_t order_id;
    int64_t price_ticks, size;
    char action, side;
    bool snapshot; /* flag bit 5 (32): of the book as it stood before */
};

bool cme_record_read(const struct flow_line *line, struct cme_record *out);

#endif
