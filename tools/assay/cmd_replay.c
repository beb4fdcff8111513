#include "tools/assay/commands.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/model/decimal.h"
#include "engine/model/schema.h"
#include "engine/model/utc.h"
#include "tools/assay/past.h"
#include "tools/assay/subcommand.h"
#include "tools/text/report.h"

static const char *const USAGE =
    "Usage: assay replay [--data DIR] [--to SEQ] [--print balances|orders|book|sums] [--json]\n"
    "\n"
    "Applies the journal's commands to a core of its own, from genesis on, and compares every "
    "event\n"
    "that comes out byte for byte with the journal. Changes nothing; the venue may run meanwhile.\n"
    "\n"
    "  --data DIR    the venue's data folder (assay-data)\n"
    "  --to SEQ      stop after this command: the state as it was then\n"
    "  --print WHAT  also the balances, the open orders, the book, or the sums per asset; may be\n"
    "                repeated\n"
    "  --json        one JSON object\n"
    "\n"
    "Exit: 0 done and the same, 1 the journal or an event is not as it must be, 2 could not run.\n"
    "\n"
    "Example: assay replay --data data --to 1000 --print book\n";

enum { PRINT_BALANCES = 1, PRINT_ORDERS = 2, PRINT_BOOK = 4, PRINT_SUMS = 8 };

struct arguments {
    const char *data;
    uint64_t to;
    uint32_t print;
    bool json, help;
};

static bool
read_number(const char *text, uint64_t *out)
{
    char *end;
    errno = 0;
    unsigned long long n = strtoull(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || text[0] == '-')
        return false;
    *out = n;
    return true;
}

static bool
read_print(const char *text, uint32_t *print)
{
    static const struct {
        const char *name;
        uint32_t bit;
    } names[] = {{"balances", PRINT_BALANCES},
                 {"orders", PRINT_ORDERS},
                 {"book", PRINT_BOOK},
                 {"sums", PRINT_SUMS}};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(text, names[i].name) == 0) {
            *print |= names[i].bit;
            return true;
        }
    return false;
}

static bool
read_arguments(int argc, char **argv, struct arguments *a)
{
    static const struct option options[] = {
        {"data", required_argument, NULL, 'd'},  {"to", required_argument, NULL, 't'},
        {"print", required_argument, NULL, 'p'}, {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},        {NULL, 0, NULL, 0}};
    bool good = true;
    optind = 1;
    for (int c; good && (c = getopt_long(argc, argv, "h", options, NULL)) != -1;) {
        if (c == 'd')
            a->data = optarg;
        else if (c == 't')
            good = read_number(optarg, &a->to) && a->to != 0;
        else if (c == 'p')
            good = read_print(optarg, &a->print);
        else if (c == 'j')
            a->json = true;
        else if (c == 'h')
            a->help = true;
        else
            good = false;
    }
    return a->help || (good && optind == argc);
}

static void
show_progress(void *arg, const struct journal_progress *p)
{
    (void)arg;
    fprintf(stderr, "\rcommand %" PRIu64 " of %" PRIu64, p->cmd_seq, p->cmd_last);
    (void)fflush(stderr);
}

static void
print_line(void *arg, const char *text)
{
    (void)arg;
    puts(text);
}

static void
print_digest(const char *name, const uint64_t digest[2], bool json, const char *after)
{
    printf(json ? "\"%s\":\"%016" PRIx64 "%016" PRIx64 "\"%s" : "%s %016" PRIx64 "%016" PRIx64 "%s",
           name, digest[0], digest[1], after);
}

