#include "engine/stream/stream_msg.h"

#include <string.h>

void
stream_filter_init(struct stream_filter *f, uint8_t audience, void *out, size_t room)
{
    *f = (struct stream_filter){.out = out, .room = room, .audience = audience};
}

static bool
add_skip(struct stream_filter *f, const struct event *ev)
{
    if (f->open_skip) {
        f->open_skip->cnt++;
        return true;
    }
    if (f->room - f->bytes < sizeof(struct record_skip))
        return false;
    struct record_skip *skip = (struct record_skip *)(void *)(f->out + f->bytes);
    *skip = (struct record_skip){.rec = {.length_bytes = sizeof *skip,
                                         .kind = RECORD_SKIP,
                                         .version = RECORD_VERSION,
                                         .epoch = ev->rec.epoch,
                                         .seq = ev->rec.seq},
                                 .cnt = 1};
    f->bytes += sizeof *skip;
    f->record_cnt++;
    f->open_skip = skip;
    return true;
}

bool
stream_filter_add(struct stream_filter *f, const struct event *ev)
{
    if (ev->audience > f->audience)
        return add_skip(f, ev);
    if (f->room - f->bytes < ev->rec.length_bytes)
        return false;
    struct event *copy = (struct event *)(void *)(f->out + f->bytes);
    memcpy(copy, ev, ev->rec.length_bytes);
    copy->rec.crc32c = 0; /* the journal's affair */
    f->bytes += ev->rec.length_bytes;
    f->record_cnt++;
    f->open_skip = NULL;
    return true;
}

void
stream_msg_init(struct stream_msg *m, uint8_t audience, uint32_t epoch, uint64_t first_seq)
{
    *m = (struct stream_msg){.audience = audience,
                             .magic = STREAM_MAGIC,
                             .version = STREAM_VERSION,
                             .epoch = epoch,
                             .length_bytes = sizeof *m,
                             .first_seq = first_seq,
                             .last_seq = first_seq - 1};
}

/* The length of a well-formed record at `at`, and how many events it stands for; 0 when it is not
 * well formed. */
static uint32_t
record_span(const uint8_t *at, size_t left, uint64_t *cnt)
{
    struct record rec;
    if (left < sizeof rec)
        return 0;
    memcpy(&rec, at, sizeof rec);
    if (rec.length_bytes > left || rec.length_bytes < sizeof rec || rec.length_bytes % RECORD_ALIGN)
        return 0;
    if (rec.kind == RECORD_SKIP && rec.length_bytes == sizeof(struct record_skip)) {
        memcpy(cnt, at + offsetof(struct record_skip, cnt), sizeof *cnt);
        return *cnt ? rec.length_bytes : 0;
    }
    *cnt = 1;
    return event_check_form(at, rec.length_bytes) == 0 ? rec.length_bytes : 0;
}

int
stream_msg_check(const void *bytes, size_t length, struct error *err)
{
    struct stream_msg m;
    if (length < sizeof m)
        return error_set(err, ERR_CORRUPT, "stream message: %zu bytes, expected at least %zu",
                         length, sizeof m);
    memcpy(&m, bytes, sizeof m);
    if (m.magic != STREAM_MAGIC || m.length_bytes != length)
        return error_set(err, ERR_CORRUPT, "stream message: not one of this venue's");
    if (m.version != STREAM_VERSION)
        return error_set(err, ERR_UNSUPPORTED, "stream message: version %u, expected %d", m.version,
                         STREAM_VERSION);
    const uint8_t *at = (const uint8_t *)bytes + sizeof m, *end = (const uint8_t *)bytes + length;
    uint64_t seq = m.first_seq;
    for (uint32_t i = 0; i < m.record_cnt; i++) {
        uint64_t cnt = 0, record_seq;
        uint32_t n = record_span(at, (size_t)(end - at), &cnt);
        if (!n)
            return error_set(err, ERR_CORRUPT, "stream message: record %u is damaged", i);
        memcpy(&record_seq, at + offsetof(struct record, seq), sizeof record_seq);
        if (record_seq != seq || cnt > m.last_seq - seq + 1)
            return error_set(err, ERR_CORRUPT, "stream message: event %llu, expected %llu",
                             (unsigned long long)record_seq, (unsigned long long)seq);
        seq += cnt;
        at += n;
    }
    if (at != end || seq != m.last_seq + 1)
        return error_set(err, ERR_CORRUPT, "stream message: does not cover what it announces");
    return 0;
}
