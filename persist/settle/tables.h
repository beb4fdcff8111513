#ifndef PERSIST_SETTLE_TABLES_H
#define PERSIST_SETTLE_TABLES_H

#include "persist/settle/rows.h"

/* The tables that the writer fills: one list of columns each, for the statements and for the code
 * that fills the cells. They follow sql/0001_books.sql. X(name in C, name in SQL, type) */

#define SETTLE_FILLS(X)                                                                            \
    X(EVENT_SEQ, event_seq, INT8)                                                                  \
    X(TIME_NS, time_ns, INT8)                                                                      \
    X(TRADE_ID, trade_id, INT8)                                                                    \
    X(TRADE_DAY, trade_day, DATE)                                                                  \
    X(SETTLE_DAY, settle_day, DATE)                                                                \
    X(INSTRUMENT_ID, instrument_id, INT8)                                                          \
    X(ASSET_ID, asset_id, INT8)                                                                    \
    X(CURRENCY_ID, currency_id, INT8)                                                              \
    X(PRICE_UNITS, price_units, INT8)                                                              \
    X(QTY_LOTS, qty_lots, INT8)                                                                    \
    X(QTY_UNITS, qty_units, INT8)                                                                  \
    X(NOTIONAL_UNITS, notional_units, INT8)                                                        \
    X(BUY_ORDER_ID, buy_order_id, INT8)                                                            \
    X(BUY_ACCOUNT_ID, buy_account_id, INT8)                                                        \
    X(BUY_FEE_UNITS, buy_fee_units, INT8)                                                          \
    X(SELL_ORDER_ID, sell_order_id, INT8)                                                          \
    X(SELL_ACCOUNT_ID, sell_account_id, INT8)                                                      \
    X(SELL_FEE_UNITS, sell_fee_units, INT8)                                                        \
    X(AGGRESSOR, aggressor, INT2)                                                                  \
    X(SETTLE_CYCLE, settle_cycle, INT2)                                                            \
    X(BUY_CLIENT_ID, buy_client_id, TEXT)                                                          \
    X(SELL_CLIENT_ID, sell_client_id, TEXT)

#define SETTLE_POSTINGS(X)                                                                         \
    X(EVENT_SEQ, event_seq, INT8)                                                                  \
    X(TIME_NS, time_ns, INT8)                                                                      \
    X(ACCOUNT_ID, account_id, INT8)                                                                \
    X(ASSET_ID, asset_id, INT8)                                                                    \
    X(AMOUNT_UNITS, amount_units, INT8)                                                            \
    X(LEG, leg, INT2)                                                                              \
    X(KIND, kind, INT2)                                                                            \
    X(BOOK, book, INT2)

#define SETTLE_MOVEMENTS(X)                                                                        \
    X(EVENT_SEQ, event_seq, INT8)                                                                  \
    X(TIME_NS, time_ns, INT8)                                                                      \
    X(KIND, kind, INT2)                                                                            \
    X(DEBIT_ACCOUNT_ID, debit_account_id, INT8)                                                    \
    X(CREDIT_ACCOUNT_ID, credit_account_id, INT8)                                                  \
    X(ASSET_ID, asset_id, INT8)                                                                    \
    X(AMOUNT_UNITS, amount_units, INT8)                                                            \
    X(REF, ref, INT8)                                                                              \
    X(ACTOR_ID, actor_id, INT8)                                                                    \
    X(CLIENT_ID, client_id, TEXT)

#define SETTLE_WITHDRAWALS(X)                                                                      \
    X(WITHDRAWAL_ID, withdrawal_id, INT8)                                                          \
    X(ACCOUNT_ID, account_id, INT8)                                                                \
    X(ASSET_ID, asset_id, INT8)                                                                    \
    X(AMOUNT_UNITS, amount_units, INT8)                                                            \
    X(STATE, state, INT2)                                                                          \
    X(ACTOR_ID, actor_id, INT8)                                                                    \
    X(CLIENT_ID, client_id, TEXT)                                                                  \
    X(EVENT_SEQ, event_seq, INT8)

#define SETTLE_BALANCES(X)                                                                         \
    X(ACCOUNT_ID, account_id, INT8)                                                                \
    X(ASSET_ID, asset_id, INT8)                                                                    \
    X(SETTLED_UNITS, settled_units, INT8)         /* NULL: as it was */                            \
    X(HELD_UNITS, held_units, INT8)               /* NULL: as it was */                            \
    X(PENDING_IN_UNITS, pending_in_units, INT8)   /* added */                                      \
    X(PENDING_OUT_UNITS, pending_out_units, INT8) /* added */                                      \
    X(EVENT_SEQ, event_seq, INT8)

