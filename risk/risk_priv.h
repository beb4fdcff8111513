#ifndef RISK_RISK_PRIV_H
#define RISK_RISK_PRIV_H

#include <stddef.h>
#include <stdint.h>

#include "engine/core/hooks.h"
#include "engine/ledger/id_map.h"
#include "risk/rate_window.h"
#include "risk/rules.h"

/* What the files of risk/ share: the state. An order touches the two lines of its account and the
 * two of its instrument, in tables by the core's own indices. */

struct risk_account { /* zero: the account has no profile */
    _Alignas(64) int64_t kyc_expiry_ns;
    int64_t max_order_value_units;
    int64_t message_window_ns;
    uint32_t account_id; /* 0: the account does not exist */
    uint32_t max_open_orders;
    uint32_t max_messages;
    uint16_t kyc_level;
    uint16_t country;
    uint8_t status, freeze, investor_class;
    uint8_t known; /* 1: has a profile */
    uint32_t zero0;
    uint64_t zero1[2];
    struct rate_window rate; /* 64 */
};
_Static_assert(sizeof(struct risk_account) == 128 && offsetof(struct risk_account, rate) == 64,
               "two cache lines");

struct risk_instrument { /* zero: no rules */
    _Alignas(64) int64_t max_order_lots;
    int64_t max_order_value_units;
    uint32_t collar_ppm;
    uint32_t class_mask[2]; /* buyers, sellers */
    uint16_t min_kyc_level;
    uint8_t country_mode[2]; /* buyers, sellers */
    uint64_t countries[COUNTRY_WORDS];
};
_Static_assert(sizeof(struct risk_instrument) == 128, "two cache lines");

enum country_mode { COUNTRY_ANY = 0, COUNTRY_ONLY = 1, COUNTRY_EXCEPT = 2 };

struct risk {
    const struct hook_view *view;
    struct risk_account *accounts;       /* by account_idx */
    struct risk_instrument *instruments; /* by instrument_idx */
    struct id_map account_ids;
    uint32_t account_max, instrument_max;
    uint32_t account_cnt; /* accounts registered so far: those of the view */
    uint32_t zero;
};

/* The instrument's index in view, or UINT32_MAX. Linear: for configuration only. */
uint32_t risk_instrument_find(const struct risk *r, uint32_t instrument_id);

/* --- admit.c: judging --- */
void risk_admit(const void *self, const struct hook_order *order, struct decision *out);
uint16_t risk_pair(const void *self, uint32_t instrument_idx, uint32_t buy_account_idx,
                   uint32_t sell_account_idx);
void risk_move_check(const void *self, const struct hook_move *move, struct decision *out);

/* --- profile.c: commands that change profiles and rules --- */
uint16_t risk_command(void *self, const struct command *cmd, bool commit,
                      struct hook_effects *effects, struct event_sink *sink);

/* --- state.c: to bytes and back --- */
size_t risk_save(const void *self, void *out, size_t out_bytes);
int risk_load(void *self, const void *in, size_t in_bytes);
void risk_digest(const void *self, uint64_t out[2]);

#endif
