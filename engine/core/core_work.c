#include "engine/core/core_calendar.h"
#include "engine/core/core_corporate.h"
#include "engine/core/core_peg.h"
#include "engine/core/core_priv.h"

#include <string.h>

#include "engine/base/check.h"
#include "engine/core/core_link.h"
#include "engine/core/core_list.h"
#include "engine/core/core_offering.h"
#include "engine/core/core_request.h"

/* Work items: what one command started and CONTINUE commands carry on, oldest first. An item walks
 * over orders (of the pool, an account or a session) and does the same to each that it is meant
 * for; orders accepted after the item are not. A sweep that has no room for what hooks may ask
 * lets others go first. */

/* Most events that one step of a walk emits: decision, order, book. */
enum { EVENTS_PER_STEP = 4 };

/* --- the queue --- */

static void
drop(struct core *c, uint32_t at)
{
    memmove(&c->works[at], &c->works[at + 1], (c->work_cnt - at - 1) * sizeof(c->works[0]));
    c->work_cnt--;
    memset(&c->works[c->work_cnt], 0, sizeof(c->works[0]));
}

void
core_work_add(struct core *c, const struct work *w)
{
    CHECK(c->work_cnt < c->genesis.work_max);
    c->works[c->work_cnt++] = *w;
}

static bool run(struct core *c, uint32_t at);

/* Adds, and begins at once when nothing is before it. */
void
core_work_start(struct core *c, const struct work *w)
{
    core_work_add(c, w);
    if (c->work_cnt == 1 && run(c, 0))
        drop(c, 0);
}

void
core_work_continue(struct core *c)
{
    uint32_t at = 0;
    while (at + 1 < c->work_cnt && core_work_trades(&c->works[at]) && c->hooks.fill != NULL &&
           !core_work_has_room(c))
        at++;
    if (at < c->work_cnt && run(c, at))
        drop(c, at);
}

/* --- walking --- */

static uint32_t
successor(const struct core *c, const struct work *w, uint32_t slot)
{
    switch (w->domain) {
    case WALK_ACCOUNT:
        return order_link_at(&c->pools.orders, slot)->account_next;
    case WALK_SESSION:
        return order_link_at(&c->pools.orders, slot)->session_next;
    default:
        return slot + 1;
    }
}

void
core_work_unlink(struct core *c, uint32_t slot)
{
    for (uint32_t i = 0; i < c->work_cnt; i++) {
        struct work *w = &c->works[i];
        if (w->cursor == slot && (w->domain == WALK_ACCOUNT || w->domain == WALK_SESSION))
            w->cursor = successor(c, w, slot);
    }
}

static bool
walk_over(const struct core *c, const struct work *w)
{
    if (w->domain == WALK_POOL)
        return w->cursor >= c->pools.orders.used_max;
    return w->cursor == ORDER_NONE;
}

/* A request that does not say its side is of both. */
static bool
of_side(const struct core *c, const struct work *w, const struct order *o)
{
    return w->side == 0 || o->side == w->side ||
           (o->place == PLACE_REQUEST && c->requests[o->level].side == 0);
}

/* Whether the item is for orders such as this one. */
static bool
named(const struct core *c, const struct work *w, uint32_t slot)
{
    const struct order *o = order_at(&c->pools.orders, slot);
    return o->order_id >> ORDER_SLOT_BITS <= w->stamp && of_side(c, w, o) &&
           (w->instrument_idx == CORE_NONE || o->instrument_idx == w->instrument_idx) &&
           (w->session_id == 0 ||
            order_cold_at(&c->pools.orders, slot)->session_id == w->session_id) &&
           (order_cold_at(&c->pools.orders, slot)->exec_inst & w->exec_inst) == w->exec_inst &&
           (w->tenant_id == 0 || c->view_accounts[o->account_idx].tenant_id == w->tenant_id);
}

