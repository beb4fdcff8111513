#include "engine/core/core_peg.h"
#include "engine/core/core_priv.h"

#include <string.h>

#include "engine/base/check.h"
#include "engine/core/core_band.h"
#include "engine/core/core_corporate.h"
#include "engine/core/core_offering.h"
#include "engine/core/core_share.h"
#include "engine/core/core_whole.h"
#include "engine/model/symbol.h"

/* Instruments: definition, rules, reference price, trading state. What prices and quantities mean
 * (asset, currency, scales, lot, settlement cycle) never changes once defined. */

static bool
self_trade_fits(const struct core *c, const struct command_instrument *x)
{
    if (x->self_trade_by == SELF_TRADE_OFF)
        return x->self_trade_mode == 0;
    return c->rules_version >= CORE_RULES_ORDERS && x->self_trade_by <= SELF_TRADE_OWNER;
}

static bool
is_state(const struct core *c, uint32_t state)
{
    return (state >= TRADING_OPEN && state <= TRADING_CLOSED) ||
           (c->rules_version >= CORE_RULES_ORDERS && core_is_call(state));
}

/* 0: an instrument that is defined again stays in the state it is in. */
static bool
state_fits(const struct core *c, const struct command_instrument *x, uint32_t idx)
{
    if (x->state == 0)
        return idx != CORE_NONE && c->rules_version >= CORE_RULES_ORDERS;
    return is_state(c, x->state);
}

static uint32_t
bad_field(const struct core *c, const struct command_instrument *x, uint32_t idx)
{
    if (x->instrument_id == ID_NONE)
        return offsetof(struct command_instrument, instrument_id);
    if (x->asset_id == x->currency_id)
        return offsetof(struct command_instrument, currency_id);
    if (x->price_scale > MONEY_SCALE_MAX)
        return offsetof(struct command_instrument, price_scale);
    if (!state_fits(c, x, idx))
        return offsetof(struct command_instrument, state);
    if (!symbol_well_formed(x->symbol))
        return offsetof(struct command_instrument, symbol);
    if (x->retired > 1)
        return offsetof(struct command_instrument, retired);
    if (x->tick_units <= 0)
        return offsetof(struct command_instrument, tick_units);
    if (x->lot_units <= 0 || x->lot_units > MONEY_MAX)
        return offsetof(struct command_instrument, lot_units);
    if (x->min_qty_lots < 0)
        return offsetof(struct command_instrument, min_qty_lots);
    if (x->max_price_units < x->tick_units)
        return offsetof(struct command_instrument, max_price_units);
    if (x->maker_ppm > MONEY_PPM)
        return offsetof(struct command_instrument, maker_ppm);
    if (x->taker_ppm > MONEY_PPM)
        return offsetof(struct command_instrument, taker_ppm);
    if (x->fee_min_units < 0 || x->fee_min_units > MONEY_MAX)
        return offsetof(struct command_instrument, fee_min_units);
    if (x->reference_units < 0 || x->reference_units > x->max_price_units)
        return offsetof(struct command_instrument, reference_units);
    if (!self_trade_fits(c, x))
        return offsetof(struct command_instrument, self_trade_by);
    if (x->self_trade_by != SELF_TRADE_OFF && (x->self_trade_mode < SELF_TRADE_CANCEL_NEWEST ||
                                               x->self_trade_mode > SELF_TRADE_DECREMENT))
        return offsetof(struct command_instrument, self_trade_mode);
    if (x->allow_hidden > (c->rules_version >= CORE_RULES_ORDERS))
        return offsetof(struct command_instrument, allow_hidden);
    if (x->allow_whole > (c->rules_version >= CORE_RULES_ORDERS))
        return offsetof(struct command_instrument, allow_whole);
    if (x->protection_rests > (x->protection_ticks != 0))
        return offsetof(struct command_instrument, protection_rests);
    if (x->protection_ticks != 0 && c->rules_version < CORE_RULES_ORDERS)
        return offsetof(struct command_instrument, protection_ticks);
    if (x->min_value_units < 0 || (x->min_value_units > 0 && c->rules_version < CORE_RULES_ORDERS))
        return offsetof(struct command_instrument, min_value_units);
    return 0;
}

