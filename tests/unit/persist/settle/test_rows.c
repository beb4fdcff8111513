/* The two binary forms, byte by byte. */
#include "persist/settle/rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static const struct settle_column columns[] = {
    {"a", SETTLE_INT8}, {"b", SETTLE_INT2}, {"c", SETTLE_TEXT}, {"d", SETTLE_DATE}};
static const struct settle_table table = {.name = "t",
                                          .kind = SETTLE_APPEND,
                                          .key_cnt = 1,
                                          .column_cnt = 4,
                                          .columns = columns,
                                          .per_event = 1,
                                          .row_max = 4};

static void
fill(struct settle_rows *r)
{
    struct error err;
    assert_int_equal(settle_rows_init(r, &table, &err), 0);
    int64_t *row = settle_rows_add(r);
    row[0] = -2;
    row[1] = 258;
    row[2] = settle_rows_text(r, "hi\0no", 5);
    row[3] = 1;
    row = settle_rows_add(r);
    row[0] = SETTLE_NULL;
    row[2] = settle_rows_text(r, "", 10);
    row[3] = SETTLE_NULL;
}

static void
test_rows_array_is_what_the_server_reads(void **state)
{
    (void)state;
    static const uint8_t ints[] = {0,   0,   0,   1,   0,   0,   0,   1,   0,   0,   0,   20,
                                   0,   0,   0,   2,   0,   0,   0,   1,   0,   0,   0,   8,
                                   255, 255, 255, 255, 255, 255, 255, 254, 255, 255, 255, 255};
    static const uint8_t texts[] = {0, 0, 0, 1, 0, 0, 0, 1, 0, 0,   0,   25, 0, 0, 0,
                                    2, 0, 0, 0, 1, 0, 0, 0, 2, 'h', 'i', 0,  0, 0, 0};
    struct settle_rows r;
    uint8_t out[256];
    fill(&r);
    assert_int_equal(settle_rows_array(&r, 0, out), sizeof ints);
    assert_memory_equal(out, ints, sizeof ints);
    assert_true(settle_rows_array_bytes(&r, 0) >= sizeof ints);
    assert_int_equal(settle_rows_array(&r, 2, out), sizeof texts);
    assert_memory_equal(out, texts, sizeof texts);
    assert_true(settle_rows_array_bytes(&r, 2) >= sizeof texts);
    settle_rows_fini(&r);
}

static void
test_rows_copy_is_what_the_server_reads(void **state)
{
    (void)state;
    static const uint8_t want[] = {'P', 'G', 'C', 'O', 'P', 'Y', '\n', 255, '\r', '\n', 0, 0, 0,
                                   0,   0,   0,   0,   0,   0,   0,    4,   0,    0,    0, 8, 255,
                                   255, 255, 255, 255, 255, 255, 254,  0,   0,    0,    2, 1, 2,
                                   0,   0,   0,   2,   'h', 'i', 0,    0,   0,    4,    0, 0, 0,
                                   1,   0,   4,   255, 255, 255, 255,  0,   0,    0,    2, 0, 0,
                                   0,   0,   0,   0,   255, 255, 255,  255, 255,  255};
    struct settle_rows r;
    uint8_t out[256];
    fill(&r);
    assert_true(settle_rows_copy_bytes(&r) >= sizeof want);
    assert_int_equal(settle_rows_copy(&r, out), sizeof want);
    assert_memory_equal(out, want, sizeof want);
    settle_rows_fini(&r);
}

static void
test_rows_clear_makes_room_again(void **state)
{
    (void)state;
    struct settle_rows r;
    fill(&r);
    settle_rows_clear(&r);
    assert_int_equal(r.cnt, 0);
    for (int i = 0; i < 4; i++)
        settle_rows_add(&r)[2] =
            settle_rows_text(&r, "0123456789012345678901234567890123456789", 40);
    assert_int_equal(r.cnt, 4);
    settle_rows_fini(&r);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_array_is_what_the_server_reads),
        cmocka_unit_test(test_rows_copy_is_what_the_server_reads),
        cmocka_unit_test(test_rows_clear_makes_room_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
