#include "tests/ref/ref_venue.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/model/reason.h"

typedef __int128 wide;

static void
say(struct ref_venue *r, const char *format, ...)
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

static int
account_of(const struct ref_venue *r, uint32_t id)
{
    return index_of(r->account_ids, r->account_cnt, id);
}

static int
asset_of(const struct ref_venue *r, uint32_t id)
{
    return index_of(r->asset_ids, r->asset_cnt, id);
}

static int
instrument_of(const struct ref_venue *r, uint32_t id)
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
static wide
notional(const struct ref_venue *r, int ins, wide price, wide lots, bool up)
{
    const struct command_instrument *d = &r->instruments[ins].def;
    wide top = price * lots * d->lot_units * ten(r->asset_scale[asset_of(r, d->currency_id)]);
    wide bottom = ten(d->price_scale) * ten(r->asset_scale[asset_of(r, d->asset_id)]);
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

static wide
hold_of(const struct ref_venue *r, const struct ref_order *o)
{
    int64_t open = o->qty - o->cum;
    if (o->side == SIDE_SELL)
        return (wide)open * r->instruments[o->instrument].def.lot_units;
    wide cash = notional(r, (int)o->instrument, o->cap, open, true);
    bool maker_dearer = o->maker_ppm > o->taker_ppm;
    wide fee = fee_of(o, o->maker_notional + (maker_dearer ? cash : 0),
                      o->taker_notional + (maker_dearer ? 0 : cash));
    return cash + fee - o->charged;
}

static struct ref_balance *
balance_of(struct ref_venue *r, const struct ref_order *o, bool cash)
{
    const struct command_instrument *d = &r->instruments[o->instrument].def;
    return &r->balances[o->account][asset_of(r, cash ? d->currency_id : d->asset_id)];
}

static void
set_hold(struct ref_venue *r, struct ref_order *o, wide hold)
{
    struct ref_balance *b = balance_of(r, o, o->side == SIDE_BUY);
    b->held += (int64_t)hold - o->hold;
    o->hold = (int64_t)hold;
}

static wide
available(const struct ref_balance *b)
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

static struct ref_order *
best(struct ref_venue *r, uint32_t ins, uint8_t side)
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

static bool
meets(const struct ref_order *maker, uint8_t side, int64_t cap)
{
    return side == SIDE_BUY ? maker->price <= cap : maker->price >= cap;
}

static void
say_level(struct ref_venue *r, const char *what, const struct ref_order *o, int64_t shown)
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
    say(r, "%s side %d price %lld lots %lld level %lld of %u\n", what, o->side, (long long)o->price,
        (long long)shown, (long long)lots, cnt);
}

static void
forget_id(struct ref_venue *r, const struct ref_order *o)
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
    forget_id(r, o);
}

static void
kill(struct ref_venue *r, struct ref_order *o, uint16_t reason, uint8_t status)
{
    bool shown = o->in_book;
    o->in_book = false;
    set_hold(r, o, 0);
    finish(r, o, status);
    say(r, "canceled %s reason %u status %u cum %lld\n", o->id, reason, status, (long long)o->cum);
    if (shown)
        say_level(r, "delete", o, 0);
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
    int64_t cash = (int64_t)notional(r, (int)taker->instrument, price, lots, false);
    int64_t units = lots * ins->def.lot_units;
    struct ref_order *buy = taker->side == SIDE_BUY ? taker : maker;
    struct ref_order *sell = taker->side == SIDE_BUY ? maker : taker;
    taker->cum += lots;
    maker->cum += lots;
    taker->cost += price * lots;
    maker->cost += price * lots;
    int64_t buy_fee = charge(buy, cash, buy == maker);
    int64_t sell_fee = charge(sell, cash, sell == maker);
    struct ref_balance *fees =
        &r->balances[account_of(r, r->genesis.fee_account_id)][asset_of(r, ins->def.currency_id)];
    if (ins->def.settle_cycle == 0) {
        balance_of(r, buy, true)->settled -= cash + buy_fee;
        balance_of(r, buy, false)->settled += units;
        balance_of(r, sell, false)->settled -= units;
        balance_of(r, sell, true)->settled += cash - sell_fee;
        fees->settled += buy_fee + sell_fee;
    } else {
        balance_of(r, buy, true)->out += cash + buy_fee;
        balance_of(r, buy, false)->in += units;
        balance_of(r, sell, false)->out += units;
        balance_of(r, sell, true)->in += cash - sell_fee;
        fees->in += buy_fee + sell_fee;
    }
    set_hold(r, buy, buy->qty > buy->cum ? hold_of(r, buy) : 0);
    set_hold(r, sell, sell->qty > sell->cum ? hold_of(r, sell) : 0);
    ins->last = price;
    say(r, "fill maker %s taker %s price %lld lots %lld cash %lld fees %lld %lld\n", maker->id,
        taker->id, (long long)price, (long long)lots, (long long)cash, (long long)buy_fee,
        (long long)sell_fee);
    if (maker->qty == maker->cum)
        finish(r, maker, ORD_STATUS_FILLED);
}

