#include "engine/book/trail_index.h"

#include "engine/base/check.h"

enum { DEPTH_MAX = ORDER_SLOT_BITS + 2 };

size_t
trail_pool_footprint(uint32_t max)
{
    return max * sizeof(struct trail_node);
}

void
trail_pool_init(struct trail_pool *p, void *mem, uint32_t max)
{
    *p = (struct trail_pool){.nodes = mem, .free_head = TRAIL_NONE, .max = max};
}

static int64_t
distance(const struct order_pool *orders, uint32_t slot)
{
    int64_t offset = order_cold_at(orders, slot)->offset_units;
    return offset < 0 ? -offset : offset;
}

/* The stop at one end, and of two equal ones that of the older order. */
static bool
is_first(const struct order_pool *orders, int64_t a, uint32_t a_slot, int64_t b, uint32_t b_slot)
{
    return a != b ? a > b : order_at(orders, a_slot)->order_id < order_at(orders, b_slot)->order_id;
}

/* --- what a node keeps of the part below it --- */

static void
offer_near(const struct order_pool *orders, struct trail_node *n, int64_t stop, uint32_t slot)
{
    if (is_first(orders, stop, slot, n->near_stop, n->near)) {
        n->near_stop = stop;
        n->near = slot;
    }
}

static void
see(const struct order_pool *orders, struct trail_node *n, int64_t price)
{
    if (price <= n->seen)
        return;
    n->seen = price;
    offer_near(orders, n, price - n->least, n->tight);
}

/* What it has seen goes to its own order and to the nodes below. */
static void
hand_down(struct trail_pool *p, const struct order_pool *orders, struct trail_node *n)
{
    if (n->seen == TRAIL_UNSEEN)
        return;
    int64_t stop = n->seen - distance(orders, n->slot);
    if (stop > n->stop)
        n->stop = stop;
    for (int i = 0; i < 2; i++) {
        if (n->child[i] != TRAIL_NONE)
            see(orders, &p->nodes[n->child[i]], n->seen);
    }
    n->seen = TRAIL_UNSEEN;
}

/* Works out anew what a node keeps, from its order and the nodes below. */
static void
gather(const struct trail_pool *p, const struct order_pool *orders, struct trail_node *n)
{
    n->near_stop = n->stop;
    n->near = n->tight = n->slot;
    n->least = distance(orders, n->slot);
    n->cnt = 1;
    for (int i = 0; i < 2; i++) {
        if (n->child[i] == TRAIL_NONE)
            continue;
        const struct trail_node *below = &p->nodes[n->child[i]];
        n->cnt += below->cnt;
        offer_near(orders, n, below->near_stop, below->near);
        if (is_first(orders, -below->least, below->tight, -n->least, n->tight)) {
            n->least = below->least;
            n->tight = below->tight;
        }
    }
    if (n->seen != TRAIL_UNSEEN)
        offer_near(orders, n, n->seen - n->least, n->tight);
}

static void
gather_up(struct trail_pool *p, const struct order_pool *orders, uint32_t at)
{
    for (; at != TRAIL_NONE; at = p->nodes[at].parent)
        gather(p, orders, &p->nodes[at]);
}

static uint32_t
cnt_of(const struct trail_pool *p, uint32_t at)
{
    return at == TRAIL_NONE ? 0 : p->nodes[at].cnt;
}

/* --- adding and taking --- */

static uint32_t
take_node(struct trail_pool *p)
{
    CHECK(trail_pool_has_room(p));
    uint32_t at = p->free_head;
    if (at == TRAIL_NONE)
        at = p->used_max++;
    else
        p->free_head = p->nodes[at].slot;
    p->cnt++;
    return at;
}

static void
give_node(struct trail_pool *p, uint32_t at)
{
    p->nodes[at].slot = p->free_head;
    p->free_head = at;
    p->cnt--;
}

void
trail_add(struct trail_pool *p, uint32_t *root, struct order_pool *orders, uint32_t slot)
{
    struct order *o = order_at(orders, slot);
    uint32_t at = take_node(p), *place = root, parent = TRAIL_NONE;
    while (*place != TRAIL_NONE) { /* what was seen before it came is not its own */
        parent = *place;
        struct trail_node *n = &p->nodes[parent];
        hand_down(p, orders, n);
        place = &n->child[cnt_of(p, n->child[1]) < cnt_of(p, n->child[0])];
    }
    *place = at;
    p->nodes[at] = (struct trail_node){
        .stop = trail_inside(o->side, order_cold_at(orders, slot)->stop_units),
        .seen = TRAIL_UNSEEN,
        .parent = parent,
        .child = {TRAIL_NONE, TRAIL_NONE},
        .slot = slot,
    };
    o->level = at;
    o->prev = o->next = ORDER_NONE;
    gather_up(p, orders, at);
}

