#include "gateway/api/fanout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/check.h"
#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "gateway/api/fanout_priv.h"

enum {
    POLL_COMPLETIONS = 512,
    POLL_BATCHES = 16,         /* of the stream in one cycle */
    STREAM_LOOK_NS = 50000000, /* the stream is asked at least this often */
    HOUSEKEEP_NS = 500000000,
    PORT_RETRY_NS = 250000000,
    WAIT_MAX_NS = 250000000,
};

/* --- events --- */

static void
apply_session_state(struct fanout *f, const struct event *ev)
{
    if (ev->rec.type == EVENT_EPOCH) { /* all sessions are down */
        for (uint32_t i = 0; i < f->options.key_cnt; i++) {
            f->sessions[i].up = false;
        }
        return;
    }
    const struct event_session_state *e = (const struct event_session_state *)ev;
    for (uint32_t i = 0; i < f->options.key_cnt; i++) {
        if (f->sessions[i].session_id == ev->session_id) {
            f->sessions[i].up =
                e->up != 0 && f->port_attached && e->incarnation == f->port.incarnation;
        }
    }
}

static void
apply(struct fanout *f, const struct event *ev)
{
    f->event_cnt++;
    (void)catalog_apply(&f->catalog, ev);
    if (ev->rec.type == EVENT_EPOCH || ev->rec.type == EVENT_SESSION_STATE) {
        apply_session_state(f, ev);
    }
    party_apply(&f->party, ev);
    if (f->party.note_cnt > 0 && f->feed.client_cnt > 0) {
        feed_notes(f);
    }
    market_apply(&f->market, ev);
    const struct product_market *called = market_apply_auction(&f->market, ev);
    if (called != NULL && f->feed.client_cnt > 0) {
        feed_auction(f, called);
    }
    const struct event_request *asked = (const struct event_request *)ev;
    if (ev->rec.type == EVENT_REQUEST && asked->account_id == 0 && f->feed.client_cnt > 0) {
        feed_rfq(f, asked);
    }
    f->trade_cnt += ev->rec.type == EVENT_TRADE ? 1 : 0;
    requests_match(f, ev);
}

void
fanout_feed(struct fanout *f, const void *records, size_t bytes)
{
    const uint8_t *at = records;
    const uint8_t *end = at + bytes;
    const struct event *ev = NULL;
    while (at < end) {
        ev = (const struct event *)(const void *)at;
        apply(f, ev);
        at += ev->rec.length_bytes;
    }
    if (ev == NULL) {
        return;
    }
    if (f->ready) {
        histogram_record(&f->delay, clock_utc_ns() - ev->time_ns);
    }
    feed_flush(f);
    requests_answer(f);
    if (f->stream == NULL) {
        f->ready = true;
    }
}

static void
look_ready(struct fanout *f)
{
    struct stream_client_stats s;
    if (f->ready) {
        return;
    }
    stream_client_stats(f->stream, &s);
    if (s.venue_seq > 0 && s.last_seq >= s.venue_seq) {
        f->ready = true;
        LOG_I("fanout", "caught up with the stream at event %llu", (unsigned long long)s.last_seq);
        if (f->options.on_ready != NULL) {
            f->options.on_ready();
        }
    }
}

static void
stream_readable(void *arg)
{
    ((struct fanout *)arg)->stream_waiting = true;
}

/* Takes what the stream has; returns batches. */
static uint32_t
take_stream(struct fanout *f)
{
    uint32_t batches = 0;
    if (f->stream == NULL || f->failed != 0 ||
        (!f->stream_waiting && f->mono_ns < f->stream_look_ns)) {
        return 0;
    }
    f->stream_waiting = false;
    f->stream_look_ns = f->mono_ns + STREAM_LOOK_NS;
    for (; batches < POLL_BATCHES; batches++) {
        const uint8_t *records;
        size_t bytes;
        uint64_t last_seq;
        int rc = stream_client_batch(f->stream, 0, &records, &bytes, &last_seq, &f->error);
        if (rc == 0 || rc == ERR_AGAIN) {
            break;
        }
        if (rc < 0) {
            f->failed = rc;
            LOG_E("fanout", "the stream is lost: %s", f->error.text);
            break;
        }
        fanout_feed(f, records, bytes);
    }
    if (batches == POLL_BATCHES) {
        f->stream_waiting = true; /* there may be more */
    }
    look_ready(f);
    return batches;
}

