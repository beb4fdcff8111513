#include "engine/core/core_offering.h"

#include "engine/base/check.h"
#include "engine/core/core_link.h"

/* An offering ends: at its window's end, on the first tick at or after it, what was subscribed to
 * is sold at one price.
 *   - Fewer lots than its minimum: it fails, and so it does when the issuer may not sell any more.
 *   - The price: the highest at which the subscriptions that would pay it take all that is offered;
 *     the lowest of the range when all together do not. With a fixed price the two are the same.
 *   - Who subscribed above it gets all that it wants. Those at the price share the rest: by time,
 *     or pro rata, each the whole lots of its part; the lots that are left over then go one each to
 *     the largest remainders, the earlier first where they are equal.
 *   - Each sale is a negotiated trade (DEAL_PRIMARY) between the issuer's order and a subscription:
 *     delivery against payment at once or by the instrument's cycle, fees as of makers. No book and
 *     no last price knows of it. What was not allotted is canceled, and the issuer's rest too.
 * Work does it in passes over the subscriptions, some thousand of them a command. Nobody may change
 * anything meanwhile; what the venue itself cancels then (a kill switch) has lost its part, which
 * goes back to the issuer.
 * source: 31 CFR 356.20 (U.S. Treasury single-price auctions: bids better than the price in full,
 * those at it in proportion); Hare's method for the remainders */

typedef __int128 wide;

/* Most events of one that gets its lots: fill, print, and what is left of it canceled. */
enum { EVENTS_PER_SALE = 2 + CORE_EVENTS_PER_END };

/* --- figures --- */

/* Of the lots that those at the price share, the whole ones that are its part. */
static int64_t
part_of(const struct core_offering *f, int64_t lots, int64_t *remainder)
{
    wide product = (wide)lots * f->share_lots;
    *remainder = (int64_t)(product % f->at_lots);
    return (int64_t)(product / f->at_lots);
}

static int64_t
remainder_of(const struct core_offering *f, const struct order *o)
{
    int64_t remainder = 0;
    if (o->price_units == f->price_units)
        (void)part_of(f, o->leaves_lots, &remainder);
    return remainder;
}

/* The value that a search is about has been reached by this one: what it counts for. */
static int64_t
midway(const struct core_offering *f)
{
    return f->least + (f->most - f->least) / 2 + (f->most - f->least) % 2;
}

static void
look_at(struct core_offering *f, const struct order *o)
{
    int64_t unused;
    bool at = o->price_units == f->price_units;
    switch (f->stage) {
    case OFFERING_AT_PRICE:
        f->sum += o->price_units >= midway(f) ? o->leaves_lots : 0;
        break;
    case OFFERING_AT_COUNT:
        f->above_lots += o->price_units > f->price_units ? o->leaves_lots : 0;
        f->at_lots += at ? o->leaves_lots : 0;
        break;
    case OFFERING_AT_FLOORS:
        f->sum += at ? part_of(f, o->leaves_lots, &unused) : 0;
        break;
    case OFFERING_AT_REST:
        f->sum += remainder_of(f, o) >= midway(f);
        break;
    default: /* EDGE */
        f->sum += remainder_of(f, o) > f->bound;
        break;
    }
}

/* --- passes --- */

/* True when the pass is over. */
static bool
pass(struct core *c, struct core_offering *f, uint32_t *steps)
{
    for (; f->cursor != ORDER_NONE && *steps > 0; --*steps) {
        const struct order *o = order_at(&c->pools.orders, f->cursor);
        look_at(f, o);
        f->cursor = o->next;
    }
    return f->cursor == ORDER_NONE;
}

static void
enter(struct core_offering *f, uint8_t stage)
{
    f->stage = stage;
    f->cursor = f->head;
    f->sum = 0;
}

/* For the largest value between least and most that lots or heads of at least so many have reached;
 * least is known to be such. True when it is found. */
static bool
narrow(struct core_offering *f, int64_t enough)
{
    int64_t value = midway(f);
    if (f->least < f->most && f->sum >= enough)
        f->least = value;
    else if (f->least < f->most)
        f->most = value - 1;
    f->cursor = f->head;
    f->sum = 0;
    return f->least == f->most;
}

static void
settle_shares(struct core *c, struct core_offering *f)
{
    int64_t rest = f->total_lots - f->above_lots;
    f->share_lots = f->at_lots < rest ? f->at_lots : rest;
    f->bound = INT64_MAX;
    core_offering_emit(c, f, OFFERING_ALLOTTING, 0);
    bool whole = f->share_lots == f->at_lots || f->method == OFFERING_BY_TIME;
    enter(f, whole ? OFFERING_AT_ALLOT : OFFERING_AT_FLOORS);
}

