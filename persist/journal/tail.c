#include "persist/journal/tail_priv.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/log.h"

enum { STEP_BYTES = 1 << 20, REACH_BYTES = BUFFER_BYTES };

/* A part of a file that nothing valid is known to lie in. */
struct region {
    char name[SEGMENT_NAME_MAX];
    int file;
    uint64_t begin; /* where the missing batch, or the head of its segment, would begin */
    bool whole;     /* begins with a segment's head */
};

struct judge {
    struct journal *j;
    struct walk *w;
    uint64_t missing; /* number of the batch that does not lie where it should */
    bool async;
    struct tail *tail;
    uint8_t *bytes; /* STEP_BYTES + JOURNAL_BATCH_BYTES_MAX */
    struct error *err;
};

static int
damage(struct judge *g, const struct region *r, uint64_t offset, const char *why, uint64_t number)
{
    struct walk *w = g->w;
    struct error first = {0};
    if (w->fault.text[0] != '\0')
        (void)snprintf(first.text, sizeof(first.text), "%s: byte %" PRIu64 ": %s", w->fault_name,
                       w->fault_offset, w->fault.text);
    else
        (void)snprintf(first.text, sizeof(first.text),
                       "%s: byte %" PRIu64 ": expected batch %" PRIu64 ", found zeros",
                       w->file >= 0 ? w->name : r->name, w->file >= 0 ? w->offset : r->begin,
                       g->missing);
    return error_set(g->err, ERR_CORRUPT,
                     "%.300s; no torn tail: %s %" PRIu64 " at %s: byte %" PRIu64, first.text, why,
                     number, r->name, offset);
}

static int
judge_evidence(struct judge *g, const struct region *r, uint64_t offset, uint64_t number,
               uint64_t synced, const char *what)
{
    if (number > g->missing && synced < g->missing)
        return 0; /* nobody was promised the missing one (async) */
    return damage(g, r, offset, what, number);
}

/* One block that is not zero, with what follows it in *bytes. */
static int
judge_block(struct judge *g, const struct region *r, uint64_t offset, const uint8_t *bytes,
            uint64_t room)
{
    struct batch_fault f;
    const struct record_segment *seg;
    if (offset == 0 && r->whole && segment_check(bytes, &seg, &f) == 0)
        return judge_evidence(g, r, offset, seg->first_batch, seg->synced_batch,
                              "the segment head of batch");
    const struct record_batch *b = (const struct record_batch *)bytes;
    if (batch_check_head(bytes, &f) != 0 || b->disk_bytes > room ||
        batch_check_body(bytes, &f) != 0)
        return 0;
    if ((b->flags & BATCH_ASYNC) != 0)
        g->async = true;
    /* One write brings the segment's head and its first batch: the batch may lie there alone. */
    if (r->whole && offset == JOURNAL_BLOCK_BYTES && b->rec.seq == g->missing)
        return 0;
    return judge_evidence(g, r, offset, b->rec.seq, b->synced_batch, "a whole batch");
}

/* Whether what a torn write left at the region's begin lacks a sector; remains without a gap are
 * damage. bytes: REACH_BYTES from begin on, as far as the file goes */
static bool
lacks_sector(const struct region *r, const uint8_t *bytes, uint64_t got, uint64_t *reach)
{
    struct batch_fault f;
    const struct record_segment *seg;
    uint64_t skip = 0;
    *reach = REACH_BYTES;
    if (got < TAIL_SECTOR_BYTES || bytes_are_zero(bytes, TAIL_SECTOR_BYTES))
        return true;
    if (r->whole) {
        if (segment_check(bytes, &seg, &f) != 0)
            return false;
        skip = JOURNAL_BLOCK_BYTES;
        if (got < skip + TAIL_SECTOR_BYTES || bytes_are_zero(bytes + skip, TAIL_SECTOR_BYTES))
            return true;
    }
    const struct record_batch *b = (const struct record_batch *)(bytes + skip);
    if (got < skip + JOURNAL_BLOCK_BYTES || batch_check_head(b, &f) != 0)
        return false;
    *reach = skip + b->disk_bytes;
    /* Up to the padding's CRC; what lies behind that is zero by right. */
    uint64_t end = skip + b->data_bytes + offsetof(struct record, crc32c) + sizeof(b->rec.crc32c);
    for (uint64_t at = skip; at < end && at < *reach; at += TAIL_SECTOR_BYTES)
        if (at + TAIL_SECTOR_BYTES > got || bytes_are_zero(bytes + at, TAIL_SECTOR_BYTES))
            return true;
    return false;
}

