#include "gateway/fix/fix_inbound.h"

#include <stdio.h>
#include <stdlib.h>

#include "engine/base/clock.h"
#include "gateway/fix/fix_deal.h"
#include "gateway/fix/fix_list.h"
#include "gateway/fix/fix_order.h"
#include "gateway/fix/fix_outbound.h"
#include "gateway/fix/fix_report.h"
#include "gateway/fix/fix_rfq.h"

/* A message under way through the checks, in their order. */
struct inbound {
    struct fix_session *s;
    const struct fix_message *m;
    struct fix_checked c;
    struct fix_reject fault;
    bool good, poss_dup;
    uint64_t seq;
};

static uint64_t
next_in(const struct fix_session *s)
{
    return s->map.head->next_in;
}

/* --- answers --- */

static void
send_reject(struct inbound *x, const struct fix_reject *r)
{
    struct fix_body b;
    fix_body_begin(&b);
    FIX_PUT_U64(&b.w, "45=", x->seq);
    if (r->ref_tag != 0)
        FIX_PUT_U64(&b.w, "371=", r->ref_tag);
    FIX_PUT_TEXT(&b.w, "372=", x->m->type, x->m->type_bytes);
    FIX_PUT_U64(&b.w, "373=", (uint64_t)r->reason);
    FIX_PUT_TEXT(&b.w, "58=", r->text, strlen(r->text));
    x->s->venue->counters.reject_cnt++;
    fix_outbound_message(x->s, "3", &b, x->seq);
}

static void
send_business(struct inbound *x, enum fix_business_reason reason, const char *text)
{
    static const enum fix_field_name ids[] = {FIX_F_ClOrdID, FIX_F_SecurityStatusReqID,
                                              FIX_F_TradSesReqID};
    const struct fix_field *id = NULL;
    for (size_t k = 0; k < sizeof(ids) / sizeof(ids[0]) && id == NULL; k++)
        id = fix_get(&x->c, ids[k]);
    struct fix_body b;
    fix_body_begin(&b);
    fix_report_business(&b.w, x->m, x->seq, id, reason, text);
    x->s->venue->counters.reject_cnt++;
    fix_outbound_message(x->s, "j", &b, x->seq);
}

void
fix_inbound_gap(struct fix_session *s, uint64_t seen)
{
    int64_t now = s->venue->mono_ns;
    bool moving = s->gap_seen_in != next_in(s);
    bool patient = now - s->gap_ns < (int64_t)FIX_GAP_AGAIN_S * CLOCK_NS_PER_S;
    if (s->gap_to >= next_in(s) && (moving || patient)) {
        s->gap_seen_in = next_in(s);
        return; /* asked for already: without an end, so what came since is covered */
    }
    s->gap_to = seen;
    s->gap_ns = now;
    s->gap_seen_in = next_in(s);
    struct fix_body b;
    fix_body_begin(&b);
    FIX_PUT_U64(&b.w, "7=", next_in(s));
    FIX_PUT_CHAR(&b.w, "16=", '0');
    fix_outbound_admin(s, "2", &b);
}

/* --- the session's own messages --- */

static void
on_test_request(struct inbound *x)
{
    const struct fix_field *id = fix_get(&x->c, FIX_F_TestReqID);
    struct fix_body b;
    fix_body_begin(&b);
    FIX_PUT_TEXT(&b.w, "112=", id->value, id->bytes);
    fix_outbound_admin(x->s, "0", &b);
}

static void
on_resend_request(struct inbound *x)
{
    uint64_t from = fix_u64(&x->c, FIX_F_BeginSeqNo, 0);
    uint64_t to = fix_u64(&x->c, FIX_F_EndSeqNo, 0);
    uint64_t last = x->s->sent_next - 1;
    if (from == 0 || from > last || (to != 0 && to < from)) {
        send_reject(
            x, &(struct fix_reject){.reason = FIX_REJECT_VALUE,
                                    .ref_tag = to != 0 && to < from ? 16 : 7,
                                    .text = "the range to resend holds no message that was sent"});
        return;
    }
    fix_outbound_resend(x->s, from, to == 0 || to > last ? last : to);
}

/* 36 of both modes: forward only. */
static void
on_sequence_reset(struct inbound *x)
{
    uint64_t to = fix_u64(&x->c, FIX_F_NewSeqNo, 0);
    bool fill = fix_char(&x->c, FIX_F_GapFillFlag, 'N') == 'Y';
    struct fix_session *s = x->s;
    if (to < next_in(s) || (fill && to <= x->seq)) {
        char text[96];
        snprintf(text, sizeof(text), "attempt to lower the sequence number to %llu, expecting %llu",
                 (unsigned long long)to, (unsigned long long)next_in(s));
        send_reject(x,
                    &(struct fix_reject){.reason = FIX_REJECT_VALUE, .ref_tag = 36, .text = text});
        return;
    }
    s->map.head->next_in = to;
}

