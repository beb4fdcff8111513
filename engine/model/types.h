#ifndef ENGINE_MODEL_TYPES_H
#define ENGINE_MODEL_TYPES_H

#include <stdint.h>

/* The vocabulary: small numbers that commands, events, gateways and the books share. They are part
 * of the journal's format: values are never reused. FIX names, and FIX values where those are
 * digits. 0 is never a meaning where absence must be told. */

enum { CLIENT_ID_MAX = 36, SYMBOL_MAX = 24, REASON_TEXT_MAX = 96 };
enum { ID_NONE = 0 }; /* of account, instrument, asset, session, actor, tenant, order */

enum side { SIDE_BUY = 1, SIDE_SELL = 2 }; /* FIX 54 */

enum ord_type { /* FIX 40 */
                ORD_MARKET = 1,
                ORD_LIMIT = 2,
                ORD_STOP = 3,
                ORD_STOP_LIMIT = 4,
                ORD_MARKET_TO_LIMIT = 11, /* K */
                ORD_PEGGED = 16,          /* P */
                ORD_TRAILING_STOP = 17,   /* P with ExecInst a, as is the next */
                ORD_TRAILING_STOP_LIMIT = 18,
};

enum time_in_force { /* FIX 59, plus one so that 0 is absent */
                     TIF_DAY = 1,
                     TIF_GTC = 2,
                     TIF_OPG = 3, /* at the open */
                     TIF_IOC = 4,
                     TIF_FOK = 5,
                     TIF_GTD = 7,
                     TIF_CLS = 8, /* at the close */
};

enum exec_inst {                            /* FIX 18, a bit set */
                 EXEC_POST_ONLY = 1u << 0,  /* reject when it would take */
                 EXEC_POST_SLIDE = 1u << 1, /* reprice instead */
                 EXEC_HIDDEN = 1u << 2,
                 EXEC_ALL_OR_NONE = 1u << 3,
                 EXEC_HOLD_PARK =
                     1u << 4, /* park at entry: funds held, not in the book, until released */
                 EXEC_CANCEL_ON_DISCONNECT = 1u << 5,
                 EXEC_PEG_PRIMARY = 1u << 6,  /* R: pegged to the best price of its side */
                 EXEC_PEG_MIDPOINT = 1u << 7, /* M */
                 EXEC_NEGOTIATED = 1u << 8,   /* a side of a negotiated trade: the core's to set */
                 EXEC_QUOTE = 1u << 9,        /* a side of a maker's quote: the core's to set */
                 EXEC_LINKED = 1u << 10,   /* one of two of which one cancels the other: the same */
                 EXEC_OFFERING = 1u << 11, /* a subscription of the instrument's offering */
};

enum ord_status { /* FIX 39 */
                  ORD_STATUS_NEW = 1,
                  ORD_STATUS_PARTIALLY_FILLED = 2,
                  ORD_STATUS_FILLED = 3,
                  ORD_STATUS_CANCELED = 4,
                  ORD_STATUS_EXPIRED = 5,
                  ORD_STATUS_REJECTED = 6,
                  ORD_STATUS_PARKED = 7, /* FIX: suspended (9) */
};

enum account_status { ACCOUNT_ACTIVE = 1, ACCOUNT_SUSPENDED = 2, ACCOUNT_CLOSING = 3 };

enum freeze { FREEZE_NONE = 0, FREEZE_BUY = 1, FREEZE_SELL = 2, FREEZE_FULL = 3 }; /* bit set */

enum investor_class { /* also bit numbers in an instrument's class_mask */
                      CLASS_RETAIL = 1,
                      CLASS_PROFESSIONAL = 2,
                      CLASS_QUALIFIED = 3,
                      CLASS_INSTITUTION = 4,
                      CLASS_ISSUER = 5,
                      CLASS_MARKET_MAKER = 6,
};

enum trading_state { /* in a call orders are taken; nothing matches until its auction */
                     TRADING_OPEN = 1,
                     TRADING_HALTED = 2,
                     TRADING_CLOSED = 3,
                     TRADING_CALL_OPENING = 4,
                     TRADING_CALL_INTRADAY = 5,
                     TRADING_CALL_CLOSING = 6,
                     TRADING_CALL_RESUMPTION = 7, /* after a halt */
                     TRADING_CALL_VOLATILITY = 8, /* a trade would have left a price band */
};

/* When an instrument changes its trading state by itself: times of the local day, and what its zone
 * was and will be ahead of UTC, resolved outside (the core reads no zone files). */
