#include "tools/text/words.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "engine/model/client_id.h"
#include "engine/model/decimal.h"
#include "engine/model/utc.h"

/* Cuts the next word out of *at: its text, closed with a zero byte; false at the end. */
static bool
cut(char **at, char **word, bool *open_quote)
{
    char *p = *at;
    while (*p == ' ' || *p == '\t' || *p == '\r')
        p++;
    if (*p == '\0' || *p == '#')
        return false;
    if (*p == '"') {
        *word = ++p;
        p = strchr(p, '"');
        *open_quote = p == NULL;
        if (p == NULL)
            return false;
    } else {
        *word = p;
        while (*p != '\0' && *p != ' ' && *p != '\t' && *p != '\r')
            p++;
    }
    *at = *p == '\0' ? p : p + 1;
    *p = '\0';
    return true;
}

int
words_split(struct words *w, const char *file, uint32_t line, const char *text, struct error *err)
{
    *w = (struct words){.file = file, .line = line, .err = err};
    size_t length = strlen(text);
    if (length >= sizeof w->text) {
        words_fail(w, "the line is longer than %d characters", WORDS_LINE_MAX - 1);
        return ERR_INVALID;
    }
    memcpy(w->text, text, length + 1);
    bool open_quote = false;
    char *at = w->text, *word;
    while (cut(&at, &word, &open_quote)) {
        if (w->cnt == WORDS_MAX) {
            words_fail(w, "more than %d words", WORDS_MAX);
            return ERR_INVALID;
        }
        w->word[w->cnt++] = word;
    }
    if (open_quote)
        words_fail(w, "a \" is missing");
    return w->failed ? ERR_INVALID : 0;
}

void
words_fail(struct words *w, const char *fmt, ...)
{
    char text[256];
    va_list args;
    if (w->failed)
        return;
    w->failed = true;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    (void)error_set(w->err, ERR_INVALID, "%s:%u: %s", w->file, w->line, text);
}

void
words_expected(struct words *w, const char *what)
{
    if (w->at < w->cnt)
        words_fail(w, "expected %s, found '%s'", what, w->word[w->at]);
    else
        words_fail(w, "expected %s at the end of the line", what);
}

bool
words_left(const struct words *w)
{
    return !w->failed && w->at < w->cnt;
}

bool
words_take(struct words *w, const char *word)
{
    if (!words_left(w) || strcmp(w->word[w->at], word) != 0)
        return false;
    w->at++;
    return true;
}

int
words_end(struct words *w)
{
    if (words_left(w))
        words_expected(w, "nothing more");
    return w->failed ? ERR_INVALID : 0;
}

const char *
words_text(struct words *w, const char *what)
{
    if (w->failed)
        return "";
    if (w->at == w->cnt) {
        words_expected(w, what);
        return "";
    }
    return w->word[w->at++];
}

/* Fails at the word that was just taken. */
static void
not_that(struct words *w, const char *what)
{
    if (w->failed)
        return;
    w->at--;
    words_expected(w, what);
}

int64_t
words_decimal(struct words *w, unsigned scale, const char *what)
{
    const char *text = words_text(w, what);
    int64_t value = 0;
    enum decimal_result rc = decimal_parse(text, strlen(text), scale, &value);
    if (rc == DECIMAL_TOO_PRECISE)
        words_fail(w, "expected %s, found '%s': more than %u decimals", what, text, scale);
    else if (rc != DECIMAL_OK)
        not_that(w, what);
    return value;
}

int64_t
words_steps(struct words *w, unsigned scale, int64_t step, const char *what)
{
    char smallest[DECIMAL_TEXT_MAX];
    const char *text = words_text(w, what);
    int64_t value = 0;
    enum decimal_result rc = decimal_parse_steps(text, strlen(text), scale, step, &value);
    if (rc == DECIMAL_OFF_STEP || rc == DECIMAL_TOO_PRECISE) {
        (void)decimal_format_short(step, scale, smallest);
        words_fail(w, "expected %s, found '%s': not a multiple of %s", what, text, smallest);
    } else if (rc != DECIMAL_OK) {
        not_that(w, what);
    }
    return value;
}

uint64_t
words_u64(struct words *w, const char *what)
{
    int64_t value = words_decimal(w, 0, what);
    if (value < 0)
        not_that(w, what);
    return (uint64_t)value;
}

uint32_t
words_u32(struct words *w, const char *what)
{
    uint64_t value = words_u64(w, what);
    if (value > UINT32_MAX)
        not_that(w, what);
    return (uint32_t)value;
}

int64_t
words_time(struct words *w)
{
    static const char what[] = "a time such as 2026-01-02T10:00:00Z";
    const char *text = words_text(w, what);
    int64_t ns = 0;
    if (strcmp(text, "never") == 0)
        return INT64_MAX;
    if (strcmp(text, "none") == 0)
        return 0;
    if (!utc_parse(text, strlen(text), &ns))
        not_that(w, what);
    return ns;
}

struct suffix {
    const char *text;
    int64_t factor;
};

/* A decimal with one of the suffixes, in units; the longest suffix that fits is meant. */
static int64_t
suffixed(struct words *w, const struct suffix *suffixes, size_t cnt, unsigned scale,
         const char *what)
{
    const char *text = words_text(w, what);
    size_t length = strlen(text);
    const struct suffix *best = NULL;
    for (size_t i = 0; i < cnt; i++) {
        size_t n = strlen(suffixes[i].text);
        if (length > n && strcmp(text + length - n, suffixes[i].text) == 0 &&
            (best == NULL || n > strlen(best->text)))
            best = &suffixes[i];
    }
    int64_t value = 0, product = 0, divisor = 1;
    for (unsigned i = 0; i < scale; i++)
        divisor *= 10;
    if (best == NULL ||
        decimal_parse(text, length - strlen(best->text), scale, &value) != DECIMAL_OK ||
        value < 0 || __builtin_mul_overflow(value, best->factor, &product) ||
        product % divisor != 0) {
        not_that(w, what);
        return 0;
    }
    return product / divisor;
}

