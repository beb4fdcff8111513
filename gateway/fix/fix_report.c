#include "gateway/fix/fix_report.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "engine/model/command.h"
#include "gateway/fix/fix_list.h"
#include "engine/model/decimal.h"
#include "gateway/fix/fix_deal.h"
#include "gateway/fix/fix_rfq.h"

/* Refused, or known already: no report of how many follows. */
static bool
ends_mass_cancel(const struct event_reject *e)
{
    return e->order_id != e->ev.cmd_seq;
}

/* Of a command that has no order: what answers it, or NULL. */
static const char *
result_type(const struct event_reject *e)
{
    switch (e->command_type) {
    case COMMAND_MASS_QUOTE:
        return "b";
    case COMMAND_MASS_CANCEL:
        return ends_mass_cancel(e) ? "r" : NULL;
    case COMMAND_QUOTE_CANCEL:
        return ends_mass_cancel(e) ? "AI" : NULL;
    case COMMAND_REQUEST_HIT:
        return "8"; /* refused */
    case COMMAND_DEAL:
    case COMMAND_DEAL_PROPOSE:
    case COMMAND_DEAL_ANSWER:
        return fix_deal_type(&e->ev, false);
    default:
        return fix_rfq_type(&e->ev);
    }
}

static const char *
cancel_report_type(const struct event_cancel_report *e)
{
    return e->command_type == COMMAND_MASS_CANCEL    ? "r"
           : e->command_type == COMMAND_QUOTE_CANCEL ? "AI"
                                                     : NULL;
}

/* Of a side of a quote its acknowledgement tells what the session's own message has done; one of
 * another session has no client_seq here, and a cancel that names the order says so in orig. */
static const char *
order_type(const struct event_order *e)
{
    bool pulled = e->ev.rec.type == EVENT_ORDER_CANCELED && e->reason == REASON_BY_CLIENT &&
                  e->client_seq != 0 && e->orig.length == 0;
    bool told = e->ev.rec.type == EVENT_ORDER_ACCEPTED || e->ev.rec.type == EVENT_ORDER_REPLACED;
    return (told || pulled) && (e->exec_inst & EXEC_QUOTE) != 0 ? NULL : "8";
}

const char *
fix_report_type(const struct event *ev, bool other)
{
    switch (ev->rec.type) {
    case EVENT_ORDER_ACCEPTED:
    case EVENT_ORDER_CANCELED:
    case EVENT_ORDER_REPLACED:
    case EVENT_ORDER_STATUS:
    case EVENT_ORDER_RELEASED:
    case EVENT_ORDER_TRIGGERED:
    case EVENT_ORDER_REDUCED:
        return order_type((const struct event_order *)(const void *)ev);
    case EVENT_ORDER_REJECTED:
    case EVENT_FILL:
        return "8";
    case EVENT_CANCEL_REJECTED:
        return "9";
    case EVENT_MASS_QUOTE:
        return "b";
    case EVENT_ORDER_LIST:
        return "N";
    case EVENT_COMMAND_RESULT:
        return result_type((const struct event_reject *)(const void *)ev);
    case EVENT_CANCEL_REPORT:
        return cancel_report_type((const struct event_cancel_report *)(const void *)ev);
    case EVENT_REQUEST:
    case EVENT_REQUEST_QUOTE:
        return fix_rfq_type(ev);
    case EVENT_DEAL:
        return fix_deal_type(ev, other);
    default:
        return NULL;
    }
}

/* --- values --- */

static char
ord_type_char(uint32_t ord_type)
{
    switch (ord_type) {
    case ORD_MARKET_TO_LIMIT:
        return 'K';
    case ORD_PEGGED:
    case ORD_TRAILING_STOP:
    case ORD_TRAILING_STOP_LIMIT:
        return 'P';
    default:
        return (char)('0' + ord_type);
    }
}

/* --- fields that several reports have --- */

static void
put_order_id(struct fix_writer *w, uint64_t order_id)
{
    FIX_PUT_TAG(w, "37=");
    if (order_id == 0)
        fix_put_bytes_value(w, "NONE", 4);
    else
        fix_put_u64_value(w, order_id);
}

static void
put_ids(struct fix_writer *w, const struct client_id *id, const struct client_id *orig)
{
    if (id->length > 0) {
        FIX_PUT_TAG(w, "11=");
        fix_put_client_id(w, id);
    }
    if (orig != NULL && orig->length > 0) {
        FIX_PUT_TAG(w, "41=");
        fix_put_client_id(w, orig);
    }
}