static void
on_logout(struct inbound *x)
{
    fix_session_logout(x->s, NULL);
}

/* --- orders --- */

static void
refuse_by_business(struct inbound *x, enum reason reason)
{
    enum fix_business_reason why = FIX_BUSINESS_OTHER;
    if (reason == REASON_BUSY || reason == REASON_CANCEL_ONLY)
        why = FIX_BUSINESS_NOT_AVAILABLE;
    else if (reason == REASON_UNKNOWN_INSTRUMENT)
        why = FIX_BUSINESS_UNKNOWN_SECURITY;
    else if (reason == REASON_UNKNOWN_ORDER || reason == REASON_UNKNOWN_ACCOUNT)
        why = FIX_BUSINESS_UNKNOWN_ID;
    send_business(x, why, reason_text(reason));
}

static void
refuse_list(struct inbound *x, enum reason reason, struct fix_body *b,
            const struct fix_report_context *context)
{
    struct event_order_list e;
    if (!fix_list_refused(&x->c, context->instruments, context->config, reason, &e)) {
        refuse_by_business(x, reason); /* which orders it holds cannot be told */
        return;
    }
    e.ev.time_ns = x->s->venue->utc_ns;
    fix_list_report(&b->w, &e, context);
    fix_outbound_message(x->s, "N", b, x->seq);
}

static void
refuse_order(struct inbound *x, enum reason reason)
{
    struct fix_body b;
    struct fix_venue *v = x->s->venue;
    const struct fix_report_context context = {
        .instruments = v->instruments, .config = x->s->config, .clock = &v->event_clock};
    if (reason == REASON_BUSY)
        v->counters.busy_cnt++;
    fix_body_begin(&b);
    switch (x->c.name) {
    case FIX_M_NewOrderSingle:
        fix_report_refusal(&b.w, &x->c, reason, v->utc_ns, &context);
        fix_outbound_message(x->s, "8", &b, x->seq);
        break;
    case FIX_M_NewOrderList:
        refuse_list(x, reason, &b, &context);
        break;
    case FIX_M_QuoteRequest:
    case FIX_M_Quote:
    case FIX_M_QuoteResponse:
        fix_rfq_refusal(&b.w, &x->c, reason);
        fix_outbound_message(x->s, fix_rfq_refusal_type(&x->c), &b, x->seq);
        break;
    case FIX_M_TradeCaptureReport:
        fix_deal_refusal(&b.w, &x->c, reason, v->utc_ns, &context);
        fix_outbound_message(x->s, "AR", &b, x->seq);
        break;
    default: /* nothing is known of the order's status here */
        refuse_by_business(x, reason);
        break;
    }
}

union order_command {
    struct command cmd;
    struct command_order_linked order;
    struct command_order_list list;
    struct command_order_cancel cancel;
    struct command_order_replace replace;
    struct command_mass_cancel mass_cancel;
    struct command_mass_quote mass_quote;
    struct command_request request;
    struct command_request_quote request_quote;
    struct command_request_hit request_hit;
    struct command_request_pass request_pass;
    union fix_deal_command deal;
};

/* What is new and not only ends something: not taken while the venue takes cancels only. */
static bool
is_fresh(const struct fix_checked *m)
{
    switch (m->name) {
    case FIX_M_OrderCancelRequest:
    case FIX_M_OrderMassCancelRequest:
    case FIX_M_QuoteCancel:
        return false;
    case FIX_M_QuoteResponse:
        return fix_rfq_hits(m);
    case FIX_M_TradeCaptureReport:
        return !fix_deal_declines(m);
    default:
        return true;
    }
}

static enum reason
to_command(struct inbound *x, union order_command *out)
{
    const struct fix_instruments *i = x->s->venue->instruments;
    const struct fix_session_config *config = x->s->config;
    if (is_fresh(&x->c) && port_cancel_only(x->s->venue->port))
        return REASON_CANCEL_ONLY;
    switch (x->c.name) {
    case FIX_M_NewOrderSingle:
        return fix_rfq_hits(&x->c) ? fix_rfq_hit(&x->c, i, config, &out->request_hit)
                                   : fix_order_new(&x->c, i, config, &out->order);
    case FIX_M_NewOrderList:
        return fix_list_new(&x->c, i, config, &out->list);
    case FIX_M_OrderCancelRequest:
        return fix_order_cancel(&x->c, i, config, &out->cancel);
    case FIX_M_OrderMassCancelRequest:
        return fix_order_mass_cancel(&x->c, i, config, &out->mass_cancel);
    case FIX_M_MassQuote:
        return fix_order_mass_quote(&x->c, i, config, &out->mass_quote);
    case FIX_M_QuoteCancel:
        return fix_order_quote_cancel(&x->c, i, config, &out->mass_cancel);
    case FIX_M_QuoteRequest:
        return fix_rfq_request(&x->c, i, config, &out->request);
    case FIX_M_Quote:
        return fix_rfq_quote(&x->c, i, config, &out->request_quote);
    case FIX_M_QuoteResponse:
        return fix_rfq_hits(&x->c) ? fix_rfq_hit(&x->c, i, config, &out->request_hit)
                                   : fix_rfq_pass(&x->c, i, config, &out->request_pass);
    case FIX_M_TradeCaptureReport:
        return fix_deal_read(&x->c, i, config, &out->deal);
    default:
        return fix_order_replace(&x->c, i, config, &out->replace);
    }
}

