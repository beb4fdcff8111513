#include "engine/book/level_index.h"

#include <string.h>

#include "engine/base/check.h"

/* A ref is what a child can be: a level, a node whose children are all levels (a leaf), or another
 * node. It says which without a look at what it refers to. */
#define REF_LEVEL 0x80000000u
#define REF_LEAF  0x40000000u
#define REF_INDEX LEVEL_REF_INDEX

enum { FANOUT_BITS = 6, FANOUT_MASK = 63, PRICE_BITS = 64 };

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

size_t
level_pool_footprint(uint32_t level_max)
{
    size_t nodes = node_cnt_for(level_max) + 2;
    return align64(level_max * sizeof(struct level)) +
           align64(level_max * sizeof(struct level_veil)) + align64(nodes * 64 * sizeof(uint32_t)) +
           align64(nodes * sizeof(struct level_node)) + align64(level_max * sizeof(uint32_t)) +
           align64(nodes * sizeof(uint32_t));
}

void
level_pool_init(struct level_pool *p, void *mem, uint32_t level_max)
{
    size_t nodes = node_cnt_for(level_max) + 2;
    uint8_t *at = mem;
    memset(p, 0, sizeof(*p));
    p->levels = (void *)at;
    at += align64(level_max * sizeof(struct level));
    p->veils = (void *)at;
    at += align64(level_max * sizeof(struct level_veil));
    p->children = (void *)at;
    at += align64(nodes * 64 * sizeof(uint32_t));
    p->nodes = (void *)at;
    at += align64(nodes * sizeof(struct level_node));
    p->free_levels = (void *)at;
    at += align64(level_max * sizeof(uint32_t));
    p->free_nodes = (void *)at;
    p->level_max = level_max;
    p->node_max = node_cnt_for(level_max);
    p->nodes[0].base_units = -1;
    p->node_used_max = 1;
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

/* --- finding --- */

/* From here to the level that a price would be, or LEVEL_NONE; its price may be another. */
static inline uint32_t
descend(const struct level_pool *p, uint32_t ref, int64_t price_units)
{
    while ((ref & REF_LEVEL) == 0) {
        const struct level_node *n = &p->nodes[ref & REF_INDEX];
        uint32_t k = digit(price_units, n->shift);
        if ((n->map >> k & 1) == 0)
            return LEVEL_NONE;
        ref = p->children[ref & REF_INDEX][k];
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

uint32_t
level_touch(const struct level_pool *p, const struct level_side *s, int64_t price_units)
{
    if (s->level_cnt == 0)
        return LEVEL_NONE;
    uint32_t ref = leaf_remembered(p, s, price_units) ? s->leaf | REF_LEAF : s->root;
    while ((ref & (REF_LEVEL | REF_LEAF)) == 0) {
        const struct level_node *n = &p->nodes[ref];
        uint32_t k = digit(price_units, n->shift);
        if ((n->map >> k & 1) == 0)
            return LEVEL_NONE;
        ref = p->children[ref][k];
    }
    if ((ref & REF_LEVEL) == 0) {
        __builtin_prefetch(&p->nodes[ref & REF_INDEX], 1, 3);
        __builtin_prefetch(&p->children[ref & REF_INDEX][digit(price_units, 0)], 1, 3);
    }
    return ref;
}

uint32_t
level_of_ref(const struct level_pool *p, uint32_t ref, int64_t price_units)
{
    uint32_t at = ref & REF_INDEX;
    if ((ref & REF_LEVEL) == 0) { /* the node may be another's by now, and no leaf */
        if (at >= p->node_used_max)
            return LEVEL_NONE;
        uint32_t k = digit(price_units, 0);
        if ((p->nodes[at].map >> k & 1) == 0 || (p->children[at][k] & REF_LEVEL) == 0)
            return LEVEL_NONE;
        at = p->children[at][k] & REF_INDEX;
    }
    return at < p->level_used_max ? at : LEVEL_NONE;
}

/* The child that is the lowest or the highest. */
static inline uint32_t
end_child(const struct level_pool *p, uint32_t node, uint64_t map, bool lowest)
{
    return p->children[node][lowest ? __builtin_ctzll(map) : 63 - __builtin_clzll(map)];
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
        const struct level_node *n = &p->nodes[at];
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
        ref = p->children[at][k];
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
    uint32_t node = p->node_free_cnt > 0 ? p->free_nodes[--p->node_free_cnt] : p->node_used_max++;
    p->node_cnt++;
    uint32_t k = digit(other, shift);
    p->nodes[node] = (struct level_node){
        .map = (uint64_t)1 << k,
        .base_units = (int64_t)(above((uint64_t)price_units, shift) << FANOUT_BITS << shift),
        .parent = parent,
        .shift = (uint8_t)shift};
    p->children[node][k] = child;
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
        const struct level_node *n = &p->nodes[*ref & REF_INDEX];
        if (!is_below(n, price_units))
            return part(p, ref, node, price_units);
        node = *ref & REF_INDEX;
        uint32_t k = digit(price_units, n->shift);
        if ((n->map >> k & 1) == 0)
            return node;
        ref = &p->children[node][k];
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
            found = p->children[node][k] & REF_INDEX;
    } else {
        node = node_take(p, s, price_units, &found);
        if (node != LEVEL_NONE && p->nodes[node].shift == 0)
            s->leaf = node;
    }
    if (found != LEVEL_NONE)
        return found;
    CHECK(p->level_cnt < p->level_max);
    uint32_t level =
        p->level_free_cnt > 0 ? p->free_levels[--p->level_free_cnt] : p->level_used_max++;
    p->level_cnt++;
    p->levels[level] = (struct level){
        .price_units = price_units, .head = LEVEL_NONE, .tail = LEVEL_NONE, .node = node};
    if (node != LEVEL_NONE) {
        uint32_t k = digit(price_units, p->nodes[node].shift);
        p->nodes[node].map |= (uint64_t)1 << k;
        p->children[node][k] = level | REF_LEVEL;
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
    const struct level_node *n = &p->nodes[node];
    uint32_t child = p->children[node][__builtin_ctzll(n->map)];
    if (n->parent == LEVEL_NONE)
        s->root = child;
    else
        p->children[n->parent][digit(n->base_units, p->nodes[n->parent].shift)] = child;
    set_parent(p, child, n->parent);
    if (s->leaf == node)
        s->leaf = 0;
    p->free_nodes[p->node_free_cnt++] = node;
    p->node_cnt--;
}

void
level_give(struct level_pool *p, struct level_side *s, uint32_t level)
{
    const struct level *l = &p->levels[level];
    uint32_t node = l->node;
    CHECK(l->order_cnt == 0 && s->level_cnt > 0);
    if (node != LEVEL_NONE) {
        struct level_node *n = &p->nodes[node];
        uint32_t k = digit(l->price_units, n->shift);
        CHECK(p->children[node][k] == (level | REF_LEVEL));
        n->map &= ~((uint64_t)1 << k);
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
    p->free_levels[p->level_free_cnt++] = level;
    p->level_cnt--;
}
