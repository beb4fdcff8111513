#ifndef ENGINE_RUNTIME_PUBLISHER_H
#define ENGINE_RUNTIME_PUBLISHER_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/bcast_ring.h"
#include "engine/base/durable.h"
#include "engine/base/error.h"
#include "engine/base/metrics.h"
#include "engine/base/tile.h"
#include "engine/stream/stream.h"

/* The publisher: the tile "publish". Reads the log up to the durable mark and sends its events to
 * other processes, one message for each configured audience: an event goes to its own audience and
 * those above; to the others it is counted in a skip record. A message holds up to 256 events or
 * 32 KiB and is sent when it is full, or when the input is idle and the message before it lies
 * pace_ns back: a message costs its readers some ten microseconds and several threads whatever it
 * holds, so that one for each commit would take the cores from the orders. A heartbeat follows a
 * second after the last message, then every five seconds.
 *
 * It is the one place that counts what has been released: assay_released_* are what may be shown.
 * thread: init before the tile runs; then the tile's own. It gates the log. */
struct publisher;

enum { PUBLISHER_AUDIENCE_MAX = 4 };

struct publisher_audience {
    uint8_t audience;       /* enum audience */
    struct stream_pub *pub; /* of its own: NNG gives all messages of a socket to every subscriber */
};

struct publisher_options {
    struct bcast_ring *log;
    const struct durable_mark *durable;
    struct publisher_audience audiences[PUBLISHER_AUDIENCE_MAX];
    uint32_t audience_cnt;
    const struct stream_source *source; /* for the chain head in messages, which consumers keep with
                                           their checkpoints; NULL in tests only */
    struct metrics *metrics;
    struct bell *bell;  /* the tile's; NULL: nobody runs it as a tile */
    int64_t pace_ns;    /* from one message to the next that is not full */
    uint32_t epoch;     /* of this start */
    uint64_t event_seq; /* last event before the log's first record */
};

size_t publisher_footprint(void);
/* errors: ERR_NO_SPACE when the log has no cursor left */
int publisher_init(struct publisher **out, void *mem, const struct publisher_options *o,
                   struct error *err) ERROR_MUST_USE;
void publisher_fini(struct publisher *p);

extern const struct tile_ops publisher_tile_ops;

#endif
