#include "engine/core/core_share.h"

#include <string.h>

#include "engine/core/core_link.h"
#include "engine/core/core_quote.h"
#include "engine/core/core_walk.h"
#include "engine/core/core_whole.h"

/* Pro-rata allocation. A taker that comes to a level where more is shown than it has open trades
 * there in three steps:
 *   top    the order that bettered the market when it came, and has been the first of its price
 *          since, gets its part of the taker's lots, before all others
 *   share  each order, by time, gets of what is left then its part of what is shown then, rounded
 *          down; a share below the least one is none
 *   time   what is left over goes by time, as everywhere
 * A level of which the taker takes all that is shown is served by time alone. Only what is shown
 * counts: hidden orders and the rest of an iceberg have their turn by time, and so have those that
 * may not trade with the taker, or would end instead: these get no share, yet count among what is
 * shown. A share is smaller than what its order shows, so that no order leaves the level by one.
 *
 * A fill-or-kill or a minimum quantity was counted on all that is there. Orders of which a fill of
 * a part may end the rest (linked ones, quotes under protection) get no share of such a taker;
 * then by time at least as much is traded before each order as without shares, and the count holds.
 *
 * The steps go on over as many commands as it takes. Both quantities that shares are reckoned from
 * are kept as they were; meanwhile the book is busy, so that orders can only leave it.
 * source: CME Globex notice 020705-1 (TOP, pro rata with a minimum, then FIFO) and CME Globex
 *         Matching Algorithm Steps (only displayed quantity; FIFO where the aggressor takes all;
 *         TOP minimum and maximum) */

static struct core_share *
share_of(const struct core *c, uint32_t slot)
{
    return &c->shares[order_at(&c->pools.orders, slot)->instrument_idx];
}

/* --- the rules --- */

/* Offset in command_allocation of what cannot be; 0 = it can. */
static uint32_t
bad_rule(const struct allocation_rules *r)
{
    if (r->method > ALLOCATION_PRO_RATA)
        return offsetof(struct command_allocation, rules.method);
    bool by_time = r->method == ALLOCATION_PRICE_TIME;
    if (r->top_ppm > (by_time ? 0 : MONEY_PPM))
        return offsetof(struct command_allocation, rules.top_ppm);
    if (r->top_min_lots < 0 || (r->top_min_lots != 0 && r->top_ppm == 0))
        return offsetof(struct command_allocation, rules.top_min_lots);
    if (r->top_max_lots < 0 || (r->top_max_lots != 0 && r->top_ppm == 0))
        return offsetof(struct command_allocation, rules.top_max_lots);
    if (r->min_lots < 0 || (r->min_lots != 0 && by_time))
        return offsetof(struct command_allocation, rules.min_lots);
    return 0;
}

void
core_share_emit(struct core *c, uint32_t instrument_idx, uint32_t session_id)
{
    struct event_allocation *e =
        core_emit(c, EVENT_ALLOCATION, sizeof(*e), AUDIENCE_PUBLIC, session_id);
    e->instrument_id = c->view_instruments[instrument_idx].instrument_id;
    e->zero = 0;
    e->rules = c->shares[instrument_idx].rules;
}

/* From the next order that takes on. Who bettered the market before is not known. */
void
core_share_set(struct core *c, const struct command *cmd)
{
    const struct command_allocation *x = (const void *)cmd;
    struct core_admin a;
    if (!core_admin_enter(c, cmd, ROLE_CONFIGURE, CORE_EYES_REFERENCE, 0, &a))
        return;
    uint32_t idx = core_instrument_idx(c, x->instrument_id), bad = bad_rule(&x->rules);
    uint16_t reason = c->rules_version < CORE_RULES_ORDERS ? REASON_UNKNOWN_COMMAND
                      : idx == CORE_NONE                   ? REASON_UNKNOWN_INSTRUMENT
                      : bad != 0                           ? REASON_BAD_FIELD
                      : c->instruments[idx].busy           ? REASON_BOOK_BUSY
                                                           : 0;
    if (reason != 0) {
        core_emit_refusal(c, cmd, reason, reason == REASON_BAD_FIELD ? bad : 0);
        return;
    }
    c->shares[idx] = (struct core_share){.rules = x->rules, .next = ORDER_NONE};
    c->instruments[idx].extra = core_instrument_extra(c, idx);
    core_share_emit(c, idx, cmd->session_id);
    core_admin_done(c, cmd, &a, 0);
}

