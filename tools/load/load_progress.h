#ifndef TOOLS_LOAD_LOAD_PROGRESS_H
#define TOOLS_LOAD_LOAD_PROGRESS_H

#include <stdbool.h>
#include <stdio.h>

#include "tools/load/load.h"

/* Shows how far a run is: a bar that moves on a terminal, a line every few seconds elsewhere. */
struct load_progress_show {
    FILE *out;
    bool terminal;
    int64_t next_ns; /* elapsed time of the next line */
    uint64_t last_answered;
    int64_t last_ns;
};

void load_progress_init(struct load_progress_show *p, FILE *out);
void load_progress_turn(void *show, const struct load_progress *p); /* for load_run */
void load_progress_end(struct load_progress_show *p);

#endif
