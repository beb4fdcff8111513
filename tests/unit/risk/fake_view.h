#ifndef TESTS_UNIT_RISK_FAKE_VIEW_H
#define TESTS_UNIT_RISK_FAKE_VIEW_H

#include "engine/core/hooks.h"

/* A venue as the hooks see it, without a core: accounts 101, 102, ... and instruments 1, 2, ... */
enum { FAKE_ACCOUNTS = 4, FAKE_INSTRUMENTS = 2 };

struct fake {
    const struct hooks *hooks;
    void *self, *mem;
    struct command_genesis genesis;
    struct hook_account accounts[FAKE_ACCOUNTS];
    struct hook_instrument instruments[FAKE_INSTRUMENTS];
    struct hook_view view;
    struct hook_effects effects;
};

/* Accounts exist and are active, without profiles; instruments have no rules. */
void fake_start(struct fake *f);
void fake_stop(struct fake *f);

/* A profile that passes every rule: active, KYC 2 without expiry, DE, retail, no maxima. */
struct command_account_profile fake_profile(const struct fake *f, uint32_t account_idx);
struct command_instrument_rules fake_rules(const struct fake *f, uint32_t instrument_idx);

/* Validates and, when that gives no reason, commits. Effects of the last commit: f->effects. */
uint16_t fake_apply(struct fake *f, const void *cmd);

/* A buy limit order of account 0 in instrument 0 that passes. */
struct hook_order fake_order(void);
struct decision fake_admit(const struct fake *f, const struct hook_order *order);
void fake_attempts(struct fake *f, uint32_t account_idx, int64_t now_ns, uint32_t cnt);

#endif
