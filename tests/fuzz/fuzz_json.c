#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/http/json_scan.h"

/* Every text is either refused with a place inside it, or walked to its end; strings can be copied.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
walk(struct json_scan *s)
{
    struct json_text t;
    char copy[256];
    switch (json_scan_peek(s)) {
    case JSON_SCAN_OBJECT:
        if (json_scan_object_begin(s)) {
            while (json_scan_object_next(s, &t)) {
                (void)json_text_is(&t, "type");
                walk(s);
            }
        }
        break;
    case JSON_SCAN_ARRAY:
        if (json_scan_array_begin(s)) {
            while (json_scan_array_next(s)) {
                walk(s);
            }
        }
        break;
    case JSON_SCAN_STRING:
        if (json_scan_string(s, &t)) {
            (void)json_text_copy(&t, copy, sizeof(copy));
        }
        break;
    default:
        (void)json_scan_skip(s);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* A copy of exactly this size, so that a byte read too far is seen. */
    char *text = malloc(size == 0 ? 1 : size);
    struct json_scan s, skipped;
    if (size > 0) {
        memcpy(text, data, size);
    }
    json_scan_init(&s, text, size);
    walk(&s);
    (void)json_scan_end(&s);
    json_scan_init(&skipped, text, size);
    (void)json_scan_skip(&skipped);
    (void)json_scan_end(&skipped);
    if (s.failed != skipped.failed || (s.failed && s.error_at > size)) {
        abort();
    }
    free(text);
    return 0;
}
