#include "engine/core/core_hot.h"

#include "engine/base/check.h"
#include "engine/core/core_form.h"
#include "engine/core/core_link.h"
#include "engine/core/core_band.h"
#include "engine/core/core_offering.h"
#include "engine/core/core_peg.h"

/* The way of a plain order is compiled by itself, in one piece and with its terms in registers:
 * what is on it is in line (IN_NEW), what is rare is called (RARE), without a pointer to them. */
#define IN_NEW static inline __attribute__((always_inline))
#define RARE   static __attribute__((noinline, cold))

/* A new order. The first that applies decides, in this order:
 *   1 session known, up, of this incarnation      2 account known      3 actor may act for it
 *   4 client id there; known already: answered (same content) or DUPLICATE_ID
 *   5 instrument known, not retired; venue's mode; kill switches; trading state; no sweep or day
 *     end under way
 *   6 side, order type, time in force, execution instructions, date; fit for a call
 *   7 price and stop price (tick, range)      8 quantity (positive, minimum)
 *   9 room: orders, levels, client ids, balances
 *  10 market-to-limit: there is a best price; slide: one beside it; pegged: room for its offset
 *  11 cap price; amounts fit; a sell covers the minimum fee
 *  12 the hooks' decision      13 funds      14 post-only, fill-or-kill, minimum quantity */

/* Why, where something may be in the way. */
RARE uint16_t
not_open(const struct core *c, uint32_t instrument_idx, uint32_t account_idx)
{
    const struct core_instrument *ins = &c->instruments[instrument_idx];
    if (ins->retired)
        return REASON_INSTRUMENT_RETIRED;
    if (c->mode == MODE_CANCEL_ONLY)
        return REASON_CANCEL_ONLY;
    if (core_killed(c, instrument_idx, account_idx))
        return REASON_KILL_SWITCH;
    if (c->view_instruments[instrument_idx].state == TRADING_HALTED)
        return REASON_HALTED;
    if (c->view_instruments[instrument_idx].state == TRADING_CLOSED)
        return REASON_CLOSED;
    if (ins->busy || c->day_end_open || c->expiry_open)
        return REASON_BOOK_BUSY;
    return 0;
}

IN_NEW uint16_t
instrument_open(const struct core *c, uint32_t instrument_idx, uint32_t account_idx)
{
    const struct core_instrument *ins = &c->instruments[instrument_idx];
    const uint32_t shut = 1u << TRADING_HALTED | 1u << TRADING_CLOSED;
    uint32_t any = c->kill_cnt | c->day_end_open | c->expiry_open | (c->mode ^ MODE_NORMAL) |
                   ins->retired | ins->busy;
    if (any == 0 && (shut >> c->view_instruments[instrument_idx].state & 1) == 0)
        return 0;
    return not_open(c, instrument_idx, account_idx);
}

uint16_t
core_instrument_open(const struct core *c, uint32_t instrument_idx, uint32_t account_idx)
{
    return instrument_open(c, instrument_idx, account_idx);
}

IN_NEW uint16_t
price_check(const struct core *c, uint32_t instrument_idx, int64_t price_units)
{
    const struct core_instrument *ins = &c->instruments[instrument_idx];
    if (RARELY(price_units <= 0 || price_units > ins->max_price_units))
        return REASON_BAD_PRICE;
    struct ticks ticks = core_ticks(c, instrument_idx);
    bool off = ticks.step_units != 1 && ticks_floor(&ticks, price_units) != price_units;
    return RARELY(off) ? REASON_PRICE_OFF_TICK : 0;
}

uint16_t
core_price_check(const struct core *c, uint32_t instrument_idx, int64_t price_units)
{
    return price_check(c, instrument_idx, price_units);
}

IN_NEW bool
cost_fits(const struct core_instrument *ins, const struct book_pools *p, uint8_t side,
          int64_t bound_units, int64_t lots, int64_t cum_cost)
{
    /* A sell may trade better than its limit: against bids that are there now. */
    int64_t best = side == SIDE_SELL ? book_best_price(&ins->book, p, SIDE_BUY) : 0;
    int64_t worst = best > bound_units ? best : bound_units, cost;
    return !__builtin_mul_overflow(worst, lots, &cost) &&
           !__builtin_add_overflow(cost, cum_cost, &cost);
}

