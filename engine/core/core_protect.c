#include "engine/core/core_quote.h"

#include <string.h>

#include "engine/base/check.h"

/* Protection of makers: of an account's quote in an instrument, how many fills, lots, value and net
 * position within a time are enough. The fill that reaches a limit is done whole; then both sides
 * are pulled before anything else trades, and none is taken until the maker resets it with a quote
 * or sets limits anew. The window rolls: at each fill those count that are younger than it, in
 * sequenced time, exactly; one that is as old as the window does not. A fill of a quote counts
 * whether it rested or took, in auctions too; each side of a trade with oneself is a fill of its
 * own.
 * source: Eurex T7, market maker protection; CME Globex, market maker protections. That the window
 * rolls, and has no fixed borders around which twice as much could trade, is this venue's reading
 */

bool
core_protect_stops(const struct core *c, const struct core_quote *q)
{
    return q->protection != 0 && c->protections[q->protection - 1].stopped != 0;
}

void
core_protect_reset(struct core *c, const struct core_quote *q)
{
    if (q->protection == 0)
        return;
    struct core_protection *p = &c->protections[q->protection - 1];
    p->stopped = p->cnt = 0;
    memset(p->fills, 0, sizeof(p->fills));
}

/* --- limits --- */

static uint16_t
check_limits(const struct core *c, const struct command_quote_limits *x, uint32_t *detail)
{
    bool any = (x->window_ns | x->lots_max | x->value_max_units | x->net_lots_max) != 0;
    if (core_account_idx(c, x->cmd.account_id) == CORE_NONE)
        return REASON_UNKNOWN_ACCOUNT;
    if (core_instrument_idx(c, x->instrument_id) == CORE_NONE)
        return REASON_UNKNOWN_INSTRUMENT;
    if (x->fill_max > PROTECTION_FILL_MAX || (x->fill_max == 0 && any))
        *detail = offsetof(struct command_quote_limits, fill_max);
    else if (x->fill_max != 0 && x->window_ns <= 0)
        *detail = offsetof(struct command_quote_limits, window_ns);
    else if (x->lots_max < 0)
        *detail = offsetof(struct command_quote_limits, lots_max);
    else if (x->value_max_units < 0)
        *detail = offsetof(struct command_quote_limits, value_max_units);
    else if (x->net_lots_max < 0)
        *detail = offsetof(struct command_quote_limits, net_lots_max);
    return *detail != 0 ? REASON_BAD_FIELD : 0;
}

void
core_quote_limits(struct core *c, const struct command *cmd)
{
    const struct command_quote_limits *x = (const void *)cmd;
    struct core_admin a;
    uint32_t detail = 0;
    struct core_quote *q = NULL;
    if (!core_known_to_rules(c, cmd) ||
        !core_admin_enter(c, cmd, ROLE_OPERATE | ROLE_COMPLIANCE, 0, ADMIN_CLIENT, &a))
        return;
    uint16_t reason = check_limits(c, x, &detail);
    if (reason == 0)
        q = core_quote_of(c, core_account_idx(c, cmd->account_id),
                          core_instrument_idx(c, x->instrument_id));
    if (reason == 0 && q == NULL)
        reason = REASON_TABLE_FULL;
    if (reason != 0) {
        core_emit_refusal(c, cmd, reason, detail);
        return;
    }
    if (q->protection == 0)
        q->protection = ++c->protection_cnt;
    c->protections[q->protection - 1] =
        (struct core_protection){.window_ns = x->window_ns,
                                 .lots_max = x->lots_max,
                                 .value_max_units = x->value_max_units,
                                 .net_lots_max = x->net_lots_max,
                                 .fill_max = x->fill_max};
    struct event_quote_limits *e =
        core_emit(c, EVENT_QUOTE_LIMITS, sizeof(*e), AUDIENCE_PARTY, cmd->session_id);
    e->account_id = cmd->account_id;
    e->instrument_id = x->instrument_id;
    e->fill_max = x->fill_max;
    e->zero = 0;
    e->window_ns = x->window_ns;
    e->lots_max = x->lots_max;
    e->value_max_units = x->value_max_units;
    e->net_lots_max = x->net_lots_max;
    e->client_seq = cmd->client_seq;
    core_admin_done(c, cmd, &a, 0);
}

/* --- fills --- */

struct window { /* sums over it */
    __int128 lots, value_units, net_lots;
};

/* This fill is in, those that are too old are out. */
static void
roll(struct core_protection *p, const struct quote_fill *fill, struct window *w)
{
    uint32_t old = 0;
    while (old < p->cnt && fill->time_ns - p->fills[old].time_ns >= p->window_ns)
        old++;
    p->cnt -= old;
    memmove(p->fills, &p->fills[old], p->cnt * sizeof(p->fills[0]));
    CHECK(p->cnt < PROTECTION_FILL_MAX, "as many as fill_max have stopped it");
    p->fills[p->cnt++] = *fill;
    memset(&p->fills[p->cnt], 0, (PROTECTION_FILL_MAX - p->cnt) * sizeof(p->fills[0]));
    for (uint32_t i = 0; i < p->cnt; i++) {
        w->lots += p->fills[i].lots < 0 ? -(__int128)p->fills[i].lots : p->fills[i].lots;
        w->value_units += p->fills[i].value_units;
        w->net_lots += p->fills[i].lots;
    }
}

