#include "persist/journal/snapshot.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/crc32c.h"
#include "engine/base/log.h"
#include "engine/base/sha256.h"
#include "persist/journal/journal_priv.h"
#include "persist/journal/walk_priv.h"

enum { SNAPSHOT_LIST_MAX = 4096 };

struct snapshot_list {
    uint64_t *seqs; /* SNAPSHOT_LIST_MAX */
    size_t cnt;
};

static void
visit_snapshot(void *arg, const char *name)
{
    struct snapshot_list *l = arg;
    uint64_t seq;
    if (numbered_name(name, ".snap", &seq) && l->cnt < SNAPSHOT_LIST_MAX)
        l->seqs[l->cnt++] = seq;
}

static int
newest_first(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x < y) - (x > y);
}

static void
snapshot_name(char out[SEGMENT_NAME_MAX], uint64_t cmd_seq, const char *ending)
{
    (void)snprintf(out, SEGMENT_NAME_MAX, "snapshots/%020" PRIu64 ".%s", cmd_seq, ending);
}

static int
list_snapshots(const struct journal_disk *d, struct snapshot_list *l, struct error *err)
{
    l->cnt = 0;
    l->seqs = malloc(SNAPSHOT_LIST_MAX * sizeof(*l->seqs));
    if (l->seqs == NULL)
        return error_set(err, ERR_NO_SPACE, "no memory for the list of snapshots");
    int rc = d->list(d->self, "snapshots", visit_snapshot, l);
    if (rc < 0 && rc != -ENOENT) {
        free(l->seqs);
        return error_errno(err, -rc, "snapshots: list of the folder");
    }
    qsort(l->seqs, l->cnt, sizeof(*l->seqs), newest_first);
    return 0;
}

static uint32_t
head_crc(const struct snapshot_head *h)
{
    struct snapshot_head copy = *h;
    copy.crc32c = 0;
    return crc32c(0, &copy, sizeof(copy));
}

/* What is wrong with a snapshot's bytes; NULL = nothing. */
static const char *
judge_snapshot(const uint8_t *file, size_t bytes, uint64_t cmd_seq)
{
    const struct snapshot_head *h = (const struct snapshot_head *)file;
    if (bytes < sizeof(*h))
        return "shorter than its head";
    if (h->magic != SNAPSHOT_MAGIC)
        return "no snapshot (magic)";
    if (h->format != SNAPSHOT_FORMAT)
        return "a format that this build does not know";
    if (h->crc32c != head_crc(h))
        return "CRC of the head";
    if (h->head_bytes != sizeof(*h) || h->state_bytes != bytes - sizeof(*h))
        return "length";
    if (h->cmd_seq != cmd_seq)
        return "another sequence than its name";
    uint8_t sha[SHA256_BYTES];
    sha256(file + sizeof(*h), bytes - sizeof(*h), sha);
    return memcmp(sha, h->state_sha256, sizeof(sha)) == 0 ? NULL : "SHA-256 of the state";
}

static int
load(struct journal_snapshot *out, const struct journal_disk *d, uint64_t cmd_seq,
     const char **wrong, struct error *err)
{
    snapshot_name(out->file, cmd_seq, "snap");
    int file = d->open(d->self, out->file, DISK_READ);
    if (file < 0)
        return error_errno(err, -file, "%s: open", out->file);
    int64_t size = d->size(d->self, file);
    uint8_t *bytes = size < 0 ? NULL : malloc((size_t)size + 1);
    size_t got = 0;
    int rc = bytes == NULL ? -ENOMEM : d->sync(d->self, file);
    if (rc == 0)
        rc = journal_disk_read_all(d, file, bytes, (size_t)size, 0, &got);
    d->close(d->self, file);
    if (rc != 0) {
        free(bytes);
        return error_errno(err, -rc, "%s: sync and read", out->file);
    }
    *wrong = judge_snapshot(bytes, got, cmd_seq);
    if (*wrong != NULL) {
        free(bytes);
        return 0;
    }
    memcpy(&out->head, bytes, sizeof(out->head));
    memmove(bytes, bytes + sizeof(out->head), out->head.state_bytes);
    out->bytes = bytes;
    return 0;
}

int
journal_snapshot_find(struct journal_snapshot *out, const struct journal_disk *disk,
                      uint64_t max_cmd_seq, uint32_t *bad_cnt, struct error *err)
{
    struct snapshot_list l;
    int rc = list_snapshots(disk, &l, err);
    if (rc != 0)
        return rc;
    rc = ERR_NOT_FOUND;
    for (size_t i = 0; i < l.cnt && rc == ERR_NOT_FOUND; i++) {
        struct journal_snapshot s = {.bytes = NULL};
        const char *wrong = NULL;
        if (max_cmd_seq != 0 && l.seqs[i] > max_cmd_seq)
            continue;
        int code = load(&s, disk, l.seqs[i], &wrong, err);
        if (code != 0) {
            rc = code;
        } else if (wrong != NULL) {
            LOG_W("journal", "%s: damaged (%s): passed over", s.file, wrong);
            (*bad_cnt)++;
        } else {
            *out = s;
            rc = 0;
        }
    }
    free(l.seqs);
    if (rc == ERR_NOT_FOUND)
        (void)error_set(err, rc, "snapshots: there is none");
    return rc;
}