static void
print_text(const struct past *p, const struct arguments *a, double took_s)
{
    const struct core *core = p->view.core;
    struct event_checkpoint digest = {0};
    char time[UTC_TEXT_MAX];
    core_digest(core, &digest);
    (void)utc_format(core_time_ns(core), time);
    printf("journal    command %" PRIu64 ", event %" PRIu64 ", epoch %" PRIu32 "%s\n",
           p->state.cmd_seq, p->state.event_seq, p->state.epoch,
           p->state.cut_bytes != 0 ? ", and a torn tail behind it" : "");
    printf("replayed   %" PRIu64 " commands, %" PRIu64 " events compared and the same, %" PRIu64
           " void, %.2f s (%.0f commands/s)\n",
           p->replay.out_cmd_cnt, p->replay.out_event_cnt, p->replay.out_void_cnt, took_s,
           took_s > 0 ? (double)p->replay.out_cmd_cnt / took_s : 0);
    printf("state at   command %" PRIu64 ", event %" PRIu64 ", epoch %" PRIu32 ", %s\n",
           core_cmd_seq(core), core_event_seq(core), core_epoch(core), time);
    printf("counts     %" PRIu64 " open orders, %" PRIu64 " balances, %" PRIu64 " fills\n",
           digest.order_cnt, digest.balance_cnt, digest.fill_cnt);
    print_digest("digest     all", digest.digest_all, false, "\n");
    print_digest("           balances", digest.digest_balances, false, "\n");
    print_digest("           orders", digest.digest_orders, false, "\n");
    print_digest("           hooks", digest.digest_hooks, false, "\n");
    if ((a->print & PRINT_SUMS) != 0)
        report_sums(&p->view, print_line, NULL);
    if ((a->print & PRINT_BALANCES) != 0)
        report_balances(&p->view, 0, 0, print_line, NULL);
    if ((a->print & PRINT_ORDERS) != 0)
        report_orders(&p->view, 0, print_line, NULL);
    for (uint32_t i = 0; (a->print & PRINT_BOOK) != 0 && i < p->view.instrument_cnt; i++)
        report_book(&p->view, p->view.instruments[i].id, print_line, NULL);
}

/* A report's line "KIND key=value key=value" as a JSON object; values are strings. */
struct json_lines {
    bool any;
};

static void
json_line(void *arg, const char *text)
{
    struct json_lines *l = arg;
    printf("%s{", l->any ? "," : "");
    l->any = true;
    const char *at = strchr(text, ' ');
    for (bool first = true; at != NULL && *at != '\0'; first = false) {
        at++;
        size_t key = strcspn(at, "= "), value = strcspn(at, " ");
        if (at[key] != '=')
            break;
        printf("%s\"%.*s\":\"%.*s\"", first ? "" : ",", (int)key, at, (int)(value - key - 1),
               at + key + 1);
        at = at[value] == ' ' ? at + value : NULL;
    }
    printf("}");
}

struct order_list {
    const struct sandbox *view;
    bool any;
};

static void
json_amount(const char *name, int64_t units, unsigned scale)
{
    char text[DECIMAL_TEXT_MAX];
    (void)decimal_format(units, scale, text);
    printf(",\"%s\":\"%s\"", name, text);
}

static void
json_order(void *arg, const struct core_order *o)
{
    struct order_list *l = arg;
    const struct sandbox_instrument *i = sandbox_instrument_of(l->view, o->instrument_id);
    if (i == NULL)
        return;
    printf("%s{\"order_id\":\"%" PRIu64 "\",\"account_id\":%" PRIu32 ",\"client_id\":\"",
           l->any ? "," : "", o->order_id, o->account_id);
    l->any = true;
    for (uint8_t at = 0; at < o->id.length; at++) /* printable ASCII */
        printf(o->id.text[at] == '"' || o->id.text[at] == '\\' ? "\\%c" : "%c", o->id.text[at]);
    printf("\",\"instrument\":\"%s\",\"side\":\"%s\",\"status\":\"%s\"", i->symbol,
           schema_enum_text(&SCHEMA_SIDE, o->side),
           schema_enum_text(&SCHEMA_ORD_STATUS, o->status));
    json_amount("price", o->price_units, i->price_scale);
    json_amount("qty", o->qty_lots * i->lot_units, i->asset_scale);
    json_amount("cum", o->cum_lots * i->lot_units, i->asset_scale);
    json_amount("leaves", o->leaves_lots * i->lot_units, i->asset_scale);
    json_amount("hold", o->hold_units, o->side == SIDE_BUY ? i->currency_scale : i->asset_scale);
    printf("}");
}

