#include "tools/assay/conninfo.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <string.h>

/* Quoted as libpq reads it; cut where it does not fit. */
static void
append(char *out, size_t out_bytes, const char *key, const char *value)
{
    size_t n = strlen(out);
    n += (size_t)snprintf(out + n, out_bytes - n, "%s%s='", n ? " " : "", key);
    for (; *value && n + 3 < out_bytes; value++) {
        if (*value == '\'' || *value == '\\')
            out[n++] = '\\';
        out[n++] = *value;
    }
    if (n + 1 < out_bytes)
        memcpy(out + n, "'", 2);
}

void
conninfo_shown(const char *conninfo, char *out, size_t out_bytes)
{
    PQconninfoOption *options = PQconninfoParse(conninfo, NULL);
    snprintf(out, out_bytes, "%s", options ? "" : "(not shown)");
    for (PQconninfoOption *o = options; o && o->keyword; o++)
        if (o->val && !strstr(o->keyword, "password"))
            append(out, out_bytes, o->keyword, o->val);
    PQconninfoFree(options);
}
