#include "gateway/api/dialect.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/model/reason.h"
#include "engine/model/schema.h"

const char *
dialect_side(uint8_t side)
{
    return side == SIDE_BUY ? "buy" : "sell";
}

const char *
dialect_ord_type(uint8_t ord_type)
{
    switch (ord_type) {
    case ORD_MARKET:
    case ORD_STOP:
    case ORD_TRAILING_STOP:
        return "market";
    default:
        return "limit";
    }
}

const char *
dialect_time_in_force(uint8_t time_in_force)
{
    switch (time_in_force) {
    case TIF_DAY:
        return "DAY";
    case TIF_IOC:
        return "IOC";
    case TIF_FOK:
        return "FOK";
    case TIF_GTD:
        return "GTT";
    case TIF_OPG:
        return "OPG";
    case TIF_CLS:
        return "CLS";
    default:
        return "GTC";
    }
}

/* source: exception texts that ccxt's coinbaseexchange looks for */
const char *
dialect_reason(uint32_t reason)
{
    switch (reason) {
    case REASON_INSUFFICIENT_FUNDS:
        return "Insufficient funds";
    case REASON_UNKNOWN_ORDER:
        return "order not found";
    case REASON_TOO_LATE:
        return "Order already done";
    case REASON_PRICE_OFF_TICK:
        return "price too precise: not a multiple of quote_increment";
    case REASON_QTY_OFF_LOT:
        return "size too precise or size is too small: expected a multiple of base_increment, at "
               "least base_min_size";
    case REASON_UNKNOWN_INSTRUMENT:
        return "Product not found";
    case REASON_CANCEL_ONLY:
        return "Cancel only mode";
    default:
        return reason_text(reason);
    }
}

void
dialect_put_refusal(struct json_emit *o, const struct catalog *c, uint32_t reason,
                    uint32_t instrument_id, const struct refusal *why)
{
    const struct product *p = catalog_product(c, instrument_id);
    char figures[REFUSAL_TEXT_MAX], text[2 * REFUSAL_TEXT_MAX];
    if (p == NULL || refusal_text(why, p->price_scale, p->currency_scale, figures) == 0) {
        json_emit_text(o, "message", dialect_reason(reason));
        return;
    }
    (void)snprintf(text, sizeof(text), "%s: %s", dialect_reason(reason), figures);
    json_emit_text(o, "message", text);
}

void
dialect_put_account_id(struct json_emit *o, uint32_t account_id, const struct asset *asset)
{
    char text[16 + SYMBOL_MAX];
    (void)snprintf(text, sizeof(text), "%u-%s", account_id, asset != NULL ? asset->symbol : "");
    json_emit_string(o, text);
}

static void
put_id(struct json_emit *o, const char *key, uint64_t id)
{
    json_emit_key(o, key);
    json_emit_u64_string(o, id);
}

static void
put_client_id(struct json_emit *o, const char *key, const struct client_id *id)
{
    if (id->length > 0 && id->length <= CLIENT_ID_MAX) {
        json_emit_key(o, key);
        json_emit_string_bytes(o, id->text, id->length);
    }
}

static void
put_price(struct json_emit *o, const char *key, const struct product *p, int64_t units)
{
    json_emit_key(o, key);
    json_emit_decimal_short(o, units, p->price_scale);
}

static void
put_size(struct json_emit *o, const char *key, const struct product *p, int64_t lots)
{
    json_emit_key(o, key);
    json_emit_decimal_short(o, product_units(p, lots), p->asset_scale);
}

static void
put_money(struct json_emit *o, const char *key, const struct product *p, int64_t units)
{
    json_emit_key(o, key);
    json_emit_decimal_short(o, units, p->currency_scale);
}

static void
put_text(struct json_emit *o, const char *key, const char *text)
{
    json_emit_text(o, key, text);
}

static void
put_time(struct json_emit *o, const char *key, int64_t utc_ns)
{
    json_emit_key(o, key);
    json_emit_time(o, utc_ns);
}

