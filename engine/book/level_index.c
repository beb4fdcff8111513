#include "engine/book/level_index.h"

#include <string.h>

#include "engine/base/check.h"

/* A ref is what a child can be: a level, a node whose children are all levels (a leaf), or another
 * node. It says which without a look at what it refers to. */
#define REF_LEVEL 0x80000000u
#define REF_LEAF  0x40000000u
#define REF_INDEX LEVEL_REF_INDEX

enum { FANOUT_BITS = 6, FANOUT_MASK = 63, PRICE_BITS = 64 };

/* A wide node is packed again when so many children are left: fewer than what made it wide, so that
 * one that comes and goes does not move them all. */
enum { NARROW_AT = LEVEL_NODE_PACKED - 2 };

static size_t
align64(size_t n)
{
    return (n + 63) & ~(size_t)63;
}

static uint32_t
node_cnt_for(uint32_t level_max)
{
    return level_max / 2 + 64;
}

/* A wide node has more children than NARROW_AT, and all children together are levels and nodes. */
static uint32_t
block_cnt_for(uint32_t level_max)
{
    return (level_max + node_cnt_for(level_max)) / (NARROW_AT + 1) + 1;
}

/* Besides those that prices need: node 0, and one for a book that is put together again. */
static size_t
node_bytes(uint32_t level_max)
{
    return (node_cnt_for(level_max) + 2ul) * sizeof(struct level_node);
}

size_t
level_pool_footprint(uint32_t level_max)
{
    return align64(level_max * sizeof(struct level)) +
           align64(level_max * sizeof(struct level_veil)) + node_bytes(level_max) +
           block_cnt_for(level_max) * sizeof(uint32_t[64]);
}

void
level_pool_init(struct level_pool *p, void *mem, uint32_t level_max)
{
    uint8_t *at = mem;
    *p = (struct level_pool){.free_level = LEVEL_NONE,
                             .free_node = LEVEL_NONE,
                             .free_block = LEVEL_NONE,
                             .level_max = level_max,
                             .node_max = node_cnt_for(level_max),
                             .node_used_max = 1,
                             .block_max = block_cnt_for(level_max)};
    p->levels = (void *)at;
    at += align64(level_max * sizeof(struct level));
    p->veils = (void *)at;
    at += align64(level_max * sizeof(struct level_veil));
    p->nodes = (void *)at;
    at += node_bytes(level_max);
    p->blocks = (void *)at;
    p->nodes[0].base_units = -1;
}

void
level_side_init(struct level_side *s, uint8_t side)
{
    *s = (struct level_side){.best = LEVEL_NONE, .root = LEVEL_NONE, .side = side};
}

static inline uint32_t
digit(int64_t price_units, uint32_t shift)
{
    return (uint32_t)((uint64_t)price_units >> shift) & FANOUT_MASK;
}

/* Without the bits of a node's digit and those below; shifts in two steps, since 60 + 6 is more
 * than a word has. */
static inline uint64_t
above(uint64_t price_units, uint32_t shift)
{
    return price_units >> shift >> FANOUT_BITS;
}

static inline bool
is_below(const struct level_node *n, int64_t price_units)
{
    return above((uint64_t)(price_units ^ n->base_units), n->shift) == 0;
}

static inline bool
leaf_remembered(const struct level_pool *p, const struct level_side *s, int64_t price_units)
{
    return (p->nodes[s->leaf].base_units ^ price_units) >> FANOUT_BITS == 0;
}

static inline bool
better(const struct level_side *s, int64_t a, int64_t b)
{
    return s->side == SIDE_BUY ? a > b : a < b;
}

/* --- children of a node --- */

static inline uint32_t
block_take(struct level_pool *p)
{
    uint32_t block = p->free_block;
    if (block == LEVEL_NONE) {
        CHECK(p->block_used_max < p->block_max);
        block = p->block_used_max++;
    } else {
        p->free_block = p->blocks[block][0];
    }
    p->block_cnt++;
    return block;
}

static void
widen(struct level_pool *p, struct level_node *n)
{
    uint32_t block = block_take(p), i = 0;
    for (uint64_t map = n->map; map != 0; map &= map - 1)
        p->blocks[block][__builtin_ctzll(map)] = n->children[i++];
    n->children[0] = block;
    n->wide = 1;
}

