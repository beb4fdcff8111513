#include "persist/settle/batch.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/check.h"
#include "engine/model/command.h"
#include "engine/model/utc.h"

/* --- netting: (account, asset) to the row of this batch --- */

enum { NET_SLOTS = 1 << 17 }; /* four times the rows of balances in a batch */

struct settle_net_slot {
    uint32_t account_id, asset_id;
    uint32_t round; /* of the batch that filled it */
    uint32_t row;
};

static uint32_t
net_hash(uint32_t account_id, uint32_t asset_id)
{
    uint64_t key = (uint64_t)account_id << 32 | asset_id;
    key *= 0x9e3779b97f4a7c15u; /* Fibonacci hashing, Knuth 6.4 */
    return (uint32_t)(key >> 40);
}

/* The row that nets an account's asset in this batch; a new one says "as it was" everywhere. */
static int64_t *
net_row(struct settle_batch *b, uint32_t account_id, uint32_t asset_id, uint64_t event_seq)
{
    struct settle_rows *rows = &b->rows[SETTLE_TABLE_BALANCE];
    uint32_t at = net_hash(account_id, asset_id) & b->net_mask;
    while (b->net[at].round == b->net_round &&
           (b->net[at].account_id != account_id || b->net[at].asset_id != asset_id))
        at = (at + 1) & b->net_mask;
    struct settle_net_slot *slot = &b->net[at];
    int64_t *row;
    if (slot->round == b->net_round) {
        row = rows->cells + (size_t)slot->row * CELL_BALANCE_CNT;
    } else {
        *slot = (struct settle_net_slot){account_id, asset_id, b->net_round, (uint32_t)rows->cnt};
        row = settle_rows_add(rows);
        row[CELL_BALANCE_ACCOUNT_ID] = account_id;
        row[CELL_BALANCE_ASSET_ID] = asset_id;
        row[CELL_BALANCE_SETTLED_UNITS] = SETTLE_NULL;
        row[CELL_BALANCE_HELD_UNITS] = SETTLE_NULL;
    }
    row[CELL_BALANCE_EVENT_SEQ] = (int64_t)event_seq;
    return row;
}

static void
net_after(struct settle_batch *b, const struct event *ev, uint32_t account_id, uint32_t asset_id,
          const struct balance_after *after)
{
    int64_t *row = net_row(b, account_id, asset_id, ev->rec.seq);
    row[CELL_BALANCE_SETTLED_UNITS] = after->settled_units;
    row[CELL_BALANCE_HELD_UNITS] = after->held_units;
}

/* Pending amounts are not in the events: they follow from what was booked. */
static void
net_pending(struct settle_batch *b, const struct event *ev, uint32_t account_id, uint32_t asset_id,
            int64_t in_units, int64_t out_units)
{
    int64_t *row = net_row(b, account_id, asset_id, ev->rec.seq);
    row[CELL_BALANCE_PENDING_IN_UNITS] += in_units;
    row[CELL_BALANCE_PENDING_OUT_UNITS] += out_units;
}

/* --- days --- */

int64_t
settle_day_plus(uint32_t yyyymmdd, unsigned weekday_cnt)
{
    enum { DAYS_1970_TO_2000 = 10957 };
    if (yyyymmdd == 0)
        return SETTLE_NULL;
    int64_t day = utc_days_join((int32_t)(yyyymmdd / 10000), yyyymmdd / 100 % 100, yyyymmdd % 100);
    while (weekday_cnt > 0) {
        day++;
        int64_t weekday = (day + 3) % 7; /* 1970-01-01 was a Thursday: 0 = Monday */
        if (weekday < 5)
            weekday_cnt--;
    }
    return day - DAYS_1970_TO_2000;
}

/* --- events --- */

static int64_t
client_text(struct settle_rows *rows, const struct client_id *id)
{
    size_t bytes = id->length <= CLIENT_ID_MAX ? id->length : CLIENT_ID_MAX;
    return settle_rows_text(rows, id->text, bytes);
}

struct leg {
    uint32_t account_id, asset_id;
    int64_t amount_units;
    int leg, kind, book;
};

