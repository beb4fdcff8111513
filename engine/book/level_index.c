#include "engine/book/level_index.h"

#include <string.h>

#include "engine/base/check.h"

enum { FANOUT_BITS = 6, FANOUT_MASK = 63 };

static size_t
align64(size_t n)
{
    return (n + 63) & ~(size_t)63;
}

/* Levels that lie far apart need a leaf each, and share the nodes above it. */
static uint32_t
node_cnt_for(uint32_t level_max)
{
    return level_max + level_max / 4 + 64;
}

size_t
level_pool_footprint(uint32_t level_max)
{
    size_t nodes = node_cnt_for(level_max) + LEVEL_HEIGHT_MAX;
    return align64(level_max * sizeof(struct level)) +
           align64(level_max * sizeof(struct level_veil)) + align64(nodes * sizeof(uint64_t)) +
           align64(nodes * 64 * sizeof(uint32_t)) + align64(level_max * sizeof(uint32_t)) +
           align64(nodes * sizeof(uint32_t));
}

void
level_pool_init(struct level_pool *p, void *mem, uint32_t level_max)
{
    uint32_t nodes = node_cnt_for(level_max) + LEVEL_HEIGHT_MAX;
    uint8_t *at = mem;
    memset(p, 0, sizeof(*p));
    p->levels = (void *)at;
    at += align64(level_max * sizeof(struct level));
    p->veils = (void *)at;
    at += align64(level_max * sizeof(struct level_veil));
    p->children = (void *)at;
    at += align64(nodes * (size_t)64 * sizeof(uint32_t));
    p->maps = (void *)at;
    at += align64(nodes * sizeof(uint64_t));
    p->free_levels = (void *)at;
    at += align64(level_max * sizeof(uint32_t));
    p->free_nodes = (void *)at;
    p->level_max = level_max;
    p->node_max = nodes - LEVEL_HEIGHT_MAX;
}

void
level_side_init(struct level_side *s, uint8_t side)
{
    *s = (struct level_side){
        .root = LEVEL_NONE, .best = LEVEL_NONE, .side = side, .leaf = LEVEL_NONE};
}

static uint32_t
node_take(struct level_pool *p)
{
    CHECK(p->node_cnt < p->node_max + LEVEL_HEIGHT_MAX);
    uint32_t node = p->node_free_cnt > 0 ? p->free_nodes[--p->node_free_cnt] : p->node_used_max++;
    p->node_cnt++;
    p->maps[node] = 0;
    return node;
}

static void
node_give(struct level_pool *p, uint32_t node)
{
    p->free_nodes[p->node_free_cnt++] = node;
    p->node_cnt--;
}

static inline uint32_t
digit(int64_t price_units, uint32_t depth) /* depth 0 = leaf */
{
    return (uint32_t)((uint64_t)price_units >> (depth * FANOUT_BITS)) & FANOUT_MASK;
}

static inline bool
beyond(const struct level_side *s, int64_t price_units)
{
    return s->height < LEVEL_HEIGHT_MAX && (uint64_t)price_units >> (s->height * FANOUT_BITS) != 0;
}

static inline bool
leaf_remembered(const struct level_side *s, int64_t price_units)
{
    return s->leaf != LEVEL_NONE && s->leaf_at == price_units >> FANOUT_BITS;
}

uint32_t
level_find(const struct level_pool *p, const struct level_side *s, int64_t price_units)
{
    if (s->level_cnt == 0 || beyond(s, price_units))
        return LEVEL_NONE;
    uint32_t at = s->root;
    for (uint32_t depth = s->height; depth-- > 0;) {
        uint32_t k = digit(price_units, depth);
        if ((p->maps[at] >> k & 1) == 0)
            return LEVEL_NONE;
        at = p->children[at][k];
    }
    return at;
}

uint32_t
level_leaf_touch(const struct level_pool *p, const struct level_side *s, int64_t price_units)
{
    if (s->level_cnt == 0 || beyond(s, price_units))
        return LEVEL_NONE;
    uint32_t at = leaf_remembered(s, price_units) ? s->leaf : s->root;
    for (uint32_t depth = at == s->leaf ? 1 : s->height; --depth > 0;) {
        uint32_t k = digit(price_units, depth);
        if ((p->maps[at] >> k & 1) == 0)
            return LEVEL_NONE;
        at = p->children[at][k];
    }
    __builtin_prefetch(&p->maps[at], 1, 3);
    __builtin_prefetch(&p->children[at][digit(price_units, 0)], 1, 3);
    return at;
}

uint32_t
level_of_leaf(const struct level_pool *p, uint32_t leaf, int64_t price_units)
{
    uint32_t k = digit(price_units, 0);
    if (leaf >= p->node_used_max || (p->maps[leaf] >> k & 1) == 0)
        return LEVEL_NONE;
    uint32_t level = p->children[leaf][k];
    /* The leaf may be another's by now, and no leaf. */
    return level < p->level_used_max ? level : LEVEL_NONE;
}

/* Puts roots on top until the price is within reach. */
static void
grow(struct level_pool *p, struct level_side *s, int64_t price_units)
{
    while (beyond(s, price_units)) {
        if (s->level_cnt > 0) {
            uint32_t root = node_take(p);
            p->maps[root] = 1;
            p->children[root][0] = s->root;
            s->root = root;
        }
        s->height++;
    }
}

