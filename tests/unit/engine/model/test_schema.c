#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "engine/base/error.h"
#include "engine/model/client_id.h"
#include "engine/model/command.h"
#include "engine/model/event.h"
#include "engine/model/schema.h"
#include "engine/model/schema_print.h"

static const uint8_t KINDS[] = {RECORD_COMMAND, RECORD_EVENT};

static void
count_bytes(struct schema_part part, uint8_t covered[RECORD_BYTES_MAX])
{
    for (uint32_t i = 0; i < part.cnt; i++)
        for (uint32_t b = 0; b < part.fields[i].bytes; b++)
            covered[part.fields[i].offset + b]++;
}

static void
test_schema_fields_cover_each_byte_exactly_once(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof KINDS; k++) {
        const struct schema_type *t;
        for (uint32_t i = 0; (t = schema_at(KINDS[k], i)) != NULL; i++) {
            uint8_t covered[RECORD_BYTES_MAX] = {0};
            count_bytes(schema_header(KINDS[k]), covered);
            count_bytes(t->body, covered);
            for (uint32_t b = 0; b < sizeof covered; b++)
                if (covered[b] != (b < t->bytes))
                    fail_msg("%s: byte %u is covered %u times", t->record, b, covered[b]);
        }
    }
}

static void
test_schema_knows_every_type_with_its_name_and_size(void **state)
{
    (void)state;
    uint32_t commands = 0, events = 0;
    for (uint16_t type = 0; type < 300; type++) {
        const struct schema_type *c = schema_find(RECORD_COMMAND, type);
        const struct schema_type *e = schema_find(RECORD_EVENT, type);
        assert_int_equal(c ? c->bytes : 0, command_bytes(type));
        assert_string_equal(c ? c->name : "UNKNOWN", command_name(type));
        assert_int_equal(e ? e->bytes : 0, event_bytes(type));
        assert_string_equal(e ? e->name : "UNKNOWN", event_name(type));
        commands += c != NULL;
        events += e != NULL;
    }
    assert_null(schema_at(RECORD_COMMAND, commands));
    assert_non_null(schema_at(RECORD_COMMAND, commands - 1));
    assert_null(schema_at(RECORD_EVENT, events));
    assert_null(schema_find(RECORD_SKIP, 1));
}

static void
test_schema_types_ascend(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof KINDS; k++)
        for (uint32_t i = 1; schema_at(KINDS[k], i) != NULL; i++)
            assert_true(schema_at(KINDS[k], i - 1)->type < schema_at(KINDS[k], i)->type);
}

static void
check_part(const struct schema_type *t, struct schema_part part)
{
    for (uint32_t i = 0; i < part.cnt; i++) {
        const struct schema_field *f = &part.fields[i];
        bool scaled = f->kind >= SCHEMA_PRICE && f->kind <= SCHEMA_AMOUNT;
        bool listed = f->kind == SCHEMA_ENUM || f->kind == SCHEMA_BITS;
        if ((scaled && (f->ref == 0 || f->bytes != 8)) || listed != (f->names != NULL))
            fail_msg("%s.%s", t->record, f->name);
        if (i > 0 && part.fields[i - 1].offset >= f->offset)
            fail_msg("%s.%s is out of order", t->record, f->name);
    }
}

static void
test_schema_fields_have_what_their_kind_needs(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof KINDS; k++) {
        const struct schema_type *t;
        for (uint32_t i = 0; (t = schema_at(KINDS[k], i)) != NULL; i++) {
            check_part(t, t->body);
            check_part(t, schema_header(KINDS[k]));
        }
    }
}

/* Whole, or without its unit where its value may be made for people. */
static bool
may_be_called(const struct schema_field *f, const char *name)
{
    char shortest[SCHEMA_NAME_MAX];
    return strcmp(f->name, name) == 0 || (f->kind >= SCHEMA_INSTRUMENT && f->kind <= SCHEMA_TIME &&
                                          strcmp(schema_short_name(f->name, shortest), name) == 0);
}

static void
check_name(const struct schema_type *t, struct schema_part part, const struct schema_field *f)
{
    for (uint32_t i = 0; i < part.cnt; i++) {
        const struct schema_field *other = &part.fields[i];
        char shortest[SCHEMA_NAME_MAX];
        if (other != f && other->kind != SCHEMA_ZERO && f->kind != SCHEMA_ZERO &&
            (may_be_called(other, f->name) ||
             (may_be_called(f, schema_short_name(f->name, shortest)) &&
              may_be_called(other, shortest))))
            fail_msg("%s: %s and %s would have one name", t->record, other->name, f->name);
    }
}

