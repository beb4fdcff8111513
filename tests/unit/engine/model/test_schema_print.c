#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "engine/model/client_id.h"
#include "engine/model/command.h"
#include "engine/model/event.h"
#include "engine/model/reason.h"
#include "engine/model/schema.h"
#include "engine/model/schema_print.h"

static bool
know_instrument(const void *self, uint32_t id, struct schema_instrument *out)
{
    (void)self;
    *out = (struct schema_instrument){.symbol = "BTC-USD",
                                      .currency_id = 1,
                                      .price_scale = 2,
                                      .asset_scale = 8,
                                      .currency_scale = 2,
                                      .lot_units = 10000};
    return id == 1;
}

static bool
know_asset(const void *self, uint32_t id, struct schema_asset *out)
{
    (void)self;
    *out = (struct schema_asset){.symbol = id == 1 ? "USD" : "BTC", .scale = id == 1 ? 2 : 8};
    return id == 1 || id == 2;
}

static const struct schema_directory DIRECTORY = {NULL, know_instrument, know_asset};

static struct command_order_new
order(void)
{
    struct command_order_new o;
    command_init(&o.cmd, COMMAND_ORDER_NEW);
    o.cmd.rec.seq = 9;
    o.cmd.account_id = 7;
    assert_int_equal(client_id_set(&o.cmd.id, "a b\"c", 5), 0);
    o.instrument_id = 1;
    o.side = SIDE_BUY;
    o.ord_type = ORD_LIMIT;
    o.exec_inst = EXEC_POST_ONLY | EXEC_HOLD_PARK;
    o.price_units = 6000050;
    o.qty_lots = 5000;
    o.expire_ns = 1767348000500000000;
    return o;
}

static void
test_schema_text_brief_leaves_zeros_out(void **state)
{
    (void)state;
    char text[SCHEMA_TEXT_MAX];
    struct command_order_new o = order();
    size_t length = schema_print_text(&o, &DIRECTORY, SCHEMA_PRINT_BRIEF, text, sizeof text);
    assert_string_equal(text, "ORDER_NEW seq=9 instrument=BTC-USD side=buy ord_type=limit "
                              "exec_inst=post_only+park price=60000.5 qty=0.5 "
                              "expire=2026-01-02T10:00:00.5Z");
    assert_int_equal(length, strlen(text));
}

static void
test_schema_text_full_shows_every_field(void **state)
{
    (void)state;
    char text[SCHEMA_TEXT_MAX];
    struct command_order_new o = order();
    o.peg_offset_units = -3;
    (void)schema_print_text(&o, &DIRECTORY, SCHEMA_PRINT_FULL, text, sizeof text);
    assert_non_null(strstr(text, " peg_offset_units=-3 "));
    assert_non_null(strstr(text, " account_id=7 "));
    assert_non_null(strstr(text, " id=\"a b\\\"c\" "));
    assert_non_null(strstr(text, " time_in_force=none "));
    assert_non_null(strstr(text, " stop=0 "));
    assert_non_null(strstr(text, " flags=none "));
}

static void
test_schema_text_without_directory_stays_whole(void **state)
{
    (void)state;
    char text[SCHEMA_TEXT_MAX];
    struct command_order_new o = order();
    (void)schema_print_text(&o, NULL, SCHEMA_PRINT_BRIEF, text, sizeof text);
    assert_non_null(strstr(text, " instrument_id=1 "));
    assert_non_null(strstr(text, " price_units=6000050 qty_lots=5000 "));
}

static void
test_schema_text_is_cut_like_snprintf(void **state)
{
    (void)state;
    char text[16];
    memset(text, 'z', sizeof text);
    struct command_order_new o = order();
    size_t length = schema_print_text(&o, NULL, SCHEMA_PRINT_FULL, text, sizeof text);
    assert_true(length > sizeof text);
    assert_int_equal(strlen(text), sizeof text - 1);
    assert_int_equal(schema_print_text(&o, NULL, SCHEMA_PRINT_FULL, NULL, 0), length);
}