#define SETTLE_ORDERS(X)                                                                           \
    X(ORDER_ID, order_id, INT8)                                                                    \
    X(EVENT_SEQ, event_seq, INT8)                                                                  \
    X(TIME_NS, time_ns, INT8)                                                                      \
    X(ACCOUNT_ID, account_id, INT8)                                                                \
    X(INSTRUMENT_ID, instrument_id, INT8)                                                          \
    X(SESSION_ID, session_id, INT8)                                                                \
    X(PRICE_UNITS, price_units, INT8)                                                              \
    X(QTY_LOTS, qty_lots, INT8)                                                                    \
    X(CUM_LOTS, cum_lots, INT8)                                                                    \
    X(CUM_COST, cum_cost, INT8)                                                                    \
    X(SIDE, side, INT2)                                                                            \
    X(ORD_TYPE, ord_type, INT2)                                                                    \
    X(TIME_IN_FORCE, time_in_force, INT2)                                                          \
    X(STATUS, status, INT2)                                                                        \
    X(REASON, reason, INT2)                                                                        \
    X(CLIENT_ID, client_id, TEXT)

#define SETTLE_REJECTS(X)                                                                          \
    X(EVENT_SEQ, event_seq, INT8)                                                                  \
    X(TIME_NS, time_ns, INT8)                                                                      \
    X(ACCOUNT_ID, account_id, INT8)                                                                \
    X(INSTRUMENT_ID, instrument_id, INT8)                                                          \
    X(SESSION_ID, session_id, INT8)                                                                \
    X(ORDER_ID, order_id, INT8)                                                                    \
    X(PRICE_UNITS, price_units, INT8)                                                              \
    X(QTY_LOTS, qty_lots, INT8)                                                                    \
    X(ACTOR_ID, actor_id, INT8)                                                                    \
    X(REASON, reason, INT2)                                                                        \
    X(COMMAND_TYPE, command_type, INT2)                                                            \
    X(SIDE, side, INT2)                                                                            \
    X(CLIENT_ID, client_id, TEXT)

#define SETTLE_DECISIONS(X)                                                                        \
    X(EVENT_SEQ, event_seq, INT8)                                                                  \
    X(TIME_NS, time_ns, INT8)                                                                      \
    X(ORDER_ID, order_id, INT8)                                                                    \
    X(ACCOUNT_ID, account_id, INT8)                                                                \
    X(INSTRUMENT_ID, instrument_id, INT8)                                                          \
    X(ACTUAL, actual, INT8)                                                                        \
    X(LIMIT_VALUE, limit_value, INT8)                                                              \
    X(EVALUATED, evaluated, INT8)                                                                  \
    X(FAILED, failed, INT8)                                                                        \
    X(POLICY, policy, INT8)                                                                        \
    X(STAGE, stage, INT2)                                                                          \
    X(VERDICT, verdict, INT2)                                                                      \
    X(RULE, rule, INT4)                                                                            \
    X(REASON, reason, INT2)

#define SETTLE_ASSETS(X)                                                                           \
    X(ASSET_ID, asset_id, INT8)                                                                    \
    X(SCALE, scale, INT2)                                                                          \
    X(KIND, kind, INT2)                                                                            \
    X(SYMBOL, symbol, TEXT)                                                                        \
    X(EVENT_SEQ, event_seq, INT8)

#define SETTLE_INSTRUMENTS(X)                                                                      \
    X(INSTRUMENT_ID, instrument_id, INT8)                                                          \
    X(ASSET_ID, asset_id, INT8)                                                                    \
    X(CURRENCY_ID, currency_id, INT8)                                                              \
    X(SYMBOL, symbol, TEXT)                                                                        \
    X(PRICE_SCALE, price_scale, INT2)                                                              \
    X(SETTLE_CYCLE, settle_cycle, INT2)                                                            \
    X(STATE, state, INT2)                                                                          \
    X(RETIRED, retired, INT2)                                                                      \
    X(TICK_UNITS, tick_units, INT8)                                                                \
    X(LOT_UNITS, lot_units, INT8)                                                                  \
    X(MAKER_PPM, maker_ppm, INT8)                                                                  \
    X(TAKER_PPM, taker_ppm, INT8)                                                                  \
    X(MIN_QTY_LOTS, min_qty_lots, INT8)                                                            \
    X(MAX_PRICE_UNITS, max_price_units, INT8)                                                      \
    X(MIN_VALUE_UNITS, min_value_units, INT8)                                                      \
    X(FEE_MIN_UNITS, fee_min_units, INT8)                                                          \
    X(PROTECTION_PPM, protection_ppm, INT8)                                                        \
    X(PROTECTION_TICKS, protection_ticks, INT8)                                                    \
    X(PROTECTION_RESTS, protection_rests, INT2)                                                    \
    X(ORD_TYPE_MASK, ord_type_mask, INT8)                                                          \
    X(SELF_TRADE_BY, self_trade_by, INT2)                                                          \
    X(SELF_TRADE_MODE, self_trade_mode, INT2)                                                      \
    X(ALLOW_HIDDEN, allow_hidden, INT2)                                                            \
    X(ALLOW_WHOLE, allow_whole, INT2)                                                              \
    X(EVENT_SEQ, event_seq, INT8)