/* What the nodes from the root to this one have seen goes down to their children. */
static void
hand_down_to(struct trail_pool *p, const struct order_pool *orders, uint32_t at)
{
    uint32_t path[DEPTH_MAX], cnt = 0;
    for (; at != TRAIL_NONE; at = p->nodes[at].parent) {
        CHECK(cnt < DEPTH_MAX);
        path[cnt++] = at;
    }
    while (cnt > 0)
        hand_down(p, orders, &p->nodes[path[--cnt]]);
}

/* A node at the end of the longer way from the root, with all that it has seen handed down. */
static uint32_t
last_node(struct trail_pool *p, const struct order_pool *orders, uint32_t root)
{
    uint32_t at = root;
    for (;;) {
        struct trail_node *n = &p->nodes[at];
        hand_down(p, orders, n);
        if (n->cnt == 1)
            return at;
        at = n->child[cnt_of(p, n->child[1]) > cnt_of(p, n->child[0])];
    }
}

void
trail_remove(struct trail_pool *p, uint32_t *root, struct order_pool *orders, uint32_t slot)
{
    struct order *o = order_at(orders, slot);
    struct order_cold *k = order_cold_at(orders, slot);
    uint32_t at = o->level;
    hand_down_to(p, orders, at);
    int64_t stop = trail_inside(o->side, p->nodes[at].stop);
    if (o->ord_type == ORD_TRAILING_STOP_LIMIT) /* whatever the limit has come to, 0 too */
        o->price_units += stop - k->stop_units;
    k->stop_units = stop;
    uint32_t last = last_node(p, orders, *root);
    struct trail_node *n = &p->nodes[last];
    uint32_t above = n->parent;
    if (above == TRAIL_NONE)
        *root = TRAIL_NONE;
    else
        p->nodes[above].child[p->nodes[above].child[1] == last] = TRAIL_NONE;
    if (last != at) { /* it stands in for the one that goes */
        p->nodes[at].slot = n->slot;
        p->nodes[at].stop = n->stop;
        order_at(orders, n->slot)->level = at;
    }
    give_node(p, last);
    gather_up(p, orders, above);
    if (last != at)
        gather_up(p, orders, at);
}

void
trail_follow(struct trail_pool *p, uint32_t root, const struct order_pool *orders, uint8_t side,
             int64_t price_units)
{
    if (root != TRAIL_NONE)
        see(orders, &p->nodes[root], trail_inside(side, price_units));
}

int64_t
trail_stop(const struct trail_pool *p, const struct order_pool *orders, uint32_t slot)
{
    const struct order *o = order_at(orders, slot);
    int64_t stop = p->nodes[o->level].stop, far = distance(orders, slot);
    for (uint32_t at = o->level; at != TRAIL_NONE; at = p->nodes[at].parent) {
        int64_t seen = p->nodes[at].seen;
        if (seen != TRAIL_UNSEEN && seen - far > stop)
            stop = seen - far;
    }
    return trail_inside(o->side, stop);
}

static void
check_node(const struct trail_pool *p, const struct order_pool *orders, uint32_t at, uint8_t side)
{
    const struct trail_node *n = &p->nodes[at];
    const struct order *o = order_at(orders, n->slot);
    struct trail_node again = *n;
    gather(p, orders, &again);
    CHECK(again.cnt == n->cnt && again.near_stop == n->near_stop && again.near == n->near &&
          again.least == n->least && again.tight == n->tight);
    CHECK(o->place == PLACE_STOP && o->level == at && o->side == side && distance(orders, n->slot));
    uint32_t fewer = cnt_of(p, n->child[0]), more = cnt_of(p, n->child[1]);
    CHECK(fewer <= more + 1 && more <= fewer + 1, "the tree is flat");
}

uint32_t
trail_check(const struct trail_pool *p, uint32_t root, const struct order_pool *orders,
            uint8_t side)
{
    uint32_t todo[2 * DEPTH_MAX] = {root}, todo_cnt = root != TRAIL_NONE, cnt = 0;
    CHECK(root == TRAIL_NONE || p->nodes[root].parent == TRAIL_NONE);
    while (todo_cnt > 0) {
        uint32_t at = todo[--todo_cnt];
        check_node(p, orders, at, side);
        cnt++;
        for (int i = 0; i < 2; i++) {
            uint32_t child = p->nodes[at].child[i];
            if (child == TRAIL_NONE)
                continue;
            CHECK(p->nodes[child].parent == at);
            todo[todo_cnt++] = child;
        }
    }
    CHECK(cnt == cnt_of(p, root));
    return cnt;
}
