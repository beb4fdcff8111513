/* From a match to the WebSocket clients that hear of it.
 *
 *   bench_ws_fanout --data DIR [--subscribers N] [--product SYMBOL] [--fanout-pid PID]
 *
 * N clients (100) in this one process subscribe to level2 and matches of the product (ETH-AUD) at
 * the venue that runs in DIR; then it says "subscribed". Whoever started it makes trades, and ends
 * it with SIGTERM; then it prints. perf/bench_venue.sh fanout does all of that.
 *
 * Each `match` of each client is one sample. Beyond durability: from the instant at which the
 * trade's event was durable to the receipt of its message, read after the system call that brought
 * it. The instant comes with the event stream, which this process reads too (audience party): the
 * head of its messages says when their first event became durable, so the other events of the same
 * message count from a little too early, never too late. Both clocks are CLOCK_MONOTONIC of this
 * machine. Whole: from the time at which the venue sequenced the command that matched.
 *
 * Checked: each client got every trade once, in order; nobody was closed. Client, venue and load
 * share the machine, so the client's processor time is printed as well as the fan-out's. */
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/check.h"
#include "engine/base/clock.h"
#include "engine/base/histogram.h"
#include "engine/model/event.h"
#include "engine/stream/stream.h"
#include "gateway/http/ws_dialer.h"
#include "gateway/net/net.h"
#include "perf/machine.h"
#include "tools/assay/data_folder.h"

enum {
    SUBSCRIBER_MAX = 1000,
    TRADE_MAX = 4 << 20,
    EARLY_MAX = 1 << 20,
    POLL_BUDGET = 4096,
    READY_S = 30,
    STREAM_LOOK_MS = 50,
};

struct trade { /* what the stream says of it */
    int64_t time_ns, durable_ns;
};

struct subscriber {
    struct bench *bench;
    struct ws_dialer *dialer;
    uint64_t match_cnt, update_cnt, snapshot_cnt;
    uint64_t last_trade;
    bool subscribed;
};

struct early { /* received before the stream told of it */
    uint64_t trade;
    int64_t recv_ns;
};

struct bench {
    const char *data, *product;
    uint32_t subscriber_cnt;
    long fanout_pid;
    struct data_folder folder;
    struct net *net;
    struct stream_client *stream;
    bool stream_waiting;
    int64_t stream_look_ns;
    struct trade *trades; /* by trade id */
    uint64_t trade_last;  /* newest that the stream has told */
    struct early *early;
    uint32_t early_cnt;
    uint64_t first_trade; /* first that is measured */
    int64_t first_ns, last_ns;
    double fanout_s, client_s; /* processor seconds before the first match */
    int64_t offset_ns;         /* UTC - CLOCK_MONOTONIC */
    uint64_t unknown_cnt, disordered_cnt, closed_cnt;
    struct histogram beyond, whole, durable;
    struct subscriber subscribers[SUBSCRIBER_MAX];
};

static atomic_int stop;

static void
on_signal(int number)
{
    (void)number;
    atomic_store_explicit(&stop, 1, memory_order_relaxed); /* a flag alone */
}

/* --- processor time --- */

