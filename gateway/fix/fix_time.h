#ifndef GATEWAY_FIX_FIX_TIME_H
#define GATEWAY_FIX_FIX_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* UTCTimestamp of FIX, YYYYMMDD-HH:MM:SS[.fraction], to and from nanoseconds since the epoch.
 * source: FIX 4.4 volume 1, UTCTimestamp; fractions of 3, 6 and 9 digits as in FIX 5.0 SP2 */

enum { FIX_TIME_MAX = 27 };

struct fix_time_cache { /* the text of one second; a clock moves on slowly */
    int64_t second;
    bool set;
    char text[17];
};

/* Writes with 0, 3, 6 or 9 digits of fraction; returns bytes (no final zero byte).
 * shape: ns >= 0, before the year 10000; out: FIX_TIME_MAX bytes */
size_t fix_time_write(struct fix_time_cache *cache, int64_t ns, unsigned digits, char *out);

/* Reads a whole text; false when it is no UTCTimestamp. A leap second (:60) is taken. */
bool fix_time_read(const char *text, size_t bytes, int64_t *ns);

#endif
