#include "engine/core/core_band.h"
#include "engine/core/core_offering.h"
#include "engine/core/core_priv.h"

#include "engine/base/check.h"
#include "engine/model/utc.h"

/* The venue's day ends at a configured second of the UTC day. What happens by time happens on TICK
 * commands: the business day moves, day orders and those with a date expire, calls end and
 * timetables are followed, disconnected sessions lose their orders. */

static const int64_t second_ns = 1000000000;
enum { DAY_S = 86400 };

/* The business day that an instant belongs to, and where that day ends. */
static void
day_of(const struct core *c, int64_t time_ns, uint32_t *day, int64_t *end_ns)
{
    int64_t end_s = c->genesis.day_end_s == 0 ? DAY_S : c->genesis.day_end_s;
    int64_t now_s = time_ns < 0 ? 0 : time_ns / second_ns;
    int64_t number = now_s / DAY_S;
    if (now_s % DAY_S >= end_s)
        number++;
    *day = (uint32_t)number;
    *end_ns = (number * DAY_S + end_s) * second_ns;
}

static void
set_day(struct core *c)
{
    day_of(c, c->time_ns, &c->today, &c->day_end_ns);
    c->ids.today = c->today;
    c->view.business_day = utc_days_date(c->today);
}

void
core_day_start(struct core *c)
{
    set_day(c);
}

/* Until the walk over the day orders is done, no book takes new ones: nobody trades with an order
 * whose day is over. */
static void
end_day(struct core *c)
{
    if (c->time_ns < c->day_end_ns || c->day_end_open || !core_work_has_room(c))
        return;
    set_day(c);
    core_band_day(c);
    struct event_value *e = core_emit(c, EVENT_DAY_END, sizeof(*e), AUDIENCE_PUBLIC, 0);
    e->value = c->view.business_day;
    e->zero = 0;
    c->day_end_open = 1;
    core_work_start(c, &(struct work){.kind = WORK_DAY_END,
                                      .domain = WALK_POOL,
                                      .instrument_idx = CORE_NONE,
                                      .stamp = c->pools.orders.accepted_cnt});
}

void
core_tick(struct core *c, const struct command *cmd)
{
    (void)cmd;
    end_day(c);
    core_expire_due(c);
    core_times_due(c);
    core_offerings_due(c);
    core_sessions_due(c);
    if (c->hooks.tick != NULL && core_work_has_room(c) &&
        core_room(c) >= HOOK_EFFECT_MAX + CORE_EVENTS_TAIL) {
        struct hook_effects effects = {0};
        c->hooks.tick(c->hook_self, &effects, &c->sink);
        core_effects_take(c, &effects);
    }
}
