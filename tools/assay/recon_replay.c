#include "tools/assay/recon_replay.h"

#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/clock.h"
#include "persist/journal/format.h"
#include "risk/risk.h"

enum { PATIENCE_MS = 1500, POLL_MS = 50 };

static bool
is_clean_end(const struct recon_replay *r)
{
    struct journal_batch last;
    journal_reader_batch(r->reader, &last);
    return last.head.flags & BATCH_CLEAN;
}

/* At the end of a journal the reader cannot know at once whether what lies there is damaged or is
 * just being written: it says so when that has stayed for a second. */
static int
next_patiently(struct recon_replay *r, const struct record **rec, struct error *err)
{
    int64_t end_ns = clock_mono_ns() + PATIENCE_MS * (int64_t)CLOCK_NS_PER_MS;
    int rc;
    while ((rc = journal_reader_next(r->reader, rec, err)) == 0 && clock_mono_ns() < end_ns &&
           !is_clean_end(r))
        poll(NULL, 0, POLL_MS);
    return rc;
}

/* Keeps the command (or void record) that comes next; it is applied once its events are read. */
static int
keep_next(struct recon_replay *r, const struct record *rec, struct error *err)
{
    if (rec->kind == RECORD_COMMAND && rec->length_bytes > COMMAND_BYTES_MAX)
        return error_set(err, ERR_CORRUPT, "command %" PRIu64 " is longer than any", rec->seq);
    size_t bytes = rec->length_bytes < COMMAND_BYTES_MAX ? rec->length_bytes : COMMAND_BYTES_MAX;
    memcpy(r->next, rec, bytes);
    r->have_next = true;
    r->next_is_void = rec->kind == RECORD_VOID;
    return 0;
}

static int
keep_event(struct recon_replay *r, const struct record *rec, struct error *err)
{
    if (r->found_bytes + rec->length_bytes > r->found_room) {
        size_t room = r->found_room * 2;
        uint8_t *bigger = realloc(r->found, room);
        if (!bigger)
            return error_set(err, ERR_NO_SPACE, "no memory for the events of a command");
        r->found = bigger;
        r->found_room = room;
    }
    memcpy(r->found + r->found_bytes, rec, rec->length_bytes);
    r->found_bytes += rec->length_bytes;
    return 0;
}

/* Reads the events of the command that is next, and the command after it; *skip: a void record for
 * it follows. */
static int
read_events(struct recon_replay *r, uint8_t *cmd, bool *skip, struct error *err)
{
    memcpy(cmd, r->next, COMMAND_BYTES_MAX);
    uint64_t seq = ((const struct record *)(const void *)cmd)->seq;
    *skip = r->next_is_void;
    r->have_next = false;
    r->found_bytes = 0;
    for (;;) {
        const struct record *rec;
        int rc = journal_reader_next(r->reader, &rec, err);
        if (rc <= 0)
            return rc;
        if (rec->kind == RECORD_VOID && rec->seq == seq)
            *skip = true;
        else if (rec->kind != RECORD_EVENT)
            return keep_next(r, rec, err);
        else if ((rc = keep_event(r, rec, err)) != 0)
            return rc;
    }
}

/* The first event that is not the same. */
static int
difference(const struct recon_replay *r, size_t at, struct error *err)
{
    uint64_t cmd_seq = core_cmd_seq(r->core);
    if (at >= r->found_bytes || at >= r->event_bytes) {
        bool journal_lacks = at >= r->found_bytes;
        const struct record *rec =
            (const struct record *)(const void *)((journal_lacks ? r->events : r->found) + at);
        return error_set(err, ERR_CORRUPT, "event %" PRIu64 " (%s) of command %" PRIu64 ": %s",
                         rec->seq, event_name(rec->type), cmd_seq,
                         journal_lacks ? "the replay makes it, the journal does not have it"
                                       : "the journal has it, the replay does not make it");
    }
    const struct record *had = (const struct record *)(const void *)(r->found + at);
    const struct record *made = (const struct record *)(const void *)(r->events + at);
    const uint8_t *a = r->found + at, *b = r->events + at;
    uint32_t both = had->length_bytes < made->length_bytes ? had->length_bytes : made->length_bytes;
    uint32_t byte = 0;
    while (byte < both && (a[byte] == b[byte] || (byte >= 8 && byte < 12)))
        byte++;
    return error_set(err, ERR_CORRUPT,
                     "event %" PRIu64 " of command %" PRIu64 ": journal has %s, replay makes %s: "
                     "they differ from byte %u on",
                     had->seq, cmd_seq, event_name(had->type), event_name(made->type), byte);
}

