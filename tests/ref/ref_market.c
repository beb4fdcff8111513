#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "engine/model/reason.h"
#include "tests/ref/ref_priv.h"

/* --- arithmetic --- */

static wide
ten(int n)
{
    wide p = 1;
    while (n-- > 0)
        p *= 10;
    return p;
}

uint32_t
ref_asset_idx(const struct ref_venue *r, uint32_t instrument, bool cash)
{
    const struct command_instrument *d = &r->instruments[instrument].def;
    return (uint32_t)ref_asset_of(r, cash ? d->currency_id : d->asset_id);
}

/* price * lots in currency units, rounded down or up. */
wide
ref_notional(const struct ref_venue *r, uint32_t instrument, wide price, wide lots, bool up)
{
    const struct command_instrument *d = &r->instruments[instrument].def;
    int asset_scale = r->assets[ref_asset_idx(r, instrument, false)].scale;
    int cash_scale = r->assets[ref_asset_idx(r, instrument, true)].scale;
    wide bottom = ten(d->price_scale + asset_scale);
    wide factor = d->lot_units * ten(cash_scale), product = price * lots;
    /* In two parts: the whole product may need more than 128 bits. */
    wide whole = product / bottom * factor, rest = product % bottom * factor;
    return whole + (up ? (rest + bottom - 1) / bottom : rest / bottom);
}

static wide
fee_of(const struct ref_order *o, wide maker, wide taker)
{
    wide fee = (maker * o->maker_ppm + taker * o->taker_ppm + 999999) / 1000000;
    if (fee < o->fee_min)
        fee = o->fee_min;
    return fee > maker + taker ? maker + taker : fee;
}

/* A buy: what it may come to pay, and the worst fee of that beyond what was charged. */
wide
ref_need_of(const struct ref_venue *r, const struct ref_order *o)
{
    int64_t open = o->qty - o->cum;
    if (o->side == SIDE_SELL)
        return (wide)open * r->instruments[o->instrument].def.lot_units;
    wide cash = ref_notional(r, o->instrument, o->cap, open, true);
    bool maker_dearer = o->maker_ppm > o->taker_ppm;
    wide fee = fee_of(o, o->maker_notional + (maker_dearer ? cash : 0),
                      o->taker_notional + (maker_dearer ? 0 : cash));
    return cash + fee - o->charged;
}

wide
ref_hold_of(const struct ref_venue *r, const struct ref_order *o)
{
    return ref_link_share(r, o, ref_need_of(r, o));
}

/* --- balances --- */

struct ref_balance *
ref_balance_of(const struct ref_venue *r, const struct ref_order *o, bool cash)
{
    struct ref_venue *own = (struct ref_venue *)(uintptr_t)r;
    return &own->balances[o->account][ref_asset_idx(r, o->instrument, cash)];
}

struct ref_balance *
ref_held_in(const struct ref_venue *r, const struct ref_order *o)
{
    return ref_balance_of(r, o, o->side == SIDE_BUY);
}

void
ref_balance_make(struct ref_venue *r, struct ref_balance *b)
{
    r->balance_cnt += !b->exists;
    b->exists = true;
}

wide
ref_available(const struct ref_balance *b)
{
    return (wide)b->settled - b->held - b->out;
}

void
ref_set_hold(struct ref_venue *r, struct ref_order *o, wide hold)
{
    ref_held_in(r, o)->held += (int64_t)hold - o->hold;
    o->hold = (int64_t)hold;
    if (o->link != 0 && !o->second) {
        struct ref_order *second = &r->orders[o->link - 1];
        ref_set_hold(r, second, ref_hold_of(r, second));
    }
}

/* --- the book, by searching --- */

bool
ref_ahead(const struct ref_order *a, const struct ref_order *b)
{
    if (a->price != b->price)
        return a->side == SIDE_BUY ? a->price > b->price : a->price < b->price;
    if (ref_hidden(a) != ref_hidden(b))
        return ref_hidden(b);
    return a->priority < b->priority;
}