void
journal_snapshot_free(struct journal_snapshot *s)
{
    free(s->bytes);
    s->bytes = NULL;
}

static void
remove_old(struct journal *j)
{
    struct snapshot_list l;
    struct error err;
    if (list_snapshots(&j->disk, &l, &err) != 0)
        return; /* too many snapshots are no harm */
    for (size_t i = j->o.snapshots_kept; i < l.cnt; i++) {
        char name[SEGMENT_NAME_MAX];
        snapshot_name(name, l.seqs[i], "snap");
        (void)j->disk.remove(j->disk.self, name);
    }
    free(l.seqs);
}

static int
write_file(struct journal *j, const struct snapshot_head *h, const uint8_t *state,
           struct error *err)
{
    const struct journal_disk *d = &j->disk;
    char tmp[SEGMENT_NAME_MAX], name[SEGMENT_NAME_MAX];
    snapshot_name(tmp, h->cmd_seq, "tmp");
    snapshot_name(name, h->cmd_seq, "snap");
    int file = d->open(d->self, tmp, DISK_NEW);
    if (file < 0)
        return error_errno(err, -file, "%s: open", tmp);
    int64_t rc = d->write(d->self, file, h, sizeof(*h), 0);
    if (rc >= 0 && rc != (int64_t)sizeof(*h))
        rc = -ENOSPC;
    for (uint64_t at = 0; rc >= 0 && at < h->state_bytes; at += (uint64_t)rc) {
        rc = d->write(d->self, file, state + at, h->state_bytes - at, sizeof(*h) + at);
        rc = rc == 0 ? -ENOSPC : rc;
    }
    if (rc >= 0)
        rc = d->sync(d->self, file);
    d->close(d->self, file);
    if (rc >= 0)
        rc = d->rename(d->self, tmp, name);
    if (rc >= 0)
        rc = d->folder_sync(d->self, "snapshots");
    if (rc < 0) {
        (void)d->remove(d->self, tmp);
        return error_errno(err, (int)-rc, "%s: writing the snapshot", name);
    }
    return 0;
}

int
journal_snapshot_write(struct journal *j, const struct core *core, struct error *err)
{
    struct snapshot_head h = {.magic = SNAPSHOT_MAGIC,
                              .format = SNAPSHOT_FORMAT,
                              .head_bytes = sizeof(h),
                              .cmd_seq = core_cmd_seq(core),
                              .event_seq = core_event_seq(core),
                              .batch = j->place.batch,
                              .epoch = core_epoch(core),
                              .time_ns = j->disk.utc_ns(j->disk.self)};
    if (h.cmd_seq != j->place.cmd_seq || h.event_seq != j->place.event_seq || h.cmd_seq == 0)
        return error_set(err, ERR_INVALID,
                         "snapshot: the core stands at command %" PRIu64 ", event %" PRIu64
                         ", the journal at %" PRIu64 ", %" PRIu64,
                         h.cmd_seq, h.event_seq, j->place.cmd_seq, j->place.event_seq);
    memcpy(h.journal_id, j->journal_id, sizeof(h.journal_id));
    memcpy(h.chain_head, j->place.chain, sizeof(h.chain_head));
    /* A snapshot never runs ahead of what the device holds of the journal. */
    int rc = 0;
    if (j->writer.ring_open)
        rc = writer_flush(j, err);
    if (rc == 0 && j->writer.file >= 0) {
        int code = j->disk.sync(j->disk.self, j->writer.file);
        rc = code == 0 ? 0 : error_errno(err, -code, "%s: sync", j->writer.name);
    }
    if (rc != 0)
        return rc;
    h.state_bytes = core_save(core, NULL, 0);
    uint8_t *state = malloc(h.state_bytes);
    if (state == NULL)
        return error_set(err, ERR_NO_SPACE, "no memory for a snapshot of %" PRIu64 " bytes",
                         h.state_bytes);
    size_t bytes = core_save(core, state, h.state_bytes);
    if (bytes != h.state_bytes)
        rc = error_set(err, ERR_INVALID, "snapshot: core_save gave %zu of %" PRIu64 " bytes", bytes,
                       h.state_bytes);
    sha256(state, h.state_bytes, h.state_sha256);
    h.crc32c = head_crc(&h);
    if (rc == 0)
        rc = write_file(j, &h, state, err);
    free(state);
    if (rc == 0)
        remove_old(j);
    return rc;
}
