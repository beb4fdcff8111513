#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "engine/model/reason.h"
#include "tests/ref/ref_priv.h"

/* Icebergs and hidden orders, from docs/match.md. */

enum { MOST_PARTS = 1000 };

static int64_t
least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

bool
ref_hidden(const struct ref_order *o)
{
    return (o->exec_inst & EXEC_HIDDEN) != 0 || ref_is_peg(o) || ref_is_whole(o);
}

int64_t
ref_shows(const struct ref_order *o)
{
    int64_t open = o->qty - o->cum;
    if (ref_hidden(o))
        return 0;
    return o->display != 0 ? o->shown : open;
}

int64_t
ref_offers(const struct ref_order *o)
{
    return o->display != 0 ? o->shown : o->qty - o->cum;
}

bool
ref_parts_ok(const struct ref_order *o)
{
    return o->display == 0 || (wide)o->display * MOST_PARTS >= o->qty;
}

/* It comes into the book. */
void
ref_show_first(struct ref_order *o)
{
    o->shown = least(o->display, o->qty - o->cum);
}

/* It lost lots without a trade: true when everybody sees it. */
bool
ref_show_less(struct ref_order *o, int64_t before)
{
    if (o->display != 0)
        o->shown = least(o->shown, o->qty - o->cum);
    return ref_shows(o) != before;
}

static int64_t
draw(uint64_t seed, const struct ref_order *o)
{
    if (o->range == 0)
        return o->display;
    int64_t r = (int64_t)((wide)o->display * o->range / 100);
    uint64_t one = seed ^ (o->order_id * 0x9E3779B97F4A7C15u);
    uint64_t two = (uint64_t)o->cum ^ 0xD6E8FEB86659FD93u;
    unsigned __int128 product = (unsigned __int128)one * two;
    uint64_t folded = (uint64_t)(product >> 64) ^ (uint64_t)product;
    return o->display - r + (int64_t)(folded % (uint64_t)(2 * r + 1));
}

/* After a trade: true when it shows new lots. */
bool
ref_refilled(struct ref_venue *r, uint64_t seed, struct ref_order *o)
{
    int64_t open = o->qty - o->cum;
    if (o->display == 0 || o->shown > 0 || open == 0)
        return false;
    o->shown = least(draw(seed, o), open);
    o->priority = ++r->priorities;
    return true;
}

/* --- what a new order may ask --- */

uint32_t
ref_wrong_display(const struct ref_venue *r, const struct command_order_new *x, uint32_t instrument)
{
    bool waits = x->ord_type != ORD_MARKET && x->ord_type != ORD_STOP &&
                 x->ord_type != ORD_TRAILING_STOP && x->ord_type != ORD_PEGGED &&
                 x->time_in_force != TIF_IOC && x->time_in_force != TIF_FOK;
    struct ref_order o = {.qty = x->qty_lots, .display = x->display_lots};
    bool fits = r->rules_version >= 2 && waits && (x->exec_inst & EXEC_HIDDEN) == 0 &&
                x->display_lots > 0 && x->display_lots <= x->qty_lots &&
                x->display_lots >= r->instruments[instrument].def.min_qty_lots && ref_parts_ok(&o);
    if (x->display_lots != 0 && !fits)
        return offsetof(struct command_order_new, display_lots);
    if (x->display_range != 0 && (x->display_lots == 0 || x->display_range > 99))
        return offsetof(struct command_order_new, display_range);
    return 0;
}

bool
ref_may_hide(const struct ref_venue *r, const struct command_order_new *x, uint32_t instrument)
{
    bool waits = x->ord_type != ORD_MARKET && x->ord_type != ORD_STOP &&
                 x->ord_type != ORD_TRAILING_STOP && x->ord_type != ORD_PEGGED &&
                 x->time_in_force != TIF_IOC && x->time_in_force != TIF_FOK;
    return r->rules_version >= 2 && waits && r->instruments[instrument].def.allow_hidden == 1;
}
