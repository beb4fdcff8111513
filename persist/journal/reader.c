#include "persist/journal/reader.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/model/event.h"
#include "persist/journal/journal_priv.h"

enum { BAD_FOR_NS = CLOCK_NS_PER_S };

struct journal_reader {
    struct journal_disk disk;
    bool disk_own;
    const struct journal *own; /* NULL: foreign */
    struct walk walk;
    bool placed;       /* the walk stands somewhere */
    uint64_t from_cmd; /* records before these are passed over */
    uint64_t from_event;
    const uint8_t *batch; /* of the walk; NULL none */
    struct record_batch head;
    uint64_t batch_offset;
    char batch_file[SEGMENT_NAME_MAX];
    uint32_t at;
    /* since when the bytes at one place have been bad: a write in flight is not damage */
    int64_t bad_since_ns;
    uint64_t bad_batch;
};

static int
open_reader(struct journal_reader **out, const struct journal_disk *disk, const char *data_dir,
            const struct journal *own, struct error *err)
{
    struct journal_reader *r = calloc(1, sizeof(*r));
    if (r == NULL)
        return error_set(err, ERR_NO_SPACE, "no memory for a reader of the journal");
    int rc = 0;
    r->own = own;
    if (disk != NULL) {
        r->disk = *disk;
    } else {
        rc = journal_disk_open(&r->disk, data_dir, err);
        r->disk_own = rc == 0;
    }
    if (rc == 0)
        rc = walk_open(&r->walk, &r->disk, err);
    if (rc != 0) {
        journal_reader_close(r);
        return rc;
    }
    r->from_cmd = 1;
    r->bad_batch = UINT64_MAX;
    *out = r;
    return 0;
}

int
journal_reader_open(struct journal_reader **out, const char *data_dir,
                    const struct journal_disk *disk, struct error *err)
{
    return open_reader(out, disk, data_dir, NULL, err);
}

int
journal_reader_open_own(struct journal_reader **out, const struct journal *j, struct error *err)
{
    /* Its own folder handle where there is one: threads do not share the writer's. */
    const char *path = journal_disk_path(&j->disk);
    return open_reader(out, path[0] == '\0' ? &j->disk : NULL, path, j, err);
}

void
journal_reader_close(struct journal_reader *r)
{
    if (r == NULL)
        return;
    if (r->walk.disk != NULL)
        walk_close(&r->walk);
    if (r->disk_own)
        journal_disk_close(&r->disk);
    free(r);
}

static void
forget(struct journal_reader *r)
{
    r->placed = false;
    r->batch = NULL;
    r->bad_batch = UINT64_MAX;
}

int
journal_reader_seek_cmd(struct journal_reader *r, uint64_t cmd_seq, struct error *err)
{
    (void)err;
    forget(r);
    r->from_cmd = cmd_seq;
    r->from_event = 0;
    return 0;
}

int
journal_reader_seek_event(struct journal_reader *r, uint64_t event_seq, struct error *err)
{
    (void)err;
    forget(r);
    r->from_cmd = 0;
    r->from_event = event_seq;
    return 0;
}

/* --- finding the batch that holds what is wanted --- */

static bool
before_wanted(const struct journal_reader *r, uint64_t first_cmd_seq, uint64_t first_event_seq)
{
    return r->from_event != 0 ? first_event_seq <= r->from_event : first_cmd_seq <= r->from_cmd;
}

/* The last segment that begins at or before what is wanted: by name, or by the heads. */
static int
find_segment(struct journal_reader *r, uint64_t *first_cmd_seq, struct error *err)
{
    struct segment_list l = {0};
    int rc = segment_list_read(&l, &r->disk, err);
    if (rc != 0)
        return rc;
    if (l.cnt == 0) {
        segment_list_free(&l);
        return ERR_AGAIN;
    }
    size_t low = 0, high = l.cnt; /* the answer lies in [low, high) */
    while (rc == 0 && high - low > 1) {
        size_t mid = low + (high - low) / 2;
        uint64_t cmd = l.first_cmd_seqs[mid], event = 0;
        if (r->from_event != 0) {
            rc = walk_begin(&r->walk, cmd, err);
            event = r->walk.seg.first_event_seq;
            if (rc == ERR_CORRUPT && mid == l.cnt - 1) { /* being begun, or torn */
                rc = 0;
                event = UINT64_MAX;
            }
        }
        if (before_wanted(r, cmd, event))
            low = mid;
        else
            high = mid;
    }
    *first_cmd_seq = l.first_cmd_seqs[low];
    if (rc == 0 && low == 0 && *first_cmd_seq != 1) {
        rc = walk_begin(&r->walk, *first_cmd_seq, err);
        if (rc == 0 && !before_wanted(r, *first_cmd_seq, r->walk.seg.first_event_seq))
            rc = error_set(err, ERR_NOT_FOUND,
                           "the journal begins with command %" PRIu64 ", event %" PRIu64,
                           *first_cmd_seq, r->walk.seg.first_event_seq);
    }
    segment_list_free(&l);
    return rc;
}

