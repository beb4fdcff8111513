#include "engine/book/orderbook.h"

#include <string.h>

#include "engine/base/check.h"
#include "engine/book/book.h"
#include "engine/book/order_index.h"

struct orderbook {
    struct orderbook_out out;
    struct book_pools pools; /* an order bears the caller's id: the pool's own are not used */
    struct order_index ids;  /* unless id_max */
    uint32_t *slots;         /* with id_max: by id, slot + 1, 0 = no such order */
    struct book *books;
    uint32_t instrument_max, order_max, level_max, report_kinds, id_max;
    uint64_t hash_key;
    size_t bytes; /* of the memory that begins with this struct */
};

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
    const size_t parts[] = {
        align64(sizeof(*ob)),
        align64(order_pool_footprint(ob->order_max)),
        align64(level_pool_footprint(ob->level_max)),
        align64(ob->id_max != 0 ? (ob->id_max + 1ul) * sizeof(uint32_t)
                                : order_index_footprint(ob->order_max)),
        align64(ob->instrument_max * sizeof(struct book)),
    };
    size_t at[6] = {0};
    for (size_t i = 0; i < 5; i++)
        at[i + 1] = at[i] + parts[i];
    if (carved) {
        uint8_t *mem = (uint8_t *)ob;
        order_pool_init(&ob->pools.orders, mem + at[1], ob->order_max);
        level_pool_init(&ob->pools.levels, mem + at[2], ob->level_max);
        if (ob->id_max != 0)
            ob->slots = (void *)(mem + at[3]);
        else
            order_index_init(&ob->ids, mem + at[3], ob->order_max, ob->hash_key);
        ob->books = (void *)(mem + at[4]);
        for (uint32_t i = 0; i < ob->instrument_max; i++)
            book_init(&ob->books[i]);
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
        .id_max = config->id_max,
        .hash_key = config->hash_key,
    };
    if (head.level_max == 0 || head.level_max > head.order_max)
        head.level_max = head.order_max; /* a level is there while an order is */
    bool fits = head.instrument_max > 0 && head.order_max > 0 && head.order_max <= ORDER_POOL_MAX &&
                head.out.full != NULL;
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
        return order_index_find(&ob->ids, &ob->pools.orders, order_id, cell);
    *cell = order_id;
    return order_id <= ob->id_max ? ob->slots[order_id] - 1 : ORDER_NONE;
}

/* Of an order that is in no book any more. */
static inline void
forget(struct orderbook *ob, uint32_t slot, uint64_t cell)
{
    if (ob->slots == NULL)
        order_index_remove(&ob->ids, cell);
    else
        ob->slots[cell] = 0;
    order_pool_give(&ob->pools.orders, slot);
}

/* --- operations --- */

/* Trades with whoever waits at the price or better; returns the lots that are left. */
static int64_t
match(struct orderbook *ob, struct book *book, const struct orderbook_op *op)
{
    int64_t left = op->lots;
    while (left > 0 && book_crosses(book, &ob->pools, op->side, op->price_units)) {
        uint32_t level = book_best(book, op->side == SIDE_BUY ? SIDE_SELL : SIDE_BUY);
        uint32_t slot = ob->pools.levels.levels[level].head;
        const struct order *maker = order_at(&ob->pools.orders, slot);
        int64_t lots = maker->leaves_lots < left ? maker->leaves_lots : left;
        if (wanted(ob, ORDERBOOK_TRADE))
            *next_report(ob) = (struct orderbook_report){.order_id = maker->order_id,
                                                         .taker_id = op->order_id,
                                                         .price_units = maker->price_units,
                                                         .lots = lots,
                                                         .instrument = op->instrument,
                                                         .kind = ORDERBOOK_TRADE,
                                                         .side = op->side};
        left -= lots;
        if (!book_reduce(book, &ob->pools, slot, lots)) {
            uint64_t cell;
            (void)find(ob, maker->order_id, &cell);
            forget(ob, slot, cell);
        }
    }
    return left;
}

