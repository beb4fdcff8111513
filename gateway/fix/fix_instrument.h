#ifndef GATEWAY_FIX_FIX_INSTRUMENT_H
#define GATEWAY_FIX_FIX_INSTRUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/model/event.h"
#include "engine/model/types.h"

/* What the gateway knows of instruments: symbol to id and back, and how their numbers are written.
 * Learned from EVENT_INSTRUMENT; the newest definition counts.
 * thread: one */

struct fix_instrument {
    uint32_t instrument_id; /* 0 = free */
    uint8_t price_scale, asset_scale, currency_scale, symbol_bytes;
    int64_t lot_units;
    char symbol[SYMBOL_MAX];
};

struct fix_instruments; /* the table */

struct fix_instruments *fix_instruments_new(uint32_t instrument_max); /* NULL: no memory */
void fix_instruments_free(struct fix_instruments *t);

/* false: the table is full; what it does not hold is an unknown symbol. */
bool fix_instruments_learn(struct fix_instruments *t, const struct event_instrument *e);
const struct fix_instrument *fix_instrument_by_symbol(const struct fix_instruments *t,
                                                      const char *symbol, size_t bytes);
const struct fix_instrument *fix_instrument_by_id(const struct fix_instruments *t,
                                                  uint32_t instrument_id);

#endif
