#ifndef ENGINE_CORE_CORE_FORM_H
#define ENGINE_CORE_CORE_FORM_H

#include "engine/core/core_priv.h"

/* Whether what a new order says of itself goes together, whatever the market is (core_form.c). */

enum { /* masks of what an order may be */
       PLAIN_TYPES = 1u << ORD_MARKET | 1u << ORD_LIMIT,
       PLAIN_IN_FORCE = 1u << TIF_DAY | 1u << TIF_GTC | 1u << TIF_IOC | 1u << TIF_FOK,
       PLAIN_EXEC_INSTS = EXEC_POST_ONLY | EXEC_HOLD_PARK | EXEC_CANCEL_ON_DISCONNECT,
       /* from CORE_RULES_ORDERS on */
       MORE_TYPES = PLAIN_TYPES | 1u << ORD_STOP | 1u << ORD_STOP_LIMIT |
                    1u << ORD_MARKET_TO_LIMIT | 1u << ORD_PEGGED | 1u << ORD_TRAILING_STOP |
                    1u << ORD_TRAILING_STOP_LIMIT,
       MORE_IN_FORCE = PLAIN_IN_FORCE | 1u << TIF_GTD | 1u << TIF_OPG | 1u << TIF_CLS,
       MORE_EXEC_INSTS = PLAIN_EXEC_INSTS | EXEC_POST_SLIDE | EXEC_HIDDEN | EXEC_PEG_PRIMARY |
                         EXEC_PEG_MIDPOINT | EXEC_ALL_OR_NONE,
};

/* Of one that is not plain: order type, time in force, instructions, and what else it has; 0, or
 * why not. detail: offset of a field that is wrong. */
uint16_t core_form_check(const struct core *c, const struct core_instrument *ins,
                         const struct command_order_new *o, uint32_t *detail);
/* Post-only and slide: of the two at most one, on a limit order that may wait. */
bool core_post_only_fits(const struct command_order_new *o);

/* A market order never rests, whatever it says. */
static inline uint8_t
core_market_in_force(const struct command_order_new *o)
{
    return o->time_in_force == TIF_FOK || core_is_for_auction(o->time_in_force) ? o->time_in_force
                                                                                : (uint8_t)TIF_IOC;
}

#endif
