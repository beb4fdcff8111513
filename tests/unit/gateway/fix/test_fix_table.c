#include "gateway/fix/fix_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    uint32_t tag;
    const char *name;
} fields[] = {
#define FIELD_ENTRY(tag_, name_, type, values) {tag_, #name_},
    FIX_FIELDS(FIELD_ENTRY)};

static void
test_table_has_each_tag_and_name_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        assert_in_range(fields[i].tag, 1, 1385); /* up to ContingencyType, of FIX 5.0 */
        for (size_t k = 0; k < i; k++) {
            assert_int_not_equal(fields[i].tag, fields[k].tag);
            assert_string_not_equal(fields[i].name, fields[k].name);
        }
    }
}

static void
test_table_knows_its_messages(void **state)
{
    (void)state;
    for (int i = FIX_M_NONE + 1; i < FIX_M_COUNT; i++)
        assert_true(strlen(fix_message_text((enum fix_message_name)i)) > 3);
    assert_int_equal(fix_message_name("D", 1), FIX_M_NewOrderSingle);
    assert_int_equal(fix_message_name("A", 1), FIX_M_Logon);
    assert_int_equal(fix_message_name("j", 1), FIX_M_BusinessMessageReject);
    assert_int_equal(fix_message_name("8", 1), FIX_M_NONE);
    assert_int_equal(fix_message_name("AE", 2), FIX_M_TradeCaptureReport);
    assert_int_equal(fix_message_name("AF", 2), FIX_M_NONE);
    assert_int_equal(fix_message_name("", 0), FIX_M_NONE);
}

static void
test_table_tells_unsupported_from_invalid_types(void **state)
{
    (void)state;
    static const char *const standard[] = {"V", "8", "R", "AE", "BH", "z"};
    static const char *const invalid[] = {"I", "U", "BI", "CA", "ZZZ", "", "D ", "*"};
    for (size_t i = 0; i < sizeof(standard) / sizeof(standard[0]); i++)
        assert_true(fix_type_standard(standard[i], (uint32_t)strlen(standard[i])));
    for (size_t i = 0; i < sizeof(invalid) / sizeof(invalid[0]); i++)
        assert_false(fix_type_standard(invalid[i], (uint32_t)strlen(invalid[i])));
}

/* "35=..|tag=value|..." without a frame. */
static bool
check(const char *text, struct fix_checked *c, struct fix_reject *r)
{
    static struct fix_message m;
    static char copy[1024];
    char *save, *field;
    memset(&m, 0, sizeof(m));
    strcpy(copy, text);
    field = strtok_r(copy, "|", &save);
    m.type = field + 3;
    m.type_bytes = (uint32_t)strlen(m.type);
    while ((field = strtok_r(NULL, "|", &save)) != NULL) {
        char *value = strchr(field, '=') + 1;
        unsigned tag = 0;
        sscanf(field, "%u=", &tag);
        m.fields[m.field_cnt++] =
            (struct fix_field){.tag = tag, .bytes = (uint32_t)strlen(value), .value = value};
    }
    return fix_table_check(&m, c, r);
}

static void
test_table_finds_fields_by_name(void **state)
{
    (void)state;
    struct fix_checked c;
    struct fix_reject r;
    assert_true(check("35=2|34=5|7=3|16=0|6001=own|43=Y", &c, &r));
    assert_int_equal(c.name, FIX_M_ResendRequest);
    assert_int_equal(fix_u64(&c, FIX_F_BeginSeqNo, 9), 3);
    assert_int_equal(fix_u64(&c, FIX_F_EndSeqNo, 9), 0);
    assert_int_equal(fix_u64(&c, FIX_F_NewSeqNo, 9), 9);
    assert_int_equal(fix_char(&c, FIX_F_PossDupFlag, 'N'), 'Y');
    assert_int_equal(fix_char(&c, FIX_F_PossResend, 'N'), 'N');
    assert_null(fix_get(&c, FIX_F_Text));
}

static void
test_table_gives_the_first_fault_and_the_fields_found(void **state)
{
    (void)state;
    struct fix_checked c;
    struct fix_reject r;
    assert_false(check("35=2|34=x|7=y|16=0", &c, &r));
    assert_int_equal(r.ref_tag, 34);
    assert_int_equal(r.reason, FIX_REJECT_FORMAT);
    assert_int_equal(fix_u64(&c, FIX_F_EndSeqNo, 9), 0);
    assert_int_equal(fix_u64(&c, FIX_F_MsgSeqNum, 9), 9);
    /* numbers that do not fit are no numbers */
    assert_false(check("35=2|34=99999999999999999999|7=1|16=0", &c, &r));
    assert_int_equal(r.reason, FIX_REJECT_FORMAT);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table_has_each_tag_and_name_once),
        cmocka_unit_test(test_table_knows_its_messages),
        cmocka_unit_test(test_table_tells_unsupported_from_invalid_types),
        cmocka_unit_test(test_table_finds_fields_by_name),
        cmocka_unit_test(test_table_gives_the_first_fault_and_the_fields_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
