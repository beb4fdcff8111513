#include "engine/model/refusal.h"

#include <string.h>

#include "engine/model/decimal.h"
#include "engine/model/types.h"

static size_t
put(char *out, size_t at, const char *text)
{
    size_t bytes = strlen(text);
    memcpy(out + at, text, bytes + 1);
    return at + bytes;
}

/* Both words are short: with two figures they fit. */
static size_t
compare(char *out, const char *name, int64_t came, const char *with, int64_t limit, unsigned scale)
{
    size_t at = put(out, 0, name);
    at += decimal_format_short(came, scale, out + at);
    at = put(out, at, with);
    return at + decimal_format_short(limit, scale, out + at);
}

size_t
refusal_text(const struct refusal *why, unsigned price_scale, unsigned currency_scale, char *out)
{
    if (why->band != 0) {
        size_t at =
            compare(out, "price ", why->price_units, " beyond ", why->edge_units, price_scale);
        return put(out, at, why->band == BAND_STATIC ? ", static band" : ", dynamic band");
    }
    if (why->least_units != 0)
        return compare(out, "worth ", why->value_units, ", at least ", why->least_units,
                       currency_scale);
    return put(out, 0, "");
}
