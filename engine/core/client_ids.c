#include "engine/core/client_ids.h"

#include <string.h>

#include "engine/base/check.h"

static size_t
align64(size_t n)
{
    return (n + 63) & ~(size_t)63;
}

static uint64_t
index_cnt(uint32_t max)
{
    uint64_t cnt = 16;
    while (cnt < 2 * (uint64_t)max)
        cnt *= 2;
    return cnt;
}

size_t
client_ids_footprint(uint32_t max)
{
    return align64(max * sizeof(struct client_entry)) + align64(max * sizeof(struct client_final)) +
           align64(index_cnt(max) * sizeof(uint64_t));
}

void
client_ids_init(struct client_ids *t, void *mem, uint32_t max, uint64_t hash_key,
                struct order_pool *orders)
{
    uint8_t *at = mem;
    memset(t, 0, sizeof(*t));
    t->entries = (void *)at;
    at += align64(max * sizeof(struct client_entry));
    t->finals = (void *)at;
    at += align64(max * sizeof(struct client_final));
    t->index = (void *)at;
    t->mask = index_cnt(max) - 1;
    t->hash_key = hash_key;
    t->max = max;
    t->orders = orders;
}

/* Whether the index leads to it. */
static bool
is_indexed(const struct client_entry *e)
{
    return (e->end >> 6 & 3) != CLIENT_QUOTE;
}

static bool
expired(const struct client_ids *t, const struct client_entry *e)
{
    uint32_t day = client_entry_done_day(e);
    return day != 0 && (day < t->today || !is_indexed(e));
}

static bool
same_id(const struct client_id *a, const struct client_id *b)
{
    uint64_t x[5], y[5];
    _Static_assert(sizeof(x) == sizeof(*a), "whole words");
    memcpy(x, a, sizeof(x));
    memcpy(y, b, sizeof(y));
    return ((x[0] ^ y[0]) | (x[1] ^ y[1]) | (x[2] ^ y[2]) | (x[3] ^ y[3]) | (x[4] ^ y[4])) == 0;
}

static bool
entry_is(const struct client_entry *e, const struct client_key *k)
{
    return e->owner == k->owner && (e->end >> 6 & 3) == k->space && same_id(&e->id, k->id);
}

uint32_t
client_ids_search(const struct client_ids *t, const struct client_key *k, uint64_t hash)
{
    for (uint64_t at = hash & t->mask; t->index[at] != 0; at = (at + 1) & t->mask) {
        if (t->index[at] >> 32 != hash)
            continue;
        uint32_t idx = (uint32_t)t->index[at] - 1;
        if (entry_is(&t->entries[idx], k))
            return expired(t, &t->entries[idx]) ? CLIENT_NONE : idx;
    }
    return CLIENT_NONE;
}

static uint64_t
entry_hash(const struct client_ids *t, const struct client_entry *e)
{
    struct client_key k;
    client_key_set(&k, e->end >> 6 & 3, e->owner, &e->id);
    return client_key_hash(t, &k);
}

static uint64_t
index_at(const struct client_ids *t, uint64_t hash, uint32_t idx)
{
    uint64_t want = hash << 32 | (idx + 1u), at = hash & t->mask;
    while (t->index[at] != want) {
        CHECK(t->index[at] != 0);
        at = (at + 1) & t->mask;
    }
    return at;
}

/* Closes the gap: what stands behind it moves up unless that puts it before its home. */
static void
index_remove(struct client_ids *t, uint64_t gap)
{
    uint64_t at = gap;
    for (;;) {
        at = (at + 1) & t->mask;
        uint64_t v = t->index[at];
        if (v == 0)
            break;
        uint64_t home = v >> 32 & t->mask;
        if (((at - home) & t->mask) >= ((at - gap) & t->mask)) {
            t->index[gap] = v;
            gap = at;
        }
    }
    t->index[gap] = 0;
}

static void
index_add(struct client_ids *t, uint64_t hash, uint32_t idx)
{
    uint64_t at = hash & t->mask;
    while (t->index[at] != 0)
        at = (at + 1) & t->mask;
    t->index[at] = hash << 32 | (idx + 1u);
}

static void
forget(struct client_ids *t, uint32_t idx)
{
    struct client_entry *e = &t->entries[idx];
    if (e->id.length == 0)
        return;
    if (is_indexed(e))
        index_remove(t, index_at(t, entry_hash(t, e), idx));
    e->id.length = 0;
}

static void
move(struct client_ids *t, uint32_t from, uint32_t to)
{
    if (from == to)
        return;
    struct client_entry *e = &t->entries[from];
    if (is_indexed(e))
        t->index[index_at(t, entry_hash(t, e), from)] = entry_hash(t, e) << 32 | (to + 1u);
    t->entries[to] = *e;
    e->id.length = 0;
    uint32_t slot = order_pool_find(t->orders, e->ref);
    CHECK(slot != ORDER_NONE && order_at(t->orders, slot)->client_idx == from);
    order_at(t->orders, slot)->client_idx = to;
}

