#ifndef GATEWAY_FIX_FIX_FETCH_H
#define GATEWAY_FIX_FIX_FETCH_H

#include <stdint.h>

#include "engine/model/event.h"
#include "engine/stream/stream.h"

/* Single events by number out of the journal, for resends: keeps the last piece that was fetched,
 * because the next event asked for is mostly in it.
 * thread: one */

enum { FIX_FETCH_BYTES = 1 << 17, FIX_FETCH_SMALL = 1 << 13 };

struct fix_fetch {
    const struct stream_source *source;
    uint8_t *data; /* FIX_FETCH_BYTES */
    uint64_t bytes, at;
    uint64_t hits;      /* events taken from this piece */
    uint32_t fetch_cnt; /* pieces fetched since the owner set it to 0: the dear part */
};

int fix_fetch_open(struct fix_fetch *f, const struct stream_source *source,
                   struct error *err) ERROR_MUST_USE;
void fix_fetch_close(struct fix_fetch *f);

/* The event, or NULL: *rc is ERR_AGAIN (not readable yet) or ERR_NOT_FOUND (never will be). The
 * pointer lives until the next call. */
const struct event *fix_fetch_event(struct fix_fetch *f, uint64_t seq, int *rc);

#endif