static void
match(struct ref_venue *r, struct ref_order *o)
{
    uint8_t other = o->side == SIDE_BUY ? SIDE_SELL : SIDE_BUY;
    struct ref_order *maker;
    while (o->qty > o->cum && (maker = best(r, o->instrument, other)) != NULL &&
           meets(maker, o->side, o->cap))
        trade(r, o, maker);
    if (o->qty == o->cum) {
        finish(r, o, ORD_STATUS_FILLED);
    } else if (o->tif == TIF_IOC || o->tif == TIF_FOK) {
        kill(r, o, o->cum > 0 ? REASON_IOC_REMAINDER : REASON_NO_LIQUIDITY, ORD_STATUS_CANCELED);
    } else {
        o->in_book = true;
        o->priority = ++r->priorities;
        say_level(r, "add", o, o->qty - o->cum);
    }
}

static bool
fok_fills(struct ref_venue *r, uint32_t ins, uint8_t side, int64_t cap, int64_t lots)
{
    wide there = 0;
    for (uint32_t i = 0; i < r->order_cnt; i++) {
        const struct ref_order *o = &r->orders[i];
        if (o->in_book && o->instrument == ins && o->side != side && meets(o, side, cap))
            there += o->qty - o->cum;
    }
    return there >= lots;
}

