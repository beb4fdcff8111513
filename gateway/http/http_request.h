#ifndef GATEWAY_HTTP_HTTP_REQUEST_H
#define GATEWAY_HTTP_HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Parses HTTP/1.1 requests out of a buffer that grows from its start. Strict where laxness has let
 * requests be smuggled: CRLF line ends, no blank before a header's colon, no folded lines, one
 * Content-Length, never both lengths. source: RFC 9110, RFC 9112 */

enum { HTTP_HEADER_MAX = 64, HTTP_HEAD_BYTES_MAX = 8192, HTTP_TARGET_MAX = 2048 };

enum http_method {
    HTTP_GET = 1,
    HTTP_HEAD,
    HTTP_POST,
    HTTP_PUT,
    HTTP_DELETE,
    HTTP_OPTIONS,
    HTTP_OTHER, /* a valid name that we do not know */
};

struct http_text {
    const char *at;
    size_t bytes;
};

struct http_header {
    struct http_text name, value; /* value without blanks around it */
};

struct http_message {  /* what a request and a reply have in common */
    size_t head_bytes; /* up to and with the empty line */
    struct http_text body;
    uint64_t length; /* Content-Length, 0 without */
    uint8_t minor;   /* HTTP/1.minor: 0 or 1 */
    bool keep_alive;
    bool chunked;
    bool has_length;
    uint32_t header_cnt;
    struct http_header headers[HTTP_HEADER_MAX];
};

struct http_request {
    enum http_method method;
    struct http_text method_text;
    struct http_text target; /* as it came: path and query; what signatures cover */
    struct http_text path;   /* before '?' */
    struct http_text query;  /* after it, or empty */
    bool expects_continue;
    struct http_message message;
};

struct http_reply { /* as a client gets it */
    uint16_t status;
    bool until_close; /* the body has no length: it ends with the connection (RFC 9112 6.3) */
    struct http_message message;
};

/* Why a request is refused: the answer's status, and a text that names the place. */
struct http_fault {
    uint16_t status;
    char text[128];
};

/* Looks for a whole head at data. *scanned remembers how far earlier calls have looked (0 at
 * first). Returns its bytes; 0 = not yet; -1 with *fault (431: too big).   */
int http_head_find(const uint8_t *data, size_t bytes, size_t *scanned, struct http_fault *fault);

/* Parses a head of exactly head_bytes. 0, or -1 with *fault. */
int http_head_parse(struct http_request *r, const uint8_t *data, size_t head_bytes,
                    struct http_fault *fault);

/* For clients: the same for the head of a reply. */
int http_reply_head_parse(struct http_reply *r, const uint8_t *data, size_t head_bytes,
                          struct http_fault *fault);

/* Takes the body behind the head. Returns the bytes of the whole message and sets m->body; 0 = not
 * there yet; -1 with *fault (413: above body_max). A chunked body is put together in `chunks`
 * (body_max bytes). data: head and what follows it. Not for a reply whose body ends with the
 * connection: that is all there is. */
int64_t http_body_take(struct http_message *m, const uint8_t *data, size_t bytes, char *chunks,
                       size_t body_max, struct http_fault *fault);

/* A header's value; NULL when there is none. name: lower case. */
const struct http_text *http_header_get(const struct http_message *m, const char *name);
/* Whether a list header ("Connection: keep-alive, Upgrade") holds a token; token: lower case. */
bool http_header_has(const struct http_message *m, const char *name, const char *token);

bool http_text_is(const struct http_text *t, const char *text);
bool http_text_is_nocase(const struct http_text *t, const char *lower);

/* The value of `key` in a query string, percent-decoded, zero-terminated. Returns its bytes; -1 =
 * not there; -2 = badly encoded or longer than room. */
int http_query_get(const struct http_text *query, const char *key, char *out, size_t room);
/* Percent-decodes a path segment the same way ('+' stays). */
int http_percent_decode(const char *text, size_t bytes, bool form, char *out, size_t room);

const char *http_status_text(uint16_t status); /* "Not Found" */

#endif
