#ifndef GATEWAY_HTTP_UTF8_H
#define GATEWAY_HTTP_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* UTF-8 as RFC 3629 allows it: no overlong forms, no surrogates, nothing above U+10FFFF.
 * source: RFC 3629 section 4 */

/* State between two pieces of one text; zero before the first. */
struct utf8_state {
    uint8_t need;    /* continuation bytes still to come, 0..3 */
    uint8_t lowest;  /* the next one is at least this */
    uint8_t highest; /* and at most this */
};

/* Takes the next piece; false as soon as it cannot become valid text. */
bool utf8_feed(struct utf8_state *s, const uint8_t *data, size_t bytes);

/* True when no character is left half done. */
static inline bool
utf8_complete(const struct utf8_state *s)
{
    return s->need == 0;
}

/* Whether a whole text is valid. */
bool utf8_valid(const uint8_t *data, size_t bytes);

/* Writes code point cp (a Unicode scalar value); returns 1 to 4. out: 4 bytes */
size_t utf8_put(uint32_t cp, char *out);

#endif
