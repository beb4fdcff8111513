#include "persist/settle/tables.h"

#include "engine/model/types.h"

/* Room of one batch. A command adds at most EVENT_MAX times per_event rows; a batch is closed when
 * another command might not fit. */
enum {
    FILL_MAX = 16384,
    ORDER_MAX = 65536,
    REJECT_MAX = 32768,
    SMALL_MAX = 2048,
    BALANCE_MAX = 32768,
};

#define FITS(name, columns)                                                                        \
    _Static_assert((int)CELL_##name##_CNT <= (int)SETTLE_COLUMN_MAX, #name " has more columns");
SETTLE_TABLES(FITS)
#undef FITS

#define COLUMN(cell, column, type) {#column, SETTLE_##type},
static const struct settle_column asset_columns[] = {SETTLE_ASSETS(COLUMN)};
static const struct settle_column instrument_columns[] = {SETTLE_INSTRUMENTS(COLUMN)};
static const struct settle_column allocation_columns[] = {SETTLE_ALLOCATIONS(COLUMN)};
static const struct settle_column band_columns[] = {SETTLE_BANDS(COLUMN)};
static const struct settle_column tick_columns[] = {SETTLE_TICKS(COLUMN)};
static const struct settle_column account_columns[] = {SETTLE_ACCOUNTS(COLUMN)};
static const struct settle_column profile_columns[] = {SETTLE_PROFILES(COLUMN)};
static const struct settle_column epoch_columns[] = {SETTLE_EPOCHS(COLUMN)};
static const struct settle_column fill_columns[] = {SETTLE_FILLS(COLUMN)};
static const struct settle_column posting_columns[] = {SETTLE_POSTINGS(COLUMN)};
static const struct settle_column movement_columns[] = {SETTLE_MOVEMENTS(COLUMN)};
static const struct settle_column withdrawal_columns[] = {SETTLE_WITHDRAWALS(COLUMN)};
static const struct settle_column balance_columns[] = {SETTLE_BALANCES(COLUMN)};
static const struct settle_column order_columns[] = {SETTLE_ORDERS(COLUMN)};
static const struct settle_column reject_columns[] = {SETTLE_REJECTS(COLUMN)};
static const struct settle_column decision_columns[] = {SETTLE_DECISIONS(COLUMN)};
#undef COLUMN

/* One row per account and asset: the batch nets before. What no event says stays as it is. */
static const char balance_sql[] =
    "INSERT INTO balances AS b (account_id, asset_id, settled_units, held_units, pending_in_units,"
    " pending_out_units, event_seq)"
    " SELECT u.account_id, u.asset_id, coalesce(u.settled_units, o.settled_units, 0),"
    " coalesce(u.held_units, o.held_units, 0), u.pending_in_units + coalesce(o.pending_in_units, "
    "0),"
    " u.pending_out_units + coalesce(o.pending_out_units, 0), u.event_seq"
    " FROM %s LEFT JOIN balances o USING (account_id, asset_id)"
    " ON CONFLICT (account_id, asset_id) DO UPDATE SET settled_units = EXCLUDED.settled_units,"
    " held_units = EXCLUDED.held_units, pending_in_units = EXCLUDED.pending_in_units,"
    " pending_out_units = EXCLUDED.pending_out_units, event_seq = EXCLUDED.event_seq";

#define COLUMNS(list) .columns = list, .column_cnt = sizeof list / sizeof list[0]
const struct settle_table settle_tables[SETTLE_TABLE_CNT] = {
    [SETTLE_TABLE_ASSET] = {"assets", SETTLE_UPSERT, 1, COLUMNS(asset_columns), .per_event = 1,
                            .row_max = SMALL_MAX},
    [SETTLE_TABLE_INSTRUMENT] = {"instruments", SETTLE_UPSERT, 1, COLUMNS(instrument_columns),
                                 .per_event = 1, .row_max = SMALL_MAX},
    [SETTLE_TABLE_ALLOCATION] = {"instrument_allocations", SETTLE_UPSERT, 1,
                                 COLUMNS(allocation_columns), .per_event = 1, .row_max = SMALL_MAX},
    [SETTLE_TABLE_BAND] = {"instrument_bands", SETTLE_UPSERT, 1, COLUMNS(band_columns),
                           .per_event = 1, .row_max = SMALL_MAX},
    [SETTLE_TABLE_TICK] = {"instrument_ticks", SETTLE_UPSERT, 1, COLUMNS(tick_columns),
                           .per_event = TICK_ROW_MAX, .row_max = TICK_ROW_MAX * SMALL_MAX},
    [SETTLE_TABLE_ACCOUNT] = {"accounts", SETTLE_UPSERT, 1, COLUMNS(account_columns),
                              .per_event = 1, .row_max = SMALL_MAX},
    [SETTLE_TABLE_PROFILE] = {"account_profiles", SETTLE_UPSERT, 1, COLUMNS(profile_columns),
                              .per_event = 1, .row_max = SMALL_MAX},
    [SETTLE_TABLE_EPOCH] = {"epochs", SETTLE_APPEND, 1, COLUMNS(epoch_columns), .per_event = 1,
                            .row_max = SMALL_MAX},
    [SETTLE_TABLE_FILL] = {"fills", SETTLE_APPEND, 1, COLUMNS(fill_columns), .per_event = 1,
                           .row_max = FILL_MAX},
    [SETTLE_TABLE_POSTING] = {"postings", SETTLE_APPEND, 1, COLUMNS(posting_columns),
                              .per_event = 7, .row_max = 7 * FILL_MAX},
    [SETTLE_TABLE_MOVEMENT] = {"movements", SETTLE_APPEND, 1, COLUMNS(movement_columns),
                               .per_event = 1, .row_max = SMALL_MAX},
    [SETTLE_TABLE_WITHDRAWAL] = {"withdrawals", SETTLE_UPSERT, 1, COLUMNS(withdrawal_columns),
                                 .per_event = 1, .row_max = SMALL_MAX},
    [SETTLE_TABLE_BALANCE] = {"balances", SETTLE_CUSTOM, 2, COLUMNS(balance_columns),
                              .per_event = 5, .row_max = BALANCE_MAX, .sql = balance_sql},
    [SETTLE_TABLE_ORDER] = {"orders", SETTLE_APPEND, 1, COLUMNS(order_columns), .per_event = 2,
                            .row_max = ORDER_MAX},
    [SETTLE_TABLE_REJECT] = {"rejects", SETTLE_APPEND, 1, COLUMNS(reject_columns), .per_event = 1,
                             .row_max = REJECT_MAX},
    [SETTLE_TABLE_DECISION] = {"decisions", SETTLE_APPEND, 1, COLUMNS(decision_columns),
                               .per_event = 1, .row_max = REJECT_MAX},
};
