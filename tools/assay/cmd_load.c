#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "build_info.h"
#include "engine/base/clock.h"
#include "tools/assay/commands.h"
#include "tools/assay/flow_options.h"
#include "tools/assay/subcommand.h"
#include "tools/config/venue.h"
#include "tools/load/load.h"
#include "tools/load/load_fix.h"
#include "tools/load/load_net.h"
#include "tools/load/load_print.h"
#include "tools/load/load_progress.h"
#include "tools/load/load_ws.h"

static const char help[] =
    "assay load: sends an order flow to a venue and measures what comes back\n"
    "\n"
    "usage: assay load SOURCE [options]\n"
    "\n";
static const char help_end[] =
    "  when:\n"
    "    --rate N         operations a second, Poisson arrivals of the seed; without it as fast "
    "as\n"
    "                     the window allows\n"
    "    --as-recorded    at the flow's own times; --speed X divides them\n"
    "    --seconds N      stop sending after N s; with --generate and --rate: that many "
    "operations\n"
    "    --window N       outstanding operations a session (64 without a rate)\n"
    "    --drain N        s without an answer until the rest counts as unanswered (5)\n"
    "  over what:\n"
    "    --data DIR       the venue of this data folder (assay-data), wherever it listens\n"
    "    --sessions N     (8)\n"
    "    --fix HOST:PORT  FIX 4.4 (what the data folder says, or 127.0.0.1:9878)\n"
    "      --comp-id NAME   of the sessions, a number follows (CLIENT)\n"
    "      --first N        the first number (1)\n"
    "      --password TEXT  (demo)\n"
    "      --venue NAME     the venue's CompID (ASSAY)\n"
    "    --ws[=HOST:PORT] WebSocket instead (what the data folder says, or 127.0.0.1:8080);\n"
    "                     session i trades with API key i, from the first again when there are "
    "fewer\n"
    "      --keys FILE      venue.yaml with the keys (the data folder's, or the demo's)\n"
    "  --json           the report as JSON; --report FILE: that into a file; --quiet: no progress\n"
    "\n"
    "examples:\n"
    "  assay load --recorded --as-recorded --speed 10\n"
    "  assay load --generate --rate 20000 --seconds 30 --seed 7\n"
    "  assay load --ws --generate --orders 2000 --rate 500 --sessions 2 --symbols ETH-AUD\n"
    "\n"
    "exit codes: 0 all answered, 1 something unanswered, a protocol error or a lost session,\n"
    "2 could not run\n";

struct request {
    struct flow_options from;
    struct load_options load;
    struct load_fix_options fix;
    char host[64]; /* "": not given */
    uint16_t port;
    const char *data, *report, *keys;
    uint64_t sessions;
    bool ws, json, quiet, help;
};

enum {
    OPT_HELP = 1,
    OPT_JSON,
    OPT_QUIET,
    OPT_RATE,
    OPT_AS_RECORDED,
    OPT_SPEED,
    OPT_SECONDS,
    OPT_WINDOW,
    OPT_DRAIN,
    OPT_FIX,
    OPT_WS,
    OPT_KEYS,
    OPT_DATA,
    OPT_REPORT,
    OPT_SESSIONS,
    OPT_COMP_ID,
    OPT_FIRST,
    OPT_PASSWORD,
    OPT_VENUE,
};

