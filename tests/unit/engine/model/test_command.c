#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "engine/base/error.h"
#include "engine/model/client_id.h"
#include "engine/model/command.h"
#include "engine/model/event.h"
#include "engine/model/reason.h"

union any_command {
    struct command cmd;
    struct command_order_new order;
    uint8_t bytes[COMMAND_BYTES_MAX];
};

static void
test_command_knows_name_and_size_of_each_type(void **state)
{
    (void)state;
    assert_int_equal(command_bytes(COMMAND_ORDER_NEW), sizeof(struct command_order_new));
    assert_string_equal(command_name(COMMAND_ORDER_NEW), "ORDER_NEW");
    assert_int_equal(command_bytes(COMMAND_TICK), sizeof(struct command));
    assert_int_equal(command_bytes(0), 0);
    assert_int_equal(command_bytes(15), 0);
    assert_int_equal(command_bytes(UINT16_MAX), 0);
    assert_string_equal(command_name(15), "UNKNOWN");
    assert_string_equal(command_name(UINT16_MAX), "UNKNOWN");
}

static void
test_event_knows_name_and_size_of_each_type(void **state)
{
    (void)state;
    assert_int_equal(event_bytes(EVENT_FILL), sizeof(struct event_fill));
    assert_string_equal(event_name(EVENT_FILL), "FILL");
    assert_int_equal(event_bytes(EVENT_COMMAND_RESULT), sizeof(struct event_reject));
    assert_int_equal(event_bytes(3), 0);
    assert_string_equal(event_name(UINT16_MAX), "UNKNOWN");
}

static void
test_command_init_makes_a_well_formed_one(void **state)
{
    (void)state;
    for (uint16_t type = 0; type < 100; type++) {
        if (command_bytes(type) == 0)
            continue;
        union any_command c;
        memset(&c, 0xff, sizeof c);
        command_init(&c.cmd, type);
        assert_int_equal(command_check_form(&c, command_bytes(type)), 0);
    }
}

static void
test_command_check_form_refuses_a_wrong_length(void **state)
{
    (void)state;
    union any_command c;
    command_init(&c.cmd, COMMAND_ORDER_NEW);
    assert_int_equal(command_check_form(&c, sizeof c.order - 8), ERR_INVALID);
    assert_int_equal(command_check_form(&c, 16), ERR_INVALID);
    c.cmd.rec.length_bytes = sizeof(struct command);
    assert_int_equal(command_check_form(&c, sizeof(struct command)), ERR_INVALID);
}

static void
test_command_check_form_refuses_other_kinds_and_versions(void **state)
{
    (void)state;
    union any_command c;
    command_init(&c.cmd, COMMAND_ORDER_NEW);
    c.cmd.rec.version = 2;
    assert_int_equal(command_check_form(&c, sizeof c.order), ERR_UNSUPPORTED);
    c.cmd.rec.version = RECORD_VERSION;
    c.cmd.rec.kind = RECORD_EVENT;
    assert_int_equal(command_check_form(&c, sizeof c.order), ERR_UNSUPPORTED);
    c.cmd.rec.kind = RECORD_COMMAND;
    c.cmd.rec.type = 15;
    assert_int_equal(command_check_form(&c, sizeof c.order), ERR_INVALID);
}

static void
test_command_check_form_refuses_a_bad_client_id(void **state)
{
    (void)state;
    union any_command c;
    command_init(&c.cmd, COMMAND_ORDER_NEW);
    assert_int_equal(client_id_set(&c.cmd.id, "ok-1", 4), 0);
    assert_int_equal(command_check_form(&c, sizeof c.order), 0);
    c.cmd.id.text[1] = '\n';
    assert_int_equal(command_check_form(&c, sizeof c.order), ERR_INVALID);
    c.cmd.id.text[1] = 'k';
    c.cmd.id.text[10] = 'x';
    assert_int_equal(command_check_form(&c, sizeof c.order), ERR_INVALID);
    c.cmd.id.text[10] = 0;
    c.cmd.id.zero[2] = 1;
    assert_int_equal(command_check_form(&c, sizeof c.order), ERR_INVALID);
    c.cmd.id.zero[2] = 0;
    c.cmd.id.length = CLIENT_ID_MAX + 1;
    assert_int_equal(command_check_form(&c, sizeof c.order), ERR_INVALID);
}

