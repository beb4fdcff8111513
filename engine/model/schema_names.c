#include "engine/model/schema.h"

#include "engine/model/command.h"
#include "engine/model/event.h"
#include "engine/model/types.h"

#define NAMES(variable, c_name, ...)                                                               \
    static const struct schema_name variable##_ROWS[] = {__VA_ARGS__};                             \
    const struct schema_enum variable = {c_name, variable##_ROWS,                                  \
                                         sizeof variable##_ROWS / sizeof variable##_ROWS[0]}

NAMES(SCHEMA_SIDE, "side", {SIDE_BUY, "buy"}, {SIDE_SELL, "sell"});

NAMES(SCHEMA_ORD_TYPE, "ord_type", {ORD_MARKET, "market"}, {ORD_LIMIT, "limit"}, {ORD_STOP, "stop"},
      {ORD_STOP_LIMIT, "stop_limit"}, {ORD_MARKET_TO_LIMIT, "market_to_limit"},
      {ORD_PEGGED, "pegged"}, {ORD_TRAILING_STOP, "trailing_stop"},
      {ORD_TRAILING_STOP_LIMIT, "trailing_stop_limit"});

NAMES(SCHEMA_TIME_IN_FORCE, "time_in_force", {TIF_DAY, "day"}, {TIF_GTC, "gtc"}, {TIF_OPG, "opg"},
      {TIF_IOC, "ioc"}, {TIF_FOK, "fok"}, {TIF_GTD, "gtd"}, {TIF_CLS, "cls"});

NAMES(SCHEMA_EXEC_INST, "exec_inst", {EXEC_POST_ONLY, "post_only"}, {EXEC_POST_SLIDE, "post_slide"},
      {EXEC_HIDDEN, "hidden"}, {EXEC_ALL_OR_NONE, "all_or_none"}, {EXEC_HOLD_PARK, "park"},
      {EXEC_CANCEL_ON_DISCONNECT, "cancel_on_disconnect"}, {EXEC_PEG_PRIMARY, "peg_primary"},
      {EXEC_PEG_MIDPOINT, "peg_midpoint"}, {EXEC_NEGOTIATED, "negotiated"}, {EXEC_QUOTE, "quote"},
      {EXEC_LINKED, "linked"}, {EXEC_OFFERING, "offering"});

NAMES(SCHEMA_ORD_STATUS, "ord_status", {ORD_STATUS_NEW, "new"},
      {ORD_STATUS_PARTIALLY_FILLED, "partially_filled"}, {ORD_STATUS_FILLED, "filled"},
      {ORD_STATUS_CANCELED, "canceled"}, {ORD_STATUS_EXPIRED, "expired"},
      {ORD_STATUS_REJECTED, "rejected"}, {ORD_STATUS_PARKED, "parked"});

NAMES(SCHEMA_ACCOUNT_STATUS, "account_status", {ACCOUNT_ACTIVE, "active"},
      {ACCOUNT_SUSPENDED, "suspended"}, {ACCOUNT_CLOSING, "closing"});

NAMES(SCHEMA_FREEZE, "freeze", {FREEZE_NONE, "none"}, {FREEZE_BUY, "buy"}, {FREEZE_SELL, "sell"},
      {FREEZE_FULL, "full"});

NAMES(SCHEMA_INVESTOR_CLASS, "investor_class", {CLASS_RETAIL, "retail"},
      {CLASS_PROFESSIONAL, "professional"}, {CLASS_QUALIFIED, "qualified"},
      {CLASS_INSTITUTION, "institution"}, {CLASS_ISSUER, "issuer"},
      {CLASS_MARKET_MAKER, "market_maker"});

NAMES(SCHEMA_CLASS_MASK, "bits of investor_class", {1u << CLASS_RETAIL, "retail"},
      {1u << CLASS_PROFESSIONAL, "professional"}, {1u << CLASS_QUALIFIED, "qualified"},
      {1u << CLASS_INSTITUTION, "institution"}, {1u << CLASS_ISSUER, "issuer"},
      {1u << CLASS_MARKET_MAKER, "market_maker"});

NAMES(SCHEMA_TRADING_STATE, "trading_state", {TRADING_OPEN, "open"}, {TRADING_HALTED, "halted"},
      {TRADING_CLOSED, "closed"}, {TRADING_CALL_OPENING, "call_opening"},
      {TRADING_CALL_INTRADAY, "call_intraday"}, {TRADING_CALL_CLOSING, "call_closing"},
      {TRADING_CALL_RESUMPTION, "call_resumption"}, {TRADING_CALL_VOLATILITY, "call_volatility"});

NAMES(SCHEMA_BAND, "band", {BAND_STATIC, "static"}, {BAND_DYNAMIC, "dynamic"});

NAMES(SCHEMA_BAND_MANNER, "band_manner", {BAND_OFF, "off"}, {BAND_REFUSE, "refuse"},
      {BAND_INTERRUPT, "interrupt"});

NAMES(SCHEMA_AUCTION_STAGE, "auction_stage", {AUCTION_INDICATIVE, "indicative"},
      {AUCTION_UNCROSS, "uncross"}, {AUCTION_EXTENDED, "extended"});

NAMES(SCHEMA_AUCTION_RULE, "auction_rule", {AUCTION_BY_VOLUME, "volume"},
      {AUCTION_BY_SURPLUS, "surplus"}, {AUCTION_BY_PRESSURE, "pressure"},
      {AUCTION_BY_REFERENCE, "reference"});

NAMES(SCHEMA_CALENDAR_DAY, "calendar_day", {CALENDAR_REGULAR, "regular"},
      {CALENDAR_CLOSED, "closed"}, {CALENDAR_SHORT, "short"});

NAMES(SCHEMA_ALLOCATION_METHOD, "allocation_method", {ALLOCATION_PRICE_TIME, "price_time"},
      {ALLOCATION_PRO_RATA, "pro_rata"});

NAMES(SCHEMA_VENUE_MODE, "venue_mode", {MODE_NORMAL, "normal"}, {MODE_CANCEL_ONLY, "cancel_only"});

NAMES(SCHEMA_SELF_TRADE_BY, "self_trade_by", {SELF_TRADE_OFF, "off"},
      {SELF_TRADE_ACCOUNT, "account"}, {SELF_TRADE_FIRM, "firm"}, {SELF_TRADE_OWNER, "owner"});

NAMES(SCHEMA_SELF_TRADE_MODE, "self_trade_mode", {SELF_TRADE_CANCEL_NEWEST, "cancel_newest"},
      {SELF_TRADE_CANCEL_OLDEST, "cancel_oldest"}, {SELF_TRADE_CANCEL_BOTH, "cancel_both"},
      {SELF_TRADE_DECREMENT, "decrement"});

NAMES(SCHEMA_KILL_SCOPE, "kill_scope", {KILL_ACCOUNT, "account"}, {KILL_TENANT, "tenant"},
      {KILL_INSTRUMENT, "instrument"}, {KILL_VENUE, "venue"});

NAMES(SCHEMA_DEAL_KIND, "deal_kind", {DEAL_BLOCK, "block"}, {DEAL_PRIMARY, "primary"},
      {DEAL_PRIVATE, "private"}, {DEAL_TRANSFER, "transfer"}, {DEAL_REQUEST, "request"});

NAMES(SCHEMA_DEAL_KIND_MASK, "bits of deal_kind", {1u << DEAL_BLOCK, "block"},
      {1u << DEAL_PRIMARY, "primary"}, {1u << DEAL_PRIVATE, "private"},
      {1u << DEAL_TRANSFER, "transfer"}, {1u << DEAL_REQUEST, "request"});

NAMES(SCHEMA_DEAL_FLAG, "deal_flag", {DEAL_WHEN_HALTED, "when_halted"},
      {DEAL_SETS_LAST, "sets_last"});

NAMES(SCHEMA_DEAL_STATE, "deal_state", {DEAL_PROPOSED, "proposed"}, {DEAL_EXECUTED, "executed"},
      {DEAL_DECLINED, "declined"}, {DEAL_CANCELED, "canceled"}, {DEAL_EXPIRED, "expired"});

NAMES(SCHEMA_CORPORATE_KIND, "corporate_kind", {CORPORATE_SPLIT, "split"}, {CORPORATE_NAME, "name"},
      {CORPORATE_REDEMPTION, "redemption"});

NAMES(SCHEMA_CORPORATE_STATE, "corporate_state", {CORPORATE_BEGUN, "begun"},
      {CORPORATE_DONE, "done"});

NAMES(SCHEMA_OFFERING_ACTION, "offering_action", {OFFERING_BEGIN, "begin"},
      {OFFERING_WITHDRAW, "withdraw"});

NAMES(SCHEMA_OFFERING_METHOD, "offering_method", {OFFERING_PRO_RATA, "pro_rata"},
      {OFFERING_BY_TIME, "by_time"});

NAMES(SCHEMA_OFFERING_FLAG, "offering_flag", {OFFERING_BINDING, "binding"},
      {OFFERING_TRADING, "trading"});

NAMES(SCHEMA_OFFERING_STATE, "offering_state", {OFFERING_OPEN, "open"},
      {OFFERING_ALLOTTING, "allotting"}, {OFFERING_ALLOTTED, "allotted"},
      {OFFERING_FAILED, "failed"}, {OFFERING_WITHDRAWN, "withdrawn"});

NAMES(SCHEMA_REQUEST_STATE, "request_state", {REQUEST_OPEN, "open"}, {REQUEST_TRADED, "traded"},
      {REQUEST_CANCELED, "canceled"}, {REQUEST_EXPIRED, "expired"});

NAMES(SCHEMA_QUOTE_STATUS, "quote_status", {QUOTE_ACCEPTED, "accepted"}, {QUOTE_PULLED, "pulled"},
      {QUOTE_REFUSED, "refused"}, {QUOTE_REMOVED, "removed"});

NAMES(SCHEMA_PROTECTION_LIMIT, "protection_limit", {PROTECTION_FILLS, "fills"},
      {PROTECTION_LOTS, "lots"}, {PROTECTION_VALUE, "value"}, {PROTECTION_NET, "net"});

NAMES(SCHEMA_OPERATOR_ROLE, "operator_role", {ROLE_VIEW, "view"}, {ROLE_OPERATE, "operate"},
      {ROLE_ACCOUNTS, "accounts"}, {ROLE_COMPLIANCE, "compliance"}, {ROLE_CONFIGURE, "configure"});

NAMES(SCHEMA_AUDIENCE, "audience", {AUDIENCE_PUBLIC, "public"}, {AUDIENCE_PARTY, "party"},
      {AUDIENCE_OPERATOR, "operator"}, {AUDIENCE_CONFIDENTIAL, "confidential"});

NAMES(SCHEMA_ASSET_KIND, "asset kind", {1, "cash"}, {2, "security"});

NAMES(SCHEMA_ACCOUNT_KIND, "account kind", {1, "client"}, {2, "venue"}, {3, "contra"});

NAMES(SCHEMA_PROTOCOL, "protocol", {1, "fix"}, {2, "api"}, {3, "binary"}, {4, "operator"});

NAMES(SCHEMA_COUNTRY_MODE, "country mode", {0, "any"}, {1, "only"}, {2, "except"});

NAMES(SCHEMA_DECISION_STAGE, "decision_stage", {DECISION_ADMIT, "admit"},
      {DECISION_REPLACE, "replace"}, {DECISION_PAIR, "pair"}, {DECISION_MOVE, "move"},
      {DECISION_COMMAND, "command"});

NAMES(SCHEMA_VERDICT, "verdict", {VERDICT_ALLOW, "allow"}, {VERDICT_FLAG, "flag"},
      {VERDICT_HOLD, "hold"}, {VERDICT_REJECT, "reject"});

NAMES(SCHEMA_WITHDRAWAL_STATE, "withdrawal state", {1, "requested"}, {2, "confirmed"},
      {3, "canceled"});

NAMES(SCHEMA_PROPOSAL_STATE, "proposal state", {1, "proposed"}, {2, "approved"},
      {3, "carried_out"});

NAMES(SCHEMA_COMMAND_FLAG, "command_flag", {COMMAND_POSSIBLE_RESEND, "possible_resend"},
      {COMMAND_FROM_CONFIG, "from_config"});

NAMES(SCHEMA_FOUR_EYES, "four eyes", {1, "deposits"}, {2, "transfers"}, {4, "reference_data"},
      {8, "profiles"}, {16, "kill_lift"});

NAMES(SCHEMA_RECORD_KIND, "record_kind", {RECORD_COMMAND, "command"}, {RECORD_EVENT, "event"},
      {RECORD_SKIP, "skip"}, {RECORD_BATCH, "batch"}, {RECORD_VOID, "void"},
      {RECORD_SEGMENT, "segment"}, {RECORD_PAD, "pad"});

static const struct schema_enum *const ALL[] = {
    &SCHEMA_SIDE,
    &SCHEMA_ORD_TYPE,
    &SCHEMA_TIME_IN_FORCE,
    &SCHEMA_EXEC_INST,
    &SCHEMA_ORD_STATUS,
    &SCHEMA_ACCOUNT_STATUS,
    &SCHEMA_FREEZE,
    &SCHEMA_INVESTOR_CLASS,
    &SCHEMA_CLASS_MASK,
    &SCHEMA_COUNTRY_MODE,
    &SCHEMA_TRADING_STATE,
    &SCHEMA_VENUE_MODE,
    &SCHEMA_SELF_TRADE_BY,
    &SCHEMA_SELF_TRADE_MODE,
    &SCHEMA_KILL_SCOPE,
    &SCHEMA_ASSET_KIND,
    &SCHEMA_ACCOUNT_KIND,
    &SCHEMA_PROTOCOL,
    &SCHEMA_FOUR_EYES,
    &SCHEMA_OPERATOR_ROLE,
    &SCHEMA_DECISION_STAGE,
    &SCHEMA_VERDICT,
    &SCHEMA_AUDIENCE,
    &SCHEMA_WITHDRAWAL_STATE,
    &SCHEMA_PROPOSAL_STATE,
    &SCHEMA_COMMAND_FLAG,
    &SCHEMA_RECORD_KIND,
    &SCHEMA_AUCTION_STAGE,
    &SCHEMA_AUCTION_RULE,
    &SCHEMA_DEAL_KIND,
    &SCHEMA_DEAL_KIND_MASK,
    &SCHEMA_DEAL_FLAG,
    &SCHEMA_DEAL_STATE,
    &SCHEMA_REQUEST_STATE,
    &SCHEMA_BAND,
    &SCHEMA_BAND_MANNER,
    &SCHEMA_ALLOCATION_METHOD,
    &SCHEMA_QUOTE_STATUS,
    &SCHEMA_PROTECTION_LIMIT,
    &SCHEMA_CORPORATE_KIND,
    &SCHEMA_CORPORATE_STATE,
    &SCHEMA_CALENDAR_DAY,
    &SCHEMA_OFFERING_ACTION,
    &SCHEMA_OFFERING_METHOD,
    &SCHEMA_OFFERING_FLAG,
    &SCHEMA_OFFERING_STATE,
};

const struct schema_enum *
schema_enum_at(uint32_t index)
{
    return index < sizeof ALL / sizeof ALL[0] ? ALL[index] : NULL;
}