static bool
meant(const struct core *c, const struct work *w, uint32_t slot)
{
    const struct order *o = order_at(&c->pools.orders, slot);
    const struct order_cold *k = order_cold_at(&c->pools.orders, slot);
    if ((o->place != PLACE_BOOK && o->place != PLACE_DEAL && o->place != PLACE_PARKED &&
         o->place != PLACE_STOP && o->place != PLACE_WAIT && o->place != PLACE_PEG &&
         o->place != PLACE_WHOLE && o->place != PLACE_REQUEST && o->place != PLACE_OFFERING) ||
        !named(c, w, slot))
        return false;
    if (o->place == PLACE_OFFERING)
        return core_offering_meant(c, w, slot);
    if (w->flagged_only && (k->exec_inst & EXEC_CANCEL_ON_DISCONNECT) == 0 &&
        !c->sessions[w->domain_idx].cancel_on_disconnect)
        return false;
    if (w->kind == WORK_DAY_END)
        return (o->time_in_force == TIF_DAY || core_is_for_auction(o->time_in_force) ||
                o->place == PLACE_DEAL || o->place == PLACE_REQUEST) &&
               k->business_day < c->today;
    return true;
}

/* Cancels what the hooks would not admit any more. */
static void
check_again(struct core *c, const struct work *w, uint32_t slot)
{
    struct hook_order h;
    struct decision d = {0};
    if (c->hooks.admit == NULL || order_at(&c->pools.orders, slot)->place == PLACE_REQUEST)
        return; /* who asks holds nothing, and is asked when it takes a quote */
    core_order_see(c, slot, &h);
    c->hooks.admit(c->hook_self, &h, &d);
    if (d.verdict != VERDICT_REJECT)
        return;
    const struct order *o = order_at(&c->pools.orders, slot);
    core_emit_decision(c, DECISION_ADMIT, o->order_id,
                       order_cold_at(&c->pools.orders, slot)->account_id,
                       c->view_instruments[o->instrument_idx].instrument_id, &d);
    core_order_kill(c, slot, d.reason != 0 ? d.reason : (uint16_t)w->value, ORD_STATUS_CANCELED,
                    NULL);
}

static void
park(struct core *c, uint32_t slot)
{
    struct order *o = order_at(&c->pools.orders, slot);
    bool in_book = o->place == PLACE_BOOK;
    if (o->place == PLACE_PARKED) {
        core_list_stay(c, o->order_id);
        return;
    }
    core_order_take_out(c, slot);
    core_order_park(c, slot);
    core_emit_order(c, EVENT_ORDER_STATUS, slot, REASON_PARKED, ORD_STATUS_PARKED);
    if (!in_book)
        return;
    core_emit_book(c, EVENT_BOOK_DELETE, o, 0);
    core_view_update(c, o->instrument_idx);
}

static void
treat(struct core *c, const struct work *w, uint32_t slot)
{
    switch (w->kind) {
    case WORK_CHECK:
        check_again(c, w, slot);
        break;
    case WORK_PARK:
        if (order_at(&c->pools.orders, slot)->place ==
                PLACE_DEAL || /* nobody may accept what waits */
            order_at(&c->pools.orders, slot)->place == PLACE_OFFERING ||
            order_at(&c->pools.orders, slot)->place == PLACE_REQUEST)
            core_order_kill(c, slot, (uint16_t)w->value, ORD_STATUS_CANCELED, NULL);
        else
            park(c, slot);
        break;
    case WORK_DAY_END:
        core_order_kill(c, slot, REASON_DAY_END, ORD_STATUS_EXPIRED, NULL);
        break;
    default:
        core_order_kill(c, slot, (uint16_t)w->value, ORD_STATUS_CANCELED, NULL);
        break;
    }
}

/* True when the walk is over. */
static bool
walk(struct core *c, uint32_t at)
{
    struct work *w = &c->works[at];
    for (int step = 0; step < CORE_WALK_STEPS_MAX; step++) {
        if (walk_over(c, w))
            return true;
        if (core_room(c) < EVENTS_PER_STEP + core_events_of_links(c) + core_events_of_requests(c) +
                               CORE_EVENTS_TAIL)
            return false;
        uint32_t slot = w->cursor;
        w->cursor = successor(c, w, slot);
        if (!meant(c, w, slot))
            continue;
        w->canceled_cnt += w->request_seq != 0;
        treat(c, w, slot);
    }
    return walk_over(c, w);
}

