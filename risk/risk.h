#ifndef RISK_RISK_H
#define RISK_RISK_H

#include "engine/core/hooks.h"

/* Risk and compliance: fills the core's hooks. What is checked, in which order and with which
 * figures stands in risk/rules.h.
 *
 * State, all of it changed by commands alone: a profile per account (ACCOUNT_PROFILE), rules per
 * instrument (INSTRUMENT_RULES), message counters. Without a profile an account may not trade and
 * may not move value out: nothing is known of its holder, so the KYC rule fails. An instrument
 * without rules is open to every account that has a profile.
 *
 * shape:  one state per core, in the core's memory      thread: the core's only
 * errors: none; a refusal is a decision                 cost:   perf/bench_risk */
const struct hooks *risk_hooks(void);

#endif
