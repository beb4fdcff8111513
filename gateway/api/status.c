#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/check.h"
#include "gateway/api/fanout_priv.h"

/* /metrics: what all processes of the venue count, as Prometheus text. /status: what the page shows
 * of it, as JSON. */

enum { METRICS_TEXT_MAX = 1 << 20 };

void
fanout_metrics_init(struct fanout *f)
{
    struct metrics *m = f->metrics;
    struct fanout_metrics *x = &f->m;
    x->ready = metrics_add(m, METRIC_GAUGE, "assay_fanout_ready", "");
    x->clients = metrics_add(m, METRIC_GAUGE, "assay_fanout_websocket_clients", "");
    x->connections = metrics_add(m, METRIC_GAUGE, "assay_fanout_connections", "");
    x->requests = metrics_add(m, METRIC_COUNTER, "assay_fanout_http_requests_total", "");
    x->messages_in = metrics_add(m, METRIC_COUNTER, "assay_fanout_messages_in_total", "");
    x->messages_out = metrics_add(m, METRIC_COUNTER, "assay_fanout_messages_out_total", "");
    x->commands = metrics_add(m, METRIC_COUNTER, "assay_fanout_commands_total", "");
    x->refused = metrics_add(m, METRIC_COUNTER, "assay_fanout_busy_total", "");
    x->conflated = metrics_add(m, METRIC_COUNTER, "assay_fanout_conflated_total", "");
    x->cut_off = metrics_add(m, METRIC_COUNTER, "assay_fanout_cut_off_total", "");
    x->stream_seq = metrics_add(m, METRIC_GAUGE, "assay_fanout_last_seq", "");
    x->venue_seq = metrics_add(m, METRIC_GAUGE, "assay_fanout_venue_seq", "");
    x->gaps = metrics_add(m, METRIC_COUNTER, "assay_fanout_gaps_total", "");
    x->events = metrics_add(m, METRIC_COUNTER, "assay_fanout_events_total", "");
    x->trades = metrics_add(m, METRIC_COUNTER, "assay_fanout_trades_total", "");
    x->delay_p50 = metrics_add(m, METRIC_GAUGE, "assay_fanout_event_delay_ns", "quantile=\"0.5\"");
    x->delay_p99 = metrics_add(m, METRIC_GAUGE, "assay_fanout_event_delay_ns", "quantile=\"0.99\"");
    x->round_trip_p50 =
        metrics_add(m, METRIC_GAUGE, "assay_fanout_order_answer_ns", "quantile=\"0.5\"");
    x->round_trip_p99 =
        metrics_add(m, METRIC_GAUGE, "assay_fanout_order_answer_ns", "quantile=\"0.99\"");
}

/* A histogram's quantiles into two gauges; it begins anew. Without samples they keep theirs. */
static void
quantiles(struct histogram *h, struct metric *p50, struct metric *p99)
{
    if (h->cnt > 0) {
        metric_set(p50, histogram_at(h, 5000));
        metric_set(p99, histogram_at(h, 9900));
        histogram_init(h);
    }
}

void
fanout_metrics_update(struct fanout *f)
{
    struct fanout_metrics *x = &f->m;
    const struct http_server_stats *h = http_server_stats(f->http);
    metric_set(x->ready, f->ready ? 1 : 0);
    metric_set(x->clients, h->ws_cnt);
    metric_set(x->connections, h->conn_cnt);
    metric_set(x->requests, (int64_t)h->request_cnt);
    metric_set(x->messages_in, (int64_t)h->message_in_cnt);
    metric_set(x->messages_out, (int64_t)h->message_out_cnt);
    metric_set(x->commands, (int64_t)f->command_cnt);
    metric_set(x->refused, (int64_t)f->refused_cnt);
    metric_set(x->conflated, (int64_t)f->feed.conflated_cnt);
    metric_set(x->cut_off, (int64_t)(f->feed.cut_off_cnt + h->cut_off_cnt));
    metric_set(x->events, (int64_t)f->event_cnt);
    metric_set(x->trades, (int64_t)f->trade_cnt);
    if (f->stream != NULL) {
        struct stream_client_stats s;
        stream_client_stats(f->stream, &s);
        metric_set(x->stream_seq, (int64_t)s.last_seq);
        metric_set(x->venue_seq, (int64_t)s.venue_seq);
        metric_set(x->gaps, (int64_t)s.gap_cnt);
    }
    quantiles(&f->delay, x->delay_p50, x->delay_p99);
    quantiles(&f->requests.round_trip, x->round_trip_p50, x->round_trip_p99);
}

