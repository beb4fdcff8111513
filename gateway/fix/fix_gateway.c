#include "gateway/fix/fix_gateway.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/log.h"
#include "gateway/fix/fix_gateway_priv.h"

/* --- sessions by name and number --- */

static uint32_t
hash_id(uint32_t id)
{
    return id * 2654435761u >> 7;
}

struct fix_session *
fix_gateway_session(const struct fix_gateway *g, uint32_t id)
{
    for (uint32_t at = hash_id(id);; at++) {
        uint32_t index = g->by_id[at & g->id_mask];
        if (index == 0)
            return NULL;
        if (g->sessions[index - 1].config->session_id == id)
            return &g->sessions[index - 1];
    }
}

static void
index_session(struct fix_gateway *g, uint32_t index)
{
    uint32_t at = hash_id(g->sessions[index].config->session_id);
    while (g->by_id[at & g->id_mask] != 0)
        at++;
    g->by_id[at & g->id_mask] = index + 1;
}

/* --- the tile --- */

static void
poll_auth(struct fix_gateway *g)
{
    struct auth_result r;
    while (auth_checker_result(g->checker, &r)) {
        uint32_t index = (uint32_t)(r.ticket >> 32);
        fix_session_password(&g->sessions[index], r.ticket, r.good != 0);
    }
}

static uint32_t
poll_sessions(struct fix_gateway *g)
{
    uint32_t done = 0;
    struct fix_session *s = g->venue.busy; /* those that stay busy come again in the next cycle */
    g->venue.busy = NULL;
    g->venue.fetch.fetch_cnt = 0;
    while (s != NULL) {
        struct fix_session *next = s->busy_next;
        s->on_busy = false;
        if (fix_session_cycle(s))
            fix_session_wake(s);
        s = next;
        done++;
    }
    return done;
}

static void
poll_timers(struct fix_gateway *g)
{
    int64_t now = g->venue.mono_ns;
    if (now < g->timer_ns)
        return;
    g->timer_ns = now + TIMER_NS;
    for (uint32_t i = 0; i < g->session_cnt; i++)
        fix_session_timer(&g->sessions[i]);
    fix_conn_timers(g);
}

static void
fail(struct fix_gateway *g, const struct error *why)
{
    LOG_E("fix", "the event stream cannot be read any more, sessions end: %s", why->text);
    g->failed = g->quitting = true;
    for (uint32_t i = 0; i < g->session_cnt; i++)
        fix_session_cut(&g->sessions[i]);
    net_listen_stop(g->net);
}

static void
begin_quit(struct fix_gateway *g)
{
    g->quitting = true;
    net_listen_stop(g->net);
    for (uint32_t i = 0; i < g->session_cnt; i++)
        fix_session_quit(&g->sessions[i], "the venue is closing");
}

/* What is left of the history; then every session knows where it is. */
static int
begin(struct fix_gateway *g, struct error *err)
{
    const struct stream_source *source = g->options.source;
    while (g->venue.learned_seq < g->options.event_seq) {
        uint64_t from = g->venue.learned_seq + 1;
        int64_t bytes = source->fetch(source->self, from, g->scan, SCAN_BYTES, NULL, err);
        if (bytes < 0)
            return error_wrap(err, "events from %llu on", (unsigned long long)from);
        if (bytes == 0)
            return error_set(err, ERR_NOT_FOUND, "the journal ends before event %llu",
                             (unsigned long long)from);
        for (int64_t at = 0; at < bytes;) {
            const struct event *ev = (const struct event *)(const void *)(g->scan + at);
            fix_gateway_learn(g, ev);
            at += ev->rec.length_bytes;
        }
    }
    for (uint32_t i = 0; i < g->session_cnt; i++)
        fix_session_start(&g->sessions[i]);
    return 0;
}

void
fix_gateway_learn(struct fix_gateway *g, const struct event *ev)
{
    if (ev->rec.seq > g->venue.learned_seq && ev->rec.seq <= g->options.event_seq)
        fix_events_learn(g, ev);
}

static uint32_t
gateway_poll(void *self, int64_t mono_ns)
{
    struct fix_gateway *g = self;
    struct error why;
    g->venue.mono_ns = mono_ns;
    g->venue.utc_ns = clock_utc_ns();
    if (!g->begun) {
        g->begun = true;
        if (begin(g, &why) != 0)
            fail(g, &why);
    }
    uint32_t done = net_poll(g->net, NET_BUDGET);
    if (g->failed)
        return done;
    poll_auth(g);
    done += fix_events_poll(g);
    done += fix_events_scan(g);
    done += poll_sessions(g);
    poll_timers(g);
    if (stream_ring_failed(g->ring, &why))
        fail(g, &why);
    /* acquire pairs with the release in fix_gateway_quit */
    if (!g->quitting && atomic_load_explicit(&g->quit, memory_order_acquire) != 0)
        begin_quit(g);
    net_flush(g->net);
    return done;
}

