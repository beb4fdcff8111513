#ifndef ENGINE_CORE_CORE_SAVED_H
#define ENGINE_CORE_CORE_SAVED_H

#include <stdint.h>

#include "engine/book/order_pool.h"
#include "engine/core/client_ids.h"

/* The layout of core_save: header, genesis command, then sections (head, records, zeroes up to a
 * multiple of 8) in the order of enum saved_tag, then what the hooks wrote. Records are the core's
 * own structs: a change of one of them is a new SAVED_VERSION. */

#define SAVED_MAGIC "ASSAYCOR"
enum { SAVED_VERSION = 5 };

enum saved_tag {
    SAVED_SCALARS = 1,
    SAVED_ASSETS = 2,
    SAVED_BALANCES = 3,
    SAVED_ACCOUNTS = 4,
    SAVED_VIEW_ACCOUNTS = 5,
    SAVED_INSTRUMENTS = 6,
    SAVED_VIEW_INSTRUMENTS = 7,
    SAVED_SESSIONS = 8,
    SAVED_ACTORS = 9,
    SAVED_WORKS = 10,
    SAVED_WITHDRAWALS = 11,
    SAVED_PROPOSALS = 12,
    SAVED_ORDERS = 13,
    SAVED_FREE_SLOTS = 14,
    SAVED_CLIENT_IDS = 15,
    SAVED_KILLED_TENANTS = 16,
    SAVED_AUCTIONS = 17,
    SAVED_DEAL_RULES = 18,
    SAVED_DEALS = 19,
    SAVED_BANDS = 20,
    SAVED_QUOTES = 21,
    SAVED_TICKS = 22,
    SAVED_PROTECTIONS = 23,
    SAVED_PEGS = 24,
    SAVED_SHARES = 26,
    SAVED_OFFERINGS = 27,
    SAVED_REQUESTS = 28,
    SAVED_CORPORATE = 30,
    SAVED_CALENDAR = 31,
};

struct saved_header {
    char magic[8];       /* 0 */
    uint32_t version;    /* 8 */
    uint32_t zero;       /* 12 */
    uint64_t core_bytes; /* 16: of the sections */
    uint64_t hook_bytes; /* 24 */
};
_Static_assert(sizeof(struct saved_header) == 32, "saved_header layout");

struct saved_section {
    uint32_t tag;
    uint32_t record_bytes;
    uint64_t cnt;
};
_Static_assert(sizeof(struct saved_section) == 16, "saved_section layout");

struct saved_scalars {
    uint64_t cmd_seq, event_seq;
    int64_t time_ns, day_end_ns, session_due_ns;
    uint64_t trade_cnt, order_accepted_cnt;
    uint32_t epoch, mode, rules_version, config_missing;
    uint32_t started, today, fee_account_idx, issue_account_idx;
    uint32_t day_end_open, order_used_max, client_tail, client_cnt;
    uint32_t withdrawal_cnt, proposal_cnt, expiry_open, venue_killed, times_open;
    uint32_t pegs_open, peg_head, peg_tail;
};
_Static_assert(sizeof(struct saved_scalars) == 136, "saved_scalars layout");

struct saved_order {
    uint32_t slot, linked;
    struct order hot;
    struct order_cold cold;
    struct order_link link;
    struct order_display display; /* 0 without a veil */
    struct client_id id;
    uint64_t digest; /* of the content that came with the id */
};
_Static_assert(sizeof(struct saved_order) == 280, "saved_order layout");

#endif
