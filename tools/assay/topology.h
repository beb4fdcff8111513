#ifndef TOOLS_ASSAY_TOPOLOGY_H
#define TOOLS_ASSAY_TOPOLOGY_H

#include "engine/base/error.h"
#include "tools/assay/engine_state.h"
#include "tools/assay/run_role.h"

/* The engine's process: the one place that creates rings, pins cores and wires tiles.
 *
 *   fix ─────port─┐                              ┌─► journal ──► durable mark ──► publish ──► NNG
 *   ctl ─────port─┼─► core (sequencer, core) ─log─┤                     └────────► fix, ctl
 *   fan-out ─port─┘                              └─► publish (gating), fix, ctl (may be lapped)
 *
 * Opened in the order of the arrows, closed in the reverse. thread: the process's main one */
struct topology;

/* Takes over a core and a journal that stand where the run before ended; topology_close closes
 * them,
 * also after a failure here. Prints what it did (supervise.h). */
int topology_open(struct topology **out, const struct run_options *o, struct engine_state *state,
                  struct error *err) ERROR_MUST_USE;

/* Sequences genesis and configuration (a new venue), or the epoch (every start), then opens the
 * ways in. */
int topology_start(struct topology *t, struct error *err) ERROR_MUST_USE;

/* To be called about ten times a second while it runs: keeps the cores awake while it is busy. */
void topology_beat(struct topology *t);

/* Whether the venue can no longer run (a journal write failed), and why. */
bool topology_failed(struct topology *t, struct error *err);

/* Ends the ways in, drains the journal, writes a snapshot and the mark of a clean stop. */
int topology_stop(struct topology *t, struct error *err) ERROR_MUST_USE;
void topology_close(struct topology *t);

#endif
