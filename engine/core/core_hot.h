#ifndef ENGINE_CORE_CORE_HOT_H
#define ENGINE_CORE_CORE_HOT_H

#include <string.h>

#include "engine/base/check.h"
#include "engine/core/core_link.h"
#include "engine/core/core_peg.h"
#include "engine/core/core_priv.h"

/* What nearly every order goes through, in line where it counts: a call costs twenty instructions
 * in registers that are saved and records that are found again. The functions of the same names in
 * core_emit.c and core_life.c are these, for everybody else. */

#define IN_HOT static inline __attribute__((always_inline))

/* The way of most orders is laid out as a straight line, and what is not likely is compiled for
 * size: gcc takes what stands behind many tests for unlikely unless it is told about each. */
#define RARELY(cond) __builtin_expect(!!(cond), 0)

/* An event without one; copied, as gcc clears so many bytes with a slow string instruction. */
static const struct client_id no_id;

/* --- events --- */

/* Each event is written field by field, padding included: what comes out must not depend on what
 * lay in the buffer before. The two ids are the caller's. */
IN_HOT struct event_order *
hot_put_order(struct core *c, uint16_t type, uint32_t slot, uint16_t reason, uint8_t status)
{
    const struct order *o = order_at(&c->pools.orders, slot);
    const struct order_cold *k = order_cold_at(&c->pools.orders, slot);
    const struct hook_instrument *v = &c->view_instruments[o->instrument_idx];
    struct event_order *e = core_emit(c, type, sizeof(*e), AUDIENCE_PARTY, k->session_id);
    bool buy = o->side == SIDE_BUY;
    const uint32_t open =
        1u << ORD_STATUS_NEW | 1u << ORD_STATUS_PARTIALLY_FILLED | 1u << ORD_STATUS_PARKED;
    const struct balance *b = &c->ledger.balances[buy ? o->cash_slot : o->asset_slot];
    e->order_id = o->order_id;
    e->client_seq = c->cmd->session_id == k->session_id ? c->cmd->client_seq : 0;
    e->account_id = k->account_id;
    e->instrument_id = v->instrument_id;
    e->side = o->side;
    e->ord_type = o->ord_type;
    e->time_in_force = o->time_in_force;
    e->status = status;
    e->reason = reason;
    e->tenant_id = k->tenant_id;
    e->exec_inst = k->exec_inst;
    e->hold_asset_id = buy ? v->currency_id : v->asset_id;
    e->price_units = o->price_units;
    e->cap_units = k->cap_units;
    e->qty_lots = k->qty_lots;
    e->cum_lots = k->cum_lots;
    e->leaves_lots = (open >> status & 1) != 0 ? o->leaves_lots : 0;
    e->cum_cost = k->cum_cost;
    e->hold_units = k->hold_units;
    e->hold_after.settled_units = b->settled_units;
    e->hold_after.held_units = b->held_units;
    e->user_data = k->user_data;
    e->stop_units = k->stop_units;
    e->expire_ns = o->time_in_force == TIF_GTD ? k->until : 0;
    e->display_lots =
        k->veil == VEIL_ICEBERG ? order_display_at(&c->pools.orders, slot)->display_lots : 0;
    e->display_range = k->display_range;
    e->peg_offset_units = k->offset_units;
    return e;
}

IN_HOT void
hot_put_canceled(struct core *c, uint32_t slot, uint16_t reason, uint8_t status,
                 const struct command *request)
{
    struct event_order *e = hot_put_order(c, EVENT_ORDER_CANCELED, slot, reason, status);
    const struct client_id *own = client_ids_of(&c->ids, slot);
    if (request != NULL && request->id.length > 0) {
        e->id = request->id;
        e->orig = *own;
    } else {
        e->id = *own;
        e->orig = no_id;
    }
}

/* BOOK_ADD, BOOK_CHANGE, BOOK_REFILL: o is in the book. BOOK_DELETE: it was just taken out of it.
 * Of a hidden order nothing is said. */