/* The instrument as it is defined now, but for state and reference price, which move. */
static void
define_again(const struct core *c, uint32_t idx, struct command_instrument *out)
{
    const struct core_instrument *ins = &c->instruments[idx];
    const struct hook_instrument *v = &c->view_instruments[idx];
    out->asset_id = v->asset_id;
    out->currency_id = v->currency_id;
    out->price_scale = ins->price_scale;
    out->settle_cycle = v->settle_cycle;
    out->retired = ins->retired;
    out->tick_units = v->tick_units;
    out->lot_units = ins->lot_units;
    out->min_qty_lots = ins->min_qty_lots;
    out->max_price_units = ins->max_price_units;
    out->maker_ppm = ins->fees.maker_ppm;
    out->taker_ppm = ins->fees.taker_ppm;
    out->fee_min_units = ins->fees.min_units;
    out->protection_ppm = ins->protection_ppm;
    out->ord_type_mask = ins->ord_type_mask == UINT32_MAX ? 0 : ins->ord_type_mask;
    memcpy(out->symbol, ins->symbol, sizeof(out->symbol));
    out->self_trade_by = ins->self_trade_by;
    out->self_trade_mode = ins->self_trade_mode;
    out->allow_hidden = ins->allow_hidden;
    out->allow_whole = (ins->extra & EXTRA_WHOLE) != 0;
    out->min_value_units = c->bands[idx].min_value_units;
}

/* A command that keeps all but the points: what it says in full. False: it cannot be. */
static bool
fill_kept(const struct core *c, uint32_t idx, struct command_instrument *x)
{
    struct command_instrument bare = {.cmd = x->cmd,
                                      .instrument_id = x->instrument_id,
                                      .protection_ticks = x->protection_ticks,
                                      .protection_rests = x->protection_rests,
                                      .kept = 1};
    if (idx == CORE_NONE || c->rules_version < CORE_RULES_ORDERS || memcmp(&bare, x, sizeof(bare)))
        return false;
    define_again(c, idx, x);
    return true;
}

/* What stays as it was defined. */
static bool
same_meaning(const struct core *c, uint32_t idx, const struct command_instrument *x)
{
    const struct core_instrument *ins = &c->instruments[idx];
    const struct hook_instrument *v = &c->view_instruments[idx];
    return v->asset_id == x->asset_id && v->currency_id == x->currency_id &&
           ins->price_scale == x->price_scale && v->settle_cycle == x->settle_cycle &&
           ins->lot_units == x->lot_units;
}

static uint16_t
check(const struct core *c, const struct command_instrument *x, uint32_t idx, uint32_t *detail,
      struct money_rate *rate)
{
    *detail = bad_field(c, x, idx);
    if (*detail != 0)
        return REASON_BAD_FIELD;
    uint32_t asset = ledger_asset_idx(&c->ledger, x->asset_id);
    uint32_t cash = ledger_asset_idx(&c->ledger, x->currency_id);
    if (asset == ID_MAP_NONE || cash == ID_MAP_NONE)
        return REASON_UNKNOWN_ASSET;
    if (!money_rate_make(rate, x->lot_units, c->ledger.assets[asset].scale, x->price_scale,
                         c->ledger.assets[cash].scale))
        return REASON_TOO_LARGE;
    if (idx == CORE_NONE && c->view.instrument_cnt == c->genesis.instrument_max)
        return REASON_TABLE_FULL;
    if (idx != CORE_NONE && !same_meaning(c, idx, x))
        return REASON_BAD_STATE;
    if (idx != CORE_NONE && c->instruments[idx].busy)
        return REASON_BOOK_BUSY;
    if (core_corporate_on(c, asset) || core_corporate_on(c, cash))
        return REASON_BUSY;
    return idx != CORE_NONE && x->retired && !core_work_has_room(c) ? REASON_BUSY : 0;
}

