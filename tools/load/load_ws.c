#include "tools/load/load_ws.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/clock.h"
#include "gateway/auth/auth_key.h"
#include "gateway/http/json_emit.h"
#include "gateway/http/json_scan.h"
#include "gateway/http/ws_dialer.h"

struct session {
    struct load_ws *owner;
    struct ws_dialer *dialer;
    const struct load_ws_key *key;
    uint32_t index;
    bool hears_user; /* the first of its key */
    bool up;
    char why[LOAD_WHY_MAX]; /* what the venue said before it was up */
};

struct load_ws {
    struct load *load;
    struct load_ws_options options;
    uint32_t session_cnt;
    struct json_emit json; /* the message that is being written */
    struct session sessions[LOAD_SESSION_MAX];
};

/* --- what goes out --- */

static struct json_emit *
begin(struct session *s, const char *type)
{
    struct json_emit *o = &s->owner->json;
    json_emit_reset(o);
    json_emit_begin_object(o);
    json_emit_text(o, "type", type);
    return o;
}

static int
end(struct session *s)
{
    struct json_emit *o = &s->owner->json;
    json_emit_close_object(o);
    return ws_dialer_send(s->dialer, o->text, o->bytes);
}

static void
give_up(struct session *s, const char *why)
{
    snprintf(s->why, sizeof s->why, "%s", why);
    ws_dialer_end(s->dialer);
}

/* Signs what docs/api.md says, under "Authentication". */
static void
authenticate(struct session *s)
{
    static const char signed_text[] = "GET/users/self/verify";
    char timestamp[24], signature[48];
    int bytes =
        snprintf(timestamp, sizeof timestamp, "%lld", (long long)(clock_utc_ns() / CLOCK_NS_PER_S));
    const struct auth_part parts[] = {{timestamp, (size_t)bytes},
                                      {signed_text, sizeof signed_text - 1}};
    if (auth_sign(s->key->secret, parts, 2, signature) != 0) {
        give_up(s, "its secret is not base64");
        return;
    }
    struct json_emit *o = begin(s, "authenticate");
    json_emit_text(o, "key", s->key->key);
    json_emit_text(o, "passphrase", s->key->passphrase);
    json_emit_text(o, "timestamp", timestamp);
    json_emit_text(o, "signature", signature);
    if (end(s) != 0)
        give_up(s, "no room to authenticate");
}

static void
subscribe(struct session *s)
{
    const struct flow *f = s->owner->options.flow;
    struct json_emit *o = begin(s, "subscribe");
    json_emit_key(o, "product_ids");
    json_emit_begin_array(o);
    for (uint32_t i = 0; i < f->instrument_cnt; i++)
        json_emit_string(o, f->instruments[i].symbol);
    json_emit_close_array(o);
    json_emit_key(o, "channels");
    json_emit_begin_array(o);
    json_emit_string(o, "user");
    json_emit_close_array(o);
    if (end(s) != 0)
        give_up(s, "no room to subscribe");
}

static void
put_terms(struct json_emit *o, const struct load_message *m)
{
    if (m->price[0])
        json_emit_text(o, "price", m->price);
    if (m->qty[0])
        json_emit_text(o, "size", m->qty);
}

static void
put_new(struct json_emit *o, const struct load_message *m)
{
    static const char *const tifs[] = {
        [TIF_DAY] = "DAY", [TIF_GTC] = "GTC", [TIF_IOC] = "IOC", [TIF_FOK] = "FOK"};
    json_emit_text(o, "product_id", m->symbol);
    json_emit_text(o, "client_oid", m->id);
    json_emit_text(o, "side", m->side == SIDE_BUY ? "buy" : "sell");
    json_emit_text(o, "order_type", m->ord_type == ORD_MARKET ? "market" : "limit");
    put_terms(o, m);
    if (m->tif < sizeof tifs / sizeof *tifs && tifs[m->tif])
        json_emit_text(o, "time_in_force", tifs[m->tif]);
    if (m->post_only) {
        json_emit_key(o, "post_only");
        json_emit_bool(o, true);
    }
}

static int
link_send(void *self, const struct load_message *m)
{
    static const char *const types[] = {
        [FLOW_NEW] = "new", [FLOW_CANCEL] = "cancel", [FLOW_REPLACE] = "replace"};
    struct session *s = self;
    struct json_emit *o = begin(s, types[m->kind]);
    json_emit_text(o, "request_id", m->id);
    if (m->kind == FLOW_NEW) {
        put_new(o, m);
    } else {
        json_emit_text(o, "client_oid", m->orig);
    }
    if (m->kind == FLOW_REPLACE) {
        json_emit_text(o, "new_client_oid", m->id);
        put_terms(o, m);
    }
    return end(s);
}

/* --- what comes back --- */

struct heard { /* fields of a message; at == NULL: not there */
    struct json_text type, request, request_id, client_oid, message, reason, cancel_reason,
        taker_fee_rate;
};

static bool
hear(struct heard *h, const char *text, size_t bytes)
{
    const struct {
        const char *name;
        struct json_text *to;
    } fields[] = {{"type", &h->type},
                  {"request", &h->request},
                  {"request_id", &h->request_id},
                  {"client_oid", &h->client_oid},
                  {"message", &h->message},
                  {"reason", &h->reason},
                  {"cancel_reason", &h->cancel_reason},
                  {"taker_fee_rate", &h->taker_fee_rate}};
    struct json_scan s;
    struct json_text key;
    *h = (struct heard){0};
    json_scan_init(&s, text, bytes);
    if (json_scan_object_begin(&s)) {
        while (json_scan_object_next(&s, &key)) {
            size_t i = 0;
            while (i < sizeof fields / sizeof *fields && !json_text_is(&key, fields[i].name))
                i++;
            if (i < sizeof fields / sizeof *fields && json_scan_peek(&s) == JSON_SCAN_STRING)
                json_scan_string(&s, fields[i].to);
            else
                json_scan_skip(&s);
        }
    }
    return json_scan_end(&s) && h->type.at != NULL;
}