IN_HOT void
hot_put_book(struct core *c, uint16_t type, const struct order *o, int64_t shown_lots)
{
    bool veils = __builtin_expect(c->pools.orders.veils, false);
    const struct core_instrument *ins = &c->instruments[o->instrument_idx];
    if (veils && order_cold_at(&c->pools.orders, o->order_id & ORDER_POOL_MAX)->veil == VEIL_HIDDEN)
        return;
    struct event_book *e = core_emit(c, type, sizeof(*e), AUDIENCE_PUBLIC, 0);
    /* A level that went with its last order keeps its figures until the slot is used again. */
    const struct level *l = &c->pools.levels.levels[o->level];
    e->order_id = o->order_id;
    e->instrument_id = c->view_instruments[o->instrument_idx].instrument_id;
    e->side = o->side;
    memset(e->zero, 0, sizeof(e->zero));
    e->price_units = o->price_units;
    e->qty_lots = shown_lots;
    e->level_lots = l->lots;
    e->level_orders = l->order_cnt;
    if (veils)
        book_level_shown(&ins->book, &c->pools, o->side, o->level, &e->level_lots,
                         &e->level_orders);
    e->zero1 = 0;
    if (__builtin_expect(ins->call, false))
        core_times_changed(c, o->instrument_idx);
}

/* The event of a decision that is still to be made: the caller sets its stage after it was. */
IN_HOT struct decision *
hot_open_decision(struct core *c, uint64_t order_id, uint32_t account_id, uint32_t instrument_id)
{
    struct event_decision *e = core_emit(c, EVENT_DECISION, sizeof(*e), AUDIENCE_CONFIDENTIAL, 0);
    e->order_id = order_id;
    e->account_id = account_id;
    e->instrument_id = instrument_id;
    _Static_assert(offsetof(struct event_decision, stage) + sizeof(struct decision) == sizeof(*e) &&
                       offsetof(struct event_decision, evaluated) -
                               offsetof(struct event_decision, stage) ==
                           offsetof(struct decision, evaluated),
                   "the decision as it is");
    struct decision *d = (void *)&e->stage;
    *d = (struct decision){0};
    return d;
}

/* --- what is held; side: the order's, where it is known --- */

IN_HOT void
hot_hold_set(struct core *c, uint32_t slot, uint8_t side, int64_t hold_units)
{
    const struct order *o = order_at(&c->pools.orders, slot);
    struct order_cold *k = order_cold_at(&c->pools.orders, slot);
    uint32_t balance = side == SIDE_BUY ? o->cash_slot : o->asset_slot;
    ledger_hold(&c->ledger, balance, hold_units - k->hold_units);
    k->hold_units = hold_units;
    CHECK(hold_units >= 0 && c->ledger.balances[balance].held_units >= 0);
}

IN_HOT int64_t
hot_hold_need(const struct core *c, uint32_t slot, uint8_t side)
{
    const struct order *o = order_at(&c->pools.orders, slot);
    const struct order_cold *k = order_cold_at(&c->pools.orders, slot);
    const struct core_instrument *ins = &c->instruments[o->instrument_idx];
    int64_t hold = 0;
    if (side == SIDE_SELL) {
        hold = o->leaves_lots * ins->lot_units;
    } else if (o->leaves_lots > 0) {
        struct fee_terms terms = core_fee_terms(k);
        struct fee_state state = core_fee_state(k);
        bool fits = money_hold_buy(&ins->rate, &terms, &state, k->cap_units, o->leaves_lots, &hold);
        CHECK(fits, "a hold that fitted at admission only gets smaller");
    }
    return hold;
}

IN_HOT void
hot_hold_refresh(struct core *c, uint32_t slot, uint8_t side)
{
    int64_t need = hot_hold_need(c, slot, side);
    if (__builtin_expect(c->link_cnt != 0, false))
        core_link_hold(c, slot, need);
    else
        hot_hold_set(c, slot, side, need);
}

