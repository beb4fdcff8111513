#include "engine/core/core_quote.h"

#include <string.h>

#include "engine/base/check.h"
#include "engine/model/client_id.h"

/* Quotes of makers: one command says for each of several instruments what an account bids and asks
 * from now on. An account has one quote in an instrument; each side of it is an order of the book
 * (EXEC_QUOTE, limit, for the day), judged, held, matched and told like others.
 *   - Fewer lots at the same price, or as many, keep the place in time; all else goes behind the
 *     others of its price. Lots are what is open from now on, whatever was filled before.
 *   - No lots pull a side. A side that is refused takes away what it should have replaced, which
 *     the maker does not want any more. Each side stands or falls alone.
 *   - Of one quote the side that moves away is done first, so that a maker that moves both does not
 *     meet itself.
 *   - One that comes from another session or with other instructions is entered anew.
 * Nothing is remembered of the message's id: a quote that may have been sent before is refused.
 * source: FIX 4.4 volume 4, MassQuote and MassQuoteAcknowledgement; FIX 5.0 SP2 tag 1167
 * QuoteEntryStatus (5 rejected, 6 removed from market); that a refused side is removed: Eurex T7,
 * mass quote ("removed and rejected") */

enum { BID = 0, ASK = 1, EVENTS_PER_SIDE = 8 };

struct quoting { /* what all entries of a command have in common */
    const struct command_mass_quote *x;
    uint32_t account_idx, session_idx;
};

struct quote_side {           /* of one entry */
    struct core_quote *quote; /* without a place of its own until a side is entered */
    const struct quote_entry *entry;
    uint8_t which;
    int64_t price_units, lots;
    uint32_t slot; /* what it had, if that is still open */
    uint16_t reason;
    uint8_t status;
};

static struct core_quote *
find_quote(struct core *c, uint32_t account_idx, uint32_t instrument_idx)
{
    uint32_t idx = id_map_find(&c->quote_ids, core_quote_key(account_idx, instrument_idx));
    return idx == ID_MAP_NONE ? NULL : &c->quotes[idx];
}

static bool
has_room(const struct core *c)
{
    return c->quote_cnt < c->genesis.quote_max;
}

struct core_quote *
core_quote_of(struct core *c, uint32_t account_idx, uint32_t instrument_idx)
{
    struct core_quote *quote = find_quote(c, account_idx, instrument_idx);
    if (quote != NULL || !has_room(c))
        return quote;
    uint32_t idx = c->quote_cnt++;
    id_map_add(&c->quote_ids, core_quote_key(account_idx, instrument_idx), idx);
    c->quotes[idx] =
        (struct core_quote){.account_idx = account_idx, .instrument_idx = instrument_idx};
    return &c->quotes[idx];
}

static struct client_id
entry_id(const struct quote_entry *e)
{
    struct client_id id = {.length = (uint8_t)strnlen(e->entry_id, sizeof(e->entry_id))};
    memcpy(id.text, e->entry_id, id.length);
    return id;
}

static void
pull(struct core *c, const struct quote_side *s, uint16_t reason)
{
    core_order_kill(c, s->slot, reason, ORD_STATUS_CANCELED, NULL);
}

/* An order of its own, in place of what it had. */
static uint16_t
enter_side(struct core *c, const struct quoting *q, struct quote_side *s)
{
    if (s->slot != ORDER_NONE)
        pull(c, s, REASON_BY_CLIENT);
    s->slot = ORDER_NONE;
    struct command_order_new o;
    struct core_terms t = {.account_idx = q->account_idx, .session_idx = q->session_idx};
    uint8_t verdict = VERDICT_ALLOW;
    command_init(&o.cmd, COMMAND_ORDER_NEW);
    o.cmd.session_id = q->x->cmd.session_id;
    o.cmd.account_id = q->x->cmd.account_id;
    o.cmd.id = entry_id(s->entry);
    o.instrument_id = s->entry->instrument_id;
    o.side = (uint8_t)(SIDE_BUY + s->which);
    o.ord_type = ORD_LIMIT;
    o.time_in_force = TIF_DAY;
    o.exec_inst = q->x->exec_inst;
    o.price_units = s->price_units;
    o.qty_lots = s->lots;
    uint16_t reason = core_order_judge(c, &o, &t, &verdict);
    if (reason == 0 && verdict == VERDICT_HOLD)
        reason = REASON_NEEDS_APPROVAL;
    if (reason != 0)
        return reason;
    o.exec_inst |= EXEC_QUOTE;
    s->quote = core_quote_of(c, q->account_idx, t.instrument_idx);
    CHECK(s->quote != NULL, "there is a place, or room for one");
    struct client_key key;
    client_key_set(&key, CLIENT_QUOTE, o.cmd.account_id, &o.cmd.id);
    uint32_t slot = core_order_take(c, &o, &t, &key, 0, 0);
    s->quote->order_id[s->which] = order_at(&c->pools.orders, slot)->order_id;
    core_emit_order(c, EVENT_ORDER_ACCEPTED, slot, 0, core_order_status(c, slot));
    core_order_place(c, slot);
    return 0;
}