static const struct option options[] = {FLOW_OPTION_ROWS,
                                        {"help", no_argument, NULL, OPT_HELP},
                                        {"json", no_argument, NULL, OPT_JSON},
                                        {"quiet", no_argument, NULL, OPT_QUIET},
                                        {"rate", required_argument, NULL, OPT_RATE},
                                        {"as-recorded", no_argument, NULL, OPT_AS_RECORDED},
                                        {"speed", required_argument, NULL, OPT_SPEED},
                                        {"seconds", required_argument, NULL, OPT_SECONDS},
                                        {"window", required_argument, NULL, OPT_WINDOW},
                                        {"drain", required_argument, NULL, OPT_DRAIN},
                                        {"fix", required_argument, NULL, OPT_FIX},
                                        {"ws", optional_argument, NULL, OPT_WS},
                                        {"keys", required_argument, NULL, OPT_KEYS},
                                        {"data", required_argument, NULL, OPT_DATA},
                                        {"report", required_argument, NULL, OPT_REPORT},
                                        {"sessions", required_argument, NULL, OPT_SESSIONS},
                                        {"comp-id", required_argument, NULL, OPT_COMP_ID},
                                        {"first", required_argument, NULL, OPT_FIRST},
                                        {"password", required_argument, NULL, OPT_PASSWORD},
                                        {"venue", required_argument, NULL, OPT_VENUE},
                                        {NULL, 0, NULL, 0}};

/* For the signal handler, which runs on any thread: release and acquire pair in it. */
static struct load *_Atomic running;

static void
on_signal(int signal_number)
{
    (void)signal_number;
    struct load *l = atomic_load_explicit(&running, memory_order_acquire);
    if (l)
        load_interrupt(l);
}

static int
take_u32(const char *name, uint64_t least, uint64_t most, uint32_t *out, struct error *err)
{
    uint64_t number = 0;
    int rc = option_number(name, optarg, least, most, &number, err);
    *out = (uint32_t)number;
    return rc;
}

static int
take_endpoint(struct request *q, const char *text, struct error *err)
{
    const char *colon = strrchr(text, ':');
    uint64_t port = 0;
    size_t length = colon ? (size_t)(colon - text) : 0;
    if (!colon || length == 0 || length >= sizeof q->host)
        return error_set(err, ERR_INVALID, "'%s': expected HOST:PORT, the host as a number", text);
    int rc = option_number("port", colon + 1, 1, 65535, &port, err);
    snprintf(q->host, sizeof q->host, "%.*s", (int)length, text);
    q->port = (uint16_t)port;
    return rc;
}

static const char *
data_of(const struct request *q)
{
    return q->data ? q->data : "assay-data";
}

/* What the running venue of a data folder wrote down. */
static int
take_data_folder(struct request *q, struct error *err)
{
    char path[512], text[80];
    snprintf(path, sizeof path, "%s/run/%s.address", data_of(q), q->ws ? "api" : "fix");
    FILE *in = fopen(path, "r");
    if (!in && !q->data)
        return 0; /* the usual port, then */
    if (!in)
        return error_set(err, ERR_NOT_FOUND, "%s is not there: does a venue run in %s?", path,
                         q->data);
    bool got = fgets(text, sizeof text, in) != NULL;
    fclose(in);
    if (!got)
        return error_set(err, ERR_INVALID, "%s is empty", path);
    text[strcspn(text, "\n")] = 0;
    return take_endpoint(q, text, err);
}

static int
take_speed(struct request *q, struct error *err)
{
    char *end;
    q->load.speed = strtod(optarg, &end);
    if (*end || !(q->load.speed > 0))
        return error_set(err, ERR_INVALID, "--speed %s: expected a number above 0", optarg);
    return 0;
}