/* Whether all of it may rest: asked before anything is traded, so that it is refused whole. */
static bool
has_room(const struct orderbook *ob, const struct book *book, uint8_t side, int64_t lots)
{
    int64_t sum;
    return order_pool_has_room(&ob->pools.orders) && level_pool_has_room(&ob->pools.levels) &&
           !__builtin_add_overflow(book->side[side - SIDE_BUY].lots, lots, &sum);
}

static void
rest(struct orderbook *ob, struct book *book, const struct orderbook_op *op, int64_t lots)
{
    uint32_t slot = order_pool_take(&ob->pools.orders);
    struct order *o = order_at(&ob->pools.orders, slot);
    o->order_id = op->order_id;
    o->price_units = op->price_units;
    o->leaves_lots = lots;
    o->instrument_idx = op->instrument;
    o->side = op->side;
    book_add(book, &ob->pools, slot);
    if (ob->slots == NULL)
        order_index_add(&ob->ids, op->order_id, slot);
    else
        ob->slots[op->order_id] = slot + 1;
}

static enum orderbook_result
add(struct orderbook *ob, const struct orderbook_op *op)
{
    uint64_t cell;
    if (op->instrument >= ob->instrument_max || (op->side != SIDE_BUY && op->side != SIDE_SELL) ||
        op->order_id == 0 || (ob->id_max != 0 && op->order_id > ob->id_max) ||
        op->price_units <= 0 || op->lots <= 0)
        return answer(ob, op, 0, ORDERBOOK_BAD_FIELD);
    if (find(ob, op->order_id, &cell) != ORDER_NONE)
        return answer(ob, op, 0, ORDERBOOK_DUPLICATE_ID);
    struct book *book = &ob->books[op->instrument];
    if (!has_room(ob, book, op->side, op->lots))
        return answer(ob, op, 0, ORDERBOOK_FULL);
    int64_t left = match(ob, book, op);
    if (left > 0)
        rest(ob, book, op, left);
    return answer(ob, op, left, ORDERBOOK_OK);
}

/* The operation as its report tells it: with what the order says. */
static struct orderbook_op
of_order(const struct order *o, uint8_t kind)
{
    return (struct orderbook_op){.order_id = o->order_id,
                                 .price_units = o->price_units,
                                 .lots = o->leaves_lots,
                                 .instrument = o->instrument_idx,
                                 .kind = kind,
                                 .side = o->side};
}

static enum orderbook_result
cancel(struct orderbook *ob, const struct orderbook_op *op)
{
    uint64_t cell;
    uint32_t slot = find(ob, op->order_id, &cell);
    if (slot == ORDER_NONE)
        return answer(ob, op, 0, ORDERBOOK_UNKNOWN_ORDER);
    const struct order *o = order_at(&ob->pools.orders, slot);
    book_remove(&ob->books[o->instrument_idx], &ob->pools, slot);
    forget(ob, slot, cell);
    if (!wanted(ob, ORDERBOOK_CANCEL))
        return ORDERBOOK_OK;
    struct orderbook_op gone = of_order(o, ORDERBOOK_CANCEL); /* its slot still says what it was */
    gone.order_id = op->order_id;
    return answer(ob, &gone, gone.lots, ORDERBOOK_OK);
}