bool
core_cost_fits(const struct core_instrument *ins, const struct book_pools *p, uint8_t side,
               int64_t bound_units, int64_t lots, int64_t cum_cost)
{
    return cost_fits(ins, p, side, bound_units, lots, cum_cost);
}

IN_NEW uint16_t
terms_amounts(const struct core *c, const struct core_instrument *ins, uint8_t side,
              const struct fee_terms *fees, const struct fee_state *state, int64_t lots,
              struct core_terms *t)
{
    int64_t product, ceil_units, units;
    if (RARELY(__builtin_mul_overflow(t->cap_units, lots, &product) ||
               !money_notional_fits(&ins->rate, product, &t->value_units, &ceil_units) ||
               __builtin_mul_overflow(lots, ins->lot_units, &units) || units > MONEY_MAX))
        return REASON_TOO_LARGE;
    if (side == SIDE_BUY) {
        if (RARELY(!money_hold_for(fees, state, ceil_units, &t->hold_units)))
            return REASON_TOO_LARGE;
    } else {
        t->hold_units = units;
        if (RARELY(state->maker_notional + state->taker_notional == 0 &&
                   t->value_units < fees->min_units))
            return REASON_MIN_FEE_NOT_COVERED;
    }
    uint32_t slot = side == SIDE_BUY ? t->cash_slot : t->asset_slot;
    t->available_units = slot == BALANCE_NONE ? 0 : balance_available(&c->ledger.balances[slot]);
    return 0;
}

uint16_t
core_terms_amounts(const struct core *c, const struct core_instrument *ins, uint8_t side,
                   const struct fee_terms *fees, const struct fee_state *state, int64_t lots,
                   struct core_terms *t)
{
    return terms_amounts(c, ins, side, fees, state, lots, t);
}

IN_NEW uint16_t
rest_room(const struct core *c, const struct core_instrument *ins, uint8_t side, int64_t lots)
{
    int64_t sum;
    if (RARELY(!level_pool_has_room(&c->pools.levels)))
        return REASON_LEVELS_FULL;
    if (RARELY(__builtin_add_overflow(ins->book.side[side - SIDE_BUY].lots, lots, &sum)))
        return REASON_TOO_LARGE;
    return 0;
}

uint16_t
core_rest_room(const struct core *c, const struct core_instrument *ins, uint8_t side, int64_t lots)
{
    return rest_room(c, ins, side, lots);
}

/* Not where it is compiled for a plain order, which is not. */
IN_NEW bool
is_linked(const struct command_order_new *o, bool plain)
{
    return !plain && o->cmd.rec.type == COMMAND_ORDER_LINKED;
}

/* What every rules_version takes, and most orders are: the rest, and all in a call, has more to be
 * looked at. */
IN_NEW bool
is_plain(const struct core_instrument *ins, const struct command_order_new *o)
{
    int64_t more = o->stop_units | o->display_lots | o->min_qty_lots | o->expire_ns;
    more |= o->cmd.rec.type ^ COMMAND_ORDER_NEW;
    uint32_t special = ins->call | (ins->extra & EXTRA_POINTS);
    return (more | o->peg_offset_units | o->display_range | special) == 0 &&
           o->ord_type <= ORD_LIMIT && o->time_in_force <= TIF_FOK && o->time_in_force != TIF_OPG &&
           (o->exec_inst & (EXEC_POST_SLIDE | EXEC_HIDDEN | EXEC_ALL_OR_NONE | EXEC_OFFERING)) == 0;
}

/* Order type, time in force, instructions of one that is plain. */
IN_NEW uint16_t
check_plain(const struct core_instrument *ins, const struct command_order_new *o,
            struct core_terms *t)
{
    if (RARELY(((PLAIN_TYPES & ins->ord_type_mask) >> o->ord_type & 1) == 0))
        return REASON_BAD_ORDER_TYPE;
    if (RARELY((PLAIN_IN_FORCE >> o->time_in_force & 1) == 0))
        return REASON_BAD_TIME_IN_FORCE;
    if ((o->exec_inst & ~(uint32_t)PLAIN_EXEC_INSTS) != 0 ||
        ((o->exec_inst & EXEC_POST_ONLY) != 0 && !core_post_only_fits(o))) {
        t->detail = offsetof(struct command_order_new, exec_inst);
        return REASON_BAD_FIELD;
    }
    return 0;
}

