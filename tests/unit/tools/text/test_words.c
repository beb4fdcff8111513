#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "tools/text/words.h"

static struct words w;
static struct error err;

static void
split(const char *text)
{
    err = (struct error){0};
    assert_int_equal(words_split(&w, "f.txt", 7, text, &err), 0);
}

static void
failed(const char *text)
{
    assert_true(w.failed);
    assert_string_equal(err.text, text);
    assert_int_equal(words_end(&w), ERR_INVALID);
}

static void
test_words_are_split_at_blanks_up_to_a_comment(void **state)
{
    (void)state;
    split("  new 7\t\"a b\"  \"\" x # the rest");
    assert_int_equal(w.cnt, 5);
    assert_string_equal(w.word[2], "a b");
    assert_string_equal(w.word[3], "");
    assert_true(words_take(&w, "new"));
    assert_false(words_take(&w, "8"));
    assert_int_equal(words_u32(&w, "an account"), 7);
    split("# nothing");
    assert_int_equal(w.cnt, 0);
    assert_int_equal(words_end(&w), 0);
    assert_int_equal(words_split(&w, "f.txt", 7, "a \"b", &err), ERR_INVALID);
    assert_string_equal(err.text, "f.txt:7: a \" is missing");
}

static void
test_words_errors_say_what_was_expected(void **state)
{
    (void)state;
    split("abc");
    (void)words_u32(&w, "an account");
    failed("f.txt:7: expected an account, found 'abc'");
    split("");
    (void)words_u32(&w, "an account");
    failed("f.txt:7: expected an account at the end of the line");
    split("by");
    (void)words_enum(&w, &SCHEMA_SIDE, "a side");
    failed("f.txt:7: expected a side (buy, sell), found 'by'");
    split("1 2");
    (void)words_u32(&w, "a number");
    assert_int_equal(words_end(&w), ERR_INVALID);
    failed("f.txt:7: expected nothing more, found '2'");
    split("-1");
    (void)words_u64(&w, "a number");
    failed("f.txt:7: expected a number, found '-1'");
    split("4294967296");
    (void)words_u32(&w, "a number");
    failed("f.txt:7: expected a number, found '4294967296'");
}

static void
test_words_first_error_stays(void **state)
{
    (void)state;
    split("x y");
    (void)words_u32(&w, "an account");
    (void)words_time(&w);
    (void)words_duration(&w);
    failed("f.txt:7: expected an account, found 'x'");
}

static void
test_words_numbers_are_exact(void **state)
{
    (void)state;
    split("0.5 1.005 0.00005");
    assert_int_equal(words_steps(&w, 8, 10000, "a quantity"), 5000);
    (void)words_decimal(&w, 2, "a price");
    failed("f.txt:7: expected a price, found '1.005': more than 2 decimals");
    split("0.00005");
    (void)words_steps(&w, 8, 10000, "a quantity");
    failed("f.txt:7: expected a quantity, found '0.00005': not a multiple of 0.0001");
}

static void
test_words_durations_and_shares(void **state)
{
    (void)state;
    split("500ms 2s 15m 24h 7d 100ns 5us 10bps 0.5% 250ppm 21:30:00");
    assert_true(words_duration(&w) == 500000000);
    assert_true(words_duration(&w) == 2000000000);
    assert_true(words_duration(&w) == INT64_C(900000000000));
    assert_true(words_duration(&w) == INT64_C(86400000000000));
    assert_true(words_duration(&w) == INT64_C(604800000000000));
    assert_true(words_duration(&w) == 100);
    assert_true(words_duration(&w) == 5000);
    assert_int_equal(words_ppm(&w), 1000);
    assert_int_equal(words_ppm(&w), 5000);
    assert_int_equal(words_ppm(&w), 250);
    assert_int_equal(words_clock(&w), 77400);
    assert_int_equal(words_end(&w), 0);
    split("10");
    (void)words_duration(&w);
    failed("f.txt:7: expected a duration such as 500ms, 2s, 15m, 24h, found '10'");
}

static void
test_words_sets_and_countries(void **state)
{
    (void)state;
    split("retail,market-maker none DE,FR XX none De,FR");
    assert_int_equal(words_set(&w, &SCHEMA_CLASS_MASK, "classes"),
                     1u << CLASS_RETAIL | 1u << CLASS_MARKET_MAKER);
    assert_int_equal(words_set(&w, &SCHEMA_CLASS_MASK, "classes"), 0);
    uint64_t set[COUNTRY_WORDS];
    words_countries(&w, set);
    uint16_t fr = country_pack('F', 'R');
    assert_true((set[fr / 64] >> (fr % 64) & 1) == 1);
    assert_int_equal(words_country(&w), country_pack('X', 'X'));
    assert_int_equal(words_country(&w), 0);
    words_countries(&w, set);
    failed("f.txt:7: expected countries such as DE,FR, found 'De,FR'");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_are_split_at_blanks_up_to_a_comment),
        cmocka_unit_test(test_words_errors_say_what_was_expected),
        cmocka_unit_test(test_words_first_error_stays),
        cmocka_unit_test(test_words_numbers_are_exact),
        cmocka_unit_test(test_words_durations_and_shares),
        cmocka_unit_test(test_words_sets_and_countries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
