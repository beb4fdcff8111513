#include "engine/model/reason.h"
#include "tests/ref/ref_priv.h"

/* Price bands, from docs/match.md. Auctions that end by themselves are not this venue's part. */

static bool
has_bands(const struct ref_instrument *ins)
{
    return ins->bands.manner != BAND_OFF;
}

static int64_t
dynamic_reference(const struct ref_instrument *ins)
{
    return ins->last != 0 ? ins->last : ins->reference;
}

static int64_t
static_reference(const struct ref_instrument *ins)
{
    return ins->fixed != 0 ? ins->fixed : ins->reference;
}

/* Prices from *low to *high; without the band any. */
static void
reach(const struct ref_instrument *ins, int64_t from, uint32_t ppm, uint32_t ticks, wide *low,
      wide *high)
{
    *low = 0;
    *high = INT64_MAX;
    if (from == 0 || (ppm == 0 && ticks == 0))
        return;
    wide away = ppm != 0 ? (wide)from * ppm / 1000000 : (wide)ticks * ref_step(ins, from);
    *low = away < from ? from - away : 0;
    *high = from + away > ins->def.max_price_units ? ins->def.max_price_units : from + away;
}

static void
window(const struct ref_instrument *ins, wide *low, wide *high)
{
    wide low2, high2;
    reach(ins, static_reference(ins), ins->bands.static_ppm, ins->bands.static_ticks, low, high);
    reach(ins, dynamic_reference(ins), ins->bands.dynamic_ppm, ins->bands.dynamic_ticks, &low2,
          &high2);
    *low = low2 > *low ? low2 : *low;
    *high = high2 < *high ? high2 : *high;
}

void
ref_band_fix(struct ref_venue *r, struct ref_order *o)
{
    const struct ref_instrument *ins = &r->instruments[o->instrument];
    wide low, high;
    o->low = 0;
    o->high = INT64_MAX;
    if (!has_bands(ins))
        return;
    window(ins, &low, &high);
    o->low = (int64_t)low;
    o->high = (int64_t)high;
    o->entered_at = dynamic_reference(ins);
}

bool
ref_band_follows(struct ref_venue *r, struct ref_order *o)
{
    int64_t low = o->low, high = o->high;
    if (!r->instruments[o->instrument].bands.follows)
        return false;
    ref_band_fix(r, o);
    return o->low != low || o->high != high;
}

/* Where a peg may be now. */
void
ref_band_window(const struct ref_instrument *ins, int64_t *low, int64_t *high)
{
    wide from = 1, to = ins->def.max_price_units;
    if (has_bands(ins))
        window(ins, &from, &to);
    *low = from > 1 ? (int64_t)from : 1;
    *high = to < ins->def.max_price_units ? (int64_t)to : ins->def.max_price_units;
}

bool
ref_band_near(const struct ref_venue *r, const struct ref_order *o)
{
    const struct ref_order *best =
        ref_best(r, o->instrument, o->side == SIDE_BUY ? SIDE_SELL : SIDE_BUY);
    return best != NULL && best->price >= o->low && best->price <= o->high;
}

bool
ref_band_refuses(struct ref_venue *r, const struct ref_order *o)
{
    const struct ref_instrument *ins = &r->instruments[o->instrument];
    wide low, high;
    if (ins->bands.manner != BAND_REFUSE || ins->call || o->price == 0 || ref_is_peg(o))
        return false;
    window(ins, &low, &high);
    if (o->side == SIDE_BUY ? o->price <= high : o->price >= low)
        return false;
    int64_t edge = (int64_t)(o->side == SIDE_BUY ? high : low);
    reach(ins, static_reference(ins), ins->bands.static_ppm, ins->bands.static_ticks, &low, &high);
    bool fixed = edge == (o->side == SIDE_BUY ? high : low);
    r->refusal = (struct refusal){
        .band = fixed ? BAND_STATIC : BAND_DYNAMIC, .price_units = o->price, .edge_units = edge};
    return true;
}

uint16_t
ref_band_stop(struct ref_venue *r, const struct ref_order *o)
{
    struct ref_instrument *ins = &r->instruments[o->instrument];
    const struct ref_order *best =
        ref_best(r, o->instrument, o->side == SIDE_BUY ? SIDE_SELL : SIDE_BUY);
    wide low, high;
    if (ins->bands.manner == BAND_REFUSE)
        return REASON_PRICE_BAND;
    /* What is hidden is not told: the edge that it lies beyond is. */
    bool above = best->price > o->high;
    int64_t told = ref_seen_best(r, o->instrument, best->side), out = told;
    if (told == 0 || (above ? told <= o->high : told >= o->low)) {
        told = above ? o->high : o->low;
        out = above ? told + 1 : told - 1;
    }
    reach(ins, static_reference(ins), ins->bands.static_ppm, ins->bands.static_ticks, &low, &high);
    bool fixed = out < low || out > high;
    struct event_band_reached *e = ref_say(r, EVENT_BAND_REACHED, AUDIENCE_PUBLIC, 0);
    e->instrument_id = ins->def.instrument_id;
    e->band = fixed ? BAND_STATIC : BAND_DYNAMIC;
    e->side = o->side;
    e->price_units = told;
    e->reference_units = fixed ? static_reference(ins) : o->entered_at;
    e->low_units = o->low;
    e->high_units = o->high;
    ins->call = true;
    ins->state = TRADING_CALL_VOLATILITY;
    ref_say_state(r, o->instrument, 0);
    return o->tif == TIF_IOC || o->tif == TIF_FOK ? REASON_PRICE_BAND : 0;
}

/* The close of the day that ends is the next one's reference. */
void
ref_band_day(struct ref_venue *r)
{
    for (uint32_t i = 0; i < r->instrument_cnt; i++) {
        struct ref_instrument *ins = &r->instruments[i];
        if (ins->last != 0)
            ins->fixed = ins->last;
        if (has_bands(ins))
            ref_book_moved(r, i);
    }
}