IN_NEW uint16_t
check_form(const struct core *c, const struct command_order_new *o, struct core_terms *t,
           const bool plain)
{
    const struct core_instrument *ins = &c->instruments[t->instrument_idx];
    uint32_t detail = 0;
    if (RARELY(o->side != SIDE_BUY && o->side != SIDE_SELL))
        return REASON_BAD_SIDE;
    uint16_t reason = plain ? check_plain(ins, o, t) : core_form_check(c, ins, o, &detail);
    if (!plain)
        t->detail = detail;
    if (RARELY(reason != 0))
        return reason;
    bool limit = o->ord_type == ORD_LIMIT || o->ord_type == ORD_STOP_LIMIT ||
                 o->ord_type == ORD_TRAILING_STOP_LIMIT ||
                 (o->ord_type == ORD_PEGGED && o->price_units != 0);
    if (RARELY(!limit && o->price_units != 0))
        return REASON_BAD_PRICE;
    reason = limit ? price_check(c, t->instrument_idx, o->price_units) : 0;
    if (reason == 0 && !plain && core_is_stop(o->ord_type))
        reason = core_stop_price_check(c, o, t);
    if (RARELY(reason != 0))
        return reason;
    if (RARELY(o->qty_lots <= 0 || o->qty_lots < ins->min_qty_lots))
        return REASON_QTY_OFF_LOT;
    return 0;
}

/* The fee account's in the currency may be there: by another instrument, or as its own that trades
 * (and was counted). */
static bool
fee_balance_missing(const struct core *c, const struct core_instrument *ins, uint32_t account_idx)
{
    return ins->fee_slot == CORE_NONE && account_idx != c->fee_account_idx &&
           ledger_balance_slot(&c->ledger, c->fee_account_idx, ins->cash_idx) == BALANCE_NONE;
}

/* Balances that are to be made. */
RARE uint32_t
balances_missing(const struct core *c, const struct core_instrument *ins, uint32_t cash_slot,
                 uint32_t asset_slot, uint32_t account_idx)
{
    uint32_t cnt = cash_slot == BALANCE_NONE;
    cnt += asset_slot == BALANCE_NONE;
    cnt += fee_balance_missing(c, ins, account_idx);
    return cnt;
}

/* Room for everything that accepting it takes. */
IN_NEW uint16_t
check_room(struct core *c, const struct command_order_new *o, struct core_terms *t)
{
    const struct core_instrument *ins = &c->instruments[t->instrument_idx];
    if (RARELY(!order_pool_has_room(&c->pools.orders)))
        return REASON_POOL_FULL;
    uint16_t reason = 0;
    if ((o->exec_inst & EXEC_NEGOTIATED) == 0) /* which never rests */
        reason = rest_room(c, ins, o->side, o->qty_lots > 0 ? o->qty_lots : 0);
    if (RARELY(reason != 0))
        return reason;
    if (RARELY(core_trails(o->ord_type) && !trail_pool_has_room(&c->pools.trails)))
        return REASON_TABLE_FULL;
    if (RARELY(!client_ids_room(&c->ids)))
        return REASON_CLIENT_IDS_FULL;
    if (RARELY(!core_work_has_room(c)))
        return REASON_BUSY;
    t->cash_slot = ledger_balance_slot(&c->ledger, t->account_idx, ins->cash_idx);
    t->asset_slot = ledger_balance_slot(&c->ledger, t->account_idx, ins->asset_idx);
    t->missing = 0;
    if (__builtin_expect((t->cash_slot | t->asset_slot | ins->fee_slot) <= INT32_MAX, true))
        return 0; /* all are there: BALANCE_NONE is above */
    t->missing = balances_missing(c, ins, t->cash_slot, t->asset_slot, t->account_idx);
    if (RARELY(ledger_balance_room(&c->ledger) < t->missing))
        return REASON_TABLE_FULL;
    return c->fee_account_idx == CORE_NONE ? REASON_BAD_STATE : 0;
}

/* The limit as it will be: as given, the best price of the other side (market-to-limit), or beside
 * it (slide). */
