#include "tools/assay/json_line.h"

#include <jansson.h>

void
json_line(FILE *to, struct json_t *o)
{
    if (!o || json_dumpf(o, to, JSON_COMPACT))
        fputs("{\"event\":\"unprintable\"}", to);
    fputc('\n', to);
    fflush(to);
    json_decref(o);
}
