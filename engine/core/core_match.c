#include "engine/core/core_hot.h"
#include "engine/core/core_quote.h"

#include <string.h>

#include "engine/base/check.h"
#include "engine/core/core_link.h"
#include "engine/core/core_band.h"
#include "engine/core/core_offering.h"
#include "engine/core/core_share.h"
#include "engine/core/core_whole.h"
#include "engine/core/core_walk.h"

/* Matching and delivery against payment: one step, for every fill. */

/* With a second caller gcc would call what a fill of the book, the one that counts, has in line.
 * plain, where it is a parameter, is known where this is compiled: a book in which nothing but
 * price and time decides (is_plain), so that what is rare is not looked for at each fill. */
#define IN_FILL static inline __attribute__((always_inline))

/* Adds a fill to an order's sums; returns the fee that it costs now. */
IN_FILL int64_t
charge(struct order_cold *k, int64_t notional, bool maker)
{
    struct fee_terms terms = core_fee_terms(k);
    if (maker)
        k->maker_notional += notional;
    else
        k->taker_notional += notional;
    int64_t total = money_fee(&terms, k->maker_notional, k->taker_notional);
    int64_t fee = total - k->fee_charged;
    CHECK(fee >= 0);
    k->fee_charged = total;
    return fee;
}

/* Value changes hands: at once, or into pending when the instrument settles later. */
IN_FILL void
move_value(struct core *c, const struct core_instrument *ins, uint8_t cycle,
           const struct order *buy, const struct order *sell, int64_t units, int64_t notional,
           int64_t buy_fee, int64_t sell_fee)
{
    struct ledger *l = &c->ledger;
    if (__builtin_expect(cycle == 0, true)) {
        int64_t cash = ledger_move(l, buy->cash_slot, ins->cash_idx, -notional - buy_fee);
        cash += ledger_move(l, sell->cash_slot, ins->cash_idx, notional - sell_fee);
        cash += ledger_move(l, ins->fee_slot, ins->cash_idx, buy_fee + sell_fee);
        int64_t asset = ledger_move(l, buy->asset_slot, ins->asset_idx, units);
        asset += ledger_move(l, sell->asset_slot, ins->asset_idx, -units);
        CHECK(cash == 0 && asset == 0);
    } else {
        ledger_pend(l, buy->cash_slot, 0, notional + buy_fee);
        ledger_pend(l, buy->asset_slot, units, 0);
        ledger_pend(l, sell->asset_slot, 0, units);
        ledger_pend(l, sell->cash_slot, notional - sell_fee, 0);
        ledger_pend(l, ins->fee_slot, buy_fee + sell_fee, 0);
        CHECK(l->assets[ins->cash_idx].sum_units == 0 && l->assets[ins->asset_idx].sum_units == 0);
    }
}

IN_FILL void
tell_moves(struct core *c, const struct core_instrument *ins, const struct order *buy,
           const struct order *sell, int64_t units, int64_t notional, int64_t buy_fee,
           int64_t sell_fee)
{
    struct hook_move m = {.kind = MOVE_FILL,
                          .asset_id = c->ledger.assets[ins->asset_idx].asset_id,
                          .from_account_idx = sell->account_idx,
                          .to_account_idx = buy->account_idx,
                          .instrument_idx = buy->instrument_idx,
                          .amount_units = units};
    c->hooks.move(c->hook_self, &m);
    m.asset_id = c->ledger.assets[ins->cash_idx].asset_id;
    m.from_account_idx = buy->account_idx;
    m.to_account_idx = sell->account_idx;
    m.amount_units = notional;
    c->hooks.move(c->hook_self, &m);
    m.kind = MOVE_FEE;
    m.to_account_idx = c->fee_account_idx;
    m.amount_units = buy_fee;
    c->hooks.move(c->hook_self, &m);
    m.from_account_idx = sell->account_idx;
    m.amount_units = sell_fee;
    c->hooks.move(c->hook_self, &m);
}

