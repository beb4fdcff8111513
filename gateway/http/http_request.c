#include "gateway/http/http_request.h"

#include <stdio.h>
#include <string.h>

static int
refuse(struct http_fault *f, uint16_t status, const char *text)
{
    f->status = status;
    (void)snprintf(f->text, sizeof(f->text), "%s", text);
    return -1;
}

bool
http_text_is(const struct http_text *t, const char *text)
{
    return strlen(text) == t->bytes && memcmp(t->at, text, t->bytes) == 0;
}

static char
lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool
same_nocase(const char *at, size_t bytes, const char *low)
{
    for (size_t i = 0; i < bytes; i++) {
        if (low[i] == 0 || lower(at[i]) != low[i]) {
            return false;
        }
    }
    return low[bytes] == 0;
}

bool
http_text_is_nocase(const struct http_text *t, const char *low)
{
    return same_nocase(t->at, t->bytes, low);
}

int
http_head_find(const uint8_t *data, size_t bytes, size_t *scanned, struct http_fault *fault)
{
    size_t from = *scanned > 3 ? *scanned - 3 : 0;
    size_t to = bytes < HTTP_HEAD_BYTES_MAX ? bytes : HTTP_HEAD_BYTES_MAX;
    const uint8_t *end = to > from ? memmem(data + from, to - from, "\r\n\r\n", 4) : NULL;
    if (end != NULL) {
        return (int)(end - data) + 4;
    }
    *scanned = to;
    if (bytes >= HTTP_HEAD_BYTES_MAX) {
        return refuse(fault, 431, "request head above 8192 bytes");
    }
    return 0;
}

/* Token characters: RFC 9110 section 5.6.2. */
static bool
is_token_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != 0 && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static const struct {
    const char *name;
    enum http_method method;
} methods[] = {
    {"GET", HTTP_GET}, {"HEAD", HTTP_HEAD},     {"POST", HTTP_POST},
    {"PUT", HTTP_PUT}, {"DELETE", HTTP_DELETE}, {"OPTIONS", HTTP_OPTIONS},
};

static int
parse_method(struct http_request *r, const char **at, const char *end, struct http_fault *fault)
{
    const char *first = *at;
    const char *p = first;
    while (p < end && is_token_char(*p)) {
        p++;
    }
    if (p == first || p == end || *p != ' ' || p - first > 32) {
        return refuse(fault, 400, "request line: expected a method, then one blank");
    }
    r->method_text = (struct http_text){first, (size_t)(p - first)};
    r->method = HTTP_OTHER;
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (http_text_is(&r->method_text, methods[i].name)) {
            r->method = methods[i].method;
        }
    }
    *at = p + 1;
    return 0;
}

static int
parse_target(struct http_request *r, const char **at, const char *end, struct http_fault *fault)
{
    const char *first = *at;
    const char *p = first;
    while (p < end && (uint8_t)*p > ' ' && (uint8_t)*p < 0x7f) {
        p++;
    }
    if (p == end || *p != ' ') {
        return refuse(fault, 400, "request line: expected a target of visible ASCII, then a blank");
    }
    r->target = (struct http_text){first, (size_t)(p - first)};
    if (r->target.bytes > HTTP_TARGET_MAX) {
        return refuse(fault, 414, "request target above 2048 bytes");
    }
    bool asterisk = http_text_is(&r->target, "*") && r->method == HTTP_OPTIONS;
    if (r->target.bytes == 0 || (first[0] != '/' && !asterisk)) {
        return refuse(fault, 400, "request line: expected a target that begins with '/'");
    }
    const char *mark = memchr(first, '?', r->target.bytes);
    r->path = r->target;
    r->query = (struct http_text){p, 0};
    if (mark != NULL) {
        r->path.bytes = (size_t)(mark - first);
        r->query = (struct http_text){mark + 1, (size_t)(p - mark) - 1};
    }
    *at = p + 1;
    return 0;
}

static int
parse_request_line(struct http_request *r, const char *line, const char *end,
                   struct http_fault *fault)
{
    const char *at = line;
    if (parse_method(r, &at, end, fault) != 0 || parse_target(r, &at, end, fault) != 0) {
        return -1;
    }
    if (end - at != 8 || memcmp(at, "HTTP/", 5) != 0 || at[6] != '.') {
        return refuse(fault, 400, "request line: expected HTTP/1.1 at its end");
    }
    if (at[5] != '1' || (at[7] != '0' && at[7] != '1')) {
        return refuse(fault, 505, "expected HTTP/1.1 or HTTP/1.0");
    }
    r->message.minor = (uint8_t)(at[7] - '0');
    return 0;
}

