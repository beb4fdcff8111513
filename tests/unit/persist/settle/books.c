#include "tests/unit/persist/settle/books.h"

#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/model/command.h"
#include "engine/model/reason.h"

enum { FEE_PPM = 1000 };

void
books_init(struct books *b, uint64_t seed)
{
    *b = (struct books){.rng = seed * 2 + 1, .time_ns = 1700000000000000000};
    b->room = 1 << 20;
    b->bytes = malloc(b->room);
}

void
books_free(struct books *b)
{
    free(b->bytes);
    b->bytes = NULL;
}

/* xorshift64*, Vigna 2014 */
uint64_t
books_draw(struct books *b, uint64_t below)
{
    b->rng ^= b->rng >> 12;
    b->rng ^= b->rng << 25;
    b->rng ^= b->rng >> 27;
    return (b->rng * 0x2545f4914f6cdd1dull >> 11) % below;
}

/* --- events --- */

static void
begin(struct books *b)
{
    b->cmd_seq++;
    b->time_ns += 1000;
}

static void *
add(struct books *b, uint16_t type, uint8_t audience)
{
    uint32_t bytes = event_bytes(type);
    if (b->used + bytes > b->room) {
        b->room *= 2;
        b->bytes = realloc(b->bytes, b->room);
    }
    struct event *ev = (struct event *)(void *)(b->bytes + b->used);
    memset(ev, 0, bytes);
    ev->rec = (struct record){.length_bytes = bytes,
                              .kind = RECORD_EVENT,
                              .version = RECORD_VERSION,
                              .type = type,
                              .epoch = b->epoch,
                              .seq = ++b->event_seq};
    ev->cmd_seq = b->cmd_seq;
    ev->time_ns = b->time_ns;
    ev->audience = audience;
    b->used += bytes;
    return ev;
}

static void
end(void *last_event)
{
    ((struct event *)last_event)->last = 1;
}

static struct balance_after
after(struct books *b, uint32_t account, uint32_t asset)
{
    struct books_balance *x = &b->ledger[account][asset];
    x->touched = true;
    return (struct balance_after){x->settled, x->held};
}

static void
set_id(struct client_id *id, const char *prefix, uint64_t number)
{
    id->length =
        (uint8_t)snprintf(id->text, sizeof id->text, "%s%llu", prefix, (unsigned long long)number);
}

static void
add_account(struct books *b, uint32_t account, uint32_t kind)
{
    begin(b);
    struct event_account *a = add(b, EVENT_ACCOUNT, AUDIENCE_PARTY);
    a->account_id = account;
    a->tenant_id = 1;
    a->firm_id = 7;
    a->status = ACCOUNT_ACTIVE;
    a->kind = kind;
    end(a);
}

static void
add_asset(struct books *b, uint32_t asset, uint8_t scale, uint8_t kind, const char *symbol)
{
    begin(b);
    struct event_asset *a = add(b, EVENT_ASSET, AUDIENCE_PUBLIC);
    a->asset_id = asset;
    a->scale = scale;
    a->kind = kind;
    snprintf(a->symbol, sizeof a->symbol, "%s", symbol);
    end(a);
}

static void
add_instrument(struct books *b)
{
    begin(b);
    struct event_instrument *i = add(b, EVENT_INSTRUMENT, AUDIENCE_PUBLIC);
    i->instrument_id = BOOKS_INSTRUMENT;
    i->asset_id = BOOKS_GOLD;
    i->currency_id = BOOKS_CASH;
    i->price_scale = 2;
    i->tick_units = 1;
    i->lot_units = 10;
    i->taker_ppm = FEE_PPM;
    i->allow_whole = 1;
    i->asset_scale = 3;
    i->currency_scale = 2;
    snprintf(i->symbol, sizeof i->symbol, "GOLD-USD");
    end(i);
}

void
books_allocation(struct books *b, const struct allocation_rules *rules)
{
    begin(b);
    struct event_allocation *a = add(b, EVENT_ALLOCATION, AUDIENCE_PUBLIC);
    a->instrument_id = BOOKS_INSTRUMENT;
    a->rules = *rules;
    end(a);
}

