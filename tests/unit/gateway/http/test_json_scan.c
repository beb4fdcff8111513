#include "gateway/http/json_scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* The scanner on {"a": ...}: walks everything by skipping. */
static struct json_scan
scan_all(const char *text)
{
    struct json_scan s;
    json_scan_init(&s, text, strlen(text));
    (void)json_scan_skip(&s);
    (void)json_scan_end(&s);
    return s;
}

static void
test_scan_walks_an_order_without_copying(void **state)
{
    (void)state;
    const char *text = " {\"type\":\"limit\", \"size\" : \"0.50\",\"price\":101.25,"
                       "\"post_only\":true,\"n\":null,\"ids\":[1,2,[]],\"o\":{}} ";
    struct json_scan s;
    struct json_text key, value;
    json_scan_init(&s, text, strlen(text));
    bool post_only = false;
    int seen = 0, elements = 0;
    assert_true(json_scan_object_begin(&s));
    while (json_scan_object_next(&s, &key)) {
        seen++;
        if (json_text_is(&key, "type")) {
            assert_true(json_scan_string(&s, &value));
            assert_true(json_text_is(&value, "limit"));
        } else if (json_text_is(&key, "size") || json_text_is(&key, "price")) {
            assert_true(json_scan_decimal(&s, &value));
            assert_memory_equal(value.at, json_text_is(&key, "size") ? "0.50" : "101.25",
                                value.bytes);
        } else if (json_text_is(&key, "post_only")) {
            assert_true(json_scan_bool(&s, &post_only));
        } else if (json_text_is(&key, "ids")) {
            assert_true(json_scan_array_begin(&s));
            while (json_scan_array_next(&s)) {
                elements++;
                assert_true(json_scan_skip(&s));
            }
        } else {
            assert_true(json_scan_skip(&s));
        }
    }
    assert_true(json_scan_end(&s));
    assert_false(s.failed);
    assert_true(post_only);
    assert_int_equal(seen, 7);
    assert_int_equal(elements, 3);
}

static void
test_scan_says_where_it_failed_and_what_was_expected(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t at;
        const char *expected;
    } cases[] = {
        {"", 0, "a value"},
        {"{\"a\":1", 6, "',' or '}'"},
        {"{\"a\" 1}", 5, "':'"},
        {"{\"a\":}", 5, "a value"},
        {"{\"a\":1,}", 7, "a key in quotes"},
        {"{a:1}", 1, "a key in quotes"},
        {"[1,2", 4, "',' or ']'"},
        {"[1 2]", 3, "',' or ']'"},
        {"[1,]", 3, "a value"},
        {"{\"a\":01}", 5, "a number"},
        {"{\"a\":-}", 5, "a number"},
        {"{\"a\":1.}", 7, "a digit after the point"},
        {"{\"a\":1e}", 7, "a digit of the exponent"},
        {"{\"a\":\"x", 7, "the closing quote of a string"},
        {"{\"a\":\"x\ny\"}", 7, "no control character inside a string"},
        {"{\"a\":\"\\x\"}", 6, "an escape of JSON"},
        {"{\"a\":\"\\u12g4\"}", 6, "an escape of JSON"},
        {"{\"a\":\"\\ud800\"}", 6, "an escape of JSON"},
        {"{\"a\":\"\xff\"}", 6, "UTF-8"},
        {"{\"a\":\"\xc3\"}", 7, "the closing quote of a string"},
        {"{\"a\":tru}", 5, "true or false"},
        {"{\"a\":nul}", 5, "null"},
        {"{} x", 3, "the end of the text"},
        {"[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]", 16, "at most 16 levels of brackets"},
        {"NaN", 0, "a value"},
        {"'a'", 0, "a value"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct json_scan s = scan_all(cases[i].text);
        if (!s.failed || s.error_at != cases[i].at || strcmp(s.expected, cases[i].expected) != 0) {
            fail_msg("%s: failed %d at %zu, expected %s", cases[i].text, s.failed, s.error_at,
                     s.failed ? s.expected : "-");
        }
    }
}

static void
test_scan_resolves_escapes(void **state)
{
    (void)state;
    const char *text = "\"a\\\"\\\\\\/\\n\\u0041\\u00e4\\ud83d\\ude00\"";
    struct json_scan s;
    struct json_text t;
    char out[32];
    json_scan_init(&s, text, strlen(text));
    assert_true(json_scan_string(&s, &t));
    assert_true(t.escaped);
    assert_int_equal(json_text_copy(&t, out, sizeof(out)), 12);
    assert_string_equal(out, "a\"\\/\nA\xc3\xa4\xf0\x9f\x98\x80");
    assert_true(json_text_is(&t, "a\"\\/\nA\xc3\xa4\xf0\x9f\x98\x80"));
    assert_int_equal(json_text_copy(&t, out, 12), -1);
}

static void
test_scan_refuses_a_zero_character_in_a_copy(void **state)
{
    (void)state;
    const char *text = "\"a\\u0000b\"";
    struct json_scan s;
    struct json_text t;
    char out[32];
    json_scan_init(&s, text, strlen(text));
    assert_true(json_scan_string(&s, &t));
    assert_int_equal(json_text_copy(&t, out, sizeof(out)), -1);
}

static void
test_scan_reads_whole_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool good;
        uint64_t value;
    } cases[] = {
        {"0", true, 0},
        {"999999999999999999", true, 999999999999999999},
        {"1000000000000000000", false, 0},
        {"-1", false, 0},
        {"1.0", false, 0},
        {"1e3", false, 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct json_scan s;
        uint64_t value = 0;
        json_scan_init(&s, cases[i].text, strlen(cases[i].text));
        assert_int_equal(json_scan_u64(&s, &value), cases[i].good);
        assert_int_equal(value, cases[i].value);
    }
}

static void
test_scan_does_nothing_after_a_failure(void **state)
{
    (void)state;
    struct json_scan s;
    struct json_text t;
    json_scan_init(&s, "[x]", 3);
    assert_true(json_scan_array_begin(&s));
    assert_true(json_scan_array_next(&s));
    assert_false(json_scan_string(&s, &t));
    assert_false(json_scan_array_next(&s));
    assert_false(json_scan_skip(&s));
    assert_false(json_scan_end(&s));
    assert_int_equal(s.error_at, 1);
    assert_string_equal(s.expected, "a string");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scan_walks_an_order_without_copying),
        cmocka_unit_test(test_scan_says_where_it_failed_and_what_was_expected),
        cmocka_unit_test(test_scan_resolves_escapes),
        cmocka_unit_test(test_scan_refuses_a_zero_character_in_a_copy),
        cmocka_unit_test(test_scan_reads_whole_numbers),
        cmocka_unit_test(test_scan_does_nothing_after_a_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