static int
parse_header(struct http_message *m, const char *line, const char *end, struct http_fault *fault)
{
    const char *p = line;
    while (p < end && is_token_char(*p)) {
        p++;
    }
    if (p == line || p == end || *p != ':') {
        return refuse(fault, 400, "header: expected a name, then ':' without a blank before it");
    }
    if (m->header_cnt == HTTP_HEADER_MAX) {
        return refuse(fault, 431, "more than 64 headers");
    }
    struct http_header *h = &m->headers[m->header_cnt++];
    h->name = (struct http_text){line, (size_t)(p - line)};
    p++;
    while (p < end && (*p == ' ' || *p == '\t')) {
        p++;
    }
    while (end > p && (end[-1] == ' ' || end[-1] == '\t')) {
        end--;
    }
    for (const char *c = p; c < end; c++) {
        if (((uint8_t)*c < ' ' && *c != '\t') || *c == 0x7f) {
            return refuse(fault, 400, "header: control character in a value");
        }
    }
    h->value = (struct http_text){p, (size_t)(end - p)};
    return 0;
}

const struct http_text *
http_header_get(const struct http_message *m, const char *name)
{
    for (uint32_t i = 0; i < m->header_cnt; i++) {
        if (http_text_is_nocase(&m->headers[i].name, name)) {
            return &m->headers[i].value;
        }
    }
    return NULL;
}

static bool
list_has(const struct http_text *list, const char *token)
{
    const char *p = list->at;
    const char *end = p + list->bytes;
    while (p < end) {
        const char *comma = memchr(p, ',', (size_t)(end - p));
        const char *stop = comma != NULL ? comma : end;
        const char *last = stop;
        while (p < last && (*p == ' ' || *p == '\t')) {
            p++;
        }
        while (last > p && (last[-1] == ' ' || last[-1] == '\t')) {
            last--;
        }
        if (same_nocase(p, (size_t)(last - p), token)) {
            return true;
        }
        p = stop + 1;
    }
    return false;
}

bool
http_header_has(const struct http_message *m, const char *name, const char *token)
{
    for (uint32_t i = 0; i < m->header_cnt; i++) {
        if (http_text_is_nocase(&m->headers[i].name, name) &&
            list_has(&m->headers[i].value, token)) {
            return true;
        }
    }
    return false;
}

static uint32_t
header_cnt(const struct http_message *m, const char *name)
{
    uint32_t cnt = 0;
    for (uint32_t i = 0; i < m->header_cnt; i++) {
        cnt += http_text_is_nocase(&m->headers[i].name, name) ? 1 : 0;
    }
    return cnt;
}

static int
parse_length(struct http_message *m, struct http_fault *fault)
{
    const struct http_text *length = http_header_get(m, "content-length");
    if (length == NULL) {
        return 0;
    }
    if (header_cnt(m, "content-length") > 1) {
        return refuse(fault, 400, "more than one Content-Length");
    }
    if (length->bytes == 0 || length->bytes > 15) {
        return refuse(fault, 400, "Content-Length: expected 1 to 15 digits");
    }
    for (size_t i = 0; i < length->bytes; i++) {
        if (length->at[i] < '0' || length->at[i] > '9') {
            return refuse(fault, 400, "Content-Length: expected digits");
        }
        m->length = m->length * 10 + (uint64_t)(length->at[i] - '0');
    }
    m->has_length = true;
    return 0;
}

/* RFC 9112 sections 6 and 9.3. */
static int
parse_framing(struct http_message *m, struct http_fault *fault)
{
    if (parse_length(m, fault) != 0) {
        return -1;
    }
    const struct http_text *coding = http_header_get(m, "transfer-encoding");
    if (coding != NULL) {
        if (m->has_length || m->minor == 0 || header_cnt(m, "transfer-encoding") > 1) {
            return refuse(fault, 400, "Transfer-Encoding beside another length, or in HTTP/1.0");
        }
        if (!http_text_is_nocase(coding, "chunked")) {
            return refuse(fault, 501, "Transfer-Encoding: expected chunked");
        }
        m->chunked = true;
    }
    m->keep_alive = m->minor == 1 ? !http_header_has(m, "connection", "close")
                                  : http_header_has(m, "connection", "keep-alive");
    return 0;
}