static void
add_posting(struct settle_batch *b, const struct event *ev, struct leg leg)
{
    if (leg.amount_units == 0)
        return;
    int64_t *row = settle_rows_add(&b->rows[SETTLE_TABLE_POSTING]);
    row[CELL_POSTING_EVENT_SEQ] = (int64_t)ev->rec.seq;
    row[CELL_POSTING_TIME_NS] = ev->time_ns;
    row[CELL_POSTING_ACCOUNT_ID] = leg.account_id;
    row[CELL_POSTING_ASSET_ID] = leg.asset_id;
    row[CELL_POSTING_AMOUNT_UNITS] = leg.amount_units;
    row[CELL_POSTING_LEG] = leg.leg;
    row[CELL_POSTING_KIND] = leg.kind;
    row[CELL_POSTING_BOOK] = leg.book;
}

/* Delivery against payment, at once or pending, the fees with it. */
static void
add_fill_postings(struct settle_batch *b, const struct event_fill *f)
{
    const struct event *ev = &f->ev;
    int book = f->settle_cycle == 0 ? BOOK_SETTLED : BOOK_PENDING;
    uint32_t buyer = f->buy.account_id, seller = f->sell.account_id;
    uint32_t cash = f->currency_id, asset = f->asset_id;
    add_posting(b, ev,
                (struct leg){buyer, cash, -f->notional_units, LEG_BUYER_PAYS, KIND_TRADE, book});
    add_posting(
        b, ev, (struct leg){seller, cash, f->notional_units, LEG_SELLER_IS_PAID, KIND_TRADE, book});
    add_posting(b, ev,
                (struct leg){seller, asset, -f->qty_units, LEG_SELLER_DELIVERS, KIND_TRADE, book});
    add_posting(b, ev,
                (struct leg){buyer, asset, f->qty_units, LEG_BUYER_RECEIVES, KIND_TRADE, book});
    add_posting(b, ev, (struct leg){buyer, cash, -f->buy.fee_units, LEG_BUYER_FEE, KIND_FEE, book});
    add_posting(b, ev,
                (struct leg){seller, cash, -f->sell.fee_units, LEG_SELLER_FEE, KIND_FEE, book});
    add_posting(b, ev,
                (struct leg){b->to.fee_account_id, cash, f->buy.fee_units + f->sell.fee_units,
                             LEG_FEE_INCOME, KIND_FEE, book});
}

static void
net_fill(struct settle_batch *b, const struct event_fill *f)
{
    const struct event *ev = &f->ev;
    net_after(b, ev, f->buy.account_id, f->currency_id, &f->buy.cash_after);
    net_after(b, ev, f->buy.account_id, f->asset_id, &f->buy.asset_after);
    net_after(b, ev, f->sell.account_id, f->currency_id, &f->sell.cash_after);
    net_after(b, ev, f->sell.account_id, f->asset_id, &f->sell.asset_after);
    if (b->to.fee_account_id != ID_NONE) {
        int64_t *row = net_row(b, b->to.fee_account_id, f->currency_id, ev->rec.seq);
        row[CELL_BALANCE_SETTLED_UNITS] = f->fee_after_units;
    }
    if (f->settle_cycle == 0)
        return;
    int64_t fees = f->buy.fee_units + f->sell.fee_units;
    net_pending(b, ev, f->buy.account_id, f->currency_id, 0, f->notional_units + f->buy.fee_units);
    net_pending(b, ev, f->sell.account_id, f->currency_id, f->notional_units - f->sell.fee_units,
                0);
    if (b->to.fee_account_id != ID_NONE)
        net_pending(b, ev, b->to.fee_account_id, f->currency_id, fees, 0);
    net_pending(b, ev, f->sell.account_id, f->asset_id, 0, f->qty_units);
    net_pending(b, ev, f->buy.account_id, f->asset_id, f->qty_units, 0);
}

static void
add_filled_order(struct settle_batch *b, const struct event_fill *f, const struct fill_side *s,
                 int side)
{
    if (s->leaves_lots != 0)
        return;
    struct settle_rows *rows = &b->rows[SETTLE_TABLE_ORDER];
    int64_t *row = settle_rows_add(rows);
    row[CELL_ORDER_ORDER_ID] = (int64_t)s->order_id;
    row[CELL_ORDER_EVENT_SEQ] = (int64_t)f->ev.rec.seq;
    row[CELL_ORDER_TIME_NS] = f->ev.time_ns;
    row[CELL_ORDER_ACCOUNT_ID] = s->account_id;
    row[CELL_ORDER_INSTRUMENT_ID] = f->instrument_id;
    row[CELL_ORDER_SESSION_ID] = s->session_id;
    row[CELL_ORDER_PRICE_UNITS] = s->price_units;
    row[CELL_ORDER_QTY_LOTS] = s->qty_lots;
    row[CELL_ORDER_CUM_LOTS] = s->cum_lots;
    row[CELL_ORDER_CUM_COST] = s->cum_cost;
    row[CELL_ORDER_SIDE] = side;
    row[CELL_ORDER_ORD_TYPE] = s->ord_type;
    row[CELL_ORDER_TIME_IN_FORCE] = s->time_in_force;
    row[CELL_ORDER_STATUS] = s->status;
    row[CELL_ORDER_CLIENT_ID] = client_text(rows, &s->id);
}

