#include "gateway/api/party.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/check.h"
#include "engine/base/hash.h"
#include "engine/model/client_id.h"

void
party_init(struct party *p, const struct catalog *catalog)
{
    *p = (struct party){.catalog = catalog};
}

static void
account_free(struct party_account *a)
{
    for (struct party_order *o = a->open, *next; o != NULL; o = next) {
        next = o->next;
        free(o);
    }
    for (uint64_t n = 0; party_done_at(a, n) != NULL; n++) {
        free(party_done_at(a, n));
    }
    free(a->balances);
    free(a->done);
    free(a->fills);
    free(a->user_sequence);
    free(a);
}

void
party_fini(struct party *p)
{
    for (uint32_t i = 0; i < p->accounts.room; i++) {
        if (p->accounts.slots[i].key != 0) {
            account_free(p->accounts.slots[i].value);
        }
    }
    ptr_map_fini(&p->accounts);
    ptr_map_fini(&p->orders);
    ptr_map_fini(&p->client_ids);
}

static void *
zeroed(size_t cnt, size_t bytes)
{
    void *mem = calloc(cnt, bytes);
    CHECK(mem != NULL, "no memory for %zu entries", cnt);
    return mem;
}

struct party_account *
party_add(struct party *p, uint32_t account_id)
{
    struct party_account *a = party_account(p, account_id);
    if (a == NULL) {
        a = zeroed(1, sizeof(*a));
        a->account_id = account_id;
        a->done = zeroed(PARTY_DONE_MAX, sizeof(struct party_order *));
        a->fills = zeroed(PARTY_FILL_MAX, sizeof(*a->fills));
        ptr_map_put(&p->accounts, account_id, a);
    }
    return a;
}

struct party_account *
party_account(const struct party *p, uint32_t account_id)
{
    return account_id == ID_NONE ? NULL : ptr_map_get(&p->accounts, account_id);
}

struct party_order *
party_order(const struct party *p, uint64_t order_id)
{
    return order_id == 0 ? NULL : ptr_map_get(&p->orders, order_id);
}

static uint64_t
client_key(uint32_t account_id, const struct client_id *id)
{
    uint64_t key = hash64(account_id, id->text, id->length);
    return key != 0 ? key : 1;
}

struct party_order *
party_order_by_client_id(const struct party *p, uint32_t account_id, const struct client_id *id)
{
    struct party_order *o = ptr_map_get(&p->client_ids, client_key(account_id, id));
    return o != NULL && o->account_id == account_id && client_id_equal(&o->id, id) ? o : NULL;
}

const struct party_balance *
party_balance(const struct party_account *a, uint32_t asset_id)
{
    for (uint32_t i = 0; i < a->balance_cnt; i++) {
        if (a->balances[i].asset_id == asset_id) {
            return &a->balances[i];
        }
    }
    return NULL;
}

struct party_order *
party_done_at(const struct party_account *a, uint64_t n)
{
    uint64_t kept = a->done_cnt < PARTY_DONE_MAX ? a->done_cnt : PARTY_DONE_MAX;
    return n < kept ? a->done[(a->done_cnt - 1 - n) & (PARTY_DONE_MAX - 1)] : NULL;
}

const struct party_fill *
party_fill_at(const struct party_account *a, uint64_t n)
{
    uint64_t kept = a->fill_cnt < PARTY_FILL_MAX ? a->fill_cnt : PARTY_FILL_MAX;
    return n < kept ? &a->fills[(a->fill_cnt - 1 - n) & (PARTY_FILL_MAX - 1)] : NULL;
}

/* --- notes --- */

static struct party_note *
note(struct party *p, struct party_account *a, enum party_note_kind kind, int64_t time_ns)
{
    CHECK(p->note_cnt < PARTY_NOTES_MAX, "more than %d messages from one event", PARTY_NOTES_MAX);
    struct party_note *n = &p->notes[p->note_cnt++];
    *n = (struct party_note){.kind = kind, .account = a, .time_ns = time_ns};
    return n;
}

/* The next number of the account's user channel in a product; products are numbered apart, so that
 * a subscriber to some of them sees no gap. */
static uint64_t
user_sequence_next(const struct party *p, struct party_account *a, uint32_t instrument_id)
{
    const struct product *product = catalog_product(p->catalog, instrument_id);
    uint32_t index = product != NULL ? product->index : 0;
    if (index >= a->user_room) {
        uint32_t room = p->catalog->product_room > index ? p->catalog->product_room : index + 1;
        a->user_sequence = realloc(a->user_sequence, room * sizeof(*a->user_sequence));
        CHECK(a->user_sequence != NULL, "no memory for %u products", room);
        memset(a->user_sequence + a->user_room, 0,
               (room - a->user_room) * sizeof(*a->user_sequence));
        a->user_room = room;
    }
    return ++a->user_sequence[index];
}

