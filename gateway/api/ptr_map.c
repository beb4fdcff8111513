#include "gateway/api/ptr_map.h"

#include <stdlib.h>

#include "engine/base/check.h"
#include "engine/base/hash.h"

enum { HASH_KEY = 0x6d61705f };

static uint32_t
home(const struct ptr_map *m, uint64_t key)
{
    return (uint32_t)hash64_u64(HASH_KEY, key) & (m->room - 1);
}

void
ptr_map_fini(struct ptr_map *m)
{
    free(m->slots);
    *m = (struct ptr_map){0};
}

void *
ptr_map_get(const struct ptr_map *m, uint64_t key)
{
    if (m->room == 0) {
        return NULL;
    }
    for (uint32_t i = home(m, key);; i = (i + 1) & (m->room - 1)) {
        if (m->slots[i].key == key) {
            return m->slots[i].value;
        }
        if (m->slots[i].key == 0) {
            return NULL;
        }
    }
}

static void
grow(struct ptr_map *m)
{
    struct ptr_map old = *m;
    m->room = old.room == 0 ? 64 : old.room * 2;
    m->cnt = 0;
    m->slots = calloc(m->room, sizeof(*m->slots));
    CHECK(m->slots != NULL, "no memory for a table of %u", m->room);
    for (uint32_t i = 0; i < old.room; i++) {
        if (old.slots[i].key != 0) {
            ptr_map_put(m, old.slots[i].key, old.slots[i].value);
        }
    }
    free(old.slots);
}

void
ptr_map_put(struct ptr_map *m, uint64_t key, void *value)
{
    CHECK(key != 0, "0 is not a key");
    if ((m->cnt + 1) * 4 > m->room * 3) {
        grow(m);
    }
    uint32_t i = home(m, key);
    while (m->slots[i].key != 0 && m->slots[i].key != key) {
        i = (i + 1) & (m->room - 1);
    }
    m->cnt += m->slots[i].key == 0 ? 1 : 0;
    m->slots[i] = (struct ptr_map_slot){key, value};
}

void *
ptr_map_remove(struct ptr_map *m, uint64_t key)
{
    if (m->room == 0) {
        return NULL;
    }
    uint32_t mask = m->room - 1;
    uint32_t hole = home(m, key);
    while (m->slots[hole].key != key) {
        if (m->slots[hole].key == 0) {
            return NULL;
        }
        hole = (hole + 1) & mask;
    }
    void *value = m->slots[hole].value;
    /* Moves back whatever would no longer be found past the hole. */
    for (uint32_t i = (hole + 1) & mask; m->slots[i].key != 0; i = (i + 1) & mask) {
        uint32_t from_home = (i - home(m, m->slots[i].key)) & mask;
        if (from_home >= ((i - hole) & mask)) {
            m->slots[hole] = m->slots[i];
            hole = i;
        }
    }
    m->slots[hole] = (struct ptr_map_slot){0};
    m->cnt--;
    return value;
}
