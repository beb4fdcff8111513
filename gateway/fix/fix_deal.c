#include "gateway/fix/fix_deal.h"

#include <string.h>

#include "engine/model/client_id.h"
#include "gateway/fix/fix_read.h"

enum { DATE_BYTES = 8 };

/* --- messages to commands --- */

struct report_side { /* of the two that a report names: the sender's first */
    const struct fix_field *account, *id;
    uint8_t side;
};

/* The sides in their order; false: a field that belongs to none, or one twice. */
static bool
read_sides(const struct fix_checked *m, struct report_side sides[2])
{
    struct report_side *s = NULL;
    uint32_t cnt = 0;
    for (uint32_t i = 0; i < m->m->field_cnt; i++) {
        const struct fix_field *x = &m->m->fields[i];
        if (x->tag == FIX_TAG_Side) {
            if (cnt == 2)
                return false;
            s = &sides[cnt++];
            s->side = (uint8_t)(x->value[0] - '0');
        } else if (x->tag == FIX_TAG_Account || x->tag == FIX_TAG_ClOrdID) {
            const struct fix_field **to = NULL;
            if (s != NULL)
                to = x->tag == FIX_TAG_Account ? &s->account : &s->id;
            if (to == NULL || *to != NULL)
                return false;
            *to = x;
        }
    }
    return cnt == 2;
}

/* 828. A primary issue has no value there. */
static uint8_t
read_kind(const struct fix_checked *m)
{
    switch (fix_u64(m, FIX_F_TrdType, 0)) {
    case 1:
        return DEAL_BLOCK;
    case 3:
        return DEAL_TRANSFER;
    case 22:
        return DEAL_PRIVATE;
    default:
        return 0;
    }
}

static bool
is_id(const struct fix_field *x, const struct client_id *id)
{
    return x == NULL || (x->bytes == id->length && memcmp(x->value, id->text, id->length) == 0);
}

static enum reason
read_deal(const struct fix_checked *m, const struct fix_instrument *i,
          const struct fix_session_config *config, const struct report_side sides[2], bool both,
          struct command_deal *out)
{
    fix_read_begin(m, &out->cmd, both ? COMMAND_DEAL : COMMAND_DEAL_PROPOSE);
    (void)fix_read_id(fix_get(m, FIX_F_TradeReportID), &out->cmd.id);
    out->instrument_id = i->instrument_id;
    out->side = sides[0].side;
    out->kind = read_kind(m);
    if (out->kind == 0)
        return REASON_DEAL_KIND;
    if (sides[1].side != SIDE_BUY + SIDE_SELL - sides[0].side)
        return REASON_BAD_SIDE;
    if (!is_id(sides[0].id, &out->cmd.id) || (sides[1].id != NULL) != both ||
        fix_get(m, FIX_F_TradeReportRefID) != NULL ||
        !fix_read_time(fix_get(m, FIX_F_ExpireTime), &out->expire_ns))
        return REASON_BAD_FIELD;
    (void)fix_read_id(sides[1].id, &out->to_id);
    enum reason no =
        fix_read_account_name(sides[0].account, config, &out->cmd.account_id, &out->cmd.tenant_id);
    if (no == 0)
        no = fix_read_other_account(sides[1].account, config, &out->to_account_id);
    if (no == 0)
        no = fix_read_price(fix_get(m, FIX_F_LastPx), i, &out->price_units);
    return no == 0 ? fix_read_qty(fix_get(m, FIX_F_LastQty), i, &out->qty_lots) : no;
}

static enum reason
read_answer(const struct fix_checked *m, const struct fix_session_config *config,
            const struct report_side sides[2], struct command_deal_answer *out)
{
    const struct fix_field *ref = fix_get(m, FIX_F_TradeReportRefID);
    fix_read_begin(m, &out->cmd, COMMAND_DEAL_ANSWER);
    (void)fix_read_id(fix_get(m, FIX_F_TradeReportID), &out->cmd.id);
    out->accept = !fix_deal_declines(m);
    if (ref == NULL || !fix_read_u64(ref->value, ref->bytes, &out->deal_id))
        return REASON_UNKNOWN_ORDER;
    if (!is_id(sides[0].id, &out->cmd.id))
        return REASON_BAD_FIELD;
    return fix_read_account_name(sides[0].account, config, &out->cmd.account_id,
                                 &out->cmd.tenant_id);
}

