#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/check.h"
#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "persist/journal/journal_priv.h"

/* Segments ahead of use. A spare is allocated, filled with zeros (a durable write into written
 * space costs half of one into space that is only allocated) and synced under the name .tmp, then
 * renamed to .zero: from then on it is fit for use after any crash. The writer takes it as it is;
 * its name follows behind, because a rename that waits for the file system would hold up the first
 * batch.
 *
 * Zeros go out in small pieces at a modest pace, faster only when the writer comes near. */
enum { PIECE_BYTES = 256 << 10, BEAT_NS = 100 * CLOCK_NS_PER_MS };

int
prepare_open(struct journal *j, struct error *err)
{
    struct prepare *p = &j->prepare;
    p->file = p->current_file = -1;
    p->zeros = aligned_alloc(JOURNAL_BLOCK_BYTES, PIECE_BYTES);
    if (p->zeros == NULL)
        return error_set(err, ERR_NO_SPACE, "no memory for preparing segments");
    memset(p->zeros, 0, PIECE_BYTES);
    bell_init(&p->bell, -1);
    return 0;
}

uint32_t
prepare_ready(const struct prepare *p)
{
    /* acquire: pairs with the other side's release; the side that counts sees its own exactly */
    return atomic_load_explicit(&p->ready_put, memory_order_acquire) -
           atomic_load_explicit(&p->ready_got, memory_order_acquire);
}

bool
prepare_take(struct prepare *p, struct spare *out)
{
    uint32_t got = atomic_load_explicit(&p->ready_got, memory_order_relaxed); /* ours */
    /* acquire: pairs with put_ready */
    if (atomic_load_explicit(&p->ready_put, memory_order_acquire) == got)
        return false;
    *out = p->ready[got % SPARE_MAX];
    atomic_store_explicit(&p->ready_got, got + 1, memory_order_release); /* prepare_ready */
    return true;
}

void
prepare_tell(struct prepare *p, const struct taken *t)
{
    uint32_t put = atomic_load_explicit(&p->taken_put, memory_order_relaxed); /* ours */
    /* Never full: there are no more messages than spares that were ready. */
    p->taken[put % SPARE_MAX] = *t;
    atomic_store_explicit(&p->taken_put, put + 1, memory_order_release); /* pairs with take_told */
    bell_ring(&p->bell);
}

static void
put_ready(struct prepare *p, const struct spare *s)
{
    uint32_t put = atomic_load_explicit(&p->ready_put, memory_order_relaxed); /* ours */
    p->ready[put % SPARE_MAX] = *s;
    atomic_store_explicit(&p->ready_put, put + 1, memory_order_release); /* pairs with take */
}

/* A sync or rename that fails is a failed write: the writer stops on it. */
static void
helper_fail(struct journal *j, int code, const char *what)
{
    LOG_E("journal", "%s: %s", what, strerror(-code));
    atomic_store_explicit(&j->prepare.sync_failed, (uint32_t)-code, memory_order_release);
    bell_ring(&j->writer.bell);
}

/* The writer began a segment: give it its name, and close the one before. */
static int
take_told(struct journal *j)
{
    struct prepare *p = &j->prepare;
    const struct journal_disk *d = &j->disk;
    uint32_t got = atomic_load_explicit(&p->taken_got, memory_order_relaxed); /* ours */
    /* acquire: pairs with prepare_tell */
    if (atomic_load_explicit(&p->taken_put, memory_order_acquire) == got)
        return 0;
    struct taken t = p->taken[got % SPARE_MAX];
    atomic_store_explicit(&p->taken_got, got + 1, memory_order_release);
    char from[SEGMENT_NAME_MAX], to[SEGMENT_NAME_MAX];
    spare_name(from, t.number, "zero");
    segment_name(to, t.first_cmd_seq);
    int rc = d->rename(d->self, from, to);
    if (rc == 0)
        rc = d->folder_sync(d->self, "journal");
    if (rc != 0)
        helper_fail(j, rc, to);
    if (t.old_file >= 0) {
        rc = j->o.durability == JOURNAL_ASYNC ? d->sync(d->self, t.old_file) : 0;
        if (rc != 0)
            helper_fail(j, rc, "sync of a segment");
        d->close(d->self, t.old_file);
    }
    p->current_file = t.file;
    return 1;
}

