#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "risk/risk.h"
#include "tools/text/script.h"

#define VENUE                                                                                      \
    "asset 1 USD scale 2 cash\n"                                                                   \
    "asset 2 BTC scale 8 security\n"                                                               \
    "instrument 1 BTC-USD asset BTC currency USD tick 0.01 lot 0.0001\n"                           \
    "account 7 profile kyc 1\n"                                                                    \
    "deposit 7 USD 1000\n"

static struct error err;
static struct script_result result;

/* Runs a script; what it prints is returned (static) unless it fails: then NULL. */
static const char *
run(const char *text, bool check)
{
    static char printed[65536];
    memset(printed, 0, sizeof printed);
    err = (struct error){0};
    FILE *in = fmemopen((char *)(uintptr_t)text, strlen(text), "r");
    FILE *out = fmemopen(printed, sizeof printed - 1, "w");
    assert_non_null(in);
    assert_non_null(out);
    struct script_options o = {.hooks = risk_hooks(),
                               .check = check,
                               .print = check ? SCRIPT_PRINT_NOTHING : SCRIPT_PRINT_TEXT,
                               .out = out};
    int rc = script_run(in, "f.txt", &o, &result, &err);
    assert_int_equal(fclose(out), 0);
    assert_int_equal(fclose(in), 0);
    return rc == 0 ? printed : NULL;
}

static void
test_script_prints_events_for_people(void **state)
{
    (void)state;
    const char *printed = run(VENUE "new 7 c1 BTC-USD buy limit 0.5 @ 1000.5 gtc\n", false);
    assert_non_null(printed);
    assert_non_null(strstr(printed, "\nORDER_ACCEPTED seq="));
    assert_non_null(strstr(printed, " price=1000.5 cap=1000.5 qty=0.5 leaves=0.5 hold=500.25 "));
    assert_int_equal(result.refused_cnt, 0);
}

static void
test_script_check_holds_events_against_the_script(void **state)
{
    (void)state;
    assert_non_null(run(VENUE "new 7 c1 BTC-USD buy limit 0.5 @ 1000.5 gtc\n"
                              "> ORDER_ACCEPTED account=7 hold=500.25 id=c1 # held whole\n",
                        true));
    assert_int_equal(result.checked_cnt, 1);
    assert_null(run(VENUE "new 7 c1 BTC-USD buy limit 0.5 @ 1000.5 gtc\n"
                          "> ORDER_ACCEPTED hold=500.24\n",
                    true));
    assert_int_equal(err.code, ERR_NOT_FOUND);
    assert_non_null(strstr(err.text, "f.txt:7: expected hold=500.24, but came: ORDER_ACCEPTED"));
    /* A word that is no field, before one that is. */
    assert_null(run(VENUE "new 7 c1 BTC-USD buy limit 0.5 @ 1000.5 gtc\n"
                          "> ORDER_ACCEPTED price hold=500.25\n",
                    true));
    assert_non_null(strstr(err.text, "f.txt:7: expected price, but came: ORDER_ACCEPTED"));
}

static void
test_script_check_misses_nothing_loud(void **state)
{
    (void)state;
    assert_null(run(VENUE "new 7 c1 BTC-USD buy limit 0.5 @ 1000.5 gtc\n> nothing\n", true));
    assert_non_null(strstr(err.text, "f.txt:7: nothing more was expected, but came: ORDER_ACC"));
    assert_null(run(VENUE "tick\n> DAY_END\n", true));
    assert_non_null(strstr(err.text, "f.txt:7: expected, but did not come: DAY_END"));
    assert_non_null(run(VENUE "tick\n> nothing\n", true));
    assert_null(run(VENUE "new 7 c1 BTC-USD buy limit 0.5 @ 1000.5 gtc\n> BOOK_ADD qty=0.5\n",
                    true)); /* the acceptance has to be named as well */
    assert_non_null(run(VENUE "new 7 c1 BTC-USD buy limit 0.5 @ 1000.5 gtc\n"
                              "> ORDER_ACCEPTED\n> BOOK_ADD qty=0.5\n",
                        true));
}

