#include "engine/core/core_hot.h"
#include "engine/core/core_whole.h"

#include "engine/base/check.h"
#include "engine/core/core_link.h"
#include "engine/core/core_offering.h"
#include "engine/core/core_request.h"
#include "engine/core/core_share.h"

/* What every order goes through: lists, holds, rest, park, end. */

/* What most orders go through stays in line there, although others call it too. */
#define IN_LIFE static inline __attribute__((always_inline))

void
core_order_link(struct core *c, uint32_t slot)
{
    const struct order *o = order_at(&c->pools.orders, slot);
    hot_order_link(c, slot, o->account_idx, o->session_idx);
}

uint8_t
core_order_status(const struct core *c, uint32_t slot)
{
    if (order_at(&c->pools.orders, slot)->place == PLACE_PARKED)
        return ORD_STATUS_PARKED;
    return order_cold_at(&c->pools.orders, slot)->cum_lots == 0 ? ORD_STATUS_NEW
                                                                : ORD_STATUS_PARTIALLY_FILLED;
}

void
core_hold_set(struct core *c, uint32_t slot, int64_t hold_units)
{
    hot_hold_set(c, slot, order_at(&c->pools.orders, slot)->side, hold_units);
}

int64_t
core_hold_need(const struct core *c, uint32_t slot)
{
    return hot_hold_need(c, slot, order_at(&c->pools.orders, slot)->side);
}

void
core_hold_refresh(struct core *c, uint32_t slot)
{
    hot_hold_refresh(c, slot, order_at(&c->pools.orders, slot)->side);
}

void
core_view_update(struct core *c, uint32_t instrument_idx)
{
    hot_view_update(c, instrument_idx);
}

void
core_order_rest(struct core *c, uint32_t slot)
{
    struct order *o = order_at(&c->pools.orders, slot);
    if (order_cold_at(&c->pools.orders, slot)->veil != VEIL_NONE) {
        if (o->ord_type == ORD_PEGGED)
            core_peg_rest(c, slot);
        else if (core_is_whole(c, slot))
            core_whole_rest(c, slot);
        else
            core_rest_veiled(c, slot);
        core_wholes_moved(c, o->instrument_idx);
        return;
    }
    struct core_instrument *ins = &c->instruments[o->instrument_idx];
    book_add(&ins->book, &c->pools, slot);
    if (RARELY(c->link_cnt != 0))
        core_link_rest(c, slot);
    if (__builtin_expect((ins->extra & EXTRA_PRO_RATA) != 0, false))
        core_share_rest(c, slot);
    hot_view_update(c, o->instrument_idx);
    hot_put_book(c, EVENT_BOOK_ADD, o, o->leaves_lots);
}

/* An order as hooks see it, of one that is open. */
void
core_order_see(const struct core *c, uint32_t slot, struct hook_order *out)
{
    const struct order *o = order_at(&c->pools.orders, slot);
    const struct order_cold *k = order_cold_at(&c->pools.orders, slot);
    const struct core_instrument *ins = &c->instruments[o->instrument_idx];
    const struct balance *b =
        &c->ledger.balances[o->side == SIDE_BUY ? o->cash_slot : o->asset_slot];
    *out = (struct hook_order){
        .order_id = o->order_id,
        .account_idx = o->account_idx,
        .instrument_idx = o->instrument_idx,
        .session_id = k->session_id,
        .side = o->side,
        .ord_type = o->ord_type,
        .time_in_force = o->time_in_force,
        .exec_inst = k->exec_inst,
        .price_units = o->price_units,
        .cap_units = k->cap_units,
        .lots = o->leaves_lots,
        .value_units = money_notional(&ins->rate, k->cap_units * o->leaves_lots),
        .available_units = balance_available(b),
    };
}

void
core_order_park(struct core *c, uint32_t slot)
{
    struct order *o = order_at(&c->pools.orders, slot);
    CHECK(o->place == PLACE_TAKING);
    o->place = PLACE_PARKED;
}

struct client_final *
core_order_finish(struct core *c, uint32_t slot, uint8_t status)
{
    return hot_order_finish(c, slot, status, 0);
}

IN_LIFE void
take_out(struct core *c, uint32_t slot)
{
    struct order *o = order_at(&c->pools.orders, slot);
    struct core_instrument *ins = &c->instruments[o->instrument_idx];
    if (__builtin_expect(ins->busy, false))
        core_share_leave(c, slot);
    if (o->place == PLACE_BOOK)
        book_remove(&ins->book, &c->pools, slot);
    else if (o->place == PLACE_STOP)
        stop_index_remove(&ins->stops, &c->pools, slot);
    else if (o->place == PLACE_WAIT)
        core_wait_remove(c, slot);
    else if (o->place == PLACE_PEG)
        core_peg_leave(c, slot);
    else if (o->place == PLACE_WHOLE)
        core_whole_take_out(c, slot);
    else if (o->place == PLACE_OFFERING)
        core_offering_remove(c, slot);
    o->place = PLACE_TAKING;
}

void
core_order_take_out(struct core *c, uint32_t slot)
{
    if (c->link_cnt != 0)
        core_link_leave(c, slot);
    take_out(c, slot);
}

void
core_order_kill(struct core *c, uint32_t slot, uint16_t reason, uint8_t status,
                const struct command *request)
{
    struct order *o = order_at(&c->pools.orders, slot);
    if (__builtin_expect(o->place == PLACE_REQUEST, false)) {
        core_request_end(c, slot, reason, status);
        return;
    }
    bool in_book = o->place == PLACE_BOOK;
    uint32_t other = c->link_cnt == 0 ? ORDER_NONE : core_link_cut(c, slot);
    if (c->hooks.release != NULL) {
        struct hook_order h;
        core_order_see(c, slot, &h);
        c->hooks.release(c->hook_self, &h, o->leaves_lots);
    }
    bool deal = o->place == PLACE_DEAL;
    take_out(c, slot);
    hot_hold_set(c, slot, o->side, 0);
    hot_put_canceled(c, slot, reason, status, request);
    if (deal)
        core_deal_end(c, slot, reason, status);
    if (in_book) {
        hot_put_book(c, EVENT_BOOK_DELETE, o, 0);
        hot_view_update(c, o->instrument_idx);
    }
    (void)hot_order_finish(c, slot, status, reason);
    if (other != ORDER_NONE)
        core_link_end(c, other);
}