/* Byte for byte; the crc, at bytes 8 to 11 of a record, is filled only in the journal. */
static int
compare_events(const struct recon_replay *r, struct error *err)
{
    size_t at = 0;
    while (at < r->found_bytes && at < r->event_bytes) {
        const uint8_t *a = r->found + at, *b = r->events + at;
        uint32_t length = ((const struct record *)(const void *)a)->length_bytes;
        if (length != ((const struct record *)(const void *)b)->length_bytes ||
            at + length > r->event_bytes || memcmp(a, b, 8) != 0 ||
            memcmp(a + 12, b + 12, length - 12) != 0)
            return difference(r, at, err);
        at += length;
    }
    return r->found_bytes == r->event_bytes ? 0 : difference(r, at, err);
}

int
recon_replay_step(struct recon_replay *r, struct error *err)
{
    _Alignas(64) uint8_t bytes[COMMAND_BYTES_MAX];
    bool skip;
    if (!r->have_next) {
        const struct record *rec;
        int rc = next_patiently(r, &rec, err);
        if (rc == 1)
            rc = keep_next(r, rec, err);
        if (rc < 0 || !r->have_next)
            return rc;
    }
    int rc = read_events(r, bytes, &skip, err);
    if (rc < 0)
        return rc;
    struct command *cmd = (struct command *)(void *)bytes;
    if (skip) {
        core_skip(r->core, cmd->rec.seq);
        r->event_bytes = 0;
        r->void_cnt++;
    } else {
        cmd->rec.crc32c = 0;
        r->event_bytes = core_apply(r->core, cmd, r->events);
        r->cmd_cnt++;
    }
    rc = compare_events(r, err);
    if (rc != 0)
        return rc;
    r->event_cnt = core_event_seq(r->core);
    return 1;
}

static int
make_core(struct recon_replay *r, struct error *err)
{
    const struct record *rec;
    int rc = next_patiently(r, &rec, err);
    if (rc < 0)
        return rc;
    if (rc == 0)
        return error_set(err, ERR_NOT_FOUND, "the journal is empty");
    if (rec->kind != RECORD_COMMAND || rec->type != COMMAND_GENESIS ||
        rec->length_bytes != sizeof(struct command_genesis))
        return error_set(err, ERR_NOT_FOUND, "the journal does not begin with genesis any more");
    rc = keep_next(r, rec, err);
    struct command_genesis genesis;
    memcpy(&genesis, rec, sizeof genesis);
    genesis.cmd.rec.crc32c = 0;
    if (rc == 0)
        rc = core_check_genesis(&genesis, err);
    if (rc != 0)
        return rc;
    size_t bytes = core_footprint(&genesis, risk_hooks());
    rc = arena_open(&r->arena, arena_block_bytes(bytes), err);
    if (rc == 0)
        r->core = core_init(arena_take(&r->arena, bytes), &genesis, risk_hooks());
    return rc;
}

int
recon_replay_open(struct recon_replay *r, const char *data_dir, struct error *err)
{
    *r = (struct recon_replay){.found_room = CORE_OUT_BYTES};
    r->next = aligned_alloc(64, COMMAND_BYTES_MAX);
    r->events = aligned_alloc(64, CORE_OUT_BYTES);
    r->found = malloc(r->found_room);
    int rc = r->next && r->events && r->found
                 ? journal_reader_open(&r->reader, data_dir, NULL, err)
                 : error_set(err, ERR_NO_SPACE, "no memory for a replay");
    if (rc == 0)
        rc = make_core(r, err);
    if (rc != 0)
        recon_replay_close(r);
    return rc;
}

void
recon_replay_close(struct recon_replay *r)
{
    if (r->reader)
        journal_reader_close(r->reader);
    arena_close(&r->arena);
    free(r->next);
    free(r->events);
    free(r->found);
    *r = (struct recon_replay){0};
}
