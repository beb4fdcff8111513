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
        return -1;
    if (pid == 0) {
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        execv(args[0], (char *const *)(uintptr_t)args);
        _exit(127);
    }
    int status = 0;
    while (waitpid(pid, &status, WNOHANG) == 0) {
        struct error ignored;
        if (atomic_load(&up_stop))
            kill(pid, SIGTERM);
        if (up_watch_once(u, 50, &ignored)) {
            *err = ignored;
            kill(pid, SIGTERM);
        }
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static json_t *
load_json(const char *path)
{
    json_error_t problem;
    return json_load_file(path, 0, &problem);
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

/* Waits until the books hold what was released, and says how long that took: the lag at the end of
 * the load. */
static double
wait_settled(struct up *u, double *fills)
{
    enum { WAIT_S = 60, STEP_MS = 20 };
    int64_t begin = clock_mono_ns();
    struct error err;
    for (;;) {
        char *text = read_metrics(u);
        double released = text ? metric(text, "assay_released_event_seq") : -1;
        double settled = text ? metric(text, "assay_settle_last_seq") : -1;
        *fills = text ? metric(text, "assay_settle_fills_total") : -1;
        free(text);
        double waited = (double)(clock_mono_ns() - begin) / 1e9;
        if ((released >= 0 && settled >= released) || waited > WAIT_S || atomic_load(&up_stop))
            return waited;
        if (up_watch_once(u, STEP_MS, &err))
            return waited;
    }
}

static json_t *
print_books(struct up *u, double lag_s, double fills)
{
    json_t *sums = json_array();
    printf("\nBooks in PostgreSQL\n  fills settled %.0f; caught up %.2f s after the last order\n"
           "  ledger sums per asset:\n",
           fills, lag_s);
    fflush(stdout);
    PGconn *db = PQconnectdb(u->database);
    PGresult *r = PQexec(db, "SELECT asset, postings_settled, balances_settled, balanced "
                             "FROM ledger_sums ORDER BY asset_id");
    if (PQresultStatus(r) != PGRES_TUPLES_OK)
        printf("    %s", PQerrorMessage(db));
    for (int i = 0; i < PQntuples(r); i++) {
        bool zero = *PQgetvalue(r, i, 3) == 't';
        printf("    %-8s postings %s, balances %s%s\n", PQgetvalue(r, i, 0), PQgetvalue(r, i, 1),
               PQgetvalue(r, i, 2), zero ? "" : "   NOT ZERO");
        json_array_append_new(sums, json_pack("{s:s,s:s,s:s,s:b}", "asset", PQgetvalue(r, i, 0),
                                              "postings", PQgetvalue(r, i, 1), "balances",
                                              PQgetvalue(r, i, 2), "zero", zero));
    }
    PQclear(r);
    PQfinish(db);
    return sums;
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

int
up_demo(struct up *u, bool quick, json_t *out, struct error *err)
{
    char recorded_path[DATA_PATH_MAX + 32], generated_path[DATA_PATH_MAX + 32];
    snprintf(recorded_path, sizeof recorded_path, "%s/load-recorded.json", u->folder.run);
    snprintf(generated_path, sizeof generated_path, "%s/load-generated.json", u->folder.run);
    puts("\n1. A real exchange's order flow: Independent Reserve, 30 s of 2022-04-03, over FIX");
    int rc = load(u, true, quick, recorded_path, err);
    if (!rc) {
        puts("\n2. A larger flow of the project's own seeded generator, over FIX");
        rc = load(u, false, quick, generated_path, err);
    }
    if (rc || atomic_load(&up_stop))
        return rc;
    double fills = 0, lag_s = wait_settled(u, &fills);
    json_t *recorded = load_json(recorded_path), *generated = load_json(generated_path);
    puts("\n=== Report ===");
    print_flow(
        "Recorded flow (maker side only: the recording holds no trade; takers are added by a "
        "seeded rule)",
        recorded);
    print_flow("Generated flow", generated);
    json_t *sums = print_books(u, lag_s, fills);
    puts("\nReconciliation: core = journal = PostgreSQL");
    fflush(stdout);
    const char *recon[] = {u->program, "recon", "--data", u->folder.root, NULL};
    int code = run(u, recon, err);
    json_t *report = json_pack("{s:s,s:o,s:o,s:f,s:f,s:o,s:b}", "event", "report", "recorded",
                               recorded, "generated", generated, "fills_settled", fills,
                               "caught_up_s", lag_s, "ledger_sums", sums, "recon_ok", code == 0);
    json_object_update(out, report);
    json_decref(report);
    return code ? error_set(err, ERR_CORRUPT, "assay recon ended with exit code %d", code) : 0;
}
