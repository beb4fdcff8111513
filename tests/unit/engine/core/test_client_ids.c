#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/core/client_ids.h"
#include "tests/support/seed.h"

enum { MAX = 64 };

static struct client_ids table;
static struct order_pool pool;
static void *table_memory, *pool_memory;
static struct seed seed;

static void *
zeroed(size_t bytes)
{
    bytes = (bytes + 63) & ~(size_t)63;
    void *p = aligned_alloc(64, bytes);
    assert_non_null(p);
    memset(p, 0, bytes);
    return p;
}

static int
open_table(void **state)
{
    (void)state;
    table_memory = zeroed(client_ids_footprint(MAX, MAX));
    pool_memory = zeroed(order_pool_footprint(MAX));
    order_pool_init(&pool, pool_memory, MAX);
    client_ids_init(&table, table_memory, MAX, 42, &pool);
    table.today = 100;
    return 0;
}

static int
close_table(void **state)
{
    (void)state;
    free(table_memory);
    free(pool_memory);
    return 0;
}

static struct client_key
key_of(uint32_t owner, const char *text)
{
    static struct client_id ids[4]; /* keys point to theirs */
    static int n;
    struct client_id *id = &ids[n++ & 3];
    memset(id, 0, sizeof(*id));
    id->length = (uint8_t)strlen(text);
    memcpy(id->text, text, strlen(text));
    struct client_key key;
    client_key_set(&key, CLIENT_ORDER, owner, id);
    return key;
}

static uint32_t
find(uint32_t owner, const char *text)
{
    struct client_key k = key_of(owner, text);
    return client_ids_find(&table, &k, client_key_hash(&table, &k));
}

/* An open order under this id, or CLIENT_NONE when there is no room. */
static uint32_t
add(uint32_t owner, const char *text)
{
    struct client_key k = key_of(owner, text);
    if (!client_ids_room(&table))
        return CLIENT_NONE;
    uint32_t slot = order_pool_take(&pool);
    client_ids_add(&table, &k, client_key_hash(&table, &k), 7, slot);
    return client_ids_place(&table, slot);
}

static uint64_t
ref_of(uint32_t place)
{
    return client_ids_entry(&table, place)->ref;
}

/* Returns where its id is from now on. */
static uint32_t
finish(uint32_t place)
{
    uint32_t slot = order_pool_find(&pool, ref_of(place)), next = client_ids_next(&table, 0);
    (void)client_ids_finish(&table, slot, ORD_STATUS_CANCELED);
    order_pool_give(&pool, slot);
    return next;
}

static uint32_t
replace(uint32_t place, const char *text)
{
    struct client_key k = key_of(1, text);
    assert_true(client_ids_room(&table));
    return client_ids_replace(&table, &k, client_key_hash(&table, &k), 8, place - MAX);
}

static void
test_same_text_of_another_owner_or_namespace_is_another_id(void **state)
{
    (void)state;
    uint32_t a = add(1, "x");
    assert_int_equal(find(1, "x"), a);
    assert_int_equal(find(2, "x"), CLIENT_NONE);
    assert_int_equal(find(1, "xx"), CLIENT_NONE);
    struct client_key k = key_of(1, "x");
    k.space = CLIENT_REQUEST;
    assert_int_equal(client_ids_find(&table, &k, client_key_hash(&table, &k)), CLIENT_NONE);
}

static void
test_finished_ids_are_known_for_this_day_and_the_next(void **state)
{
    (void)state;
    uint32_t a = finish(add(1, "x"));
    table.today = 101;
    assert_int_equal(find(1, "x"), a);
    table.today = 102;
    assert_int_equal(find(1, "x"), CLIENT_NONE);
    uint32_t b = add(1, "x"); /* may be used again, before the ring came round */
    assert_int_not_equal(b, CLIENT_NONE);
    assert_int_equal(find(1, "x"), b);
    assert_int_equal(client_ids_entry(&table, a)->id.length, 0);
}

static void
test_final_state_begins_with_nothing_of_who_was_there_before(void **state)
{
    (void)state;
    static const struct client_final nothing;
    struct client_final *f = &table.ended[client_ids_next(&table, 0)].final;
    memset(f, 0xA5, sizeof(*f));
    (void)finish(add(1, "x"));
    assert_memory_equal(f, &nothing, sizeof(nothing));
}

static void
test_open_orders_stay_however_many_come_after(void **state)
{
    (void)state;
    char text[16];
    uint32_t a = add(1, "open");
    uint64_t ref = ref_of(a);
    for (int i = 0; i < 1000; i++) {
        (void)snprintf(text, sizeof(text), "n%d", i);
        uint32_t idx = add(1, text);
        assert_int_not_equal(idx, CLIENT_NONE);
        (void)finish(idx);
        table.today++;
    }
    assert_int_equal(find(1, "open"), a);
    assert_int_equal(ref_of(a), ref);
    assert_int_equal(client_ids_place(&table, order_pool_find(&pool, ref)), a);
}

