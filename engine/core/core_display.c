#include "engine/core/core_link.h"
#include "engine/core/core_share.h"

#include "engine/base/hash.h"

/* Orders that are not shown whole. Of an iceberg levels, book events and the feed have the
 * displayed lots only; when a trade has taken them the next ones are shown, behind the others of
 * its price that are shown: a refill is a new order in time. A hidden order is in no public event
 * and no sum of a level; it trades after those shown at its price, by time. Both trade as their
 * limit says, and what looks ahead (fill-or-kill, minimum quantity), holds and checks count all
 * that is open.
 * source: FIX 4.4 tag 111 MaxFloor, 5.0 SP2 tags 1138 DisplayQty, 1084 DisplayMethod (1 initial,
 *         3 random); Nasdaq Equity 4, Rules 4703(h) (reserve size, random within a range around
 *         it), 4703(k) (non-display), 4757(a)(1) (price, display, time); CME Globex MBO: a refill
 *         keeps the order's number and gets a new priority */

/* Within so many lots around what it shows at first; both ends count. */
static int64_t
range_lots(const struct order_cold *k, int64_t display_lots)
{
    return display_lots / 100 * k->display_range + display_lots % 100 * k->display_range / 100;
}

void
core_veil_set(struct core *c, uint32_t slot, const struct command_order_new *o)
{
    struct order_cold *k = order_cold_at(&c->pools.orders, slot);
    if (o->display_lots != 0)
        k->veil = VEIL_ICEBERG;
    else if ((o->exec_inst & (EXEC_HIDDEN | EXEC_ALL_OR_NONE)) != 0 || o->ord_type == ORD_PEGGED)
        k->veil = VEIL_HIDDEN;
    else
        return;
    k->display_range = o->display_range;
    c->pools.orders.veils = true;
    *order_display_at(&c->pools.orders, slot) =
        (struct order_display){.display_lots = o->display_lots};
}

void
core_rest_veiled(struct core *c, uint32_t slot)
{
    const struct order *o = order_at(&c->pools.orders, slot);
    struct order_display *d = order_display_at(&c->pools.orders, slot);
    d->shown_lots = d->display_lots < o->leaves_lots ? d->display_lots : o->leaves_lots;
    struct core_instrument *ins = &c->instruments[o->instrument_idx];
    book_add_veiled(&ins->book, &c->pools, slot);
    if (c->link_cnt != 0)
        core_link_rest(c, slot);
    if ((ins->extra & EXTRA_PRO_RATA) != 0)
        core_share_rest(c, slot);
    core_view_update(c, o->instrument_idx);
    core_emit_book(c, EVENT_BOOK_ADD, o, d->shown_lots);
}

/* Drawn from the seed of the command that brings the refill, for this order at what it has traded:
 * each refill is a draw of its own. docs/match.md has the rule in words. */
static int64_t
refill_lots(const struct core *c, uint32_t slot)
{
    const struct order *o = order_at(&c->pools.orders, slot);
    const struct order_cold *k = order_cold_at(&c->pools.orders, slot);
    int64_t lots = order_display_at(&c->pools.orders, slot)->display_lots;
    if (k->display_range != 0) {
        int64_t range = range_lots(k, lots);
        uint64_t draw = hash_mix(c->cmd->seed ^ o->order_id * UINT64_C(0x9E3779B97F4A7C15),
                                 (uint64_t)k->cum_lots ^ UINT64_C(0xD6E8FEB86659FD93));
        lots += (int64_t)(draw % (2 * (uint64_t)range + 1)) - range;
    }
    return lots < o->leaves_lots ? lots : o->leaves_lots;
}

bool
core_refill(struct core *c, uint32_t slot)
{
    const struct order *o = order_at(&c->pools.orders, slot);
    bool moved = book_refill(&c->pools, slot, refill_lots(c, slot));
    if (moved && (c->instruments[o->instrument_idx].extra & EXTRA_PRO_RATA) != 0)
        core_share_behind(c, slot);
    core_emit_book(c, EVENT_BOOK_REFILL, o, book_shown(&c->pools, slot));
    return moved;
}