/* The first line of a head; where it ends, or NULL. */
static const char *
first_line_end(const uint8_t *data, size_t head_bytes, struct http_fault *fault)
{
    const char *end = memmem(data, head_bytes, "\r\n", 2);
    if (end == NULL) {
        (void)refuse(fault, 400, "expected lines that end in CR LF");
    }
    return end;
}

/* What follows the first line. */
static int
parse_fields(struct http_message *m, const uint8_t *data, size_t head_bytes, const char *line_end,
             struct http_fault *fault)
{
    const char *at = line_end + 2;
    const char *end = (const char *)data + head_bytes;
    m->head_bytes = head_bytes;
    while (end - at > 2) {
        line_end = memmem(at, (size_t)(end - at), "\r\n", 2);
        if (line_end == NULL) {
            return refuse(fault, 400, "expected lines that end in CR LF");
        }
        if (parse_header(m, at, line_end, fault) != 0) {
            return -1;
        }
        at = line_end + 2;
    }
    return 0;
}

static void
message_init(struct http_message *m)
{
    memset(m, 0, offsetof(struct http_message, headers));
    m->body = (struct http_text){"", 0};
}

int
http_head_parse(struct http_request *r, const uint8_t *data, size_t head_bytes,
                struct http_fault *fault)
{
    struct http_message *m = &r->message;
    const char *line_end = first_line_end(data, head_bytes, fault);
    message_init(m);
    if (line_end == NULL || parse_request_line(r, (const char *)data, line_end, fault) != 0 ||
        parse_fields(m, data, head_bytes, line_end, fault) != 0) {
        return -1;
    }
    if (m->minor == 1 && header_cnt(m, "host") != 1) { /* RFC 9112 section 3.2 */
        return refuse(fault, 400, "expected exactly one Host header");
    }
    r->expects_continue = m->minor == 1 && http_header_has(m, "expect", "100-continue");
    return parse_framing(m, fault);
}

/* "HTTP/1.1 101 Switching Protocols": RFC 9112 section 4. */
static int
parse_status_line(struct http_reply *r, const char *line, const char *end, struct http_fault *fault)
{
    bool good = end - line >= 12 && memcmp(line, "HTTP/1.", 7) == 0 && line[8] == ' ' &&
                (line[7] == '0' || line[7] == '1') && (end - line == 12 || line[12] == ' ');
    r->status = 0;
    for (int i = 9; good && i < 12; i++) {
        good = line[i] >= '0' && line[i] <= '9';
        r->status = (uint16_t)(r->status * 10 + (line[i] - '0'));
    }
    if (!good) {
        return refuse(fault, 400, "status line: expected HTTP/1.1, a blank and three digits");
    }
    r->message.minor = (uint8_t)(line[7] - '0');
    return 0;
}

int
http_reply_head_parse(struct http_reply *r, const uint8_t *data, size_t head_bytes,
                      struct http_fault *fault)
{
    struct http_message *m = &r->message;
    const char *line_end = first_line_end(data, head_bytes, fault);
    message_init(m);
    if (line_end == NULL || parse_status_line(r, (const char *)data, line_end, fault) != 0 ||
        parse_fields(m, data, head_bytes, line_end, fault) != 0 || parse_framing(m, fault) != 0) {
        return -1;
    }
    bool bodiless = r->status < 200 || r->status == 204 || r->status == 304;
    r->until_close = !bodiless && !m->has_length && !m->chunked;
    return 0;
}

/* One chunk-size line at `at` (RFC 9112 section 7.1; extensions are skipped). Returns the line's
 * bytes, 0 = not whole, -1 = wrong. */
static int
chunk_line(const char *at, size_t bytes, uint64_t *size)
{
    size_t look = bytes < 128 ? bytes : 128;
    const char *end = memmem(at, look, "\r\n", 2);
    if (end == NULL) {
        return look == 128 ? -1 : 0;
    }
    uint64_t value = 0;
    const char *p = at;
    for (; p < end && p - at < 8; p++) {
        char c = lower(*p);
        if (c >= '0' && c <= '9') {
            value = value * 16 + (uint64_t)(c - '0');
        } else if (c >= 'a' && c <= 'f') {
            value = value * 16 + (uint64_t)(c - 'a') + 10;
        } else {
            break;
        }
    }
    if (p == at || (p < end && *p != ';' && *p != ' ' && *p != '\t')) {
        return -1;
    }
    *size = value;
    return (int)(end - at) + 2;
}

