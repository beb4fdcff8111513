#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/check.h"
#include "engine/base/clock.h"
#include "engine/model/client_id.h"
#include "engine/model/reason.h"
#include "gateway/api/fanout_priv.h"

/* A command is answered by the event that carries its client_seq, or, when that event belongs to
 * another session (a cancel of an order that came over FIX), by the request's own id, which holds
 * the same number. The answer is written after the batch, so that it shows the order as it stands
 * then. */

enum { MADE_ID_BYTES = 17 };

/* "x" and 16 hexadecimal digits. */
static void
made_id_set(struct client_id *id, uint64_t client_seq)
{
    char text[MADE_ID_BYTES + 1];
    (void)snprintf(text, sizeof(text), "x%016llx", (unsigned long long)client_seq);
    CHECK(client_id_set(id, text, MADE_ID_BYTES) == 0, "a made id is well-formed");
}

static uint64_t
made_id_read(const struct client_id *id)
{
    char text[MADE_ID_BYTES + 1];
    char *end;
    if (id->length != MADE_ID_BYTES || id->text[0] != 'x') {
        return 0;
    }
    memcpy(text, id->text, MADE_ID_BYTES);
    text[MADE_ID_BYTES] = 0;
    uint64_t client_seq = strtoull(text + 1, &end, 16);
    return *end == 0 ? client_seq : 0;
}

/* What is new and not only ends something: not taken while the venue takes cancels only. */
static bool
is_fresh(const struct command *cmd)
{
    switch (cmd->rec.type) {
    case COMMAND_ORDER_NEW:
    case COMMAND_ORDER_REPLACE:
    case COMMAND_ORDER_LINKED:
    case COMMAND_MASS_QUOTE:
    case COMMAND_ORDER_LIST:
    case COMMAND_REQUEST:
    case COMMAND_REQUEST_QUOTE:
    case COMMAND_REQUEST_HIT:
    case COMMAND_DEAL:
    case COMMAND_DEAL_PROPOSE:
        return true;
    case COMMAND_DEAL_ANSWER:
        return ((const struct command_deal_answer *)cmd)->accept != 0;
    default:
        return false;
    }
}

int
request_send(struct fanout *f, struct api_session *s, struct command *cmd, struct api_fault *fault)
{
    bool fresh = is_fresh(cmd);
    if (!f->port_attached || !port_engine_alive(&f->port)) {
        return api_fault_set(fault, 503, "the venue is not taking orders now; try again");
    }
    if (!s->up) {
        return api_fault_set(fault, 503, "the session is not up yet; try again");
    }
    if (fresh && port_cancel_only(&f->port)) {
        return api_fault_set(fault, 503, "Cancel only mode; try again");
    }
    void *slot = port_claim(&f->port);
    if (slot == NULL) {
        f->refused_cnt++;
        return api_fault_set(fault, 503, "busy, try again");
    }
    cmd->session_id = s->session_id;
    cmd->account_id = s->account_id;
    cmd->incarnation = f->port.incarnation;
    cmd->client_seq = ++f->requests.client_seq;
    cmd->recv_ns = clock_utc_ns();
    if (cmd->id.length == 0) {
        made_id_set(&cmd->id, cmd->client_seq);
    }
    memcpy(slot, cmd, cmd->rec.length_bytes);
    port_send(&f->port);
    f->command_cnt++;
    return 0;
}

/* --- the table --- */

struct request *
request_add(struct fanout *f, const struct request *made)
{
    struct requests *q = &f->requests;
    struct request *r = malloc(sizeof(*r));
    CHECK(r != NULL, "no memory for a request");
    *r = *made;
    r->created_ns = f->mono_ns;
    r->client_seq = q->client_seq;
    r->next = NULL;
    r->prev = q->last;
    *(q->last != NULL ? &q->last->next : &q->first) = r;
    q->last = r;
    q->cnt++;
    ptr_map_put(&q->by_seq, r->client_seq, r);
    return r;
}

static void
request_free(struct fanout *f, struct request *r)
{
    struct requests *q = &f->requests;
    *(r->prev != NULL ? &r->prev->next : &q->first) = r->next;
    *(r->next != NULL ? &r->next->prev : &q->last) = r->prev;
    q->cnt--;
    (void)ptr_map_remove(&q->by_seq, r->client_seq);
    free(r->answer);
    free(r);
}

