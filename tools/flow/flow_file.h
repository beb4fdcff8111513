#ifndef TOOLS_FLOW_FLOW_FILE_H
#define TOOLS_FLOW_FLOW_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"

/* A whole file in memory, unpacked when it is an .xz (told by its first bytes, not its name). */
struct flow_bytes {
    char *data; /* a zero byte stands behind the last one */
    size_t length;
};

enum { FLOW_FILE_BYTES_MAX = 1 << 30 }; /* of the unpacked content */

int flow_bytes_read(struct flow_bytes *b, const char *path, struct error *err) ERROR_MUST_USE;

/* The same from memory (an embedded file); name is for messages. */
int flow_bytes_from(struct flow_bytes *b, const void *data, size_t length, const char *name,
                    struct error *err) ERROR_MUST_USE;

void flow_bytes_free(struct flow_bytes *b);

/* Lines of a text, without their ends: starts zeroed over (text, length). */
struct flow_lines {
    const char *at, *end;
    uint64_t number; /* of the line given last, from 1 */
};
struct flow_line {
    const char *text;
    size_t length;
};
/* 0 when there is no further line. */
int flow_lines_next(struct flow_lines *l, struct flow_line *out);

#endif