void
books_prices(struct books *b, const struct price_bands *bands, const struct tick_table *ticks)
{
    begin(b);
    struct event_price_bands *p = add(b, EVENT_PRICE_BANDS, AUDIENCE_PUBLIC);
    p->instrument_id = BOOKS_INSTRUMENT;
    p->bands = *bands;
    end(p);
    begin(b);
    struct event_tick_table *t = add(b, EVENT_TICK_TABLE, AUDIENCE_PUBLIC);
    t->instrument_id = BOOKS_INSTRUMENT;
    t->ticks = *ticks;
    end(t);
}

void
books_new_epoch(struct books *b)
{
    begin(b);
    b->epoch++;
    struct event_epoch *e = add(b, EVENT_EPOCH, AUDIENCE_PUBLIC);
    e->business_day = 20231114;
    end(e);
}

void
books_day_end(struct books *b, uint32_t business_day)
{
    begin(b);
    struct event_value *v = add(b, EVENT_DAY_END, AUDIENCE_PUBLIC);
    v->value = business_day;
    end(v);
}

void
books_open(struct books *b, unsigned clients)
{
    begin(b);
    b->epoch = 0;
    struct event_genesis *g = add(b, EVENT_GENESIS, AUDIENCE_PUBLIC);
    snprintf(g->venue, sizeof g->venue, "test venue");
    g->fee_account_id = BOOKS_FEES;
    g->issue_account_id = BOOKS_ISSUE;
    end(g);
    books_new_epoch(b);
    add_asset(b, BOOKS_CASH, 2, 1, "USD");
    add_asset(b, BOOKS_GOLD, 3, 2, "GOLD");
    add_instrument(b);
    add_account(b, BOOKS_FEES, 2);
    add_account(b, BOOKS_ISSUE, 3);
    for (uint32_t i = 0; i < clients; i++) {
        add_account(b, BOOKS_FIRST + i, 1);
        books_deposit(b, BOOKS_FIRST + i, BOOKS_CASH, 1000000000);
        books_deposit(b, BOOKS_FIRST + i, BOOKS_GOLD, 1000000000);
    }
}

void
books_deposit(struct books *b, uint32_t account, uint32_t asset, int64_t amount)
{
    begin(b);
    b->ledger[BOOKS_ISSUE][asset].settled -= amount;
    b->ledger[account][asset].settled += amount;
    struct event_posting *p = add(b, EVENT_POSTING, AUDIENCE_PARTY);
    p->debit_account_id = BOOKS_ISSUE;
    p->credit_account_id = account;
    p->asset_id = asset;
    p->command_type = COMMAND_DEPOSIT;
    p->amount_units = amount;
    p->debit_after = after(b, BOOKS_ISSUE, asset);
    p->credit_after = after(b, account, asset);
    p->actor_id = 1;
    set_id(&p->id, "dep-", b->cmd_seq);
    b->movement_cnt++;
    end(p);
}

/* What is pending of it is the caller's to know. */
static void
add_settled(struct books *b, uint32_t account, uint32_t asset, int64_t amount)
{
    begin(b);
    b->ledger[account][asset].settled += amount;
    struct event_posting *p = add(b, EVENT_POSTING, AUDIENCE_PARTY);
    p->asset_id = asset;
    p->command_type = COMMAND_SETTLE;
    p->amount_units = amount < 0 ? -amount : amount;
    if (amount < 0) {
        p->debit_account_id = account;
        p->debit_after = after(b, account, asset);
    } else {
        p->credit_account_id = account;
        p->credit_after = after(b, account, asset);
    }
    b->movement_cnt++;
    end(p);
}

