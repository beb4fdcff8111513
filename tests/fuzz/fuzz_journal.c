/* Bytes from a disk: whatever lies in a segment, a snapshot or the crash marker, opening and
 * reading never crash and always come to an end.
 *
 * The first byte chooses: a segment of the input's own bytes; a good journal with the input's
 * changes, its CRCs made right again or not; a snapshot; the crash marker. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/check.h"
#include "engine/base/log.h"
#include "engine/model/event.h"
#include "persist/journal/batch.h"
#include "persist/journal/journal.h"
#include "persist/journal/reader.h"
#include "persist/journal/snapshot.h"
#include "tests/support/fake_disk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { IMAGE_BYTES = 32 << 10, SEGMENT_BYTES = 2 << 20, RECORDS_MAX = 100000 };

static uint8_t image[IMAGE_BYTES]; /* a good journal: one segment */
static struct seed seed = {1};

static void
commit(struct bcast_ring *ring, uint64_t seq)
{
    struct {
        struct command cmd;
        struct event ev;
    } both;
    memset(&both, 0, sizeof(both));
    command_init(&both.cmd, COMMAND_TICK);
    both.cmd.rec.seq = seq;
    both.cmd.rec.epoch = 1;
    both.ev.rec = (struct record){.length_bytes = sizeof(both.ev),
                                  .kind = RECORD_EVENT,
                                  .version = RECORD_VERSION,
                                  .type = EVENT_MODE,
                                  .epoch = 1,
                                  .seq = seq};
    both.ev.cmd_seq = seq;
    void *at = bcast_reserve(ring, sizeof(both));
    CHECK(at != NULL);
    memcpy(at, &both, sizeof(both));
    (void)bcast_commit(ring, sizeof(both));
}

static void
make_image(void)
{
    struct fake_disk disk;
    struct journal *j;
    struct error err;
    struct bcast_ring ring;
    struct durable_mark mark = {0};
    log_setup(LOG_ERROR, "fuzz", 0);
    fake_disk_open(&disk, &seed);
    const struct journal_options o = {
        .segment_bytes = SEGMENT_BYTES, .prepare_off = 1, .disk = &disk.ops};
    const struct journal_writer_options w = {.ring = &ring, .mark = &mark};
    CHECK(journal_open(&j, "", &o, &err) == 0, "%s", err.text);
    CHECK(bcast_ring_open(&ring, "fuzz", 1 << 16, &err) == 0);
    CHECK(journal_writer_start(j, &w, &err) == 0, "%s", err.text);
    for (uint64_t seq = 1; seq <= 40; seq++) {
        commit(&ring, seq);
        if (seq % 9 == 0)
            CHECK(journal_drain(j, &err) == 0);
    }
    CHECK(journal_stop(j, &err) == 0);
    while (journal_prepare_step(j, 0) != 0)
        ;
    journal_close(j);
    bcast_ring_close(&ring);
    int file = disk.ops.open(&disk, "journal/00000000000000000001.seg", DISK_READ);
    CHECK(disk.ops.read(&disk, file, image, sizeof(image), 0) == sizeof(image));
    fake_disk_close(&disk);
}

/* CRCs of all records that can be found, as a forger would make them. */
static void
reseal(uint8_t *bytes)
{
    for (size_t block = 0; block < IMAGE_BYTES; block += JOURNAL_BLOCK_BYTES)
        for (size_t at = block; at + sizeof(struct record) <= block + JOURNAL_BLOCK_BYTES;) {
            struct record *rec = (struct record *)(void *)(bytes + at);
            if (rec->length_bytes < sizeof(*rec) || rec->length_bytes % RECORD_ALIGN != 0 ||
                rec->length_bytes > block + JOURNAL_BLOCK_BYTES - at)
                break;
            record_seal(rec);
            at += rec->length_bytes;
        }
}

static void
put_file(struct fake_disk *disk, const char *name, const uint8_t *bytes, size_t size,
         uint64_t allocate)
{
    int file = disk->ops.open(disk, name, DISK_NEW);
    (void)disk->ops.write(disk, file, bytes, size, 0);
    (void)disk->ops.allocate(disk, file, allocate);
    (void)disk->ops.sync(disk, file);
}

static void
put_segment(struct fake_disk *disk, const uint8_t *data, size_t size, uint8_t how)
{
    static _Alignas(8) uint8_t bytes[IMAGE_BYTES];
    memcpy(bytes, image, sizeof(bytes));
    if ((how & 1) != 0) {
        memset(bytes, 0, sizeof(bytes));
        memcpy(bytes, data, size < sizeof(bytes) ? size : sizeof(bytes));
    } else {
        for (size_t i = 0; i + 3 <= size; i += 3)
            bytes[(size_t)(data[i] << 8 | data[i + 1]) % sizeof(bytes)] = data[i + 2];
    }
    if ((how & 2) != 0)
        reseal(bytes);
    put_file(disk, "journal/00000000000000000001.seg", bytes, sizeof(bytes), SEGMENT_BYTES);
}

static void
read_all(struct fake_disk *disk)
{
    struct journal_reader *r;
    struct error err;
    const struct record *rec;
    uint32_t cnt = 0;
    if (journal_reader_open(&r, "", &disk->ops, &err) != 0)
        return;
    while (journal_reader_next(r, &rec, &err) == 1)
        CHECK(++cnt < RECORDS_MAX, "a reader without end");
    if (journal_reader_seek_event(r, 17, &err) == 0 && journal_reader_next(r, &rec, &err) == 1)
        CHECK(rec->length_bytes >= sizeof(*rec), "a record without a head");
    journal_reader_close(r);
}

static void
open_and_close(struct fake_disk *disk, bool read_only)
{
    struct journal *j;
    struct error err;
    struct command_genesis genesis;
    const struct journal_options o = {.segment_bytes = SEGMENT_BYTES,
                                      .prepare_off = 1,
                                      .read_only = read_only,
                                      .disk = &disk->ops};
    if (journal_open(&j, "", &o, &err) != 0)
        return;
    if (journal_genesis(j, &genesis, &err) == 0)
        CHECK(genesis.cmd.rec.type == COMMAND_GENESIS, "another command");
    journal_close(j);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool made;
    struct fake_disk disk;
    if (!made)
        make_image();
    made = true;
    if (size == 0)
        return 0;
    fake_disk_open(&disk, &seed);
    uint8_t how = data[0];
    data++;
    size--;
    if (how < 200)
        put_segment(&disk, data, size, how);
    else if (how < 230)
        put_file(&disk, "snapshots/00000000000000000007.snap", data, size, size);
    else
        put_file(&disk, "crash", data, size, size);
    read_all(&disk);
    open_and_close(&disk, true);
    open_and_close(&disk, false);
    read_all(&disk);
    fake_disk_close(&disk);
    return 0;
}