/* --- the command port --- */

static bool
send_session(struct fanout *f, const struct api_session *s, uint16_t type)
{
    struct command_session_event cmd;
    void *slot = port_claim(&f->port);
    if (slot == NULL) {
        return false;
    }
    command_init(&cmd.cmd, type);
    cmd.cmd.session_id = s->session_id;
    cmd.cmd.account_id = s->account_id;
    cmd.cmd.incarnation = f->port.incarnation;
    cmd.cmd.recv_ns = clock_utc_ns();
    memcpy(slot, &cmd, sizeof(cmd));
    port_send(&f->port);
    return true;
}

static void
detach(struct fanout *f)
{
    port_detach(&f->port);
    f->port_attached = false;
    for (uint32_t i = 0; i < f->options.key_cnt; i++) {
        f->sessions[i].up = false;
    }
}

/* Attaches again when the engine was started anew; only when the stream has been read, so that the
 * sessions' state comes behind everything old. */
static void
keep_port(struct fanout *f)
{
    struct error err;
    if (f->port_path == NULL || f->mono_ns < f->port_retry_ns || !f->ready) {
        return;
    }
    f->port_retry_ns = f->mono_ns + PORT_RETRY_NS;
    if (f->port_attached && port_engine_alive(&f->port)) {
        return;
    }
    if (f->port_attached) {
        LOG_W("fanout", "the engine has gone");
        detach(f);
    }
    if (port_attach(&f->port, f->port_path, f->bell_path, &err) != 0) {
        return;
    }
    f->port_attached = true;
    LOG_I("fanout", "attached to the command port, incarnation %u", f->port.incarnation);
    for (uint32_t i = 0; i < f->options.key_cnt; i++) {
        if (!send_session(f, &f->sessions[i], COMMAND_SESSION_UP)) {
            LOG_E("fanout", "no room for session %u in the command port",
                  f->sessions[i].session_id);
        }
    }
}

/* --- cycles --- */

uint32_t
fanout_poll(struct fanout *f, int64_t mono_ns)
{
    f->mono_ns = mono_ns;
    f->utc_ns = clock_utc_ns();
    http_server_tick(f->http, mono_ns);
    uint32_t work = net_poll(f->net, POLL_COMPLETIONS);
    work += take_stream(f);
    keep_port(f);
    entry_sweep(f);
    requests_expire(f);
    feed_beat(f);
    if (mono_ns - f->housekeep_ns > HOUSEKEEP_NS) {
        f->housekeep_ns = mono_ns;
        fanout_metrics_update(f);
    }
    net_flush(f->net);
    return work;
}

static int64_t
earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t
next_due(struct fanout *f)
{
    int64_t due = f->mono_ns + WAIT_MAX_NS;
    due = earlier(due, feed_next_due(f));
    due = earlier(due, requests_next_due(f));
    if (f->stream != NULL && !f->ready) {
        due = earlier(due, f->stream_look_ns);
    }
    return due;
}

static void
sleep_until(struct fanout *f, struct bell *bell, uint32_t seen, int64_t deadline_mono_ns)
{
    if (f->stream_waiting) {
        deadline_mono_ns = 0;
    }
    net_wait(f->net, bell, seen, earlier(deadline_mono_ns, next_due(f)));
}

void
fanout_wait(struct fanout *f, int64_t deadline_mono_ns)
{
    sleep_until(f, NULL, 0, deadline_mono_ns);
}

int
fanout_failed(const struct fanout *f, struct error *err)
{
    if (f->failed != 0 && err != NULL) {
        *err = f->error;
    }
    return f->failed;
}

