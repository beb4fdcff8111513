#include "engine/core/core_peg.h"

#include "engine/base/check.h"
#include "engine/core/core_band.h"
#include "engine/core/core_share.h"

/* Pegged orders. They are not shown and not in the book: what a peg may trade at is a function of
 * the best prices that are shown (peg_index.h), so that nothing moves when these do. At one price
 * the book goes first, shown and hidden, then pegs. While an order takes, what pegs follow stands
 * still: a sweep does not drive them before itself.
 * What the market can do is to bring pegs into reach of each other, or of a hidden order (never of
 * one that is shown). After the command that moved it they enter the market again, one at a time:
 * while one can trade the best buy, then the best sell. A peg that has more left than it met keeps
 * its place in time. One that meets whom it may not trade with ends, as any other order does.
 * Price bands bound pegs as a limit does; no peg is refused by them, or begins an interruption.
 * Nothing of it happens in calls, halts and closed instruments; pegs wait.
 * source: FIX 4.4 tags 40=P, 18=R and M, 211; IEX Rules 11.190(b)(8), (9) (not displayed, at the
 *         less aggressive of what is followed and the limit), 11.230(a)(4)(D) (order book recheck);
 *         Cboe BZX Rule 11.9(c)(8) (an offset; without what is followed the order stays, not
 *         executable), SR-CboeBZX-2025-165 */

/* --- what an order asks --- */

bool
core_peg_fits(const struct command_order_new *o)
{
    uint32_t follows = o->exec_inst & (EXEC_PEG_PRIMARY | EXEC_PEG_MIDPOINT);
    return o->ord_type == ORD_PEGGED ? follows == EXEC_PEG_PRIMARY || follows == EXEC_PEG_MIDPOINT
                                     : follows == 0;
}

bool
core_peg_offset_fits(const struct core_instrument *ins, const struct command_order_new *o)
{
    if (o->ord_type != ORD_PEGGED)
        return core_trail_fits(o);
    return ins->tick_units == 0 ? o->peg_offset_units == 0
                                : o->peg_offset_units % ins->tick_units == 0;
}

struct core_peg_order
core_peg_asked(const struct command_order_new *o, uint32_t instrument_idx, int64_t cap_units)
{
    bool mid = (o->exec_inst & EXEC_PEG_MIDPOINT) != 0;
    return (struct core_peg_order){.instrument_idx = instrument_idx,
                                   .side = o->side,
                                   .kind = mid ? PEG_MIDPOINT : PEG_PRIMARY,
                                   .offset_units = o->peg_offset_units,
                                   .cap_units = cap_units};
}

/* --- what they follow --- */

int64_t
core_shown_best(const struct core *c, uint32_t instrument_idx, uint8_t side)
{
    const struct core_instrument *ins = &c->instruments[instrument_idx];
    const struct level_side *s = &ins->book.side[side - SIDE_BUY];
    uint32_t at = s->best;
    for (int step = 0; at != LEVEL_NONE && step < CORE_PEG_LEVELS_MAX; step++) {
        int64_t lots, price = c->pools.levels.levels[at].price_units;
        uint32_t cnt;
        book_level_shown(&ins->book, &c->pools, side, at, &lots, &cnt);
        if (lots > 0)
            return price;
        at = level_worse(&c->pools.levels, s, price);
    }
    return 0;
}

static void
within_band(const struct core *c, uint32_t instrument_idx, struct peg_market *m)
{
    int64_t low, high;
    core_band_window(c, instrument_idx, &low, &high);
    m->low_units = low > 1 ? low : 1;
    m->high_units = high < m->high_units ? high : m->high_units;
}

struct peg_market
core_peg_market(const struct core *c, uint32_t instrument_idx)
{
    const struct core_instrument *ins = &c->instruments[instrument_idx];
    struct peg_market m = {.bid_units = core_shown_best(c, instrument_idx, SIDE_BUY),
                           .ask_units = core_shown_best(c, instrument_idx, SIDE_SELL),
                           .low_units = 1,
                           .high_units = ins->max_price_units};
    struct ticks ticks = core_ticks(c, instrument_idx);
    if (m.bid_units != 0)
        m.above_bid_units = ticks_above(&ticks, m.bid_units);
    if (m.ask_units != 0)
        m.below_ask_units = ticks_floor(&ticks, m.ask_units - 1);
    if (ins->banded)
        within_band(c, instrument_idx, &m);
    return m;
}

