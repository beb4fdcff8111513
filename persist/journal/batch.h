#ifndef PERSIST_JOURNAL_BATCH_H
#define PERSIST_JOURNAL_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "persist/journal/format.h"

/* Judging the journal's bytes: pure functions of the bytes, for readers, start and fuzzing.
 * Nothing here trusts a length, and nothing reads beyond what it was given. */

/* Where the journal stands before a batch; what the batch must continue. */
struct batch_place {
    uint64_t batch, cmd_seq, event_seq; /* the last ones */
    uint32_t epoch;
    uint32_t zero;
    uint8_t chain[JOURNAL_CHAIN_BYTES];
};

struct batch_fault {
    uint64_t offset; /* in the bytes judged */
    char text[200];  /* what was expected and what was found */
};

/* Fills rec.crc32c. */
void record_seal(struct record *rec);
/* The CRC that the record must have. shape: length_bytes within what can be read */
uint32_t record_crc(const struct record *rec);

bool bytes_are_zero(const void *bytes, size_t length);

/* Block 0 of a segment: 0, or ERR_CORRUPT, ERR_UNSUPPORTED (a newer format). */
int segment_check(const void *block, const struct record_segment **out, struct batch_fault *f);
/* Whether a segment's head continues the place. */
int segment_check_place(const struct record_segment *s, const struct batch_place *at,
                        struct batch_fault *f);
/* Chain head before the first batch of a journal. */
void segment_chain_begin(const uint8_t journal_id[JOURNAL_ID_BYTES],
                         const char venue[JOURNAL_VENUE_BYTES], uint8_t out[JOURNAL_CHAIN_BYTES]);

/* The head alone (its CRC, its lengths): 0 or ERR_CORRUPT. bytes: at least one block. */
int batch_check_head(const void *bytes, struct batch_fault *f);
/* The whole batch by itself: head, every record's CRC, numbers within, padding, chain.
 * bytes: at least disk_bytes of a head that batch_check_head has passed */
int batch_check_body(const void *bytes, struct batch_fault *f);
/* Whether it follows the place. */
int batch_check_place(const struct record_batch *b, const struct batch_place *at,
                      struct batch_fault *f);
void batch_place_advance(struct batch_place *at, const struct record_batch *b);

/* Bytes that a batch takes on disk: padded to the block. */
uint32_t batch_disk_bytes(uint32_t data_bytes);
/* Writes the padding between data_bytes and disk_bytes. */
void batch_pad(uint8_t *batch, uint32_t data_bytes, uint32_t disk_bytes);

#endif