static uint32_t
add(struct core *c, const struct command_instrument *x, const struct money_rate *rate)
{
    uint32_t idx = c->view.instrument_cnt++;
    struct core_instrument *ins = &c->instruments[idx];
    memset(ins, 0, sizeof(*ins));
    ins->rate = *rate;
    ins->lot_units = x->lot_units;
    ins->asset_idx = ledger_asset_idx(&c->ledger, x->asset_id);
    ins->cash_idx = ledger_asset_idx(&c->ledger, x->currency_id);
    ins->fee_slot = CORE_NONE;
    ins->price_scale = x->price_scale;
    ins->call = core_is_call(x->state);
    book_init(&ins->book);
    stop_index_init(&ins->stops);
    c->auctions[idx] = (struct core_auction){.wait_head = {ORDER_NONE, ORDER_NONE},
                                             .wait_tail = {ORDER_NONE, ORDER_NONE},
                                             .rules.indicative_ms = CORE_INDICATIVE_MS};
    core_times_reset(&c->auctions[idx]);
    c->bands[idx] = (struct core_band){0};
    core_whole_reset(&c->wholes[idx]);
    c->tick_tables[idx] = (struct tick_table){0};
    c->shares[idx] = (struct core_share){.next = ORDER_NONE};
    c->view_instruments[idx] = (struct hook_instrument){.instrument_id = x->instrument_id,
                                                        .asset_id = x->asset_id,
                                                        .currency_id = x->currency_id,
                                                        .state = x->state,
                                                        .settle_cycle = x->settle_cycle,
                                                        .notional_num = rate->num,
                                                        .notional_den = rate->den};
    id_map_add(&c->instrument_ids, x->instrument_id, idx);
    return idx;
}

uint8_t
core_instrument_extra(const struct core *c, uint32_t instrument_idx)
{
    const struct core_band *b = &c->bands[instrument_idx];
    bool shares = c->shares[instrument_idx].rules.method == ALLOCATION_PRO_RATA;
    uint32_t whole = c->instruments[instrument_idx].extra & EXTRA_WHOLE; /* has no other record */
    return (uint8_t)(whole | (b->min_value_units != 0 ? EXTRA_MIN_VALUE : 0u) |
                     (b->protection_ticks != 0 ? EXTRA_POINTS : 0u) |
                     (shares ? EXTRA_PRO_RATA : 0u));
}

static void
set(struct core *c, uint32_t idx, const struct command_instrument *x)
{
    struct core_instrument *ins = &c->instruments[idx];
    struct hook_instrument *v = &c->view_instruments[idx];
    v->tick_units = x->tick_units;
    ins->tick_units = c->tick_tables[idx].row_cnt == 0 ? x->tick_units : 0;
    c->bands[idx].min_value_units = x->min_value_units;
    c->bands[idx].protection_ticks = x->protection_ticks;
    c->bands[idx].protection_rests = x->protection_rests;
    ins->extra = x->allow_whole != 0 ? EXTRA_WHOLE : 0;
    ins->extra = core_instrument_extra(c, idx);
    ins->min_qty_lots = x->min_qty_lots;
    ins->max_price_units = x->max_price_units;
    ins->fees = (struct fee_terms){
        .min_units = x->fee_min_units, .maker_ppm = x->maker_ppm, .taker_ppm = x->taker_ppm};
    ins->protection_ppm = x->protection_ppm;
    ins->ord_type_mask = x->ord_type_mask == 0 ? UINT32_MAX : x->ord_type_mask;
    ins->retired = x->retired;
    ins->self_trade_by = x->self_trade_by;
    ins->self_trade_mode = x->self_trade_mode;
    ins->allow_hidden = x->allow_hidden;
    memcpy(ins->symbol, x->symbol, sizeof(ins->symbol));
    if (x->state != 0 && !ins->call && !core_is_call(x->state) && /* a call has its own command */
        !core_offering_shuts(c, idx, x->state))
        v->state = x->state;
    if (x->reference_units != 0)
        v->reference_units = x->reference_units;
}

