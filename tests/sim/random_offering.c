#include "tests/sim/random_offering.h"

static int64_t
below(struct seed *seed, uint64_t n)
{
    return (int64_t)seed_below(seed, n);
}

static void
begin(struct seed *seed, int64_t now_ns, struct command_offering *f)
{
    f->action = OFFERING_BEGIN;
    f->method = (uint8_t)below(seed, 20) == 0 ? 0 : (uint8_t)(OFFERING_PRO_RATA + below(seed, 2));
    f->offering_flags = (uint8_t)below(seed, 4) == 0 ? (uint8_t)below(seed, 4) : OFFERING_TRADING;
    f->low_units = 5 * (990 + below(seed, 10));
    f->high_units = f->low_units + 5 * below(seed, 6);
    f->total_lots = 1 + below(seed, 60);
    f->min_total_lots = below(seed, 4) == 0 ? below(seed, 100) : 0;
    f->max_lots = below(seed, 4) == 0 ? below(seed, 40) : 0;
    f->cap_lots = below(seed, 4) == 0 ? below(seed, 100) : 0;
    f->until_ns = now_ns + below(seed, 60) * 1000000000;
}

void
random_offering(struct seed *seed, int64_t now_ns, uint32_t account, uint32_t instrument,
                union any_command *x)
{
    int64_t dice = below(seed, 12);
    if (dice < 9) {
        venue_order_set(x, account, "", SIDE_BUY, 5 * (988 + below(seed, 20)), 1 + below(seed, 60),
                        TIF_GTC);
        x->order.instrument_id = instrument;
        x->order.exec_inst = EXEC_OFFERING;
        return;
    }
    venue_command(x, COMMAND_OFFERING);
    x->cmd.actor_id = VENUE_BOSS;
    x->offering.instrument_id = instrument;
    x->offering.action = OFFERING_WITHDRAW;
    if (dice == 9)
        return;
    x->cmd.account_id = account;
    begin(seed, now_ns, &x->offering);
}