IN_NEW uint16_t
limit_price(const struct core *c, const struct command_order_new *o, struct core_terms *t,
            const bool plain)
{
    t->price_units = o->price_units;
    if (plain)
        return 0;
    if (o->ord_type == ORD_MARKET_TO_LIMIT) {
        t->price_units = book_best_price(&c->instruments[t->instrument_idx].book, &c->pools,
                                         o->side == SIDE_BUY ? SIDE_SELL : SIDE_BUY);
        return t->price_units == 0 ? REASON_NO_LIQUIDITY : 0;
    }
    if (o->ord_type == ORD_PEGGED) {
        struct core_peg_order x = core_peg_asked(o, t->instrument_idx, 0);
        return core_peg_room(c, &x) ? 0 : REASON_TABLE_FULL;
    }
    if ((o->exec_inst & EXEC_POST_SLIDE) != 0)
        t->price_units = core_slide(c, t->instrument_idx, o->side, o->price_units);
    return t->price_units == 0 && core_has_limit(o->ord_type) ? REASON_POST_ONLY_WOULD_TAKE : 0;
}

/* The limit, or for one without what bounds it (a stop: its stop price, as it will then trade near
 * it); 0 = there is no price to go by. */
IN_NEW int64_t
cap_price(const struct core *c, const struct command_order_new *o, const struct core_terms *t,
          const bool plain)
{
    if (core_has_limit(o->ord_type) || (o->ord_type == ORD_PEGGED && t->price_units != 0))
        return t->price_units;
    const struct hook_instrument *v = &c->view_instruments[t->instrument_idx];
    bool buy = o->side == SIDE_BUY;
    int64_t from = t->stop_units        ? t->stop_units
                   : v->last_units      ? v->last_units
                   : v->reference_units ? v->reference_units
                   : buy                ? v->best_ask_units
                                        : v->best_bid_units;
    if (from == 0)
        return 0;
    int64_t cap = core_protection(c, t->instrument_idx, from,
                                  c->instruments[t->instrument_idx].protection_ppm, buy);
    int64_t points = plain || o->ord_type != ORD_MARKET || cap == 0
                         ? 0
                         : core_points(c, t->instrument_idx, o->side, cap);
    return points != 0 ? points : cap;
}

IN_NEW uint16_t
check_amounts(struct core *c, const struct command_order_new *o, struct core_terms *t,
              const bool plain)
{
    const struct core_instrument *ins = &c->instruments[t->instrument_idx];
    const struct fee_state fresh = {0};
    uint16_t reason = limit_price(c, o, t, plain);
    if (RARELY(reason != 0))
        return reason;
    t->cap_units = cap_price(c, o, t, plain);
    if (RARELY(t->cap_units <= 0))
        return REASON_NO_CAP_PRICE;
    reason = terms_amounts(c, ins, o->side, &ins->fees, &fresh, o->qty_lots, t);
    if (RARELY(reason != 0))
        return reason;
    if (RARELY((ins->extra & EXTRA_MIN_VALUE) != 0 &&
               core_below_min_value(c, t->instrument_idx, t->cap_units, o->qty_lots)))
        return REASON_MIN_ORDER_VALUE;
    return cost_fits(ins, &c->pools, o->side, t->cap_units, o->qty_lots, 0) ? 0 : REASON_TOO_LARGE;
}

uint16_t
core_order_freeze(const struct core *c, uint32_t account_idx, uint8_t side)
{
    uint32_t bit = side == SIDE_BUY ? FREEZE_BUY : FREEZE_SELL;
    return (c->accounts[account_idx].freeze & bit) != 0 ? REASON_ACCOUNT_FROZEN : 0;
}

/* The new order as the hooks see it. Field by field: gcc clears a whole one with a string
 * instruction. */
IN_NEW void
see_new(const struct command_order_new *o, const struct core_terms *t, struct hook_order *h)
{
    h->order_id = 0;
    h->account_idx = t->account_idx;
    h->instrument_idx = t->instrument_idx;
    h->session_id = o->cmd.session_id;
    h->side = o->side;
    h->ord_type = o->ord_type;
    h->time_in_force = o->time_in_force;
    h->replace = 0;
    h->exec_inst = o->exec_inst;
    h->zero = 0;
    h->price_units = t->price_units;
    h->cap_units = t->cap_units;
    h->lots = o->qty_lots;
    h->value_units = t->value_units;
    h->need_units = t->hold_units;
    h->available_units = t->available_units;
    h->old_lots = h->old_price_units = 0;
}

