#include <stdio.h>
#include <string.h>

#include "engine/base/check.h"
#include "engine/base/log.h"
#include "gateway/fix/fix_gateway_priv.h"

static bool
text_equal(const struct fix_field *f, const char *text)
{
    return f != NULL && f->bytes == strlen(text) && memcmp(f->value, text, f->bytes) == 0;
}

static struct fix_session *
session_by_comp_id(struct fix_gateway *g, const struct fix_field *sender)
{
    for (uint32_t i = 0; i < g->session_cnt; i++) {
        if (text_equal(sender, g->sessions[i].config->comp_id))
            return &g->sessions[i];
    }
    return NULL;
}

/* --- a connection as a session sees it --- */

static uint8_t *
out_reserve(void *self, size_t bytes)
{
    return net_reserve(((struct fix_conn *)self)->net, bytes);
}

static void
out_commit(void *self, size_t bytes)
{
    net_commit(((struct fix_conn *)self)->net, bytes);
}

static void
out_close(void *self, bool after_flush)
{
    struct fix_conn *c = self;
    c->session = NULL;
    c->ended = true;
    net_close(c->net, after_flush);
}

static void
out_ready(void *self)
{
    struct fix_conn *c = self;
    if (c->held)
        net_resume(c->net);
    c->held = false;
}

/* --- connections --- */

static void
end_conn(struct fix_conn *c, bool after_flush)
{
    c->ended = true;
    net_close(c->net, after_flush);
}

static void
on_open(struct net_conn *n, void *user)
{
    struct fix_gateway *g = user;
    struct fix_conn *c = g->conn_free; /* as many as the layer has */
    CHECK(c != NULL, "more connections than there are");
    g->conn_free = c->next_free;
    *c = (struct fix_conn){.gateway = g,
                           .net = n,
                           .opened_ns = g->venue.mono_ns,
                           .out = {.self = c,
                                   .reserve = out_reserve,
                                   .commit = out_commit,
                                   .close = out_close,
                                   .ready = out_ready}};
    net_conn_user_set(n, c);
    if (g->quitting)
        end_conn(c, false);
}

static void
on_close(struct net_conn *n, void *user, enum net_close_reason reason, int errno_value)
{
    struct fix_conn *c = user;
    (void)n, (void)reason, (void)errno_value;
    if (c->session != NULL)
        fix_session_lost(c->session);
    c->session = NULL;
    c->net = NULL;
    c->next_free = c->gateway->conn_free;
    c->gateway->conn_free = c;
}

static void
on_writable(struct net_conn *n, void *user)
{
    struct fix_conn *c = user;
    (void)n;
    if (c->session != NULL)
        fix_session_wake(c->session);
}

/* A Logout to somebody who has no session here, or not now: numbered 1, it belongs to no numbering.
 * FIX 4.4 volume 2 (test case 1S) closes a second connection without a word, as a Logout takes a
 * number; this one takes none, and says why. */
static void
refuse_stranger(struct fix_conn *c, const struct fix_field *sender, const char *text)
{
    struct fix_gateway *g = c->gateway;
    struct fix_writer w;
    char comp_ids[FIX_HEADER_MAX];
    int cnt = snprintf(comp_ids, sizeof(comp_ids), "49=%s%c56=%.*s%c", g->venue.comp_id, FIX_SOH,
                       sender->bytes < FIX_COMP_ID_MAX ? (int)sender->bytes : FIX_COMP_ID_MAX,
                       sender->value, FIX_SOH);
    uint8_t *place = net_reserve(c->net, FIX_OUT_MAX);
    g->venue.counters.refused_cnt++;
    if (place != NULL && cnt > 0 && (size_t)cnt < sizeof(comp_ids)) {
        fix_write_begin(&w, (char *)place, "5",
                        &(struct fix_header){.comp_ids = comp_ids,
                                             .comp_ids_bytes = (uint32_t)cnt,
                                             .seq = 1,
                                             .sending_ns = g->venue.utc_ns,
                                             .time_digits = 3,
                                             .clock = &g->venue.sending_clock});
        FIX_PUT_TEXT(&w, "58=", text, strlen(text));
        net_commit(c->net, fix_write_end(&w));
    }
    end_conn(c, true);
}

