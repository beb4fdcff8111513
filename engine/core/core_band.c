#include "engine/core/core_band.h"

#include "engine/base/check.h"
#include "engine/core/core_peg.h"

/* Price bands: a static one around the last auction's price (without one today the close before,
 * without that the reference price), a dynamic one around the last trade before the order. An order
 * trades within both as far as it can. What would trade outside is refused and canceled, or begins
 * a call to an auction, in which it takes part; one that ends at once is canceled all the same.
 * Every order that enters the market fixes the window that it may trade in; the window of a long
 * sweep is kept, so that the sweep's own trades do not carry it away.
 * source: Xetra, protective mechanisms in continuous trading (volatility interruption, reference
 * prices 1 and 2); London Stock Exchange, MIT201 (price monitoring); Euronext, trading safeguards
 * (static and dynamic collars); CME price limits and banding (bids above and offers below). */

/* --- widths --- */

struct window {
    int64_t low_units, high_units;
};

/* False: no such band. */
static bool
around(const struct core *c, uint32_t instrument_idx, int64_t reference_units, uint32_t ppm,
       uint32_t ticks, struct window *w)
{
    const struct core_instrument *ins = &c->instruments[instrument_idx];
    struct ticks steps = core_ticks(c, instrument_idx);
    if (reference_units == 0 || (ppm | ticks) == 0)
        return false;
    __int128 far = ppm != 0 ? (__int128)reference_units * ppm / MONEY_PPM
                            : (__int128)ticks * ticks_step(&steps, reference_units);
    w->low_units = far < reference_units ? reference_units - (int64_t)far : 0;
    w->high_units = far < ins->max_price_units - reference_units ? reference_units + (int64_t)far
                                                                 : ins->max_price_units;
    return true;
}

static int64_t
static_reference(const struct core *c, uint32_t instrument_idx)
{
    int64_t units = c->bands[instrument_idx].static_units;
    return units != 0 ? units : c->view_instruments[instrument_idx].reference_units;
}

static bool
band_at(const struct core *c, uint32_t instrument_idx, uint8_t band, struct window *w)
{
    const struct price_bands *r = &c->bands[instrument_idx].rules;
    if (band == BAND_STATIC)
        return around(c, instrument_idx, static_reference(c, instrument_idx), r->static_ppm,
                      r->static_ticks, w);
    return around(c, instrument_idx, core_reference(c, instrument_idx), r->dynamic_ppm,
                  r->dynamic_ticks, w);
}

static struct window
window_at(const struct core *c, uint32_t instrument_idx)
{
    struct window all = {0, INT64_MAX}, w;
    for (int band = BAND_STATIC; band <= BAND_DYNAMIC; band++) {
        if (!band_at(c, instrument_idx, (uint8_t)band, &w))
            continue;
        all.low_units = w.low_units > all.low_units ? w.low_units : all.low_units;
        all.high_units = w.high_units < all.high_units ? w.high_units : all.high_units;
    }
    return all;
}

void
core_band_window(const struct core *c, uint32_t instrument_idx, int64_t *low_units,
                 int64_t *high_units)
{
    struct window w = window_at(c, instrument_idx);
    *low_units = w.low_units;
    *high_units = w.high_units;
}

void
core_band_day(struct core *c)
{
    for (uint32_t i = 0; i < c->view.instrument_cnt; i++) {
        int64_t last_units = c->view_instruments[i].last_units;
        if (last_units != 0)
            c->bands[i].static_units = last_units;
        if (c->instruments[i].banded)
            core_pegs_moved(c, i);
    }
}

void
core_band_set_static(struct core *c, uint32_t instrument_idx, int64_t price_units)
{
    c->bands[instrument_idx].static_units = price_units;
}

/* --- an order that enters --- */

/* How far it may trade within the window: nothing crosses when the best price of the other side
 * lies beyond the window's near edge. */
static int64_t
bound_in(const struct core *c, uint32_t instrument_idx, uint8_t side, int64_t cap_units,
         const struct window *w)
{
    const struct book *b = &c->instruments[instrument_idx].book;
    int64_t best = book_best_price(b, &c->pools, side == SIDE_BUY ? SIDE_SELL : SIDE_BUY);
    if (side == SIDE_BUY) {
        if (best != 0 && best < w->low_units)
            return 0;
        return cap_units < w->high_units ? cap_units : w->high_units;
    }
    if (best > w->high_units)
        return INT64_MAX;
    return cap_units > w->low_units ? cap_units : w->low_units;
}

int64_t
core_band_bound(struct core *c, uint32_t instrument_idx, uint8_t side, int64_t cap_units)
{
    struct window w = window_at(c, instrument_idx);
    return bound_in(c, instrument_idx, side, cap_units, &w);
}