static void
put_side(const struct core *c, struct fill_side *out, uint32_t slot, int64_t fee, uint8_t status)
{
    const struct order *o = order_at(&c->pools.orders, slot);
    const struct order_cold *k = order_cold_at(&c->pools.orders, slot);
    const struct balance *cash = &c->ledger.balances[o->cash_slot];
    const struct balance *asset = &c->ledger.balances[o->asset_slot];
    out->order_id = o->order_id;
    out->account_id = k->account_id;
    out->session_id = k->session_id;
    out->id = *client_ids_of(&c->ids, slot);
    out->qty_lots = k->qty_lots;
    out->cum_lots = k->cum_lots;
    out->leaves_lots = o->leaves_lots;
    out->cum_cost = k->cum_cost;
    out->fee_units = fee;
    out->cash_after.settled_units = cash->settled_units;
    out->cash_after.held_units = cash->held_units;
    out->asset_after.settled_units = asset->settled_units;
    out->asset_after.held_units = asset->held_units;
    out->tenant_id = k->tenant_id;
    out->ord_type = o->ord_type;
    out->time_in_force = o->time_in_force;
    out->status = status;
    memset(out->zero, 0, sizeof(out->zero));
    out->price_units = o->price_units;
}

struct fill {
    uint32_t maker, taker, buy, sell; /* slots */
    uint8_t aggressor;                /* enum side of the taker; 0 = neither takes */
    int64_t price_units, lots, units, notional, buy_fee, sell_fee;
};

static uint8_t
status_after(const struct core *c, uint32_t slot)
{
    return order_at(&c->pools.orders, slot)->leaves_lots == 0
               ? (uint8_t)ORD_STATUS_FILLED
               : (uint8_t)ORD_STATUS_PARTIALLY_FILLED;
}

IN_FILL void
emit_fill(struct core *c, const struct fill *f)
{
    const struct order *taker = order_at(&c->pools.orders, f->taker);
    const struct core_instrument *ins = &c->instruments[taker->instrument_idx];
    const struct hook_instrument *v = &c->view_instruments[taker->instrument_idx];
    struct event_fill *e = core_emit(c, EVENT_FILL, sizeof(*e), AUDIENCE_PARTY,
                                     order_cold_at(&c->pools.orders, f->taker)->session_id);
    e->instrument_id = v->instrument_id;
    e->asset_id = v->asset_id;
    e->currency_id = v->currency_id;
    e->aggressor = f->aggressor;
    e->settle_cycle = v->settle_cycle;
    e->zero0 = 0;
    e->price_units = f->price_units;
    e->qty_lots = f->lots;
    e->qty_units = f->units;
    e->notional_units = f->notional;
    e->fee_after_units = c->ledger.balances[ins->fee_slot].settled_units;
    put_side(c, &e->buy, f->buy, f->buy_fee, status_after(c, f->buy));
    put_side(c, &e->sell, f->sell, f->sell_fee, status_after(c, f->sell));
}

/* level: the maker's; LEVEL_NONE: nothing of its side is in the book at its price. */
IN_FILL void
emit_trade(struct core *c, const struct fill *f, uint32_t level, const bool plain)
{
    const struct order *maker = order_at(&c->pools.orders, f->maker);
    const struct core_instrument *ins = &c->instruments[maker->instrument_idx];
    bool auction = f->aggressor == 0;
    bool named = !auction && order_cold_at(&c->pools.orders, f->maker)->veil != VEIL_HIDDEN;
    if (plain)
        named = true;
    struct event_trade *e = core_emit(c, EVENT_TRADE, sizeof(*e), AUDIENCE_PUBLIC, 0);
    e->maker_order_id = named ? maker->order_id : 0;
    e->instrument_id = c->view_instruments[maker->instrument_idx].instrument_id;
    e->maker_side = auction ? 0 : maker->side;
    memset(e->zero, 0, sizeof(e->zero));
    e->price_units = f->price_units;
    e->qty_lots = f->lots;
    e->maker_lots = plain ? maker->leaves_lots : named ? book_shown(&c->pools, f->maker) : 0;
    e->level_lots = 0;
    e->level_orders = 0;
    if (plain) {
        e->level_lots = c->pools.levels.levels[level].lots;
        e->level_orders = c->pools.levels.levels[level].order_cnt;
    } else if (!auction && level != LEVEL_NONE)
        book_level_shown(&ins->book, &c->pools, maker->side, level, &e->level_lots,
                         &e->level_orders);
    if (!plain && named && e->maker_lots == 0 && maker->leaves_lots > 0)
        e->level_orders--; /* an iceberg: gone until its refill */
    e->zero1 = 0;
    e->trade_id = ++c->trade_cnt;
}