/* The first that waits behind one; behind NULL: the best. */
struct ref_order *
ref_next_behind(const struct ref_venue *r, uint32_t instrument, uint8_t side,
                const struct ref_order *one)
{
    struct ref_order *found = NULL;
    for (uint32_t i = 0; i < r->order_cnt; i++) {
        struct ref_order *o = &r->orders[i];
        if (o->place == REF_BOOK && o->instrument == instrument && o->side == side &&
            (one == NULL || ref_ahead(one, o)) && (found == NULL || ref_ahead(o, found)))
            found = o;
    }
    return found;
}

static uint8_t
other(uint8_t side)
{
    return side == SIDE_BUY ? SIDE_SELL : SIDE_BUY;
}

struct ref_order *
ref_best(const struct ref_venue *r, uint32_t instrument, uint8_t side)
{
    return ref_next_behind(r, instrument, side, NULL);
}

static bool
meets(const struct ref_order *maker, uint8_t side, int64_t price)
{
    return side == SIDE_BUY ? maker->price <= price : maker->price >= price;
}

bool
ref_crosses(const struct ref_venue *r, uint32_t instrument, uint8_t side, int64_t price)
{
    const struct ref_order *best = ref_best(r, instrument, other(side));
    return best != NULL && meets(best, side, price);
}

/* Stops that wait have levels of their own, by stop price, pegs by what they follow and limit. */
static bool
same_level(const struct ref_order *x, const struct ref_order *y)
{
    return x->place == y->place && x->instrument == y->instrument && x->side == y->side &&
           (x->place == REF_STOP  ? x->stop == y->stop && x->offset == y->offset
            : x->place == REF_PEG ? x->cap == y->cap && ref_same_offset(x, y)
                                  : x->price == y->price);
}

uint16_t
ref_rest_room(const struct ref_venue *r, const struct ref_order *o)
{
    uint32_t levels = 0;
    wide sum = o->qty - o->cum;
    for (uint32_t i = 0; i < r->order_cnt; i++) {
        const struct ref_order *x = &r->orders[i];
        if (x->place != REF_BOOK && x->place != REF_PEG && x->place != REF_WHOLE &&
            (x->place != REF_STOP || x->offset != 0))
            continue;
        bool first = true; /* at its price */
        for (uint32_t j = 0; j < i && first; j++)
            first = !same_level(&r->orders[j], x);
        levels += first;
        if (x->place == REF_BOOK && x->instrument == o->instrument && x->side == o->side)
            sum += x->qty - x->cum;
    }
    if (levels >= r->genesis.level_max)
        return REASON_LEVELS_FULL;
    return sum > INT64_MAX ? REASON_TOO_LARGE : 0;
}

/* --- whom to trade with: those who may not are passed over, but not too many --- */

enum { WHOLES_PASSED_MOST = 64 };

struct walk {
    struct ref_order at, peg, whole; /* those looked at last */
    bool begun, pegs_begun, wholes_begun;
    uint32_t passed, wholes_passed;
};

bool
ref_may_pair(const struct ref_venue *r, const struct ref_order *taker, const struct ref_order *m)
{
    bool buys = taker->side == SIDE_BUY;
    return ref_may_trade(r, buys ? taker->account : m->account, buys ? m->account : taker->account);
}

static int64_t
price_of(const struct ref_venue *r, const struct ref_order *maker)
{
    return ref_is_peg(maker) ? ref_peg_price(r, maker) : maker->price;
}

/* What both come to must fit. */
static bool
sum_fits(const struct ref_order *taker, const struct ref_order *m, int64_t price)
{
    int64_t mine = taker->qty - taker->cum, theirs = m->qty - m->cum;
    wide cost = (wide)price * (mine < theirs ? mine : theirs);
    return cost + taker->cost <= INT64_MAX && cost + m->cost <= INT64_MAX;
}