void
requests_fini(struct fanout *f)
{
    while (f->requests.first != NULL) {
        request_free(f, f->requests.first);
    }
    ptr_map_fini(&f->requests.by_seq);
}

static struct request *
find(struct fanout *f, uint64_t client_seq, uint32_t account_id)
{
    struct request *r = client_seq != 0 ? ptr_map_get(&f->requests.by_seq, client_seq) : NULL;
    return r != NULL && r->session->account_id == account_id ? r : NULL;
}

static struct request *
find_by_event(struct fanout *f, uint64_t client_seq, uint32_t account_id,
              const struct client_id *id)
{
    struct request *r = find(f, client_seq, account_id);
    return r != NULL ? r : find(f, made_id_read(id), account_id);
}

static void
answered(struct fanout *f, struct request *r)
{
    if (!r->answered) {
        r->answered = true;
        r->next_answered = f->requests.answered;
        f->requests.answered = r;
    }
}

/* Orders that end with the connection of the request. */
static void
bind_to_connection(struct fanout *f, const struct request *r, uint64_t order_id)
{
    struct party_order *o = party_order(&f->party, order_id);
    if (r->cancel_on_disconnect && o != NULL) {
        o->conn_id = r->conn_id;
        f->sweep_due |= http_conn_find(f->http, r->conn_id) == NULL; /* gone in between */
    }
}

/* Whether an order's event answers it. */
static bool
of_order(enum request_kind kind)
{
    return kind <= REQUEST_REPLACE || kind == REQUEST_RFQ_QUOTE || kind == REQUEST_RFQ_HIT ||
           kind == REQUEST_DEAL || kind == REQUEST_DEAL_PROPOSE || kind == REQUEST_DEAL_ANSWER;
}

static void
match_order(struct fanout *f, const struct event_order *e)
{
    struct request *r = find_by_event(f, e->client_seq, e->account_id, &e->id);
    if (r == NULL || !of_order(r->kind)) {
        return;
    }
    if (r->kind == REQUEST_RFQ_QUOTE) {
        r->side_ids[r->side_ids[0] != 0] = e->order_id;
        bind_to_connection(f, r, e->order_id);
        answered(f, r);
        return;
    }
    if (r->order_id != 0 && r->order_id != e->order_id) {
        return; /* another order of the session, which this one ended: a self-trade, a stop */
    }
    r->order_id = e->order_id;
    if (r->kind == REQUEST_NEW) {
        bind_to_connection(f, r, e->order_id);
    }
    answered(f, r);
}

/* What the answer shows is in the event itself. */
static void
keep_answer(struct fanout *f, struct request *r, const struct event *ev)
{
    r->answer = malloc(ev->rec.length_bytes);
    CHECK(r->answer != NULL, "no memory for an answer");
    memcpy(r->answer, ev, ev->rec.length_bytes);
    answered(f, r);
}

static void
match_quotes(struct fanout *f, const struct event_mass_quote *e)
{
    struct request *r = find(f, e->client_seq, e->account_id);
    if (r == NULL || r->kind != REQUEST_QUOTE) {
        return;
    }
    for (uint32_t i = 0; i < e->entry_cnt; i++) {
        bind_to_connection(f, r, e->entries[i].bid_order_id);
        bind_to_connection(f, r, e->entries[i].ask_order_id);
    }
    keep_answer(f, r, &e->ev);
}

static void
match_quote_limits(struct fanout *f, const struct event_quote_limits *e)
{
    struct request *r = find(f, e->client_seq, e->account_id);
    if (r != NULL && r->kind == REQUEST_QUOTE_LIMITS) {
        keep_answer(f, r, &e->ev);
    }
}

/* Of a list that is refused the first reason is that of the order that was wrong. */
static void
match_list(struct fanout *f, const struct event_order_list *e)
{
    struct request *r = find(f, e->client_seq, e->account_id);
    if (r == NULL || r->kind != REQUEST_ORDER_LIST) {
        return;
    }
    bind_to_connection(f, r, e->orders[0].order_id);
    bind_to_connection(f, r, e->orders[1].order_id);
    r->reason = e->refused != 0 ? e->orders[e->refused - 1].reason : 0;
    keep_answer(f, r, &e->ev);
}

/* To who asked. */
static void
match_rfq(struct fanout *f, const struct event_request *e)
{
    struct request *r = find(f, e->client_seq, e->account_id);
    if (r != NULL && r->answer == NULL &&
        (r->kind == REQUEST_RFQ || r->kind == REQUEST_RFQ_CANCEL)) {
        keep_answer(f, r, &e->ev);
    }
}

