#ifndef ENGINE_CORE_HOOKS_H
#define ENGINE_CORE_HOOKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/model/command.h"
#include "engine/model/event.h"
#include "engine/model/reason.h"
#include "engine/model/types.h"

/* The compliance hooks: what the core asks before it admits an order, pairs two, or moves value,
 * and what it tells after. One table of functions, filled once at start (by risk/, or by a test).
 * The core's own contract holds for each of them: pure in (own state, view, arguments), no I/O, no
 * lock, no allocation, no floating point, no clock. Functions marked `pure` change nothing, not
 * even counters; a NULL member means "no opinion" (allow). The core calls them only from its own
 * thread. */

enum { HOOKS_VERSION = 1, HOOK_EFFECT_MAX = 8 };

struct ledger; /* engine/ledger/ledger.h, read only for hooks */

struct hook_account { /* of the core's account record; index = account_idx */
    uint32_t account_id, firm_id, owner_group;
    uint16_t tenant_id;
    uint8_t status, kind;
    uint32_t open_orders; /* orders in the book or parked */
};

struct hook_instrument { /* index = instrument_idx */
    uint32_t instrument_id, asset_id, currency_id;
    uint8_t state, settle_cycle;
    uint16_t zero;
    int64_t tick_units;
    int64_t notional_num,
        notional_den; /* notional = floor(price_units * lots * num / den) in currency units */
    int64_t best_bid_units, best_ask_units; /* 0 = none */
    int64_t last_units;                     /* last trade; 0 = none yet */
    int64_t reference_units;                /* 0 = none */
};

struct hook_view {  /* the same for the whole life of the core, contents change between calls */
    int64_t now_ns; /* time of the command */
    uint64_t cmd_seq;
    uint32_t business_day; /* yyyymmdd */
    uint32_t account_cnt, instrument_cnt;
    const struct hook_account *accounts;
    const struct hook_instrument *instruments;
    const struct ledger *ledger;
};

/* Where a hook puts events of its own (they get numbers in the order of the calls). Room is
 * guaranteed for HOOK_EFFECT_MAX a call. */
struct event_sink;
void *event_sink_add(struct event_sink *s, uint16_t type, uint8_t audience,
                     uint32_t session_id); /* a zeroed event with its header filled */

struct hook_order { /* an order as the hooks see it */
    uint64_t
        order_id; /* 0 before admission; an open order without `replace` is judged again (sweep,
                          release): whether its holder may have it, not whether it may enter */
    uint32_t account_idx, instrument_idx;
    uint32_t session_id;
    uint8_t side, ord_type, time_in_force,
        replace; /* replace = 1: price and lots are the new ones, old_* what it had */
    uint32_t exec_inst;
    uint32_t zero;
    int64_t price_units; /* limit, 0 = market */
    int64_t cap_units;   /* price that bounds the hold; sells: limit or protection floor */
    int64_t lots;        /* still open after admission */
    int64_t value_units; /* notional at cap of those lots */
    int64_t need_units;  /* what must be available of the hold asset, worst fee included, less what
                            the order holds already */
    int64_t available_units; /* what is available of it */
    int64_t old_lots;        /* replace: open lots before */
    int64_t old_price_units;
};

struct decision {    /* answer of admit, pair, move_check; laid out as in its event */
    uint8_t stage;   /* enum decision_stage, the core's to set */
    uint8_t verdict; /* enum verdict */
    uint16_t rule;   /* deciding rule; 0 = none */
    uint16_t reason; /* enum reason */
    uint16_t zero;
    uint64_t evaluated; /* bit n = rule n was evaluated */
    uint64_t failed;    /* bit n = rule n failed; the deciding one is among them */
    int64_t actual;     /* what the deciding rule compared, and with what; in the rule's unit */
    int64_t limit;
    uint64_t policy; /* version of the deciding policy; 0 = built-in rules */
};