static void
show_counters(struct fix_gateway *g)
{
    const struct gateway_metrics *m = &g->metrics;
    const struct fix_counters *c = &g->venue.counters;
    struct net_stats net;
    int64_t up = 0, lost = 0;
    net_stats(g->net, &net);
    for (uint32_t i = 0; i < g->session_cnt; i++) {
        up += g->sessions[i].state == FIX_UP;
        lost += (int64_t)g->sessions[i].map.lost_cnt;
    }
    metric_set(m->in_cnt, c->in_cnt);
    metric_set(m->out_cnt, c->out_cnt);
    metric_set(m->order_cnt, c->order_cnt);
    metric_set(m->busy_cnt, c->busy_cnt);
    metric_set(m->reject_cnt, c->reject_cnt);
    metric_set(m->resend_cnt, c->resend_cnt);
    metric_set(m->logon_cnt, c->logon_cnt);
    metric_set(m->refused_cnt, c->refused_cnt);
    metric_set(m->garbled_cnt, g->garbled_cnt);
    metric_set(m->conn_cnt, net.conn_cnt);
    metric_set(m->up_cnt, up);
    metric_set(m->event_seq, (int64_t)g->venue.learned_seq);
    metric_set(m->lost_cnt, lost);
}

static void
gateway_housekeep(void *self, int64_t mono_ns)
{
    struct fix_gateway *g = self;
    (void)mono_ns;
    bool quiet = g->quitting;
    for (uint32_t i = 0; i < g->session_cnt; i++) {
        struct fix_session *s = &g->sessions[i];
        if (!s->lagging)
            s->map.head->event_seq = g->venue.learned_seq;
        quiet &= s->state == FIX_DOWN && !s->down_due;
    }
    show_counters(g);
    /* release: whoever sees it may stop the tile */
    atomic_store_explicit(&g->quiet, quiet, memory_order_release);
}

static int64_t
gateway_next_due(void *self)
{
    struct fix_gateway *g = self;
    struct net_stats net;
    if (g->venue.busy != NULL)
        return 0;
    net_stats(g->net, &net);
    return net.conn_cnt > 0 ? g->timer_ns : INT64_MAX;
}

static void
gateway_wait(void *self, uint32_t seen, int64_t deadline_mono_ns)
{
    struct fix_gateway *g = self;
    net_wait(g->net, g->options.bell, seen, deadline_mono_ns);
}

const struct tile_ops fix_gateway_tile_ops = {
    .name = "fix",
    .poll = gateway_poll,
    .housekeep = gateway_housekeep,
    .next_due = gateway_next_due,
    .wait = gateway_wait,
};

/* --- start and end --- */

static void
add_metrics(struct fix_gateway *g)
{
    struct metrics *m = g->options.metrics;
    struct gateway_metrics *x = &g->metrics;
    x->in_cnt = metrics_add(m, METRIC_COUNTER, "assay_fix_messages_in_total", "");
    x->out_cnt = metrics_add(m, METRIC_COUNTER, "assay_fix_messages_out_total", "");
    x->order_cnt = metrics_add(m, METRIC_COUNTER, "assay_fix_order_commands_total", "");
    x->busy_cnt = metrics_add(m, METRIC_COUNTER, "assay_fix_busy_total", "");
    x->reject_cnt = metrics_add(m, METRIC_COUNTER, "assay_fix_rejects_total", "");
    x->resend_cnt = metrics_add(m, METRIC_COUNTER, "assay_fix_resent_total", "");
    x->logon_cnt = metrics_add(m, METRIC_COUNTER, "assay_fix_logons_total", "");
    x->refused_cnt = metrics_add(m, METRIC_COUNTER, "assay_fix_logons_refused_total", "");
    x->garbled_cnt = metrics_add(m, METRIC_COUNTER, "assay_fix_garbled_total", "");
    x->conn_cnt = metrics_add(m, METRIC_GAUGE, "assay_fix_connections", "");
    x->up_cnt = metrics_add(m, METRIC_GAUGE, "assay_fix_sessions_up", "");
    x->event_seq = metrics_add(m, METRIC_GAUGE, "assay_fix_event_seq", "");
    x->lost_cnt = metrics_add(m, METRIC_COUNTER, "assay_fix_map_records_lost_total", "");
}

static void
options_complete(struct fix_gateway_options *o)
{
    if (o->conn_max == 0)
        o->conn_max = o->session_cnt + CONN_SPARE;
    if (o->instrument_max == 0)
        o->instrument_max = INSTRUMENT_MAX;
    if (o->sending_time_window_s == 0)
        o->sending_time_window_s = SENDING_WINDOW_S;
    if (o->event_seq == 0)
        o->event_seq = o->source->last_seq(o->source->self);
}

