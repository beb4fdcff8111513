#ifndef TESTS_SUPPORT_FAKE_DISK_H
#define TESTS_SUPPORT_FAKE_DISK_H

#include <stdbool.h>
#include <stdint.h>

#include "persist/journal/disk.h"
#include "tests/support/seed.h"

/* A disk in memory for simulations of the journal. It knows what is durable and what is not: a
 * crash of the process keeps what was written, a loss of power keeps what was synced and, sector by
 * sector of 512 bytes, perhaps some of the rest; names that were not synced may be lost too.
 * thread: one
 *
 *   fake_disk_open(&f, seed);   f.ops goes into journal_options.disk
 *   fake_disk_crash(f, FAKE_DISK_POWER);      every handle is gone; files are as they would be
 * found
 */
enum fake_disk_crash { FAKE_DISK_KILL = 1, FAKE_DISK_POWER = 2 };

struct fake_file;
struct fake_name_op;

struct fake_disk {
    struct journal_disk ops;
    struct seed *seed;
    struct fake_file *files;
    uint32_t file_cnt, file_max;
    struct fake_name_op *name_ops; /* since the last sync of their folder */
    uint32_t op_cnt, op_max;
    bool locked;
    bool dead; /* crashed: what the dead process still does has no effect, until the next lock */
    int64_t utc_ns;
    /* the write in flight */
    bool flying, landed, durable;
    int fly_file;
    uint64_t fly_offset, fly_bytes;
    const uint8_t *fly_from;
    const uint8_t *buffers[2];
    int64_t fly_result;
    uint64_t write_cnt; /* of the writer; answered, made or not */
    uint64_t lied_at;   /* the last of them that was lost or misdirected; 0 = none */
    /* knobs */
    bool hold;                /* writer_reap answers only after fake_disk_land */
    uint64_t capacity_bytes;  /* of all files; 0 = no end */
    uint32_t fail_after;      /* this many writes of the writer from now on fails; 0 = none */
    int64_t fail_result;      /* -EIO, or the bytes of a short write */
    uint32_t lose_after;      /* this one is answered and never made */
    uint32_t misdirect_after; /* this one goes a block too far */
    uint32_t fail_sync_after;
};

void fake_disk_open(struct fake_disk *f, struct seed *seed);
void fake_disk_close(struct fake_disk *f);

/* The write in flight reaches the disk. */
void fake_disk_land(struct fake_disk *f);
void fake_disk_crash(struct fake_disk *f, enum fake_disk_crash how);

/* Turns a bit of a file, as a decaying disk does; false when there is no such byte or it lies in
 * space that was never written. */
bool fake_disk_flip(struct fake_disk *f, const char *name, uint64_t offset, unsigned bit);
/* A file chosen by chance among those whose name begins so; NULL when there is none. */
const char *fake_disk_any(struct fake_disk *f, const char *begin);
/* An offset within a file's written blocks, by chance; UINT64_MAX when it has none. */
uint64_t fake_disk_any_offset(struct fake_disk *f, const char *name);
/* The same within its last written block. */
uint64_t fake_disk_last_offset(struct fake_disk *f, const char *name);

#endif
