#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/check.h"
#include "engine/base/clock.h"
#include "gateway/api/fanout_priv.h"

/* One WebSocket client: its messages in, its subscriptions. What goes out to many is in feed.c. */

enum { RATE_BURST_S = 2 }; /* a silent client may send so many seconds' worth at once */

static const struct {
    const char *name;
    enum channel channel;
} channel_names[] = {
    {"level2", CHANNEL_LEVEL2}, {"level2_batch", CHANNEL_LEVEL2}, {"matches", CHANNEL_MATCHES},
    {"ticker", CHANNEL_TICKER}, {"ticker_batch", CHANNEL_TICKER}, {"heartbeat", CHANNEL_HEARTBEAT},
    {"user", CHANNEL_USER},     {"balance", CHANNEL_BALANCE},     {"balances", CHANNEL_BALANCE},
    {"status", CHANNEL_STATUS}, {"auctionfeed", CHANNEL_AUCTION}, {"rfq", CHANNEL_RFQ},
};

enum { CHANNEL_NAME_CNT = sizeof(channel_names) / sizeof(channel_names[0]) };

/* --- answers --- */

static void
send_json(struct api_client *c)
{
    struct json_emit *o = &c->fanout->body;
    http_ws_send(c->conn, o->text, o->bytes);
}

static struct json_emit *
begin(struct api_client *c, const char *type)
{
    struct json_emit *o = &c->fanout->body;
    json_emit_reset(o);
    json_emit_begin_object(o);
    json_emit_text(o, "type", type);
    return o;
}

/* message: the kind of failure; reason: what to do about it. */
static void
send_error(struct api_client *c, const char *message, const char *reason)
{
    struct json_emit *o = begin(c, "error");
    json_emit_text(o, "message", message);
    json_emit_text(o, "reason", reason);
    json_emit_close_object(o);
    send_json(c);
}

/* --- who it is --- */

static struct http_text
text_of(const struct json_text *t)
{
    return (struct http_text){t->at, t->at != NULL ? t->bytes : 0};
}

/* Checks the credentials in the message. false: it was told. */
static bool
authenticate(struct api_client *c, const struct order_form *form)
{
    const char *why;
    struct credentials credentials = {
        .key = text_of(&form->key),
        .sign = text_of(&form->signature),
        .timestamp = text_of(&form->timestamp),
        .passphrase = text_of(&form->passphrase),
        .method = {"GET", 3},
        .target = {"/users/self/verify", 18},
    };
    char sign[128]; /* base64 holds '/', which some encoders of JSON escape */
    if (form->signature.at != NULL && form->signature.escaped) {
        int bytes = json_text_copy(&form->signature, sign, sizeof(sign));
        credentials.sign = (struct http_text){sign, bytes > 0 ? (size_t)bytes : 0};
    }
    struct api_session *s = credentials_check(c->fanout, &credentials, &why);
    if (s == NULL) {
        send_error(c, "Authentication Failed", why);
        return false;
    }
    if (c->session != NULL && c->session != s) {
        send_error(c, "Authentication Failed", "this connection belongs to another key already");
        return false;
    }
    if (c->session == NULL) {
        c->session = s;
        c->cancel_on_disconnect = s->cancel_on_disconnect;
    }
    if (form->cancel_on_disconnect_given) {
        c->cancel_on_disconnect = form->cancel_on_disconnect;
    }
    return true;
}

static void
on_authenticate(struct api_client *c, const struct order_form *form)
{
    char account[16];
    struct api_fault fault;
    if (order_form_check(form, FORM_AUTHENTICATE, &fault) != 0) {
        send_error(c, "Malformed message", fault.text);
        return;
    }
    if (!authenticate(c, form)) {
        return;
    }
    (void)snprintf(account, sizeof(account), "%u", c->session->account_id);
    struct json_emit *o = begin(c, "authenticated");
    json_emit_text(o, "profile_id", account);
    json_emit_key(o, "cancel_on_disconnect");
    json_emit_bool(o, c->cancel_on_disconnect);
    json_emit_close_object(o);
    send_json(c);
}

/* --- subscriptions --- */

/* One message's wishes: checked whole before any is carried out; what is there already is sent
 * after the answer. */
enum wish_pass { WISH_CHECK, WISH_CARRY_OUT, WISH_SEND };

