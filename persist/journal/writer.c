#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "engine/base/check.h"
#include "engine/base/clock.h"
#include "engine/base/crc32c.h"
#include "engine/base/log.h"
#include "persist/journal/journal_priv.h"

/* The tile. One write is in flight at any time; while it flies, the next batch is copied from the
 * ring, sealed and hashed; when it lands, that batch leaves at once. So the size of a batch follows
 * the load, and nothing ever waits for a timer. */
enum { FILL_BYTES_MAX = 256 << 10, DRAIN_S = 30 };

static void
buffer_begin(struct journal *j, struct buffer *b)
{
    b->data_bytes = sizeof(struct record_batch);
    b->command_cnt = b->event_cnt = b->record_cnt = 0;
    b->last_cmd_seq = j->place.cmd_seq;
    b->last_event_seq = j->place.event_seq;
    b->epoch = j->place.epoch;
    b->flags = j->o.durability == JOURNAL_ASYNC ? BATCH_ASYNC : 0;
    sha256_init(&b->sha);
    sha256_update(&b->sha, j->place.chain, JOURNAL_CHAIN_BYTES);
}

static inline uint8_t *
buffer_batch(const struct buffer *b)
{
    return b->mem + JOURNAL_BLOCK_BYTES;
}

void
writer_fail(struct journal *j, int code, const char *what, uint64_t offset)
{
    struct writer *w = &j->writer;
    if (atomic_load_explicit(&w->failed, memory_order_relaxed) != 0) /* ours */
        return;
    if (code == 0)
        (void)error_set(&w->error, ERR_IO, "%s: write at byte %" PRIu64 ": %s", w->name, offset,
                        what);
    else
        (void)error_errno(&w->error, code, "%s: %s at byte %" PRIu64, w->name, what, offset);
    atomic_store_explicit(&w->failed, 1, memory_order_release); /* pairs with journal_failed */
    LOG_E("journal", "%s: nothing more is released, the engine must stop", w->error.text);
    if (w->mark != NULL)
        atomic_store_explicit(&w->mark->failed, 1, memory_order_release);
    if (w->failed_flag != NULL)
        metric_set(w->failed_flag, 1);
    for (uint32_t i = 0; i < w->bell_cnt; i++)
        bell_ring(w->bells[i]);
}

bool
journal_failed(const struct journal *j, struct error *out)
{
    /* acquire: pairs with writer_fail */
    if (atomic_load_explicit(&j->writer.failed, memory_order_acquire) == 0)
        return false;
    if (out != NULL)
        *out = j->writer.error;
    return true;
}

/* Takes one record that lies in the buffer already: its numbers and its CRC. */
static void
buffer_take(struct buffer *b, struct record *rec)
{
    bool numbered = rec->kind == RECORD_COMMAND;
    if (rec->kind == RECORD_VOID)
        numbered = ((struct record_void *)rec)->in_place != 0;
    if (numbered) {
        CHECK(rec->seq == b->last_cmd_seq + 1, "a command out of order");
        b->last_cmd_seq = rec->seq;
        b->command_cnt++;
    } else if (rec->kind == RECORD_EVENT) {
        CHECK(rec->seq == b->last_event_seq + 1, "an event out of order");
        b->last_event_seq = rec->seq;
        b->event_cnt++;
    } else {
        CHECK(rec->kind == RECORD_VOID, "a record of kind %d in the ring", rec->kind);
    }
    CHECK(rec->epoch >= b->epoch, "an epoch goes back");
    b->epoch = rec->epoch;
    b->record_cnt++;
    rec->crc32c = 0;
    rec->crc32c = crc32c(0, rec, rec->length_bytes); /* that field was zero */
}

void
writer_append(struct journal *j, struct record *rec, uint32_t flags)
{
    struct buffer *b = &j->writer.buffers[j->writer.filling];
    b->flags |= flags;
    if (rec == NULL) {
        b->record_cnt++; /* an empty batch: only its head counts */
        return;
    }
    uint8_t *at = buffer_batch(b) + b->data_bytes;
    memcpy(at, rec, rec->length_bytes);
    buffer_take(b, (struct record *)at);
    sha256_update(&b->sha, at, rec->length_bytes);
    b->data_bytes += rec->length_bytes;
}

/* How much of what the ring shows goes into this batch: whole commands with their events, as many
 * as fit. */
