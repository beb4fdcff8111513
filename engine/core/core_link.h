#ifndef ENGINE_CORE_CORE_LINK_H
#define ENGINE_CORE_CORE_LINK_H

#include "engine/core/core_priv.h"

/* Orders of which one cancels the other, for the core's own files: core_link.c. */

/* Whether it may be one of two, by type and time in force; 0, or why not. */
uint16_t core_link_fits(const struct command_order_new *n);
/* The order that a new one is to be linked with, into the terms; 0, or why not. */
uint16_t core_link_find(struct core *c, const struct command_order_linked *x, struct core_terms *t);
void core_link_join(struct core *c, uint32_t slot, uint32_t other);
/* What a second order holds that needs so much. */
int64_t core_link_beyond(const struct core *c, uint32_t first, int64_t need_units);
/* What an order that needs so much would hold, and how much more the other one then. */
int64_t core_link_own(const struct core *c, uint32_t slot, int64_t need_units,
                      int64_t *others_more);
/* Brings both holds in line with what one needs. */
void core_link_hold(struct core *c, uint32_t slot, int64_t need_units);
/* Parts the two; the other one, which is to end, or ORDER_NONE. */
uint32_t core_link_cut(struct core *c, uint32_t slot);
void core_link_end(struct core *c, uint32_t other);
/* One is about to trade or was triggered: the other one ends. */
void core_link_use(struct core *c, uint32_t slot);
bool core_link_over(const struct core *c, uint32_t slot);
/* Whether a taker that takes all meets the other one before this one, so that this one ends. Looks
 * at so many orders at most, and takes them off; beyond that: yes. */
bool core_link_ahead(const struct core *c, uint32_t slot, int *steps);
/* What an auction counts of two that are in the book: one has come into it, is about to leave it,
 * has lost lots there. */
void core_link_rest(struct core *c, uint32_t slot);
void core_link_leave(struct core *c, uint32_t slot);
void core_link_reduce(struct core *c, uint32_t slot, int64_t lots);
bool core_link_is(const struct core *c, uint32_t slot, uint32_t other);
/* Of a saved core: whether the two know each other and may be linked. */
bool core_link_sane(const struct core *c, uint32_t slot);
/* An order of a saved core is in its book again. */
void core_link_load(struct core *c, uint32_t slot);
/* Aborts unless what is idle is that of the orders. */
void core_link_check(const struct core *c);

/* Most events of the end of an order; two may end where there are links. */
static inline uint32_t
core_events_per_end(const struct core *c)
{
    return c->link_cnt == 0 ? CORE_EVENTS_PER_END : 2 * CORE_EVENTS_PER_END;
}

/* What two orders that meet may end besides themselves. */
static inline uint32_t
core_events_of_links(const struct core *c)
{
    return c->link_cnt == 0 ? 0 : 2 * CORE_EVENTS_PER_END;
}

#endif