static void
test_client_id_takes_1_to_36_printable_characters(void **state)
{
    (void)state;
    struct client_id id;
    memset(&id, 0x55, sizeof id);
    char text[40];
    memset(text, 'a', sizeof text);
    assert_int_equal(client_id_set(&id, text, 0), ERR_INVALID);
    assert_int_equal(client_id_set(&id, text, 37), ERR_INVALID);
    assert_int_equal(client_id_set(&id, "a\x7f", 2), ERR_INVALID);
    assert_int_equal(client_id_set(&id, "\xc3\xa4", 2), ERR_INVALID);
    assert_int_equal(id.length, 0x55);
    assert_int_equal(client_id_set(&id, text, 36), 0);
    assert_true(client_id_well_formed(&id));
    struct client_id other;
    assert_int_equal(client_id_set(&other, text, 35), 0);
    assert_false(client_id_equal(&id, &other));
    assert_int_equal(client_id_set(&other, text, 36), 0);
    assert_true(client_id_equal(&id, &other));
}

static void
test_event_check_form_compares_length_and_type(void **state)
{
    (void)state;
    struct event_trade t = {.ev.rec = {.length_bytes = sizeof t,
                                       .kind = RECORD_EVENT,
                                       .version = RECORD_VERSION,
                                       .type = EVENT_TRADE}};
    assert_int_equal(event_check_form(&t, sizeof t), 0);
    assert_int_equal(event_check_form(&t, sizeof t - 8), ERR_INVALID);
    t.ev.rec.type = EVENT_FILL;
    assert_int_equal(event_check_form(&t, sizeof t), ERR_INVALID);
    t.ev.rec.version = 9;
    assert_int_equal(event_check_form(&t, sizeof t), ERR_UNSUPPORTED);
}

static void
test_reason_list_ascends_and_each_has_its_texts(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint32_t value;
        int fix103, fix102;
        const char *text;
    } rows[] = {
#define ROW(name, value, fix103, fix102, text) {#name, value, fix103, fix102, text},
        REASON_LIST(ROW)
#undef ROW
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_true(i == 0 || rows[i - 1].value < rows[i].value);
        assert_string_equal(reason_name(rows[i].value), rows[i].name);
        assert_string_equal(reason_text(rows[i].value), rows[i].text);
        assert_true(strlen(rows[i].text) < REASON_TEXT_MAX);
        assert_int_equal(reason_fix_ord_rej(rows[i].value), rows[i].fix103);
        assert_int_equal(reason_fix_cxl_rej(rows[i].value), rows[i].fix102);
    }
    assert_string_equal(reason_name(29), "UNKNOWN");
    assert_string_equal(reason_name(UINT32_MAX), "UNKNOWN");
    assert_int_equal(reason_fix_ord_rej(29), 99);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_command_knows_name_and_size_of_each_type),
        cmocka_unit_test(test_event_knows_name_and_size_of_each_type),
        cmocka_unit_test(test_command_init_makes_a_well_formed_one),
        cmocka_unit_test(test_command_check_form_refuses_a_wrong_length),
        cmocka_unit_test(test_command_check_form_refuses_other_kinds_and_versions),
        cmocka_unit_test(test_command_check_form_refuses_a_bad_client_id),
        cmocka_unit_test(test_client_id_takes_1_to_36_printable_characters),
        cmocka_unit_test(test_event_check_form_compares_length_and_type),
        cmocka_unit_test(test_reason_list_ascends_and_each_has_its_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
