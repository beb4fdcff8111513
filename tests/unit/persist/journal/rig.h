#ifndef TESTS_UNIT_PERSIST_JOURNAL_RIG_H
#define TESTS_UNIT_PERSIST_JOURNAL_RIG_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/bcast_ring.h"
#include "engine/core/core.h"
#include "persist/journal/journal.h"

/* A venue without gateways: a core, the ring, the journal and a sequencer that makes commands up,
 * all in the test's thread. */
struct rig {
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
void rig_init(struct rig *v);
void rig_fini(struct rig *v); /* closes, removes the folder */

/* Opens the journal, replays it into the core and starts the writer; 0 or the code. */
int rig_open(struct rig *v, struct error *err);
/* Without journal_stop, as after kill -9 (but for the write in flight, which is waited for). */
void rig_close(struct rig *v);
int rig_stop(struct rig *v, struct error *err);

/* Sequences one command and commits it with its events. cnt: of events; kind of command follows. */
void rig_command(struct rig *v, uint32_t event_cnt);
/* A command with this client_seq. */
void rig_command_marked(struct rig *v, uint64_t client_seq);
/* Commits such a command without applying it, so without events. */
void rig_command_bare(struct rig *v, uint64_t client_seq);
/* Genesis and epoch when new, the epoch alone otherwise. */
void rig_begin(struct rig *v);
/* Runs the tile until everything committed is durable. */
void rig_settle(struct rig *v);

enum { RIG_TRIP = 0x7417 }; /* rig_command_marked: trips a check in the core */
/* From now on the core computes something else for the command with this client_seq. */
void rig_skew(int client_seq);
uint64_t core_digest_of(const struct core *c);

/* For cmocka: a rig of its own for each test. */
int rig_set_up(void **state);
int rig_tear_down(void **state);
extern struct error rig_failure; /* where the tests have their errors told */
#define OK(call)                                                                                   \
    do {                                                                                           \
        int ok_rc = (call);                                                                        \
        if (ok_rc != 0)                                                                            \
            fail_msg("%s: %s", #call, rig_failure.text);                                           \
    } while (0)

#endif
