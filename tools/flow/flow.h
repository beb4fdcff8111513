#ifndef TOOLS_FLOW_FLOW_H
#define TOOLS_FLOW_FLOW_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "engine/model/types.h"
#include "tools/flow/flow_map.h"

/* The one form of an order flow, wherever it comes from: a table of instruments and a sequence of
 * operations in time order. A flow is self-contained: prices and quantities are whole numbers of a
 * decimal scale that stands beside the instrument's symbol, so that it can be sent to any venue
 * that trades the symbol. thread: one owner, not shared while it is built. */

enum flow_kind { FLOW_NEW = 1, FLOW_CANCEL = 2, FLOW_REPLACE = 3 };
enum { FLOW_KIND_CNT = 4 }; /* arrays by kind; index 0 unused */

enum flow_source {
    FLOW_RECORDED = 1,  /* an exchange's recording holds it */
    FLOW_ADDED = 2,     /* put beside a recording by a stated rule */
    FLOW_GENERATED = 3, /* made by a generator */
};
enum { FLOW_SOURCE_CNT = 4 };

enum { FLOW_NAME_MAX = 96, FLOW_NOTE_MAX = 16, FLOW_NOTE_TEXT_MAX = 120, FLOW_CLIENT_MAX = 64 };

struct flow_instrument {
    char symbol[SYMBOL_MAX]; /* zero padded */
    uint8_t price_scale;     /* decimals of price_units */
    uint8_t qty_scale;       /* decimals of qty_units */
};

struct flow_op {
    int64_t time_ns;     /* 0: since the start of the flow; never smaller than the op before */
    int64_t price_units; /* 8: 0 = market, or a cancel */
    int64_t qty_units; /* 16: new: the order's; replace: the new total, fills included; cancel: 0 */
    uint32_t order;    /* 24: the flow's own number of the order, from 1 without gaps */
    uint16_t instrument; /* 28: index into the flow's table */
    uint8_t client;      /* 30: index of the client, from 0; of one order always the same */
    uint8_t kind;        /* 31: enum flow_kind */
    uint8_t side;        /* 32: enum side */
    uint8_t ord_type;    /* 33: enum ord_type */
    uint8_t tif;         /* 34: enum time_in_force */
    uint8_t source;      /* 35: enum flow_source */
    uint32_t exec_inst;  /* 36: new: EXEC_POST_ONLY or 0 */
};
_Static_assert(sizeof(struct flow_op) == 40, "flow_op layout");

/* What a converter left out or changed, and how often. */
struct flow_note {
    uint64_t cnt;
    char text[FLOW_NOTE_TEXT_MAX];
};

struct flow {
    char name[FLOW_NAME_MAX]; /* what it is, for people */
    struct flow_instrument *instruments;
    uint32_t instrument_cnt, instrument_max;
    struct flow_map symbols; /* hash of the symbol -> index + 1 */
    struct flow_op *ops;
    size_t op_cnt, op_max;
    size_t warm_cnt;     /* the first ops only build the book: not to be timed or counted */
    uint32_t order_cnt;  /* highest order number */
    uint32_t client_cnt; /* 1..FLOW_CLIENT_MAX */
    struct flow_note notes[FLOW_NOTE_MAX];
    uint32_t note_cnt;
};

struct flow_counts {
    uint64_t ops[FLOW_SOURCE_CNT][FLOW_KIND_CNT];
    uint64_t by_type[FLOW_SOURCE_CNT][2]; /* news: 0 limit, 1 market */
    uint64_t by_tif[FLOW_SOURCE_CNT][16]; /* news, by enum time_in_force */
    int64_t last_ns;                      /* time of the last op */
};

/* --- lifecycle: a zeroed struct is an empty flow. Memory is the heap's; when there is none left,
 * the process ends with a message (a tool, not a venue). --- */
void flow_init(struct flow *f, const char *name);
void flow_fini(struct flow *f);

/* Index of the instrument; added when it is new. errors: ERR_INVALID: scales differ from the first
 * time, symbol empty or too long, or more than 65535 of them */
int flow_instrument_add(struct flow *f, const char *symbol, unsigned price_scale,
                        unsigned qty_scale, uint16_t *index, struct error *err) ERROR_MUST_USE;

/* Index of the instrument, -1 when there is none. */
int flow_instrument_find(const struct flow *f, const char *symbol, size_t length);

/* Appends; an earlier time than the last op's is raised to it. The caller vouches for the rest;
 * flow_check proves it. */
void flow_append(struct flow *f, const struct flow_op *op);

/* Makes room for `more` ops at once. */
void flow_reserve(struct flow *f, size_t more);

/* Counts `cnt` under `text`; the same text adds up. More than FLOW_NOTE_MAX texts is a bug. */
void flow_note(struct flow *f, uint64_t cnt, const char *text);

/* Whether every op has legal values, orders are numbered 1, 2, 3... by their new, and each cancel
 * and replace names an earlier order with its own instrument, side and client. The text names the
 * op. */
int flow_check(const struct flow *f, struct error *err) ERROR_MUST_USE;

void flow_count(const struct flow *f, struct flow_counts *out);

/* "new", "cancel", "replace"; "recorded", "added", "generated"; "?" for an unknown value. */
const char *flow_kind_name(uint8_t kind);
const char *flow_source_name(uint8_t source);

/* Which client sends an order of a recording that does not say who did: a fixed mix of the order's
 * number, so that neighbours differ and a rerun gives the same. Returns 0..client_cnt-1. */
uint8_t flow_client_of(uint32_t order, uint32_t client_cnt);

#endif