static const char *
order_status(const struct party_order *order)
{
    if (order->done_ns != 0) {
        return "done";
    }
    if (order->status == ORD_STATUS_PARKED) {
        return "pending";
    }
    bool waits = order->ord_type == ORD_STOP || order->ord_type == ORD_STOP_LIMIT ||
                 order->ord_type == ORD_TRAILING_STOP || order->ord_type == ORD_TRAILING_STOP_LIMIT;
    return waits ? "active" : "open";
}

static const char *
done_reason(const struct party_order *order)
{
    return order->status == ORD_STATUS_FILLED ? "filled" : "canceled";
}

static bool
has_price(const struct party_order *order)
{
    return order->ord_type != ORD_MARKET && order->ord_type != ORD_STOP &&
           order->ord_type != ORD_TRAILING_STOP &&
           (order->ord_type != ORD_PEGGED || order->price_units != 0);
}

static void
put_order_end(struct json_emit *o, const struct party_order *order)
{
    if (order->done_ns == 0) {
        return;
    }
    put_time(o, "done_at", order->done_ns);
    put_text(o, "done_reason", done_reason(order));
    if (order->status != ORD_STATUS_FILLED) {
        put_text(o, "cancel_reason", reason_name(order->reason));
        put_text(o, "cancel_text", reason_text(order->reason));
    }
}

/* What is shown of it, and what price it follows. */
static void
put_manner(struct json_emit *o, const struct product *p, const struct party_order *order)
{
    bool trails =
        order->ord_type == ORD_TRAILING_STOP || order->ord_type == ORD_TRAILING_STOP_LIMIT;
    bool primary = (order->exec_inst & EXEC_PEG_PRIMARY) != 0;
    if (order->display_lots != 0) {
        put_size(o, "display_size", p, order->display_lots);
    }
    if (trails || order->ord_type == ORD_PEGGED) {
        put_text(o, "peg", trails ? "trailing_stop" : primary ? "primary" : "midpoint");
        put_price(o, "peg_offset", p, order->peg_offset_units);
    }
}

void
dialect_order(struct json_emit *o, const struct catalog *c, const struct party_order *order)
{
    const struct product *p = catalog_product(c, order->instrument_id);
    if (p == NULL) {
        return;
    }
    json_emit_begin_object(o);
    put_id(o, "id", order->order_id);
    put_client_id(o, "client_oid", &order->id);
    put_text(o, "product_id", p->symbol);
    put_id(o, "profile_id", order->account_id);
    put_text(o, "side", dialect_side(order->side));
    put_text(o, "type", dialect_ord_type(order->ord_type));
    if (has_price(order)) {
        put_price(o, "price", p, order->price_units);
    }
    put_size(o, "size", p, order->qty_lots);
    if (order->stop_units != 0) {
        put_price(o, "stop_price", p, order->stop_units);
    }
    put_manner(o, p, order);
    put_text(o, "time_in_force", dialect_time_in_force(order->time_in_force));
    if (order->expire_ns != 0) {
        put_time(o, "expire_time", order->expire_ns);
    }
    json_emit_key(o, "post_only");
    json_emit_bool(o, (order->exec_inst & EXEC_POST_ONLY) != 0);
    if ((order->exec_inst & EXEC_QUOTE) != 0) {
        json_emit_key(o, "quote");
        json_emit_bool(o, true);
    }
    if ((order->exec_inst & EXEC_OFFERING) != 0) {
        json_emit_key(o, "offering");
        json_emit_bool(o, true);
    }
    if ((order->exec_inst & EXEC_ALL_OR_NONE) != 0) {
        json_emit_key(o, "all_or_none");
        json_emit_bool(o, true);
    }
    put_time(o, "created_at", order->created_ns);
    put_money(o, "fill_fees", p, order->fee_units);
    put_size(o, "filled_size", p, order->cum_lots);
    put_size(o, "remaining_size", p, order->leaves_lots);
    put_money(o, "executed_value", p, order->executed_units);
    put_text(o, "status", order_status(order));
    put_order_end(o, order);
    json_emit_key(o, "settled");
    json_emit_bool(o, order->done_ns != 0 && order->cum_lots > 0);
    json_emit_close_object(o);
}

