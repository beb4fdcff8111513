#include "gateway/api/catalog.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/check.h"

void
catalog_fini(struct catalog *c)
{
    for (uint32_t i = 0; i < c->asset_room; i++) {
        free(c->assets[i]);
    }
    for (uint32_t i = 0; i < c->product_cnt; i++) {
        free(c->products[i]);
    }
    free(c->assets);
    free(c->by_id);
    free(c->products);
    *c = (struct catalog){0};
}

/* Makes an array of pointers long enough for index. */
static void *
grow(void *array, uint32_t *room, uint32_t index)
{
    if (index < *room) {
        return array;
    }
    uint32_t more = *room == 0 ? 16 : *room;
    while (more <= index) {
        more *= 2;
    }
    void **grown = realloc(array, more * sizeof(*grown));
    CHECK(grown != NULL, "no memory for %u entries", more);
    memset(grown + *room, 0, (more - *room) * sizeof(*grown));
    *room = more;
    return grown;
}

static void
copy_symbol(char out[SYMBOL_MAX + 1], const char symbol[SYMBOL_MAX])
{
    memcpy(out, symbol, SYMBOL_MAX);
    out[SYMBOL_MAX] = 0;
}

static void
link_assets(struct catalog *c)
{
    for (uint32_t i = 0; i < c->product_cnt; i++) {
        struct product *p = c->products[i];
        p->asset = catalog_asset(c, p->asset_id);
        p->currency = catalog_asset(c, p->currency_id);
    }
}

static void
apply_asset(struct catalog *c, const struct event_asset *e)
{
    c->assets = grow(c->assets, &c->asset_room, e->asset_id);
    struct asset *a = c->assets[e->asset_id];
    if (a == NULL) {
        a = calloc(1, sizeof(*a));
        CHECK(a != NULL, "no memory for an asset");
        c->assets[e->asset_id] = a;
    }
    a->asset_id = e->asset_id;
    a->scale = e->scale;
    a->kind = e->kind;
    copy_symbol(a->symbol, e->symbol);
    link_assets(c);
}

static void
apply_instrument(struct catalog *c, const struct event_instrument *e)
{
    c->by_id = grow(c->by_id, &c->by_id_room, e->instrument_id);
    struct product *p = c->by_id[e->instrument_id];
    if (p == NULL) {
        p = calloc(1, sizeof(*p));
        CHECK(p != NULL, "no memory for a product");
        c->by_id[e->instrument_id] = p;
        c->products = grow(c->products, &c->product_room, c->product_cnt);
        p->index = c->product_cnt;
        c->products[c->product_cnt++] = p;
    }
    p->instrument_id = e->instrument_id;
    p->price_scale = e->price_scale;
    p->asset_scale = e->asset_scale;
    p->currency_scale = e->currency_scale;
    p->state = e->state;
    p->retired = e->retired != 0;
    p->tick_units = e->tick_units;
    p->lot_units = e->lot_units;
    p->min_qty_lots = e->min_qty_lots;
    p->max_price_units = e->max_price_units;
    p->fee_min_units = e->fee_min_units;
    p->reference_units = e->reference_units;
    p->maker_ppm = e->maker_ppm;
    p->taker_ppm = e->taker_ppm;
    p->asset_id = e->asset_id;
    p->currency_id = e->currency_id;
    copy_symbol(p->symbol, e->symbol);
    link_assets(c);
}

static void
apply_ticks(struct catalog *c, const struct event_tick_table *e)
{
    struct product *p = catalog_product(c, e->instrument_id);
    if (p == NULL)
        return;
    p->table_step_units = 0;
    for (uint32_t i = 0; i < e->ticks.row_cnt; i++)
        if (i == 0 || e->ticks.step_units[i] < p->table_step_units)
            p->table_step_units = e->ticks.step_units[i];
}

static void
apply_allocation(struct catalog *c, const struct event_allocation *e)
{
    struct product *p = catalog_product(c, e->instrument_id);
    if (p != NULL)
        p->allocation = e->rules;
}

static void
apply_state(struct catalog *c, const struct event_trading_state *e)
{
    for (uint32_t i = 0; i < c->product_cnt; i++) {
        if (e->instrument_id == ID_NONE || e->instrument_id == c->products[i]->instrument_id) {
            c->products[i]->state = (uint8_t)e->state;
        }
    }
}

bool
catalog_apply(struct catalog *c, const struct event *ev)
{
    switch (ev->rec.type) {
    case EVENT_ASSET:
        apply_asset(c, (const struct event_asset *)ev);
        break;
    case EVENT_INSTRUMENT:
        apply_instrument(c, (const struct event_instrument *)ev);
        break;
    case EVENT_TICK_TABLE:
        apply_ticks(c, (const struct event_tick_table *)ev);
        break;
    case EVENT_ALLOCATION:
        apply_allocation(c, (const struct event_allocation *)ev);
        break;
    case EVENT_TRADING_STATE:
        apply_state(c, (const struct event_trading_state *)ev);
        break;
    case EVENT_REFERENCE_PRICE: {
        const struct event_reference_price *e = (const struct event_reference_price *)ev;
        struct product *p = catalog_product(c, e->instrument_id);
        if (p != NULL) {
            p->reference_units = e->price_units;
        }
        break;
    }
    case EVENT_GENESIS: {
        const struct event_genesis *e = (const struct event_genesis *)ev;
        memcpy(c->venue, e->venue, sizeof(e->venue));
        c->fee_account_id = e->fee_account_id;
        c->mode = MODE_NORMAL;
        break;
    }
    case EVENT_MODE:
        c->mode = ((const struct event_value *)ev)->value;
        break;
    default:
        return false;
    }
    c->version++;
    return true;
}

const struct asset *
catalog_asset(const struct catalog *c, uint32_t asset_id)
{
    return asset_id < c->asset_room ? c->assets[asset_id] : NULL;
}

const struct asset *
catalog_asset_by_symbol(const struct catalog *c, const char *symbol)
{
    for (uint32_t i = 0; i < c->asset_room; i++) {
        if (c->assets[i] != NULL && strcmp(c->assets[i]->symbol, symbol) == 0) {
            return c->assets[i];
        }
    }
    return NULL;
}

struct product *
catalog_product(const struct catalog *c, uint32_t instrument_id)
{
    return instrument_id < c->by_id_room ? c->by_id[instrument_id] : NULL;
}

static bool
same_symbol(const char *symbol, const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        if (symbol[i] != text[i] && !(symbol[i] == '-' && text[i] == '/')) {
            return false;
        }
    }
    return symbol[bytes] == 0;
}

struct product *
catalog_product_by_symbol(const struct catalog *c, const char *symbol, size_t bytes)
{
    if (bytes == 0 || bytes > SYMBOL_MAX) {
        return NULL;
    }
    for (uint32_t i = 0; i < c->product_cnt; i++) {
        if (same_symbol(c->products[i]->symbol, symbol, bytes)) {
            return c->products[i];
        }
    }
    return NULL;
}

bool
product_in_call(const struct product *p)
{
    return p->state >= TRADING_CALL_OPENING && p->state <= TRADING_CALL_VOLATILITY;
}

const char *
product_status(const struct product *p)
{
    if (p->retired) {
        return "delisted";
    }
    switch (p->state) {
    case TRADING_OPEN:
        return "online";
    case TRADING_HALTED:
        return "halted";
    case TRADING_CLOSED:
        return "closed";
    default:
        return "auction";
    }
}