void
core_work_count_early(struct core *c, uint32_t slot)
{
    for (uint32_t i = 0; i < c->work_cnt; i++) {
        struct work *w = &c->works[i];
        bool here = w->domain != WALK_ACCOUNT ||
                    w->domain_idx == order_at(&c->pools.orders, slot)->account_idx;
        if (w->request_seq != 0 && w->value == REASON_KILL_SWITCH && here && named(c, w, slot)) {
            w->canceled_cnt++;
            return; /* by the first that would have met it */
        }
    }
}

/* What goes on in an instrument's book goes first. */
static void
clear_the_way(struct core *c, uint32_t instrument_idx)
{
    for (uint32_t i = 0; i < c->work_cnt; i++) {
        if (core_work_in_book(&c->works[i]) && c->works[i].instrument_idx == instrument_idx) {
            if (run(c, i))
                drop(c, i);
            return;
        }
    }
}

/* One instrument of WORK_STATE; false: to be gone on with. */
static bool
next_state(struct core *c, struct work *w)
{
    uint32_t idx = w->cursor;
    uint8_t state = (uint8_t)w->value;
    if (core_room(c) <= CORE_EVENTS_TAIL)
        return false;
    if (w->side == 0 && core_offering_shuts(c, idx, state))
        return true;
    if (w->side == 0 && !core_phase_has_steps(c, idx, state) && !core_phase_waits(c, idx, state)) {
        core_phase_set(c, idx, state, 0);
        return true;
    }
    if (w->side == 0 && c->instruments[idx].busy) {
        clear_the_way(c, idx); /* may move the item itself */
        return false;
    }
    if (w->side == 0) {
        core_phase_begin(c, idx, state, false);
        w->side = 1;
        w->instrument_idx = idx;
    }
    if (!core_phase_run(c, w))
        return false;
    w->side = 0;
    return true;
}

static bool
next_states(struct core *c, struct work *w)
{
    for (; w->cursor < c->view.instrument_cnt; w->cursor++) {
        if (!next_state(c, w))
            return false;
    }
    return true;
}

/* What is due of one instrument after the other. */
static bool
next_times(struct core *c, struct work *w)
{
    while (w->side == 1 || core_times_next(c, &w->instrument_idx)) {
        if (core_room(c) <= CORE_EVENTS_TAIL)
            return false;
        if (w->side == 0 && c->instruments[w->instrument_idx].busy) {
            clear_the_way(c, w->instrument_idx); /* may move the item itself */
            return false;
        }
        if (w->side == 0)
            core_times_begin(c, w->instrument_idx);
        w->side = 1;
        if (c->auctions[w->instrument_idx].step != PHASE_NONE && !core_phase_run(c, w))
            return false;
        w->side = 0;
    }
    c->times_open = 0;
    return true;
}

/* The pegs of one instrument after the other. */
static bool
next_pegs(struct core *c, struct work *w)
{
    while (w->side == 1 || core_pegs_next(c, &w->instrument_idx)) {
        if (w->side == 0 && c->instruments[w->instrument_idx].busy) {
            clear_the_way(c, w->instrument_idx); /* may move the item itself */
            return false;
        }
        w->side = 1;
        if (!core_pegs_run(c, w))
            return false;
        w->side = 0;
    }
    c->pegs_open = 0;
    return true;
}

/* The second order of a list. */
static bool
next_of_list(struct core *c, const struct work *w)
{
    if (c->instruments[w->instrument_idx].busy) {
        clear_the_way(c, w->instrument_idx); /* may move the item itself */
        return false;
    }
    core_list_run(c, w);
    return true;
}

