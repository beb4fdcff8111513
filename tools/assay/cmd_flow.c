#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tools/assay/commands.h"
#include "tools/assay/flow_options.h"
#include "tools/assay/subcommand.h"
#include "tools/flow/flow_core.h"
#include "tools/flow/flow_judge.h"
#include "tools/flow/flow_print.h"
#include "tools/flow/flow_text.h"

static const char help[] =
    "assay flow: order flows: look into one, convert a recording, generate one\n"
    "\n"
    "usage: assay flow info SOURCE [--json]       what is in it, and what was left out\n"
    "       assay flow convert SOURCE --out FILE  writes it as a flow file (text); - = stdout\n"
    "       assay flow match SOURCE [--json]      what the engine's core makes of it: no venue, "
    "no\n"
    "                                             risk checks, no fees; trades and their checksum\n"
    "       assay flow judge FILE [--json]        CME market by order: the order that our core "
    "fills\n"
    "                                             against the one that the recording names\n"
    "\n";
static const char help_end[] =
    "\n"
    "example:\n"
    "  assay flow info --recorded\n"
    "  assay flow convert --generate --orders 1000 --seed 7 --out orders.flow\n"
    "\n"
    "The form of the file and the rules of each converter: docs/order-flow.md.\n"
    "exit codes: 0 done, 2 not readable, or not an order flow\n";

struct request {
    const char *verb, *out;
    bool json, help;
    struct flow_options from;
};

static int
request_parse(struct request *q, int argc, char **argv, struct error *err)
{
    enum { OPT_HELP = 1, OPT_JSON, OPT_OUT };
    static const struct option options[] = {FLOW_OPTION_ROWS,
                                            {"help", no_argument, NULL, OPT_HELP},
                                            {"json", no_argument, NULL, OPT_JSON},
                                            {"out", required_argument, NULL, OPT_OUT},
                                            {NULL, 0, NULL, 0}};
    int option, rc = 0;
    optind = 1;
    while (rc == 0 && (option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (option == OPT_HELP || option == 'h')
            q->help = true;
        else if (option == OPT_JSON)
            q->json = true;
        else if (option == OPT_OUT)
            q->out = optarg;
        else if (option == '?')
            rc = error_set(err, ERR_INVALID, "assay flow --help lists what there is");
        else
            rc = flow_options_take(&q->from, option, optarg, err);
    }
    if (rc < 0 || q->help)
        return rc;
    q->verb = optind < argc ? argv[optind++] : "";
    q->from.path = optind < argc ? argv[optind++] : NULL;
    if (optind < argc)
        return error_set(err, ERR_INVALID, "unexpected argument '%s'", argv[optind]);
    return 0;
}

static int
write_flow(const struct flow *f, const char *path, struct error *err)
{
    if (!strcmp(path, "-"))
        return flow_text_write(f, stdout, err);
    FILE *out = fopen(path, "w");
    if (!out)
        return error_errno(err, errno, "%s", path);
    int rc = flow_text_write(f, out, err);
    if (fclose(out) != 0 && rc == 0)
        rc = error_errno(err, errno, "%s", path);
    return rc;
}

static uint64_t
rejected_total(const struct flow_result *r)
{
    uint64_t total = 0;
    for (unsigned i = 0; i < FLOW_CORE_REASON_MAX; i++)
        total += r->rejected[i];
    return total;
}

static void
result_print(const struct flow_result *r, bool json)
{
    const char *sep = json ? "," : "\n";
    printf(json ? "{\"accepted\":%" PRIu64 ",\"canceled\":%" PRIu64 ",\"replaced\":%" PRIu64
                  ",\"rejected\":%" PRIu64
                : "accepted %" PRIu64 ", canceled %" PRIu64 ", replaced %" PRIu64
                  ", rejected %" PRIu64,
           r->accepted, r->canceled, r->replaced, rejected_total(r));
    for (unsigned i = 0; i < FLOW_CORE_REASON_MAX; i++)
        if (r->rejected[i] > 0)
            printf(json ? "%s\"%s\":%" PRIu64 : "%s  %-24s %" PRIu64, sep, reason_name(i),
                   r->rejected[i]);
    printf(json ? "%s\"trades\":%" PRIu64 ",\"quantity\":%" PRIu64 ",\"checksum\":\"%016" PRIx64
                  "\"}\n"
                : "%strades %" PRIu64 ", quantity %" PRIu64 ", checksum %016" PRIx64 "\n",
           sep, r->trades, r->traded_units, r->checksum);
}

static int
match(const struct flow *f, bool json, struct error *err)
{
    struct flow_core c;
    int rc = flow_core_open(&c, f, 0, 0, err);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < f->op_cnt; i++) {
        if (i == f->warm_cnt)
            memset(&c.result, 0, sizeof c.result);
        flow_core_apply(&c, &f->ops[i]);
    }
    if (!json)
        printf("%s: after the first %zu operations\n", f->name, f->warm_cnt);
    result_print(&c.result, json);
    flow_core_close(&c);
    return 0;
}