static uint32_t
measure(const struct buffer *b, const uint8_t *data, uint64_t bytes)
{
    uint32_t room = JOURNAL_BATCH_BYTES_MAX - JOURNAL_BLOCK_BYTES - b->data_bytes;
    uint32_t at = 0;
    while (at < bytes) {
        const struct record *rec = (const struct record *)(data + at);
        CHECK(rec->length_bytes >= sizeof(*rec) && rec->length_bytes <= RECORD_BYTES_MAX &&
                  rec->length_bytes % RECORD_ALIGN == 0 && at + rec->length_bytes <= bytes,
              "a record of %u bytes in the ring", rec->length_bytes);
        if (rec->kind == RECORD_COMMAND && (at + COMMAND_ROOM > room || at >= FILL_BYTES_MAX))
            break;
        if (at + rec->length_bytes > room)
            break;
        at += rec->length_bytes;
    }
    return at;
}

static uint32_t
fill(struct journal *j)
{
    struct writer *w = &j->writer;
    struct buffer *b = &w->buffers[w->filling];
    const uint8_t *data;
    uint64_t bytes = bcast_peek(&w->reader, UINT64_MAX, &data);
    if (bytes == 0)
        return 0;
    uint32_t take = measure(b, data, bytes);
    if (take == 0)
        return 0;
    uint8_t *to = buffer_batch(b) + b->data_bytes;
    memcpy(to, data, take);
    uint32_t cnt = b->record_cnt;
    for (uint32_t at = 0; at < take;) {
        struct record *rec = (struct record *)(to + at);
        if (rec->kind == RECORD_COMMAND && rec->seq == 1 &&
            rec->type == COMMAND_GENESIS) /* who we are from now on */
            memcpy(j->venue, ((struct command_genesis *)rec)->venue, sizeof(j->venue));
        buffer_take(b, rec);
        at += rec->length_bytes;
    }
    sha256_update(&b->sha, to, take);
    b->data_bytes += take;
    bcast_advance(&w->reader, take);
    b->ring_end = w->reader.pos;
    return b->record_cnt - cnt;
}

/* --- closing a batch and sending it --- */

static uint64_t
synced_batch(const struct journal *j)
{
    if (j->o.durability == JOURNAL_DURABLE)
        return j->place.batch; /* the one before has landed: only then the next is closed */
    /* acquire: pairs with sync_behind */
    return atomic_load_explicit(&j->prepare.synced_batch, memory_order_acquire);
}

static uint32_t
close_batch(struct journal *j, struct buffer *b)
{
    struct record_batch *head = (struct record_batch *)buffer_batch(b);
    uint32_t disk_bytes = batch_disk_bytes(b->data_bytes);
    *head = (struct record_batch){
        .rec = {.length_bytes = sizeof(*head),
                .kind = RECORD_BATCH,
                .version = RECORD_VERSION,
                .epoch = b->epoch,
                .seq = j->place.batch + 1},
        .disk_bytes = disk_bytes,
        .data_bytes = b->data_bytes,
        .command_cnt = b->command_cnt,
        .event_cnt = b->event_cnt,
        .last_cmd_seq = b->last_cmd_seq,
        .last_event_seq = b->last_event_seq,
        .synced_batch = synced_batch(j),
        .time_ns = j->disk.utc_ns(j->disk.self),
        .flags = b->flags,
    };
    memcpy(head->chain_prev, j->place.chain, sizeof(head->chain_prev));
    sha256_update(&b->sha, head, offsetof(struct record_batch, chain));
    sha256_final(&b->sha, head->chain);
    record_seal(&head->rec);
    batch_pad(buffer_batch(b), b->data_bytes, disk_bytes);
    return disk_bytes;
}

static void
write_segment_head(struct journal *j, struct buffer *b)
{
    struct record_segment *s = (struct record_segment *)b->mem;
    *s = (struct record_segment){
        .rec = {.length_bytes = sizeof(*s),
                .kind = RECORD_SEGMENT,
                .version = RECORD_VERSION,
                .epoch = b->epoch,
                .seq = j->place.cmd_seq + 1},
        .format = JOURNAL_FORMAT,
        .block_bytes = JOURNAL_BLOCK_BYTES,
        .segment_bytes = j->writer.segment_bytes,
        .first_cmd_seq = j->place.cmd_seq + 1,
        .first_event_seq = j->place.event_seq + 1,
        .first_batch = j->place.batch + 1,
        .time_ns = j->disk.utc_ns(j->disk.self),
        .synced_batch = synced_batch(j),
    };
    memcpy(s->journal_id, j->journal_id, sizeof(s->journal_id));
    memcpy(s->venue, j->venue, sizeof(s->venue));
    memcpy(s->chain_prev, j->place.chain, sizeof(s->chain_prev));
    record_seal(&s->rec);
    batch_pad(b->mem, sizeof(*s), JOURNAL_BLOCK_BYTES);
}

