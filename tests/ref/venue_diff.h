#ifndef TESTS_REF_VENUE_DIFF_H
#define TESTS_REF_VENUE_DIFF_H

#include "tests/ref/venue_script.h"

/* A script against the core and against the plain venue of tests/ref: after each command all events
 * must be the same in every field, so must balances, open orders and the work that is left, and the
 * core's own invariants must hold. */

enum venue_diff_kind {
    VENUE_SAME = 0,
    VENUE_DIFFERENT = 1, /* or the core aborted, or did not come to an end */
    VENUE_NO_SCRIPT = 2, /* a line means nothing */
};

struct venue_diff {
    enum venue_diff_kind kind;
    char key[128];   /* the same for differences of the same sort */
    char text[8192]; /* command, event, field, what was expected and what was found */
    uint64_t command_cnt, event_cnt, fill_cnt, trigger_cnt, refill_cnt, beside_cnt, continue_cnt;
    uint64_t reasons[128]; /* of refusals and cancels */
};

/* Runs in a process of its own, so that an abort is a finding too. */
void venue_diff_run(const struct venue_script *s, struct venue_diff *out);

#endif