static void
put_exec(struct fix_writer *w, uint64_t exec_id, char exec_type, char status)
{
    FIX_PUT_U64(w, "17=", exec_id);
    FIX_PUT_CHAR(w, "150=", exec_type);
    FIX_PUT_CHAR(w, "39=", status);
}

struct terms { /* what was ordered */
    uint8_t side, ord_type, time_in_force;
    int64_t price_units, qty_lots, stop_units, expire_ns;
};

static void
put_terms(struct fix_writer *w, const struct terms *t, const struct fix_instrument *i,
          const struct fix_report_context *x)
{
    if (t->side != 0)
        FIX_PUT_CHAR(w, "54=", (char)('0' + t->side));
    if (t->qty_lots != 0) {
        FIX_PUT_TAG(w, "38=");
        fix_put_qty(w, t->qty_lots, i);
    }
    if (t->ord_type != 0)
        FIX_PUT_CHAR(w, "40=", ord_type_char(t->ord_type));
    if (t->price_units != 0) {
        FIX_PUT_TAG(w, "44=");
        fix_put_price(w, t->price_units, i);
    }
    if (t->time_in_force != 0)
        FIX_PUT_CHAR(w, "59=", (char)('0' + t->time_in_force - 1));
    if (t->stop_units != 0) {
        FIX_PUT_TAG(w, "99=");
        fix_put_price(w, t->stop_units, i);
    }
    if (t->expire_ns != 0)
        FIX_PUT_TIME(w, "126=", x->clock, t->expire_ns, fix_put_digits(x));
}

static void
put_progress(struct fix_writer *w, int64_t leaves_lots, int64_t cum_lots, int64_t cum_cost,
             const struct fix_instrument *i)
{
    FIX_PUT_TAG(w, "151=");
    fix_put_qty(w, leaves_lots, i);
    FIX_PUT_TAG(w, "14=");
    fix_put_qty(w, cum_lots, i);
    FIX_PUT_TAG(w, "6=");
    fix_put_average(w, cum_cost, cum_lots, i);
}

/* The field of the order that the core refused, by its name here; NULL = it named none. */
static const char *
refused_field(const struct event_reject *e)
{
    if (e->command_type == COMMAND_REQUEST_HIT)
        return fix_rfq_field(e);
    if (e->reason != REASON_BAD_FIELD ||
        (e->command_type != COMMAND_ORDER_NEW && e->command_type != COMMAND_ORDER_LINKED))
        return NULL;
    switch (e->detail) {
    case offsetof(struct command_order_new, exec_inst):
        return "ExecInst (18)";
    case offsetof(struct command_order_new, peg_offset_units):
        return "PegOffsetValue (211)";
    case offsetof(struct command_order_new, stop_units):
        return "StopPx (99)";
    case offsetof(struct command_order_new, display_lots):
        return "MaxFloor (111) or DisplayQty (1138)";
    case offsetof(struct command_order_new, display_range):
        return "DisplayMethod (1084)";
    case offsetof(struct command_order_new, min_qty_lots):
        return "MinQty (110)";
    case offsetof(struct command_order_new, expire_ns):
        return "ExpireTime (126)";
    default:
        return NULL;
    }
}

/* Why, with the field or the figures that it was about. */
static void
put_refused(struct fix_writer *w, const struct event_reject *e, const struct fix_instrument *i)
{
    char figures[REFUSAL_TEXT_MAX];
    bool some = i != NULL && refusal_text(&e->why, i->price_scale, i->currency_scale, figures) > 0;
    fix_put_refused(w, e->reason, some ? figures : refused_field(e));
}

/* --- 8 from events --- */

static char
order_exec_type(const struct event_order *e)
{
    switch (e->ev.rec.type) {
    case EVENT_ORDER_ACCEPTED:
        return e->status == ORD_STATUS_PARKED ? '9' : '0';
    case EVENT_ORDER_CANCELED:
        return e->status == ORD_STATUS_EXPIRED ? 'C' : '4';
    case EVENT_ORDER_REPLACED:
        return '5';
    case EVENT_ORDER_RELEASED:
    case EVENT_ORDER_TRIGGERED: /* FIX 5.0 has 'L' for this, 4.4 has not */
    case EVENT_ORDER_REDUCED:
        return 'D'; /* restated */
    default:
        return 'I'; /* order status */
    }
}

