/* The order book as a library: two offers, a buyer who takes one and a half of them, and what was
 * reported. docs/orderbook.md shows how to build it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/book/orderbook.h"

static struct orderbook_report reports[64];

static void
print(void *self, struct orderbook_out *out) /* also called when the array is full */
{
    (void)self;
    for (const struct orderbook_report *r = reports; r < out->at; r++)
        printf("%s order %" PRIu64 " taker %" PRIu64 ": %" PRId64 " @ %" PRId64 "\n",
               r->kind == ORDERBOOK_TRADE ? "trade" : "added", r->order_id, r->taker_id, r->lots,
               r->price_units);
    *out = (struct orderbook_out){reports, reports + 64, print, NULL};
}

int
main(void)
{
    struct orderbook_config config = {
        .instrument_max = 1, .order_max = 1000, .out = {reports, reports + 64, print, NULL}};
    size_t bytes = orderbook_footprint(&config);
    void *memory = aligned_alloc(64, bytes);
    if (memory == NULL)
        return 1;
    struct orderbook *ob = orderbook_create(&config, memset(memory, 0, bytes));
    orderbook_add(ob, 0, 1, SIDE_SELL, 101, 10);
    orderbook_add(ob, 0, 2, SIDE_SELL, 100, 10);
    orderbook_add(ob, 0, 3, SIDE_BUY, 101, 15);
    print(NULL, orderbook_out(ob));
    int64_t price, lots;
    if (orderbook_best(ob, 0, SIDE_SELL, &price, &lots))
        printf("best offer %" PRId64 " @ %" PRId64 "\n", lots, price);
    free(memory);
}