bool
core_band_refuses(struct core *c, uint32_t instrument_idx, uint8_t side, int64_t limit_units)
{
    if (c->bands[instrument_idx].rules.manner != BAND_REFUSE || c->instruments[instrument_idx].call)
        return false;
    struct window w = window_at(c, instrument_idx), fixed;
    bool buy = side == SIDE_BUY;
    int64_t edge = buy ? w.high_units : w.low_units;
    if (buy ? limit_units <= edge : limit_units >= edge)
        return false;
    bool by_static = band_at(c, instrument_idx, BAND_STATIC, &fixed) &&
                     (buy ? fixed.high_units : fixed.low_units) == edge;
    c->refusal = (struct refusal){.band = by_static ? BAND_STATIC : BAND_DYNAMIC,
                                  .price_units = limit_units,
                                  .edge_units = edge};
    return true;
}

static void
fix_window(struct core *c, uint32_t instrument_idx)
{
    struct core_band *b = &c->bands[instrument_idx];
    struct window w = window_at(c, instrument_idx);
    b->low_units = w.low_units;
    b->high_units = w.high_units;
    b->entry_units = core_reference(c, instrument_idx);
}

bool
core_band_enter(struct core *c, uint32_t slot)
{
    const struct order *o = order_at(&c->pools.orders, slot);
    fix_window(c, o->instrument_idx);
    return !core_has_limit(o->ord_type) ||
           !core_band_refuses(c, o->instrument_idx, o->side, o->price_units);
}

int64_t
core_band_kept(const struct core *c, uint32_t slot, int64_t cap_units)
{
    const struct order *o = order_at(&c->pools.orders, slot);
    const struct core_band *b = &c->bands[o->instrument_idx];
    struct window w = {b->low_units, b->high_units};
    return bound_in(c, o->instrument_idx, o->side, cap_units, &w);
}

bool
core_band_moves(struct core *c, uint32_t instrument_idx)
{
    struct core_band *b = &c->bands[instrument_idx];
    struct window before = {b->low_units, b->high_units};
    if (!b->rules.follows)
        return false;
    fix_window(c, instrument_idx);
    return b->low_units != before.low_units || b->high_units != before.high_units;
}

/* --- one that would trade outside --- */

/* Everybody is told, so of what is hidden nothing: where no shown price lies beyond the edge that
 * was reached, that edge. */
static void
emit_reached(struct core *c, uint32_t instrument_idx, uint8_t side)
{
    const struct core_band *b = &c->bands[instrument_idx];
    const struct book *book = &c->instruments[instrument_idx].book;
    uint8_t other = side == SIDE_BUY ? SIDE_SELL : SIDE_BUY;
    bool below = book_best_price(book, &c->pools, other) < b->low_units;
    int64_t edge = below ? b->low_units : b->high_units;
    int64_t shown = core_shown_best(c, instrument_idx, other);
    bool seen = below ? shown != 0 && shown < edge : shown > edge;
    int64_t beyond = seen ? shown : below ? edge - 1 : edge + 1;
    struct window w = {0, 0};
    uint8_t band = BAND_STATIC;
    /* the static one before the dynamic one, when both are left */
    if (!band_at(c, instrument_idx, band, &w) || (beyond >= w.low_units && beyond <= w.high_units))
        band = BAND_DYNAMIC;
    struct event_band_reached *e = core_emit(c, EVENT_BAND_REACHED, sizeof(*e), AUDIENCE_PUBLIC, 0);
    e->instrument_id = c->view_instruments[instrument_idx].instrument_id;
    e->band = band;
    e->side = side;
    e->zero = 0;
    e->price_units = seen ? shown : edge;
    e->reference_units = band == BAND_STATIC ? static_reference(c, instrument_idx) : b->entry_units;
    e->low_units = b->low_units;
    e->high_units = b->high_units;
}

bool
core_band_beyond(const struct core *c, uint32_t slot)
{
    const struct order *o = order_at(&c->pools.orders, slot);
    const struct book *b = &c->instruments[o->instrument_idx].book;
    int64_t cap = order_cold_at(&c->pools.orders, slot)->cap_units;
    return book_crosses(b, &c->pools, o->side, cap) &&
           !book_crosses(b, &c->pools, o->side, core_band_kept(c, slot, cap));
}

uint16_t
core_band_stop(struct core *c, uint32_t slot)
{
    const struct order *o = order_at(&c->pools.orders, slot);
    uint32_t instrument_idx = o->instrument_idx;
    if (c->bands[instrument_idx].rules.manner == BAND_REFUSE)
        return REASON_PRICE_BAND;
    emit_reached(c, instrument_idx, o->side);
    c->instruments[instrument_idx].call = 1;
    c->auctions[instrument_idx].by_time = 0;
    core_phase_set(c, instrument_idx, TRADING_CALL_VOLATILITY, 0);
    return o->time_in_force == TIF_IOC || o->time_in_force == TIF_FOK ? REASON_PRICE_BAND : 0;
}