static void
test_schema_text_names_reasons_countries_and_commands(void **state)
{
    (void)state;
    char text[SCHEMA_TEXT_MAX];
    struct event_reject r = {.ev.rec = {.kind = RECORD_EVENT, .type = EVENT_ORDER_REJECTED},
                             .reason = REASON_KYC_EXPIRED,
                             .command_type = COMMAND_ORDER_NEW};
    (void)schema_print_text(&r, NULL, SCHEMA_PRINT_BRIEF, text, sizeof text);
    assert_string_equal(text, "ORDER_REJECTED seq=0 reason=KYC_EXPIRED command_type=ORDER_NEW");
    struct command_instrument_rules rules;
    command_init(&rules.cmd, COMMAND_INSTRUMENT_RULES);
    uint16_t de = country_pack('D', 'E'), zz = country_pack('Z', 'Z');
    rules.countries[de / 64] |= 1ull << (de % 64);
    rules.countries[zz / 64] |= 1ull << (zz % 64);
    (void)schema_print_text(&rules, NULL, SCHEMA_PRINT_BRIEF, text, sizeof text);
    assert_non_null(strstr(text, " countries=DE+ZZ"));
}

static void
test_schema_json_nests_and_keeps_large_numbers_as_strings(void **state)
{
    (void)state;
    char text[SCHEMA_TEXT_MAX];
    struct event_fill f = {.ev.rec = {.kind = RECORD_EVENT, .type = EVENT_FILL, .seq = 12},
                           .instrument_id = 1,
                           .asset_id = 2,
                           .currency_id = 1,
                           .price_units = 6000000,
                           .buy.fee_units = 15,
                           .sell.asset_after.settled_units = 50000000};
    size_t length = schema_print_json(&f, &DIRECTORY, text, sizeof text);
    assert_int_equal(length, strlen(text));
    assert_non_null(strstr(text, "{\"record\":\"event\",\"type\":\"FILL\",\"epoch\":0,"
                                 "\"seq\":\"12\","));
    assert_non_null(strstr(text, "\"price\":\"60000\""));
    assert_non_null(strstr(text, ",\"buy\":{\"order_id\":\"0\","));
    assert_non_null(strstr(text, "\"fee\":\"0.15\",\"cash_after\":{\"settled\":\"0\","
                                 "\"held\":\"0\"},\"asset_after\":{"));
    assert_non_null(strstr(text, "},\"sell\":{"));
    assert_non_null(strstr(text, "\"settled\":\"0.5\""));
    assert_string_equal(text + length - 3, "\"}}");
}

/* Every record at its longest stays within the buffer that callers take. */
static void
test_schema_text_never_exceeds_its_bound(void **state)
{
    (void)state;
    char text[SCHEMA_TEXT_MAX];
    const uint8_t kinds[] = {RECORD_COMMAND, RECORD_EVENT};
    for (size_t k = 0; k < 2; k++) {
        const struct schema_type *t;
        for (uint32_t i = 0; (t = schema_at(kinds[k], i)) != NULL; i++) {
            _Alignas(8) uint8_t bytes[RECORD_BYTES_MAX];
            memset(bytes, 0xff, sizeof bytes);
            struct record *rec = (struct record *)bytes;
            rec->kind = kinds[k];
            rec->type = t->type;
            assert_true(schema_print_text(bytes, NULL, SCHEMA_PRINT_FULL, text, sizeof text) <
                        sizeof text);
            assert_true(schema_print_json(bytes, NULL, text, sizeof text) < sizeof text);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_schema_text_brief_leaves_zeros_out),
        cmocka_unit_test(test_schema_text_full_shows_every_field),
        cmocka_unit_test(test_schema_text_without_directory_stays_whole),
        cmocka_unit_test(test_schema_text_is_cut_like_snprintf),
        cmocka_unit_test(test_schema_text_names_reasons_countries_and_commands),
        cmocka_unit_test(test_schema_json_nests_and_keeps_large_numbers_as_strings),
        cmocka_unit_test(test_schema_text_never_exceeds_its_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