enum { TIMETABLE_ENTRY_MAX = 10, TIMETABLE_OFFSET_MAX = 7, ZONE_NAME_MAX = 40 };
enum { TIMETABLE_ALL_DAYS = 127 }; /* of timetable_entry.days */
struct timetable_entry {
    uint32_t second; /* 0: of the local day, 0..86399 */
    uint8_t state;   /* 4: enum trading_state */
    uint8_t days;    /* 5: bit 0 = Monday ... bit 6 = Sunday */
    uint16_t zero;   /* 6 */
};
struct timetable_offset {
    int64_t from_ns;  /* 0: UTC instant from which it holds, and before, for the first one */
    int32_t offset_s; /* 8: local time less UTC */
    uint32_t zero;    /* 12 */
};
struct timetable {
    uint8_t entry_cnt, offset_cnt; /* 0: entries by time of day; offsets by instant */
    uint8_t zero[2];               /* 2 */
    uint32_t calendar_id;          /* 4: whose days are not as the entries say; 0 = none */
    struct timetable_entry entries[TIMETABLE_ENTRY_MAX];   /* 8 */
    struct timetable_offset offsets[TIMETABLE_OFFSET_MAX]; /* 88 */
    char zone[ZONE_NAME_MAX]; /* 200: whose offsets they are, zero padded; none: nobody tells when
                                 they change again */
};
_Static_assert(sizeof(struct timetable) == 240, "timetable layout");

/* What local time is ahead of UTC at an instant. */
static inline int32_t
timetable_offset_at(const struct timetable *t, int64_t time_ns)
{
    uint32_t i = 0;
    while (i + 1u < t->offset_cnt && t->offsets[i + 1].from_ns <= time_ns)
        i++;
    return t->offsets[i].offset_s;
}

enum calendar_day {                       /* what a day of a calendar is */
                    CALENDAR_REGULAR = 1, /* as the timetables say */
                    CALENDAR_CLOSED = 2,
                    CALENDAR_SHORT = 3, /* entries of its own, in place of those of timetables */
};

enum auction_stage { AUCTION_INDICATIVE = 1, AUCTION_UNCROSS = 2, AUCTION_EXTENDED = 3 };

enum auction_rule { /* which one left a single price */
                    AUCTION_BY_VOLUME = 1,
                    AUCTION_BY_SURPLUS = 2,
                    AUCTION_BY_PRESSURE = 3,
                    AUCTION_BY_REFERENCE = 4,
};

/* Price steps by price: from each of these prices on the step beside it. */
enum { TICK_ROW_MAX = 20 };
struct tick_table {
    uint32_t row_cnt;                  /* 0: 0 = no table, one step at all prices */
    uint32_t step_units[TICK_ROW_MAX]; /* 4 */
    uint32_t zero;                     /* 84 */
    int64_t from_units[TICK_ROW_MAX];  /* 88: ascending, the first 0 */
};
_Static_assert(sizeof(struct tick_table) == 248, "tick table layout");

/* Who of the orders at one price trades. */
enum allocation_method {
    ALLOCATION_PRICE_TIME = 0, /* the earlier one first */
    ALLOCATION_PRO_RATA = 1,   /* each by its part of what is shown there */
};
struct allocation_rules {
    uint32_t method;      /* 0: enum allocation_method; by time: all that follows is 0 */
    uint32_t top_ppm;     /* 4: of what is to trade, to the top order first; 0 = there is none */
    int64_t top_min_lots; /* 8: smaller orders are not the top order */
    int64_t top_max_lots; /* 16: most that it gets first; 0 = no maximum */
    int64_t min_lots;     /* 24: smaller shares are none */
};
_Static_assert(sizeof(struct allocation_rules) == 32, "allocation rules layout");

/* How far from a reference an instrument trades. Of the two widths of a band at most one; none: the
 * band is not there. */
enum band { BAND_STATIC = 1, BAND_DYNAMIC = 2 };
enum band_manner {
    BAND_OFF = 0,
    BAND_REFUSE = 1,    /* what is priced outside is refused */
    BAND_INTERRUPT = 2, /* a call to an auction begins */
};
struct price_bands {
    uint32_t static_ppm;    /* 0: around the last auction's price, else the close before */
    uint32_t static_ticks;  /* 4 */
    uint32_t dynamic_ppm;   /* 8: around the last trade */
    uint32_t dynamic_ticks; /* 12 */
    uint32_t wide_ppm;      /* 16: an auction outside of this around the last trade is put off */
    uint32_t wide_ticks;    /* 20 */
    uint32_t call_ms;       /* 24: length of the call; 0 = until a command ends it */
    uint32_t random_end_ms; /* 28: and up to so much more */
    uint32_t extension_ms;  /* 32: so much longer when the price would be outside the wide band */
    uint32_t extension_max; /* 36: at most so often */
    uint8_t manner;         /* 40: enum band_manner */
    uint8_t follows; /* 41: 1: an order that has traded all it can inside goes on around its own
                           order's last one */
    uint8_t zero[6]; /* 42 */
};
_Static_assert(sizeof(struct price_bands) == 48, "price bands layout");

enum venue_mode { MODE_NORMAL = 1, MODE_CANCEL_ONLY = 2 };

enum self_trade_by { /* who counts as oneself */
                     SELF_TRADE_OFF = 0,
                     SELF_TRADE_ACCOUNT = 1,
                     SELF_TRADE_FIRM = 2,
                     SELF_TRADE_OWNER = 3, /* beneficial owner: owner_group */
};

enum self_trade_mode { /* newest: the order that enters the market, oldest: the one that rests */
                       SELF_TRADE_CANCEL_NEWEST = 1,
                       SELF_TRADE_CANCEL_OLDEST = 2,
                       SELF_TRADE_CANCEL_BOTH = 3,
                       SELF_TRADE_DECREMENT = 4, /* both by the smaller, which is canceled */
};

