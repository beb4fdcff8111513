#include "gateway/fix/fix_rfq.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "engine/model/client_id.h"
#include "gateway/fix/fix_read.h"

enum { ROLE_CONTRA_FIRM = 17 };

/* --- messages to commands --- */

/* 18: canceled with its session, or nothing. */
static bool
read_manner(const struct fix_checked *m, uint32_t *exec_inst)
{
    const struct fix_field *x = fix_get(m, FIX_F_ExecInst);
    if (x == NULL)
        return true;
    *exec_inst = EXEC_CANCEL_ON_DISCONNECT;
    return x->bytes == 1 && x->value[0] == 'Q';
}

static bool
read_number(const struct fix_field *x, uint64_t *out)
{
    return x != NULL && fix_read_u64(x->value, x->bytes, out);
}

/* The parties that it is to: 448 the number of an account, 452 that it is the other side. */
static enum reason
read_named(const struct fix_checked *m, const struct fix_session_config *config,
           struct command_request *out)
{
    uint32_t roles = 0;
    for (uint32_t i = 0; i < m->m->field_cnt; i++) {
        const struct fix_field *x = &m->m->fields[i];
        uint64_t role;
        if (x->tag == FIX_TAG_PartyRole) {
            if (!read_number(x, &role) || role != ROLE_CONTRA_FIRM || ++roles > out->to_cnt)
                return REASON_BAD_FIELD;
        } else if (x->tag == FIX_TAG_PartyID) {
            if (out->to_cnt == REQUEST_TO_MAX)
                return REASON_BAD_FIELD;
            enum reason no = fix_read_other_account(x, config, &out->to_account_ids[out->to_cnt++]);
            if (no != 0)
                return no;
        }
    }
    bool given = fix_get(m, FIX_F_PrivateQuote) != NULL;
    bool named = fix_char(m, FIX_F_PrivateQuote, 'N') == 'Y';
    if (given && named != (out->to_cnt > 0))
        return REASON_BAD_FIELD;
    return roles == out->to_cnt && fix_u64(m, FIX_F_NoPartyIDs, 0) == out->to_cnt
               ? 0
               : REASON_BAD_FIELD;
}

enum reason
fix_rfq_request(const struct fix_checked *m, const struct fix_instruments *instruments,
                const struct fix_session_config *config, struct command_request *out)
{
    fix_read_begin(m, &out->cmd, COMMAND_REQUEST);
    const struct fix_instrument *i = fix_read_instrument(m, instruments);
    if (!fix_read_id(fix_get(m, FIX_F_QuoteReqID), &out->cmd.id))
        return REASON_BAD_CLIENT_ID;
    if (i == NULL)
        return REASON_UNKNOWN_INSTRUMENT;
    out->instrument_id = i->instrument_id;
    out->side = (uint8_t)(fix_char(m, FIX_F_Side, '0') - '0');
    out->disclosed = fix_char(m, FIX_F_PreTradeAnonymity, 'Y') == 'N';
    if (!read_manner(m, &out->exec_inst) ||
        !fix_read_time(fix_get(m, FIX_F_ExpireTime), &out->expire_ns))
        return REASON_BAD_FIELD;
    enum reason no = fix_read_account(m, config, &out->cmd);
    if (no == 0)
        no = fix_read_qty(fix_get(m, FIX_F_OrderQty), i, &out->qty_lots);
    return no == 0 ? read_named(m, config, out) : no;
}

/* A side has a price and a size, or neither. */
static enum reason
read_side(const struct fix_field *price, const struct fix_field *size,
          const struct fix_instrument *i, int64_t *units, int64_t *lots)
{
    if ((price == NULL) != (size == NULL))
        return REASON_BAD_FIELD;
    enum reason no = fix_read_price(price, i, units);
    return no == 0 ? fix_read_qty(size, i, lots) : no;
}

