#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/book/equilibrium.h"
#include "tests/support/seed.h"

/* The price of an auction against the four rules taken literally: every candidate is tried. */

enum { ORDER_MAX = 64, LEVEL_MAX = 200, PRICE_MAX = 60 };

static struct seed seed;
static struct book_pools pools;
static struct book book;
static void *memory;
static size_t order_bytes;
static int64_t limits[ORDER_MAX], lots_of[ORDER_MAX];
static uint8_t sides[ORDER_MAX];
static uint32_t cnt;
static int64_t idle_lots[LEVEL_MAX];

static void
open_book(void)
{
    order_bytes = order_pool_footprint(ORDER_MAX);
    order_bytes = (order_bytes + 63) & ~(size_t)63;
    size_t bytes = order_bytes + level_pool_footprint(LEVEL_MAX);
    memory = aligned_alloc(64, (bytes + 63) & ~(size_t)63);
    assert_non_null(memory);
    memset(memory, 0, bytes);
    pools = (struct book_pools){0};
    order_pool_init(&pools.orders, memory, ORDER_MAX);
    level_pool_init(&pools.levels, (uint8_t *)memory + order_bytes, LEVEL_MAX);
    book_init(&book);
    memset(idle_lots, 0, sizeof(idle_lots));
    cnt = 0;
}

static uint32_t
put(uint8_t side, int64_t price, int64_t lots)
{
    uint32_t slot = order_pool_take(&pools.orders);
    order_at(&pools.orders, slot)->side = side;
    order_at(&pools.orders, slot)->price_units = price;
    order_at(&pools.orders, slot)->leaves_lots = lots;
    book_add(&book, &pools, slot);
    return order_at(&pools.orders, slot)->level;
}

/* In the book, but as if it were not. */
static void
add_idle(uint8_t side, int64_t price, int64_t lots)
{
    idle_lots[put(side, price, lots)] += lots;
}

static void
add(uint8_t side, int64_t price, int64_t lots)
{
    put(side, price, lots);
    sides[cnt] = side;
    limits[cnt] = price;
    lots_of[cnt++] = lots;
}

static int64_t
sum(uint8_t side, int64_t price)
{
    int64_t all = 0;
    for (uint32_t i = 0; i < cnt; i++)
        if (sides[i] == side && (side == SIDE_BUY ? limits[i] >= price : limits[i] <= price))
            all += lots_of[i];
    return all;
}

static int64_t
traded(int64_t price)
{
    int64_t buys = sum(SIDE_BUY, price), sells = sum(SIDE_SELL, price);
    return buys < sells ? buys : sells;
}

static int64_t
surplus(int64_t price)
{
    return sum(SIDE_BUY, price) - sum(SIDE_SELL, price);
}

struct candidates {
    int64_t price[4 * PRICE_MAX];
    uint32_t cnt;
};

static void
collect(struct candidates *c, const struct ticks *ticks)
{
    c->cnt = 0;
    for (int64_t price = 1; price <= PRICE_MAX; price++) {
        int64_t step = ticks->step_units;
        if (step == 0)
            step = ticks->table->step_units[price >= ticks->table->from_units[1]];
        bool is = price % step == 0;
        for (uint32_t i = 0; i < cnt; i++)
            is = is || limits[i] == price;
        if (is && traded(price) > 0)
            c->price[c->cnt++] = price;
    }
}

static void
keep_least(struct candidates *c, int64_t (*cost)(int64_t price))
{
    int64_t least = INT64_MAX;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < c->cnt; i++)
        least = cost(c->price[i]) < least ? cost(c->price[i]) : least;
    for (uint32_t i = 0; i < c->cnt; i++)
        if (cost(c->price[i]) == least)
            c->price[kept++] = c->price[i];
    c->cnt = kept;
}

static int64_t
not_traded(int64_t price)
{
    return -traded(price);
}

static int64_t
left_over(int64_t price)
{
    return llabs(surplus(price));
}

static int64_t near_to;

static int64_t
distance(int64_t price)
{
    return llabs(price - near_to);
}

/* Of those with buyers left over the highest, of those with sellers left over the lowest. */
static void
keep_pressed(struct candidates *c)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < c->cnt; i++) {
        bool higher = i + 1 < c->cnt && surplus(c->price[i]) > 0 && surplus(c->price[i + 1]) > 0;
        bool lower = kept > 0 && surplus(c->price[i]) < 0 && surplus(c->price[kept - 1]) < 0;
        if (!higher && !lower)
            c->price[kept++] = c->price[i];
    }
    c->cnt = kept;
}