/* utime and stime: fields 14 and 15 of /proc/PID/stat, 12 and 13 behind the name. */
static double
process_seconds(long pid)
{
    char path[64], line[1024];
    snprintf(path, sizeof(path), "/proc/%ld/stat", pid);
    FILE *f = fopen(path, "r");
    if (f == NULL)
        return 0;
    char *at = fgets(line, sizeof(line), f) != NULL ? strrchr(line, ')') : NULL;
    fclose(f);
    for (int field = 0; field < 12 && at != NULL; field++)
        at = strchr(at + 1, ' ');
    if (at == NULL)
        return 0;
    unsigned long user = strtoul(at, &at, 10), system = strtoul(at, NULL, 10);
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

/* --- samples --- */

static void
sample(struct bench *b, uint64_t trade, int64_t recv_ns)
{
    const struct trade *t = &b->trades[trade];
    histogram_record(&b->whole, recv_ns + b->offset_ns - t->time_ns);
    if (t->durable_ns == 0)
        b->unknown_cnt++;
    else
        histogram_record(&b->beyond, recv_ns - t->durable_ns);
}

static void
on_match(struct subscriber *s, uint64_t trade)
{
    struct bench *b = s->bench;
    int64_t now = clock_mono_ns();
    if (b->first_trade == 0) {
        b->first_trade = trade;
        b->first_ns = now;
        b->fanout_s = process_seconds(b->fanout_pid);
        b->client_s = process_seconds(getpid());
    }
    b->disordered_cnt += s->last_trade != 0 && trade <= s->last_trade;
    s->last_trade = trade;
    s->match_cnt++;
    b->last_ns = now;
    if (trade <= b->trade_last) {
        sample(b, trade, now);
        return;
    }
    CHECK(b->early_cnt < EARLY_MAX, "the stream is behind its subscribers");
    b->early[b->early_cnt++] = (struct early){trade, now};
}

static void
on_trade(struct bench *b, const struct event_trade *e, int64_t durable_ns)
{
    CHECK(e->trade_id < TRADE_MAX, "more than %d trades", TRADE_MAX);
    b->trades[e->trade_id] = (struct trade){e->ev.time_ns, durable_ns};
    b->trade_last = e->trade_id;
    if (durable_ns != 0)
        histogram_record(&b->durable, durable_ns + b->offset_ns - e->ev.time_ns);
}

static void
take_early(struct bench *b)
{
    uint32_t left = 0;
    for (uint32_t i = 0; i < b->early_cnt; i++) {
        if (b->early[i].trade <= b->trade_last)
            sample(b, b->early[i].trade, b->early[i].recv_ns);
        else
            b->early[left++] = b->early[i];
    }
    b->early_cnt = left;
}

/* --- the stream --- */

static void
on_stream(void *arg)
{
    ((struct bench *)arg)->stream_waiting = true;
}

static void
take_stream(struct bench *b, int64_t now)
{
    const uint8_t *at;
    size_t bytes;
    uint64_t last_seq;
    struct error err;
    struct stream_client_stats stats;
    int rc;
    if (!b->stream_waiting && now < b->stream_look_ns)
        return;
    b->stream_waiting = false;
    b->stream_look_ns = now + STREAM_LOOK_MS * CLOCK_NS_PER_MS;
    while ((rc = stream_client_batch(b->stream, 0, &at, &bytes, &last_seq, &err)) == 1) {
        stream_client_stats(b->stream, &stats);
        for (const uint8_t *end = at + bytes; at < end;) {
            const struct event *ev = (const struct event *)(const void *)at;
            if (ev->rec.type == EVENT_TRADE)
                on_trade(b, (const struct event_trade *)ev, stats.durable_ns);
            at += ev->rec.length_bytes;
        }
    }
    CHECK(rc == 0 || rc == ERR_AGAIN, "the stream: %s", err.text);
    take_early(b);
}

/* --- subscribers --- */

static void
on_open(void *user)
{
    struct subscriber *s = user;
    char text[160];
    int bytes =
        snprintf(text, sizeof(text),
                 "{\"type\":\"subscribe\",\"product_ids\":[\"%s\"],\"channels\":[\"level2\","
                 "\"matches\"]}",
                 s->bench->product);
    CHECK(ws_dialer_send(s->dialer, text, (size_t)bytes) == 0, "no room to subscribe");
}

static bool
is_of(const char *text, size_t bytes, const char *type)
{
    size_t n = strlen(type);
    return bytes > n + 9 && memcmp(text + 9, type, n) == 0; /* behind {"type":" */
}

static void
on_message(void *user, const char *text, size_t bytes)
{
    struct subscriber *s = user;
    if (is_of(text, bytes, "match\"")) {
        const char *id = memmem(text, bytes, "\"trade_id\":", 11);
        CHECK(id != NULL, "a match without a trade_id: %.*s", (int)bytes, text);
        on_match(s, strtoull(id + 11, NULL, 10));
    } else if (is_of(text, bytes, "l2update\"")) {
        s->update_cnt++;
    } else if (is_of(text, bytes, "snapshot\"")) {
        s->snapshot_cnt++;
    } else if (is_of(text, bytes, "subscriptions\"")) {
        s->subscribed = true;
    } else {
        CHECK(!is_of(text, bytes, "error\""), "the venue says %.*s", (int)bytes, text);
    }
}

static void
on_close(void *user, const char *why)
{
    const struct subscriber *s = user;
    fprintf(stderr, "a subscriber was closed: %s\n", why);
    s->bench->closed_cnt++;
}

static void
turn(struct bench *b)
{
    uint32_t done = net_poll(b->net, POLL_BUDGET);
    int64_t now = clock_mono_ns();
    take_stream(b, now);
    if (done == 0)
        net_wait(b->net, NULL, 0, now + STREAM_LOOK_MS * CLOCK_NS_PER_MS);
}

static bool
all_subscribed(const struct bench *b)
{
    for (uint32_t i = 0; i < b->subscriber_cnt; i++)
        if (!b->subscribers[i].subscribed)
            return false;
    return true;
}

/* --- opening --- */

static int
api_address(const struct bench *b, char *host, size_t host_bytes, uint16_t *port, struct error *err)
{
    char path[DATA_PATH_MAX + 16], line[80];
    snprintf(path, sizeof(path), "%s/api.address", b->folder.run);
    FILE *f = fopen(path, "r");
    const char *got = f != NULL ? fgets(line, sizeof(line), f) : NULL;
    if (f != NULL)
        fclose(f);
    char *colon = got != NULL ? strrchr(line, ':') : NULL;
    if (colon == NULL)
        return error_set(err, ERR_NOT_FOUND, "%s: no address; does a venue run there?", path);
    *colon = '\0';
    snprintf(host, host_bytes, "%s", line);
    *port = (uint16_t)strtoul(colon + 1, NULL, 10);
    return 0;
}

static int
open_stream(struct bench *b, struct error *err)
{
    struct data_folder_stream urls;
    data_folder_stream(&b->folder, AUDIENCE_PARTY, &urls);
    struct stream_client_options o = {
        .pub_url = urls.pub_url, .range_url = urls.range_url, .audience = AUDIENCE_PARTY};
    int rc = stream_client_open(&b->stream, &o, err);
    if (rc == 0 && net_watch(b->net, stream_client_fd(b->stream), on_stream, b) != 0)
        rc = error_set(err, ERR_NO_SPACE, "no place to watch the stream");
    return rc;
}

static int
open_all(struct bench *b, struct error *err)
{
    static char host[80]; /* as long as the dialers */
    static const struct ws_dialer_ops ops = {
        .on_open = on_open, .on_message = on_message, .on_close = on_close};
    struct ws_dialer_options o = {.address = host};
    struct net_options n = {.conn_max = b->subscriber_cnt + 1, .recv_bytes = 1 << 16};
    b->trades = calloc(TRADE_MAX, sizeof(*b->trades));
    b->early = calloc(EARLY_MAX, sizeof(*b->early));
    CHECK(b->trades != NULL && b->early != NULL, "no memory");
    b->offset_ns = clock_utc_ns() - clock_mono_ns();
    int rc = data_folder_open(&b->folder, b->data, err);
    if (rc == 0)
        rc = api_address(b, host, sizeof(host), &o.port, err);
    if (rc == 0)
        rc = net_open(&b->net, &n, err);
    if (rc == 0)
        rc = open_stream(b, err);
    for (uint32_t i = 0; rc == 0 && i < b->subscriber_cnt; i++) {
        struct subscriber *s = &b->subscribers[i];
        s->bench = b;
        rc = ws_dialer_open(&s->dialer, b->net, &o, &ops, s, err);
        if (rc == 0)
            rc = ws_dialer_connect(s->dialer, err);
    }
    int64_t deadline = clock_mono_ns() + READY_S * (int64_t)CLOCK_NS_PER_S;
    while (rc == 0 && !all_subscribed(b)) {
        turn(b);
        if (b->closed_cnt > 0 || clock_mono_ns() > deadline)
            rc = error_set(err, ERR_TIMEOUT, "not every subscriber is subscribed");
    }
    return rc;
}

static void
close_all(struct bench *b)
{
    for (uint32_t i = 0; i < b->subscriber_cnt; i++)
        ws_dialer_close(b->subscribers[i].dialer);
    if (b->stream != NULL)
        stream_client_close(b->stream);
    if (b->net != NULL)
        net_fini(b->net);
    free(b->trades);
    free(b->early);
}

/* --- the report --- */

static void
print_latency(const char *name, const struct histogram *h)
{
    printf("%-36s us: p50 %.0f, p99 %.0f, p99.9 %.0f, max %.0f\n", name,
           (double)histogram_at(h, 5000) / 1e3, (double)histogram_at(h, 9900) / 1e3,
           (double)histogram_at(h, 9990) / 1e3, (double)h->max / 1e3);
}

static int
report(const struct bench *b)
{
    double seconds = (double)(b->last_ns - b->first_ns) / 1e9;
    double fanout_s = process_seconds(b->fanout_pid) - b->fanout_s;
    double client_s = process_seconds(getpid()) - b->client_s;
    uint64_t trades = b->first_trade ? b->trade_last - b->first_trade + 1 : 0;
    uint64_t matches = 0, updates = 0, again = 0, incomplete = 0;
    for (uint32_t i = 0; i < b->subscriber_cnt; i++) {
        const struct subscriber *s = &b->subscribers[i];
        matches += s->match_cnt;
        updates += s->update_cnt;
        again += s->snapshot_cnt - (s->snapshot_cnt > 0);
        incomplete += s->match_cnt != trades || s->last_trade != b->trade_last;
    }
    uint64_t messages = matches + updates;
    if (trades == 0) {
        printf("no trade came\n");
        return 1;
    }
    machine_print();
    printf("%u subscribers of level2 and matches of %s, one process; %.1f s\n", b->subscriber_cnt,
           b->product, seconds);
    printf("trades %" PRIu64 " (%.0f/s); to each subscriber %.0f matches/s and %.0f l2updates/s\n",
           trades, (double)trades / seconds, (double)matches / seconds / b->subscriber_cnt,
           (double)updates / seconds / b->subscriber_cnt);
    print_latency("match to client, beyond durability", &b->beyond);
    print_latency("match to client, whole", &b->whole);
    print_latency("match to durable", &b->durable);
    printf("samples %" PRIu64 ", durable instant not known %" PRIu64 "\n", b->whole.cnt,
           b->unknown_cnt);
    printf("closed %" PRIu64 ", conflated (snapshot again) %" PRIu64 ", incomplete %" PRIu64
           ", out of order %" PRIu64 "\n",
           b->closed_cnt, again, incomplete, b->disordered_cnt);
    if (b->fanout_pid != 0)
        printf("fan-out process: %.0f %% of one core, %.2f us a message\n",
               fanout_s * 100 / seconds, fanout_s * 1e6 / (double)messages);
    printf("this process: %.0f %% of one core, %.2f us a message\n", client_s * 100 / seconds,
           client_s * 1e6 / (double)messages);
    return b->closed_cnt > 0 || incomplete > 0 || b->disordered_cnt > 0 || b->early_cnt > 0;
}

static bool
parse(struct bench *b, int argc, char **argv)
{
    static const struct option options[] = {{"data", required_argument, NULL, 'd'},
                                            {"subscribers", required_argument, NULL, 's'},
                                            {"product", required_argument, NULL, 'p'},
                                            {"fanout-pid", required_argument, NULL, 'f'},
                                            {NULL, 0, NULL, 0}};
    int c;
    b->product = "ETH-AUD";
    b->subscriber_cnt = 100;
    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (c == 'd')
            b->data = optarg;
        else if (c == 's')
            b->subscriber_cnt = (uint32_t)strtoul(optarg, NULL, 10);
        else if (c == 'p')
            b->product = optarg;
        else if (c == 'f')
            b->fanout_pid = strtol(optarg, NULL, 10);
        else
            return false;
    }
    return b->data != NULL && optind == argc && b->subscriber_cnt > 0 &&
           b->subscriber_cnt <= SUBSCRIBER_MAX;
}

int
main(int argc, char **argv)
{
    static struct bench b;
    struct error err = {0};
    if (!parse(&b, argc, argv)) {
        fprintf(stderr,
                "usage: bench_ws_fanout --data DIR [--subscribers 1..%d] [--product "
                "SYMBOL] [--fanout-pid PID]\n",
                SUBSCRIBER_MAX);
        return 2;
    }
    struct sigaction on_end = {.sa_handler = on_signal};
    sigaction(SIGTERM, &on_end, NULL);
    sigaction(SIGINT, &on_end, NULL);
    histogram_init(&b.beyond);
    histogram_init(&b.whole);
    histogram_init(&b.durable);
    int rc = open_all(&b, &err);
    if (rc != 0) {
        fprintf(stderr, "bench_ws_fanout: %s\n", err.text);
    } else {
        printf("subscribed\n");
        fflush(stdout);
        while (atomic_load_explicit(&stop, memory_order_relaxed) == 0)
            turn(&b);
        rc = report(&b);
    }
    close_all(&b);
    return rc == 0 ? 0 : 1;
}