/* A peg at a better price than the book's maker goes before it. */
static struct ref_order *
or_peg(const struct ref_venue *r, const struct ref_order *taker, struct walk *w,
       struct ref_order *maker)
{
    for (;;) {
        struct ref_order *m = NULL;
        if (w->passed <= r->genesis.maker_skip_max)
            m = ref_peg_behind(r, taker->instrument, other(taker->side),
                               w->pegs_begun ? &w->peg : NULL);
        int64_t price = m == NULL ? 0 : ref_peg_price(r, m), bound = ref_bound(r, taker);
        bool buys = taker->side == SIDE_BUY;
        const struct ref_order *best = ref_best(r, taker->instrument, other(taker->side));
        bool far = best != NULL && (buys ? best->price < taker->low : best->price > taker->high);
        if (m == NULL || far || (buys ? price > bound : price < bound) ||
            (maker != NULL && (buys ? maker->price <= price : maker->price >= price)))
            return w->passed > r->genesis.maker_skip_max ? NULL : maker;
        if (ref_may_pair(r, taker, m) && sum_fits(taker, m, price))
            return m;
        w->passed++;
        w->peg = *m;
        w->pegs_begun = true;
    }
}

/* One that is all or none, at a better price than that: no larger than what is left, `left`. */
static struct ref_order *
or_whole(const struct ref_venue *r, const struct ref_order *taker, int64_t left, struct walk *w,
         struct ref_order *maker)
{
    const struct ref_order *best = ref_best(r, taker->instrument, other(taker->side));
    bool buys = taker->side == SIDE_BUY;
    if (w->passed > r->genesis.maker_skip_max ||
        (best != NULL && (buys ? best->price < taker->low : best->price > taker->high)))
        return maker;
    for (;;) {
        struct ref_order *m = ref_whole_behind(r, taker->instrument, other(taker->side),
                                               w->wholes_begun ? &w->whole : NULL);
        int64_t bound = ref_bound(r, taker), first = maker == NULL ? 0 : price_of(r, maker);
        if (m == NULL || w->wholes_passed == WHOLES_PASSED_MOST ||
            (buys ? m->price > bound || m->price > taker->high
                  : m->price < bound || m->price < taker->low) ||
            (maker != NULL && (buys ? first <= m->price : first >= m->price)))
            return maker;
        bool near = buys ? m->price >= taker->low : m->price <= taker->high;
        if (near && m->qty - m->cum <= left && ref_may_pair(r, taker, m) &&
            !ref_same_party(r, taker->instrument, taker->account, m->account) &&
            !ref_killed(r, taker->instrument, m->account) && sum_fits(taker, m, m->price))
            return m;
        w->wholes_passed += near;
        w->whole = *m;
        w->wholes_begun = true;
    }
}

static void
pass(struct walk *w, const struct ref_order *maker)
{
    if (ref_is_whole(maker)) {
        w->whole = *maker;
        w->wholes_begun = true;
        return;
    }
    *(ref_is_peg(maker) ? &w->peg : &w->at) = *maker;
    *(ref_is_peg(maker) ? &w->pegs_begun : &w->begun) = true;
}

static struct ref_order *
next_in_book(const struct ref_venue *r, const struct ref_order *taker, struct walk *w)
{
    for (;;) {
        struct ref_order *m =
            ref_next_behind(r, taker->instrument, other(taker->side), w->begun ? &w->at : NULL);
        if (m == NULL || !meets(m, taker->side, ref_bound(r, taker)) || m->price < taker->low ||
            m->price > taker->high)
            return NULL;
        bool may = ref_may_pair(r, taker, m);
        if (!may && ++w->passed > r->genesis.maker_skip_max)
            return NULL;
        if (may)
            return m;
        w->at = *m;
        w->begun = true;
    }
}

static struct ref_order *
next_maker(const struct ref_venue *r, const struct ref_order *taker, int64_t left, struct walk *w)
{
    struct ref_order *maker = or_peg(r, taker, w, next_in_book(r, taker, w));
    bool posts = (taker->exec_inst & (EXEC_POST_ONLY | EXEC_POST_SLIDE)) != 0;
    return posts ? maker : or_whole(r, taker, left, w, maker);
}