void
core_emit_instrument(struct core *c, uint32_t instrument_idx, uint32_t session_id)
{
    const struct core_instrument *ins = &c->instruments[instrument_idx];
    const struct hook_instrument *v = &c->view_instruments[instrument_idx];
    const struct core_band *b = &c->bands[instrument_idx];
    struct event_instrument *e =
        core_emit(c, EVENT_INSTRUMENT, sizeof(*e), AUDIENCE_PUBLIC, session_id);
    e->instrument_id = v->instrument_id;
    e->asset_id = v->asset_id;
    e->currency_id = v->currency_id;
    e->price_scale = ins->price_scale;
    e->settle_cycle = v->settle_cycle;
    e->state = v->state;
    e->retired = ins->retired;
    e->tick_units = v->tick_units;
    e->lot_units = ins->lot_units;
    e->min_qty_lots = ins->min_qty_lots;
    e->max_price_units = ins->max_price_units;
    e->maker_ppm = ins->fees.maker_ppm;
    e->taker_ppm = ins->fees.taker_ppm;
    e->fee_min_units = ins->fees.min_units;
    e->protection_ppm = ins->protection_ppm;
    e->ord_type_mask = ins->ord_type_mask == UINT32_MAX ? 0 : ins->ord_type_mask;
    memcpy(e->symbol, ins->symbol, sizeof(e->symbol));
    e->reference_units = v->reference_units;
    e->asset_scale = c->ledger.assets[ins->asset_idx].scale;
    e->currency_scale = c->ledger.assets[ins->cash_idx].scale;
    e->self_trade_by = ins->self_trade_by;
    e->self_trade_mode = ins->self_trade_mode;
    e->allow_hidden = ins->allow_hidden;
    e->allow_whole = (ins->extra & EXTRA_WHOLE) != 0;
    e->zero = 0;
    e->protection_rests = (uint8_t)b->protection_rests;
    e->protection_ticks = b->protection_ticks;
    e->zero1 = 0;
    e->min_value_units = b->min_value_units;
}

/* Orders of a retired instrument are canceled. */
void
core_config_instrument(struct core *c, const struct command *cmd)
{
    struct command_instrument whole = *(const struct command_instrument *)(const void *)cmd;
    const struct command_instrument *x = &whole;
    struct core_admin a;
    if (!core_admin_enter(c, cmd, ROLE_CONFIGURE, CORE_EYES_REFERENCE, 0, &a))
        return;
    uint32_t idx = core_instrument_idx(c, x->instrument_id);
    uint32_t detail = offsetof(struct command_instrument, kept);
    struct money_rate rate;
    uint16_t reason = x->kept != 0 && !fill_kept(c, idx, &whole) ? REASON_BAD_FIELD
                                                                 : check(c, x, idx, &detail, &rate);
    if (reason == 0)
        reason = core_hooks_validate(c, cmd);
    if (reason != 0) {
        core_emit_refusal(c, cmd, reason, detail);
        return;
    }
    if (idx == CORE_NONE)
        idx = add(c, x, &rate);
    set(c, idx, x);
    core_pegs_moved(c, idx);
    core_emit_instrument(c, idx, cmd->session_id);
    core_hooks_commit(c, cmd);
    core_admin_done(c, cmd, &a, 0);
    if (x->retired && x->kept == 0)
        core_work_start(c, &(struct work){.kind = WORK_CANCEL,
                                          .domain = WALK_POOL,
                                          .instrument_idx = idx,
                                          .value = REASON_INSTRUMENT_RETIRED,
                                          .stamp = c->pools.orders.accepted_cnt});
}

