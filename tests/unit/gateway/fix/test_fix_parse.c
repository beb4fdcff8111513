#include "gateway/fix/fix_parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct fix_message m;

/* Text with '|' for the separator; {9} and {10} are filled in. */
static size_t
wire(const char *begin, const char *body, char *out)
{
    int cnt = sprintf(out, "8=%s|9=%zu|%s", begin, strlen(body), body);
    for (int i = 0; i < cnt; i++)
        out[i] = out[i] == '|' ? FIX_SOH : out[i];
    cnt += sprintf(out + cnt, "10=%03u%c", fix_checksum(out, (size_t)cnt), FIX_SOH);
    return (size_t)cnt;
}

static enum fix_parse_result
parse(const char *bytes, size_t cnt, size_t *used)
{
    /* an exact copy on the heap, so that a sanitizer sees every byte read too far */
    uint8_t *copy = malloc(cnt == 0 ? 1 : cnt);
    static uint8_t *last;
    memcpy(copy, bytes, cnt);
    free(last);
    last = copy;
    return fix_parse(copy, cnt, &m, used);
}

static void
assert_field(uint32_t index, uint32_t tag, const char *value)
{
    assert_int_equal(m.fields[index].tag, tag);
    assert_int_equal(m.fields[index].bytes, strlen(value));
    assert_memory_equal(m.fields[index].value, value, strlen(value));
}

static void
test_parse_indexes_every_field(void **state)
{
    (void)state;
    char text[512];
    size_t used, cnt = wire("FIX.4.4", "35=D|34=7|49=A|56=B|11=abc|55=X|58=|38=1.5|", text);
    assert_int_equal(parse(text, cnt, &used), FIX_PARSE_OK);
    assert_int_equal(used, cnt);
    assert_int_equal(m.bytes, cnt);
    assert_int_equal(m.begin_bytes, 7);
    assert_int_equal(m.type_bytes, 1);
    assert_int_equal(m.type[0], 'D');
    assert_int_equal(m.field_cnt, 7);
    assert_field(0, 34, "7");
    assert_field(3, 11, "abc");
    assert_field(5, 58, "");
    assert_field(6, 38, "1.5");
    assert_ptr_equal(fix_find(&m, 11), &m.fields[3]);
    assert_null(fix_find(&m, 12));
}

static void
test_parse_waits_for_every_byte(void **state)
{
    (void)state;
    char text[512];
    size_t used, cnt = wire("FIX.4.4", "35=0|34=1|49=A|56=B|", text);
    for (size_t i = 0; i < cnt; i++) {
        assert_int_equal(parse(text, i, &used), FIX_PARSE_MORE);
        assert_int_equal(used, 0);
    }
    assert_int_equal(parse(text, cnt, &used), FIX_PARSE_OK);
}

static void
test_parse_takes_zero_padded_lengths(void **state)
{
    (void)state;
    char text[128];
    int cnt = sprintf(text, "8=FIX.4.4%c9=000000005%c35=0%c", FIX_SOH, FIX_SOH, FIX_SOH);
    cnt += sprintf(text + cnt, "10=%03u%c", fix_checksum(text, (size_t)cnt), FIX_SOH);
    size_t used;
    assert_int_equal(parse(text, (size_t)cnt, &used), FIX_PARSE_OK);
    assert_int_equal(m.field_cnt, 0);
}

/* Data fields may hold separators and anything else. */
static void
test_parse_keeps_data_whole(void **state)
{
    (void)state;
    char text[512];
    size_t used, cnt = wire("FIX.4.4", "35=A|95=9|96=a|10=b|=c|58=x|", text);
    assert_int_equal(parse(text, cnt, &used), FIX_PARSE_OK);
    assert_int_equal(m.field_cnt, 3);
    assert_int_equal(m.fields[1].tag, 96);
    assert_int_equal(m.fields[1].bytes, 9);
    assert_memory_equal(m.fields[1].value, "a\00110=b\001=c", 9);
    assert_field(2, 58, "x");
    /* a length that does not fit is a plain field */
    cnt = wire("FIX.4.4", "35=A|95=900|96=ab|58=x|", text);
    assert_int_equal(parse(text, cnt, &used), FIX_PARSE_OK);
    assert_int_equal(m.field_cnt, 3);
    assert_field(1, 96, "ab");
}

static void
test_parse_marks_what_is_no_tag(void **state)
{
    (void)state;
    char text[512];
    size_t used, cnt = wire("FIX.4.4", "35=0|x=1|=1|012=1|123456=1|none|-1=1||7=1|", text);
    assert_int_equal(parse(text, cnt, &used), FIX_PARSE_OK);
    assert_int_equal(m.field_cnt, 8);
    for (uint32_t i = 0; i < 7; i++)
        assert_int_equal(m.fields[i].tag, 0);
    assert_field(7, 7, "1");
}

static void
test_parse_drops_a_wrong_checksum_and_nothing_else(void **state)
{
    (void)state;
    char text[512];
    size_t used, cnt = wire("FIX.4.4", "35=0|34=1|", text);
    text[cnt - 2] ^= 1;
    size_t next = wire("FIX.4.4", "35=1|34=2|", text + cnt);
    assert_int_equal(parse(text, cnt + next, &used), FIX_PARSE_GARBLED);
    assert_int_equal(used, cnt);
    assert_int_equal(parse(text + used, next, &used), FIX_PARSE_OK);
    assert_int_equal(m.type[0], '1');
}

