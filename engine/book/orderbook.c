#include "engine/book/orderbook.h"

#include <string.h>

#include "engine/base/check.h"
#include "engine/book/level_index.h"
#include "engine/book/order_index.h"
#include "engine/book/resting_pool.h"

#define ID_ANY UINT64_MAX

struct orderbook {
    struct orderbook_out out;
    struct resting_pool orders;
    struct level_pool levels;
    struct level_side *sides; /* of an instrument: buys, sells */
    struct order_index ids;   /* unless id_max */
    uint32_t *slots;          /* with id_max: by id, slot + 1, 0 = no such order */
    uint64_t id_max;          /* the largest that may come */
    uint32_t instrument_max, order_max, level_max, report_kinds;
    uint64_t hash_key;
    size_t bytes; /* of the memory that begins with this struct */
};

/* The sides of all books are numbered: a buy and a sell of an instrument differ in the last bit. */
static inline uint32_t
where_of(uint32_t instrument, uint8_t side)
{
    return instrument * 2 + side - SIDE_BUY;
}

static inline uint8_t
side_of(uint32_t where)
{
    return (uint8_t)((where & 1) + SIDE_BUY);
}

/* --- memory: one block --- */

static size_t
align64(size_t n)
{
    return (n + 63) & ~(size_t)63;
}

/* Carves what comes behind the struct, or (carved == false) only adds up what it takes. */
static size_t
carve(struct orderbook *ob, bool carved)
{
    const bool array = ob->id_max != ID_ANY;
    const size_t parts[] = {
        align64(sizeof(*ob)),
        align64(resting_pool_footprint(ob->order_max)),
        align64(level_pool_footprint(ob->level_max)),
        align64(array ? (ob->id_max + 1) * sizeof(uint32_t) : order_index_footprint(ob->order_max)),
        align64(2ul * ob->instrument_max * sizeof(struct level_side)),
    };
    size_t at[6] = {0};
    for (size_t i = 0; i < 5; i++)
        at[i + 1] = at[i] + parts[i];
    if (carved) {
        uint8_t *mem = (uint8_t *)ob;
        resting_pool_init(&ob->orders, mem + at[1], ob->order_max);
        level_pool_init(&ob->levels, mem + at[2], ob->level_max);
        if (array)
            ob->slots = (void *)(mem + at[3]);
        else
            order_index_init(&ob->ids, mem + at[3], ob->order_max, ob->hash_key);
        ob->sides = (void *)(mem + at[4]);
        for (uint32_t i = 0; i < 2 * ob->instrument_max; i++)
            level_side_init(&ob->sides[i], side_of(i));
    }
    return at[5];
}

/* The struct as it begins, its parts not yet carved; bytes 0: out of range. */
static struct orderbook
head_of(const struct orderbook_config *config)
{
    struct orderbook head = {
        .out = config->out,
        .instrument_max = config->instrument_max,
        .order_max = config->order_max,
        .level_max = config->level_max,
        .report_kinds = config->report_kinds != 0 ? config->report_kinds : ~0u,
        .id_max = config->id_max != 0 ? config->id_max : ID_ANY,
        .hash_key = config->hash_key,
    };
    if (head.level_max == 0 || head.level_max > head.order_max)
        head.level_max = head.order_max; /* a level is there while an order is */
    bool fits = head.instrument_max > 0 && head.instrument_max <= UINT32_MAX / 2 &&
                head.order_max > 0 && head.order_max <= RESTING_MAX && head.out.full != NULL;
    head.bytes = fits ? carve(&head, false) : 0;
    return head;
}

size_t
orderbook_footprint(const struct orderbook_config *config)
{
    return head_of(config).bytes;
}

struct orderbook *
orderbook_create(const struct orderbook_config *config, void *mem)
{
    struct orderbook *ob = mem;
    struct orderbook head = head_of(config);
    CHECK(head.bytes > 0 && ((uintptr_t)mem & 63) == 0);
    *ob = head;
    (void)carve(ob, true);
    return ob;
}

