#include "engine/core/core_priv.h"

#include "engine/base/check.h"

/* Brings to the cache what commands will need that are to be applied soon. What a command touches
 * is found by following references: client id -> index -> entry -> order -> neighbours, balances;
 * instrument -> book -> level. Each step must wait for the one before, so a call does the first
 * step for its own command, and the next step for those that came 4, 8 and 12 calls before. The
 * hints are no state of the core: whatever stands in them, only addresses within the tables are
 * touched. */

enum { STEP = 4, HINT_MASK = CORE_HINT_CNT - 1 };
_Static_assert((CORE_HINT_CNT & HINT_MASK) == 0 && CORE_HINT_CNT > 3 * STEP, "ring of hints");

static inline void
touch(const void *p)
{
    __builtin_prefetch(p, 1, 3);
}

static void
touch_order(const struct core *c, uint32_t slot)
{
    const uint8_t *cold = (const void *)&c->pools.orders.cold[slot];
    touch(&c->pools.orders.hot[slot]);
    touch(cold);
    touch(cold + 64);
    touch(&c->pools.orders.link[slot]);
}

static void
touch_neighbour(const struct core *c, uint32_t slot)
{
    if (slot < c->pools.orders.used_max)
        touch(&c->pools.orders.hot[slot]);
}

static void
touch_link(const struct core *c, uint32_t slot)
{
    if (slot < c->pools.orders.used_max)
        touch(&c->pools.orders.link[slot]);
}

static void
touch_balance(const struct core *c, uint32_t slot)
{
    if (slot >= c->ledger.balance_cnt)
        return;
    const uint8_t *b = (const void *)&c->ledger.balances[slot];
    touch(b);
    touch(b + sizeof(struct balance) - 1); /* 48 bytes: it may lie in two lines */
}

static void
touch_instrument(const struct core *c, uint32_t idx)
{
    const uint8_t *ins = (const void *)&c->instruments[idx];
    for (size_t at = 0; at < sizeof(struct core_instrument); at += 64)
        touch(ins + at);
    const uint8_t *v = (const void *)&c->view_instruments[idx];
    touch(v);
    touch(v + sizeof(struct hook_instrument) - 1);
}

static void
touch_neighbours(const struct core *c, uint32_t slot)
{
    const struct order *o = &c->pools.orders.hot[slot];
    const struct order_link *l = &c->pools.orders.link[slot];
    if (o->level < c->pools.levels.level_used_max)
        touch(&c->pools.levels.levels[o->level]);
    touch_neighbour(c, o->prev);
    touch_neighbour(c, o->next);
    touch_link(c, l->account_prev);
    touch_link(c, l->account_next);
    touch_balance(c, o->side == SIDE_BUY ? o->cash_slot : o->asset_slot);
    if (o->instrument_idx < c->view.instrument_cnt)
        touch_instrument(c, o->instrument_idx);
}

static void
touch_entry(const struct core *c, uint32_t idx)
{
    if (idx < c->ids.max) {
        touch(&c->ids.entries[idx]);
        touch(&c->ids.finals[idx]);
    }
}

/* The position that the index names for this hash, without looking at the entry. */
static uint32_t
look_up(const struct core *c, uint64_t hash)
{
    uint64_t at = hash & c->ids.mask;
    for (int i = 0; i < 4 && c->ids.index[at] != 0; i++) {
        if (c->ids.index[at] >> 32 == hash)
            return (uint32_t)c->ids.index[at] - 1;
        at = (at + 1) & c->ids.mask;
    }
    return CLIENT_NONE;
}

static void
first_by_id(const struct core *c, struct core_hint *h, uint32_t account_id,
            const struct client_id *id)
{
    struct client_key key = client_key(CLIENT_ORDER, account_id, id);
    h->hash = client_key_hash(&c->ids, &key);
    touch(&c->ids.index[h->hash & c->ids.mask]);
}

/* --- a new order: account, instrument, balances, the way to its level --- */

static void
new_first(const struct core *c, struct core_hint *h, const struct command_order_new *o)
{
    h->account_idx = core_account_idx(c, o->cmd.account_id);
    h->instrument_idx = core_instrument_idx(c, o->instrument_id);
    first_by_id(c, h, o->cmd.account_id, &o->cmd.id);
    if (h->account_idx == CORE_NONE || h->instrument_idx == CORE_NONE ||
        (o->side != SIDE_BUY && o->side != SIDE_SELL))
        return;
    h->kind = HINT_NEW;
    h->side = o->side;
    h->price_units = o->price_units;
    touch(&c->accounts[h->account_idx]);
    touch(&c->view_accounts[h->account_idx]);
    touch_instrument(c, h->instrument_idx);
}