int
fanout_run(struct fanout *f, const _Atomic int *stop, struct error *err)
{
    while (atomic_load_explicit(stop, memory_order_relaxed) == 0) { /* set by a signal */
        if (fanout_poll(f, clock_mono_ns()) == 0) {
            fanout_wait(f, INT64_MAX);
        }
        if (fanout_failed(f, err) != 0) {
            return f->failed;
        }
    }
    return 0;
}

static uint32_t
tile_poll(void *self, int64_t mono_ns)
{
    return fanout_poll(self, mono_ns);
}

static int64_t
tile_next_due(void *self)
{
    return next_due(self);
}

static void
tile_wait(void *self, uint32_t seen, int64_t deadline_mono_ns)
{
    struct fanout *f = self;
    sleep_until(f, f->options.bell, seen, deadline_mono_ns);
}

const struct tile_ops fanout_tile_ops = {
    .name = "fanout",
    .poll = tile_poll,
    .next_due = tile_next_due,
    .wait = tile_wait,
};

/* --- opening and closing --- */

static void
defaults(struct fanout_options *o)
{
    o->listen = o->listen != NULL ? o->listen : "127.0.0.1";
    o->conn_max = o->conn_max != 0 ? o->conn_max : 2048;
    o->subscription_max = o->subscription_max != 0 ? o->subscription_max : 1000;
    o->message_rate = o->message_rate != 0 ? o->message_rate : 5000;
    o->answer_ns = o->answer_ns != 0 ? o->answer_ns : 5LL * CLOCK_NS_PER_S;
}

static char *
copy_text(const char *text)
{
    char *copy = text != NULL ? strdup(text) : NULL;
    CHECK(text == NULL || copy != NULL, "no memory");
    return copy;
}

static int
open_keys(struct fanout *f, struct error *err)
{
    const struct fanout_options *o = &f->options;
    f->sessions = calloc(o->key_cnt + 1, sizeof(*f->sessions));
    CHECK(f->sessions != NULL, "no memory for %u API keys", o->key_cnt);
    int rc = auth_keys_open(&f->keys, o->key_cnt + 1, err);
    for (uint32_t i = 0; rc == 0 && i < o->key_cnt; i++) {
        const struct fanout_key *k = &o->keys[i];
        rc = auth_keys_add(f->keys, k->key, k->secret, k->passphrase, k->session_id, k->account_id,
                           i, err);
        f->sessions[i] = (struct api_session){
            .session_id = k->session_id,
            .account_id = k->account_id,
            .account = party_add(&f->party, k->account_id),
            .cancel_on_disconnect = k->cancel_on_disconnect,
        };
    }
    f->options.keys = NULL; /* the caller's texts are not ours to keep */
    return rc;
}

static int
open_server(struct fanout *f, struct error *err)
{
    struct http_server_options h = {.conn_max = f->options.conn_max};
    struct net_options n = {
        .conn_max = f->options.conn_max,
        .recv_bytes = http_server_recv_bytes(&h),
        .piece_max = 256,
        .pending_max = 4 << 20,
        .block_bytes = NET_BLOCK_BYTES,
        .block_max = 512,
    };
    struct http_handler handler = {
        .self = f,
        .on_request = rest_request,
        .on_upgrade = ws_client_upgrade,
        .on_message = ws_client_message,
        .on_close = ws_client_close,
    };
    int rc = net_open(&f->net, &n, err);
    if (rc == 0) {
        rc = http_server_open(&f->http, f->net, &h, &handler, err);
    }
    if (rc == 0) {
        rc = http_server_listen(f->http, f->options.listen, f->options.port, err);
    }
    if (rc < 0) {
        return rc;
    }
    f->listen_port = (uint16_t)rc;
    return 0;
}

static int
open_stream(struct fanout *f, struct error *err)
{
    if (f->options.pub_url == NULL) {
        return 0;
    }
    struct stream_client_options s = {.pub_url = f->options.pub_url,
                                      .range_url = f->options.range_url,
                                      .audience = AUDIENCE_PARTY};
    int rc = stream_client_open(&f->stream, &s, err);
    if (rc != 0) {
        return rc;
    }
    if (net_watch(f->net, stream_client_fd(f->stream), stream_readable, f) != 0) {
        return error_set(err, ERR_NO_SPACE, "fan-out: no place to watch the stream");
    }
    f->stream_waiting = true;
    return 0;
}

