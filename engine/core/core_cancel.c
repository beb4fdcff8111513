#include "engine/core/core_hot.h"

#include "engine/base/check.h"
#include "engine/core/core_link.h"
#include "engine/core/core_offering.h"
#include "engine/core/core_band.h"
#include "engine/core/core_peg.h"
#include "engine/core/core_request.h"

/* Cancels, what names an order, and the release of parked ones. Cancels are taken in every venue
 * mode and trading state; only a book in the middle of a sweep answers BOOK_BUSY. */

void
core_order_answer_known(struct core *c, const struct command *cmd, uint32_t client_idx,
                        uint64_t digest)
{
    const struct client_entry *e = client_ids_entry(&c->ids, client_idx);
    if (e->digest != digest) {
        core_emit_refusal(c, cmd, REASON_DUPLICATE_ID, 0);
        return;
    }
    if (client_entry_status(e) == CLIENT_DONE) { /* a proposal was declined under it */
        core_emit_result(c, cmd, 0, e->ref);
        return;
    }
    uint32_t slot = order_pool_find(&c->pools.orders, e->ref);
    if (slot == ORDER_NONE) {
        core_emit_finished_status(c, cmd, client_ids_latest(&c->ids, client_idx));
        return;
    }
    if (order_at(&c->pools.orders, slot)->place == PLACE_REQUEST) {
        core_request_status(c, slot);
        return;
    }
    core_stop_settle(c, slot);
    core_emit_order(c, EVENT_ORDER_STATUS, slot, 0, core_order_status(c, slot));
    struct event_order *answer = (void *)c->out_last; /* to whoever asks */
    answer->ev.session_id = cmd->session_id;
    answer->client_seq = cmd->client_seq;
}

/* By client id: the order that was entered or replaced under it. */
IN_HOT uint32_t
named_by_client(struct core *c, const struct command *cmd, uint32_t account_id,
                const struct client_id *orig)
{
    uint32_t idx = CLIENT_NONE;
    if (orig->length > 0 && orig->length <= CLIENT_ID_MAX) {
        struct client_key key;
        client_key_set(&key, CLIENT_ORDER, account_id, orig);
        idx = client_ids_find(&c->ids, &key, client_key_hash(&c->ids, &key));
    }
    if (idx == CLIENT_NONE) {
        core_emit_cancel_reject(c, cmd, REASON_UNKNOWN_ORDER, ORDER_NONE, NULL, 0,
                                ORD_STATUS_REJECTED);
        return ORDER_NONE;
    }
    uint32_t slot = order_pool_find(&c->pools.orders, client_ids_entry(&c->ids, idx)->ref);
    if (slot == ORDER_NONE) {
        const struct client_ended *e = client_ids_latest(&c->ids, idx);
        uint8_t status = client_entry_status(&e->entry);
        core_emit_cancel_reject(c, cmd, REASON_TOO_LATE, ORDER_NONE, &e->final, e->entry.ref,
                                status < CLIENT_REPLACED ? status : (uint8_t)ORD_STATUS_CANCELED);
    }
    return slot;
}

IN_HOT uint32_t
named_by_number(struct core *c, const struct command *cmd, uint64_t order_id)
{
    uint32_t slot = order_pool_find(&c->pools.orders, order_id);
    if (slot == ORDER_NONE) {
        uint64_t cnt = order_id >> ORDER_SLOT_BITS;
        bool was = cnt > 0 && cnt <= c->pools.orders.accepted_cnt;
        core_emit_cancel_reject(c, cmd, was ? REASON_TOO_LATE : REASON_UNKNOWN_ORDER, ORDER_NONE,
                                NULL, order_id, ORD_STATUS_REJECTED);
    }
    return slot;
}

/* account_idx CORE_NONE: an operator's command without an account, by number only. */
IN_HOT uint32_t
named(struct core *c, const struct command *cmd, uint32_t account_idx, uint64_t order_id,
      const struct client_id *orig)
{
    uint32_t slot = order_id != 0 ? named_by_number(c, cmd, order_id)
                                  : named_by_client(c, cmd, cmd->account_id, orig);
    if (slot == ORDER_NONE)
        return ORDER_NONE;
    const struct order *o = order_at(&c->pools.orders, slot);
    uint16_t reason = 0;
    if (RARELY(o->place == PLACE_STOP))
        core_stop_settle(c, slot);
    if (account_idx != CORE_NONE && o->account_idx != account_idx)
        reason = REASON_NOT_OWNER;
    else if (c->instruments[o->instrument_idx].busy)
        reason = REASON_BOOK_BUSY;
    if (reason == 0)
        return slot;
    core_emit_cancel_reject(c, cmd, reason, reason == REASON_NOT_OWNER ? ORDER_NONE : slot, NULL,
                            order_id, ORD_STATUS_REJECTED);
    return ORDER_NONE;
}