/* --- the top order --- */

/* A better price than that of the top order takes its place away, whoever has it. */
void
core_share_rest(struct core *c, uint32_t slot)
{
    const struct order *o = order_at(&c->pools.orders, slot);
    const struct core_instrument *ins = &c->instruments[o->instrument_idx];
    struct core_share *s = share_of(c, slot);
    uint64_t *top = &s->top_id[o->side - SIDE_BUY];
    int64_t shown = book_shown(&c->pools, slot);
    if (s->taker_id == o->order_id)
        s->taker_id = 0; /* its sweep has ended before it came to that level again */
    if (s->rules.top_ppm == 0 || shown == 0)
        return;
    uint32_t former = order_pool_find(&c->pools.orders, *top);
    bool first = c->pools.levels.levels[o->level].head == slot;
    bool better = former == ORDER_NONE ||
                  core_within(o->side == SIDE_BUY ? SIDE_SELL : SIDE_BUY, o->price_units,
                              order_at(&c->pools.orders, former)->price_units);
    if (first && book_best(&ins->book, o->side) == o->level)
        *top = ins->call || shown < s->rules.top_min_lots ? 0 : o->order_id;
    else if (former == slot || (first && better))
        *top = 0;
}

void
core_share_behind(struct core *c, uint32_t slot)
{
    const struct order *o = order_at(&c->pools.orders, slot);
    uint64_t *top = &share_of(c, slot)->top_id[o->side - SIDE_BUY];
    if (*top == o->order_id)
        *top = 0;
}

/* What it gets before all others of its level. */
static int64_t
top_lots(const struct core_share *s, int64_t taker_lots, int64_t shown_lots)
{
    int64_t lots = (int64_t)((__int128)taker_lots * s->rules.top_ppm / MONEY_PPM);
    if (s->rules.top_max_lots != 0 && lots > s->rules.top_max_lots)
        lots = s->rules.top_max_lots;
    return lots < shown_lots ? lots : shown_lots;
}

/* --- shares --- */

static bool
must_fill(const struct core *c, uint32_t taker)
{
    uint8_t time_in_force = order_at(&c->pools.orders, taker)->time_in_force;
    return time_in_force == TIF_FOK || core_is_whole(c, taker) ||
           (time_in_force == TIF_IOC && order_cold_at(&c->pools.orders, taker)->until != 0);
}

/* Whether it trades with the taker before its turn by time. */
static bool
may_share(const struct core *c, uint32_t taker, uint32_t maker)
{
    const struct order *t = order_at(&c->pools.orders, taker),
                       *m = order_at(&c->pools.orders, maker);
    const struct core_instrument *ins = &c->instruments[t->instrument_idx];
    if (!core_pair_allowed(c, t->instrument_idx, t->side, t->account_idx, m->account_idx))
        return false;
    if (core_meetings_matter(c, ins) &&
        core_meet(c, t->instrument_idx, t->account_idx, m->account_idx) != MEET_TRADE)
        return false;
    return !must_fill(c, taker) ||
           ((c->link_cnt == 0 || c->linked[maker] == 0) && !core_protected(c, maker));
}

static bool
has_room(const struct core *c)
{
    return core_match_room(c, CORE_EVENTS_PER_FILL + 1 + CORE_EVENTS_PER_STOP);
}

static enum matched
give(struct core *c, uint32_t taker, uint32_t maker, int64_t lots)
{
    if (!has_room(c))
        return MATCHED_PART;
    return core_match_share(c, taker, maker, lots) ? MATCHED_ALL : MATCHED_GONE;
}

static void
keep(struct core *c, uint32_t taker, uint32_t next)
{
    struct core_share *s = share_of(c, taker);
    s->taker_id = order_at(&c->pools.orders, taker)->order_id;
    s->next = next;
}

void
core_share_keep(struct core *c, uint32_t taker, int64_t price_units)
{
    share_of(c, taker)->price_units = price_units;
    keep(c, taker, ORDER_NONE);
}