static void
test_full_when_nothing_may_be_forgotten(void **state)
{
    (void)state;
    char text[16];
    for (int i = 0; i < MAX; i++) {
        (void)snprintf(text, sizeof(text), "n%d", i);
        uint32_t idx = add(1, text);
        assert_int_not_equal(idx, CLIENT_NONE);
        if (i % 2)
            (void)finish(idx);
    }
    client_ids_check(&table);
    assert_int_equal(add(1, "more"), CLIENT_NONE);
    assert_int_equal(add(1, "more"), CLIENT_NONE);
    table.today += 2;
    assert_int_not_equal(add(1, "more"), CLIENT_NONE);
}

static void
test_every_id_of_a_replaced_order_leads_to_its_end(void **state)
{
    (void)state;
    uint32_t open = add(1, "a"), a = replace(open, "b"), b = replace(open, "c");
    assert_int_equal(find(1, "a"), a);
    assert_int_equal(find(1, "b"), b);
    assert_int_equal(find(1, "c"), open);
    assert_ptr_equal(client_ids_latest(&table, a), &table.ended[b]); /* as far as it is over */
    uint32_t c = finish(open);
    assert_ptr_equal(client_ids_latest(&table, a), &table.ended[c]);
    assert_ptr_equal(client_ids_latest(&table, c), &table.ended[c]);
    client_ids_check(&table);
}

/* An id that is open takes no room of its own in the ring, but its end must have some. */
static void
test_room_is_kept_for_the_ends_of_open_orders(void **state)
{
    (void)state;
    char text[16];
    uint32_t open[MAX / 2];
    for (int i = 0; i < MAX / 2; i++) {
        (void)snprintf(text, sizeof(text), "o%d", i);
        open[i] = add(1, text);
    }
    for (int i = 0; i < MAX / 2; i++) {
        (void)snprintf(text, sizeof(text), "r%d", i);
        (void)replace(open[0], text);
    }
    assert_int_equal(add(1, "more"), CLIENT_NONE);
    for (int i = 0; i < MAX / 2; i++)
        (void)finish(open[i]);
    assert_int_equal(table.cnt, MAX);
    client_ids_check(&table);
}

/* Random adding, finishing and days, against a plain array. */
static void
test_agrees_with_a_plain_list(void **state)
{
    (void)state;
    static struct {
        bool there;
        uint32_t done_day;
        uint64_t ref;
    } plain[40];
    memset(plain, 0, sizeof(plain));
    char text[16];
    for (int n = 0; n < 20000; n++) {
        uint32_t i = (uint32_t)seed_below(&seed, 40);
        (void)snprintf(text, sizeof(text), "id-%u", i);
        if (plain[i].there && plain[i].done_day != 0 && plain[i].done_day + 1 < table.today)
            plain[i].there = false;
        uint32_t idx = find(3, text);
        assert_int_equal(idx != CLIENT_NONE, plain[i].there);
        if (idx == CLIENT_NONE) {
            idx = add(3, text);
            if (idx == CLIENT_NONE)
                continue;
            plain[i].there = true;
            plain[i].done_day = 0;
            plain[i].ref = ref_of(idx);
        } else {
            assert_int_equal(ref_of(idx), plain[i].ref);
            if (plain[i].done_day == 0 && seed_below(&seed, 2) == 0) {
                (void)finish(idx);
                plain[i].done_day = table.today;
            }
        }
        if (seed_below(&seed, 30) == 0)
            table.today++;
        if (seed_below(&seed, 500) == 0)
            client_ids_reindex(&table);
        if (seed_below(&seed, 100) == 0)
            client_ids_check(&table);
    }
}

int
main(int argc, char **argv)
{
    seed = seed_from_args(argc, argv);
#define T(name) cmocka_unit_test_setup_teardown(name, open_table, close_table)
    const struct CMUnitTest tests[] = {
        T(test_same_text_of_another_owner_or_namespace_is_another_id),
        T(test_finished_ids_are_known_for_this_day_and_the_next),
        T(test_final_state_begins_with_nothing_of_who_was_there_before),
        T(test_open_orders_stay_however_many_come_after),
        T(test_full_when_nothing_may_be_forgotten),
        T(test_every_id_of_a_replaced_order_leads_to_its_end),
        T(test_room_is_kept_for_the_ends_of_open_orders),
        T(test_agrees_with_a_plain_list),
    };
#undef T
    return cmocka_run_group_tests(tests, NULL, NULL);
}
