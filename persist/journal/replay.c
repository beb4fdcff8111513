#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/check.h"
#include "engine/base/clock.h"
#include "engine/model/event.h"
#include "persist/journal/journal_priv.h"

enum { PROGRESS_NS = 50 * CLOCK_NS_PER_MS, PROGRESS_COMMANDS = 256 };

struct replay {
    struct journal *j;
    struct core *core;
    struct journal_replay *r;
    struct walk walk;
    uint64_t to_cmd_seq;
    /* events of the last command that the journal has still to confirm */
    uint8_t *out; /* CORE_OUT_BYTES */
    size_t out_bytes, out_at;
    bool begun; /* a command was applied or skipped */
    int64_t told_ns;
    uint32_t untold;
};

static int
at_place(const struct replay *p, struct error *err, const char *what)
{
    return error_set(err, ERR_CORRUPT, "%s: batch at byte %" PRIu64 ": %s", p->walk.name,
                     p->walk.batch_offset, what);
}

static int
difference(const struct replay *p, const struct record *found, struct error *err)
{
    const uint8_t *made = p->out + p->out_at, *had = (const uint8_t *)found;
    const struct record *again = (const struct record *)made;
    char text[300];
    uint32_t both =
        again->length_bytes < found->length_bytes ? again->length_bytes : found->length_bytes;
    uint32_t at = 0;
    while (at < both && (made[at] == had[at] || (at >= 8 && at < 12)))
        at++;
    (void)snprintf(text, sizeof(text),
                   "event %" PRIu64 " of command %" PRIu64 ": the replay differs from byte %" PRIu32
                   " on: journal has %s of %" PRIu32 " bytes (%02x), replay made %s %" PRIu64
                   " of %" PRIu32 " bytes (%02x)",
                   found->seq, core_cmd_seq(p->core), at, event_name(found->type),
                   found->length_bytes, at < found->length_bytes ? had[at] : 0,
                   event_name(again->type), again->seq, again->length_bytes,
                   at < again->length_bytes ? made[at] : 0);
    return at_place(p, err, text);
}

static int
compare_event(struct replay *p, const struct record *found, struct error *err)
{
    if (p->r->trust_events)
        return 0;
    if (p->out_at == p->out_bytes) {
        char text[160];
        (void)snprintf(text, sizeof(text),
                       "event %" PRIu64 " of command %" PRIu64 ": the replay does not make it",
                       found->seq, core_cmd_seq(p->core));
        return at_place(p, err, text);
    }
    const uint8_t *made = p->out + p->out_at, *had = (const uint8_t *)found;
    uint32_t length = ((const struct record *)made)->length_bytes;
    /* crc32c, at byte 8, is filled only in the journal */
    if (length != found->length_bytes || memcmp(made, had, 8) != 0 ||
        memcmp(made + 12, had + 12, length - 12) != 0)
        return difference(p, found, err);
    p->out_at += length;
    p->r->out_event_cnt++;
    return 0;
}

static int
nothing_left(struct replay *p, struct error *err)
{
    if (p->r->trust_events || p->out_at == p->out_bytes)
        return 0;
    char text[200];
    (void)snprintf(text, sizeof(text),
                   "event %" PRIu64 " of command %" PRIu64
                   ": the replay makes it, the journal does not have it",
                   ((const struct record *)(p->out + p->out_at))->seq, core_cmd_seq(p->core));
    return at_place(p, err, text);
}

static void
skip(struct replay *p, uint64_t cmd_seq)
{
    core_skip(p->core, cmd_seq);
    p->out_bytes = p->out_at = 0;
    p->begun = true;
    p->r->out_void_cnt++;
}

static void
apply(struct replay *p, const struct record *rec)
{
    _Alignas(64) uint8_t bytes[COMMAND_BYTES_MAX];
    struct command *cmd = (struct command *)bytes;
    CHECK(rec->length_bytes <= sizeof(bytes));
    memcpy(bytes, rec, rec->length_bytes);
    /* One of an older build may be shorter: what it lacks is none. */
    memset(bytes + rec->length_bytes, 0, sizeof(bytes) - rec->length_bytes);
    cmd->rec.crc32c = 0;
    crash_replaying(cmd);
    check_context_set(rec->seq);
    p->out_bytes = core_apply(p->core, cmd, p->out);
    p->out_at = 0;
    check_context_set(0);
    crash_replaying(NULL);
    for (size_t at = 0; p->r->event != NULL && at < p->out_bytes;) {
        const struct event *ev = (const struct event *)(const void *)(p->out + at);
        p->r->event(p->r->arg, ev);
        at += ev->rec.length_bytes;
    }
    p->r->out_cmd_cnt++;
    p->begun = true;
}

static void
tell(struct replay *p)
{
    if (p->r->progress == NULL || ++p->untold < PROGRESS_COMMANDS)
        return;
    p->untold = 0;
    int64_t now = clock_mono_ns();
    if (now - p->told_ns < PROGRESS_NS)
        return;
    p->told_ns = now;
    struct journal_progress progress = {
        .cmd_seq = core_cmd_seq(p->core), .cmd_last = p->to_cmd_seq, .bytes = p->walk.read_bytes};
    p->r->progress(p->r->arg, &progress);
}

