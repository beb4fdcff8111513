#include "tests/ref/ref_priv.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/model/reason.h"

void
ref_say(struct ref_venue *r, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(r->text + r->text_bytes, sizeof(r->text) - r->text_bytes, format, args);
    va_end(args);
    if (n < 0 || (size_t)n >= sizeof(r->text) - r->text_bytes)
        abort();
    r->text_bytes += (size_t)n;
}

static int
index_of(const uint32_t *ids, uint32_t cnt, uint32_t id)
{
    for (uint32_t i = 0; i < cnt; i++) {
        if (ids[i] == id)
            return (int)i;
    }
    return -1;
}

int
ref_account_of(const struct ref_venue *r, uint32_t id)
{
    return index_of(r->account_ids, r->account_cnt, id);
}

int
ref_asset_of(const struct ref_venue *r, uint32_t id)
{
    return index_of(r->asset_ids, r->asset_cnt, id);
}

int
ref_instrument_of(const struct ref_venue *r, uint32_t id)
{
    for (uint32_t i = 0; i < r->instrument_cnt; i++) {
        if (r->instruments[i].def.instrument_id == id)
            return (int)i;
    }
    return -1;
}

/* --- arithmetic --- */

static wide
ten(int n)
{
    wide p = 1;
    while (n-- > 0)
        p *= 10;
    return p;
}

/* price * lots in currency units, rounded down or up. */
wide
ref_notional(const struct ref_venue *r, int ins, wide price, wide lots, bool up)
{
    const struct command_instrument *d = &r->instruments[ins].def;
    wide top = price * lots * d->lot_units * ten(r->asset_scale[ref_asset_of(r, d->currency_id)]);
    wide bottom = ten(d->price_scale) * ten(r->asset_scale[ref_asset_of(r, d->asset_id)]);
    return up ? (top + bottom - 1) / bottom : top / bottom;
}

static wide
fee_of(const struct ref_order *o, wide maker, wide taker)
{
    wide fee = (maker * o->maker_ppm + taker * o->taker_ppm + 999999) / 1000000;
    if (fee < o->fee_min)
        fee = o->fee_min;
    return fee > maker + taker ? maker + taker : fee;
}

wide
ref_hold_of(const struct ref_venue *r, const struct ref_order *o)
{
    int64_t open = o->qty - o->cum;
    if (o->side == SIDE_SELL)
        return (wide)open * r->instruments[o->instrument].def.lot_units;
    wide cash = ref_notional(r, (int)o->instrument, o->cap, open, true);
    bool maker_dearer = o->maker_ppm > o->taker_ppm;
    wide fee = fee_of(o, o->maker_notional + (maker_dearer ? cash : 0),
                      o->taker_notional + (maker_dearer ? 0 : cash));
    return cash + fee - o->charged;
}

struct ref_balance *
ref_balance_of(struct ref_venue *r, const struct ref_order *o, bool cash)
{
    const struct command_instrument *d = &r->instruments[o->instrument].def;
    return &r->balances[o->account][ref_asset_of(r, cash ? d->currency_id : d->asset_id)];
}

void
ref_set_hold(struct ref_venue *r, struct ref_order *o, wide hold)
{
    struct ref_balance *b = ref_balance_of(r, o, o->side == SIDE_BUY);
    b->held += (int64_t)hold - o->hold;
    o->hold = (int64_t)hold;
}

wide
ref_available(const struct ref_balance *b)
{
    return (wide)b->settled - b->held - b->out;
}

/* --- the book, by searching --- */

static bool
ahead(const struct ref_order *a, const struct ref_order *b)
{
    if (a->price != b->price)
        return a->side == SIDE_BUY ? a->price > b->price : a->price < b->price;
    return a->priority < b->priority;
}

struct ref_order *
ref_best(struct ref_venue *r, uint32_t ins, uint8_t side)
{
    struct ref_order *found = NULL;
    for (uint32_t i = 0; i < r->order_cnt; i++) {
        struct ref_order *o = &r->orders[i];
        if (o->in_book && o->instrument == ins && o->side == side &&
            (found == NULL || ahead(o, found)))
            found = o;
    }
    return found;
}

bool
ref_meets(const struct ref_order *maker, uint8_t side, int64_t cap)
{
    return side == SIDE_BUY ? maker->price <= cap : maker->price >= cap;
}

void
ref_say_level(struct ref_venue *r, const char *what, const struct ref_order *o, int64_t shown)
{
    int64_t lots = 0;
    uint32_t cnt = 0;
    for (uint32_t i = 0; i < r->order_cnt; i++) {
        const struct ref_order *x = &r->orders[i];
        if (x->in_book && x->instrument == o->instrument && x->side == o->side &&
            x->price == o->price) {
            lots += x->qty - x->cum;
            cnt++;
        }
    }
    ref_say(r, "%s side %d price %lld lots %lld level %lld of %u\n", what, o->side,
            (long long)o->price, (long long)shown, (long long)lots, cnt);
}

void
ref_forget_id(struct ref_venue *r, const struct ref_order *o)
{
    for (uint32_t i = 0; i < r->id_cnt; i++) {
        if (r->ids[i].order == (uint32_t)(o - r->orders) && r->ids[i].done_day == 0)
            r->ids[i].done_day = r->day + 1;
    }
}