void
orderbook_clear(struct orderbook *ob)
{
    memset(ob + 1, 0, ob->bytes - sizeof(*ob));
    (void)carve(ob, true);
}

struct orderbook_out *
orderbook_out(struct orderbook *ob)
{
    return &ob->out;
}

/* --- reports: put together only where the caller wants that kind --- */

/* What is no operation at all is reported always. */
static inline bool
wanted(const struct orderbook *ob, uint8_t kind)
{
    return kind >= ORDERBOOK_KIND_CNT || (ob->report_kinds >> kind & 1) != 0;
}

static inline struct orderbook_report *
next_report(struct orderbook *ob)
{
    if (__builtin_expect(ob->out.at == ob->out.end, false))
        ob->out.full(ob->out.self, &ob->out);
    return ob->out.at++;
}

/* Of an operation, done or refused: as it was asked, with the lots that are (or were) open. */
static inline enum orderbook_result
answer(struct orderbook *ob, const struct orderbook_op *op, int64_t lots,
       enum orderbook_result result)
{
    if (wanted(ob, op->kind))
        *next_report(ob) = (struct orderbook_report){.order_id = op->order_id,
                                                     .price_units = op->price_units,
                                                     .lots = lots,
                                                     .instrument = op->instrument,
                                                     .kind = op->kind,
                                                     .side = op->side,
                                                     .result = (uint8_t)result};
    return result;
}

/* --- orders by id --- */

/* *cell: for forget */
static inline uint32_t
find(const struct orderbook *ob, uint64_t order_id, uint64_t *cell)
{
    if (ob->slots == NULL)
        return order_index_find(&ob->ids, ob->orders.orders, order_id, cell);
    *cell = order_id;
    return order_id <= ob->id_max ? ob->slots[order_id] - 1 : RESTING_NONE;
}

static inline void
remember(struct orderbook *ob, uint64_t order_id, uint32_t slot)
{
    if (ob->slots == NULL)
        order_index_add(&ob->ids, order_id, slot);
    else
        ob->slots[order_id] = slot + 1;
}

/* Of an order that is in no book any more. */
static inline void
forget(struct orderbook *ob, uint32_t slot, uint64_t cell)
{
    if (ob->slots == NULL)
        order_index_remove(&ob->ids, cell);
    else
        ob->slots[cell] = 0;
    resting_pool_give(&ob->orders, slot);
}

/* --- operations --- */

/* Fills the first order of a level as far as it goes, at most `most` lots; returns how many. */
static inline int64_t
fill_first(struct orderbook *ob, struct level_side *s, const struct orderbook_op *op, int64_t most)
{
    struct level *l = &ob->levels.levels[s->best];
    uint32_t slot = l->head;
    struct resting *maker = &ob->orders.orders[slot];
    int64_t lots = maker->lots < most ? maker->lots : most;
    if (wanted(ob, ORDERBOOK_TRADE))
        *next_report(ob) = (struct orderbook_report){.order_id = maker->order_id,
                                                     .taker_id = op->order_id,
                                                     .price_units = l->price_units,
                                                     .lots = lots,
                                                     .instrument = op->instrument,
                                                     .kind = ORDERBOOK_TRADE,
                                                     .side = op->side};
    l->lots -= lots;
    s->lots -= lots;
    maker->lots -= lots;
    if (maker->lots > 0)
        return lots;
    uint64_t cell;
    (void)find(ob, maker->order_id, &cell);
    l->head = maker->next;
    if (l->head != RESTING_NONE)
        ob->orders.orders[l->head].prev = RESTING_NONE;
    else
        level_give(&ob->levels, s, s->best);
    forget(ob, slot, cell);
    return lots;
}

/* Trades with whoever waits at the price or better; returns the lots that are left. */
static int64_t
match(struct orderbook *ob, struct level_side *s, const struct orderbook_op *op)
{
    int64_t left = op->lots;
    do
        left -= fill_first(ob, s, op, left);
    while (left > 0 && level_side_reached(s, op->price_units));
    return left;
}

