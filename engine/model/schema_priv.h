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
#define TIMETABLE_ENTRY(n)                                                                         \
    U(table.entries[n].second, "of the local day"),                                                \
        E(table.entries[n].state, SCHEMA_TRADING_STATE, "none = no entry"),                        \
        U(table.entries[n].days, "bit 0 = Monday ... bit 6 = Sunday"), ZERO(table.entries[n].zero)
#define TIMETABLE_OFFSET(n)                                                                        \
    TIME(table.offsets[n].from_ns, "from then on"),                                                \
        I(table.offsets[n].offset_s, "local time less UTC"), ZERO(table.offsets[n].zero)
#define SCHEMA_TIMETABLE_FIELDS                                                                    \
    U(table.entry_cnt, "by time of day"), U(table.offset_cnt, "by instant"), ZERO(table.zero),     \
        TIMETABLE_ENTRY(0), TIMETABLE_ENTRY(1), TIMETABLE_ENTRY(2), TIMETABLE_ENTRY(3),            \
        TIMETABLE_ENTRY(4), TIMETABLE_ENTRY(5), TIMETABLE_ENTRY(6), TIMETABLE_ENTRY(7),            \
        TIMETABLE_ENTRY(8), TIMETABLE_ENTRY(9), TIMETABLE_OFFSET(0), TIMETABLE_OFFSET(1),          \
        TIMETABLE_OFFSET(2), TIMETABLE_OFFSET(3), TIMETABLE_OFFSET(4), TIMETABLE_OFFSET(5),        \
        TIMETABLE_OFFSET(6)

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