/* Trades it without saying so, and returns what it got. */
static int64_t
try(struct ref_venue *r, const struct ref_order *o)
{
    struct walk w = {0};
    struct ref_order *m;
    uint8_t mode = r->instruments[o->instrument].def.self_trade_mode;
    int64_t left = o->qty - o->cum, got = 0;
    while (left > 0 && (m = next_maker(r, o, left, &w)) != NULL) {
        bool self = ref_same_party(r, o->instrument, o->account, m->account);
        int64_t theirs = self ? m->qty - m->cum : ref_offers(m);
        int64_t both = theirs < left ? theirs : left;
        pass(&w, m);
        if (ref_killed(r, o->instrument, m->account))
            continue;
        if (self && mode == SELF_TRADE_CANCEL_OLDEST)
            continue;
        if (self && mode != SELF_TRADE_DECREMENT)
            break;
        left -= both;
        got += self ? 0 : both;
        if (m->link != 0 && !self)
            r->orders[m->link - 1].place = REF_DONE;
        m->cum += both;
        m->shown -= m->display != 0 && !self ? both : 0;
        (void)ref_refilled(r, 0, m); /* how much it shows changes nothing of the sum */
    }
    return got;
}

bool
ref_fills(struct ref_venue *r, const struct ref_order *o, int64_t lots)
{
    if (lots <= 0)
        return true;
    uint64_t priorities = r->priorities;
    struct ref_order *kept = malloc(r->order_cnt * sizeof(*kept) + 1), asks = *o;
    if (kept == NULL)
        abort();
    memcpy(kept, r->orders, r->order_cnt * sizeof(*kept));
    ref_band_fix(r, &asks);
    int64_t got = try(r, &asks);
    memcpy(r->orders, kept, r->order_cnt * sizeof(*kept));
    r->priorities = priorities;
    free(kept);
    return got >= lots;
}

/* A sell may meet bids better than its limit. */
bool
ref_cost_fits(const struct ref_venue *r, const struct ref_order *o)
{
    const struct ref_order *bid = ref_best(r, o->instrument, SIDE_BUY);
    int64_t dear = o->side == SIDE_SELL && bid != NULL && bid->price > o->cap ? bid->price : o->cap;
    return (wide)dear * (o->qty - o->cum) + o->cost <= INT64_MAX;
}

/* --- trading --- */

static void
finish(struct ref_venue *r, struct ref_order *o, uint8_t status, uint16_t reason)
{
    o->place = REF_DONE;
    o->status = status;
    o->reason = reason;
    ref_id_end(r, o);
}

/* The hold is given back first; the event shows the order as it was canceled. */
void
ref_kill(struct ref_venue *r, const struct command *cmd, struct ref_order *o, uint16_t reason,
         uint8_t status, bool requested)
{
    if (o->place == REF_ASKED) {
        ref_ask_end(r, cmd, o, reason, status);
        return;
    }
    bool shown = o->place == REF_BOOK, proposed = o->place == REF_DEAL;
    struct ref_order *other = ref_link_cut(r, o);
    ref_set_hold(r, o, 0);
    finish(r, o, status, reason);
    struct event_order *e = ref_say_order(r, cmd, EVENT_ORDER_CANCELED, o, reason);
    if (requested && cmd->id.length > 0) {
        e->orig = e->id;
        e->id = cmd->id;
    }
    if (proposed && o->request != 0)
        ref_ask_quote_ended(r, o, reason);
    else if (proposed)
        ref_deal_say(r, o,
                     reason == REASON_DEAL_DECLINED ? DEAL_DECLINED
                     : status == ORD_STATUS_EXPIRED ? DEAL_EXPIRED
                                                    : DEAL_CANCELED,
                     reason);
    if (shown)
        ref_say_book(r, EVENT_BOOK_DELETE, o, 0);
    if (shown)
        ref_book_moved(r, o->instrument);
    if (other != NULL)
        ref_link_end(r, cmd, other);
}

