#include "persist/journal/batch.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/crc32c.h"
#include "engine/base/error.h"
#include "engine/base/sha256.h"
#include "engine/model/command.h"
#include "engine/model/event.h"

_Static_assert((int)JOURNAL_CHAIN_BYTES == (int)SHA256_BYTES, "the chain is SHA-256");

enum { CRC_OFFSET = offsetof(struct record, crc32c) };

static int fault(struct batch_fault *f, int code, uint64_t offset, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

static int
fault(struct batch_fault *f, int code, uint64_t offset, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    f->offset = offset;
    (void)vsnprintf(f->text, sizeof(f->text), fmt, args);
    va_end(args);
    return code;
}

uint32_t
record_crc(const struct record *rec)
{
    static const uint8_t zero[4];
    const uint8_t *bytes = (const uint8_t *)rec;
    uint32_t crc = crc32c(0, bytes, CRC_OFFSET);
    crc = crc32c(crc, zero, sizeof(zero));
    return crc32c(crc, bytes + CRC_OFFSET + 4, rec->length_bytes - CRC_OFFSET - 4);
}

void
record_seal(struct record *rec)
{
    rec->crc32c = record_crc(rec);
}

bool
bytes_are_zero(const void *bytes, size_t length)
{
    const uint8_t *at = bytes;
    return length == 0 || (at[0] == 0 && memcmp(at, at + 1, length - 1) == 0);
}

/* A record whose first 24 bytes can be read and of which at most `room` bytes lie there. */
static int
check_record(const struct record *rec, uint64_t room, uint64_t room_max, uint64_t offset,
             struct batch_fault *f)
{
    uint32_t length = rec->length_bytes;
    if (length < sizeof(struct record) || length % RECORD_ALIGN != 0 || length > room_max)
        return fault(f, ERR_CORRUPT, offset,
                     "length of a record: expected a multiple of 8 from 24 to %" PRIu64
                     ", found %" PRIu32,
                     room_max, length);
    if (length > room)
        return fault(f, ERR_CORRUPT, offset,
                     "length of a record: expected at most the %" PRIu64
                     " bytes that are left, found %" PRIu32,
                     room, length);
    uint32_t crc = record_crc(rec);
    if (crc != rec->crc32c)
        return fault(f, ERR_CORRUPT, offset + CRC_OFFSET,
                     "CRC of a record: expected %08" PRIx32 ", found %08" PRIx32, crc, rec->crc32c);
    return 0;
}

static int
check_pad(const uint8_t *bytes, uint64_t length, uint64_t offset, struct batch_fault *f)
{
    if (length == 0)
        return 0;
    const struct record *rec = (const struct record *)bytes;
    if (length < sizeof(struct record_pad))
        return fault(f, ERR_CORRUPT, offset, "padding: expected at least 24 bytes, found %" PRIu64,
                     length);
    int rc = check_record(rec, length, length, offset, f);
    if (rc != 0)
        return rc;
    if (rec->kind != RECORD_PAD || rec->length_bytes != length ||
        !bytes_are_zero(bytes + sizeof(*rec), length - sizeof(*rec)))
        return fault(f, ERR_CORRUPT, offset,
                     "padding: expected one record of kind %d and %" PRIu64
                     " bytes, zero inside, found kind %d and %" PRIu32 " bytes",
                     RECORD_PAD, length, rec->kind, rec->length_bytes);
    return 0;
}

int
segment_check(const void *block, const struct record_segment **out, struct batch_fault *f)
{
    const struct record_segment *s = block;
    int rc = check_record(&s->rec, JOURNAL_BLOCK_BYTES, JOURNAL_BLOCK_BYTES, 0, f);
    if (rc != 0)
        return rc;
    if (s->rec.kind != RECORD_SEGMENT)
        return fault(f, ERR_CORRUPT, offsetof(struct record, kind),
                     "kind of the first record: expected %d (head of a segment), found %d",
                     RECORD_SEGMENT, s->rec.kind);
    if (s->format != JOURNAL_FORMAT)
        return fault(f, ERR_UNSUPPORTED, offsetof(struct record_segment, format),
                     "format: expected %d, found %" PRIu32, JOURNAL_FORMAT, s->format);
    if (s->rec.length_bytes != sizeof(*s) || s->block_bytes != JOURNAL_BLOCK_BYTES ||
        s->segment_bytes % JOURNAL_BLOCK_BYTES != 0 || s->segment_bytes < 2 * JOURNAL_BLOCK_BYTES ||
        s->first_batch == 0 || s->first_cmd_seq == 0 || s->first_event_seq == 0 ||
        s->rec.seq != s->first_cmd_seq)
        return fault(f, ERR_CORRUPT, 0, "head of a segment: its fields contradict each other");
    rc = check_pad((const uint8_t *)block + sizeof(*s), JOURNAL_BLOCK_BYTES - sizeof(*s),
                   sizeof(*s), f);
    if (rc == 0)
        *out = s;
    return rc;
}

static int
check_chain(const uint8_t expected[JOURNAL_CHAIN_BYTES], const uint8_t found[JOURNAL_CHAIN_BYTES],
            uint64_t offset, const char *what, struct batch_fault *f)
{
    if (memcmp(expected, found, JOURNAL_CHAIN_BYTES) == 0)
        return 0;
    uint64_t e, g;
    memcpy(&e, expected, sizeof(e));
    memcpy(&g, found, sizeof(g));
    return fault(f, ERR_CORRUPT, offset,
                 "%s: expected it to begin with %016" PRIx64 ", found %016" PRIx64, what,
                 __builtin_bswap64(e), __builtin_bswap64(g));
}

static int
check_number(const char *what, uint64_t expected, uint64_t found, uint64_t offset,
             struct batch_fault *f)
{
    if (expected == found)
        return 0;
    return fault(f, ERR_CORRUPT, offset, "%s: expected %" PRIu64 ", found %" PRIu64, what, expected,
                 found);
}

int
segment_check_place(const struct record_segment *s, const struct batch_place *at,
                    struct batch_fault *f)
{
    int rc = check_number("first command of the segment", at->cmd_seq + 1, s->first_cmd_seq,
                          offsetof(struct record_segment, first_cmd_seq), f);
    if (rc == 0)
        rc = check_number("first event of the segment", at->event_seq + 1, s->first_event_seq,
                          offsetof(struct record_segment, first_event_seq), f);
    if (rc == 0)
        rc = check_number("first batch of the segment", at->batch + 1, s->first_batch,
                          offsetof(struct record_segment, first_batch), f);
    if (rc == 0)
        rc = check_chain(at->chain, s->chain_prev, offsetof(struct record_segment, chain_prev),
                         "chain before the segment", f);
    return rc;
}

void
segment_chain_begin(const uint8_t journal_id[JOURNAL_ID_BYTES],
                    const char venue[JOURNAL_VENUE_BYTES], uint8_t out[JOURNAL_CHAIN_BYTES])
{
    struct sha256 sha;
    sha256_init(&sha);
    sha256_update(&sha, journal_id, JOURNAL_ID_BYTES);
    sha256_update(&sha, venue, JOURNAL_VENUE_BYTES);
    sha256_final(&sha, out);
}

int
batch_check_head(const void *bytes, struct batch_fault *f)
{
    const struct record_batch *b = bytes;
    int rc = check_record(&b->rec, JOURNAL_BLOCK_BYTES, JOURNAL_BLOCK_BYTES, 0, f);
    if (rc != 0)
        return rc;
    if (b->rec.kind != RECORD_BATCH || b->rec.length_bytes != sizeof(*b) ||
        b->rec.version != RECORD_VERSION)
        return fault(f, ERR_CORRUPT, offsetof(struct record, kind),
                     "head of a batch: expected kind %d, version %d, %zu bytes, found kind %d, "
                     "version %d, %" PRIu32 " bytes",
                     RECORD_BATCH, RECORD_VERSION, sizeof(*b), b->rec.kind, b->rec.version,
                     b->rec.length_bytes);
    if (b->disk_bytes > JOURNAL_BATCH_BYTES_MAX || b->data_bytes < sizeof(*b) ||
        b->data_bytes > b->disk_bytes || b->disk_bytes != batch_disk_bytes(b->data_bytes))
        return fault(f, ERR_CORRUPT, offsetof(struct record_batch, disk_bytes),
                     "head of a batch: %" PRIu32 " bytes of data do not take %" PRIu32
                     " bytes on disk",
                     b->data_bytes, b->disk_bytes);
    return 0;
}

/* Numbers within a batch: what precedes it follows from its last numbers and its counts. */
struct run {
    uint64_t cmd_seq, event_seq;
    uint32_t command_cnt, event_cnt, epoch;
};

static int
check_number_of(const struct record *rec, struct run *run, uint64_t offset, struct batch_fault *f)
{
    uint64_t seq_at = offset + offsetof(struct record, seq);
    bool in_place = false;
    switch (rec->kind) {
    case RECORD_EVENT:
        run->event_cnt++;
        run->event_seq++;
        if (rec->length_bytes < sizeof(struct event))
            return fault(f, ERR_CORRUPT, offset, "length of an event: found %" PRIu32,
                         rec->length_bytes);
        if (check_number("command of an event", run->cmd_seq, ((const struct event *)rec)->cmd_seq,
                         offset + offsetof(struct event, cmd_seq), f) != 0)
            return ERR_CORRUPT;
        return check_number("event sequence", run->event_seq, rec->seq, seq_at, f);
    case RECORD_VOID:
        if (rec->length_bytes != sizeof(struct record_void))
            return fault(f, ERR_CORRUPT, offset, "length of a void record: found %" PRIu32,
                         rec->length_bytes);
        in_place = ((const struct record_void *)rec)->in_place != 0;
        break;
    case RECORD_COMMAND:
        if (rec->length_bytes < sizeof(struct command))
            return fault(f, ERR_CORRUPT, offset, "length of a command: found %" PRIu32,
                         rec->length_bytes);
        in_place = true;
        break;
    default:
        return fault(f, ERR_CORRUPT, offset + offsetof(struct record, kind),
                     "kind of a record in a batch: expected a command, an event or a void record, "
                     "found %d",
                     rec->kind);
    }
    if (in_place) {
        run->command_cnt++;
        run->cmd_seq++;
    }
    return check_number("command sequence", run->cmd_seq, rec->seq, seq_at, f);
}

static int
check_records(const struct record_batch *b, const uint8_t *bytes, struct batch_fault *f)
{
    struct run run = {.cmd_seq = b->last_cmd_seq - b->command_cnt,
                      .event_seq = b->last_event_seq - b->event_cnt};
    uint64_t at = sizeof(*b);
    while (at < b->data_bytes) {
        const struct record *rec = (const struct record *)(bytes + at);
        uint64_t room = b->data_bytes - at;
        if (room < sizeof(*rec))
            return fault(f, ERR_CORRUPT, at, "%" PRIu64 " bytes left over in a batch", room);
        int rc = check_record(rec, room, RECORD_BYTES_MAX, at, f);
        if (rc == 0)
            rc = check_number_of(rec, &run, at, f);
        if (rc == 0 && rec->epoch < run.epoch)
            rc = fault(f, ERR_CORRUPT, at + offsetof(struct record, epoch),
                       "epoch of a record: expected at least %" PRIu32 ", found %" PRIu32,
                       run.epoch, rec->epoch);
        if (rc != 0)
            return rc;
        run.epoch = rec->epoch;
        at += rec->length_bytes;
    }
    if (run.command_cnt != b->command_cnt || run.event_cnt != b->event_cnt)
        return fault(f, ERR_CORRUPT, offsetof(struct record_batch, command_cnt),
                     "counts of a batch: expected %" PRIu32 " commands and %" PRIu32
                     " events, found %" PRIu32 " and %" PRIu32,
                     b->command_cnt, b->event_cnt, run.command_cnt, run.event_cnt);
    return 0;
}

int
batch_check_body(const void *bytes, struct batch_fault *f)
{
    const struct record_batch *b = bytes;
    const uint8_t *at = bytes;
    int rc = check_records(b, at, f);
    if (rc == 0)
        rc = check_pad(at + b->data_bytes, b->disk_bytes - b->data_bytes, b->data_bytes, f);
    if (rc != 0)
        return rc;
    struct record_batch head = *b;
    head.rec.crc32c = 0;
    uint8_t chain[JOURNAL_CHAIN_BYTES];
    struct sha256 sha;
    sha256_init(&sha);
    sha256_update(&sha, b->chain_prev, JOURNAL_CHAIN_BYTES);
    sha256_update(&sha, at + sizeof(*b), b->data_bytes - sizeof(*b));
    sha256_update(&sha, &head, offsetof(struct record_batch, chain));
    sha256_final(&sha, chain);
    return check_chain(chain, b->chain, offsetof(struct record_batch, chain), "chain of a batch",
                       f);
}

int
batch_check_place(const struct record_batch *b, const struct batch_place *at, struct batch_fault *f)
{
    int rc = check_number("number of a batch", at->batch + 1, b->rec.seq,
                          offsetof(struct record, seq), f);
    if (rc == 0)
        rc = check_number("last command of a batch", at->cmd_seq + b->command_cnt, b->last_cmd_seq,
                          offsetof(struct record_batch, last_cmd_seq), f);
    if (rc == 0)
        rc = check_number("last event of a batch", at->event_seq + b->event_cnt, b->last_event_seq,
                          offsetof(struct record_batch, last_event_seq), f);
    if (rc == 0)
        rc = check_chain(at->chain, b->chain_prev, offsetof(struct record_batch, chain_prev),
                         "chain before a batch", f);
    if (rc == 0 && b->rec.epoch < at->epoch)
        rc = fault(f, ERR_CORRUPT, offsetof(struct record, epoch),
                   "epoch of a batch: expected at least %" PRIu32 ", found %" PRIu32, at->epoch,
                   b->rec.epoch);
    return rc;
}

void
batch_place_advance(struct batch_place *at, const struct record_batch *b)
{
    at->batch = b->rec.seq;
    at->cmd_seq = b->last_cmd_seq;
    at->event_seq = b->last_event_seq;
    at->epoch = b->rec.epoch;
    memcpy(at->chain, b->chain, JOURNAL_CHAIN_BYTES);
}

uint32_t
batch_disk_bytes(uint32_t data_bytes)
{
    uint32_t over = data_bytes % JOURNAL_BLOCK_BYTES;
    if (over == 0)
        return data_bytes;
    uint32_t pad = JOURNAL_BLOCK_BYTES - over;
    return data_bytes + pad + (pad < sizeof(struct record_pad) ? JOURNAL_BLOCK_BYTES : 0);
}

void
batch_pad(uint8_t *batch, uint32_t data_bytes, uint32_t disk_bytes)
{
    if (disk_bytes == data_bytes)
        return;
    memset(batch + data_bytes, 0, disk_bytes - data_bytes);
    struct record *rec = (struct record *)(batch + data_bytes);
    rec->length_bytes = disk_bytes - data_bytes;
    rec->kind = RECORD_PAD;
    rec->version = RECORD_VERSION;
    record_seal(rec);
}
