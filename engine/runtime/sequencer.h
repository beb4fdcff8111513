#ifndef ENGINE_RUNTIME_SEQUENCER_H
#define ENGINE_RUNTIME_SEQUENCER_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/bcast_ring.h"
#include "engine/base/bell.h"
#include "engine/base/durable.h"
#include "engine/base/error.h"
#include "engine/base/metrics.h"
#include "engine/base/port.h"
#include "engine/base/tile.h"
#include "engine/core/core.h"
#include "engine/model/command.h"
#include "engine/runtime/zones.h"

/* The sequencer: the tile "core". Takes commands from its ports in turn, stamps each (seq, epoch,
 * time, seed, ring), applies it to the core, and writes the command with the events behind it into
 * the log, whose gating readers (journal, publisher) hold it back. It is the core's only caller.
 *
 *   s = sequencer_init(mem, &options);          mem: sequencer_footprint(&options), 64-byte aligned
 *   sequencer_port_add(s, &port, SEQUENCER_PORT_CLIENT);            every port, before the start
 *   sequencer_inject(s, cmd, err);              genesis, configuration, epoch: before the start
 *   tile = {.ops = &sequencer_tile_ops, .self = s, .bell = options.bell, ...}; tile_start(...)
 *
 * On its own it sequences CONTINUE while the core has work pending, TICK when one is due,
 * COMMAND_MODE when the durable mark's cancel_only changes, TIMETABLE for a timetable that does not
 * know what its zone has come to (zones.h), and SESSION_DOWN for the sessions of a producer that
 * died. When the log has no room it takes nothing from the ports: producers see full
 * rings. After durable.failed it takes nothing ever again.
 * thread: init, port_add and inject before the tile runs; then the tile's own, but for
 *         sequencer_clock_release */
struct sequencer;

enum { SEQUENCER_PORT_MAX = 32, SEQUENCER_BELL_MAX = 8 };

enum sequencer_port_kind { /* what a port may carry; what it may not is dropped, counted, logged */
                           SEQUENCER_PORT_CLIENT =
                               1, /* sessions, orders, withdrawals; no actor, no approval */
                           SEQUENCER_PORT_OPERATOR =
                               2, /* everything but GENESIS, EPOCH, TICK, CONTINUE and MODE */
};

struct sequencer_options {
    struct core *core;
    struct bcast_ring *log;
    const struct durable_mark *durable;
    struct bell *bell;                        /* the tile's; the ports ring it */
    struct bell *readers[SEQUENCER_BELL_MAX]; /* rung after each batch (the journal's); NULL ends */
    struct metrics *metrics;
    uint32_t epoch;           /* of this start: stamped into every command */
    uint32_t session_max;     /* as in genesis */
    struct zone_source zones; /* fill NULL: timetables are told nothing */
    int64_t jump_max_ns;      /* a forward step of the system clock above this is held */
};

size_t sequencer_footprint(const struct sequencer_options *o);
struct sequencer *sequencer_init(void *mem, const struct sequencer_options *o);

/* The port's index must be the number of ports added before it. */
void sequencer_port_add(struct sequencer *s, struct port *p, enum sequencer_port_kind kind);

/* Stamps and applies a command of the start code as if it had come from a port (ring 0xffff), and
 * the CONTINUEs that it leaves. A refusal by the core is an event, see sequencer_events.
 * errors: ERR_TIMEOUT when the log has had no room for 10 s (its readers do not run);
 *         ERR_INVALID for a command that is not well formed; ERR_IO after durable.failed */
int sequencer_inject(struct sequencer *s, const struct command *cmd,
                     struct error *err) ERROR_MUST_USE;

/* The events of the last command that was injected (not of its CONTINUEs): whole records, back to
 * back, in the log; valid until the next inject. */
const void *sequencer_events(const struct sequencer *s, size_t *bytes);

/* The operator accepts the step that the venue's clock holds (metric assay_clock_held_ns).
 * thread: any */
void sequencer_clock_release(struct sequencer *s);

extern const struct tile_ops sequencer_tile_ops;

#endif