struct wishes {
    struct api_client *client;
    const struct order_form *form;
    bool subscribe;
    enum wish_pass pass;
    uint32_t named_cnt; /* of the check: what the message asks for, the same thing twice is two */
    uint32_t fresh_cnt; /* and how much of it the client has not yet */
    char why[160];
};

static bool
refuse(struct wishes *w, const char *text, const char *detail)
{
    (void)snprintf(w->why, sizeof(w->why), "%s%s", text, detail);
    return false;
}

/* A message's work is bounded, like what a client may have: a few names in 64 KiB, each of a whole
 * book, would keep all others waiting. */
static bool
wish_named(struct wishes *w)
{
    if (w->pass == WISH_CHECK && ++w->named_cnt > w->client->fanout->options.subscription_max) {
        (void)snprintf(w->why, sizeof(w->why),
                       "too many products and channels: at most %u in one message",
                       w->client->fanout->options.subscription_max);
        return false;
    }
    return true;
}

static bool
wish_fresh(struct wishes *w, bool has)
{
    const struct api_client *c = w->client;
    uint32_t most = c->fanout->options.subscription_max;
    if (!w->subscribe || has || c->subscription_cnt + ++w->fresh_cnt <= most) {
        return true;
    }
    (void)snprintf(w->why, sizeof(w->why),
                   "too many subscriptions: at most %u a client, products times channels", most);
    return false;
}

static bool
wish_product(struct wishes *w, enum channel channel, const struct product *p)
{
    struct api_client *c = w->client;
    struct fanout *f = c->fanout;
    if (channel == CHANNEL_LEVEL2 && w->form->checksum) {
        channel = CHANNEL_LEVEL2_CHECKSUM;
    }
    if (w->pass == WISH_CHECK) {
        return wish_fresh(w, feed_has(c, p, channel));
    }
    if (w->pass == WISH_SEND) {
        feed_send_current(f, c, p, channel);
        return http_conn_is_ws(c->conn); /* not when that was too much for it */
    }
    if (w->subscribe) {
        feed_subscribe(f, c, p, channel);
        return true;
    }
    feed_unsubscribe(f, c, p, channel);
    if (channel == CHANNEL_LEVEL2) {
        feed_unsubscribe(f, c, p, CHANNEL_LEVEL2_CHECKSUM);
    }
    return true;
}

static bool
wish_products(struct wishes *w, enum channel channel, const struct json_text *ids)
{
    struct json_scan s;
    struct json_text id;
    char symbol[SYMBOL_MAX + 1];
    bool good = true;
    json_scan_init(&s, ids->at, ids->bytes);
    if (!json_scan_array_begin(&s)) {
        return refuse(w, "product_ids: expected an array of strings", "");
    }
    while (good && json_scan_array_next(&s)) {
        if (!json_scan_string(&s, &id)) {
            return refuse(w, "product_ids: expected an array of strings", "");
        }
        if (!wish_named(w)) {
            return false;
        }
        int bytes = json_text_copy(&id, symbol, sizeof(symbol));
        const struct product *p = bytes > 0 ? catalog_product_by_symbol(&w->client->fanout->catalog,
                                                                        symbol, (size_t)bytes)
                                            : NULL;
        good = p != NULL ? wish_product(w, channel, p)
                         : refuse(w, "unknown product_id ", bytes > 0 ? symbol : "(too long)");
    }
    return good;
}

static bool
wish_plain(struct wishes *w, enum channel channel)
{
    struct api_client *c = w->client;
    if (w->pass == WISH_CHECK) {
        return wish_fresh(w, channel == CHANNEL_STATUS ? c->has_status : c->has_balance);
    }
    if (w->pass == WISH_SEND) {
        feed_send_current(c->fanout, c, NULL, channel);
        return http_conn_is_ws(c->conn);
    }
    if (w->subscribe) {
        feed_subscribe_plain(c->fanout, c, channel);
    } else {
        feed_unsubscribe_plain(c->fanout, c, channel);
    }
    return true;
}