static int
take_option(struct request *q, int option, struct error *err)
{
    switch (option) {
    case 'h':
    case OPT_HELP:
        q->help = true;
        return 0;
    case OPT_JSON:
        q->json = true;
        return 0;
    case OPT_QUIET:
        q->quiet = true;
        return 0;
    case OPT_RATE:
        return take_u32("rate", 1, 10000000, &q->load.rate, err);
    case OPT_AS_RECORDED:
        q->load.as_recorded = true;
        return 0;
    case OPT_SPEED:
        return take_speed(q, err);
    case OPT_SECONDS:
        return take_u32("seconds", 1, 1000000, &q->load.seconds, err);
    case OPT_WINDOW:
        return take_u32("window", 1, 1000000, &q->load.window, err);
    case OPT_DRAIN:
        return take_u32("drain", 1, 3600, &q->load.drain_s, err);
    case OPT_FIX:
        return take_endpoint(q, optarg, err);
    case OPT_WS:
        q->ws = true;
        return optarg ? take_endpoint(q, optarg, err) : 0;
    case OPT_KEYS:
        q->keys = optarg;
        return 0;
    case OPT_DATA:
        q->data = optarg;
        return 0;
    case OPT_REPORT:
        q->report = optarg;
        return 0;
    case OPT_SESSIONS:
        return option_number("sessions", optarg, 1, LOAD_SESSION_MAX, &q->sessions, err);
    case OPT_COMP_ID:
        q->fix.comp_id = optarg;
        return 0;
    case OPT_FIRST:
        return take_u32("first", 1, 1000000, &q->fix.first, err);
    case OPT_PASSWORD:
        q->fix.password = optarg;
        return 0;
    case OPT_VENUE:
        q->fix.venue_comp_id = optarg;
        return 0;
    case '?':
        return error_set(err, ERR_INVALID, "assay load --help lists what there is");
    default:
        return flow_options_take(&q->from, option, optarg, err);
    }
}

/* What follows from what was given. */
static void
request_complete(struct request *q)
{
    if (q->from.read.client_cnt == 0)
        q->from.read.client_cnt = q->from.made.client_cnt = (uint32_t)q->sessions;
    if (q->from.generate && q->from.made.op_cnt == 0 && q->load.rate > 0 && q->load.seconds > 0) {
        q->from.made.op_cnt = (uint64_t)q->load.rate * q->load.seconds;
        q->load.seconds = 0;
    }
    q->load.seed = q->from.read.seed;
    q->load.run_id = clock_utc_ns() / CLOCK_NS_PER_MS;
    if (!q->host[0]) {
        snprintf(q->host, sizeof q->host, "127.0.0.1");
        q->port = q->ws ? 8080 : 9878;
    }
    q->fix.address = q->host;
    q->fix.port = q->port;
}

static int
request_parse(struct request *q, int argc, char **argv, struct error *err)
{
    int option, rc = 0;
    optind = 1;
    q->sessions = 8;
    while (rc == 0 && (option = getopt_long(argc, argv, "h", options, NULL)) != -1)
        rc = take_option(q, option, err);
    if (rc < 0 || q->help)
        return rc;
    q->from.path = optind < argc ? argv[optind++] : NULL;
    if (optind < argc)
        return error_set(err, ERR_INVALID, "unexpected argument '%s'", argv[optind]);
    if (!q->host[0])
        rc = take_data_folder(q, err);
    request_complete(q);
    return rc;
}

static int
report_to_file(const struct load_result *r, const struct load_setting *s, const char *path,
               struct error *err)
{
    FILE *out = fopen(path, "w");
    if (!out)
        return error_errno(err, errno, "%s", path);
    load_print_json(r, s, out);
    return fclose(out) == 0 ? 0 : error_errno(err, errno, "%s", path);
}

static int
report(const struct request *q, const struct flow *f, const struct load *l, struct error *err)
{
    char over[96], machine[192], version[128];
    snprintf(over, sizeof over, "%s %s:%u", q->ws ? "WebSocket" : "FIX", q->host, q->port);
    snprintf(version, sizeof version, "%s (%s, %s, %s)", BUILD_VERSION, BUILD_COMMIT,
             BUILD_COMPILER, BUILD_PRESET);
    load_machine(machine, sizeof machine);
    struct load_setting setting = {.flow_name = f->name,
                                   .over = over,
                                   .session_cnt = (uint32_t)q->sessions,
                                   .options = q->load,
                                   .machine = machine,
                                   .version = version};
    if (q->json)
        load_print_json(load_result(l), &setting, stdout);
    else
        load_print(load_result(l), &setting, stdout);
    return q->report ? report_to_file(load_result(l), &setting, q->report, err) : 0;
}

