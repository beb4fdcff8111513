#include "persist/journal/walk_priv.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/check.h"

enum { AHEAD_LEAST = 64 << 10, AHEAD_MOST = 2 << 20 };

void
segment_name(char out[SEGMENT_NAME_MAX], uint64_t first_cmd_seq)
{
    (void)snprintf(out, SEGMENT_NAME_MAX, "journal/%020" PRIu64 ".seg", first_cmd_seq);
}

bool
numbered_name(const char *name, const char *ending, uint64_t *seq)
{
    uint64_t n = 0;
    int i = 0;
    for (; i < 20; i++) {
        if (name[i] < '0' || name[i] > '9' || n > (UINT64_MAX - 9) / 10)
            return false;
        n = n * 10 + (uint64_t)(name[i] - '0');
    }
    *seq = n;
    return strcmp(name + i, ending) == 0;
}

struct list_visit {
    struct segment_list *list;
    bool no_memory;
};

static void
visit_name(void *arg, const char *name)
{
    struct list_visit *v = arg;
    struct segment_list *l = v->list;
    uint64_t seq;
    if (v->no_memory || !numbered_name(name, ".seg", &seq))
        return;
    if (l->cnt == l->max) {
        size_t max = l->max == 0 ? 64 : l->max * 2;
        uint64_t *more = realloc(l->first_cmd_seqs, max * sizeof(*more));
        if (more == NULL) {
            v->no_memory = true;
            return;
        }
        l->first_cmd_seqs = more;
        l->max = max;
    }
    l->first_cmd_seqs[l->cnt++] = seq;
}

