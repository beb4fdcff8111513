#ifndef ENGINE_BASE_CHECK_H
#define ENGINE_BASE_CHECK_H

#include <stdint.h>

/* Assertions that stay on in production. A failed one is a bug: the process prints where, what and
 * the command that it was applying, and aborts before anything unreleased can leave it. What comes
 * from outside is validated, never asserted. */
#define CHECK(cond, ...)                                                                           \
    do {                                                                                           \
        if (__builtin_expect(!(cond), 0))                                                          \
            check_fail(__FILE__, __LINE__, #cond, " " __VA_ARGS__);                                \
    } while (0)

/* Dear checks: on in sanitizer and simulation builds (ASSAY_CHECK_DEAR), gone elsewhere. */
#ifdef ASSAY_CHECK_DEAR
#define CHECK_DEAR(cond, ...) CHECK(cond, __VA_ARGS__)
#else
#define CHECK_DEAR(cond, ...)                                                                      \
    do {                                                                                           \
        if (0)                                                                                     \
            CHECK(cond, __VA_ARGS__);                                                              \
    } while (0)
#endif

/* fmt begins with a blank, so that a check without a text has a format too. */
_Noreturn void check_fail(const char *file, int line, const char *expr, const char *fmt, ...)
    __attribute__((format(printf, 4, 5), cold));

/* Names the command that this thread is applying, for the message of check_fail; 0 when none. */
void check_context_set(uint64_t cmd_seq);

/* Called by check_fail after it has printed, before abort (crash marker files, flushing); one per
 * process, may be NULL. */
void check_on_fail(void (*hook)(uint64_t cmd_seq, const char *text));

#endif
