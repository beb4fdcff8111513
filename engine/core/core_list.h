#ifndef ENGINE_CORE_CORE_LIST_H
#define ENGINE_CORE_CORE_LIST_H

#include "engine/core/core_priv.h"

/* Orders that come together, for the core's own files: core_list.c. */

void core_order_list(struct core *c, const struct command *cmd);
/* The second of two enters, after what kept the book busy. */
void core_list_run(struct core *c, const struct work *w);
/* One that waits for that is parked by a decision: it stays so. */
void core_list_stay(struct core *c, uint64_t order_id);

#endif
