#ifndef ENGINE_CORE_CORE_H
#define ENGINE_CORE_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "engine/core/hooks.h"
#include "engine/model/command.h"
#include "engine/model/event.h"

/* The core: one command in, events out. A pure, deterministic function of its state and the
 * command: no clock, no I/O, no lock, no allocation, no floating point. Two cores that are fed the
 * same commands emit the same bytes, on any machine, in any build.
 *
 *   size_t bytes = core_footprint(genesis, hooks);
 *   struct core *core = core_init(memory, genesis, hooks);
 *   // the genesis command itself is then applied like every other
 *   n = core_apply(core, cmd, out, CORE_OUT_BYTES);     for each command in sequence order
 *   while (core_work_pending(core)) apply a CONTINUE command
 *
 * A command is applied whole or refused whole. At most EVENT_MAX events come of one; what takes
 * longer (a deep sweep, a mass cancel, the end of a day) leaves a work item that CONTINUE commands
 * carry on, and the book of an unfinished sweep refuses new orders (BOOK_BUSY). */
struct core;

enum { CORE_OUT_BYTES = EVENT_MAX * EVENT_BYTES_MAX };

size_t core_footprint(const struct command_genesis *genesis, const struct hooks *hooks);

/* Refuses capacities that contradict each other with a text that names the field and what was
 * expected. */
int core_check_genesis(const struct command_genesis *genesis, struct error *err) ERROR_MUST_USE;

/* mem: footprint bytes, 64-byte aligned, zeroed. hooks may be NULL (everything allowed). */
struct core *core_init(void *mem, const struct command_genesis *genesis, const struct hooks *hooks);

/* Applies one command whose seq must be core_cmd_seq() + 1 (a bug otherwise). Writes events back to
 * back into out (8-byte aligned, CORE_OUT_BYTES of room) and returns the bytes written. errors:
 * none; a refused command is an event.   thread: the core's only.   cost: budget 200 ns,
 * assay bench core */
size_t core_apply(struct core *core, const struct command *cmd, void *out);

/* Touches the memory that the next commands will need; changes nothing. Many at once, since what
 * they wait for is then waited for together; fewer than what the cache near the core holds (about
 * 25 lines each). */
enum { CORE_PREFETCH_MAX = 32 };
void core_prefetch(const struct core *core, const struct command *const *cmds, uint32_t cnt);

bool core_work_pending(const struct core *core);
int64_t core_next_due_ns(const struct core *core); /* UTC instant at which a TICK would do
                                                      something; INT64_MAX = never */
uint64_t core_cmd_seq(const struct core *core);    /* last command applied */
uint64_t core_event_seq(const struct core *core);  /* last event emitted */
uint32_t core_epoch(const struct core *core);
int64_t core_time_ns(const struct core *core);         /* time of the last command */
uint32_t core_mode(const struct core *core);           /* enum venue_mode */
uint32_t core_config_missing(const struct core *core); /* configuration commands that genesis
                                                          announced and that have not come yet */

#ifdef ASSAY_FAULTS /* builds for tests alone */
/* Tests plant a bug: the command with this number trips an assertion. 0 = none. */
extern uint64_t core_fault_at_seq;
#endif

/* Skips a command number that was voided: moves the sequence on, changes nothing else, emits
 * nothing. */
void core_skip(struct core *core, uint64_t cmd_seq);

/* The whole state (hooks and work items included) to bytes and back. The bytes begin with a
 * versioned header and the genesis command, do not depend on addresses, and are the same for equal
 * states. save returns the bytes needed when out is NULL. */
size_t core_save(const struct core *core, void *out, size_t out_bytes);
int core_load(struct core *core, const void *in, size_t in_bytes, struct error *err) ERROR_MUST_USE;
/* The genesis command inside saved bytes, for sizing a core before core_load. */
int core_saved_genesis(const void *in, size_t in_bytes, struct command_genesis *out,
                       struct error *err) ERROR_MUST_USE;
void core_digest(const struct core *core,
                 struct event_checkpoint *out); /* fills digests and counts */

uint32_t core_instrument_cnt(const struct core *core);
/* The timetable of the n-th instrument; false: there are not so many. thread: the core's only */
bool core_timetable_get(const struct core *core, uint32_t n, uint32_t *instrument_id,
                        struct timetable *out);

/* Read access for reports, reconciliation and tests: visits in a fixed order (account, then asset;
 * order slot). */
struct core_balance {
    uint32_t account_id, asset_id;
    int64_t settled_units, held_units, pending_in_units, pending_out_units, credit_units;
};
struct core_order {
    uint64_t order_id;
    uint32_t account_id, instrument_id, session_id;
    uint8_t side, ord_type, time_in_force, status;
    bool in_book; /* else parked, or a stop that waits */
    int64_t price_units, qty_lots, cum_lots, leaves_lots, hold_units;
    int64_t stop_units, expire_ns;
    struct client_id id;
};
void core_each_balance(const struct core *core,
                       void (*visit)(void *arg, const struct core_balance *b), void *arg);
void core_each_order(const struct core *core, void (*visit)(void *arg, const struct core_order *o),
                     void *arg);

#endif
