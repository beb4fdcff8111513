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
client_ids_footprint(uint32_t max, uint32_t order_max)
{
    return align64(order_max * sizeof(struct client_entry)) +
           align64(max * sizeof(struct client_ended)) + align64(index_cnt(max) * sizeof(uint64_t));
}

void
client_ids_init(struct client_ids *t, void *mem, uint32_t max, uint64_t hash_key,
                struct order_pool *orders)
{
    uint8_t *at = mem;
    memset(t, 0, sizeof(*t));
    t->open = (void *)at;
    at += align64(orders->max * sizeof(struct client_entry));
    t->ended = (void *)at;
    at += align64(max * sizeof(struct client_ended));
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
    return client_entry_space(e) != CLIENT_QUOTE;
}

static bool
expired(const struct client_ids *t, const struct client_entry *e)
{
    uint32_t day = client_entry_done_day(e);
    return day != 0 && day < t->today;
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
    return e->owner == k->owner && client_entry_space(e) == k->space && same_id(&e->id, k->id);
}

uint32_t
client_ids_search(const struct client_ids *t, const struct client_key *k, uint64_t hash)
{
    for (uint64_t at = hash & t->mask; t->index[at] != 0; at = (at + 1) & t->mask) {
        if (t->index[at] >> 32 != hash)
            continue;
        uint32_t place = (uint32_t)t->index[at] - 1;
        const struct client_entry *e = client_ids_entry(t, place);
        if (entry_is(e, k))
            return expired(t, e) ? CLIENT_NONE : place;
    }
    return CLIENT_NONE;
}

static uint64_t
entry_hash(const struct client_ids *t, const struct client_entry *e)
{
    struct client_key k;
    client_key_set(&k, client_entry_space(e), e->owner, &e->id);
    return client_key_hash(t, &k);
}