uint32_t
core_order_named(struct core *c, const struct command *cmd, uint32_t account_idx, uint64_t order_id,
                 const struct client_id *orig)
{
    return named(c, cmd, account_idx, order_id, orig);
}

/* What core_order_kill does to an order in a book whose end ends nothing else. */
IN_HOT void
cancel_in_book(struct core *c, uint32_t slot, uint16_t reason, const struct command *request)
{
    const struct order *o = order_at(&c->pools.orders, slot);
    uint32_t instrument_idx = o->instrument_idx;
    book_remove(&c->instruments[instrument_idx].book, &c->pools, slot);
    hot_hold_set(c, slot, o->side, 0);
    hot_put_canceled(c, slot, reason, ORD_STATUS_CANCELED, request);
    hot_put_book(c, EVENT_BOOK_DELETE, o, 0);
    hot_view_update(c, instrument_idx);
    hot_order_finish(c, slot, ORD_STATUS_CANCELED, reason);
}

void
core_order_cancel(struct core *c, const struct command *cmd)
{
    const struct command_order_cancel *x = (const void *)cmd;
    uint32_t session_idx, account_idx = core_account_idx(c, cmd->account_id);
    uint16_t reason = cmd->session_id == ID_NONE ? 0 : core_session_check(c, cmd, &session_idx);
    if (reason == 0 && account_idx == CORE_NONE && (cmd->account_id != 0 || cmd->actor_id == 0))
        reason = REASON_UNKNOWN_ACCOUNT;
    if (reason == 0 && c->hooks.attempt != NULL && account_idx != CORE_NONE)
        c->hooks.attempt(c->hook_self, account_idx, cmd->session_id, cmd);
    if (reason == 0 && cmd->actor_id != 0 && !core_actor_may(c, cmd->actor_id, ROLE_OPERATE))
        reason = REASON_NOT_AUTHORIZED;
    if (reason == 0 && cmd->id.length > CLIENT_ID_MAX)
        reason = REASON_BAD_CLIENT_ID;
    if (RARELY(reason != 0)) {
        core_emit_refusal(c, cmd, reason, 0);
        return;
    }
    uint32_t slot = named(c, cmd, account_idx, x->order_id, &x->orig);
    if (slot == ORDER_NONE)
        return;
    reason = cmd->actor_id != 0 ? REASON_BY_OPERATOR : REASON_BY_CLIENT;
    uint8_t place = order_at(&c->pools.orders, slot)->place;
    if (place == PLACE_BOOK && c->link_cnt == 0 && c->hooks.release == NULL) {
        cancel_in_book(c, slot, reason, cmd);
        return;
    }
    uint16_t kept = place != PLACE_OFFERING ? 0 : core_offering_keeps(c, slot, cmd->actor_id != 0);
    if (kept != 0)
        core_emit_cancel_reject(c, cmd, kept, slot, NULL, x->order_id, ORD_STATUS_REJECTED);
    else
        core_order_kill(c, slot, reason, ORD_STATUS_CANCELED, cmd);
}

/* --- parked orders --- */

/* What may have changed since it was parked; 0 = it goes into the book. */
static uint16_t
check_release(struct core *c, uint32_t slot)
{
    const struct order *o = order_at(&c->pools.orders, slot);
    const struct order_cold *k = order_cold_at(&c->pools.orders, slot);
    const struct core_instrument *ins = &c->instruments[o->instrument_idx];
    if (c->hooks.admit != NULL) {
        struct hook_order h;
        struct decision d = {0};
        core_order_see(c, slot, &h);
        c->hooks.admit(c->hook_self, &h, &d);
        core_emit_decision(c, DECISION_ADMIT, o->order_id, k->account_id,
                           c->view_instruments[o->instrument_idx].instrument_id, &d);
        if (d.verdict == VERDICT_REJECT)
            return d.reason != 0 ? d.reason : (uint16_t)REASON_NOT_AUTHORIZED;
    }
    int64_t min_lots = o->time_in_force == TIF_IOC ? k->until : 0;
    if (ins->call && core_call_refuses(o->ord_type, o->time_in_force, k->exec_inst, min_lots))
        return REASON_CALL_PHASE;
    if (!core_cost_fits(ins, &c->pools, o->side, k->cap_units, o->leaves_lots, k->cum_cost))
        return REASON_TOO_LARGE;
    if (core_trails(o->ord_type) && !trail_pool_has_room(&c->pools.trails))
        return REASON_TABLE_FULL;
    uint16_t reason = core_rest_room(c, ins, o->side, o->leaves_lots);
    if (reason != 0)
        return reason;
    if ((k->exec_inst & EXEC_POST_ONLY) != 0 &&
        core_crosses(c, o->instrument_idx, o->side, k->cap_units))
        return REASON_POST_ONLY_WOULD_TAKE;
    if (ins->banded && (o->ord_type == ORD_LIMIT || o->ord_type == ORD_MARKET_TO_LIMIT) &&
        core_band_refuses(c, o->instrument_idx, o->side, o->price_units))
        return REASON_PRICE_BAND;
    bool whole = o->time_in_force == TIF_FOK;
    int64_t must_lots = whole ? o->leaves_lots : min_lots;
    if (must_lots > o->leaves_lots) /* it was replaced by less */
        must_lots = o->leaves_lots;
    struct core_taker taker = {.instrument_idx = o->instrument_idx,
                               .account_idx = o->account_idx,
                               .side = o->side,
                               .bound_units = k->cap_units,
                               .open_lots = o->leaves_lots};
    if (must_lots != 0 && o->ord_type == ORD_PEGGED) {
        struct core_peg_order x = core_peg_of(c, slot);
        struct peg_market m = core_peg_market(c, o->instrument_idx);
        taker.bound_units = core_peg_bound(&x, &m);
    }
    if (ins->banded && must_lots != 0)
        taker.bound_units = core_band_bound(c, o->instrument_idx, o->side, taker.bound_units);
    int steps = CORE_FOK_STEPS_MAX;
    if (must_lots == 0 || core_would_fill(c, &taker, must_lots, &steps))
        return 0;
    return whole ? REASON_FOK_NOT_FILLED : REASON_MIN_QTY_NOT_MET;
}

