#ifndef TESTS_SIM_RANDOM_OFFERING_H
#define TESTS_SIM_RANDOM_OFFERING_H

#include "tests/support/core_fixture.h"
#include "tests/support/seed.h"

/* A command about the offering of an instrument: it begins, mostly while it trades, or is
 * withdrawn, or, most of the time, an account subscribes. The client id is the caller's to fill. */
void random_offering(struct seed *seed, int64_t now_ns, uint32_t account, uint32_t instrument,
                     union any_command *x);

#endif
