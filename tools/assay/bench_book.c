#include <stdlib.h>
#include <string.h>

#include "engine/base/check.h"
#include "engine/book/book.h"
#include "tools/assay/bench.h"
#include "tools/flow/flow_core.h"

/* The book alone: add, cancel, match. No accounts, no money, no events: of a trade is kept what the
 * checksum needs. Finding the order of a flow id (a table) is timed. */

struct trade {
    uint32_t maker, taker; /* flow ids */
    int64_t price_units, lots;
};

struct bare {
    const struct flow *f;
    uint8_t *memory;
    size_t bytes;
    struct book_pools pools;
    struct book *books;
    uint32_t *slots; /* by flow id: slot + 1 of an order that is in a book, else 0 */
    struct trade *trades;
    uint32_t trade_cnt, rejects;
    uint32_t order_max;
    const struct flow_op *ops; /* of the batch */
};

static size_t
align64(size_t n)
{
    return (n + 63) & ~(size_t)63;
}

/* Carves the memory, or (at == NULL) only adds up what it takes. */
static size_t
carve(struct bare *b, uint8_t *at)
{
    const size_t parts[] = {
        align64(order_pool_footprint(b->order_max)),
        align64(level_pool_footprint(b->order_max)),
        align64(b->f->instrument_cnt * sizeof(struct book)),
        align64((b->f->order_cnt + 1ul) * sizeof(uint32_t)),
        /* a trade ends its maker or its taker */
        align64(((size_t)b->order_max + BENCH_BATCH) * sizeof(struct trade)),
    };
    if (at != NULL) {
        order_pool_init(&b->pools.orders, at, b->order_max);
        level_pool_init(&b->pools.levels, at + parts[0], b->order_max);
        b->books = (void *)(at + parts[0] + parts[1]);
        b->slots = (void *)(at + parts[0] + parts[1] + parts[2]);
        b->trades = (void *)(at + parts[0] + parts[1] + parts[2] + parts[3]);
    }
    return parts[0] + parts[1] + parts[2] + parts[3] + parts[4];
}

static int
bare_open(void **self, const struct flow *f, struct error *err)
{
    struct bare *b = calloc(1, sizeof *b);
    if (b != NULL) {
        b->f = f;
        b->order_max = flow_open_max(f);
        b->bytes = carve(b, NULL);
        b->memory = bench_memory_take(b->bytes);
    }
    if (b == NULL || b->memory == NULL) {
        free(b);
        return error_set(err, ERR_NO_SPACE, "no memory for the books");
    }
    *self = b;
    return 0;
}

static void
bare_close(void *self)
{
    struct bare *b = self;
    bench_memory_give(b->memory, b->bytes);
    free(b);
}

static void
bare_start(void *self)
{
    struct bare *b = self;
    memset(b->memory, 0, b->bytes);
    (void)carve(b, b->memory);
    for (uint32_t i = 0; i < b->f->instrument_cnt; i++)
        book_init(&b->books[i]);
}

static void
bare_prepare(void *self, size_t first, uint32_t cnt)
{
    struct bare *b = self;
    (void)cnt;
    b->ops = &b->f->ops[first];
    b->trade_cnt = b->rejects = 0;
}

/* Trades with whoever waits at the price or better; returns the lots that are left. */
static int64_t
match(struct bare *b, struct book *book, const struct flow_op *op)
{
    int64_t left = op->qty_units;
    while (left > 0 && book_crosses(book, &b->pools, op->side, op->price_units)) {
        uint32_t level = book_best(book, op->side == SIDE_BUY ? SIDE_SELL : SIDE_BUY);
        uint32_t slot = b->pools.levels.levels[level].head;
        const struct order *maker = &b->pools.orders.hot[slot];
        int64_t lots = maker->leaves_lots < left ? maker->leaves_lots : left;
        b->trades[b->trade_cnt++] =
            (struct trade){maker->client_idx, op->order, maker->price_units, lots};
        left -= lots;
        if (!book_reduce(book, &b->pools, slot, lots)) {
            b->slots[maker->client_idx] = 0;
            order_pool_give(&b->pools.orders, slot);
        }
    }
    return left;
}

static void
add(struct bare *b, const struct flow_op *op)
{
    struct book *book = &b->books[op->instrument];
    int64_t left = match(b, book, op);
    if (left == 0)
        return;
    uint32_t slot = order_pool_take(&b->pools.orders);
    struct order *o = &b->pools.orders.hot[slot];
    o->price_units = op->price_units;
    o->leaves_lots = left;
    o->instrument_idx = op->instrument;
    o->side = op->side;
    o->client_idx = op->order;
    book_add(book, &b->pools, slot);
    b->slots[op->order] = slot + 1;
}

static void
cancel(struct bare *b, const struct flow_op *op)
{
    uint32_t slot = b->slots[op->order];
    if (slot-- == 0) {
        b->rejects++;
        return;
    }
    b->slots[op->order] = 0;
    book_remove(&b->books[b->pools.orders.hot[slot].instrument_idx], &b->pools, slot);
    order_pool_give(&b->pools.orders, slot);
}

static void
bare_apply(void *self, uint32_t at, uint32_t cnt, bool ahead)
{
    struct bare *b = self;
    (void)ahead; /* looking ahead made it slower in the cache, and is not what a book does */
    for (const struct flow_op *op = &b->ops[at], *end = op + cnt; op < end; op++) {
        if (op->kind == FLOW_NEW)
            add(b, op);
        else
            cancel(b, op);
    }
}

static void
bare_collect(void *self, struct bench_sums *sums)
{
    struct bare *b = self;
    for (uint32_t i = 0; i < b->trade_cnt; i++) {
        const struct trade *t = &b->trades[i];
        sums->trades++;
        sums->traded_qty += (uint64_t)t->lots;
        sums->checksum = flow_checksum_add(sums->checksum, t->maker, t->taker,
                                           (uint64_t)t->price_units, (uint64_t)t->lots);
    }
    sums->rejects += b->rejects;
    b->trade_cnt = b->rejects = 0;
}

const struct bench_target bench_book = {
    .name = "book",
    .open = bare_open,
    .close = bare_close,
    .start = bare_start,
    .prepare = bare_prepare,
    .apply = bare_apply,
    .collect = bare_collect,
};