/* Asks the hooks; their decision becomes an event. 0 = may go on; *verdict may say: parked. */
IN_NEW uint16_t
ask(struct core *c, const struct command_order_new *o, const struct core_terms *t, uint8_t *verdict)
{
    struct hook_order h;
    see_new(o, t, &h);
    struct decision *d = hot_open_decision(c, 0, o->cmd.account_id, o->instrument_id);
    c->hooks.admit(c->hook_self, &h, d);
    d->stage = DECISION_ADMIT;
    *verdict = d->verdict;
    if (d->verdict != VERDICT_REJECT)
        return 0;
    return d->reason != 0 ? d->reason : (uint16_t)REASON_NOT_AUTHORIZED;
}

/* One that must be filled at once, whole or to a part. */
static __attribute__((noinline)) uint16_t
check_fill(struct core *c, const struct command_order_new *o, uint32_t instrument_idx,
           uint32_t account_idx, int64_t cap_units)
{
    if (o->ord_type == ORD_PEGGED) {
        struct core_peg_order x = core_peg_asked(o, instrument_idx, cap_units);
        struct peg_market m = core_peg_market(c, instrument_idx);
        cap_units = core_peg_bound(&x, &m);
    }
    if (c->instruments[instrument_idx].banded)
        cap_units = core_band_bound(c, instrument_idx, o->side, cap_units);
    int64_t must_lots = o->time_in_force == TIF_FOK ? o->qty_lots : o->min_qty_lots;
    struct core_taker taker = {.instrument_idx = instrument_idx,
                               .account_idx = account_idx,
                               .side = o->side,
                               .bound_units = cap_units,
                               .open_lots = o->qty_lots};
    int steps = CORE_FOK_STEPS_MAX;
    if (core_would_fill(c, &taker, must_lots, &steps))
        return 0;
    return o->time_in_force == TIF_FOK ? REASON_FOK_NOT_FILLED : REASON_MIN_QTY_NOT_MET;
}

IN_NEW uint16_t
check_market(struct core *c, const struct command_order_new *o, const struct core_terms *t,
             const bool plain)
{
    if (RARELY((o->exec_inst & EXEC_POST_ONLY) != 0 &&
               core_crosses(c, t->instrument_idx, o->side, t->cap_units)))
        return REASON_POST_ONLY_WOULD_TAKE;
    if (RARELY(c->instruments[t->instrument_idx].banded &&
               (o->ord_type == ORD_LIMIT || o->ord_type == ORD_MARKET_TO_LIMIT) &&
               core_band_refuses(c, t->instrument_idx, o->side, t->price_units)))
        return REASON_PRICE_BAND;
    if (o->time_in_force != TIF_FOK && (plain || o->min_qty_lots == 0))
        return 0;
    return check_fill(c, o, t->instrument_idx, t->account_idx, t->cap_units);
}

/* Those that are not there yet. */
RARE void
make_balances(struct core *c, uint32_t instrument_idx, uint32_t account_idx)
{
    struct core_instrument *ins = &c->instruments[instrument_idx];
    (void)ledger_balance_take(&c->ledger, account_idx, ins->cash_idx);
    (void)ledger_balance_take(&c->ledger, account_idx, ins->asset_idx);
    if (ins->fee_slot == CORE_NONE)
        ins->fee_slot = ledger_balance_take(&c->ledger, c->fee_account_idx, ins->cash_idx);
}