/* The first message must be a Logon of a session that is not connected. */
static void
first_message(struct fix_conn *c, const struct fix_message *m)
{
    struct fix_gateway *g = c->gateway;
    struct fix_checked checked;
    struct fix_reject fault;
    bool good = fix_table_check(m, &checked, &fault);
    const struct fix_field *sender = fix_get(&checked, FIX_F_SenderCompID);
    if (checked.name != FIX_M_Logon || sender == NULL) {
        end_conn(c, false);
        return;
    }
    if (m->begin_bytes != 7 || memcmp(m->begin, "FIX.4.4", 7) != 0) {
        refuse_stranger(c, sender, "this venue speaks FIX.4.4");
        return;
    }
    struct fix_session *s = session_by_comp_id(g, sender);
    if (s == NULL || !text_equal(fix_get(&checked, FIX_F_TargetCompID), g->venue.comp_id)) {
        refuse_stranger(c, sender, "unknown SenderCompID or TargetCompID");
        return;
    }
    if (s->state != FIX_DOWN) {
        LOG_W("fix", "session %s: second connection from %s refused", s->config->comp_id,
              net_conn_peer(c->net));
        refuse_stranger(c, sender, "the session is connected already");
        return;
    }
    c->session = s;
    fix_session_logon(s, &c->out, &checked, good, &fault);
}

/* Between Logon and its answer nothing is taken: it waits in the buffers. */
static bool
hold(struct fix_conn *c)
{
    enum fix_state state = c->session == NULL ? FIX_UP : c->session->state;
    c->held = state != FIX_UP && state != FIX_LOGOUT;
    return c->held;
}

static void
on_garbled(struct fix_conn *c)
{
    c->gateway->garbled_cnt++;
    if (c->session == NULL)
        end_conn(c, false); /* not FIX */
}

static void
on_too_large(struct fix_conn *c)
{
    char text[64];
    snprintf(text, sizeof(text), "message too large, BodyLength is at most %d", FIX_BODY_MAX);
    if (c->session != NULL)
        fix_session_logout(c->session, text);
    else
        end_conn(c, false);
}

static size_t
on_data(struct net_conn *n, void *user, const uint8_t *data, size_t bytes)
{
    struct fix_conn *c = user;
    struct fix_message *m = &c->gateway->message;
    size_t at = 0;
    (void)n;
    while (!c->ended && !hold(c)) {
        size_t used;
        enum fix_parse_result rc = fix_parse(data + at, bytes - at, m, &used);
        at += used;
        if (rc == FIX_PARSE_MORE)
            return at;
        if (rc == FIX_PARSE_GARBLED)
            on_garbled(c);
        else if (rc == FIX_PARSE_TOO_LARGE)
            on_too_large(c);
        else if (c->session != NULL)
            fix_session_message(c->session, m);
        else
            first_message(c, m);
        if (rc == FIX_PARSE_TOO_LARGE)
            return bytes;
    }
    return c->ended ? bytes : at;
}

void
fix_conn_ops(struct net_ops *out)
{
    *out = (struct net_ops){
        .on_open = on_open, .on_data = on_data, .on_writable = on_writable, .on_close = on_close};
}

void
fix_conn_timers(struct fix_gateway *g)
{
    for (uint32_t i = 0; i < g->conn_max; i++) {
        struct fix_conn *c = &g->conns[i];
        bool silent = c->net != NULL && c->session == NULL;
        if (silent && g->venue.mono_ns - c->opened_ns > (int64_t)FIRST_MESSAGE_S * CLOCK_NS_PER_S)
            end_conn(c, false);
    }
}
