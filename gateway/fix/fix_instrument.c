#include "gateway/fix/fix_instrument.h"

#include <stdlib.h>
#include <string.h>

/* Two open-addressing indices over one array; entries are never removed, a symbol that changed
 * leaves its old slot behind, which then no longer matches. */
struct fix_instruments {
    struct fix_instrument *entries;
    struct fix_market *markets;  /* beside the entries */
    uint32_t *by_id, *by_symbol; /* entry index + 1; 0 = free */
    uint32_t cnt, max, mask;
    uint32_t symbol_slots; /* used in by_symbol, stale ones too */
};

static uint32_t
hash_id(uint32_t id)
{
    return id * 2654435761u;
}

static uint32_t
hash_symbol(const char *symbol, size_t bytes)
{
    uint32_t h = 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < bytes; i++)
        h = (h ^ (uint8_t)symbol[i]) * 16777619u;
    return h ^ h >> 15;
}

struct fix_instruments *
fix_instruments_new(uint32_t instrument_max)
{
    struct fix_instruments *t = calloc(1, sizeof(*t));
    uint32_t slots = 16;
    while (slots < 4 * instrument_max)
        slots *= 2;
    if (t == NULL)
        return NULL;
    t->max = instrument_max;
    t->mask = slots - 1;
    t->entries = calloc(instrument_max, sizeof(*t->entries));
    t->markets = calloc(instrument_max, sizeof(*t->markets));
    t->by_id = calloc(slots, sizeof(*t->by_id));
    t->by_symbol = calloc(slots, sizeof(*t->by_symbol));
    if (t->entries == NULL || t->markets == NULL || t->by_id == NULL || t->by_symbol == NULL) {
        fix_instruments_free(t);
        return NULL;
    }
    return t;
}

void
fix_instruments_free(struct fix_instruments *t)
{
    if (t == NULL)
        return;
    free(t->entries);
    free(t->markets);
    free(t->by_id);
    free(t->by_symbol);
    free(t);
}

static uint32_t
find_id(const struct fix_instruments *t, uint32_t instrument_id, uint32_t *slot)
{
    for (uint32_t at = hash_id(instrument_id);; at++) {
        *slot = at & t->mask;
        uint32_t index = t->by_id[*slot];
        if (index == 0 || t->entries[index - 1].instrument_id == instrument_id)
            return index;
    }
}

static bool
same_symbol(const struct fix_instrument *i, const char *symbol, size_t bytes)
{
    return i->symbol_bytes == bytes && memcmp(i->symbol, symbol, bytes) == 0;
}

const struct fix_instrument *
fix_instrument_by_id(const struct fix_instruments *t, uint32_t instrument_id)
{
    uint32_t slot;
    uint32_t index = find_id(t, instrument_id, &slot);
    return index == 0 ? NULL : &t->entries[index - 1];
}

const struct fix_instrument *
fix_instrument_by_symbol(const struct fix_instruments *t, const char *symbol, size_t bytes)
{
    for (uint32_t at = hash_symbol(symbol, bytes);; at++) {
        uint32_t index = t->by_symbol[at & t->mask];
        if (index == 0)
            return NULL;
        if (same_symbol(&t->entries[index - 1], symbol, bytes))
            return &t->entries[index - 1];
    }
}

static void
index_symbol(struct fix_instruments *t, uint32_t index)
{
    const struct fix_instrument *i = &t->entries[index - 1];
    if (fix_instrument_by_symbol(t, i->symbol, i->symbol_bytes) == i ||
        t->symbol_slots >= t->mask / 2)
        return;
    uint32_t at = hash_symbol(i->symbol, i->symbol_bytes);
    while (t->by_symbol[at & t->mask] != 0)
        at++;
    t->by_symbol[at & t->mask] = index;
    t->symbol_slots++;
}

bool
fix_instruments_learn(struct fix_instruments *t, const struct event_instrument *e)
{
    uint32_t slot;
    uint32_t index = find_id(t, e->instrument_id, &slot);
    if (index == 0) {
        if (t->cnt == t->max)
            return false;
        index = ++t->cnt;
        t->by_id[slot] = index;
    }
    struct fix_instrument *i = &t->entries[index - 1];
    i->instrument_id = e->instrument_id;
    i->price_scale = e->price_scale;
    i->asset_scale = e->asset_scale;
    i->currency_scale = e->currency_scale;
    i->lot_units = e->lot_units;
    memcpy(i->symbol, e->symbol, sizeof(i->symbol));
    i->symbol_bytes = (uint8_t)strnlen(i->symbol, sizeof(i->symbol));
    index_symbol(t, index);
    return true;
}

