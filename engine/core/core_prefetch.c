#include "engine/core/core_priv.h"

#include "engine/base/check.h"

/* Brings to the cache what commands will need that are to be applied next. What a command touches
 * is found by following references: client id -> index -> entry -> order -> neighbours, balances;
 * instrument -> book -> level. Each step waits for memory. So each step is done for all commands
 * before the next one begins: it names what it needs, all of which is then asked for at once. The
 * two kinds of commands are told apart once, so that no branch depends on chance within a step.
 * Nothing here is state of the core: whatever was found, only addresses within the tables are
 * touched. */

struct named { /* a cancel or replace */
    uint64_t hash;
    uint32_t place; /* of the client id */
    uint32_t slot;  /* order; at or beyond used_max: not found */
};

struct entering { /* a new order */
    uint32_t account_idx, instrument_idx;
    uint32_t ref, level; /* of the level index, of the pool; LEVEL_NONE = none */
    uint32_t maker;      /* the first that it would trade with, or ORDER_NONE */
    int64_t price_units;
    uint8_t side;
};

/* Most lines that a step asks for, a command: named_third's, an instrument's and twelve more. */
enum { WANT_MAX = 12 + sizeof(struct core_instrument) / 64 };

struct ahead {
    uint32_t named_cnt, entering_cnt, want_cnt;
    struct named named[CORE_PREFETCH_MAX];
    struct entering entering[CORE_PREFETCH_MAX];
    const uint8_t *want[WANT_MAX * CORE_PREFETCH_MAX];
};

static inline void
touch(struct ahead *a, const void *p)
{
    a->want[a->want_cnt++] = p;
}

/* Tables of many orders are larger than what the TLB covers, and a prefetch that misses it is
 * dropped: loads, then, one right after the other, so that as many as the processor can keep in
 * flight wait together. Of fewer orders, what the next step does not need is not waited for. */
static void
fetch(struct ahead *a, const struct core *c)
{
    enum { LOADS_FROM_ORDERS = 20000 };
    if (c->pools.orders.cnt >= LOADS_FROM_ORDERS)
        for (uint32_t i = 0; i < a->want_cnt; i++)
            __asm__ volatile("" : : "r"(*a->want[i]));
    else
        for (uint32_t i = 0; i < a->want_cnt; i++)
            __builtin_prefetch(a->want[i], 1, 3);
    a->want_cnt = 0;
}

static void
touch_order(struct ahead *a, const struct core *c, uint32_t slot)
{
    const uint8_t *cold = (const void *)order_cold_at(&c->pools.orders, slot);
    touch(a, order_at(&c->pools.orders, slot));
    touch(a, cold);
    touch(a, cold + 64);
    touch(a, &c->ids.open[slot]);
    touch(a, order_link_at(&c->pools.orders, slot));
}

static void
touch_neighbour(struct ahead *a, const struct core *c, uint32_t slot)
{
    if (slot < c->pools.orders.used_max)
        touch(a, order_at(&c->pools.orders, slot));
}

static void
touch_link(struct ahead *a, const struct core *c, uint32_t slot)
{
    if (slot < c->pools.orders.used_max)
        touch(a, order_link_at(&c->pools.orders, slot));
}

static void
touch_balance(struct ahead *a, const struct core *c, uint32_t slot)
{
    if (slot >= c->ledger.balance_cnt)
        return;
    const uint8_t *b = (const void *)&c->ledger.balances[slot];
    touch(a, b);
    touch(a, b + sizeof(struct balance) - 1); /* 48 bytes: it may lie in two lines */
}

static void
touch_instrument(struct ahead *a, const struct core *c, uint32_t idx)
{
    const uint8_t *ins = (const void *)&c->instruments[idx];
    for (size_t at = 0; at < sizeof(struct core_instrument); at += 64)
        touch(a, ins + at);
    const uint8_t *v = (const void *)&c->view_instruments[idx];
    touch(a, v);
    touch(a, v + sizeof(struct hook_instrument) - 1);
}

