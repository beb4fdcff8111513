#ifndef GATEWAY_FIX_FIX_INSTRUMENT_H
#define GATEWAY_FIX_FIX_INSTRUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/model/event.h"
#include "engine/model/types.h"

/* What the gateway knows of instruments: symbol to id and back, how their numbers are written, and,
 * apart from that, how they stand. Learned from events; the newest definition counts.
 * thread: one */

struct fix_instrument {
    uint32_t instrument_id; /* 0 = free */
    uint8_t price_scale, asset_scale, currency_scale, symbol_bytes;
    int64_t lot_units;
    char symbol[SYMBOL_MAX];
};

struct fix_market {       /* how an instrument stands */
    uint8_t state;        /* enum trading_state */
    uint8_t surplus_side; /* of a call, enum side; 0 = none */
    uint8_t band;         /* enum band that was reached, while its call is on; 0 = none */
    bool retired;
    int64_t price_units; /* that a call would trade at; 0 = none, or no call is on */
    int64_t qty_lots;    /* that would trade */
    int64_t surplus_lots;
    int64_t low_units, high_units; /* of the band */
    int64_t last_units;            /* of the last trade; 0 = none */
    int64_t time_ns;               /* of the last change but for trades */
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

/* Takes how an instrument stands from TRADING_STATE, AUCTION, BAND_REACHED, TRADE and, after it was
 * learned, INSTRUMENT. true: it changed, and not only its last price; of which one. */
bool fix_instruments_apply(struct fix_instruments *t, const struct event *ev,
                           uint32_t *instrument_id);
const struct fix_market *fix_instrument_market(const struct fix_instruments *t,
                                               const struct fix_instrument *i);
/* Orders are taken for an auction and none matches. */
bool fix_market_in_call(const struct fix_market *k);
/* How the market as a whole stands: the state of those that are furthest open, in the order open,
 * in a call, in the call of the close, halted, closed; 0 = there is none. */
enum trading_state fix_instruments_state(const struct fix_instruments *t);

#endif