IN_FILL void
tell_fill(struct core *c, const struct fill *f)
{
    const struct order *buy = order_at(&c->pools.orders, f->buy);
    const struct order *sell = order_at(&c->pools.orders, f->sell);
    const struct core_instrument *ins = &c->instruments[buy->instrument_idx];
    if (c->hooks.move != NULL)
        tell_moves(c, ins, buy, sell, f->units, f->notional, f->buy_fee, f->sell_fee);
    if (c->hooks.fill == NULL)
        return;
    struct hook_fill h = {
        .instrument_idx = buy->instrument_idx,
        .buy_account_idx = buy->account_idx,
        .sell_account_idx = sell->account_idx,
        .aggressor = f->aggressor,
        .buy_order_id = buy->order_id,
        .sell_order_id = sell->order_id,
        .price_units = f->price_units,
        .lots = f->lots,
        .notional_units = f->notional,
    };
    struct hook_effects effects = {0};
    c->hooks.fill(c->hook_self, &h, &effects, &c->sink);
    core_effects_take(c, &effects);
}

/* Lots change hands at the price of the fill: sums, fees, balances and holds of both orders. */
IN_FILL void
exchange(struct core *c, struct fill *f, bool buy_makes, bool sell_makes)
{
    const struct order_pool *orders = &c->pools.orders;
    struct order_cold *buy = order_cold_at(&c->pools.orders, f->buy),
                      *sell = order_cold_at(&c->pools.orders, f->sell);
    const struct core_instrument *ins = &c->instruments[order_at(orders, f->buy)->instrument_idx];
    uint8_t cycle = c->view_instruments[order_at(orders, f->buy)->instrument_idx].settle_cycle;
    int64_t cost = f->price_units * f->lots;
    f->notional = money_notional(&ins->rate, cost);
    f->units = f->lots * ins->lot_units;
    buy->cum_lots += f->lots;
    buy->cum_cost += cost;
    sell->cum_lots += f->lots;
    sell->cum_cost += cost;
    f->buy_fee = charge(buy, f->notional, buy_makes);
    f->sell_fee = charge(sell, f->notional, sell_makes);
    move_value(c, ins, cycle, order_at(orders, f->buy), order_at(orders, f->sell), f->units,
               f->notional, f->buy_fee, f->sell_fee);
    hot_hold_refresh(c, f->buy, SIDE_BUY);
    hot_hold_refresh(c, f->sell, SIDE_SELL);
}

/* The last price, and the stops that it reaches or moves. A side that stands still notes each: what
 * its stops have seen is no part of a snapshot. */
IN_FILL void
set_last(struct core *c, uint32_t instrument_idx, int64_t price_units)
{
    struct core_instrument *ins = &c->instruments[instrument_idx];
    c->view_instruments[instrument_idx].last_units = price_units;
    if (stop_index_concerned(&ins->stops, price_units) || ins->reached_side != 0)
        core_stops_concern(c, instrument_idx, price_units);
}

/* Both orders are in the book and smaller by a trade that names neither; of an iceberg what is not
 * shown has gone first, and nobody is told of that. shown: before it. */
static void
emit_pair(struct core *c, const struct fill *f, const int64_t shown[2])
{
    const uint32_t slots[2] = {f->buy, f->sell};
    for (int i = 0; i < 2; i++) {
        const struct order *o = order_at(&c->pools.orders, slots[i]);
        int64_t left = book_shown(&c->pools, slots[i]);
        if (o->leaves_lots == 0)
            core_emit_book(c, EVENT_BOOK_DELETE, o, 0);
        else if (left != shown[i])
            core_emit_book(c, EVENT_BOOK_CHANGE, o, left);
    }
}

/* The maker's level; what the book has at the price of one that waits beside it. */
static __attribute__((noinline)) uint32_t
level_of(const struct core *c, struct core_instrument *ins, uint32_t slot, int64_t price_units)
{
    const struct order *o = order_at(&c->pools.orders, slot);
    return o->place == PLACE_PEG || o->place == PLACE_WHOLE
               ? level_find(&c->pools.levels, book_side(&ins->book, o->side), price_units)
               : o->level;
}

/* A maker with a veil has traded so much. False: it is done, and out. */
static __attribute__((noinline)) bool
trade_veiled(struct core *c, struct core_instrument *ins, uint32_t slot, int64_t lots)
{
    if (order_at(&c->pools.orders, slot)->place == PLACE_PEG)
        return core_peg_fill(c, slot, lots);
    if (order_at(&c->pools.orders, slot)->place == PLACE_WHOLE) {
        core_whole_fill(c, slot, lots);
        return false;
    }
    return book_trade_veiled(&ins->book, &c->pools, slot, lots);
}

