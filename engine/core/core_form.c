#include "engine/core/core_form.h"

#include "engine/core/core_peg.h"
#include "engine/core/core_whole.h"

/* At once or never is not for stops, a date not for what never waits, one auction for limit and
 * market orders. */
static bool
in_force_fits(const struct command_order_new *o)
{
    if (core_is_for_auction(o->time_in_force))
        return o->ord_type <= ORD_LIMIT;
    bool now = o->time_in_force == TIF_IOC || o->time_in_force == TIF_FOK;
    return o->time_in_force == TIF_GTD ? o->ord_type != ORD_MARKET
                                       : !now || !core_is_stop(o->ord_type);
}

bool
core_post_only_fits(const struct command_order_new *o)
{
    uint32_t both = EXEC_POST_ONLY | EXEC_POST_SLIDE;
    return (o->exec_inst & both) != both && o->ord_type == ORD_LIMIT &&
           o->time_in_force != TIF_IOC && o->time_in_force != TIF_FOK &&
           !core_is_for_auction(o->time_in_force);
}

/* A minimum is for what ends at once and need not be filled whole. */
static bool
min_qty_fits(const struct command_order_new *o)
{
    bool at_once = o->ord_type == ORD_MARKET
                       ? o->time_in_force != TIF_FOK && !core_is_for_auction(o->time_in_force)
                       : o->time_in_force == TIF_IOC;
    return at_once && o->min_qty_lots > 0 && o->min_qty_lots <= o->qty_lots;
}

/* Not whole to be seen, or not at all, is for what may wait in the book. */
static bool
may_rest(const struct command_order_new *o)
{
    return core_has_limit(o->ord_type) && o->time_in_force != TIF_IOC &&
           o->time_in_force != TIF_FOK;
}

/* An iceberg shows a part of itself, no less than the least order, and is not hidden. */
static bool
display_fits(const struct core *c, const struct core_instrument *ins,
             const struct command_order_new *o)
{
    return c->rules_version >= CORE_RULES_ORDERS && may_rest(o) &&
           (o->exec_inst & EXEC_HIDDEN) == 0 && o->display_lots > 0 &&
           o->display_lots <= o->qty_lots && o->display_lots >= ins->min_qty_lots &&
           core_display_fits(o->display_lots, o->qty_lots);
}

/* Offset of a field that this order must have and has not, or must not have; 0 = none. */
static uint32_t
wrong_field(const struct core *c, const struct core_instrument *ins,
            const struct command_order_new *o)
{
    if (!core_peg_offset_fits(ins, o))
        return offsetof(struct command_order_new, peg_offset_units);
    if (o->stop_units != 0 && !core_is_stop(o->ord_type))
        return offsetof(struct command_order_new, stop_units);
    if (o->display_lots != 0 && !display_fits(c, ins, o))
        return offsetof(struct command_order_new, display_lots);
    if (o->display_range != 0 && (o->display_lots == 0 || o->display_range >= 100))
        return offsetof(struct command_order_new, display_range);
    if (o->min_qty_lots != 0 && (c->rules_version < CORE_RULES_ORDERS || !min_qty_fits(o)))
        return offsetof(struct command_order_new, min_qty_lots);
    if ((o->expire_ns != 0) != (o->time_in_force == TIF_GTD))
        return offsetof(struct command_order_new, expire_ns);
    return 0;
}

/* Whether it comes into a call that does not take such orders. */
static bool
call_refuses(const struct core_instrument *ins, const struct command_order_new *o)
{
    uint8_t in_force = o->ord_type == ORD_MARKET ? core_market_in_force(o) : o->time_in_force;
    return ins->call && core_call_refuses(o->ord_type, in_force, o->exec_inst, o->min_qty_lots);
}

uint16_t
core_form_check(const struct core *c, const struct core_instrument *ins,
                const struct command_order_new *o, uint32_t *detail)
{
    bool more = c->rules_version >= CORE_RULES_ORDERS;
    uint32_t types = (more ? MORE_TYPES : PLAIN_TYPES) & ins->ord_type_mask;
    uint32_t in_force = more ? MORE_IN_FORCE : PLAIN_IN_FORCE;
    uint32_t exec_insts = more ? MORE_EXEC_INSTS : PLAIN_EXEC_INSTS;
    if (o->ord_type >= 32 || (types >> o->ord_type & 1) == 0 ||
        (o->ord_type == ORD_PEGGED && !ins->allow_hidden))
        return REASON_BAD_ORDER_TYPE;
    if (o->time_in_force >= 32 || (in_force >> o->time_in_force & 1) == 0 || !in_force_fits(o))
        return REASON_BAD_TIME_IN_FORCE;
    if ((o->exec_inst & ~exec_insts) != 0 || !core_peg_fits(o) ||
        ((o->exec_inst & EXEC_HIDDEN) != 0 && !(ins->allow_hidden && may_rest(o))) ||
        ((o->exec_inst & EXEC_ALL_OR_NONE) != 0 && !core_whole_fits(ins, o)) ||
        ((o->exec_inst & (EXEC_POST_ONLY | EXEC_POST_SLIDE)) != 0 && !core_post_only_fits(o)))
        *detail = offsetof(struct command_order_new, exec_inst);
    else
        *detail = wrong_field(c, ins, o);
    if (*detail != 0)
        return REASON_BAD_FIELD;
    if (o->time_in_force == TIF_GTD && o->expire_ns <= c->time_ns)
        return REASON_GOOD_TILL_DATE;
    return call_refuses(ins, o) ? REASON_CALL_PHASE : 0;
}
