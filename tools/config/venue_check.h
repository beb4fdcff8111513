#ifndef TOOLS_CONFIG_VENUE_CHECK_H
#define TOOLS_CONFIG_VENUE_CHECK_H

#include "engine/base/error.h"
#include "tools/config/venue.h"
#include "tools/config/yaml_place.h"

/* Puts the defaults where the file is silent. Parts that are missing whole are made (cyaml frees
 * them with the rest). */
int venue_fill(struct venue *v, const struct yaml_place *place, struct error *err) ERROR_MUST_USE;

/* What a schema cannot say: ids unique and not 0, names that exist, amounts that fit their scale,
 * values in range. */
int venue_check(const struct venue *v, const struct yaml_place *place,
                struct error *err) ERROR_MUST_USE;

/* "HH:MM:SS" to seconds of the day; negative when it is not that. */
int venue_day_end_s(const char *text);
/* "never" or YYYY-MM-DD (the end of that UTC day) to ns; 0 when it is neither. */
int64_t venue_expiry_ns(const char *text);
/* YYYY-MM-DD, from 1970 on, to yyyymmdd; 0 when it is not that. */
uint32_t venue_date(const char *text);

/* NULL: there is none. */
const struct venue_asset *venue_asset_named(const struct venue *v, const char *symbol);
const struct venue_instrument *venue_instrument_named(const struct venue *v, const char *symbol);

#endif
