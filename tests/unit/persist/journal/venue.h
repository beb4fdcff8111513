#ifndef TESTS_UNIT_PERSIST_JOURNAL_VENUE_H
#define TESTS_UNIT_PERSIST_JOURNAL_VENUE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/bcast_ring.h"
#include "engine/core/core.h"
#include "persist/journal/journal.h"

/* A venue without gateways: a core, the ring, the journal and a sequencer that makes commands up,
 * all in the test's thread. */
struct venue {
    char dir[128];
    struct journal_options options;
    struct journal *j;
    struct bcast_ring ring;
    bool ring_open;
    struct durable_mark mark;
    struct command_genesis genesis;
    struct core *core;
    uint32_t epoch;
    uint64_t rng;
};

/* A fresh folder below /tmp. */
void venue_init(struct venue *v);
void venue_fini(struct venue *v); /* closes, removes the folder */

/* Opens the journal, replays it into the core and starts the writer; 0 or the code. */
int venue_open(struct venue *v, struct error *err);
/* Without journal_stop, as after kill -9 (but for the write in flight, which is waited for). */
void venue_close(struct venue *v);
int venue_stop(struct venue *v, struct error *err);

/* Sequences one command and commits it with its events. cnt: of events; kind of command follows. */
void venue_command(struct venue *v, uint32_t event_cnt);
/* A command with this client_seq. */
void venue_command_marked(struct venue *v, uint64_t client_seq);
/* Commits such a command without applying it, so without events. */
void venue_command_bare(struct venue *v, uint64_t client_seq);
/* Genesis and epoch when new, the epoch alone otherwise. */
void venue_begin(struct venue *v);
/* Runs the tile until everything committed is durable. */
void venue_settle(struct venue *v);

enum { VENUE_TRIP = 0x7417 }; /* venue_command_marked: trips a check in the core */
/* From now on the core computes something else for the command with this client_seq. */
void venue_skew(int client_seq);
uint64_t core_digest_of(const struct core *c);

#endif