/* What is shown of it; that it is all or none; what 40=P follows, and by how much. */
static void
put_manner(struct fix_writer *w, const struct event_order *e, const struct fix_instrument *i)
{
    if (e->display_lots != 0) {
        FIX_PUT_TAG(w, "111=");
        fix_put_qty(w, e->display_lots, i);
    }
    if ((e->exec_inst & EXEC_ALL_OR_NONE) != 0)
        FIX_PUT_CHAR(w, "18=", 'G');
    if (ord_type_char(e->ord_type) != 'P')
        return;
    bool primary = (e->exec_inst & EXEC_PEG_PRIMARY) != 0;
    FIX_PUT_CHAR(w, "18=", e->ord_type != ORD_PEGGED ? 'a' : primary ? 'R' : 'M');
    if (e->peg_offset_units != 0) {
        FIX_PUT_TAG(w, "211=");
        fix_put_price(w, e->peg_offset_units, i);
    }
}

static void
report_order(struct fix_writer *w, const struct event_order *e, const struct fix_report_context *x)
{
    const struct fix_instrument *i = fix_instrument_by_id(x->instruments, e->instrument_id);
    char type = order_exec_type(e);
    put_order_id(w, e->order_id);
    put_ids(w, &e->id, &e->orig);
    put_exec(w, e->ev.rec.seq * 2 + (e->side == SIDE_SELL), type, fix_status_char(e->status));
    if (type == 'D') /* restatement: part of the quantity is declined, or the market's option */
        FIX_PUT_CHAR(w, "378=", e->ev.rec.type == EVENT_ORDER_REDUCED ? '5' : '8');
    fix_put_account(w, e->account_id, x);
    fix_put_symbol(w, i);
    put_terms(w,
              &(struct terms){.side = e->side == 0 ? SIDE_BUY : e->side,
                              .ord_type = e->ord_type,
                              .time_in_force = e->time_in_force,
                              .price_units = e->price_units,
                              .qty_lots = e->qty_lots,
                              .stop_units = e->stop_units,
                              .expire_ns = e->expire_ns},
              i, x);
    put_manner(w, e, i);
    put_progress(w, e->leaves_lots, e->cum_lots, e->cum_cost, i);
    fix_put_transact_time(w, e->ev.time_ns, x);
    if (e->reason != 0)
        fix_put_reason_text(w, e->reason);
}

static void
report_rejected(struct fix_writer *w, const struct event_reject *e,
                const struct fix_report_context *x)
{
    const struct fix_instrument *i = fix_instrument_by_id(x->instruments, e->instrument_id);
    put_order_id(w, e->ev.rec.type == EVENT_ORDER_REJECTED ? e->order_id : 0);
    put_ids(w, &e->id, NULL);
    put_exec(w, e->ev.rec.seq * 2 + (e->side == SIDE_SELL), '8', '8');
    FIX_PUT_U64(w, "103=", (uint64_t)reason_fix_ord_rej(e->reason));
    fix_put_account(w, e->account_id, x);
    fix_put_symbol(w, i);
    put_terms(w,
              &(struct terms){.side = e->side == 0 ? SIDE_BUY : e->side,
                              .ord_type = e->ord_type,
                              .time_in_force = e->time_in_force,
                              .price_units = e->price_units,
                              .qty_lots = e->qty_lots},
              i, x);
    put_progress(w, 0, 0, 0, i);
    fix_put_transact_time(w, e->ev.time_ns, x);
    put_refused(w, e, i);
}

static void
report_fill(struct fix_writer *w, const struct event_fill *e, bool sell,
            const struct fix_report_context *x)
{
    const struct fix_instrument *i = fix_instrument_by_id(x->instruments, e->instrument_id);
    const struct fill_side *s = sell ? &e->sell : &e->buy;
    uint8_t side = sell ? SIDE_SELL : SIDE_BUY;
    put_order_id(w, s->order_id);
    put_ids(w, &s->id, NULL);
    put_exec(w, e->ev.rec.seq * 2 + sell, 'F', fix_status_char(s->status));
    fix_put_account(w, s->account_id, x);
    fix_put_symbol(w, i);
    put_terms(w,
              &(struct terms){.side = side,
                              .ord_type = s->ord_type,
                              .time_in_force = s->time_in_force,
                              .price_units = s->price_units,
                              .qty_lots = s->qty_lots},
              i, x);
    FIX_PUT_TAG(w, "32=");
    fix_put_qty(w, e->qty_lots, i);
    FIX_PUT_TAG(w, "31=");
    fix_put_price(w, e->price_units, i);
    put_progress(w, s->leaves_lots, s->cum_lots, s->cum_cost, i);
    fix_put_transact_time(w, e->ev.time_ns, x);
    FIX_PUT_TAG(w, "12=");
    w->at += decimal_format_short(s->fee_units, i == NULL ? 0 : i->currency_scale, w->at);
    fix_put_end(w);
    FIX_PUT_CHAR(w, "13=", '3'); /* 12 is an amount */
    if (e->aggressor != 0)
        FIX_PUT_CHAR(w, "851=", e->aggressor == side ? '2' : '1'); /* removed, added */
}

