#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/log.h"
#include "persist/journal/journal_priv.h"
#include "persist/journal/tail_priv.h"

/* The first pass of a start: everything that replay will read is verified before any of it is
 * applied, and the end is found. */

bool
journal_is_void(const struct journal *j, uint64_t cmd_seq)
{
    for (size_t i = 0; i < j->void_cnt; i++)
        if (j->voids[i] == cmd_seq)
            return true;
    return false;
}

static int
note_void(struct journal *j, const struct record_void *v, struct error *err)
{
    if (v->rec.seq > j->snapshot.head.cmd_seq)
        j->state.void_cnt++;
    if (j->void_cnt == j->void_max) {
        size_t max = j->void_max == 0 ? 16 : 2 * j->void_max;
        uint64_t *more = realloc(j->voids, max * sizeof(*more));
        if (more == NULL)
            return error_set(err, ERR_NO_SPACE, "no memory for the list of void commands");
        j->voids = more;
        j->void_max = max;
    }
    j->voids[j->void_cnt++] = v->rec.seq;
    return 0;
}

static int
note_batch(struct journal *j, const struct walk *w, const struct record_batch *b, struct error *err)
{
    struct index_entry e = {.cmd_seq = b->last_cmd_seq - b->command_cnt,
                            .event_seq = b->last_event_seq - b->event_cnt,
                            .first_cmd_seq = w->seg.first_cmd_seq,
                            .offset = w->batch_offset};
    index_add(&j->index, &e);
    j->last_flags = b->flags;
    const struct snapshot_head *s = &j->snapshot.head;
    if (j->snapshot.bytes != NULL && b->rec.seq == s->batch &&
        (memcmp(b->chain, s->chain_head, sizeof(b->chain)) != 0 || b->last_cmd_seq != s->cmd_seq))
        return error_set(err, ERR_CORRUPT,
                         "%s: it covers command %" PRIu64
                         " of another chain than %s: byte %" PRIu64,
                         j->snapshot.file, s->cmd_seq, w->name, w->batch_offset);
    const uint8_t *bytes = (const uint8_t *)b;
    for (uint32_t at = sizeof(*b); at < b->data_bytes;) {
        const struct record *rec = (const struct record *)(bytes + at);
        int rc = 0;
        if (rec->kind == RECORD_VOID)
            rc = note_void(j, (const struct record_void *)rec, err);
        if (rc != 0)
            return rc;
        at += rec->length_bytes;
    }
    return 0;
}

/* A file gets a segment's name after it was written and synced at its full size (prepare.c), so no
 * crash leaves a shorter one. A first write that was torn may have left no head to say the size. */
static int
check_size(const struct journal_disk *d, int file, const char *name, struct error *err)
{
    _Alignas(JOURNAL_BLOCK_BYTES) uint8_t block[JOURNAL_BLOCK_BYTES] = {0};
    const struct record_segment *head;
    struct batch_fault ignored;
    size_t got = 0;
    int64_t size = d->size(d->self, file);
    int rc = size < 0 ? (int)size : journal_disk_read_all(d, file, block, sizeof(block), 0, &got);
    if (rc != 0)
        return error_errno(err, -rc, "%s: size and head", name);
    if (segment_check(block, &head, &ignored) == 0)
        return (uint64_t)size == head->segment_bytes
                   ? 0
                   : error_set(err, ERR_CORRUPT,
                               "%s: byte %" PRId64 ": its head says %" PRIu64
                               " bytes, the file has %" PRId64 ": what was durable is missing",
                               name, size, head->segment_bytes, size);
    if (size >= JOURNAL_SEGMENT_LEAST && size % JOURNAL_SEGMENT_STEP == 0)
        return 0;
    return error_set(err, ERR_CORRUPT,
                     "%s: byte %" PRId64 ": expected a segment of whole MiB, at least %d bytes, "
                     "found a file of %" PRId64
                     " bytes without a head: what was durable is missing",
                     name, size, JOURNAL_SEGMENT_LEAST, size);
}

/* Syncs every segment from `first` on, and looks at its size: what the page cache shows may not be
 * on the device. */
