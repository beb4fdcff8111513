#include <getopt.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/model/utc.h"
#include "tools/assay/commands.h"
#include "tools/assay/ctl_client.h"
#include "tools/assay/subcommand.h"
#include "tools/config/time_zone.h"

static const char help[] =
    "assay ctl: what an operator does with a running venue\n"
    "\n"
    "usage: assay ctl [--data DIR] [--as NAME] [--json] REQUEST\n"
    "\n"
    "  status                                  where the venue stands\n"
    "  halt SYMBOL|all, resume ..., close ...  trading in one instrument, or in all\n"
    "  mass-cancel [account=ID] [instrument=SYMBOL|all] [session=ID] [side=buy|sell]\n"
    "                                          the open orders that fit all that is named\n"
    "  quote-cancel [account=ID] ...           the same of quotes alone\n"
    "  quote-limits SYMBOL account=ID [fills=N window_ms=N] [qty=QTY] [value=AMOUNT] [net=QTY]\n"
    "                                          protection of a maker; without fills none\n"
    "  bands SYMBOL [manner=refuse|interrupt] [static_ppm=N|static_ticks=N] [dynamic_ppm=N|...]\n"
    "          [wide_ppm=N|...] [length_ms=N] [random_end_ms=N] [extension_ms=N "
    "extension_max=N]\n"
    "          [follows=1]                     its price bands; without manner none\n"
    "  ticks SYMBOL [table=FROM:STEP,...]      its price steps by price; without table one step\n"
    "  points SYMBOL [ticks=N] [rests=1]       protection points of its market orders and stops\n"
    "  allocation SYMBOL [method=pro_rata] [min=QTY] [top_ppm=N] [top_min=QTY] [top_max=QTY]\n"
    "                                          who of the orders at one price trades; without\n"
    "                                          method the earlier one\n"
    "  timetable SYMBOL [times=HH:MM:SS=STATE[/DAYS],...] [zone=NAME] [calendar=N]\n"
    "                                          when its trading state changes; DAYS as 1111100, "
    "Monday\n"
    "                                          first; zone UTC, +05:30, Europe/Berlin; without "
    "times\n"
    "                                          by command alone\n"
    "  calendar N DATE day=closed|regular      a day that timetables of this calendar skip, or "
    "not\n"
    "  calendar N DATE times=HH:MM:SS=STATE,...\n"
    "                                          and one that has times of its own\n"
    "  kill account ID|tenant ID|instrument SYMBOL|venue\n"
    "                                          cancels what is open, refuses new orders\n"
    "  lift account ID|...                     until it is lifted\n"
    "  account ID [status=active|suspended|closing] [freeze=none|buy|sell|full] [kyc_level=N]\n"
    "          [kyc_expiry_ns=N] [country=XX] [class=WORD] [max_open_orders=N] [max_messages=N]\n"
    "                                          what is not named stays as it is\n"
    "  deposit ACCOUNT ASSET AMOUNT [id=ID]    the same id again is not carried out again\n"
    "  withdraw ACCOUNT ASSET AMOUNT [id=ID]   holds the amount; then confirm or unwithdraw\n"
    "  transfer ACCOUNT ASSET AMOUNT to=ACCOUNT [id=ID]\n"
    "  confirm WITHDRAWAL, unwithdraw WITHDRAWAL\n"
    "  release ORDER, refuse ORDER             decide a parked order\n"
    "  deal-rules SYMBOL [kinds=block,primary,private,transfer,request] [min=QTY] [max=QTY] "
    "[collar_ppm=N]\n"
    "          [when_halted=1] [sets_last=1]   negotiated trades that it takes; nothing: none\n"
    "  deal SYMBOL kind=WORD account=ID side=buy|sell qty=QTY price=PRICE with=ACCOUNT id=ID\n"
    "          with_id=ID                      a negotiated trade, both sides; ids of their "
    "orders\n"
    "  split SYMBOL new=N old=N [step=QTY] [price=PRICE payer=ACCOUNT] [id=ID]\n"
    "                                          N new units for N old; holdings are multiples of "
    "the\n"
    "                                          step (the smallest unit), the rest paid for or "
    "gone\n"
    "  redeem SYMBOL price=PRICE payer=ACCOUNT [id=ID]\n"
    "                                          all units for a price each; what trades it retires\n"
    "  rename SYMBOL symbol=SYMBOL [asset_symbol=SYMBOL] [id=ID]\n"
    "                                          these three while it is halted or closed\n"
    "  offering SYMBOL account=ID id=ID qty=QTY price=PRICE [high=PRICE] [from=TIME] until=TIME\n"
    "          [method=pro_rata|by_time] [min_total=QTY] [min=QTY] [max=QTY] [cap=QTY] "
    "[binding=1]\n"
    "          [trading=1]                     its primary issue, of the issuer's units; times as\n"
    "                                          2026-01-02T10:00:00Z\n"
    "  offering-withdraw SYMBOL id=ID          all subscriptions end\n"
    "  checkpoint                              digest of the state, for reconciliation\n"
    "  rules VERSION                           the rules of the core from now on (CHANGELOG.md)\n"
    "  propose REQUEST, approve PROPOSAL       what needs two people; then REQUEST "
    "approval=PROPOSAL\n"
    "\n"
    "  --data DIR   data folder of the venue (assay-data)\n"
    "  --as NAME    operator to act as, when your Unix user is more than one\n"
    "  --json       the answer as JSON\n"
    "\n"
    "example:\n"
    "  assay ctl halt ETH-AUD\n"
    "  assay ctl kill account 201\n"
    "  assay ctl timetable ETH-AUD zone=Europe/Berlin calendar=3 \\\n"
    "      times=08:50:00=call_opening/1111100,09:00:00=open/1111100,17:30:00=closed\n"
    "  assay ctl deposit 201 AUD 1000.00 id=bank-4711\n"
    "\n"
    "exit codes: 0 done, 1 refused, 2 no engine, no answer within 10 s, or the request is not "
    "well\n"
    "formed; with --json the same, and what went wrong as {\"error\":TEXT}\n";