/* --- 9 --- */

static void
report_cancel_rejected(struct fix_writer *w, const struct event_reject *e,
                       const struct fix_report_context *x)
{
    put_order_id(w, e->reason == REASON_UNKNOWN_ORDER ? 0 : e->order_id);
    put_ids(w, &e->id, NULL);
    FIX_PUT_TAG(w, "41="); /* required, though the order may have been named by its number */
    if (e->orig.length > 0)
        fix_put_client_id(w, &e->orig);
    else
        fix_put_bytes_value(w, "NONE", 4);
    FIX_PUT_CHAR(w, "39=", fix_status_char(e->status));
    fix_put_account(w, e->account_id, x);
    fix_put_transact_time(w, e->ev.time_ns, x);
    FIX_PUT_CHAR(w, "434=", e->command_type == COMMAND_ORDER_REPLACE ? '2' : '1');
    FIX_PUT_U64(w, "102=", (uint64_t)reason_fix_cxl_rej(e->reason));
    put_refused(w, e, fix_instrument_by_id(x->instruments, e->instrument_id));
}

/* --- r --- */

struct mass_cancel { /* of one of its two events */
    uint64_t number; /* of the command */
    const struct client_id *id;
    uint32_t account_id, instrument_id;
    uint16_t reason;
    uint8_t side;
};

static void
put_mass_cancel(struct fix_writer *w, const struct mass_cancel *m, int64_t time_ns,
                const struct fix_report_context *x)
{
    char type = m->instrument_id != 0 ? '1' : '7';
    put_order_id(w, m->number);
    put_ids(w, m->id, NULL);
    FIX_PUT_CHAR(w, "530=", type);
    FIX_PUT_CHAR(w, "531=", m->reason != 0 ? '0' : type);
    if (m->reason != 0)
        FIX_PUT_TEXT(w, "532=", m->reason == REASON_UNKNOWN_INSTRUMENT ? "1" : "99",
                     m->reason == REASON_UNKNOWN_INSTRUMENT ? 1 : 2);
    fix_put_account(w, m->account_id, x);
    if (m->instrument_id != 0)
        fix_put_symbol(w, fix_instrument_by_id(x->instruments, m->instrument_id));
    if (m->side != 0)
        FIX_PUT_CHAR(w, "54=", (char)('0' + m->side));
    fix_put_transact_time(w, time_ns, x);
    if (m->reason != 0)
        fix_put_reason_text(w, m->reason);
}

/* --- b, AI --- */

/* 300 and 368. source: FIX 4.4 volume 6 */
static unsigned
quote_reject_reason(uint16_t reason)
{
    switch (reason) {
    case REASON_UNKNOWN_INSTRUMENT:
        return 1;
    case REASON_HALTED:
    case REASON_CLOSED:
    case REASON_CANCEL_ONLY:
        return 2;
    case REASON_MAX_ORDER_QTY:
    case REASON_MAX_ORDER_VALUE:
    case REASON_MAX_OPEN_ORDERS:
    case REASON_TOO_LARGE:
        return 3;
    case REASON_QUOTE_RESENT:
        return 4;
    case REASON_QUOTE_CROSSED:
        return 7;
    case REASON_BAD_PRICE:
    case REASON_PRICE_OFF_TICK:
    case REASON_PRICE_COLLAR:
    case REASON_PRICE_BAND:
        return 8;
    case REASON_NOT_AUTHORIZED:
    case REASON_ACCOUNT_NOT_ACTIVE:
    case REASON_ACCOUNT_FROZEN:
    case REASON_JURISDICTION:
    case REASON_INVESTOR_CLASS:
        return 9;
    default:
        return 99;
    }
}

