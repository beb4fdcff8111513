#ifndef TOOLS_CONFIG_VENUE_H
#define TOOLS_CONFIG_VENUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "engine/model/types.h"

/* venue.yaml as structs: what the file says, checked, with defaults filled in. Decimal amounts stay
 * text here and are converted exactly in venue_commands.c. docs/venue-yaml.md describes every key.
 * A key left out has its default: 0 and NULL mean "left out" before venue_load has filled them. */

enum { VENUE_FOUR_EYES_CNT = 5 };
extern const char *const venue_four_eyes[VENUE_FOUR_EYES_CNT]; /* in the order of genesis' bits */

struct venue_general {
    char *name;
    char *day_end;                /* "HH:MM:SS" UTC */
    uint32_t disconnect_grace_ms; /* from session down to cancel on disconnect */
    uint32_t fee_account;
    uint32_t issue_account;
    char **four_eyes; /* words of venue_four_eyes */
    uint32_t four_eyes_count;
};

struct venue_capacity {
    uint32_t assets, instruments, accounts, balances, orders, levels, client_ids, sessions,
        operators, work_items, proposals, withdrawals, deals, requests, trails, quotes,
        calendar_days;
};

enum venue_durability { DURABILITY_DURABLE = 1, DURABILITY_ASYNC = 2 };
enum venue_wait { WAIT_ADAPTIVE = 1, WAIT_SPIN = 2 };
enum venue_awake { KEEP_AWAKE_BUSY = 1, KEEP_AWAKE_ALWAYS = 2, KEEP_AWAKE_OFF = 3 };

struct venue_engine {
    int durability;   /* enum venue_durability */
    int wait;         /* enum venue_wait */
    int keep_awake;   /* enum venue_awake: idle cores are not halted */
    int32_t core_cpu; /* -1: not pinned, -2: chosen at start (left out) */
    int32_t journal_cpu, publish_cpu, fix_cpu;
    uint32_t segment_mib;       /* journal segment */
    uint32_t ring_mib;          /* broadcast ring */
    uint32_t port_slots;        /* commands that a gateway may have waiting */
    uint64_t journal_quota_mib; /* 0 = the whole disk */
    uint32_t clock_jump_max_ms;
    uint32_t snapshots_kept;
};

struct venue_asset {
    uint32_t id;
    char *symbol;
    uint8_t scale;
    int kind; /* 1 cash, 2 token */
};

struct venue_rules { /* who may trade an instrument, and how much at once */
    uint16_t min_kyc_level;
    char **countries_allowed; /* both sides */
    uint32_t countries_allowed_count;
    char **countries_barred;
    uint32_t countries_barred_count;
    int *buyer_classes;
    uint32_t buyer_classes_count;
    int *seller_classes;
    uint32_t seller_classes_count;
    char *max_order_qty;   /* in asset */
    char *max_order_value; /* in currency */
    uint32_t collar_ppm;
};

struct venue_calls { /* how an instrument's calls to an auction run */
    uint32_t indicative_ms, length_ms, random_end_ms, extension_ms, extension_max, range_ppm;
};

struct venue_bands { /* how far from its references it trades */
    int manner;      /* enum band_manner */
    uint32_t static_ppm, static_ticks, dynamic_ppm, dynamic_ticks, wide_ppm, wide_ticks;
    bool follows;
    uint32_t length_ms, random_end_ms, extension_ms, extension_max;
};

struct venue_allocation { /* who of the orders at one price trades */
    int method;           /* enum allocation_method */
    char *min, *top_min, *top_max;
    uint32_t top_ppm;
};

struct venue_tick { /* a row of a table of price steps */
    char *from, *step;
};

struct venue_time {
    char *at;  /* "HH:MM:SS" of the zone */
    int state; /* enum trading_state */
    int *days; /* bit numbers, 0 = Monday; left out: every day */
    uint32_t days_count;
};

struct venue_timetable {
    char *zone;        /* as in time_zone.h */
    uint32_t calendar; /* its id; 0: none */
    struct venue_time *times;
    uint32_t times_count;
};