static void
add_fill(struct settle_batch *b, const struct event_fill *f)
{
    struct settle_rows *rows = &b->rows[SETTLE_TABLE_FILL];
    int64_t *row = settle_rows_add(rows);
    row[CELL_FILL_EVENT_SEQ] = (int64_t)f->ev.rec.seq;
    row[CELL_FILL_TIME_NS] = f->ev.time_ns;
    row[CELL_FILL_TRADE_ID] = SETTLE_NULL; /* its public print follows */
    row[CELL_FILL_TRADE_DAY] = settle_day_plus(b->to.business_day, 0);
    row[CELL_FILL_SETTLE_DAY] = settle_day_plus(b->to.business_day, f->settle_cycle);
    row[CELL_FILL_INSTRUMENT_ID] = f->instrument_id;
    row[CELL_FILL_ASSET_ID] = f->asset_id;
    row[CELL_FILL_CURRENCY_ID] = f->currency_id;
    row[CELL_FILL_PRICE_UNITS] = f->price_units;
    row[CELL_FILL_QTY_LOTS] = f->qty_lots;
    row[CELL_FILL_QTY_UNITS] = f->qty_units;
    row[CELL_FILL_NOTIONAL_UNITS] = f->notional_units;
    row[CELL_FILL_BUY_ORDER_ID] = (int64_t)f->buy.order_id;
    row[CELL_FILL_BUY_ACCOUNT_ID] = f->buy.account_id;
    row[CELL_FILL_BUY_FEE_UNITS] = f->buy.fee_units;
    row[CELL_FILL_SELL_ORDER_ID] = (int64_t)f->sell.order_id;
    row[CELL_FILL_SELL_ACCOUNT_ID] = f->sell.account_id;
    row[CELL_FILL_SELL_FEE_UNITS] = f->sell.fee_units;
    row[CELL_FILL_AGGRESSOR] = f->aggressor;
    row[CELL_FILL_SETTLE_CYCLE] = f->settle_cycle;
    row[CELL_FILL_BUY_CLIENT_ID] = client_text(rows, &f->buy.id);
    row[CELL_FILL_SELL_CLIENT_ID] = client_text(rows, &f->sell.id);
    b->open_fill_seq = f->ev.rec.seq;
    add_fill_postings(b, f);
    net_fill(b, f);
    add_filled_order(b, f, &f->buy, SIDE_BUY);
    add_filled_order(b, f, &f->sell, SIDE_SELL);
}

/* The public print of the fill before it: brings the trade's number. */
static void
add_trade(struct settle_batch *b, uint64_t trade_id)
{
    struct settle_rows *rows = &b->rows[SETTLE_TABLE_FILL];
    if (b->open_fill_seq == 0 || rows->cnt == 0)
        return;
    int64_t *row = rows->cells + (rows->cnt - 1) * CELL_FILL_CNT;
    row[CELL_FILL_TRADE_ID] = (int64_t)trade_id;
    b->open_fill_seq = 0;
}

static bool
is_final(uint8_t status)
{
    return status == ORD_STATUS_FILLED || status == ORD_STATUS_CANCELED ||
           status == ORD_STATUS_EXPIRED;
}