static void
put_quote_side(struct json_emit *o, const char *key, uint8_t status, uint16_t reason, uint64_t id)
{
    static const char *const words[] = {[QUOTE_NONE] = "none",
                                        [QUOTE_ACCEPTED] = "accepted",
                                        [QUOTE_PULLED] = "pulled",
                                        [QUOTE_REFUSED] = "rejected",
                                        [QUOTE_REMOVED] = "removed"};
    json_emit_key(o, key);
    json_emit_begin_object(o);
    put_text(o, "status", words[status]);
    if (id != 0) {
        put_id(o, "order_id", id);
    }
    if (reason != 0) {
        put_text(o, "message", dialect_reason(reason));
        put_text(o, "reason", reason_name(reason));
        json_emit_key(o, "code");
        json_emit_u64(o, reason);
    }
    json_emit_close_object(o);
}

void
dialect_quotes(struct json_emit *o, const struct catalog *c, const struct event_mass_quote *e)
{
    json_emit_begin_array(o);
    for (uint32_t i = 0; i < e->entry_cnt; i++) {
        const struct quote_answer *a = &e->entries[i];
        const struct product *p = catalog_product(c, a->instrument_id);
        json_emit_begin_object(o);
        put_text(o, "product_id", p != NULL ? p->symbol : "");
        json_emit_key(o, "id");
        json_emit_string_bytes(o, a->entry_id, strnlen(a->entry_id, sizeof(a->entry_id)));
        put_quote_side(o, "bid", a->bid_status, a->bid_reason, a->bid_order_id);
        put_quote_side(o, "ask", a->ask_status, a->ask_reason, a->ask_order_id);
        json_emit_close_object(o);
    }
    json_emit_close_array(o);
}

void
dialect_quote_limits(struct json_emit *o, const struct catalog *c,
                     const struct event_quote_limits *e)
{
    const struct product *p = catalog_product(c, e->instrument_id);
    json_emit_begin_object(o);
    if (p != NULL) {
        put_text(o, "product_id", p->symbol);
        json_emit_key(o, "fills");
        json_emit_u64(o, e->fill_max);
        json_emit_key(o, "window_ms");
        json_emit_i64(o, e->window_ns / CLOCK_NS_PER_MS);
        put_size(o, "size", p, e->lots_max);
        put_money(o, "value", p, e->value_max_units);
        put_size(o, "net", p, e->net_lots_max);
    }
    json_emit_close_object(o);
}

/* --- what is negotiated --- */

static void
put_side(struct json_emit *o, uint8_t side)
{
    if (side != 0) {
        put_text(o, "side", dialect_side(side));
    }
}

static void
put_end(struct json_emit *o, int64_t expire_ns, uint16_t reason)
{
    if (expire_ns != 0) {
        put_time(o, "expire_time", expire_ns);
    }
    if (reason != 0) {
        put_text(o, "reason", reason_name(reason));
        put_text(o, "message", dialect_reason(reason));
    }
}

static void
put_counterparty(struct json_emit *o, uint32_t account_id)
{
    if (account_id != 0) {
        put_id(o, "counterparty", account_id);
    }
}

static void
put_rfq(struct json_emit *o, const struct product *p, const struct event_request *e)
{
    bool mine = e->id.length > 0;
    put_id(o, "rfq_id", e->request_id);
    put_client_id(o, "client_oid", &e->id);
    put_text(o, "state", schema_enum_text(&SCHEMA_REQUEST_STATE, e->state));
    put_side(o, e->side);
    put_size(o, "size", p, e->qty_lots);
    put_size(o, "remaining_size", p, e->leaves_lots);
    json_emit_key(o, "disclosed");
    json_emit_bool(o, e->disclosed != 0);
    put_counterparty(o, mine ? 0 : e->requester_id);
    put_end(o, e->expire_ns, e->reason);
}

