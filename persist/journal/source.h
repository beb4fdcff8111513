#ifndef PERSIST_JOURNAL_SOURCE_H
#define PERSIST_JOURNAL_SOURCE_H

#include <stdint.h>

#include "engine/base/error.h"
#include "engine/stream/stream.h"

/* The journal as the one who serves ranges to engine/stream. A source has a lock of its own: any
 * number of threads may use one; for less waiting open one per stream_server. It must be closed
 * before the journal that it reads. fetch gives events only (of every audience: the server makes
 * skips of what its own does not cover); a checkpoint's chain head is looked for in the journal
 * from the batch that holds its sequence on. */
struct journal;
struct journal_source;

int journal_source_open(struct journal_source **out, const struct journal *j,
                        struct error *err) ERROR_MUST_USE;
void journal_source_close(struct journal_source *s);
/* The table for stream_server_open; lives as long as the source. */
const struct stream_source *journal_source_stream(struct journal_source *s);

#endif
