#include "engine/core/core_corporate.h"
#include "engine/core/core_peg.h"
#include "engine/core/core_priv.h"

#include "engine/base/check.h"

/* An instrument moves from one trading state to another. From a call into open or closed leads the
 * auction; a call that was halted goes on when it is called again, or ends in its auction when it
 * is opened. Stops that an auction's trades reached enter when the instrument next takes orders. */

static bool
has_auction(const struct core *c, uint32_t instrument_idx, uint8_t state)
{
    bool called = core_is_call(c->view_instruments[instrument_idx].state);
    return c->instruments[instrument_idx].call &&
           (state == TRADING_OPEN || (called && state == TRADING_CLOSED));
}

bool
core_phase_waits(const struct core *c, uint32_t instrument_idx, uint8_t state)
{
    const struct core_instrument *ins = &c->instruments[instrument_idx];
    return ins->busy &&
           (core_is_call(state) || ins->call || c->auctions[instrument_idx].step != PHASE_NONE ||
            core_corporate_on(c, ins->asset_idx));
}

void
core_phase_set(struct core *c, uint32_t instrument_idx, uint8_t state, uint32_t session_id)
{
    struct hook_instrument *v = &c->view_instruments[instrument_idx];
    v->state = state;
    struct event_trading_state *e =
        core_emit(c, EVENT_TRADING_STATE, sizeof(*e), AUDIENCE_PUBLIC, session_id);
    e->instrument_id = v->instrument_id;
    e->state = state;
    core_pegs_moved(c, instrument_idx);
    core_times_moved(c, instrument_idx);
}

bool
core_phase_has_steps(const struct core *c, uint32_t instrument_idx, uint8_t state)
{
    const struct core_instrument *ins = &c->instruments[instrument_idx];
    return core_is_call(state) || has_auction(c, instrument_idx, state) ||
           (state == TRADING_OPEN && ins->reached_side != 0 && !ins->busy);
}

void
core_phase_begin(struct core *c, uint32_t instrument_idx, uint8_t state, bool by_time)
{
    struct core_auction *a = &c->auctions[instrument_idx];
    CHECK(a->step == PHASE_NONE && !c->instruments[instrument_idx].busy);
    a->to_state = state;
    a->by_time = by_time;
    c->instruments[instrument_idx].busy = 1;
    if (has_auction(c, instrument_idx, state))
        core_uncross_start(c, instrument_idx, PHASE_PRICE);
    else
        a->step = PHASE_MOVE;
}

static void
move(struct core *c, uint32_t instrument_idx)
{
    struct core_instrument *ins = &c->instruments[instrument_idx];
    struct core_auction *a = &c->auctions[instrument_idx];
    ins->call = core_is_call(a->to_state);
    core_phase_set(c, instrument_idx, a->to_state, 0);
    a->step = PHASE_ENTER;
}

/* True when there are none left. */
static bool
let_stops_enter(struct core *c, struct work *w)
{
    struct core_instrument *ins = &c->instruments[w->instrument_idx];
    if (!ins->stops_open &&
        (ins->reached_side == 0 || c->view_instruments[w->instrument_idx].state == TRADING_CLOSED))
        return true;
    ins->stops_open = 1;
    return core_stops_run(c, w);
}

bool
core_phase_run(struct core *c, struct work *w)
{
    uint32_t instrument_idx = w->instrument_idx;
    struct core_auction *a = &c->auctions[instrument_idx];
    if (a->step < PHASE_MOVE && !core_uncross_run(c, instrument_idx))
        return false;
    if (a->step == PHASE_NONE) { /* indicative, or the call goes on */
        c->instruments[instrument_idx].busy = 0;
        return true;
    }
    if (a->step == PHASE_MOVE)
        move(c, instrument_idx);
    if (a->step == PHASE_ENTER) {
        if (!core_call_enter_run(c, instrument_idx))
            return false;
        a->step = PHASE_STOPS;
    }
    if (!let_stops_enter(c, w))
        return false;
    a->step = PHASE_NONE;
    c->instruments[instrument_idx].busy = 0;
    return true;
}
