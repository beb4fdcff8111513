#include "tools/assay/recon.h"

#include <inttypes.h>
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/clock.h"
#include "tools/assay/ctl_client.h"

enum { ASK_TIMEOUT_MS = 15000, WAIT_POLL_MS = 100, PROGRESS_COMMANDS = 4096 };

static void
progress(const struct recon *r, const char *what, uint64_t at, uint64_t of)
{
    if (r->o.progress)
        r->o.progress(r->o.arg, what, at, of);
}

static bool
stopped(const struct recon *r)
{
    return r->o.stop && atomic_load_explicit(r->o.stop, memory_order_relaxed); /* only a flag */
}

/* --- the running core --- */

static uint64_t
number_of(const json_t *answer, const char *key)
{
    return (uint64_t)json_integer_value(json_object_get(answer, key));
}

static int
take_checkpoint(struct recon *r, const json_t *answer, struct error *err)
{
    static const char *const names[] = {"all", "balances", "orders", "hooks"};
    const json_t *digests = json_object_get(answer, "digests");
    r->checkpoint_cmd_seq = number_of(answer, "cmd_seq");
    r->checkpoint_event_seq = number_of(answer, "event_seq");
    for (int i = 0; i < 4; i++) {
        const char *text = json_string_value(json_object_get(digests, names[i]));
        snprintf(r->digests[i], sizeof r->digests[i], "%s", text ? text : "");
    }
    if (!json_is_true(json_object_get(answer, "ok")) || !r->checkpoint_cmd_seq || !*r->digests[0]) {
        const char *text = json_string_value(json_object_get(answer, "text"));
        return error_set(err, ERR_INVALID, "the engine gave no checkpoint: %s",
                         text ? text : "an answer of another form");
    }
    r->engine_up = true;
    return 0;
}

static int
ask_engine(struct recon *r, struct error *err)
{
    json_t *request = json_pack("{s:s}", "cmd", "checkpoint"), *answer = NULL;
    struct error why;
    int rc = ctl_ask(r->o.data_dir, request, ASK_TIMEOUT_MS, &answer, &why);
    json_decref(request);
    if (rc == ERR_NOT_FOUND) /* no engine: then without it */
        return 0;
    if (rc != 0)
        return error_set(err, rc, "%s", why.text);
    rc = take_checkpoint(r, answer, err);
    json_decref(answer);
    return rc;
}

static void
compare_core(struct recon *r)
{
    static const char *const names[] = {"the whole state", "the balances", "the open orders",
                                        "risk and compliance"};
    struct event_checkpoint k = {0};
    core_digest(r->replay.core, &k);
    const uint64_t *digests[] = {k.digest_all, k.digest_balances, k.digest_orders, k.digest_hooks};
    for (int i = 0; i < 4; i++) {
        char text[33];
        snprintf(text, sizeof text, "%016llx%016llx", (unsigned long long)digests[i][0],
                 (unsigned long long)digests[i][1]);
        if (strcmp(text, r->digests[i]) != 0)
            recon_breaks_add(&r->breaks, RECON_CORE,
                             "after command %" PRIu64 " the digest of %s is %s in the running core "
                             "and %s in the replay",
                             r->checkpoint_cmd_seq, names[i], r->digests[i], text);
    }
    r->core_compared = true;
}

/* --- the books --- */

/* Waits until the books have the checkpoint; without an engine nobody writes them. */
static int
wait_for_books(struct recon *r, struct error *err)
{
    int64_t end_ns = clock_mono_ns() + r->o.books_wait_s * (int64_t)CLOCK_NS_PER_S;
    for (;;) {
        uint64_t at = 0;
        int rc = recon_books_progress(r->o.database_url, &at, err);
        if (rc != 0)
            return rc;
        progress(r, "waiting for the books", at, r->checkpoint_event_seq);
        if (at >= r->checkpoint_event_seq || clock_mono_ns() > end_ns)
            return 0;
        if (stopped(r))
            return error_set(err, ERR_CLOSED, "stopped");
        poll(NULL, 0, WAIT_POLL_MS);
    }
}

static int
open_books(struct recon *r, struct error *err)
{
    if (!r->o.database_url)
        return 0;
    int rc = r->engine_up ? wait_for_books(r, err) : 0;
    if (rc == 0)
        rc = recon_books_open(&r->books, r->o.database_url, &r->breaks, err);
    if (rc != 0)
        return rc;
    r->books_open = true;
    r->books_seq = r->books.last_seq;
    if (r->engine_up && r->books_seq < r->checkpoint_event_seq)
        recon_breaks_add(&r->breaks, RECON_LAG,
                         "the books are at event %" PRIu64 ", the venue was at %" PRIu64
                         " %d s ago: is the settlement writer at work?",
                         r->books_seq, r->checkpoint_event_seq, r->o.books_wait_s);
    return 0;
}