void
books_settle_trade(struct books *b, uint32_t buyer, uint32_t seller, int64_t lots, int64_t price)
{
    int64_t notional = lots * price, fee = notional * FEE_PPM / 1000000;
    add_settled(b, buyer, BOOKS_CASH, -notional - fee);
    add_settled(b, seller, BOOKS_CASH, notional);
    add_settled(b, BOOKS_FEES, BOOKS_CASH, fee);
    add_settled(b, seller, BOOKS_GOLD, -lots * 10);
    add_settled(b, buyer, BOOKS_GOLD, lots * 10);
}

static uint64_t
add_accepted(struct books *b, uint32_t account, uint8_t side, int64_t lots, int64_t price,
             int64_t hold)
{
    uint32_t asset = side == SIDE_BUY ? BOOKS_CASH : BOOKS_GOLD;
    b->ledger[account][asset].held += hold;
    struct event_order *o = add(b, EVENT_ORDER_ACCEPTED, AUDIENCE_PARTY);
    b->order_cnt++;
    o->order_id = b->order_cnt << 24 | b->order_cnt % 1000;
    o->ev.session_id = 3;
    o->account_id = account;
    o->instrument_id = BOOKS_INSTRUMENT;
    o->side = side;
    o->ord_type = ORD_LIMIT;
    o->time_in_force = TIF_DAY;
    o->status = ORD_STATUS_NEW;
    o->hold_asset_id = asset;
    o->price_units = price;
    o->qty_lots = lots;
    o->leaves_lots = lots;
    o->hold_units = hold;
    o->hold_after = after(b, account, asset);
    set_id(&o->id, "ord-", b->order_cnt);
    return o->order_id;
}

static void
fill_side(struct books *b, struct fill_side *s, uint64_t order_id, uint32_t account, int64_t lots,
          int64_t price, int64_t fee)
{
    s->order_id = order_id;
    s->account_id = account;
    s->session_id = 3;
    set_id(&s->id, "ord-", order_id >> 24);
    s->qty_lots = lots;
    s->cum_lots = lots;
    s->cum_cost = lots * price;
    s->fee_units = fee;
    s->cash_after = after(b, account, BOOKS_CASH);
    s->asset_after = after(b, account, BOOKS_GOLD);
    s->ord_type = ORD_LIMIT;
    s->time_in_force = TIF_DAY;
    s->status = ORD_STATUS_FILLED;
    s->price_units = price;
}

static void
add_fill(struct books *b, uint32_t buyer, uint32_t seller, int64_t lots, int64_t price,
         uint8_t cycle, uint64_t buy_order, uint64_t sell_order)
{
    int64_t qty = lots * 10, notional = lots * price, fee = notional * FEE_PPM / 1000000;
    b->ledger[buyer][BOOKS_CASH].held -= notional + fee;
    b->ledger[seller][BOOKS_GOLD].held -= qty;
    if (cycle == 0) {
        b->ledger[buyer][BOOKS_CASH].settled -= notional;
        b->ledger[seller][BOOKS_CASH].settled += notional;
        b->ledger[seller][BOOKS_GOLD].settled -= qty;
        b->ledger[buyer][BOOKS_GOLD].settled += qty;
        b->ledger[buyer][BOOKS_CASH].settled -= fee;
        b->ledger[BOOKS_FEES][BOOKS_CASH].settled += fee;
    }
    struct event_fill *f = add(b, EVENT_FILL, AUDIENCE_PARTY);
    f->instrument_id = BOOKS_INSTRUMENT;
    f->asset_id = BOOKS_GOLD;
    f->currency_id = BOOKS_CASH;
    f->aggressor = SIDE_BUY;
    f->settle_cycle = cycle;
    f->price_units = price;
    f->qty_lots = lots;
    f->qty_units = qty;
    f->notional_units = notional;
    f->fee_after_units = after(b, BOOKS_FEES, BOOKS_CASH).settled_units;
    fill_side(b, &f->buy, buy_order, buyer, lots, price, fee);
    fill_side(b, &f->sell, sell_order, seller, lots, price, 0);
    b->fill_cnt++;
    b->final_order_cnt += 2;
}

