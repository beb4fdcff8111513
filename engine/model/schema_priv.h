#ifndef ENGINE_MODEL_SCHEMA_PRIV_H
#define ENGINE_MODEL_SCHEMA_PRIV_H

#include "engine/model/schema.h"

/* Rows of the tables in schema_command.c and schema_event.c. BODY names the struct while a table is
 * written: `#define BODY command_mode`. */
#define SCHEMA_FIELD(member, k, refers, list, text)                                                \
    {                                                                                              \
        .name = #member, .note = text, .names = list, .offset = offsetof(struct BODY, member),     \
        .bytes = sizeof(((struct BODY *)0)->member), .ref = refers, .kind = SCHEMA_##k             \
    }
#define REF(member) offsetof(struct BODY, member)

#define U(member, note)          SCHEMA_FIELD(member, UINT, 0, NULL, note)
#define I(member, note)          SCHEMA_FIELD(member, INT, 0, NULL, note)
#define E(member, list, note)    SCHEMA_FIELD(member, ENUM, 0, &(list), note)
#define SET(member, list, note)  SCHEMA_FIELD(member, BITS, 0, &(list), note)
#define REASON(member, note)     SCHEMA_FIELD(member, REASON, 0, NULL, note)
#define COMMAND(member, note)    SCHEMA_FIELD(member, COMMAND, 0, NULL, note)
#define HEX(member, note)        SCHEMA_FIELD(member, BYTES, 0, NULL, note)
#define TEXT(member, note)       SCHEMA_FIELD(member, TEXT, 0, NULL, note)
#define ID(member, note)         SCHEMA_FIELD(member, CLIENT_ID, 0, NULL, note)
#define INSTRUMENT(member)       SCHEMA_FIELD(member, INSTRUMENT, 0, NULL, "")
#define ASSET(member, note)      SCHEMA_FIELD(member, ASSET, 0, NULL, note)
#define PRICE(member, note)      SCHEMA_FIELD(member, PRICE, REF(instrument_id), NULL, note)
#define QTY(member, note)        SCHEMA_FIELD(member, QTY, REF(instrument_id), NULL, note)
#define CASH(member, note)       SCHEMA_FIELD(member, CASH, REF(instrument_id), NULL, note)
#define AMOUNT(member, of, note) SCHEMA_FIELD(member, AMOUNT, REF(of), NULL, note)
#define TIME(member, note)       SCHEMA_FIELD(member, TIME, 0, NULL, note)
#define DATE(member, note)       SCHEMA_FIELD(member, DATE, 0, NULL, note)
#define COUNTRY(member)          SCHEMA_FIELD(member, COUNTRY, 0, NULL, "ISO 3166-1, two letters")
#define COUNTRIES(member)        SCHEMA_FIELD(member, COUNTRIES, 0, NULL, "set of countries")
#define ZERO(member)             SCHEMA_FIELD(member, ZERO, 0, NULL, "")

/* The fields of a struct timetable. */
#define TIMETABLE_ENTRY(of, n)                                                                     \
    U(of[n].second, "of the local day"), E(of[n].state, SCHEMA_TRADING_STATE, "none = no entry"),  \
        U(of[n].days, "bit 0 = Monday ... bit 6 = Sunday"), ZERO(of[n].zero)
#define TIMETABLE_ENTRIES(of)                                                                      \
    TIMETABLE_ENTRY(of, 0), TIMETABLE_ENTRY(of, 1), TIMETABLE_ENTRY(of, 2),                        \
        TIMETABLE_ENTRY(of, 3), TIMETABLE_ENTRY(of, 4), TIMETABLE_ENTRY(of, 5),                    \
        TIMETABLE_ENTRY(of, 6), TIMETABLE_ENTRY(of, 7), TIMETABLE_ENTRY(of, 8),                    \
        TIMETABLE_ENTRY(of, 9)
#define TIMETABLE_OFFSET(n)                                                                        \
    TIME(table.offsets[n].from_ns, "from then on"),                                                \
        I(table.offsets[n].offset_s, "local time less UTC"), ZERO(table.offsets[n].zero)
