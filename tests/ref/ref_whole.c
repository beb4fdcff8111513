#include <stddef.h>

#include "engine/model/reason.h"
#include "tests/ref/ref_priv.h"

/* All-or-none orders, from docs/match.md. */

enum { MOST_LOOKED_AT = 16 };

bool
ref_is_whole(const struct ref_order *o)
{
    return (o->exec_inst & EXEC_ALL_OR_NONE) != 0;
}

bool
ref_may_be_whole(const struct ref_venue *r, const struct command_order_new *x, uint32_t instrument)
{
    uint32_t others = EXEC_POST_ONLY | EXEC_POST_SLIDE | EXEC_HIDDEN;
    bool waits =
        x->time_in_force == TIF_DAY || x->time_in_force == TIF_GTC || x->time_in_force == TIF_GTD;
    return r->rules_version >= 2 && r->instruments[instrument].def.allow_whole == 1 &&
           x->cmd.rec.type == COMMAND_ORDER_NEW && x->ord_type == ORD_LIMIT && waits &&
           x->display_lots == 0 && (x->exec_inst & others) == 0;
}

static bool
ahead(const struct ref_order *a, const struct ref_order *b)
{
    if (a->price != b->price)
        return a->side == SIDE_BUY ? a->price > b->price : a->price < b->price;
    return a->priority < b->priority;
}

struct ref_order *
ref_whole_behind(const struct ref_venue *r, uint32_t instrument, uint8_t side,
                 const struct ref_order *one)
{
    struct ref_order *found = NULL;
    for (uint32_t i = 0; i < r->order_cnt; i++) {
        struct ref_order *o = &r->orders[i];
        if (o->place == REF_WHOLE && o->instrument == instrument && o->side == side &&
            (one == NULL || ahead(one, o)) && (found == NULL || ahead(o, found)))
            found = o;
    }
    return found;
}

bool
ref_whole_would_fill(struct ref_venue *r, const struct ref_order *o)
{
    ref_market_now(r, o->instrument);
    return ref_cost_fits(r, o) && ref_fills(r, o, o->qty - o->cum);
}

/* One that waits could trade with what is there now, at its limit. */
static bool
meets(const struct ref_venue *r, const struct ref_order *o)
{
    bool buys = o->side == SIDE_BUY;
    const struct ref_order *other =
        ref_whole_behind(r, o->instrument, buys ? SIDE_SELL : SIDE_BUY, NULL);
    return ref_meets_any(r, o->instrument, o->side, o->price) ||
           (other != NULL && (buys ? other->price <= o->price : other->price >= o->price));
}

struct ref_order *
ref_whole_in_reach(struct ref_venue *r, uint32_t instrument)
{
    for (uint8_t side = SIDE_BUY; side <= SIDE_SELL; side++) {
        struct ref_order *o = ref_whole_behind(r, instrument, side, NULL);
        for (int n = 0; o != NULL && n < MOST_LOOKED_AT && meets(r, o); n++) {
            if (ref_whole_would_fill(r, o))
                return o;
            o = ref_whole_behind(r, instrument, side, o);
        }
    }
    return NULL;
}