/* One side of an entry, or both (side 0) when they fared alike. */
static void
put_quote_entry(struct fix_writer *w, const struct quote_answer *a, uint8_t side,
                const struct fix_report_context *x)
{
    uint8_t status = side == SIDE_SELL ? a->ask_status : a->bid_status;
    uint16_t reason = side == SIDE_SELL ? a->ask_reason : a->bid_reason;
    FIX_PUT_TEXT(w, "299=", a->entry_id, strnlen(a->entry_id, sizeof(a->entry_id)));
    fix_put_symbol(w, fix_instrument_by_id(x->instruments, a->instrument_id));
    if (side != 0)
        FIX_PUT_CHAR(w, "54=", (char)('0' + side));
    FIX_PUT_CHAR(w, "1167=",
                 status == QUOTE_REFUSED                             ? '5'
                 : status == QUOTE_PULLED || status == QUOTE_REMOVED ? '6'
                                                                     : '0');
    if (reason != 0)
        FIX_PUT_U64(w, "368=", quote_reject_reason(reason));
}

static bool
fared_alike(const struct quote_answer *a)
{
    return a->bid_status == a->ask_status && a->bid_reason == a->ask_reason;
}

static void
report_quotes(struct fix_writer *w, const struct event_mass_quote *e,
              const struct fix_report_context *x)
{
    unsigned sets = 0;
    FIX_PUT_TAG(w, "117=");
    fix_put_client_id(w, &e->id);
    FIX_PUT_CHAR(w, "297=", '0');
    fix_put_account(w, e->account_id, x);
    for (int i = 0; i < e->entry_cnt; i++)
        sets += i == 0 || e->entries[i].set_id != e->entries[i - 1].set_id;
    FIX_PUT_U64(w, "296=", sets);
    for (int first = 0, end; first < e->entry_cnt; first = end) {
        unsigned lines = 0;
        for (end = first; end < e->entry_cnt && e->entries[end].set_id == e->entries[first].set_id;
             end++)
            lines += fared_alike(&e->entries[end]) ? 1 : 2;
        FIX_PUT_U64(w, "302=", e->entries[first].set_id);
        FIX_PUT_U64(w, "304=", lines);
        FIX_PUT_U64(w, "295=", lines);
        for (int i = first; i < end; i++) {
            bool alike = fared_alike(&e->entries[i]);
            put_quote_entry(w, &e->entries[i], alike ? 0 : SIDE_BUY, x);
            if (!alike)
                put_quote_entry(w, &e->entries[i], SIDE_SELL, x);
        }
    }
}

/* What refuses a MassQuote whole, and what a QuoteCancel has come to. */
static void
report_quote_status(struct fix_writer *w, const struct mass_cancel *m, bool canceled,
                    int64_t time_ns, const struct fix_report_context *x)
{
    FIX_PUT_TAG(w, "117=");
    fix_put_client_id(w, m->id);
    FIX_PUT_CHAR(w, "297=", m->reason != 0 ? '5' : m->instrument_id != 0 ? '1' : '4');
    if (m->reason != 0 && !canceled)
        FIX_PUT_U64(w, "300=", quote_reject_reason(m->reason));
    fix_put_account(w, m->account_id, x);
    if (canceled) {
        fix_put_symbol(w, fix_instrument_by_id(x->instruments, m->instrument_id));
        fix_put_transact_time(w, time_ns, x);
    }
    if (m->reason != 0)
        fix_put_reason_text(w, m->reason);
}

static void
report_canceled_many(struct fix_writer *w, const struct event_cancel_report *e,
                     const struct fix_report_context *x)
{
    struct mass_cancel m = {.number = e->request_seq,
                            .id = &e->id,
                            .account_id = e->account_id,
                            .instrument_id = e->instrument_id,
                            .side = e->side};
    if (e->command_type == COMMAND_QUOTE_CANCEL) {
        report_quote_status(w, &m, true, e->ev.time_ns, x);
        return;
    }
    put_mass_cancel(w, &m, e->ev.time_ns, x);
    FIX_PUT_U64(w, "533=", e->canceled_cnt);
}

