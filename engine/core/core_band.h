#ifndef ENGINE_CORE_CORE_BAND_H
#define ENGINE_CORE_CORE_BAND_H

#include "engine/core/core_priv.h"

/* Price bands, and what bounds orders besides. All but the configuration, core_band_day and
 * core_band_set_static are of an instrument that has bands. */

struct core_band { /* index as that of the instrument */
    struct price_bands rules;
    int64_t min_value_units; /* least value of an order: no band, but as rarely asked */
    int64_t static_units; /* last auction's price, or the close before; 0 = the reference price */
    int64_t low_units, high_units; /* where the order that entered last may trade */
    int64_t entry_units;           /* the dynamic band's reference for it */
    uint32_t protection_ticks;     /* protection points; 0 = none */
    uint32_t protection_rests;     /* 1: what is left rests there */
};

/* --- core_bound.c --- */
/* What bounds an order without a limit that starts from this price. */
int64_t core_protection(const struct core *c, uint32_t instrument_idx, int64_t from_units,
                        uint32_t ppm, bool buy);
/* Where protection points end for one that enters now, no further than its cap; 0 = there are none,
 * or there is no price to go by. */
int64_t core_points(const struct core *c, uint32_t instrument_idx, uint8_t side, int64_t cap_units);
bool core_points_rest(const struct core *c, uint32_t instrument_idx);
/* Whether an order of so many lots is worth too little: then c->refusal says what it is worth. */
bool core_below_min_value(struct core *c, uint32_t instrument_idx, int64_t cap_units, int64_t lots);

/* --- core_band.c --- */
void core_config_price_bands(struct core *c, const struct command *cmd);
/* Offset in command_price_bands of what cannot be; 0 = it can. */
uint32_t core_band_bad_rule(const struct price_bands *r);
/* A new business day goes by the last price of those before; bands may come later. */
void core_band_day(struct core *c);
/* An auction's price, or one that an operator sets. */
void core_band_set_static(struct core *c, uint32_t instrument_idx, int64_t price_units);
/* How far an order with this cap would trade now. */
int64_t core_band_bound(struct core *c, uint32_t instrument_idx, uint8_t side, int64_t cap_units);
/* Whether a limit is not taken, a buy above or a sell below: then c->refusal says which edge. */
bool core_band_refuses(struct core *c, uint32_t instrument_idx, uint8_t side, int64_t limit_units);
/* Fixes where an order that now enters may trade (false: its limit is not taken); how far that is;
 * whether trades moved it. */
bool core_band_enter(struct core *c, uint32_t slot);
int64_t core_band_kept(const struct core *c, uint32_t slot, int64_t cap_units);
/* Where an order that entered now might trade. */
void core_band_window(const struct core *c, uint32_t instrument_idx, int64_t *low_units,
                      int64_t *high_units);
bool core_band_moves(struct core *c, uint32_t instrument_idx);
/* Whether it is bounded by the band alone; what becomes of it: 0 = it rests in the call. */
bool core_band_beyond(const struct core *c, uint32_t slot);
uint16_t core_band_stop(struct core *c, uint32_t slot);
struct call_rules { /* of the call that an instrument is in */
    uint32_t call_ms, random_end_ms, extension_ms, extension_max;
};
struct call_rules core_call_rules(const struct core *c, uint32_t instrument_idx);
bool core_band_auction_outside(struct core *c, uint32_t instrument_idx, int64_t price_units);

#endif
