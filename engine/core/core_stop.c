#include "engine/core/core_priv.h"

#include "engine/base/check.h"
#include "engine/core/core_band.h"
#include "engine/core/core_link.h"

/* Stop orders: held outside the book until a trade reaches the stop price (a buy: at or above, a
 * sell: at or below). Then a stop becomes a market order, bounded by its cap as at entry, and a
 * stop-limit order a limit order; each enters the market as if it came now.
 * Trades note how far they reached. When the order that brought them is done, those reached enter
 * one at a time, each matched before the next: first the side that was reached first (buys, when
 * one trade reached both), of a side the stop nearest to the market, at one stop price by arrival.
 * What they trade may reach more. Until all are done their book takes nothing new. A halt ends it:
 * those that have not entered wait for the next trade that reaches them.
 * A trailing stop's stop price follows the best price traded since it began to wait, at its
 * distance, and its limit goes with it. While stops of its side are to enter it stands still; when
 * they are done it follows what was traded meanwhile, and enters if the last trade has reached it
 * then. What it has come to is told at its trigger.
 * source: FIX 4.4 tag 18 ExecInst a (trailing stop peg), tag 211 PegOffsetValue */

/* Most events of one trigger before its matching, which sees for its own room. */
enum { EVENTS_PER_TRIGGER = 4 };

/* Its limit goes with its stop price, within what prices there are; without a limit it is bounded
 * from where the stop price is now. Never more than is held. */
static void
trail_terms(struct core *c, uint32_t slot)
{
    struct order *o = order_at(&c->pools.orders, slot);
    struct order_cold *k = order_cold_at(&c->pools.orders, slot);
    const struct core_instrument *ins = &c->instruments[o->instrument_idx];
    bool buy = o->side == SIDE_BUY, limited = o->ord_type == ORD_TRAILING_STOP_LIMIT;
    struct ticks ticks = core_ticks(c, o->instrument_idx);
    int64_t from = limited ? o->price_units : k->stop_units, cap = ticks_above(&ticks, 0);
    if (from > 0)
        cap = core_protection(c, o->instrument_idx, from, limited ? 0 : ins->protection_ppm, buy);
    k->cap_units = buy && cap > k->cap_units ? k->cap_units : cap;
    if (limited)
        o->price_units = k->cap_units;
    core_hold_refresh(c, slot);
}

/* The order is PLACE_TAKING. */
static void
trigger(struct core *c, uint32_t slot)
{
    struct order *o = order_at(&c->pools.orders, slot);
    struct order_cold *k = order_cold_at(&c->pools.orders, slot);
    const struct core_instrument *ins = &c->instruments[o->instrument_idx];
    if (c->link_cnt != 0)
        core_link_use(c, slot);
    if (core_trails(o->ord_type))
        trail_terms(c, slot);
    int64_t points =
        core_has_limit(o->ord_type) ? 0 : core_points(c, o->instrument_idx, o->side, k->cap_units);
    if (points != 0) {
        k->cap_units = points;
        core_hold_refresh(c, slot);
    }
    if (points != 0 && core_points_rest(c, o->instrument_idx) &&
        !(ins->banded && core_band_refuses(c, o->instrument_idx, o->side, points))) {
        o->ord_type = ORD_LIMIT;
        o->price_units = points;
    } else if (!core_has_limit(o->ord_type)) {
        if (o->time_in_force == TIF_GTD)
            due_heap_remove(&c->dues, o->order_id);
        o->ord_type = ORD_MARKET;
        o->time_in_force = TIF_IOC;
        k->until = 0;
    } else {
        o->ord_type = ORD_LIMIT;
    }
    core_emit_order(c, EVENT_ORDER_TRIGGERED, slot, 0, core_order_status(c, slot));
    if (core_cost_fits(ins, &c->pools, o->side, k->cap_units, o->leaves_lots, k->cum_cost))
        core_order_place(c, slot);
    else
        core_order_kill(c, slot, REASON_TOO_LARGE, ORD_STATUS_CANCELED, NULL);
}