/* From this order on. */
static enum matched
share_out(struct core *c, uint32_t taker, uint32_t at)
{
    const struct core_share *s = share_of(c, taker);
    int64_t least = s->rules.min_lots > 0 ? s->rules.min_lots : 1;
    for (int step = 0; at != ORDER_NONE; step++) {
        int64_t shown = book_shown(&c->pools, at);
        int64_t lots = (int64_t)((__int128)s->taker_lots * shown / s->level_lots);
        uint32_t next = order_at(&c->pools.orders, at)->next;
        enum matched given = step < CORE_WALK_STEPS_MAX ? MATCHED_ALL : MATCHED_PART;
        if (given == MATCHED_ALL && lots >= least && may_share(c, taker, at)) {
            next = core_maker_behind(c, at);
            given = give(c, taker, at, lots);
        }
        if (given == MATCHED_PART)
            keep(c, taker, at);
        if (given != MATCHED_ALL)
            return given;
        at = next;
    }
    return MATCHED_ALL;
}

static int64_t
shown_at(const struct core *c, const struct core_instrument *ins, uint8_t side, uint32_t level)
{
    int64_t lots;
    uint32_t cnt;
    book_level_shown(&ins->book, &c->pools, side, level, &lots, &cnt);
    return lots;
}

/* The top order of this level, if it is still the first; before the shares begin. */
static enum matched
serve_top(struct core *c, uint32_t taker, uint32_t level, uint8_t side)
{
    struct core_share *s = share_of(c, taker);
    uint64_t *top_id = &s->top_id[side - SIDE_BUY];
    uint32_t top = c->pools.levels.levels[level].head;
    if (order_at(&c->pools.orders, top)->order_id != *top_id || !may_share(c, taker, top))
        return MATCHED_ALL;
    int64_t lots =
        top_lots(s, order_at(&c->pools.orders, taker)->leaves_lots, book_shown(&c->pools, top));
    return lots == 0 ? MATCHED_ALL : give(c, taker, top, lots);
}

enum matched
core_share_level(struct core *c, uint32_t taker, uint32_t maker)
{
    const struct order *t = order_at(&c->pools.orders, taker),
                       *m = order_at(&c->pools.orders, maker);
    struct core_instrument *ins = &c->instruments[t->instrument_idx];
    struct core_share *s = share_of(c, taker);
    uint8_t side = m->side;
    int64_t price_units = m->price_units;
    uint32_t level = m->level;
    bool kept = s->taker_id == t->order_id && s->price_units == price_units;
    s->taker_id = 0;
    if (kept)
        return share_out(c, taker, s->next);
    if (!has_room(c))
        return MATCHED_PART; /* nothing is reckoned before something can trade */
    if (t->leaves_lots >= shown_at(c, ins, side, level))
        return MATCHED_ALL;
    enum matched served = serve_top(c, taker, level, side);
    if (served != MATCHED_ALL)
        return served;
    level = level_find(&c->pools.levels, book_side(&ins->book, side), price_units);
    if (level == LEVEL_NONE || t->leaves_lots >= shown_at(c, ins, side, level))
        return MATCHED_ALL;
    s->price_units = price_units;
    s->taker_lots = t->leaves_lots;
    s->level_lots = shown_at(c, ins, side, level);
    return share_out(c, taker, c->pools.levels.levels[level].head);
}

void
core_share_leave(struct core *c, uint32_t slot)
{
    struct core_share *s = share_of(c, slot);
    if (s->next == slot)
        s->next = order_at(&c->pools.orders, slot)->next;
}

/* --- loading --- */

bool
core_share_sane(const struct core *c, uint32_t instrument_idx)
{
    const struct core_share *s = &c->shares[instrument_idx];
    const struct order_pool *orders = &c->pools.orders;
    uint32_t taker = order_pool_find(&c->pools.orders, s->taker_id);
    if (bad_rule(&s->rules) != 0)
        return false;
    if (taker == ORDER_NONE || s->next == ORDER_NONE)
        return true;
    return order_at(orders, taker)->place == PLACE_SWEEPING &&
           order_at(orders, taker)->instrument_idx == instrument_idx &&
           s->next < c->pools.orders.used_max && order_at(orders, s->next)->place == PLACE_BOOK &&
           order_at(orders, s->next)->instrument_idx == instrument_idx &&
           order_at(orders, s->next)->side != order_at(orders, taker)->side &&
           order_at(orders, s->next)->price_units == s->price_units &&
           s->level_lots > s->taker_lots && s->taker_lots > 0;
}
