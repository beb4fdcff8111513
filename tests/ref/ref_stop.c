#include <stddef.h>

#include "engine/model/reason.h"
#include "tests/ref/ref_priv.h"

/* Stops and orders with a date, from docs/match.md. */

bool
ref_is_stop(const struct ref_order *o)
{
    return o->type == ORD_STOP || o->type == ORD_STOP_LIMIT;
}

bool
ref_has_limit(const struct ref_order *o)
{
    return o->type != ORD_MARKET && o->type != ORD_STOP;
}

/* --- stops --- */

static bool
reached_by(const struct ref_order *o, int64_t traded)
{
    if (traded == 0) /* there was no trade yet */
        return false;
    return o->side == SIDE_BUY ? traded >= o->stop : traded <= o->stop;
}

/* It becomes a market or a limit order, and comes as such. */
static void
enter(struct ref_venue *r, const struct command *cmd, struct ref_order *o)
{
    o->place = REF_TAKING;
    o->reached = false;
    if (o->type == ORD_STOP) {
        o->type = ORD_MARKET;
        o->tif = TIF_IOC;
    } else {
        o->type = ORD_LIMIT;
    }
    (void)ref_say_order(r, cmd, EVENT_ORDER_TRIGGERED, o, 0);
    if (ref_cost_fits(r, o))
        ref_place(r, cmd, o);
    else
        ref_kill(r, cmd, o, REASON_TOO_LARGE, ORD_STATUS_CANCELED, false);
}

void
ref_place(struct ref_venue *r, const struct command *cmd, struct ref_order *o)
{
    if (!ref_is_stop(o) && (r->instruments[o->instrument].call || ref_for_auction(o))) {
        ref_call_take(r, cmd, o);
    } else if (!ref_is_stop(o)) {
        ref_match(r, cmd, o);
    } else if (reached_by(o, r->instruments[o->instrument].last)) {
        enter(r, cmd, o);
    } else {
        o->place = REF_STOP;
        o->priority = ++r->priorities;
    }
}

/* A trade: those that it reaches are to enter, first those of the side that was reached first. */
void
ref_stops_see(struct ref_venue *r, uint32_t instrument, int64_t traded)
{
    struct ref_instrument *ins = &r->instruments[instrument];
    for (uint8_t side = SIDE_BUY; side <= SIDE_SELL; side++) {
        for (uint32_t i = 0; i < r->order_cnt; i++) {
            struct ref_order *o = &r->orders[i];
            if (o->place != REF_STOP || o->instrument != instrument || o->side != side ||
                !reached_by(o, traded))
                continue;
            o->reached = true;
            if (ins->turn == 0)
                ins->turn = side;
        }
    }
}

static bool
before(const struct ref_order *a, const struct ref_order *b)
{
    if (a->stop != b->stop)
        return a->side == SIDE_BUY ? a->stop < b->stop : a->stop > b->stop;
    return a->priority < b->priority;
}

static struct ref_order *
first_reached(struct ref_venue *r, uint32_t instrument, uint8_t side)
{
    struct ref_order *found = NULL;
    for (uint32_t i = 0; i < r->order_cnt; i++) {
        struct ref_order *o = &r->orders[i];
        if (o->place == REF_STOP && o->reached && o->instrument == instrument && o->side == side &&
            (found == NULL || before(o, found)))
            found = o;
    }
    return found;
}

/* The other side's turn comes when nothing is left of this one. */
static struct ref_order *
next_reached(struct ref_venue *r, uint32_t instrument)
{
    struct ref_instrument *ins = &r->instruments[instrument];
    bool takes = ins->state == TRADING_OPEN || ref_is_call(ins->state);
    for (uint32_t i = 0; !takes && i < r->order_cnt; i++) {
        if (r->orders[i].instrument == instrument)
            r->orders[i].reached = false;
    }
    struct ref_order *o = first_reached(r, instrument, ins->turn);
    if (o == NULL) {
        ins->turn = ins->turn == SIDE_BUY ? SIDE_SELL : SIDE_BUY;
        o = first_reached(r, instrument, ins->turn);
    }
    if (o == NULL)
        ins->turn = 0;
    return o;
}

/* One after the other, each to its end; true when none is left. */
bool
ref_stops_enter(struct ref_venue *r, const struct command *cmd, struct ref_work *w)
{
    uint32_t instrument = (uint32_t)w->instrument;
    struct ref_order *o = w->order == REF_NO_ORDER ? NULL : &r->orders[w->order];
    if (o != NULL && o->place == REF_SWEEPING)
        ref_match(r, cmd, o);
    while (o == NULL || o->place != REF_SWEEPING) {
        o = next_reached(r, instrument);
        if (o == NULL) {
            r->instruments[instrument].busy = r->instruments[instrument].entering = false;
            return true;
        }
        if (ref_must_stop(r))
            return false;
        w->order = (uint32_t)(o - r->orders);
        enter(r, cmd, o);
    }
    return false;
}

/* --- orders with a date --- */

/* The first whose date has come; one whose sweep is unfinished sees to it itself. */
static struct ref_order *
first_due(const struct ref_venue *r)
{
    struct ref_order *found = NULL;
    for (uint32_t i = 0; i < r->order_cnt; i++) {
        struct ref_order *o = &r->orders[i];
        if (o->place != REF_DONE && o->place != REF_SWEEPING && o->tif == TIF_GTD &&
            o->until <= r->time_ns &&
            (found == NULL || o->until < found->until ||
             (o->until == found->until && o->entry < found->entry)))
            found = o;
    }
    return found;
}

bool
ref_expiry_due(const struct ref_venue *r)
{
    return first_due(r) != NULL;
}

/* The earliest first; true when none is left. */
bool
ref_expire(struct ref_venue *r, const struct command *cmd)
{
    struct ref_order *o;
    while ((o = first_due(r)) != NULL) {
        if (ref_must_stop(r))
            return false;
        ref_kill(r, cmd, o, REASON_GOOD_TILL_DATE, ORD_STATUS_EXPIRED, false);
    }
    r->expiry_open = false;
    return true;
}
