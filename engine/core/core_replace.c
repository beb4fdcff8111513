#include "engine/core/core_priv.h"
#include "engine/core/core_quote.h"

#include "engine/base/check.h"
#include "engine/core/core_link.h"
#include "engine/core/core_offering.h"
#include "engine/core/core_band.h"
#include "engine/core/core_peg.h"
#include "engine/core/core_whole.h"

/* Replace: new price, new total quantity, or both. Only a lower quantity at the same price keeps
 * its place in time; everything else goes to the end of the (new) price, after matching. A parked
 * order stays parked. Of an iceberg with a lower quantity what is not shown goes first; one that
 * loses its place shows as much as at first. A stop that waits keeps its stop price; its place
 * among the stops follows the same rule. The id of the command becomes the order's; without one
 * it keeps the old. The checks, in this order: session, account, actor, client id (known:
 * answered), the order named, instrument and mode, price, quantity, room, amounts, the hooks'
 * decision, funds, post-only. */

struct change {
    uint32_t slot;
    int64_t price_units, qty_lots, open_lots; /* as they will be */
    int64_t need_units, cap_units;
    int64_t more_units; /* held, with an order that it is linked with */
    bool keeps_place;
    bool remember; /* a new client id */
    struct client_key key;
    uint64_t hash, digest;
    struct hook_order seen;
    uint8_t verdict;
};

static void
refuse(struct core *c, const struct command *cmd, uint32_t slot, uint16_t reason)
{
    core_emit_cancel_reject(c, cmd, reason, slot, NULL, 0, ORD_STATUS_REJECTED);
}

/* False: answered. */
static bool
enter(struct core *c, const struct command_order_replace *x, uint32_t *account_idx,
      struct change *ch)
{
    const struct command *cmd = &x->cmd;
    uint32_t session_idx;
    uint16_t reason = core_sender_check(c, cmd, &session_idx, account_idx);
    if (reason == 0 && cmd->id.length > CLIENT_ID_MAX)
        reason = REASON_BAD_CLIENT_ID;
    if (reason != 0) {
        refuse(c, cmd, ORDER_NONE, reason);
        return false;
    }
    ch->remember = cmd->id.length > 0;
    if (!ch->remember)
        return true;
    client_key_set(&ch->key, CLIENT_ORDER, cmd->account_id, &cmd->id);
    ch->hash = client_key_hash(&c->ids, &ch->key);
    ch->digest = core_content_digest(c, cmd);
    uint32_t known = client_ids_find(&c->ids, &ch->key, ch->hash);
    if (known == CLIENT_NONE)
        return true;
    core_order_answer_known(c, cmd, known, ch->digest);
    return false;
}

/* Not parked: it has a place in time. */
static bool
is_placed(const struct order *o)
{
    return o->place == PLACE_BOOK || o->place == PLACE_STOP || o->place == PLACE_WAIT ||
           o->place == PLACE_PEG || o->place == PLACE_WHOLE || o->place == PLACE_OFFERING;
}

static uint16_t
check_change(struct core *c, const struct command_order_replace *x, struct change *ch)
{
    const struct order *o = order_at(&c->pools.orders, ch->slot);
    const struct order_cold *k = order_cold_at(&c->pools.orders, ch->slot);
    const struct core_instrument *ins = &c->instruments[o->instrument_idx];
    bool offered = o->place == PLACE_OFFERING;
    uint16_t reason =
        offered ? core_offering_amends(c, ch->slot,
                                       x->price_units != 0 ? x->price_units : o->price_units,
                                       x->qty_lots != 0 ? x->qty_lots : k->qty_lots)
                : core_instrument_open(c, o->instrument_idx, o->account_idx);
    if (reason == 0 && (o->place == PLACE_DEAL || o->place == PLACE_REQUEST))
        reason = REASON_BAD_STATE; /* what was said stands or is taken back */
    if (reason != 0)
        return reason;
    ch->price_units = x->price_units != 0 ? x->price_units : o->price_units;
    ch->qty_lots = x->qty_lots != 0 ? x->qty_lots : k->qty_lots;
    bool limit = core_has_limit(o->ord_type) || (o->ord_type == ORD_PEGGED && ch->price_units != 0);
    if (!limit && x->price_units != 0)
        return REASON_BAD_PRICE;
    if (limit && (reason = core_price_check(c, o->instrument_idx, ch->price_units)) != 0)
        return reason;
    if ((k->exec_inst & EXEC_POST_SLIDE) != 0 && o->place == PLACE_BOOK)
        ch->price_units = core_slide(c, o->instrument_idx, o->side, ch->price_units);
    if (ch->price_units == 0 && core_has_limit(o->ord_type))
        return REASON_POST_ONLY_WOULD_TAKE;
    ch->cap_units = limit ? ch->price_units : k->cap_units;
    if (ch->qty_lots <= 0 || ch->qty_lots < ins->min_qty_lots)
        return REASON_QTY_OFF_LOT;
    if (ch->qty_lots <= k->cum_lots)
        return REASON_REPLACE_BELOW_FILLED;
    if (core_is_iceberg(c, ch->slot) &&
        !core_display_fits(order_display_at(&c->pools.orders, ch->slot)->display_lots,
                           ch->qty_lots))
        return REASON_TOO_LARGE;
    ch->open_lots = ch->qty_lots - k->cum_lots;
    ch->keeps_place =
        is_placed(o) && ch->price_units == o->price_units && ch->open_lots <= o->leaves_lots;
    if (ch->remember && !client_ids_room(&c->ids))
        return REASON_CLIENT_IDS_FULL;
    if (!core_work_has_room(c))
        return REASON_BUSY;
    return ch->keeps_place || offered ? 0 : core_rest_room(c, ins, o->side, ch->open_lots);
}

