#ifndef ENGINE_BASE_ERROR_H
#define ENGINE_BASE_ERROR_H

/* Operating errors: what the machine, a file or a peer did wrong. Returned, never thrown away.
 * A function that can fail returns 0 or one of these codes, leaves its outputs untouched on failure
 * and, where it takes a `struct error *`, says what happened, where, and what was expected. */

#define ERROR_MUST_USE __attribute__((warn_unused_result))

enum error_code {
    ERR_INVALID = -1,      /* input does not have the form it must have */
    ERR_NOT_FOUND = -2,    /* the named thing does not exist */
    ERR_EXISTS = -3,       /* the named thing exists already, or is owned by somebody else */
    ERR_NO_SPACE = -4,     /* memory, disk, pool or ring is full; try again later */
    ERR_IO = -5,           /* the operating system failed an operation */
    ERR_CORRUPT = -6,      /* stored data contradicts its own checksum, chain or numbering */
    ERR_BUSY = -7,         /* held by another; try again later */
    ERR_TIMEOUT = -8,      /* a deadline passed */
    ERR_CLOSED = -9,       /* the other side is gone */
    ERR_UNSUPPORTED = -10, /* a version or feature that this build does not have */
    ERR_PERMISSION = -11,  /* not allowed for this user, role or file mode */
    ERR_AGAIN = -12,       /* nothing to do now; not a failure */
};

enum { ERROR_TEXT_MAX = 508 };

struct error {
    int code; /* 0 or an error_code */
    char text[ERROR_TEXT_MAX];
};

/* Sets code and text; returns code, so that `return error_set(e, ...)` reads well. `e` may be NULL.
 */
int error_set(struct error *e, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Like error_set(ERR_IO), with ": strerror(errno_value)" appended. */
int error_errno(struct error *e, int errno_value, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "context: " before the text that is there (keeps the trail); returns the code that is there.
 */
int error_wrap(struct error *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The name of a code, such as "ERR_IO". */
const char *error_name(int code);

/* The static analyser reads one file at a time; told that these return what is not 0, it does not
 * follow callers into what they do after success. */
#ifdef __clang_analyzer__
#define ERROR_CODE(call)                                                                           \
    __extension__({                                                                                \
        int error_code_ = (call);                                                                  \
        if (error_code_ >= 0)                                                                      \
            __builtin_unreachable();                                                               \
        error_code_;                                                                               \
    })
#define error_set(...)   ERROR_CODE(error_set(__VA_ARGS__))
#define error_errno(...) ERROR_CODE(error_errno(__VA_ARGS__))
#define error_wrap(...)  ERROR_CODE(error_wrap(__VA_ARGS__))
#endif

#endif