/* From here on nothing can fail. */
IN_NEW uint32_t
commit(struct core *c, const struct command_order_new *o, struct core_terms *t, const bool plain)
{
    const struct core_instrument *ins = &c->instruments[t->instrument_idx];
    const struct hook_account *a = &c->view_accounts[t->account_idx];
    if (__builtin_expect(t->missing != 0 || ins->fee_slot == CORE_NONE, 0)) {
        make_balances(c, t->instrument_idx, t->account_idx);
        t->cash_slot = ledger_balance_slot(&c->ledger, t->account_idx, ins->cash_idx);
        t->asset_slot = ledger_balance_slot(&c->ledger, t->account_idx, ins->asset_idx);
    }
    uint32_t slot = order_pool_take(&c->pools.orders);
    struct order *r = order_at(&c->pools.orders, slot);
    struct order_cold *k = order_cold_at(&c->pools.orders, slot);
    r->price_units = t->price_units;
    r->leaves_lots = o->qty_lots;
    r->level = r->prev = r->next = ORDER_NONE;
    r->account_idx = t->account_idx;
    r->instrument_idx = t->instrument_idx;
    r->side = o->side;
    r->ord_type = o->ord_type;
    r->time_in_force = o->ord_type == ORD_MARKET ? core_market_in_force(o) : o->time_in_force;
    r->place = PLACE_TAKING;
    r->cash_slot = t->cash_slot;
    r->asset_slot = t->asset_slot;
    r->session_idx = t->session_idx;
    k->qty_lots = o->qty_lots;
    k->cum_lots = k->cum_cost = 0;
    k->cap_units = t->cap_units;
    k->hold_units = t->hold_units;
    k->maker_notional = k->taker_notional = k->fee_charged = 0;
    k->fee_min_units = ins->fees.min_units;
    k->maker_ppm = ins->fees.maker_ppm;
    k->taker_ppm = ins->fees.taker_ppm;
    k->user_data = o->user_data;
    k->exec_inst = o->exec_inst;
    k->session_id = o->cmd.session_id;
    k->business_day = c->today;
    k->account_id = o->cmd.account_id;
    k->tenant_id = a->tenant_id;
    k->veil = VEIL_NONE;
    k->display_range = 0;
    if (!plain)
        core_veil_set(c, slot, o);
    k->offset_units = o->peg_offset_units;
    k->until = o->min_qty_lots;
    k->stop_units = t->stop_units;
    if (o->time_in_force == TIF_GTD) {
        k->until = o->expire_ns;
        due_heap_add(&c->dues, o->expire_ns, r->order_id);
    }
    ledger_hold(&c->ledger, o->side == SIDE_BUY ? t->cash_slot : t->asset_slot, t->hold_units);
    hot_order_link(c, slot, t->account_idx, t->session_idx);
    return slot;
}

/* Steps 1 to 4; false: answered. */
IN_NEW bool
enter(struct core *c, const struct command *cmd, struct core_terms *t, struct client_key *key,
      uint64_t *hash, uint64_t *digest)
{
    uint32_t session_idx = ORDER_NONE;
    uint16_t reason = 0;
    if (cmd->session_id != ID_NONE)
        reason = core_session_check(c, cmd, &session_idx);
    t->session_idx = session_idx;
    if (reason == 0 && (t->account_idx = core_account_idx(c, cmd->account_id)) == CORE_NONE)
        reason = REASON_UNKNOWN_ACCOUNT;
    if (RARELY(reason != 0)) {
        core_emit_refusal(c, cmd, reason, 0);
        return false;
    }
    if (c->hooks.attempt != NULL)
        c->hooks.attempt(c->hook_self, t->account_idx, cmd->session_id, cmd);
    if (cmd->actor_id != 0 && !core_actor_may(c, cmd->actor_id, ROLE_OPERATE))
        reason = REASON_NOT_AUTHORIZED;
    else if (cmd->id.length == 0 || cmd->id.length > CLIENT_ID_MAX)
        reason = REASON_BAD_CLIENT_ID;
    if (RARELY(reason != 0)) {
        core_emit_refusal(c, cmd, reason, 0);
        return false;
    }
    client_key_set(key, CLIENT_ORDER, cmd->account_id, &cmd->id);
    *hash = client_key_hash(&c->ids, key);
    *digest = core_content_digest(c, cmd);
    uint32_t known = client_ids_find(&c->ids, key, *hash);
    if (known == CLIENT_NONE)
        return true;
    core_order_answer_known(c, cmd, known, *digest);
    return false;
}

/* Steps 9 to 13. */
IN_NEW uint16_t
admit(struct core *c, const struct command_order_new *o, struct core_terms *t, uint8_t *verdict,
      const bool plain)
{
    uint16_t reason = check_room(c, o, t);
    if (reason == 0)
        reason = check_amounts(c, o, t, plain);
    if (reason == 0)
        reason = core_order_freeze(c, t->account_idx, o->side);
    if (reason == 0 && is_linked(o, plain))
        t->hold_units = core_link_beyond(c, t->linked_slot, t->hold_units);
    if (reason == 0 && c->hooks.admit != NULL)
        reason = ask(c, o, t, verdict);
    if (RARELY(reason != 0))
        return reason;
    return t->hold_units > t->available_units ? REASON_INSUFFICIENT_FUNDS : 0;
}