/* The ask beside a bid needs a client id of its own. */
static bool
set_ask_id(struct command_request_quote *out)
{
    char text[CLIENT_ID_MAX + 8];
    if (out->bid_qty_lots == 0 || out->ask_qty_lots == 0)
        return true;
    int bytes = snprintf(text, sizeof(text), "%.*s.A", (int)out->cmd.id.length, out->cmd.id.text);
    return client_id_set(&out->ask_id, text, (size_t)bytes) == 0;
}

enum reason
fix_rfq_quote(const struct fix_checked *m, const struct fix_instruments *instruments,
              const struct fix_session_config *config, struct command_request_quote *out)
{
    fix_read_begin(m, &out->cmd, COMMAND_REQUEST_QUOTE);
    const struct fix_instrument *i = fix_read_instrument(m, instruments);
    if (!fix_read_id(fix_get(m, FIX_F_QuoteID), &out->cmd.id))
        return REASON_BAD_CLIENT_ID;
    if (i == NULL)
        return REASON_UNKNOWN_INSTRUMENT;
    if (!read_number(fix_get(m, FIX_F_QuoteReqID), &out->request_id))
        return REASON_REQUEST_UNKNOWN;
    out->instrument_id = i->instrument_id;
    if (!read_manner(m, &out->exec_inst) ||
        !fix_read_time(fix_get(m, FIX_F_ValidUntilTime), &out->expire_ns))
        return REASON_BAD_FIELD;
    enum reason no = fix_read_account(m, config, &out->cmd);
    if (no == 0)
        no = read_side(fix_get(m, FIX_F_BidPx), fix_get(m, FIX_F_BidSize), i, &out->bid_price_units,
                       &out->bid_qty_lots);
    if (no == 0)
        no = read_side(fix_get(m, FIX_F_OfferPx), fix_get(m, FIX_F_OfferSize), i,
                       &out->ask_price_units, &out->ask_qty_lots);
    if (no == 0 && !set_ask_id(out))
        no = REASON_BAD_CLIENT_ID;
    return no;
}

bool
fix_rfq_hits(const struct fix_checked *m)
{
    if (m->name == FIX_M_NewOrderSingle)
        return fix_char(m, FIX_F_OrdType, '0') == 'D' || fix_get(m, FIX_F_QuoteID) != NULL;
    return fix_char(m, FIX_F_QuoteRespType, '0') == '1';
}

/* What an order that takes a quote has no use for: price and all else are the quote's. */
static bool
has_terms(const struct fix_checked *m)
{
    static const enum fix_field_name terms[] = {
        FIX_F_Price,    FIX_F_StopPx,      FIX_F_PegOffsetValue, FIX_F_MinQty,
        FIX_F_MaxFloor, FIX_F_DisplayQty,  FIX_F_DisplayMethod,  FIX_F_ExpireTime,
        FIX_F_ExecInst, FIX_F_ClOrdLinkID, FIX_F_ContingencyType};
    for (size_t k = 0; k < sizeof(terms) / sizeof(terms[0]); k++) {
        if (fix_get(m, terms[k]) != NULL)
            return true;
    }
    return m->name == FIX_M_NewOrderSingle && fix_char(m, FIX_F_OrdType, '0') != 'D';
}

/* What a hit and a pass have in common: the quote that they name. */
static enum reason
read_quote(const struct fix_checked *m, const struct fix_instruments *instruments,
           enum fix_field_name id, const struct fix_session_config *config, struct command *cmd,
           uint64_t *quote_id, const struct fix_instrument **i)
{
    *i = fix_read_instrument(m, instruments);
    if (!fix_read_id(fix_get(m, id), &cmd->id))
        return REASON_BAD_CLIENT_ID;
    if (*i == NULL)
        return REASON_UNKNOWN_INSTRUMENT;
    if (!read_number(fix_get(m, FIX_F_QuoteID), quote_id))
        return REASON_REQUEST_UNKNOWN;
    return fix_read_account(m, config, cmd);
}