static void
touch_neighbours(struct ahead *a, const struct core *c, uint32_t slot)
{
    const struct order *o = order_at(&c->pools.orders, slot);
    const struct order_link *l = order_link_at(&c->pools.orders, slot);
    if (o->level < c->pools.levels.level_used_max)
        touch(a, &c->pools.levels.levels[o->level]);
    touch_neighbour(a, c, o->prev);
    touch_neighbour(a, c, o->next);
    touch_link(a, c, l->account_prev);
    touch_link(a, c, l->account_next);
    touch_balance(a, c, o->side == SIDE_BUY ? o->cash_slot : o->asset_slot);
    if (o->instrument_idx < c->view.instrument_cnt)
        touch_instrument(a, c, o->instrument_idx);
}

/* Where what ends next will be remembered, after so many others. */
static void
touch_end(struct ahead *a, const struct core *c, uint32_t ahead)
{
    if (ahead >= c->ids.max - c->ids.cnt)
        return;
    const uint8_t *e = (const void *)&c->ids.ended[client_ids_next(&c->ids, ahead)];
    touch(a, e);
    touch(a, e + sizeof(struct client_ended) - 1);
}

/* The index line of a living order's id, which its end will change. */
static void
touch_own_index(struct ahead *a, const struct core *c, uint32_t slot)
{
    const struct client_entry *e = &c->ids.open[slot];
    struct client_key key;
    client_key_set(&key, CLIENT_ORDER, e->owner, &e->id);
    touch(a, &c->ids.index[client_key_hash(&c->ids, &key) & c->ids.mask]);
}

/* The place that the index names for this hash, without looking at the entry. */
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

static uint64_t
touch_index(struct ahead *a, const struct core *c, uint32_t account_id, const struct client_id *id)
{
    struct client_key key;
    client_key_set(&key, CLIENT_ORDER, account_id, id);
    uint64_t hash = client_key_hash(&c->ids, &key);
    touch(a, &c->ids.index[hash & c->ids.mask]);
    return hash;
}

/* --- an order that is named --- */

static void
named_first(struct ahead *a, const struct core *c, const struct command *cmd)
{
    /* Both begin with the same fields. */
    _Static_assert(offsetof(struct command_order_cancel, order_id) ==
                           offsetof(struct command_order_replace, order_id) &&
                       offsetof(struct command_order_cancel, orig) ==
                           offsetof(struct command_order_replace, orig),
                   "cancel and replace name orders alike");
    const struct command_order_cancel *x = (const void *)cmd;
    struct named *n = &a->named[a->named_cnt++];
    n->hash = 0;
    n->slot = (uint32_t)x->order_id & ORDER_POOL_MAX;
    if (x->order_id == 0)
        n->hash = touch_index(a, c, cmd->account_id, &x->orig);
    else if (n->slot < c->pools.orders.used_max)
        touch_order(a, c, n->slot);
}

static void
named_second(struct ahead *a, const struct core *c, struct named *n, uint32_t ahead)
{
    touch_end(a, c, ahead);
    if (n->hash == 0)
        return;
    n->place = look_up(c, n->hash);
    n->slot = ORDER_NONE;
    if (n->place == CLIENT_NONE)
        return;
    if (n->place < c->ids.max)
        touch(a, &c->ids.ended[n->place]);
    else
        n->slot = n->place - c->ids.max;
    if (n->slot < c->pools.orders.used_max)
        touch_order(a, c, n->slot);
}

static void
named_third(struct ahead *a, const struct core *c, const struct named *n)
{
    if (n->slot >= c->pools.orders.used_max)
        return;
    touch_neighbours(a, c, n->slot);
    if (n->hash == 0)
        touch_own_index(a, c, n->slot);
}

/* --- a new order: account, instrument, balances, the way to its level --- */

static void
entering_first(struct ahead *a, const struct core *c, const struct command_order_new *o)
{
    struct entering *e = &a->entering[a->entering_cnt];
    /* Its beginning is read here; an older journal's may be shorter than what is asked for. */
    __builtin_prefetch((const uint8_t *)o + sizeof(*o) - 1, 1, 3);
    e->account_idx = core_account_idx(c, o->cmd.account_id);
    e->instrument_idx = core_instrument_idx(c, o->instrument_id);
    (void)touch_index(a, c, o->cmd.account_id, &o->cmd.id);
    if (e->account_idx == CORE_NONE || e->instrument_idx == CORE_NONE ||
        (o->side != SIDE_BUY && o->side != SIDE_SELL))
        return;
    a->entering_cnt++;
    e->side = o->side;
    e->price_units = o->price_units;
    touch(a, &c->accounts[e->account_idx]);
    touch(a, &c->view_accounts[e->account_idx]);
    touch_instrument(a, c, e->instrument_idx);
}