/* Whether all of it may rest: asked before anything is traded, so that it is refused whole. */
static inline bool
has_room(const struct orderbook *ob, const struct level_side *s, int64_t lots)
{
    int64_t sum;
    bool fits = level_pool_has_room(&ob->levels);
    fits &= ob->orders.cnt < ob->orders.max;
    fits &= !__builtin_add_overflow(s->lots, lots, &sum);
    return fits;
}

/* Behind the others of its price. */
static inline void
rest(struct orderbook *ob, uint32_t where, const struct orderbook_op *op, int64_t lots)
{
    struct level_side *s = &ob->sides[where];
    uint32_t level = level_near(&ob->levels, s, op->price_units);
    if (__builtin_expect(level == LEVEL_NONE, false))
        level = level_take(&ob->levels, s, op->price_units);
    struct level *l = &ob->levels.levels[level];
    uint32_t slot = resting_pool_take(&ob->orders);
    struct resting *orders = ob->orders.orders, *o = &orders[slot];
    o->order_id = op->order_id;
    o->lots = lots;
    o->level = level;
    o->prev = l->tail;
    o->next = RESTING_NONE;
    o->where = where;
    *(l->head == RESTING_NONE ? &l->head : &orders[l->tail].next) = slot;
    l->tail = slot;
    l->lots += lots;
    s->lots += lots;
    remember(ob, op->order_id, slot);
}

/* Trades, then rests; room must be there. Returns what rests. */
static inline int64_t
enter(struct orderbook *ob, const struct orderbook_op *op)
{
    uint32_t where = where_of(op->instrument, op->side);
    struct level_side *other = &ob->sides[where ^ 1];
    int64_t left = op->lots;
    if (level_side_reached(other, op->price_units))
        left = match(ob, other, op);
    if (left > 0)
        rest(ob, where, op, left);
    return left;
}

/* Each condition is true of nearly every operation: they are asked together. */
static inline bool
is_order(const struct orderbook *ob, const struct orderbook_op *op)
{
    return (op->instrument < ob->instrument_max) & ((uint32_t)op->side - SIDE_BUY <= 1) &
           (op->order_id - 1 < ob->id_max) & (op->price_units > 0) & (op->lots > 0);
}

static inline enum orderbook_result
add(struct orderbook *ob, const struct orderbook_op *op)
{
    uint64_t cell;
    if (!is_order(ob, op))
        return answer(ob, op, 0, ORDERBOOK_BAD_FIELD);
    if (find(ob, op->order_id, &cell) != RESTING_NONE)
        return answer(ob, op, 0, ORDERBOOK_DUPLICATE_ID);
    if (!has_room(ob, &ob->sides[where_of(op->instrument, op->side)], op->lots))
        return answer(ob, op, 0, ORDERBOOK_FULL);
    return answer(ob, op, enter(ob, op), ORDERBOOK_OK);
}

/* The operation as its report tells it: with what the order says. */
static inline struct orderbook_op
of_order(const struct orderbook *ob, const struct resting *o, uint8_t kind)
{
    return (struct orderbook_op){.order_id = o->order_id,
                                 .price_units = ob->levels.levels[o->level].price_units,
                                 .lots = o->lots,
                                 .instrument = o->where / 2,
                                 .kind = kind,
                                 .side = side_of(o->where)};
}

/* Takes an order out of its book; its level goes with its last one. */
static inline void
leave(struct orderbook *ob, uint32_t slot, uint64_t cell)
{
    struct resting *orders = ob->orders.orders;
    const struct resting *o = &orders[slot];
    struct level_side *s = &ob->sides[o->where];
    struct level *l = &ob->levels.levels[o->level];
    l->lots -= o->lots;
    s->lots -= o->lots;
    *(o->prev == RESTING_NONE ? &l->head : &orders[o->prev].next) = o->next;
    *(o->next == RESTING_NONE ? &l->tail : &orders[o->next].prev) = o->prev;
    if (l->head == RESTING_NONE)
        level_give(&ob->levels, s, o->level);
    forget(ob, slot, cell);
}