static void
json_report(const char *name, const struct past *p,
            void (*report)(const struct past *p, struct json_lines *l))
{
    struct json_lines lines = {0};
    printf(",\"%s\":[", name);
    report(p, &lines);
    printf("]");
}

static void
json_sums(const struct past *p, struct json_lines *l)
{
    report_sums(&p->view, json_line, l);
}

static void
json_balances(const struct past *p, struct json_lines *l)
{
    report_balances(&p->view, 0, 0, json_line, l);
}

static void
json_book(const struct past *p, struct json_lines *l)
{
    for (uint32_t i = 0; i < p->view.instrument_cnt; i++)
        report_book(&p->view, p->view.instruments[i].id, json_line, l);
}

static void
print_json(const struct past *p, const struct arguments *a, double took_s)
{
    const struct core *core = p->view.core;
    struct event_checkpoint digest = {0};
    char time[UTC_TEXT_MAX];
    core_digest(core, &digest);
    (void)utc_format(core_time_ns(core), time);
    printf("{\"journal\":{\"command\":%" PRIu64 ",\"event\":%" PRIu64 ",\"epoch\":%" PRIu32
           ",\"torn_bytes\":%" PRIu64 "},",
           p->state.cmd_seq, p->state.event_seq, p->state.epoch, p->state.cut_bytes);
    printf("\"replayed\":{\"commands\":%" PRIu64 ",\"events\":%" PRIu64 ",\"void\":%" PRIu64
           ",\"seconds\":%.3f},",
           p->replay.out_cmd_cnt, p->replay.out_event_cnt, p->replay.out_void_cnt, took_s);
    printf("\"command\":%" PRIu64 ",\"event\":%" PRIu64 ",\"epoch\":%" PRIu32 ",\"time\":\"%s\",",
           core_cmd_seq(core), core_event_seq(core), core_epoch(core), time);
    printf("\"order_cnt\":%" PRIu64 ",\"balance_cnt\":%" PRIu64 ",\"fill_cnt\":%" PRIu64
           ",\"digest\":{",
           digest.order_cnt, digest.balance_cnt, digest.fill_cnt);
    print_digest("all", digest.digest_all, true, ",");
    print_digest("balances", digest.digest_balances, true, ",");
    print_digest("orders", digest.digest_orders, true, ",");
    print_digest("hooks", digest.digest_hooks, true, "}");
    if ((a->print & PRINT_SUMS) != 0)
        json_report("sums", p, json_sums);
    if ((a->print & PRINT_BALANCES) != 0)
        json_report("balances", p, json_balances);
    if ((a->print & PRINT_ORDERS) != 0) {
        struct order_list orders = {.view = &p->view};
        printf(",\"orders\":[");
        core_each_order(core, json_order, &orders);
        printf("]");
    }
    if ((a->print & PRINT_BOOK) != 0)
        json_report("book", p, json_book);
    printf("}\n");
}

int
cmd_replay(int argc, char **argv)
{
    struct arguments a = {.data = "assay-data"};
    struct past p;
    struct error err = {0};
    if (!read_arguments(argc, argv, &a)) {
        fputs(USAGE, stderr);
        return EXIT_USAGE;
    }
    if (a.help) {
        fputs(USAGE, stdout);
        return EXIT_OK;
    }
    log_setup(LOG_WARN, "replay", 1);
    bool show = isatty(STDERR_FILENO) != 0;
    int64_t begin = clock_mono_ns();
    int rc = past_open(&p, a.data, a.to, show ? show_progress : NULL, NULL, &err);
    double took_s = (double)(clock_mono_ns() - begin) / CLOCK_NS_PER_S;
    if (show)
        fputs("\r\033[K", stderr);
    if (rc != 0) {
        fprintf(stderr, "assay replay: %s\n", err.text);
        return rc == ERR_CORRUPT ? EXIT_FINDINGS : EXIT_USAGE;
    }
    if (a.json)
        print_json(&p, &a, took_s);
    else
        print_text(&p, &a, took_s);
    past_close(&p);
    return fflush(stdout) == 0 ? EXIT_OK : EXIT_USAGE;
}