void
core_peg_hold_still(struct core *c, uint32_t instrument_idx)
{
    c->pegs[instrument_idx].market = core_peg_market(c, instrument_idx);
}

void
core_peg_in_band(struct core *c, uint32_t instrument_idx)
{
    struct peg_market *m = &c->pegs[instrument_idx].market;
    m->high_units = c->instruments[instrument_idx].max_price_units;
    within_band(c, instrument_idx, m);
}

int64_t
core_peg_bound(const struct core_peg_order *x, const struct peg_market *m)
{
    int64_t price = peg_price(x->side, x->kind, x->offset_units, m);
    if (price != 0)
        price = peg_price_within(x->side, price, x->cap_units, m);
    return price == 0 && x->side == SIDE_SELL ? INT64_MAX : price;
}

struct core_peg_order
core_peg_of(const struct core *c, uint32_t slot)
{
    const struct order *o = order_at(&c->pools.orders, slot);
    const struct order_cold *k = order_cold_at(&c->pools.orders, slot);
    return (struct core_peg_order){.instrument_idx = o->instrument_idx,
                                   .side = o->side,
                                   .kind = peg_kind(k),
                                   .offset_units = k->offset_units,
                                   .cap_units = k->cap_units};
}

int64_t
core_peg_taker_bound(const struct core *c, uint32_t slot)
{
    struct core_peg_order x = core_peg_of(c, slot);
    return core_peg_bound(&x, &c->pegs[x.instrument_idx].market);
}

bool
core_peg_room(const struct core *c, const struct core_peg_order *x)
{
    return peg_index_has_room(&c->pegs[x->instrument_idx].index, x->side, x->kind, x->offset_units);
}

static uint32_t
best_peg(const struct core *c, uint32_t instrument_idx, uint8_t side, const struct peg_market *m,
         int64_t *price_units)
{
    struct peg_walk w;
    *price_units = 0;
    peg_walk_start(&w, &c->pegs[instrument_idx].index, &c->pools, side, m);
    return peg_walk_best(&w, &c->pools, price_units);
}

int64_t
core_peg_best(const struct core *c, uint32_t instrument_idx, uint8_t side,
              const struct peg_market *m)
{
    int64_t price;
    return best_peg(c, instrument_idx, side, m, &price) == ORDER_NONE ? 0 : price;
}

bool
core_peg_crosses(const struct core *c, uint32_t instrument_idx, uint8_t side, int64_t bound_units,
                 const struct peg_market *m)
{
    bool buys = side == SIDE_BUY;
    int64_t best = core_peg_best(c, instrument_idx, buys ? SIDE_SELL : SIDE_BUY, m);
    return best != 0 && (buys ? best <= bound_units : best >= bound_units);
}

/* --- those that wait --- */

void
core_peg_rest(struct core *c, uint32_t slot)
{
    const struct order *o = order_at(&c->pools.orders, slot);
    struct core_pegs *pegs = &c->pegs[o->instrument_idx];
    struct order_display *d = order_display_at(&c->pools.orders, slot);
    if (d->stamp == 0)
        d->stamp = c->cmd_seq;
    peg_index_add(&pegs->index, &c->pools, slot);
    pegs->cnt[o->side - SIDE_BUY]++;
    book_side(&c->instruments[o->instrument_idx].book, o->side)->veiled_cnt++;
    if ((c->instruments[o->instrument_idx].extra & EXTRA_PRO_RATA) != 0)
        core_share_rest(c, slot);
}

void
core_peg_take_out(struct core *c, uint32_t slot)
{
    const struct order *o = order_at(&c->pools.orders, slot);
    struct core_pegs *pegs = &c->pegs[o->instrument_idx];
    peg_index_remove(&pegs->index, &c->pools, slot);
    book_side(&c->instruments[o->instrument_idx].book, o->side)->veiled_cnt--;
    pegs->cnt[o->side - SIDE_BUY]--;
}

void
core_peg_leave(struct core *c, uint32_t slot)
{
    core_peg_take_out(c, slot);
    order_display_at(&c->pools.orders, slot)->stamp = 0;
}

bool
core_peg_fill(struct core *c, uint32_t slot, int64_t lots)
{
    struct order *o = order_at(&c->pools.orders, slot);
    CHECK(lots > 0 && lots <= o->leaves_lots);
    o->leaves_lots -= lots;
    if (o->leaves_lots > 0)
        return true;
    core_peg_take_out(c, slot);
    return false;
}