static bool
wish_channel(struct wishes *w, const char *name, const struct json_text *ids)
{
    size_t i = 0;
    while (i < CHANNEL_NAME_CNT && strcmp(channel_names[i].name, name) != 0) {
        i++;
    }
    if (i == CHANNEL_NAME_CNT) {
        return refuse(w, "unknown channel ", name);
    }
    enum channel channel = channel_names[i].channel;
    if ((channel == CHANNEL_USER || channel == CHANNEL_BALANCE) && w->client->session == NULL) {
        return refuse(w, "authentication is needed for channel ", name);
    }
    if (channel < CHANNEL_PRODUCT_CNT && ids->at != NULL) {
        return wish_products(w, channel, ids);
    }
    if (!wish_named(w)) {
        return false;
    }
    if (channel >= CHANNEL_PRODUCT_CNT) {
        return wish_plain(w, channel);
    }
    if (!w->subscribe || channel == CHANNEL_USER) { /* all of them */
        struct catalog *c = &w->client->fanout->catalog;
        bool good = true;
        for (uint32_t p = 0; good && p < c->product_cnt; p++) {
            good = wish_product(w, channel, c->products[p]);
        }
        return good;
    }
    return refuse(w, "product_ids: missing for channel ", name);
}

/* {"name": ..., "product_ids": [...]} */
static bool
wish_object(struct wishes *w, struct json_scan *s)
{
    struct json_text key, name_text = {0}, unknown = {0}, ids = w->form->product_ids;
    char name[32], field[FORM_NAME_TEXT];
    (void)json_scan_object_begin(s);
    while (json_scan_object_next(s, &key)) {
        if (json_text_is(&key, "name")) {
            (void)json_scan_string(s, &name_text);
        } else if (json_text_is(&key, "product_ids")) {
            size_t from = s->pos;
            (void)json_scan_skip(s);
            ids = (struct json_text){.at = s->text + from, .bytes = s->pos - from};
        } else {
            unknown = key;
            (void)json_scan_skip(s);
        }
    }
    if (unknown.at != NULL) {
        (void)snprintf(w->why, sizeof(w->why),
                       "channels: unknown field '%s'; expected: name, product_ids",
                       order_form_name(&unknown, field));
        return false;
    }
    if (s->failed || name_text.at == NULL || json_text_copy(&name_text, name, sizeof(name)) <= 0) {
        return refuse(w, "channels: expected a name in each object", "");
    }
    return wish_channel(w, name, &ids);
}

static bool
wish_all(struct wishes *w)
{
    struct json_scan s;
    struct json_text text;
    char name[32];
    bool good = true;
    json_scan_init(&s, w->form->channels.at, w->form->channels.bytes);
    if (w->form->channels.at == NULL || !json_scan_array_begin(&s)) {
        return refuse(w, "channels: expected an array of names or objects", "");
    }
    while (good && json_scan_array_next(&s)) {
        if (json_scan_peek(&s) == JSON_SCAN_OBJECT) {
            good = wish_object(w, &s);
        } else if (json_scan_string(&s, &text) && json_text_copy(&text, name, sizeof(name)) > 0) {
            good = wish_channel(w, name, &w->form->product_ids);
        } else {
            good = refuse(w, "channels: expected an array of names or objects", "");
        }
    }
    return good;
}

/* The whole of what the client is subscribed to. */
static void
send_subscriptions(struct api_client *c)
{
    static const char *const names[CHANNEL_PRODUCT_CNT] = {
        [CHANNEL_LEVEL2] = "level2",
        [CHANNEL_LEVEL2_CHECKSUM] = "level2",
        [CHANNEL_MATCHES] = "matches",
        [CHANNEL_TICKER] = "ticker",
        [CHANNEL_HEARTBEAT] = "heartbeat",
        [CHANNEL_AUCTION] = "auctionfeed",
        [CHANNEL_RFQ] = "rfq",
        [CHANNEL_USER] = "user",
    };
    struct json_emit *o = begin(c, "subscriptions");
    json_emit_key(o, "channels");
    json_emit_begin_array(o);
    for (enum channel channel = 0; channel < CHANNEL_PRODUCT_CNT; channel++) {
        bool any = false;
        for (uint32_t i = 0; i < c->room; i++) {
            if ((c->channels[i] & 1u << channel) == 0) {
                continue;
            }
            if (!any) {
                json_emit_begin_object(o);
                json_emit_text(o, "name", names[channel]);
                if (channel == CHANNEL_LEVEL2_CHECKSUM) {
                    json_emit_key(o, "checksum");
                    json_emit_bool(o, true);
                }
                json_emit_key(o, "product_ids");
                json_emit_begin_array(o);
                any = true;
            }
            json_emit_string(o, c->fanout->catalog.products[i]->symbol);
        }
        if (any) {
            json_emit_close_array(o);
            json_emit_close_object(o);
        }
    }
    const char *plain[] = {c->has_balance ? "balance" : NULL, c->has_status ? "status" : NULL};
    for (size_t i = 0; i < 2; i++) {
        if (plain[i] != NULL) {
            json_emit_begin_object(o);
            json_emit_text(o, "name", plain[i]);
            json_emit_close_object(o);
        }
    }
    json_emit_close_array(o);
    json_emit_close_object(o);
    send_json(c);
}

