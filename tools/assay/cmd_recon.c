#include "tools/assay/commands.h"

#include <getopt.h>
#include <jansson.h>
#include <libpq-fe.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "tools/assay/data_folder.h"
#include "tools/assay/postgres.h"
#include "tools/assay/recon.h"
#include "tools/assay/subcommand.h"

static const char help[] =
    "assay recon: do core, journal and PostgreSQL agree?\n"
    "\n"
    "usage: assay recon [--data DIR] [--database URL] [--wait SECONDS] [--json] [--quiet]\n"
    "\n"
    "  --data DIR       data folder (assay-data)\n"
    "  --database URL   the books, instead of settlement.database or the private PostgreSQL\n"
    "  --wait SECONDS   how long the books may take to reach the venue (30)\n"
    "  --json           the result as JSON\n"
    "  --quiet          no progress\n"
    "\n"
    "Asks the running engine for a checkpoint, replays the journal through a core of its own and\n"
    "compares: each event with the journal's, the checkpoint's digests, every snapshot, and row "
    "by\n"
    "row the books: fills, postings, balances, ended orders, rejects, decisions, reference data.\n"
    "Without a running engine it compares journal, snapshots and books (and starts the private\n"
    "PostgreSQL for as long as it takes). It changes nothing.\n"
    "\n"
    "example:\n"
    "  assay recon --data /var/lib/assay && echo the books agree\n"
    "\n"
    "exit codes: 0 all agree, 1 there are breaks (each is named), 2 it could not be carried out\n";

struct arguments {
    const char *data, *database;
    int wait_s;
    bool json, quiet;
};

static _Atomic int stop;

static void
on_signal(int number)
{
    (void)number;
    atomic_store_explicit(&stop, 1, memory_order_relaxed); /* a flag alone */
}

