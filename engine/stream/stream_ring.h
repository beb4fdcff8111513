#ifndef ENGINE_STREAM_STREAM_RING_H
#define ENGINE_STREAM_STREAM_RING_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/bcast_ring.h"
#include "engine/base/durable.h"
#include "engine/base/error.h"
#include "engine/model/event.h"
#include "engine/stream/stream.h"

/* The stream inside the engine's process: events of the broadcast ring up to the durable mark, in
 * order and without a gap. It never
 * holds the producer back; when it was lapped it fetches what it missed from the source.
 *
 *   stream_ring_open(&s, ring, mark, source, core_event_seq + 1, err)
 *   while ((ev = stream_ring_next(s))) ...            NULL: nothing more for now, or
 * stream_ring_failed
 *
 * thread: one reader one thread */
struct stream_ring;

/* from_seq: first event wanted (later ones come; earlier ones are skipped). source may be NULL when
 * the reader cannot be lapped. */
int stream_ring_open(struct stream_ring **out, struct bcast_ring *ring,
                     const struct durable_mark *mark, const struct stream_source *source,
                     uint64_t from_seq, struct error *err) ERROR_MUST_USE;
void stream_ring_close(struct stream_ring *s);

/* The next event; the pointer lives until the next call. */
const struct event *stream_ring_next(struct stream_ring *s);

/* Whether the source failed to give what was missed; then nothing comes any more. */
bool stream_ring_failed(const struct stream_ring *s, struct error *out);

uint64_t stream_ring_next_seq(const struct stream_ring *s); /* of the event that comes next */
uint64_t stream_ring_lap_cnt(const struct stream_ring *s);  /* how often it was lapped */

#endif