/* After a crash the client is asked again for numbers whose commands may be lost. Among them may be
 * orders that were refused before sequencing, and told so: those must not be carried out now. */
static bool
answered_before(const struct inbound *x)
{
    const struct fix_session *s = x->s;
    if (x->seq > s->hole_to || s->hole_first == 0)
        return false;
    for (uint64_t n = s->hole_first; n < s->map.head->next_out; n++) {
        const struct fix_map_record *r = fix_map_get(&s->map, n);
        if (r != NULL && r->kind == FIX_MAP_MESSAGE && r->in_seq == x->seq)
            return true;
    }
    return false;
}

static void
on_order(struct inbound *x)
{
    struct fix_session *s = x->s;
    union order_command u;
    if (answered_before(x))
        return;
    enum reason no = to_command(x, &u);
    void *slot = no == 0 ? port_claim(s->venue->port) : NULL;
    if (slot == NULL) {
        refuse_order(x, no != 0 ? no : REASON_BUSY);
        return;
    }
    u.cmd.session_id = s->config->session_id;
    u.cmd.incarnation = s->incarnation;
    u.cmd.client_seq = x->seq;
    u.cmd.recv_ns = s->venue->utc_ns;
    memcpy(slot, &u, u.cmd.rec.length_bytes);
    port_send(s->venue->port);
    s->last_cmd_in = x->seq;
    s->venue->counters.order_cnt++;
}

static void
on_status_request(struct inbound *x)
{
    bool unknown_id;
    const char *no = fix_status_request(x->s, &x->c, &unknown_id);
    if (no != NULL)
        send_business(x, unknown_id ? FIX_BUSINESS_UNKNOWN_ID : FIX_BUSINESS_OTHER, no);
}

static void
dispatch(struct inbound *x)
{
    switch (x->c.name) {
    case FIX_M_NewOrderSingle:
    case FIX_M_NewOrderList:
    case FIX_M_OrderCancelRequest:
    case FIX_M_OrderCancelReplaceRequest:
    case FIX_M_OrderMassCancelRequest:
    case FIX_M_MassQuote:
    case FIX_M_QuoteCancel:
    case FIX_M_QuoteRequest:
    case FIX_M_Quote:
    case FIX_M_QuoteResponse:
    case FIX_M_TradeCaptureReport:
        on_order(x);
        break;
    case FIX_M_SecurityStatusRequest:
    case FIX_M_TradingSessionStatusRequest:
        on_status_request(x);
        break;
    case FIX_M_TestRequest:
        on_test_request(x);
        break;
    case FIX_M_ResendRequest:
        on_resend_request(x);
        break;
    case FIX_M_SequenceReset:
        on_sequence_reset(x);
        break;
    case FIX_M_Logout:
        on_logout(x);
        break;
    case FIX_M_Logon:
        send_reject(x, &(struct fix_reject){.reason = FIX_REJECT_OTHER,
                                            .text = "the session is logged on already"});
        break;
    default: /* Heartbeat, and the client's own rejects: nothing to do */
        break;
    }
}

/* --- the checks that come before --- */

/* What makes it impossible to go on with the session. */
static bool
check_header(struct inbound *x)
{
    struct fix_session *s = x->s;
    char text[128];
    if (x->m->begin_bytes != 7 || memcmp(x->m->begin, "FIX.4.4", 7) != 0) {
        snprintf(text, sizeof(text), "BeginString %.*s, this session has FIX.4.4",
                 (int)x->m->begin_bytes, x->m->begin);
        fix_session_logout(s, text);
        return false;
    }
    x->seq = fix_u64(&x->c, FIX_F_MsgSeqNum, 0);
    if (x->seq == 0) {
        fix_session_logout(s, "MsgSeqNum (34) missing or not a positive number");
        return false;
    }
    x->poss_dup = fix_char(&x->c, FIX_F_PossDupFlag, 'N') == 'Y';
    return true;
}

