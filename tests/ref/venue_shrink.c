#include "tests/ref/venue_shrink.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/base/check.h"

enum { SECONDS_MAX = 100 };

struct shrink {
    struct venue_script *script;
    struct venue_diff *diff; /* of the script as it is */
    time_t until;
};

static bool
in_time(const struct shrink *k)
{
    return time(NULL) < k->until;
}

/* Takes the candidate in the script's place when it shows the same sort of difference; frees what
 * is left over. */
static bool
try_instead(struct shrink *k, struct venue_script *candidate)
{
    struct venue_diff diff = {.kind = VENUE_SAME};
    if (in_time(k))
        venue_diff_run(candidate, &diff);
    if (diff.kind != VENUE_DIFFERENT || strcmp(diff.key, k->diff->key) != 0) {
        venue_script_free(candidate);
        return false;
    }
    venue_script_free(k->script);
    *k->script = *candidate;
    *k->diff = diff;
    return true;
}

/* --- lines --- */

static bool
try_without(struct shrink *k, uint32_t from, uint32_t cnt)
{
    struct venue_script c = {.risk = k->script->risk};
    for (uint32_t i = 0; i < k->script->cnt; i++) {
        if (i < from || i >= from + cnt)
            venue_script_add(&c, k->script->lines[i]);
    }
    return try_instead(k, &c);
}

static bool
fewer_lines(struct shrink *k)
{
    bool any = false;
    for (uint32_t cnt = k->script->cnt / 2; cnt > 0; cnt /= 2) {
        /* From the end, where what comes after the difference lies. */
        for (uint32_t end = k->script->cnt; end >= cnt && end > 0;) {
            uint32_t from = end - cnt;
            any |= try_without(k, from, cnt);
            end = from;
        }
    }
    return any;
}

/* --- words --- */

enum { WORDS_PER_LINE = 64 };

struct words {
    char *copy;
    char *word[WORDS_PER_LINE];
    uint32_t cnt;
};

static void
split(struct words *w, const char *line)
{
    w->copy = strdup(line);
    w->cnt = 0;
    CHECK(w->copy != NULL);
    char *at = w->copy;
    for (char *word; (word = strsep(&at, " ")) != NULL && w->cnt < WORDS_PER_LINE;) {
        if (*word != '\0')
            w->word[w->cnt++] = word;
    }
}

/* The script with one line made of these words, `gone` of them from `at` on left out. */
static bool
try_line(struct shrink *k, uint32_t line, const struct words *w, uint32_t at, uint32_t gone)
{
    char text[1024];
    size_t bytes = 0;
    text[0] = '\0';
    for (uint32_t i = 0; i < w->cnt; i++) {
        if (i < at || i >= at + gone)
            bytes += (size_t)snprintf(text + bytes, sizeof(text) - bytes, "%s%s", bytes ? " " : "",
                                      w->word[i]);
    }
    struct venue_script c;
    venue_script_copy(&c, k->script);
    free(c.lines[line]);
    c.lines[line] = strdup(text);
    CHECK(c.lines[line] != NULL);
    return try_instead(k, &c);
}

static bool
try_word(struct shrink *k, uint32_t line, struct words *w, uint32_t at, char *word)
{
    char *was = w->word[at];
    w->word[at] = word;
    if (try_line(k, line, w, at, 0))
        return true;
    w->word[at] = was;
    return false;
}

/* A number: without its decimals, 1, or half of it. */
static bool
smaller_number(struct shrink *k, uint32_t line, struct words *w, uint32_t at)
{
    static char small[32];
    const char *word = w->word[at];
    if (!isdigit((unsigned char)word[0]) || strspn(word, "0123456789.") != strlen(word))
        return false;
    uint64_t whole = strtoull(word, NULL, 10);
    const uint64_t instead[] = {1, whole / 10, whole / 2, whole};
    for (size_t i = 0; i < sizeof(instead) / sizeof(instead[0]); i++) {
        (void)snprintf(small, sizeof(small), "%" PRIu64, instead[i]);
        if (strlen(small) < strlen(word) ||
            (strlen(small) == strlen(word) && strcmp(small, word) < 0)) {
            if (try_word(k, line, w, at, small))
                return true;
        }
    }
    return false;
}

static bool
plainer_line(struct shrink *k, uint32_t line)
{
    struct words w;
    bool any = false, again = true;
    while (again && in_time(k)) {
        again = false;
        split(&w, k->script->lines[line]);
        for (uint32_t at = w.cnt; at-- > 1 && !again;)
            again = try_line(k, line, &w, at, 1) ||
                    (at + 1 < w.cnt && try_line(k, line, &w, at, 2)) ||
                    smaller_number(k, line, &w, at);
        free(w.copy);
        any |= again;
    }
    return any;
}

void
venue_shrink(struct venue_script *s, struct venue_diff *diff)
{
    struct shrink k = {.script = s, .diff = diff, .until = time(NULL) + SECONDS_MAX};
    bool again = true;
    if (s->risk) { /* does it need the rules of risk? */
        struct venue_script c;
        venue_script_copy(&c, s);
        c.risk = false;
        (void)try_instead(&k, &c);
    }
    while (again && in_time(&k)) {
        again = fewer_lines(&k);
        for (uint32_t i = 0; i < s->cnt; i++)
            again |= plainer_line(&k, i);
    }
}
