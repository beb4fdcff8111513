#include "tools/assay/subcommand.h"

#include <stddef.h>

#include "tools/assay/commands.h"

/* The one table: a new subcommand is a line here, a declaration in commands.h and a file
 * cmd_<name>.c. */
const struct subcommand subcommands[] = {
    {"up", cmd_up, "a whole venue on this machine: PostgreSQL, engine, settlement, fan-out"},
    {"run", cmd_run, "one process of a venue, for supervisors"},
    {"bench", cmd_bench, "throughput and latency of the book or of the whole core on a workload"},
    {"config", cmd_config, "checks a venue.yaml, or prints one to start from"},
    {"ctl", cmd_ctl, "what an operator does: status, halt, resume, account, deposit, ..."},
    {"flow", cmd_flow, "order flows: looks into one, converts a recording, generates one"},
    {"hash-password", cmd_hash_password, "makes the hash of a FIX password for venue.yaml"},
    {"journal", cmd_journal, "verifies, shows and dumps the journal; voids a command"},
    {"load", cmd_load, "sends an order flow to a venue over FIX, and measures what comes back"},
    {"match", cmd_match, "runs a script of plain-text commands against a core of its own"},
    {"recon", cmd_recon, "do core, journal and PostgreSQL agree? names each break"},
    {"replay", cmd_replay, "replays the journal, compares it, and shows any moment of it"},
    {"schema", cmd_schema, "prints the layout of every command and event"},
    {NULL, NULL, NULL},
};
