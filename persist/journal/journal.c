#include "persist/journal/journal.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/check.h"
#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "persist/journal/journal_priv.h"

enum { MIB = 1 << 20, SEGMENT_MIB_MIN = 16, SEGMENT_MIB_MAX = 1024, AHEAD_MAX = 8 };

static int
check_options(struct journal_options *o, struct error *err)
{
    if (o->durability == 0)
        o->durability = JOURNAL_DURABLE;
    if (o->segments_ahead == 0)
        o->segments_ahead = 1;
    if (o->segment_bytes == 0)
        o->segment_bytes = 64 * (uint64_t)MIB;
    if (o->prepare_bytes_s == 0)
        o->prepare_bytes_s = 64 * (uint64_t)MIB;
    if (o->snapshots_kept == 0)
        o->snapshots_kept = 3;
    uint64_t least = o->disk != NULL ? JOURNAL_SEGMENT_LEAST : SEGMENT_MIB_MIN * (uint64_t)MIB;
    if (o->segment_bytes % JOURNAL_SEGMENT_STEP != 0 || o->segment_bytes < least ||
        o->segment_bytes > (uint64_t)SEGMENT_MIB_MAX * MIB)
        return error_set(err, ERR_INVALID,
                         "journal: size of a segment: expected whole MiB from %d to %d, found "
                         "%" PRIu64 " bytes",
                         SEGMENT_MIB_MIN, SEGMENT_MIB_MAX, o->segment_bytes);
    if (o->segments_ahead > AHEAD_MAX)
        return error_set(err, ERR_INVALID,
                         "journal: segments ahead: expected 1 to %d, found %" PRIu32, AHEAD_MAX,
                         o->segments_ahead);
    if (o->quota_bytes != 0 && o->quota_bytes < 3 * o->segment_bytes)
        return error_set(err, ERR_INVALID,
                         "journal: quota: expected at least three segments (%" PRIu64
                         " bytes), found %" PRIu64,
                         3 * o->segment_bytes, o->quota_bytes);
    return 0;
}

static int
make_data_folder(const char *data_dir, struct error *err)
{
    char path[512];
    int n = snprintf(path, sizeof(path), "%s", data_dir);
    if (n <= 0 || (size_t)n >= sizeof(path))
        return error_set(err, ERR_INVALID, "data folder: a path of %d bytes", n);
    for (char *at = path + 1;; at++) {
        char c = *at;
        if (c != '/' && c != '\0')
            continue;
        *at = '\0';
        if (mkdir(path, 0750) != 0 && errno != EEXIST) {
            int code = errno;
            (void)error_errno(err, code, "data folder %s: %s", data_dir, path);
            if (err != NULL && (code == EACCES || code == EROFS || code == EPERM))
                err->code = ERR_PERMISSION;
            return code == EACCES || code == EROFS || code == EPERM ? ERR_PERMISSION : ERR_IO;
        }
        if (c == '\0')
            return 0;
        *at = c;
    }
}

/* Who looks at a journal holds the lock for the moment in which its end is judged (scan.c). */
static const int64_t LOCK_WAIT_NS = 2 * CLOCK_NS_PER_S;
enum { LOCK_POLL_MS = 10 };

static int
lock_folder(struct journal *j, struct error *err)
{
    char owner[128] = "";
    const char *path = journal_disk_path(&j->disk);
    if (j->o.read_only) /* who looks may take long, and must not hold up a start */
        return 0;
    int64_t until_ns = clock_mono_ns() + LOCK_WAIT_NS;
    int rc;
    while ((rc = j->disk.lock(j->disk.self, owner, sizeof(owner))) == -EWOULDBLOCK &&
           clock_mono_ns() < until_ns)
        (void)poll(NULL, 0, LOCK_POLL_MS);
    if (rc == 0) {
        j->locked = true;
        return 0;
    }
    if (rc == -EWOULDBLOCK)
        return error_set(err, ERR_BUSY, "data folder %s is in use (%s: %s/lock)", path, owner,
                         path);
    (void)error_errno(err, -rc, "%s/lock", path);
    if (rc == -EACCES || rc == -EROFS || rc == -EPERM) {
        err->code = ERR_PERMISSION;
        return ERR_PERMISSION;
    }
    return ERR_IO;
}

static int
make_folders(struct journal *j, struct error *err)
{
    const struct journal_disk *d = &j->disk;
    static const char *const names[] = {"journal", "snapshots"};
    if (j->o.read_only)
        return 0;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        int rc = d->folder_make(d->self, names[i]);
        if (rc != 0)
            return error_errno(err, -rc, "%s/%s", journal_disk_path(d), names[i]);
    }
    int rc = d->folder_sync(d->self, ".");
    return rc == 0 ? 0 : error_errno(err, -rc, "%s: sync of the folder", journal_disk_path(d));
}

/* Before the lock, which is a file too. */
static int
check_exists(const struct journal *j, struct error *err)
{
    struct segment_list l = {0};
    if (!j->o.existing)
        return 0;
    int rc = segment_list_read(&l, &j->disk, err);
    segment_list_free(&l);
    return rc;
}

static int
find_snapshot(struct journal *j, struct error *err)
{
    struct journal_snapshot *s = &j->snapshot;
    int rc = journal_snapshot_find(s, &j->disk, 0, &j->state.snapshots_bad, err);
    if (rc != 0)
        return rc == ERR_NOT_FOUND ? 0 : rc;
    j->covered_cmd_seq = s->head.cmd_seq;
    memcpy(j->covered_file, s->file, sizeof(j->covered_file));
    if (j->o.no_snapshot) {
        journal_snapshot_free(s);
        *s = (struct journal_snapshot){.bytes = NULL};
    }
    return 0;
}