static int64_t
chunks_take(struct http_message *m, const char *data, size_t bytes, char *chunks, size_t body_max,
            struct http_fault *fault)
{
    size_t at = m->head_bytes;
    size_t body = 0;
    for (;;) {
        uint64_t size = 0;
        int line = chunk_line(data + at, bytes - at, &size);
        if (line < 0) {
            return refuse(fault, 400, "chunked body: expected a size in hexadecimal");
        }
        if (line == 0) {
            return 0;
        }
        at += (size_t)line;
        if (size == 0) {
            break;
        }
        if (size > body_max - body) {
            return refuse(fault, 413, "body too big");
        }
        if (bytes - at < size + 2) {
            return 0;
        }
        memcpy(chunks + body, data + at, (size_t)size);
        body += (size_t)size;
        at += (size_t)size;
        if (memcmp(data + at, "\r\n", 2) != 0) {
            return refuse(fault, 400, "chunked body: expected CR LF behind a chunk");
        }
        at += 2;
    }
    /* No trailer fields are taken: the empty line must follow. */
    if (bytes - at < 2) {
        return 0;
    }
    if (memcmp(data + at, "\r\n", 2) != 0) {
        return refuse(fault, 400, "chunked body: trailer fields are not taken");
    }
    m->body = (struct http_text){chunks, body};
    return (int64_t)(at + 2);
}

int64_t
http_body_take(struct http_message *m, const uint8_t *data, size_t bytes, char *chunks,
               size_t body_max, struct http_fault *fault)
{
    if (m->chunked) {
        return chunks_take(m, (const char *)data, bytes, chunks, body_max, fault);
    }
    if (m->length > body_max) {
        return refuse(fault, 413, "body too big");
    }
    if (bytes - m->head_bytes < m->length) {
        return 0;
    }
    m->body = (struct http_text){(const char *)data + m->head_bytes, (size_t)m->length};
    return (int64_t)(m->head_bytes + m->length);
}

static int
hex_value(char c)
{
    c = lower(c);
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int
http_percent_decode(const char *text, size_t bytes, bool form, char *out, size_t room)
{
    size_t n = 0;
    for (size_t i = 0; i < bytes; i++) {
        int c = (uint8_t)text[i];
        if (c == '%') {
            int high = bytes - i > 2 ? hex_value(text[i + 1]) : -1;
            int low = bytes - i > 2 ? hex_value(text[i + 2]) : -1;
            if (high < 0 || low < 0) {
                return -2;
            }
            c = high * 16 + low;
            i += 2;
        } else if (c == '+' && form) {
            c = ' ';
        }
        if (c == 0 || n + 1 >= room) {
            return -2;
        }
        out[n++] = (char)c;
    }
    if (room == 0) {
        return -2;
    }
    out[n] = 0;
    return (int)n;
}

int
http_query_get(const struct http_text *query, const char *key, char *out, size_t room)
{
    const char *p = query->at;
    const char *end = p + query->bytes;
    size_t key_bytes = strlen(key);
    while (p < end) {
        const char *amp = memchr(p, '&', (size_t)(end - p));
        const char *stop = amp != NULL ? amp : end;
        const char *equals = memchr(p, '=', (size_t)(stop - p));
        const char *name_end = equals != NULL ? equals : stop;
        if ((size_t)(name_end - p) == key_bytes && memcmp(p, key, key_bytes) == 0) {
            const char *value = equals != NULL ? equals + 1 : stop;
            return http_percent_decode(value, (size_t)(stop - value), true, out, room);
        }
        p = stop + 1;
    }
    return -1;
}

const char *
http_status_text(uint16_t status)
{
    static const struct {
        uint16_t status;
        const char *text;
    } texts[] = {
        {100, "Continue"},
        {101, "Switching Protocols"},
        {200, "OK"},
        {204, "No Content"},
        {304, "Not Modified"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {426, "Upgrade Required"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Unsupported"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
        {505, "HTTP Version Not Supported"},
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (texts[i].status == status) {
            return texts[i].text;
        }
    }
    return "Unknown";
}