static void
match_reject(struct fanout *f, const struct event_reject *e)
{
    struct request *r = find_by_event(f, e->client_seq, e->account_id, &e->id);
    bool of_list = e->ev.rec.type == EVENT_ORDER_REJECTED; /* ORDER_LIST follows */
    if (r != NULL && e->reason != REASON_LIST) { /* of a list's orders the one that was wrong */
        r->why = e->why;
        r->refused_in = e->instrument_id;
    }
    if (r == NULL || (r->kind == REQUEST_ORDER_LIST && of_list)) {
        return;
    }
    r->reason = e->reason;
    r->status = e->status;
    r->order_id = e->order_id != 0 ? e->order_id : r->order_id;
    answered(f, r);
}

void
requests_match(struct fanout *f, const struct event *ev)
{
    if (f->requests.cnt == 0) {
        return;
    }
    switch (ev->rec.type) {
    case EVENT_ORDER_ACCEPTED:
    case EVENT_ORDER_CANCELED:
    case EVENT_ORDER_REPLACED:
    case EVENT_ORDER_STATUS:
        match_order(f, (const struct event_order *)ev);
        break;
    case EVENT_ORDER_REJECTED:
    case EVENT_CANCEL_REJECTED:
    case EVENT_COMMAND_RESULT:
        match_reject(f, (const struct event_reject *)ev);
        break;
    case EVENT_MASS_QUOTE:
        match_quotes(f, (const struct event_mass_quote *)ev);
        break;
    case EVENT_ORDER_LIST:
        match_list(f, (const struct event_order_list *)ev);
        break;
    case EVENT_REQUEST:
        match_rfq(f, (const struct event_request *)ev);
        break;
    case EVENT_QUOTE_LIMITS:
        match_quote_limits(f, (const struct event_quote_limits *)ev);
        break;
    default:
        break;
    }
}

/* --- answers --- */

static const char *
kind_name(enum request_kind kind)
{
    static const char *const names[] = {
        [REQUEST_NEW] = "new",
        [REQUEST_CANCEL] = "cancel",
        [REQUEST_REPLACE] = "replace",
        [REQUEST_CANCEL_ALL] = "cancel_all",
        [REQUEST_QUOTE] = "quote",
        [REQUEST_QUOTE_CANCEL] = "quote_cancel",
        [REQUEST_QUOTE_LIMITS] = "quote_limits",
        [REQUEST_ORDER_LIST] = "order_list",
        [REQUEST_RFQ] = "rfq",
        [REQUEST_RFQ_CANCEL] = "rfq_cancel",
        [REQUEST_RFQ_QUOTE] = "rfq_quote",
        [REQUEST_RFQ_HIT] = "rfq_hit",
        [REQUEST_RFQ_PASS] = "rfq_pass",
        [REQUEST_DEAL] = "deal",
        [REQUEST_DEAL_PROPOSE] = "deal_propose",
        [REQUEST_DEAL_ANSWER] = "deal_answer",
    };
    return names[kind];
}

/* Of what an answer over WebSocket shows. */
static const char *
result_name(enum request_kind kind)
{
    switch (kind) {
    case REQUEST_CANCEL_ALL:
    case REQUEST_QUOTE_CANCEL:
    case REQUEST_RFQ_QUOTE:
        return "order_ids";
    case REQUEST_ORDER_LIST:
        return "orders";
    case REQUEST_RFQ:
    case REQUEST_RFQ_CANCEL:
        return "rfq";
    case REQUEST_RFQ_PASS:
        return "quote_id";
    case REQUEST_QUOTE:
        return "quotes";
    case REQUEST_QUOTE_LIMITS:
        return "limits";
    default:
        return "order";
    }
}

/* Status of HTTP for a business reject. */
static uint16_t
status_of(uint16_t reason)
{
    switch (reason) {
    case REASON_UNKNOWN_ORDER:
    case REASON_UNKNOWN_INSTRUMENT:
        return 404;
    case REASON_BUSY:
    case REASON_BOOK_BUSY:
    case REASON_CANCEL_ONLY:
        return 503;
    default:
        return 400;
    }
}

static bool
cancels_many(const struct request *r)
{
    return r->kind == REQUEST_CANCEL_ALL || r->kind == REQUEST_QUOTE_CANCEL;
}

