#include "engine/core/core_priv.h"
#include "engine/core/core_quote.h"

#include "engine/base/check.h"
#include "engine/core/core_link.h"
#include "engine/core/core_band.h"

/* The auction at the end of a call. The price comes from the book alone (equilibrium.h of
 * engine/book); who may not trade with whom shows when orders are paired at it: buys by price, then
 * time, each with sells by price, then time; those that it may not trade with are passed over, at
 * most as many as a taker may pass over. What is then still crossed is canceled, of the two best
 * orders the later one, until nothing is. Orders for this auction only end; all others stay with
 * their place. Both sides of a fill pay the maker's fee: neither took. Everything here goes on over
 * as many commands as it takes; meanwhile the book is busy. */

enum { EVENTS_PER_STEP = CORE_EVENTS_PER_PAIR };

int64_t
core_reference(const struct core *c, uint32_t instrument_idx)
{
    const struct hook_instrument *v = &c->view_instruments[instrument_idx];
    return v->last_units != 0 ? v->last_units : v->reference_units;
}

void
core_uncross_start(struct core *c, uint32_t instrument_idx, uint8_t step)
{
    struct core_auction *a = &c->auctions[instrument_idx];
    a->walking = 0;
    a->cursor_id = 0;
    a->step = step;
}

/* --- the price --- */

static void
emit_auction(struct core *c, uint32_t instrument_idx, uint8_t stage,
             const struct equilibrium_price *p, int64_t until_ns)
{
    const struct hook_instrument *v = &c->view_instruments[instrument_idx];
    struct event_auction *e = core_emit(c, EVENT_AUCTION, sizeof(*e), AUDIENCE_PUBLIC, 0);
    e->instrument_id = v->instrument_id;
    e->state = v->state;
    e->stage = stage;
    e->rule = p->rule;
    e->surplus_side = p->surplus_side;
    e->price_units = p->price_units;
    e->qty_lots = p->lots;
    e->surplus_lots = p->surplus_lots;
    e->reference_units = core_reference(c, instrument_idx);
    e->until_ns = until_ns;
}

/* Indicative figures are told when they differ from those told last. */
static void
tell(struct core *c, uint32_t instrument_idx, const struct equilibrium_price *p)
{
    struct core_auction *a = &c->auctions[instrument_idx];
    if (p->price_units != a->told.price_units || p->lots != a->told.lots ||
        p->surplus_lots != a->told.surplus_lots || p->surplus_side != a->told.surplus_side)
        emit_auction(c, instrument_idx, AUCTION_INDICATIVE, p, 0);
    core_times_told(c, instrument_idx, p);
    a->step = PHASE_NONE;
}

static bool
out_of_range(int64_t price_units, int64_t reference_units, uint32_t range_ppm)
{
    int64_t far = price_units > reference_units ? price_units - reference_units
                                                : reference_units - price_units;
    return (__int128)far * MONEY_PPM > (__int128)reference_units * range_ppm;
}

static bool
too_far(struct core *c, uint32_t instrument_idx, int64_t price_units)
{
    int64_t reference = core_reference(c, instrument_idx);
    uint32_t range_ppm = c->auctions[instrument_idx].rules.range_ppm;
    if (c->instruments[instrument_idx].banded &&
        core_band_auction_outside(c, instrument_idx, price_units))
        return true;
    return range_ppm != 0 && reference != 0 && out_of_range(price_units, reference, range_ppm);
}

/* A call that would end by itself at a price too far from the reference goes on. */
static bool
is_extended(struct core *c, uint32_t instrument_idx, const struct equilibrium_price *p)
{
    struct core_auction *a = &c->auctions[instrument_idx];
    struct call_rules rules = core_call_rules(c, instrument_idx);
    if (!a->by_time || a->extended >= rules.extension_max || p->price_units == 0 ||
        !too_far(c, instrument_idx, p->price_units))
        return false;
    int64_t until_ns = c->time_ns + (int64_t)rules.extension_ms * 1000000;
    emit_auction(c, instrument_idx, AUCTION_EXTENDED, p, until_ns);
    a->extended++;
    a->end_state = a->to_state;
    a->end_ns = core_times_end(c, instrument_idx, until_ns);
    core_times_told(c, instrument_idx, p);
    a->step = PHASE_NONE;
    return true;
}

/* False: the walk goes on. */
static bool
find_price(struct core *c, uint32_t instrument_idx)
{
    struct core_auction *a = &c->auctions[instrument_idx];
    const struct equilibrium_book b = {&c->instruments[instrument_idx].book, &c->pools,
                                       c->link_cnt == 0 ? NULL : c->idle_lots};
    struct equilibrium_price p;
    if (!a->walking)
        equilibrium_start(&a->walk, &b);
    a->walking = 1;
    if (!equilibrium_walk(&a->walk, &b, CORE_WALK_STEPS_MAX))
        return false;
    struct ticks ticks = core_ticks(c, instrument_idx);
    equilibrium_decide(&a->walk, &b, &ticks, core_reference(c, instrument_idx), &p);
    if (a->step == PHASE_INDICATE) {
        tell(c, instrument_idx, &p);
    } else if (!is_extended(c, instrument_idx, &p)) {
        emit_auction(c, instrument_idx, AUCTION_UNCROSS, &p, 0);
        a->price_units = p.price_units;
        a->step = p.price_units != 0 ? PHASE_PAIR : PHASE_REST;
    }
    return true;
}

