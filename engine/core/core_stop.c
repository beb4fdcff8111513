#include "engine/core/core_priv.h"

#include "engine/base/check.h"

/* Stop orders: held outside the book until a trade reaches the stop price (a buy: at or above, a
 * sell: at or below). Then a stop becomes a market order, bounded by its cap as at entry, and a
 * stop-limit order a limit order; each enters the market as if it came now.
 * Trades note how far they reached. When the order that brought them is done, those reached enter
 * one at a time, each matched before the next: first the side that was reached first (buys, when
 * one trade reached both), of a side the stop nearest to the market, at one stop price by arrival.
 * What they trade may reach more. Until all are done their book takes nothing new. A halt ends it:
 * those that have not entered wait for the next trade that reaches them. */

/* Most events of one trigger before its matching, which sees for its own room. */
enum { EVENTS_PER_TRIGGER = 4 };

static bool
reaches(uint8_t side, int64_t stop_units, int64_t price_units)
{
    if (price_units == 0)
        return false;
    return side == SIDE_BUY ? price_units >= stop_units : price_units <= stop_units;
}

/* The order is PLACE_TAKING. */
static void
trigger(struct core *c, uint32_t slot)
{
    struct order *o = &c->pools.orders.hot[slot];
    struct order_cold *k = &c->pools.orders.cold[slot];
    if (o->ord_type == ORD_STOP) {
        if (o->time_in_force == TIF_GTD)
            due_heap_remove(&c->dues, o->order_id);
        o->ord_type = ORD_MARKET;
        o->time_in_force = TIF_IOC;
        k->until = 0;
    } else {
        o->ord_type = ORD_LIMIT;
    }
    core_emit_order(c, EVENT_ORDER_TRIGGERED, slot, 0, core_order_status(c, slot));
    if (core_cost_fits(&c->instruments[o->instrument_idx], &c->pools, o->side, k->cap_units,
                       o->leaves_lots, k->cum_cost))
        core_order_place(c, slot);
    else
        core_order_kill(c, slot, REASON_TOO_LARGE, ORD_STATUS_CANCELED, NULL);
}

void
core_stop_enter(struct core *c, uint32_t slot)
{
    const struct order *o = &c->pools.orders.hot[slot];
    struct core_instrument *ins = &c->instruments[o->instrument_idx];
    CHECK(o->place == PLACE_TAKING);
    if (reaches(o->side, c->pools.orders.cold[slot].stop_units,
                c->view_instruments[o->instrument_idx].last_units))
        trigger(c, slot);
    else
        stop_index_add(&ins->stops, &c->pools, slot);
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

/* Both sides at once: only by the first trade ever, as what the last one has reached is gone. */
void
core_stops_reached(struct core_instrument *ins, int64_t price_units)
{
    if (price_units >= ins->stops.rising_units)
        note_reached(ins, SIDE_BUY, price_units);
    if (price_units <= ins->stops.falling_units)
        note_reached(ins, SIDE_SELL, price_units);
}

/* The next one to enter, or ORDER_NONE; forgets a side that has none left, or may not enter. */
static uint32_t
next_reached(const struct core *c, uint32_t instrument_idx)
{
    struct core_instrument *ins = &c->instruments[instrument_idx];
    uint8_t state = c->view_instruments[instrument_idx].state;
    if (state == TRADING_HALTED || state == TRADING_CLOSED)
        ins->reached_units[0] = ins->reached_units[1] = 0;
    for (int turn = 0; turn < 2 && ins->reached_side != 0; turn++) {
        uint8_t side = ins->reached_side;
        int64_t *reached = &ins->reached_units[side - SIDE_BUY];
        uint32_t slot = stop_index_next(&ins->stops, &c->pools, side);
        if (slot != ORDER_NONE && reaches(side, c->pools.orders.cold[slot].stop_units, *reached))
            return slot;
        *reached = 0;
        ins->reached_side = side == SIDE_BUY ? SIDE_SELL : SIDE_BUY;
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
        if (core_room(c) < EVENTS_PER_TRIGGER + CORE_EVENTS_TAIL)
            return false;
        w->order_id = c->pools.orders.hot[slot].order_id;
        stop_index_remove(&ins->stops, &c->pools, slot);
        trigger(c, slot);
    }
    return false;
}
