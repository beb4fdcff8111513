#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/http/http_request.h"

/* Requests cut at any place are taken as they are when they come whole; and so are replies. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BODY_MAX = 512 };

static int64_t
take(struct http_request *r, const uint8_t *data, size_t bytes, size_t *scanned)
{
    char chunks[BODY_MAX];
    char value[64];
    struct http_fault fault = {0};
    int head = http_head_find(data, bytes, scanned, &fault);
    if (head <= 0) {
        return head;
    }
    if (http_head_parse(r, data, (size_t)head, &fault) != 0) {
        if (fault.status < 400 || fault.text[0] == 0) {
            abort();
        }
        return -1;
    }
    (void)http_header_has(&r->message, "connection", "upgrade");
    (void)http_query_get(&r->query, "level", value, sizeof(value));
    return http_body_take(&r->message, data, bytes, chunks, BODY_MAX, &fault);
}

static int64_t
take_reply(const uint8_t *data, size_t bytes)
{
    struct http_reply r;
    char chunks[BODY_MAX];
    size_t scanned = 0;
    struct http_fault fault = {0};
    int head = http_head_find(data, bytes, &scanned, &fault);
    if (head <= 0) {
        return head;
    }
    if (http_reply_head_parse(&r, data, (size_t)head, &fault) != 0) {
        if (fault.status < 400 || fault.text[0] == 0) {
            abort();
        }
        return -1;
    }
    if (r.status > 999 || (r.until_close && (r.message.has_length || r.message.chunked))) {
        abort();
    }
    (void)http_header_has(&r.message, "upgrade", "websocket");
    return r.until_close ? head : http_body_take(&r.message, data, bytes, chunks, BODY_MAX, &fault);
}

/* What was whole once stays so, however much follows. */
static void
check_reply(const uint8_t *data, size_t size)
{
    int64_t whole = take_reply(data, size);
    for (size_t n = 1; n <= size; n += 1 + n / 16) {
        int64_t cut = take_reply(data, n);
        if (cut > 0 && cut != whole) {
            abort();
        }
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    uint8_t *copy = malloc(size);
    memcpy(copy, data, size);
    struct http_request whole, cut;
    size_t scanned = 0, scanned_cut = 0;
    int64_t taken = take(&whole, copy, size, &scanned);
    int64_t last = 0;
    for (size_t n = 1; n <= size && last == 0; n += 1 + n / 16) {
        last = take(&cut, copy, n, &scanned_cut);
    }
    if (last == 0) {
        last = take(&cut, copy, size, &scanned_cut);
    }
    if ((taken > 0) != (last > 0) || (taken > 0 && taken != last)) {
        abort();
    }
    check_reply(copy, size);
    free(copy);
    return 0;
}
