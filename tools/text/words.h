#ifndef TOOLS_TEXT_WORDS_H
#define TOOLS_TEXT_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "engine/model/schema.h"
#include "engine/model/types.h"

/* One line of a script as words, taken from left to right. Every take names what it expects; the
 * first that does not find it writes "FILE:LINE: expected ..., found ..." and from then on all
 * takes fail, so that a command looks at the error once, at its end.
 *
 * Words are separated by blanks; "..." may hold blanks; # begins a comment. */

enum { WORDS_MAX = 64, WORDS_LINE_MAX = 2048 };

struct words {
    const char *file;
    uint32_t line;
    uint32_t cnt, at;
    char *word[WORDS_MAX];
    char text[WORDS_LINE_MAX];
    struct error *err;
    bool failed;
};

/* Splits a line (without its end). errors: ERR_INVALID, err filled */
int words_split(struct words *w, const char *file, uint32_t line, const char *text,
                struct error *err) ERROR_MUST_USE;

/* Fails the line with a sentence of the caller's. */
void words_fail(struct words *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Fails because the next word is not what was expected. */
void words_expected(struct words *w, const char *what);

bool words_left(const struct words *w); /* more words, and nothing has failed */
/* Takes the next word if it is this one. */
bool words_take(struct words *w, const char *word);
/* The line must end here. Returns 0 or ERR_INVALID. */
int words_end(struct words *w) ERROR_MUST_USE;

/* Each takes one word; what it returns after a failure means nothing (0, ""). */
const char *words_text(struct words *w, const char *what);
uint32_t words_u32(struct words *w, const char *what);
uint64_t words_u64(struct words *w, const char *what);
int64_t words_decimal(struct words *w, unsigned scale, const char *what);
/* Decimal text that must be a whole number of steps: quantities to lots. */
int64_t words_steps(struct words *w, unsigned scale, int64_t step, const char *what);
int64_t words_time(struct words *w);     /* 2026-01-02T10:00:00Z, or never, or none (0) */
int64_t words_duration(struct words *w); /* 500ms, 2s, 15m, 24h, 7d, 100ns, 5us */
uint32_t words_ppm(struct words *w);     /* 10bps, 0.5%, 250ppm */
uint32_t words_clock(struct words *w);   /* 21:30:00 as second of the day */
uint64_t words_enum(struct words *w, const struct schema_enum *e, const char *what);
/* Comma-separated names of an enum, as bits of it: "retail,professional". */
uint64_t words_set(struct words *w, const struct schema_enum *e, const char *what);
uint16_t words_country(struct words *w);
void words_countries(struct words *w, uint64_t out[COUNTRY_WORDS]); /* DE,FR */
void words_client_id(struct words *w, struct client_id *out);
/* Text into a zero padded field. */
void words_padded(struct words *w, char *out, size_t out_bytes, const char *what);

#endif