static int
compare_seqs(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

int
segment_list_read(struct segment_list *l, const struct journal_disk *disk, struct error *err)
{
    struct segment_list fresh = {0};
    struct list_visit v = {.list = &fresh};
    int rc = disk->list(disk->self, "journal", visit_name, &v);
    if (rc < 0 || v.no_memory) {
        segment_list_free(&fresh);
        if (v.no_memory)
            return error_set(err, ERR_NO_SPACE, "no memory for the list of segments");
        if (rc == -ENOENT)
            return error_set(err, ERR_NOT_FOUND, "%s/journal: there is no journal here",
                             journal_disk_path(disk));
        return error_errno(err, -rc, "journal: list of the folder");
    }
    if (fresh.cnt != 0)
        qsort(fresh.first_cmd_seqs, fresh.cnt, sizeof(*fresh.first_cmd_seqs), compare_seqs);
    segment_list_free(l);
    *l = fresh;
    return 0;
}

void
segment_list_free(struct segment_list *l)
{
    free(l->first_cmd_seqs);
    *l = (struct segment_list){0};
}

int64_t
segment_list_find(const struct segment_list *l, uint64_t cmd_seq)
{
    int64_t found = -1;
    for (size_t i = 0; i < l->cnt && l->first_cmd_seqs[i] <= cmd_seq; i++)
        found = (int64_t)i;
    return found;
}

int
walk_open(struct walk *w, const struct journal_disk *disk, struct error *err)
{
    *w = (struct walk){.disk = disk, .file = -1, .ahead_bytes = AHEAD_LEAST};
    w->buffer_max = AHEAD_MOST;
    w->buffer = aligned_alloc(JOURNAL_BLOCK_BYTES, w->buffer_max);
    if (w->buffer == NULL)
        return error_set(err, ERR_NO_SPACE, "no memory for a reader of the journal");
    return 0;
}

void
walk_close(struct walk *w)
{
    if (w->file >= 0)
        w->disk->close(w->disk->self, w->file);
    w->file = -1;
    free(w->buffer);
    w->buffer = NULL;
}

/* Makes `bytes` of the file from offset on lie in the buffer, as far as the file goes; *got says
 * how many do. fresh: read them now, whatever is there already. */
static int
fill(struct walk *w, uint64_t offset, size_t bytes, bool fresh, size_t *got, struct error *err)
{
    CHECK(bytes <= w->buffer_max);
    uint64_t end = w->buffer_offset + w->buffer_bytes;
    if (!fresh && offset >= w->buffer_offset && offset + bytes <= end) {
        *got = bytes;
        return 0;
    }
    /* Going on where the buffer ends means that reading ahead was of use. */
    bool onward = !fresh && offset > w->buffer_offset && offset <= end;
    if (onward && w->ahead_bytes < AHEAD_MOST)
        w->ahead_bytes *= 2;
    else if (fresh)
        w->ahead_bytes = AHEAD_LEAST;
    size_t want = bytes > w->ahead_bytes ? bytes : w->ahead_bytes;
    size_t n = 0;
    w->buffer_bytes = 0;
    int rc = journal_disk_read_all(w->disk, w->file, w->buffer, want, offset, &n);
    if (rc != 0)
        return error_errno(err, -rc, "%s: read at byte %" PRIu64, w->name, offset);
    w->buffer_offset = offset;
    w->buffer_bytes = n;
    w->read_bytes += n;
    *got = n < bytes ? n : bytes;
    return 0;
}

static int
bad(struct walk *w, const char *name, uint64_t offset)
{
    (void)snprintf(w->fault_name, sizeof(w->fault_name), "%s", name);
    w->fault_offset = offset + w->fault.offset;
    return WALK_BAD;
}

/* Opens a segment and reads its head into *seg; the walk itself stays where it is. */
static int
open_segment(struct walk *w, const char *name, struct record_segment *seg, struct error *err)
{
    _Alignas(JOURNAL_BLOCK_BYTES) uint8_t block[JOURNAL_BLOCK_BYTES];
    int file = w->disk->open(w->disk->self, name, DISK_READ);
    if (file == -ENOENT)
        return error_set(err, ERR_NOT_FOUND, "%s: there is no such segment", name);
    if (file < 0)
        return error_errno(err, -file, "%s: open", name);
    size_t got = 0;
    int rc = journal_disk_read_all(w->disk, file, block, sizeof(block), 0, &got);
    if (rc != 0) {
        w->disk->close(w->disk->self, file);
        return error_errno(err, -rc, "%s: read at byte 0", name);
    }
    if (got < sizeof(block))
        memset(block + got, 0, sizeof(block) - got);
    const struct record_segment *s;
    rc = segment_check(block, &s, &w->fault);
    if (rc != 0) {
        w->disk->close(w->disk->self, file);
        (void)bad(w, name, 0);
        return error_set(err, rc, "%s: byte %" PRIu64 ": %s", name, w->fault_offset, w->fault.text);
    }
    *seg = *s;
    return file;
}

static void
enter_segment(struct walk *w, int file, const char *name, const struct record_segment *seg)
{
    if (w->file >= 0)
        w->disk->close(w->disk->self, w->file);
    w->file = file;
    (void)snprintf(w->name, sizeof(w->name), "%s", name);
    w->seg = *seg;
    w->offset = JOURNAL_BLOCK_BYTES;
    w->buffer_bytes = 0;
    w->buffer_offset = 0;
}

int
walk_begin(struct walk *w, uint64_t first_cmd_seq, struct error *err)
{
    char name[SEGMENT_NAME_MAX];
    struct record_segment seg;
    segment_name(name, first_cmd_seq);
    int file = open_segment(w, name, &seg, err);
    if (file < 0)
        return file;
    enter_segment(w, file, name, &seg);
    w->at = (struct batch_place){.batch = seg.first_batch - 1,
                                 .cmd_seq = seg.first_cmd_seq - 1,
                                 .event_seq = seg.first_event_seq - 1};
    memcpy(w->at.chain, seg.chain_prev, sizeof(w->at.chain));
    return 0;
}

int
walk_begin_at(struct walk *w, uint64_t first_cmd_seq, uint64_t offset, struct error *err)
{
    int rc = 0;
    if (w->file < 0 || w->seg.first_cmd_seq != first_cmd_seq)
        rc = walk_begin(w, first_cmd_seq, err);
    if (rc != 0)
        return rc;
    size_t got = 0;
    rc = fill(w, offset, JOURNAL_BLOCK_BYTES, true, &got, err);
    if (rc != 0)
        return rc;
    const struct record_batch *b = (const struct record_batch *)w->buffer;
    if (got < JOURNAL_BLOCK_BYTES || batch_check_head(b, &w->fault) != 0)
        return error_set(err, ERR_CORRUPT, "%s: byte %" PRIu64 ": expected a batch", w->name,
                         offset);
    w->offset = offset;
    w->at = (struct batch_place){.batch = b->rec.seq - 1,
                                 .cmd_seq = b->last_cmd_seq - b->command_cnt,
                                 .event_seq = b->last_event_seq - b->event_cnt};
    memcpy(w->at.chain, b->chain_prev, sizeof(w->at.chain));
    return 0;
}

/* At the end of what the current segment holds: WALK_BATCH when the walk stands in the next one. */
static int
next_segment(struct walk *w, struct error *err)
{
    char name[SEGMENT_NAME_MAX];
    segment_name(name, w->at.cmd_seq + 1);
    if (strcmp(name, w->name) == 0)
        return WALK_END;
    struct record_segment seg;
    struct error mine = {0};
    int file = open_segment(w, name, &seg, &mine);
    if (file == ERR_NOT_FOUND)
        return WALK_END;
    if (file == ERR_CORRUPT || file == ERR_UNSUPPORTED)
        return WALK_BAD;
    if (file < 0)
        return error_set(err, file, "%s", mine.text);
    if (segment_check_place(&seg, &w->at, &w->fault) != 0) {
        w->disk->close(w->disk->self, file);
        return bad(w, name, 0);
    }
    enter_segment(w, file, name, &seg);
    return WALK_BATCH;
}

/* Judges what lies at w->offset. fresh: of the disk as it is now. */
static int
look(struct walk *w, bool fresh, const struct record_batch **batch, struct error *err)
{
    size_t got = 0;
    int rc = fill(w, w->offset, JOURNAL_BLOCK_BYTES, fresh, &got, err);
    if (rc != 0)
        return rc;
    const uint8_t *head = w->buffer + (w->offset - w->buffer_offset);
    if (got < JOURNAL_BLOCK_BYTES || bytes_are_zero(head, JOURNAL_BLOCK_BYTES))
        return WALK_END;
    if (batch_check_head(head, &w->fault) != 0)
        return bad(w, w->name, w->offset);
    const struct record_batch *b = (const struct record_batch *)head;
    if (batch_check_place(b, &w->at, &w->fault) != 0)
        return bad(w, w->name, w->offset);
    if (!w->heads_only) {
        rc = fill(w, w->offset, b->disk_bytes, false, &got, err);
        if (rc != 0)
            return rc;
        b = (const struct record_batch *)(w->buffer + (w->offset - w->buffer_offset));
        /* The head may have been read anew: it is judged again before its lengths are used. */
        if (got < JOURNAL_BLOCK_BYTES || batch_check_head(b, &w->fault) != 0 ||
            batch_check_place(b, &w->at, &w->fault) != 0)
            return bad(w, w->name, w->offset);
        if (got < b->disk_bytes) {
            w->fault = (struct batch_fault){.offset = got};
            (void)snprintf(w->fault.text, sizeof(w->fault.text),
                           "end of the file: expected a batch of %" PRIu32 " bytes, found %zu",
                           b->disk_bytes, got);
            return bad(w, w->name, w->offset);
        }
        if (batch_check_body(b, &w->fault) != 0)
            return bad(w, w->name, w->offset);
    }
    *batch = b;
    return WALK_BATCH;
}

int
walk_next(struct walk *w, const struct record_batch **batch, struct error *err)
{
    for (;;) {
        int rc = look(w, false, batch, err);
        if (rc == WALK_END || rc == WALK_BAD) /* what was read earlier may be old */
            rc = look(w, true, batch, err);
        if (rc == WALK_BATCH) {
            w->batch_offset = w->offset;
            w->offset += (*batch)->disk_bytes;
            batch_place_advance(&w->at, *batch);
            return WALK_BATCH;
        }
        if (rc != WALK_END)
            return rc;
        rc = next_segment(w, err);
        if (rc != WALK_BATCH)
            return rc;
    }
}

int
walk_fault_error(const struct walk *w, struct error *err)
{
    return error_set(err, ERR_CORRUPT, "%s: byte %" PRIu64 ": %s", w->fault_name, w->fault_offset,
                     w->fault.text);
}