struct venue_calendar_day { /* not as timetables say: closed, or, with times, shorter */
    char *date;             /* YYYY-MM-DD */
    struct venue_time *times;
    uint32_t times_count;
};

struct venue_calendar {
    uint32_t id;
    struct venue_calendar_day *days;
    uint32_t days_count;
};

struct venue_instrument {
    uint32_t id;
    char *symbol, *asset, *currency;
    char *tick, *lot, *min_qty, *min_value, *max_price, *fee_min, *reference;
    struct venue_tick *ticks; /* none: `tick` at all prices */
    uint32_t ticks_count;
    uint8_t price_scale;
    uint32_t maker_ppm, taker_ppm, protection_ppm, protection_ticks;
    int state;                          /* enum trading_state */
    int self_trade_by, self_trade_mode; /* enum self_trade_by, self_trade_mode */
    bool hidden;                        /* orders that nobody sees */
    bool all_or_none;                   /* orders that trade whole or not at all */
    bool protection_rests;
    struct venue_rules *rules;
    struct venue_calls *calls;
    struct venue_bands *bands;
    struct venue_allocation *allocation;
    struct venue_timetable *timetable;
};

struct venue_amount {
    char *asset, *amount;
};

struct venue_quote_limits { /* protection of a maker in an instrument */
    char *instrument;
    uint32_t fills, window_ms;
    char *qty, *value, *net; /* NULL: no limit */
};

struct venue_account {
    uint32_t id;
    char *name; /* for people, in the books only; NULL: none */
    uint16_t tenant;
    uint32_t firm, owner;
    uint8_t kyc_level;
    char *kyc_expiry; /* "never" or YYYY-MM-DD */
    char *country;
    int investor_class; /* enum investor_class */
    int status;
    uint32_t max_open_orders, max_messages, message_window_ms;
    struct venue_amount *deposits;
    uint32_t deposits_count;
    struct venue_quote_limits *quote_limits;
    uint32_t quote_limits_count;
};

struct venue_operator {
    uint32_t id;
    char *name;
    int64_t uid; /* Unix user that may act as this operator; -1 (left out): the user that runs the
                    venue */
    int *roles;  /* enum operator_role */
    uint32_t roles_count;
};

struct venue_fix_session {
    uint32_t id;
    char *comp_id;
    char *password_hash; /* Argon2id */
    uint32_t account;
    bool cancel_on_disconnect;
};
struct venue_fix {
    char *listen;
    uint16_t port;
    char *comp_id; /* the venue's */
    struct venue_fix_session *sessions;
    uint32_t sessions_count;
};

struct venue_api_key {
    uint32_t session;
    char *key, *secret, *passphrase;
    uint32_t account;
    bool cancel_on_disconnect;
};
struct venue_api {
    char *listen;
    uint16_t port;
    struct venue_api_key *keys;
    uint32_t keys_count;
};

struct venue_settlement {
    char *database; /* libpq URL; NULL: a private PostgreSQL under the data folder */
};

struct venue {
    struct venue_general *venue;
    struct venue_capacity *capacity;
    struct venue_engine *engine;
    struct venue_asset *assets;
    uint32_t assets_count;
    struct venue_calendar *calendars;
    uint32_t calendars_count;
    struct venue_instrument *instruments;
    uint32_t instruments_count;
    struct venue_account *accounts;
    uint32_t accounts_count;
    struct venue_operator *operators;
    uint32_t operators_count;
    struct venue_fix *fix;
    struct venue_api *api;
    struct venue_settlement *settlement;
};

/* Reads and checks a file; every error is ERR_INVALID "file:line: key: what was expected". The
 * result is one block of cyaml's. */
int venue_load(struct venue **out, const char *path, struct error *err) ERROR_MUST_USE;
/* The same from memory; name is what errors call it. */
int venue_load_text(struct venue **out, const char *name, const char *text, size_t bytes,
                    struct error *err) ERROR_MUST_USE;
void venue_free(struct venue *v);

/* The built-in demo venue, and its text (what `assay up --demo` uses, and a file to start from). */
const char *venue_demo_text(size_t *bytes);

#endif