void
books_trade(struct books *b, uint32_t buyer, uint32_t seller, int64_t lots, int64_t price,
            uint8_t cycle)
{
    int64_t notional = lots * price;
    begin(b);
    uint64_t maker = add_accepted(b, seller, SIDE_SELL, lots, price, lots * 10);
    end(b->bytes + b->used - event_bytes(EVENT_ORDER_ACCEPTED));
    begin(b);
    struct event_decision *d = add(b, EVENT_DECISION, AUDIENCE_CONFIDENTIAL);
    d->verdict = VERDICT_ALLOW;
    uint64_t taker =
        add_accepted(b, buyer, SIDE_BUY, lots, price, notional + notional * FEE_PPM / 1000000);
    add_fill(b, buyer, seller, lots, price, cycle, taker, maker);
    struct event_trade *t = add(b, EVENT_TRADE, AUDIENCE_PUBLIC);
    t->maker_order_id = maker;
    t->instrument_id = BOOKS_INSTRUMENT;
    t->maker_side = SIDE_SELL;
    t->price_units = price;
    t->qty_lots = lots;
    t->trade_id = ++b->trade_cnt;
    end(t);
}

void
books_order_canceled(struct books *b, uint32_t account, int64_t lots, int64_t price)
{
    begin(b);
    add_accepted(b, account, SIDE_BUY, lots, price, lots * price);
    struct event_order accepted;
    memcpy(&accepted, b->bytes + b->used - sizeof accepted, sizeof accepted);
    end(b->bytes + b->used - sizeof accepted);
    begin(b);
    b->ledger[account][BOOKS_CASH].held -= lots * price;
    struct event_order *o = add(b, EVENT_ORDER_CANCELED, AUDIENCE_PARTY);
    struct event head = o->ev;
    *o = accepted;
    o->ev = head;
    o->ev.session_id = 3;
    o->status = ORD_STATUS_CANCELED;
    o->reason = REASON_BY_CLIENT;
    o->leaves_lots = 0;
    o->hold_units = 0;
    o->hold_after = after(b, account, BOOKS_CASH);
    o->orig = accepted.id;
    set_id(&o->id, "cxl-", b->cmd_seq);
    b->final_order_cnt++;
    end(o);
}

void
books_order_rejected(struct books *b, uint32_t account, uint16_t reason)
{
    begin(b);
    struct event_decision *d = add(b, EVENT_DECISION, AUDIENCE_CONFIDENTIAL);
    d->account_id = account;
    d->verdict = VERDICT_REJECT;
    d->rule = 9;
    d->reason = reason;
    d->failed = 1u << 9;
    d->actual = -5;
    d->limit = 100;
    struct event_reject *r = add(b, EVENT_ORDER_REJECTED, AUDIENCE_PARTY);
    r->account_id = account;
    r->instrument_id = BOOKS_INSTRUMENT;
    r->reason = reason;
    r->command_type = COMMAND_ORDER_NEW;
    r->side = SIDE_BUY;
    set_id(&r->id, "rej-", b->cmd_seq);
    b->reject_cnt++;
    b->decision_cnt++;
    end(r);
}

static void
add_withdrawal(struct books *b, uint32_t account, uint32_t asset, int64_t amount, uint64_t id,
               uint32_t state)
{
    struct event_withdrawal *w = add(b, EVENT_WITHDRAWAL, AUDIENCE_PARTY);
    w->withdrawal_id = id ? id : w->ev.rec.seq;
    w->account_id = account;
    w->asset_id = asset;
    w->amount_units = amount;
    w->state = state;
    w->after = after(b, account, asset);
    end(w);
}

void
books_withdraw(struct books *b, uint32_t account, uint32_t asset, int64_t amount)
{
    begin(b);
    b->ledger[account][asset].held += amount;
    add_withdrawal(b, account, asset, amount, 0, 1);
    uint64_t id = b->event_seq;
    begin(b);
    b->ledger[account][asset].held -= amount;
    b->ledger[account][asset].settled -= amount;
    b->ledger[BOOKS_ISSUE][asset].settled += amount;
    struct event_posting *p = add(b, EVENT_POSTING, AUDIENCE_PARTY);
    p->debit_account_id = account;
    p->credit_account_id = BOOKS_ISSUE;
    p->asset_id = asset;
    p->command_type = COMMAND_WITHDRAW_DECIDE;
    p->amount_units = amount;
    p->debit_after = after(b, account, asset);
    p->credit_after = after(b, BOOKS_ISSUE, asset);
    p->ref = id;
    b->movement_cnt++;
    add_withdrawal(b, account, asset, amount, id, 2);
}