/* --- the trades --- */

static uint32_t
first_of(const struct core *c, uint32_t instrument_idx, uint8_t side)
{
    uint32_t best = book_best(&c->instruments[instrument_idx].book, side);
    return best == LEVEL_NONE ? ORDER_NONE : c->pools.levels.levels[best].head;
}

static uint32_t
next_of(const struct core *c, uint32_t slot)
{
    const struct order *o = order_at(&c->pools.orders, slot);
    if (o->next != ORDER_NONE)
        return o->next;
    const struct book *b = &c->instruments[o->instrument_idx].book;
    uint32_t level = level_worse(&c->pools.levels, &b->side[o->side - SIDE_BUY], o->price_units);
    return level == LEVEL_NONE ? ORDER_NONE : c->pools.levels.levels[level].head;
}

/* The next one, which stays when this one ends. */
static uint32_t
next_but_linked(const struct core *c, uint32_t slot)
{
    uint32_t next = next_of(c, slot);
    return core_link_is(c, slot, next) ? next_of(c, next) : next;
}

/* Where the work stands: the order of the cursor, or the first if that is gone. */
static uint32_t
resume(const struct core *c, const struct core_auction *a, uint32_t instrument_idx, uint8_t side)
{
    uint32_t slot = order_pool_find(&c->pools.orders, a->cursor_id);
    if (slot != ORDER_NONE && order_at(&c->pools.orders, slot)->place == PLACE_BOOK)
        return slot;
    return first_of(c, instrument_idx, side);
}

static void
keep_cursor(const struct core *c, struct core_auction *a, uint32_t slot)
{
    a->cursor_id = slot == ORDER_NONE ? 0 : order_at(&c->pools.orders, slot)->order_id;
}

/* The first sell that this buy may trade with, at the price or below; ORDER_NONE = none. */
static uint32_t
sell_for(const struct core *c, uint32_t buy_slot, int64_t price_units)
{
    const struct order *buy = order_at(&c->pools.orders, buy_slot);
    uint32_t at = first_of(c, buy->instrument_idx, SIDE_SELL);
    for (uint32_t skipped = 0; at != ORDER_NONE && skipped <= c->genesis.maker_skip_max;
         skipped++) {
        const struct order *sell = order_at(&c->pools.orders, at);
        if (sell->price_units > price_units)
            return ORDER_NONE;
        if (core_may_pair(c, buy->instrument_idx, buy->account_idx, sell->account_idx))
            return at;
        at = next_of(c, at);
    }
    return ORDER_NONE;
}

/* A sell trades above its limit, so that its sums can become larger than at its admission. */
static bool
sum_fits(const struct core *c, uint32_t slot, int64_t price_units)
{
    const struct order *o = order_at(&c->pools.orders, slot);
    int64_t cost, floor_units, ceil_units;
    return !__builtin_mul_overflow(price_units, o->leaves_lots, &cost) &&
           !__builtin_add_overflow(cost, order_cold_at(&c->pools.orders, slot)->cum_cost, &cost) &&
           money_notional_fits(&c->instruments[o->instrument_idx].rate, cost, &floor_units,
                               &ceil_units);
}

/* A kill switch stops either; two of one party are kept from each other as in continuous trading,
 * the later one in the place of the one that enters. True when they are not to trade. */
static bool
avoided(struct core *c, uint32_t buy, uint32_t sell)
{
    const struct order *b = order_at(&c->pools.orders, buy), *s = order_at(&c->pools.orders, sell);
    if (!core_meetings_matter(c, &c->instruments[b->instrument_idx]))
        return false;
    if (core_killed(c, b->instrument_idx, b->account_idx)) {
        (void)core_avoid(c, MEET_STOPPED, sell, buy);
        return true;
    }
    enum core_meeting meeting = core_meet(c, b->instrument_idx, b->account_idx, s->account_idx);
    bool buy_is_later = b->order_id > s->order_id;
    if (meeting == MEET_SELF && !buy_is_later)
        (void)core_avoid(c, meeting, sell, buy);
    else if (meeting != MEET_TRADE)
        (void)core_avoid(c, meeting, buy, sell);
    return meeting != MEET_TRADE;
}

static void
pair(struct core *c, uint32_t buy, uint32_t sell, int64_t price_units)
{
    if (avoided(c, buy, sell))
        return;
    if (sum_fits(c, sell, price_units))
        core_match_pair(c, buy, sell, price_units);
    else
        core_order_kill(c, sell, REASON_TOO_LARGE, ORD_STATUS_CANCELED, NULL);
}