void
core_stop_enter(struct core *c, uint32_t slot)
{
    const struct order *o = order_at(&c->pools.orders, slot);
    struct core_instrument *ins = &c->instruments[o->instrument_idx];
    CHECK(o->place == PLACE_TAKING);
    int64_t last = c->view_instruments[o->instrument_idx].last_units;
    int64_t stop = order_cold_at(&c->pools.orders, slot)->stop_units;
    if (last != 0 && (o->side == SIDE_BUY ? last >= stop : last <= stop))
        trigger(c, slot);
    else
        stop_index_add(&ins->stops, &c->pools, slot);
}

/* --- those that trail --- */

bool
core_trail_fits(const struct command_order_new *o)
{
    int32_t offset = o->peg_offset_units;
    return core_trails(o->ord_type) ? (o->side == SIDE_BUY ? offset > 0 : offset < 0) : offset == 0;
}

/* Where it starts: as said, or from the last price; 0 = there is none, or it would be no price. */
static int64_t
trail_start(const struct core *c, uint32_t instrument_idx, const struct command_order_new *o)
{
    const struct hook_instrument *v = &c->view_instruments[instrument_idx];
    struct ticks ticks = core_ticks(c, instrument_idx);
    int64_t from = v->last_units != 0 ? v->last_units : v->reference_units;
    if (o->stop_units != 0)
        return o->stop_units;
    int64_t stop = from == 0 ? 0 : from + o->peg_offset_units;
    if (stop <= 0)
        return 0;
    int64_t below = ticks_floor(&ticks, stop);
    return below == stop || o->side == SIDE_SELL ? below : ticks_above(&ticks, stop);
}

uint16_t
core_stop_price_check(const struct core *c, const struct command_order_new *o, struct core_terms *t)
{
    struct ticks ticks = core_ticks(c, t->instrument_idx);
    t->stop_units = o->stop_units;
    if (!core_trails(o->ord_type))
        return core_price_check(c, t->instrument_idx, o->stop_units);
    const struct hook_instrument *v = &c->view_instruments[t->instrument_idx];
    if (o->peg_offset_units % ticks_step(&ticks, 0) != 0)
        return REASON_PRICE_OFF_TICK;
    if (o->stop_units == 0 && v->last_units == 0 && v->reference_units == 0)
        return REASON_NO_CAP_PRICE;
    t->stop_units = trail_start(c, t->instrument_idx, o);
    return core_price_check(c, t->instrument_idx, t->stop_units);
}

void
core_stop_settle(struct core *c, uint32_t slot)
{
    const struct order *o = order_at(&c->pools.orders, slot);
    struct stop_index *x = &c->instruments[o->instrument_idx].stops;
    if (o->place != PLACE_STOP || !stop_index_trails(&c->pools, slot))
        return;
    stop_index_remove(x, &c->pools, slot);
    stop_index_add(x, &c->pools, slot);
}

/* A side whose stops are to enter stands still; what it is to follow is kept. */
static void
follow(struct core *c, uint32_t instrument_idx, uint8_t side, int64_t price_units)
{
    struct core_instrument *ins = &c->instruments[instrument_idx];
    int64_t *later = &c->auctions[instrument_idx].follow_units[side - SIDE_BUY];
    if (ins->reached_units[side - SIDE_BUY] == 0)
        stop_index_follow(&ins->stops, &c->pools, side, price_units);
    else if (*later == 0 || (side == SIDE_BUY ? price_units < *later : price_units > *later))
        *later = price_units;
}

/* No stop of a side is to enter any more. True: some that trail had stood still until now. */
static bool
let_follow(struct core *c, uint32_t instrument_idx, uint8_t side)
{
    struct core_instrument *ins = &c->instruments[instrument_idx];
    int64_t *later = &c->auctions[instrument_idx].follow_units[side - SIDE_BUY];
    ins->reached_units[side - SIDE_BUY] = 0;
    if (*later == 0)
        return false;
    stop_index_follow(&ins->stops, &c->pools, side, *later);
    *later = 0;
    return true;
}

