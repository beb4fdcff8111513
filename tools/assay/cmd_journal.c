#include "tools/assay/commands.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/model/schema.h"
#include "engine/model/schema_print.h"
#include "engine/model/utc.h"
#include "persist/journal/journal.h"
#include "persist/journal/reader.h"
#include "tools/assay/subcommand.h"

static const char *const USAGE =
    "Usage: assay journal verify|info [--data DIR] [--json]\n"
    "       assay journal dump [--data DIR] [--from SEQ | --from-event SEQ] [--count N] [--json]\n"
    "       assay journal void SEQ --actor A --second B --reason TEXT [--data DIR]\n"
    "\n"
    "verify  reads every segment: CRCs, chain, numbering; without an engine also that nothing is\n"
    "        missing at the end\n"
    "info    where the journal stands\n"
    "dump    prints records from a command (--from) or an event on, N of them (default 100)\n"
    "void    replay skips the command SEQ, which tripped an assertion: only while the engine is\n"
    "        down, only the command that DIR/crash names, only when nothing of it was released;\n"
    "        two people\n"
    "\n"
    "DIR is assay-data unless it is named.\n"
    "\n"
    "Exit: 0 done and good, 1 the journal is damaged or the void is refused, 2 could not run.\n"
    "\n"
    "Example: assay journal verify --data data\n"
    "Example: assay journal dump --data data --from 17 --count 5 --json\n"
    "Example: assay journal void 4711 --actor alice --second bob --reason 'fee check' --data "
    "data\n";

struct arguments {
    const char *what, *data, *actor, *second, *reason;
    uint64_t void_seq, from_cmd, from_event, count;
    bool json, help;
};

static bool
read_number(const char *text, uint64_t *out)
{
    char *end;
    errno = 0;
    unsigned long long n = strtoull(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || text[0] == '-' || n == 0)
        return false;
    *out = n;
    return true;
}

static bool
read_options(int argc, char **argv, struct arguments *a)
{
    static const struct option options[] = {
        {"data", required_argument, NULL, 'd'},   {"actor", required_argument, NULL, 'a'},
        {"second", required_argument, NULL, 's'}, {"reason", required_argument, NULL, 'r'},
        {"from", required_argument, NULL, 'f'},   {"from-event", required_argument, NULL, 'e'},
        {"count", required_argument, NULL, 'c'},  {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0}};
    bool good = true;
    optind = 1;
    for (int c; good && (c = getopt_long(argc, argv, "h", options, NULL)) != -1;)
        switch (c) {
        case 'd':
            a->data = optarg;
            break;
        case 'a':
            a->actor = optarg;
            break;
        case 's':
            a->second = optarg;
            break;
        case 'r':
            a->reason = optarg;
            break;
        case 'f':
            good = read_number(optarg, &a->from_cmd);
            break;
        case 'e':
            good = read_number(optarg, &a->from_event);
            break;
        case 'c':
            good = read_number(optarg, &a->count);
            break;
        case 'j':
            a->json = true;
            break;
        case 'h':
            a->help = true;
            break;
        default:
            good = false;
        }
    return good;
}

static bool
read_arguments(int argc, char **argv, struct arguments *a)
{
    bool good = read_options(argc, argv, a);
    if (a->help)
        return true;
    if (!good || optind >= argc)
        return false;
    a->what = argv[optind++];
    if (strcmp(a->what, "void") == 0)
        good = optind < argc && read_number(argv[optind++], &a->void_seq) && a->actor != NULL &&
               a->second != NULL && a->reason != NULL;
    return good && optind == argc;
}

static int
complain(const struct error *err, int rc)
{
    fprintf(stderr, "assay journal: %s\n", err->text);
    return rc == ERR_CORRUPT || rc == ERR_PERMISSION ? EXIT_FINDINGS : EXIT_USAGE;
}

static void
print_hex(const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        printf("%02x", bytes[i]);
}

static void
print_state(const struct journal_state *s, bool json, const char *took)
{
    printf(json ? "{\"commands\":%" PRIu64 ",\"events\":%" PRIu64 ",\"batches\":%" PRIu64
                  ",\"segments\":%" PRIu32 ",\"epoch\":%" PRIu32 ",\"chain_head\":\""
                : "commands    %" PRIu64 "\nevents      %" PRIu64 "\nbatches     %" PRIu64
                  "\nsegments    %" PRIu32 "\nepoch       %" PRIu32 "\nchain head  ",
           s->cmd_seq, s->event_seq, s->batch, s->segment_cnt, s->epoch);
    print_hex(s->chain_head, sizeof(s->chain_head));
    const char *end = s->clean       ? "clean"
                      : s->tail_lost ? "unclean, async: a tail may be lost"
                                     : "unclean";
    if (json) {
        printf("\",\"clean\":%s,\"async\":%s,\"torn_bytes\":%" PRIu64 ",\"snapshot\":%" PRIu64
               ",\"void\":%" PRIu32 ",\"crash\":%" PRIu64 "%s}\n",
               s->clean ? "true" : "false", s->async ? "true" : "false", s->cut_bytes,
               s->snapshot_seq, s->void_cnt, s->crash_seq, took);
        return;
    }
    printf("\nend         %s\n", end);
    if (s->cut_bytes != 0)
        printf("torn tail   %" PRIu64 " bytes at %s: byte %" PRIu64 " (told to nobody)\n",
               s->cut_bytes, s->cut_file, s->cut_offset);
    if (s->snapshot_seq != 0)
        printf("snapshot    of command %" PRIu64 "\n", s->snapshot_seq);
    if (s->void_cnt != 0)
        printf("void        %" PRIu32 " commands\n", s->void_cnt);
    if (s->crash_seq != 0)
        printf("crash       while applying command %" PRIu64 ": %s\n", s->crash_seq, s->crash_text);
    fputs(took, stdout);
}