static bool
pair_all(struct core *c, uint32_t instrument_idx)
{
    struct core_auction *a = &c->auctions[instrument_idx];
    uint32_t buy = resume(c, a, instrument_idx, SIDE_BUY);
    for (int step = 0; step < CORE_WALK_STEPS_MAX; step++) {
        if (buy == ORDER_NONE || order_at(&c->pools.orders, buy)->price_units < a->price_units) {
            a->cursor_id = 0;
            a->step = PHASE_CROSS;
            return true;
        }
        keep_cursor(c, a, buy);
        uint32_t stop_events = core_protects(c) ? CORE_EVENTS_PER_STOP : 0;
        if (!core_match_room(c, EVENTS_PER_STEP + stop_events))
            return false;
        uint32_t sell = sell_for(c, buy, a->price_units);
        uint32_t next = sell == ORDER_NONE ? next_of(c, buy) : next_but_linked(c, buy);
        uint64_t buy_id = a->cursor_id;
        uint64_t next_id = next == ORDER_NONE ? 0 : order_at(&c->pools.orders, next)->order_id;
        if (sell != ORDER_NONE)
            pair(c, buy, sell, a->price_units);
        if (sell != ORDER_NONE && order_pool_find(&c->pools.orders, buy_id) != ORDER_NONE)
            continue;
        bool gone = next_id != 0 && order_pool_find(&c->pools.orders, next_id) == ORDER_NONE;
        buy = gone ? first_of(c, instrument_idx, SIDE_BUY) : next; /* a quote that was stopped */
    }
    keep_cursor(c, a, buy);
    return false;
}

/* --- what is left --- */

static bool
end_crossed(struct core *c, uint32_t instrument_idx)
{
    struct core_auction *a = &c->auctions[instrument_idx];
    for (;;) {
        uint32_t buy = first_of(c, instrument_idx, SIDE_BUY);
        uint32_t sell = first_of(c, instrument_idx, SIDE_SELL);
        if (buy == ORDER_NONE || sell == ORDER_NONE ||
            order_at(&c->pools.orders, buy)->price_units <
                order_at(&c->pools.orders, sell)->price_units)
            break;
        if (core_room(c) < core_events_per_end(c) + CORE_EVENTS_TAIL)
            return false;
        bool buy_is_later =
            order_at(&c->pools.orders, buy)->order_id > order_at(&c->pools.orders, sell)->order_id;
        core_order_kill(c, buy_is_later ? buy : sell, REASON_INELIGIBLE_CROSS, ORD_STATUS_CANCELED,
                        NULL);
    }
    a->step = PHASE_REST;
    return true;
}

/* Ends an order that was for this auction only. */
static void
end_if_for_auction(struct core *c, uint32_t slot)
{
    const struct order *o = order_at(&c->pools.orders, slot);
    if (core_is_for_auction(o->time_in_force))
        core_order_kill(c, slot, REASON_AUCTION_END, ORD_STATUS_EXPIRED, NULL);
    else if (o->time_in_force == TIF_IOC)
        core_order_kill(c, slot,
                        order_cold_at(&c->pools.orders, slot)->cum_lots > 0 ? REASON_IOC_REMAINDER
                                                                            : REASON_NO_LIQUIDITY,
                        ORD_STATUS_CANCELED, NULL);
}

/* Buys, then sells, by price and time. */
static bool
end_for_auction(struct core *c, uint32_t instrument_idx)
{
    struct core_auction *a = &c->auctions[instrument_idx];
    uint32_t at = a->one_auction ? resume(c, a, instrument_idx, SIDE_BUY) : ORDER_NONE;
    if (at == ORDER_NONE && a->one_auction)
        at = first_of(c, instrument_idx, SIDE_SELL);
    for (int step = 0; at != ORDER_NONE; step++) {
        keep_cursor(c, a, at);
        if (step == CORE_WALK_STEPS_MAX || core_room(c) < core_events_per_end(c) + CORE_EVENTS_TAIL)
            return false;
        bool buy = order_at(&c->pools.orders, at)->side == SIDE_BUY;
        uint64_t order_id = a->cursor_id;
        uint32_t next = next_but_linked(c, at);
        end_if_for_auction(c, at);
        if (order_pool_find(&c->pools.orders, order_id) != ORDER_NONE)
            next = next_of(c, at);
        at = next == ORDER_NONE && buy ? first_of(c, instrument_idx, SIDE_SELL) : next;
    }
    a->cursor_id = 0;
    a->one_auction = 0;
    a->step = PHASE_MOVE;
    return true;
}

bool
core_uncross_run(struct core *c, uint32_t instrument_idx)
{
    const struct core_auction *a = &c->auctions[instrument_idx];
    bool goes_on = true;
    if (a->step <= PHASE_PRICE)
        goes_on = find_price(c, instrument_idx);
    if (goes_on && a->step == PHASE_PAIR)
        goes_on = pair_all(c, instrument_idx);
    if (goes_on && a->step == PHASE_CROSS)
        goes_on = end_crossed(c, instrument_idx);
    if (goes_on && a->step == PHASE_REST)
        goes_on = end_for_auction(c, instrument_idx);
    core_view_update(c, instrument_idx);
    return goes_on;
}
