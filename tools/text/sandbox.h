#ifndef TOOLS_TEXT_SANDBOX_H
#define TOOLS_TEXT_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "engine/core/core.h"
#include "engine/model/schema_print.h"

/* A core with its hooks in this process, its sequencer being whoever calls sandbox_apply, and what
 * a reader of text needs to know beside it: symbols, scales, which order a client id means.
 * thread: one     owner: the caller; sandbox_open and sandbox_close */

struct sandbox_asset {
    uint32_t id;
    uint8_t scale;
    char symbol[SYMBOL_MAX + 1];
};

struct sandbox_instrument {
    uint32_t id, asset_id, currency_id;
    uint8_t price_scale, asset_scale, currency_scale;
    int64_t lot_units;
    char symbol[SYMBOL_MAX + 1];
};

struct sandbox_ref { /* what an account and a client id led to last */
    uint32_t account_id;
    struct client_id id;
    uint64_t number; /* order_id or withdrawal_id */
};

struct sandbox_refs {
    struct sandbox_ref *rows;
    size_t cnt, max;
};

struct sandbox {
    const struct hooks *hooks;
    struct command_genesis genesis;
    struct core *core;
    void *mem;
    uint8_t *out; /* CORE_OUT_BYTES */
    int64_t time_ns;
    uint64_t seed; /* of commands that may draw */
    uint32_t epoch;
    struct sandbox_asset *assets;
    struct sandbox_instrument *instruments;
    uint32_t asset_cnt, instrument_cnt;
    struct sandbox_refs orders, withdrawals;
    uint64_t proposal; /* the last that was made */
    struct schema_directory directory;
    /* Told of every command before it is applied, stamped; may be NULL. */
    void (*on_command)(void *arg, const struct command *cmd);
    /* Told of every event, in order. */
    void (*on_event)(void *arg, const struct event *ev);
    /* Told of every command after its events; may be NULL. */
    void (*on_applied)(void *arg, const struct command *cmd);
    void *arg;
};

/* Makes the core and applies genesis. *genesis: command_init and its fields; hooks may be NULL.
 * errors: ERR_INVALID (contradicting capacities), ERR_NO_SPACE */
int sandbox_open(struct sandbox *v, const struct command_genesis *genesis,
                 const struct hooks *hooks, struct error *err) ERROR_MUST_USE;
void sandbox_close(struct sandbox *v);

/* Stamps sequence, epoch and time into the command and applies it. */
void sandbox_apply(struct sandbox *v, struct command *cmd);

/* Takes symbols and scales from an event that another core emitted (ASSET, INSTRUMENT; others are
 * passed over): for a view of a core that this sandbox did not feed. */
void sandbox_learn(struct sandbox *v, const struct event *ev);

/* The core's state as bytes (the caller frees them), and a new core from them in this one's place.
 * errors: those of core_load */
size_t sandbox_save(const struct sandbox *v, void **out);
int sandbox_load(struct sandbox *v, const void *in, size_t in_bytes,
                 struct error *err) ERROR_MUST_USE;

const struct sandbox_asset *sandbox_asset_named(const struct sandbox *v, const char *symbol);
const struct sandbox_instrument *sandbox_instrument_named(const struct sandbox *v,
                                                          const char *symbol);
const struct sandbox_asset *sandbox_asset_of(const struct sandbox *v, uint32_t id);
const struct sandbox_instrument *sandbox_instrument_of(const struct sandbox *v, uint32_t id);
/* 0 when the client id has led to nothing. */
uint64_t sandbox_ref_find(const struct sandbox_refs *refs, uint32_t account_id,
                          const struct client_id *id);

#endif
