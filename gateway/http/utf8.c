#include "gateway/http/utf8.h"

#include <string.h>

/* A first byte: how many follow, and the range of the next one (RFC 3629 section 4, table). */
static bool
lead(struct utf8_state *s, uint8_t c)
{
    s->lowest = 0x80;
    s->highest = 0xbf;
    if (c < 0x80) {
        s->need = 0;
    } else if (c >= 0xc2 && c <= 0xdf) {
        s->need = 1;
    } else if (c >= 0xe0 && c <= 0xef) {
        s->need = 2;
        if (c == 0xe0) {
            s->lowest = 0xa0;
        } else if (c == 0xed) {
            s->highest = 0x9f;
        }
    } else if (c >= 0xf0 && c <= 0xf4) {
        s->need = 3;
        if (c == 0xf0) {
            s->lowest = 0x90;
        } else if (c == 0xf4) {
            s->highest = 0x8f;
        }
    } else {
        return false;
    }
    return true;
}

bool
utf8_feed(struct utf8_state *s, const uint8_t *data, size_t bytes)
{
    size_t i = 0;
    while (i < bytes) {
        uint64_t word;
        if (s->need == 0 && bytes - i >= sizeof(word)) {
            memcpy(&word, data + i, sizeof(word));
            if ((word & 0x8080808080808080u) == 0) { /* eight ASCII characters at once */
                i += sizeof(word);
                continue;
            }
        }
        uint8_t c = data[i++];
        if (s->need == 0) {
            if (!lead(s, c)) {
                return false;
            }
        } else {
            if (c < s->lowest || c > s->highest) {
                return false;
            }
            s->need--;
            s->lowest = 0x80;
            s->highest = 0xbf;
        }
    }
    return true;
}

bool
utf8_valid(const uint8_t *data, size_t bytes)
{
    struct utf8_state s = {0};
    return utf8_feed(&s, data, bytes) && utf8_complete(&s);
}

size_t
utf8_put(uint32_t cp, char *out)
{
    if (cp < 0x80) {
        out[0] = (char)cp;
        return 1;
    }
    if (cp < 0x800) {
        out[0] = (char)(0xc0 | cp >> 6);
        out[1] = (char)(0x80 | (cp & 0x3f));
        return 2;
    }
    if (cp < 0x10000) {
        out[0] = (char)(0xe0 | cp >> 12);
        out[1] = (char)(0x80 | (cp >> 6 & 0x3f));
        out[2] = (char)(0x80 | (cp & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | cp >> 18);
    out[1] = (char)(0x80 | (cp >> 12 & 0x3f));
    out[2] = (char)(0x80 | (cp >> 6 & 0x3f));
    out[3] = (char)(0x80 | (cp & 0x3f));
    return 4;
}
