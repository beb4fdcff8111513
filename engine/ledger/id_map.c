#include "engine/ledger/id_map.h"

#include <string.h>

#include "engine/base/check.h"

static uint64_t
slot_cnt(uint32_t max)
{
    uint64_t cnt = 16;
    while (cnt < 2 * (uint64_t)max)
        cnt *= 2;
    return cnt;
}

size_t
id_map_footprint(uint32_t max)
{
    return slot_cnt(max) * (sizeof(struct id_map_slot) + sizeof(uint32_t));
}

void
id_map_init(struct id_map *m, void *mem, uint32_t max, uint64_t hash_key)
{
    m->slots = mem;
    m->mask = slot_cnt(max) - 1;
    m->direct = (void *)(m->slots + m->mask + 1);
    m->hash_key = hash_key;
    m->cnt = 0;
    m->max = max;
}

void
id_map_add(struct id_map *m, uint64_t key, uint32_t value)
{
    CHECK(key != 0 && m->cnt < m->max);
    m->cnt++;
    if (key <= m->mask) {
        CHECK(m->direct[key] == 0);
        m->direct[key] = value + 1;
        return;
    }
    uint64_t at = id_map_home(m, key);
    while (m->slots[at].key != 0) {
        CHECK(m->slots[at].key != key);
        at = (at + 1) & m->mask;
    }
    m->slots[at] = (struct id_map_slot){.key = key, .value = value};
}

void
id_map_clear(struct id_map *m)
{
    memset(m->slots, 0, (m->mask + 1) * sizeof(m->slots[0]));
    memset(m->direct, 0, (m->mask + 1) * sizeof(m->direct[0]));
    m->cnt = 0;
}