static inline bool
better(const struct level_side *s, int64_t a, int64_t b)
{
    return s->side == SIDE_BUY ? a > b : a < b;
}

/* The leaf for a price, made when it is not there, and remembered. */
static uint32_t
leaf_take(struct level_pool *p, struct level_side *s, int64_t price_units)
{
    grow(p, s, price_units);
    if (s->level_cnt == 0)
        s->root = node_take(p);
    uint32_t at = s->root;
    for (uint32_t depth = s->height; --depth > 0;) {
        uint32_t k = digit(price_units, depth);
        if ((p->maps[at] >> k & 1) == 0) {
            uint32_t node = node_take(p);
            p->maps[at] |= (uint64_t)1 << k;
            p->children[at][k] = node;
        }
        at = p->children[at][k];
    }
    s->leaf = at;
    s->leaf_at = price_units >> FANOUT_BITS;
    return at;
}

uint32_t
level_take(struct level_pool *p, struct level_side *s, int64_t price_units)
{
    uint32_t leaf = leaf_remembered(s, price_units) ? s->leaf : leaf_take(p, s, price_units);
    uint32_t k = digit(price_units, 0);
    if ((p->maps[leaf] >> k & 1) != 0)
        return p->children[leaf][k];
    CHECK(p->level_cnt < p->level_max);
    uint32_t level =
        p->level_free_cnt > 0 ? p->free_levels[--p->level_free_cnt] : p->level_used_max++;
    p->level_cnt++;
    p->levels[level] = (struct level){
        .price_units = price_units, .head = LEVEL_NONE, .tail = LEVEL_NONE, .leaf = leaf};
    p->maps[leaf] |= (uint64_t)1 << k;
    p->children[leaf][k] = level;
    s->level_cnt++;
    if (s->best == LEVEL_NONE || better(s, price_units, p->levels[s->best].price_units))
        s->best = level;
    return level;
}

/* The lowest or highest level below a node. */
static uint32_t
extreme(const struct level_pool *p, uint32_t at, uint32_t depth, bool lowest)
{
    for (;;) {
        uint64_t map = p->maps[at];
        uint32_t k = (uint32_t)(lowest ? __builtin_ctzll(map) : 63 - __builtin_clzll(map));
        at = p->children[at][k];
        if (depth-- == 0)
            return at;
    }
}

uint32_t
level_worse(const struct level_pool *p, const struct level_side *s, int64_t price_units)
{
    bool up = s->side == SIDE_SELL;
    if (s->level_cnt == 0)
        return LEVEL_NONE;
    if (beyond(s, price_units))
        return up ? LEVEL_NONE : extreme(p, s->root, s->height - 1u, false);
    uint32_t at = s->root, found = LEVEL_NONE, found_depth = 0;
    for (uint32_t depth = s->height; depth-- > 0;) {
        uint32_t k = digit(price_units, depth);
        uint64_t map = p->maps[at];
        uint64_t side = up ? map & (~(uint64_t)0 << 1 << k) : map & (((uint64_t)1 << k) - 1);
        if (side != 0) {
            uint32_t n = (uint32_t)(up ? __builtin_ctzll(side) : 63 - __builtin_clzll(side));
            found = p->children[at][n];
            found_depth = depth;
        }
        if ((map >> k & 1) == 0)
            break;
        at = p->children[at][k];
    }
    if (found == LEVEL_NONE || found_depth == 0)
        return found;
    return extreme(p, found, found_depth - 1, up);
}

/* A leaf without levels goes, and with it the nodes above that led to nothing else. */
static void
prune(struct level_pool *p, struct level_side *s, int64_t price_units, uint32_t leaf)
{
    uint32_t path[LEVEL_HEIGHT_MAX];
    uint32_t at = s->root;
    CHECK(s->height > 0);
    for (uint32_t depth = s->height; depth-- > 0;) {
        path[depth] = at;
        at = p->children[at][digit(price_units, depth)];
    }
    CHECK(path[0] == leaf);
    if (s->leaf == leaf)
        s->leaf = LEVEL_NONE;
    node_give(p, leaf);
    for (uint32_t depth = 1; depth < s->height; depth++) {
        uint32_t node = path[depth];
        p->maps[node] &= ~((uint64_t)1 << digit(price_units, depth));
        if (p->maps[node] != 0)
            break;
        node_give(p, node);
    }
}

void
level_give(struct level_pool *p, struct level_side *s, uint32_t level)
{
    const struct level *l = &p->levels[level];
    uint32_t leaf = l->leaf, k = digit(l->price_units, 0);
    CHECK(l->order_cnt == 0 && s->level_cnt > 0 && p->children[leaf][k] == level);
    uint64_t map = p->maps[leaf] & ~((uint64_t)1 << k);
    p->maps[leaf] = map;
    s->level_cnt--;
    if (map == 0)
        prune(p, s, l->price_units, leaf);
    if (s->best == level) { /* every other one of its leaf is worse */
        uint32_t next = 0;
        if (map != 0)
            next =
                (uint32_t)(s->side == SIDE_SELL ? __builtin_ctzll(map) : 63 - __builtin_clzll(map));
        s->best = map != 0 ? p->children[leaf][next] : level_worse(p, s, l->price_units);
    }
    p->free_levels[p->level_free_cnt++] = level;
    p->level_cnt--;
}