/* Fills metrics_text; returns its bytes, 0 when there is none. */
static size_t
print_metrics(struct fanout *f)
{
    struct error err;
    if (f->run_folder == NULL) {
        return 0;
    }
    if (f->metrics_text == NULL) {
        f->metrics_text = malloc(METRICS_TEXT_MAX);
        CHECK(f->metrics_text != NULL, "no memory for the metrics");
    }
    int64_t bytes =
        metrics_print_folder(f->run_folder, f->metrics_text, METRICS_TEXT_MAX - 1, &err);
    size_t n = bytes > 0 ? (size_t)bytes : 0;
    f->metrics_text[n] = 0;
    return n;
}

void
rest_metrics(struct rest_call *r)
{
    size_t bytes = print_metrics(r->fanout);
    http_answer(r->conn, &(struct http_answer){.status = 200,
                                               .type = "text/plain; version=0.0.4; charset=utf-8",
                                               .headers = "Cache-Control: no-store\r\n",
                                               .body = bytes > 0 ? r->fanout->metrics_text : "",
                                               .bytes = bytes});
}

/* The value on the first line of this name whose labels hold `label`; false when there is none. */
static bool
find_metric(const char *text, const char *name, const char *label, int64_t *value)
{
    size_t name_bytes = strlen(name);
    for (const char *line = text; line != NULL && *line != 0;) {
        const char *end = strchr(line, '\n');
        const char *stop = end != NULL ? end : line + strlen(line);
        bool same = (size_t)(stop - line) > name_bytes && memcmp(line, name, name_bytes) == 0 &&
                    (line[name_bytes] == '{' || line[name_bytes] == ' ');
        const char *blank = same ? memrchr(line, ' ', (size_t)(stop - line)) : NULL;
        if (blank != NULL && memmem(line, (size_t)(blank - line), label, strlen(label)) != NULL) {
            *value = strtoll(blank + 1, NULL, 10);
            return true;
        }
        line = end != NULL ? end + 1 : NULL;
    }
    return false;
}

/* What the page shows; null where no process tells it. */
static const struct {
    const char *key, *name, *label;
} shown[] = {
    {"orders_total", "assay_released_orders_total", ""},
    {"rejects_total", "assay_released_order_rejects_total", ""},
    {"trades_total", "assay_released_trades_total", ""},
    {"orders_per_second", "assay_released_orders_per_second", ""},
    {"trades_per_second", "assay_released_trades_per_second", ""},
    {"released_seq", "assay_released_event_seq", ""},
    {"sessions_up", "assay_sessions_up", ""},
    {"cancel_only", "assay_cancel_only", ""},
    {"settle_up", "assay_process_up", "process=\"settle\""},
    {"settle_lag_ms", "assay_settle_lag_ms", ""},
    {"settle_seq", "assay_settle_last_seq", ""},
    {"settle_database_up", "assay_settle_postgres_up", ""},
    {"engine_up", "assay_process_up", "process=\"engine\""},
};

static void
put_own(struct json_emit *o, const char *key, int64_t value)
{
    json_emit_key(o, key);
    json_emit_i64(o, value);
}

void
rest_status(struct rest_call *r)
{
    struct fanout *f = r->fanout;
    struct json_emit *o = &f->body;
    int64_t value;
    const char *text = print_metrics(f) > 0 ? f->metrics_text : "";
    fanout_metrics_update(f);
    json_emit_begin_object(o);
    json_emit_text(o, "venue", f->catalog.venue);
    json_emit_key(o, "time");
    json_emit_time(o, f->utc_ns);
    json_emit_key(o, "ready");
    json_emit_bool(o, f->ready);
    put_own(o, "last_seq", metric_get(f->m.stream_seq));
    put_own(o, "venue_seq", metric_get(f->m.venue_seq));
    put_own(o, "events_total", (int64_t)f->event_cnt);
    put_own(o, "websocket_clients", metric_get(f->m.clients));
    put_own(o, "messages_out_total", metric_get(f->m.messages_out));
    put_own(o, "event_delay_p50_ns", metric_get(f->m.delay_p50));
    put_own(o, "event_delay_p99_ns", metric_get(f->m.delay_p99));
    put_own(o, "order_answer_p50_ns", metric_get(f->m.round_trip_p50));
    put_own(o, "order_answer_p99_ns", metric_get(f->m.round_trip_p99));
    for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
        json_emit_key(o, shown[i].key);
        if (find_metric(text, shown[i].name, shown[i].label, &value)) {
            json_emit_i64(o, value);
        } else {
            json_emit_null(o);
        }
    }
    json_emit_close_object(o);
    rest_json(f, r->conn, 200, NULL);
}