/* --- how they stand --- */

static struct fix_market *
market(struct fix_instruments *t, uint32_t instrument_id)
{
    uint32_t slot;
    uint32_t index = find_id(t, instrument_id, &slot);
    return index == 0 ? NULL : &t->markets[index - 1];
}

bool
fix_market_in_call(const struct fix_market *k)
{
    return k->state >= TRADING_CALL_OPENING && k->state <= TRADING_CALL_VOLATILITY;
}

/* A call begins without figures and ends with them; a band counts for its own call alone. */
static void
set_state(struct fix_market *k, uint32_t state, int64_t time_ns)
{
    k->state = (uint8_t)state;
    k->time_ns = time_ns;
    k->price_units = k->qty_lots = k->surplus_lots = 0;
    k->surplus_side = 0;
    if (state != TRADING_CALL_VOLATILITY)
        k->band = 0;
}

static bool
apply_state(struct fix_market *k, const struct event_trading_state *e)
{
    if (k != NULL)
        set_state(k, e->state, e->ev.time_ns);
    return k != NULL;
}

static bool
apply_definition(struct fix_market *k, const struct event_instrument *e)
{
    bool retired = e->retired != 0;
    if (k == NULL || (k->state == e->state && k->retired == retired))
        return false;
    k->retired = retired;
    set_state(k, e->state, e->ev.time_ns);
    return true;
}

static bool
apply_auction(struct fix_market *k, const struct event_auction *e)
{
    if (k == NULL || !fix_market_in_call(k))
        return false;
    k->price_units = e->price_units;
    k->qty_lots = e->qty_lots;
    k->surplus_lots = e->surplus_lots;
    k->surplus_side = e->surplus_side;
    k->time_ns = e->ev.time_ns;
    return true;
}

static bool
apply_band(struct fix_market *k, const struct event_band_reached *e)
{
    if (k == NULL)
        return false;
    k->band = e->band;
    k->low_units = e->low_units;
    k->high_units = e->high_units;
    k->time_ns = e->ev.time_ns;
    return true;
}

bool
fix_instruments_apply(struct fix_instruments *t, const struct event *ev, uint32_t *instrument_id)
{
    const void *e = ev;
    struct fix_market *k;
    switch (ev->rec.type) {
    case EVENT_TRADE:
        k = market(t, ((const struct event_trade *)e)->instrument_id);
        if (k != NULL)
            k->last_units = ((const struct event_trade *)e)->price_units;
        return false;
    case EVENT_INSTRUMENT:
        *instrument_id = ((const struct event_instrument *)e)->instrument_id;
        return apply_definition(market(t, *instrument_id), e);
    case EVENT_TRADING_STATE:
        *instrument_id = ((const struct event_trading_state *)e)->instrument_id;
        return apply_state(market(t, *instrument_id), e);
    case EVENT_AUCTION:
        *instrument_id = ((const struct event_auction *)e)->instrument_id;
        return apply_auction(market(t, *instrument_id), e);
    case EVENT_BAND_REACHED:
        *instrument_id = ((const struct event_band_reached *)e)->instrument_id;
        return apply_band(market(t, *instrument_id), e);
    default:
        return false;
    }
}

const struct fix_market *
fix_instrument_market(const struct fix_instruments *t, const struct fix_instrument *i)
{
    return &t->markets[i - t->entries];
}

enum trading_state
fix_instruments_state(const struct fix_instruments *t)
{
    static const enum trading_state order[] = {TRADING_OPEN,
                                               TRADING_CALL_OPENING,
                                               TRADING_CALL_INTRADAY,
                                               TRADING_CALL_RESUMPTION,
                                               TRADING_CALL_VOLATILITY,
                                               TRADING_CALL_CLOSING,
                                               TRADING_HALTED,
                                               TRADING_CLOSED};
    uint32_t there = 0;
    for (uint32_t i = 0; i < t->cnt; i++)
        there |= t->markets[i].retired ? 0 : 1u << t->markets[i].state;
    for (size_t k = 0; k < sizeof(order) / sizeof(order[0]); k++) {
        if ((there >> order[k] & 1) != 0)
            return order[k];
    }
    return 0;
}
