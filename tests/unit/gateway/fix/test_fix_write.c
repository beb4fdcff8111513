#include "gateway/fix/fix_write.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/fix/fix_parse.h"

static struct fix_time_cache clock_cache;

static size_t
write_with_text(char *out, size_t text_bytes)
{
    struct fix_writer w;
    char text[FIX_TEXT_MAX];
    memset(text, 'x', sizeof(text));
    fix_write_begin(&w, out, "0",
                    &(struct fix_header){.comp_ids = "49=A\00156=B\001",
                                         .comp_ids_bytes = 10,
                                         .seq = 12345,
                                         .sending_ns = 1700000000123456789,
                                         .time_digits = 6,
                                         .clock = &clock_cache});
    for (; text_bytes > FIX_TEXT_MAX; text_bytes -= FIX_TEXT_MAX)
        FIX_PUT_TEXT(&w, "58=", text, FIX_TEXT_MAX);
    FIX_PUT_TEXT(&w, "58=", text, text_bytes);
    return fix_write_end(&w);
}

/* BodyLength of 2, 3 and 4 digits: the body moves to where it belongs. */
static void
test_write_frames_bodies_of_every_length(void **state)
{
    (void)state;
    static struct fix_message m;
    for (size_t text = 1; text < 1200; text++) {
        char out[FIX_OUT_MAX];
        size_t used, bytes = write_with_text(out, text);
        assert_int_equal(fix_parse((uint8_t *)out, bytes, &m, &used), FIX_PARSE_OK);
        assert_int_equal(used, bytes);
        assert_int_equal(m.fields[0].tag, 49);
        assert_int_equal(m.fields[2].tag, 34);
        assert_memory_equal(m.fields[2].value, "12345", 5);
        assert_memory_equal(m.fields[3].value, "20231114-22:13:20.123456", 24);
    }
}

static void
test_write_is_exact(void **state)
{
    (void)state;
    char out[FIX_OUT_MAX];
    struct fix_writer w;
    fix_write_begin(&w, out, "4",
                    &(struct fix_header){.comp_ids = "49=ASSAY\00156=C\001",
                                         .comp_ids_bytes = 14,
                                         .poss_dup = true,
                                         .poss_resend = true,
                                         .seq = 7,
                                         .sending_ns = 1700000000123000000,
                                         .orig_sending_ns = 1699999999000000000,
                                         .time_digits = 3,
                                         .clock = &clock_cache});
    FIX_PUT_CHAR(&w, "123=", 'Y');
    FIX_PUT_U64(&w, "36=", 18446744073709551615u);
    size_t bytes = fix_write_end(&w);
    for (size_t i = 0; i < bytes; i++)
        out[i] = out[i] == FIX_SOH ? '|' : out[i];
    out[bytes] = '\0';
    assert_string_equal(out, "8=FIX.4.4|9=115|35=4|49=ASSAY|56=C|34=7|43=Y|97=Y|"
                             "52=20231114-22:13:20.123|122=20231114-22:13:19.000|123=Y|"
                             "36=18446744073709551615|10=161|");
}

static void
test_write_keeps_separators_out_of_texts(void **state)
{
    (void)state;
    char out[FIX_OUT_MAX], text[300];
    struct fix_writer w = {.base = out, .at = out, .limit = out + sizeof(out)};
    FIX_PUT_TEXT(&w, "58=", "a\00110=000\001b\n", 11);
    assert_int_equal(w.at - out, 15);
    assert_memory_equal(out, "58=a?10=000?b?\001", 15);
    memset(text, 'y', sizeof(text));
    w.at = out;
    fix_put_text_value(&w, text, sizeof(text));
    assert_int_equal(w.at - out, FIX_TEXT_MAX + 1);
}

static void
test_numbers_are_written_as_the_c_library_does(void **state)
{
    (void)state;
    uint64_t v = 0;
    for (int i = 0; i < 20000; i++) {
        char out[24], want[24];
        int cnt = sprintf(want, "%llu", (unsigned long long)v);
        assert_int_equal(fix_u64_text(v, out), cnt);
        assert_memory_equal(out, want, (size_t)cnt);
        v = i < 1100 ? v + 1 : v * 6364136223846793005u + 1442695040888963407u;
        v = i % 3 == 0 && i > 1100 ? v >> i % 60 : v;
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_write_frames_bodies_of_every_length),
        cmocka_unit_test(test_write_is_exact),
        cmocka_unit_test(test_write_keeps_separators_out_of_texts),
        cmocka_unit_test(test_numbers_are_written_as_the_c_library_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