static bool
find_in_index(struct journal_reader *r, struct index_entry *e)
{
    if (r->own == NULL)
        return false;
    return r->from_event != 0 ? index_find_event(&r->own->index, r->from_event, e)
                              : index_find_cmd(&r->own->index, r->from_cmd, e);
}

/* Steps over batches that end before what is wanted, by their heads alone. */
static int
skip_heads(struct journal_reader *r, struct error *err)
{
    struct walk *w = &r->walk;
    w->heads_only = true;
    int answer;
    for (;;) {
        const struct record_batch *b;
        answer = walk_next(w, &b, err);
        if (answer != WALK_BATCH)
            break;
        if (r->from_event != 0 ? b->last_event_seq >= r->from_event
                               : b->last_cmd_seq >= r->from_cmd)
            break;
    }
    w->heads_only = false;
    if (answer < 0)
        return answer;
    if (answer == WALK_BATCH) /* back to its beginning; now with its body */
        return walk_begin_at(w, w->seg.first_cmd_seq, w->batch_offset, err);
    return 0; /* the end: it will come */
}

/* Bad bytes at the end of a journal that is written are a write in flight, until they stay. True
 * when they have stayed for a second. */
static bool
stays_bad(struct journal_reader *r)
{
    int64_t now = clock_mono_ns();
    if (r->bad_batch != r->walk.at.batch + 1) {
        r->bad_batch = r->walk.at.batch + 1;
        r->bad_since_ns = now;
    }
    return now - r->bad_since_ns >= BAD_FOR_NS;
}

static int
place(struct journal_reader *r, struct error *err)
{
    struct index_entry e;
    struct error mine = {0};
    int rc;
    if (find_in_index(r, &e)) {
        rc = walk_begin_at(&r->walk, e.first_cmd_seq, e.offset, &mine);
        /* Begun a moment ago: its name, or the batch itself, comes in a moment. */
        if (rc == ERR_NOT_FOUND || (rc == ERR_CORRUPT && !stays_bad(r)))
            return ERR_AGAIN;
    } else {
        uint64_t first;
        rc = find_segment(r, &first, &mine);
        if (rc == 0)
            rc = walk_begin(&r->walk, first, &mine);
    }
    if (rc == 0)
        rc = skip_heads(r, &mine);
    if (rc == ERR_AGAIN)
        return rc;
    if (rc != 0)
        return error_set(err, rc, "%s", mine.text);
    r->placed = true;
    return 0;
}

/* --- the next batch --- */

/* Whether the batch after the walk's place is covered by the mark. */
static bool
promised(const struct journal_reader *r)
{
    struct batch_place head;
    journal_head(r->own, &head);
    return head.batch > r->walk.at.batch;
}

static int
next_batch(struct journal_reader *r, struct error *err)
{
    if (!r->placed) {
        int rc = place(r, err);
        if (rc == ERR_AGAIN)
            return 0;
        if (rc != 0)
            return rc;
    }
    struct walk *w = &r->walk;
    if (r->own != NULL && !promised(r))
        return 0;
    const struct record_batch *b;
    int answer = walk_next(w, &b, err);
    if (answer == WALK_BAD)
        return stays_bad(r) ? walk_fault_error(w, err) : 0;
    if (answer != WALK_BATCH)
        return answer;
    r->bad_batch = UINT64_MAX;
    r->batch = (const uint8_t *)b;
    r->head = *b;
    r->batch_offset = w->batch_offset;
    memcpy(r->batch_file, w->name, sizeof(r->batch_file));
    r->at = sizeof(*b);
    return 1;
}

static bool
wanted(const struct journal_reader *r, const struct record *rec)
{
    if (rec->kind == RECORD_EVENT)
        return r->from_event != 0 ? rec->seq >= r->from_event
                                  : ((const struct event *)rec)->cmd_seq >= r->from_cmd;
    return r->from_event == 0 && rec->seq >= r->from_cmd;
}

int
journal_reader_next(struct journal_reader *r, const struct record **rec, struct error *err)
{
    for (;;) {
        while (r->batch != NULL && r->at < r->head.data_bytes) {
            const struct record *at = (const struct record *)(r->batch + r->at);
            r->at += at->length_bytes;
            if (wanted(r, at)) {
                r->from_cmd = r->from_event = 0; /* from here on everything */
                *rec = at;
                return 1;
            }
        }
        r->batch = NULL;
        int rc = next_batch(r, err);
        if (rc != 1)
            return rc;
    }
}

void
journal_reader_batch(const struct journal_reader *r, struct journal_batch *out)
{
    out->head = r->head;
    memcpy(out->file, r->batch_file, sizeof(out->file));
    out->offset = r->batch_offset;
}

int
journal_reader_next_batch(struct journal_reader *r, const uint8_t **records, size_t *bytes,
                          struct error *err)
{
    int rc = next_batch(r, err);
    if (rc != 1)
        return rc;
    r->from_cmd = r->from_event = 0;
    *records = r->batch + sizeof(struct record_batch);
    *bytes = r->head.data_bytes - sizeof(struct record_batch);
    r->batch = NULL; /* given out whole */
    return 1;
}