void
dialect_rfq(struct json_emit *o, const struct catalog *c, const struct event_request *e)
{
    const struct product *p = catalog_product(c, e->instrument_id);
    json_emit_begin_object(o);
    if (p != NULL) {
        put_text(o, "product_id", p->symbol);
        put_rfq(o, p, e);
    }
    json_emit_close_object(o);
}

void
dialect_ws_rfq(struct json_emit *o, const struct product *p, const struct event_request *e)
{
    json_emit_begin_object(o);
    put_text(o, "type", "rfq");
    put_text(o, "product_id", p->symbol);
    put_time(o, "time", e->ev.time_ns);
    put_rfq(o, p, e);
    json_emit_close_object(o);
}

static void
put_rfq_quote(struct json_emit *o, const struct product *p, const struct event_request_quote *e)
{
    put_id(o, "rfq_id", e->request_id);
    put_id(o, "quote_id", e->quote_id);
    json_emit_key(o, "mine");
    json_emit_bool(o, e->mine != 0);
    put_client_id(o, e->mine ? "client_oid" : "rfq_client_oid", &e->id);
    put_text(o, "state", schema_enum_text(&SCHEMA_REQUEST_STATE, e->state));
    put_side(o, e->side);
    put_price(o, "price", p, e->price_units);
    put_size(o, "remaining_size", p, e->leaves_lots);
    put_size(o, "traded_size", p, e->traded_lots);
    put_counterparty(o, e->other_id);
    put_end(o, e->expire_ns, e->reason);
}

/* Of the side that is told; why it ended is for who proposed. */
static void
put_deal(struct json_emit *o, const struct product *p, const struct event_deal *e,
         uint32_t account_id)
{
    bool mine = account_id == e->account_id;
    put_id(o, "deal_id", e->deal_id);
    json_emit_key(o, "mine");
    json_emit_bool(o, mine);
    if (mine) {
        put_client_id(o, "client_oid", &e->id);
    }
    put_text(o, "state", schema_enum_text(&SCHEMA_DEAL_STATE, e->state));
    put_text(o, "kind", schema_enum_text(&SCHEMA_DEAL_KIND, e->kind));
    put_side(o, mine ? e->side : (uint8_t)(SIDE_BUY + SIDE_SELL - e->side));
    put_price(o, "price", p, e->price_units);
    put_size(o, "size", p, e->qty_lots);
    put_counterparty(o, mine ? e->to_account_id : e->account_id);
    put_end(o, e->expire_ns, mine ? e->reason : 0);
}

void
dialect_fill(struct json_emit *o, const struct catalog *c, const struct party_account *a,
             const struct party_fill *f)
{
    const struct product *p = catalog_product(c, f->instrument_id);
    if (p == NULL) {
        return;
    }
    json_emit_begin_object(o);
    json_emit_key(o, "trade_id");
    json_emit_u64(o, f->trade_id);
    put_text(o, "product_id", p->symbol);
    put_id(o, "order_id", f->order_id);
    put_id(o, "user_id", a->account_id);
    put_id(o, "profile_id", a->account_id);
    put_text(o, "liquidity", f->maker ? "M" : "T");
    put_price(o, "price", p, f->price_units);
    put_size(o, "size", p, f->qty_lots);
    put_money(o, "value", p, f->notional_units);
    put_money(o, "fee", p, f->fee_units);
    put_text(o, "side", dialect_side(f->side));
    json_emit_key(o, "settled");
    json_emit_bool(o, true);
    put_time(o, "created_at", f->time_ns);
    json_emit_close_object(o);
}