#define SCHEMA_TIMETABLE_FIELDS                                                                    \
    U(table.entry_cnt, "by time of day"), U(table.offset_cnt, "by instant"), ZERO(table.zero),     \
        U(table.calendar_id, "whose days are not as the entries say; 0 = none"),                   \
        TIMETABLE_ENTRIES(table.entries), TIMETABLE_OFFSET(0), TIMETABLE_OFFSET(1),                \
        TIMETABLE_OFFSET(2), TIMETABLE_OFFSET(3), TIMETABLE_OFFSET(4), TIMETABLE_OFFSET(5),        \
        TIMETABLE_OFFSET(6), TEXT(table.zone, "whose offsets they are")

/* The fields of a calendar's day. */
#define SCHEMA_CALENDAR_FIELDS                                                                     \
    U(calendar_id, ""), DATE(date, "of the zone of each timetable"),                               \
        E(kind, SCHEMA_CALENDAR_DAY, ""), U(entry_cnt, "of a short day"), ZERO(zero),              \
        TIMETABLE_ENTRIES(entries)

#define SCHEMA_BANDS_FIELDS                                                                        \
    U(bands.static_ppm, "around the last auction's price, else the close before"),                 \
        U(bands.static_ticks, "the same in ticks; at most one of the two"),                        \
        U(bands.dynamic_ppm, "around the last trade"), U(bands.dynamic_ticks, ""),                 \
        U(bands.wide_ppm, "an auction outside of this is put off"), U(bands.wide_ticks, ""),       \
        U(bands.call_ms, "length of the call; 0 = until a command ends it"),                       \
        U(bands.random_end_ms, "and up to so much more"),                                          \
        U(bands.extension_ms, "so much longer when the price would be outside the wide band"),     \
        U(bands.extension_max, "at most so often"), E(bands.manner, SCHEMA_BAND_MANNER, ""),       \
        U(bands.follows, "1: the dynamic band moves with each trade of an order"),                 \
        ZERO(bands.zero)

#define TICK_STEP(n) U(ticks.step_units[n], "in price units, from the price below on")
#define TICK_FROM(n) PRICE(ticks.from_units[n], "")
#define SCHEMA_TICKS_FIELDS                                                                        \
    U(ticks.row_cnt, "0 = one step at all prices"), TICK_STEP(0), TICK_STEP(1), TICK_STEP(2),      \
        TICK_STEP(3), TICK_STEP(4), TICK_STEP(5), TICK_STEP(6), TICK_STEP(7), TICK_STEP(8),        \
        TICK_STEP(9), TICK_STEP(10), TICK_STEP(11), TICK_STEP(12), TICK_STEP(13), TICK_STEP(14),   \
        TICK_STEP(15), TICK_STEP(16), TICK_STEP(17), TICK_STEP(18), TICK_STEP(19),                 \
        ZERO(ticks.zero), TICK_FROM(0), TICK_FROM(1), TICK_FROM(2), TICK_FROM(3), TICK_FROM(4),    \
        TICK_FROM(5), TICK_FROM(6), TICK_FROM(7), TICK_FROM(8), TICK_FROM(9), TICK_FROM(10),       \
        TICK_FROM(11), TICK_FROM(12), TICK_FROM(13), TICK_FROM(14), TICK_FROM(15), TICK_FROM(16),  \
        TICK_FROM(17), TICK_FROM(18), TICK_FROM(19)

#define SCHEMA_ALLOCATION_FIELDS                                                                   \
    E(rules.method, SCHEMA_ALLOCATION_METHOD, "price_time: all that follows is 0"),                \
        U(rules.top_ppm, "of what is to trade, to the top order first; 0 = there is none"),        \
        QTY(rules.top_min_lots, "smaller orders are not the top order"),                           \
        QTY(rules.top_max_lots, "most that it gets first; 0 = no maximum"),                        \
        QTY(rules.min_lots, "smaller shares are none")

struct schema_table {
    const struct schema_type *types;
    uint32_t cnt;
};
extern const struct schema_table SCHEMA_COMMANDS, SCHEMA_EVENTS;
extern const struct schema_part SCHEMA_COMMAND_HEADER, SCHEMA_EVENT_HEADER;

#define SCHEMA_CNT(table) (sizeof(table) / sizeof(table)[0])
#define SCHEMA_ROW(k, value, n, body_struct, table)                                                \
    {                                                                                              \
        .name = #n, .record = #body_struct, .body.fields = table, .body.cnt = SCHEMA_CNT(table),   \
        .type = value, .bytes = sizeof(struct body_struct), .kind = k                              \
    }

#endif