/* Steps 5 to 14; 0 = to be taken. */
IN_NEW uint16_t
judge(struct core *c, const struct command_order_new *o, struct core_terms *t, uint8_t *verdict,
      const bool plain)
{
    uint16_t reason = instrument_open(c, t->instrument_idx, t->account_idx);
    if (reason == 0)
        reason = check_form(c, o, t, plain);
    if (reason == 0 && is_linked(o, plain))
        reason = core_link_find(c, (const void *)o, t);
    if (reason == 0)
        reason = admit(c, o, t, verdict, plain);
    if (RARELY(reason != 0))
        return reason;
    if ((o->exec_inst & EXEC_HOLD_PARK) != 0)
        *verdict = VERDICT_HOLD;
    return *verdict == VERDICT_HOLD ? 0 : check_market(c, o, t, plain);
}

IN_NEW uint32_t
take(struct core *c, const struct command_order_new *o, struct core_terms *t,
     const struct client_key *key, uint64_t hash, uint64_t digest, const bool plain)
{
    uint32_t slot = commit(c, o, t, plain);
    struct order *r = order_at(&c->pools.orders, slot);
    client_ids_add(&c->ids, key, hash, digest, slot);
    if (c->hooks.accept != NULL) {
        struct hook_order h;
        see_new(o, t, &h);
        h.order_id = r->order_id;
        c->hooks.accept(c->hook_self, &h);
    }
    return slot;
}

/* Whether a plain order meets nobody, in a book where nothing else is to be looked at: core_match
 * would find that, and that the book has room for it, once more. */
IN_NEW bool
rests_at_once(const struct core *c, uint32_t slot)
{
    const struct order *o = order_at(&c->pools.orders, slot);
    const struct core_instrument *ins = &c->instruments[o->instrument_idx];
    uint32_t special = c->link_cnt | ins->banded | ins->reached_side;
    special |= (ins->extra & EXTRA_PRO_RATA) | c->pools.orders.veils;
    return special == 0 && o->time_in_force != TIF_IOC && o->time_in_force != TIF_FOK &&
           !book_crosses(&ins->book, &c->pools, o->side, o->price_units);
}

IN_NEW void
rest(struct core *c, uint32_t slot)
{
    const struct order *o = order_at(&c->pools.orders, slot);
    book_add(&c->instruments[o->instrument_idx].book, &c->pools, slot);
    struct hook_instrument *v = &c->view_instruments[o->instrument_idx];
    int64_t *best = o->side == SIDE_BUY ? &v->best_bid_units : &v->best_ask_units;
    if (*best == 0 || (o->side == SIDE_BUY ? o->price_units > *best : o->price_units < *best))
        *best = o->price_units;
    CHECK_DEAR(*best ==
               book_best_price(&c->instruments[o->instrument_idx].book, &c->pools, o->side));
    hot_put_book(c, EVENT_BOOK_ADD, o, o->leaves_lots);
}

/* Steps 5 and on. plain is known where this is compiled. */
IN_NEW void
judge_and_take(struct core *c, const struct command_order_new *o, struct core_terms *t,
               const struct client_key *key, uint64_t hash, uint64_t digest, const bool plain)
{
    uint8_t verdict = VERDICT_ALLOW;
    t->plain = plain;
    uint16_t reason = judge(c, o, t, &verdict, plain);
    if (RARELY(reason != 0)) {
        core_emit_refusal(c, c->cmd, reason, t->detail);
        return;
    }
    uint32_t slot = take(c, o, t, key, hash, digest, plain);
    if (is_linked(o, plain))
        core_link_join(c, slot, t->linked_slot);
    bool parked = verdict == VERDICT_HOLD;
    if (parked)
        core_order_park(c, slot);
    struct event_order *e =
        hot_put_order(c, EVENT_ORDER_ACCEPTED, slot, parked ? (uint16_t)REASON_PARKED : 0,
                      parked ? ORD_STATUS_PARKED : ORD_STATUS_NEW);
    e->id = o->cmd.id; /* that of its entry, which was written just now */
    e->orig = no_id;
    if (parked)
        return;
    if (!plain)
        core_order_place(c, slot);
    else if (rests_at_once(c, slot))
        rest(c, slot);
    else
        core_match(c, slot);
}