static void
narrow(struct level_pool *p, struct level_node *n)
{
    uint32_t block = n->children[0], i = 0;
    for (uint64_t map = n->map; map != 0; map &= map - 1)
        n->children[i++] = p->blocks[block][__builtin_ctzll(map)];
    n->wide = 0;
    p->blocks[block][0] = p->free_block;
    p->free_block = block;
    p->block_cnt--;
}

static void
child_put(struct level_pool *p, struct level_node *n, uint32_t k, uint32_t ref)
{
    uint32_t cnt = (uint32_t)__builtin_popcountll(n->map);
    if (n->wide == 0 && cnt == LEVEL_NODE_PACKED)
        widen(p, n);
    uint32_t *at = level_node_child(p, n, k);
    if (n->wide == 0)
        for (uint32_t *to = &n->children[cnt]; to > at; to--)
            *to = to[-1];
    *at = ref;
    n->map |= (uint64_t)1 << k;
}

static void
child_remove(struct level_pool *p, struct level_node *n, uint32_t k)
{
    uint32_t *at = level_node_child(p, n, k);
    n->map &= ~((uint64_t)1 << k);
    uint32_t cnt = (uint32_t)__builtin_popcountll(n->map);
    if (n->wide == 0)
        for (; at < &n->children[cnt]; at++)
            *at = at[1];
    else if (cnt == NARROW_AT)
        narrow(p, n);
}

/* --- finding --- */

/* From here to the level that a price would be, or LEVEL_NONE; its price may be another. */
static inline uint32_t
descend(const struct level_pool *p, uint32_t ref, int64_t price_units)
{
    while ((ref & REF_LEVEL) == 0) {
        struct level_node *n = &p->nodes[ref & REF_INDEX];
        uint32_t k = digit(price_units, n->shift);
        if ((n->map >> k & 1) == 0)
            return LEVEL_NONE;
        ref = *level_node_child(p, n, k);
    }
    return ref & REF_INDEX;
}

uint32_t
level_find(const struct level_pool *p, const struct level_side *s, int64_t price_units)
{
    if (s->level_cnt == 0)
        return LEVEL_NONE;
    uint32_t level =
        descend(p, leaf_remembered(p, s, price_units) ? s->leaf : s->root, price_units);
    return level != LEVEL_NONE && p->levels[level].price_units == price_units ? level : LEVEL_NONE;
}

/* Of a leaf that is in the cache, once it was asked what its prices are. */
static inline uint32_t
touch_child(const struct level_pool *p, uint32_t leaf, uint32_t k)
{
    struct level_node *n = &p->nodes[leaf];
    if ((n->map >> k & 1) == 0)
        return LEVEL_NONE;
    const uint32_t *child = level_node_child(p, n, k);
    if (n->wide == 0)
        return *child;
    __builtin_prefetch(child, 1, 3);
    return leaf | REF_LEAF;
}

uint32_t
level_touch(const struct level_pool *p, const struct level_side *s, int64_t price_units)
{
    if (s->level_cnt == 0)
        return LEVEL_NONE;
    if (leaf_remembered(p, s, price_units))
        return touch_child(p, s->leaf, digit(price_units, 0));
    uint32_t ref = s->root;
    while ((ref & (REF_LEVEL | REF_LEAF)) == 0) {
        struct level_node *n = &p->nodes[ref];
        uint32_t k = digit(price_units, n->shift);
        if ((n->map >> k & 1) == 0)
            return LEVEL_NONE;
        ref = *level_node_child(p, n, k);
    }
    if ((ref & REF_LEVEL) == 0)
        __builtin_prefetch(&p->nodes[ref & REF_INDEX], 1, 3);
    return ref;
}

uint32_t
level_of_ref(const struct level_pool *p, uint32_t ref, int64_t price_units)
{
    uint32_t at = ref & REF_INDEX;
    if ((ref & REF_LEVEL) == 0) { /* the node may be another's by now, and no leaf */
        if (at >= p->node_used_max)
            return LEVEL_NONE;
        struct level_node *n = &p->nodes[at];
        uint32_t k = digit(price_units, 0);
        if ((n->map >> k & 1) == 0)
            return LEVEL_NONE;
        uint32_t child = *level_node_child(p, n, k);
        if ((child & REF_LEVEL) == 0)
            return LEVEL_NONE;
        at = child & REF_INDEX;
    }
    return at < p->level_used_max ? at : LEVEL_NONE;
}

