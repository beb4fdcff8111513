#include "engine/core/core_priv.h"

#include "engine/base/check.h"
#include "engine/core/core_link.h"
#include "engine/core/core_whole.h"

/* A call to an auction: orders rest in the book, crossed or not, and nothing matches. A market
 * order rests at the price that bounds it (protection), for this auction only, as do orders at the
 * open and at the close. Those wait outside the book, by arrival, until the call that they are for
 * begins; they enter it behind what is there. What wants to trade at once, all or never to take has
 * no meaning in a call and is refused. */

bool
core_call_refuses(uint8_t ord_type, uint8_t time_in_force, uint32_t exec_inst, int64_t min_qty_lots)
{
    return (exec_inst & (EXEC_POST_ONLY | EXEC_POST_SLIDE | EXEC_ALL_OR_NONE)) != 0 ||
           time_in_force == TIF_FOK ||
           (time_in_force == TIF_IOC && (ord_type != ORD_MARKET || min_qty_lots != 0)) ||
           ord_type == ORD_MARKET_TO_LIMIT || ord_type == ORD_PEGGED;
}

/* The list that an order waits in: 0 for the open, 1 for the close. */
static int
wait_list(const struct order *o)
{
    return o->time_in_force == TIF_OPG ? 0 : 1;
}

void
core_wait_add(struct core *c, uint32_t slot)
{
    struct order *o = order_at(&c->pools.orders, slot);
    struct core_auction *a = &c->auctions[o->instrument_idx];
    int list = wait_list(o);
    o->prev = a->wait_tail[list];
    o->next = ORDER_NONE;
    o->place = PLACE_WAIT;
    if (o->prev == ORDER_NONE)
        a->wait_head[list] = slot;
    else
        order_at(&c->pools.orders, o->prev)->next = slot;
    a->wait_tail[list] = slot;
}

void
core_wait_remove(struct core *c, uint32_t slot)
{
    struct order_pool *orders = &c->pools.orders;
    struct order *o = order_at(orders, slot);
    struct core_auction *a = &c->auctions[o->instrument_idx];
    int list = wait_list(o);
    CHECK(o->place == PLACE_WAIT);
    *(o->prev == ORDER_NONE ? &a->wait_head[list] : &order_at(orders, o->prev)->next) = o->next;
    *(o->next == ORDER_NONE ? &a->wait_tail[list] : &order_at(orders, o->next)->prev) = o->prev;
    o->place = PLACE_TAKING;
}

/* Aborts unless lists and orders agree; returns the orders. */
uint32_t
core_wait_check(const struct core *c, uint32_t instrument_idx)
{
    const struct core_auction *a = &c->auctions[instrument_idx];
    uint32_t cnt = 0;
    for (int list = 0; list < 2; list++) {
        uint32_t last = ORDER_NONE;
        for (uint32_t at = a->wait_head[list]; at != ORDER_NONE;
             at = order_at(&c->pools.orders, at)->next) {
            const struct order *o = order_at(&c->pools.orders, at);
            CHECK(o->place == PLACE_WAIT && o->prev == last && wait_list(o) == list &&
                  o->instrument_idx == instrument_idx);
            last = at;
            cnt++;
        }
        CHECK(a->wait_tail[list] == last);
    }
    return cnt;
}

static bool
is_its_call(const struct core *c, const struct order *o)
{
    uint8_t state = c->view_instruments[o->instrument_idx].state;
    return o->time_in_force == TIF_OPG ? state == TRADING_CALL_OPENING
                                       : state == TRADING_CALL_CLOSING;
}

void
core_call_take(struct core *c, uint32_t slot)
{
    struct order *o = order_at(&c->pools.orders, slot);
    const struct core_instrument *ins = &c->instruments[o->instrument_idx];
    struct core_auction *a = &c->auctions[o->instrument_idx];
    if (o->ord_type == ORD_PEGGED || core_is_whole(c, slot)) { /* replaced: it waits as it did */
        core_order_rest(c, slot);
        return;
    }
    if (core_is_for_auction(o->time_in_force) && !is_its_call(c, o)) {
        core_wait_add(c, slot);
        return;
    }
    if (o->price_units == 0)
        o->price_units = order_cold_at(&c->pools.orders, slot)->cap_units;
    uint16_t reason = core_rest_room(c, ins, o->side, o->leaves_lots);
    if (reason != 0) {
        core_order_kill(c, slot, reason, ORD_STATUS_CANCELED, NULL);
        return;
    }
    if (core_is_for_auction(o->time_in_force) || o->time_in_force == TIF_IOC)
        a->one_auction = 1;
    core_order_rest(c, slot);
}

bool
core_call_enter_run(struct core *c, uint32_t instrument_idx)
{
    const struct core_auction *a = &c->auctions[instrument_idx];
    uint8_t state = c->view_instruments[instrument_idx].state;
    if (state != TRADING_CALL_OPENING && state != TRADING_CALL_CLOSING)
        return true;
    int list = state == TRADING_CALL_OPENING ? 0 : 1;
    while (a->wait_head[list] != ORDER_NONE) {
        if (core_room(c) < core_events_per_end(c) + CORE_EVENTS_TAIL)
            return false;
        uint32_t slot = a->wait_head[list];
        core_wait_remove(c, slot);
        core_call_take(c, slot);
    }
    return true;
}