/* The order goes on under the entry's id; nobody looks for the former one. */
static uint16_t
change_side(struct core *c, const struct quote_side *s)
{
    const struct order *o = order_at(&c->pools.orders, s->slot);
    if (s->price_units <= 0)
        return REASON_BAD_PRICE;
    if (s->lots < 0)
        return REASON_QTY_OFF_LOT;
    c->ids.open[s->slot].id = entry_id(s->entry);
    if (o->price_units == s->price_units && o->leaves_lots == s->lots)
        return 0;
    int64_t qty_lots, cum_lots = order_cold_at(&c->pools.orders, s->slot)->cum_lots;
    if (__builtin_add_overflow(cum_lots, s->lots, &qty_lots))
        return REASON_TOO_LARGE;
    return core_order_amend(c, s->slot, s->price_units, qty_lots);
}

static bool
goes_on(const struct core *c, const struct quoting *q, const struct quote_side *s)
{
    return s->slot != ORDER_NONE && order_at(&c->pools.orders, s->slot)->place == PLACE_BOOK &&
           order_at(&c->pools.orders, s->slot)->session_idx == q->session_idx &&
           order_cold_at(&c->pools.orders, s->slot)->exec_inst == (q->x->exec_inst | EXEC_QUOTE);
}

/* reason: what is wrong with the whole entry, or 0. */
static void
set_side(struct core *c, const struct quoting *q, struct quote_side *s, uint16_t reason)
{
    s->slot = order_pool_find(&c->pools.orders, s->quote->order_id[s->which]);
    if (c->instruments[s->quote->instrument_idx].busy) { /* not even a cancel is taken */
        bool none = s->lots == 0 && s->slot == ORDER_NONE;
        s->reason = none ? 0 : REASON_BOOK_BUSY;
        s->status = none ? QUOTE_NONE : QUOTE_REFUSED;
    } else if (s->lots == 0) {
        s->status = s->slot == ORDER_NONE ? QUOTE_NONE : QUOTE_PULLED;
        if (s->slot != ORDER_NONE)
            pull(c, s, REASON_BY_CLIENT);
    } else {
        bool had = s->slot != ORDER_NONE;
        if (reason == 0 && core_protect_stops(c, s->quote))
            reason = REASON_MAKER_PROTECTION;
        if (reason == 0)
            reason = had && goes_on(c, q, s) ? change_side(c, s) : enter_side(c, q, s);
        if (reason != 0 && s->slot != ORDER_NONE)
            pull(c, s, reason);
        s->reason = reason;
        s->status = reason == 0 ? QUOTE_ACCEPTED : had ? QUOTE_REMOVED : QUOTE_REFUSED;
    }
}

static bool
good_id(const struct quote_entry *e)
{
    struct client_id id = entry_id(e);
    return id.length != 0 && client_id_well_formed(&id);
}

static uint16_t
check_entry(const struct quote_entry *e)
{
    if (!good_id(e))
        return REASON_BAD_CLIENT_ID;
    return e->bid_qty_lots != 0 && e->ask_qty_lots != 0 && e->bid_price_units >= e->ask_price_units
               ? REASON_QUOTE_CROSSED
               : 0;
}

/* Whether the bid comes to where the ask has been so far. */
static bool
ask_moves_first(const struct core *c, const struct core_quote *quote, const struct quote_entry *e)
{
    uint32_t ask = order_pool_find(&c->pools.orders, quote->order_id[ASK]);
    return e->bid_qty_lots != 0 && ask != ORDER_NONE &&
           e->bid_price_units >= order_at(&c->pools.orders, ask)->price_units;
}

