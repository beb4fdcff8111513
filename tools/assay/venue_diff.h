#ifndef TOOLS_ASSAY_VENUE_DIFF_H
#define TOOLS_ASSAY_VENUE_DIFF_H

#include "engine/base/error.h"
#include "persist/journal/reader.h"
#include "tools/config/venue.h"

/* Compares what venue.yaml says now with the configuration that the journal began with. The journal
 * is the truth; each difference is
 * told through `say` (one line, such as "instrument 3: not as in the journal"). Returns how many,
 * or a negative error code. */
int venue_diff(const struct venue *v, struct journal_reader *reader, void (*say)(const char *line),
               struct error *err) ERROR_MUST_USE;

#endif