/* The child that is the lowest or the highest. */
static inline uint32_t
end_child(const struct level_pool *p, uint32_t node, uint64_t map, bool lowest)
{
    uint32_t k = (uint32_t)(lowest ? __builtin_ctzll(map) : 63 - __builtin_clzll(map));
    return *level_node_child(p, &p->nodes[node], k);
}

/* The lowest or highest level of those below. */
static uint32_t
extreme(const struct level_pool *p, uint32_t ref, bool lowest)
{
    while ((ref & REF_LEVEL) == 0)
        ref = end_child(p, ref & REF_INDEX, p->nodes[ref & REF_INDEX].map, lowest);
    return ref & REF_INDEX;
}

/* Bits beyond k on the way to worse prices. */
static inline uint64_t
worse_of(uint64_t map, uint32_t k, bool up)
{
    return up ? map & (~(uint64_t)0 << 1 << k) : map & (((uint64_t)1 << k) - 1);
}

uint32_t
level_worse(const struct level_pool *p, const struct level_side *s, int64_t price_units)
{
    bool up = s->side == SIDE_SELL;
    if (s->level_cnt == 0)
        return LEVEL_NONE;
    if (leaf_remembered(p, s, price_units)) {
        uint64_t side = worse_of(p->nodes[s->leaf].map, digit(price_units, 0), up);
        if (side != 0)
            return end_child(p, s->leaf, side, up) & REF_INDEX;
    }
    uint32_t ref = s->root, found = LEVEL_NONE;
    while ((ref & REF_LEVEL) == 0) {
        uint32_t at = ref & REF_INDEX;
        struct level_node *n = &p->nodes[at];
        if (!is_below(n, price_units)) { /* all below it are on one side of the price */
            if ((n->base_units > price_units) == up)
                found = ref;
            break;
        }
        uint32_t k = digit(price_units, n->shift);
        uint64_t side = worse_of(n->map, k, up);
        if (side != 0)
            found = end_child(p, at, side, up);
        if ((n->map >> k & 1) == 0)
            break;
        ref = *level_node_child(p, n, k);
    }
    if ((ref & REF_LEVEL) != 0 && better(s, price_units, p->levels[ref & REF_INDEX].price_units))
        return ref & REF_INDEX;
    return found == LEVEL_NONE ? LEVEL_NONE : extreme(p, found, up);
}

/* --- levels come and go --- */

static inline void
set_parent(struct level_pool *p, uint32_t ref, uint32_t node)
{
    if ((ref & REF_LEVEL) != 0)
        p->levels[ref & REF_INDEX].node = node;
    else
        p->nodes[ref & REF_INDEX].parent = node;
}

/* A price below a ref. */
static inline int64_t
price_of(const struct level_pool *p, uint32_t ref)
{
    return (ref & REF_LEVEL) != 0 ? p->levels[ref & REF_INDEX].price_units
                                  : p->nodes[ref & REF_INDEX].base_units;
}

/* Puts a node where two prices part, on top of what is at *ref, with that as its child. */
static uint32_t
part(struct level_pool *p, uint32_t *ref, uint32_t parent, int64_t price_units)
{
    uint32_t child = *ref;
    int64_t other = price_of(p, child);
    uint32_t bit = PRICE_BITS - 1 - (uint32_t)__builtin_clzll((uint64_t)(price_units ^ other));
    uint32_t shift = bit / FANOUT_BITS * FANOUT_BITS;
    CHECK(p->node_cnt <= p->node_max);
    uint32_t node = p->free_node;
    if (node != LEVEL_NONE)
        p->free_node = p->nodes[node].parent;
    else
        node = p->node_used_max++;
    p->node_cnt++;
    uint32_t k = digit(other, shift);
    p->nodes[node] = (struct level_node){
        .map = (uint64_t)1 << k,
        .base_units = (int64_t)(above((uint64_t)price_units, shift) << FANOUT_BITS << shift),
        .parent = parent,
        .shift = (uint8_t)shift,
        .children = {child}};
    set_parent(p, child, node);
    *ref = node | (shift == 0 ? REF_LEAF : 0);
    return node;
}

/* The node for a price whose level is not there; LEVEL_NONE: it is to be the root. *found: its
 * level, which is there. */