static struct party_note *
note_order(struct party *p, struct party_account *a, enum party_note_kind kind,
           const struct party_order *o, int64_t time_ns)
{
    struct party_note *n = note(p, a, kind, time_ns);
    n->order = o;
    n->instrument_id = o->instrument_id;
    n->sequence = user_sequence_next(p, a, o->instrument_id);
    return n;
}

static void
set_balance(struct party *p, struct party_account *a, uint32_t asset_id,
            const struct balance_after *after, int64_t time_ns)
{
    struct party_balance *b = (struct party_balance *)(uintptr_t)party_balance(a, asset_id);
    if (b == NULL) {
        a->balances = realloc(a->balances, (a->balance_cnt + 1) * sizeof(*a->balances));
        CHECK(a->balances != NULL, "no memory for a balance");
        b = &a->balances[a->balance_cnt++];
        *b = (struct party_balance){.asset_id = asset_id};
    } else if (b->settled_units == after->settled_units && b->held_units == after->held_units) {
        return;
    }
    b->settled_units = after->settled_units;
    b->held_units = after->held_units;
    struct party_note *n = note(p, a, NOTE_BALANCE, time_ns);
    n->balance = *b;
    n->sequence = ++a->balance_sequence;
}

/* --- orders --- */

static void
client_id_bind(struct party *p, struct party_order *o)
{
    if (o->id.length > 0) {
        ptr_map_put(&p->client_ids, client_key(o->account_id, &o->id), o);
    }
}

static void
client_id_unbind(struct party *p, struct party_order *o)
{
    uint64_t key = client_key(o->account_id, &o->id);
    if (o->id.length > 0 && ptr_map_get(&p->client_ids, key) == o) {
        (void)ptr_map_remove(&p->client_ids, key);
    }
}

static struct party_order *
order_add(struct party *p, struct party_account *a, const struct event_order *e)
{
    struct party_order *o = zeroed(1, sizeof(*o));
    o->order_id = e->order_id;
    o->number = ++a->order_number;
    o->account_id = e->account_id;
    o->instrument_id = e->instrument_id;
    o->created_ns = e->ev.time_ns;
    o->id = e->id;
    o->next = a->open;
    if (a->open != NULL) {
        a->open->prev = o;
    }
    a->open = o;
    ptr_map_put(&p->orders, o->order_id, o);
    client_id_bind(p, o);
    return o;
}

/* Takes it out of the open ones, into the ring of finished ones. */
static void
order_done(struct party *p, struct party_account *a, struct party_order *o, int64_t time_ns)
{
    if (o->done_ns != 0) {
        return;
    }
    o->done_ns = time_ns;
    *(o->prev != NULL ? &o->prev->next : &a->open) = o->next;
    if (o->next != NULL) {
        o->next->prev = o->prev;
    }
    o->next = o->prev = NULL;
    struct party_order **slot = &a->done[a->done_cnt++ & (PARTY_DONE_MAX - 1)];
    if (*slot != NULL) {
        client_id_unbind(p, *slot);
        (void)ptr_map_remove(&p->orders, (*slot)->order_id);
        free(*slot);
    }
    *slot = o;
}

static void
order_take(struct party_order *o, const struct event_order *e)
{
    o->side = e->side;
    o->ord_type = e->ord_type;
    o->time_in_force = e->time_in_force;
    o->status = e->status;
    o->reason = e->reason;
    o->exec_inst = e->exec_inst;
    o->price_units = e->price_units;
    o->stop_units = e->stop_units;
    o->display_lots = e->display_lots;
    o->peg_offset_units = e->peg_offset_units;
    o->qty_lots = e->qty_lots;
    o->cum_lots = e->cum_lots;
    o->leaves_lots = e->leaves_lots;
    o->cum_cost = e->cum_cost;
    o->expire_ns = e->expire_ns;
    o->updated_ns = e->ev.time_ns;
    o->seq = e->ev.rec.seq;
}

static void
apply_replaced(struct party *p, struct party_account *a, struct party_order *o,
               const struct event_order *e)
{
    int64_t old_price = o->price_units, old_qty = o->qty_lots;
    client_id_unbind(p, o);
    o->id = e->id;
    client_id_bind(p, o);
    order_take(o, e);
    struct party_note *n = note_order(p, a, NOTE_CHANGE, o, e->ev.time_ns);
    n->old_price_units = old_price;
    n->old_qty_lots = old_qty;
}

