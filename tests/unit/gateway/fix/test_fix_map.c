#include "gateway/fix/fix_map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct error err;
static char folder[64];
static struct fix_map map;
static struct fix_map_found found;

static void
open_map(void)
{
    if (fix_map_open(&map, folder, 9, &found, &err) != 0)
        fail_msg("%s", err.text);
}

static int
setup(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/test_fix.XXXXXX");
    assert_non_null(mkdtemp(folder));
    open_map();
    return 0;
}

static int
teardown(void **state)
{
    char path[96];
    (void)state;
    fix_map_close(&map, true);
    snprintf(path, sizeof(path), "%s/9.map", folder);
    unlink(path);
    snprintf(path, sizeof(path), "%s/9.msg", folder);
    unlink(path);
    rmdir(folder);
    return 0;
}

static void
put_event(uint64_t event)
{
    fix_map_put(&map, &(struct fix_map_record){
                          .number = map.head->next_out++, .ref = event, .kind = FIX_MAP_EVENT});
}

static void
test_map_is_fresh_once(void **state)
{
    (void)state;
    assert_true(found.fresh);
    assert_int_equal(map.head->next_out, 1);
    assert_int_equal(map.head->next_in, 1);
    fix_map_close(&map, true);
    open_map();
    assert_false(found.fresh);
    assert_true(found.clean);
}

static void
test_map_keeps_records_over_growth_and_reopening(void **state)
{
    (void)state;
    enum { CNT = 100000 }; /* the file grows three times */
    for (uint64_t i = 1; i <= CNT; i++)
        put_event(i * 3);
    fix_map_close(&map, false);
    open_map();
    assert_false(found.clean);
    assert_int_equal(found.last_event, CNT * 3);
    assert_int_equal(map.head->next_out, CNT + 1);
    for (uint64_t i = 1; i <= CNT; i++)
        assert_int_equal(fix_map_get(&map, i)->ref, i * 3);
    assert_null(fix_map_get(&map, 0));
    assert_null(fix_map_get(&map, CNT + 1));
    assert_null(fix_map_get(&map, UINT64_MAX / 2));
}

/* A loss of power may lose any page: only what lies before the first hole is sure. */
static void
test_map_trusts_events_up_to_the_first_hole(void **state)
{
    (void)state;
    for (uint64_t i = 1; i <= 10; i++)
        put_event(100 + i);
    memset(&map.records[4], 0, sizeof(map.records[4]));
    fix_map_close(&map, false);
    open_map();
    assert_int_equal(found.last_event, 104);
    assert_null(fix_map_get(&map, 5));
    assert_int_equal(fix_map_get(&map, 6)->ref, 106);
}

static void
test_map_steps_over_numbers_that_were_never_used(void **state)
{
    (void)state;
    put_event(1);
    fix_map_put(&map, &(struct fix_map_record){.number = 2, .ref = 1000000, .kind = FIX_MAP_GAP});
    map.head->next_out = 1000002;
    put_event(2);
    fix_map_close(&map, false);
    open_map();
    assert_int_equal(found.last_event, 2);
    assert_null(fix_map_get(&map, 500));
}

static void
test_map_keeps_messages(void **state)
{
    (void)state;
    struct fix_map_record r = {.number = 1, .kind = FIX_MAP_MESSAGE}, s = r;
    char back[16] = {0};
    assert_true(fix_map_keep(&map, "first", 5, &r));
    assert_true(fix_map_keep(&map, "second", 6, &s));
    fix_map_close(&map, false);
    open_map();
    assert_true(fix_map_read(&map, &s, back));
    assert_string_equal(back, "second");
    memset(back, 0, sizeof(back));
    assert_true(fix_map_read(&map, &r, back));
    assert_string_equal(back, "first");
    r.ref = 1000;
    assert_false(fix_map_read(&map, &r, back));
}

static void
test_map_starts_again(void **state)
{
    (void)state;
    for (uint64_t i = 1; i <= 40000; i++)
        put_event(i);
    map.head->floor_event = 40000;
    fix_map_reset(&map);
    assert_int_equal(map.head->next_out, 1);
    assert_null(fix_map_get(&map, 1));
    put_event(50000);
    fix_map_close(&map, false);
    open_map();
    assert_int_equal(fix_map_get(&map, 1)->ref, 50000);
    assert_null(fix_map_get(&map, 2));
    assert_int_equal(found.last_event, 50000);
}

static void
test_map_refuses_a_file_of_somebody_else(void **state)
{
    (void)state;
    struct fix_map other;
    map.head->session_id = 8;
    assert_int_equal(fix_map_open(&other, folder, 9, &found, &err), ERR_CORRUPT);
    assert_non_null(strstr(err.text, "fix map of session 9"));
    map.head->session_id = 9;
    assert_int_equal(fix_map_open(&other, "/nonexistent/folder", 9, &found, &err), ERR_IO);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_map_is_fresh_once),
        TEST(test_map_keeps_records_over_growth_and_reopening),
        TEST(test_map_trusts_events_up_to_the_first_hole),
        TEST(test_map_steps_over_numbers_that_were_never_used),
        TEST(test_map_keeps_messages),
        TEST(test_map_starts_again),
        TEST(test_map_refuses_a_file_of_somebody_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