static void
entering_second(struct ahead *a, const struct core *c, struct entering *e)
{
    const struct core_instrument *ins = &c->instruments[e->instrument_idx];
    touch_link(a, c, c->accounts[e->account_idx].order_tail);
    touch(a, &c->ledger.assets[e->side == SIDE_BUY ? ins->cash_idx : ins->asset_idx].held_units);
    if (c->ledger.cells != NULL) {
        touch(a, ledger_balance_cell(&c->ledger, e->account_idx, ins->cash_idx));
        touch(a, ledger_balance_cell(&c->ledger, e->account_idx, ins->asset_idx));
    }
    for (int side = 0; side < 2; side++)
        if (ins->book.side[side].best < c->pools.levels.level_used_max)
            touch(a, &c->pools.levels.levels[ins->book.side[side].best]);
    e->ref = level_touch(&c->pools.levels, &ins->book.side[e->side - SIDE_BUY], e->price_units);
}

static void
entering_third(struct ahead *a, const struct core *c, struct entering *e)
{
    const struct core_instrument *ins = &c->instruments[e->instrument_idx];
    if (c->ledger.cells != NULL) {
        touch_balance(a, c, ledger_balance_slot(&c->ledger, e->account_idx, ins->cash_idx));
        touch_balance(a, c, ledger_balance_slot(&c->ledger, e->account_idx, ins->asset_idx));
    }
    /* A taker will need the first maker. */
    e->maker = ORDER_NONE;
    uint32_t best = ins->book.side[e->side == SIDE_BUY ? 1 : 0].best;
    if (best < c->pools.levels.level_used_max) {
        const struct level *l = &c->pools.levels.levels[best];
        bool takes = e->side == SIDE_BUY ? l->price_units <= e->price_units
                                         : l->price_units >= e->price_units;
        if (takes && l->head < c->pools.orders.used_max) {
            e->maker = l->head;
            touch_order(a, c, l->head);
        }
    }
    e->level = level_of_ref(&c->pools.levels, e->ref, e->price_units);
    if (e->level != LEVEL_NONE)
        touch(a, &c->pools.levels.levels[e->level]);
}

/* Who will stand before it at its price; where the id of a maker is found, which may end. */
static void
entering_fourth(struct ahead *a, const struct core *c, const struct entering *e)
{
    if (e->level != LEVEL_NONE)
        touch_neighbour(a, c, c->pools.levels.levels[e->level].tail);
    if (e->maker != ORDER_NONE)
        touch_own_index(a, c, e->maker);
}

void
core_prefetch(const struct core *c, const struct command *const *cmds, uint32_t cnt)
{
    struct ahead a;
    CHECK(cnt <= CORE_PREFETCH_MAX);
    a.named_cnt = a.entering_cnt = a.want_cnt = 0;
    for (uint32_t i = 0; i < cnt; i++) {
        uint16_t type = cmds[i]->rec.type;
        if (type == COMMAND_ORDER_NEW)
            entering_first(&a, c, (const void *)cmds[i]);
        else if (type == COMMAND_ORDER_CANCEL || type == COMMAND_ORDER_REPLACE)
            named_first(&a, c, cmds[i]);
        if (c->hooks.prefetch != NULL)
            c->hooks.prefetch(c->hook_self, cmds[i]);
    }
    fetch(&a, c);
    for (uint32_t i = 0; i < a.named_cnt; i++)
        named_second(&a, c, &a.named[i], i);
    for (uint32_t i = 0; i < a.entering_cnt; i++)
        entering_second(&a, c, &a.entering[i]);
    fetch(&a, c);
    for (uint32_t i = 0; i < a.named_cnt; i++)
        named_third(&a, c, &a.named[i]);
    for (uint32_t i = 0; i < a.entering_cnt; i++)
        entering_third(&a, c, &a.entering[i]);
    fetch(&a, c);
    for (uint32_t i = 0; i < a.entering_cnt; i++)
        entering_fourth(&a, c, &a.entering[i]);
    fetch(&a, c);
}