static uint16_t
check_amounts(struct core *c, struct change *ch, struct core_terms *t)
{
    const struct order *o = order_at(&c->pools.orders, ch->slot);
    const struct order_cold *k = order_cold_at(&c->pools.orders, ch->slot);
    const struct core_instrument *ins = &c->instruments[o->instrument_idx];
    struct fee_terms fees = core_fee_terms(k);
    struct fee_state state = core_fee_state(k);
    t->cash_slot = o->cash_slot;
    t->asset_slot = o->asset_slot;
    t->cap_units = ch->cap_units;
    uint16_t reason = core_terms_amounts(c, ins, o->side, &fees, &state, ch->open_lots, t);
    if (reason != 0)
        return reason;
    if ((ins->extra & EXTRA_MIN_VALUE) != 0 &&
        core_below_min_value(c, o->instrument_idx, ch->cap_units, ch->qty_lots))
        return REASON_MIN_ORDER_VALUE;
    ch->need_units = t->hold_units;
    int64_t others_more, own = core_link_own(c, ch->slot, ch->need_units, &others_more);
    ch->more_units = own - k->hold_units + others_more;
    return core_cost_fits(ins, &c->pools, o->side, ch->cap_units, ch->open_lots, k->cum_cost)
               ? 0
               : REASON_TOO_LARGE;
}

static uint16_t
ask(struct core *c, struct change *ch, const struct core_terms *t)
{
    const struct order *o = order_at(&c->pools.orders, ch->slot);
    const struct order_cold *k = order_cold_at(&c->pools.orders, ch->slot);
    core_order_see(c, ch->slot, &ch->seen);
    ch->seen.replace = 1;
    ch->seen.old_lots = o->leaves_lots;
    ch->seen.old_price_units = o->price_units;
    ch->seen.price_units = ch->price_units;
    ch->seen.cap_units = ch->cap_units;
    ch->seen.lots = ch->open_lots;
    ch->seen.value_units = t->value_units;
    ch->seen.need_units = ch->more_units;
    if (c->hooks.admit == NULL)
        return 0;
    struct decision d = {0};
    c->hooks.admit(c->hook_self, &ch->seen, &d);
    core_emit_decision(c, DECISION_REPLACE, o->order_id, k->account_id,
                       c->view_instruments[o->instrument_idx].instrument_id, &d);
    ch->verdict = d.verdict;
    if (d.verdict != VERDICT_REJECT)
        return 0;
    return d.reason != 0 ? d.reason : (uint16_t)REASON_NOT_AUTHORIZED;
}

static uint16_t
judge(struct core *c, const struct command_order_replace *x, struct change *ch)
{
    struct core_terms t = {0};
    uint16_t reason = check_change(c, x, ch);
    if (reason == 0)
        reason = check_amounts(c, ch, &t);
    if (reason == 0)
        reason = ask(c, ch, &t);
    if (reason != 0)
        return reason;
    const struct order *o = order_at(&c->pools.orders, ch->slot);
    const struct order_cold *k = order_cold_at(&c->pools.orders, ch->slot);
    if (ch->verdict == VERDICT_HOLD && o->place == PLACE_OFFERING)
        return REASON_NEEDS_APPROVAL;
    if (ch->more_units > t.available_units)
        return REASON_INSUFFICIENT_FUNDS;
    if ((k->exec_inst & EXEC_POST_ONLY) != 0 && o->place == PLACE_BOOK && !ch->keeps_place &&
        core_crosses(c, o->instrument_idx, o->side, ch->cap_units))
        return REASON_POST_ONLY_WOULD_TAKE;
    if (c->instruments[o->instrument_idx].banded &&
        (o->place == PLACE_BOOK || o->place == PLACE_WHOLE) && !ch->keeps_place &&
        core_band_refuses(c, o->instrument_idx, o->side, ch->price_units))
        return REASON_PRICE_BAND;
    return 0;
}