static void
on_subscribe(struct api_client *c, const struct order_form *form, bool subscribe)
{
    const char *failed = subscribe ? "Failed to subscribe" : "Failed to unsubscribe";
    struct wishes w = {.client = c, .form = form, .subscribe = subscribe};
    struct api_fault fault;
    if (order_form_check(form, FORM_SUBSCRIBE, &fault) != 0) {
        send_error(c, failed, fault.text);
        return;
    }
    bool credentials = form->key.at != NULL || form->signature.at != NULL;
    if (credentials && !authenticate(c, form)) {
        return;
    }
    bool good = wish_all(&w);
    if (good) {
        w.pass = WISH_CARRY_OUT;
        good = wish_all(&w);
    }
    if (!good) {
        send_error(c, failed, w.why);
        return;
    }
    send_subscriptions(c);
    if (subscribe) {
        w.pass = WISH_SEND;
        (void)wish_all(&w);
    }
}

/* --- orders --- */

static void
send_refusal(struct api_client *c, const struct order_form *form, const char *request,
             const struct api_fault *fault)
{
    char id[REQUEST_ID_MAX + 1] = "";
    if (form->request_id.at != NULL && json_text_copy(&form->request_id, id, sizeof(id)) < 0) {
        id[0] = 0;
    }
    struct json_emit *o = begin(c, "reject");
    json_emit_text(o, "request", request);
    json_emit_text(o, "request_id", id);
    json_emit_text(o, "message", fault->text);
    json_emit_text(o, "reason",
                   fault->status == 503   ? "BUSY"
                   : fault->status == 401 ? "NOT_AUTHENTICATED"
                                          : "BAD_REQUEST");
    json_emit_close_object(o);
    send_json(c);
}

static const struct order_message {
    const char *type;
    enum form_kind kind;
    int (*enter)(struct fanout *, const struct entry *, struct api_fault *);
} order_messages[] = {
    {"new", FORM_NEW, entry_new},
    {"cancel", FORM_CANCEL, entry_cancel},
    {"replace", FORM_REPLACE, entry_replace},
    {"cancel_all", FORM_CANCEL_ALL, entry_cancel_all},
    {"order_list", FORM_ORDER_LIST, entry_order_list},
    {"quote", FORM_QUOTE, entry_quote},
    {"quote_cancel", FORM_QUOTE_CANCEL, entry_quote_cancel},
    {"quote_limits", FORM_QUOTE_LIMITS, entry_quote_limits},
    {"rfq", FORM_RFQ, entry_rfq},
    {"rfq_cancel", FORM_RFQ_CANCEL, entry_rfq_cancel},
    {"rfq_quote", FORM_RFQ_QUOTE, entry_rfq_quote},
    {"rfq_hit", FORM_RFQ_HIT, entry_rfq_hit},
    {"rfq_pass", FORM_RFQ_PASS, entry_rfq_pass},
    {"deal", FORM_DEAL, entry_deal},
    {"deal_propose", FORM_DEAL_PROPOSE, entry_deal_propose},
    {"deal_answer", FORM_DEAL_ANSWER, entry_deal_answer},
};

enum { ORDER_MESSAGE_CNT = sizeof(order_messages) / sizeof(order_messages[0]) };

