#include "tools/flow/flow_map.h"

#include <stdio.h>
#include <stdlib.h>

#include "engine/base/check.h"
#include "engine/base/hash.h"

static size_t
slot_of(const struct flow_map *m, uint64_t key)
{
    size_t i = (size_t)hash64_u64(0, key) & (m->max - 1);
    while (m->keys[i] != 0 && m->keys[i] != key)
        i = (i + 1) & (m->max - 1);
    return i;
}

static void
grow(struct flow_map *m)
{
    struct flow_map bigger = {.max = m->max ? m->max * 2 : 1024};
    bigger.keys = calloc(bigger.max, sizeof *bigger.keys);
    bigger.values = calloc(bigger.max, sizeof *bigger.values);
    if (!bigger.keys || !bigger.values) {
        fprintf(stderr, "assay: no memory for %zu order ids\n", bigger.max);
        exit(2);
    }
    for (size_t i = 0; i < m->max; i++)
        if (m->keys[i] != 0)
            flow_map_set(&bigger, m->keys[i], m->values[i]);
    flow_map_free(m);
    *m = bigger;
}

void
flow_map_set(struct flow_map *m, uint64_t key, uint32_t value)
{
    CHECK(key != 0);
    if (m->cnt * 2 >= m->max)
        grow(m);
    size_t i = slot_of(m, key);
    if (m->keys[i] == 0)
        m->cnt++;
    m->keys[i] = key;
    m->values[i] = value;
}

uint32_t
flow_map_get(const struct flow_map *m, uint64_t key)
{
    return m->max == 0 || key == 0 ? 0 : m->values[slot_of(m, key)];
}

void
flow_map_free(struct flow_map *m)
{
    free(m->keys);
    free(m->values);
    *m = (struct flow_map){0};
}