/* One fill, of so many lots at most. The maker leaves the book when nothing is left of it. In an
 * auction neither takes: the buy stands in the taker's place, is in the book too, and both pay as
 * makers; an iceberg trades with all it has. True: the maker has shown new lots and is still at its
 * place. */
IN_FILL bool
fill(struct core *c, uint32_t taker_slot, uint32_t maker_slot, int64_t price_units,
     int64_t most_lots, const bool auction, const bool plain)
{
    struct order *taker = order_at(&c->pools.orders, taker_slot);
    struct order *maker = order_at(&c->pools.orders, maker_slot);
    struct core_instrument *ins = &c->instruments[taker->instrument_idx];
    if (!plain && __builtin_expect(c->link_cnt != 0, false)) {
        core_link_use(c, taker_slot);
        core_link_use(c, maker_slot);
    }
    bool taker_buys = taker->side == SIDE_BUY, taker_stays = true;
    struct fill f = {.maker = maker_slot,
                     .taker = taker_slot,
                     .buy = taker_buys ? taker_slot : maker_slot,
                     .sell = taker_buys ? maker_slot : taker_slot,
                     .aggressor = auction ? 0 : taker->side,
                     .price_units = price_units};
    bool veiled = !plain && !auction && core_veils_opposite(ins, taker->side) &&
                  order_cold_at(&c->pools.orders, maker_slot)->veil != VEIL_NONE;
    const int64_t shown[2] = {auction ? book_shown(&c->pools, f.buy) : 0,
                              auction ? book_shown(&c->pools, f.sell) : 0};
    int64_t offered = veiled ? core_offered(c, maker_slot) : maker->leaves_lots;
    f.lots = taker->leaves_lots < offered ? taker->leaves_lots : offered;
    if (most_lots < f.lots)
        f.lots = most_lots;
    uint32_t level = veiled ? level_of(c, ins, maker_slot, price_units) : maker->level;
    bool maker_stays = veiled ? trade_veiled(c, ins, maker_slot, f.lots)
                              : book_reduce(&ins->book, &c->pools, maker_slot, f.lots);
    if (auction)
        taker_stays = book_reduce(&ins->book, &c->pools, taker_slot, f.lots);
    else
        taker->leaves_lots -= f.lots;
    exchange(c, &f, auction || !taker_buys, taker_buys);
    set_last(c, taker->instrument_idx, f.price_units);
    emit_fill(c, &f);
    emit_trade(c, &f, level, plain);
    if (auction)
        emit_pair(c, &f, shown);
    tell_fill(c, &f);
    if (!plain && core_protects(c))
        core_protect_fill(c, f.buy, f.sell, f.lots, f.notional);
    if (!maker_stays)
        (void)hot_order_finish(c, maker_slot, ORD_STATUS_FILLED, 0);
    if (!taker_stays)
        (void)core_order_finish(c, taker_slot, ORD_STATUS_FILLED);
    return maker_stays && veiled && core_offered(c, maker_slot) == 0 && !core_refill(c, maker_slot);
}

static __attribute__((noinline)) bool
fill_one(struct core *c, uint32_t taker_slot, uint32_t maker_slot, int64_t price_units)
{
    return fill(c, taker_slot, maker_slot, price_units, INT64_MAX, false, false);
}

/* Whether the taker is a side of a quote that its fill has stopped: it ends. */
static inline bool
ended(struct core *c, uint32_t slot)
{
    if (!core_protects(c) || order_at(&c->pools.orders, slot)->leaves_lots == 0 ||
        !core_protect_ends(c, slot))
        return false;
    core_order_kill(c, slot, REASON_MAKER_PROTECTION, ORD_STATUS_CANCELED, NULL);
    return true;
}

bool
core_match_share(struct core *c, uint32_t taker_slot, uint32_t maker_slot, int64_t lots)
{
    int64_t price_units = order_at(&c->pools.orders, maker_slot)->price_units;
    (void)fill(c, taker_slot, maker_slot, price_units, lots, false, false);
    return !ended(c, taker_slot);
}