static void
new_second(const struct core *c, struct core_hint *h)
{
    const struct core_instrument *ins = &c->instruments[h->instrument_idx];
    touch_link(c, c->accounts[h->account_idx].order_tail);
    touch(&c->ledger.assets[h->side == SIDE_BUY ? ins->cash_idx : ins->asset_idx].held_units);
    if (c->ledger.cells != NULL) {
        touch(ledger_balance_cell(&c->ledger, h->account_idx, ins->cash_idx));
        touch(ledger_balance_cell(&c->ledger, h->account_idx, ins->asset_idx));
    }
    for (int side = 0; side < 2; side++)
        if (ins->book.side[side].best < c->pools.levels.level_used_max)
            touch(&c->pools.levels.levels[ins->book.side[side].best]);
    h->leaf =
        level_leaf_touch(&c->pools.levels, &ins->book.side[h->side - SIDE_BUY], h->price_units);
}

static void
new_third(const struct core *c, struct core_hint *h)
{
    const struct core_instrument *ins = &c->instruments[h->instrument_idx];
    if (c->ledger.cells != NULL) {
        touch_balance(c, ledger_balance_slot(&c->ledger, h->account_idx, ins->cash_idx));
        touch_balance(c, ledger_balance_slot(&c->ledger, h->account_idx, ins->asset_idx));
    }
    /* A taker will need the first maker. */
    uint32_t best = ins->book.side[h->side == SIDE_BUY ? 1 : 0].best;
    if (best < c->pools.levels.level_used_max) {
        const struct level *l = &c->pools.levels.levels[best];
        bool takes = h->side == SIDE_BUY ? l->price_units <= h->price_units
                                         : l->price_units >= h->price_units;
        if (takes && l->head < c->pools.orders.used_max)
            touch_order(c, l->head);
    }
    h->level = level_of_leaf(&c->pools.levels, h->leaf, h->price_units);
    if (h->level != LEVEL_NONE)
        touch(&c->pools.levels.levels[h->level]);
}

/* The order that will stand before it at its price. */
static void
new_fourth(const struct core *c, const struct core_hint *h)
{
    if (h->level != LEVEL_NONE)
        touch_neighbour(c, c->pools.levels.levels[h->level].tail);
}

static void
first_step(const struct core *c, struct core_hint *h, const struct command *cmd)
{
    h->kind = HINT_NONE;
    if (cmd->rec.type == COMMAND_ORDER_NEW) {
        new_first(c, h, (const void *)cmd);
        return;
    }
    if (cmd->rec.type != COMMAND_ORDER_CANCEL && cmd->rec.type != COMMAND_ORDER_REPLACE)
        return;
    /* Both begin with the same fields. */
    _Static_assert(offsetof(struct command_order_cancel, order_id) ==
                           offsetof(struct command_order_replace, order_id) &&
                       offsetof(struct command_order_cancel, orig) ==
                           offsetof(struct command_order_replace, orig),
                   "cancel and replace name orders alike");
    const struct command_order_cancel *x = (const void *)cmd;
    if (x->order_id == 0) {
        h->kind = HINT_CLIENT;
        first_by_id(c, h, cmd->account_id, &x->orig);
        return;
    }
    h->slot = (uint32_t)x->order_id & ORDER_POOL_MAX;
    if (h->slot < c->pools.orders.used_max) {
        h->kind = HINT_ORDER;
        touch_order(c, h->slot);
    }
}

static void
second_step(const struct core *c, struct core_hint *h)
{
    if (h->kind == HINT_CLIENT) {
        h->idx = look_up(c, h->hash);
        touch_entry(c, h->idx);
    } else if (h->kind == HINT_ORDER) {
        touch_neighbours(c, h->slot);
        touch_entry(c, c->pools.orders.hot[h->slot].client_idx);
    } else if (h->kind == HINT_NEW) {
        new_second(c, h);
    }
}

static void
third_step(const struct core *c, struct core_hint *h)
{
    if (h->kind == HINT_NEW)
        new_third(c, h);
    if (h->kind != HINT_CLIENT)
        return;
    h->slot =
        h->idx < c->ids.max ? (uint32_t)c->ids.entries[h->idx].ref & ORDER_POOL_MAX : ORDER_NONE;
    if (h->slot < c->pools.orders.used_max)
        touch_order(c, h->slot);
}

static void
fourth_step(const struct core *c, const struct core_hint *h)
{
    if (h->kind == HINT_NEW)
        new_fourth(c, h);
    if (h->kind == HINT_CLIENT && h->slot < c->pools.orders.used_max)
        touch_neighbours(c, h->slot);
}

void
core_prefetch(const struct core *c, const struct command *cmd)
{
    struct core_hints *hints = c->hints;
    uint32_t now = hints->cnt++;
    first_step(c, &hints->hint[now & HINT_MASK], cmd);
    second_step(c, &hints->hint[(now - STEP) & HINT_MASK]);
    third_step(c, &hints->hint[(now - 2 * STEP) & HINT_MASK]);
    fourth_step(c, &hints->hint[(now - 3 * STEP) & HINT_MASK]);
    if (c->hooks.prefetch != NULL)
        c->hooks.prefetch(c->hook_self, cmd);
}
