#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/core/core_corporate.h"
#include "tests/support/core_fixture.h"
#include "tests/support/seed.h"

/* Splits one after the other with random ratios, reckoned beside the core; damaged snapshots. The
 * rules themselves: tests/golden/corporate_*.txt. */

enum { HOLDERS = 4, SPLITS = 200 };

static struct venue v;

static int64_t
settled(uint32_t account, uint32_t asset)
{
    return venue_balance(&v, account, asset).settled_units;
}

static void
split_set(union any_command *x, uint32_t ratio_new, uint32_t ratio_old, int64_t price_units,
          uint32_t payer)
{
    char id[24];
    (void)snprintf(id, sizeof(id), "split-%" PRIu64, v.seq);
    venue_command(x, COMMAND_CORPORATE_ACTION);
    venue_id(&x->cmd.id, id);
    x->cmd.actor_id = VENUE_BOSS;
    x->corporate.kind = CORPORATE_SPLIT;
    x->corporate.instrument_id = VENUE_BTC_USD;
    x->corporate.ratio_new = ratio_new;
    x->corporate.ratio_old = ratio_old;
    x->corporate.step_units = 1;
    x->corporate.price_units = price_units;
    x->corporate.payer_account_id = payer;
}

struct holdings {
    int64_t units[HOLDERS + 1], cash[HOLDERS + 1];
};

static struct holdings
holdings_now(void)
{
    struct holdings h = {{0}, {0}};
    for (uint32_t a = 1; a <= HOLDERS; a++) {
        h.units[a] = settled(a, VENUE_BTC);
        h.cash[a] = settled(a, VENUE_USD);
    }
    return h;
}

static void
reckon(struct holdings *h, const struct command_corporate_action *x)
{
    for (uint32_t a = 1; a <= HOLDERS; a++) {
        int64_t parts = h->units[a] * x->ratio_new, rest = parts % x->ratio_old;
        h->units[a] = parts / x->ratio_old;
        if (a == x->payer_account_id || x->price_units == 0)
            continue;
        h->cash[a] += rest * x->price_units / x->ratio_old;
        h->cash[x->payer_account_id] -= rest * x->price_units / x->ratio_old;
    }
}

static void
test_splits_are_what_is_reckoned_beside_them(void **state)
{
    (void)state;
    struct seed seed = {.state = 20261121};
    uint32_t done = 0;
    for (int n = 0; n < SPLITS; n++) {
        uint32_t payer = 1 + (uint32_t)seed_below(&seed, HOLDERS);
        int64_t price = (int64_t)seed_below(&seed, 2) * (1 + (int64_t)seed_below(&seed, 100));
        union any_command x;
        venue_state(&v, TRADING_OPEN);
        venue_deposit(&v, payer, VENUE_BTC, 5);
        char id[16];
        (void)snprintf(id, sizeof(id), "s%d", n);
        venue_sell(&v, payer, id, 5000, 1);
        uint32_t open = venue_open_orders(&v);
        venue_state(&v, TRADING_HALTED);
        struct holdings expected = holdings_now();
        split_set(&x, 1 + (uint32_t)seed_below(&seed, 9), 1 + (uint32_t)seed_below(&seed, 9), price,
                  price == 0 ? 0 : payer);
        venue_apply(&v, &x);
        core_check(v.core);
        bool whole = venue_count(&v, EVENT_CORPORATE_REPORT) == 2;
        if (whole)
            reckon(&expected, &x.corporate);
        struct holdings found = holdings_now();
        assert_memory_equal(&found, &expected, sizeof(found));
        assert_int_equal(venue_open_orders(&v), whole ? 0 : open);
        done += whole;
    }
    assert_true(done > SPLITS / 2);
}

/* It is the last section: one that is under way has its work. */
static void
test_split_of_a_damaged_snapshot_is_refused(void **state)
{
    (void)state;
    size_t bytes = core_save(v.core, NULL, 0);
    uint8_t *saved = malloc(bytes);
    assert_int_equal(core_save(v.core, saved, bytes), bytes);
    assert_int_equal(venue_load(saved, bytes), 0);
    uint8_t *action = saved + bytes - sizeof(struct core_corporate);
    action[offsetof(struct core_corporate, reserved_cnt)] = 1;
    assert_int_equal(venue_load(saved, bytes), ERR_CORRUPT);
    action[offsetof(struct core_corporate, reserved_cnt)] = 0;
    action[offsetof(struct core_corporate, request.kind)] = CORPORATE_SPLIT;
    assert_int_equal(venue_load(saved, bytes), ERR_CORRUPT);
    free(saved);
}

int
main(void)
{
#define T(name) cmocka_unit_test_prestate_setup_teardown(name, venue_set_up, venue_tear_down, &v)
    const struct CMUnitTest tests[] = {
        T(test_splits_are_what_is_reckoned_beside_them),
        T(test_split_of_a_damaged_snapshot_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