static void
test_script_check_takes_a_silent_refusal_for_an_error(void **state)
{
    (void)state;
    assert_null(run(VENUE "new 7 c1 BTC-USD buy limit 5 @ 1000 gtc\ntick\n", true));
    assert_non_null(
        strstr(err.text, "f.txt:6: refused, and the script does not say so: ORDER_REJ"));
}

static void
test_script_errors_name_file_line_and_what_was_expected(void **state)
{
    (void)state;
    assert_null(run("# a comment\n\nnonsense 1\n", false));
    assert_int_equal(err.code, ERR_INVALID);
    assert_string_equal(err.text, "f.txt:3: 'nonsense' is not a command; docs/match.md lists them");
    assert_null(run(VENUE "new 7 c1 ETH-USD buy limit 5 @ 1000 gtc\n", false));
    assert_string_equal(err.text, "f.txt:6: no instrument has the symbol 'ETH-USD'");
    assert_null(run(VENUE "new 7 c1 BTC-USD buy limit 0.5 @ 1000 gtx\n", false));
    assert_non_null(strstr(err.text, "f.txt:6: expected an option of the order or a time in force "
                                     "(day, gtc,"));
    assert_null(run("> nothing\n", true));
    assert_string_equal(err.text, "f.txt:1: expected a command before the first >");
    assert_null(run("tick\ngenesis orders 5\n", true));
    assert_string_equal(err.text, "f.txt:2: genesis must be the first command");
    assert_null(run("genesis orders 0\n", true));
    assert_non_null(strstr(err.text, "f.txt:1: "));
    assert_null(run("at 2025-01-01\n", true));
    assert_string_equal(err.text, "f.txt:1: time does not go back");
    assert_null(run("load\n", true));
    assert_string_equal(err.text, "f.txt:1: nothing has been saved");
}

static void
test_script_goes_back_to_what_was_saved(void **state)
{
    (void)state;
    assert_non_null(run(VENUE "save\n"
                              "new 7 c1 BTC-USD buy limit 0.5 @ 1000 gtc\n"
                              "print orders\n> ORDER id=c1\n"
                              "load\n"
                              "print orders\n> nothing\n"
                              "print balances 7 USD\n> BALANCE settled=1000 held=0\n"
                              "roundtrip\n",
                        true));
}

static void
test_script_propose_and_approve(void **state)
{
    (void)state;
    assert_non_null(run("genesis four-eyes deposits\n"
                        "asset 1 USD scale 2 cash\n"
                        "account 7 profile kyc 1\n"
                        "actor 2 second accounts\n"
                        "deposit 7 USD 100 id d0\n> COMMAND_RESULT reason=NEEDS_APPROVAL\n"
                        "propose deposit 7 USD 100 id d1\n> PROPOSAL state=proposed actor=1\n"
                        "approve\n> COMMAND_RESULT reason=NOT_AUTHORIZED\n"
                        "as 2\n"
                        "approve\n> PROPOSAL state=approved\n"
                        "approved deposit 7 USD 101 id d1\n"
                        "> COMMAND_RESULT reason=NEEDS_APPROVAL\n"
                        "approved deposit 7 USD 100 id d1\n"
                        "> POSTING amount=100\n> PROPOSAL state=carried_out\n",
                        true));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_script_prints_events_for_people),
        cmocka_unit_test(test_script_check_holds_events_against_the_script),
        cmocka_unit_test(test_script_check_misses_nothing_loud),
        cmocka_unit_test(test_script_check_takes_a_silent_refusal_for_an_error),
        cmocka_unit_test(test_script_errors_name_file_line_and_what_was_expected),
        cmocka_unit_test(test_script_goes_back_to_what_was_saved),
        cmocka_unit_test(test_script_propose_and_approve),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