static int64_t
charge(struct ref_order *o, int64_t amount, bool maker)
{
    if (maker)
        o->maker_notional += amount;
    else
        o->taker_notional += amount;
    wide total = fee_of(o, o->maker_notional, o->taker_notional);
    int64_t fee = (int64_t)total - o->charged;
    o->charged = (int64_t)total;
    return fee;
}

struct deal {
    struct ref_order *buy, *sell;
    int64_t price, lots, units, cash, buy_fee, sell_fee;
};

static struct ref_balance *
fee_balance(struct ref_venue *r, uint32_t instrument)
{
    int account = ref_account_of(r, r->genesis.fee_account_id);
    return &r->balances[account][ref_asset_idx(r, instrument, true)];
}

/* Delivery against payment: at once, or pending until a settlement run. */
static void
settle_deal(struct ref_venue *r, const struct deal *d)
{
    struct ref_balance *fees = fee_balance(r, d->buy->instrument);
    if (r->instruments[d->buy->instrument].def.settle_cycle == 0) {
        ref_balance_of(r, d->buy, true)->settled -= d->cash + d->buy_fee;
        ref_balance_of(r, d->buy, false)->settled += d->units;
        ref_balance_of(r, d->sell, false)->settled -= d->units;
        ref_balance_of(r, d->sell, true)->settled += d->cash - d->sell_fee;
        fees->settled += d->buy_fee + d->sell_fee;
    } else {
        ref_balance_of(r, d->buy, true)->out += d->cash + d->buy_fee;
        ref_balance_of(r, d->buy, false)->in += d->units;
        ref_balance_of(r, d->sell, false)->out += d->units;
        ref_balance_of(r, d->sell, true)->in += d->cash - d->sell_fee;
        fees->in += d->buy_fee + d->sell_fee;
    }
}

static void
put_side(const struct ref_venue *r, const struct ref_order *o, int64_t fee, struct fill_side *out)
{
    const struct ref_balance *cash = ref_balance_of(r, o, true);
    const struct ref_balance *asset = ref_balance_of(r, o, false);
    out->order_id = o->order_id;
    out->account_id = r->accounts[o->account].id;
    out->session_id = o->session_id;
    out->id = o->id;
    out->qty_lots = o->qty;
    out->cum_lots = o->cum;
    out->leaves_lots = o->qty - o->cum;
    out->cum_cost = o->cost;
    out->fee_units = fee;
    out->cash_after.settled_units = cash->settled;
    out->cash_after.held_units = cash->held;
    out->asset_after.settled_units = asset->settled;
    out->asset_after.held_units = asset->held;
    out->tenant_id = o->tenant;
    out->ord_type = o->type;
    out->time_in_force = o->tif;
    out->status = o->qty == o->cum ? ORD_STATUS_FILLED : ORD_STATUS_PARTIALLY_FILLED;
    out->price_units = o->price;
}

/* taker NULL: neither takes. */
static void
say_fill(struct ref_venue *r, const struct deal *d, const struct ref_order *taker)
{
    const struct command_instrument *def = &r->instruments[d->buy->instrument].def;
    struct event_fill *e =
        ref_say(r, EVENT_FILL, AUDIENCE_PARTY, taker ? taker->session_id : d->buy->session_id);
    e->instrument_id = def->instrument_id;
    e->asset_id = def->asset_id;
    e->currency_id = def->currency_id;
    e->aggressor = taker ? taker->side : 0;
    e->settle_cycle = def->settle_cycle;
    e->price_units = d->price;
    e->qty_lots = d->lots;
    e->qty_units = d->units;
    e->notional_units = d->cash;
    e->fee_after_units = fee_balance(r, d->buy->instrument)->settled;
    put_side(r, d->buy, d->buy_fee, &e->buy);
    put_side(r, d->sell, d->sell_fee, &e->sell);
}