static int64_t
cap_of(struct ref_venue *r, const struct command_order_new *x, uint32_t i)
{
    const struct ref_instrument *ins = &r->instruments[i];
    if (x->ord_type == ORD_LIMIT)
        return x->price_units;
    bool buy = x->side == SIDE_BUY;
    struct ref_order *opposite = best(r, i, buy ? SIDE_SELL : SIDE_BUY);
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

/* --- judging --- */

static uint16_t
market_open(const struct ref_venue *r, int i)
{
    if (r->instruments[i].def.retired)
        return REASON_INSTRUMENT_RETIRED;
    if (r->mode == MODE_CANCEL_ONLY)
        return REASON_CANCEL_ONLY;
    if (r->instruments[i].state == TRADING_HALTED)
        return REASON_HALTED;
    return r->instruments[i].state == TRADING_CLOSED ? REASON_CLOSED : 0;
}

static uint16_t
price_ok(const struct ref_venue *r, int i, int64_t price)
{
    if (price <= 0 || price > r->instruments[i].def.max_price_units)
        return REASON_BAD_PRICE;
    return price % r->instruments[i].def.tick_units != 0 ? REASON_PRICE_OFF_TICK : 0;
}

static uint16_t
form_ok(const struct ref_venue *r, const struct command_order_new *x, int i)
{
    bool waits = x->time_in_force == TIF_DAY || x->time_in_force == TIF_GTC;
    if (x->side != SIDE_BUY && x->side != SIDE_SELL)
        return REASON_BAD_SIDE;
    if (x->ord_type != ORD_MARKET && x->ord_type != ORD_LIMIT)
        return REASON_BAD_ORDER_TYPE;
    if (!waits && x->time_in_force != TIF_IOC && x->time_in_force != TIF_FOK)
        return REASON_BAD_TIME_IN_FORCE;
    if ((x->exec_inst & EXEC_POST_ONLY) != 0 && (!waits || x->ord_type == ORD_MARKET))
        return REASON_BAD_FIELD;
    if (x->ord_type == ORD_MARKET && x->price_units != 0)
        return REASON_BAD_PRICE;
    uint16_t reason = x->ord_type == ORD_MARKET ? 0 : price_ok(r, i, x->price_units);
    if (reason != 0)
        return reason;
    return x->qty_lots <= 0 || x->qty_lots < r->instruments[i].def.min_qty_lots ? REASON_QTY_OFF_LOT
                                                                                : 0;
}

static const wide most = (wide)1 << 62;

/* Everything that an order may come to must fit, whatever happens to it. */
static uint16_t
amounts_ok(struct ref_venue *r, const struct ref_order *o)
{
    int64_t open = o->qty - o->cum;
    struct ref_order *bid = best(r, o->instrument, SIDE_BUY);
    int64_t dear = o->side == SIDE_SELL && bid != NULL && bid->price > o->cap ? bid->price : o->cap;
    wide cost = (wide)o->cap * open;
    if (cost > INT64_MAX || notional(r, (int)o->instrument, o->cap, open, true) > most ||
        (wide)open * r->instruments[o->instrument].def.lot_units > most)
        return REASON_TOO_LARGE;
    if (o->side == SIDE_BUY) {
        wide sum = notional(r, (int)o->instrument, o->cap, open, true) + o->maker_notional +
                   o->taker_notional;
        if (sum > most || hold_of(r, o) > most)
            return REASON_TOO_LARGE;
    } else if (o->maker_notional + o->taker_notional == 0 &&
               notional(r, (int)o->instrument, o->cap, open, false) < o->fee_min) {
        return REASON_MIN_FEE_NOT_COVERED;
    }
    return (wide)dear * open + o->cost > INT64_MAX ? REASON_TOO_LARGE : 0;
}

static struct ref_id *
known(struct ref_venue *r, uint32_t account, const struct client_id *id)
{
    for (uint32_t i = r->id_cnt; i-- > 0;) {
        struct ref_id *k = &r->ids[i];
        if (k->account == account && strncmp(k->id, id->text, id->length) == 0 &&
            k->id[id->length] == '\0')
            return k->done_day != 0 && k->done_day < r->day ? NULL : k;
    }
    return NULL;
}

static void
remember(struct ref_venue *r, const struct command *cmd, uint32_t order)
{
    if (r->id_cnt == REF_ID_MAX)
        abort();
    struct ref_id *k = &r->ids[r->id_cnt++];
    memset(k, 0, sizeof(*k));
    k->account = cmd->account_id;
    memcpy(k->id, cmd->id.text, cmd->id.length);
    k->type = cmd->rec.type;
    k->body_bytes = cmd->rec.length_bytes - (uint32_t)sizeof(*cmd);
    memcpy(k->body, (const uint8_t *)cmd + sizeof(*cmd), k->body_bytes);
    k->order = order;
}

/* True: it was answered. */
static bool
answered(struct ref_venue *r, const struct command *cmd)
{
    struct ref_id *k = known(r, cmd->account_id, &cmd->id);
    if (k == NULL)
        return false;
    if (k->type != cmd->rec.type || k->body_bytes != cmd->rec.length_bytes - sizeof(*cmd) ||
        memcmp(k->body, (const uint8_t *)cmd + sizeof(*cmd), k->body_bytes) != 0) {
        say(r, "refused %u\n", REASON_DUPLICATE_ID);
        return true;
    }
    const struct ref_order *o = &r->orders[k->order];
    uint8_t status = !o->open    ? o->status
                     : o->parked ? (uint8_t)ORD_STATUS_PARKED
                     : o->cum    ? (uint8_t)ORD_STATUS_PARTIALLY_FILLED
                                 : (uint8_t)ORD_STATUS_NEW;
    say(r, "status %u qty %lld cum %lld\n", status, (long long)o->qty, (long long)o->cum);
    return true;
}

/* --- commands --- */

static void
fill_in(struct ref_venue *r, struct ref_order *o, const struct command_order_new *x, int account,
        int ins)
{
    const struct command_instrument *d = &r->instruments[ins].def;
    memset(o, 0, sizeof(*o));
    memcpy(o->id, x->cmd.id.text, x->cmd.id.length);
    o->account = (uint32_t)account;
    o->instrument = (uint32_t)ins;
    o->side = x->side;
    o->type = x->ord_type;
    o->tif = x->ord_type == ORD_MARKET && x->time_in_force != TIF_FOK ? TIF_IOC : x->time_in_force;
    o->exec_inst = x->exec_inst;
    o->price = x->price_units;
    o->cap = cap_of(r, x, (uint32_t)ins);
    o->qty = x->qty_lots;
    o->maker_ppm = d->maker_ppm;
    o->taker_ppm = d->taker_ppm;
    o->fee_min = d->fee_min_units;
    o->day = r->day;
}

static uint16_t
judge_new(struct ref_venue *r, const struct command_order_new *x, int account, struct ref_order *o)
{
    int ins = instrument_of(r, x->instrument_id);
    if (ins < 0)
        return REASON_UNKNOWN_INSTRUMENT;
    uint16_t reason = market_open(r, ins);
    if (reason == 0)
        reason = form_ok(r, x, ins);
    if (reason != 0)
        return reason;
    fill_in(r, o, x, account, ins);
    if (o->cap <= 0)
        return REASON_NO_CAP_PRICE;
    reason = amounts_ok(r, o);
    if (reason != 0)
        return reason;
    if (hold_of(r, o) > available(balance_of(r, o, o->side == SIDE_BUY)))
        return REASON_INSUFFICIENT_FUNDS;
    if ((x->exec_inst & EXEC_HOLD_PARK) != 0)
        return 0;
    struct ref_order *opposite = best(r, o->instrument, o->side == SIDE_BUY ? SIDE_SELL : SIDE_BUY);
    if ((x->exec_inst & EXEC_POST_ONLY) != 0 && opposite != NULL &&
        meets(opposite, o->side, o->cap))
        return REASON_POST_ONLY_WOULD_TAKE;
    if (o->tif == TIF_FOK && !fok_fills(r, o->instrument, o->side, o->cap, o->qty))
        return REASON_FOK_NOT_FILLED;
    return 0;
}

static void
apply_new(struct ref_venue *r, const struct command_order_new *x)
{
    struct ref_order draft;
    int account = account_of(r, x->cmd.account_id);
    if (account < 0) {
        say(r, "refused %u\n", REASON_UNKNOWN_ACCOUNT);
        return;
    }
    if (answered(r, &x->cmd))
        return;
    uint16_t reason = judge_new(r, x, account, &draft);
    if (reason != 0) {
        say(r, "refused %u\n", reason);
        return;
    }
    if (r->order_cnt == REF_ORDER_MAX)
        abort();
    struct ref_order *o = &r->orders[r->order_cnt++];
    *o = draft;
    o->open = true;
    o->entry = ++r->entries;
    set_hold(r, o, hold_of(r, o));
    remember(r, &x->cmd, (uint32_t)(o - r->orders));
    say(r, "accepted %s hold %lld\n", o->id, (long long)o->hold);
    if ((o->exec_inst & EXEC_HOLD_PARK) != 0)
        o->parked = true;
    else
        match(r, o);
}

/* The open order that is named; NULL: the refusal is said. */
static struct ref_order *
named(struct ref_venue *r, const struct command *cmd, const struct client_id *orig)
{
    struct ref_id *k = orig->length == 0 ? NULL : known(r, cmd->account_id, orig);
    if (k == NULL || !r->orders[k->order].open) {
        say(r, "refused %u\n", k == NULL ? REASON_UNKNOWN_ORDER : REASON_TOO_LATE);
        return NULL;
    }
    return &r->orders[k->order];
}

static void
apply_cancel(struct ref_venue *r, const struct command_order_cancel *x)
{
    if (account_of(r, x->cmd.account_id) < 0) {
        say(r, "refused %u\n", REASON_UNKNOWN_ACCOUNT);
        return;
    }
    struct ref_order *o = named(r, &x->cmd, &x->orig);
    if (o != NULL)
        kill(r, o, REASON_BY_CLIENT, ORD_STATUS_CANCELED);
}

static uint16_t
judge_replace(struct ref_venue *r, const struct command_order_replace *x, const struct ref_order *o,
              struct ref_order *after)
{
    uint16_t reason = market_open(r, (int)o->instrument);
    if (reason != 0)
        return reason;
    *after = *o;
    after->price = x->price_units != 0 ? x->price_units : o->price;
    after->qty = x->qty_lots != 0 ? x->qty_lots : o->qty;
    if (o->type == ORD_MARKET && x->price_units != 0)
        return REASON_BAD_PRICE;
    if (o->type == ORD_LIMIT) {
        reason = price_ok(r, (int)o->instrument, after->price);
        if (reason != 0)
            return reason;
        after->cap = after->price;
    }
    if (after->qty <= 0 || after->qty < r->instruments[o->instrument].def.min_qty_lots)
        return REASON_QTY_OFF_LOT;
    if (after->qty <= o->cum)
        return REASON_REPLACE_BELOW_FILLED;
    reason = amounts_ok(r, after);
    if (reason != 0)
        return reason;
    if (hold_of(r, after) - o->hold >
        available(balance_of(r, (struct ref_order *)(uintptr_t)o, o->side == SIDE_BUY)))
        return REASON_INSUFFICIENT_FUNDS;
    bool stays = after->price == o->price && after->qty <= o->qty;
    struct ref_order *opposite = best(r, o->instrument, o->side == SIDE_BUY ? SIDE_SELL : SIDE_BUY);
    if ((o->exec_inst & EXEC_POST_ONLY) != 0 && o->in_book && !stays && opposite != NULL &&
        meets(opposite, o->side, after->cap))
        return REASON_POST_ONLY_WOULD_TAKE;
    return 0;
}

static void
apply_replace(struct ref_venue *r, const struct command_order_replace *x)
{
    struct ref_order after;
    if (account_of(r, x->cmd.account_id) < 0) {
        say(r, "refused %u\n", REASON_UNKNOWN_ACCOUNT);
        return;
    }
    if (x->cmd.id.length > 0 && answered(r, &x->cmd))
        return;
    struct ref_order *o = named(r, &x->cmd, &x->orig);
    if (o == NULL)
        return;
    uint16_t reason = judge_replace(r, x, o, &after);
    if (reason != 0) {
        say(r, "refused %u\n", reason);
        return;
    }
    bool stays = after.price == o->price && after.qty <= o->qty, fewer = after.qty < o->qty;
    bool moves = o->in_book && !stays;
    struct ref_order before = *o;
    if (x->cmd.id.length > 0) {
        forget_id(r, o);
        remember(r, &x->cmd, (uint32_t)(o - r->orders));
        memset(o->id, 0, sizeof(o->id));
        memcpy(o->id, x->cmd.id.text, x->cmd.id.length);
    }
    o->price = after.price;
    o->cap = after.cap;
    o->qty = after.qty;
    set_hold(r, o, hold_of(r, o));
    if (moves)
        o->in_book = false;
    say(r, "replaced %s was %s price %lld qty %lld hold %lld\n", o->id, before.id,
        (long long)o->price, (long long)o->qty, (long long)o->hold);
    if (moves)
        say_level(r, "delete", &before, 0);
    else if (o->in_book && fewer)
        say_level(r, "change", o, o->qty - o->cum);
    if (moves)
        match(r, o);
}

static void
apply_mass_cancel(struct ref_venue *r, const struct command_mass_cancel *x)
{
    int account = account_of(r, x->cmd.account_id), ins = instrument_of(r, x->instrument_id);
    say(r, "result 0\n");
    for (uint64_t from = 0;;) {
        struct ref_order *next = NULL; /* in the order of entry */
        for (uint32_t i = 0; i < r->order_cnt; i++) {
            struct ref_order *o = &r->orders[i];
            if (!o->open || o->entry <= from ||
                (x->cmd.account_id != 0 && o->account != (uint32_t)account) ||
                (x->instrument_id != 0 && o->instrument != (uint32_t)ins) ||
                (x->side != 0 && o->side != x->side))
                continue;
            if (next == NULL || o->entry < next->entry)
                next = o;
        }
        if (next == NULL)
            return;
        from = next->entry;
        kill(r, next, REASON_MASS_CANCEL, ORD_STATUS_CANCELED);
    }
}

/* By the client's number of the order: its id in the decide command's client id. */
static void
apply_decide(struct ref_venue *r, const struct command_order_decide *x, struct ref_order *o)
{
    uint16_t reason = x->release ? market_open(r, (int)o->instrument) : 0;
    say(r, "result %u\n", reason);
    if (reason != 0)
        return;
    o->parked = false;
    if (!x->release) {
        kill(r, o, (uint16_t)x->reason, ORD_STATUS_CANCELED);
        return;
    }
    struct ref_order *opposite = best(r, o->instrument, o->side == SIDE_BUY ? SIDE_SELL : SIDE_BUY);
    struct ref_order *bid = best(r, o->instrument, SIDE_BUY);
    int64_t dear = o->side == SIDE_SELL && bid != NULL && bid->price > o->cap ? bid->price : o->cap;
    if ((wide)dear * (o->qty - o->cum) + o->cost > INT64_MAX)
        kill(r, o, REASON_TOO_LARGE, ORD_STATUS_CANCELED);
    else if ((o->exec_inst & EXEC_POST_ONLY) != 0 && opposite != NULL &&
             meets(opposite, o->side, o->cap))
        kill(r, o, REASON_POST_ONLY_WOULD_TAKE, ORD_STATUS_CANCELED);
    else if (o->tif == TIF_FOK && !fok_fills(r, o->instrument, o->side, o->cap, o->qty - o->cum))
        kill(r, o, REASON_FOK_NOT_FILLED, ORD_STATUS_CANCELED);
    else {
        say(r, "released %s\n", o->id);
        match(r, o);
    }
}

/* user_data of the decide's target is not known here: the test names the order by account and id
 * through ref_find. */
static struct ref_order *
parked_by_entry(struct ref_venue *r, uint64_t entry)
{
    for (uint32_t i = 0; i < r->order_cnt; i++) {
        if (r->orders[i].entry == entry && r->orders[i].parked)
            return &r->orders[i];
    }
    return NULL;
}

static void
apply_money(struct ref_venue *r, const struct command_money *x)
{
    int account = account_of(r, x->cmd.account_id), asset = asset_of(r, x->asset_id);
    if (x->cmd.rec.type == COMMAND_DEPOSIT) {
        if (x->amount_units > most - r->issued[asset]) {
            say(r, "result %u\n", REASON_TOO_LARGE);
            return;
        }
        r->issued[asset] += x->amount_units;
        r->balances[account_of(r, r->genesis.issue_account_id)][asset].settled -= x->amount_units;
        r->balances[account][asset].settled += x->amount_units;
        say(r, "posting %lld\n", (long long)x->amount_units);
        return;
    }
    int to = account_of(r, x->to_account_id);
    if (available(&r->balances[account][asset]) < x->amount_units) {
        say(r, "result %u\n", REASON_INSUFFICIENT_FUNDS);
        return;
    }
    r->balances[account][asset].settled -= x->amount_units;
    r->balances[to][asset].settled += x->amount_units;
    say(r, "posting %lld\n", (long long)x->amount_units);
}

static void
apply_settle(struct ref_venue *r, const struct command_settle *x)
{
    struct ref_balance *b =
        &r->balances[account_of(r, x->cmd.account_id)][asset_of(r, x->asset_id)];
    if (b->in < x->in_units || b->out < x->out_units) {
        say(r, "result %u\n", REASON_BAD_STATE);
        return;
    }
    b->in -= x->in_units;
    b->out -= x->out_units;
    b->settled += x->in_units - x->out_units;
    if (x->out_units > 0)
        say(r, "posting %lld\n", (long long)x->out_units);
    if (x->in_units > 0)
        say(r, "posting %lld\n", (long long)x->in_units);
}

static void
set_day(struct ref_venue *r, int64_t time_ns)
{
    int64_t end_s = r->genesis.day_end_s == 0 ? 86400 : r->genesis.day_end_s;
    int64_t day_ns = (int64_t)86400 * 1000000000, shift = (86400 - end_s) * 1000000000;
    r->day = (uint32_t)((time_ns + shift) / day_ns);
    r->day_end_ns = (int64_t)r->day * day_ns + end_s * 1000000000;
}

static void
apply_tick(struct ref_venue *r, int64_t time_ns)
{
    if (time_ns < r->day_end_ns)
        return;
    set_day(r, time_ns);
    for (uint32_t i = 0; i < r->order_cnt; i++) {
        struct ref_order *o = &r->orders[i];
        if (o->open && o->tif == TIF_DAY && o->day < r->day)
            kill(r, o, REASON_DAY_END, ORD_STATUS_EXPIRED);
    }
}

static void
configure(struct ref_venue *r, const struct command *cmd)
{
    if (cmd->rec.type == COMMAND_ASSET) {
        const struct command_asset *x = (const void *)cmd;
        r->asset_ids[r->asset_cnt] = x->asset_id;
        r->asset_scale[r->asset_cnt++] = x->scale;
    } else if (cmd->rec.type == COMMAND_ACCOUNT) {
        r->account_ids[r->account_cnt++] = cmd->account_id;
    } else if (cmd->rec.type == COMMAND_INSTRUMENT) {
        struct ref_instrument *ins = &r->instruments[r->instrument_cnt++];
        ins->def = *(const struct command_instrument *)(const void *)cmd;
        ins->reference = ins->def.reference_units;
        ins->state = ins->def.state;
    } else if (cmd->rec.type == COMMAND_TRADING_STATE) {
        const struct command_trading_state *x = (const void *)cmd;
        r->instruments[instrument_of(r, x->instrument_id)].state = x->state;
    } else if (cmd->rec.type == COMMAND_REFERENCE_PRICE) {
        const struct command_reference_price *x = (const void *)cmd;
        r->instruments[instrument_of(r, x->instrument_id)].reference = x->price_units;
    } else if (cmd->rec.type == COMMAND_MODE) {
        r->mode = ((const struct command_mode *)(const void *)cmd)->mode;
    }
}

void
ref_apply(struct ref_venue *r, const struct command *cmd)
{
    r->text_bytes = 0;
    r->text[0] = '\0';
    switch (cmd->rec.type) {
    case COMMAND_ORDER_NEW:
        apply_new(r, (const void *)cmd);
        break;
    case COMMAND_ORDER_CANCEL:
        apply_cancel(r, (const void *)cmd);
        break;
    case COMMAND_ORDER_REPLACE:
        apply_replace(r, (const void *)cmd);
        break;
    case COMMAND_ORDER_DECIDE: { /* the count in the order's number says which it is */
        const struct command_order_decide *x = (const void *)cmd;
        struct ref_order *o = parked_by_entry(r, x->order_id >> 24);
        if (o == NULL)
            abort();
        apply_decide(r, x, o);
        break;
    }
    case COMMAND_MASS_CANCEL:
        apply_mass_cancel(r, (const void *)cmd);
        break;
    case COMMAND_DEPOSIT:
    case COMMAND_TRANSFER:
        apply_money(r, (const void *)cmd);
        break;
    case COMMAND_SETTLE:
        apply_settle(r, (const void *)cmd);
        break;
    case COMMAND_TICK:
        apply_tick(r, cmd->time_ns);
        break;
    default:
        configure(r, cmd);
        break;
    }
}

void
ref_init(struct ref_venue *r, const struct command_genesis *g, int64_t time_ns)
{
    memset(r, 0, sizeof(*r));
    r->genesis = *g;
    r->mode = MODE_NORMAL;
    set_day(r, time_ns);
}

void
ref_compact(struct ref_venue *r)
{
    uint32_t *moved = malloc(sizeof(*moved) * REF_ORDER_MAX);
    bool *wanted = calloc(REF_ORDER_MAX, sizeof(*wanted));
    uint32_t kept = 0;
    if (moved == NULL || wanted == NULL)
        abort();
    for (uint32_t i = 0; i < r->id_cnt; i++) {
        if (r->ids[i].done_day == 0 || r->ids[i].done_day >= r->day)
            r->ids[kept++] = r->ids[i];
    }
    r->id_cnt = kept;
    for (uint32_t i = 0; i < r->id_cnt; i++)
        wanted[r->ids[i].order] = true;
    kept = 0;
    for (uint32_t i = 0; i < r->order_cnt; i++) {
        if (!wanted[i] && !r->orders[i].open)
            continue;
        moved[i] = kept;
        r->orders[kept++] = r->orders[i];
    }
    r->order_cnt = kept;
    for (uint32_t i = 0; i < r->id_cnt; i++)
        r->ids[i].order = moved[r->ids[i].order];
    free(moved);
    free(wanted);
}