static int
parse(int argc, char **argv, struct arguments *a)
{
    static const struct option options[] = {{"data", required_argument, NULL, 'd'},
                                            {"database", required_argument, NULL, 'b'},
                                            {"wait", required_argument, NULL, 'w'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"quiet", no_argument, NULL, 'q'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    int c;
    *a = (struct arguments){.data = "assay-data", .wait_s = 30};
    while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        char *end = NULL;
        switch (c) {
        case 'd':
            a->data = optarg;
            break;
        case 'b':
            a->database = optarg;
            break;
        case 'w':
            a->wait_s = (int)strtol(optarg, &end, 10);
            if (*end || end == optarg || a->wait_s < 0)
                return fprintf(stderr, "assay recon: --wait %s: expected seconds\n", optarg),
                       EXIT_USAGE;
            break;
        case 'j':
            a->json = true;
            break;
        case 'q':
            a->quiet = true;
            break;
        case 'h':
            return fputs(help, stdout), -1;
        default:
            return EXIT_USAGE;
        }
    }
    if (optind != argc)
        return fprintf(stderr, "assay recon: unexpected argument %s\n", argv[optind]), EXIT_USAGE;
    return EXIT_OK;
}

/* One line that is written over, only where a person looks. */
static void
show_progress(void *arg, const char *what, uint64_t at, uint64_t of)
{
    int64_t *last_ns = arg, now = clock_mono_ns();
    if (now - *last_ns < 100 * CLOCK_NS_PER_MS)
        return;
    *last_ns = now;
    fprintf(stderr, "\r\033[K%s: %llu", what, (unsigned long long)at);
    if (of)
        fprintf(stderr, " of %llu", (unsigned long long)of);
    fflush(stderr);
}

/* --- which books --- */

struct books_place {
    char url[1024];
    struct postgres own; /* started here: pid != 0 */
};

static bool
is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* The private PostgreSQL; started for as long as this runs when the venue does not run. */
static int
private_books(struct books_place *b, const char *data_dir, struct error *err)
{
    char folder[4200];
    snprintf(folder, sizeof folder, "%s/postgres", data_dir);
    int rc = postgres_url(folder, b->url, sizeof b->url, err);
    if (rc != 0)
        return error_wrap(err, "no books (name them with --database)");
    if (PQping(b->url) == PQPING_OK)
        return 0;
    rc = postgres_start(&b->own, folder, NULL, &stop, err);
    if (rc != 0)
        return rc;
    snprintf(b->url, sizeof b->url, "%s", b->own.url);
    return 0;
}

static int
find_books(struct books_place *b, const struct arguments *a, const struct data_folder *folder,
           struct error *err)
{
    struct venue *venue = NULL;
    struct error ignored;
    const char *url = a->database;
    if (!url && data_folder_venue(folder, NULL, false, &venue, &ignored) == 0)
        url = venue->settlement->database;
    if (url)
        snprintf(b->url, sizeof b->url, "%s", url);
    if (venue)
        venue_free(venue);
    return url ? 0 : private_books(b, folder->root, err);
}

/* --- the answer --- */

static const char *
word(bool compared, uint64_t break_cnt)
{
    return !compared ? "not compared" : break_cnt ? "BREAKS" : "OK";
}

static uint64_t
book_breaks(const struct recon *r)
{
    uint64_t sum = 0;
    for (int i = RECON_LAG; i < RECON_CLASS_CNT; i++)
        sum += r->breaks.cnt[i];
    return sum;
}

static void
print_text(const struct recon *r, double seconds)
{
    const uint64_t *rows = r->books_rows;
    const uint64_t *cnt = r->breaks.cnt;
    uint64_t all = recon_breaks_cnt(&r->breaks);
    recon_breaks_print(&r->breaks, stdout);
    printf("journal     %-12s %llu commands and %llu events made again\n",
           word(true, cnt[RECON_JOURNAL]), (unsigned long long)r->cmd_cnt,
           (unsigned long long)r->event_seq);
    if (r->engine_up)
        printf("core        %-12s digests after command %llu\n",
               word(r->core_compared, cnt[RECON_CORE]), (unsigned long long)r->checkpoint_cmd_seq);
    else
        printf("core        %-12s no engine runs with this data folder\n", "not compared");
    printf("snapshots   %-12s %u compared\n", word(true, cnt[RECON_SNAPSHOT]),
           r->snapshots.compared_cnt);
    printf("PostgreSQL  %-12s event %llu: %llu fills, %llu postings, %llu balances, %llu orders, "
           "%llu rejects\n",
           word(r->books_compared, book_breaks(r)), (unsigned long long)r->books_seq,
           (unsigned long long)rows[SETTLE_TABLE_FILL],
           (unsigned long long)rows[SETTLE_TABLE_POSTING],
           (unsigned long long)rows[SETTLE_TABLE_BALANCE],
           (unsigned long long)rows[SETTLE_TABLE_ORDER],
           (unsigned long long)rows[SETTLE_TABLE_REJECT]);
    if (all)
        printf("%llu BREAKS in %.1f s\n", (unsigned long long)all, seconds);
    else
        printf("OK: %s in %.1f s\n",
               r->engine_up ? "core = journal = PostgreSQL" : "journal = snapshots = PostgreSQL",
               seconds);
}

static void
print_json(const struct recon *r, double seconds)
{
    json_t *rows = json_object(), *classes = json_object();
    for (unsigned i = 0; i < SETTLE_TABLE_CNT; i++)
        json_object_set_new(rows, settle_tables[i].name,
                            json_integer((json_int_t)r->books_rows[i]));
    for (int i = 0; i < RECON_CLASS_CNT; i++)
        json_object_set_new(classes, recon_class_name((enum recon_class)i),
                            json_integer((json_int_t)r->breaks.cnt[i]));
    json_t *all = json_pack("{s:b, s:b, s:b, s:b, s:I, s:I, s:I, s:I, s:o, s:I, s:o, s:o, s:f}",
                            "ok", recon_breaks_cnt(&r->breaks) == 0, "engine", r->engine_up,
                            "core_compared", r->core_compared, "books_compared", r->books_compared,
                            "commands", (json_int_t)r->cmd_cnt, "events", (json_int_t)r->event_seq,
                            "snapshots", (json_int_t)r->snapshots.compared_cnt, "books_seq",
                            (json_int_t)r->books_seq, "rows", rows, "break_cnt",
                            (json_int_t)recon_breaks_cnt(&r->breaks), "break_classes", classes,
                            "breaks", recon_breaks_json(&r->breaks), "seconds", seconds);
    json_dumpf(all, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(all);
}

static int
run(const struct arguments *a, struct error *err)
{
    struct data_folder folder;
    struct books_place books = {.own = {.pid_fd = -1}};
    if (!is_folder(a->data))
        return error_set(err, ERR_NOT_FOUND, "there is no data folder %s", a->data);
    int rc = data_folder_open(&folder, a->data, err);
    if (rc == 0)
        rc = find_books(&books, a, &folder, err);
    if (rc != 0)
        return rc;
    int64_t start_ns = clock_mono_ns(), shown_ns = 0;
    bool show = !a->quiet && isatty(STDERR_FILENO);
    struct recon r;
    rc = recon_run(&r,
                   &(struct recon_options){.data_dir = folder.root,
                                           .database_url = books.url,
                                           .books_wait_s = a->wait_s,
                                           .progress = show ? show_progress : NULL,
                                           .arg = &shown_ns,
                                           .stop = &stop},
                   err);
    if (show && shown_ns)
        fputs("\r\033[K", stderr);
    double seconds = (double)(clock_mono_ns() - start_ns) / CLOCK_NS_PER_S;
    if (rc == 0 && a->json)
        print_json(&r, seconds);
    else if (rc == 0)
        print_text(&r, seconds);
    if (rc == 0 && recon_breaks_cnt(&r.breaks) > 0)
        rc = EXIT_FINDINGS;
    recon_close(&r);
    if (books.own.pid)
        postgres_stop(&books.own);
    return rc;
}

int
cmd_recon(int argc, char **argv)
{
    struct arguments a;
    struct error err = {0};
    int code = parse(argc, argv, &a);
    if (code != EXIT_OK)
        return code < 0 ? EXIT_OK : code;
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    log_setup(LOG_WARN, "recon", 1);
    int rc = run(&a, &err);
    if (rc < 0)
        fprintf(stderr, "assay recon: %s\n", err.text);
    return rc < 0 ? EXIT_USAGE : rc;
}