/* Room for the batch in the segment, or a spare to begin the next with. */
static bool
find_room(struct journal *j, const struct buffer *b, bool *new_segment)
{
    struct writer *w = &j->writer;
    *new_segment = w->file < 0 || w->offset + batch_disk_bytes(b->data_bytes) > w->segment_bytes;
    if (!*new_segment)
        return true;
    if (prepare_ready(&j->prepare) != 0) {
        w->stalled = false;
        return true;
    }
    if (!w->stalled) {
        w->stalled = true;
        bell_ring(&j->prepare.bell);
        LOG_W("journal", "no segment is ready: commands wait until there is one");
    }
    return false;
}

static void
take_segment(struct journal *j, struct buffer *b)
{
    struct writer *w = &j->writer;
    struct spare s;
    CHECK(prepare_take(&j->prepare, &s));
    struct taken t = {.old_file = w->file,
                      .file = s.file,
                      .number = s.number,
                      .first_cmd_seq = j->place.cmd_seq + 1};
    if (j->place.batch == 0) { /* the chain begins with who we are */
        segment_chain_begin(j->journal_id, j->venue, j->place.chain);
        sha256_init(&b->sha);
        sha256_update(&b->sha, j->place.chain, JOURNAL_CHAIN_BYTES);
        sha256_update(&b->sha, buffer_batch(b) + sizeof(struct record_batch),
                      b->data_bytes - sizeof(struct record_batch));
    }
    w->file = s.file;
    w->first_cmd_seq = t.first_cmd_seq;
    segment_name(w->name, w->first_cmd_seq);
    w->offset = JOURNAL_BLOCK_BYTES;
    w->segment_bytes = j->o.segment_bytes;
    write_segment_head(j, b);
    prepare_tell(&j->prepare, &t);
}

