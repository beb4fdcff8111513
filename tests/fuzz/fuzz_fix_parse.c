#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/check.h"
#include "gateway/fix/fix_parse.h"
#include "gateway/fix/fix_table.h"

/* Bytes as a stream of messages: whatever they are, reading ends, goes forward, and stays inside.
 * What the standard calls garbled may not hide a good message that begins after it. */

static void
look(const uint8_t *data, size_t bytes, const struct fix_message *m)
{
    const char *start = (const char *)data, *end = start + bytes;
    struct fix_checked c;
    struct fix_reject r = {.ref_tag = 0};
    CHECK(m->bytes <= bytes && m->field_cnt <= FIX_FIELD_MAX);
    for (uint32_t i = 0; i < m->field_cnt; i++) {
        const struct fix_field *x = &m->fields[i];
        CHECK(x->value >= start && x->value + x->bytes < end);
    }
    bool good = fix_table_check(m, &c, &r);
    CHECK(good || r.text != NULL);
    for (int f = 1; f < FIX_F_COUNT; f++) {
        const struct fix_field *x = fix_get(&c, (enum fix_field_name)f);
        CHECK(x == NULL || x->bytes > 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fix_message m;
    size_t at = 0, used;
    while (at < size) {
        size_t left = size - at;
        uint8_t *copy = malloc(left); /* exact: the sanitizer sees a byte too far */
        memcpy(copy, data + at, left);
        enum fix_parse_result rc = fix_parse(copy, left, &m, &used);
        if (rc == FIX_PARSE_OK)
            look(copy, left, &m);
        free(copy);
        if (rc == FIX_PARSE_MORE || rc == FIX_PARSE_TOO_LARGE)
            break;
        CHECK(used > 0 && used <= left);
        at += used;
    }
    return 0;
}
