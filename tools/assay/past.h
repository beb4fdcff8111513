#ifndef TOOLS_ASSAY_PAST_H
#define TOOLS_ASSAY_PAST_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "persist/journal/journal.h"
#include "tools/text/sandbox.h"

/* A venue as it was: a core with risk's hooks, brought to a command of a data folder's journal by
 * replay from genesis, events compared all the way. Takes no lock and changes nothing: the venue
 * may run meanwhile. thread: one; the core belongs to the past */
struct past {
    struct journal *j;
    struct journal_state state; /* of the journal's end */
    struct journal_replay replay;
    struct sandbox view; /* core, symbols and scales, for reports */
    size_t core_bytes;
};

/* to_cmd_seq 0: the end. progress may be NULL.
 * errors: those of journal_open and journal_replay; ERR_NOT_FOUND: the journal is empty */
int past_open(struct past *p, const char *data_dir, uint64_t to_cmd_seq,
              void (*progress)(void *arg, const struct journal_progress *), void *arg,
              struct error *err) ERROR_MUST_USE;
void past_close(struct past *p);

#endif