/* True when the item is done. */
static bool
run(struct core *c, uint32_t at)
{
    struct work *w = &c->works[at];
    bool done = true;
    if (w->kind == WORK_SWEEP) {
        uint32_t slot = order_pool_find(&c->pools.orders, w->order_id);
        CHECK(slot != ORDER_NONE && order_at(&c->pools.orders, slot)->place == PLACE_SWEEPING);
        core_match(c, slot);
        done = !core_order_sweeps(c, w->order_id);
    } else if (w->kind == WORK_STATE) {
        done = next_states(c, w);
    } else if (w->kind == WORK_PHASE) {
        done = core_phase_run(c, w);
    } else if (w->kind == WORK_TIMES) {
        done = next_times(c, w);
    } else if (w->kind == WORK_PEGS) {
        done = next_pegs(c, w);
    } else if (w->kind == WORK_EXPIRE) {
        done = core_expire_run(c);
    } else if (w->kind == WORK_CORPORATE) {
        done = core_corporate_run(c);
    } else if (w->kind == WORK_CALENDAR) {
        done = core_calendar_run(c, w);
    } else if (w->kind == WORK_OFFERING) {
        done = core_offering_run(c, w);
    } else if (w->kind == WORK_STOPS) {
        done = core_stops_run(c, w);
    } else if (w->kind == WORK_ENTER) {
        done = next_of_list(c, w);
    } else {
        done = walk(c, at);
        if (done && w->kind == WORK_DAY_END)
            c->day_end_open = 0;
        if (done && w->request_seq != 0)
            core_report_emit(c, w);
    }
    return done;
}

/* --- what hooks ask for --- */

static bool
same_item(const struct work *a, const struct work *b)
{
    return a->kind == b->kind && a->domain == b->domain && a->domain_idx == b->domain_idx &&
           a->instrument_idx == b->instrument_idx;
}

/* An item that has not begun yet and does the same takes in the newer one. */
static bool
merged(struct core *c, const struct work *w)
{
    for (uint32_t i = 1; i < c->work_cnt; i++) {
        if (same_item(&c->works[i], w)) {
            c->works[i].stamp = w->stamp;
            if (w->domain == WALK_POOL)
                c->works[i].cursor = 0;
            else
                c->works[i].cursor = c->accounts[w->domain_idx].order_head;
            return true;
        }
    }
    return false;
}

static void
freeze(struct core *c, uint32_t account_idx, uint32_t value, uint32_t reason)
{
    c->accounts[account_idx].freeze = value;
    struct decision d = {.verdict = value == FREEZE_NONE ? VERDICT_ALLOW : VERDICT_REJECT,
                         .reason = (uint16_t)(reason != 0 ? reason : REASON_ACCOUNT_FROZEN),
                         .actual = value};
    core_emit_decision(c, DECISION_COMMAND, 0, c->view_accounts[account_idx].account_id, 0, &d);
}

static void
take_effect(struct core *c, uint32_t kind, uint32_t id, uint32_t value, uint32_t reason)
{
    struct work w = {.kind = kind == EFFECT_PARK_ACCOUNT ? WORK_PARK : WORK_CHECK,
                     .domain = WALK_ACCOUNT,
                     .instrument_idx = CORE_NONE,
                     .value = reason != 0 ? reason : (uint32_t)REASON_NOT_AUTHORIZED,
                     .stamp = c->pools.orders.accepted_cnt};
    if (kind == EFFECT_SWEEP_INSTRUMENT) {
        w.domain = WALK_POOL;
        w.instrument_idx = core_instrument_idx(c, id);
        CHECK(w.instrument_idx != CORE_NONE, "a hook named instrument %u", id);
    } else {
        w.domain_idx = core_account_idx(c, id);
        CHECK(w.domain_idx != CORE_NONE, "a hook named account %u", id);
        w.cursor = c->accounts[w.domain_idx].order_head;
    }
    if (kind == EFFECT_FREEZE_ACCOUNT)
        freeze(c, w.domain_idx, value & FREEZE_FULL, reason);
    else if (!merged(c, &w))
        core_work_add(c, &w);
}

void
core_effects_take(struct core *c, const struct hook_effects *effects)
{
    CHECK(effects->cnt <= HOOK_EFFECT_MAX);
    for (uint32_t i = 0; i < effects->cnt; i++)
        take_effect(c, effects->item[i].kind, effects->item[i].id, effects->item[i].value,
                    effects->item[i].reason);
}