static void
verdict_print(const struct judge_verdict *v, bool json)
{
    if (json)
        printf("{\"fills\":%" PRIu64 ",\"equal\":%" PRIu64, v->fills, v->by_cause[JUDGE_EQUAL]);
    else
        printf("orders %" PRIu64 ", trades %" PRIu64 ", recorded fills compared %" PRIu64
               " (left out: %" PRIu64 " without a side, %" PRIu64
               " on the aggressor's side, %" PRIu64 " of orders that are not there)\n",
               v->orders, v->trades, v->fills, v->no_side, v->aggressor_side, v->unknown);
    for (unsigned i = 0; i < JUDGE_CAUSE_CNT; i++)
        if (json)
            printf(",\"%s\":%" PRIu64, judge_cause_text(i), v->by_cause[i]);
        else
            printf("  %6" PRIu64 "  %5.1f %%  %s\n", v->by_cause[i],
                   v->fills ? 100.0 * (double)v->by_cause[i] / (double)v->fills : 0.0,
                   judge_cause_text(i));
    if (json)
        printf("}\n");
}

static int
judge(const char *path, bool json, struct error *err)
{
    struct flow_bytes recording;
    struct judge_verdict verdict;
    if (!path)
        return error_set(err, ERR_INVALID, "judge needs a recording: CME market by order as CSV");
    int rc = flow_bytes_read(&recording, path, err);
    if (rc < 0)
        return rc;
    rc = flow_judge(&recording, &verdict, err);
    flow_bytes_free(&recording);
    if (rc == 0)
        verdict_print(&verdict, json);
    return rc;
}

static int
carry_out(const struct request *q, struct error *err)
{
    struct flow f;
    flow_init(&f, "");
    bool convert = !strcmp(q->verb, "convert"), to_stdout = q->out && !strcmp(q->out, "-");
    bool run = !strcmp(q->verb, "match");
    if (!strcmp(q->verb, "judge"))
        return judge(q->from.path, q->json, err);
    if (!convert && !run && strcmp(q->verb, "info") != 0)
        return error_set(err, ERR_INVALID, "'%s': expected info, convert, match or judge", q->verb);
    if (convert && !q->out)
        return error_set(err, ERR_INVALID, "convert needs --out FILE");
    int rc = flow_options_make(&q->from, &f, err);
    if (rc == 0 && convert)
        rc = write_flow(&f, q->out, err);
    if (rc == 0 && run)
        rc = match(&f, q->json, err);
    else if (rc == 0 && q->json)
        flow_print_json(&f, to_stdout ? stderr : stdout);
    else if (rc == 0)
        flow_print(&f, to_stdout ? stderr : stdout);
    flow_fini(&f);
    return rc;
}

int
cmd_flow(int argc, char **argv)
{
    struct request q = {0};
    struct error err = {0};
    if (request_parse(&q, argc, argv, &err) == 0) {
        if (q.help) {
            printf("%s%s%s", help, flow_options_help, help_end);
            return EXIT_OK;
        }
        if (carry_out(&q, &err) == 0)
            return EXIT_OK;
    }
    fprintf(stderr, "assay flow: %s\n", err.text);
    return EXIT_USAGE;
}