static uint64_t
index_at(const struct client_ids *t, uint64_t hash, uint32_t place)
{
    uint64_t want = hash << 32 | (place + 1u), at = hash & t->mask;
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
index_add(struct client_ids *t, uint64_t hash, uint32_t place)
{
    uint64_t at = hash & t->mask;
    while (t->index[at] != 0)
        at = (at + 1) & t->mask;
    t->index[at] = hash << 32 | (place + 1u);
}

static void
forget(struct client_ids *t, uint32_t place)
{
    CHECK(place < t->max);
    struct client_entry *e = &t->ended[place].entry;
    if (e->id.length != 0)
        index_remove(t, index_at(t, entry_hash(t, e), place));
    e->id.length = 0;
}

/* Looks at the oldest. False when it must stay. */
static bool
retire_one(struct client_ids *t)
{
    if (t->cnt == 0)
        return false;
    const struct client_entry *e = &t->ended[t->tail].entry;
    if (e->id.length != 0 && !expired(t, e))
        return false;
    forget(t, t->tail);
    t->tail = t->tail + 1 == t->max ? 0 : t->tail + 1;
    t->cnt--;
    return true;
}

bool
client_ids_make_room(struct client_ids *t)
{
    if (retire_one(t))
        (void)retire_one(t);
    return client_ids_left(t) > 0;
}

/* Into the index, where an id may be that was the same and has expired. */
static void
index_put(struct client_ids *t, const struct client_key *k, uint64_t hash, uint32_t place)
{
    uint64_t at = hash & t->mask;
    while (t->index[at] != 0) {
        uint32_t old = (uint32_t)t->index[at] - 1;
        if (t->index[at] >> 32 == hash && entry_is(client_ids_entry(t, old), k)) {
            CHECK(expired(t, client_ids_entry(t, old)), "a client id that is in use is added");
            forget(t, old); /* what stood behind it has moved up */
            at = hash & t->mask;
        } else {
            at = (at + 1) & t->mask;
        }
    }
    t->index[at] = hash << 32 | (place + 1u);
}

static void
entry_set(struct client_entry *e, const struct client_key *k, uint64_t digest, uint64_t ref,
          uint32_t end)
{
    CHECK(k->id->length > 0 && k->id->length <= CLIENT_ID_MAX);
    e->id = *k->id;
    e->digest = digest;
    e->ref = ref;
    e->owner = k->owner;
    e->end = end;
}

static uint32_t
ended_end(const struct client_ids *t, uint32_t space, uint8_t status)
{
    return (t->today + 1) << 8 | space << 6 | status;
}

void
client_ids_add(struct client_ids *t, const struct client_key *k, uint64_t hash, uint64_t digest,
               uint32_t slot)
{
    if (k->space != CLIENT_QUOTE)
        index_put(t, k, hash, client_ids_place(t, slot));
    struct order *o = order_at(t->orders, slot);
    entry_set(&t->open[slot], k, digest, o->order_id, k->space << 6 | CLIENT_OPEN);
    o->former_place = CLIENT_NONE;
}

void
client_ids_add_done(struct client_ids *t, const struct client_key *k, uint64_t hash,
                    uint64_t digest, uint64_t ref)
{
    CHECK(t->cnt < t->max);
    uint32_t place = client_ids_next(t, 0);
    index_put(t, k, hash, place);
    t->cnt++;
    entry_set(&t->ended[place].entry, k, digest, ref, ended_end(t, k->space, CLIENT_DONE));
    t->ended[place].final = (struct client_final){0};
}

/* The entry of an open order to the ring, field by field: as a whole it would be read before its
 * parts have arrived. What was its former id leads there from now on. */
static uint32_t
append(struct client_ids *t, uint32_t slot, uint8_t status)
{
    CHECK(t->cnt < t->max);
    const struct client_entry *e = &t->open[slot];
    uint64_t hash = entry_hash(t, e);
    uint32_t place = client_ids_next(t, 0);
    struct client_ended *to = &t->ended[place];
    t->index[index_at(t, hash, client_ids_place(t, slot))] = hash << 32 | (place + 1u);
    t->cnt++;
    to->entry.id = e->id;
    to->entry.digest = e->digest;
    to->entry.ref = e->ref;
    to->entry.owner = e->owner;
    to->entry.end = ended_end(t, client_entry_space(e), status);
    to->final = (struct client_final){0};
    uint32_t former = order_at(t->orders, slot)->former_place;
    if (former != CLIENT_NONE && t->ended[former].entry.ref == e->ref)
        t->ended[former].final.next = place;
    return place;
}

uint32_t
client_ids_replace(struct client_ids *t, const struct client_key *k, uint64_t hash, uint64_t digest,
                   uint32_t slot)
{
    uint32_t former = append(t, slot, CLIENT_REPLACED);
    t->ended[former].final.next = CLIENT_NONE;
    client_ids_add(t, k, hash, digest, slot);
    order_at(t->orders, slot)->former_place = former;
    return former;
}

struct client_final *
client_ids_finish(struct client_ids *t, uint32_t slot, uint8_t status)
{
    if (is_indexed(&t->open[slot]))
        return &t->ended[append(t, slot, status)].final;
    t->unasked = (struct client_final){0};
    return &t->unasked;
}

const struct client_ended *
client_ids_latest(const struct client_ids *t, uint32_t place)
{
    CHECK(place < t->max);
    const struct client_ended *at = &t->ended[place];
    for (int step = 0;
         step < CLIENT_CHAIN_MAX && client_entry_status(&at->entry) == CLIENT_REPLACED; step++) {
        uint32_t next = at->final.next;
        /* It may have been forgotten since. */
        if (next >= t->max || t->ended[next].entry.id.length == 0 ||
            t->ended[next].entry.ref != at->entry.ref)
            break;
        at = &t->ended[next];
    }
    return at;
}

void
client_ids_load(struct client_ids *t, uint32_t slot, const struct client_id *id, uint64_t digest,
                uint32_t owner, uint8_t space)
{
    struct client_key k;
    client_key_set(&k, space, owner, id);
    entry_set(&t->open[slot], &k, digest, order_at(t->orders, slot)->order_id,
              (uint32_t)space << 6 | CLIENT_OPEN);
}

void
client_ids_reindex(struct client_ids *t)
{
    memset(t->index, 0, (t->mask + 1) * sizeof(t->index[0]));
    for (uint32_t i = 0, at = t->tail; i < t->cnt; i++) {
        if (t->ended[at].entry.id.length != 0)
            index_add(t, entry_hash(t, &t->ended[at].entry), at);
        at = at + 1 == t->max ? 0 : at + 1;
    }
    for (uint32_t slot = 0; slot < t->orders->used_max; slot++) {
        if (order_at(t->orders, slot)->order_id != 0 && is_indexed(&t->open[slot]))
            index_add(t, entry_hash(t, &t->open[slot]), client_ids_place(t, slot));
    }
}

void
client_ids_check(const struct client_ids *t)
{
    uint32_t remembered = 0, indexed = 0;
    CHECK((uint64_t)t->cnt + t->orders->cnt <= t->max);
    for (uint32_t i = 0, at = t->tail; i < t->cnt; i++) {
        const struct client_entry *e = &t->ended[at].entry;
        if (e->id.length != 0) {
            CHECK(is_indexed(e) && client_entry_done_day(e) != 0);
            remembered++;
            (void)index_at(t, entry_hash(t, e), at); /* aborts when it is not there */
        }
        at = at + 1 == t->max ? 0 : at + 1;
    }
    for (uint32_t slot = 0; slot < t->orders->used_max; slot++) {
        const struct client_entry *e = &t->open[slot];
        uint64_t order_id = order_at(t->orders, slot)->order_id;
        if (order_id == 0)
            continue;
        CHECK(e->ref == order_id && client_entry_done_day(e) == 0);
        if (is_indexed(e)) {
            remembered++;
            (void)index_at(t, entry_hash(t, e), client_ids_place(t, slot));
        }
    }
    for (uint64_t at = 0; at <= t->mask; at++)
        indexed += t->index[at] != 0;
    CHECK(indexed == remembered, "%u ids remembered, %u in the index", remembered, indexed);
}