static void
add_order(struct settle_batch *b, const struct event_order *o)
{
    if (o->hold_asset_id != ID_NONE)
        net_after(b, &o->ev, o->account_id, o->hold_asset_id, &o->hold_after);
    if (o->ev.rec.type != EVENT_ORDER_CANCELED || !is_final(o->status))
        return;
    struct settle_rows *rows = &b->rows[SETTLE_TABLE_ORDER];
    int64_t *row = settle_rows_add(rows);
    row[CELL_ORDER_ORDER_ID] = (int64_t)o->order_id;
    row[CELL_ORDER_EVENT_SEQ] = (int64_t)o->ev.rec.seq;
    row[CELL_ORDER_TIME_NS] = o->ev.time_ns;
    row[CELL_ORDER_ACCOUNT_ID] = o->account_id;
    row[CELL_ORDER_INSTRUMENT_ID] = o->instrument_id;
    row[CELL_ORDER_SESSION_ID] = o->ev.session_id;
    row[CELL_ORDER_PRICE_UNITS] = o->price_units;
    row[CELL_ORDER_QTY_LOTS] = o->qty_lots;
    row[CELL_ORDER_CUM_LOTS] = o->cum_lots;
    row[CELL_ORDER_CUM_COST] = o->cum_cost;
    row[CELL_ORDER_SIDE] = o->side;
    row[CELL_ORDER_ORD_TYPE] = o->ord_type;
    row[CELL_ORDER_TIME_IN_FORCE] = o->time_in_force;
    row[CELL_ORDER_STATUS] = o->status;
    row[CELL_ORDER_REASON] = o->reason;
    /* canceled by request: id is the request's, orig the order's */
    row[CELL_ORDER_CLIENT_ID] = client_text(rows, o->orig.length ? &o->orig : &o->id);
}

static void
add_reject(struct settle_batch *b, const struct event_reject *r)
{
    if (r->reason == 0) /* an accepted command */
        return;
    struct settle_rows *rows = &b->rows[SETTLE_TABLE_REJECT];
    int64_t *row = settle_rows_add(rows);
    row[CELL_REJECT_EVENT_SEQ] = (int64_t)r->ev.rec.seq;
    row[CELL_REJECT_TIME_NS] = r->ev.time_ns;
    row[CELL_REJECT_ACCOUNT_ID] = r->account_id;
    row[CELL_REJECT_INSTRUMENT_ID] = r->instrument_id;
    row[CELL_REJECT_SESSION_ID] = r->ev.session_id;
    row[CELL_REJECT_ORDER_ID] = (int64_t)r->order_id;
    row[CELL_REJECT_PRICE_UNITS] = r->price_units;
    row[CELL_REJECT_QTY_LOTS] = r->qty_lots;
    row[CELL_REJECT_ACTOR_ID] = r->actor_id;
    row[CELL_REJECT_REASON] = r->reason;
    row[CELL_REJECT_COMMAND_TYPE] = r->command_type;
    row[CELL_REJECT_SIDE] = r->side;
    row[CELL_REJECT_CLIENT_ID] = client_text(rows, &r->id);
}

static void
add_decision(struct settle_batch *b, const struct event_decision *d)
{
    if (d->verdict == VERDICT_ALLOW)
        return;
    int64_t *row = settle_rows_add(&b->rows[SETTLE_TABLE_DECISION]);
    row[CELL_DECISION_EVENT_SEQ] = (int64_t)d->ev.rec.seq;
    row[CELL_DECISION_TIME_NS] = d->ev.time_ns;
    row[CELL_DECISION_ORDER_ID] = (int64_t)d->order_id;
    row[CELL_DECISION_ACCOUNT_ID] = d->account_id;
    row[CELL_DECISION_INSTRUMENT_ID] = d->instrument_id;
    row[CELL_DECISION_ACTUAL] = d->actual;
    row[CELL_DECISION_LIMIT_VALUE] = d->limit;
    row[CELL_DECISION_EVALUATED] = (int64_t)d->evaluated;
    row[CELL_DECISION_FAILED] = (int64_t)d->failed;
    row[CELL_DECISION_POLICY] = (int64_t)d->policy;
    row[CELL_DECISION_STAGE] = d->stage;
    row[CELL_DECISION_VERDICT] = d->verdict;
    row[CELL_DECISION_RULE] = d->rule;
    row[CELL_DECISION_REASON] = d->reason;
}