static int
sync_segments(struct journal *j, const struct segment_list *l, size_t first, struct error *err)
{
    const struct journal_disk *d = &j->disk;
    for (size_t i = first; i < l->cnt; i++) {
        char name[SEGMENT_NAME_MAX];
        segment_name(name, l->first_cmd_seqs[i]);
        int file = d->open(d->self, name, DISK_READ);
        int rc = file < 0 ? file : d->sync(d->self, file);
        if (rc != 0)
            rc = error_errno(err, -rc, "%s: sync", name);
        else
            rc = check_size(d, file, name, err);
        if (file >= 0)
            d->close(d->self, file);
        if (rc != 0)
            return rc;
    }
    return 0;
}

/* The segment to begin with: that of the snapshot, or an earlier one while heads are unreadable (a
 * torn first write leaves such a segment; then the walk ends before it and the tail is judged). */
static int
begin(struct journal *j, struct walk *w, const struct segment_list *l, int *answer,
      struct error *err)
{
    int64_t i = 0;
    if (j->snapshot.bytes != NULL)
        i = segment_list_find(l, j->snapshot.head.cmd_seq);
    if (i < 0 || (j->snapshot.bytes == NULL && l->cnt != 0 && l->first_cmd_seqs[0] != 1))
        return error_set(err, ERR_CORRUPT,
                         "journal: expected a segment that begins at or before command %" PRIu64
                         ", the first is %" PRIu64,
                         j->snapshot.bytes != NULL ? j->snapshot.head.cmd_seq : 1,
                         l->cnt != 0 ? l->first_cmd_seqs[0] : 0);
    if (l->cnt == 0) {
        *answer = WALK_END;
        return 0;
    }
    int rc = sync_segments(j, l, (size_t)i, err);
    if (rc != 0)
        return rc;
    for (;; i--) {
        rc = walk_begin(w, l->first_cmd_seqs[i], err);
        if (rc != ERR_CORRUPT)
            break;
        if (i == 0) {
            *answer = WALK_BAD; /* not even the first head is whole */
            return 0;
        }
    }
    j->first_seg_cmd_seq = rc == 0 ? w->seg.first_cmd_seq : 0;
    *answer = WALK_BATCH;
    return rc;
}

static int
check_first(struct journal *j, const struct walk *w, struct error *err)
{
    uint8_t chain[JOURNAL_CHAIN_BYTES];
    memcpy(j->journal_id, w->seg.journal_id, sizeof(j->journal_id));
    memcpy(j->venue, w->seg.venue, sizeof(j->venue));
    segment_chain_begin(j->journal_id, j->venue, chain);
    if (w->seg.first_batch == 1 && memcmp(chain, w->seg.chain_prev, sizeof(chain)) != 0)
        return error_set(err, ERR_CORRUPT,
                         "%s: byte %zu: the chain does not begin with SHA-256(journal, venue)",
                         w->name, offsetof(struct record_segment, chain_prev));
    return 0;
}

/* Goes on to the end as it is now. */
static int
walk_on(struct journal *j, struct walk *w, int *answer, struct error *err)
{
    const struct record_batch *b;
    while ((*answer = walk_next(w, &b, err)) == WALK_BATCH) {
        int rc = note_batch(j, w, b, err);
        if (rc != 0)
            return rc;
    }
    return *answer < 0 ? *answer : 0;
}

static int
walk_all(struct journal *j, struct walk *w, const struct segment_list *l, int *answer,
         struct error *err)
{
    int rc = begin(j, w, l, answer, err);
    if (rc != 0 || *answer != WALK_BATCH)
        return rc;
    rc = check_first(j, w, err);
    return rc == 0 ? walk_on(j, w, answer, err) : rc;
}

static void
take_place(struct journal *j, const struct walk *w)
{
    j->place = w->at;
    j->have_segment = w->file >= 0;
    if (w->file >= 0) {
        j->tail_first_cmd_seq = w->seg.first_cmd_seq;
        j->tail_offset = w->offset;
        j->tail_segment_bytes = w->seg.segment_bytes;
    }
}