enum reason
fix_rfq_hit(const struct fix_checked *m, const struct fix_instruments *instruments,
            const struct fix_session_config *config, struct command_request_hit *out)
{
    const struct fix_instrument *i;
    fix_read_begin(m, &out->cmd, COMMAND_REQUEST_HIT);
    enum reason no =
        read_quote(m, instruments, FIX_F_ClOrdID, config, &out->cmd, &out->quote_id, &i);
    if (no != 0)
        return no;
    out->instrument_id = i->instrument_id;
    out->side = (uint8_t)(fix_char(m, FIX_F_Side, '0') - '0');
    if (has_terms(m))
        return REASON_BAD_FIELD;
    return fix_read_qty(fix_get(m, FIX_F_OrderQty), i, &out->qty_lots);
}

enum reason
fix_rfq_pass(const struct fix_checked *m, const struct fix_instruments *instruments,
             const struct fix_session_config *config, struct command_request_pass *out)
{
    const struct fix_instrument *i;
    fix_read_begin(m, &out->cmd, COMMAND_REQUEST_PASS);
    enum reason no =
        read_quote(m, instruments, FIX_F_QuoteRespID, config, &out->cmd, &out->quote_id, &i);
    if (no != 0)
        return no;
    out->instrument_id = i->instrument_id;
    return fix_get(m, FIX_F_OrderQty) != NULL ? REASON_BAD_FIELD : 0; /* all of it or nothing */
}

/* --- events to messages --- */

static const char *
result_type(const struct event_reject *e)
{
    switch (e->command_type) {
    case COMMAND_REQUEST:
        return e->reason != 0 ? "AG" : NULL;
    case COMMAND_REQUEST_QUOTE:
        return e->reason != 0 ? "AI" : NULL;
    case COMMAND_REQUEST_PASS:
        return "AI";
    default:
        return NULL;
    }
}

const char *
fix_rfq_type(const struct event *ev)
{
    const struct event_request *r = (const struct event_request *)(const void *)ev;
    const struct event_request_quote *q = (const struct event_request_quote *)(const void *)ev;
    switch (ev->rec.type) {
    case EVENT_REQUEST:
        return r->id.length == 0 && r->state == REQUEST_OPEN ? "R" : "AI";
    case EVENT_REQUEST_QUOTE:
        return !q->mine && q->state == REQUEST_OPEN ? "S" : "AI";
    default:
        return result_type((const struct event_reject *)(const void *)ev);
    }
}

/* 658. source: FIX 4.4 volume 6 */
static unsigned
request_reject_reason(uint32_t reason)
{
    switch (reason) {
    case REASON_UNKNOWN_INSTRUMENT:
        return 1;
    case REASON_HALTED:
    case REASON_CLOSED:
    case REASON_CANCEL_ONLY:
    case REASON_KILL_SWITCH:
        return 2;
    case REASON_DEAL_QTY:
    case REASON_MAX_ORDER_QTY:
    case REASON_MAX_ORDER_VALUE:
    case REASON_MAX_OPEN_ORDERS:
    case REASON_TABLE_FULL:
    case REASON_TOO_LARGE:
        return 3;
    case REASON_GOOD_TILL_DATE:
        return 4;
    case REASON_NOT_AUTHORIZED:
    case REASON_ACCOUNT_NOT_ACTIVE:
    case REASON_ACCOUNT_FROZEN:
    case REASON_KYC_LEVEL:
    case REASON_KYC_EXPIRED:
    case REASON_JURISDICTION:
    case REASON_INVESTOR_CLASS:
        return 6;
    case REASON_DEAL_KIND:
        return 8;
    default:
        return 99;
    }
}

/* 297 of what is told with AI; ended by a trade it is off the market like others. */
static void
put_state(struct fix_writer *w, uint8_t state, unsigned open, uint16_t reason)
{
    FIX_PUT_U64(w, "297=", state == REQUEST_OPEN ? open : state == REQUEST_EXPIRED ? 7u : 6u);
    if (state == REQUEST_TRADED)
        FIX_PUT_TEXT(w, "58=", "traded", 6);
    else if (reason != 0)
        fix_put_reason_text(w, reason);
}

