#include "engine/core/core_peg.h"
#include "engine/core/core_whole.h"
#include "engine/core/core_priv.h"

#include "engine/base/check.h"
#include "engine/core/core_link.h"
#include "engine/core/core_offering.h"
#include "engine/core/core_request.h"
#include "engine/core/core_share.h"

/* What every order goes through: lists, holds, rest, park, end. */

/* What most orders go through stays in line there, although others call it too. */
#define IN_LIFE static inline __attribute__((always_inline))

static void
list_add(struct order_pool *orders, uint32_t slot, uint32_t *head, uint32_t *tail, bool session)
{
    struct order_link *l = order_link_at(orders, slot);
    uint32_t last = *tail;
    if (session) {
        l->session_prev = last;
        l->session_next = ORDER_NONE;
    } else {
        l->account_prev = last;
        l->account_next = ORDER_NONE;
    }
    if (last == ORDER_NONE)
        *head = slot;
    else if (session)
        order_link_at(orders, last)->session_next = slot;
    else
        order_link_at(orders, last)->account_next = slot;
    *tail = slot;
}

/* Enters the lists of account and session: it is open from now on. */
void
core_order_link(struct core *c, uint32_t slot)
{
    const struct order *o = order_at(&c->pools.orders, slot);
    struct core_account *a = &c->accounts[o->account_idx];
    list_add(&c->pools.orders, slot, &a->order_head, &a->order_tail, false);
    c->view_accounts[o->account_idx].open_orders++;
    if (o->session_idx != ORDER_NONE) {
        struct core_session *s = &c->sessions[o->session_idx];
        list_add(&c->pools.orders, slot, &s->order_head, &s->order_tail, true);
        s->order_cnt++;
    }
}

static void
order_unlink(struct core *c, uint32_t slot)
{
    const struct order *o = order_at(&c->pools.orders, slot);
    struct order_pool *orders = &c->pools.orders;
    struct order_link *l = order_link_at(orders, slot);
    struct core_account *a = &c->accounts[o->account_idx];
    if (c->work_cnt > 0)
        core_work_unlink(c, slot);
    *(l->account_prev == ORDER_NONE ? &a->order_head
                                    : &order_link_at(orders, l->account_prev)->account_next) =
        l->account_next;
    *(l->account_next == ORDER_NONE ? &a->order_tail
                                    : &order_link_at(orders, l->account_next)->account_prev) =
        l->account_prev;
    c->view_accounts[o->account_idx].open_orders--;
    if (o->session_idx != ORDER_NONE) {
        struct core_session *s = &c->sessions[o->session_idx];
        *(l->session_prev == ORDER_NONE ? &s->order_head
                                        : &order_link_at(orders, l->session_prev)->session_next) =
            l->session_next;
        *(l->session_next == ORDER_NONE ? &s->order_tail
                                        : &order_link_at(orders, l->session_next)->session_prev) =
            l->session_prev;
        s->order_cnt--;
    }
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
    const struct order *o = order_at(&c->pools.orders, slot);
    struct order_cold *k = order_cold_at(&c->pools.orders, slot);
    uint32_t balance = o->side == SIDE_BUY ? o->cash_slot : o->asset_slot;
    ledger_hold(&c->ledger, balance, hold_units - k->hold_units);
    k->hold_units = hold_units;
    CHECK(hold_units >= 0 && c->ledger.balances[balance].held_units >= 0);
}

int64_t
core_hold_need(const struct core *c, uint32_t slot)
{
    const struct order *o = order_at(&c->pools.orders, slot);
    const struct order_cold *k = order_cold_at(&c->pools.orders, slot);
    const struct core_instrument *ins = &c->instruments[o->instrument_idx];
    int64_t hold = 0;
    if (o->leaves_lots > 0 && o->side == SIDE_SELL) {
        hold = o->leaves_lots * ins->lot_units;
    } else if (o->leaves_lots > 0) {
        struct fee_terms terms = core_fee_terms(k);
        struct fee_state state = core_fee_state(k);
        bool fits = money_hold_buy(&ins->rate, &terms, &state, k->cap_units, o->leaves_lots, &hold);
        CHECK(fits, "a hold that fitted at admission only gets smaller");
    }
    return hold;
}

void
core_hold_refresh(struct core *c, uint32_t slot)
{
    int64_t need = core_hold_need(c, slot);
    if (__builtin_expect(c->link_cnt != 0, false))
        core_link_hold(c, slot, need);
    else
        core_hold_set(c, slot, need);
}

IN_LIFE void
view_update(struct core *c, uint32_t instrument_idx)
{
    const struct book *b = &c->instruments[instrument_idx].book;
    struct hook_instrument *v = &c->view_instruments[instrument_idx];
    v->best_bid_units = book_best_price(b, &c->pools, SIDE_BUY);
    v->best_ask_units = book_best_price(b, &c->pools, SIDE_SELL);
    CHECK(v->best_bid_units == 0 || v->best_ask_units == 0 ||
              v->best_bid_units < v->best_ask_units || c->instruments[instrument_idx].busy ||
              c->instruments[instrument_idx].call,
          "instrument %u is crossed", v->instrument_id);
    core_pegs_moved(c, instrument_idx);
}

void
core_view_update(struct core *c, uint32_t instrument_idx)
{
    view_update(c, instrument_idx);
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
    if (__builtin_expect((ins->extra & EXTRA_PRO_RATA) != 0, false))
        core_share_rest(c, slot);
    view_update(c, o->instrument_idx);
    core_emit_book(c, EVENT_BOOK_ADD, o, o->leaves_lots);
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

/* Places PLACE_TAKING and PLACE_SWEEPING are in no list yet. */
struct client_final *
core_order_finish(struct core *c, uint32_t slot, uint8_t status)
{
    const struct order *o = order_at(&c->pools.orders, slot);
    const struct order_cold *k = order_cold_at(&c->pools.orders, slot);
    CHECK(k->hold_units == 0 && o->place == PLACE_TAKING);
    struct client_final *f = client_ids_finish(&c->ids, slot, status);
    f->price_units = o->price_units;
    f->qty_lots = k->qty_lots;
    f->cum_lots = k->cum_lots;
    f->cum_cost = k->cum_cost;
    order_unlink(c, slot);
    if (o->time_in_force == TIF_GTD)
        due_heap_remove(&c->dues, o->order_id);
    order_pool_give(&c->pools.orders, slot);
    return f;
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
    core_hold_set(c, slot, 0);
    core_emit_canceled(c, slot, reason, status, request);
    if (deal)
        core_deal_end(c, slot, reason, status);
    if (in_book) {
        core_emit_book(c, EVENT_BOOK_DELETE, o, 0);
        view_update(c, o->instrument_idx);
    }
    core_order_finish(c, slot, status)->reason = reason;
    if (other != ORDER_NONE)
        core_link_end(c, other);
}
