#ifndef TOOLS_ASSAY_CONNINFO_H
#define TOOLS_ASSAY_CONNINFO_H

#include <stddef.h>

/* A libpq connection string as it may be shown: key='value' pairs without passwords. One that libpq
 * does not understand is not shown at all. */
void conninfo_shown(const char *conninfo, char *out, size_t out_bytes);

#endif