/* The events of the last command, and the books themselves when they end with it. */
static int
follow_books(struct recon *r, struct error *err)
{
    const struct recon_replay *p = &r->replay;
    uint64_t now_seq = core_event_seq(p->core);
    if (!r->books_open || r->books_compared)
        return 0;
    int rc = 0;
    for (size_t at = 0; rc == 0 && at < p->event_bytes;) {
        const struct event *ev = (const struct event *)(const void *)(p->events + at);
        if (ev->rec.seq <= r->books_seq)
            rc = recon_books_take(&r->books, ev, err);
        at += ev->rec.length_bytes;
    }
    if (rc != 0 || now_seq < r->books_seq)
        return rc;
    if (now_seq > r->books_seq)
        recon_breaks_add(&r->breaks, RECON_LAG,
                         "the books end with event %" PRIu64 ", in the middle of command %" PRIu64,
                         r->books_seq, core_cmd_seq(p->core));
    progress(r, "comparing balances", r->books_seq, r->books_seq);
    r->books_compared = true;
    rc = recon_books_finish(&r->books, p->core, err);
    memcpy(r->books_rows, r->books.compared, sizeof r->books_rows);
    return rc;
}

/* --- the journal --- */

/* With an engine: as far as its checkpoint and the books go, for what follows is being written. */
static bool
is_far_enough(const struct recon *r)
{
    return r->engine_up && core_cmd_seq(r->replay.core) >= r->checkpoint_cmd_seq &&
           (!r->books_open || core_event_seq(r->replay.core) >= r->books_seq);
}

static int
after_command(struct recon *r, struct error *err)
{
    const struct core *core = r->replay.core;
    if (r->engine_up && core_cmd_seq(core) == r->checkpoint_cmd_seq)
        compare_core(r);
    int rc = recon_snapshots_compare(&r->snapshots, core, &r->breaks, err);
    return rc != 0 ? rc : follow_books(r, err);
}

static void
journal_ended(struct recon *r)
{
    r->journal_whole = !r->engine_up;
    if (r->engine_up && !r->core_compared)
        recon_breaks_add(&r->breaks, RECON_JOURNAL,
                         "the journal ends with command %" PRIu64
                         ", the running core has applied %" PRIu64,
                         r->cmd_seq, r->checkpoint_cmd_seq);
    if (r->books_open && r->books_seq > r->event_seq)
        recon_breaks_add(&r->breaks, RECON_JOURNAL,
                         "the journal ends with event %" PRIu64 ", the books have %" PRIu64,
                         r->event_seq, r->books_seq);
    if (r->books_open && !r->engine_up && r->books_seq < r->event_seq)
        recon_breaks_add(&r->breaks, RECON_LAG,
                         "the books are at event %" PRIu64 ", the journal ends with %" PRIu64
                         ": they catch up when the venue runs",
                         r->books_seq, r->event_seq);
}

static int
replay(struct recon *r, struct error *err)
{
    uint64_t of = r->checkpoint_cmd_seq;
    int rc = 0;
    while (rc == 0 && !is_far_enough(r)) {
        rc = recon_replay_step(&r->replay, err);
        if (rc == ERR_CORRUPT) { /* a finding, not a failure; beyond it nothing can be compared */
            recon_breaks_add(&r->breaks, RECON_JOURNAL, "%s", err->text);
            return 0;
        }
        if (rc != 1)
            break;
        r->cmd_seq = core_cmd_seq(r->replay.core);
        r->event_seq = core_event_seq(r->replay.core);
        rc = after_command(r, err);
        if (r->cmd_seq % PROGRESS_COMMANDS == 0)
            progress(r, "replaying the journal", r->cmd_seq, of);
        if (rc == 0 && stopped(r))
            rc = error_set(err, ERR_CLOSED, "stopped");
    }
    if (rc != 0)
        return rc;
    if (is_far_enough(r))
        r->journal_whole = true;
    else
        journal_ended(r);
    if (!r->engine_up)
        recon_snapshots_finish(&r->snapshots, r->cmd_seq, &r->breaks);
    return 0;
}

int
recon_run(struct recon *r, const struct recon_options *o, struct error *err)
{
    *r = (struct recon){.o = *o};
    int rc = recon_snapshots_read(&r->snapshots, o->data_dir, &r->breaks, err);
    if (rc == 0)
        rc = ask_engine(r, err);
    if (rc == 0)
        rc = open_books(r, err);
    if (rc != 0)
        return rc;
    rc = recon_replay_open(&r->replay, o->data_dir, err);
    bool had_journal = r->engine_up || r->books_seq > 0 || r->snapshots.cnt > 0;
    if (rc == ERR_CORRUPT || (rc == ERR_NOT_FOUND && had_journal)) {
        recon_breaks_add(&r->breaks, RECON_JOURNAL, "%s", err->text);
        return 0;
    }
    if (rc == 0)
        rc = replay(r, err);
    r->cmd_cnt = r->replay.cmd_cnt;
    r->void_cnt = r->replay.void_cnt;
    return rc;
}

void
recon_close(struct recon *r)
{
    if (r->replay.reader)
        recon_replay_close(&r->replay);
    if (r->books_open)
        recon_books_close(&r->books);
    recon_breaks_free(&r->breaks);
}
