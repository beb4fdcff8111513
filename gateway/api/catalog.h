#ifndef GATEWAY_API_CATALOG_H
#define GATEWAY_API_CATALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/model/event.h"

/* What is traded, from events alone: assets and products. Small, looked up by id or by text.
 * thread: the fan-out's. Pointers live as long as the catalog: nothing is ever removed. */

struct asset {
    uint32_t asset_id;
    uint8_t scale; /* decimals of its unit */
    uint8_t kind;  /* 1 cash, 2 security or token */
    char symbol[SYMBOL_MAX + 1];
};

struct product {
    uint32_t instrument_id;
    uint32_t index; /* 0.. in order of first definition */
    uint8_t price_scale, asset_scale, currency_scale;
    uint8_t state; /* enum trading_state */
    bool retired;
    int64_t table_step_units; /* least step of its table of price steps; 0 = it has none */
    int64_t tick_units, lot_units, min_qty_lots, max_price_units, fee_min_units;
    int64_t reference_units;
    uint32_t maker_ppm, taker_ppm;
    struct allocation_rules allocation;
    uint32_t asset_id, currency_id;
    char symbol[SYMBOL_MAX + 1];          /* product_id of the dialect */
    const struct asset *asset, *currency; /* NULL until defined */
};

struct catalog {
    struct asset **assets; /* by asset_id */
    uint32_t asset_room;
    struct product **by_id; /* by instrument_id */
    uint32_t by_id_room;
    struct product **products; /* by index */
    uint32_t product_cnt, product_room;
    char venue[33];
    uint32_t mode; /* enum venue_mode */
    uint32_t fee_account_id;
    uint64_t version; /* moves when anything here changed */
};

void catalog_fini(struct catalog *c);

/* Takes ASSET, INSTRUMENT, TRADING_STATE, REFERENCE_PRICE, GENESIS, MODE; true when it was one. */
bool catalog_apply(struct catalog *c, const struct event *ev);

const struct asset *catalog_asset(const struct catalog *c, uint32_t asset_id);
const struct asset *catalog_asset_by_symbol(const struct catalog *c, const char *symbol);
struct product *catalog_product(const struct catalog *c, uint32_t instrument_id);
/* By product id; "BTC/AUD" is taken for "BTC-AUD", because clients of the dialect send both. */
struct product *catalog_product_by_symbol(const struct catalog *c, const char *symbol,
                                          size_t bytes);

/* Quantity in lots to units of the asset (scale asset_scale). Sums over long spans may not fit:
 * they stay at the largest number. */
static inline int64_t
product_units(const struct product *p, int64_t lots)
{
    int64_t units;
    return __builtin_mul_overflow(lots, p->lot_units, &units) ? INT64_MAX : units;
}

/* Whether orders are taken for an auction and none matches. */
bool product_in_call(const struct product *p);

/* How clients may trade it now: "online", "auction", "halted", "closed", "delisted". */
const char *product_status(const struct product *p);

#endif