/* taker NULL: an auction; what the book loses on both sides is said after it. */
static void
say_deal(struct ref_venue *r, const struct deal *d, const struct ref_order *taker,
         const struct ref_order *maker)
{
    const struct command_instrument *def = &r->instruments[d->buy->instrument].def;
    say_fill(r, d, taker);
    struct event_trade *t = ref_say(r, EVENT_TRADE, AUDIENCE_PUBLIC, 0);
    t->instrument_id = def->instrument_id;
    t->price_units = d->price;
    t->qty_lots = d->lots;
    t->trade_id = ++r->trades;
    if (taker == NULL)
        return;
    t->maker_order_id = ref_hidden(maker) ? 0 : maker->order_id;
    t->maker_side = maker->side;
    t->maker_lots = ref_shows(maker);
    struct ref_order there = *maker;
    there.price = d->price;
    ref_level(r, &there, &t->level_lots, &t->level_orders);
}

/* Lots change hands: sums, fees, balances, holds. */
static void
exchange(struct ref_venue *r, struct deal *d, bool buy_makes, bool sell_makes)
{
    uint32_t instrument = d->buy->instrument;
    d->cash = (int64_t)ref_notional(r, instrument, d->price, d->lots, false);
    d->units = d->lots * r->instruments[instrument].def.lot_units;
    d->buy->cum += d->lots;
    d->sell->cum += d->lots;
    d->buy->cost += d->price * d->lots;
    d->sell->cost += d->price * d->lots;
    d->buy_fee = charge(d->buy, d->cash, buy_makes);
    d->sell_fee = charge(d->sell, d->cash, sell_makes);
    settle_deal(r, d);
    ref_set_hold(r, d->buy, d->buy->qty > d->buy->cum ? ref_hold_of(r, d->buy) : 0);
    ref_set_hold(r, d->sell, d->sell->qty > d->sell->cum ? ref_hold_of(r, d->sell) : 0);
}

static void
set_last(struct ref_venue *r, uint32_t instrument, int64_t price)
{
    r->instruments[instrument].last = price;
    ref_stops_see(r, instrument, price);
}

static void
trade(struct ref_venue *r, const struct command *cmd, struct ref_order *taker,
      struct ref_order *maker, int64_t theirs)
{
    int64_t mine = taker->qty - taker->cum;
    ref_link_use(r, cmd, taker);
    ref_link_use(r, cmd, maker);
    struct deal d = {.buy = taker->side == SIDE_BUY ? taker : maker,
                     .sell = taker->side == SIDE_BUY ? maker : taker,
                     .price = price_of(r, maker),
                     .lots = mine < theirs ? mine : theirs};
    exchange(r, &d, d.buy == maker, d.sell == maker);
    set_last(r, taker->instrument, d.price);
    maker->shown -= maker->display != 0 ? d.lots : 0;
    if (maker->qty == maker->cum)
        finish(r, maker, ORD_STATUS_FILLED, 0);
    say_deal(r, &d, taker, maker);
    if (ref_refilled(r, cmd->seed, maker)) {
        ref_share_refilled(r, maker);
        ref_say_book(r, EVENT_BOOK_REFILL, maker, ref_shows(maker));
    }
}

void
ref_trade_pair(struct ref_venue *r, const struct command *cmd, struct ref_order *buy,
               struct ref_order *sell, int64_t price)
{
    ref_link_use(r, cmd, buy);
    ref_link_use(r, cmd, sell);
    int64_t bought = buy->qty - buy->cum, sold = sell->qty - sell->cum;
    struct deal d = {
        .buy = buy, .sell = sell, .price = price, .lots = bought < sold ? bought : sold};
    struct ref_order *both[2] = {buy, sell};
    int64_t shown[2] = {ref_shows(buy), ref_shows(sell)};
    r->instruments[buy->instrument].fixed = price;
    exchange(r, &d, true, true);
    set_last(r, buy->instrument, price);
    for (int i = 0; i < 2; i++) {
        if (both[i]->qty == both[i]->cum)
            finish(r, both[i], ORD_STATUS_FILLED, 0);
    }
    say_deal(r, &d, NULL, NULL);
    for (int i = 0; i < 2; i++) {
        if (both[i]->place == REF_DONE)
            ref_say_book(r, EVENT_BOOK_DELETE, both[i], 0);
        else if (ref_show_less(both[i], shown[i]))
            ref_say_book(r, EVENT_BOOK_CHANGE, both[i], ref_shows(both[i]));
    }
}

