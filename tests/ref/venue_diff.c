#include "tests/ref/venue_diff.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/check.h"
#include "engine/core/core_priv.h"
#include "engine/model/schema.h"
#include "engine/model/schema_print.h"
#include "risk/risk.h"
#include "tests/ref/ref_venue.h"
#include "tools/text/script.h"

enum { CPU_SECONDS_MAX = 2 }; /* a hundred times what a script takes */

struct both { /* the two venues under a script */
    struct ref_venue ref;
    struct venue_diff *out; /* shared with the parent */
    uint8_t found[EVENT_MAX][EVENT_BYTES_MAX];
    uint32_t found_cnt;
    const struct command *cmd;
};

/* --- the first difference, in words; the process ends with it --- */

static void differ(struct both *b, const char *key, const char *format, ...)
    __attribute__((format(printf, 3, 4))) __attribute__((noreturn));

/* key: of the difference, beside the command's type */
static void
differ(struct both *b, const char *key, const char *format, ...)
{
    char what[sizeof(b->out->text) / 2];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(what, sizeof(what), format, args);
    va_end(args);
    char id[CLIENT_ID_MAX + 1] = {0};
    memcpy(id, b->cmd->id.text, CLIENT_ID_MAX);
    (void)snprintf(b->out->text, sizeof(b->out->text),
                   "command %" PRIu64 " %s account %u id %s: %s", b->cmd->rec.seq,
                   command_name(b->cmd->rec.type), b->cmd->account_id, id, what);
    (void)snprintf(b->out->key, sizeof(b->out->key), "%s %s", command_name(b->cmd->rec.type), key);
    b->out->kind = VENUE_DIFFERENT;
    _exit(0);
}

static void
put_value(const struct schema_field *f, const void *record, char *out, size_t bytes)
{
    const uint8_t *at = (const uint8_t *)record + f->offset;
    if (f->kind == SCHEMA_CLIENT_ID)
        (void)snprintf(out, bytes, "'%.*s'", at[0], (const char *)at + 1);
    else if (f->kind == SCHEMA_TEXT)
        (void)snprintf(out, bytes, "'%.*s'", f->bytes, (const char *)at);
    else if (f->kind == SCHEMA_REASON)
        (void)snprintf(out, bytes, "%s", reason_name((uint32_t)schema_get(f, record)));
    else if (f->names != NULL && f->kind == SCHEMA_ENUM &&
             schema_enum_text(f->names, schema_get(f, record)) != NULL)
        (void)snprintf(out, bytes, "%s", schema_enum_text(f->names, schema_get(f, record)));
    else if (f->bytes <= 8)
        (void)snprintf(out, bytes, "%" PRId64, (int64_t)schema_get(f, record));
    else
        (void)snprintf(out, bytes, "other bytes");
}

static void
compare_fields(struct both *b, uint32_t n, struct schema_part part, const struct schema_type *type)
{
    const uint8_t *expected = b->ref.said[n].bytes, *found = b->found[n];
    for (uint32_t i = 0; i < part.cnt; i++) {
        const struct schema_field *f = &part.fields[i];
        if (memcmp(expected + f->offset, found + f->offset, f->bytes) == 0)
            continue;
        char is[64], was[64], full[2][1024];
        put_value(f, expected, is, sizeof(is));
        put_value(f, found, was, sizeof(was));
        (void)schema_print_text(expected, NULL, SCHEMA_PRINT_BRIEF, full[0], sizeof(full[0]));
        (void)schema_print_text(found, NULL, SCHEMA_PRINT_BRIEF, full[1], sizeof(full[1]));
        differ(b, f->name,
               "event %u %s, field %s: expected %s, found %s\n  expected %s\n  found    %s", n + 1,
               type->name, f->name, is, was, full[0], full[1]);
    }
}

static void
compare_event(struct both *b, uint32_t n)
{
    const struct event *expected = &b->ref.said[n].ev, *found = (const void *)b->found[n];
    if (expected->rec.type != found->rec.type)
        differ(b, event_name(expected->rec.type), "event %u: expected %s, found %s", n + 1,
               event_name(expected->rec.type), event_name(found->rec.type));
    const struct schema_type *type = schema_find(RECORD_EVENT, found->rec.type);
    compare_fields(b, n, schema_header(RECORD_EVENT), type);
    if (b->ref.said[n].header_only)
        return;
    compare_fields(b, n, type->body, type);
    if (memcmp(expected, found, found->rec.length_bytes) != 0)
        differ(b, "reserved", "event %u %s: reserved bytes", n + 1, type->name);
}