/* --- those that trades reached --- */

static void
note_reached(struct core_instrument *ins, uint8_t side, int64_t price_units)
{
    int64_t *reached = &ins->reached_units[side - SIDE_BUY];
    if (*reached == 0 || (side == SIDE_BUY ? price_units > *reached : price_units < *reached))
        *reached = price_units;
    if (ins->reached_side == 0)
        ins->reached_side = side;
}

static void
concern(struct core *c, uint32_t instrument_idx, uint8_t side, int64_t price_units)
{
    struct core_instrument *ins = &c->instruments[instrument_idx];
    follow(c, instrument_idx, side, price_units);
    if (stop_index_reached(&ins->stops, &c->pools, side, price_units) != ORDER_NONE)
        note_reached(ins, side, price_units);
}

void
core_stops_concern(struct core *c, uint32_t instrument_idx, int64_t price_units)
{
    concern(c, instrument_idx, SIDE_BUY, price_units);
    concern(c, instrument_idx, SIDE_SELL, price_units);
}

/* The next one of a side, or ORDER_NONE: then nothing is to enter there any more. */
static uint32_t
next_of_side(struct core *c, uint32_t instrument_idx, uint8_t side)
{
    struct core_instrument *ins = &c->instruments[instrument_idx];
    int64_t *reached = &ins->reached_units[side - SIDE_BUY];
    uint32_t slot = stop_index_reached(&ins->stops, &c->pools, side, *reached);
    if (slot != ORDER_NONE || !let_follow(c, instrument_idx, side))
        return slot;
    int64_t last = c->view_instruments[instrument_idx].last_units;
    slot = stop_index_reached(&ins->stops, &c->pools, side, last);
    if (slot != ORDER_NONE)
        *reached = last;
    return slot;
}

/* The next one to enter, or ORDER_NONE; forgets a side that has none left, or may not enter. */
static uint32_t
next_reached(struct core *c, uint32_t instrument_idx)
{
    struct core_instrument *ins = &c->instruments[instrument_idx];
    uint8_t state = c->view_instruments[instrument_idx].state;
    if (state == TRADING_HALTED || state == TRADING_CLOSED) {
        (void)let_follow(c, instrument_idx, SIDE_BUY);
        (void)let_follow(c, instrument_idx, SIDE_SELL);
    }
    for (int turn = 0; turn < 2 && ins->reached_side != 0; turn++) {
        uint32_t slot = next_of_side(c, instrument_idx, ins->reached_side);
        if (slot != ORDER_NONE)
            return slot;
        ins->reached_side = ins->reached_side == SIDE_BUY ? SIDE_SELL : SIDE_BUY;
    }
    ins->reached_side = 0;
    return ORDER_NONE;
}

void
core_stops_start(struct core *c, uint32_t instrument_idx)
{
    struct core_instrument *ins = &c->instruments[instrument_idx];
    if (ins->stops_open)
        return;
    ins->stops_open = 1;
    ins->busy = 1;
    core_work_start(c, &(struct work){.kind = WORK_STOPS, .instrument_idx = instrument_idx});
}

bool
core_stops_run(struct core *c, struct work *w)
{
    struct core_instrument *ins = &c->instruments[w->instrument_idx];
    uint32_t slot = order_pool_find(&c->pools.orders, w->order_id);
    if (slot != ORDER_NONE) /* it entered before, and its sweep goes on */
        core_match(c, slot);
    while (!core_order_sweeps(c, w->order_id)) {
        w->order_id = 0;
        slot = next_reached(c, w->instrument_idx);
        ins->busy = slot != ORDER_NONE;
        if (slot == ORDER_NONE) {
            ins->stops_open = 0;
            return true;
        }
        if (core_room(c) < EVENTS_PER_TRIGGER + core_events_of_links(c) + CORE_EVENTS_TAIL)
            return false;
        w->order_id = order_at(&c->pools.orders, slot)->order_id;
        stop_index_remove(&ins->stops, &c->pools, slot);
        trigger(c, slot);
    }
    return false;
}