void
writer_head_set(struct journal *j, const struct batch_place *p)
{
    struct head_share *h = &j->writer.head;
    uint32_t version = atomic_load_explicit(&h->version, memory_order_relaxed); /* ours */
    uint64_t words[4];
    memcpy(words, p->chain, sizeof(words));
    /* A sequence lock: odd while storing. The stores below stay between the two of version: the
     * fence keeps them after the first, the release before the second; pairs with
     * journal_head. */
    atomic_store_explicit(&h->version, version + 1, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
    for (int i = 0; i < 4; i++)
        atomic_store_explicit(&h->words[i], words[i], memory_order_relaxed);
    atomic_store_explicit(&h->event_seq, p->event_seq, memory_order_relaxed);
    atomic_store_explicit(&h->cmd_seq, p->cmd_seq, memory_order_relaxed);
    atomic_store_explicit(&h->batch, p->batch, memory_order_relaxed);
    atomic_store_explicit(&h->epoch, p->epoch, memory_order_relaxed);
    atomic_store_explicit(&h->version, version + 2, memory_order_release);
}

static void
mark_advance(struct journal *j, const struct batch_place *p, uint64_t ring_end)
{
    struct writer *w = &j->writer;
    writer_head_set(j, p);
    if (w->mark == NULL)
        return;
    atomic_store_explicit(&w->mark->cmd_seq, p->cmd_seq, memory_order_relaxed);
    atomic_store_explicit(&w->mark->event_seq, p->event_seq, memory_order_relaxed);
    durable_time_note(w->mark, ring_end, clock_mono_ns());
    /* release: who sees the position sees what lies before it as durable */
    atomic_store_explicit(&w->mark->ring_pos, ring_end, memory_order_release);
    for (uint32_t i = 0; i < w->bell_cnt; i++)
        bell_ring(w->bells[i]);
}

void
journal_head(const struct journal *j, struct batch_place *out)
{
    const struct head_share *h = &j->writer.head;
    for (;;) {
        /* acquire, and the fence below: pair with writer_head_set */
        uint32_t version = atomic_load_explicit(&h->version, memory_order_acquire);
        uint64_t words[4];
        for (int i = 0; i < 4; i++)
            words[i] = atomic_load_explicit(&h->words[i], memory_order_relaxed);
        out->event_seq = atomic_load_explicit(&h->event_seq, memory_order_relaxed);
        out->cmd_seq = atomic_load_explicit(&h->cmd_seq, memory_order_relaxed);
        out->batch = atomic_load_explicit(&h->batch, memory_order_relaxed);
        out->epoch = atomic_load_explicit(&h->epoch, memory_order_relaxed);
        atomic_thread_fence(memory_order_acquire);
        if (version % 2 == 0 &&
            atomic_load_explicit(&h->version, memory_order_relaxed) == version) {
            memcpy(out->chain, words, sizeof(words));
            return;
        }
    }
}

uint64_t
journal_chain_head(const struct journal *j, uint8_t out[32])
{
    struct batch_place p;
    journal_head(j, &p);
    memcpy(out, p.chain, sizeof(p.chain));
    return p.event_seq;
}

/* No room ahead: new orders are refused while the rest of this segment and the reserve serve
 * cancels. */
static void
judge_room(struct journal *j)
{
    struct writer *w = &j->writer;
    if (w->mark == NULL)
        return;
    uint32_t ready = prepare_ready(&j->prepare);
    uint64_t room = w->file >= 0 ? w->segment_bytes - w->offset : 0;
    if (ready > 1)
        room += (ready - 1) * j->o.segment_bytes;
    /* acquire: pairs with give_up and finish_spare */
    bool no_space = atomic_load_explicit(&j->prepare.no_space, memory_order_acquire) != 0;
    uint32_t was = atomic_load_explicit(&w->mark->cancel_only, memory_order_relaxed); /* ours */
    /* Once on, it ends when a segment was prepared again: the reserve in use is no room. */
    uint32_t only = no_space && (was != 0 || room < j->o.segment_bytes / 4);
    if (only != was) {
        atomic_store_explicit(&w->mark->cancel_only, only, memory_order_release);
        if (only)
            LOG_W("journal", "no room on disk: only cancels from now on");
        else
            LOG_I("journal", "room on disk: orders again");
        for (uint32_t i = 0; i < w->bell_cnt; i++)
            bell_ring(w->bells[i]);
    }
    if (w->spare_cnt != NULL) {
        metric_set(w->spare_cnt, ready);
        metric_set(w->cancel_only, only);
    }
}

static bool
submit(struct journal *j)
{
    struct writer *w = &j->writer;
    struct buffer *b = &w->buffers[w->filling];
    bool new_segment;
    if (b->record_cnt == 0 || !find_room(j, b, &new_segment))
        return false;
    if (new_segment)
        take_segment(j, b);
    uint32_t bytes = close_batch(j, b);
    const struct record_batch *head = (const struct record_batch *)buffer_batch(b);
    struct index_entry e = {.cmd_seq = j->place.cmd_seq,
                            .event_seq = j->place.event_seq,
                            .first_cmd_seq = w->first_cmd_seq,
                            .offset = w->offset};
    index_add(&j->index, &e);
    size_t from = new_segment ? 0 : JOURNAL_BLOCK_BYTES;
    w->flying_buffer = w->filling;
    w->flying_offset = new_segment ? 0 : w->offset;
    w->flying_bytes = bytes + (new_segment ? JOURNAL_BLOCK_BYTES : 0);
    w->flying_ring_end = b->ring_end;
    w->flying_ns = clock_mono_ns();
    bool durable = j->o.durability == JOURNAL_DURABLE || (b->flags & BATCH_CLEAN) != 0;
    int rc = j->disk.writer_submit(j->disk.self, w->file, w->filling, from, w->flying_bytes,
                                   w->flying_offset, durable);
    if (rc != 0) {
        writer_fail(j, -rc, "handing a write to the kernel", w->flying_offset);
        return true;
    }
    w->flying = true;
    w->offset += bytes;
    batch_place_advance(&j->place, head);
    w->flying_place = j->place;
    j->last_flags = head->flags;
    w->filling ^= 1;
    w->buffers[w->filling].ring_end = b->ring_end;
    buffer_begin(j, &w->buffers[w->filling]);
    judge_room(j);
    return true;
}

static bool
land(struct journal *j)
{
    struct writer *w = &j->writer;
    int64_t result;
    if (j->disk.writer_reap(j->disk.self, &result) == 0)
        return false;
    w->flying = false;
    if (result < 0) {
        writer_fail(j, (int)-result, "write", w->flying_offset);
        return true;
    }
    if ((uint64_t)result != w->flying_bytes) {
        char text[96];
        (void)snprintf(text, sizeof(text), "short: %" PRId64 " of %" PRIu64 " bytes", result,
                       w->flying_bytes);
        writer_fail(j, 0, text, w->flying_offset);
        return true;
    }
    /* release: pairs with sync_behind */
    atomic_store_explicit(&w->written_batch, w->flying_place.batch, memory_order_release);
    atomic_store_explicit(&w->written_bytes,
                          atomic_load_explicit(&w->written_bytes, memory_order_relaxed) +
                              w->flying_bytes,
                          memory_order_relaxed); /* for pace and metrics only */
    mark_advance(j, &w->flying_place, w->flying_ring_end);
    if (w->batch_cnt != NULL) {
        int64_t took = clock_mono_ns() - w->flying_ns;
        metric_add(w->batch_cnt, 1);
        metric_add(w->byte_cnt, (int64_t)w->flying_bytes);
        if (took > metric_get(w->write_max_ns))
            metric_set(w->write_max_ns, took);
    }
    return true;
}

static uint32_t
tile_poll(void *self, int64_t mono_ns)
{
    (void)mono_ns;
    struct journal *j = self;
    struct writer *w = &j->writer;
    if (atomic_load_explicit(&w->failed, memory_order_relaxed) != 0) /* ours */
        return 0;
    uint32_t work = 0;
    if (w->flying && land(j))
        work++;
    if (atomic_load_explicit(&w->failed, memory_order_relaxed) != 0)
        return work; /* that write failed: nothing goes out behind it */
    if (w->started)
        work += fill(j);
    if (!w->flying && submit(j))
        work++;
    return work;
}

static void
tile_housekeep(void *self, int64_t mono_ns)
{
    (void)mono_ns;
    struct journal *j = self;
    /* acquire: pairs with helper_fail */
    uint32_t code = atomic_load_explicit(&j->prepare.sync_failed, memory_order_acquire);
    if (code != 0)
        writer_fail(j, (int)code, "sync", j->writer.offset);
    judge_room(j);
}

static void
tile_wait(void *self, uint32_t seen, int64_t deadline_mono_ns)
{
    (void)seen; /* the eventfd keeps a ring that came before the sleep */
    struct journal *j = self;
    if (j->writer.flying) /* whatever comes leaves only when this write has landed */
        bell_cancel(&j->writer.bell);
    j->disk.writer_wait(j->disk.self, deadline_mono_ns);
    bell_cancel(&j->writer.bell);
}

const struct tile_ops *
journal_tile_ops(void)
{
    static const struct tile_ops ops = {
        .name = "journal", .poll = tile_poll, .housekeep = tile_housekeep, .wait = tile_wait};
    return &ops;
}

struct bell *
journal_bell(struct journal *j)
{
    return &j->writer.bell;
}

/* Until nothing is left in ring, buffer and air. */
int
writer_flush(struct journal *j, struct error *err)
{
    struct writer *w = &j->writer;
    int64_t deadline = clock_mono_ns() + DRAIN_S * (int64_t)CLOCK_NS_PER_S;
    for (;;) {
        int64_t now = clock_mono_ns();
        if (tile_poll(j, now) != 0)
            continue;
        tile_housekeep(j, now);
        if (journal_failed(j, err))
            return err != NULL ? err->code : ERR_IO;
        if (!w->flying && w->buffers[w->filling].record_cnt == 0)
            return 0;
        if (now > deadline)
            return error_set(err, ERR_NO_SPACE,
                             "%s: what is left cannot be written: no segment is ready", w->name);
        if (!j->prepare.running && prepare_step(j, now) != 0)
            continue;
        j->disk.writer_wait(j->disk.self, now + CLOCK_NS_PER_MS);
    }
}

static void
add_metrics(struct writer *w, struct metrics *m)
{
    if (m == NULL)
        return;
    w->batch_cnt = metrics_add(m, METRIC_COUNTER, "assay_journal_batches_total", "");
    w->byte_cnt = metrics_add(m, METRIC_COUNTER, "assay_journal_bytes_total", "");
    w->write_max_ns = metrics_add(m, METRIC_GAUGE, "assay_journal_write_max_ns", "");
    w->spare_cnt = metrics_add(m, METRIC_GAUGE, "assay_journal_spare_segments", "");
    w->failed_flag = metrics_add(m, METRIC_GAUGE, "assay_journal_failed", "");
    w->cancel_only = metrics_add(m, METRIC_GAUGE, "assay_journal_cancel_only", "");
}

static int
open_tail(struct journal *j, struct error *err)
{
    struct writer *w = &j->writer;
    w->file = -1;
    (void)snprintf(w->name, sizeof(w->name), "journal");
    if (!j->have_segment)
        return 0;
    segment_name(w->name, j->tail_first_cmd_seq);
    int file = j->disk.open(j->disk.self, w->name, DISK_DIRECT);
    if (file < 0)
        return error_errno(err, -file, "%s: open for writing", w->name);
    w->file = file;
    w->first_cmd_seq = j->tail_first_cmd_seq;
    w->offset = j->tail_offset;
    w->segment_bytes = j->tail_segment_bytes;
    j->prepare.current_file = file;
    return 0;
}

static int
open_buffers(struct journal *j, struct error *err)
{
    struct writer *w = &j->writer;
    j->writer_memory = aligned_alloc(JOURNAL_BLOCK_BYTES, 2 * (size_t)BUFFER_BYTES);
    if (j->writer_memory == NULL)
        return error_set(err, ERR_NO_SPACE, "no memory for the journal's buffers");
    memset(j->writer_memory, 0, 2 * (size_t)BUFFER_BYTES);
    void *mem[2];
    for (int i = 0; i < 2; i++) {
        mem[i] = (uint8_t *)j->writer_memory + (size_t)i * BUFFER_BYTES;
        w->buffers[i].mem = mem[i];
    }
    w->event_fd = eventfd(0, EFD_CLOEXEC);
    if (w->event_fd < 0)
        return error_errno(err, errno, "journal: eventfd");
    bell_init(&w->bell, w->event_fd);
    int rc = j->disk.writer_open(j->disk.self, mem, BUFFER_BYTES, w->event_fd);
    if (rc != 0)
        return error_errno(err, -rc,
                           "journal: io_uring (is it allowed here? see "
                           "/proc/sys/kernel/io_uring_disabled, seccomp)");
    w->ring_open = true;
    return 0;
}

int
writer_open(struct journal *j, const struct journal_writer_options *o, struct error *err)
{
    struct writer *w = &j->writer;
    CHECK(!w->ring_open, "the writer is open");
    int rc = open_buffers(j, err);
    if (rc == 0)
        rc = open_tail(j, err);
    if (rc != 0)
        return rc;
    bool enough = w->file >= 0 && w->offset + JOURNAL_BLOCK_BYTES <= w->segment_bytes;
    if (!enough && prepare_ready(&j->prepare) == 0)
        rc = prepare_first(j, err);
    if (rc == 0 && o != NULL)
        rc = bcast_reader_open(&w->reader, o->ring, true, err);
    if (rc != 0)
        return rc;
    uint64_t ring_pos = 0;
    if (o != NULL) {
        CHECK(o->bell_cnt <= JOURNAL_BELLS_MAX);
        w->mark = o->mark;
        memcpy(w->bells, o->bells, sizeof(w->bells));
        w->bell_cnt = o->bell_cnt;
        add_metrics(w, o->metrics);
        ring_pos = w->reader.pos;
    }
    atomic_store_explicit(&w->written_batch, j->place.batch, memory_order_relaxed);
    atomic_store_explicit(&j->prepare.synced_batch, j->place.batch, memory_order_relaxed);
    w->buffers[0].ring_end = ring_pos;
    buffer_begin(j, &w->buffers[0]);
    mark_advance(j, &j->place, ring_pos);
    w->started = o != NULL;
    return 0;
}

void
writer_close(struct journal *j)
{
    struct writer *w = &j->writer;
    int64_t result;
    while (w->flying && j->disk.writer_reap(j->disk.self, &result) == 0)
        j->disk.writer_wait(j->disk.self, clock_mono_ns() + CLOCK_NS_PER_MS);
    if (w->ring_open) {
        j->disk.writer_close(j->disk.self);
        if (w->event_fd >= 0)
            (void)close(w->event_fd);
        if (w->started)
            bcast_reader_close(&w->reader);
        if (w->file >= 0)
            j->disk.close(j->disk.self, w->file);
    }
    w->ring_open = w->started = w->flying = false;
    w->file = -1;
    free(j->writer_memory);
    j->writer_memory = NULL;
}
