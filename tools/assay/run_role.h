#ifndef TOOLS_ASSAY_RUN_ROLE_H
#define TOOLS_ASSAY_RUN_ROLE_H

#include <stdatomic.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "tools/assay/data_folder.h"
#include "tools/config/venue.h"

/* The processes of a venue. Each runs until run_stop is set (SIGTERM, SIGINT), says "ready" to its
 * supervisor (supervise.h), and
 * returns 0, or an error that a person must look at. */
struct run_options {
    const struct data_folder *folder;
    const struct venue *venue;
    int fix_port; /* -1: as configured; else instead of it, 0 = any free one */
    int api_port;
    const char *database; /* NULL: as configured, else the private one's */
};

extern _Atomic int run_stop;

int run_engine(const struct run_options *o, struct error *err) ERROR_MUST_USE;
int run_settle(const struct run_options *o, struct error *err) ERROR_MUST_USE;
int run_fanout(const struct run_options *o, struct error *err) ERROR_MUST_USE;

#endif