static void
on_order(struct api_client *c, const struct order_form *form, const struct order_message *m)
{
    struct api_fault fault = {0};
    char id[REQUEST_ID_MAX + 1];
    struct entry e = {.session = c->session,
                      .conn = c->conn,
                      .form = form,
                      .websocket = true,
                      .cancel_on_disconnect = c->cancel_on_disconnect};
    if (c->session == NULL) {
        (void)api_fault_set(&fault, 401, "authentication is needed: send \"authenticate\" first");
    } else if (form->request_id.at != NULL &&
               json_text_copy(&form->request_id, id, sizeof(id)) < 0) {
        (void)api_fault_set(&fault, 400, "request_id: expected at most 64 characters");
    } else if (order_form_check(form, m->kind, &fault) == 0 &&
               m->enter(c->fanout, &e, &fault) == 0) {
        c->entered_orders |= e.cancel_on_disconnect;
        return;
    }
    send_refusal(c, form, m->type, &fault);
}

/* --- messages --- */

static void
dispatch(struct api_client *c, const struct order_form *form)
{
    const struct json_text *t = &form->type;
    size_t i = 0;
    while (i < ORDER_MESSAGE_CNT && t->at != NULL && !json_text_is(t, order_messages[i].type)) {
        i++;
    }
    if (t->at == NULL) {
        send_error(c, "Malformed message", "type: missing");
    } else if (i < ORDER_MESSAGE_CNT) {
        on_order(c, form, &order_messages[i]);
    } else if (json_text_is(t, "subscribe")) {
        on_subscribe(c, form, true);
    } else if (json_text_is(t, "unsubscribe")) {
        on_subscribe(c, form, false);
    } else if (json_text_is(t, "authenticate")) {
        on_authenticate(c, form);
    } else {
        send_error(c, "Malformed message",
                   "type: expected subscribe, unsubscribe, authenticate, new, cancel, replace, "
                   "cancel_all, quote, quote_cancel, quote_limits, rfq, rfq_cancel, rfq_quote, "
                   "rfq_hit, rfq_pass, deal, deal_propose or deal_answer");
    }
}

/* Credit grows with time; each message costs 1/rate of a second. */
static bool
within_rate(struct api_client *c)
{
    int64_t cost = CLOCK_NS_PER_S / c->fanout->options.message_rate;
    int64_t most = (int64_t)RATE_BURST_S * CLOCK_NS_PER_S;
    c->tokens_ns += c->fanout->mono_ns - c->seen_ns;
    c->seen_ns = c->fanout->mono_ns;
    c->tokens_ns = c->tokens_ns < most ? c->tokens_ns : most;
    if (c->tokens_ns < cost) {
        return false;
    }
    c->tokens_ns -= cost;
    return true;
}

void
ws_client_message(void *self, struct http_conn *conn, const char *text, size_t bytes)
{
    struct api_client *c = http_conn_user(conn);
    struct order_form form;
    struct api_fault fault;
    (void)self;
    if (!within_rate(c)) {
        http_ws_close(conn, WS_CLOSE_POLICY, "more messages a second than allowed");
    } else if (order_form_read(&form, text, bytes, &fault) != 0) {
        send_error(c, "Malformed message", fault.text);
    } else {
        dispatch(c, &form);
    }
}

bool
ws_client_upgrade(void *self, struct http_conn *conn, const struct http_request *r)
{
    struct fanout *f = self;
    if (!http_text_is(&r->path, "/") && !http_text_is(&r->path, "/ws")) {
        rest_error(f, conn, 404, "WebSocket is at / and at /ws");
        return false;
    }
    if (!f->ready) {
        rest_error(f, conn, 503, "starting: reading the event stream; try again");
        return false;
    }
    struct api_client *c = calloc(1, sizeof(*c));
    CHECK(c != NULL, "no memory for a client");
    c->fanout = f;
    c->conn = conn;
    c->conn_id = http_conn_id(conn);
    c->seen_ns = f->mono_ns;
    c->tokens_ns = (int64_t)RATE_BURST_S * CLOCK_NS_PER_S;
    c->next = f->feed.clients;
    if (c->next != NULL) {
        c->next->prev = c;
    }
    f->feed.clients = c;
    f->feed.client_cnt++;
    http_conn_user_set(conn, c);
    return true;
}

void
ws_client_close(void *self, struct http_conn *conn)
{
    struct fanout *f = self;
    struct api_client *c = http_conn_user(conn);
    if (c == NULL) {
        return;
    }
    f->sweep_due |= c->entered_orders;
    feed_client_gone(f, c);
    *(c->prev != NULL ? &c->prev->next : &f->feed.clients) = c->next;
    if (c->next != NULL) {
        c->next->prev = c->prev;
    }
    f->feed.client_cnt--;
    free(c);
}