void
core_match_pair(struct core *c, uint32_t buy_slot, uint32_t sell_slot, int64_t price_units)
{
    uint32_t instrument_idx = order_at(&c->pools.orders, buy_slot)->instrument_idx;
    core_band_set_static(c, instrument_idx, price_units);
    (void)fill(c, buy_slot, sell_slot, price_units, INT64_MAX, true, false);
}

/* --- outside the book --- */

static void
emit_deal_trade(struct core *c, const struct fill *f, uint8_t kind, bool sets_last)
{
    struct event_deal_trade *e = core_emit(c, EVENT_DEAL_TRADE, sizeof(*e), AUDIENCE_PUBLIC, 0);
    uint32_t instrument_idx = order_at(&c->pools.orders, f->buy)->instrument_idx;
    e->instrument_id = c->view_instruments[instrument_idx].instrument_id;
    e->kind = kind;
    e->sets_last = sets_last;
    e->zero = 0;
    e->price_units = f->price_units;
    e->qty_lots = f->lots;
    e->trade_id = ++c->trade_cnt;
}

/* Neither takes from the book: both pay as makers. */
static void
trade_beside(struct core *c, struct fill *f, uint8_t kind, bool sets_last)
{
    struct order *buy = order_at(&c->pools.orders, f->buy),
                 *sell = order_at(&c->pools.orders, f->sell);
    buy->leaves_lots -= f->lots;
    sell->leaves_lots -= f->lots;
    exchange(c, f, true, true);
    if (sets_last) {
        set_last(c, buy->instrument_idx, f->price_units);
        core_pegs_moved(c, buy->instrument_idx); /* the dynamic band has */
    }
    emit_fill(c, f);
    emit_deal_trade(c, f, kind, sets_last);
    tell_fill(c, f);
    if (buy->leaves_lots == 0)
        (void)core_order_finish(c, f->buy, ORD_STATUS_FILLED);
    if (sell->leaves_lots == 0)
        (void)core_order_finish(c, f->sell, ORD_STATUS_FILLED);
}

void
core_match_deal(struct core *c, uint32_t buy, uint32_t sell, uint8_t kind)
{
    const struct order *bought = order_at(&c->pools.orders, buy);
    const struct order *sold = order_at(&c->pools.orders, sell);
    struct fill f = {.maker = sell,
                     .taker = buy,
                     .buy = buy,
                     .sell = sell,
                     .price_units = bought->price_units,
                     .lots = bought->leaves_lots < sold->leaves_lots ? bought->leaves_lots
                                                                     : sold->leaves_lots};
    const struct core_deal_rules *rules = &c->deal_rules[bought->instrument_idx];
    trade_beside(c, &f, kind, (rules->flags & DEAL_SETS_LAST) != 0);
}

void
core_match_allot(struct core *c, uint32_t buy, uint32_t sell, int64_t price_units, int64_t lots)
{
    struct fill f = {.maker = sell,
                     .taker = buy,
                     .buy = buy,
                     .sell = sell,
                     .price_units = price_units,
                     .lots = lots};
    trade_beside(c, &f, DEAL_PRIMARY, false);
}

/* --- the taker --- */

bool
core_match_room(const struct core *c, uint32_t events)
{
    uint32_t need =
        events + core_events_of_links(c) + (c->hooks.fill != NULL ? HOOK_EFFECT_MAX : 0);
    return core_room(c) >= need + CORE_EVENTS_TAIL &&
           (c->hooks.fill == NULL || core_work_has_room(c));
}

static bool
room_to_avoid(const struct core *c)
{
    return core_room(c) >= CORE_EVENTS_PER_AVOID + core_events_of_links(c) + CORE_EVENTS_TAIL;
}

/* From the best on, as pegs and price bands have stood since the taker came. */
static void
start_aside(const struct core *c, const struct core_taker *t, struct aside_walk *w)
{
    const struct core_pegs *pegs = &c->pegs[t->instrument_idx];
    const struct core_band *band = &c->bands[t->instrument_idx];
    bool banded = c->instruments[t->instrument_idx].banded;
    peg_walk_start(&w->pegs, &pegs->index, &c->pools, t->side == SIDE_BUY ? SIDE_SELL : SIDE_BUY,
                   &pegs->market);
    core_whole_first(c, t, banded ? band->low_units : 0, banded ? band->high_units : INT64_MAX,
                     &w->wholes);
    w->begun = true;
}

/* The same where some may wait beside the book on the other side. What is returned is passed: it
 * may be gone when it is asked for next. */
