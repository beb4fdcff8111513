#include "engine/core/core_priv.h"

#include "engine/base/check.h"
#include "engine/core/core_link.h"

/* Self-trade prevention: an order and one that rests, which may pair and would trade, belong to the
 * same account, firm or beneficial owner. Which of these counts, and what becomes of the two, the
 * instrument says: both parties of a book meet one rule, and nothing has to be decided between two
 * accounts that ask for different ones. It is asked for each pair as it is met, by what the
 * accounts are then; firm 0 and owner 0 are nobody's: such an account is only itself.
 *   newest     the order that enters the market (new, replaced, released, triggered) is canceled
 *   oldest     the one that rests is canceled, and the other goes on
 *   both
 *   decrement  both lose the smaller quantity: who has nothing left is canceled, the other goes on
 * source: FIX 5.0 SP2 tags 2362 SelfMatchPreventionID, 2964 SelfMatchPreventionInstruction; Nasdaq
 * Equity 4, Rule 4757 (anti-internalization); Coinbase Exchange, self-trade prevention (stp). */

static bool
same_party(uint8_t by, const struct hook_account *a, const struct hook_account *b)
{
    if (by == SELF_TRADE_OFF)
        return false;
    if (a->account_id == b->account_id)
        return true;
    if (by == SELF_TRADE_FIRM)
        return a->firm_id != 0 && a->firm_id == b->firm_id;
    return by == SELF_TRADE_OWNER && a->owner_group != 0 && a->owner_group == b->owner_group;
}

enum core_meeting
core_meet(const struct core *c, uint32_t instrument_idx, uint32_t taker_account,
          uint32_t maker_account)
{
    const struct core_instrument *ins = &c->instruments[instrument_idx];
    if (core_killed(c, instrument_idx, maker_account))
        return MEET_STOPPED;
    return same_party(ins->self_trade_by, &c->view_accounts[taker_account],
                      &c->view_accounts[maker_account])
               ? MEET_SELF
               : MEET_TRADE;
}

static void
cancel(struct core *c, uint32_t slot)
{
    core_order_kill(c, slot, REASON_SELF_TRADE, ORD_STATUS_CANCELED, NULL);
}

/* Fewer lots, all else as it was; one in the book keeps its place. */
static void
reduce(struct core *c, uint32_t slot, int64_t lots)
{
    struct order *o = order_at(&c->pools.orders, slot);
    bool in_book = o->place == PLACE_BOOK;
    int64_t shown = book_shown(&c->pools, slot);
    CHECK(lots < o->leaves_lots);
    if (c->hooks.release != NULL) {
        struct hook_order h;
        core_order_see(c, slot, &h);
        c->hooks.release(c->hook_self, &h, lots);
    }
    if (in_book) {
        core_link_reduce(c, slot, lots);
        (void)book_reduce(&c->instruments[o->instrument_idx].book, &c->pools, slot, lots);
    } else
        o->leaves_lots -= lots;
    order_cold_at(&c->pools.orders, slot)->qty_lots -= lots;
    core_hold_refresh(c, slot);
    core_emit_order(c, EVENT_ORDER_REDUCED, slot, REASON_SELF_TRADE, core_order_status(c, slot));
    if (in_book && book_shown(&c->pools, slot) != shown)
        core_emit_book(c, EVENT_BOOK_CHANGE, o, book_shown(&c->pools, slot));
}

/* The resting order is told of first. */
static bool
decrement(struct core *c, uint32_t taker, uint32_t maker)
{
    int64_t taker_lots = order_at(&c->pools.orders, taker)->leaves_lots;
    int64_t maker_lots = order_at(&c->pools.orders, maker)->leaves_lots;
    if (maker_lots > taker_lots)
        reduce(c, maker, taker_lots);
    else
        cancel(c, maker);
    if (taker_lots > maker_lots)
        reduce(c, taker, maker_lots);
    else
        cancel(c, taker);
    return taker_lots > maker_lots;
}

bool
core_avoid(struct core *c, enum core_meeting meeting, uint32_t taker, uint32_t maker)
{
    if (meeting == MEET_STOPPED) {
        core_work_count_early(c, maker);
        core_order_kill(c, maker, REASON_KILL_SWITCH, ORD_STATUS_CANCELED, NULL);
        return true;
    }
    uint8_t mode =
        c->instruments[order_at(&c->pools.orders, taker)->instrument_idx].self_trade_mode;
    if (mode == SELF_TRADE_DECREMENT)
        return decrement(c, taker, maker);
    if (mode != SELF_TRADE_CANCEL_NEWEST)
        cancel(c, maker);
    if (mode != SELF_TRADE_CANCEL_OLDEST)
        cancel(c, taker);
    return mode == SELF_TRADE_CANCEL_OLDEST;
}

bool
core_avoid_ahead(const struct core_instrument *ins, enum core_meeting meeting, int64_t maker_lots,
                 int64_t must_lots, int64_t *open_lots)
{
    if (meeting == MEET_STOPPED || ins->self_trade_mode == SELF_TRADE_CANCEL_OLDEST)
        return true;
    if (ins->self_trade_mode != SELF_TRADE_DECREMENT)
        return false;
    *open_lots -= maker_lots;
    return *open_lots >= must_lots;
}