/* The pass that is over leads to the next. */
static void
go_on(struct core *c, struct core_offering *f)
{
    switch (f->stage) {
    case OFFERING_AT_PRICE:
        if (!narrow(f, f->total_lots))
            break;
        f->price_units = f->least;
        enter(f, OFFERING_AT_COUNT);
        break;
    case OFFERING_AT_COUNT:
        settle_shares(c, f);
        break;
    case OFFERING_AT_FLOORS:
        f->extra_lots = f->share_lots - f->sum;
        f->least = 1;
        f->most = f->at_lots - 1;
        enter(f, f->extra_lots == 0 ? OFFERING_AT_ALLOT : OFFERING_AT_REST);
        break;
    case OFFERING_AT_REST:
        if (!narrow(f, f->extra_lots))
            break;
        f->bound = f->least;
        enter(f, OFFERING_AT_EDGE);
        break;
    default: /* EDGE */
        f->extra_lots -= f->sum;
        enter(f, OFFERING_AT_ALLOT);
        break;
    }
}

/* --- selling --- */

/* What the first in line gets. */
static int64_t
allotment(struct core_offering *f, const struct order *o)
{
    int64_t lots = o->leaves_lots, remainder;
    if (o->price_units != f->price_units)
        return o->price_units > f->price_units ? lots : 0;
    if (f->method == OFFERING_BY_TIME) {
        lots = lots < f->share_lots ? lots : f->share_lots;
        f->share_lots -= lots;
        return lots;
    }
    lots = part_of(f, lots, &remainder);
    if (remainder > f->bound)
        return lots + 1;
    if (remainder != f->bound || f->extra_lots == 0)
        return lots;
    f->extra_lots--;
    return lots + 1;
}

/* What has come between since it was taken. */
static uint16_t
check_buyer(const struct core *c, uint32_t slot, uint32_t issuer)
{
    const struct order_pool *p = &c->pools.orders;
    const struct order *o = order_at(p, slot);
    if (core_killed(c, o->instrument_idx, o->account_idx))
        return REASON_KILL_SWITCH;
    return core_may_pair(c, o->instrument_idx, o->account_idx, order_at(p, issuer)->account_idx)
               ? 0
               : REASON_PAIR_NOT_ALLOWED;
}

static void
sell(struct core *c, struct core_offering *f, uint32_t slot)
{
    struct order *o = order_at(&c->pools.orders, slot);
    uint32_t issuer = order_pool_find(&c->pools.orders, f->order_id);
    int64_t lots = allotment(f, o);
    uint16_t reason = lots == 0 ? (uint16_t)REASON_NOT_ALLOTTED : check_buyer(c, slot, issuer);
    if (reason == REASON_KILL_SWITCH)
        core_work_count_early(c, slot);
    if (reason != 0) {
        core_order_kill(c, slot, reason, ORD_STATUS_CANCELED, NULL);
        return;
    }
    bool whole = lots == o->leaves_lots;
    core_order_take_out(c, slot);
    f->allotted_lots += lots;
    if (f->allotted_lots == f->total_lots)
        core_order_take_out(c, issuer);
    core_match_allot(c, slot, issuer, f->price_units, lots);
    if (!whole)
        core_order_kill(c, slot, REASON_NOT_ALLOTTED, ORD_STATUS_CANCELED, NULL);
}

/* The first in line is sold to, until none is left. */
static bool
allot(struct core *c, struct core_offering *f, uint32_t *steps)
{
    for (; f->head != ORDER_NONE && *steps > 0; --*steps) {
        if (!core_match_room(c, EVENTS_PER_SALE))
            return false;
        sell(c, f, f->head);
    }
    return f->head == ORDER_NONE && core_room(c) > CORE_EVENTS_PER_END + CORE_EVENTS_TAIL;
}

/* --- the end --- */

static void
finish(struct core *c, struct core_offering *f, uint16_t reason)
{
    uint32_t issuer = order_pool_find(&c->pools.orders, f->order_id);
    if (issuer != ORDER_NONE)
        core_order_kill(c, issuer, reason, ORD_STATUS_CANCELED, NULL);
    *f = (struct core_offering){0};
}

static bool
release(struct core *c, struct core_offering *f, uint32_t *steps)
{
    for (;; --*steps) {
        if (*steps == 0 || core_room(c) < core_events_per_end(c) + CORE_EVENTS_TAIL)
            return false;
        if (f->head == ORDER_NONE)
            break;
        core_order_kill(c, f->head, f->reason, ORD_STATUS_CANCELED, NULL);
    }
    finish(c, f, f->reason);
    return true;
}

