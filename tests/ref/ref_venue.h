#ifndef TESTS_REF_REF_VENUE_H
#define TESTS_REF_REF_VENUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/model/command.h"

/* A venue as plain and slow as can be, written from the rules and not from the core: arrays that
 * are searched from end to end, 128-bit arithmetic everywhere, no pools, no index, no work items.
 * It takes the core's commands and says in lines of text what must come of each; a test makes the
 * same lines from the core's events and compares. Hooks, sessions, roles and capacities are not
 * its part. */

enum {
    REF_ACCOUNT_MAX = 16,
    REF_ASSET_MAX = 8,
    REF_INSTRUMENT_MAX = 8,
    REF_ORDER_MAX = 8192,
    REF_ID_MAX = 65536,
    REF_TEXT_MAX = 1 << 20
};

struct ref_instrument {
    struct command_instrument def;
    int64_t last, reference;
    uint32_t state;
};

struct ref_order {
    char id[CLIENT_ID_MAX + 1];
    uint32_t account, instrument; /* indices */
    uint8_t side, type, tif;
    uint32_t exec_inst;
    int64_t price, cap, qty, cum, cost;
    int64_t maker_notional, taker_notional, charged;
    int64_t maker_ppm, taker_ppm, fee_min;
    int64_t hold;
    uint64_t entry;    /* order of entry */
    uint64_t priority; /* smaller = earlier at its price */
    bool open, in_book, parked;
    uint8_t status;
    uint32_t day;
};

struct ref_id { /* a client id that is known */
    uint32_t account;
    char id[CLIENT_ID_MAX + 1];
    uint8_t body[COMMAND_BYTES_MAX];
    uint32_t body_bytes;
    uint16_t type;
    uint32_t order; /* index */
    bool replaced;
    uint32_t done_day; /* + 1; 0 = open */
};

struct ref_balance {
    int64_t settled, held, in, out;
};

struct ref_venue {
    struct command_genesis genesis;
    uint32_t account_cnt, account_ids[REF_ACCOUNT_MAX];
    uint32_t asset_cnt, asset_ids[REF_ASSET_MAX];
    int asset_scale[REF_ASSET_MAX];
    int64_t issued[REF_ASSET_MAX];
    uint32_t instrument_cnt;
    struct ref_instrument instruments[REF_INSTRUMENT_MAX];
    struct ref_balance balances[REF_ACCOUNT_MAX][REF_ASSET_MAX];
    struct ref_order orders[REF_ORDER_MAX];
    uint32_t order_cnt;
    struct ref_id ids[REF_ID_MAX];
    uint32_t id_cnt;
    uint64_t entries, priorities;
    uint32_t mode, day;
    int64_t day_end_ns;
    char text[REF_TEXT_MAX]; /* what came of the last command, a line each */
    size_t text_bytes;
};

void ref_init(struct ref_venue *r, const struct command_genesis *g, int64_t time_ns);
/* Configuration, orders and deposits; r->text says what came of it. */
void ref_apply(struct ref_venue *r, const struct command *cmd);
/* Drops finished orders and old ids, to have room again; call between commands. */
void ref_compact(struct ref_venue *r);

#endif