static void
add_posting_event(struct settle_batch *b, const struct event_posting *p)
{
    const struct event *ev = &p->ev;
    struct settle_rows *rows = &b->rows[SETTLE_TABLE_MOVEMENT];
    int64_t *row = settle_rows_add(rows);
    row[CELL_MOVEMENT_EVENT_SEQ] = (int64_t)ev->rec.seq;
    row[CELL_MOVEMENT_TIME_NS] = ev->time_ns;
    row[CELL_MOVEMENT_KIND] = p->command_type;
    row[CELL_MOVEMENT_DEBIT_ACCOUNT_ID] = p->debit_account_id;
    row[CELL_MOVEMENT_CREDIT_ACCOUNT_ID] = p->credit_account_id;
    row[CELL_MOVEMENT_ASSET_ID] = p->asset_id;
    row[CELL_MOVEMENT_AMOUNT_UNITS] = p->amount_units;
    row[CELL_MOVEMENT_REF] = (int64_t)p->ref;
    row[CELL_MOVEMENT_ACTOR_ID] = p->actor_id;
    row[CELL_MOVEMENT_CLIENT_ID] = client_text(rows, &p->id);

    uint32_t debit = p->debit_account_id, credit = p->credit_account_id, asset = p->asset_id;
    int64_t amount = p->amount_units;
    int kind = p->command_type;
    /* A settlement has one account: its other side is what was pending for it. */
    if (debit != ID_NONE) {
        add_posting(b, ev, (struct leg){debit, asset, -amount, LEG_DEBIT, kind, BOOK_SETTLED});
        net_after(b, ev, debit, asset, &p->debit_after);
    }
    if (credit != ID_NONE) {
        add_posting(b, ev, (struct leg){credit, asset, amount, LEG_CREDIT, kind, BOOK_SETTLED});
        net_after(b, ev, credit, asset, &p->credit_after);
    }
    if (kind != COMMAND_SETTLE)
        return;
    if (debit != ID_NONE) {
        add_posting(b, ev,
                    (struct leg){debit, asset, amount, LEG_PENDING_DEBIT, kind, BOOK_PENDING});
        net_pending(b, ev, debit, asset, 0, -amount);
    } else {
        add_posting(b, ev,
                    (struct leg){credit, asset, -amount, LEG_PENDING_CREDIT, kind, BOOK_PENDING});
        net_pending(b, ev, credit, asset, -amount, 0);
    }
}

/* What is kept back of the payer's cash, or given back at the end. */
static void
add_corporate(struct settle_batch *b, const struct event_corporate_report *r)
{
    if (r->payer_account_id != ID_NONE)
        net_after(b, &r->ev, r->payer_account_id, r->currency_id, &r->payer_after);
}

static void
add_withdrawal(struct settle_batch *b, const struct event_withdrawal *w)
{
    struct settle_rows *rows = &b->rows[SETTLE_TABLE_WITHDRAWAL];
    int64_t *row = settle_rows_add(rows);
    row[CELL_WITHDRAWAL_WITHDRAWAL_ID] = (int64_t)w->withdrawal_id;
    row[CELL_WITHDRAWAL_ACCOUNT_ID] = w->account_id;
    row[CELL_WITHDRAWAL_ASSET_ID] = w->asset_id;
    row[CELL_WITHDRAWAL_AMOUNT_UNITS] = w->amount_units;
    row[CELL_WITHDRAWAL_STATE] = w->state;
    row[CELL_WITHDRAWAL_ACTOR_ID] = w->actor_id;
    row[CELL_WITHDRAWAL_CLIENT_ID] = client_text(rows, &w->id);
    row[CELL_WITHDRAWAL_EVENT_SEQ] = (int64_t)w->ev.rec.seq;
    net_after(b, &w->ev, w->account_id, w->asset_id, &w->after);
}

static void
add_asset(struct settle_batch *b, const struct event_asset *a)
{
    struct settle_rows *rows = &b->rows[SETTLE_TABLE_ASSET];
    int64_t *row = settle_rows_add(rows);
    row[CELL_ASSET_ASSET_ID] = a->asset_id;
    row[CELL_ASSET_SCALE] = a->scale;
    row[CELL_ASSET_KIND] = a->kind;
    row[CELL_ASSET_SYMBOL] = settle_rows_text(rows, a->symbol, sizeof a->symbol);
    row[CELL_ASSET_EVENT_SEQ] = (int64_t)a->ev.rec.seq;
}

