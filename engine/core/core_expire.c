#include "engine/core/core_priv.h"

#include "engine/base/check.h"
#include "engine/core/core_link.h"
#include "engine/core/core_request.h"

/* Good-till-date orders end at the first tick at or after their instant, and what is left of one
 * that comes to its rest later ends there and then. Until all that are due are gone no book takes
 * new orders: nobody trades with one whose date has passed. A taker is not in the heap while its
 * sweep is unfinished. */

void
core_expire_due(struct core *c)
{
    if (due_heap_next_ns(&c->dues) > c->time_ns || c->expiry_open || !core_work_has_room(c))
        return;
    c->expiry_open = 1;
    core_work_start(c, &(struct work){.kind = WORK_EXPIRE, .instrument_idx = CORE_NONE});
}

bool
core_expire_run(struct core *c)
{
    while (due_heap_next_ns(&c->dues) <= c->time_ns) {
        if (core_room(c) < core_events_per_end(c) + core_events_of_requests(c) + CORE_EVENTS_TAIL)
            return false;
        uint64_t order_id = c->dues.at[0].order_id;
        core_order_kill(c, order_pool_find(&c->pools.orders, order_id), REASON_GOOD_TILL_DATE,
                        ORD_STATUS_EXPIRED, NULL);
    }
    c->expiry_open = 0;
    return true;
}