static __attribute__((noinline)) struct next_maker
next_aside(const struct core *c, uint32_t slot, int64_t bound, uint32_t maker, struct maker_walk *w,
           struct aside_walk *aside)
{
    const struct order *taker = order_at(&c->pools.orders, slot);
    struct core_taker t = {.instrument_idx = taker->instrument_idx,
                           .account_idx = taker->account_idx,
                           .side = taker->side,
                           .bound_units = bound,
                           .open_lots = taker->leaves_lots};
    int64_t cum_cost = order_cold_at(&c->pools.orders, slot)->cum_cost;
    if (!aside->begun)
        start_aside(c, &t, aside);
    struct next_maker peg = core_peg_before(c, &t, cum_cost, maker, w, &aside->pegs);
    struct next_maker next = core_whole_before(c, &t, cum_cost, peg, w, &aside->wholes);
    if (next.slot != peg.slot)
        core_whole_pass(c, &t, &aside->wholes);
    else if (peg.aside_units != 0)
        peg_walk_pass(&aside->pegs, &c->pegs[t.instrument_idx].index, &c->pools);
    return next;
}

/* Whether nothing but price and time decides who trades, and a fill ends nothing else. */
static inline bool
is_plain(const struct core *c, const struct core_instrument *ins)
{
    uint32_t special = c->link_cnt | c->protection_cnt | c->kill_cnt | c->pools.orders.veils;
    special |= ins->self_trade_by | ins->banded | (ins->extra & EXTRA_PRO_RATA);
    return special == 0;
}

IN_FILL enum matched
match(struct core *c, uint32_t slot, int64_t bound, const bool plain)
{
    const struct order *taker = order_at(&c->pools.orders, slot);
    const struct core_instrument *ins = &c->instruments[taker->instrument_idx];
    struct maker_walk w = {0};
    struct aside_walk aside;
    int64_t shared_units = 0; /* price of the level that was shared last */
    aside.begun = false;
    core_maker_first(c, ins, taker->side, &w);
    while (taker->leaves_lots > 0) {
        uint32_t maker = core_maker_next(c, ins, taker->instrument_idx, taker->account_idx,
                                         taker->side, bound, &w);
        int64_t aside_units = 0;
        uint32_t events = CORE_EVENTS_PER_FILL +
                          (!plain && core_protects(c) ? (uint32_t)CORE_EVENTS_PER_STOP : 0);
        if (!plain && __builtin_expect(core_veils_opposite(ins, taker->side), false)) {
            struct next_maker other = next_aside(c, slot, bound, maker, &w, &aside);
            maker = other.slot;
            aside_units = other.aside_units;
            events++;
        }
        if (maker == ORDER_NONE)
            return MATCHED_ALL;
        const struct order *m = order_at(&c->pools.orders, maker);
        if (!plain && __builtin_expect((ins->extra & EXTRA_PRO_RATA) != 0, false) &&
            aside_units == 0 &&
            m->price_units != shared_units) { /* this level's turn: shares first, then by time */
            shared_units = m->price_units;
            enum matched shared = core_share_level(c, slot, maker);
            if (shared != MATCHED_ALL)
                return shared;
            w.skipped = 0;
            core_maker_first(c, ins, taker->side, &w);
            continue;
        }
        uint32_t next = plain ? m->next : core_maker_behind(c, maker);
        int64_t price = aside_units != 0 ? aside_units : m->price_units;
        enum core_meeting meeting = MEET_TRADE;
        if (!plain && core_meetings_matter(c, ins))
            meeting = core_meet(c, taker->instrument_idx, taker->account_idx, m->account_idx);
        if (meeting == MEET_TRADE ? !core_match_room(c, events) : !room_to_avoid(c)) {
            if (shared_units != 0)
                core_share_keep(c, slot, shared_units);
            return MATCHED_PART;
        }
        if (plain)
            (void)fill(c, slot, maker, price, INT64_MAX, false, true);
        else if (meeting == MEET_TRADE)
            next = fill_one(c, slot, maker, price) ? maker : next;
        else if (!core_avoid(c, meeting, slot, maker))
            return MATCHED_GONE;
        if (!plain && ended(c, slot))
            return MATCHED_GONE;
        if (taker->leaves_lots == 0)
            break;
        if (aside_units != 0)
            continue;
        w.slot = next; /* the maker is gone, and so may be its level */
        if (next == ORDER_NONE) {
            w.level = level_worse(&c->pools.levels,
                                  &ins->book.side[taker->side == SIDE_BUY ? 1 : 0], price);
            w.slot = w.level == LEVEL_NONE ? ORDER_NONE : c->pools.levels.levels[w.level].head;
        }
    }
    return MATCHED_ALL;
}