static int
open_memory(struct fix_gateway *g, struct error *err)
{
    const struct fix_gateway_options *o = &g->options;
    uint32_t slots = 16;
    while (slots < 4 * o->session_cnt)
        slots *= 2;
    g->id_mask = slots - 1;
    g->conn_max = o->conn_max;
    g->sessions = calloc(o->session_cnt + 1, sizeof(*g->sessions));
    g->by_id = calloc(slots, sizeof(*g->by_id));
    g->conns = calloc(g->conn_max, sizeof(*g->conns));
    g->scan = malloc(SCAN_BYTES);
    g->venue.instruments = fix_instruments_new(o->instrument_max);
    if (g->sessions == NULL || g->by_id == NULL || g->conns == NULL || g->scan == NULL ||
        g->venue.instruments == NULL)
        return error_set(err, ERR_NO_SPACE, "fix: no memory for %u sessions", o->session_cnt);
    for (uint32_t i = g->conn_max; i-- > 0;) {
        g->conns[i].next_free = g->conn_free;
        g->conn_free = &g->conns[i];
    }
    return fix_fetch_open(&g->venue.fetch, o->source, err);
}

static int
open_sessions(struct fix_gateway *g, struct error *err)
{
    const struct fix_gateway_options *o = &g->options;
    if (mkdir(o->folder, 0700) != 0 && errno != EEXIST)
        return error_errno(err, errno, "cannot make the folder %s", o->folder);
    for (uint32_t i = 0; i < o->session_cnt; i++) {
        const struct fix_session_config *x = &o->sessions[i];
        if (fix_gateway_session(g, x->session_id) != NULL)
            return error_set(err, ERR_INVALID, "fix: session %u is there twice", x->session_id);
        int rc = fix_session_open(&g->sessions[i], &g->venue, x, i, o->folder, err);
        if (rc != 0)
            return error_wrap(err, "fix session %s", x->comp_id);
        g->session_cnt++;
        index_session(g, i);
    }
    return 0;
}

static int
open_net(struct fix_gateway *g, struct error *err)
{
    const struct fix_gateway_options *o = &g->options;
    struct net_options n = {.conn_max = g->conn_max,
                            .recv_bytes = RECV_BYTES,
                            .send_bytes = SEND_BYTES,
                            .piece_max = 16};
    fix_conn_ops(&g->net_ops);
    int rc = net_open(&g->net, &n, err);
    if (rc != 0)
        return rc;
    rc = net_listen(g->net, o->address, o->listen_port, &g->net_ops, g, err);
    if (rc < 0)
        return rc;
    g->listen_port = (uint16_t)rc;
    return 0;
}

int
fix_gateway_open(struct fix_gateway **out, const struct fix_gateway_options *options,
                 struct error *err)
{
    size_t comp_id_bytes = strlen(options->comp_id);
    if (comp_id_bytes == 0 || comp_id_bytes > FIX_COMP_ID_MAX)
        return error_set(err, ERR_INVALID, "fix: the venue's comp_id has 1 to %d characters",
                         FIX_COMP_ID_MAX);
    struct fix_gateway *g = calloc(1, sizeof(*g));
    if (g == NULL)
        return error_set(err, ERR_NO_SPACE, "fix: no memory");
    g->options = *options;
    options_complete(&g->options);
    g->venue.comp_id = options->comp_id;
    g->venue.port = options->port;
    g->venue.sending_time_window_s = g->options.sending_time_window_s;
    g->venue.mono_ns = clock_mono_ns();
    g->venue.utc_ns = clock_utc_ns();
    add_metrics(g);
    int rc = open_memory(g, err);
    if (rc == 0)
        rc = auth_checker_open(&g->checker, AUTH_QUEUE, options->bell, err);
    g->venue.checker = g->checker;
    if (rc == 0)
        rc = open_sessions(g, err);
    if (rc == 0)
        rc = stream_ring_open(&g->ring, options->ring, options->mark, options->source,
                              g->options.event_seq + 1, err);
    if (rc == 0)
        rc = open_net(g, err);
    if (rc != 0) {
        fix_gateway_close(g, false);
        return rc;
    }
    *out = g;
    return 0;
}

void
fix_gateway_close(struct fix_gateway *g, bool clean)
{
    if (g == NULL)
        return;
    if (clean && g->begun)
        gateway_housekeep(g, 0);
    net_fini(g->net);
    auth_checker_close(g->checker);
    stream_ring_close(g->ring);
    for (uint32_t i = 0; i < g->session_cnt; i++)
        fix_session_close(&g->sessions[i], clean && g->begun && !g->failed);
    fix_fetch_close(&g->venue.fetch);
    fix_instruments_free(g->venue.instruments);
    free(g->sessions);
    free(g->by_id);
    free(g->conns);
    free(g->scan);
    free(g);
}

uint16_t
fix_gateway_port(const struct fix_gateway *g)
{
    return g->listen_port;
}

void
fix_gateway_quit(struct fix_gateway *g)
{
    /* release pairs with the acquire in gateway_poll */
    atomic_store_explicit(&g->quit, 1, memory_order_release);
    bell_ring(g->options.bell);
}

bool
fix_gateway_quiet(const struct fix_gateway *g)
{
    return atomic_load_explicit(&g->quiet, memory_order_acquire) != 0;
}
