#include "engine/model/event.h"

#include "engine/base/error.h"
#include "engine/model/schema.h"

/* The struct of each type. */
#define EVENT_LIST(X)                                                                              \
    X(GENESIS, struct event_genesis)                                                               \
    X(EPOCH, struct event_epoch)                                                                   \
    X(CHECKPOINT, struct event_checkpoint)                                                         \
    X(RULES, struct event_value)                                                                   \
    X(MODE, struct event_value)                                                                    \
    X(DAY_END, struct event_value)                                                                 \
    X(ASSET, struct event_asset)                                                                   \
    X(INSTRUMENT, struct event_instrument)                                                         \
    X(INSTRUMENT_RULES, struct event_instrument_rules)                                             \
    X(ACCOUNT, struct event_account)                                                               \
    X(ACCOUNT_PROFILE, struct event_account_profile)                                               \
    X(SESSION, struct event_session)                                                               \
    X(ACTOR, struct event_actor)                                                                   \
    X(REFERENCE_PRICE, struct event_reference_price)                                               \
    X(TRADING_STATE, struct event_trading_state)                                                   \
    X(AUCTION_RULES, struct event_auction_rules)                                                   \
    X(TIMETABLE, struct event_timetable)                                                           \
    X(KILL_SWITCH, struct event_kill_switch)                                                       \
    X(DEAL_RULES, struct event_deal_rules)                                                         \
    X(PRICE_BANDS, struct event_price_bands)                                                       \
    X(TICK_TABLE, struct event_tick_table)                                                         \
    X(SESSION_STATE, struct event_session_state)                                                   \
    X(ALLOCATION, struct event_allocation)                                                         \
    X(OFFERING, struct event_offering)                                                             \
    X(CORPORATE_ACTION, struct event_corporate_action)                                             \
    X(CALENDAR, struct event_calendar)                                                             \
    X(ORDER_ACCEPTED, struct event_order)                                                          \
    X(ORDER_REJECTED, struct event_reject)                                                         \
    X(ORDER_CANCELED, struct event_order)                                                          \
    X(ORDER_REPLACED, struct event_order)                                                          \
    X(CANCEL_REJECTED, struct event_reject)                                                        \
    X(ORDER_STATUS, struct event_order)                                                            \
    X(ORDER_RELEASED, struct event_order)                                                          \
    X(FILL, struct event_fill)                                                                     \
    X(DECISION, struct event_decision)                                                             \
    X(ORDER_TRIGGERED, struct event_order)                                                         \
    X(ORDER_REDUCED, struct event_order)                                                           \
    X(BOOK_ADD, struct event_book)                                                                 \
    X(BOOK_CHANGE, struct event_book)                                                              \
    X(BOOK_DELETE, struct event_book)                                                              \
    X(TRADE, struct event_trade)                                                                   \
    X(AUCTION, struct event_auction)                                                               \
    X(BOOK_REFILL, struct event_book)                                                              \
    X(DEAL, struct event_deal)                                                                     \
    X(DEAL_TRADE, struct event_deal_trade)                                                         \
    X(BAND_REACHED, struct event_band_reached)                                                     \
    X(MASS_QUOTE, struct event_mass_quote)                                                         \
    X(QUOTE_LIMITS, struct event_quote_limits)                                                     \
    X(QUOTE_STOP, struct event_quote_stop)                                                         \
    X(POSTING, struct event_posting)                                                               \
    X(WITHDRAWAL, struct event_withdrawal)                                                         \
    X(COMMAND_RESULT, struct event_reject)                                                         \
    X(PROPOSAL, struct event_proposal)                                                             \
    X(CANCEL_REPORT, struct event_cancel_report)                                                   \
    X(REQUEST, struct event_request)                                                               \
    X(REQUEST_QUOTE, struct event_request_quote)                                                   \
    X(CORPORATE_REPORT, struct event_corporate_report)                                             \
    X(ORDER_LIST, struct event_order_list)

#define EVENT_SIZE_CHECK(name, body)                                                               \
    _Static_assert(sizeof(body) <= EVENT_BYTES_MAX && sizeof(body) % RECORD_ALIGN == 0,            \
                   #name " fits and keeps records aligned");
EVENT_LIST(EVENT_SIZE_CHECK)

enum { EVENT_TYPE_LIMIT = EVENT_ORDER_LIST + 1 };

struct event_row {
    const char *name;
    uint32_t bytes;
};

static const struct event_row EVENTS[EVENT_TYPE_LIMIT] = {
#define EVENT_ROW(name, body) [EVENT_##name] = {#name, sizeof(body)},
    EVENT_LIST(EVENT_ROW)
#undef EVENT_ROW
};

uint32_t
event_bytes(uint16_t type)
{
    return type < EVENT_TYPE_LIMIT ? EVENTS[type].bytes : 0;
}

const char *
event_name(uint16_t type)
{
    return event_bytes(type) > 0 ? EVENTS[type].name : "UNKNOWN";
}

int
event_check_form(const void *bytes, uint32_t length_bytes)
{
    const struct event *ev = bytes;
    if (length_bytes < sizeof *ev || ev->rec.length_bytes != length_bytes)
        return ERR_INVALID;
    if (ev->rec.kind != RECORD_EVENT || ev->rec.version != RECORD_VERSION)
        return ERR_UNSUPPORTED;
    if (event_bytes(ev->rec.type) != length_bytes)
        return ERR_INVALID;
    return schema_form_clean(schema_find(RECORD_EVENT, ev->rec.type), bytes) ? 0 : ERR_INVALID;
}