static void
report_quote_result(struct fix_writer *w, const struct event_reject *e,
                    const struct fix_report_context *x)
{
    struct mass_cancel m = {.number = e->order_id != 0 ? e->order_id : e->ev.cmd_seq,
                            .id = &e->id,
                            .account_id = e->account_id,
                            .instrument_id = e->instrument_id,
                            .reason = e->reason,
                            .side = e->side};
    if (e->command_type == COMMAND_MASS_CANCEL)
        put_mass_cancel(w, &m, e->ev.time_ns, x);
    else
        report_quote_status(w, &m, e->command_type == COMMAND_QUOTE_CANCEL, e->ev.time_ns, x);
}

static void
report_result(struct fix_writer *w, const struct event_reject *e,
              const struct fix_report_context *x)
{
    switch (e->command_type) {
    case COMMAND_MASS_CANCEL:
    case COMMAND_MASS_QUOTE:
    case COMMAND_QUOTE_CANCEL:
        report_quote_result(w, e, x);
        break;
    case COMMAND_REQUEST_HIT:
        report_rejected(w, e, x);
        break;
    case COMMAND_DEAL:
    case COMMAND_DEAL_PROPOSE:
    case COMMAND_DEAL_ANSWER:
        fix_deal_report(w, &e->ev, false, x);
        break;
    default:
        fix_rfq_report(w, &e->ev, x);
        break;
    }
}

void
fix_report_event(struct fix_writer *w, const struct event *ev, bool other,
                 const struct fix_report_context *x)
{
    switch (ev->rec.type) {
    case EVENT_FILL:
        report_fill(w, (const struct event_fill *)(const void *)ev, other, x);
        break;
    case EVENT_ORDER_REJECTED:
        report_rejected(w, (const struct event_reject *)(const void *)ev, x);
        break;
    case EVENT_CANCEL_REJECTED:
        report_cancel_rejected(w, (const struct event_reject *)(const void *)ev, x);
        break;
    case EVENT_COMMAND_RESULT:
        report_result(w, (const struct event_reject *)(const void *)ev, x);
        break;
    case EVENT_MASS_QUOTE:
        report_quotes(w, (const struct event_mass_quote *)(const void *)ev, x);
        break;
    case EVENT_ORDER_LIST:
        fix_list_report(w, (const struct event_order_list *)(const void *)ev, x);
        break;
    case EVENT_CANCEL_REPORT:
        report_canceled_many(w, (const struct event_cancel_report *)(const void *)ev, x);
        break;
    case EVENT_REQUEST:
    case EVENT_REQUEST_QUOTE:
        fix_rfq_report(w, ev, x);
        break;
    case EVENT_DEAL:
        fix_deal_report(w, ev, other, x);
        break;
    default:
        report_order(w, (const struct event_order *)(const void *)ev, x);
        break;
    }
}

/* --- refusals without an event --- */

void
fix_report_refusal(struct fix_writer *w, const struct fix_checked *m, enum reason reason,
                   int64_t now_ns, const struct fix_report_context *x)
{
    put_order_id(w, 0);
    fix_put_echo(w, m, FIX_F_ClOrdID, "11=");
    put_exec(w, 0, '8', '8');
    FIX_PUT_U64(w, "103=", (uint64_t)reason_fix_ord_rej(reason));
    fix_put_echo(w, m, FIX_F_Account, "1=");
    fix_put_echo(w, m, FIX_F_Symbol, "55=");
    fix_put_echo(w, m, FIX_F_Side, "54=");
    fix_put_echo(w, m, FIX_F_OrderQty, "38=");
    fix_put_echo(w, m, FIX_F_OrdType, "40=");
    fix_put_echo(w, m, FIX_F_Price, "44=");
    FIX_PUT_CHAR(w, "151=", '0');
    FIX_PUT_CHAR(w, "14=", '0');
    FIX_PUT_CHAR(w, "6=", '0');
    fix_put_transact_time(w, now_ns, x);
    fix_put_reason_text(w, reason);
}

void
fix_report_business(struct fix_writer *w, const struct fix_message *m, uint64_t ref_seq,
                    const struct fix_field *ref_id, enum fix_business_reason reason,
                    const char *text)
{
    FIX_PUT_U64(w, "45=", ref_seq);
    FIX_PUT_TEXT(w, "372=", m->type, m->type_bytes);
    if (ref_id != NULL)
        FIX_PUT_TEXT(w, "379=", ref_id->value, ref_id->bytes);
    FIX_PUT_U64(w, "380=", (uint64_t)reason);
    FIX_PUT_TEXT(w, "58=", text, strlen(text));
}