static void
fill_state(struct journal *j)
{
    struct journal_state *s = &j->state;
    struct crash crash;
    struct error ignored;
    s->cmd_seq = j->place.cmd_seq;
    s->event_seq = j->place.event_seq;
    s->batch = j->place.batch;
    s->epoch = j->place.epoch;
    memcpy(s->chain_head, j->place.chain, sizeof(s->chain_head));
    s->clean = (j->last_flags & BATCH_CLEAN) != 0 || s->batch == 0;
    s->async = (j->last_flags & BATCH_ASYNC) != 0;
    s->tail_lost = s->async && !s->clean;
    s->snapshot_seq = j->snapshot.bytes != NULL ? j->snapshot.head.cmd_seq : 0;
    if (crash_read(&j->disk, &crash, &ignored) == 0) {
        s->crash_seq = crash.cmd_seq;
        memcpy(s->crash_text, crash.text, sizeof(s->crash_text));
    }
}

static int
open_all(struct journal *j, struct error *err)
{
    int rc = check_exists(j, err);
    if (rc == 0)
        rc = lock_folder(j, err);
    if (rc == 0)
        rc = make_folders(j, err);
    if (rc == 0)
        rc = prepare_open(j, err);
    if (rc == 0 && !index_open(&j->index))
        rc = error_set(err, ERR_NO_SPACE, "no memory for the journal's index");
    if (rc == 0)
        rc = find_snapshot(j, err);
    if (rc == 0)
        rc = journal_scan(j, err);
    int code = 0;
    if (rc == 0 && j->place.batch == 0)
        code = j->disk.random(j->disk.self, j->journal_id, sizeof(j->journal_id));
    if (code != 0)
        rc = error_errno(err, -code, "journal: no random number for its identity");
    if (rc != 0)
        return rc;
    writer_head_set(j, &j->place);
    fill_state(j);
    return 0;
}

int
journal_open(struct journal **out, const char *data_dir, const struct journal_options *o,
             struct error *err)
{
    struct error mine = {0};
    struct journal *j = aligned_alloc(128, (sizeof(*j) + 127) / 128 * 128);
    if (j == NULL)
        return error_set(err, ERR_NO_SPACE, "no memory for the journal");
    memset(j, 0, sizeof(*j));
    j->prepare.file = j->writer.file = j->writer.event_fd = -1;
    if (o != NULL)
        j->o = *o;
    int rc = check_options(&j->o, &mine);
    if (rc == 0 && j->o.disk != NULL) {
        j->disk = *j->o.disk;
    } else if (rc == 0) {
        rc = j->o.read_only || j->o.existing ? 0 : make_data_folder(data_dir, &mine);
        if (rc == 0)
            rc = journal_disk_open(&j->disk, data_dir, &mine);
        j->disk_own = rc == 0;
    }
    if (rc == 0)
        rc = open_all(j, &mine);
    if (rc != 0) {
        journal_close(j);
        return error_set(err, rc, "%s", mine.text);
    }
    *out = j;
    return 0;
}

void
journal_close(struct journal *j)
{
    if (j == NULL)
        return;
    crash_disarm(j);
    prepare_stop(j);
    writer_close(j);
    index_close(&j->index);
    journal_snapshot_free(&j->snapshot);
    free(j->voids);
    if (j->locked)
        j->disk.unlock(j->disk.self);
    if (j->disk_own)
        journal_disk_close(&j->disk);
    free(j);
}

void
journal_state(const struct journal *j, struct journal_state *out)
{
    *out = j->state;
}

void
journal_epoch_fill(const struct journal *j, struct command_epoch *epoch)
{
    const struct journal_state *s = &j->state;
    epoch->cmd.rec.epoch = s->epoch + 1;
    memcpy(epoch->chain_head, s->chain_head, sizeof(epoch->chain_head));
    epoch->unclean = !s->clean;
    epoch->tail_lost = s->tail_lost;
    epoch->replayed_seq = s->cmd_seq;
}

int
journal_writer_start(struct journal *j, const struct journal_writer_options *o, struct error *err)
{
    struct error mine = {0};
    CHECK(!j->o.read_only, "a journal that is only looked at");
    int rc = writer_open(j, o, &mine);
    if (rc == 0 && !j->o.prepare_off)
        rc = prepare_start(j, &mine);
    if (rc != 0)
        return error_set(err, rc, "%s", mine.text);
    crash_arm(j);
    return 0;
}

int
journal_drain(struct journal *j, struct error *err)
{
    return writer_flush(j, err);
}

int
journal_stop(struct journal *j, struct error *err)
{
    int rc = writer_flush(j, err);
    if (rc != 0)
        return rc;
    struct writer *w = &j->writer;
    if (w->file >= 0 && j->o.durability == JOURNAL_ASYNC) {
        int code = j->disk.sync(j->disk.self, w->file);
        if (code != 0)
            return error_errno(err, -code, "%s: sync", w->name);
        atomic_store_explicit(&j->prepare.synced_batch, j->place.batch, memory_order_release);
    }
    writer_append(j, NULL, BATCH_CLEAN);
    rc = writer_flush(j, err);
    w->started = false;
    return rc;
}
