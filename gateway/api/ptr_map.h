#ifndef GATEWAY_API_PTR_MAP_H
#define GATEWAY_API_PTR_MAP_H

#include <stddef.h>
#include <stdint.h>

/* A table from 64-bit keys to pointers: open addressing, grows by itself, no tombstones. Key 0 is
 * not a key. thread: one owner. */
struct ptr_map {
    struct ptr_map_slot {
        uint64_t key;
        void *value;
    } * slots;
    uint32_t cnt;
    uint32_t room; /* a power of two, 0 before the first entry */
};

void ptr_map_fini(struct ptr_map *m);
void *ptr_map_get(const struct ptr_map *m, uint64_t key);       /* NULL when there is none */
void ptr_map_put(struct ptr_map *m, uint64_t key, void *value); /* replaces */
void *ptr_map_remove(struct ptr_map *m, uint64_t key);          /* NULL when there was none */

#endif