static void
set_entry(struct core *c, const struct quoting *q, const struct quote_entry *e,
          struct quote_answer *a)
{
    uint32_t instrument_idx = core_instrument_idx(c, e->instrument_id);
    struct core_quote fresh = {.account_idx = q->account_idx, .instrument_idx = instrument_idx};
    struct core_quote *quote = find_quote(c, q->account_idx, instrument_idx);
    a->instrument_id = e->instrument_id;
    a->set_id = e->set_id;
    if (good_id(e))
        memcpy(a->entry_id, e->entry_id, sizeof(a->entry_id));
    if (instrument_idx == CORE_NONE || (quote == NULL && !has_room(c))) {
        a->bid_status = a->ask_status = QUOTE_REFUSED;
        a->bid_reason = a->ask_reason =
            instrument_idx == CORE_NONE ? REASON_UNKNOWN_INSTRUMENT : REASON_TABLE_FULL;
        c->out_kept -= 2 * EVENTS_PER_SIDE;
        return;
    }
    if (quote == NULL)
        quote = &fresh;
    struct quote_side sides[2] = {
        {.quote = quote, .entry = e, .price_units = e->bid_price_units, .lots = e->bid_qty_lots},
        {.quote = quote, .entry = e, .price_units = e->ask_price_units, .lots = e->ask_qty_lots}};
    uint16_t reason = check_entry(e);
    if (q->x->reset == 1)
        core_protect_reset(c, quote);
    uint8_t first = ask_moves_first(c, quote, e) ? ASK : BID;
    for (uint8_t turn = 0; turn < 2; turn++) {
        struct quote_side *s = &sides[turn == 0 ? first : BID + ASK - first];
        s->which = (uint8_t)(s - sides);
        c->out_kept -= EVENTS_PER_SIDE;
        set_side(c, q, s, reason);
    }
    a->bid_reason = sides[BID].reason;
    a->ask_reason = sides[ASK].reason;
    a->bid_status = sides[BID].status;
    a->ask_status = sides[ASK].status;
    a->bid_order_id = a->bid_status == QUOTE_ACCEPTED ? sides[BID].quote->order_id[BID] : 0;
    a->ask_order_id = a->ask_status == QUOTE_ACCEPTED ? sides[ASK].quote->order_id[ASK] : 0;
}

static uint16_t
check_message(const struct command_mass_quote *x, uint32_t *detail)
{
    if (x->cmd.id.length == 0 || x->cmd.id.length > CLIENT_ID_MAX)
        return REASON_BAD_CLIENT_ID;
    if ((x->cmd.flags & COMMAND_POSSIBLE_RESEND) != 0)
        return REASON_QUOTE_RESENT;
    if (x->entry_cnt == 0 || x->entry_cnt > QUOTE_ENTRY_MAX)
        *detail = offsetof(struct command_mass_quote, entry_cnt);
    else if (x->reset > 1)
        *detail = offsetof(struct command_mass_quote, reset);
    else if ((x->exec_inst & ~(uint32_t)(EXEC_POST_ONLY | EXEC_CANCEL_ON_DISCONNECT)) != 0)
        *detail = offsetof(struct command_mass_quote, exec_inst);
    return *detail != 0 ? REASON_BAD_FIELD : 0;
}

void
core_mass_quote(struct core *c, const struct command *cmd)
{
    struct quoting q = {.x = (const void *)cmd};
    struct quote_answer answers[QUOTE_ENTRY_MAX] = {0};
    uint32_t detail = 0;
    if (!core_known_to_rules(c, cmd))
        return;
    uint16_t reason = core_sender_check(c, cmd, &q.session_idx, &q.account_idx);
    if (reason == 0)
        reason = check_message(q.x, &detail);
    if (reason != 0) {
        core_emit_refusal(c, cmd, reason, detail);
        return;
    }
    c->out_kept = q.x->entry_cnt * 2u * EVENTS_PER_SIDE + 1;
    for (uint32_t i = 0; i < q.x->entry_cnt; i++)
        set_entry(c, &q, &q.x->entries[i], &answers[i]);
    c->out_kept = 0;
    struct event_mass_quote *e =
        core_emit(c, EVENT_MASS_QUOTE, sizeof(*e), AUDIENCE_PARTY, cmd->session_id);
    e->client_seq = cmd->client_seq;
    e->account_id = cmd->account_id;
    e->entry_cnt = q.x->entry_cnt;
    memset(e->zero, 0, sizeof(e->zero));
    e->id = cmd->id;
    memcpy(e->entries, answers, sizeof(answers));
}
