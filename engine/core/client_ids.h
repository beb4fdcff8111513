#ifndef ENGINE_CORE_CLIENT_IDS_H
#define ENGINE_CORE_CLIENT_IDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "engine/base/hash.h"
#include "engine/book/order_pool.h"
#include "engine/model/types.h"

/* What makes retries safe: (namespace, owner, client id) -> what became of it. Remembered are open
 * orders, and what was finished in this business day or the one before. Not remembered: what was
 * refused (it may be sent again and is judged anew), and the ids of cancel requests (a repeated
 * cancel finds the order gone).
 *
 * An open order's entry has the slot of its order. What is over lies in a ring in the order of the
 * ends, each with its final state, so that what comes shares cache lines with what came and the
 * oldest may be forgotten first; each insertion looks at up to two there. An index of (hash, place)
 * finds both: a place below max is of the ring, max and more of an open order. Each open order has
 * room in the ring for its end.
 * shape:  max entries, one a slot besides; index a power of two of at least twice max
 * thread: the core's only     owner: caller's memory
 * cost:   one line of the index and one of the entry */

enum client_space {                     /* namespaces */
                    CLIENT_QUOTE = 0,   /* sides of quotes: ids come again as often as the maker
                                           likes, nobody asks for them: never found, and
                                           forgotten when the order ends */
                    CLIENT_ORDER = 1,   /* orders of an account: new and replace */
                    CLIENT_REQUEST = 2, /* other commands of an account: money */
                    CLIENT_ACTOR = 3,   /* commands of an operator */
};
#define CLIENT_NONE UINT32_MAX
enum { CLIENT_CHAIN_MAX = 4096 };

struct client_key {
    const struct client_id *id; /* the caller's, zero padded */
    uint32_t owner;             /* account_id or actor_id */
    uint32_t space;             /* enum client_space */
};

enum client_state { /* status of an entry, beyond enum ord_status; below 64 */
                    CLIENT_OPEN = 0,
                    CLIENT_REPLACED = 32, /* the order goes on under the id at final.next */
                    CLIENT_DONE = 33,     /* a command that was carried out */
};

struct client_entry {
    struct client_id id; /* 0: in the ring: length 0 = forgotten */
    uint64_t digest;     /* 40: of the content that came with the id */
    uint64_t ref;        /* 48: order_id; of a request: what its answer named */
    uint32_t owner;      /* 56 */
    uint32_t end;        /* 60: (day number + 1, 0 = open) << 8 | namespace << 6 | status */
};
_Static_assert(sizeof(struct client_entry) == 64, "an entry is one cache line");

static inline uint8_t
client_entry_status(const struct client_entry *e)
{
    return e->end & 63;
}

static inline uint32_t
client_entry_done_day(const struct client_entry *e) /* + 1; 0 = open */
{
    return e->end >> 8;
}

static inline uint8_t
client_entry_space(const struct client_entry *e)
{
    return e->end >> 6 & 3;
}

struct client_final { /* an order at its end, for answers to late retries */
    int64_t price_units, qty_lots, cum_lots, cum_cost;
    uint32_t next; /* CLIENT_REPLACED: of the id that followed, from its end on; or CLIENT_NONE */
    uint16_t reason;
    uint16_t zero;
};
_Static_assert(sizeof(struct client_final) == 40, "client_final layout");

struct client_ended {
    struct client_entry entry;
    struct client_final final;
};

struct client_ids {
    struct client_entry *open; /* by the slot of its order */
    struct client_ended *ended;
    uint64_t *index; /* hash << 32 | place + 1; 0 = empty */
    uint64_t mask;
    uint64_t hash_key;
    uint32_t max;
    uint32_t tail; /* of the ring: the oldest */
    uint32_t cnt;  /* in the ring, forgotten ones included */
    uint32_t today;
    struct order_pool *orders;
    struct client_final unasked; /* of an end that nobody asks for */
};

size_t client_ids_footprint(uint32_t max, uint32_t order_max);
void client_ids_init(struct client_ids *t, void *mem, uint32_t max, uint64_t hash_key,
                     struct order_pool *orders);

/* The id must have 1 to 36 characters. In place and field by field: a key that is copied as a whole
 * is read before its parts have arrived. */
static inline void
client_key_set(struct client_key *k, uint8_t space, uint32_t owner, const struct client_id *id)
{
    k->id = id;
    k->owner = owner;
    k->space = space;
}

