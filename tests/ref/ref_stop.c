#include <stddef.h>

#include "engine/model/reason.h"
#include "tests/ref/ref_priv.h"

/* Stops and orders with a date, from docs/match.md. */

bool
ref_is_stop(const struct ref_order *o)
{
    return o->type == ORD_STOP || o->type == ORD_STOP_LIMIT || ref_trails(o->type);
}

bool
ref_trails(uint8_t type)
{
    return type == ORD_TRAILING_STOP || type == ORD_TRAILING_STOP_LIMIT;
}

bool
ref_has_limit(const struct ref_order *o)
{
    if (ref_is_peg(o))
        return o->price != 0;
    return o->type != ORD_MARKET && o->type != ORD_STOP && o->type != ORD_TRAILING_STOP;
}

/* --- stops that trail --- */

/* On the tick, away from the market. */
int64_t
ref_trail_start(const struct ref_venue *r, const struct command_order_new *x, uint32_t i)
{
    const struct ref_instrument *ins = &r->instruments[i];
    int64_t from = ins->last != 0 ? ins->last : ins->reference;
    int64_t stop = from + x->peg_offset_units;
    if (x->stop_units != 0 || from == 0)
        return x->stop_units;
    while (stop > 0 && !ref_on_tick(ins, stop))
        stop += x->side == SIDE_BUY ? 1 : -1;
    return stop < 0 ? 0 : stop;
}

/* Those that wait have a table of their own. */
uint16_t
ref_trail_room(const struct ref_venue *r, const struct ref_order *o)
{
    uint32_t cnt = 0;
    for (uint32_t i = 0; i < r->order_cnt; i++)
        cnt += r->orders[i].place == REF_STOP && r->orders[i].offset != 0;
    return !ref_is_peg(o) && o->offset != 0 && cnt >= r->genesis.trail_max ? REASON_TABLE_FULL : 0;
}

/* A price was traded: the stop price comes nearer when it is further away than the offset, and the
 * limit goes with it. */
static void
follow(struct ref_venue *r, uint32_t instrument, uint8_t side, int64_t traded)
{
    for (uint32_t i = 0; i < r->order_cnt && traded != 0; i++) {
        struct ref_order *o = &r->orders[i];
        if (o->place != REF_STOP || o->instrument != instrument || o->side != side ||
            o->offset == 0)
            continue;
        int64_t moved = traded + o->offset - o->stop;
        if (side == SIDE_BUY ? moved >= 0 : moved <= 0)
            continue;
        o->stop += moved;
        o->price += o->price != 0 ? moved : 0;
    }
}

/* While stops of its side are to enter, none moves; what is missed is kept. */
static void
follow_or_wait(struct ref_venue *r, uint32_t instrument, uint8_t side, int64_t traded)
{
    struct ref_instrument *ins = &r->instruments[instrument];
    int64_t *behind = &ins->behind[side - SIDE_BUY];
    if (!ins->still[side - SIDE_BUY])
        follow(r, instrument, side, traded);
    else if (*behind == 0 || (side == SIDE_BUY ? traded < *behind : traded > *behind))
        *behind = traded;
}

/* None of a side is to enter any more. */
static void
let_follow(struct ref_venue *r, uint32_t instrument, uint8_t side)
{
    struct ref_instrument *ins = &r->instruments[instrument];
    ins->still[side - SIDE_BUY] = false;
    follow(r, instrument, side, ins->behind[side - SIDE_BUY]);
    ins->behind[side - SIDE_BUY] = 0;
}

/* What it has come to bounds it now, but by no more than it holds. */
static void
set_terms(const struct ref_venue *r, struct ref_order *o)
{
    const struct ref_instrument *ins = &r->instruments[o->instrument];
    bool buy = o->side == SIDE_BUY;
    if (o->price != 0 || o->type == ORD_TRAILING_STOP_LIMIT) {
        int64_t top = ref_tick_at(ins, ins->def.max_price_units), least = ref_tick_above(ins, 0);
        while (o->price > 0 && !ref_on_tick(ins, o->price))
            o->price += buy ? -1 : 1;
        o->price = o->price > top ? top : o->price < least ? least : o->price;
        if (buy && o->price > o->cap)
            o->price = o->cap;
    }
    int64_t cap = ref_cap_of(r, o);
    o->cap = buy && cap > o->cap ? o->cap : cap;
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
    ref_link_use(r, cmd, o);
    if (o->offset != 0) {
        set_terms(r, o);
        ref_set_hold(r, o, ref_hold_of(r, o));
    }
    int64_t points = ref_has_limit(o) ? 0 : ref_points(r, o, o->cap);
    if (points != 0) {
        o->cap = points;
        ref_set_hold(r, o, ref_hold_of(r, o));
    }
    struct ref_order limit = *o;
    limit.price = points;
    if (points != 0 && r->instruments[o->instrument].def.protection_rests &&
        !ref_band_refuses(r, &limit)) {
        o->type = ORD_LIMIT;
        o->price = points;
    } else if (!ref_has_limit(o)) {
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

/* Those that a price reaches are to enter, first those of the side that was reached first. */
static void
reach(struct ref_venue *r, uint32_t instrument, uint8_t side, int64_t traded)
{
    struct ref_instrument *ins = &r->instruments[instrument];
    for (uint32_t i = 0; i < r->order_cnt; i++) {
        struct ref_order *o = &r->orders[i];
        if (o->place != REF_STOP || o->instrument != instrument || o->side != side ||
            !reached_by(o, traded))
            continue;
        o->reached = true;
        ins->still[side - SIDE_BUY] = true;
        if (ins->turn == 0)
            ins->turn = side;
    }
}

void
ref_stops_see(struct ref_venue *r, uint32_t instrument, int64_t traded)
{
    for (uint8_t side = SIDE_BUY; side <= SIDE_SELL; side++) {
        follow_or_wait(r, instrument, side, traded);
        reach(r, instrument, side, traded);
    }
}

static bool
before(const struct ref_order *a, const struct ref_order *b)
{
    if (a->stop != b->stop)
        return a->side == SIDE_BUY ? a->stop < b->stop : a->stop > b->stop;
    if ((a->offset != 0) != (b->offset != 0))
        return a->offset == 0;
    return a->offset != 0 ? a->entry < b->entry : a->priority < b->priority;
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
    for (uint8_t side = SIDE_BUY; side <= SIDE_SELL && !takes; side++)
        let_follow(r, instrument, side);
    for (uint32_t i = 0; !takes && i < r->order_cnt; i++) {
        if (r->orders[i].instrument == instrument)
            r->orders[i].reached = false;
    }
    for (int turn = 0; turn < 2 && ins->turn != 0; turn++) {
        struct ref_order *o = first_reached(r, instrument, ins->turn);
        if (o == NULL) {
            let_follow(r, instrument, ins->turn);
            if (takes)
                reach(r, instrument, ins->turn, ins->last);
            o = first_reached(r, instrument, ins->turn);
        }
        if (o != NULL)
            return o;
        ins->turn = ins->turn == SIDE_BUY ? SIDE_SELL : SIDE_BUY;
    }
    ins->turn = 0;
    return NULL;
}

void
ref_stops_start(struct ref_venue *r, const struct command *cmd, uint32_t instrument)
{
    struct ref_instrument *ins = &r->instruments[instrument];
    if (ins->turn == 0 || ins->entering)
        return;
    ins->busy = ins->entering = true;
    ref_work_start(r, cmd,
                   &(struct ref_work){.kind = REF_WORK_STOPS,
                                      .instrument = (int)instrument,
                                      .order = REF_NO_ORDER});
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
