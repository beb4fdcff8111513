#ifndef TOOLS_LOAD_LOAD_PRINT_H
#define TOOLS_LOAD_LOAD_PRINT_H

#include <stdio.h>

#include "tools/load/load.h"

/* What a run was, beside its result: printed with every figure. */
struct load_setting {
    const char *flow_name, *over; /* "FIX 127.0.0.1:9878" */
    uint32_t session_cnt;
    struct load_options options;
    const char *machine, *version; /* "2 x AMD EPYC", "0.1.0 (abc, gcc)" */
};

void load_print(const struct load_result *r, const struct load_setting *s, FILE *out);
void load_print_json(const struct load_result *r, const struct load_setting *s, FILE *out);

/* "AMD EPYC 7B13, 2 processors, Linux 6.1"; out: bytes */
void load_machine(char *out, size_t bytes);

#endif