static inline enum orderbook_result
cancel(struct orderbook *ob, const struct orderbook_op *op)
{
    uint64_t cell;
    uint32_t slot = find(ob, op->order_id, &cell);
    if (slot == RESTING_NONE)
        return answer(ob, op, 0, ORDERBOOK_UNKNOWN_ORDER);
    if (wanted(ob, ORDERBOOK_CANCEL)) {
        struct orderbook_op gone = of_order(ob, &ob->orders.orders[slot], ORDERBOOK_CANCEL);
        (void)answer(ob, &gone, gone.lots, ORDERBOOK_OK);
    }
    leave(ob, slot, cell);
    return ORDERBOOK_OK;
}

static enum orderbook_result
replace(struct orderbook *ob, const struct orderbook_op *op)
{
    uint64_t cell;
    uint32_t slot = find(ob, op->order_id, &cell);
    if (slot == RESTING_NONE)
        return answer(ob, op, 0, ORDERBOOK_UNKNOWN_ORDER);
    if (op->price_units <= 0 || op->lots <= 0)
        return answer(ob, op, 0, ORDERBOOK_BAD_FIELD);
    struct resting *o = &ob->orders.orders[slot];
    struct orderbook_op next = of_order(ob, o, ORDERBOOK_REPLACE);
    struct level_side *s = &ob->sides[o->where];
    if (op->price_units == next.price_units && op->lots <= next.lots) {
        ob->levels.levels[o->level].lots -= next.lots - op->lots;
        s->lots -= next.lots - op->lots;
        o->lots = op->lots;
        return answer(ob, &next, op->lots, ORDERBOOK_OK);
    }
    int64_t sum;
    if (!level_pool_has_room(&ob->levels) || __builtin_add_overflow(s->lots, op->lots, &sum))
        return answer(ob, op, 0, ORDERBOOK_FULL);
    leave(ob, slot, cell);
    next.price_units = op->price_units;
    next.lots = op->lots;
    return answer(ob, &next, enter(ob, &next), ORDERBOOK_OK);
}

static inline enum orderbook_result
apply(struct orderbook *ob, const struct orderbook_op *op)
{
    switch (op->kind) {
    case ORDERBOOK_ADD:
        return add(ob, op);
    case ORDERBOOK_CANCEL:
        return cancel(ob, op);
    case ORDERBOOK_REPLACE:
        return replace(ob, op);
    default:
        return answer(ob, op, 0, ORDERBOOK_BAD_FIELD);
    }
}

enum orderbook_result
orderbook_add(struct orderbook *ob, uint32_t instrument, uint64_t order_id, uint8_t side,
              int64_t price_units, int64_t lots)
{
    return add(ob, &(struct orderbook_op){.order_id = order_id,
                                          .price_units = price_units,
                                          .lots = lots,
                                          .instrument = instrument,
                                          .kind = ORDERBOOK_ADD,
                                          .side = side});
}

enum orderbook_result
orderbook_cancel(struct orderbook *ob, uint64_t order_id)
{
    return cancel(ob, &(struct orderbook_op){.order_id = order_id, .kind = ORDERBOOK_CANCEL});
}

enum orderbook_result
orderbook_replace(struct orderbook *ob, uint64_t order_id, int64_t price_units, int64_t lots)
{
    return replace(ob, &(struct orderbook_op){.order_id = order_id,
                                              .price_units = price_units,
                                              .lots = lots,
                                              .kind = ORDERBOOK_REPLACE});
}

/* --- looking ahead --- */

/* From so many orders on they are no longer all in a core's own cache (64 bytes each, 1 to 2 MiB);
 * below that looking ahead only costs. */
enum { AHEAD_FROM_ORDERS = 20000, AHEAD = 16 };

static inline uint32_t
guess(const struct orderbook *ob, uint64_t order_id)
{
    if (ob->slots == NULL)
        return order_index_guess(&ob->ids, order_id);
    return order_id <= ob->id_max ? ob->slots[order_id] - 1 : RESTING_NONE;
}

