#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/flow/flow_read.h"

/* The binary workload: 64-byte header, records of 24 bytes, little-endian. Orders rise from 1; a
 * cancel names its order; types: 0 add, 1 cancel, 2 add that crosses, 3 add while the book is built
 * (not timed). Side 0 buy, 1 sell. The remainder of every add rests. */
struct workload_header {
    char magic[8];
    uint32_t version, instrument_cnt;
    uint64_t warm_cnt, op_cnt, seed, zero[3];
};
_Static_assert(sizeof(struct workload_header) == 64, "workload header layout");
struct workload_record {
    uint64_t order;
    int32_t price_ticks;
    uint32_t qty_lots;
    uint16_t instrument;
    uint8_t type, side;
    uint32_t zero;
};
_Static_assert(sizeof(struct workload_record) == 24, "workload record layout");

enum { TYPE_CANCEL = 1, TYPE_MAX = 3, OP_GAP_NS = 1000 };

static int
header_read(struct flow *f, const struct flow_bytes *b, struct workload_header *head,
            struct error *err)
{
    if (b->length < sizeof *head)
        return error_set(err, ERR_INVALID, "workload: shorter than its header");
    memcpy(head, b->data, sizeof *head);
    if (head->version != 1)
        return error_set(err, ERR_UNSUPPORTED, "workload: version %u, expected 1", head->version);
    uint64_t records = (b->length - sizeof *head) / sizeof(struct workload_record);
    if ((b->length - sizeof *head) % sizeof(struct workload_record) != 0 ||
        head->warm_cnt > records || head->op_cnt != records - head->warm_cnt ||
        records > UINT32_MAX)
        return error_set(err, ERR_INVALID, "workload: the header's counts do not fit the file");
    if (head->instrument_cnt < 1 || head->instrument_cnt > UINT16_MAX)
        return error_set(err, ERR_INVALID, "workload: %u instruments", head->instrument_cnt);
    for (uint32_t i = 0; i < head->instrument_cnt; i++) {
        char symbol[SYMBOL_MAX];
        uint16_t index;
        snprintf(symbol, sizeof symbol, "W%05u", i + 1);
        int rc = flow_instrument_add(f, symbol, 0, 0, &index, err);
        if (rc < 0)
            return rc;
    }
    return 0;
}

/* errors: a text, NULL when the record is one */
static const char *
record_convert(const struct workload_record *r, const struct flow_op *news, uint32_t order_cnt,
               uint32_t client_cnt, struct flow_op *op)
{
    if (r->type > TYPE_MAX)
        return "unknown type";
    if (r->type == TYPE_CANCEL) {
        if (r->order == 0 || r->order > order_cnt)
            return "cancel of an order that has not come";
        *op = news[r->order - 1]; /* instrument and side of a finished order are not in the file */
        op->kind = FLOW_CANCEL;
        op->price_units = op->qty_units = 0;
        return NULL;
    }
    if (r->order != order_cnt + 1ull)
        return "order numbers do not rise by one";
    *op = (struct flow_op){
        .price_units = r->price_ticks,
        .qty_units = r->qty_lots,
        .order = (uint32_t)r->order,
        .instrument = r->instrument,
        .client = flow_client_of((uint32_t)r->order, client_cnt),
        .kind = FLOW_NEW,
        .side = r->side == 0 ? SIDE_BUY : SIDE_SELL,
        .ord_type = ORD_LIMIT,
        .tif = TIF_GTC,
        .source = FLOW_GENERATED,
    };
    return NULL;
}

int
flow_workload_read(struct flow *f, const struct flow_bytes *b,
                   const struct flow_read_options *options, struct error *err)
{
    struct workload_header head;
    int rc = header_read(f, b, &head, err);
    if (rc < 0)
        return rc;
    size_t cnt = (size_t)(head.warm_cnt + head.op_cnt);
    struct flow_op *news = malloc((cnt + 1) * sizeof *news);
    if (!news)
        return error_set(err, ERR_NO_SPACE, "workload: no memory for %zu records", cnt);
    snprintf(f->name, sizeof f->name, "workload: %u instruments, %llu operations, seed %llu",
             head.instrument_cnt, (unsigned long long)head.op_cnt, (unsigned long long)head.seed);
    f->warm_cnt = (size_t)head.warm_cnt;
    flow_reserve(f, cnt);
    for (size_t i = 0; i < cnt && rc == 0; i++) {
        struct workload_record r;
        struct flow_op op;
        memcpy(&r, b->data + sizeof head + i * sizeof r, sizeof r);
        const char *wrong = record_convert(&r, news, f->order_cnt, options->client_cnt, &op);
        if (wrong) {
            rc = error_set(err, ERR_INVALID, "workload: record %zu: %s", i + 1, wrong);
            break;
        }
        op.time_ns = (int64_t)i * OP_GAP_NS;
        if (op.kind == FLOW_NEW)
            news[op.order - 1] = op;
        flow_append(f, &op);
    }
    free(news);
    flow_note(f, 1, "times: the workload has none; 1 us between operations");
    return rc < 0 ? rc : flow_check(f, err);
}
