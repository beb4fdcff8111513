#ifndef ENGINE_RUNTIME_TILE_RUN_H
#define ENGINE_RUNTIME_TILE_RUN_H

#include "engine/base/error.h"
#include "engine/base/metrics.h"
#include "engine/base/tile.h"

/* Running a tile: a thread of its own, named, pinned, with all signals blocked, that calls poll
 * until it is stopped. The clock is read once a cycle and passed down.
 *
 * adaptive:  polls; when idle for spin_ns, does the housekeeping, announces its sleep at the bell,
 *            polls once more, and sleeps until the bell, next_due, or TILE_SLEEP_MAX_NS
 * spin:      never sleeps
 *
 * Caveats: open NNG sockets before starting pinned tiles (its threads inherit the affinity of
 * whoever opens the first socket). */
enum { TILE_BEAT_NS = 100000000 };       /* housekeeping while busy */
enum { TILE_BEAT_IDLE_NS = 10000000 };   /* and at most this often before sleeps */
enum { TILE_SLEEP_MAX_NS = 1000000000 }; /* so that the heartbeat of an idle tile moves */

/* t: ops, self, bell, wait, cpu and spin_ns filled; metrics are added to m under tile="<name>".
 * thread: the one that starts the venue
 * errors: ERR_INVALID when the core to pin to does not exist or is not allowed; ERR_IO */
int tile_start(struct tile *t, struct metrics *m, struct error *err) ERROR_MUST_USE;

/* Asks the tile to end after its current cycle; thread: any. */
void tile_stop(struct tile *t);

/* Waits until it has ended. */
void tile_join(struct tile *t);

#endif