/* Async: what was written so far becomes durable, about ten times a second. */
static int
sync_behind(struct journal *j, int64_t mono_ns)
{
    struct prepare *p = &j->prepare;
    if (j->o.durability != JOURNAL_ASYNC || mono_ns < p->sync_ns)
        return 0;
    /* acquire: pairs with the writer's completion. What was told before it is in p->taken. */
    uint64_t batch = atomic_load_explicit(&j->writer.written_batch, memory_order_acquire);
    while (take_told(j) == 1)
        ;
    p->sync_ns = mono_ns + BEAT_NS;
    if (batch == atomic_load_explicit(&p->synced_batch, memory_order_relaxed) ||
        p->current_file < 0)
        return 0;
    int rc = j->disk.sync(j->disk.self, p->current_file);
    if (rc != 0)
        helper_fail(j, rc, "sync of a segment");
    else /* release: pairs with the writer, which writes it into the next batch's head */
        atomic_store_explicit(&p->synced_batch, batch, memory_order_release);
    return 1;
}

static void
give_up(struct journal *j, int code, int64_t mono_ns)
{
    struct prepare *p = &j->prepare;
    char name[SEGMENT_NAME_MAX];
    spare_name(name, p->number, "tmp");
    if (p->file >= 0) {
        j->disk.close(j->disk.self, p->file);
        (void)j->disk.remove(j->disk.self, name);
        p->file_cnt--;
    }
    p->file = -1;
    p->retry_ns = mono_ns + CLOCK_NS_PER_S;
    if (atomic_exchange_explicit(&p->no_space, 1, memory_order_release) == 0) {
        LOG_W("journal", "%s: no further segment can be prepared (%s): %" PRIu32 " ready", name,
              code == -EDQUOT ? "quota" : strerror(-code), prepare_ready(p));
        bell_ring(&j->writer.bell);
    }
}

static int
begin_spare(struct journal *j, int64_t mono_ns)
{
    struct prepare *p = &j->prepare;
    const struct journal_disk *d = &j->disk;
    if (mono_ns < p->retry_ns)
        return 0;
    char name[SEGMENT_NAME_MAX];
    p->number = p->next_number;
    spare_name(name, p->number, "tmp");
    if (j->o.quota_bytes != 0 && (p->file_cnt + 1) * j->o.segment_bytes > j->o.quota_bytes) {
        give_up(j, -EDQUOT, mono_ns);
        return 0;
    }
    int file = d->open(d->self, name, DISK_NEW_DIRECT);
    if (file < 0) {
        give_up(j, file, mono_ns);
        return 0;
    }
    p->file = file;
    p->offset = 0;
    p->file_cnt++;
    p->next_number++;
    int rc = d->allocate(d->self, file, j->o.segment_bytes);
    if (rc != 0) {
        give_up(j, rc, mono_ns);
        return 0;
    }
    return 1;
}

static int
finish_spare(struct journal *j, int64_t mono_ns)
{
    struct prepare *p = &j->prepare;
    const struct journal_disk *d = &j->disk;
    char from[SEGMENT_NAME_MAX], to[SEGMENT_NAME_MAX];
    spare_name(from, p->number, "tmp");
    spare_name(to, p->number, "zero");
    int rc = d->sync(d->self, p->file);
    if (rc == 0)
        rc = d->rename(d->self, from, to);
    if (rc == 0)
        rc = d->folder_sync(d->self, "journal");
    if (rc != 0) {
        give_up(j, rc, mono_ns);
        return 1;
    }
    struct spare s = {.file = p->file, .number = p->number};
    p->file = -1;
    put_ready(p, &s);
    if (atomic_exchange_explicit(&p->no_space, 0, memory_order_release) != 0)
        LOG_I("journal", "there is room again: %s is ready", to);
    bell_ring(&j->writer.bell); /* it may wait for this one */
    return 1;
}

static int
write_piece(struct journal *j, int64_t mono_ns)
{
    struct prepare *p = &j->prepare;
    uint64_t left = j->o.segment_bytes - p->offset;
    size_t bytes = left < PIECE_BYTES ? (size_t)left : PIECE_BYTES;
    int64_t n = j->disk.write(j->disk.self, p->file, p->zeros, bytes, p->offset);
    if (n <= 0 || n % JOURNAL_BLOCK_BYTES != 0) {
        give_up(j, n < 0 ? (int)n : -ENOSPC, mono_ns);
        return 0;
    }
    p->offset += (uint64_t)n;
    return p->offset == j->o.segment_bytes ? finish_spare(j, mono_ns) : 1;
}

int
prepare_adopt(struct journal *j, const struct spare_list *l, uint32_t segment_cnt,
              struct error *err)
{
    struct prepare *p = &j->prepare;
    p->file_cnt = segment_cnt + l->clean_cnt;
    for (uint32_t i = 0; i < l->clean_cnt; i++) {
        char name[SEGMENT_NAME_MAX];
        struct spare s = {.number = l->clean[i]};
        spare_name(name, s.number, "zero");
        s.file = j->disk.open(j->disk.self, name, DISK_DIRECT);
        if (s.file < 0)
            return error_errno(err, -s.file, "%s: open for writing", name);
        put_ready(p, &s);
        if (s.number >= p->next_number)
            p->next_number = s.number + 1;
    }
    return 0;
}

