#ifndef TOOLS_FLOW_FLOW_MODEL_H
#define TOOLS_FLOW_FLOW_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "engine/model/types.h"

/* The generator's plain model of one price-time book over a window of price levels: enough to know
 * which orders still rest and where the best prices are. It is no judge of the engine. */

enum { FLOW_LEVELS = 2048, FLOW_SLOT_NONE = 0xffffffff };

struct flow_resting {
    int64_t left;
    uint32_t number;     /* the flow's order number */
    uint32_t prev, next; /* slots at the same level */
    uint32_t live;       /* index into live */
    uint16_t level;
    uint8_t side, client;
    int64_t filled;
};

struct flow_model {
    uint32_t head[FLOW_LEVELS], tail[FLOW_LEVELS]; /* slots, FLOW_SLOT_NONE = empty */
    int32_t bid, ask;                              /* best levels; -1, FLOW_LEVELS = none */
    struct flow_resting *slots;
    uint32_t *live, *free; /* slots in use, in no order; slots to use */
    uint32_t live_cnt, free_cnt, max;
};

int flow_model_open(struct flow_model *m, uint32_t resting_max, struct error *err) ERROR_MUST_USE;
void flow_model_close(struct flow_model *m);

/* Takes up to qty from the other side down to `level`; returns what is left. whole: take nothing
 * when it is not enough (fill-or-kill; returns qty then). */
int64_t flow_model_take(struct flow_model *m, uint8_t side, int32_t level, int64_t qty, bool whole);

/* Rests at the tail of its level. shape: live_cnt < max, qty > 0; `filled` is what a former life of
 * the order has filled */
void flow_model_rest(struct flow_model *m, const struct flow_resting *order);

void flow_model_remove(struct flow_model *m, uint32_t slot);

#endif
