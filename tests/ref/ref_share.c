#include "tests/ref/ref_priv.h"

/* Pro-rata allocation, from docs/match.md. */

static bool
shown_at(const struct ref_order *m, uint32_t instrument, uint8_t side, int64_t price)
{
    return m->place == REF_BOOK && m->instrument == instrument && m->side == side &&
           m->price == price && ref_shows(m) > 0;
}

static uint8_t
makers_of(const struct ref_order *o)
{
    return o->side == SIDE_BUY ? SIDE_SELL : SIDE_BUY;
}

static int64_t
sum_at(const struct ref_venue *r, const struct ref_order *o)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < r->order_cnt; i++) {
        const struct ref_order *m = &r->orders[i];
        if (shown_at(m, o->instrument, makers_of(o), o->share_price))
            sum += ref_shows(m);
    }
    return sum;
}

/* The earliest of a price from this priority on. */
static struct ref_order *
first_from(const struct ref_venue *r, uint32_t instrument, uint8_t side, int64_t price,
           uint64_t priority)
{
    struct ref_order *first = NULL;
    for (uint32_t i = 0; i < r->order_cnt; i++) {
        struct ref_order *m = &r->orders[i];
        if (shown_at(m, instrument, side, price) && m->priority >= priority &&
            (first == NULL || m->priority < first->priority))
            first = m;
    }
    return first;
}

static bool
may(const struct ref_venue *r, const struct ref_order *o, const struct ref_order *m)
{
    bool must = o->tif == TIF_FOK || ref_is_whole(o) || (o->tif == TIF_IOC && o->min_qty != 0);
    return ref_may_pair(r, o, m) && !ref_killed(r, o->instrument, m->account) &&
           !ref_same_party(r, o->instrument, o->account, m->account) && (!must || m->link == 0);
}

static int64_t
share(const struct ref_venue *r, const struct ref_order *o, const struct ref_order *m)
{
    const struct allocation_rules *rules = &r->instruments[o->instrument].allocation;
    if (o->share_shown == 0)
        return 0;
    int64_t lots = (int64_t)((wide)ref_shows(m) * o->share_mine / o->share_shown);
    return lots < rules->min_lots || !may(r, o, m) ? 0 : lots;
}

/* To the next order that gets anything. */
static void
seek(const struct ref_venue *r, struct ref_order *o)
{
    struct ref_order *m = NULL;
    while (o->share_from != 0) {
        m = first_from(r, o->instrument, makers_of(o), o->share_price, o->share_from);
        if (m != NULL && share(r, o, m) > 0)
            return;
        o->share_from = m == NULL ? 0 : m->priority + 1;
    }
}

static void
reckon(const struct ref_venue *r, struct ref_order *o)
{
    o->share_mine = o->qty - o->cum;
    o->share_shown = sum_at(r, o);
    o->share_from = o->share_mine < o->share_shown ? 1 : 0;
    seek(r, o);
}

/* What the top order of the price gets; NULL: there is none. */
static struct ref_order *
top_of(const struct ref_venue *r, const struct ref_order *o, int64_t *lots)
{
    const struct ref_instrument *ins = &r->instruments[o->instrument];
    struct ref_order *m = first_from(r, o->instrument, makers_of(o), o->share_price, 0);
    if (m == NULL || m->order_id != ins->top[makers_of(o) - SIDE_BUY] || !may(r, o, m))
        return NULL;
    *lots = (int64_t)((wide)(o->qty - o->cum) * ins->allocation.top_ppm / 1000000);
    if (ins->allocation.top_max_lots != 0 && *lots > ins->allocation.top_max_lots)
        *lots = ins->allocation.top_max_lots;
    if (*lots > ref_shows(m))
        *lots = ref_shows(m);
    return *lots > 0 ? m : NULL;
}

bool
ref_share_due(const struct ref_venue *r, const struct ref_order *o, const struct ref_order *maker)
{
    return r->instruments[o->instrument].allocation.method == ALLOCATION_PRO_RATA &&
           !ref_is_peg(maker) && !ref_is_whole(maker) && maker->price != o->share_price;
}

void
ref_share_begin(const struct ref_venue *r, struct ref_order *o, int64_t price)
{
    int64_t lots;
    o->share_price = price;
    o->share_from = 0;
    o->share_top = o->qty - o->cum < sum_at(r, o) && top_of(r, o, &lots) != NULL;
    if (!o->share_top)
        reckon(r, o);
}

struct ref_order *
ref_share_next(const struct ref_venue *r, struct ref_order *o, int64_t *lots)
{
    if (o->share_top)
        return top_of(r, o, lots);
    seek(r, o);
    if (o->share_from == 0)
        return NULL;
    struct ref_order *m = first_from(r, o->instrument, makers_of(o), o->share_price, o->share_from);
    *lots = share(r, o, m);
    return m;
}

void
ref_share_traded(const struct ref_venue *r, struct ref_order *o, uint64_t priority)
{
    bool top = o->share_top;
    o->share_top = false;
    if (top) {
        reckon(r, o);
    } else {
        o->share_from = priority + 1;
        seek(r, o);
    }
}

/* --- the top order --- */

void
ref_share_rest(struct ref_venue *r, const struct ref_order *o)
{
    struct ref_instrument *ins = &r->instruments[o->instrument];
    uint64_t *top = &ins->top[o->side - SIDE_BUY];
    if (ins->allocation.top_ppm == 0 || ref_shows(o) == 0)
        return;
    bool first = first_from(r, o->instrument, o->side, o->price, 0) == o;
    bool best = true, better = true;
    for (uint32_t i = 0; i < r->order_cnt; i++) {
        const struct ref_order *m = &r->orders[i];
        bool beats = o->side == SIDE_BUY ? o->price > m->price : o->price < m->price;
        if (m->place != REF_BOOK || m->instrument != o->instrument || m->side != o->side)
            continue;
        best = best && (beats || m->price == o->price);
        better = better && (beats || m->order_id != *top);
    }
    if (first && best)
        *top = ins->call || ref_shows(o) < ins->allocation.top_min_lots ? 0 : o->order_id;
    else if (*top == o->order_id || (first && better))
        *top = 0;
}

void
ref_share_refilled(struct ref_venue *r, const struct ref_order *o)
{
    uint64_t *top = &r->instruments[o->instrument].top[o->side - SIDE_BUY];
    if (*top == o->order_id && first_from(r, o->instrument, o->side, o->price, 0) != o)
        *top = 0;
}
