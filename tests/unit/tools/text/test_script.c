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
static bool csv; /* rows are run, not lines */

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
                               .csv = csv,
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

/* The same order in each spelling of its fields. */
static void
test_script_reads_commands_by_their_fields(void **state)
{
    (void)state;
    static const char *const SPELLINGS[] = {
        "send ORDER_NEW account_id=7 id=c1 instrument=BTC-USD side=buy ord_type=limit "
        "time_in_force=gtc qty=0.5 price=1000.5\n",
        "send ORDER_NEW account_id=7 id=c1 price=1000.5 qty=0.5 time_in_force=2 ord_type=2 side=1 "
        "instrument_id=1\n",
        "{\"type\":\"ORDER_NEW\",\"account_id\":7,\"id\":\"c1\",\"instrument\":\"BTC-USD\","
        "\"side\":\"buy\",\"ord_type\":\"limit\",\"time_in_force\":\"gtc\",\"qty\":\"0.5\","
        "\"price_units\":100050}\n",
    };
    static char first[65536];
    for (size_t i = 0; i < sizeof SPELLINGS / sizeof SPELLINGS[0]; i++) {
        char text[2048];
        (void)snprintf(text, sizeof text, VENUE "%s", SPELLINGS[i]);
        const char *printed = run(text, false);
        if (printed == NULL)
            fail_msg("%s", err.text);
        assert_non_null(
            strstr(printed, " price=1000.5 cap=1000.5 qty=0.5 leaves=0.5 hold=500.25 "));
        if (i == 0)
            memcpy(first, printed, sizeof first);
        assert_string_equal(printed, first);
    }
}

static void
test_script_reads_rows(void **state)
{
    (void)state;
    csv = true;
    const char *printed = run("\xef\xbb\xbf"
                              "# a comment\n"
                              "type,line,account_id,id,instrument,side,ord_type,time_in_force,qty,"
                              "price\n"
                              ",asset 1 USD scale 2 cash\n"
                              ",\"asset 2 \"\"BTC\"\" scale 8 security\",,,,,,,,\n"
                              ",instrument 1 BTC-USD asset BTC currency USD tick 0.01\n"
                              ",account 7 profile kyc 1\n"
                              ",deposit 7 USD 1000\n"
                              "ORDER_NEW,,7,c1,BTC-USD,buy,limit,gtc,0.5,1000.5\n",
                              false);
    csv = false;
    if (printed == NULL)
        fail_msg("%s", err.text);
    assert_non_null(strstr(printed, "\nORDER_ACCEPTED seq="));
    assert_non_null(strstr(printed, " qty=0.5 leaves=0.5 hold=500.25 "));
}

static void
test_script_names_what_is_wrong_with_a_field(void **state)
{
    (void)state;
    static const struct {
        const char *line, *why;
    } WRONG[] = {
        {"send ORDER_NO", "'ORDER_NO' is not a command"},
        {"send ORDER_NEW price", "expected name=value, found 'price'"},
        {"send ORDER_NEW colour=red", "ORDER_NEW has no field 'colour'"},
        {"send ORDER_NEW zero=1", "ORDER_NEW has no field 'zero'"},
        {"send ORDER_NEW side=up", "side: expected one of its names (docs/schema.md) or a number, "
                                   "found 'up'"},
        {"send ORDER_NEW side=256", "found '256'"},
        {"send ORDER_NEW instrument=ETH-USD",
         "expected an instrument's symbol or number, found 'ETH-USD'"},
        {"send ORDER_NEW price=1", "price: its instrument or asset is not known; as a whole number "
                                   "it is price_units"},
        {"send ORDER_NEW instrument=BTC-USD qty=0.00001", "qty: expected a decimal, found "},
        {"send ORDER_NEW account_id=-1", "expected a whole number that fits, found '-1'"},
        {"send ORDER_NEW id=1234567890123456789012345678901234567", "at most 36 printable"},
        {"send TICK time=2020-01-01T00:00:00Z", "time does not go back"},
        {"send GENESIS venue=late", "GENESIS must be the first command"},
        {"{\"type\":\"TICK\"", "column "},
        {"{\"type\":\"TICK\",\"seed\":1.5}", "seed: expected a text or a whole number"},
        {"{\"type\":\"TICK\",\"seed\":1,\"seed\":2}", "duplicate object key"},
        {"{\"seed\":1}", "expected type (a command of docs/schema.md) or line"},
        {"{\"line\":\"tick\",\"seed\":1}", "expected nothing beside line"},
        {"{\"record\":\"event\",\"type\":\"TICK\"}", "record: expected command, found 'event'"},
    };
    for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++) {
        char text[2048];
        (void)snprintf(text, sizeof text, VENUE "%s\n", WRONG[i].line);
        assert_null(run(text, false));
        if (strncmp(err.text, "f.txt:6: ", 9) != 0 || strstr(err.text, WRONG[i].why) == NULL)
            fail_msg("%s: %s", WRONG[i].line, err.text);
    }
    csv = true;
    assert_null(run("type,seed\nTICK,1,2\n", false));
    assert_non_null(strstr(err.text, "f.txt:2: expected 2 cells, found more"));
    assert_null(run("type,,seed\n", false));
    assert_non_null(strstr(err.text, "f.txt:1: expected a column's name, found ''"));
    assert_null(run("type,seed\n\"TICK,1\n", false));
    assert_non_null(strstr(err.text, "f.txt:2: a \" is missing"));
    csv = false;
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
        cmocka_unit_test(test_script_reads_commands_by_their_fields),
        cmocka_unit_test(test_script_reads_rows),
        cmocka_unit_test(test_script_names_what_is_wrong_with_a_field),
        cmocka_unit_test(test_script_check_misses_nothing_loud),
        cmocka_unit_test(test_script_check_takes_a_silent_refusal_for_an_error),
        cmocka_unit_test(test_script_errors_name_file_line_and_what_was_expected),
        cmocka_unit_test(test_script_goes_back_to_what_was_saved),
        cmocka_unit_test(test_script_propose_and_approve),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