void
dialect_account(struct json_emit *o, const struct party_account *a, const struct asset *asset)
{
    const struct party_balance *b = party_balance(a, asset->asset_id);
    int64_t settled = b != NULL ? b->settled_units : 0;
    int64_t held = b != NULL ? b->held_units : 0;
    json_emit_begin_object(o);
    json_emit_key(o, "id");
    dialect_put_account_id(o, a->account_id, asset);
    put_text(o, "currency", asset->symbol);
    json_emit_key(o, "balance");
    json_emit_decimal_short(o, settled, asset->scale);
    json_emit_key(o, "hold");
    json_emit_decimal_short(o, held, asset->scale);
    json_emit_key(o, "available");
    json_emit_decimal_short(o, settled - held, asset->scale);
    put_id(o, "profile_id", a->account_id);
    json_emit_key(o, "trading_enabled");
    json_emit_bool(o, true);
    json_emit_close_object(o);
}

/* --- the user channel --- */

static void
note_head(struct json_emit *o, const char *type, const struct party_note *n,
          const struct product *p)
{
    json_emit_begin_object(o);
    put_text(o, "type", type);
    if (p != NULL) {
        put_text(o, "product_id", p->symbol);
    }
    json_emit_key(o, "sequence");
    json_emit_u64(o, n->sequence);
    put_time(o, "time", n->time_ns);
    put_id(o, "profile_id", n->account->account_id);
    put_id(o, "user_id", n->account->account_id);
}

static void
note_received(struct json_emit *o, const struct party_order *order, const struct product *p)
{
    put_id(o, "order_id", order->order_id);
    put_client_id(o, "client_oid", &order->id);
    put_text(o, "side", dialect_side(order->side));
    put_text(o, "order_type", dialect_ord_type(order->ord_type));
    put_size(o, "size", p, order->qty_lots);
    if (has_price(order)) {
        put_price(o, "price", p, order->price_units);
    }
    if (order->stop_units != 0) {
        put_price(o, "stop_price", p, order->stop_units);
    }
    put_text(o, "time_in_force", dialect_time_in_force(order->time_in_force));
    if (order->status == ORD_STATUS_PARKED) {
        put_text(o, "status", "pending");
    }
}

static void
note_match(struct json_emit *o, const struct party_note *n, const struct product *p)
{
    const struct party_fill *f = n->fill;
    json_emit_key(o, "trade_id");
    json_emit_u64(o, f->trade_id);
    put_id(o, "maker_order_id", f->maker_order_id);
    put_id(o, "taker_order_id", f->taker_order_id);
    /* the dialect gives the maker's side, whoever is told */
    uint8_t maker_side = f->maker ? f->side : f->side == SIDE_BUY ? SIDE_SELL : SIDE_BUY;
    put_text(o, "side", dialect_side(maker_side));
    put_size(o, "size", p, f->qty_lots);
    put_price(o, "price", p, f->price_units);
    put_money(o, "fee", p, f->fee_units);
    put_money(o, "value", p, f->notional_units);
    put_client_id(o, "client_oid", &n->order->id);
    put_id(o, f->maker ? "maker_user_id" : "taker_user_id", n->account->account_id);
    put_id(o, f->maker ? "maker_profile_id" : "taker_profile_id", n->account->account_id);
    json_emit_key(o, f->maker ? "maker_fee_rate" : "taker_fee_rate");
    json_emit_decimal_short(o, f->maker ? p->maker_ppm : p->taker_ppm, 6);
}

static void
note_rest(struct json_emit *o, const struct party_note *n, const struct product *p)
{
    const struct party_order *order = n->order;
    put_id(o, "order_id", order->order_id);
    put_client_id(o, "client_oid", &order->id);
    put_text(o, "side", dialect_side(order->side));
    if (has_price(order)) {
        put_price(o, "price", p, order->price_units);
    }
    put_size(o, "remaining_size", p, order->leaves_lots);
    if (n->kind == NOTE_CHANGE) {
        put_size(o, "old_size", p, n->old_qty_lots);
        put_size(o, "new_size", p, order->qty_lots);
        put_price(o, "old_price", p, n->old_price_units);
        put_price(o, "new_price", p, order->price_units);
    } else if (n->kind == NOTE_DONE) {
        put_text(o, "reason", done_reason(order));
        if (order->status != ORD_STATUS_FILLED) {
            put_text(o, "cancel_reason", reason_name(order->reason));
        }
    }
}