static bool
is(const struct json_text *t, const char *text)
{
    return t->at != NULL && json_text_is(t, text);
}

static void
report(struct session *s, enum load_answer answer, const struct json_text *id,
       const struct json_text *why, bool taker)
{
    load_on_report(s->owner->load, s->index,
                   &(struct load_report){.answer = answer,
                                         .id = id->at,
                                         .id_bytes = id->bytes,
                                         .text = why->at,
                                         .text_bytes = why->bytes,
                                         .taker = taker});
}

static enum load_answer
ack_answer(const struct heard *h)
{
    return is(&h->request, "cancel")    ? LOAD_CANCELED
           : is(&h->request, "replace") ? LOAD_REPLACED
                                        : LOAD_ACCEPTED;
}

/* "timeout" is no answer: it may have been taken or not. `rejected` and `cancel_rejected` of the
 * user channel repeat what `reject` says. */
static void
on_answer(struct session *s, const struct heard *h)
{
    if (is(&h->type, "ack"))
        report(s, ack_answer(h), &h->request_id, &h->message, false);
    else if (is(&h->type, "reject"))
        report(s, LOAD_REFUSED, &h->request_id, &h->message, false);
    else if (is(&h->type, "match"))
        report(s, LOAD_FILL, &h->client_oid, &h->message, h->taker_fee_rate.at != NULL);
    else if (is(&h->type, "done") && is(&h->reason, "canceled") &&
             !is(&h->cancel_reason, "BY_CLIENT"))
        report(s, LOAD_ENDED, &h->client_oid, &h->cancel_reason, false);
    else if (is(&h->type, "error"))
        report(s, LOAD_PROTOCOL, &h->request_id, &h->reason, false);
}

static void
on_opening(struct session *s, const struct heard *h)
{
    char text[LOAD_WHY_MAX];
    if (is(&h->type, "authenticated") && s->hears_user) {
        subscribe(s);
    } else if (is(&h->type, "authenticated") || is(&h->type, "subscriptions")) {
        s->up = true;
    } else if (is(&h->type, "error")) {
        const struct json_text *m = &h->message, *r = &h->reason; /* at is NULL: not said */
        snprintf(text, sizeof text, "%.*s: %.*s", (int)m->bytes, m->at ? m->at : "", (int)r->bytes,
                 r->at ? r->at : "");
        give_up(s, text);
    }
}

static void
on_message(void *user, const char *text, size_t bytes)
{
    static const struct json_text none;
    static const char no_object[] = "the venue's message is no JSON object with a type";
    struct session *s = user;
    struct heard h;
    if (!hear(&h, text, bytes)) {
        h.reason = (struct json_text){no_object, sizeof no_object - 1, false};
        report(s, LOAD_PROTOCOL, &none, &h.reason, false);
    } else if (s->up) {
        on_answer(s, &h);
    } else {
        on_opening(s, &h);
    }
}

static void
on_close(void *user, const char *why)
{
    struct session *s = user;
    s->up = false;
    load_net_down(s->owner->load, s->index, s->key->key, s->why[0] ? s->why : why);
}

/* --- the link --- */

static int
link_connect(void *self, struct error *err)
{
    return ws_dialer_connect(((struct session *)self)->dialer, err);
}

static bool
link_up(const void *self)
{
    return ((const struct session *)self)->up;
}

static void
link_logout(void *self)
{
    ws_dialer_end(((struct session *)self)->dialer);
}

static void
on_open(void *user)
{
    authenticate(user);
}

/* --- life --- */

static int
session_open(struct load_ws *x, uint32_t i, struct net *net, struct error *err)
{
    static const struct load_link_ops link_ops = {
        .connect = link_connect, .up = link_up, .send = link_send, .logout = link_logout};
    static const struct ws_dialer_ops ops = {
        .on_open = on_open, .on_message = on_message, .on_close = on_close};
    const struct load_ws_options *o = &x->options;
    struct session *s = &x->sessions[i];
    *s = (struct session){
        .owner = x, .index = i, .key = &o->keys[i % o->key_cnt], .hears_user = i < o->key_cnt};
    struct ws_dialer_options options = {.address = o->address ? o->address : "127.0.0.1",
                                        .port = o->port ? o->port : 8080};
    int rc = ws_dialer_open(&s->dialer, net, &options, &ops, s, err);
    if (rc == 0)
        load_link_set(x->load, i, (struct load_link){&link_ops, s});
    return rc;
}

int
load_ws_open(struct load_ws **out, struct load *l, struct load_net *net, uint32_t session_cnt,
             const struct load_ws_options *options, struct error *err)
{
    if (options->key_cnt == 0)
        return error_set(err, ERR_INVALID, "no API key to trade with");
    struct load_ws *x = calloc(1, sizeof *x);
    if (!x)
        return error_set(err, ERR_NO_SPACE, "no memory");
    x->load = l;
    x->options = *options;
    x->session_cnt = session_cnt;
    json_emit_init_growing(&x->json);
    int rc = 0;
    for (uint32_t i = 0; rc == 0 && i < session_cnt; i++)
        rc = session_open(x, i, net->net, err);
    if (rc < 0) {
        load_ws_close(x);
        return rc;
    }
    *out = x;
    return 0;
}

void
load_ws_close(struct load_ws *x)
{
    if (!x)
        return;
    for (uint32_t i = 0; i < x->session_cnt; i++)
        ws_dialer_close(x->sessions[i].dialer);
    json_emit_fini(&x->json);
    free(x);
}