static int
judge_remains(struct judge *g, const struct region *r, bool *dirty)
{
    const struct journal_disk *d = &g->j->disk;
    size_t got = 0;
    int rc = journal_disk_read_all(d, r->file, g->bytes, REACH_BYTES, r->begin, &got);
    if (rc != 0)
        return error_errno(g->err, -rc, "%s: read at byte %" PRIu64, r->name, r->begin);
    *dirty = !bytes_are_zero(g->bytes, got);
    uint64_t reach;
    if (!*dirty)
        return 0;
    if (!lacks_sector(r, g->bytes, got, &reach))
        return damage(g, r, r->begin, "no sector is missing in batch", g->missing);
    return 0;
}

/* Looks at everything in the region. */
static int
judge_region(struct judge *g, const struct region *r)
{
    const struct journal_disk *d = &g->j->disk;
    bool dirty_begin;
    uint64_t last = 0;
    bool any = false;
    for (uint64_t at = r->begin;; at += STEP_BYTES) {
        size_t got = 0;
        int rc = journal_disk_read_all(d, r->file, g->bytes, STEP_BYTES + JOURNAL_BATCH_BYTES_MAX,
                                       at, &got);
        if (rc != 0)
            return error_errno(g->err, -rc, "%s: read at byte %" PRIu64, r->name, at);
        for (uint64_t i = 0; i < STEP_BYTES && i + JOURNAL_BLOCK_BYTES <= got;
             i += JOURNAL_BLOCK_BYTES) {
            if (bytes_are_zero(g->bytes + i, JOURNAL_BLOCK_BYTES))
                continue;
            rc = judge_block(g, r, at + i, g->bytes + i, got - i);
            if (rc != 0)
                return rc;
            any = true;
            last = at + i + JOURNAL_BLOCK_BYTES;
        }
        if (got < STEP_BYTES + JOURNAL_BATCH_BYTES_MAX)
            break;
    }
    if (!any)
        return 0;
    int rc = judge_remains(g, r, &dirty_begin);
    if (rc != 0)
        return rc;
    if (!g->async && last > r->begin + REACH_BYTES)
        return damage(g, r, last - JOURNAL_BLOCK_BYTES, "something lies beyond the reach of batch",
                      g->missing);
    if (!g->tail->torn) {
        g->tail->torn = true;
        (void)snprintf(g->tail->file, sizeof(g->tail->file), "%s", r->name);
        g->tail->offset = r->begin;
    }
    g->tail->cut_bytes += last - r->begin;
    return 0;
}

static int
judge_file(struct judge *g, const char *name, uint64_t begin)
{
    const struct journal_disk *d = &g->j->disk;
    struct region r = {.begin = begin, .whole = begin == 0};
    (void)snprintf(r.name, sizeof(r.name), "%s", name);
    r.file = d->open(d->self, name, DISK_READ);
    if (r.file < 0)
        return error_errno(g->err, -r.file, "%s: open", name);
    int rc = d->sync(d->self, r.file);
    if (rc != 0)
        rc = error_errno(g->err, -rc, "%s: sync", name);
    else
        rc = judge_region(g, &r);
    d->close(d->self, r.file);
    return rc;
}

static bool
is_later(const struct walk *w, uint64_t first_cmd_seq)
{
    return w->file < 0 || first_cmd_seq > w->seg.first_cmd_seq;
}

static int
judge_all(struct judge *g, const struct segment_list *segments, const struct spare_list *spares)
{
    struct walk *w = g->w;
    char name[SEGMENT_NAME_MAX];
    int rc = 0;
    if (w->file >= 0)
        rc = judge_file(g, w->name, w->offset);
    for (size_t i = 0; rc == 0 && i < segments->cnt; i++) {
        if (!is_later(w, segments->first_cmd_seqs[i]))
            continue;
        segment_name(name, segments->first_cmd_seqs[i]);
        rc = judge_file(g, name, 0);
    }
    for (uint32_t i = 0; rc == 0 && i < spares->dirty_cnt; i++) {
        spare_name(name, spares->dirty[i], "zero");
        rc = judge_file(g, name, 0);
    }
    return rc;
}

int
tail_judge(struct journal *j, struct walk *w, int answer, const struct segment_list *segments,
           const struct spare_list *spares, struct tail *out, struct error *err)
{
    *out = (struct tail){0};
    if (answer == WALK_END)
        w->fault.text[0] = '\0';
    struct judge g = {.j = j,
                      .w = w,
                      .missing = w->at.batch + 1,
                      .async =
                          (j->last_flags & BATCH_ASYNC) != 0 || j->o.durability == JOURNAL_ASYNC,
                      .tail = out,
                      .err = err};
    g.bytes = aligned_alloc(JOURNAL_BLOCK_BYTES, STEP_BYTES + JOURNAL_BATCH_BYTES_MAX);
    if (g.bytes == NULL)
        return error_set(err, ERR_NO_SPACE, "no memory for judging the journal's tail");
    int rc = judge_all(&g, segments, spares);
    free(g.bytes);
    return rc;
}

