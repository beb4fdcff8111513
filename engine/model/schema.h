#ifndef ENGINE_MODEL_SCHEMA_H
#define ENGINE_MODEL_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/model/record.h"

/* The description of every field of every command and event, as data: what prints records as text
 * and JSON, what docs/schema.md is made of, and what tells which bytes are reserved. A test holds
 * that the fields of a type cover each of its bytes exactly once. */

enum schema_kind {
    SCHEMA_UINT = 1,
    SCHEMA_INT = 2,
    SCHEMA_ENUM = 3,        /* one of names */
    SCHEMA_BITS = 4,        /* a set: names->rows[].value are the bits */
    SCHEMA_REASON = 5,      /* enum reason */
    SCHEMA_COMMAND = 6,     /* enum command_type */
    SCHEMA_BYTES = 7,       /* printed as hex */
    SCHEMA_TEXT = 8,        /* printable ASCII, zero padded */
    SCHEMA_CLIENT_ID = 9,   /* struct client_id */
    SCHEMA_INSTRUMENT = 10, /* an instrument's id */
    SCHEMA_ASSET = 11,      /* an asset's id */
    SCHEMA_PRICE = 12,      /* price units of the instrument at ref */
    SCHEMA_QTY = 13,        /* lots of the instrument at ref */
    SCHEMA_CASH = 14,       /* smallest units of the currency of the instrument at ref */
    SCHEMA_AMOUNT = 15,     /* smallest units of the asset at ref */
    SCHEMA_TIME = 16,       /* UTC nanoseconds since the epoch */
    SCHEMA_DATE = 17,       /* yyyymmdd */
    SCHEMA_COUNTRY = 18,    /* country_pack */
    SCHEMA_COUNTRIES = 19,  /* bit set by packed country */
    SCHEMA_ZERO = 20,       /* reserved, always zero */
};

struct schema_name {
    uint64_t value;
    const char *text;
};

struct schema_enum {
    const char *name; /* of the C enum, for the documentation */
    const struct schema_name *rows;
    uint32_t cnt;
};

struct schema_field {
    const char *name;                /* member path: "buy.cash_after.held_units" */
    const char *note;                /* for people; "" when the name says it */
    const struct schema_enum *names; /* ENUM and BITS */
    uint16_t offset, bytes;
    uint16_t ref; /* PRICE, QTY, CASH, AMOUNT: offset of the u32 id that gives the scale */
    uint8_t kind; /* enum schema_kind */
    uint8_t zero;
};

struct schema_part { /* fields that lie one after the other */
    const struct schema_field *fields;
    uint32_t cnt;
};

struct schema_type {
    const char *name;        /* "ORDER_NEW" */
    const char *record;      /* the C struct: "command_order_new" */
    struct schema_part body; /* NULL, 0: the header alone */
    uint16_t type, bytes;
    uint8_t kind; /* RECORD_COMMAND or RECORD_EVENT */
    uint8_t zero[3];
};

/* NULL for an unknown type. */
const struct schema_type *schema_find(uint8_t record_kind, uint16_t type);

/* Types in ascending order; NULL when index is beyond the last. */
const struct schema_type *schema_at(uint8_t record_kind, uint32_t index);

/* The header that all records of a kind begin with. */
struct schema_part schema_header(uint8_t record_kind);

/* Every enum that a field uses, in a fixed order; NULL beyond the last. */
const struct schema_enum *schema_enum_at(uint32_t index);

/* The name of a value, or NULL. */
const char *schema_enum_text(const struct schema_enum *e, uint64_t value);
/* The value of a name; false when there is none of this name. */
bool schema_enum_value(const struct schema_enum *e, const char *text, size_t length,
                       uint64_t *value);

/* The integer in a field (not of TEXT, BYTES, CLIENT_ID, COUNTRIES, ZERO). */
uint64_t schema_get(const struct schema_field *f, const void *record);

/* Whether a record from outside has the one form that its values have: reserved bytes and those
 * behind texts are zero, client ids are well-formed. */
bool schema_form_clean(const struct schema_type *t, const void *record);

/* Enums that tools and gateways name in text too. */
extern const struct schema_enum SCHEMA_SIDE, SCHEMA_ORD_TYPE, SCHEMA_TIME_IN_FORCE,
    SCHEMA_EXEC_INST, SCHEMA_ORD_STATUS, SCHEMA_ACCOUNT_STATUS, SCHEMA_FREEZE,
    SCHEMA_INVESTOR_CLASS, SCHEMA_CLASS_MASK, SCHEMA_TRADING_STATE, SCHEMA_VENUE_MODE,
    SCHEMA_AUCTION_STAGE, SCHEMA_AUCTION_RULE, SCHEMA_BAND, SCHEMA_BAND_MANNER,
    SCHEMA_SELF_TRADE_BY, SCHEMA_SELF_TRADE_MODE, SCHEMA_KILL_SCOPE, SCHEMA_OPERATOR_ROLE,
    SCHEMA_AUDIENCE, SCHEMA_ASSET_KIND, SCHEMA_ACCOUNT_KIND, SCHEMA_PROTOCOL, SCHEMA_COUNTRY_MODE,
    SCHEMA_DECISION_STAGE, SCHEMA_VERDICT, SCHEMA_WITHDRAWAL_STATE, SCHEMA_PROPOSAL_STATE,
    SCHEMA_COMMAND_FLAG, SCHEMA_FOUR_EYES, SCHEMA_RECORD_KIND, SCHEMA_DEAL_KIND,
    SCHEMA_DEAL_KIND_MASK, SCHEMA_DEAL_FLAG, SCHEMA_DEAL_STATE, SCHEMA_REQUEST_STATE,
    SCHEMA_QUOTE_STATUS, SCHEMA_PROTECTION_LIMIT, SCHEMA_CORPORATE_KIND, SCHEMA_CORPORATE_STATE,
    SCHEMA_ALLOCATION_METHOD, SCHEMA_CALENDAR_DAY, SCHEMA_OFFERING_ACTION, SCHEMA_OFFERING_METHOD,
    SCHEMA_OFFERING_FLAG, SCHEMA_OFFERING_STATE;

#endif
