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

void
client_key_set(struct client_key *k, uint8_t space, uint32_t owner, const struct client_id *id)
{
    *k = (struct client_key){.owner = owner, .space = space, .length = id->length};
    memcpy(k->text, id->text, sizeof(k->text));
}

static bool
expired(const struct client_ids *t, const struct client_entry *e)
{
    return e->done_day != 0 && e->done_day < t->today;
}

static bool
entry_is(const struct client_entry *e, const struct client_key *k)
{
    return e->owner == k->owner && e->space == k->space && e->length == k->length &&
           memcmp(e->text, k->text, sizeof(e->text)) == 0;
}

uint32_t
client_ids_find(const struct client_ids *t, const struct client_key *k, uint64_t hash)
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
    struct client_key k = {.owner = e->owner, .space = e->space, .length = e->length};
    memcpy(k.text, e->text, sizeof(k.text));
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
    if (!e->used)
        return;
    index_remove(t, index_at(t, entry_hash(t, e), idx));
    e->used = 0;
}

static uint32_t
head_of(const struct client_ids *t)
{
    uint64_t at = (uint64_t)t->tail + t->cnt;
    return (uint32_t)(at >= t->max ? at - t->max : at);
}

static void
move(struct client_ids *t, uint32_t from, uint32_t to)
{
    if (from == to)
        return;
    struct client_entry *e = &t->entries[from];
    t->index[index_at(t, entry_hash(t, e), from)] = entry_hash(t, e) << 32 | (to + 1u);
    t->entries[to] = *e;
    t->finals[to] = t->finals[from];
    e->used = 0;
    uint32_t slot = order_pool_find(t->orders, e->ref);
    CHECK(slot != ORDER_NONE && t->orders->hot[slot].client_idx == from);
    t->orders->hot[slot].client_idx = to;
}

/* Looks at the oldest entry. False when it must stay. */
static bool
retire_one(struct client_ids *t)
{
    if (t->cnt == 0)
        return false;
    uint32_t idx = t->tail;
    struct client_entry *e = &t->entries[idx];
    if (e->used && e->done_day != 0 && !expired(t, e))
        return false;
    bool open = e->used && e->done_day == 0;
    if (!open)
        forget(t, idx);
    t->tail = idx + 1 == t->max ? 0 : idx + 1;
    t->cnt--;
    if (open) {
        move(t, idx, head_of(t));
        t->cnt++;
    }
    return true;
}

bool
client_ids_room(struct client_ids *t)
{
    /* Half empty, nothing need go: open orders would only be moved about. */
    if (t->cnt > t->max / 2 && retire_one(t))
        (void)retire_one(t);
    return t->cnt < t->max;
}

uint32_t
client_ids_add(struct client_ids *t, const struct client_key *k, uint64_t hash, uint64_t digest,
               uint64_t ref)
{
    CHECK(t->cnt < t->max && k->length > 0 && k->length <= CLIENT_ID_MAX);
    for (uint64_t at = hash & t->mask; t->index[at] != 0; at = (at + 1) & t->mask) {
        uint32_t old = (uint32_t)t->index[at] - 1;
        if (t->index[at] >> 32 == hash && entry_is(&t->entries[old], k)) {
            forget(t, old); /* it had expired */
            break;
        }
    }
    uint32_t idx = head_of(t);
    t->cnt++;
    struct client_entry *e = &t->entries[idx];
    e->digest = digest;
    e->ref = ref;
    e->owner = k->owner;
    e->done_day = 0;
    e->space = k->space;
    e->length = k->length;
    e->status = CLIENT_OPEN;
    e->used = 1;
    memcpy(e->text, k->text, sizeof(e->text));
    t->finals[idx] = (struct client_final){0};
    index_add(t, hash, idx);
    return idx;
}

uint32_t
client_ids_latest(const struct client_ids *t, uint32_t idx)
{
    for (int step = 0; step < 16 && t->entries[idx].status == CLIENT_REPLACED; step++) {
        uint32_t next = t->finals[idx].next;
        /* The entry that followed may have moved or been forgotten since. */
        if (next >= t->max || !t->entries[next].used || t->entries[next].ref != t->entries[idx].ref)
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
        if (t->entries[idx].used)
            index_add(t, entry_hash(t, &t->entries[idx]), idx);
        idx = idx + 1 == t->max ? 0 : idx + 1;
    }
}