int
prepare_step(struct journal *j, int64_t mono_ns)
{
    struct prepare *p = &j->prepare;
    if (take_told(j) == 1 || sync_behind(j, mono_ns) == 1)
        return 1;
    if (p->file >= 0)
        return write_piece(j, mono_ns);
    if (prepare_ready(p) < j->o.segments_ahead + 1)
        return begin_spare(j, mono_ns);
    return 0;
}

int
journal_prepare_step(struct journal *j, int64_t mono_ns)
{
    return prepare_step(j, mono_ns);
}

int
prepare_first(struct journal *j, struct error *err)
{
    struct prepare *p = &j->prepare;
    p->retry_ns = 0;
    while (prepare_ready(p) == 0)
        if (prepare_step(j, clock_mono_ns()) == 0)
            return error_set(err, ERR_NO_SPACE,
                             "%s/journal: no room for a segment of %" PRIu64 " bytes%s",
                             journal_disk_path(&j->disk), j->o.segment_bytes,
                             j->o.quota_bytes != 0 ? " (or the quota is used up)" : "");
    return 0;
}

/* How long to pause after a piece: at the configured pace, or one and a half times as fast as the
 * writer goes, whichever is faster; not at all when the writer has nothing left to take. */
static int64_t
pause_ns(struct journal *j, int64_t mono_ns)
{
    struct prepare *p = &j->prepare;
    if (prepare_ready(p) == 0)
        return 0;
    uint64_t written = atomic_load_explicit(&j->writer.written_bytes, memory_order_relaxed);
    int64_t span = mono_ns - p->pace_ns;
    uint64_t rate = 0;
    if (span > 0)
        rate = (written - p->pace_bytes) * 1000000 / (uint64_t)(span / CLOCK_NS_PER_US + 1);
    if (span > CLOCK_NS_PER_S) {
        p->pace_ns = mono_ns;
        p->pace_bytes = written;
    }
    uint64_t pace = rate + rate / 2;
    if (pace < j->o.prepare_bytes_s)
        pace = j->o.prepare_bytes_s;
    CHECK(pace > 0, "no pace is set");
    return (int64_t)((uint64_t)PIECE_BYTES * CLOCK_NS_PER_S / pace);
}

static void *
helper(void *arg)
{
    struct journal *j = arg;
    struct prepare *p = &j->prepare;
    p->pace_ns = clock_mono_ns();
    /* acquire: pairs with prepare_stop */
    while (atomic_load_explicit(&p->stop, memory_order_acquire) == 0) {
        uint32_t seen = bell_seen(&p->bell);
        int64_t now = clock_mono_ns();
        int worked = prepare_step(j, now);
        int64_t until;
        if (worked != 0)
            until = now + (p->file >= 0 ? pause_ns(j, now) : 0);
        else if (p->retry_ns > now)
            until = p->retry_ns;
        else
            until = j->o.durability == JOURNAL_ASYNC ? now + BEAT_NS : INT64_MAX;
        if (worked == 0 && j->o.durability == JOURNAL_ASYNC && until > now + BEAT_NS)
            until = now + BEAT_NS;
        if (until > now)
            bell_wait(&p->bell, seen, until);
        else
            bell_cancel(&p->bell);
    }
    return NULL;
}

int
prepare_start(struct journal *j, struct error *err)
{
    struct prepare *p = &j->prepare;
    int rc = pthread_create(&p->thread, NULL, helper, j);
    if (rc != 0)
        return error_errno(err, rc, "journal: thread that prepares segments");
    p->running = true;
    return 0;
}

void
prepare_stop(struct journal *j)
{
    struct prepare *p = &j->prepare;
    if (p->running) {
        atomic_store_explicit(&p->stop, 1, memory_order_release); /* pairs with helper */
        bell_ring(&p->bell);
        (void)pthread_join(p->thread, NULL);
    }
    p->running = false;
    while (p->zeros != NULL && take_told(j) == 1)
        ;
    if (p->file >= 0) {
        char name[SEGMENT_NAME_MAX];
        spare_name(name, p->number, "tmp");
        j->disk.close(j->disk.self, p->file);
        (void)j->disk.remove(j->disk.self, name);
        p->file = -1;
    }
    for (struct spare s; prepare_take(p, &s);)
        j->disk.close(j->disk.self, s.file);
    free(p->zeros);
    p->zeros = NULL;
}