static uint32_t
node_take(struct level_pool *p, struct level_side *s, int64_t price_units, uint32_t *found)
{
    uint32_t *ref = &s->root, node = LEVEL_NONE;
    if (s->level_cnt == 0)
        return LEVEL_NONE;
    while ((*ref & REF_LEVEL) == 0) {
        struct level_node *n = &p->nodes[*ref & REF_INDEX];
        if (!is_below(n, price_units))
            return part(p, ref, node, price_units);
        node = *ref & REF_INDEX;
        uint32_t k = digit(price_units, n->shift);
        if ((n->map >> k & 1) == 0)
            return node;
        ref = level_node_child(p, n, k);
    }
    if (p->levels[*ref & REF_INDEX].price_units != price_units)
        return part(p, ref, node, price_units);
    *found = *ref & REF_INDEX;
    return node;
}

uint32_t
level_take(struct level_pool *p, struct level_side *s, int64_t price_units)
{
    uint32_t node, found = LEVEL_NONE;
    if (leaf_remembered(p, s, price_units)) {
        uint32_t k = digit(price_units, 0);
        node = s->leaf;
        if ((p->nodes[node].map >> k & 1) != 0)
            found = *level_node_child(p, &p->nodes[node], k) & REF_INDEX;
    } else {
        node = node_take(p, s, price_units, &found);
        if (node != LEVEL_NONE && p->nodes[node].shift == 0)
            s->leaf = node;
    }
    if (found != LEVEL_NONE)
        return found;
    CHECK(p->level_cnt < p->level_max);
    uint32_t level = p->free_level;
    if (level != LEVEL_NONE)
        p->free_level = p->levels[level].node;
    else
        level = p->level_used_max++;
    p->level_cnt++;
    p->levels[level] = (struct level){
        .price_units = price_units, .head = LEVEL_NONE, .tail = LEVEL_NONE, .node = node};
    if (node != LEVEL_NONE) {
        struct level_node *n = &p->nodes[node];
        child_put(p, n, digit(price_units, n->shift), level | REF_LEVEL);
    } else {
        s->root = level | REF_LEVEL;
    }
    s->level_cnt++;
    if (s->best == LEVEL_NONE || better(s, price_units, s->best_units)) {
        s->best = level;
        s->best_units = price_units;
    }
    return level;
}

/* A node with one child left goes: the child takes its place. */
static void
join(struct level_pool *p, struct level_side *s, uint32_t node)
{
    struct level_node *n = &p->nodes[node];
    uint32_t child = n->children[0];
    if (n->parent == LEVEL_NONE) {
        s->root = child;
    } else {
        struct level_node *parent = &p->nodes[n->parent];
        *level_node_child(p, parent, digit(n->base_units, parent->shift)) = child;
    }
    set_parent(p, child, n->parent);
    if (s->leaf == node)
        s->leaf = 0;
    n->parent = p->free_node;
    p->free_node = node;
    p->node_cnt--;
}

void
level_give(struct level_pool *p, struct level_side *s, uint32_t level)
{
    struct level *l = &p->levels[level];
    uint32_t node = l->node;
    CHECK(l->order_cnt == 0 && s->level_cnt > 0);
    if (node != LEVEL_NONE) {
        struct level_node *n = &p->nodes[node];
        uint32_t k = digit(l->price_units, n->shift);
        CHECK(*level_node_child(p, n, k) == (level | REF_LEVEL));
        child_remove(p, n, k);
        if (s->best == level) { /* every other one of its node is worse, all others too */
            bool lowest = s->side == SIDE_SELL;
            s->best = extreme(p, end_child(p, node, n->map, lowest), lowest);
            s->best_units = p->levels[s->best].price_units;
        }
        if ((n->map & (n->map - 1)) == 0)
            join(p, s, node);
    } else {
        CHECK(s->level_cnt == 1 && s->best == level);
        s->best = LEVEL_NONE;
        s->best_units = 0;
    }
    s->level_cnt--;
    l->node = p->free_level;
    p->free_level = level;
    p->level_cnt--;
}

void
level_pool_check(const struct level_pool *p)
{
    uint32_t levels = p->level_cnt, nodes = p->node_cnt + 1, blocks = p->block_cnt;
    for (uint32_t i = p->free_level; i != LEVEL_NONE && levels <= p->level_used_max; levels++)
        i = p->levels[i].node;
    for (uint32_t i = p->free_node; i != LEVEL_NONE && nodes <= p->node_used_max; nodes++)
        i = p->nodes[i].parent;
    for (uint32_t i = p->free_block; i != LEVEL_NONE && blocks <= p->block_used_max; blocks++)
        i = p->blocks[i][0];
    CHECK(levels == p->level_used_max && nodes == p->node_used_max && blocks == p->block_used_max);
}