static void
compare_events(struct both *b)
{
    for (uint32_t n = 0; n < b->ref.said_cnt && n < b->found_cnt; n++)
        compare_event(b, n);
    if (b->ref.said_cnt > b->found_cnt)
        differ(b, "more", "after %u events: expected %s, found nothing more", b->found_cnt,
               event_name(b->ref.said[b->found_cnt].ev.rec.type));
    if (b->found_cnt > b->ref.said_cnt)
        differ(
            b, "less", "after %u events: expected nothing more, found %s", b->ref.said_cnt,
            event_name(((const struct event *)(const void *)b->found[b->ref.said_cnt])->rec.type));
}

/* --- states --- */

static void
compare_balance(void *arg, const struct core_balance *x)
{
    struct both *b = arg;
    for (uint32_t a = 0; a < b->ref.account_cnt; a++) {
        for (uint32_t i = 0; i < b->ref.asset_cnt; i++) {
            if (b->ref.accounts[a].id != x->account_id || b->ref.assets[i].asset_id != x->asset_id)
                continue;
            const struct ref_balance *y = &b->ref.balances[a][i];
            if (y->settled != x->settled_units || y->held != x->held_units ||
                y->in != x->pending_in_units || y->out != x->pending_out_units || !y->exists)
                differ(b, "balance",
                       "balance of account %u asset %u: expected settled %" PRId64 " held %" PRId64
                       " in %" PRId64 " out %" PRId64 ", found %" PRId64 " %" PRId64 " %" PRId64
                       " %" PRId64,
                       x->account_id, x->asset_id, y->settled, y->held, y->in, y->out,
                       x->settled_units, x->held_units, x->pending_in_units, x->pending_out_units);
        }
    }
}

static void
compare_order(void *arg, const struct core_order *x)
{
    struct both *b = arg;
    for (uint32_t i = 0; i < b->ref.order_cnt; i++) {
        const struct ref_order *o = &b->ref.orders[i];
        if (o->order_id != x->order_id)
            continue;
        if (o->place == REF_DONE || o->qty != x->qty_lots || o->cum != x->cum_lots ||
            o->price != x->price_units || o->hold != x->hold_units || o->stop != x->stop_units ||
            (o->place == REF_BOOK) != x->in_book)
            differ(b, "order",
                   "open order %" PRIu64 ": expected place %u price %" PRId64 " stop %" PRId64
                   " qty %" PRId64 " cum %" PRId64 " hold %" PRId64 ", found price %" PRId64
                   " stop %" PRId64 " qty %" PRId64 " cum %" PRId64 " hold %" PRId64 " in book %d",
                   x->order_id, o->place, o->price, o->stop, o->qty, o->cum, o->hold,
                   x->price_units, x->stop_units, x->qty_lots, x->cum_lots, x->hold_units,
                   x->in_book);
        return;
    }
    differ(b, "order", "open order %" PRIu64 ": expected none, found one", x->order_id);
}

static void
compare_state(struct both *b, const struct core *core)
{
    uint32_t open = 0;
    for (uint32_t i = 0; i < b->ref.order_cnt; i++)
        open += b->ref.orders[i].place != REF_DONE;
    if (open != core->pools.orders.cnt)
        differ(b, "orders", "open orders: expected %u, found %u", open, core->pools.orders.cnt);
    if (b->ref.balance_cnt != core->ledger.balance_cnt)
        differ(b, "balances", "balances: expected %u, found %u", b->ref.balance_cnt,
               core->ledger.balance_cnt);
    if (b->ref.work_cnt != core->work_cnt)
        differ(b, "work", "work left: expected %u, found %u", b->ref.work_cnt, core->work_cnt);
    core_each_balance(core, compare_balance, b);
    core_each_order(core, compare_order, b);
}

/* --- the run --- */

