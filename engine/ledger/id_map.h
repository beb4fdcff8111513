#ifndef ENGINE_LEDGER_ID_MAP_H
#define ENGINE_LEDGER_ID_MAP_H

#include <stddef.h>
#include <stdint.h>

/* From ids (u64 keys, of accounts, assets, instruments, pairs of them) to indices. Ids are mostly
 * small numbers given one after the other: those below the count of slots have a place of their own
 * in an array. The rest: open addressing with linear probing at most half full. Nothing is ever
 * taken out, so there is nothing to repair.
 * shape:  cap_max keys; slots a power of two of at least twice that; key 0 is never stored
 * thread: the core's only                            owner: caller's memory
 * cost:   one cache line in nearly every case */
struct id_map_slot {
    uint64_t key; /* 0 = empty */
    uint32_t value;
    uint32_t zero;
};

struct id_map {
    uint32_t *direct; /* of keys up to mask: value + 1; 0 = none */
    struct id_map_slot *slots;
    uint64_t mask;
    uint64_t hash_key;
    uint32_t cnt, max;
};

enum { ID_MAP_NONE = UINT32_MAX };

size_t id_map_footprint(uint32_t max);
void id_map_init(struct id_map *m, void *mem, uint32_t max, uint64_t hash_key);
/* Forgets every key. */
void id_map_clear(struct id_map *m);

/* Multiplication by a random odd number; the upper bits are the well mixed ones. */
static inline uint64_t
id_map_home(const struct id_map *m, uint64_t key)
{
    uint64_t h = (key ^ m->hash_key) * 0x9E3779B97F4A7C15u;
    return (h ^ (h >> 32)) & m->mask;
}

/* The value stored for the key, or ID_MAP_NONE. */
static inline uint32_t
id_map_find(const struct id_map *m, uint64_t key)
{
    if (key <= m->mask)
        return m->direct[key] - 1; /* 0, and so the key 0, becomes ID_MAP_NONE */
    uint64_t at = id_map_home(m, key);
    for (;;) {
        const struct id_map_slot *s = &m->slots[at];
        if (s->key == key)
            return s->value;
        if (s->key == 0)
            return ID_MAP_NONE;
        at = (at + 1) & m->mask;
    }
}

/* The key must be new and not 0, and there must be room (cnt < max): otherwise a bug. */
void id_map_add(struct id_map *m, uint64_t key, uint32_t value);

#endif
