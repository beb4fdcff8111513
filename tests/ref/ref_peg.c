#include <stddef.h>

#include "engine/model/reason.h"
#include "tests/ref/ref_priv.h"

/* Pegged orders, from docs/match.md: the price of each is worked out whenever it is asked for. */

enum { MOST_OFFSETS = 16 };

bool
ref_is_peg(const struct ref_order *o)
{
    return o->type == ORD_PEGGED;
}

static bool
follows_middle(const struct ref_order *o)
{
    return (o->exec_inst & EXEC_PEG_MIDPOINT) != 0;
}

int64_t
ref_seen_best(const struct ref_venue *r, uint32_t instrument, uint8_t side)
{
    int64_t best = 0;
    for (uint32_t i = 0; i < r->order_cnt; i++) {
        const struct ref_order *o = &r->orders[i];
        if (o->place == REF_BOOK && o->instrument == instrument && o->side == side &&
            ref_shows(o) > 0 &&
            (best == 0 || (side == SIDE_BUY ? o->price > best : o->price < best)))
            best = o->price;
    }
    return best;
}

void
ref_pegs_in_band(struct ref_venue *r, uint32_t instrument)
{
    struct ref_instrument *ins = &r->instruments[instrument];
    ref_band_window(ins, &ins->low, &ins->high);
}

void
ref_market_now(struct ref_venue *r, uint32_t instrument)
{
    r->instruments[instrument].bid = ref_seen_best(r, instrument, SIDE_BUY);
    r->instruments[instrument].ask = ref_seen_best(r, instrument, SIDE_SELL);
    ref_pegs_in_band(r, instrument);
}

/* Sells are looked at upside down: minus every price, so that one rule does for both sides. */
int64_t
ref_peg_price(const struct ref_venue *r, const struct ref_order *o)
{
    const struct ref_instrument *ins = &r->instruments[o->instrument];
    int64_t up = o->side == SIDE_BUY ? 1 : -1;
    int64_t mine = up * (up == 1 ? ins->bid : ins->ask);
    int64_t theirs = up * (up == 1 ? ins->ask : ins->bid), base = mine;
    if (mine == 0 || (follows_middle(o) && theirs == 0))
        return 0;
    if (follows_middle(o)) /* as near to the middle as it goes without being beyond */
        base += (theirs - mine) / 2;
    int64_t price = base + up * o->offset;
    if (theirs != 0 && price >= theirs) {
        price = up == 1 ? ref_tick_at(ins, theirs - 1) : -ref_tick_above(ins, -theirs);
        price = price < base ? base : price;
    }
    if (price > up * (up == 1 ? ins->high : ins->low))
        price = up * (up == 1 ? ins->high : ins->low);
    price = up * (price > up * o->cap ? up * o->cap : price);
    return price < ins->low || price > ins->high ? 0 : price;
}

/* The worst price for which an order may trade now. */
int64_t
ref_bound(const struct ref_venue *r, const struct ref_order *o)
{
    if (!ref_is_peg(o))
        return o->cap;
    int64_t price = ref_peg_price(r, o);
    return price == 0 && o->side == SIDE_SELL ? INT64_MAX : price;
}

/* By price, then by limit, then by time. */
static bool
ahead(const struct ref_venue *r, const struct ref_order *a, const struct ref_order *b)
{
    int64_t up = a->side == SIDE_BUY ? 1 : -1;
    int64_t mine = up * ref_peg_price(r, a), theirs = up * ref_peg_price(r, b);
    if (mine != theirs)
        return mine > theirs;
    return a->cap != b->cap ? up * a->cap > up * b->cap : a->priority < b->priority;
}

struct ref_order *
ref_peg_behind(const struct ref_venue *r, uint32_t instrument, uint8_t side,
               const struct ref_order *one)
{
    struct ref_order *found = NULL;
    for (uint32_t i = 0; i < r->order_cnt; i++) {
        struct ref_order *o = &r->orders[i];
        if (o->place == REF_PEG && o->instrument == instrument && o->side == side &&
            ref_peg_price(r, o) != 0 && (one == NULL || ahead(r, one, o)) &&
            (found == NULL || ahead(r, o, found)))
            found = o;
    }
    return found;
}

static uint8_t
other(uint8_t side)
{
    return side == SIDE_BUY ? SIDE_SELL : SIDE_BUY;
}

/* The best price, of the book and of pegs; 0 = there is nothing. */
int64_t
ref_best_of_all(const struct ref_venue *r, uint32_t instrument, uint8_t side)
{
    const struct ref_order *o = ref_best(r, instrument, side);
    const struct ref_order *peg = ref_peg_behind(r, instrument, side, NULL);
    int64_t best = o == NULL ? 0 : o->price, pegged = peg == NULL ? 0 : ref_peg_price(r, peg);
    if (best == 0 || pegged == 0)
        return best + pegged;
    return (side == SIDE_BUY) == (pegged > best) ? pegged : best;
}