static int
check_snapshot_end(const struct journal *j, const struct walk *w, struct error *err)
{
    if (w->at.cmd_seq >= j->covered_cmd_seq)
        return 0;
    return error_set(err, ERR_CORRUPT,
                     "%s: it covers command %" PRIu64 ", but the journal ends at command %" PRIu64
                     " (%s: byte %" PRIu64 "): what was durable is missing",
                     j->covered_file, j->covered_cmd_seq, w->at.cmd_seq,
                     w->file >= 0 ? w->name : "journal", w->offset);
}

static int
finish(struct journal *j, struct walk *w, int answer, const struct segment_list *l,
       const struct spare_list *spares, struct error *err)
{
    struct tail tail;
    int rc = tail_judge(j, w, answer, l, spares, &tail, err);
    if (rc == 0)
        rc = check_snapshot_end(j, w, err);
    if (rc == 0 && tail.torn) {
        j->state.cut_bytes = tail.cut_bytes;
        j->state.cut_offset = tail.offset;
        memcpy(j->state.cut_file, tail.file, sizeof(j->state.cut_file));
        LOG_W("journal",
              "%s: byte %" PRIu64 ": a torn tail of %" PRIu64
              " bytes %s; the journal ends with command %" PRIu64 ", event %" PRIu64,
              tail.file, tail.offset, tail.cut_bytes, j->o.read_only ? "lies there" : "is cut",
              w->at.cmd_seq, w->at.event_seq);
    }
    if (rc == 0 && !j->o.read_only)
        rc = tail_cut(j, w, l, spares, tail.torn, err);
    if (rc == 0)
        take_place(j, w);
    return rc;
}

/* A journal in use: its end moves while it is read. What looks wrong is looked at again before it
 * is judged. */
static int
finish_live(struct journal *j, struct walk *w, int answer, struct segment_list *l,
            struct error *err)
{
    const struct spare_list none = {0};
    for (int tries = 0; answer == WALK_BAD && tries < 100; tries++) {
        uint64_t before = w->at.batch;
        int rc = walk_on(j, w, &answer, err);
        if (rc != 0)
            return rc;
        if (w->at.batch != before)
            tries = 0;
    }
    if (answer == WALK_BAD)
        return finish(j, w, answer, l, &none, err);
    take_place(j, w);
    return check_snapshot_end(j, w, err);
}

/* For who only looks. Where no engine runs the end is judged as a start would; the lock keeps it
 * still for that moment only, and what an engine wrote until then is read first. */
static int
finish_look(struct journal *j, struct walk *w, int answer, struct segment_list *l,
            struct error *err)
{
    const struct spare_list none = {0};
    char owner[128];
    if (j->disk.lock(j->disk.self, owner, sizeof(owner)) != 0)
        return finish_live(j, w, answer, l, err);
    int rc = w->file >= 0 ? segment_list_read(l, &j->disk, err) : 0;
    if (rc == 0 && w->file >= 0)
        rc = walk_on(j, w, &answer, err);
    if (rc == 0)
        rc = finish(j, w, answer, l, &none, err);
    j->disk.unlock(j->disk.self);
    return rc;
}

int
journal_scan(struct journal *j, struct error *err)
{
    struct spare_list spares = {0};
    struct segment_list segments = {0};
    struct walk w;
    int answer = WALK_END;
    int rc = walk_open(&w, &j->disk, err);
    if (rc != 0)
        return rc;
    if (!j->o.read_only)
        rc = spare_adopt(j, &spares, err);
    if (rc == 0)
        rc = segment_list_read(&segments, &j->disk, err);
    if (rc == 0)
        rc = walk_all(j, &w, &segments, &answer, err);
    if (rc == 0)
        rc = j->o.read_only ? finish_look(j, &w, answer, &segments, err)
                            : finish(j, &w, answer, &segments, &spares, err);
    if (rc == 0) {
        j->state.segment_cnt = (uint32_t)segments.cnt;
        rc = prepare_adopt(j, &spares, (uint32_t)segments.cnt, err);
    }
    segment_list_free(&segments);
    walk_close(&w);
    return rc;
}