static void
apply_order(struct party *p, const struct event_order *e)
{
    struct party_account *a = party_account(p, e->account_id);
    if (a == NULL) {
        p->events_of_others++;
        return;
    }
    struct party_order *o = party_order(p, e->order_id);
    if (o == NULL) {
        o = order_add(p, a, e);
    }
    switch (e->ev.rec.type) {
    case EVENT_ORDER_ACCEPTED:
        order_take(o, e);
        note_order(p, a, NOTE_RECEIVED, o, e->ev.time_ns);
        break;
    case EVENT_ORDER_REPLACED:
    case EVENT_ORDER_REDUCED:
        apply_replaced(p, a, o, e);
        break;
    case EVENT_ORDER_RELEASED:
    case EVENT_ORDER_TRIGGERED:
        order_take(o, e);
        note_order(p, a, NOTE_ACTIVATE, o, e->ev.time_ns);
        break;
    case EVENT_ORDER_CANCELED:
        order_take(o, e);
        order_done(p, a, o, e->ev.time_ns);
        note_order(p, a, NOTE_DONE, o, e->ev.time_ns);
        break;
    default: /* ORDER_STATUS: an answer, nothing happened */
        order_take(o, e);
        if (o->status == ORD_STATUS_FILLED || o->status == ORD_STATUS_CANCELED ||
            o->status == ORD_STATUS_EXPIRED) {
            order_done(p, a, o, e->ev.time_ns);
        }
        break;
    }
    if (e->hold_asset_id != ID_NONE && e->ev.rec.type != EVENT_ORDER_STATUS) {
        set_balance(p, a, e->hold_asset_id, &e->hold_after, e->ev.time_ns);
    }
}

static void
apply_reject(struct party *p, const struct event_reject *e)
{
    struct party_account *a = party_account(p, e->account_id);
    if (a == NULL) {
        p->events_of_others++;
        return;
    }
    bool cancel = e->ev.rec.type == EVENT_CANCEL_REJECTED;
    uint32_t instrument_id = e->instrument_id;
    if (instrument_id == ID_NONE || catalog_product(p->catalog, instrument_id) == NULL) {
        const struct party_order *o = party_order(p, e->order_id);
        if (o == NULL) {
            return; /* of no product: the one who asked gets the answer, no channel does */
        }
        instrument_id = o->instrument_id;
    }
    struct party_note *n = note(p, a, cancel ? NOTE_CANCEL_REJECTED : NOTE_REJECTED, e->ev.time_ns);
    n->ev = &e->ev;
    n->instrument_id = instrument_id;
    n->sequence = user_sequence_next(p, a, instrument_id);
}

/* A message of the account's whose figures are in the event. */
static void
apply_told(struct party *p, enum party_note_kind kind, uint32_t account_id, uint32_t instrument_id,
           const struct event *ev)
{
    struct party_account *a = party_account(p, account_id);
    if (a == NULL) {
        p->events_of_others++;
        return;
    }
    struct party_note *n = note(p, a, kind, ev->time_ns);
    n->ev = ev;
    n->instrument_id = instrument_id;
    n->sequence = user_sequence_next(p, a, instrument_id);
}

static void
apply_negotiated(struct party *p, const struct event *ev)
{
    const struct event_request *r = (const struct event_request *)ev;
    const struct event_request_quote *q = (const struct event_request_quote *)ev;
    const struct event_deal *d = (const struct event_deal *)ev;
    if (ev->rec.type == EVENT_REQUEST) {
        apply_told(p, NOTE_RFQ, r->account_id, r->instrument_id, ev); /* 0 = all: a feed's */
    } else if (ev->rec.type == EVENT_REQUEST_QUOTE) {
        apply_told(p, NOTE_RFQ_QUOTE, q->account_id, q->instrument_id, ev);
    } else {
        apply_told(p, NOTE_DEAL, d->account_id, d->instrument_id, ev);
        apply_told(p, NOTE_DEAL, d->to_account_id, d->instrument_id, ev);
    }
}

/* --- fills --- */