/* One record. 1: the replay's end is reached. */
static int
step(struct replay *p, const struct record *rec, struct error *err)
{
    bool behind = rec->kind != RECORD_EVENT && rec->seq <= core_cmd_seq(p->core);
    if (rec->kind == RECORD_EVENT)
        return p->begun ? compare_event(p, rec, err) : 0; /* else the snapshot covers it */
    if (behind) /* covered by the snapshot; or the void record of a command that was skipped */
        return 0;
    int rc = nothing_left(p, err);
    if (rc != 0)
        return rc;
    if (rec->seq > p->to_cmd_seq)
        return 1;
    if (rec->length_bytes > COMMAND_BYTES_MAX && rec->kind == RECORD_COMMAND)
        return at_place(p, err, "a command longer than any");
    if (rec->kind == RECORD_VOID || journal_is_void(p->j, rec->seq))
        skip(p, rec->seq);
    else
        apply(p, rec);
    tell(p);
    return 0;
}

static int
run(struct replay *p, struct error *err)
{
    for (;;) {
        const struct record_batch *b;
        int answer = walk_next(&p->walk, &b, err);
        if (answer < 0)
            return answer;
        if (answer != WALK_BATCH) {
            if (core_cmd_seq(p->core) >= p->to_cmd_seq)
                break;
            return answer == WALK_BAD ? walk_fault_error(&p->walk, err)
                                      : at_place(p, err, "the journal ends before its end");
        }
        const uint8_t *bytes = (const uint8_t *)b;
        for (uint32_t at = sizeof(*b); at < b->data_bytes;) {
            const struct record *rec = (const struct record *)(bytes + at);
            int rc = step(p, rec, err);
            if (rc != 0)
                return rc == 1 ? 0 : rc;
            at += rec->length_bytes;
        }
    }
    return nothing_left(p, err);
}

static int
load_snapshot(struct journal *j, struct core *core, struct error *err)
{
    const struct snapshot_head *h = &j->snapshot.head;
    int rc = core_load(core, j->snapshot.bytes, h->state_bytes, err);
    if (rc != 0)
        return error_wrap(err, "%s", j->snapshot.file);
    if (core_cmd_seq(core) != h->cmd_seq || core_event_seq(core) != h->event_seq)
        return error_set(err, ERR_CORRUPT,
                         "%s: expected command %" PRIu64 ", event %" PRIu64
                         ", found a state of %" PRIu64 ", %" PRIu64,
                         j->snapshot.file, h->cmd_seq, h->event_seq, core_cmd_seq(core),
                         core_event_seq(core));
    return 0;
}

int
journal_replay(struct journal *j, struct core *core, struct journal_replay *r, struct error *err)
{
    struct error mine = {0};
    struct replay p = {.j = j, .core = core, .r = r};
    p.to_cmd_seq = r->to_cmd_seq != 0 ? r->to_cmd_seq : j->place.cmd_seq;
    if (p.to_cmd_seq > j->place.cmd_seq)
        return error_set(err, ERR_NOT_FOUND,
                         "command %" PRIu64 ": the journal ends with command %" PRIu64,
                         p.to_cmd_seq, j->place.cmd_seq);
    r->out_cmd_cnt = r->out_event_cnt = r->out_void_cnt = 0;
    if (j->snapshot.bytes != NULL && p.to_cmd_seq < j->snapshot.head.cmd_seq)
        return error_set(err, ERR_INVALID,
                         "command %" PRIu64 " lies before the snapshot of command %" PRIu64
                         ": open the journal with no_snapshot",
                         p.to_cmd_seq, j->snapshot.head.cmd_seq);
    int rc = walk_open(&p.walk, &j->disk, &mine);
    if (rc != 0)
        return error_set(err, rc, "%s", mine.text);
    p.out = malloc(CORE_OUT_BYTES);
    if (p.out == NULL)
        rc = error_set(&mine, ERR_NO_SPACE, "no memory for replay");
    crash_arm(j);
    if (rc == 0 && j->snapshot.bytes != NULL)
        rc = load_snapshot(j, core, &mine);
    if (rc == 0 && j->have_segment && p.to_cmd_seq > core_cmd_seq(core)) {
        rc = walk_begin(&p.walk, j->first_seg_cmd_seq, &mine);
        if (rc == 0)
            rc = run(&p, &mine);
    }
    free(p.out);
    walk_close(&p.walk);
    return rc == 0 ? 0 : error_set(err, rc, "%s", mine.text);
}

int
journal_genesis(struct journal *j, struct command_genesis *out, struct error *err)
{
    if (j->snapshot.bytes != NULL)
        return core_saved_genesis(j->snapshot.bytes, j->snapshot.head.state_bytes, out, err);
    if (j->place.cmd_seq == 0)
        return error_set(err, ERR_NOT_FOUND, "the journal is empty");
    struct walk w;
    int rc = walk_open(&w, &j->disk, err);
    if (rc == 0)
        rc = walk_begin(&w, 1, err);
    const struct record_batch *b;
    if (rc == 0) {
        int answer = walk_next(&w, &b, err);
        rc = answer == WALK_BATCH ? 0 : (answer < 0 ? answer : walk_fault_error(&w, err));
    }
    if (rc == 0) {
        const struct record *rec = (const struct record *)((const uint8_t *)b + sizeof(*b));
        if (b->data_bytes < sizeof(*b) + sizeof(*out) || rec->kind != RECORD_COMMAND ||
            rec->type != COMMAND_GENESIS || rec->length_bytes != sizeof(*out)) {
            rc = error_set(err, ERR_CORRUPT,
                           "%s: byte %zu: expected the genesis command (%zu bytes), found kind %d, "
                           "type %d, %" PRIu32 " bytes",
                           w.name, JOURNAL_BLOCK_BYTES + sizeof(*b), sizeof(*out), rec->kind,
                           rec->type, rec->length_bytes);
        } else {
            memcpy(out, rec, sizeof(*out));
            out->cmd.rec.crc32c = 0;
        }
    }
    walk_close(&w);
    return rc;
}