enum { ANSWER_TIMEOUT_MS = 10000, WORDS_MAX = 3 };

/* The words of each request by position; further words are key=value. */
static const struct form {
    const char *name, *words[WORDS_MAX];
} forms[] = {
    {"status", {NULL}},
    {"halt", {"instrument"}},
    {"resume", {"instrument"}},
    {"close", {"instrument"}},
    {"call", {"instrument", "kind"}},
    {"mass-cancel", {NULL}},
    {"quote-cancel", {NULL}},
    {"quote-limits", {"instrument"}},
    {"bands", {"instrument"}},
    {"ticks", {"instrument"}},
    {"points", {"instrument"}},
    {"allocation", {"instrument"}},
    {"timetable", {"instrument"}},
    {"calendar", {"calendar", "date"}},
    {"kill", {"scope", "of"}},
    {"lift", {"scope", "of"}},
    {"account", {"account"}},
    {"deposit", {"account", "asset", "amount"}},
    {"withdraw", {"account", "asset", "amount"}},
    {"transfer", {"account", "asset", "amount"}},
    {"confirm", {"withdrawal"}},
    {"unwithdraw", {"withdrawal"}},
    {"release", {"order"}},
    {"refuse", {"order"}},
    {"checkpoint", {NULL}},
    {"rules", {"version"}},
    {"approve", {"proposal"}},
    {"deal-rules", {"instrument"}},
    {"deal", {"instrument"}},
    {"split", {"instrument"}},
    {"redeem", {"instrument"}},
    {"rename", {"instrument"}},
    {"offering", {"instrument"}},
    {"offering-withdraw", {"instrument"}},
};

static const char *const text_keys[] = {
    "cmd",     "instrument", "asset",        "amount",  "id",        "class", "status", "freeze",
    "country", "as",         "scope",        "of",      "side",      "kind",  "kinds",  "min",
    "max",     "qty",        "price",        "with_id", "value",     "net",   "manner", "table",
    "step",    "symbol",     "asset_symbol", "date",    "day",       "times", "method", "top_min",
    "top_max", "high",       "from",         "until",   "min_total", "cap",   "zone"};

static void
set_word(json_t *request, const char *key, const char *text)
{
    for (size_t i = 0; i < sizeof text_keys / sizeof *text_keys; i++)
        if (!strcmp(key, text_keys[i])) {
            json_object_set_new(request, key, json_string(text));
            return;
        }
    char *end;
    long long n = strtoll(text, &end, 10);
    json_object_set_new(request, key, *text && !*end ? json_integer(n) : json_string(text));
}

static bool
needs_id(const char *name)
{
    static const char *const names[] = {"deposit", "withdraw", "transfer",
                                        "split",   "redeem",   "rename"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(name, names[i]))
            return true;
    return false;
}

/* What the zone of a timetable is ahead of UTC: the engine reads no zone files for it. */
static int
add_offsets(json_t *request, struct error *err)
{
    const char *zone = json_string_value(json_object_get(request, "zone"));
    struct timetable t = {0};
    char text[TIMETABLE_OFFSET_MAX * 32] = "";
    if (!zone)
        json_object_set_new(request, "zone", json_string(zone = "UTC"));
    if (strlen(zone) >= ZONE_NAME_MAX || !time_zone_fill(&t, zone, time(NULL)))
        return error_set(err, ERR_INVALID, "zone: '%s' is not known on this machine", zone);
    for (uint32_t i = 0, at = 0; i < t.offset_cnt; i++)
        at += (uint32_t)snprintf(text + at, sizeof text - at, "%s%lld=%d", i ? "," : "",
                                 (long long)(t.offsets[i].from_ns / UTC_NS_PER_S),
                                 t.offsets[i].offset_s);
    json_object_set_new(request, "offsets", json_string(text));
    return 0;
}