static void
put_reason(struct json_emit *o, const struct catalog *c, const struct request *r)
{
    dialect_put_refusal(o, c, r->reason, r->refused_in, &r->why);
    json_emit_text(o, "reason", reason_name(r->reason));
    json_emit_key(o, "code");
    json_emit_u64(o, r->reason);
    if (r->kind == REQUEST_ORDER_LIST && r->answer != NULL) {
        const struct event_order_list *e = (const struct event_order_list *)r->answer;
        json_emit_text(o, "client_oid", e->orders[e->refused - 1].id.text);
    }
    if (r->order_id != 0) {
        json_emit_key(o, "order_id");
        json_emit_u64_string(o, r->order_id);
    }
}

/* Whether a cancel-all is about this order: there when it was asked, and fits what it names. */
static bool
is_about(const struct request *r, const struct party_order *o)
{
    return o->number <= r->order_number &&
           (r->instrument_id == ID_NONE || o->instrument_id == r->instrument_id) &&
           (r->kind == REQUEST_CANCEL_ALL || (o->exec_inst & EXEC_QUOTE) != 0);
}

/* Ids of the orders that a cancel-all has ended, as far as finished ones are kept. */
static void
put_canceled(struct json_emit *o, const struct request *r)
{
    const struct party_account *a = r->session->account;
    uint64_t cnt = a->done_cnt - r->done_cnt;
    json_emit_begin_array(o);
    for (uint64_t n = cnt < PARTY_DONE_MAX ? cnt : PARTY_DONE_MAX; n-- > 0;) {
        const struct party_order *order = party_done_at(a, n);
        if (is_about(r, order) && order->status != ORD_STATUS_FILLED) {
            json_emit_u64_string(o, order->order_id);
        }
    }
    json_emit_close_array(o);
}

static void
put_listed(struct fanout *f, struct json_emit *o, const struct event_order_list *e)
{
    json_emit_begin_array(o);
    for (int i = 0; i < 2; i++) {
        const struct party_order *order = party_order(&f->party, e->orders[i].order_id);
        if (order != NULL) {
            dialect_order(o, &f->catalog, order);
        } else {
            json_emit_null(o);
        }
    }
    json_emit_close_array(o);
}

/* Ids of the orders of a quote's sides. */
static void
put_sides(struct json_emit *o, const struct request *r)
{
    json_emit_begin_array(o);
    for (int side = 0; side < 2 && r->side_ids[side] != 0; side++) {
        json_emit_u64_string(o, r->side_ids[side]);
    }
    json_emit_close_array(o);
}

/* What became of quotes, their limits, a list; a result without a reason tells nothing of them. */
static void
put_event(struct fanout *f, struct json_emit *o, const struct request *r)
{
    if (r->answer == NULL) {
        json_emit_null(o);
    } else if (r->kind == REQUEST_ORDER_LIST) {
        put_listed(f, o, (const struct event_order_list *)r->answer);
    } else if (r->kind == REQUEST_RFQ || r->kind == REQUEST_RFQ_CANCEL) {
        dialect_rfq(o, &f->catalog, (const struct event_request *)r->answer);
    } else if (r->kind == REQUEST_QUOTE) {
        dialect_quotes(o, &f->catalog, (const struct event_mass_quote *)r->answer);
    } else {
        dialect_quote_limits(o, &f->catalog, (const struct event_quote_limits *)r->answer);
    }
}

static void
put_result(struct fanout *f, struct json_emit *o, const struct request *r)
{
    const struct party_order *order = party_order(&f->party, r->order_id);
    if (order != NULL && order->account_id != r->session->account_id) {
        order = NULL; /* a proposal that was declined is the other side's */
    }
    if (cancels_many(r)) {
        put_canceled(o, r);
    } else if (r->kind == REQUEST_QUOTE || r->kind == REQUEST_QUOTE_LIMITS ||
               r->kind == REQUEST_ORDER_LIST || r->kind == REQUEST_RFQ ||
               r->kind == REQUEST_RFQ_CANCEL) {
        put_event(f, o, r);
    } else if (r->kind == REQUEST_RFQ_QUOTE) {
        put_sides(o, r);
    } else if (r->kind == REQUEST_RFQ_PASS) {
        json_emit_u64_string(o, r->number);
    } else if (r->kind == REQUEST_CANCEL && !r->websocket) {
        if (r->by_client_id) {
            json_emit_string_bytes(o, r->id.text, r->id.length);
        } else {
            json_emit_u64_string(o, r->order_id);
        }
    } else if (order != NULL) {
        dialect_order(o, &f->catalog, order);
    } else {
        json_emit_null(o);
    }
}