enum deal_kind { /* negotiated trades; also bit numbers in an instrument's kind_mask */
                 DEAL_BLOCK = 1,
                 DEAL_PRIMARY = 2, /* an issuer sells what is new */
                 DEAL_PRIVATE = 3,
                 DEAL_TRANSFER = 4, /* at a price; the owner may stay the same */
                 DEAL_REQUEST = 5,  /* a quote in answer to a request was taken */
};

enum deal_flag { /* bit set, of an instrument */
                 DEAL_WHEN_HALTED = 1u << 0,
                 DEAL_SETS_LAST = 1u << 1, /* its price is the last price, and reaches stops */
};

enum deal_state {
    DEAL_PROPOSED = 1,
    DEAL_EXECUTED = 2,
    DEAL_DECLINED = 3,
    DEAL_CANCELED = 4,
    DEAL_EXPIRED = 5
};

/* Of a request for quote: so many named accounts, so many sides of quotes that are open. */
enum { REQUEST_TO_MAX = 8, REQUEST_QUOTE_MAX = 16 };
enum request_state { /* of a request and of a side of a quote */
                     REQUEST_OPEN = 1,
                     REQUEST_TRADED = 2, /* whole */
                     REQUEST_CANCELED = 3,
                     REQUEST_EXPIRED = 4,
};

enum offering_action { OFFERING_BEGIN = 1, OFFERING_WITHDRAW = 2 };
enum offering_method { /* who of those that subscribed at the price gets how much */
                       OFFERING_PRO_RATA = 1, /* what is left over by the largest remainder */
                       OFFERING_BY_TIME = 2,
};
enum offering_flag {                             /* bit set */
                     OFFERING_BINDING = 1u << 0, /* who has subscribed cannot take it back */
                     OFFERING_TRADING = 1u << 1, /* the instrument may trade meanwhile */
};
enum offering_state {
    OFFERING_OPEN = 1,
    OFFERING_ALLOTTING = 2, /* its window is over, its price is known */
    OFFERING_ALLOTTED = 3,
    OFFERING_FAILED = 4,
    OFFERING_WITHDRAWN = 5,
};

/* Of a maker's message: so many instruments at once; what became of each side. */
enum { QUOTE_ENTRY_MAX = 6, QUOTE_ENTRY_ID_MAX = 16 };
enum quote_status {
    QUOTE_NONE = 0,     /* no lots were quoted, and there were none */
    QUOTE_ACCEPTED = 1, /* it stands, or has traded */
    QUOTE_PULLED = 2,
    QUOTE_REFUSED = 3, /* see reason; there was none before, or it cannot be reached */
    QUOTE_REMOVED = 4, /* refused, and what it should have replaced is gone */
};

enum { PROTECTION_FILL_MAX = 64 };
enum protection_limit { /* of a maker's fills in an instrument within a time */
                        PROTECTION_FILLS = 1,
                        PROTECTION_LOTS = 2,
                        PROTECTION_VALUE = 3,
                        PROTECTION_NET = 4, /* bought less sold, either way */
};

enum corporate_kind {
    CORPORATE_SPLIT = 1,
    CORPORATE_NAME = 2,
    CORPORATE_REDEMPTION = 3,
};
enum corporate_state { CORPORATE_BEGUN = 1, CORPORATE_DONE = 2 };
enum { CORPORATE_RATIO_MAX = 1000000 };

enum kill_scope { KILL_ACCOUNT = 1, KILL_TENANT = 2, KILL_INSTRUMENT = 3, KILL_VENUE = 4 };

enum operator_role { /* bit set */
                     ROLE_VIEW = 1,
                     ROLE_OPERATE = 2,    /* halt, resume, sessions, mode */
                     ROLE_ACCOUNTS = 4,   /* accounts, deposits, withdrawals, transfers */
                     ROLE_COMPLIANCE = 8, /* freezes, KYC, parked orders, limits */
                     ROLE_CONFIGURE = 16, /* assets, instruments, fees, rules */
};

enum audience { /* ordered: a reader of one sees those before it too; others come as skip records */
                AUDIENCE_PUBLIC = 1,
                AUDIENCE_PARTY = 2,
                AUDIENCE_OPERATOR = 3,
                AUDIENCE_CONFIDENTIAL = 4,
};

/* Two letters of ISO 3166-1 as (first - 'A') * 26 + (second - 'A') + 1; 0 = not known. */
enum { COUNTRY_MAX = 26 * 26 + 1, COUNTRY_WORDS = (COUNTRY_MAX + 63) / 64 };
static inline uint16_t
country_pack(char a, char b)
{
    return (uint16_t)((a - 'A') * 26 + (b - 'A') + 1);
}

/* A client's own id (FIX ClOrdID): printable ASCII, 1 to 36 bytes, zero padded. length 0 = none. */
struct client_id {
    uint8_t length;
    char text[CLIENT_ID_MAX];
    uint8_t zero[3];
};
_Static_assert(sizeof(struct client_id) == 40, "client_id layout");

#endif