/* In JSON header and body are one object. */
static void
test_schema_says_no_name_twice(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof KINDS; k++) {
        const struct schema_type *t;
        for (uint32_t i = 0; (t = schema_at(KINDS[k], i)) != NULL; i++)
            for (uint32_t f = 0; f < t->body.cnt; f++) {
                check_name(t, t->body, &t->body.fields[f]);
                check_name(t, schema_header(KINDS[k]), &t->body.fields[f]);
            }
    }
}

static void
test_schema_finds_bytes_that_should_be_zero(void **state)
{
    (void)state;
    const struct schema_type *t;
    for (uint32_t i = 0; (t = schema_at(RECORD_COMMAND, i)) != NULL; i++) {
        for (uint32_t f = 0; f < t->body.cnt; f++) {
            _Alignas(8) uint8_t bytes[COMMAND_BYTES_MAX];
            const struct schema_field *field = &t->body.fields[f];
            command_init((struct command *)bytes, t->type);
            bytes[field->offset + field->bytes - 1u] = 'x';
            int expected = field->kind == SCHEMA_ZERO || field->kind == SCHEMA_TEXT ||
                                   field->kind == SCHEMA_CLIENT_ID
                               ? ERR_INVALID
                               : 0;
            assert_int_equal(command_check_form(bytes, t->bytes), expected);
        }
    }
}

static void
test_schema_headers_have_one_field_each_that_can_be_unclean(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof KINDS; k++) {
        struct schema_part header = schema_header(KINDS[k]);
        for (uint32_t i = 0; i < header.cnt; i++) {
            uint8_t kind = header.fields[i].kind;
            bool can = kind == SCHEMA_ZERO || kind == SCHEMA_TEXT || kind == SCHEMA_CLIENT_ID;
            const char *expected = KINDS[k] == RECORD_COMMAND ? "id" : "zero0";
            assert_int_equal(can, strcmp(header.fields[i].name, expected) == 0);
        }
    }
    struct event_trade t = {.ev.rec = {.length_bytes = sizeof t,
                                       .kind = RECORD_EVENT,
                                       .version = RECORD_VERSION,
                                       .type = EVENT_TRADE}};
    assert_int_equal(event_check_form(&t, sizeof t), 0);
    t.ev.zero0 = 1;
    assert_int_equal(event_check_form(&t, sizeof t), ERR_INVALID);
}

static void
test_schema_reads_signed_and_unsigned_fields(void **state)
{
    (void)state;
    struct command_order_new o;
    command_init(&o.cmd, COMMAND_ORDER_NEW);
    o.peg_offset_units = -3;
    o.price_units = -1;
    o.side = SIDE_SELL;
    struct schema_part body = schema_find(RECORD_COMMAND, COMMAND_ORDER_NEW)->body;
    for (uint32_t i = 0; i < body.cnt; i++) {
        const struct schema_field *f = &body.fields[i];
        if (strcmp(f->name, "peg_offset_units") == 0)
            assert_true((int64_t)schema_get(f, &o) == -3);
        if (strcmp(f->name, "price_units") == 0)
            assert_true((int64_t)schema_get(f, &o) == -1);
        if (strcmp(f->name, "side") == 0)
            assert_int_equal(schema_get(f, &o), SIDE_SELL);
    }
}

static void
test_schema_enum_names_go_both_ways(void **state)
{
    (void)state;
    const struct schema_enum *e;
    for (uint32_t i = 0; (e = schema_enum_at(i)) != NULL; i++) {
        for (uint32_t r = 0; r < e->cnt; r++) {
            uint64_t value = 0;
            assert_true(schema_enum_value(e, e->rows[r].text, strlen(e->rows[r].text), &value));
            assert_true(value == e->rows[r].value);
            assert_string_equal(schema_enum_text(e, value), e->rows[r].text);
        }
    }
    uint64_t value;
    assert_false(schema_enum_value(&SCHEMA_SIDE, "bu", 2, &value));
    assert_null(schema_enum_text(&SCHEMA_SIDE, 3));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_schema_fields_cover_each_byte_exactly_once),
        cmocka_unit_test(test_schema_knows_every_type_with_its_name_and_size),
        cmocka_unit_test(test_schema_types_ascend),
        cmocka_unit_test(test_schema_fields_have_what_their_kind_needs),
        cmocka_unit_test(test_schema_says_no_name_twice),
        cmocka_unit_test(test_schema_finds_bytes_that_should_be_zero),
        cmocka_unit_test(test_schema_headers_have_one_field_each_that_can_be_unclean),
        cmocka_unit_test(test_schema_reads_signed_and_unsigned_fields),
        cmocka_unit_test(test_schema_enum_names_go_both_ways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
