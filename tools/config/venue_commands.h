#ifndef TOOLS_CONFIG_VENUE_COMMANDS_H
#define TOOLS_CONFIG_VENUE_COMMANDS_H

#include "engine/base/error.h"
#include "engine/model/command.h"
#include "tools/config/venue.h"

/* The configuration as the core takes it: genesis, then one command per asset, instrument, rule
 * set, account, profile, session, operator and first deposit, each with COMMAND_FROM_CONFIG. seq,
 * time and epoch are the sequencer's. */

/* Ids in venue.yaml are the user's; the operator gateway's session lies above all of them. */
uint32_t venue_operator_session_id(const struct venue *v);

/* Calls `each` for every command, genesis first; stops at the first non-zero answer and returns it.
 * hash_key: for genesis, from the kernel's generator. cmd lives until the next call; up to
 * COMMAND_BYTES_MAX bytes. */
int venue_each_command(const struct venue *v, uint64_t hash_key,
                       int (*each)(void *arg, const struct command *cmd), void *arg);

#endif