/* The venue whose API keys are used. */
static int
load_keys(const struct request *q, struct venue **out, struct error *err)
{
    char path[512];
    size_t bytes;
    snprintf(path, sizeof path, "%s/venue.yaml", data_of(q));
    if (q->keys || q->data || access(path, R_OK) == 0)
        return venue_load(out, q->keys ? q->keys : path, err);
    const char *demo = venue_demo_text(&bytes);
    return venue_load_text(out, "the demo venue", demo, bytes, err);
}

struct links { /* of the one protocol or the other */
    struct load_net net;
    struct load_fix *fix;
    struct load_ws *ws;
    struct venue *venue;
    struct load_ws_key *keys;
};

static int
links_open_ws(struct links *k, struct load *l, const struct request *q, const struct flow *f,
              struct error *err)
{
    int rc = load_keys(q, &k->venue, err);
    if (rc < 0)
        return rc;
    const struct venue_api *api = k->venue->api;
    k->keys = calloc(api->keys_count + 1, sizeof *k->keys);
    if (!k->keys)
        return error_set(err, ERR_NO_SPACE, "no memory");
    for (uint32_t i = 0; i < api->keys_count; i++)
        k->keys[i] =
            (struct load_ws_key){api->keys[i].key, api->keys[i].secret, api->keys[i].passphrase};
    struct load_ws_options o = {.address = q->host,
                                .port = q->port,
                                .keys = k->keys,
                                .key_cnt = api->keys_count,
                                .flow = f};
    return load_ws_open(&k->ws, l, &k->net, (uint32_t)q->sessions, &o, err);
}

static int
links_open(struct links *k, struct load *l, const struct request *q, const struct flow *f,
           struct error *err)
{
    uint32_t sessions = (uint32_t)q->sessions;
    int rc = load_net_open(&k->net, sessions, err);
    if (rc < 0)
        return rc;
    return q->ws ? links_open_ws(k, l, q, f, err)
                 : load_fix_open(&k->fix, l, &k->net, sessions, &q->fix, err);
}

static void
links_close(struct links *k)
{
    load_fix_close(k->fix);
    load_ws_close(k->ws);
    load_net_close(&k->net);
    free(k->keys);
    venue_free(k->venue);
}

/* 1: everything was answered, 0: not. errors: negative */
static int
run_load(const struct request *q, const struct flow *f, struct load *l,
         const struct load_driver *driver, struct error *err)
{
    struct load_progress_show show;
    atomic_store_explicit(&running, l, memory_order_release);
    struct sigaction on_end = {.sa_handler = on_signal};
    sigaction(SIGINT, &on_end, NULL);
    sigaction(SIGTERM, &on_end, NULL);
    load_progress_init(&show, stderr);
    int rc = load_run(l, driver, q->quiet ? NULL : load_progress_turn, &show, err);
    load_progress_end(&show);
    atomic_store_explicit(&running, NULL, memory_order_release);
    if (rc == 0)
        rc = report(q, f, l, err);
    return rc == 0 ? load_clean(l) : rc;
}

static int
send_flow(const struct request *q, const struct flow *f, struct error *err)
{
    struct load *l;
    struct links links = {0};
    int rc = load_open(&l, f, &q->load, (uint32_t)q->sessions, err);
    if (rc < 0)
        return rc;
    rc = links_open(&links, l, q, f, err);
    if (rc == 0)
        rc = run_load(q, f, l, &links.net.driver, err);
    links_close(&links);
    load_close(l);
    return rc;
}

int
cmd_load(int argc, char **argv)
{
    struct request q = {0};
    struct error err = {0};
    struct flow f;
    int rc = request_parse(&q, argc, argv, &err);
    if (rc == 0 && q.help) {
        printf("%s%s%s", help, flow_options_help, help_end);
        return EXIT_OK;
    }
    flow_init(&f, "");
    if (rc == 0)
        rc = flow_options_make(&q.from, &f, &err);
    if (rc == 0)
        rc = send_flow(&q, &f, &err);
    flow_fini(&f);
    if (rc < 0) {
        fprintf(stderr, "assay load: %s\n", err.text);
        return EXIT_USAGE;
    }
    return rc == 1 ? EXIT_OK : EXIT_FINDINGS;
}
