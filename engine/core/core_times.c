#include "engine/core/core_priv.h"

#include "engine/base/hash.h"
#include "engine/core/core_band.h"
#include "engine/core/core_offering.h"

/* What calls and timetables do by themselves, on the first tick at or after its instant: a call
 * ends, a timetable's entry is followed, indicative figures are told. Instruments lie in a heap by
 * the earliest of these. What is due of one goes by time; entries that were missed while nothing
 * ticked are followed one after the other.
 * An end by itself that falls due is put off by a random part, drawn from the seed of the command
 * at which it fell due: nobody can know it before. */

static const int64_t ms = 1000000;

void
core_times_reset(struct core_auction *a)
{
    a->end_ns = a->indicative_ns = a->next.at_ns = INT64_MAX;
}

void
core_times_schedule(struct core *c, uint32_t instrument_idx)
{
    const struct core_auction *a = &c->auctions[instrument_idx];
    int64_t due = a->end_ns < a->next.at_ns ? a->end_ns : a->next.at_ns;
    due = a->indicative_ns < due ? a->indicative_ns : due;
    due_heap_remove(&c->times, instrument_idx);
    if (due != INT64_MAX)
        due_heap_add(&c->times, due, instrument_idx);
}

int64_t
core_times_end(const struct core *c, uint32_t instrument_idx, int64_t from_ns)
{
    int64_t most = core_call_rules(c, instrument_idx).random_end_ms * ms;
    uint64_t draw = hash64_u64(c->cmd->seed, c->view_instruments[instrument_idx].instrument_id);
    return from_ns + (int64_t)(draw % ((uint64_t)most + 1));
}

void
core_times_moved(struct core *c, uint32_t instrument_idx)
{
    struct core_auction *a = &c->auctions[instrument_idx];
    uint8_t state = c->view_instruments[instrument_idx].state;
    a->end_ns = a->indicative_ns = INT64_MAX;
    if (core_is_call(state)) {
        a->told = (struct equilibrium_price){0};
        a->told_ns = c->time_ns;
        a->extended = 0;
        a->end_state = state == TRADING_CALL_CLOSING ? TRADING_CLOSED : TRADING_OPEN;
        uint32_t call_ms = core_call_rules(c, instrument_idx).call_ms;
        if (!a->by_time && call_ms != 0)
            a->end_ns = core_times_end(c, instrument_idx, c->time_ns + call_ms * ms);
        core_times_changed(c, instrument_idx);
    }
    core_times_schedule(c, instrument_idx);
}

void
core_times_told(struct core *c, uint32_t instrument_idx, const struct equilibrium_price *p)
{
    struct core_auction *a = &c->auctions[instrument_idx];
    a->told = *p;
    a->told_ns = c->time_ns;
    a->indicative_ns = INT64_MAX;
    core_times_schedule(c, instrument_idx);
}

void
core_times_changed(struct core *c, uint32_t instrument_idx)
{
    struct core_auction *a = &c->auctions[instrument_idx];
    a->walking = 0; /* work that began before takes orders out */
    if (a->indicative_ns != INT64_MAX || a->rules.indicative_ms == 0 ||
        !core_is_call(c->view_instruments[instrument_idx].state) ||
        (a->step >= PHASE_PAIR && a->step <= PHASE_REST))
        return;
    int64_t due = a->told_ns + a->rules.indicative_ms * ms;
    a->indicative_ns = due > c->time_ns ? due : c->time_ns;
    core_times_schedule(c, instrument_idx);
}

void
core_times_due(struct core *c)
{
    if (due_heap_next_ns(&c->times) > c->time_ns || c->times_open || !core_work_has_room(c))
        return;
    c->times_open = 1;
    core_work_start(c, &(struct work){.kind = WORK_TIMES});
}

bool
core_times_next(struct core *c, uint32_t *instrument_idx)
{
    if (due_heap_next_ns(&c->times) > c->time_ns)
        return false;
    *instrument_idx = (uint32_t)c->times.at[0].order_id;
    return true;
}

/* --- one that is due --- */

static void
move_to(struct core *c, uint32_t instrument_idx, uint8_t state)
{
    if (core_phase_has_steps(c, instrument_idx, state))
        core_phase_begin(c, instrument_idx, state, true);
    else
        core_phase_set(c, instrument_idx, state, 0);
}

/* A halt is an operator's: only the end of the day ends it by itself. A call that the timetable
 * ends may go on for a random part. */
static void
follow_timetable(struct core *c, uint32_t instrument_idx)
{
    struct core_auction *a = &c->auctions[instrument_idx];
    uint8_t from = c->view_instruments[instrument_idx].state;
    uint8_t to = (uint8_t)a->next.state;
    int64_t at_ns = a->next.at_ns;
    core_timetable_step(c, instrument_idx);
    if (c->instruments[instrument_idx].retired ||
        (from == TRADING_HALTED && to != TRADING_CLOSED) || from == to ||
        core_offering_shuts(c, instrument_idx, to))
        return;
    if (!core_is_call(from) || (to != TRADING_OPEN && to != TRADING_CLOSED)) {
        move_to(c, instrument_idx, to);
        return;
    }
    a->end_state = to;
    a->end_ns = core_times_end(c, instrument_idx, at_ns);
    core_times_schedule(c, instrument_idx);
}

/* The book is not busy. */
void
core_times_begin(struct core *c, uint32_t instrument_idx)
{
    struct core_auction *a = &c->auctions[instrument_idx];
    if (a->end_ns <= a->next.at_ns && a->end_ns <= c->time_ns) {
        a->end_ns = INT64_MAX;
        core_times_schedule(c, instrument_idx);
        move_to(c, instrument_idx, a->end_state);
    } else if (a->next.at_ns <= c->time_ns) {
        follow_timetable(c, instrument_idx);
    } else {
        c->instruments[instrument_idx].busy = 1;
        core_uncross_start(c, instrument_idx, PHASE_INDICATE);
    }
}