static enum orderbook_result
replace(struct orderbook *ob, const struct orderbook_op *op)
{
    uint64_t cell;
    uint32_t slot = find(ob, op->order_id, &cell);
    if (slot == ORDER_NONE)
        return answer(ob, op, 0, ORDERBOOK_UNKNOWN_ORDER);
    if (op->price_units <= 0 || op->lots <= 0)
        return answer(ob, op, 0, ORDERBOOK_BAD_FIELD);
    struct orderbook_op next = of_order(order_at(&ob->pools.orders, slot), ORDERBOOK_REPLACE);
    struct book *book = &ob->books[next.instrument];
    if (op->price_units == next.price_units && op->lots <= next.lots) {
        if (op->lots < next.lots)
            (void)book_reduce(book, &ob->pools, slot, next.lots - op->lots);
        next.lots = op->lots;
        return answer(ob, &next, next.lots, ORDERBOOK_OK);
    }
    int64_t sum;
    if (!level_pool_has_room(&ob->pools.levels) ||
        __builtin_add_overflow(book->side[next.side - SIDE_BUY].lots, op->lots, &sum))
        return answer(ob, op, 0, ORDERBOOK_FULL);
    book_remove(book, &ob->pools, slot);
    forget(ob, slot, cell);
    next.price_units = op->price_units;
    next.lots = op->lots;
    int64_t left = match(ob, book, &next);
    if (left > 0)
        rest(ob, book, &next, left);
    return answer(ob, &next, left, ORDERBOOK_OK);
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
    return order_id <= ob->id_max ? ob->slots[order_id] - 1 : ORDER_NONE;
}

/* What `cnt` operations need is asked for step by step for all of them together, so that one wait
 * serves them all: the table's cell and the book; the order, or the leaf of the price; the level
 * and the neighbours. Reads, and changes nothing: what it guesses wrong costs time only. */
static void
look_ahead(const struct orderbook *ob, const struct orderbook_op *ops, uint32_t cnt)
{
    uint32_t found[AHEAD];
    const struct order_pool *orders = &ob->pools.orders;
    const struct level *levels = ob->pools.levels.levels;
    for (uint32_t i = 0; i < cnt; i++) {
        if (ob->slots == NULL)
            order_index_touch(&ob->ids, ops[i].order_id);
        else if (ops[i].order_id <= ob->id_max)
            __builtin_prefetch(&ob->slots[ops[i].order_id], 1, 3);
        if (ops[i].kind == ORDERBOOK_ADD && ops[i].instrument < ob->instrument_max)
            __builtin_prefetch(&ob->books[ops[i].instrument], 1, 3);
    }
    for (uint32_t i = 0; i < cnt; i++) {
        const struct orderbook_op *op = &ops[i];
        if (op->kind != ORDERBOOK_ADD) {
            found[i] = guess(ob, op->order_id);
            if (found[i] != ORDER_NONE)
                __builtin_prefetch(order_at(orders, found[i]), 1, 3);
        } else {
            found[i] = LEVEL_NONE;
            if (op->instrument < ob->instrument_max &&
                (op->side == SIDE_BUY || op->side == SIDE_SELL))
                found[i] =
                    level_touch(&ob->pools.levels, book_side(&ob->books[op->instrument], op->side),
                                op->price_units);
        }
    }
    for (uint32_t i = 0; i < cnt; i++) {
        const struct orderbook_op *op = &ops[i];
        if (found[i] == ORDER_NONE)
            continue;
        if (op->kind != ORDERBOOK_ADD) {
            const struct order *o = order_at(orders, found[i]);
            __builtin_prefetch(&levels[o->level], 1, 3);
            if (o->prev != ORDER_NONE)
                __builtin_prefetch(order_at(orders, o->prev), 1, 3);
            if (o->next != ORDER_NONE)
                __builtin_prefetch(order_at(orders, o->next), 1, 3);
            __builtin_prefetch(&ob->books[o->instrument_idx], 1, 3);
        } else {
            uint32_t level = level_of_ref(&ob->pools.levels, found[i], op->price_units);
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
        if (batch > 1 && ob->pools.orders.cnt >= AHEAD_FROM_ORDERS)
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
    uint32_t best = book_best(&ob->books[instrument], side);
    if (best == LEVEL_NONE)
        return false;
    *price_units = ob->pools.levels.levels[best].price_units;
    *lots = ob->pools.levels.levels[best].lots;
    return true;
}

uint32_t
orderbook_order_cnt(const struct orderbook *ob)
{
    return ob->pools.orders.cnt;
}
