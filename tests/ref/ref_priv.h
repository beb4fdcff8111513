#ifndef TESTS_REF_REF_PRIV_H
#define TESTS_REF_REF_PRIV_H

#include "tests/ref/ref_venue.h"

/* Arithmetic, searching and trading (ref_market.c), for the commands (ref_venue.c). */

typedef __int128 wide;

void ref_say(struct ref_venue *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
int ref_account_of(const struct ref_venue *r, uint32_t id);
int ref_asset_of(const struct ref_venue *r, uint32_t id);
int ref_instrument_of(const struct ref_venue *r, uint32_t id);
wide ref_notional(const struct ref_venue *r, int ins, wide price, wide lots, bool up);
wide ref_hold_of(const struct ref_venue *r, const struct ref_order *o);
struct ref_balance *ref_balance_of(struct ref_venue *r, const struct ref_order *o, bool cash);
void ref_set_hold(struct ref_venue *r, struct ref_order *o, wide hold);
wide ref_available(const struct ref_balance *b);
struct ref_order *ref_best(struct ref_venue *r, uint32_t ins, uint8_t side);
bool ref_meets(const struct ref_order *maker, uint8_t side, int64_t cap);
void ref_say_level(struct ref_venue *r, const char *what, const struct ref_order *o, int64_t shown);
void ref_forget_id(struct ref_venue *r, const struct ref_order *o);
void ref_kill(struct ref_venue *r, struct ref_order *o, uint16_t reason, uint8_t status);
void ref_match(struct ref_venue *r, struct ref_order *o);
bool ref_fok_fills(struct ref_venue *r, uint32_t ins, uint8_t side, int64_t cap, int64_t lots);
int64_t ref_cap_of(struct ref_venue *r, const struct command_order_new *x, uint32_t i);

#endif
