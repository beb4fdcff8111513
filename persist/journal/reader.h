#ifndef PERSIST_JOURNAL_READER_H
#define PERSIST_JOURNAL_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "engine/model/record.h"
#include "persist/journal/format.h"

/* Reading the journal by sequence, from any thread or process; costs the writer nothing. A reader
 * takes no lock and writes nothing. It gives out whole batches whose CRCs, digest and numbering are
 * right and that continue the chain of the batch before; at the end of a journal that is being
 * written it answers "nothing yet" and goes on later. An own reader (of the engine's process) gives
 * nothing beyond the durable mark; a foreign one trusts a whole batch.
 *
 *   journal_reader_open(&r, data_dir, NULL, err)
 *   journal_reader_seek_event(r, seq, err)       or seek_cmd; without a seek: from the beginning
 *   while ((rc = journal_reader_next(r, &rec, err)) == 1) ...
 *
 * thread: a reader belongs to one thread at a time. */
struct journal;
struct journal_disk;
struct journal_reader;

int journal_reader_open(struct journal_reader **out, const char *data_dir,
                        const struct journal_disk *disk, struct error *err) ERROR_MUST_USE;
/* Of the process that writes: bounded by the durable mark, uses the writer's index. */
int journal_reader_open_own(struct journal_reader **out, const struct journal *j,
                            struct error *err) ERROR_MUST_USE;
void journal_reader_close(struct journal_reader *r);

/* The next record given out will be the command `cmd_seq` (or the first after it), or the event.
 * errors: ERR_NOT_FOUND before what the folder still holds; a number that is not there yet is no
 * error. cost: a few reads with an index, else the batch heads of one segment */
int journal_reader_seek_cmd(struct journal_reader *r, uint64_t cmd_seq,
                            struct error *err) ERROR_MUST_USE;
int journal_reader_seek_event(struct journal_reader *r, uint64_t event_seq,
                              struct error *err) ERROR_MUST_USE;

/* The next COMMAND, EVENT or VOID record, in the journal's order; the pointer lives until the next
 * call. 1 = a record, 0 = nothing yet, negative = ERR_CORRUPT, ERR_IO. */
int journal_reader_next(struct journal_reader *r, const struct record **rec,
                        struct error *err) ERROR_MUST_USE;

struct journal_batch { /* the batch that the last record came from */
    struct record_batch head;
    char file[64]; /* relative to the data folder */
    uint64_t offset;
};
void journal_reader_batch(const struct journal_reader *r, struct journal_batch *out);

/* The next batch as a whole: *records are `bytes` of COMMAND, EVENT and VOID records. */
int journal_reader_next_batch(struct journal_reader *r, const uint8_t **records, size_t *bytes,
                              struct error *err) ERROR_MUST_USE;

#endif