/* One that slides is priced by the market that it is released into. */
static uint16_t
slide(struct core *c, uint32_t slot)
{
    struct order *o = order_at(&c->pools.orders, slot);
    struct order_cold *k = order_cold_at(&c->pools.orders, slot);
    struct fee_terms fees = core_fee_terms(k);
    struct fee_state state = core_fee_state(k);
    struct core_terms t = {.cash_slot = o->cash_slot, .asset_slot = o->asset_slot};
    t.cap_units = core_slide(c, o->instrument_idx, o->side, o->price_units);
    if (t.cap_units == 0)
        return REASON_POST_ONLY_WOULD_TAKE;
    uint16_t reason = core_terms_amounts(c, &c->instruments[o->instrument_idx], o->side, &fees,
                                         &state, o->leaves_lots, &t);
    if (reason != 0)
        return reason;
    o->price_units = k->cap_units = t.cap_units;
    core_link_hold(c, slot, t.hold_units);
    return 0;
}

void
core_order_release(struct core *c, uint32_t slot)
{
    uint16_t reason = 0;
    if ((order_cold_at(&c->pools.orders, slot)->exec_inst & EXEC_POST_SLIDE) != 0)
        reason = slide(c, slot);
    if (reason == 0)
        reason = check_release(c, slot);
    if (reason != 0) {
        core_order_kill(c, slot, reason, ORD_STATUS_CANCELED, NULL);
        return;
    }
    struct order *o = order_at(&c->pools.orders, slot);
    o->place = PLACE_TAKING;
    core_emit_order(c, EVENT_ORDER_RELEASED, slot, 0, core_order_status(c, slot));
    core_order_place(c, slot);
}

/* COMMAND_RESULT comes first (accepted, or why not); what follows from it comes after. */
void
core_order_decide(struct core *c, const struct command *cmd)
{
    const struct command_order_decide *x = (const void *)cmd;
    struct core_admin admin;
    if (!core_admin_enter(c, cmd, ROLE_COMPLIANCE, 0, 0, &admin))
        return;
    uint32_t slot = order_pool_find(&c->pools.orders, x->order_id);
    const struct order *o = slot == ORDER_NONE ? NULL : order_at(&c->pools.orders, slot);
    uint16_t reason = 0;
    if (o == NULL)
        reason = REASON_UNKNOWN_ORDER;
    else if (o->place != PLACE_PARKED)
        reason = REASON_BAD_STATE;
    else if (x->release > 1)
        reason = REASON_BAD_FIELD;
    else if (x->release == 1)
        reason = core_instrument_open(c, o->instrument_idx, o->account_idx);
    if (reason == 0 && x->release == 1 && !core_work_has_room(c))
        reason = REASON_BUSY;
    core_emit_result(c, cmd, reason, x->order_id);
    if (reason != 0)
        return;
    core_admin_done(c, cmd, &admin, x->order_id);
    if (x->release == 1)
        core_order_release(c, slot);
    else
        core_order_kill(c, slot,
                        x->reason > 0 && x->reason <= UINT16_MAX ? (uint16_t)x->reason
                                                                 : (uint16_t)REASON_BY_OPERATOR,
                        ORD_STATUS_CANCELED, NULL);
}
