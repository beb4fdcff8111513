#ifndef TOOLS_FLOW_FLOW_MAP_H
#define TOOLS_FLOW_FLOW_MAP_H

#include <stddef.h>
#include <stdint.h>

/* An exchange's own order ids to order numbers: open addressing, grows, never removes. A zeroed
 * struct is an empty map. Key 0 is not allowed; value 0 means absent. */
struct flow_map {
    uint64_t *keys;
    uint32_t *values;
    size_t cnt, max; /* max: power of two */
};

void flow_map_set(struct flow_map *m, uint64_t key, uint32_t value);
uint32_t flow_map_get(const struct flow_map *m, uint64_t key);
void flow_map_free(struct flow_map *m);

#endif