/* NULL: the words do not make a request, and err says why. */
static json_t *
build(int argc, char **argv, struct error *err)
{
    const struct form *form = NULL;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (!strcmp(forms[i].name, argv[0]))
            form = &forms[i];
    if (!form) {
        (void)error_set(err, ERR_INVALID, "there is no request '%s'; assay ctl --help lists them",
                        argv[0]);
        return NULL;
    }
    json_t *request = json_object();
    set_word(request, "cmd", form->name);
    int at = 1;
    for (size_t w = 0; w < WORDS_MAX && form->words[w]; w++, at++) {
        if (w == 1 && !strcmp(form->words[w], "of") && !strcmp(argv[1], "venue"))
            break; /* there is one */
        if (at >= argc) {
            (void)error_set(err, ERR_INVALID, "%s: %s is missing", form->name, form->words[w]);
            json_decref(request);
            return NULL;
        }
        set_word(request, form->words[w], argv[at]);
    }
    for (; at < argc; at++) {
        char key[64];
        const char *equals = strchr(argv[at], '=');
        if (!equals || (size_t)(equals - argv[at]) >= sizeof key) {
            (void)error_set(err, ERR_INVALID, "%s: '%s': expected key=value", form->name, argv[at]);
            json_decref(request);
            return NULL;
        }
        snprintf(key, sizeof key, "%.*s", (int)(equals - argv[at]), argv[at]);
        set_word(request, key, equals + 1);
    }
    if (needs_id(form->name) && !json_object_get(request, "id")) {
        char id[40];
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        snprintf(id, sizeof id, "ctl-%lld-%09ld", (long long)now.tv_sec, now.tv_nsec);
        set_word(request, "id", id);
    }
    if (!strcmp(form->name, "timetable") && add_offsets(request, err)) {
        json_decref(request);
        return NULL;
    }
    return request;
}

static void
print_value(const char *key, const json_t *v)
{
    if (json_is_string(v)) {
        printf("%-16s %s\n", key, json_string_value(v));
    } else if (json_is_array(v)) {
        size_t i;
        json_t *item;
        printf("%s:\n", key);
        json_array_foreach (v, i, item) {
            char *text = json_dumps(item, JSON_COMPACT | JSON_ENCODE_ANY);
            printf("  %s\n", text ? text : "");
            free(text);
        }
    } else {
        char *text = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);
        printf("%-16s %s\n", key, text ? text : "");
        free(text);
    }
}

static void
print_json(const json_t *answer)
{
    json_dumpf(answer, stdout, JSON_COMPACT);
    putchar('\n');
}

/* It could not be asked. */
static int
complain(const struct error *err, bool as_json)
{
    json_t *answer = as_json ? json_pack("{s:s}", "error", err->text) : NULL;
    if (answer)
        print_json(answer);
    else
        fprintf(stderr, "assay ctl: %s\n", err->text);
    json_decref(answer);
    return EXIT_USAGE;
}

static int
show_refusal(json_t *answer, bool as_json)
{
    const char *text = json_string_value(json_object_get(answer, "text"));
    text = text ? text : "no reason given";
    if (as_json) {
        json_object_set_new(answer, "error", json_string(text));
        print_json(answer);
    } else {
        fprintf(stderr, "refused: %s\n", text);
    }
    return json_object_get(answer, "reason") ? EXIT_FINDINGS : EXIT_USAGE;
}

static int
show(json_t *answer, bool as_json)
{
    if (!json_is_true(json_object_get(answer, "ok")))
        return show_refusal(answer, as_json);
    if (as_json) {
        print_json(answer);
        return EXIT_OK;
    }
    const char *key;
    json_t *v;
    json_object_foreach (answer, key, v)
        if (strcmp(key, "ok") != 0)
            print_value(key, v);
    return EXIT_OK;
}

int
cmd_ctl(int argc, char **argv)
{
    static const struct option options[] = {{"data", required_argument, NULL, 'd'},
                                            {"as", required_argument, NULL, 'a'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    const char *data = "assay-data", *as = NULL;
    bool as_json = false;
    int c;
    while ((c = getopt_long(argc, argv, "d:a:jh", options, NULL)) != -1) {
        if (c == 'd')
            data = optarg;
        if (c == 'a')
            as = optarg;
        if (c == 'j')
            as_json = true;
        if (c == 'h')
            return fputs(help, stdout), EXIT_OK;
        if (c == '?')
            return EXIT_USAGE;
    }
    if (optind >= argc)
        return fputs(help, stderr), EXIT_USAGE;
    bool propose = !strcmp(argv[optind], "propose") && optind + 1 < argc;
    struct error err = {0};
    json_t *request = build(argc - optind - propose, argv + optind + propose, &err);
    if (!request)
        return complain(&err, as_json);
    if (propose)
        request = json_pack("{s:s, s:o}", "cmd", "propose", "of", request);
    if (as)
        json_object_set_new(request, "as", json_string(as));
    json_t *answer = NULL;
    int rc = ctl_ask(data, request, ANSWER_TIMEOUT_MS, &answer, &err);
    json_decref(request);
    if (rc)
        return complain(&err, as_json);
    int code = show(answer, as_json);
    json_decref(answer);
    return code;
}