/* Returns the place of the id that it had so far. */
static uint32_t
take_new_id(struct core *c, struct change *ch)
{
    return ch->remember ? client_ids_replace(&c->ids, &ch->key, ch->hash, ch->digest, ch->slot)
                        : client_ids_place(&c->ids, ch->slot);
}

/* From here on nothing can fail. */
static void
carry_out(struct core *c, struct change *ch)
{
    struct order *o = order_at(&c->pools.orders, ch->slot);
    struct order_cold *k = order_cold_at(&c->pools.orders, ch->slot);
    struct core_instrument *ins = &c->instruments[o->instrument_idx];
    bool in_book = o->place == PLACE_BOOK, placed = is_placed(o);
    bool offered = o->place == PLACE_OFFERING;
    bool moves = placed && !ch->keeps_place;
    bool parks = placed && ch->verdict == VERDICT_HOLD, leaves = moves || parks;
    int64_t fewer = o->leaves_lots - ch->open_lots;
    struct order before = *o;
    int64_t shown = book_shown(&c->pools, ch->slot);

    uint32_t former = take_new_id(c, ch);
    if (leaves)
        core_order_take_out(c, ch->slot);
    else if (in_book && fewer > 0) {
        core_link_reduce(c, ch->slot, fewer);
        (void)book_reduce(&ins->book, &c->pools, ch->slot, fewer);
    } else if (offered)
        core_offering_reduce(c, ch->slot, fewer);
    o->price_units = ch->price_units;
    o->leaves_lots = ch->open_lots;
    k->qty_lots = ch->qty_lots;
    k->cap_units = ch->cap_units;
    core_link_hold(c, ch->slot, ch->need_units);
    if (parks)
        core_order_park(c, ch->slot);
    if (c->hooks.amend != NULL)
        c->hooks.amend(c->hook_self, &ch->seen);
    core_emit_replaced(c, ch->slot, former);
    if (leaves && in_book)
        core_emit_book(c, EVENT_BOOK_DELETE, &before, 0);
    else if (in_book && book_shown(&c->pools, ch->slot) != shown)
        core_emit_book(c, EVENT_BOOK_CHANGE, o, book_shown(&c->pools, ch->slot));
    if (leaves && in_book)
        core_view_update(c, o->instrument_idx);
    if (offered && moves)
        core_offering_add(c, ch->slot);
    else if (moves && !parks)
        core_order_place(c, ch->slot);
    else if (o->place == PLACE_WHOLE)
        core_wholes_moved(c, o->instrument_idx);
}

void
core_order_replace(struct core *c, const struct command *cmd)
{
    const struct command_order_replace *x = (const void *)cmd;
    struct change ch = {0};
    uint32_t account_idx;
    if (!enter(c, x, &account_idx, &ch))
        return;
    ch.slot = core_order_named(c, cmd, account_idx, x->order_id, &x->orig);
    if (ch.slot == ORDER_NONE)
        return;
    bool quoted = (order_cold_at(&c->pools.orders, ch.slot)->exec_inst & EXEC_QUOTE) != 0;
    uint16_t reason = quoted ? (uint16_t)REASON_BAD_STATE : judge(c, x, &ch);
    if (reason != 0)
        refuse(c, cmd, ch.slot, reason);
    else
        carry_out(c, &ch);
}

/* One that would be parked is refused instead. */
uint16_t
core_order_amend(struct core *c, uint32_t slot, int64_t price_units, int64_t qty_lots)
{
    struct command_order_replace x = {.price_units = price_units, .qty_lots = qty_lots};
    struct change ch = {.slot = slot};
    uint16_t reason = judge(c, &x, &ch);
    if (reason == 0 && ch.verdict == VERDICT_HOLD)
        reason = REASON_NEEDS_APPROVAL;
    if (reason == 0)
        carry_out(c, &ch);
    return reason;
}