static void
answer_websocket(struct fanout *f, struct http_conn *conn, const struct request *r)
{
    struct json_emit *o = &f->body;
    json_emit_reset(o);
    json_emit_begin_object(o);
    json_emit_text(o, "type", r->reason == 0 ? "ack" : "reject");
    json_emit_text(o, "request", kind_name(r->kind));
    json_emit_text(o, "request_id", r->request_id);
    if (r->reason != 0) {
        put_reason(o, &f->catalog, r);
    } else {
        json_emit_key(o, result_name(r->kind));
        put_result(f, o, r);
    }
    json_emit_close_object(o);
    http_ws_send(conn, o->text, o->bytes);
}

static void
answer_rest(struct fanout *f, struct http_conn *conn, const struct request *r)
{
    struct json_emit *o = &f->body;
    json_emit_reset(o);
    if (r->reason == 0) {
        put_result(f, o, r);
        rest_json(f, conn, 200, NULL);
        return;
    }
    json_emit_begin_object(o);
    put_reason(o, &f->catalog, r);
    json_emit_close_object(o);
    rest_json(f, conn, status_of(r->reason), NULL);
}

static void
answer(struct fanout *f, struct request *r)
{
    struct http_conn *conn = http_conn_find(f->http, r->conn_id);
    histogram_record(&f->requests.round_trip, clock_mono_ns() - r->created_ns);
    if (conn != NULL && r->websocket) {
        answer_websocket(f, conn, r);
    } else if (conn != NULL) {
        answer_rest(f, conn, r);
    }
    request_free(f, r);
}

/* Whether a cancel-all is through: its result comes first, the cancels behind it. */
static bool
through(const struct request *r)
{
    const struct party_order *o = r->reason == 0 ? r->session->account->open : NULL;
    while (o != NULL && !is_about(r, o)) {
        o = o->next;
    }
    return o == NULL;
}

void
requests_answer(struct fanout *f)
{
    struct request *list = f->requests.answered;
    f->requests.answered = NULL;
    while (list != NULL) {
        struct request *r = list;
        list = r->next_answered;
        if (cancels_many(r) && !through(r)) {
            r->next_answered = f->requests.answered;
            f->requests.answered = r;
        } else {
            answer(f, r);
        }
    }
}

static void
expire(struct fanout *f, struct request *r)
{
    static const char text[] =
        "no answer in time: it may have been taken or not; ask for the order by its client_oid, or "
        "send the same again with the same client_oid, which cannot be executed twice";
    struct http_conn *conn = http_conn_find(f->http, r->conn_id);
    struct json_emit *o = &f->body;
    json_emit_reset(o);
    json_emit_begin_object(o);
    if (r->websocket) {
        json_emit_text(o, "type", "timeout");
        json_emit_text(o, "request", kind_name(r->kind));
        json_emit_text(o, "request_id", r->request_id);
    }
    json_emit_text(o, "message", text);
    if (r->id.length > 0) {
        json_emit_key(o, "client_oid");
        json_emit_string_bytes(o, r->id.text, r->id.length);
    }
    json_emit_close_object(o);
    if (conn != NULL && r->websocket) {
        http_ws_send(conn, o->text, o->bytes);
    } else if (conn != NULL) {
        rest_json(f, conn, 504, NULL);
    }
    request_free(f, r);
}

static void
unlink_answered(struct requests *q, const struct request *r)
{
    for (struct request **at = &q->answered; *at != NULL; at = &(*at)->next_answered) {
        if (*at == r) {
            *at = r->next_answered;
            return;
        }
    }
}

void
requests_expire(struct fanout *f)
{
    struct request *r;
    while ((r = f->requests.first) != NULL && f->mono_ns - r->created_ns > f->options.answer_ns) {
        if (r->answered) { /* a cancel-all that goes on: tell what is done */
            unlink_answered(&f->requests, r);
            answer(f, r);
        } else {
            expire(f, r);
        }
    }
}

int64_t
requests_next_due(const struct fanout *f)
{
    const struct request *r = f->requests.first;
    return r != NULL ? r->created_ns + f->options.answer_ns + 1 : INT64_MAX;
}