static void
note_reject(struct json_emit *o, const struct catalog *c, const struct event_reject *e)
{
    if (e->order_id != 0) {
        put_id(o, "order_id", e->order_id);
    }
    put_client_id(o, "client_oid", &e->id);
    put_client_id(o, "original_client_oid", &e->orig);
    put_text(o, "reason", reason_name(e->reason));
    dialect_put_refusal(o, c, e->reason, e->instrument_id, &e->why);
}

static void
note_quote_stop(struct json_emit *o, const struct event_quote_stop *e, const struct product *p)
{
    put_text(o, "limit", schema_enum_text(&SCHEMA_PROTECTION_LIMIT, e->limit));
    json_emit_key(o, "fills");
    json_emit_u64(o, e->fill_cnt);
    put_size(o, "size", p, e->lots);
    put_money(o, "value", p, e->value_units);
    put_size(o, "net", p, e->net_lots);
    json_emit_key(o, "window_ms");
    json_emit_i64(o, e->window_ns / CLOCK_NS_PER_MS);
}

static void
note_balance(struct json_emit *o, const struct catalog *c, const struct party_note *n)
{
    const struct asset *asset = catalog_asset(c, n->balance.asset_id);
    uint8_t scale = asset != NULL ? asset->scale : 0;
    note_head(o, "balance", n, NULL);
    json_emit_key(o, "account_id");
    dialect_put_account_id(o, n->account->account_id, asset);
    put_text(o, "currency", asset != NULL ? asset->symbol : "");
    json_emit_key(o, "balance");
    json_emit_decimal_short(o, n->balance.settled_units, scale);
    json_emit_key(o, "holds");
    json_emit_decimal_short(o, n->balance.held_units, scale);
    json_emit_key(o, "available");
    json_emit_decimal_short(o, n->balance.settled_units - n->balance.held_units, scale);
    put_time(o, "updated", n->time_ns);
    json_emit_close_object(o);
}

void
dialect_note(struct json_emit *o, const struct catalog *c, const struct party_note *n)
{
    static const char *const types[] = {
        [NOTE_RECEIVED] = "received",
        [NOTE_OPEN] = "open",
        [NOTE_MATCH] = "match",
        [NOTE_DONE] = "done",
        [NOTE_CHANGE] = "change",
        [NOTE_ACTIVATE] = "activate",
        [NOTE_REJECTED] = "rejected",
        [NOTE_CANCEL_REJECTED] = "cancel_rejected",
        [NOTE_QUOTE_STOP] = "quote_stopped",
        [NOTE_RFQ] = "rfq",
        [NOTE_RFQ_QUOTE] = "rfq_quote",
        [NOTE_DEAL] = "deal",
    };
    if (n->kind == NOTE_BALANCE) {
        note_balance(o, c, n);
        return;
    }
    const struct product *p = catalog_product(c, n->instrument_id);
    note_head(o, types[n->kind], n, p);
    switch (n->kind) {
    case NOTE_QUOTE_STOP:
        note_quote_stop(o, (const struct event_quote_stop *)n->ev, p);
        break;
    case NOTE_RFQ:
        put_rfq(o, p, (const struct event_request *)n->ev);
        break;
    case NOTE_RFQ_QUOTE:
        put_rfq_quote(o, p, (const struct event_request_quote *)n->ev);
        break;
    case NOTE_DEAL:
        put_deal(o, p, (const struct event_deal *)n->ev, n->account->account_id);
        break;
    case NOTE_REJECTED:
    case NOTE_CANCEL_REJECTED:
        note_reject(o, c, (const struct event_reject *)n->ev);
        break;
    case NOTE_RECEIVED:
        note_received(o, n->order, p);
        break;
    case NOTE_MATCH:
        note_match(o, n, p);
        break;
    default:
        note_rest(o, n, p);
        break;
    }
    json_emit_close_object(o);
}