void
core_config_instrument_rules(struct core *c, const struct command *cmd)
{
    const struct command_instrument_rules *x = (const void *)cmd;
    struct core_admin a;
    if (!core_admin_enter(c, cmd, ROLE_COMPLIANCE | ROLE_CONFIGURE, CORE_EYES_REFERENCE, 0, &a))
        return;
    uint16_t reason = 0;
    uint32_t detail = 0;
    if (core_instrument_idx(c, x->instrument_id) == CORE_NONE) {
        reason = REASON_UNKNOWN_INSTRUMENT;
    } else if (x->country_mode_buy > 2 || x->country_mode_sell > 2) {
        reason = REASON_BAD_FIELD;
        detail = x->country_mode_buy > 2
                     ? offsetof(struct command_instrument_rules, country_mode_buy)
                     : offsetof(struct command_instrument_rules, country_mode_sell);
    } else if (x->max_order_lots < 0 || x->max_order_value_units < 0) {
        reason = REASON_BAD_FIELD;
        detail = x->max_order_lots < 0
                     ? offsetof(struct command_instrument_rules, max_order_lots)
                     : offsetof(struct command_instrument_rules, max_order_value_units);
    }
    if (reason == 0)
        reason = core_hooks_validate(c, cmd);
    if (reason != 0) {
        core_emit_refusal(c, cmd, reason, detail);
        return;
    }
    struct event_instrument_rules *e =
        core_emit(c, EVENT_INSTRUMENT_RULES, sizeof(*e), AUDIENCE_OPERATOR, cmd->session_id);
    e->instrument_id = x->instrument_id;
    e->min_kyc_level = x->min_kyc_level;
    e->country_mode_buy = x->country_mode_buy;
    e->country_mode_sell = x->country_mode_sell;
    e->class_mask_buy = x->class_mask_buy;
    e->class_mask_sell = x->class_mask_sell;
    e->max_order_lots = x->max_order_lots;
    e->max_order_value_units = x->max_order_value_units;
    e->collar_ppm = x->collar_ppm;
    e->zero = 0;
    memcpy(e->countries, x->countries, sizeof(e->countries));
    core_hooks_commit(c, cmd);
    core_admin_done(c, cmd, &a, 0);
}

void
core_emit_reference(struct core *c, uint32_t instrument_idx, uint32_t session_id)
{
    const struct hook_instrument *v = &c->view_instruments[instrument_idx];
    struct event_reference_price *e =
        core_emit(c, EVENT_REFERENCE_PRICE, sizeof(*e), AUDIENCE_PUBLIC, session_id);
    e->instrument_id = v->instrument_id;
    e->zero = 0;
    e->price_units = v->reference_units;
}

void
core_config_reference(struct core *c, const struct command *cmd)
{
    const struct command_reference_price *x = (const void *)cmd;
    struct core_admin a;
    if (!core_admin_enter(c, cmd, ROLE_OPERATE | ROLE_CONFIGURE, 0, 0, &a))
        return;
    uint32_t idx = core_instrument_idx(c, x->instrument_id);
    uint16_t reason = 0;
    if (idx == CORE_NONE)
        reason = REASON_UNKNOWN_INSTRUMENT;
    else if (x->price_units <= 0 || x->price_units > c->instruments[idx].max_price_units)
        reason = REASON_BAD_PRICE;
    if (reason == 0)
        reason = core_hooks_validate(c, cmd);
    if (reason != 0) {
        core_emit_result(c, cmd, reason, 0);
        return;
    }
    c->view_instruments[idx].reference_units = x->price_units;
    core_band_set_static(c, idx, x->price_units);
    core_pegs_moved(c, idx);
    core_emit_reference(c, idx, cmd->session_id);
    core_hooks_commit(c, cmd);
    core_admin_done(c, cmd, &a, 0);
}