/* What `cnt` operations need is asked for step by step for all of them together, so that one wait
 * serves them all: the table's cell and the book; the order, or the leaf of the price; the level
 * and the neighbours. Reads, and changes nothing: what it guesses wrong costs time only. */
static __attribute__((noinline)) void
look_ahead(const struct orderbook *ob, const struct orderbook_op *ops, uint32_t cnt)
{
    uint32_t found[AHEAD];
    const struct resting *orders = ob->orders.orders;
    const struct level *levels = ob->levels.levels;
    for (uint32_t i = 0; i < cnt; i++) {
        if (ob->slots == NULL)
            order_index_touch(&ob->ids, ops[i].order_id);
        else if (ops[i].order_id <= ob->id_max)
            __builtin_prefetch(&ob->slots[ops[i].order_id], 1, 3);
        if (ops[i].kind == ORDERBOOK_ADD && ops[i].instrument < ob->instrument_max) {
            __builtin_prefetch(&ob->sides[2 * ops[i].instrument], 1, 3);
            __builtin_prefetch(&ob->sides[2 * ops[i].instrument + 1].root, 1, 3);
        }
    }
    for (uint32_t i = 0; i < cnt; i++) {
        const struct orderbook_op *op = &ops[i];
        if (op->kind != ORDERBOOK_ADD) {
            found[i] = guess(ob, op->order_id);
            if (found[i] != RESTING_NONE)
                __builtin_prefetch(&orders[found[i]], 1, 3);
        } else {
            found[i] = LEVEL_NONE;
            if (op->instrument < ob->instrument_max && (uint32_t)op->side - SIDE_BUY <= 1)
                found[i] = level_touch(&ob->levels, &ob->sides[where_of(op->instrument, op->side)],
                                       op->price_units);
        }
    }
    for (uint32_t i = 0; i < cnt; i++) {
        const struct orderbook_op *op = &ops[i];
        if (found[i] == RESTING_NONE)
            continue;
        if (op->kind != ORDERBOOK_ADD) {
            const struct resting *o = &orders[found[i]];
            __builtin_prefetch(&levels[o->level], 1, 3);
            if (o->prev != RESTING_NONE)
                __builtin_prefetch(&orders[o->prev], 1, 3);
            if (o->next != RESTING_NONE)
                __builtin_prefetch(&orders[o->next], 1, 3);
            __builtin_prefetch(&ob->sides[o->where], 1, 3);
        } else {
            uint32_t level = level_of_ref(&ob->levels, found[i], op->price_units);
            if (level != LEVEL_NONE)
                __builtin_prefetch(&levels[level], 1, 3);
        }
    }
}

uint32_t
orderbook_apply(struct orderbook *ob, const struct orderbook_op *ops, uint32_t cnt)
{
    uint32_t refused = 0;
    while (cnt > 0) {
        uint32_t batch = cnt < AHEAD ? cnt : AHEAD;
        if (batch > 1 && ob->orders.cnt >= AHEAD_FROM_ORDERS)
            look_ahead(ob, ops, batch);
        for (uint32_t i = 0; i < batch; i++)
            refused += apply(ob, &ops[i]) != ORDERBOOK_OK;
        ops += batch;
        cnt -= batch;
    }
    return refused;
}

bool
orderbook_best(const struct orderbook *ob, uint32_t instrument, uint8_t side, int64_t *price_units,
               int64_t *lots)
{
    CHECK(instrument < ob->instrument_max && (side == SIDE_BUY || side == SIDE_SELL));
    const struct level_side *s = &ob->sides[where_of(instrument, side)];
    if (s->best == LEVEL_NONE)
        return false;
    *price_units = s->best_units;
    *lots = ob->levels.levels[s->best].lots;
    return true;
}

uint32_t
orderbook_order_cnt(const struct orderbook *ob)
{
    return ob->orders.cnt;
}
