#ifndef PERSIST_JOURNAL_FORMAT_H
#define PERSIST_JOURNAL_FORMAT_H

#include <stddef.h>
#include <stdint.h>

#include "engine/model/record.h"

/* The journal on disk; docs/journal-format.md is the page for people. Little-endian; every record
 * begins with struct record (24 bytes) and carries the CRC-32C of itself with crc32c zero.
 *
 *   <data>/journal/<first command>.seg     20 decimal digits, fixed size, zeros where nothing is
 *     block 0    record_segment, RECORD_PAD to the end of the block
 *     batches    each begins on a block: record_batch, then COMMAND, EVENT and VOID records as in
 *                the broadcast ring, then RECORD_PAD to the end of its last block
 *   <data>/journal/spare-<n>.zero          prepared, not in use yet (may already hold batches: the
 *                                          name follows the first write, the head says who it is)
 *   <data>/snapshots/<command>.snap        snapshot_head, then the bytes of core_save */
enum {
    JOURNAL_FORMAT = 1,
    JOURNAL_BLOCK_BYTES = 4096,
    JOURNAL_CHAIN_BYTES = 32,
    JOURNAL_VENUE_BYTES = 32,
    JOURNAL_ID_BYTES = 16,
    JOURNAL_BATCH_BYTES_MAX = 1 << 20, /* head and padding included */
    JOURNAL_SEGMENT_STEP = 1 << 20,    /* a segment's size is a multiple of this */
    JOURNAL_SEGMENT_LEAST = 2 << 20,   /* and not less (an engine's: see journal_options) */
};

struct record_segment {   /* rec.seq = first_cmd_seq; rec.epoch of the run that began the segment */
    struct record rec;    /* 0 */
    uint32_t format;      /* 24: JOURNAL_FORMAT */
    uint32_t block_bytes; /* 28: JOURNAL_BLOCK_BYTES */
    uint64_t segment_bytes;                  /* 32: size of this file */
    uint64_t first_cmd_seq;                  /* 40: number of the first command here */
    uint64_t first_event_seq;                /* 48 */
    uint64_t first_batch;                    /* 56: number of the first batch here, from 1 */
    int64_t time_ns;                         /* 64: UTC */
    uint8_t journal_id[JOURNAL_ID_BYTES];    /* 72: drawn when the journal was made */
    char venue[JOURNAL_VENUE_BYTES];         /* 88: of genesis */
    uint8_t chain_prev[JOURNAL_CHAIN_BYTES]; /* 120: chain head before; of the first segment:
                                                 SHA-256(journal_id, venue) */
    uint64_t synced_batch; /* 152: when this was written, batches up to this were durable */
};
_Static_assert(sizeof(struct record_segment) == 160, "record_segment layout");
_Static_assert(offsetof(struct record_segment, first_cmd_seq) == 40, "record_segment layout");
_Static_assert(offsetof(struct record_segment, journal_id) == 72, "record_segment layout");
_Static_assert(offsetof(struct record_segment, chain_prev) == 120, "record_segment layout");

enum batch_flag {
    BATCH_ASYNC = 1u << 0, /* written in async mode */
    BATCH_CLEAN = 1u << 1, /* last of a run that stopped in order; holds no record */
};

/* Head of a batch: what one write brought. The counts let a reader step from batch to batch.
 *
 * chain = SHA-256(chain_prev, data_bytes - sizeof(struct record_batch) bytes of records as they lie
 * on disk, the head's first 112 bytes with crc32c zero). The CRC of the head is taken last. */
struct record_batch {      /* rec.seq = number of the batch, from 1; rec.epoch of its last record */
    struct record rec;     /* 0 */
    uint32_t disk_bytes;   /* 24: head, records, padding: a multiple of the block */
    uint32_t data_bytes;   /* 28: head and records */
    uint32_t command_cnt;  /* 32: command numbers used: COMMANDs, and VOIDs in a command's place */
    uint32_t event_cnt;    /* 36 */
    uint64_t last_cmd_seq; /* 40: after this batch */
    uint64_t last_event_seq; /* 48 */
    uint64_t synced_batch;   /* 56: when this was written, batches up to this number were durable */
    int64_t time_ns;         /* 64: UTC, when the batch was closed */
    uint32_t flags;          /* 72: enum batch_flag */
    uint32_t zero;           /* 76 */
    uint8_t chain_prev[JOURNAL_CHAIN_BYTES]; /* 80 */
    uint8_t chain[JOURNAL_CHAIN_BYTES];      /* 112 */
};
_Static_assert(sizeof(struct record_batch) == 144, "record_batch layout");
_Static_assert(offsetof(struct record_batch, last_cmd_seq) == 40, "record_batch layout");
_Static_assert(offsetof(struct record_batch, flags) == 72, "record_batch layout");
_Static_assert(offsetof(struct record_batch, chain) == 112, "record_batch layout");

/* Padding: this header, then zeros. Fills to the end of a block; where fewer than 24 bytes are
 * left, the batch takes one block more. */
struct record_pad {
    struct record rec; /* 0: length_bytes up to a block + 16; seq 0 */
};
_Static_assert(sizeof(struct record_pad) == 24, "record_pad layout");

enum { VOID_NAME_MAX = 40, VOID_REASON_MAX = 96 };
struct record_void { /* rec.seq = the command that replay skips */
    struct record rec;
    int64_t time_ns;            /* 24: UTC */
    uint32_t in_place;          /* 32: 1: takes the number's place (it was never journaled); 0: the
                                      command lies before it in the journal, without events */
    uint32_t zero;              /* 36 */
    uint8_t command_sha256[32]; /* 40: of the command's bytes, crc32c zero; zeros = not known */
    char actor[VOID_NAME_MAX];  /* 72: zero padded */
    char second[VOID_NAME_MAX]; /* 112 */
    char reason[VOID_REASON_MAX]; /* 152 */
};
_Static_assert(sizeof(struct record_void) == 248, "record_void layout");
_Static_assert(offsetof(struct record_void, reason) == 152, "record_void layout");

enum { SNAPSHOT_MAGIC = 0x50414e53 /* "SNAP" */, SNAPSHOT_FORMAT = 1 };
struct snapshot_head {
    uint32_t magic;                          /* 0 */
    uint32_t format;                         /* 4 */
    uint32_t head_bytes;                     /* 8: the state begins here */
    uint32_t crc32c;                         /* 12: of the head with this field zero */
    uint64_t cmd_seq;                        /* 16: last command that the state covers */
    uint64_t event_seq;                      /* 24: last event */
    uint64_t batch;                          /* 32: the batch that holds that command */
    uint32_t epoch;                          /* 40 */
    uint32_t zero;                           /* 44 */
    uint64_t state_bytes;                    /* 48 */
    int64_t time_ns;                         /* 56: UTC, when written */
    uint8_t journal_id[JOURNAL_ID_BYTES];    /* 64 */
    uint8_t chain_head[JOURNAL_CHAIN_BYTES]; /* 80: after that batch */
    uint8_t state_sha256[32];                /* 112 */
};
_Static_assert(sizeof(struct snapshot_head) == 144, "snapshot_head layout");
_Static_assert(offsetof(struct snapshot_head, state_sha256) == 112, "snapshot_head layout");

#endif