/* A market order that may wait, where protection points let it, is a limit order at its bound. */
static bool
becomes_limit(struct core *c, const struct command_order_new *o, const struct core_terms *t,
              struct command_order_new *limited)
{
    const struct core_instrument *ins = &c->instruments[t->instrument_idx];
    const uint32_t types = 1u << ORD_MARKET | 1u << ORD_LIMIT;
    uint32_t in_force = o->time_in_force;
    int64_t more = o->stop_units | o->display_lots | o->min_qty_lots | o->expire_ns |
                   o->peg_offset_units | o->display_range;
    if (o->cmd.rec.type != COMMAND_ORDER_NEW || o->ord_type != ORD_MARKET ||
        (in_force != TIF_DAY && in_force != TIF_GTC) ||
        (o->side != SIDE_BUY && o->side != SIDE_SELL) || (ins->ord_type_mask & types) != types ||
        (more | o->price_units) != 0 || o->exec_inst != (o->exec_inst & PLAIN_EXEC_INSTS) ||
        (o->exec_inst & EXEC_POST_ONLY) != 0 || !core_points_rest(c, t->instrument_idx))
        return false;
    int64_t cap = cap_price(c, o, t, false);
    if (cap <= 0 || core_points(c, t->instrument_idx, o->side, cap) == 0 ||
        (ins->banded && core_band_refuses(c, t->instrument_idx, o->side, cap)))
        return false;
    *limited = *o;
    limited->ord_type = ORD_LIMIT;
    limited->price_units = cap;
    return true;
}

static __attribute__((noinline)) void
take_other(struct core *c, const struct command_order_new *o, const struct core_terms *entered,
           const struct client_key *key, uint64_t hash, uint64_t digest)
{
    struct command_order_new limited;
    if ((o->exec_inst & EXEC_OFFERING) != 0 && c->rules_version >= CORE_RULES_ORDERS) {
        core_offering_subscribe(c, o, entered, key, hash, digest);
        return;
    }
    struct core_terms t = *entered;
    if (becomes_limit(c, o, entered, &limited))
        o = &limited;
    judge_and_take(c, o, &t, key, hash, digest, false);
}

__attribute__((flatten)) void
core_order_new(struct core *c, const struct command *cmd)
{
    const struct command_order_new *o = (const void *)cmd;
    struct core_terms t;
    struct client_key key;
    uint64_t hash, digest;
    t.stop_units = 0; /* one by one: all of it at once would take a slow string instruction */
    t.linked_slot = t.detail = 0;
    if (!enter(c, cmd, &t, &key, &hash, &digest))
        return;
    t.instrument_idx = core_instrument_idx(c, o->instrument_id);
    if (t.instrument_idx == CORE_NONE) {
        core_emit_refusal(c, cmd, REASON_UNKNOWN_INSTRUMENT, 0);
    } else if (is_plain(&c->instruments[t.instrument_idx], o)) {
        judge_and_take(c, o, &t, &key, hash, digest, true);
    } else {
        struct core_terms entered = t;
        take_other(c, o, &entered, &key, hash, digest);
    }
}

bool
core_order_enter(struct core *c, const struct command *cmd, struct core_terms *t,
                 struct client_key *key, uint64_t *hash, uint64_t *digest)
{
    return enter(c, cmd, t, key, hash, digest);
}

uint16_t
core_order_judge(struct core *c, const struct command_order_new *o, struct core_terms *t,
                 uint8_t *verdict)
{
    t->instrument_idx = core_instrument_idx(c, o->instrument_id);
    if (t->instrument_idx == CORE_NONE)
        return REASON_UNKNOWN_INSTRUMENT;
    t->plain = is_plain(&c->instruments[t->instrument_idx], o);
    return judge(c, o, t, verdict, t->plain);
}

uint16_t
core_order_admit(struct core *c, const struct command_order_new *o, struct core_terms *t,
                 uint8_t *verdict)
{
    return admit(c, o, t, verdict, t->plain);
}

uint32_t
core_order_take(struct core *c, const struct command_order_new *o, struct core_terms *t,
                const struct client_key *key, uint64_t hash, uint64_t digest)
{
    return take(c, o, t, key, hash, digest, t->plain);
}
