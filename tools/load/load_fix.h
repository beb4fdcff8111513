#ifndef TOOLS_LOAD_LOAD_FIX_H
#define TOOLS_LOAD_LOAD_FIX_H

#include <stdint.h>

#include "engine/base/error.h"
#include "tools/load/load.h"
#include "tools/load/load_net.h"

/* Sessions over FIX 4.4. */
struct load_fix;

struct load_fix_options {      /* zero fields take the value in brackets */
    const char *address;       /* numeric [127.0.0.1] */
    uint16_t port;             /* [9878] */
    const char *comp_id;       /* of the sessions: this and a number from first on ["CLIENT"] */
    uint32_t first;            /* [1] */
    const char *venue_comp_id; /* ["ASSAY"] */
    const char *password;      /* ["demo"] */
};

/* Makes the links of all sessions and sets them. The texts live as long as it. */
int load_fix_open(struct load_fix **out, struct load *l, struct load_net *net, uint32_t session_cnt,
                  const struct load_fix_options *options, struct error *err) ERROR_MUST_USE;
void load_fix_close(struct load_fix *x);

#endif