static void
add_instrument(struct settle_batch *b, const struct event_instrument *i)
{
    struct settle_rows *rows = &b->rows[SETTLE_TABLE_INSTRUMENT];
    int64_t *row = settle_rows_add(rows);
    row[CELL_INSTRUMENT_INSTRUMENT_ID] = i->instrument_id;
    row[CELL_INSTRUMENT_ASSET_ID] = i->asset_id;
    row[CELL_INSTRUMENT_CURRENCY_ID] = i->currency_id;
    row[CELL_INSTRUMENT_SYMBOL] = settle_rows_text(rows, i->symbol, sizeof i->symbol);
    row[CELL_INSTRUMENT_PRICE_SCALE] = i->price_scale;
    row[CELL_INSTRUMENT_SETTLE_CYCLE] = i->settle_cycle;
    row[CELL_INSTRUMENT_STATE] = i->state;
    row[CELL_INSTRUMENT_RETIRED] = i->retired;
    row[CELL_INSTRUMENT_TICK_UNITS] = i->tick_units;
    row[CELL_INSTRUMENT_LOT_UNITS] = i->lot_units;
    row[CELL_INSTRUMENT_MAKER_PPM] = i->maker_ppm;
    row[CELL_INSTRUMENT_TAKER_PPM] = i->taker_ppm;
    row[CELL_INSTRUMENT_MIN_QTY_LOTS] = i->min_qty_lots;
    row[CELL_INSTRUMENT_MAX_PRICE_UNITS] = i->max_price_units;
    row[CELL_INSTRUMENT_MIN_VALUE_UNITS] = i->min_value_units;
    row[CELL_INSTRUMENT_FEE_MIN_UNITS] = i->fee_min_units;
    row[CELL_INSTRUMENT_PROTECTION_PPM] = i->protection_ppm;
    row[CELL_INSTRUMENT_PROTECTION_TICKS] = i->protection_ticks;
    row[CELL_INSTRUMENT_PROTECTION_RESTS] = i->protection_rests;
    row[CELL_INSTRUMENT_ORD_TYPE_MASK] = i->ord_type_mask;
    row[CELL_INSTRUMENT_SELF_TRADE_BY] = i->self_trade_by;
    row[CELL_INSTRUMENT_SELF_TRADE_MODE] = i->self_trade_mode;
    row[CELL_INSTRUMENT_ALLOW_HIDDEN] = i->allow_hidden;
    row[CELL_INSTRUMENT_ALLOW_WHOLE] = i->allow_whole;
    row[CELL_INSTRUMENT_EVENT_SEQ] = (int64_t)i->ev.rec.seq;
}

static void
add_allocation(struct settle_batch *b, const struct event_allocation *a)
{
    int64_t *row = settle_rows_add(&b->rows[SETTLE_TABLE_ALLOCATION]);
    row[CELL_ALLOCATION_INSTRUMENT_ID] = a->instrument_id;
    row[CELL_ALLOCATION_METHOD] = a->rules.method;
    row[CELL_ALLOCATION_TOP_PPM] = a->rules.top_ppm;
    row[CELL_ALLOCATION_TOP_MIN_LOTS] = a->rules.top_min_lots;
    row[CELL_ALLOCATION_TOP_MAX_LOTS] = a->rules.top_max_lots;
    row[CELL_ALLOCATION_MIN_LOTS] = a->rules.min_lots;
    row[CELL_ALLOCATION_EVENT_SEQ] = (int64_t)a->ev.rec.seq;
}

static void
add_bands(struct settle_batch *b, const struct event_price_bands *p)
{
    int64_t *row = settle_rows_add(&b->rows[SETTLE_TABLE_BAND]);
    row[CELL_BAND_INSTRUMENT_ID] = p->instrument_id;
    row[CELL_BAND_MANNER] = p->bands.manner;
    row[CELL_BAND_STATIC_PPM] = p->bands.static_ppm;
    row[CELL_BAND_STATIC_TICKS] = p->bands.static_ticks;
    row[CELL_BAND_DYNAMIC_PPM] = p->bands.dynamic_ppm;
    row[CELL_BAND_DYNAMIC_TICKS] = p->bands.dynamic_ticks;
    row[CELL_BAND_WIDE_PPM] = p->bands.wide_ppm;
    row[CELL_BAND_WIDE_TICKS] = p->bands.wide_ticks;
    row[CELL_BAND_FOLLOWS] = p->bands.follows;
    row[CELL_BAND_CALL_MS] = p->bands.call_ms;
    row[CELL_BAND_RANDOM_END_MS] = p->bands.random_end_ms;
    row[CELL_BAND_EXTENSION_MS] = p->bands.extension_ms;
    row[CELL_BAND_EXTENSION_MAX] = p->bands.extension_max;
    row[CELL_BAND_EVENT_SEQ] = (int64_t)p->ev.rec.seq;
}