bool
ref_meets_any(const struct ref_venue *r, uint32_t instrument, uint8_t side, int64_t price)
{
    int64_t best = ref_best_of_all(r, instrument, other(side));
    return best != 0 && (side == SIDE_BUY ? best <= price : best >= price);
}

/* Sixteen offsets of a side are in use at most. */
static bool
offset_room(const struct ref_venue *r, const struct ref_order *o)
{
    uint32_t others = 0;
    for (uint32_t i = 0; i < r->order_cnt; i++) {
        const struct ref_order *x = &r->orders[i];
        if (x->place != REF_PEG || x->instrument != o->instrument || x->side != o->side)
            continue;
        if (ref_same_offset(x, o))
            return true;
        bool first = true;
        for (uint32_t j = 0; j < i && first; j++)
            first = r->orders[j].place != REF_PEG || r->orders[j].instrument != x->instrument ||
                    r->orders[j].side != x->side || !ref_same_offset(&r->orders[j], x);
        others += first;
    }
    return others < MOST_OFFSETS;
}

bool
ref_same_offset(const struct ref_order *a, const struct ref_order *b)
{
    return a->offset == b->offset && follows_middle(a) == follows_middle(b);
}

uint16_t
ref_peg_room(const struct ref_venue *r, const struct ref_order *o)
{
    return offset_room(r, o) ? 0 : REASON_TABLE_FULL;
}

/* --- the market moves --- */

static bool
one_waits(const struct ref_venue *r, uint32_t instrument, enum ref_place place)
{
    bool found = false;
    for (uint32_t i = 0; i < r->order_cnt; i++)
        found = found || (r->orders[i].place == place && r->orders[i].instrument == instrument);
    return found;
}

static void
make_due(struct ref_venue *r, uint32_t instrument)
{
    bool due = false;
    for (uint32_t i = 0; i < r->due_cnt; i++)
        due = due || r->due[i] == instrument;
    if (!due)
        r->due[r->due_cnt++] = instrument;
}

void
ref_book_moved(struct ref_venue *r, uint32_t instrument)
{
    if (one_waits(r, instrument, REF_PEG) || one_waits(r, instrument, REF_WHOLE))
        make_due(r, instrument);
}

void
ref_wholes_moved(struct ref_venue *r, uint32_t instrument)
{
    if (one_waits(r, instrument, REF_WHOLE))
        make_due(r, instrument);
}

/* A peg that can trade with what waits, or one that is all or none and would be filled; NULL. */
static struct ref_order *
in_reach(struct ref_venue *r, uint32_t instrument)
{
    const struct ref_instrument *ins = &r->instruments[instrument];
    if (ins->call || ins->state != TRADING_OPEN)
        return NULL;
    ref_market_now(r, instrument);
    for (uint8_t side = SIDE_BUY; side <= SIDE_SELL; side++) {
        struct ref_order *o = ref_peg_behind(r, instrument, side, NULL);
        if (o != NULL && ref_meets_any(r, instrument, side, ref_peg_price(r, o)))
            return o;
    }
    return ref_whole_in_reach(r, instrument);
}

/* They enter one after the other; true when none is left, or stops go first. */
bool
ref_pegs_enter(struct ref_venue *r, const struct command *cmd, struct ref_work *w)
{
    struct ref_instrument *ins = &r->instruments[w->instrument];
    struct ref_order *o = w->order == REF_NO_ORDER ? NULL : &r->orders[w->order];
    if (o != NULL && o->place == REF_SWEEPING)
        ref_match(r, cmd, o);
    while (o == NULL || o->place != REF_SWEEPING) {
        w->order = REF_NO_ORDER;
        if (ins->entering)
            return true;
        o = in_reach(r, (uint32_t)w->instrument);
        ins->busy = o != NULL;
        if (o == NULL) {
            r->due_cnt--;
            for (uint32_t i = 0; i < r->due_cnt; i++)
                r->due[i] = r->due[i + 1];
            return true;
        }
        if (ref_must_stop(r))
            return false;
        w->order = (uint32_t)(o - r->orders);
        ref_match(r, cmd, o);
    }
    return false;
}

void
ref_pegs_start(struct ref_venue *r, const struct command *cmd)
{
    if (r->due_cnt == 0 || r->pegs_open || !ref_work_room(r))
        return;
    r->pegs_open = true;
    ref_work_start(r, cmd, &(struct ref_work){.kind = REF_WORK_PEGS, .order = REF_NO_ORDER});
}
