#ifndef GATEWAY_FIX_FIX_WRITE_H
#define GATEWAY_FIX_FIX_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "gateway/fix/fix_time.h"

/* Writes one message in place, front to back: begin, fields, end. Nothing is allocated; BodyLength
 * and CheckSum are put in by fix_write_end.
 *
 * The caller gives FIX_OUT_MAX bytes. What is written is bounded (names, ids and texts are), so
 * running out is a bug: values from outside go through fix_put_text, which cuts. */

enum {
    FIX_OUT_MAX = 2048,
    FIX_TEXT_MAX = 128,  /* longest value that fix_put_text writes */
    FIX_HEADER_MAX = 96, /* longest 49=...|56=...| of a session */
};

struct fix_writer {
    char *base, *at, *limit;
};

struct fix_header {       /* what the header of one message says */
    const char *comp_ids; /* "49=...|56=...|", the same for all of a session */
    uint32_t comp_ids_bytes;
    bool poss_dup, poss_resend;
    uint64_t seq;
    int64_t sending_ns;
    int64_t orig_sending_ns; /* with poss_dup */
    unsigned time_digits;    /* 0, 3, 6 or 9 */
    struct fix_time_cache *clock;
};

/* type: value of 35 */
void fix_write_begin(struct fix_writer *w, char *out, const char *type, const struct fix_header *h);
/* Returns the message's bytes. */
size_t fix_write_end(struct fix_writer *w);

/* Decimal digits of v; returns bytes. out: 20 bytes */
size_t fix_u64_text(uint64_t v, char *out);

static inline void
fix_put_raw(struct fix_writer *w, const void *bytes, size_t cnt)
{
    memcpy(w->at, bytes, cnt);
    w->at += cnt;
}

/* Tags are string constants with their '=': FIX_PUT_TAG(w, "55="). */
#define FIX_PUT_TAG(w, tag) fix_put_raw(w, tag, sizeof(tag) - 1)

static inline void
fix_put_end(struct fix_writer *w)
{
    *w->at++ = 1;
}

static inline void
fix_put_char_value(struct fix_writer *w, char c)
{
    w->at[0] = c;
    w->at[1] = 1;
    w->at += 2;
}

static inline void
fix_put_u64_value(struct fix_writer *w, uint64_t v)
{
    w->at += fix_u64_text(v, w->at);
    fix_put_end(w);
}

static inline void
fix_put_bytes_value(struct fix_writer *w, const void *bytes, size_t cnt)
{
    fix_put_raw(w, bytes, cnt);
    fix_put_end(w);
}

/* Text from outside: cut at FIX_TEXT_MAX, control characters (so separators too) become '?'. */
void fix_put_text_value(struct fix_writer *w, const char *text, size_t bytes);

#define FIX_PUT_CHAR(w, tag, c)                                                                    \
    do {                                                                                           \
        FIX_PUT_TAG(w, tag);                                                                       \
        fix_put_char_value(w, c);                                                                  \
    } while (0)
#define FIX_PUT_U64(w, tag, v)                                                                     \
    do {                                                                                           \
        FIX_PUT_TAG(w, tag);                                                                       \
        fix_put_u64_value(w, v);                                                                   \
    } while (0)
#define FIX_PUT_BYTES(w, tag, bytes, cnt)                                                          \
    do {                                                                                           \
        FIX_PUT_TAG(w, tag);                                                                       \
        fix_put_bytes_value(w, bytes, cnt);                                                        \
    } while (0)
#define FIX_PUT_TEXT(w, tag, text, cnt)                                                            \
    do {                                                                                           \
        FIX_PUT_TAG(w, tag);                                                                       \
        fix_put_text_value(w, text, cnt);                                                          \
    } while (0)

static inline void
fix_put_time_value(struct fix_writer *w, struct fix_time_cache *clock, int64_t ns, unsigned digits)
{
    w->at += fix_time_write(clock, ns, digits, w->at);
    fix_put_end(w);
}
#define FIX_PUT_TIME(w, tag, clock, ns, digits)                                                    \
    do {                                                                                           \
        FIX_PUT_TAG(w, tag);                                                                       \
        fix_put_time_value(w, clock, ns, digits);                                                  \
    } while (0)

#endif
