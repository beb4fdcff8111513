#include "engine/core/core_link.h"
#include "engine/core/core_whole.h"

#include "engine/base/check.h"

/* One cancels the other: two orders of one account, instrument and side. As soon as one of them is
 * to trade, is triggered or ends, the other one is canceled before anything else happens, so that
 * never both trade. As only one of them can ever trade, they hold together what the dearer one
 * needs: the one that came first holds its own, the second what it needs beyond that.
 * source: FIX 5.0 SP2 tag 1385 ContingencyType 1 (OCO), tag 583 ClOrdLinkID */

static uint32_t
other_of(const struct core *c, uint32_t slot)
{
    uint32_t other = c->linked[slot];
    return other == 0 || other == CORE_LINK_OVER ? ORDER_NONE : (other & ~CORE_LINK_IDLE) - 1;
}

static void
join(struct core *c, uint32_t slot, uint32_t other)
{
    c->linked[slot] = other + 1;
    order_cold_at(&c->pools.orders, slot)->exec_inst |= EXEC_LINKED;
    c->link_cnt++;
}

static void
part(struct core *c, uint32_t slot)
{
    c->linked[slot] = 0;
    order_cold_at(&c->pools.orders, slot)->exec_inst &= ~(uint32_t)EXEC_LINKED;
    c->link_cnt--;
}

/* --- what an auction counts of them --- */

/* Where the worse one would trade in an auction the better one does: while both are in the book
 * the lots of the worse one are idle. Here: of one that has come behind all others of its price
 * that are shown as it is. */
static bool
is_worse(const struct core *c, uint32_t slot, uint32_t other)
{
    const struct order *o = order_at(&c->pools.orders, slot);
    int64_t better = order_at(&c->pools.orders, other)->price_units;
    if (o->price_units != better)
        return o->side == SIDE_BUY ? o->price_units < better : o->price_units > better;
    return order_cold_at(&c->pools.orders, slot)->veil == VEIL_HIDDEN ||
           order_cold_at(&c->pools.orders, other)->veil != VEIL_HIDDEN;
}

static bool
is_idle(const struct core *c, uint32_t slot)
{
    return c->linked[slot] != CORE_LINK_OVER && (c->linked[slot] & CORE_LINK_IDLE) != 0;
}

static void
wake(struct core *c, uint32_t slot)
{
    const struct order *o = order_at(&c->pools.orders, slot);
    if (!is_idle(c, slot))
        return;
    c->idle_lots[o->level] -= o->leaves_lots;
    c->linked[slot] &= ~CORE_LINK_IDLE;
}

void
core_link_rest(struct core *c, uint32_t slot)
{
    uint32_t other = other_of(c, slot);
    if (other == ORDER_NONE || order_at(&c->pools.orders, other)->place != PLACE_BOOK)
        return;
    uint32_t idle = is_worse(c, slot, other) ? slot : other;
    const struct order *o = order_at(&c->pools.orders, idle);
    c->linked[idle] |= CORE_LINK_IDLE;
    c->idle_lots[o->level] += o->leaves_lots;
}

void
core_link_leave(struct core *c, uint32_t slot)
{
    uint32_t other = other_of(c, slot);
    if (other == ORDER_NONE)
        return;
    wake(c, slot);
    wake(c, other);
}

void
core_link_reduce(struct core *c, uint32_t slot, int64_t lots)
{
    if (is_idle(c, slot))
        c->idle_lots[order_at(&c->pools.orders, slot)->level] -= lots;
}

/* --- two become linked --- */

static bool
was_triggered(const struct core *c, uint32_t slot)
{
    return order_cold_at(&c->pools.orders, slot)->stop_units != 0 &&
           !core_is_stop(order_at(&c->pools.orders, slot)->ord_type);
}

uint16_t
core_link_fits(const struct command_order_new *n)
{
    if (n->ord_type == ORD_MARKET || n->ord_type == ORD_MARKET_TO_LIMIT ||
        n->ord_type == ORD_PEGGED)
        return REASON_BAD_ORDER_TYPE;
    return n->time_in_force == TIF_IOC || n->time_in_force == TIF_FOK ? REASON_BAD_TIME_IN_FORCE
                                                                      : 0;
}