/* Who the other one is, where it is disclosed. */
static void
put_party(struct fix_writer *w, uint32_t account_id)
{
    if (account_id == 0)
        return;
    FIX_PUT_CHAR(w, "453=", '1');
    FIX_PUT_U64(w, "448=", account_id);
    FIX_PUT_CHAR(w, "447=", 'D');
    FIX_PUT_U64(w, "452=", (uint64_t)ROLE_CONTRA_FIRM);
}

static void
put_until(struct fix_writer *w, bool request, int64_t ns, const struct fix_report_context *x)
{
    if (ns == 0)
        return;
    if (request)
        FIX_PUT_TAG(w, "126=");
    else
        FIX_PUT_TAG(w, "62=");
    fix_put_time_value(w, x->clock, ns, fix_put_digits(x));
}

/* 54 and 38: what is still asked for. */
static void
put_asked(struct fix_writer *w, const struct event_request *e, const struct fix_instrument *i)
{
    if (e->side != 0)
        FIX_PUT_CHAR(w, "54=", (char)('0' + e->side));
    FIX_PUT_TAG(w, "38=");
    fix_put_qty(w, e->leaves_lots, i);
}

/* R: to who may answer. */
static void
report_asked(struct fix_writer *w, const struct event_request *e,
             const struct fix_report_context *x)
{
    const struct fix_instrument *i = fix_instrument_by_id(x->instruments, e->instrument_id);
    FIX_PUT_U64(w, "131=", e->request_id);
    FIX_PUT_CHAR(w, "1091=", e->disclosed ? 'N' : 'Y');
    FIX_PUT_CHAR(w, "1171=", e->to_cnt != 0 ? 'Y' : 'N');
    FIX_PUT_CHAR(w, "146=", '1');
    fix_put_symbol(w, i);
    FIX_PUT_CHAR(w, "537=", '1');
    put_asked(w, e, i);
    put_until(w, true, e->expire_ns, x);
    fix_put_transact_time(w, e->ev.time_ns, x);
    put_party(w, e->requester_id);
}

static void
report_request(struct fix_writer *w, const struct event_request *e,
               const struct fix_report_context *x)
{
    const struct fix_instrument *i = fix_instrument_by_id(x->instruments, e->instrument_id);
    if (e->id.length == 0) {
        FIX_PUT_U64(w, "131=", e->request_id);
    } else {
        FIX_PUT_TAG(w, "131=");
        fix_put_client_id(w, &e->id);
    }
    FIX_PUT_U64(w, "117=", e->request_id);
    fix_put_symbol(w, i);
    put_asked(w, e, i);
    fix_put_account(w, e->id.length == 0 ? 0 : e->account_id, x);
    put_until(w, true, e->expire_ns, x);
    fix_put_transact_time(w, e->ev.time_ns, x);
    put_state(w, e->state, 10, e->reason);
}

static void
put_quoted(struct fix_writer *w, const struct event_request_quote *e,
           const struct fix_instrument *i)
{
    if (e->side == SIDE_BUY)
        FIX_PUT_TAG(w, "132=");
    else
        FIX_PUT_TAG(w, "133=");
    fix_put_price(w, e->price_units, i);
    if (e->side == SIDE_BUY)
        FIX_PUT_TAG(w, "134=");
    else
        FIX_PUT_TAG(w, "135=");
    fix_put_qty(w, e->leaves_lots, i);
}

/* S, or AI: to its maker by its own ids, to who asked by the request's and the side's number. */
static void
report_quote(struct fix_writer *w, const struct event_request_quote *e,
             const struct fix_report_context *x)
{
    const struct fix_instrument *i = fix_instrument_by_id(x->instruments, e->instrument_id);
    if (e->mine) {
        FIX_PUT_U64(w, "131=", e->request_id);
        FIX_PUT_TAG(w, "117=");
        fix_put_client_id(w, &e->id);
    } else {
        FIX_PUT_TAG(w, "131=");
        fix_put_client_id(w, &e->id);
        FIX_PUT_U64(w, "117=", e->quote_id);
    }
    FIX_PUT_CHAR(w, "537=", '1');
    put_party(w, e->other_id);
    fix_put_symbol(w, i);
    fix_put_account(w, e->account_id, x);
    put_quoted(w, e, i);
    put_until(w, false, e->expire_ns, x);
    fix_put_transact_time(w, e->ev.time_ns, x);
    if (e->mine || e->state != REQUEST_OPEN)
        put_state(w, e->state, 0, e->reason);
}