/* Without rows the one step of the instrument's definition holds again. */
void
core_config_tick_table(struct core *c, const struct command *cmd)
{
    static const struct tick_table none;
    const struct command_tick_table *x = (const void *)cmd;
    struct core_admin a;
    if (!core_admin_enter(c, cmd, ROLE_CONFIGURE, CORE_EYES_REFERENCE, 0, &a))
        return;
    uint32_t idx = core_instrument_idx(c, x->instrument_id);
    bool sane = ticks_table_ok(&x->ticks) || memcmp(&x->ticks, &none, sizeof(none)) == 0;
    uint16_t reason = c->rules_version < CORE_RULES_ORDERS ? REASON_UNKNOWN_COMMAND
                      : idx == CORE_NONE                   ? REASON_UNKNOWN_INSTRUMENT
                      : !sane                              ? REASON_BAD_FIELD
                      : c->instruments[idx].busy           ? REASON_BOOK_BUSY
                                                           : 0;
    if (reason != 0) {
        core_emit_refusal(c, cmd, reason,
                          reason == REASON_BAD_FIELD ? offsetof(struct command_tick_table, ticks)
                                                     : 0);
        return;
    }
    c->tick_tables[idx] = x->ticks;
    c->instruments[idx].tick_units =
        x->ticks.row_cnt == 0 ? c->view_instruments[idx].tick_units : 0;
    core_pegs_moved(c, idx);
    struct event_tick_table *e =
        core_emit(c, EVENT_TICK_TABLE, sizeof(*e), AUDIENCE_PUBLIC, cmd->session_id);
    e->instrument_id = x->instrument_id;
    e->zero = 0;
    e->ticks = x->ticks;
    core_admin_done(c, cmd, &a, 0);
}

static uint16_t
check_state(const struct core *c, const struct command_trading_state *x, uint32_t idx)
{
    if (idx == CORE_NONE)
        return REASON_UNKNOWN_INSTRUMENT;
    if (!is_state(c, x->state))
        return REASON_BAD_FIELD;
    if (x->instrument_id != 0 && core_offering_shuts(c, idx, (uint8_t)x->state))
        return REASON_OFFERING_ON;
    if (x->instrument_id != 0 && core_phase_waits(c, idx, (uint8_t)x->state))
        return REASON_BOOK_BUSY;
    bool work = x->instrument_id == 0 || core_phase_has_steps(c, idx, (uint8_t)x->state);
    return work && !core_work_has_room(c) ? REASON_BUSY : 0;
}

/* One event per instrument; of all instruments, and where more than the state changes,
 * COMMAND_RESULT comes first. */
void
core_config_trading_state(struct core *c, const struct command *cmd)
{
    const struct command_trading_state *x = (const void *)cmd;
    struct core_admin a;
    if (!core_admin_enter(c, cmd, ROLE_OPERATE, 0, 0, &a))
        return;
    uint8_t state = (uint8_t)x->state;
    bool all = x->instrument_id == 0;
    uint32_t idx = all ? 0 : core_instrument_idx(c, x->instrument_id);
    uint16_t reason = check_state(c, x, idx);
    if (reason == 0)
        reason = core_hooks_validate(c, cmd);
    bool work = reason == 0 && (all || core_phase_has_steps(c, idx, state));
    if (reason != 0 || work)
        core_emit_result(c, cmd, reason, 0);
    if (reason != 0)
        return;
    if (!work)
        core_phase_set(c, idx, state, cmd->session_id);
    core_hooks_commit(c, cmd);
    core_admin_done(c, cmd, &a, 0);
    if (all)
        core_work_start(c, &(struct work){.kind = WORK_STATE, .value = state});
    if (all || !work)
        return;
    core_phase_begin(c, idx, state, false);
    core_work_start(c, &(struct work){.kind = WORK_PHASE, .instrument_idx = idx});
}