/* --- calls --- */

static bool
is_interruption(const struct core *c, uint32_t instrument_idx)
{
    return c->view_instruments[instrument_idx].state == TRADING_CALL_VOLATILITY &&
           c->bands[instrument_idx].rules.manner == BAND_INTERRUPT;
}

struct call_rules
core_call_rules(const struct core *c, uint32_t instrument_idx)
{
    const struct auction_rules *r = &c->auctions[instrument_idx].rules;
    const struct price_bands *b = &c->bands[instrument_idx].rules;
    if (is_interruption(c, instrument_idx))
        return (struct call_rules){b->call_ms, b->random_end_ms, b->extension_ms, b->extension_max};
    return (struct call_rules){r->call_ms, r->random_end_ms, r->extension_ms, r->extension_max};
}

bool
core_band_auction_outside(struct core *c, uint32_t instrument_idx, int64_t price_units)
{
    const struct price_bands *r = &c->bands[instrument_idx].rules;
    struct window w;
    bool has = is_interruption(c, instrument_idx)
                   ? around(c, instrument_idx, core_reference(c, instrument_idx), r->wide_ppm,
                            r->wide_ticks, &w)
                   : band_at(c, instrument_idx, BAND_STATIC, &w);
    return has && (price_units < w.low_units || price_units > w.high_units);
}

/* --- their configuration --- */

uint32_t
core_band_bad_rule(const struct price_bands *r)
{
    enum { CALL_MS_MAX = 24 * 3600 * 1000 };
    if (r->manner > BAND_INTERRUPT)
        return offsetof(struct command_price_bands, bands.manner);
    if (r->follows > 1)
        return offsetof(struct command_price_bands, bands.follows);
    if (r->static_ppm != 0 && r->static_ticks != 0)
        return offsetof(struct command_price_bands, bands.static_ticks);
    if (r->dynamic_ppm != 0 && r->dynamic_ticks != 0)
        return offsetof(struct command_price_bands, bands.dynamic_ticks);
    if (r->wide_ppm != 0 && r->wide_ticks != 0)
        return offsetof(struct command_price_bands, bands.wide_ticks);
    if ((r->manner != BAND_OFF) !=
        ((r->static_ppm | r->static_ticks | r->dynamic_ppm | r->dynamic_ticks) != 0))
        return offsetof(struct command_price_bands, bands.manner);
    if (r->call_ms > CALL_MS_MAX || (r->call_ms != 0 && r->manner != BAND_INTERRUPT))
        return offsetof(struct command_price_bands, bands.call_ms);
    if (r->random_end_ms > CALL_MS_MAX)
        return offsetof(struct command_price_bands, bands.random_end_ms);
    if (r->extension_ms > CALL_MS_MAX || (r->extension_max > 0 && r->extension_ms == 0))
        return offsetof(struct command_price_bands, bands.extension_ms);
    if (r->extension_max > 0 && (r->wide_ppm | r->wide_ticks) == 0)
        return offsetof(struct command_price_bands, bands.wide_ppm);
    return 0;
}

void
core_config_price_bands(struct core *c, const struct command *cmd)
{
    const struct command_price_bands *x = (const void *)cmd;
    struct core_admin a;
    if (!core_admin_enter(c, cmd, ROLE_CONFIGURE, CORE_EYES_REFERENCE, 0, &a))
        return;
    uint32_t idx = core_instrument_idx(c, x->instrument_id), detail = 0;
    uint16_t reason = c->rules_version < CORE_RULES_ORDERS ? REASON_UNKNOWN_COMMAND
                      : idx == CORE_NONE                   ? REASON_UNKNOWN_INSTRUMENT
                      : c->instruments[idx].busy           ? REASON_BOOK_BUSY
                                                           : 0;
    if (reason == 0 && (detail = core_band_bad_rule(&x->bands)) != 0)
        reason = REASON_BAD_FIELD;
    if (reason != 0) {
        core_emit_refusal(c, cmd, reason, detail);
        return;
    }
    c->bands[idx].rules = x->bands;
    c->instruments[idx].banded = x->bands.manner != BAND_OFF;
    core_pegs_moved(c, idx);
    struct event_price_bands *e =
        core_emit(c, EVENT_PRICE_BANDS, sizeof(*e), AUDIENCE_PUBLIC, cmd->session_id);
    e->instrument_id = x->instrument_id;
    e->zero = 0;
    e->bands = x->bands;
    core_admin_done(c, cmd, &a, 0);
}
