#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build_info.h"
#include "tools/assay/bench.h"
#include "tools/assay/commands.h"
#include "tools/assay/flow_options.h"
#include "tools/assay/subcommand.h"
#include "tools/flow/flow_read.h"

static const char help[] =
    "assay bench: throughput and latency on a binary workload, with what it traded\n"
    "\n"
    "usage: assay bench book --flow FILE [--runs N] [--expect CHECKSUM] [--json]\n"
    "       assay bench core --flow FILE [--runs N] [--expect CHECKSUM] [--json]\n"
    "       assay bench growth [--orders N] [--json]\n"
    "       assay bench worst [--runs N] [--json]\n"
    "\n"
    "  book   the book alone: add, cancel, match; no checks, no money, no events\n"
    "  core   everything: 1,000 accounts (flow id modulo 1,000), risk's rules live, duplicate\n"
    "         client ids detected, holds, ledger, fees, all events written\n"
    "  growth the core's add, cancel and match at 10,000 resting orders, 100,000, ..., over\n"
    "         10,000 instruments and 2^31 prices; its start, and memory an order\n"
    "  worst  work that is done in parts (sweep, mass cancel, auction): how long the longest of\n"
    "         its commands takes, for which others wait\n"
    "\n"
    "  --flow FILE       a workload (\"ASSAYFLW\"); its first records build the book, not timed\n"
    "  --runs N          runs after the first (5); throughput is their median\n"
    "  --orders N        most resting orders (10,000,000: 6 GiB of memory)\n"
    "  --expect CHECKSUM exit 1 when the trades' checksum is another\n"
    "  --throughput-only without the runs that measure latency\n"
    "  --json            one object: ops_per_s, p50_ns, p99_ns, p999_ns, max_ns, trades,\n"
    "                    traded_qty, checksum, rejects, and the same cold\n"
    "\n"
    "Times are processor time of one thread. Latency is measured in a run of its own, operation "
    "by\n"
    "operation, less what reading the time costs. Cold: throughput of the first run; latency of\n"
    "single operations, up to 1,000, with the caches emptied before and nothing prefetched.\n"
    "\n"
    "example:\n"
    "  assay bench core --flow flow.bin --expect 22009bc0579dcc93\n"
    "\n"
    "exit codes: 0 done, 1 another checksum, 2 not readable, or not a workload\n";

enum { ORDERS_USUAL = 10000000 };

struct request {
    const struct bench_target *target; /* of a workload; NULL: growth or worst */
    const char *path, *expect;
    uint64_t runs, orders; /* orders 0: as usual */
    bool growth, worst;
    bool json, help, throughput_only;
};

static int
parse_target(struct request *q, const char *name, struct error *err)
{
    static const struct bench_target *const targets[] = {&bench_book, &bench_core};
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++)
        if (strcmp(targets[i]->name, name) == 0)
            q->target = targets[i];
    q->growth = strcmp(name, "growth") == 0;
    q->worst = strcmp(name, "worst") == 0;
    bool own = q->growth || q->worst; /* makes its orders itself */
    if (own && (q->path != NULL || q->expect != NULL || q->throughput_only))
        return error_set(err, ERR_INVALID, "%s takes no --flow, --expect, --throughput-only", name);
    if (!q->growth && q->orders != 0)
        return error_set(err, ERR_INVALID, "--orders is for growth");
    if (own)
        return 0;
    if (q->target == NULL)
        return error_set(err, ERR_INVALID, "'%s': expected book, core, growth or worst", name);
    return q->path != NULL ? 0 : error_set(err, ERR_INVALID, "--flow FILE is missing");
}