static void
expect(const struct ticks *ticks, int64_t reference, const struct equilibrium_price *p)
{
    struct candidates c;
    collect(&c, ticks);
    if (c.cnt == 0) {
        assert_int_equal(p->price_units, 0);
        assert_int_equal(p->lots, 0);
        return;
    }
    uint8_t rule = AUCTION_BY_VOLUME;
    keep_least(&c, not_traded);
    if (c.cnt > 1) {
        rule = AUCTION_BY_SURPLUS;
        keep_least(&c, left_over);
    }
    if (c.cnt > 1) {
        rule = AUCTION_BY_PRESSURE;
        keep_pressed(&c);
    }
    if (c.cnt > 1) {
        rule = AUCTION_BY_REFERENCE;
        near_to = reference != 0 ? reference : c.price[0] + (c.price[c.cnt - 1] - c.price[0]) / 2;
        keep_least(&c, distance);
    }
    assert_int_equal(p->price_units, c.price[0]);
    assert_int_equal(p->rule, rule);
    assert_int_equal(p->lots, traded(c.price[0]));
    assert_int_equal(p->surplus_lots, left_over(c.price[0]));
    int64_t over = surplus(c.price[0]);
    assert_int_equal(p->surplus_side, over == 0 ? 0 : over > 0 ? SIDE_BUY : SIDE_SELL);
}

static void
find(const struct ticks *ticks, int64_t reference, int levels, struct equilibrium_price *out)
{
    const struct equilibrium_book b = {&book, &pools, idle_lots};
    struct equilibrium e;
    equilibrium_start(&e, &b);
    while (!equilibrium_walk(&e, &b, levels))
        ;
    equilibrium_decide(&e, &b, ticks, reference, out);
}

static void
test_price_is_that_of_the_four_rules(void **state)
{
    (void)state;
    uint32_t by_rule[AUCTION_BY_REFERENCE + 1] = {0};
    for (int turn = 0; turn < 20000; turn++) {
        open_book();
        int64_t from = (int64_t)seed_below(&seed, PRICE_MAX - 12) + 1;
        int64_t spread = (int64_t)seed_below(&seed, 12) + 1,
                tick = (int64_t)seed_below(&seed, 4) + 1;
        uint32_t orders = (uint32_t)seed_below(&seed, 12);
        bool idle = seed_below(&seed, 2) == 0;
        for (uint32_t i = 0; i < orders; i++)
            (idle && seed_below(&seed, 3) == 0 ? add_idle : add)(
                seed_below(&seed, 2) == 0 ? SIDE_BUY : SIDE_SELL,
                from + (int64_t)seed_below(&seed, (uint64_t)spread),
                (int64_t)seed_below(&seed, 4) + 1);
        int64_t reference = (int64_t)seed_below(&seed, PRICE_MAX);
        struct equilibrium_price p, in_parts;
        struct tick_table table = {.row_cnt = 2, .step_units = {1, (uint32_t)tick}};
        table.from_units[1] = tick * (1 + (int64_t)seed_below(&seed, 8));
        assert_true(ticks_table_ok(&table));
        struct ticks ticks = {seed_below(&seed, 2) == 0 ? tick : 0, &table};
        find(&ticks, reference, 1000, &p);
        expect(&ticks, reference, &p);
        find(&ticks, reference, 1, &in_parts);
        assert_memory_equal(&in_parts, &p, sizeof(p));
        by_rule[p.rule]++;
        free(memory);
    }
    for (int rule = 0; rule <= AUCTION_BY_REFERENCE; rule++)
        assert_true(by_rule[rule] > 100);
}

static void
test_prices_at_the_ends_of_the_numbers_fit(void **state)
{
    (void)state;
    const struct ticks one = {1, NULL}, most = {INT64_MAX, NULL};
    struct equilibrium_price p;
    open_book();
    add(SIDE_BUY, INT64_MAX, 1);
    add(SIDE_SELL, 1, 1);
    find(&one, 0, 10, &p);
    assert_int_equal(p.price_units, INT64_MAX / 2 + 1);
    find(&most, 5, 10, &p);
    assert_int_equal(p.price_units, 1);
    find(&one, INT64_MAX, 10, &p);
    assert_int_equal(p.price_units, INT64_MAX);
    free(memory);
}

int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_price_is_that_of_the_four_rules),
        cmocka_unit_test(test_prices_at_the_ends_of_the_numbers_fit),
    };
    seed = seed_from_args(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