/* Ids are zero padded, and most end within the first two words: the others are mixed in only when
 * they are used. Of the result 32 bits are kept: they stand in the index beside the position.
 * cost: 3 ns for up to 15 characters, where XXH3 over all 40 bytes takes 8 */
static inline uint64_t
client_key_hash(const struct client_ids *t, const struct client_key *k)
{
    uint64_t w[5];
    _Static_assert(sizeof(w) == sizeof(*k->id), "whole words");
    memcpy(w, k->id, sizeof(w));
    uint64_t seed = t->hash_key ^ ((uint64_t)k->owner << 8 | k->space) * 0x9E3779B97F4A7C15u;
    uint64_t h = hash_mix(w[0] ^ seed, w[1] ^ 0x8EBC6AF09C88C6E3u);
    if (k->id->length > 15)
        h = hash_mix(hash_mix(w[2] ^ h, w[3] ^ 0x589965CC75374CC3u) ^ w[4], 0x1D8E4E27C47D124Fu);
    return h >> 32;
}

static inline uint32_t
client_ids_place(const struct client_ids *t, uint32_t slot)
{
    return t->max + slot;
}

static inline const struct client_entry *
client_ids_entry(const struct client_ids *t, uint32_t place)
{
    return place < t->max ? &t->ended[place].entry : &t->open[place - t->max];
}

/* The id of a living order. */
static inline const struct client_id *
client_ids_of(const struct client_ids *t, uint32_t slot)
{
    return &t->open[slot].id;
}

/* The place of a key that is remembered, or CLIENT_NONE. Of an id that is new, as most are, the
 * index mostly knows nothing. */
uint32_t client_ids_search(const struct client_ids *t, const struct client_key *k, uint64_t hash);
static inline uint32_t
client_ids_find(const struct client_ids *t, const struct client_key *k, uint64_t hash)
{
    return t->index[hash & t->mask] == 0 ? CLIENT_NONE : client_ids_search(t, k, hash);
}

/* Where in the ring what ends after `ahead` more will lie. */
static inline uint32_t
client_ids_next(const struct client_ids *t, uint32_t ahead)
{
    uint64_t at = (uint64_t)t->tail + t->cnt + ahead;
    return (uint32_t)(at >= t->max ? at - t->max : at);
}

/* How many more it can remember. */
static inline uint32_t
client_ids_left(const struct client_ids *t)
{
    return t->max - t->cnt - t->orders->cnt;
}

/* Makes room where that is possible; false = full. Call before anything is added. Half empty,
 * nothing need go. */
bool client_ids_make_room(struct client_ids *t);
static inline bool
client_ids_room(struct client_ids *t)
{
    return client_ids_left(t) >= t->max - t->max / 2 || client_ids_make_room(t);
}

/* The key must not be there (find said so): that of a living order that has none yet. */
void client_ids_add(struct client_ids *t, const struct client_key *k, uint64_t hash,
                    uint64_t digest, uint32_t slot);
/* The same, of a command that is done; ref: what its answer named. */
void client_ids_add_done(struct client_ids *t, const struct client_key *k, uint64_t hash,
                         uint64_t digest, uint64_t ref);
/* The order goes on under this id. Returns the place of the former one, which is over. */
uint32_t client_ids_replace(struct client_ids *t, const struct client_key *k, uint64_t hash,
                            uint64_t digest, uint32_t slot);

/* The order ends, and with it its id: from now on it counts the days. Returns its final state, all
 * 0, which is the caller's to fill. */
struct client_final *client_ids_finish(struct client_ids *t, uint32_t slot, uint8_t status);

/* The id under which a replaced order went on, as far as the links lead (CLIENT_CHAIN_MAX
 * at most, for the work of a command is bounded). Of the ring; the order is over. */
const struct client_ended *client_ids_latest(const struct client_ids *t, uint32_t place);

/* Dear: aborts unless the index leads to each entry that is remembered and to nothing else, and
 * each open order has its own. */
void client_ids_check(const struct client_ids *t);

/* The entry of an order that is loaded, for reindex. */
void client_ids_load(struct client_ids *t, uint32_t slot, const struct client_id *id,
                     uint64_t digest, uint32_t owner, uint8_t space);

/* Puts the index together again (after loading). */
void client_ids_reindex(struct client_ids *t);

#endif