int64_t
words_duration(struct words *w)
{
    static const struct suffix suffixes[] = {
        {"ns", 1},
        {"us", 1000},
        {"ms", 1000000},
        {"s", UTC_NS_PER_S},
        {"m", 60 * UTC_NS_PER_S},
        {"h", 3600 * UTC_NS_PER_S},
        {"d", UTC_NS_PER_DAY},
    };
    return suffixed(w, suffixes, sizeof suffixes / sizeof suffixes[0], 0,
                    "a duration such as 500ms, 2s, 15m, 24h");
}

uint32_t
words_ppm(struct words *w)
{
    static const struct suffix suffixes[] = {{"ppm", 1}, {"bps", 100}, {"%", 10000}};
    return (uint32_t)suffixed(w, suffixes, sizeof suffixes / sizeof suffixes[0], 4,
                              "a share such as 10bps, 0.5% or 250ppm");
}

uint32_t
words_clock(struct words *w)
{
    static const char what[] = "a time of day such as 21:30:00";
    const char *text = words_text(w, what);
    char whole[40];
    int64_t ns = 0;
    (void)snprintf(whole, sizeof whole, "1970-01-01T%.16sZ", text);
    if (!utc_parse(whole, strlen(whole), &ns) || ns % UTC_NS_PER_S != 0)
        not_that(w, what);
    return (uint32_t)(ns / UTC_NS_PER_S);
}

/* "one of buy, sell" for the message. */
static const char *
choices(const struct schema_enum *e, const char *what, char *out, size_t out_bytes)
{
    size_t length = (size_t)snprintf(out, out_bytes, "%s (", what);
    for (uint32_t i = 0; i < e->cnt && length < out_bytes; i++)
        length += (size_t)snprintf(out + length, out_bytes - length, "%s%s", i == 0 ? "" : ", ",
                                   e->rows[i].text);
    if (length + 1 < out_bytes)
        (void)snprintf(out + length, out_bytes - length, ")");
    return out;
}

/* The schema writes names with '_'; scripts may use '-'. */
static bool
name_value(const struct schema_enum *e, const char *text, size_t length, uint64_t *value)
{
    char name[64];
    if (length >= sizeof name)
        return false;
    for (size_t i = 0; i < length; i++)
        name[i] = text[i] == '-' ? '_' : text[i];
    return schema_enum_value(e, name, length, value);
}

uint64_t
words_enum(struct words *w, const struct schema_enum *e, const char *what)
{
    char buffer[240];
    uint64_t value = 0;
    const char *text = words_text(w, choices(e, what, buffer, sizeof buffer));
    if (!name_value(e, text, strlen(text), &value))
        not_that(w, buffer);
    return value;
}

uint64_t
words_set(struct words *w, const struct schema_enum *e, const char *what)
{
    char buffer[240];
    uint64_t all = 0, value = 0;
    const char *text = words_text(w, choices(e, what, buffer, sizeof buffer));
    if (strcmp(text, "none") == 0 || strcmp(text, "any") == 0)
        return 0;
    for (const char *at = text; !w->failed; at += strcspn(at, ",") + 1) {
        size_t length = strcspn(at, ",");
        if (!name_value(e, at, length, &value))
            not_that(w, buffer);
        all |= value;
        if (at[length] == '\0')
            break;
    }
    return all;
}

static bool
two_letters(const char *at)
{
    return at[0] >= 'A' && at[0] <= 'Z' && at[1] >= 'A' && at[1] <= 'Z';
}

uint16_t
words_country(struct words *w)
{
    static const char what[] = "a country (two capital letters) or none";
    const char *text = words_text(w, what);
    if (strcmp(text, "none") == 0)
        return 0;
    if (strlen(text) != 2 || !two_letters(text)) {
        not_that(w, what);
        return 0;
    }
    return country_pack(text[0], text[1]);
}

void
words_countries(struct words *w, uint64_t out[COUNTRY_WORDS])
{
    static const char what[] = "countries such as DE,FR";
    const char *text = words_text(w, what);
    memset(out, 0, COUNTRY_WORDS * sizeof *out);
    for (const char *at = text; !w->failed; at += 3) {
        if (!two_letters(at) || (at[2] != '\0' && at[2] != ',')) {
            not_that(w, what);
            return;
        }
        uint16_t c = country_pack(at[0], at[1]);
        out[c / 64] |= UINT64_C(1) << (c % 64);
        if (at[2] == '\0')
            return;
    }
}

void
words_client_id(struct words *w, struct client_id *out)
{
    static const char what[] = "a client id (1 to 36 printable characters)";
    const char *text = words_text(w, what);
    if (!w->failed && client_id_set(out, text, strlen(text)) != 0)
        not_that(w, what);
}

void
words_padded(struct words *w, char *out, size_t out_bytes, const char *what)
{
    const char *text = words_text(w, what);
    size_t length = strlen(text);
    if (length == 0 || length > out_bytes) {
        not_that(w, what);
        return;
    }
    memset(out, 0, out_bytes);
    memcpy(out, text, length);
}
