#ifndef GATEWAY_CTL_CTL_STATE_H
#define GATEWAY_CTL_CTL_STATE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/model/command.h"
#include "engine/model/event.h"

/* What the operator gateway knows of the venue: learned from released events alone, so it never
 * shows what is not durable. */

enum {
    CTL_ASSET_MAX = 1024,
    CTL_INSTRUMENT_MAX = 4096,
    CTL_ACCOUNT_MAX = 65536,
    CTL_KILL_MAX = 4096 /* shown; the core has no such limit */
};

struct ctl_asset {
    uint32_t asset_id;
    uint8_t scale;
    char symbol[SYMBOL_MAX];
};

struct ctl_instrument {
    struct event_instrument told; /* its definition: a change keeps what it does not name */
    uint8_t state;                /* enum trading_state: now */
};

struct ctl_profile { /* last profile told of an account: a change keeps what it does not name */
    uint32_t account_id;
    uint16_t tenant_id;
    uint8_t status, freeze;
    uint16_t kyc_level, country;
    uint8_t investor_class;
    bool has_profile;
    uint32_t max_open_orders, max_messages;
    int64_t kyc_expiry_ns, message_window_ns, max_order_value_units;
};

struct ctl_kill {  /* a kill switch that is engaged */
    uint32_t id;   /* of the account, tenant or instrument; 0 = venue */
    uint8_t scope; /* enum kill_scope */
};

struct ctl_state {
    struct ctl_asset *assets;
    struct ctl_instrument *instruments;
    struct ctl_profile *profiles;
    struct ctl_kill *kills;
    uint32_t asset_cnt, instrument_cnt, profile_cnt, kill_cnt;
    char venue[32];
    uint32_t epoch, mode, business_day;
    uint64_t event_seq, cmd_seq;
    uint64_t accepted_cnt, rejected_cnt, canceled_cnt, trade_cnt;
    int64_t time_ns;
    uint32_t sessions_up;
};

int ctl_state_open(struct ctl_state *s); /* 0, or ERR_NO_SPACE */
void ctl_state_close(struct ctl_state *s);
void ctl_state_learn(struct ctl_state *s, const struct event *ev);

const struct ctl_asset *ctl_state_asset(const struct ctl_state *s, const char *symbol);
const struct ctl_instrument *ctl_state_instrument(const struct ctl_state *s, const char *symbol);
const struct ctl_profile *ctl_state_profile(const struct ctl_state *s, uint32_t account_id);

/* The answer to "status". */
json_t *ctl_state_json(const struct ctl_state *s);

#endif
