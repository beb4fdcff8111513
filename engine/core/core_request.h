#ifndef ENGINE_CORE_CORE_REQUEST_H
#define ENGINE_CORE_CORE_REQUEST_H

#include "engine/core/core_priv.h"

/* Requests for quote: core_request.c. */

struct core_request {  /* what a request for quote is beyond its slot, which is PLACE_REQUEST */
    uint64_t order_id; /* 0 = free */
    uint8_t side, disclosed, to_cnt, zero[5];
    uint32_t to_account_idx[REQUEST_TO_MAX];
    uint64_t quotes[REQUEST_QUOTE_MAX]; /* orders of the sides that are open; 0 = free */
};

void core_request(struct core *c, const struct command *cmd);
void core_request_quote(struct core *c, const struct command *cmd);
void core_request_hit(struct core *c, const struct command *cmd);
void core_request_pass(struct core *c, const struct command *cmd);
/* A request ends, and the quotes in answer to it. */
void core_request_end(struct core *c, uint32_t slot, uint16_t reason, uint8_t status);
/* The order of a side of a quote ends without a trade. */
void core_request_quote_end(struct core *c, uint32_t slot, uint16_t reason, uint8_t status);
/* Of a command about requests; of others 0. */
uint32_t core_request_instrument(const struct command *cmd);
/* To who asked for it again. */
void core_request_status(struct core *c, uint32_t slot);
/* Whether its record fits its slot. */
bool core_request_sane(const struct core *c, const struct core_request *r);

/* What the end of a request emits beyond that of an order. */
static inline uint32_t
core_events_of_requests(const struct core *c)
{
    enum { PER_REQUEST = REQUEST_QUOTE_MAX * CORE_EVENTS_PER_END + REQUEST_TO_MAX + 1 };
    return c->request_cnt == 0 ? 0 : PER_REQUEST;
}

#endif