static int
parse(struct request *q, int argc, char **argv, struct error *err)
{
    static const struct option options[] = {{"help", no_argument, NULL, 'h'},
                                            {"flow", required_argument, NULL, 'f'},
                                            {"runs", required_argument, NULL, 'r'},
                                            {"orders", required_argument, NULL, 'o'},
                                            {"expect", required_argument, NULL, 'e'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"throughput-only", no_argument, NULL, 't'},
                                            {NULL, 0, NULL, 0}};
    int option, rc = 0;
    optind = 1;
    while (rc == 0 && (option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (option == 'h')
            q->help = true;
        else if (option == 'f')
            q->path = optarg;
        else if (option == 'r')
            rc = option_number("runs", optarg, 1, BENCH_RUN_MAX, &q->runs, err);
        else if (option == 'o')
            rc = option_number("orders", optarg, 10000, 16000000, &q->orders, err);
        else if (option == 'e')
            q->expect = optarg;
        else if (option == 'j')
            q->json = true;
        else if (option == 't')
            q->throughput_only = true;
        else
            rc = error_set(err, ERR_INVALID, "assay bench --help lists what there is");
    }
    if (rc < 0 || q->help)
        return rc;
    const char *name = optind < argc ? argv[optind++] : "";
    if (optind < argc)
        return error_set(err, ERR_INVALID, "unexpected argument '%s'", argv[optind]);
    return parse_target(q, name, err);
}

/* A workload only: of recordings and text flows there is no generator's word to compare with. */
static int
read_workload(struct flow *f, const char *path, struct error *err)
{
    static const struct flow_read_options options = {.client_cnt = 1, .seed = 1};
    struct flow_bytes bytes;
    int rc = flow_bytes_read(&bytes, path, err);
    if (rc < 0)
        return rc;
    if (flow_form_of(bytes.data, bytes.length) == FLOW_FORM_WORKLOAD)
        rc = flow_workload_read(f, &bytes, &options, err);
    else
        rc = error_set(err, ERR_INVALID, "%s: not a workload: it does not begin with \"ASSAYFLW\"",
                       path);
    flow_bytes_free(&bytes);
    return rc;
}

static void
print_json(const struct request *q, const struct flow *f, const struct bench_result *r)
{
    double load = 0;
    (void)getloadavg(&load, 1);
    printf("{\"bench\":\"%s\",\"commit\":\"%s\",\"preset\":\"%s\",\"load\":%.2f,"
           "\"instruments\":%u,\"ops\":%zu,\"runs\":%" PRIu64 ",",
           q->target->name, BUILD_COMMIT, BUILD_PRESET, load, f->instrument_cnt,
           f->op_cnt - f->warm_cnt, q->runs);
    printf("\"ops_per_s\":%.0f,\"best_ops_per_s\":%.0f,\"p50_ns\":%.0f,\"p99_ns\":%.0f,\"p999_ns\":"
           "%.0f,\"max_ns\":%.0f,",
           r->ops_per_s, r->best_ops_per_s, r->warm.p50, r->warm.p99, r->warm.p999, r->warm.max);
    printf("\"cold_ops_per_s\":%.0f,\"cold_p50_ns\":%.0f,\"cold_p99_ns\":%.0f,"
           "\"cold_p999_ns\":%.0f,\"cold_max_ns\":%.0f,\"timer_ns\":%.1f,",
           r->cold_ops_per_s, r->cold.p50, r->cold.p99, r->cold.p999, r->cold.max, r->timer_ns);
    printf("\"trades\":%" PRIu64 ",\"traded_qty\":%" PRIu64 ",\"checksum\":\"%016" PRIx64
           "\",\"rejects\":%" PRIu64 "}\n",
           r->sums.trades, r->sums.traded_qty, r->sums.checksum, r->sums.rejects);
}

static void
print_latency(const char *name, const struct bench_latency *l)
{
    printf("  latency, %s: p50 %.0f, p99 %.0f, p99.9 %.0f, max %.0f ns (%" PRIu64 " operations)\n",
           name, l->p50, l->p99, l->p999, l->max, l->cnt);
}

static void
print_text(const struct request *q, const struct flow *f, const struct bench_result *r)
{
    double load = 0;
    (void)getloadavg(&load, 1);
    printf("%s, %s, build %s %s, load average %.2f\n", q->target->name, f->name, BUILD_COMMIT,
           BUILD_PRESET, load);
    printf("  throughput: %.2f M operations/s warm (median of %" PRIu64 ", best %.2f), %.2f cold\n",
           r->ops_per_s / 1e6, q->runs, r->best_ops_per_s / 1e6, r->cold_ops_per_s / 1e6);
    if (!q->throughput_only) {
        print_latency("warm", &r->warm);
        print_latency("cold", &r->cold);
        printf("  (%.1f ns for reading the time are taken off)\n", r->timer_ns);
    }
    printf("  trades %" PRIu64 ", traded quantity %" PRIu64 ", checksum %016" PRIx64
           ", rejects %" PRIu64 "\n",
           r->sums.trades, r->sums.traded_qty, r->sums.checksum, r->sums.rejects);
}

/* Returns an exit code. */
static int
as_expected(const struct request *q, const struct bench_result *r)
{
    char sum[17];
    (void)snprintf(sum, sizeof sum, "%016" PRIx64, r->sums.checksum);
    if (q->expect == NULL || strcmp(sum, q->expect) == 0)
        return EXIT_OK;
    fprintf(stderr, "assay bench: checksum %s, expected %s\n", sum, q->expect);
    return EXIT_FINDINGS;
}

static int
carry_out(const struct request *q, struct error *err)
{
    struct flow f;
    struct bench_result result;
    if (q->growth)
        return bench_growth(q->orders != 0 ? (uint32_t)q->orders : ORDERS_USUAL, q->json, err);
    if (q->worst)
        return bench_worst((uint32_t)q->runs, q->json, err);
    flow_init(&f, "");
    int rc = read_workload(&f, q->path, err);
    if (rc == 0)
        rc = bench_run(q->target, &f, (uint32_t)q->runs, !q->throughput_only, &result, err);
    if (rc == 0) {
        (q->json ? print_json : print_text)(q, &f, &result);
        rc = as_expected(q, &result);
    }
    flow_fini(&f);
    return rc;
}

int
cmd_bench(int argc, char **argv)
{
    struct request q = {.runs = 5};
    struct error err = {0};
    int rc = parse(&q, argc, argv, &err);
    if (rc == 0 && q.help) {
        fputs(help, stdout);
        return EXIT_OK;
    }
    if (rc == 0)
        rc = carry_out(&q, &err);
    if (rc >= 0)
        return rc;
    fprintf(stderr, "assay bench: %s\n", err.text);
    return EXIT_USAGE;
}