static void
finish(struct ref_venue *r, struct ref_order *o, uint8_t status)
{
    o->open = o->in_book = o->parked = false;
    o->status = status;
    ref_forget_id(r, o);
}

void
ref_kill(struct ref_venue *r, struct ref_order *o, uint16_t reason, uint8_t status)
{
    bool shown = o->in_book;
    o->in_book = false;
    ref_set_hold(r, o, 0);
    finish(r, o, status);
    ref_say(r, "canceled %s reason %u status %u cum %lld\n", o->id, reason, status,
            (long long)o->cum);
    if (shown)
        ref_say_level(r, "delete", o, 0);
}

/* --- trading --- */

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

static void
trade(struct ref_venue *r, struct ref_order *taker, struct ref_order *maker)
{
    struct ref_instrument *ins = &r->instruments[taker->instrument];
    int64_t mine = taker->qty - taker->cum, theirs = maker->qty - maker->cum;
    int64_t lots = mine < theirs ? mine : theirs, price = maker->price;
    int64_t cash = (int64_t)ref_notional(r, (int)taker->instrument, price, lots, false);
    int64_t units = lots * ins->def.lot_units;
    struct ref_order *buy = taker->side == SIDE_BUY ? taker : maker;
    struct ref_order *sell = taker->side == SIDE_BUY ? maker : taker;
    taker->cum += lots;
    maker->cum += lots;
    taker->cost += price * lots;
    maker->cost += price * lots;
    int64_t buy_fee = charge(buy, cash, buy == maker);
    int64_t sell_fee = charge(sell, cash, sell == maker);
    struct ref_balance *fees = &r->balances[ref_account_of(r, r->genesis.fee_account_id)]
                                           [ref_asset_of(r, ins->def.currency_id)];
    if (ins->def.settle_cycle == 0) {
        ref_balance_of(r, buy, true)->settled -= cash + buy_fee;
        ref_balance_of(r, buy, false)->settled += units;
        ref_balance_of(r, sell, false)->settled -= units;
        ref_balance_of(r, sell, true)->settled += cash - sell_fee;
        fees->settled += buy_fee + sell_fee;
    } else {
        ref_balance_of(r, buy, true)->out += cash + buy_fee;
        ref_balance_of(r, buy, false)->in += units;
        ref_balance_of(r, sell, false)->out += units;
        ref_balance_of(r, sell, true)->in += cash - sell_fee;
        fees->in += buy_fee + sell_fee;
    }
    ref_set_hold(r, buy, buy->qty > buy->cum ? ref_hold_of(r, buy) : 0);
    ref_set_hold(r, sell, sell->qty > sell->cum ? ref_hold_of(r, sell) : 0);
    ins->last = price;
    ref_say(r, "fill maker %s taker %s price %lld lots %lld cash %lld fees %lld %lld\n", maker->id,
            taker->id, (long long)price, (long long)lots, (long long)cash, (long long)buy_fee,
            (long long)sell_fee);
    if (maker->qty == maker->cum)
        finish(r, maker, ORD_STATUS_FILLED);
}

void
ref_match(struct ref_venue *r, struct ref_order *o)
{
    uint8_t other = o->side == SIDE_BUY ? SIDE_SELL : SIDE_BUY;
    struct ref_order *maker;
    while (o->qty > o->cum && (maker = ref_best(r, o->instrument, other)) != NULL &&
           ref_meets(maker, o->side, o->cap))
        trade(r, o, maker);
    if (o->qty == o->cum) {
        finish(r, o, ORD_STATUS_FILLED);
    } else if (o->tif == TIF_IOC || o->tif == TIF_FOK) {
        ref_kill(r, o, o->cum > 0 ? REASON_IOC_REMAINDER : REASON_NO_LIQUIDITY,
                 ORD_STATUS_CANCELED);
    } else {
        o->in_book = true;
        o->priority = ++r->priorities;
        ref_say_level(r, "add", o, o->qty - o->cum);
    }
}

bool
ref_fok_fills(struct ref_venue *r, uint32_t ins, uint8_t side, int64_t cap, int64_t lots)
{
    wide there = 0;
    for (uint32_t i = 0; i < r->order_cnt; i++) {
        const struct ref_order *o = &r->orders[i];
        if (o->in_book && o->instrument == ins && o->side != side && ref_meets(o, side, cap))
            there += o->qty - o->cum;
    }
    return there >= lots;
}

int64_t
ref_cap_of(struct ref_venue *r, const struct command_order_new *x, uint32_t i)
{
    const struct ref_instrument *ins = &r->instruments[i];
    if (x->ord_type == ORD_LIMIT)
        return x->price_units;
    bool buy = x->side == SIDE_BUY;
    struct ref_order *opposite = ref_best(r, i, buy ? SIDE_SELL : SIDE_BUY);
    int64_t from = ins->last        ? ins->last
                   : ins->reference ? ins->reference
                   : opposite       ? opposite->price
                                    : 0;
    if (from == 0)
        return 0;
    wide tick = ins->def.tick_units;
    wide scaled = (wide)from * (1000000 + (buy ? 1 : -1) * (wide)ins->def.protection_ppm);
    wide ticks = buy ? scaled / (1000000 * tick) : (scaled + 1000000 * tick - 1) / (1000000 * tick);
    wide cap = ticks * tick;
    wide top = ins->def.max_price_units / tick * tick;
    return (int64_t)(cap > top ? top : cap < tick && !buy ? tick : cap);
}