/* All rows that a table may have: those that are not there any more are told to be gone. */
static void
add_ticks(struct settle_batch *b, const struct event_tick_table *t)
{
    enum { ROW_IDS = 32 }; /* of an instrument: 0005_prices.sql */
    _Static_assert((int)TICK_ROW_MAX <= (int)ROW_IDS, "each row has its id");
    for (uint32_t i = 0; i < TICK_ROW_MAX; i++) {
        int64_t *row = settle_rows_add(&b->rows[SETTLE_TABLE_TICK]);
        row[CELL_TICK_TICK_ID] = (int64_t)t->instrument_id * ROW_IDS + i;
        row[CELL_TICK_INSTRUMENT_ID] = t->instrument_id;
        row[CELL_TICK_FROM_UNITS] = t->ticks.from_units[i];
        row[CELL_TICK_STEP_UNITS] = t->ticks.step_units[i];
        row[CELL_TICK_EVENT_SEQ] = (int64_t)t->ev.rec.seq;
    }
}

static void
add_market_rule(struct settle_batch *b, const struct event *ev)
{
    const void *body = ev;
    if (ev->rec.type == EVENT_ALLOCATION)
        add_allocation(b, body);
    else if (ev->rec.type == EVENT_PRICE_BANDS)
        add_bands(b, body);
    else
        add_ticks(b, body);
}

static void
add_account(struct settle_batch *b, const struct event_account *a)
{
    int64_t *row = settle_rows_add(&b->rows[SETTLE_TABLE_ACCOUNT]);
    row[CELL_ACCOUNT_ACCOUNT_ID] = a->account_id;
    row[CELL_ACCOUNT_TENANT_ID] = a->tenant_id;
    row[CELL_ACCOUNT_FIRM_ID] = a->firm_id;
    row[CELL_ACCOUNT_OWNER_GROUP] = a->owner_group;
    row[CELL_ACCOUNT_STATUS] = (int64_t)a->status;
    row[CELL_ACCOUNT_KIND] = (int64_t)a->kind;
    row[CELL_ACCOUNT_EVENT_SEQ] = (int64_t)a->ev.rec.seq;
}

static void
add_profile(struct settle_batch *b, const struct event_account_profile *p)
{
    int64_t *row = settle_rows_add(&b->rows[SETTLE_TABLE_PROFILE]);
    row[CELL_PROFILE_ACCOUNT_ID] = p->account_id;
    row[CELL_PROFILE_STATUS] = p->status;
    row[CELL_PROFILE_FROZEN] = p->freeze;
    row[CELL_PROFILE_KYC_LEVEL] = p->kyc_level;
    row[CELL_PROFILE_EVENT_SEQ] = (int64_t)p->ev.rec.seq;
}

static void
add_genesis(struct settle_batch *b, const struct event_genesis *g)
{
    b->to.fee_account_id = g->fee_account_id;
    b->to.issue_account_id = g->issue_account_id;
    memset(b->to.venue, 0, sizeof b->to.venue);
    memcpy(b->to.venue, g->venue, sizeof g->venue);
}

static void
add_epoch(struct settle_batch *b, const struct event_epoch *e)
{
    int64_t *row = settle_rows_add(&b->rows[SETTLE_TABLE_EPOCH]);
    row[CELL_EPOCH_EPOCH] = e->ev.rec.epoch;
    row[CELL_EPOCH_EVENT_SEQ] = (int64_t)e->ev.rec.seq;
    row[CELL_EPOCH_TIME_NS] = e->ev.time_ns;
    row[CELL_EPOCH_UNCLEAN] = (int64_t)e->unclean;
    row[CELL_EPOCH_TAIL_LOST] = (int64_t)e->tail_lost;
    if (e->business_day != 0)
        b->to.business_day = e->business_day;
}