bool
fix_deal_declines(const struct fix_checked *m)
{
    return fix_char(m, FIX_F_TradeReportType, '0') == '3';
}

enum reason
fix_deal_read(const struct fix_checked *m, const struct fix_instruments *instruments,
              const struct fix_session_config *config, union fix_deal_command *out)
{
    struct report_side sides[2] = {0};
    const struct fix_instrument *i = fix_read_instrument(m, instruments);
    if (i == NULL)
        return REASON_UNKNOWN_INSTRUMENT;
    if (!read_sides(m, sides))
        return REASON_BAD_FIELD;
    if (fix_char(m, FIX_F_TradeReportType, '0') != '0')
        return read_answer(m, config, sides, &out->answer);
    bool both = fix_char(m, FIX_F_TradeHandlingInstr, '3') == '1';
    return read_deal(m, i, config, sides, both, &out->deal);
}

/* --- events to messages --- */

const char *
fix_deal_type(const struct event *ev, bool other)
{
    const struct event_deal *d = (const struct event_deal *)(const void *)ev;
    if (ev->rec.type != EVENT_DEAL)
        return "AR";
    return d->state == DEAL_PROPOSED && !other ? "AR" : "AE";
}

/* 751. source: FIX 4.4 volume 6 */
static unsigned
reject_reason(uint32_t reason)
{
    switch (reason) {
    case REASON_UNKNOWN_ACCOUNT:
    case REASON_SELF_TRADE:
    case REASON_PAIR_NOT_ALLOWED:
    case REASON_DEAL_OTHER_SIDE:
    case REASON_NOT_OWNER:
        return 1;
    case REASON_UNKNOWN_INSTRUMENT:
        return 2;
    case REASON_NOT_AUTHORIZED:
    case REASON_ACCOUNT_NOT_ACTIVE:
    case REASON_ACCOUNT_FROZEN:
    case REASON_KYC_LEVEL:
    case REASON_KYC_EXPIRED:
    case REASON_JURISDICTION:
    case REASON_INVESTOR_CLASS:
        return 3;
    case REASON_DEAL_KIND:
        return 4;
    default:
        return 99;
    }
}

static void
put_kind(struct fix_writer *w, uint8_t kind)
{
    if (kind == DEAL_BLOCK)
        FIX_PUT_CHAR(w, "828=", '1');
    else if (kind == DEAL_TRANSFER)
        FIX_PUT_CHAR(w, "828=", '3');
    else if (kind == DEAL_PRIVATE)
        FIX_PUT_TEXT(w, "828=", "22", 2);
}

static void
put_trade_date(struct fix_writer *w, int64_t ns, const struct fix_report_context *x)
{
    char text[FIX_TIME_MAX];
    (void)fix_time_write(x->clock, ns, 0, text);
    FIX_PUT_BYTES(w, "75=", text, DATE_BYTES);
}

/* AR: 939 and 751 say whether it was taken. */
static void
put_taken(struct fix_writer *w, uint16_t reason)
{
    FIX_PUT_CHAR(w, "150=", reason != 0 ? '8' : '0');
    FIX_PUT_CHAR(w, "939=", reason != 0 ? '1' : '0');
    if (reason != 0)
        FIX_PUT_U64(w, "751=", reject_reason(reason));
}

static void
report_taken(struct fix_writer *w, const struct event_deal *e, const struct fix_report_context *x)
{
    FIX_PUT_TAG(w, "571=");
    fix_put_client_id(w, &e->id);
    FIX_PUT_CHAR(w, "856=", '0');
    put_kind(w, e->kind);
    put_taken(w, 0);
    FIX_PUT_U64(w, "818=", e->deal_id);
    fix_put_symbol(w, fix_instrument_by_id(x->instruments, e->instrument_id));
    fix_put_transact_time(w, e->ev.time_ns, x);
    fix_put_account(w, e->account_id, x);
}

struct state { /* of a deal, as AE says it */
    char report, trans, exec, match;
};

static struct state
state_of(const struct event_deal *e)
{
    switch (e->state) {
    case DEAL_PROPOSED:
        return (struct state){'1', '0', '0', '1'}; /* alleged, new */
    case DEAL_EXECUTED:
        return (struct state){'0', '0', 'F', '0'};
    case DEAL_DECLINED:
        return (struct state){'3', '1', '4', '1'};
    case DEAL_EXPIRED:
        return (struct state){'6', '1', 'C', '1'}; /* canceled */
    default:
        return (struct state){'6', '1', '4', '1'};
    }
}