void
ref_trade_beside(struct ref_venue *r, struct ref_order *buy, struct ref_order *sell, int64_t lots,
                 uint8_t kind)
{
    const struct ref_instrument *ins = &r->instruments[buy->instrument];
    bool sets = (ins->deals.deal_flags & DEAL_SETS_LAST) != 0;
    struct deal d = {.buy = buy, .sell = sell, .price = buy->price, .lots = lots};
    exchange(r, &d, true, true);
    if (buy->qty == buy->cum)
        finish(r, buy, ORD_STATUS_FILLED, 0);
    if (sell->qty == sell->cum)
        finish(r, sell, ORD_STATUS_FILLED, 0);
    say_fill(r, &d, NULL);
    struct event_deal_trade *e = ref_say(r, EVENT_DEAL_TRADE, AUDIENCE_PUBLIC, 0);
    e->instrument_id = ins->def.instrument_id;
    e->kind = kind;
    e->sets_last = sets;
    e->price_units = d.price;
    e->qty_lots = lots;
    e->trade_id = ++r->trades;
    if (!sets)
        return;
    set_last(r, buy->instrument, d.price);
    ref_book_moved(r, buy->instrument); /* what pegs may trade at lies around it */
}

/* What becomes of a taker that has met all it could. */
static void
rest(struct ref_venue *r, const struct command *cmd, struct ref_order *o)
{
    uint16_t reason = ref_rest_room(r, o), stop = 0;
    bool aside = ref_is_peg(o) || ref_is_whole(o);
    bool beyond = !aside && ref_crosses(r, o->instrument, o->side, o->cap) && !ref_band_near(r, o);
    if (beyond)
        stop = ref_band_stop(r, o);
    if (beyond)
        reason = stop != 0 ? stop : reason;
    else if (o->tif == TIF_IOC || o->tif == TIF_FOK)
        reason = o->cum > 0 ? REASON_IOC_REMAINDER : REASON_NO_LIQUIDITY;
    else if (ref_is_peg(o) ? ref_meets_any(r, o->instrument, o->side, ref_bound(r, o))
                           : !aside && ref_crosses(r, o->instrument, o->side, o->price))
        reason = REASON_INELIGIBLE_CROSS;
    else if (ref_is_peg(o) && ref_peg_room(r, o) != 0)
        reason = ref_peg_room(r, o);
    if (reason != 0) {
        ref_kill(r, cmd, o, reason, ORD_STATUS_CANCELED, false);
        return;
    }
    if (o->tif == TIF_GTD && o->until <= r->time_ns) {
        ref_kill(r, cmd, o, REASON_GOOD_TILL_DATE, ORD_STATUS_EXPIRED, false);
        return;
    }
    if (ref_is_whole(o) && o->cum > 0) {
        ref_kill(r, cmd, o, REASON_IOC_REMAINDER, ORD_STATUS_CANCELED, false);
        return;
    }
    o->place = ref_is_peg(o) ? REF_PEG : ref_is_whole(o) ? REF_WHOLE : REF_BOOK;
    if (!o->was_peg)
        o->priority = ++r->priorities;
    if (aside) {
        ref_wholes_moved(r, o->instrument);
        return;
    }
    ref_show_first(o);
    ref_share_rest(r, o);
    ref_book_moved(r, o->instrument);
    ref_say_book(r, EVENT_BOOK_ADD, o, ref_shows(o));
}

