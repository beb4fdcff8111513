#include "gateway/http/json_emit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void
assert_text(const struct json_emit *o, const char *text)
{
    assert_int_equal(o->bytes, strlen(text));
    assert_memory_equal(o->text, text, o->bytes);
}

static void
test_emit_puts_commas_where_they_belong(void **state)
{
    (void)state;
    struct json_emit o;
    json_emit_init_growing(&o);
    json_emit_begin_object(&o);
    json_emit_key(&o, "a");
    json_emit_begin_array(&o);
    json_emit_u64(&o, 1);
    json_emit_i64(&o, INT64_MIN);
    json_emit_begin_object(&o);
    json_emit_close_object(&o);
    json_emit_close_array(&o);
    json_emit_key(&o, "b");
    json_emit_bool(&o, true);
    json_emit_key(&o, "c");
    json_emit_null(&o);
    json_emit_key(&o, "d");
    json_emit_u64_string(&o, UINT64_MAX);
    json_emit_close_object(&o);
    assert_text(&o, "{\"a\":[1,-9223372036854775808,{}],\"b\":true,\"c\":null,"
                    "\"d\":\"18446744073709551615\"}");
    json_emit_fini(&o);
}

static void
test_emit_escapes_what_json_forbids(void **state)
{
    (void)state;
    struct json_emit o;
    json_emit_init_growing(&o);
    json_emit_string(&o, "a\"b\\c\n\x01\x7f \xc3\xa4");
    assert_text(&o, "\"a\\\"b\\\\c\\n\\u0001\\u007f \xc3\xa4\"");
    json_emit_fini(&o);
}

static void
test_emit_writes_decimals_exactly(void **state)
{
    (void)state;
    struct json_emit o;
    json_emit_init_growing(&o);
    json_emit_begin_array(&o);
    json_emit_decimal(&o, 10050, 2);
    json_emit_decimal_short(&o, 10050, 2);
    json_emit_decimal_bare(&o, -5, 3);
    json_emit_decimal(&o, 0, 8);
    json_emit_close_array(&o);
    assert_text(&o, "[\"100.50\",\"100.5\",-0.005,\"0.00000000\"]");
    json_emit_fini(&o);
}

static void
test_emit_stops_when_a_fixed_buffer_is_full(void **state)
{
    (void)state;
    char room[8];
    struct json_emit o;
    json_emit_init(&o, room, sizeof(room));
    json_emit_string(&o, "abcd");
    assert_false(o.full);
    json_emit_string(&o, "efgh");
    assert_true(o.full);
    assert_true(o.bytes <= sizeof(room));
}

/* Reckoned with `date -u -d @SECONDS`. */
static void
test_emit_writes_and_reads_times(void **state)
{
    (void)state;
    static const struct {
        int64_t utc_ns;
        const char *text;
    } cases[] = {
        {0, "1970-01-01T00:00:00.000000000Z"},
        {951782400000000001, "2000-02-29T00:00:00.000000001Z"},
        {1767225599999999999, "2025-12-31T23:59:59.999999999Z"},
        {1772323199123456789, "2026-02-28T23:59:59.123456789Z"},
        {4107542399000000000, "2100-02-28T23:59:59.000000000Z"},
        {4107542400000000000, "2100-03-01T00:00:00.000000000Z"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[JSON_TIME_BYTES];
        int64_t back = -1;
        json_time_format(cases[i].utc_ns, text);
        assert_memory_equal(text, cases[i].text, JSON_TIME_BYTES);
        assert_true(json_time_parse(text, JSON_TIME_BYTES, &back));
        assert_true(back == cases[i].utc_ns);
    }
    int64_t ns = 0;
    assert_true(json_time_parse("2025-12-31T23:59:59Z", 20, &ns));
    assert_true(ns == 1767225599000000000);
    assert_true(json_time_parse("2025-12-31T23:59:59.5", 21, &ns));
    assert_true(ns == 1767225599500000000);
    assert_false(json_time_parse("2025-13-31T23:59:59Z", 20, &ns));
    assert_false(json_time_parse("2025-12-31", 10, &ns));
    assert_false(json_time_parse("2025-12-31T23:59:59+01", 22, &ns));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_emit_puts_commas_where_they_belong),
        cmocka_unit_test(test_emit_escapes_what_json_forbids),
        cmocka_unit_test(test_emit_writes_decimals_exactly),
        cmocka_unit_test(test_emit_stops_when_a_fixed_buffer_is_full),
        cmocka_unit_test(test_emit_writes_and_reads_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
