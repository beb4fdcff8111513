#include "tests/unit/gateway/fix/fix_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/fix/fix_parse.h"

struct fix_instruments *
fix_text_instruments(void)
{
    static const char *const symbols[] = {"ABC", "XYZ"};
    struct fix_instruments *instruments = fix_instruments_new(4);
    assert_non_null(instruments);
    for (uint32_t i = 0; i < 2; i++) {
        struct event_instrument e = {
            .instrument_id = 5 + i, .price_scale = 2, .lot_units = 10, .asset_scale = 1};
        memcpy(e.symbol, symbols[i], 3);
        assert_true(fix_instruments_learn(instruments, &e));
    }
    return instruments;
}

uint32_t
fix_text_check(const char *type, const char *fields, struct fix_checked *checked)
{
    static char text[1024];
    static struct fix_message m;
    char body[900];
    struct fix_reject reject;
    size_t used;
    (void)snprintf(body, sizeof(body), "35=%s|49=A|56=B|34=2|52=20260101-10:00:00|%s", type,
                   fields);
    int cnt = snprintf(text, sizeof(text), "8=FIX.4.4|9=%zu|%s", strlen(body), body);
    for (int i = 0; i < cnt; i++)
        text[i] = text[i] == '|' ? FIX_SOH : text[i];
    cnt += sprintf(text + cnt, "10=%03u%c", fix_checksum(text, (size_t)cnt), FIX_SOH);
    assert_int_equal(fix_parse((const uint8_t *)text, (size_t)cnt, &m, &used), FIX_PARSE_OK);
    return fix_table_check(&m, checked, &reject) ? 0 : reject.ref_tag;
}
