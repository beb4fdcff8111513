#ifndef ENGINE_STREAM_STREAM_MSG_H
#define ENGINE_STREAM_STREAM_MSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "engine/stream/stream.h"

/* Building and checking messages of the stream: a header and records that cover its range without a
 * gap. */

enum { STREAM_RANGE_BYTES_MAX = 1 << 18 }; /* of the records in an answer to a range request */

/* Filters events for an audience: what it does not cover becomes skip records, neighbours merged.
 * */
struct stream_filter {
    uint8_t *out;
    size_t room, bytes;
    uint32_t record_cnt;
    uint8_t audience;
    struct record_skip *open_skip; /* the last record, when it is a skip */
};
void stream_filter_init(struct stream_filter *f, uint8_t audience, void *out, size_t room);
/* Adds one event; false when there is no room for it (nothing changed). */
bool stream_filter_add(struct stream_filter *f, const struct event *ev);

void stream_msg_init(struct stream_msg *m, uint8_t audience, uint32_t epoch, uint64_t first_seq);

/* Whether bytes from outside are a message whose records cover [first_seq, last_seq]. */
int stream_msg_check(const void *bytes, size_t length, struct error *err) ERROR_MUST_USE;

#endif