/* Looks at the oldest entry. False when it must stay. */
static bool
retire_one(struct client_ids *t)
{
    if (t->cnt == 0)
        return false;
    uint32_t idx = t->tail;
    struct client_entry *e = &t->entries[idx];
    bool used = e->id.length != 0, open = used && client_entry_done_day(e) == 0;
    if (used && !open && !expired(t, e))
        return false;
    if (!open)
        forget(t, idx);
    t->tail = idx + 1 == t->max ? 0 : idx + 1;
    t->cnt--;
    if (open) {
        move(t, idx, client_ids_next(t, 0));
        t->cnt++;
    }
    return true;
}

bool
client_ids_make_room(struct client_ids *t)
{
    if (retire_one(t))
        (void)retire_one(t);
    return t->cnt < t->max;
}

/* Whether the entry of a quote's last order is where it was, and done with. */
static bool
is_left(const struct client_ids *t, uint64_t idx, uint64_t ref)
{
    if (idx >= t->max)
        return false;
    const struct client_entry *e = &t->entries[idx];
    return e->id.length != 0 && !is_indexed(e) && e->ref == ref && client_entry_done_day(e) != 0;
}

uint32_t
client_ids_add(struct client_ids *t, const struct client_key *k, uint64_t hash, uint64_t digest,
               uint64_t ref)
{
    CHECK(t->cnt < t->max && k->id->length > 0 && k->id->length <= CLIENT_ID_MAX);
    bool indexed = k->space != CLIENT_QUOTE;
    uint64_t at = hash & t->mask;
    while (indexed && t->index[at] != 0) {
        uint32_t old = (uint32_t)t->index[at] - 1;
        if (t->index[at] >> 32 == hash && entry_is(&t->entries[old], k)) {
            CHECK(expired(t, &t->entries[old]), "a client id that is in use is added");
            forget(t, old); /* what stood behind it has moved up */
            at = hash & t->mask;
        } else {
            at = (at + 1) & t->mask;
        }
    }
    bool again = !indexed && is_left(t, hash, digest);
    uint32_t idx = again ? (uint32_t)hash : client_ids_next(t, 0);
    t->cnt += !again;
    struct client_entry *e = &t->entries[idx];
    e->id = *k->id;
    e->digest = digest;
    e->ref = ref;
    e->owner = k->owner;
    e->end = k->space << 6 | CLIENT_OPEN;
    if (indexed)
        t->index[at] = hash << 32 | (idx + 1u);
    return idx;
}

uint32_t
client_ids_latest(const struct client_ids *t, uint32_t idx)
{
    for (int step = 0;
         step < CLIENT_CHAIN_MAX && client_entry_status(&t->entries[idx]) == CLIENT_REPLACED;
         step++) {
        uint32_t next = t->finals[idx].next;
        /* The entry that followed may have moved or been forgotten since. */
        if (next >= t->max || t->entries[next].id.length == 0 ||
            t->entries[next].ref != t->entries[idx].ref)
            break;
        idx = next;
    }
    return idx;
}

void
client_ids_reindex(struct client_ids *t)
{
    memset(t->index, 0, (t->mask + 1) * sizeof(t->index[0]));
    uint32_t idx = t->tail;
    for (uint32_t i = 0; i < t->cnt; i++) {
        if (t->entries[idx].id.length != 0 && is_indexed(&t->entries[idx]))
            index_add(t, entry_hash(t, &t->entries[idx]), idx);
        idx = idx + 1 == t->max ? 0 : idx + 1;
    }
}

void
client_ids_check(const struct client_ids *t)
{
    uint32_t remembered = 0, indexed = 0, idx = t->tail;
    CHECK(t->cnt <= t->max);
    for (uint32_t i = 0; i < t->cnt; i++) {
        const struct client_entry *e = &t->entries[idx];
        if (e->id.length != 0) {
            if (is_indexed(e)) {
                remembered++;
                (void)index_at(t, entry_hash(t, e), idx); /* aborts when it is not there */
            }
            if (client_entry_done_day(e) == 0) {
                uint32_t slot = order_pool_find(t->orders, e->ref);
                CHECK(slot != ORDER_NONE && order_at(t->orders, slot)->client_idx == idx);
            }
        }
        idx = idx + 1 == t->max ? 0 : idx + 1;
    }
    for (uint64_t at = 0; at <= t->mask; at++)
        indexed += t->index[at] != 0;
    CHECK(indexed == remembered, "%u ids remembered, %u in the index", remembered, indexed);
}