#define SETTLE_ALLOCATIONS(X)                                                                      \
    X(INSTRUMENT_ID, instrument_id, INT8)                                                          \
    X(METHOD, method, INT2)                                                                        \
    X(TOP_PPM, top_ppm, INT8)                                                                      \
    X(TOP_MIN_LOTS, top_min_lots, INT8)                                                            \
    X(TOP_MAX_LOTS, top_max_lots, INT8)                                                            \
    X(MIN_LOTS, min_lots, INT8)                                                                    \
    X(EVENT_SEQ, event_seq, INT8)

#define SETTLE_BANDS(X)                                                                            \
    X(INSTRUMENT_ID, instrument_id, INT8)                                                          \
    X(MANNER, manner, INT2)                                                                        \
    X(STATIC_PPM, static_ppm, INT8)                                                                \
    X(STATIC_TICKS, static_ticks, INT8)                                                            \
    X(DYNAMIC_PPM, dynamic_ppm, INT8)                                                              \
    X(DYNAMIC_TICKS, dynamic_ticks, INT8)                                                          \
    X(WIDE_PPM, wide_ppm, INT8)                                                                    \
    X(WIDE_TICKS, wide_ticks, INT8)                                                                \
    X(FOLLOWS, follows, INT2)                                                                      \
    X(CALL_MS, call_ms, INT8)                                                                      \
    X(RANDOM_END_MS, random_end_ms, INT8)                                                          \
    X(EXTENSION_MS, extension_ms, INT8)                                                            \
    X(EXTENSION_MAX, extension_max, INT8)                                                          \
    X(EVENT_SEQ, event_seq, INT8)

#define SETTLE_TICKS(X)                                                                            \
    X(TICK_ID, tick_id, INT8)                                                                      \
    X(INSTRUMENT_ID, instrument_id, INT8)                                                          \
    X(FROM_UNITS, from_units, INT8)                                                                \
    X(STEP_UNITS, step_units, INT8)                                                                \
    X(EVENT_SEQ, event_seq, INT8)

#define SETTLE_ACCOUNTS(X)                                                                         \
    X(ACCOUNT_ID, account_id, INT8)                                                                \
    X(TENANT_ID, tenant_id, INT4)                                                                  \
    X(FIRM_ID, firm_id, INT8)                                                                      \
    X(OWNER_GROUP, owner_group, INT8)                                                              \
    X(STATUS, status, INT2)                                                                        \
    X(KIND, kind, INT2)                                                                            \
    X(EVENT_SEQ, event_seq, INT8)

#define SETTLE_PROFILES(X)                                                                         \
    X(ACCOUNT_ID, account_id, INT8)                                                                \
    X(STATUS, status, INT2)                                                                        \
    X(FROZEN, frozen, INT2)                                                                        \
    X(KYC_LEVEL, kyc_level, INT4)                                                                  \
    X(EVENT_SEQ, event_seq, INT8)

#define SETTLE_EPOCHS(X)                                                                           \
    X(EPOCH, epoch, INT8)                                                                          \
    X(EVENT_SEQ, event_seq, INT8)                                                                  \
    X(TIME_NS, time_ns, INT8)                                                                      \
    X(UNCLEAN, unclean, INT2)                                                                      \
    X(TAIL_LOST, tail_lost, INT2)

/* Reference data first: a reader never sees a fill of an instrument that is not there. */
#define SETTLE_TABLES(X)                                                                           \
    X(ASSET, SETTLE_ASSETS)                                                                        \
    X(INSTRUMENT, SETTLE_INSTRUMENTS)                                                              \
    X(ALLOCATION, SETTLE_ALLOCATIONS)                                                              \
    X(BAND, SETTLE_BANDS)                                                                          \
    X(TICK, SETTLE_TICKS)                                                                          \
    X(ACCOUNT, SETTLE_ACCOUNTS)                                                                    \
    X(PROFILE, SETTLE_PROFILES)                                                                    \
    X(EPOCH, SETTLE_EPOCHS)                                                                        \
    X(FILL, SETTLE_FILLS)                                                                          \
    X(POSTING, SETTLE_POSTINGS)                                                                    \
    X(MOVEMENT, SETTLE_MOVEMENTS)                                                                  \
    X(WITHDRAWAL, SETTLE_WITHDRAWALS)                                                              \
    X(BALANCE, SETTLE_BALANCES)                                                                    \
    X(ORDER, SETTLE_ORDERS)                                                                        \
    X(REJECT, SETTLE_REJECTS)                                                                      \
    X(DECISION, SETTLE_DECISIONS)