static __attribute__((noinline)) enum matched
match_special(struct core *c, uint32_t slot, int64_t bound)
{
    return match(c, slot, bound, false);
}

static enum matched
match_all(struct core *c, uint32_t slot, int64_t bound)
{
    const struct order *o = order_at(&c->pools.orders, slot);
    if (is_plain(c, &c->instruments[o->instrument_idx]))
        return match(c, slot, bound, true);
    return match_special(c, slot, bound);
}

/* With the book, or with pegs as it found them. */
static bool
crosses(const struct core *c, uint32_t slot, int64_t bound)
{
    const struct order *o = order_at(&c->pools.orders, slot);
    const struct core_instrument *ins = &c->instruments[o->instrument_idx];
    return book_crosses(&ins->book, &c->pools, o->side, bound) ||
           (core_pegs_opposite(c, o->instrument_idx, o->side) &&
            core_peg_crosses(c, o->instrument_idx, o->side, bound,
                             &c->pegs[o->instrument_idx].market));
}

/* The same, or with those that are all or none: an order that never takes leaves them alone. */
static bool
meets(const struct core *c, uint32_t slot, int64_t bound)
{
    const struct order *o = order_at(&c->pools.orders, slot);
    const uint32_t never = EXEC_POST_ONLY | EXEC_POST_SLIDE;
    return crosses(c, slot, bound) ||
           ((order_cold_at(&c->pools.orders, slot)->exec_inst & never) == 0 &&
            core_whole_crosses(c, o->instrument_idx, o->side, bound));
}

/* The same within the price bands, which may move with what it trades. */
static enum matched
match_banded(struct core *c, uint32_t slot, int64_t cap_units)
{
    const struct order *taker = order_at(&c->pools.orders, slot);
    enum matched matched = MATCHED_ALL;
    do {
        int64_t bound = core_band_kept(c, slot, cap_units);
        if (!meets(c, slot, bound))
            break;
        matched = match_all(c, slot, bound);
        if (matched != MATCHED_ALL || taker->leaves_lots == 0 ||
            !core_band_moves(c, taker->instrument_idx))
            break;
        if (core_pegged(c, taker->instrument_idx))
            core_peg_in_band(c, taker->instrument_idx);
    } while (true);
    return matched;
}

/* 0, or why a peg that has met all it could may not wait. */
static uint16_t
peg_stays(const struct core *c, uint32_t slot)
{
    struct core_peg_order x = core_peg_of(c, slot);
    const struct core_instrument *ins = &c->instruments[x.instrument_idx];
    const struct peg_market *m = &c->pegs[x.instrument_idx].market;
    if (crosses(c, slot, core_peg_bound(&x, m)))
        return REASON_INELIGIBLE_CROSS;
    if (!core_peg_room(c, &x))
        return REASON_TABLE_FULL;
    return core_rest_room(c, ins, x.side, 0);
}

static bool
waits_aside(const struct core *c, uint32_t slot)
{
    return order_at(&c->pools.orders, slot)->ord_type == ORD_PEGGED || core_is_whole(c, slot);
}

/* What becomes of a taker that has met all it could. */
static void
settle_remainder(struct core *c, uint32_t slot)
{
    struct order *o = order_at(&c->pools.orders, slot);
    const struct core_instrument *ins = &c->instruments[o->instrument_idx];
    uint16_t reason = 0;
    uint8_t status = ORD_STATUS_CANCELED;
    if (ins->banded && !waits_aside(c, slot) && core_band_beyond(c, slot))
        reason = core_band_stop(c, slot);
    else if (o->time_in_force == TIF_IOC || o->time_in_force == TIF_FOK)
        reason = order_cold_at(&c->pools.orders, slot)->cum_lots > 0 ? REASON_IOC_REMAINDER
                                                                     : REASON_NO_LIQUIDITY;
    else if (o->ord_type == ORD_PEGGED)
        reason = peg_stays(c, slot);
    else if (book_crosses(&ins->book, &c->pools, o->side, o->price_units))
        reason = waits_aside(c, slot) ? 0 : REASON_INELIGIBLE_CROSS;
    if (reason == 0)
        reason = core_rest_room(c, ins, o->side, o->leaves_lots);
    if (reason == 0 && o->time_in_force == TIF_GTD &&
        order_cold_at(&c->pools.orders, slot)->until <= c->time_ns) {
        reason = REASON_GOOD_TILL_DATE;
        status = ORD_STATUS_EXPIRED;
    }
    if (reason != 0) {
        core_order_kill(c, slot, reason, status, NULL);
        return;
    }
    if (o->time_in_force == TIF_GTD)
        due_heap_add(&c->dues, order_cold_at(&c->pools.orders, slot)->until, o->order_id);
    core_order_rest(c, slot);
}