static int
open_metrics(struct fanout *f, struct error *err)
{
    char path[4096] = "";
    if (f->run_folder != NULL) {
        (void)snprintf(path, sizeof(path), "%s/metrics-fanout", f->run_folder);
    }
    int rc = metrics_open(&f->metrics, path, err);
    if (rc == 0) {
        fanout_metrics_init(f);
    }
    return rc;
}

int
fanout_open(struct fanout **out, const struct fanout_options *o, struct error *err)
{
    struct fanout *f = calloc(1, sizeof(*f));
    if (f == NULL) {
        return error_set(err, ERR_NO_SPACE, "fan-out: no memory");
    }
    f->options = *o;
    defaults(&f->options);
    f->run_folder = copy_text(o->run_folder);
    f->page_folder = copy_text(o->page_folder);
    f->port_path = copy_text(o->port_path);
    f->bell_path = copy_text(o->bell_path);
    f->mono_ns = clock_mono_ns();
    f->utc_ns = clock_utc_ns();
    /* Numbers of an earlier run of this process are all below. */
    f->requests.client_seq = (uint64_t)(f->utc_ns / CLOCK_NS_PER_MS) << 20;
    histogram_init(&f->delay);
    histogram_init(&f->requests.round_trip);
    json_emit_init_growing(&f->body);
    market_init(&f->market, &f->catalog);
    party_init(&f->party, &f->catalog);
    feed_init(f);
    int rc = open_keys(f, err);
    if (rc == 0) {
        rc = open_metrics(f, err);
    }
    if (rc == 0) {
        rc = open_server(f, err);
    }
    if (rc == 0) {
        rc = open_stream(f, err);
    }
    if (rc != 0) {
        fanout_close(f);
        return rc;
    }
    *out = f;
    return 0;
}

/* Tells WebSocket clients, and gives their last bytes a moment on the way. */
static void
say_goodbye(struct fanout *f)
{
    net_listen_stop(f->net);
    for (struct api_client *c = f->feed.clients; c != NULL; c = c->next) {
        http_ws_close(c->conn, WS_CLOSE_GOING_AWAY, "the venue is going down");
    }
    int64_t deadline = clock_mono_ns() + 200 * CLOCK_NS_PER_MS;
    while (f->feed.client_cnt > 0 && clock_mono_ns() < deadline) {
        http_server_tick(f->http, clock_mono_ns());
        if (net_poll(f->net, POLL_COMPLETIONS) == 0) {
            net_wait(f->net, NULL, 0, deadline);
        }
    }
}

void
fanout_close(struct fanout *f)
{
    if (f == NULL) {
        return;
    }
    if (f->http != NULL) {
        say_goodbye(f);
    }
    if (f->port_attached) {
        for (uint32_t i = 0; i < f->options.key_cnt; i++) {
            (void)send_session(f, &f->sessions[i], COMMAND_SESSION_DOWN);
        }
        detach(f);
    }
    stream_client_close(f->stream);
    while (f->feed.clients != NULL) {
        struct api_client *c = f->feed.clients;
        f->feed.clients = c->next;
        feed_client_gone(f, c);
        free(c);
    }
    feed_fini(f);
    requests_fini(f);
    if (f->net != NULL) {
        net_fini(f->net);
    }
    http_server_close(f->http);
    party_fini(&f->party);
    market_fini(&f->market);
    catalog_fini(&f->catalog);
    auth_keys_close(f->keys);
    json_emit_fini(&f->body);
    if (f->metrics != NULL) {
        metrics_close(f->metrics);
    }
    free(f->sessions);
    free(f->metrics_text);
    free(f->run_folder);
    free(f->page_folder);
    free(f->port_path);
    free(f->bell_path);
    free(f);
}

uint16_t
fanout_port(const struct fanout *f)
{
    return f->listen_port;
}
