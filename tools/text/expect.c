#include "tools/text/expect.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/check.h"

static void
list_add(struct expect_list *l, const char *text, uint32_t line)
{
    if (l->cnt == l->max) {
        l->max = l->max == 0 ? 64 : l->max * 2;
        l->rows = realloc(l->rows, l->max * sizeof *l->rows);
        CHECK(l->rows != NULL, "out of memory");
    }
    char *copy = strdup(text);
    CHECK(copy != NULL, "out of memory");
    l->rows[l->cnt++] = (struct expect_row){copy, line};
}

static void
list_clear(struct expect_list *l)
{
    for (size_t i = 0; i < l->cnt; i++)
        free(l->rows[i].text);
    l->cnt = 0;
}

void
expect_came(struct expect *e, const char *text)
{
    list_add(&e->came, text, 0);
}

void
expect_wanted(struct expect *e, const char *text, uint32_t line)
{
    char *rest;
    unsigned long cnt = strtoul(text, &rest, 10);
    if (rest == text || strncmp(rest, " x ", 3) != 0) {
        list_add(&e->wanted, text, line);
        return;
    }
    for (unsigned long i = 0; i < cnt; i++)
        list_add(&e->wanted, rest + 3, line);
}

bool
expect_has_block(const struct expect *e)
{
    return e->wanted.cnt > 0;
}

void
expect_free(struct expect *e)
{
    list_clear(&e->came);
    list_clear(&e->wanted);
    free(e->came.rows);
    free(e->wanted.rows);
    *e = (struct expect){0};
}

static size_t
word_length(const char *at)
{
    bool quoted = false;
    size_t i = 0;
    for (; at[i] != '\0' && (quoted || at[i] != ' '); i++)
        if (at[i] == '"' && (i == 0 || at[i - 1] != '\\'))
            quoted = !quoted;
    return i;
}

static const char *
next_word(const char *at)
{
    at += word_length(at);
    return at + strspn(at, " ");
}

static bool
same_type(const char *a, const char *b)
{
    size_t n = word_length(a);
    return n == word_length(b) && memcmp(a, b, n) == 0;
}

static bool
type_is(const char *text, const char *type)
{
    size_t n = word_length(text);
    return n == strlen(type) && memcmp(text, type, n) == 0;
}

static bool
is_loud(const char *text)
{
    static const char *const LOUD[] = {"ORDER_ACCEPTED",
                                       "ORDER_REJECTED",
                                       "ORDER_CANCELED",
                                       "ORDER_REPLACED",
                                       "CANCEL_REJECTED",
                                       "ORDER_STATUS",
                                       "ORDER_RELEASED",
                                       "ORDER_TRIGGERED",
                                       "ORDER_REDUCED",
                                       "FILL",
                                       "CANCEL_REPORT",
                                       "CORPORATE_ACTION",
                                       "CORPORATE_REPORT",
                                       "KILL_SWITCH",
                                       "POSTING",
                                       "WITHDRAWAL",
                                       "COMMAND_RESULT",
                                       "PROPOSAL",
                                       "DAY_END",
                                       "BALANCE",
                                       "ORDER",
                                       "LEVEL",
                                       "SUM",
                                       "AUCTION",
                                       "DEAL",
                                       "DEAL_TRADE",
                                       "OFFERING",
                                       "REQUEST",
                                       "REQUEST_QUOTE",
                                       "ORDER_LIST",
                                       "MASS_QUOTE",
                                       "QUOTE_STOP"};
    for (size_t i = 0; i < sizeof LOUD / sizeof LOUD[0]; i++)
        if (type_is(text, LOUD[i]))
            return true;
    return false;
}

/* Whether `word` ("key=value") stands in text, the key perhaps with _id behind it. */
static bool
has_word(const char *text, const char *word, size_t length)
{
    const char *equals = memchr(word, '=', length);
    size_t key = equals ? (size_t)(equals - word) : length;
    for (const char *at = text; *at != '\0'; at = next_word(at)) {
        size_t n = word_length(at);
        if (n == length && memcmp(at, word, n) == 0)
            return true;
        if (equals && n == length + 3 && memcmp(at, word, key) == 0 &&
            memcmp(at + key, "_id=", 4) == 0 &&
            memcmp(at + key + 4, word + key + 1, length - key - 1) == 0)
            return true;
    }
    return false;
}

/* The first word of wanted that text does not have; NULL when it has all. */
static const char *
first_missing(const char *text, const char *wanted)
{
    if (!same_type(text, wanted))
        return wanted;
    for (const char *at = next_word(wanted); *at != '\0'; at = next_word(at))
        if (!has_word(text, at, word_length(at)))
            return at;
    return NULL;
}

static bool
counts(const struct expect *e, const char *text)
{
    if (is_loud(text))
        return true;
    for (size_t i = 0; i < e->wanted.cnt; i++)
        if (same_type(text, e->wanted.rows[i].text))
            return true;
    return false;
}

static int
compare(const struct expect *e, const char *file, struct error *err)
{
    size_t at = 0;
    uint32_t line = e->wanted.rows[0].line;
    bool nothing = e->wanted.cnt == 1 && type_is(e->wanted.rows[0].text, "nothing");
    size_t wanted_cnt = nothing ? 0 : e->wanted.cnt;
    for (size_t i = 0; i < e->came.cnt; i++) {
        const char *came = e->came.rows[i].text;
        if (!counts(e, came))
            continue;
        if (at == wanted_cnt)
            return error_set(err, ERR_NOT_FOUND,
                             "%s:%u: nothing more was expected, but came: %.380s", file, line,
                             came);
        const char *wanted = e->wanted.rows[at].text;
        line = e->wanted.rows[at].line;
        const char *missing = first_missing(came, wanted);
        if (missing != NULL)
            return error_set(err, ERR_NOT_FOUND, "%s:%u: expected %.*s, but came: %.300s", file,
                             line, (int)word_length(missing), missing, came);
        at++;
    }
    if (at < wanted_cnt)
        return error_set(err, ERR_NOT_FOUND, "%s:%u: expected, but did not come: %.300s", file,
                         e->wanted.rows[at].line, e->wanted.rows[at].text);
    return 0;
}

static bool
is_refusal(const char *text)
{
    return type_is(text, "ORDER_REJECTED") || type_is(text, "CANCEL_REJECTED") ||
           (type_is(text, "COMMAND_RESULT") && !has_word(text, "reason=none", 11));
}

int
expect_settle(struct expect *e, const char *file, uint32_t command_line, struct error *err)
{
    int rc = 0;
    if (e->wanted.cnt > 0) {
        rc = compare(e, file, err);
    } else {
        for (size_t i = 0; i < e->came.cnt && rc == 0; i++)
            if (is_refusal(e->came.rows[i].text))
                rc = error_set(err, ERR_NOT_FOUND,
                               "%s:%u: refused, and the script does not say so: "
                               "%.380s",
                               file, command_line, e->came.rows[i].text);
    }
    list_clear(&e->came);
    list_clear(&e->wanted);
    return rc;
}