uint16_t
core_link_find(struct core *c, const struct command_order_linked *x, struct core_terms *t)
{
    const struct command_order_new *n = &x->order;
    uint16_t reason =
        c->rules_version < CORE_RULES_ORDERS ? REASON_UNKNOWN_COMMAND : core_link_fits(n);
    if (reason != 0)
        return reason;
    if (x->other.length == 0 || x->other.length > CLIENT_ID_MAX) {
        t->detail = offsetof(struct command_order_linked, other);
        return REASON_BAD_FIELD;
    }
    struct client_key key;
    client_key_set(&key, CLIENT_ORDER, n->cmd.account_id, &x->other);
    uint32_t idx = client_ids_find(&c->ids, &key, client_key_hash(&c->ids, &key));
    uint32_t slot = idx == CLIENT_NONE
                        ? ORDER_NONE
                        : order_pool_find(&c->pools.orders, client_ids_entry(&c->ids, idx)->ref);
    if (slot == ORDER_NONE)
        return REASON_LINK;
    const struct order *o = order_at(&c->pools.orders, slot);
    if (o->place == PLACE_DEAL || o->place == PLACE_OFFERING || o->place == PLACE_REQUEST ||
        core_is_whole(c, slot) || o->ord_type == ORD_PEGGED || o->account_idx != t->account_idx ||
        o->instrument_idx != t->instrument_idx || o->side != n->side || c->linked[slot] != 0 ||
        order_cold_at(&c->pools.orders, slot)->cum_lots != 0 || was_triggered(c, slot))
        return REASON_LINK;
    t->linked_slot = slot;
    return 0;
}

void
core_link_join(struct core *c, uint32_t slot, uint32_t other)
{
    join(c, slot, other);
    join(c, other, slot);
}

/* --- what they hold --- */

static int64_t
beyond(int64_t need_units, int64_t first_units)
{
    return need_units > first_units ? need_units - first_units : 0;
}

int64_t
core_link_beyond(const struct core *c, uint32_t first, int64_t need_units)
{
    return beyond(need_units, order_cold_at(&c->pools.orders, first)->hold_units);
}

static bool
is_second(const struct core *c, uint32_t slot, uint32_t other)
{
    return order_at(&c->pools.orders, slot)->order_id > order_at(&c->pools.orders, other)->order_id;
}

int64_t
core_link_own(const struct core *c, uint32_t slot, int64_t need_units, int64_t *others_more)
{
    uint32_t other = c->link_cnt == 0 ? ORDER_NONE : other_of(c, slot);
    *others_more = 0;
    if (other == ORDER_NONE)
        return need_units;
    if (is_second(c, slot, other))
        return core_link_beyond(c, other, need_units);
    *others_more = beyond(core_hold_need(c, other), need_units) -
                   order_cold_at(&c->pools.orders, other)->hold_units;
    return need_units;
}

void
core_link_hold(struct core *c, uint32_t slot, int64_t need_units)
{
    int64_t others_more, own = core_link_own(c, slot, need_units, &others_more);
    uint32_t other = other_of(c, slot);
    core_hold_set(c, slot, own);
    if (others_more != 0)
        core_hold_set(c, other, order_cold_at(&c->pools.orders, other)->hold_units + others_more);
}

/* --- one ends the other --- */

uint32_t
core_link_cut(struct core *c, uint32_t slot)
{
    uint32_t other = other_of(c, slot);
    core_link_leave(c, slot);
    if (c->linked[slot] != 0)
        part(c, slot);
    if (other != ORDER_NONE)
        part(c, other);
    return other;
}

