#include "engine/model/command.h"

#include <string.h>

#include "engine/base/check.h"
#include "engine/base/error.h"
#include "engine/model/schema.h"

/* The struct of each type. */
#define COMMAND_LIST(X)                                                                            \
    X(GENESIS, struct command_genesis)                                                             \
    X(EPOCH, struct command_epoch)                                                                 \
    X(TICK, struct command)                                                                        \
    X(CONTINUE, struct command)                                                                    \
    X(CHECKPOINT, struct command)                                                                  \
    X(RULES, struct command_rules)                                                                 \
    X(MODE, struct command_mode)                                                                   \
    X(ASSET, struct command_asset)                                                                 \
    X(INSTRUMENT, struct command_instrument)                                                       \
    X(INSTRUMENT_RULES, struct command_instrument_rules)                                           \
    X(ACCOUNT, struct command_account)                                                             \
    X(ACCOUNT_PROFILE, struct command_account_profile)                                             \
    X(SESSION, struct command_session)                                                             \
    X(ACTOR, struct command_actor)                                                                 \
    X(REFERENCE_PRICE, struct command_reference_price)                                             \
    X(TRADING_STATE, struct command_trading_state)                                                 \
    X(AUCTION_RULES, struct command_auction_rules)                                                 \
    X(TIMETABLE, struct command_timetable)                                                         \
    X(KILL_SWITCH, struct command_kill_switch)                                                     \
    X(DEAL_RULES, struct command_deal_rules)                                                       \
    X(PRICE_BANDS, struct command_price_bands)                                                     \
    X(TICK_TABLE, struct command_tick_table)                                                       \
    X(SESSION_UP, struct command_session_event)                                                    \
    X(SESSION_DOWN, struct command_session_event)                                                  \
    X(SESSION_RESERVE, struct command_session_event)                                               \
    X(ALLOCATION, struct command_allocation)                                                       \
    X(OFFERING, struct command_offering)                                                           \
    X(CORPORATE_ACTION, struct command_corporate_action)                                           \
    X(CALENDAR, struct command_calendar)                                                           \
    X(ORDER_LIST, struct command_order_list)                                                       \
    X(ORDER_NEW, struct command_order_new)                                                         \
    X(ORDER_CANCEL, struct command_order_cancel)                                                   \
    X(ORDER_REPLACE, struct command_order_replace)                                                 \
    X(ORDER_DECIDE, struct command_order_decide)                                                   \
    X(MASS_CANCEL, struct command_mass_cancel)                                                     \
    X(ORDER_LINKED, struct command_order_linked)                                                   \
    X(DEAL, struct command_deal)                                                                   \
    X(DEAL_PROPOSE, struct command_deal)                                                           \
    X(DEAL_ANSWER, struct command_deal_answer)                                                     \
    X(MASS_QUOTE, struct command_mass_quote)                                                       \
    X(QUOTE_LIMITS, struct command_quote_limits)                                                   \
    X(QUOTE_CANCEL, struct command_mass_cancel)                                                    \
    X(DEPOSIT, struct command_money)                                                               \
    X(WITHDRAW, struct command_money)                                                              \
    X(WITHDRAW_DECIDE, struct command_withdraw_decide)                                             \
    X(TRANSFER, struct command_money)                                                              \
    X(SETTLE, struct command_settle)                                                               \
    X(REQUEST, struct command_request)                                                             \
    X(REQUEST_QUOTE, struct command_request_quote)                                                 \
    X(REQUEST_HIT, struct command_request_hit)                                                     \
    X(REQUEST_PASS, struct command_request_pass)                                                   \
    X(PROPOSE, struct command_propose)                                                             \
    X(APPROVE, struct command_approve)

#define COMMAND_SIZE_CHECK(name, body)                                                             \
    _Static_assert(sizeof(body) <= COMMAND_BYTES_MAX && sizeof(body) % RECORD_ALIGN == 0,          \
                   #name " fits a slot and keeps records aligned");
COMMAND_LIST(COMMAND_SIZE_CHECK)

enum { COMMAND_TYPE_LIMIT = COMMAND_APPROVE + 1 };

struct command_row {
    const char *name;
    uint32_t bytes;
};

static const struct command_row COMMANDS[COMMAND_TYPE_LIMIT] = {
#define COMMAND_ROW(name, body) [COMMAND_##name] = {#name, sizeof(body)},
    COMMAND_LIST(COMMAND_ROW)
#undef COMMAND_ROW
};

uint32_t
command_bytes(uint16_t type)
{
    return type < COMMAND_TYPE_LIMIT ? COMMANDS[type].bytes : 0;
}

const char *
command_name(uint16_t type)
{
    return command_bytes(type) > 0 ? COMMANDS[type].name : "UNKNOWN";
}

void
command_init(struct command *cmd, uint16_t type)
{
    uint32_t bytes = command_bytes(type);
    CHECK(bytes > 0, "command type %u", type);
    memset(cmd, 0, bytes);
    cmd->rec.length_bytes = bytes;
    cmd->rec.kind = RECORD_COMMAND;
    cmd->rec.version = RECORD_VERSION;
    cmd->rec.type = type;
}

int
command_check_form(const void *bytes, uint32_t length_bytes)
{
    const struct command *cmd = bytes;
    if (length_bytes < sizeof *cmd || cmd->rec.length_bytes != length_bytes)
        return ERR_INVALID;
    if (cmd->rec.kind != RECORD_COMMAND || cmd->rec.version != RECORD_VERSION)
        return ERR_UNSUPPORTED;
    if (command_bytes(cmd->rec.type) != length_bytes)
        return ERR_INVALID;
    return schema_form_clean(schema_find(RECORD_COMMAND, cmd->rec.type), bytes) ? 0 : ERR_INVALID;
}