static void
fill_side(struct party *p, const struct event_fill *f, uint8_t side, uint64_t trade_id)
{
    const struct fill_side *s = side == SIDE_BUY ? &f->buy : &f->sell;
    struct party_account *a = party_account(p, s->account_id);
    struct party_order *o = party_order(p, s->order_id);
    if (a == NULL) {
        p->events_of_others++;
        return;
    }
    bool maker = f->aggressor != side;
    struct party_fill *k = &a->fills[a->fill_cnt++ & (PARTY_FILL_MAX - 1)];
    *k = (struct party_fill){
        .trade_id = trade_id,
        .order_id = s->order_id,
        .seq = f->ev.rec.seq,
        .instrument_id = f->instrument_id,
        .side = side,
        .maker = maker,
        .price_units = f->price_units,
        .qty_lots = f->qty_lots,
        .notional_units = f->notional_units,
        .fee_units = s->fee_units,
        .time_ns = f->ev.time_ns,
        .maker_order_id = f->aggressor == SIDE_BUY ? f->sell.order_id : f->buy.order_id,
        .taker_order_id = f->aggressor == SIDE_BUY ? f->buy.order_id : f->sell.order_id,
    };
    if (o != NULL) {
        o->cum_lots = s->cum_lots;
        o->leaves_lots = s->leaves_lots;
        o->cum_cost = s->cum_cost;
        o->executed_units += f->notional_units;
        o->fee_units += s->fee_units;
        o->status = s->status;
        o->updated_ns = f->ev.time_ns;
        o->seq = f->ev.rec.seq;
        note_order(p, a, NOTE_MATCH, o, f->ev.time_ns)->fill = k;
        if (s->status == ORD_STATUS_FILLED) {
            order_done(p, a, o, f->ev.time_ns);
            note_order(p, a, NOTE_DONE, o, f->ev.time_ns);
        }
    }
    set_balance(p, a, f->currency_id, &s->cash_after, f->ev.time_ns);
    set_balance(p, a, f->asset_id, &s->asset_after, f->ev.time_ns);
}

/* A fill waits for its trade, which comes behind it and has the number of the public print. */
static void
release_fill(struct party *p, const struct event *ev)
{
    const struct event_trade *t = (const struct event_trade *)ev;
    const struct event_fill *f = &p->held_fill;
    bool mine = ev->rec.type == EVENT_TRADE && ev->cmd_seq == f->ev.cmd_seq &&
                t->price_units == f->price_units && t->qty_lots == f->qty_lots;
    uint64_t trade_id = mine ? t->trade_id : f->ev.rec.seq * 2;
    p->holds_fill = false;
    fill_side(p, f, SIDE_BUY, trade_id);
    fill_side(p, f, SIDE_SELL, trade_id);
}

/* --- money --- */

static void
balance_of(struct party *p, uint32_t account_id, uint32_t asset_id,
           const struct balance_after *after, int64_t time_ns)
{
    struct party_account *a = party_account(p, account_id);
    if (a != NULL) {
        set_balance(p, a, asset_id, after, time_ns);
    }
}

static void
apply_book_add(struct party *p, const struct event_book *e)
{
    struct party_order *o = party_order(p, e->order_id);
    if (o != NULL) {
        note_order(p, party_account(p, o->account_id), NOTE_OPEN, o, e->ev.time_ns);
    }
}

void
party_apply(struct party *p, const struct event *ev)
{
    p->note_cnt = 0;
    if (p->holds_fill) {
        release_fill(p, ev);
    }
    switch (ev->rec.type) {
    case EVENT_ORDER_ACCEPTED:
    case EVENT_ORDER_CANCELED:
    case EVENT_ORDER_REPLACED:
    case EVENT_ORDER_STATUS:
    case EVENT_ORDER_RELEASED:
    case EVENT_ORDER_TRIGGERED:
    case EVENT_ORDER_REDUCED:
        apply_order(p, (const struct event_order *)ev);
        break;
    case EVENT_ORDER_REJECTED:
    case EVENT_CANCEL_REJECTED:
        apply_reject(p, (const struct event_reject *)ev);
        break;
    case EVENT_FILL:
        p->held_fill = *(const struct event_fill *)ev;
        p->holds_fill = true;
        break;
    case EVENT_QUOTE_STOP: {
        const struct event_quote_stop *e = (const struct event_quote_stop *)ev;
        apply_told(p, NOTE_QUOTE_STOP, e->account_id, e->instrument_id, ev);
        break;
    }
    case EVENT_REQUEST:
    case EVENT_REQUEST_QUOTE:
    case EVENT_DEAL:
        apply_negotiated(p, ev);
        break;
    case EVENT_BOOK_ADD:
        apply_book_add(p, (const struct event_book *)ev);
        break;
    case EVENT_POSTING: {
        const struct event_posting *e = (const struct event_posting *)ev;
        balance_of(p, e->debit_account_id, e->asset_id, &e->debit_after, ev->time_ns);
        balance_of(p, e->credit_account_id, e->asset_id, &e->credit_after, ev->time_ns);
        break;
    }
    case EVENT_CORPORATE_REPORT: {
        const struct event_corporate_report *e = (const struct event_corporate_report *)ev;
        balance_of(p, e->payer_account_id, e->currency_id, &e->payer_after, ev->time_ns);
        break;
    }
    case EVENT_WITHDRAWAL: {
        const struct event_withdrawal *e = (const struct event_withdrawal *)ev;
        balance_of(p, e->account_id, e->asset_id, &e->after, ev->time_ns);
        break;
    }
    default:
        break;
    }
}
