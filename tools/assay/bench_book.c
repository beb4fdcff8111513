#include <stdlib.h>
#include <string.h>

#include "engine/base/check.h"
#include "engine/book/orderbook.h"
#include "tools/assay/bench.h"
#include "tools/flow/flow_core.h"

/* The book alone: add, cancel, match; a flow's ids are found through an array. No accounts, no
 * money, no events: only the trades are reported. */

struct bare {
    const struct flow *f;
    struct orderbook *ob;
    void *memory; /* of it */
    size_t bytes;
    struct orderbook_report *trades; /* room for those of a batch */
    size_t trade_max;
    struct orderbook_op batch[BENCH_BATCH];
    uint32_t refused;
};

/* There is room for all trades of a batch: each ends its maker or its taker. */
static void
no_room(void *self, struct orderbook_out *out)
{
    (void)self;
    (void)out;
    CHECK(false, "more trades than orders");
}

/* In fresh memory, in the place of the one before. False: there is not that much. */
static bool
make_book(struct bare *b, uint32_t order_max)
{
    const struct orderbook_config config = {
        .instrument_max = b->f->instrument_cnt,
        .order_max = order_max,
        .id_max = b->f->order_cnt,
        .report_kinds = 1u << ORDERBOOK_TRADE,
        .out = {.at = b->trades, .end = b->trades + b->trade_max, .full = no_room},
    };
    bench_memory_give(b->memory, b->bytes);
    b->bytes = orderbook_footprint(&config);
    b->memory = bench_memory_take(b->bytes);
    b->ob = b->memory != NULL ? orderbook_create(&config, b->memory) : NULL;
    return b->ob != NULL;
}

static void
bare_prepare(void *self, size_t first, uint32_t cnt)
{
    struct bare *b = self;
    for (uint32_t i = 0; i < cnt; i++) {
        const struct flow_op *op = &b->f->ops[first + i];
        b->batch[i] = (struct orderbook_op){
            .order_id = op->order,
            .price_units = op->price_units,
            .lots = op->qty_units,
            .instrument = op->instrument,
            .kind = op->kind == FLOW_NEW ? ORDERBOOK_ADD : ORDERBOOK_CANCEL,
            .side = op->side,
        };
    }
    orderbook_out(b->ob)->at = b->trades;
    b->refused = 0;
}

/* Tables are sized for the orders that are in the books at once, which a run tells: what is filled
 * in between is not seen from the operations alone. */
static uint32_t
most_orders(struct bare *b)
{
    uint32_t most = 0;
    for (size_t at = 0; at < b->f->op_cnt; at += BENCH_BATCH) {
        size_t left = b->f->op_cnt - at;
        uint32_t cnt = left < BENCH_BATCH ? (uint32_t)left : (uint32_t)BENCH_BATCH;
        bare_prepare(b, at, cnt);
        (void)orderbook_apply(b->ob, b->batch, cnt);
        if (orderbook_order_cnt(b->ob) > most)
            most = orderbook_order_cnt(b->ob);
    }
    return most + BENCH_BATCH;
}

static void
bare_close(void *self)
{
    struct bare *b = self;
    bench_memory_give(b->memory, b->bytes);
    bench_memory_give(b->trades, b->trade_max * sizeof(*b->trades));
    free(b);
}

static int
bare_open(void **self, const struct flow *f, struct error *err)
{
    struct bare *b = calloc(1, sizeof *b);
    if (b == NULL)
        return error_set(err, ERR_NO_SPACE, "no memory for the books");
    b->f = f;
    b->trade_max = (size_t)flow_open_max(f) + BENCH_BATCH;
    b->trades = bench_memory_take(b->trade_max * sizeof(*b->trades));
    if (b->trades == NULL || !make_book(b, flow_open_max(f)) || !make_book(b, most_orders(b))) {
        bare_close(b);
        return error_set(err, ERR_NO_SPACE, "no memory for the books");
    }
    *self = b;
    return 0;
}

static void
bare_start(void *self)
{
    struct bare *b = self;
    orderbook_clear(b->ob);
}

static void
bare_apply(void *self, uint32_t at, uint32_t cnt, bool ahead)
{
    struct bare *b = self;
    if (ahead)
        b->refused += orderbook_apply(b->ob, &b->batch[at], cnt);
    else
        for (uint32_t i = 0; i < cnt; i++)
            b->refused += orderbook_apply(b->ob, &b->batch[at + i], 1);
}

static void
bare_collect(void *self, struct bench_sums *sums)
{
    struct bare *b = self;
    struct orderbook_out *out = orderbook_out(b->ob);
    for (const struct orderbook_report *t = b->trades; t < out->at; t++) {
        sums->trades++;
        sums->traded_qty += (uint64_t)t->lots;
        sums->checksum =
            flow_checksum_add(sums->checksum, (uint32_t)t->order_id, (uint32_t)t->taker_id,
                              (uint64_t)t->price_units, (uint64_t)t->lots);
    }
    out->at = b->trades;
    sums->rejects += b->refused;
    b->refused = 0;
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
