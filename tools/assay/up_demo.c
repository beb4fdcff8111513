#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <libpq-fe.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/metrics.h"
#include "tools/assay/up.h"

/* The demo: two order flows through eight FIX sessions, then the report. Everything in the report
 * is read from the programs that a user has:
 * assay load, assay recon, and the books in PostgreSQL. */

/* Runs a program on our terminal and waits; the venue is looked after meanwhile. Returns its exit
 * code, -1 when it could not run. */
static int
run(struct up *u, const char *const args[], struct error *err)
{
    fflush(stdout); /* the child writes to the same place */
    pid_t pid = fork();
    if (pid < 0)
        return (void)error_errno(err, errno, "fork"), -1;
    if (pid == 0) {
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        execv(args[0], (char *const *)(uintptr_t)args);
        _exit(127);
    }
    int status = 0;
    while (waitpid(pid, &status, WNOHANG) == 0) {
        if (up_stopped() || up_watch_once(u, 50, err))
            kill(pid, SIGTERM);
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* --- the report --- */

static json_int_t
number(const json_t *o, const char *key)
{
    return json_integer_value(json_object_get(o, key));
}

static json_int_t
sum_of(const json_t *o, const char *key)
{
    json_int_t sum = 0;
    const char *name;
    json_t *v;
    json_object_foreach (json_object_get(o, key), name, v)
        sum += json_integer_value(v);
    return sum;
}

static void
print_parts(const json_t *o, const char *key)
{
    const char *name, *between = " (";
    json_t *v;
    json_object_foreach (json_object_get(o, key), name, v) {
        if (!json_integer_value(v))
            continue;
        printf("%s%s %" JSON_INTEGER_FORMAT, between, name, json_integer_value(v));
        between = ", ";
    }
    puts(*between == ',' ? ")" : "");
}

static void
print_flow(const char *title, const json_t *o)
{
    const json_t *l = json_object_get(o, "latency_us");
    printf("\n%s\n  orders       %" JSON_INTEGER_FORMAT, title, number(o, "orders"));
    print_parts(o, "sent");
    printf("  cancels      %" JSON_INTEGER_FORMAT "\n  rejects      %" JSON_INTEGER_FORMAT,
           number(o, "cancels"), sum_of(o, "rejected"));
    print_parts(o, "rejected");
    printf("  trades       %" JSON_INTEGER_FORMAT, sum_of(o, "trades"));
    print_parts(o, "trades");
    printf("  order to ack p50 %.0f us, p99 %.0f us, p99.9 %.0f us, max %.0f us over the wire, "
           "durable\n  unanswered   %" JSON_INTEGER_FORMAT "\n",
           json_number_value(json_object_get(l, "p50")),
           json_number_value(json_object_get(l, "p99")),
           json_number_value(json_object_get(l, "p99_9")),
           json_number_value(json_object_get(l, "max")), number(o, "unanswered"));
}

/* A number of the engine's or the writer's metrics file, as /metrics would show it; -1 when it is
 * not there. */
static double
metric(const char *text, const char *name)
{
    size_t n = strlen(name);
    for (const char *at = strstr(text, name); at; at = strstr(at + n, name)) {
        bool begins = at == text || at[-1] == '\n';
        if (!begins || (at[n] != ' ' && at[n] != '{'))
            continue;
        const char *value = strchr(at, ' ');
        return value ? strtod(value, NULL) : -1;
    }
    return -1;
}

static char *
read_metrics(const struct up *u)
{
    enum { ROOM = 1 << 20 };
    char *text = calloc(1, ROOM);
    struct error err;
    if (text && metrics_print_folder(u->folder.run, text, ROOM, &err) < 0)
        text[0] = 0;
    return text;
}

/* Waits until the books hold what was released: into the report goes how long that took, the lag at
 * the end of the load. */
static int
wait_settled(struct up *u, json_t *report, struct error *err)
{
    enum { WAIT_S = 60, STEP_MS = 20 };
    int64_t begin = clock_mono_ns();
    for (;;) {
        char *text = read_metrics(u);
        double released = text ? metric(text, "assay_released_event_seq") : -1;
        double settled = text ? metric(text, "assay_settle_last_seq") : -1;
        double fills = text ? metric(text, "assay_settle_fills_total") : -1;
        free(text);
        double waited = (double)(clock_mono_ns() - begin) / 1e9;
        bool there = released >= 0 && settled >= released;
        if (there || waited > WAIT_S || up_stopped()) {
            json_object_set_new(report, "fills_settled", json_real(fills));
            json_object_set_new(report, "caught_up_s", json_real(waited));
            return there ? 0
                         : error_set(err, ERR_TIMEOUT,
                                     "the books stand at event %.0f of %.0f after %.0f s", settled,
                                     released, waited);
        }
        int rc = up_watch_once(u, STEP_MS, err);
        if (rc)
            return rc;
    }
}

/* Ledger sums per asset, into the report; an error when one is not zero. */
static int
sum_ledger(const struct up *u, json_t *report, struct error *err)
{
    json_t *sums = json_array();
    bool all_zero = true;
    PGconn *db = PQconnectdb(u->database);
    PGresult *r = PQexec(db, "SELECT asset, postings_settled, balances_settled, balanced "
                             "FROM ledger_sums ORDER BY asset_id");
    bool answered = PQresultStatus(r) == PGRES_TUPLES_OK;
    int rc = answered ? 0 : error_set(err, ERR_CLOSED, "ledger sums: %s", PQerrorMessage(db));
    for (int i = 0; i < PQntuples(r); i++) {
        bool zero = *PQgetvalue(r, i, 3) == 't';
        all_zero &= zero;
        json_array_append_new(sums, json_pack("{s:s,s:s,s:s,s:b}", "asset", PQgetvalue(r, i, 0),
                                              "postings", PQgetvalue(r, i, 1), "balances",
                                              PQgetvalue(r, i, 2), "zero", zero));
    }
    PQclear(r);
    PQfinish(db);
    json_object_set_new(report, "ledger_sums", sums);
    if (!rc && !all_zero)
        rc = error_set(err, ERR_CORRUPT, "a ledger sum is not zero");
    return rc;
}

static const char *
text_of(const json_t *o, const char *key)
{
    return json_string_value(json_object_get(o, key));
}

static void
print_books(const json_t *report)
{
    printf("\nBooks in PostgreSQL\n  fills settled %.0f; caught up %.2f s after the last order\n"
           "  ledger sums per asset:\n",
           json_real_value(json_object_get(report, "fills_settled")),
           json_real_value(json_object_get(report, "caught_up_s")));
    size_t i;
    json_t *sum;
    json_array_foreach (json_object_get(report, "ledger_sums"), i, sum)
        printf("    %-8s postings %s, balances %s%s\n", text_of(sum, "asset"),
               text_of(sum, "postings"), text_of(sum, "balances"),
               json_is_true(json_object_get(sum, "zero")) ? "" : "   NOT ZERO");
}

static int
load(struct up *u, bool recorded, bool quick, const char *report, struct error *err)
{
    const char *orders = quick ? "20000" : "200000", *rate = quick ? "10000" : "20000";
    const char *generated[] = {u->program,   "load",     "--data", u->folder.root,
                               "--generate", "--orders", orders,   "--rate",
                               rate,         "--report", report,   NULL};
    const char *replay[] = {u->program,   "load",          "--data",  u->folder.root,
                            "--recorded", "--as-recorded", "--speed", quick ? "30" : "5",
                            "--report",   report,          NULL};
    int code = run(u, recorded ? replay : generated, err);
    if (code)
        return error_set(err, ERR_CLOSED, "assay load ended with exit code %d", code);
    return 0;
}

/* Both flows; their reports, as `assay load` wrote them, go into the demo's. */
static int
send_flows(struct up *u, bool quick, json_t *report, struct error *err)
{
    static const struct {
        const char *key, *title;
        bool recorded;
    } flows[] = {
        {"recorded",
         "1. A real exchange's order flow: Independent Reserve, 30 s of 2022-04-03, over FIX",
         true},
        {"generated", "2. A larger flow of the project's own seeded generator, over FIX", false}};
    int rc = 0;
    for (size_t i = 0; i < sizeof flows / sizeof *flows && !rc; i++) {
        char path[DATA_PATH_MAX + 32];
        json_error_t problem;
        snprintf(path, sizeof path, "%s/load-%s.json", u->folder.run, flows[i].key);
        printf("\n%s\n", flows[i].title);
        rc = load(u, flows[i].recorded, quick, path, err);
        json_t *o = json_load_file(path, 0, &problem);
        if (!rc && !o)
            rc = error_set(err, ERR_IO, "%s: %s", path, problem.text);
        json_object_set_new(report, flows[i].key, o);
    }
    return rc;
}

int
up_demo(struct up *u, bool quick, json_t *report, struct error *err)
{
    int rc = send_flows(u, quick, report, err);
    if (rc || up_stopped())
        return rc;
    /* The whole report is shown, whatever in it does not hold; the first such thing is the error.
     */
    rc = wait_settled(u, report, err);
    int sums = sum_ledger(u, report, rc ? NULL : err);
    puts("\n=== Report ===");
    print_flow(
        "Recorded flow (maker side only: the recording holds no trade; takers are added by a "
        "seeded rule)",
        json_object_get(report, "recorded"));
    print_flow("Generated flow", json_object_get(report, "generated"));
    print_books(report);
    puts("\nReconciliation: core = journal = PostgreSQL");
    const char *recon[] = {u->program, "recon", "--data", u->folder.root, NULL};
    rc = rc ? rc : sums;
    int code = run(u, recon, rc ? NULL : err);
    json_object_set_new(report, "recon_ok", json_boolean(code == 0));
    if (!rc && code)
        rc = error_set(err, ERR_CORRUPT, "assay recon ended with exit code %d", code);
    return rc;
}