void
books_random(struct books *b, unsigned clients, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        uint32_t one = BOOKS_FIRST + (uint32_t)books_draw(b, clients);
        uint32_t two = BOOKS_FIRST + (uint32_t)books_draw(b, clients);
        int64_t lots = 1 + (int64_t)books_draw(b, 50), price = 900 + (int64_t)books_draw(b, 200);
        uint64_t kind = books_draw(b, 100);
        if (kind < 50)
            books_order_canceled(b, one, lots, price);
        else if (kind < 85)
            books_trade(b, one, two, lots, price, 0);
        else if (kind < 95)
            books_order_rejected(b, one, REASON_INSUFFICIENT_FUNDS);
        else if (kind < 97)
            books_deposit(b, one, BOOKS_GOLD, lots);
        else if (kind < 99)
            books_withdraw(b, one, BOOKS_CASH, lots);
        else
            books_new_epoch(b);
    }
}

/* --- the stream --- */

static const struct event *
event_at(const struct books *b, size_t at)
{
    return (const struct event *)(const void *)(b->bytes + at);
}

static int
stream_open(void *self, const struct settle_checkpoint *from, struct error *err)
{
    struct books_stream *s = self;
    s->open_cnt++;
    if (s->open_error != 0)
        return error_set(err, s->open_error, "the stream says no");
    if (from->last_seq > s->books->event_seq)
        return error_set(err, ERR_CORRUPT, "the consumer is ahead of the venue");
    s->at = 0;
    s->last_seq = from->last_seq;
    while (s->at < s->books->used && event_at(s->books, s->at)->rec.seq <= from->last_seq)
        s->at += event_at(s->books, s->at)->rec.length_bytes;
    return 0;
}

static void
stream_close(void *self)
{
    (void)self;
}

static int
stream_read(void *self, int64_t deadline_mono_ns, const uint8_t **records, size_t *bytes,
            struct error *err)
{
    (void)err;
    struct books_stream *s = self;
    uint64_t shown = atomic_load(&s->shown_seq);
    size_t end_at = s->at;
    while (end_at < s->books->used && end_at - s->at < s->run_bytes &&
           event_at(s->books, end_at)->rec.seq <= shown) {
        s->last_seq = event_at(s->books, end_at)->rec.seq;
        end_at += event_at(s->books, end_at)->rec.length_bytes;
    }
    if (end_at == s->at) {
        int64_t left_ms = (deadline_mono_ns - clock_mono_ns()) / CLOCK_NS_PER_MS;
        poll(NULL, 0, left_ms > 5 ? 5 : left_ms > 0 ? (int)left_ms : 0); /* poll interval */
        return 0;
    }
    *records = s->books->bytes + s->at;
    *bytes = end_at - s->at;
    s->at = end_at;
    return 1;
}

static void
stream_stats(void *self, struct stream_client_stats *out)
{
    struct books_stream *s = self;
    *out = (struct stream_client_stats){.last_seq = s->last_seq,
                                        .venue_seq = atomic_load(&s->shown_seq),
                                        .waiting_ns = atomic_load(&s->waiting_ns)};
    memset(out->chain_head, (int)(s->last_seq & 0xff), sizeof out->chain_head);
}

void
books_stream_init(struct books_stream *s, const struct books *b, struct settle_source *out)
{
    *s = (struct books_stream){.books = b, .run_bytes = 32768};
    atomic_store(&s->shown_seq, b->event_seq);
    *out = (struct settle_source){s, stream_open, stream_close, stream_read, stream_stats};
}