static void
take_event(void *arg, const struct event *ev)
{
    struct both *b = arg;
    CHECK(b->found_cnt < EVENT_MAX && ev->rec.length_bytes <= EVENT_BYTES_MAX);
    memcpy(b->found[b->found_cnt++], ev, ev->rec.length_bytes);
    b->out->event_cnt++;
    b->out->fill_cnt += ev->rec.type == EVENT_FILL;
    b->out->trigger_cnt += ev->rec.type == EVENT_ORDER_TRIGGERED;
    b->out->refill_cnt += ev->rec.type == EVENT_BOOK_REFILL;
    b->out->beside_cnt += ev->rec.type == EVENT_DEAL_TRADE;
    if (ev->rec.type == EVENT_ORDER_REJECTED || ev->rec.type == EVENT_CANCEL_REJECTED ||
        ev->rec.type == EVENT_COMMAND_RESULT)
        b->out->reasons[((const struct event_reject *)(const void *)ev)->reason & 127]++;
    if (ev->rec.type == EVENT_ORDER_CANCELED)
        b->out->reasons[((const struct event_order *)(const void *)ev)->reason & 127]++;
}

static void
take_applied(void *arg, const struct command *cmd, const struct core *core)
{
    struct both *b = arg;
    struct ref_told told = {.event_cnt = b->found_cnt,
                            .work_cnt = core->work_cnt - core->pegs_open,
                            .pegs_open = core->pegs_open};
    for (uint32_t n = 0, at = 0; n < b->found_cnt && at < 2; n++) {
        const struct event_order *e = (const void *)b->found[n];
        const struct event_request *q = (const void *)b->found[n];
        if (e->ev.rec.type == EVENT_ORDER_ACCEPTED)
            told.order_ids[at++] = e->order_id;
        else if (e->ev.rec.type == EVENT_REQUEST && cmd->rec.type == COMMAND_REQUEST && at == 0)
            told.order_ids[at++] = q->request_id;
    }
    b->cmd = cmd;
    b->out->command_cnt++;
    b->out->continue_cnt += cmd->rec.type == COMMAND_CONTINUE;
    ref_apply(&b->ref, cmd, &told);
    compare_events(b);
    compare_state(b, core);
    core_check(core);
    b->found_cnt = 0;
}

static void
run(const struct venue_script *s, struct venue_diff *out)
{
    static struct both b;
    struct script_watch watch = {.event = take_event, .applied = take_applied, .arg = &b};
    struct script_options options = {.hooks = s->risk ? risk_hooks() : NULL,
                                     .print = SCRIPT_PRINT_NOTHING,
                                     .out = stdout,
                                     .watch = &watch};
    struct script_result result;
    struct error err = {0};
    char *text = NULL;
    size_t bytes = 0;
    FILE *in = open_memstream(&text, &bytes);
    CHECK(in != NULL);
    venue_script_print(s, in);
    (void)fclose(in);
    in = fmemopen(text, bytes, "r");
    CHECK(in != NULL);
    b.out = out;
    ref_init(&b.ref, s->risk);
    if (script_run(in, "script", &options, &result, &err) != 0) {
        out->kind = VENUE_NO_SCRIPT;
        (void)snprintf(out->text, sizeof(out->text), "%s", err.text);
    }
    (void)fclose(in);
    free(text);
    ref_fini(&b.ref);
}

/* What a process said before it aborted. */
static void
take_last_words(int file, int status, struct venue_diff *out)
{
    char words[1024] = {0};
    ssize_t bytes = pread(file, words, sizeof(words) - 1, 0);
    (void)bytes;
    out->kind = VENUE_DIFFERENT;
    (void)snprintf(out->key, sizeof(out->key), "%.80s", words);
    (void)snprintf(out->text, sizeof(out->text), "after command %" PRIu64 ": %s (%s)",
                   out->command_cnt,
                   WTERMSIG(status) == SIGXCPU ? "it does not come to an end" : "it aborts", words);
}

void
venue_diff_run(const struct venue_script *s, struct venue_diff *out)
{
    struct venue_diff *shared =
        mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int words = memfd_create("words", MFD_CLOEXEC);
    CHECK(shared != MAP_FAILED && words >= 0);
    (void)fflush(NULL);
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        const struct rlimit none = {0, 0}, time = {CPU_SECONDS_MAX, CPU_SECONDS_MAX + 1};
        (void)setrlimit(RLIMIT_CORE, &none);
        (void)setrlimit(RLIMIT_CPU, &time);
        (void)dup2(words, STDERR_FILENO);
        run(s, shared);
        _exit(0);
    }
    int status;
    CHECK(waitpid(pid, &status, 0) == pid);
    if (shared->kind != VENUE_DIFFERENT && (!WIFEXITED(status) || WEXITSTATUS(status) != 0))
        take_last_words(words, status, shared);
    *out = *shared;
    (void)close(words);
    (void)munmap(shared, sizeof(*shared));
}