/* --- what everybody may see of a book --- */

IN_HOT void
hot_view_update(struct core *c, uint32_t instrument_idx)
{
    const struct core_instrument *ins = &c->instruments[instrument_idx];
    struct hook_instrument *v = &c->view_instruments[instrument_idx];
    int64_t bid = book_best_price(&ins->book, &c->pools, SIDE_BUY);
    int64_t ask = book_best_price(&ins->book, &c->pools, SIDE_SELL);
    v->best_bid_units = bid;
    v->best_ask_units = ask;
    CHECK(bid < ask || ask == 0 || ins->busy || ins->call, "instrument %u is crossed",
          v->instrument_id);
    core_pegs_moved(c, instrument_idx);
}

/* --- lists, the end --- */

IN_HOT void
hot_list_add(struct core *c, uint32_t slot, uint32_t *head, uint32_t *tail, bool session)
{
    struct order_link *l = order_link_at(&c->pools.orders, slot);
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
        order_link_at(&c->pools.orders, last)->session_next = slot;
    else
        order_link_at(&c->pools.orders, last)->account_next = slot;
    *tail = slot;
}

/* Enters the lists of account and session: it is open from now on. */
IN_HOT void
hot_order_link(struct core *c, uint32_t slot, uint32_t account_idx, uint32_t session_idx)
{
    struct core_account *a = &c->accounts[account_idx];
    hot_list_add(c, slot, &a->order_head, &a->order_tail, false);
    c->view_accounts[account_idx].open_orders++;
    if (session_idx != ORDER_NONE) {
        struct core_session *s = &c->sessions[session_idx];
        hot_list_add(c, slot, &s->order_head, &s->order_tail, true);
        s->order_cnt++;
    }
}

IN_HOT void
hot_order_unlink(struct core *c, uint32_t slot)
{
    const struct order *o = order_at(&c->pools.orders, slot);
    struct order_pool *p = &c->pools.orders;
    const struct order_link *l = order_link_at(p, slot);
    struct core_account *a = &c->accounts[o->account_idx];
    if (c->work_cnt > 0)
        core_work_unlink(c, slot);
    *(l->account_prev == ORDER_NONE ? &a->order_head
                                    : &order_link_at(p, l->account_prev)->account_next) =
        l->account_next;
    *(l->account_next == ORDER_NONE ? &a->order_tail
                                    : &order_link_at(p, l->account_next)->account_prev) =
        l->account_prev;
    c->view_accounts[o->account_idx].open_orders--;
    if (o->session_idx != ORDER_NONE) {
        struct core_session *s = &c->sessions[o->session_idx];
        *(l->session_prev == ORDER_NONE ? &s->order_head
                                        : &order_link_at(p, l->session_prev)->session_next) =
            l->session_next;
        *(l->session_next == ORDER_NONE ? &s->order_tail
                                        : &order_link_at(p, l->session_next)->session_prev) =
            l->session_prev;
        s->order_cnt--;
    }
}

/* Places PLACE_TAKING and PLACE_SWEEPING are in no list yet. */
IN_HOT struct client_final *
hot_order_finish(struct core *c, uint32_t slot, uint8_t status, uint16_t reason)
{
    const struct order *o = order_at(&c->pools.orders, slot);
    const struct order_cold *k = order_cold_at(&c->pools.orders, slot);
    CHECK(k->hold_units == 0 && o->place == PLACE_TAKING);
    struct client_final *f = client_ids_finish(&c->ids, slot, status);
    f->price_units = o->price_units;
    f->qty_lots = k->qty_lots;
    f->cum_lots = k->cum_lots;
    f->cum_cost = k->cum_cost;
    f->reason = reason;
    hot_order_unlink(c, slot);
    if (o->time_in_force == TIF_GTD)
        due_heap_remove(&c->dues, o->order_id);
    order_pool_give(&c->pools.orders, slot);
    return f;
}

#endif