const char *
fix_rfq_field(const struct event_reject *e)
{
    if (e->reason != REASON_BAD_FIELD)
        return NULL;
    if (e->command_type == COMMAND_REQUEST) {
        if (e->detail >= offsetof(struct command_request, to_account_ids))
            return "PartyID (448)";
        return e->detail == offsetof(struct command_request, exec_inst) ? "ExecInst (18)" : NULL;
    }
    if (e->command_type == COMMAND_REQUEST_QUOTE) {
        switch (e->detail) {
        case offsetof(struct command_request_quote, instrument_id):
            return "Symbol (55)";
        case offsetof(struct command_request_quote, bid_qty_lots):
            return "BidSize (134) or OfferSize (135)";
        case offsetof(struct command_request_quote, ask_id):
            return "QuoteID (117)";
        default:
            return NULL;
        }
    }
    bool other = e->command_type == COMMAND_REQUEST_HIT || e->command_type == COMMAND_REQUEST_PASS;
    return other ? "Symbol (55)" : NULL;
}

static void
report_result(struct fix_writer *w, const struct event_reject *e,
              const struct fix_report_context *x)
{
    const struct fix_instrument *i = fix_instrument_by_id(x->instruments, e->instrument_id);
    if (e->command_type == COMMAND_REQUEST) {
        FIX_PUT_TAG(w, "131=");
        fix_put_client_id(w, &e->id);
        FIX_PUT_U64(w, "658=", request_reject_reason(e->reason));
        FIX_PUT_CHAR(w, "146=", '1');
        fix_put_symbol(w, i);
    } else {
        if (e->command_type == COMMAND_REQUEST_PASS) {
            FIX_PUT_U64(w, "117=", e->order_id);
            FIX_PUT_TAG(w, "693=");
        } else {
            FIX_PUT_TAG(w, "117=");
        }
        fix_put_client_id(w, &e->id);
        fix_put_symbol(w, i);
        fix_put_transact_time(w, e->ev.time_ns, x);
        FIX_PUT_U64(w, "297=", e->reason != 0 ? 5u : 11u);
    }
    const char *field = fix_rfq_field(e);
    if (e->reason != 0)
        fix_put_refused(w, e->reason, field);
}

void
fix_rfq_report(struct fix_writer *w, const struct event *ev, const struct fix_report_context *x)
{
    const struct event_request *r = (const struct event_request *)(const void *)ev;
    if (ev->rec.type == EVENT_REQUEST_QUOTE)
        report_quote(w, (const struct event_request_quote *)(const void *)ev, x);
    else if (ev->rec.type != EVENT_REQUEST)
        report_result(w, (const struct event_reject *)(const void *)ev, x);
    else if (fix_rfq_type(ev)[0] == 'R')
        report_asked(w, r, x);
    else
        report_request(w, r, x);
}

/* --- refusals without an event --- */

const char *
fix_rfq_refusal_type(const struct fix_checked *m)
{
    return m->name == FIX_M_QuoteRequest ? "AG" : "AI";
}

void
fix_rfq_refusal(struct fix_writer *w, const struct fix_checked *m, enum reason reason)
{
    fix_put_echo(w, m, FIX_F_QuoteReqID, "131=");
    fix_put_echo(w, m, FIX_F_QuoteID, "117=");
    fix_put_echo(w, m, FIX_F_QuoteRespID, "693=");
    if (m->name == FIX_M_QuoteRequest) {
        FIX_PUT_U64(w, "658=", request_reject_reason(reason));
        FIX_PUT_CHAR(w, "146=", '1');
        fix_put_echo(w, m, FIX_F_Symbol, "55=");
    } else {
        fix_put_echo(w, m, FIX_F_Symbol, "55=");
        FIX_PUT_CHAR(w, "297=", '5');
    }
    fix_put_reason_text(w, reason);
}