/* Writes zeros over every block that is not zero, from the walk's place to the end of the file. */
static int
zero_rest(struct journal *j, struct walk *w, struct error *err)
{
    const struct journal_disk *d = &j->disk;
    uint8_t *bytes = aligned_alloc(JOURNAL_BLOCK_BYTES, STEP_BYTES);
    uint8_t *zeros = aligned_alloc(JOURNAL_BLOCK_BYTES, JOURNAL_BLOCK_BYTES);
    int file = d->open(d->self, w->name, DISK_DIRECT);
    int rc = bytes == NULL || zeros == NULL ? -ENOMEM : (file < 0 ? file : 0);
    if (zeros != NULL)
        memset(zeros, 0, JOURNAL_BLOCK_BYTES);
    for (uint64_t at = w->offset; rc == 0; at += STEP_BYTES) {
        size_t got = 0;
        rc = journal_disk_read_all(d, file, bytes, STEP_BYTES, at, &got);
        for (uint64_t i = 0; rc == 0 && i + JOURNAL_BLOCK_BYTES <= got; i += JOURNAL_BLOCK_BYTES) {
            if (bytes_are_zero(bytes + i, JOURNAL_BLOCK_BYTES))
                continue;
            int64_t n = d->write(d->self, file, zeros, JOURNAL_BLOCK_BYTES, at + i);
            rc = n == JOURNAL_BLOCK_BYTES ? 0 : (n < 0 ? (int)n : -EIO);
        }
        if (got < STEP_BYTES)
            break;
    }
    if (rc == 0)
        rc = d->sync(d->self, file);
    if (file >= 0)
        d->close(d->self, file);
    free(bytes);
    free(zeros);
    return rc == 0 ? 0 : error_errno(err, -rc, "%s: cutting the tail", w->name);
}

static int
is_all_zero(struct journal *j, const char *name, bool *zero)
{
    const struct journal_disk *d = &j->disk;
    uint8_t *bytes = aligned_alloc(JOURNAL_BLOCK_BYTES, STEP_BYTES);
    int file = d->open(d->self, name, DISK_READ);
    int rc = bytes == NULL ? -ENOMEM : (file < 0 ? file : 0);
    *zero = true;
    for (uint64_t at = 0; rc == 0 && *zero; at += STEP_BYTES) {
        size_t got = 0;
        rc = journal_disk_read_all(d, file, bytes, STEP_BYTES, at, &got);
        *zero = rc == 0 && bytes_are_zero(bytes, got);
        if (got < STEP_BYTES)
            break;
    }
    if (file >= 0)
        d->close(d->self, file);
    free(bytes);
    return rc;
}

/* A segment whose first write never came is removed; remains of one are kept for people to see. */
static int
set_aside(struct journal *j, const char *name, struct error *err)
{
    char to[SEGMENT_NAME_MAX + 8];
    bool zero;
    (void)snprintf(to, sizeof(to), "%s.cut", name);
    int rc = is_all_zero(j, name, &zero);
    if (rc == 0 && zero)
        rc = j->disk.remove(j->disk.self, name);
    else if (rc == 0)
        rc = j->disk.rename(j->disk.self, name, to);
    if (rc != 0)
        return error_errno(err, -rc, "%s: setting it aside", name);
    if (!zero)
        LOG_W("journal", "%s set aside as %s", name, to);
    return 0;
}

int
tail_cut(struct journal *j, struct walk *w, const struct segment_list *segments,
         const struct spare_list *spares, bool torn, struct error *err)
{
    char name[SEGMENT_NAME_MAX];
    int rc = 0;
    /* The last file first: if this is cut short, the next start finds the same question. */
    for (uint32_t i = 0; rc == 0 && i < spares->dirty_cnt; i++) {
        spare_name(name, spares->dirty[i], "zero");
        rc = set_aside(j, name, err);
    }
    for (size_t i = segments->cnt; rc == 0 && i-- > 0;) {
        if (!is_later(w, segments->first_cmd_seqs[i]))
            continue;
        segment_name(name, segments->first_cmd_seqs[i]);
        rc = set_aside(j, name, err);
    }
    if (rc == 0) {
        int code = j->disk.folder_sync(j->disk.self, "journal");
        if (code != 0)
            rc = error_errno(err, -code, "journal: sync of the folder");
    }
    if (rc == 0 && w->file >= 0 && torn)
        rc = zero_rest(j, w, err);
    return rc;
}
