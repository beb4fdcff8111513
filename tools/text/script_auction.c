#include "tools/text/script_priv.h"

#include <string.h>

#include "engine/model/utc.h"

/* Calls to an auction: begun by hand, how they run, and the timetable. */

/* call SYMBOL|all opening|intraday|closing|resumption|volatility */
static void
verb_call(struct script *s, struct words *w)
{
    struct command_trading_state c;
    command_init(&c.cmd, COMMAND_TRADING_STATE);
    c.cmd.actor_id = s->actor_id;
    if (!words_take(w, "all"))
        c.instrument_id = script_instrument(s, w)->id;
    if (words_take(w, "opening"))
        c.state = TRADING_CALL_OPENING;
    else if (words_take(w, "intraday"))
        c.state = TRADING_CALL_INTRADAY;
    else if (words_take(w, "closing"))
        c.state = TRADING_CALL_CLOSING;
    else if (words_take(w, "resumption"))
        c.state = TRADING_CALL_RESUMPTION;
    else if (words_take(w, "volatility"))
        c.state = TRADING_CALL_VOLATILITY;
    else
        words_expected(w, "opening, intraday, closing, resumption or volatility");
    script_finish(s, w, &c.cmd);
}

/* auction SYMBOL [indicative T] [length T] [random-end T] [extension T times N range S] */
static void
verb_auction(struct script *s, struct words *w)
{
    struct command_auction_rules c;
    command_init(&c.cmd, COMMAND_AUCTION_RULES);
    c.cmd.actor_id = s->actor_id;
    c.instrument_id = script_instrument(s, w)->id;
    c.indicative_ms = 1000;
    static const struct {
        const char *word;
        size_t offset;
    } times[] = {{"indicative", offsetof(struct command_auction_rules, indicative_ms)},
                 {"length", offsetof(struct command_auction_rules, call_ms)},
                 {"random-end", offsetof(struct command_auction_rules, random_end_ms)},
                 {"extension", offsetof(struct command_auction_rules, extension_ms)}};
    while (words_left(w)) {
        size_t i = 0, cnt = sizeof times / sizeof times[0];
        while (i < cnt && !words_take(w, times[i].word))
            i++;
        if (i < cnt) {
            uint32_t ms = (uint32_t)(words_duration(w) / 1000000);
            memcpy((uint8_t *)&c + times[i].offset, &ms, sizeof ms);
        } else if (words_take(w, "times")) {
            c.extension_max = words_u32(w, "a number");
        } else if (words_take(w, "range")) {
            c.range_ppm = words_ppm(w);
        } else {
            words_expected(w, "indicative, length, random-end, extension, times or range");
        }
    }
    script_finish(s, w, &c.cmd);
}

/* "+01:00" */
static int32_t
take_offset(struct words *w)
{
    static const char what[] = "an offset such as +01:00";
    const char *text = words_text(w, what);
    int32_t offset_s = 0;
    if (!utc_offset_parse(text, strlen(text), &offset_s))
        words_expected(w, what);
    return offset_s;
}

/* Bit by bit, Monday first: "1111100". */
static uint8_t
take_days(struct words *w)
{
    static const char what[] = "the days, Monday first, such as 1111100";
    const char *text = words_text(w, what);
    uint8_t days = 0;
    if (strspn(text, "01") != 7 || strlen(text) != 7)
        words_expected(w, what);
    for (unsigned i = 0; i < 7 && text[i] != 0; i++)
        days |= (uint8_t)((text[i] == '1' ? 1u : 0u) << i);
    return days;
}

static struct timetable_entry
take_entry(struct words *w, uint8_t days)
{
    struct timetable_entry e = {.second = words_clock(w), .days = days};
    e.state = (uint8_t)words_enum(w, &SCHEMA_TRADING_STATE, "a state");
    return e;
}

static void
take_table_word(struct timetable *t, struct words *w, uint8_t *days, int64_t *from_ns)
{
    if (words_take(w, "days")) {
        *days = take_days(w);
    } else if (words_take(w, "from")) {
        *from_ns = words_time(w);
    } else if (words_take(w, "offset") && t->offset_cnt < TIMETABLE_OFFSET_MAX) {
        t->offsets[t->offset_cnt++] =
            (struct timetable_offset){.from_ns = *from_ns, .offset_s = take_offset(w)};
    } else if (words_take(w, "zone")) {
        words_padded(w, t->zone, sizeof t->zone, "a zone of at most 40 characters");
    } else if (words_take(w, "calendar")) {
        t->calendar_id = words_u32(w, "the number of a calendar");
    } else if (words_take(w, "at") && t->entry_cnt < TIMETABLE_ENTRY_MAX) {
        t->entries[t->entry_cnt++] = take_entry(w, *days);
    } else {
        words_expected(w, "kept, zone, calendar, days, from, offset or at, not more than fit");
    }
}

/* timetable SYMBOL [kept] [zone NAME] [calendar N] [[from TIME] offset +HH:MM]... [days 1111100]
 * [at HH:MM:SS STATE]... */
static void
verb_timetable(struct script *s, struct words *w)
{
    struct command_timetable c;
    command_init(&c.cmd, COMMAND_TIMETABLE);
    c.cmd.actor_id = s->actor_id;
    c.instrument_id = script_instrument(s, w)->id;
    uint8_t days = TIMETABLE_ALL_DAYS;
    int64_t from_ns = 0;
    c.kept = words_take(w, "kept");
    while (words_left(w))
        take_table_word(&c.table, w, &days, &from_ns);
    script_finish(s, w, &c.cmd);
}

/* calendar N DATE regular|closed|[at HH:MM:SS STATE]... */
static void
verb_calendar(struct script *s, struct words *w)
{
    struct command_calendar c;
    command_init(&c.cmd, COMMAND_CALENDAR);
    c.cmd.actor_id = s->actor_id;
    c.calendar_id = words_u32(w, "the number of a calendar");
    c.date = utc_date(words_time(w));
    c.kind = words_take(w, "regular")  ? CALENDAR_REGULAR
             : words_take(w, "closed") ? CALENDAR_CLOSED
                                       : CALENDAR_SHORT;
    while (words_left(w) && c.entry_cnt < TIMETABLE_ENTRY_MAX && words_take(w, "at"))
        c.entries[c.entry_cnt++] = take_entry(w, TIMETABLE_ALL_DAYS);
    script_finish(s, w, &c.cmd);
}

/* seed N: of the following commands that may draw */
static void
verb_seed(struct script *s, struct words *w)
{
    uint64_t seed = words_u64(w, "a number");
    if (words_end(w) == 0)
        s->box.seed = seed;
}

const struct script_row SCRIPT_AUCTION[] = {
    {"call", verb_call},         {"auction", verb_auction}, {"timetable", verb_timetable},
    {"calendar", verb_calendar}, {"seed", verb_seed},       {NULL, NULL},
};