/* A taker in the middle of its sweep has not traded: it ends when its turn comes. */
void
core_link_end(struct core *c, uint32_t other)
{
    const struct order *o = order_at(&c->pools.orders, other);
    CHECK(o->place != PLACE_TAKING);
    if (o->place != PLACE_SWEEPING) {
        core_order_kill(c, other, REASON_LINKED, ORD_STATUS_CANCELED, NULL);
        return;
    }
    join(c, other, CORE_LINK_OVER - 1);
    core_hold_refresh(c, other);
}

void
core_link_use(struct core *c, uint32_t slot)
{
    uint32_t other = core_link_cut(c, slot);
    if (other == ORDER_NONE)
        return;
    core_link_end(c, other);
    core_hold_refresh(c, slot);
}

bool
core_link_over(const struct core *c, uint32_t slot)
{
    return c->linked[slot] == CORE_LINK_OVER;
}

bool
core_link_ahead(const struct core *c, uint32_t slot, int *steps)
{
    const struct order_pool *orders = &c->pools.orders;
    uint32_t other = other_of(c, slot);
    if (other == ORDER_NONE || order_at(orders, other)->place != PLACE_BOOK)
        return false;
    int64_t a = order_at(orders, other)->price_units, b = order_at(orders, slot)->price_units;
    if (a != b)
        return order_at(orders, slot)->side == SIDE_BUY ? a > b : a < b;
    uint32_t at = order_at(orders, other)->next; /* behind the other one, if it is ahead */
    while (at != ORDER_NONE && at != slot && *steps > 0) {
        at = order_at(orders, at)->next;
        (*steps)--;
    }
    return at != ORDER_NONE;
}

bool
core_link_is(const struct core *c, uint32_t slot, uint32_t other)
{
    return other != ORDER_NONE && other_of(c, slot) == other;
}

/* --- loading --- */

void
core_link_load(struct core *c, uint32_t slot)
{
    const struct order *o = order_at(&c->pools.orders, slot);
    if (is_idle(c, slot))
        c->idle_lots[o->level] += o->leaves_lots;
}

void
core_link_check(const struct core *c)
{
    uint64_t orders = 0, levels = 0;
    for (uint32_t slot = 0; slot < c->pools.orders.used_max; slot++) {
        const struct order *o = order_at(&c->pools.orders, slot);
        if (is_idle(c, slot))
            orders += (uint64_t)o->leaves_lots * (o->level + 1);
    }
    for (uint32_t level = 0; level < c->pools.levels.level_used_max; level++) {
        CHECK(c->idle_lots[level] >= 0);
        levels += (uint64_t)c->idle_lots[level] * (level + 1);
    }
    CHECK(orders == levels);
}

/* One of two that are both in the book is idle, the one whose price is not the better one. */
static bool
idle_sane(const struct core *c, uint32_t slot, uint32_t other)
{
    const struct order *a = order_at(&c->pools.orders, slot),
                       *b = order_at(&c->pools.orders, other);
    bool both = a->place == PLACE_BOOK && b->place == PLACE_BOOK;
    if (!is_idle(c, slot))
        return is_idle(c, other) == both;
    return both && !is_idle(c, other) &&
           (a->side == SIDE_BUY ? a->price_units <= b->price_units
                                : a->price_units >= b->price_units);
}

bool
core_link_sane(const struct core *c, uint32_t slot)
{
    const struct order_pool *orders = &c->pools.orders;
    const struct order *o = order_at(orders, slot);
    uint32_t other = other_of(c, slot);
    bool told = (order_cold_at(&c->pools.orders, slot)->exec_inst & EXEC_LINKED) != 0;
    if (told != (c->linked[slot] != 0))
        return false;
    if (other == ORDER_NONE)
        return c->linked[slot] == 0 || o->place == PLACE_SWEEPING;
    return other < c->pools.orders.used_max && other_of(c, other) == slot && other != slot &&
           idle_sane(c, slot, other) && order_at(orders, other)->order_id != 0 &&
           order_at(orders, other)->account_idx == o->account_idx &&
           order_at(orders, other)->instrument_idx == o->instrument_idx &&
           order_at(orders, other)->side == o->side;
}