enum hook_effect_kind {
    EFFECT_SWEEP_ACCOUNT =
        1, /* cancel the account's open orders that are no longer admissible; id = account_id */
    EFFECT_SWEEP_INSTRUMENT = 2, /* the same for an instrument */
    EFFECT_PARK_ACCOUNT = 3,     /* park its open orders */
    EFFECT_FREEZE_ACCOUNT = 4,   /* value: enum freeze */
};
struct hook_effects { /* what the core shall carry out after the command, as work items */
    uint32_t cnt;
    struct {
        uint32_t kind, id, value, reason;
    } item[HOOK_EFFECT_MAX];
};

enum move_kind {
    MOVE_FILL = 1,
    MOVE_FEE,
    MOVE_TRANSFER,
    MOVE_WITHDRAWAL,
    MOVE_DEPOSIT,
    MOVE_SETTLE,
    MOVE_CORPORATE
};
struct hook_move {
    uint8_t kind; /* enum move_kind */
    uint8_t zero[3];
    uint32_t asset_id;
    uint32_t from_account_idx, to_account_idx;
    uint32_t instrument_idx; /* UINT32_MAX = none */
    uint32_t zero1;
    int64_t amount_units;
};

struct hook_fill {
    uint32_t instrument_idx;
    uint32_t buy_account_idx, sell_account_idx;
    uint8_t aggressor, zero[3];
    uint64_t buy_order_id, sell_order_id;
    int64_t price_units, lots, notional_units;
};

struct hooks {
    uint32_t version; /* HOOKS_VERSION */

    /* Memory from capacities; init is called once, before the first command, with the genesis
     * command and the view. */
    size_t (*footprint)(const struct command_genesis *genesis);
    void *(*init)(void *mem, const struct command_genesis *genesis, const struct hook_view *view);

    /* Touches what the command will need. Changes nothing. */
    void (*prefetch)(const void *self, const struct command *cmd);

    /* A configuration, account, limit, list or policy command (also ASSET, INSTRUMENT, ACCOUNT
     * after the core has checked its own part). Two calls: commit = false validates (pure) and
     * returns a reason or 0; commit = true, after the core has committed, cannot fail. */
    uint16_t (*command)(void *self, const struct command *cmd, bool commit,
                        struct hook_effects *effects, struct event_sink *sink);

    /* pure: may this order be taken? Fills the whole decision record; the core writes it as
     * EVENT_DECISION. */
    void (*admit)(const void *self, const struct hook_order *order, struct decision *out);
    /* An order-flow message (new, cancel, replace) came in, whatever becomes of it: counters of
     * attempts. Called once per such command, before admit. */
    void (*attempt)(void *self, uint32_t account_idx, uint32_t session_id,
                    const struct command *cmd);
    void (*accept)(
        void *self,
        const struct hook_order *order); /* admitted: reserve (holding, position, credit) */
    void (*amend)(void *self,
                  const struct hook_order *order); /* replaced: reserve the difference */
    void (*release)(void *self, const struct hook_order *order,
                    int64_t lots); /* lots left the order without a trade: reserve no more */

    /* pure: may these two trade with each other? Depends on the parties alone, so that it cannot
     * change within a command. */
    uint16_t (*pair)(const void *self, uint32_t instrument_idx, uint32_t buy_account_idx,
                     uint32_t sell_account_idx);
    void (*fill)(void *self, const struct hook_fill *fill, struct hook_effects *effects,
                 struct event_sink *sink);

    /* Every movement of value. move_check is pure and is asked before anything has changed; move
     * tells that it has happened. */
    void (*move_check)(const void *self, const struct hook_move *move, struct decision *out);
    void (*move)(void *self, const struct hook_move *move);

    /* Time: tick is called on TICK commands; next_due_ns is the next UTC instant at which it wants
     * one (INT64_MAX = never). */
    void (*tick)(void *self, struct hook_effects *effects, struct event_sink *sink);
    int64_t (*next_due_ns)(const void *self);

    /* State to bytes and back; save returns the bytes written (or needed, with out NULL); load
     * returns 0 or a negative error code. */
    size_t (*save)(const void *self, void *out, size_t out_bytes);
    int (*load)(void *self, const void *in, size_t in_bytes);
    void (*digest)(const void *self, uint64_t out[2]);
};

#endif