/* Garbage in front, a BodyLength that is wrong both ways: the next message is found. */
static void
test_parse_finds_the_next_message_behind_garbage(void **state)
{
    (void)state;
    static const char *const garbage[] = {
        "hello",
        "8=FIX.4.4\0019=abc\00135=0\00110=000\001",
        "8=FIX.4.4\00135=0\0019=5\00110=000\001",
        "9=5\0018=FIX.4.4\00135=0\00110=000\001",
        "8=FIX.4.4\0019=5\00134=1\00110=000\001",
        "8=FIX.4.4\0019=4\00135=0\00134=1\00110=000\001",
        "8=FIX.4.4\0019=5\00135=0\00134=1\00110=000\001",
        "8=FIX.4.4\0019=22\00135=0\00134=1\00110=000\001",
        "8=FIX.4.4\0019=9999999999\00135=0\001",
        "8=FIX.4.4444444444444444\0019=5\00135=0\001",
    };
    for (size_t i = 0; i < sizeof(garbage) / sizeof(garbage[0]); i++) {
        char text[512];
        size_t at = strlen(garbage[i]), used;
        memcpy(text, garbage[i], at);
        if (garbage[i][at - 1] != FIX_SOH)
            text[at++] = FIX_SOH;
        size_t cnt = at + wire("FIX.4.4", "35=1|34=2|112=found|", text + at);
        size_t done = 0;
        enum fix_parse_result rc = FIX_PARSE_GARBLED;
        while (rc == FIX_PARSE_GARBLED && done < cnt) {
            rc = parse(text + done, cnt - done, &used);
            assert_true(used > 0);
            done += used;
        }
        assert_int_equal(rc, FIX_PARSE_OK);
        assert_int_equal(m.type[0], '1');
        assert_int_equal(done, cnt);
    }
}

/* The start of a message at the very end of garbage is not thrown away with it. */
static void
test_parse_keeps_the_start_of_a_message(void **state)
{
    (void)state;
    size_t used;
    assert_int_equal(parse("garbage\0018=FI", 12, &used), FIX_PARSE_GARBLED);
    assert_int_equal(used, 8 - 1); /* from the separator on */
    assert_int_equal(parse("garbage", 7, &used), FIX_PARSE_GARBLED);
    assert_int_equal(used, 7);
}

static void
test_parse_refuses_a_body_that_is_too_large(void **state)
{
    (void)state;
    size_t used;
    const char *text = "8=FIX.4.4\0019=12001\00135=D\001";
    assert_int_equal(parse(text, strlen(text), &used), FIX_PARSE_TOO_LARGE);
    text = "8=FIX.4.4\0019=12000\00135=D\001";
    assert_int_equal(parse(text, strlen(text), &used), FIX_PARSE_MORE);
}

static void
test_parse_stops_indexing_at_its_limit(void **state)
{
    (void)state;
    static char body[2000], text[2100];
    size_t used, at = (size_t)sprintf(body, "35=0|");
    for (int i = 0; i < FIX_FIELD_MAX; i++)
        at += (size_t)sprintf(body + at, "58=%d|", i % 10);
    assert_int_equal(parse(text, wire("FIX.4.4", body, text), &used), FIX_PARSE_OK);
    assert_false(m.too_many);
    sprintf(body + at, "58=x|");
    assert_int_equal(parse(text, wire("FIX.4.4", body, text), &used), FIX_PARSE_OK);
    assert_true(m.too_many);
    assert_int_equal(m.field_cnt, FIX_FIELD_MAX);
}

static void
test_checksum_is_the_sum_of_bytes(void **state)
{
    (void)state;
    uint8_t data[600];
    uint32_t sum = 0;
    for (size_t i = 0; i < sizeof(data); i++) {
        assert_int_equal(fix_checksum(data, i), sum % 256);
        data[i] = (uint8_t)(i * 167 + 13);
        sum += data[i];
    }
}

static void
test_read_u64_takes_numbers_that_fit(void **state)
{
    (void)state;
    uint64_t v = 0;
    assert_true(fix_read_u64("18446744073709551615", 20, &v));
    assert_true(v == UINT64_MAX);
    assert_false(fix_read_u64("18446744073709551616", 20, &v));
    assert_true(fix_read_u64("007", 3, &v));
    assert_int_equal(v, 7);
    assert_false(fix_read_u64("", 0, &v));
    assert_false(fix_read_u64("-1", 2, &v));
    assert_false(fix_read_u64("1.0", 3, &v));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse_indexes_every_field),
        cmocka_unit_test(test_parse_waits_for_every_byte),
        cmocka_unit_test(test_parse_takes_zero_padded_lengths),
        cmocka_unit_test(test_parse_keeps_data_whole),
        cmocka_unit_test(test_parse_marks_what_is_no_tag),
        cmocka_unit_test(test_parse_drops_a_wrong_checksum_and_nothing_else),
        cmocka_unit_test(test_parse_finds_the_next_message_behind_garbage),
        cmocka_unit_test(test_parse_keeps_the_start_of_a_message),
        cmocka_unit_test(test_parse_refuses_a_body_that_is_too_large),
        cmocka_unit_test(test_parse_stops_indexing_at_its_limit),
        cmocka_unit_test(test_checksum_is_the_sum_of_bytes),
        cmocka_unit_test(test_read_u64_takes_numbers_that_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