/* The first limit that is reached; 0 = none. */
static uint8_t
reached(const struct core_protection *p, const struct window *w)
{
    __int128 net_lots = w->net_lots < 0 ? -w->net_lots : w->net_lots;
    if (p->cnt >= p->fill_max)
        return PROTECTION_FILLS;
    if (p->lots_max != 0 && w->lots >= p->lots_max)
        return PROTECTION_LOTS;
    if (p->value_max_units != 0 && w->value_units >= p->value_max_units)
        return PROTECTION_VALUE;
    return p->net_lots_max != 0 && net_lots >= p->net_lots_max ? PROTECTION_NET : 0;
}

static int64_t
cut(__int128 value)
{
    return value > INT64_MAX ? INT64_MAX : value < -INT64_MAX ? -INT64_MAX : (int64_t)value;
}

static void
emit_stop(struct core *c, const struct core_quote *q, uint8_t limit, const struct window *w,
          uint32_t session_id)
{
    const struct core_protection *p = &c->protections[q->protection - 1];
    struct event_quote_stop *e =
        core_emit(c, EVENT_QUOTE_STOP, sizeof(*e), AUDIENCE_PARTY, session_id);
    e->account_id = c->view_accounts[q->account_idx].account_id;
    e->instrument_id = c->view_instruments[q->instrument_idx].instrument_id;
    e->fill_cnt = p->cnt;
    e->limit = limit;
    memset(e->zero, 0, sizeof(e->zero));
    e->lots = cut(w->lots);
    e->value_units = cut(w->value_units);
    e->net_lots = cut(w->net_lots);
    e->window_ns = p->window_ns;
}

/* What is in the book or parked; a taker is its match's to end. */
static void
pull(struct core *c, const struct core_quote *q)
{
    for (int side = 0; side < 2; side++) {
        uint32_t slot = order_pool_find(&c->pools.orders, q->order_id[side]);
        if (slot != ORDER_NONE && (order_at(&c->pools.orders, slot)->place == PLACE_BOOK ||
                                   order_at(&c->pools.orders, slot)->place == PLACE_PARKED))
            core_order_kill(c, slot, REASON_MAKER_PROTECTION, ORD_STATUS_CANCELED, NULL);
    }
}

/* The quote that an order is a side of, if it is protected; else NULL. */
static const struct core_quote *
protected_quote(const struct core *c, uint32_t slot)
{
    const struct order *o = order_at(&c->pools.orders, slot);
    if ((order_cold_at(&c->pools.orders, slot)->exec_inst & EXEC_QUOTE) == 0)
        return NULL;
    uint32_t idx = id_map_find(&c->quote_ids, core_quote_key(o->account_idx, o->instrument_idx));
    CHECK(idx < c->quote_cnt, "order %llu", (unsigned long long)o->order_id);
    const struct core_quote *q = &c->quotes[idx];
    return q->protection != 0 && c->protections[q->protection - 1].fill_max != 0 ? q : NULL;
}

static void
count(struct core *c, const struct core_quote *q, int64_t lots, int64_t value_units,
      uint32_t session_id)
{
    struct window w = {0};
    if (q == NULL || core_protect_stops(c, q))
        return;
    struct core_protection *p = &c->protections[q->protection - 1];
    roll(p, &(struct quote_fill){.time_ns = c->time_ns, .lots = lots, .value_units = value_units},
         &w);
    uint8_t limit = reached(p, &w);
    if (limit == 0)
        return;
    p->stopped = 1;
    emit_stop(c, q, limit, &w, session_id);
    pull(c, q);
}

/* What is pulled for the one may be the other's order: both are looked up before. */
void
core_protect_fill(struct core *c, uint32_t buy, uint32_t sell, int64_t lots, int64_t notional_units)
{
    const struct core_quote *buyer = protected_quote(c, buy), *seller = protected_quote(c, sell);
    uint32_t buy_session = order_cold_at(&c->pools.orders, buy)->session_id;
    uint32_t sell_session = order_cold_at(&c->pools.orders, sell)->session_id;
    count(c, buyer, lots, notional_units, buy_session);
    count(c, seller, -lots, notional_units, sell_session);
}

bool
core_protected(const struct core *c, uint32_t slot)
{
    return protected_quote(c, slot) != NULL;
}

bool
core_protect_ends(const struct core *c, uint32_t slot)
{
    const struct core_quote *q = protected_quote(c, slot);
    return q != NULL && core_protect_stops(c, q);
}