/* A kill switch between two commands stops what is still to be sold; what was sold stays so. */
static void
stop_killed(struct core *c, struct core_offering *f)
{
    uint32_t issuer = order_pool_find(&c->pools.orders, f->order_id);
    if (f->stage == OFFERING_AT_RELEASE || issuer == ORDER_NONE ||
        !core_killed(c, f->instrument_idx, order_at(&c->pools.orders, issuer)->account_idx))
        return;
    core_work_count_early(c, issuer);
    core_offering_release(c, f, OFFERING_FAILED, REASON_KILL_SWITCH);
}

bool
core_offering_run(struct core *c, const struct work *w)
{
    struct core_offering *f = &c->offerings[w->instrument_idx];
    uint32_t steps = CORE_WALK_STEPS_MAX;
    stop_killed(c, f);
    if (f->stage == OFFERING_AT_RELEASE)
        return release(c, f, &steps);
    while (f->stage < OFFERING_AT_ALLOT) {
        if (!pass(c, f, &steps) || core_room(c) <= CORE_EVENTS_TAIL)
            return false;
        go_on(c, f);
    }
    if (!allot(c, f, &steps))
        return false;
    core_offering_emit(c, f, OFFERING_ALLOTTED, 0);
    finish(c, f, REASON_NOT_ALLOTTED);
    return true;
}

void
core_offering_release(struct core *c, struct core_offering *f, uint8_t state, uint16_t reason)
{
    f->stage = OFFERING_AT_RELEASE;
    f->reason = reason;
    f->subscribed_lots = f->open_lots;
    core_offering_emit(c, f, state, c->cmd->session_id);
    core_offerings_schedule(c);
}

/* Whether the issuer may still have it. */
static uint16_t
check_issuer(struct core *c, const struct core_offering *f)
{
    uint32_t slot = order_pool_find(&c->pools.orders, f->order_id);
    const struct order *o = order_at(&c->pools.orders, slot);
    if (c->instruments[f->instrument_idx].retired)
        return REASON_INSTRUMENT_RETIRED;
    if (core_killed(c, f->instrument_idx, o->account_idx))
        return REASON_KILL_SWITCH;
    uint16_t reason = core_order_freeze(c, o->account_idx, SIDE_SELL);
    if (reason != 0 || c->hooks.admit == NULL)
        return reason;
    struct hook_order h;
    struct decision d = {0};
    core_order_see(c, slot, &h);
    c->hooks.admit(c->hook_self, &h, &d);
    core_emit_decision(c, DECISION_ADMIT, o->order_id,
                       order_cold_at(&c->pools.orders, slot)->account_id,
                       c->view_instruments[f->instrument_idx].instrument_id, &d);
    if (d.verdict != VERDICT_REJECT)
        return 0;
    return d.reason != 0 ? d.reason : (uint16_t)REASON_NOT_AUTHORIZED;
}

void
core_offering_close(struct core *c, struct core_offering *f)
{
    uint16_t reason = check_issuer(c, f);
    if (reason == 0 && f->open_lots < f->min_total_lots)
        reason = REASON_OFFERING_FAILED;
    if (reason != 0) {
        core_offering_release(c, f, OFFERING_FAILED, reason);
        return;
    }
    bool short_of = f->open_lots < f->total_lots;
    f->subscribed_lots = f->open_lots;
    f->price_units = 0;
    f->least = f->low_units;
    f->most = short_of ? f->low_units : f->high_units;
    enter(f, OFFERING_AT_PRICE);
    core_offerings_schedule(c);
}

/* --- in time --- */

void
core_offerings_schedule(struct core *c)
{
    c->offering_due_ns = INT64_MAX;
    for (uint32_t i = 0; i < c->view.instrument_cnt; i++) {
        const struct core_offering *f = &c->offerings[i];
        if (f->stage == OFFERING_AT_OPEN && f->until_ns < c->offering_due_ns)
            c->offering_due_ns = f->until_ns;
    }
}

/* As many as there is room for; the others on the next tick. */
void
core_offerings_due(struct core *c)
{
    enum { EVENTS_TO_CLOSE = 2 };
    if (c->offering_due_ns > c->time_ns)
        return;
    for (uint32_t i = 0; i < c->view.instrument_cnt; i++) {
        struct core_offering *f = &c->offerings[i];
        if (f->stage != OFFERING_AT_OPEN || f->until_ns > c->time_ns)
            continue;
        if (!core_work_has_room(c) || core_room(c) < EVENTS_TO_CLOSE + CORE_EVENTS_TAIL)
            return;
        core_offering_close(c, f);
        core_work_start(c, &(struct work){.kind = WORK_OFFERING, .instrument_idx = i});
    }
}