/* The side of who is told comes first. */
static void
put_sides(struct fix_writer *w, const struct event_deal *e, bool other,
          const struct fix_report_context *x)
{
    FIX_PUT_CHAR(w, "552=", '2');
    for (int turn = 0; turn < 2; turn++) {
        bool proposer = other == (turn == 1);
        FIX_PUT_CHAR(w, "54=", (char)('0' + (proposer ? e->side : 3 - e->side)));
        if (proposer)
            FIX_PUT_U64(w, "37=", e->deal_id);
        else
            FIX_PUT_TEXT(w, "37=", "NONE", 4);
        if (proposer && !other) {
            FIX_PUT_TAG(w, "11=");
            fix_put_client_id(w, &e->id);
        }
        fix_put_account(w, proposer ? e->account_id : e->to_account_id, x);
    }
}

static void
report_deal(struct fix_writer *w, const struct event_deal *e, bool other,
            const struct fix_report_context *x)
{
    const struct fix_instrument *i = fix_instrument_by_id(x->instruments, e->instrument_id);
    struct state s = state_of(e);
    FIX_PUT_U64(w, "571=", e->deal_id);
    FIX_PUT_CHAR(w, "487=", s.trans);
    FIX_PUT_CHAR(w, "856=", s.report);
    put_kind(w, e->kind);
    FIX_PUT_CHAR(w, "1123=", e->state == DEAL_EXECUTED ? '0' : '3');
    FIX_PUT_CHAR(w, "150=", s.exec);
    if (!other) {
        FIX_PUT_TAG(w, "572=");
        fix_put_client_id(w, &e->id);
    }
    FIX_PUT_CHAR(w, "570=", 'N');
    fix_put_symbol(w, i);
    FIX_PUT_TAG(w, "32=");
    fix_put_qty(w, e->qty_lots, i);
    FIX_PUT_TAG(w, "31=");
    fix_put_price(w, e->price_units, i);
    put_trade_date(w, e->ev.time_ns, x);
    fix_put_transact_time(w, e->ev.time_ns, x);
    FIX_PUT_CHAR(w, "573=", s.match);
    put_sides(w, e, other, x);
    if (e->expire_ns != 0)
        FIX_PUT_TIME(w, "126=", x->clock, e->expire_ns, fix_put_digits(x));
    if (e->reason != 0 && !other)
        fix_put_reason_text(w, e->reason);
}

static void
report_result(struct fix_writer *w, const struct event_reject *e,
              const struct fix_report_context *x)
{
    FIX_PUT_TAG(w, "571=");
    fix_put_client_id(w, &e->id);
    if (e->command_type == COMMAND_DEAL_ANSWER)
        FIX_PUT_U64(w, "572=", e->order_id);
    put_taken(w, e->reason);
    fix_put_symbol(w, fix_instrument_by_id(x->instruments, e->instrument_id));
    fix_put_transact_time(w, e->ev.time_ns, x);
    fix_put_account(w, e->account_id, x);
    if (e->reason != 0)
        fix_put_reason_text(w, e->reason);
}

void
fix_deal_report(struct fix_writer *w, const struct event *ev, bool other,
                const struct fix_report_context *x)
{
    const struct event_deal *d = (const struct event_deal *)(const void *)ev;
    if (ev->rec.type != EVENT_DEAL)
        report_result(w, (const struct event_reject *)(const void *)ev, x);
    else if (d->state == DEAL_PROPOSED && !other)
        report_taken(w, d, x);
    else
        report_deal(w, d, other, x);
}

void
fix_deal_refusal(struct fix_writer *w, const struct fix_checked *m, enum reason reason,
                 int64_t now_ns, const struct fix_report_context *x)
{
    fix_put_echo(w, m, FIX_F_TradeReportID, "571=");
    fix_put_echo(w, m, FIX_F_TradeReportType, "856=");
    fix_put_echo(w, m, FIX_F_TrdType, "828=");
    fix_put_echo(w, m, FIX_F_TradeReportRefID, "572=");
    put_taken(w, (uint16_t)reason);
    fix_put_echo(w, m, FIX_F_Symbol, "55=");
    fix_put_transact_time(w, now_ns, x);
    fix_put_reason_text(w, reason);
}