static int
show(const struct arguments *a, bool whole)
{
    struct journal_options o = {.read_only = 1, .no_snapshot = whole};
    struct journal *j;
    struct error err;
    struct journal_state s;
    char took[80] = "";
    int64_t begin = clock_mono_ns();
    int rc = journal_open(&j, a->data, &o, &err);
    if (rc != 0)
        return complain(&err, rc);
    double seconds = (double)(clock_mono_ns() - begin) / CLOCK_NS_PER_S;
    journal_state(j, &s);
    journal_close(j);
    if (whole)
        (void)snprintf(took, sizeof(took),
                       a->json ? ",\"good\":true,\"seconds\":%.3f" : "good        (%.2f s)\n",
                       seconds);
    print_state(&s, a->json, took);
    return fflush(stdout) == 0 ? EXIT_OK : EXIT_USAGE;
}

static void
print_void(const struct record_void *v, bool json)
{
    char time[UTC_TEXT_MAX];
    (void)utc_format(v->time_ns, time);
    if (!json) {
        printf("VOID seq=%" PRIu64 " time=%s actor=%.*s second=%.*s reason=%.*s\n", v->rec.seq,
               time, VOID_NAME_MAX, v->actor, VOID_NAME_MAX, v->second, VOID_REASON_MAX, v->reason);
        return;
    }
    printf("{\"record\":\"void\",\"seq\":\"%" PRIu64 "\",\"time\":\"%s\",\"reason\":\"", v->rec.seq,
           time);
    for (int i = 0; i < VOID_REASON_MAX && v->reason[i] != '\0'; i++) {
        char c = v->reason[i];
        if (c == '"' || c == '\\')
            printf("\\%c", c);
        else if ((unsigned char)c < ' ')
            printf("\\u%04x", c);
        else
            putchar(c);
    }
    printf("\"}\n");
}

static void
print_record(const struct record *rec, bool json)
{
    static char text[SCHEMA_TEXT_MAX];
    if (rec->kind == RECORD_VOID) {
        print_void((const struct record_void *)rec, json);
        return;
    }
    const struct schema_type *t = schema_find(rec->kind, rec->type);
    if (t == NULL || t->bytes != rec->length_bytes) {
        printf(json ? "{\"record\":\"unknown\",\"kind\":%d,\"code\":%d,\"seq\":\"%" PRIu64 "\"}\n"
                    : "UNKNOWN kind=%d type=%d seq=%" PRIu64 "\n",
               rec->kind, rec->type, rec->seq);
        return;
    }
    if (json)
        (void)schema_print_json(rec, NULL, text, sizeof(text));
    else
        (void)schema_print_text(rec, NULL, SCHEMA_PRINT_BRIEF, text, sizeof(text));
    printf(json ? "%s\n" : rec->kind == RECORD_COMMAND ? "COMMAND %s\n" : "  EVENT %s\n", text);
}

static int
dump(const struct arguments *a)
{
    struct journal_reader *r;
    const struct record *rec;
    struct error err;
    int rc = journal_reader_open(&r, a->data, NULL, &err);
    if (rc != 0)
        return complain(&err, rc);
    if (a->from_event != 0)
        rc = journal_reader_seek_event(r, a->from_event, &err);
    else
        rc = journal_reader_seek_cmd(r, a->from_cmd != 0 ? a->from_cmd : 1, &err);
    uint64_t left = a->count != 0 ? a->count : 100;
    while (rc >= 0 && left-- > 0) {
        rc = journal_reader_next(r, &rec, &err);
        if (rc != 1)
            break;
        print_record(rec, a->json);
    }
    journal_reader_close(r);
    if (rc < 0)
        return complain(&err, rc);
    return fflush(stdout) == 0 ? EXIT_OK : EXIT_USAGE;
}

static int
make_void(const struct arguments *a)
{
    const struct journal_void v = {
        .cmd_seq = a->void_seq, .actor = a->actor, .second = a->second, .reason = a->reason};
    struct error err;
    int rc = journal_void(a->data, &v, NULL, &err);
    if (rc != 0) {
        (void)complain(&err, rc);
        return rc == ERR_INVALID || rc == ERR_BUSY || rc == ERR_IO ? EXIT_USAGE : EXIT_FINDINGS;
    }
    printf(a->json ? "{\"void\":%" PRIu64 "}\n"
                   : "command %" PRIu64 " is void: the next start skips it\n",
           a->void_seq);
    return EXIT_OK;
}

int
cmd_journal(int argc, char **argv)
{
    struct arguments a = {.data = "assay-data"};
    log_setup(LOG_WARN, "journal", 1);
    if (!read_arguments(argc, argv, &a)) {
        fputs(USAGE, stderr);
        return EXIT_USAGE;
    }
    if (a.help) {
        fputs(USAGE, stdout);
        return EXIT_OK;
    }
    if (strcmp(a.what, "verify") == 0)
        return show(&a, true);
    if (strcmp(a.what, "info") == 0)
        return show(&a, false);
    if (strcmp(a.what, "dump") == 0)
        return dump(&a);
    if (strcmp(a.what, "void") == 0)
        return make_void(&a);
    fprintf(stderr, "assay journal: there is no '%s'\n%s", a.what, USAGE);
    return EXIT_USAGE;
}
