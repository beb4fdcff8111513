#ifndef ENGINE_MODEL_REFUSAL_H
#define ENGINE_MODEL_REFUSAL_H

#include <stddef.h>
#include <stdint.h>

enum { REFUSAL_TEXT_MAX = 128 };

/* What was compared when an order was refused. PRICE_BAND: band, price_units, edge_units;
 * MIN_ORDER_VALUE: value_units, least_units; every other reason has no figures here. */
struct refusal {
    uint32_t band;                    /* 0: enum band, the one whose edge it is */
    uint32_t zero;                    /* 4 */
    int64_t price_units, edge_units;  /* 8: the limit that came; where the band ends */
    int64_t value_units, least_units; /* 24: of the order at its bound; asked of it */
};
_Static_assert(sizeof(struct refusal) == 40, "refusal layout");

/* For people: "price 11.1 beyond 11, static band"; returns the length, 0 = it has no figures.
 * out: REFUSAL_TEXT_MAX bytes */
size_t refusal_text(const struct refusal *why, unsigned price_scale, unsigned currency_scale,
                    char *out);

#endif