static void
apply(struct settle_batch *b, const struct event *ev)
{
    const void *body = ev;
    switch (ev->rec.type) {
    case EVENT_FILL:
        add_fill(b, body);
        break;
    case EVENT_TRADE:
        add_trade(b, ((const struct event_trade *)body)->trade_id);
        break;
    case EVENT_DEAL_TRADE:
        add_trade(b, ((const struct event_deal_trade *)body)->trade_id);
        break;
    case EVENT_ORDER_ACCEPTED:
    case EVENT_ORDER_CANCELED:
    case EVENT_ORDER_REPLACED:
    case EVENT_ORDER_STATUS:
    case EVENT_ORDER_RELEASED:
    case EVENT_ORDER_TRIGGERED:
    case EVENT_ORDER_REDUCED:
        add_order(b, body);
        break;
    case EVENT_ORDER_REJECTED:
    case EVENT_CANCEL_REJECTED:
    case EVENT_COMMAND_RESULT:
        add_reject(b, body);
        break;
    case EVENT_DECISION:
        add_decision(b, body);
        break;
    case EVENT_POSTING:
        add_posting_event(b, body);
        break;
    case EVENT_CORPORATE_REPORT:
        add_corporate(b, body);
        break;
    case EVENT_WITHDRAWAL:
        add_withdrawal(b, body);
        break;
    case EVENT_ASSET:
        add_asset(b, body);
        break;
    case EVENT_INSTRUMENT:
        add_instrument(b, body);
        break;
    case EVENT_ALLOCATION:
    case EVENT_PRICE_BANDS:
    case EVENT_TICK_TABLE:
        add_market_rule(b, ev);
        break;
    case EVENT_ACCOUNT:
        add_account(b, body);
        break;
    case EVENT_ACCOUNT_PROFILE:
        add_profile(b, body);
        break;
    case EVENT_GENESIS:
        add_genesis(b, body);
        break;
    case EVENT_EPOCH:
        add_epoch(b, body);
        break;
    case EVENT_DAY_END:
        b->to.business_day = ((const struct event_value *)body)->value;
        break;
    default: /* moves no value and is in no table */
        break;
    }
}

int
settle_batch_add(struct settle_batch *b, const struct event *ev, struct error *err)
{
    if (ev->rec.seq != b->to.last_seq + 1)
        return error_set(err, ERR_CORRUPT, "event %" PRIu64 " came where %" PRIu64 " was expected",
                         ev->rec.seq, b->to.last_seq + 1);
    if (event_check_form(ev, ev->rec.length_bytes) != 0)
        return error_set(err, ERR_CORRUPT, "event %" PRIu64 " (type %u, %u bytes) is malformed",
                         ev->rec.seq, ev->rec.type, ev->rec.length_bytes);
    apply(b, ev);
    b->to.last_seq = ev->rec.seq;
    b->to.epoch = ev->rec.epoch;
    b->to.last_time_ns = ev->time_ns;
    if (b->event_cnt++ == 0)
        b->first_time_ns = ev->time_ns;
    b->whole = ev->last != 0;
    return 0;
}

/* --- life --- */

int
settle_batch_init(struct settle_batch *b, struct error *err)
{
    *b = (struct settle_batch){.net_mask = NET_SLOTS - 1, .whole = true};
    b->net = calloc(NET_SLOTS, sizeof *b->net);
    if (!b->net)
        return error_set(err, ERR_NO_SPACE, "no memory for the netting of balances");
    for (unsigned i = 0; i < SETTLE_TABLE_CNT; i++) {
        int rc = settle_rows_init(&b->rows[i], &settle_tables[i], err);
        if (rc != 0) {
            settle_batch_fini(b);
            return rc;
        }
    }
    return 0;
}

void
settle_batch_fini(struct settle_batch *b)
{
    for (unsigned i = 0; i < SETTLE_TABLE_CNT; i++)
        settle_rows_fini(&b->rows[i]);
    free(b->net);
    b->net = NULL;
}

void
settle_batch_begin(struct settle_batch *b, const struct settle_checkpoint *from)
{
    b->from = *from;
    b->to = *from;
    for (unsigned i = 0; i < SETTLE_TABLE_CNT; i++)
        settle_rows_clear(&b->rows[i]);
    b->event_cnt = 0;
    b->first_time_ns = 0;
    b->whole = true;
    b->open_fill_seq = 0;
    if (++b->net_round == 0) { /* the number wrapped: old slots could look new */
        memset(b->net, 0, NET_SLOTS * sizeof *b->net);
        b->net_round = 1;
    }
}

bool
settle_batch_has_room(const struct settle_batch *b)
{
    for (unsigned i = 0; i < SETTLE_TABLE_CNT; i++)
        if (b->rows[i].cnt + (size_t)EVENT_MAX * settle_tables[i].per_event >
            settle_tables[i].row_max)
            return false;
    return true;
}

size_t
settle_batch_row_cnt(const struct settle_batch *b)
{
    size_t cnt = 0;
    for (unsigned i = 0; i < SETTLE_TABLE_CNT; i++)
        cnt += b->rows[i].cnt;
    return cnt;
}
