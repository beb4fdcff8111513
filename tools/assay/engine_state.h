#ifndef TOOLS_ASSAY_ENGINE_STATE_H
#define TOOLS_ASSAY_ENGINE_STATE_H

#include "engine/base/arena.h"
#include "engine/base/error.h"
#include "engine/core/core.h"
#include "persist/journal/journal.h"
#include "tools/assay/run_role.h"

/* The engine's state at start: the journal, and a core that holds what the journal holds. A new
 * venue's core is made from the genesis command
 * of venue.yaml, and nothing has been applied to it. */
struct engine_state {
    struct journal *journal;
    struct journal_state found;
    struct arena arena;
    struct core *core;
    struct command_genesis genesis; /* with its hash key drawn, when the venue is new */
    bool is_new;
};

/* Opens the journal, makes the core, replays with comparison and says how it went (supervise.h);
 * tells where venue.yaml and journal differ. */
int engine_state_open(struct engine_state *e, const struct run_options *o,
                      struct error *err) ERROR_MUST_USE;
void engine_state_close(struct engine_state *e);

#endif