/* When there is none, the band may follow what it traded: then from the best on again. */
static struct ref_order *
next_in_band(struct ref_venue *r, struct ref_order *o, struct walk *w)
{
    struct ref_order *m = next_maker(r, o, o->qty - o->cum, w);
    while (m == NULL && ref_band_follows(r, o)) {
        *w = (struct walk){0};
        ref_pegs_in_band(r, o->instrument);
        m = next_maker(r, o, o->qty - o->cum, w);
    }
    return m;
}

/* Where levels are shared: a step of it at the price of this maker. False: its turn is by time. */
static bool
shares(struct ref_venue *r, const struct command *cmd, struct ref_order *o,
       const struct ref_order *maker, struct walk *w)
{
    int64_t lots;
    if (ref_share_due(r, o, maker)) {
        ref_share_begin(r, o, maker->price);
        w->begun = false; /* from the best on again */
        w->passed = 0;
        return true;
    }
    if (o->share_price != maker->price || ref_is_peg(maker) || ref_is_whole(maker))
        return false;
    struct ref_order *m = ref_share_next(r, o, &lots);
    if (m == NULL)
        return false;
    uint64_t priority = m->priority;
    trade(r, cmd, o, m, lots);
    ref_share_traded(r, o, priority);
    return true;
}

void
ref_match(struct ref_venue *r, const struct command *cmd, struct ref_order *o)
{
    struct walk w = {0};
    struct ref_order *maker;
    bool refused = o->place != REF_SWEEPING && ref_band_refuses(r, o);
    uint64_t trades = r->trades;
    bool waits = o->place != REF_SWEEPING && ref_is_whole(o);
    if (o->place != REF_SWEEPING) {
        ref_band_fix(r, o);
        o->was_peg = o->place == REF_PEG;
        o->share_price = 0;
        ref_market_now(r, o->instrument);
    }
    o->place = REF_TAKING;
    waits = waits && !ref_whole_would_fill(r, o);
    if (!r->instruments[o->instrument].busy) /* not begun before */
        r->leaves = r->told.work_cnt > ref_work_but_pegs(r);
    if (ref_killed(r, o->instrument, o->account))
        ref_kill_stopped(r, cmd, o);
    else if (refused)
        ref_kill(r, cmd, o, REASON_PRICE_BAND, ORD_STATUS_CANCELED, false);
    else if (o->over)
        ref_kill(r, cmd, o, REASON_LINKED, ORD_STATUS_CANCELED, false);
    while (o->place == REF_TAKING && !waits && o->qty > o->cum &&
           (maker = next_in_band(r, o, &w)) != NULL) {
        if (ref_must_stop(r)) {
            o->place = REF_SWEEPING;
            if (!r->instruments[o->instrument].busy)
                ref_work_add(r, &(struct ref_work){.kind = REF_WORK_SWEEP,
                                                   .instrument = (int)o->instrument,
                                                   .order = (uint32_t)(o - r->orders)});
            r->instruments[o->instrument].busy = true;
            ref_book_moved(r, o->instrument);
            return;
        }
        if (shares(r, cmd, o, maker, &w))
            continue;
        pass(&w, maker);
        if (ref_killed(r, o->instrument, maker->account))
            ref_kill_stopped(r, cmd, maker);
        else if (ref_same_party(r, o->instrument, o->account, maker->account))
            ref_avoid(r, cmd, o, maker);
        else
            trade(r, cmd, o, maker, ref_offers(maker));
    }
    struct ref_instrument *ins = &r->instruments[o->instrument];
    ins->busy = ins->entering;
    if (trades != r->trades)
        ref_book_moved(r, o->instrument);
    if (o->place == REF_TAKING && o->qty == o->cum)
        finish(r, o, ORD_STATUS_FILLED, 0);
    else if (o->place == REF_TAKING)
        rest(r, cmd, o);
    ref_stops_start(r, cmd, o->instrument);
}
