#ifndef TOOLS_ASSAY_FREE_PORT_H
#define TOOLS_ASSAY_FREE_PORT_H

#include <stdint.h>

/* The first port from `wanted` on that nobody listens on at this numeric address, at most 100
 * further; `wanted` when none is. */
uint16_t free_port_from(const char *address, uint16_t wanted);

#endif
