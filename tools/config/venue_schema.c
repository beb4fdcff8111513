#include "tools/config/venue_schema.h"

#include "tools/config/venue.h"

/* Short forms for what the tables below consist of: O optional, R required. */
#define COUNT(table) (sizeof(table) / sizeof *(table))
#define R_TEXT(type, f, most)                                                                      \
    CYAML_FIELD_STRING_PTR(#f, CYAML_FLAG_POINTER, struct type, f, 1, most)
#define O_TEXT(type, f, most)                                                                      \
    CYAML_FIELD_STRING_PTR(#f, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct type, f, 1, most)
#define R_UINT(type, f) CYAML_FIELD_UINT(#f, CYAML_FLAG_DEFAULT, struct type, f)
#define O_UINT(type, f) CYAML_FIELD_UINT(#f, CYAML_FLAG_OPTIONAL, struct type, f)
#define O_INT(type, f)  CYAML_FIELD_INT(#f, CYAML_FLAG_OPTIONAL, struct type, f)
#define O_BOOL(type, f) CYAML_FIELD_BOOL(#f, CYAML_FLAG_OPTIONAL, struct type, f)
#define R_ENUM(type, f, words)                                                                     \
    CYAML_FIELD_ENUM(#f, CYAML_FLAG_STRICT, struct type, f, words, COUNT(words))
#define O_ENUM(type, f, words)                                                                     \
    CYAML_FIELD_ENUM(#f, CYAML_FLAG_STRICT | CYAML_FLAG_OPTIONAL, struct type, f, words,           \
                     COUNT(words))
#define O_LIST(type, f, entry)                                                                     \
    CYAML_FIELD_SEQUENCE(#f, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct type, f, entry, 0,   \
                         CYAML_UNLIMITED)
#define R_LIST(type, f, entry)                                                                     \
    CYAML_FIELD_SEQUENCE(#f, CYAML_FLAG_POINTER, struct type, f, entry, 1, CYAML_UNLIMITED)
#define O_PART(type, f, fields)                                                                    \
    CYAML_FIELD_MAPPING_PTR(#f, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct type, f, fields)
#define R_PART(type, f, fields)                                                                    \
    CYAML_FIELD_MAPPING_PTR(#f, CYAML_FLAG_POINTER, struct type, f, fields)
#define ENTRY(type, fields)                                                                        \
    {                                                                                              \
        CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct type, fields)                               \
    }

enum { TEXT_MAX = 255, ACCOUNT_NAME_MAX = 63 };

static const cyaml_strval_t durability_words[] = {{"durable", DURABILITY_DURABLE},
                                                  {"async", DURABILITY_ASYNC}};
static const cyaml_strval_t wait_words[] = {{"adaptive", WAIT_ADAPTIVE}, {"spin", WAIT_SPIN}};
static const cyaml_strval_t awake_words[] = {
    {"busy", KEEP_AWAKE_BUSY}, {"always", KEEP_AWAKE_ALWAYS}, {"off", KEEP_AWAKE_OFF}};
static const cyaml_strval_t kind_words[] = {{"cash", 1}, {"token", 2}};
static const cyaml_strval_t state_words[] = {{"open", TRADING_OPEN},
                                             {"halted", TRADING_HALTED},
                                             {"closed", TRADING_CLOSED},
                                             {"call_opening", TRADING_CALL_OPENING},
                                             {"call_intraday", TRADING_CALL_INTRADAY},
                                             {"call_closing", TRADING_CALL_CLOSING},
                                             {"call_resumption", TRADING_CALL_RESUMPTION}};
static const cyaml_strval_t manner_words[] = {{"refuse", BAND_REFUSE},
                                              {"interrupt", BAND_INTERRUPT}};
static const cyaml_strval_t day_words[] = {{"mon", 0}, {"tue", 1}, {"wed", 2}, {"thu", 3},
                                           {"fri", 4}, {"sat", 5}, {"sun", 6}};
static const cyaml_strval_t self_trade_by_words[] = {{"off", SELF_TRADE_OFF},
                                                     {"account", SELF_TRADE_ACCOUNT},
                                                     {"firm", SELF_TRADE_FIRM},
                                                     {"owner", SELF_TRADE_OWNER}};
static const cyaml_strval_t self_trade_mode_words[] = {{"cancel_newest", SELF_TRADE_CANCEL_NEWEST},
                                                       {"cancel_oldest", SELF_TRADE_CANCEL_OLDEST},
                                                       {"cancel_both", SELF_TRADE_CANCEL_BOTH},
                                                       {"decrement", SELF_TRADE_DECREMENT}};
static const cyaml_strval_t status_words[] = {
    {"active", ACCOUNT_ACTIVE}, {"suspended", ACCOUNT_SUSPENDED}, {"closing", ACCOUNT_CLOSING}};
static const cyaml_strval_t class_words[] = {
    {"retail", CLASS_RETAIL},       {"professional", CLASS_PROFESSIONAL},
    {"qualified", CLASS_QUALIFIED}, {"institution", CLASS_INSTITUTION},
    {"issuer", CLASS_ISSUER},       {"market_maker", CLASS_MARKET_MAKER}};
static const cyaml_strval_t role_words[] = {{"view", ROLE_VIEW},
                                            {"operate", ROLE_OPERATE},
                                            {"accounts", ROLE_ACCOUNTS},
                                            {"compliance", ROLE_COMPLIANCE},
                                            {"configure", ROLE_CONFIGURE}};

static const cyaml_schema_value_t text_entry = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char *, 1, TEXT_MAX)};
static const cyaml_schema_value_t country_entry = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char *, 2, 2)};
static const cyaml_schema_value_t class_entry = {
    CYAML_VALUE_ENUM(CYAML_FLAG_STRICT, int, class_words, COUNT(class_words))};
static const cyaml_schema_value_t day_entry = {
    CYAML_VALUE_ENUM(CYAML_FLAG_STRICT, int, day_words, COUNT(day_words))};
static const cyaml_schema_value_t role_entry = {
    CYAML_VALUE_ENUM(CYAML_FLAG_STRICT, int, role_words, COUNT(role_words))};

static const cyaml_schema_field_t general_fields[] = {
    R_TEXT(venue_general, name, 31),
    O_TEXT(venue_general, day_end, 8),
    O_UINT(venue_general, disconnect_grace_ms),
    R_UINT(venue_general, fee_account),
    R_UINT(venue_general, issue_account),
    O_LIST(venue_general, four_eyes, &text_entry),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t capacity_fields[] = {
    O_UINT(venue_capacity, assets),        O_UINT(venue_capacity, instruments),
    O_UINT(venue_capacity, accounts),      O_UINT(venue_capacity, balances),
    O_UINT(venue_capacity, orders),        O_UINT(venue_capacity, levels),
    O_UINT(venue_capacity, client_ids),    O_UINT(venue_capacity, sessions),
    O_UINT(venue_capacity, operators),     O_UINT(venue_capacity, work_items),
    O_UINT(venue_capacity, proposals),     O_UINT(venue_capacity, withdrawals),
    O_UINT(venue_capacity, deals),         O_UINT(venue_capacity, requests),
    O_UINT(venue_capacity, trails),        O_UINT(venue_capacity, quotes),
    O_UINT(venue_capacity, calendar_days), CYAML_FIELD_END,
};

static const cyaml_schema_field_t engine_fields[] = {
    O_ENUM(venue_engine, durability, durability_words),
    O_ENUM(venue_engine, wait, wait_words),
    O_ENUM(venue_engine, keep_awake, awake_words),
    O_INT(venue_engine, core_cpu),
    O_INT(venue_engine, journal_cpu),
    O_INT(venue_engine, publish_cpu),
    O_INT(venue_engine, fix_cpu),
    O_UINT(venue_engine, segment_mib),
    O_UINT(venue_engine, ring_mib),
    O_UINT(venue_engine, port_slots),
    O_UINT(venue_engine, journal_quota_mib),
    O_UINT(venue_engine, clock_jump_max_ms),
    O_UINT(venue_engine, snapshots_kept),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t asset_fields[] = {
    R_UINT(venue_asset, id),
    R_TEXT(venue_asset, symbol, SYMBOL_MAX - 1),
    R_UINT(venue_asset, scale),
    R_ENUM(venue_asset, kind, kind_words),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t asset_entry = ENTRY(venue_asset, asset_fields);

static const cyaml_schema_field_t rules_fields[] = {
    O_UINT(venue_rules, min_kyc_level),
    O_LIST(venue_rules, countries_allowed, &country_entry),
    O_LIST(venue_rules, countries_barred, &country_entry),
    O_LIST(venue_rules, buyer_classes, &class_entry),
    O_LIST(venue_rules, seller_classes, &class_entry),
    O_TEXT(venue_rules, max_order_qty, TEXT_MAX),
    O_TEXT(venue_rules, max_order_value, TEXT_MAX),
    O_UINT(venue_rules, collar_ppm),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t calls_fields[] = {
    O_UINT(venue_calls, indicative_ms),
    O_UINT(venue_calls, length_ms),
    O_UINT(venue_calls, random_end_ms),
    O_UINT(venue_calls, extension_ms),
    O_UINT(venue_calls, extension_max),
    O_UINT(venue_calls, range_ppm),
    CYAML_FIELD_END,
};

static const cyaml_strval_t allocation_words[] = {{"price_time", ALLOCATION_PRICE_TIME},
                                                  {"pro_rata", ALLOCATION_PRO_RATA}};
static const cyaml_schema_field_t allocation_fields[] = {
    R_ENUM(venue_allocation, method, allocation_words),
    O_TEXT(venue_allocation, min, TEXT_MAX),
    O_UINT(venue_allocation, top_ppm),
    O_TEXT(venue_allocation, top_min, TEXT_MAX),
    O_TEXT(venue_allocation, top_max, TEXT_MAX),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t bands_fields[] = {
    R_ENUM(venue_bands, manner, manner_words),
    O_UINT(venue_bands, static_ppm),
    O_UINT(venue_bands, static_ticks),
    O_UINT(venue_bands, dynamic_ppm),
    O_UINT(venue_bands, dynamic_ticks),
    O_UINT(venue_bands, wide_ppm),
    O_UINT(venue_bands, wide_ticks),
    O_BOOL(venue_bands, follows),
    O_UINT(venue_bands, length_ms),
    O_UINT(venue_bands, random_end_ms),
    O_UINT(venue_bands, extension_ms),
    O_UINT(venue_bands, extension_max),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t time_fields[] = {
    R_TEXT(venue_time, at, 8),
    R_ENUM(venue_time, state, state_words),
    O_LIST(venue_time, days, &day_entry),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t time_entry = ENTRY(venue_time, time_fields);

static const cyaml_schema_field_t timetable_fields[] = {
    R_TEXT(venue_timetable, zone, ZONE_NAME_MAX - 1),
    O_UINT(venue_timetable, calendar),
    R_LIST(venue_timetable, times, &time_entry),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t calendar_day_fields[] = {
    R_TEXT(venue_calendar_day, date, 10),
    O_LIST(venue_calendar_day, times, &time_entry),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t calendar_day_entry =
    ENTRY(venue_calendar_day, calendar_day_fields);

static const cyaml_schema_field_t calendar_fields[] = {
    R_UINT(venue_calendar, id),
    R_LIST(venue_calendar, days, &calendar_day_entry),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t calendar_entry = ENTRY(venue_calendar, calendar_fields);

static const cyaml_schema_field_t tick_fields[] = {
    R_TEXT(venue_tick, from, TEXT_MAX),
    R_TEXT(venue_tick, step, TEXT_MAX),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t tick_entry = ENTRY(venue_tick, tick_fields);

static const cyaml_schema_field_t instrument_fields[] = {
    R_UINT(venue_instrument, id),
    R_TEXT(venue_instrument, symbol, SYMBOL_MAX - 1),
    R_TEXT(venue_instrument, asset, SYMBOL_MAX - 1),
    R_TEXT(venue_instrument, currency, SYMBOL_MAX - 1),
    R_UINT(venue_instrument, price_scale),
    R_TEXT(venue_instrument, tick, TEXT_MAX),
    R_TEXT(venue_instrument, lot, TEXT_MAX),
    O_LIST(venue_instrument, ticks, &tick_entry),
    O_TEXT(venue_instrument, min_qty, TEXT_MAX),
    O_TEXT(venue_instrument, min_value, TEXT_MAX),
    O_TEXT(venue_instrument, max_price, TEXT_MAX),
    O_UINT(venue_instrument, maker_ppm),
    O_UINT(venue_instrument, taker_ppm),
    O_TEXT(venue_instrument, fee_min, TEXT_MAX),
    O_UINT(venue_instrument, protection_ppm),
    O_UINT(venue_instrument, protection_ticks),
    O_BOOL(venue_instrument, protection_rests),
    O_TEXT(venue_instrument, reference, TEXT_MAX),
    O_ENUM(venue_instrument, state, state_words),
    O_ENUM(venue_instrument, self_trade_by, self_trade_by_words),
    O_ENUM(venue_instrument, self_trade_mode, self_trade_mode_words),
    O_BOOL(venue_instrument, hidden),
    O_BOOL(venue_instrument, all_or_none),
    O_PART(venue_instrument, rules, rules_fields),
    O_PART(venue_instrument, calls, calls_fields),
    O_PART(venue_instrument, bands, bands_fields),
    O_PART(venue_instrument, allocation, allocation_fields),
    O_PART(venue_instrument, timetable, timetable_fields),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t instrument_entry = ENTRY(venue_instrument, instrument_fields);

static const cyaml_schema_field_t amount_fields[] = {
    R_TEXT(venue_amount, asset, SYMBOL_MAX - 1),
    R_TEXT(venue_amount, amount, TEXT_MAX),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t amount_entry = ENTRY(venue_amount, amount_fields);

static const cyaml_schema_field_t quote_limits_fields[] = {
    R_TEXT(venue_quote_limits, instrument, SYMBOL_MAX - 1),
    R_UINT(venue_quote_limits, fills),
    R_UINT(venue_quote_limits, window_ms),
    O_TEXT(venue_quote_limits, qty, TEXT_MAX),
    O_TEXT(venue_quote_limits, value, TEXT_MAX),
    O_TEXT(venue_quote_limits, net, TEXT_MAX),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t quote_limits_entry =
    ENTRY(venue_quote_limits, quote_limits_fields);

static const cyaml_schema_field_t account_fields[] = {
    R_UINT(venue_account, id),
    O_TEXT(venue_account, name, ACCOUNT_NAME_MAX),
    O_UINT(venue_account, tenant),
    O_UINT(venue_account, firm),
    O_UINT(venue_account, owner),
    O_UINT(venue_account, kyc_level),
    O_TEXT(venue_account, kyc_expiry, 10),
    O_TEXT(venue_account, country, 2),
    O_ENUM(venue_account, investor_class, class_words),
    O_ENUM(venue_account, status, status_words),
    O_UINT(venue_account, max_open_orders),
    O_UINT(venue_account, max_messages),
    O_UINT(venue_account, message_window_ms),
    O_LIST(venue_account, deposits, &amount_entry),
    O_LIST(venue_account, quote_limits, &quote_limits_entry),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t account_entry = ENTRY(venue_account, account_fields);

static const cyaml_schema_field_t operator_fields[] = {
    R_UINT(venue_operator, id),
    R_TEXT(venue_operator, name, 39),
    O_INT(venue_operator, uid),
    R_LIST(venue_operator, roles, &role_entry),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t operator_entry = ENTRY(venue_operator, operator_fields);

static const cyaml_schema_field_t fix_session_fields[] = {
    R_UINT(venue_fix_session, id),
    R_TEXT(venue_fix_session, comp_id, 39),
    R_TEXT(venue_fix_session, password_hash, TEXT_MAX),
    R_UINT(venue_fix_session, account),
    O_BOOL(venue_fix_session, cancel_on_disconnect),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t fix_session_entry = ENTRY(venue_fix_session, fix_session_fields);

static const cyaml_schema_field_t fix_fields[] = {
    O_TEXT(venue_fix, listen, 45),
    O_UINT(venue_fix, port),
    O_TEXT(venue_fix, comp_id, 39),
    O_LIST(venue_fix, sessions, &fix_session_entry),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t api_key_fields[] = {
    R_UINT(venue_api_key, session),
    R_TEXT(venue_api_key, key, 63),
    R_TEXT(venue_api_key, secret, 128),
    R_TEXT(venue_api_key, passphrase, 63),
    R_UINT(venue_api_key, account),
    O_BOOL(venue_api_key, cancel_on_disconnect),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t api_key_entry = ENTRY(venue_api_key, api_key_fields);

static const cyaml_schema_field_t api_fields[] = {
    O_TEXT(venue_api, listen, 45),
    O_UINT(venue_api, port),
    O_LIST(venue_api, keys, &api_key_entry),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t settlement_fields[] = {
    O_TEXT(venue_settlement, database, TEXT_MAX),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t venue_fields[] = {
    R_PART(venue, venue, general_fields),
    O_PART(venue, capacity, capacity_fields),
    O_PART(venue, engine, engine_fields),
    R_LIST(venue, assets, &asset_entry),
    O_LIST(venue, calendars, &calendar_entry),
    R_LIST(venue, instruments, &instrument_entry),
    R_LIST(venue, accounts, &account_entry),
    O_LIST(venue, operators, &operator_entry),
    O_PART(venue, fix, fix_fields),
    O_PART(venue, api, api_fields),
    O_PART(venue, settlement, settlement_fields),
    CYAML_FIELD_END,
};

const cyaml_schema_value_t venue_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct venue, venue_fields)};
