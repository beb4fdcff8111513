#ifndef TOOLS_LOAD_LOAD_NET_H
#define TOOLS_LOAD_LOAD_NET_H

#include <stdint.h>

#include "engine/base/error.h"
#include "tools/load/load.h"

/* What links of every protocol stand on: one network layer, and the driver that polls it. */
struct load_net {
    struct net *net;
    struct load_driver driver;
};

int load_net_open(struct load_net *x, uint32_t session_cnt, struct error *err) ERROR_MUST_USE;
/* After the links that use it are closed; also of one that is all zero. */
void load_net_close(struct load_net *x);

/* load_on_down with the session's name in front. */
void load_net_down(struct load *l, uint32_t session, const char *name, const char *why);

#endif