struct entry { /* how an order meets the market */
    int64_t bound_units;
    bool crosses;
};

/* Where some wait beside the book, or it is one of them. A sweep that goes on finds the market as
 * it did when it began. */
static __attribute__((noinline)) struct entry
entry_aside(struct core *c, uint32_t slot)
{
    const struct order *o = order_at(&c->pools.orders, slot);
    struct entry e = {.bound_units = order_cold_at(&c->pools.orders, slot)->cap_units};
    bool pegs = o->ord_type == ORD_PEGGED || core_pegged(c, o->instrument_idx);
    if (pegs && o->place != PLACE_SWEEPING)
        core_peg_hold_still(c, o->instrument_idx);
    if (o->ord_type == ORD_PEGGED)
        e.bound_units = core_peg_taker_bound(c, slot);
    e.crosses = meets(c, slot, e.bound_units);
    if (e.crosses && core_is_whole(c, slot) && o->place != PLACE_SWEEPING)
        e.crosses = core_whole_fillable(c, slot);
    return e;
}

void
core_match(struct core *c, uint32_t slot)
{
    struct order *o = order_at(&c->pools.orders, slot);
    uint32_t instrument_idx = o->instrument_idx;
    struct core_instrument *ins = &c->instruments[instrument_idx];
    struct entry e = {.bound_units = order_cold_at(&c->pools.orders, slot)->cap_units};
    bool refused = ins->banded && o->place != PLACE_SWEEPING && !core_band_enter(c, slot);
    if (__builtin_expect(c->pools.orders.veils, false)) /* some may wait beside the book */
        e = entry_aside(c, slot);
    else
        e.crosses = book_crosses(&ins->book, &c->pools, o->side, e.bound_units);
    o->place = PLACE_TAKING;
    enum matched matched = MATCHED_ALL;
    if (core_killed(c, instrument_idx, o->account_idx)) { /* since it came: a stop, a long sweep */
        core_work_count_early(c, slot);
        core_order_kill(c, slot, REASON_KILL_SWITCH, ORD_STATUS_CANCELED, NULL);
        matched = MATCHED_GONE;
    } else if (refused) {
        core_order_kill(c, slot, REASON_PRICE_BAND, ORD_STATUS_CANCELED, NULL);
        matched = MATCHED_GONE;
    } else if (c->link_cnt != 0 && core_link_over(c, slot)) {
        core_order_kill(c, slot, REASON_LINKED, ORD_STATUS_CANCELED, NULL);
        matched = MATCHED_GONE;
    } else if (e.crosses) {
        uint64_t trades = c->trade_cnt;
        matched =
            ins->banded ? match_banded(c, slot, e.bound_units) : match_all(c, slot, e.bound_units);
        if (matched == MATCHED_PART) {
            o->place = PLACE_SWEEPING;
            if (o->time_in_force == TIF_GTD)
                due_heap_remove(&c->dues, o->order_id);
            if (!ins->busy)
                core_work_add(c, &(struct work){.kind = WORK_SWEEP,
                                                .instrument_idx = instrument_idx,
                                                .order_id = o->order_id});
            ins->busy = 1;
            core_view_update(c, instrument_idx);
            return;
        }
        ins->busy = 0;
        if (trades != c->trade_cnt)
            hot_view_update(c, instrument_idx);
    }
    ins->busy = 0;
    if (matched == MATCHED_GONE)
        ; /* told and done */
    else if (o->leaves_lots == 0)
        (void)hot_order_finish(c, slot, ORD_STATUS_FILLED, 0);
    else
        settle_remainder(c, slot);
    if (ins->reached_side != 0)
        core_stops_start(c, instrument_idx);
}