static bool
too_low(struct inbound *x)
{
    char text[128];
    snprintf(text, sizeof(text), "MsgSeqNum too low, expecting %llu but received %llu",
             (unsigned long long)next_in(x->s), (unsigned long long)x->seq);
    fix_session_logout(x->s, text);
    return false;
}

/* Whether it is the message's turn. A resend request is served even in front of a gap, so that two
 * sides that each miss something do not wait for each other.
 * source: FIX 4.4 volume 2, "Message recovery" */
static bool
check_turn(struct inbound *x)
{
    struct fix_session *s = x->s;
    bool reset = x->c.name == FIX_M_SequenceReset &&
                 fix_char(&x->c, FIX_F_GapFillFlag, 'N') != 'Y' && x->good;
    if (reset) {
        on_sequence_reset(x); /* its own number does not matter */
        return false;
    }
    if (x->seq > next_in(s)) {
        if (x->good && x->c.name == FIX_M_Logout) {
            on_logout(x);
            return false;
        }
        if (x->good && x->c.name == FIX_M_ResendRequest)
            on_resend_request(x);
        fix_inbound_gap(s, x->seq);
        return false;
    }
    if (x->seq < next_in(s))
        return x->poss_dup ? false : too_low(x); /* a duplicate was dealt with the first time */
    return true;
}

static bool
bytes_equal(const struct fix_field *f, const char *text)
{
    return f != NULL && f->bytes == strlen(text) && memcmp(f->value, text, f->bytes) == 0;
}

static bool
fail(struct inbound *x, enum fix_reject_reason reason, uint32_t tag, const char *text,
     const char *logout)
{
    send_reject(x, &(struct fix_reject){.reason = reason, .ref_tag = tag, .text = text});
    if (logout != NULL)
        fix_session_logout(x->s, logout);
    return false;
}

static bool
check_comp_ids(struct inbound *x)
{
    if (!bytes_equal(fix_get(&x->c, FIX_F_SenderCompID), x->s->config->comp_id))
        return fail(x, FIX_REJECT_COMP_ID, 49, "SenderCompID is not that of the session",
                    "CompID problem");
    if (!bytes_equal(fix_get(&x->c, FIX_F_TargetCompID), x->s->venue->comp_id))
        return fail(x, FIX_REJECT_COMP_ID, 56, "TargetCompID is not this venue's",
                    "CompID problem");
    return true;
}

static bool
check_times(struct inbound *x)
{
    const struct fix_field *sent = fix_get(&x->c, FIX_F_SendingTime);
    const struct fix_field *orig = fix_get(&x->c, FIX_F_OrigSendingTime);
    int64_t sent_ns, orig_ns;
    if (sent == NULL)
        return fail(x, FIX_REJECT_MISSING, 52, "required tag missing", NULL);
    if (!fix_time_read(sent->value, sent->bytes, &sent_ns))
        return true; /* told by the table's check */
    int64_t window = (int64_t)x->s->venue->sending_time_window_s * CLOCK_NS_PER_S;
    if (window != 0 && llabs(x->s->venue->utc_ns - sent_ns) > window)
        return fail(x, FIX_REJECT_SENDING_TIME, 52, "SendingTime accuracy problem",
                    "SendingTime accuracy problem");
    if (!x->poss_dup || x->c.name == FIX_M_SequenceReset)
        return true;
    if (orig == NULL)
        return fail(x, FIX_REJECT_MISSING, 122, "required tag missing", NULL);
    if (fix_time_read(orig->value, orig->bytes, &orig_ns) && orig_ns > sent_ns)
        return fail(x, FIX_REJECT_SENDING_TIME, 122, "OrigSendingTime is later than SendingTime",
                    "SendingTime accuracy problem");
    return true;
}

static bool
check_form(struct inbound *x)
{
    if (x->good)
        return true;
    if (x->fault.reason == FIX_REJECT_MSG_TYPE && fix_type_standard(x->m->type, x->m->type_bytes))
        send_business(x, FIX_BUSINESS_UNSUPPORTED_TYPE, "message type not taken by this venue");
    else
        send_reject(x, &x->fault);
    return false;
}

void
fix_inbound_message(struct fix_session *s, const struct fix_message *m)
{
    struct inbound x = {.s = s, .m = m};
    x.good = fix_table_check(m, &x.c, &x.fault);
    if (!check_header(&x) || !check_turn(&x))
        return;
    s->map.head->next_in = x.seq + 1;
    if (check_comp_ids(&x) && check_times(&x) && check_form(&x))
        dispatch(&x);
    if (s->last_cmd_in <= s->confirmed_in)
        s->map.head->settled_in = next_in(s) - 1;
}