/* --- the market has moved --- */

void
core_peg_due(struct core *c, uint32_t instrument_idx)
{
    struct core_pegs *pegs = &c->pegs[instrument_idx];
    if (pegs->due)
        return;
    pegs->due = 1;
    pegs->due_next = CORE_NONE;
    *(c->peg_head == CORE_NONE ? &c->peg_head : &c->pegs[c->peg_tail].due_next) = instrument_idx;
    c->peg_tail = instrument_idx;
}

void
core_pegs_start(struct core *c)
{
    if (c->pegs_open || !core_work_has_room(c))
        return;
    c->pegs_open = 1;
    core_work_start(c, &(struct work){.kind = WORK_PEGS, .instrument_idx = CORE_NONE});
}

bool
core_pegs_next(const struct core *c, uint32_t *instrument_idx)
{
    *instrument_idx = c->peg_head;
    return c->peg_head != CORE_NONE;
}

static void
no_longer_due(struct core *c)
{
    struct core_pegs *first = &c->pegs[c->peg_head];
    c->peg_head = first->due_next;
    if (c->peg_head == CORE_NONE)
        c->peg_tail = CORE_NONE;
    first->due = 0;
    first->due_next = CORE_NONE;
}

static bool
trades(const struct core *c, uint32_t instrument_idx)
{
    return !c->instruments[instrument_idx].call &&
           c->view_instruments[instrument_idx].state == TRADING_OPEN;
}

/* A peg that can trade with what waits, or ORDER_NONE. */
static uint32_t
next_in_reach(const struct core *c, uint32_t instrument_idx)
{
    const struct core_instrument *ins = &c->instruments[instrument_idx];
    if (!core_pegged(c, instrument_idx) || !trades(c, instrument_idx))
        return ORDER_NONE;
    struct peg_market m = core_peg_market(c, instrument_idx);
    int64_t bid, ask;
    uint32_t buy = best_peg(c, instrument_idx, SIDE_BUY, &m, &bid);
    uint32_t sell = best_peg(c, instrument_idx, SIDE_SELL, &m, &ask);
    if (buy != ORDER_NONE &&
        (book_crosses(&ins->book, &c->pools, SIDE_BUY, bid) || (sell != ORDER_NONE && ask <= bid)))
        return buy;
    return sell != ORDER_NONE && book_crosses(&ins->book, &c->pools, SIDE_SELL, ask) ? sell
                                                                                     : ORDER_NONE;
}

/* Pegs, then those that are all or none. Stops that the trades of one reached go before the next:
 * the instrument stays due. */
bool
core_pegs_run(struct core *c, struct work *w)
{
    uint32_t instrument_idx = w->instrument_idx;
    struct core_instrument *ins = &c->instruments[instrument_idx];
    uint32_t slot = order_pool_find(&c->pools.orders, w->order_id);
    if (slot != ORDER_NONE) /* it entered before, and its sweep goes on */
        core_match(c, slot);
    while (!core_order_sweeps(c, w->order_id)) {
        w->order_id = 0;
        if (ins->stops_open)
            return true;
        slot = next_in_reach(c, instrument_idx);
        if (slot == ORDER_NONE && trades(c, instrument_idx))
            slot = core_whole_in_reach(c, instrument_idx);
        ins->busy = slot != ORDER_NONE;
        if (slot == ORDER_NONE) {
            no_longer_due(c);
            return true;
        }
        if (core_room(c) <= CORE_EVENTS_PER_END + CORE_EVENTS_TAIL)
            return false;
        w->order_id = order_at(&c->pools.orders, slot)->order_id;
        if (order_at(&c->pools.orders, slot)->place == PLACE_PEG)
            core_peg_take_out(c, slot);
        else
            core_whole_take_out(c, slot);
        core_match(c, slot);
    }
    return false;
}

uint32_t
core_peg_check(const struct core *c, uint32_t instrument_idx, uint32_t *levels)
{
    const struct core_pegs *pegs = &c->pegs[instrument_idx];
    const struct core_instrument *ins = &c->instruments[instrument_idx];
    uint32_t orders = peg_index_check(&pegs->index, &c->pools, levels);
    CHECK(orders == pegs->cnt[0] + pegs->cnt[1]);
    CHECK(pegs->due || ins->busy || next_in_reach(c, instrument_idx) == ORDER_NONE,
          "pegs in reach of each other are left");
    return orders;
}
