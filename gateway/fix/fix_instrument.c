#include "gateway/fix/fix_instrument.h"

#include <stdlib.h>
#include <string.h>

/* Two open-addressing indices over one array; entries are never removed, a symbol that changed
 * leaves its old slot behind, which then no longer matches. */
struct fix_instruments {
    struct fix_instrument *entries;
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
    t->by_id = calloc(slots, sizeof(*t->by_id));
    t->by_symbol = calloc(slots, sizeof(*t->by_symbol));
    if (t->entries == NULL || t->by_id == NULL || t->by_symbol == NULL) {
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
