#include "engine/base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#undef error_set /* the analyser's, see the header */
#undef error_errno
#undef error_wrap

/* Puts ": more" behind what is there; what does not fit is cut. */
static void
text_append(char text[ERROR_TEXT_MAX], const char *more)
{
    size_t used = strlen(text);
    const char *const parts[] = {": ", more};
    for (int i = 0; i < 2; i++) {
        size_t bytes = strnlen(parts[i], ERROR_TEXT_MAX - 1 - used);
        memcpy(text + used, parts[i], bytes);
        used += bytes;
    }
    text[used] = '\0';
}

int
error_set(struct error *e, int code, const char *fmt, ...)
{
    if (e == NULL) {
        return code;
    }
    /* Through a buffer of its own: an argument may be the text that is there. */
    char text[ERROR_TEXT_MAX];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    e->code = code;
    memcpy(e->text, text, strlen(text) + 1);
    return code;
}

int
error_errno(struct error *e, int errno_value, const char *fmt, ...)
{
    if (e == NULL) {
        return ERR_IO;
    }
    char text[ERROR_TEXT_MAX];
    char reason[96];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    const char *name = strerror_r(errno_value, reason, sizeof(reason));
    e->code = ERR_IO;
    text_append(text, name);
    memcpy(e->text, text, strlen(text) + 1);
    return ERR_IO;
}

int
error_wrap(struct error *e, const char *fmt, ...)
{
    if (e == NULL) {
        return ERR_IO;
    }
    char text[ERROR_TEXT_MAX];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    text_append(text, e->text);
    memcpy(e->text, text, strlen(text) + 1);
    return e->code;
}

const char *
error_name(int code)
{
    switch (code) {
    case 0:
        return "OK";
    case ERR_INVALID:
        return "ERR_INVALID";
    case ERR_NOT_FOUND:
        return "ERR_NOT_FOUND";
    case ERR_EXISTS:
        return "ERR_EXISTS";
    case ERR_NO_SPACE:
        return "ERR_NO_SPACE";
    case ERR_IO:
        return "ERR_IO";
    case ERR_CORRUPT:
        return "ERR_CORRUPT";
    case ERR_BUSY:
        return "ERR_BUSY";
    case ERR_TIMEOUT:
        return "ERR_TIMEOUT";
    case ERR_CLOSED:
        return "ERR_CLOSED";
    case ERR_UNSUPPORTED:
        return "ERR_UNSUPPORTED";
    case ERR_PERMISSION:
        return "ERR_PERMISSION";
    case ERR_AGAIN:
        return "ERR_AGAIN";
    default:
        return "ERR_UNKNOWN";
    }
}