enum settle_table_id {
#define TABLE_ID(name, columns) SETTLE_TABLE_##name,
    SETTLE_TABLES(TABLE_ID)
#undef TABLE_ID
        SETTLE_TABLE_CNT
};

/* Places of cells in a row: CELL_FILL_EVENT_SEQ, CELL_POSTING_LEG, ... */
#define CELL_FILL(cell, column, type)       CELL_FILL_##cell,
#define CELL_POSTING(cell, column, type)    CELL_POSTING_##cell,
#define CELL_MOVEMENT(cell, column, type)   CELL_MOVEMENT_##cell,
#define CELL_WITHDRAWAL(cell, column, type) CELL_WITHDRAWAL_##cell,
#define CELL_BALANCE(cell, column, type)    CELL_BALANCE_##cell,
#define CELL_ORDER(cell, column, type)      CELL_ORDER_##cell,
#define CELL_REJECT(cell, column, type)     CELL_REJECT_##cell,
#define CELL_DECISION(cell, column, type)   CELL_DECISION_##cell,
#define CELL_ASSET(cell, column, type)      CELL_ASSET_##cell,
#define CELL_INSTRUMENT(cell, column, type) CELL_INSTRUMENT_##cell,
#define CELL_ALLOCATION(cell, column, type) CELL_ALLOCATION_##cell,
#define CELL_BAND(cell, column, type)       CELL_BAND_##cell,
#define CELL_TICK(cell, column, type)       CELL_TICK_##cell,
#define CELL_ACCOUNT(cell, column, type)    CELL_ACCOUNT_##cell,
#define CELL_PROFILE(cell, column, type)    CELL_PROFILE_##cell,
#define CELL_EPOCH(cell, column, type)      CELL_EPOCH_##cell,
enum settle_fill_cell { SETTLE_FILLS(CELL_FILL) CELL_FILL_CNT };
enum settle_posting_cell { SETTLE_POSTINGS(CELL_POSTING) CELL_POSTING_CNT };
enum settle_movement_cell { SETTLE_MOVEMENTS(CELL_MOVEMENT) CELL_MOVEMENT_CNT };
enum settle_withdrawal_cell { SETTLE_WITHDRAWALS(CELL_WITHDRAWAL) CELL_WITHDRAWAL_CNT };
enum settle_balance_cell { SETTLE_BALANCES(CELL_BALANCE) CELL_BALANCE_CNT };
enum settle_order_cell { SETTLE_ORDERS(CELL_ORDER) CELL_ORDER_CNT };
enum settle_reject_cell { SETTLE_REJECTS(CELL_REJECT) CELL_REJECT_CNT };
enum settle_decision_cell { SETTLE_DECISIONS(CELL_DECISION) CELL_DECISION_CNT };
enum settle_asset_cell { SETTLE_ASSETS(CELL_ASSET) CELL_ASSET_CNT };
enum settle_instrument_cell { SETTLE_INSTRUMENTS(CELL_INSTRUMENT) CELL_INSTRUMENT_CNT };
enum settle_allocation_cell { SETTLE_ALLOCATIONS(CELL_ALLOCATION) CELL_ALLOCATION_CNT };
enum settle_band_cell { SETTLE_BANDS(CELL_BAND) CELL_BAND_CNT };
enum settle_tick_cell { SETTLE_TICKS(CELL_TICK) CELL_TICK_CNT };
enum settle_account_cell { SETTLE_ACCOUNTS(CELL_ACCOUNT) CELL_ACCOUNT_CNT };
enum settle_profile_cell { SETTLE_PROFILES(CELL_PROFILE) CELL_PROFILE_CNT };
enum settle_epoch_cell { SETTLE_EPOCHS(CELL_EPOCH) CELL_EPOCH_CNT };
#undef CELL_FILL
#undef CELL_POSTING
#undef CELL_MOVEMENT
#undef CELL_WITHDRAWAL
#undef CELL_BALANCE
#undef CELL_ORDER
#undef CELL_REJECT
#undef CELL_DECISION
#undef CELL_ASSET
#undef CELL_INSTRUMENT
#undef CELL_ALLOCATION
#undef CELL_BAND
#undef CELL_TICK
#undef CELL_ACCOUNT
#undef CELL_PROFILE
#undef CELL_EPOCH

enum { SETTLE_COLUMN_MAX = 32 }; /* of any table */

/* Indexed by enum settle_table_id. */
extern const struct settle_table settle_tables[SETTLE_TABLE_CNT];

#endif
