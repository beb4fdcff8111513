#include "tools/text/script_priv.h"

/* How far from its references an instrument trades, in which steps, and who of one price does. */

/* "3%" or "20ticks": one of the two. */
static void
take_width(struct words *w, uint32_t *ppm, uint32_t *ticks)
{
    *ppm = *ticks = 0;
    if (words_take(w, "ticks"))
        *ticks = words_u32(w, "a number of ticks");
    else
        *ppm = words_ppm(w);
}

static uint32_t
take_ms(struct words *w)
{
    return (uint32_t)(words_duration(w) / 1000000);
}

/* bands SYMBOL [refuse|interrupt] [static WIDTH] [dynamic WIDTH] [follows] [wide WIDTH]
 * [length T] [random-end T] [extension T times N]; WIDTH: a share, or `ticks` N */
static void
verb_bands(struct script *s, struct words *w)
{
    struct command_price_bands c;
    command_init(&c.cmd, COMMAND_PRICE_BANDS);
    c.cmd.actor_id = s->actor_id;
    c.instrument_id = script_instrument(s, w)->id;
    struct price_bands *b = &c.bands;
    while (words_left(w)) {
        if (words_take(w, "refuse"))
            b->manner = BAND_REFUSE;
        else if (words_take(w, "interrupt"))
            b->manner = BAND_INTERRUPT;
        else if (words_take(w, "static"))
            take_width(w, &b->static_ppm, &b->static_ticks);
        else if (words_take(w, "dynamic"))
            take_width(w, &b->dynamic_ppm, &b->dynamic_ticks);
        else if (words_take(w, "wide"))
            take_width(w, &b->wide_ppm, &b->wide_ticks);
        else if (words_take(w, "follows"))
            b->follows = 1;
        else if (words_take(w, "length"))
            b->call_ms = take_ms(w);
        else if (words_take(w, "random-end"))
            b->random_end_ms = take_ms(w);
        else if (words_take(w, "extension"))
            b->extension_ms = take_ms(w);
        else if (words_take(w, "times"))
            b->extension_max = words_u32(w, "a number");
        else
            words_expected(w, "refuse, interrupt, static, dynamic, wide, follows, length, "
                              "random-end, extension or times");
    }
    script_finish(s, w, &c.cmd);
}

/* ticks SYMBOL [from PRICE step PRICE]... */
static void
verb_ticks(struct script *s, struct words *w)
{
    struct command_tick_table c;
    command_init(&c.cmd, COMMAND_TICK_TABLE);
    c.cmd.actor_id = s->actor_id;
    const struct sandbox_instrument *i = script_instrument(s, w);
    struct tick_table *t = &c.ticks;
    c.instrument_id = i->id;
    while (words_left(w)) {
        if (t->row_cnt == TICK_ROW_MAX || !words_take(w, "from")) {
            words_expected(w, "from, not more often than fits");
            return;
        }
        t->from_units[t->row_cnt] = script_price(i, w);
        if (!words_take(w, "step"))
            words_expected(w, "step");
        t->step_units[t->row_cnt++] = (uint32_t)script_price(i, w);
    }
    script_finish(s, w, &c.cmd);
}

/* points SYMBOL [N [rests]] */
static void
verb_points(struct script *s, struct words *w)
{
    struct command_instrument c;
    command_init(&c.cmd, COMMAND_INSTRUMENT);
    c.cmd.actor_id = s->actor_id;
    c.instrument_id = script_instrument(s, w)->id;
    c.kept = 1;
    if (words_left(w))
        c.protection_ticks = words_u32(w, "a number of ticks");
    c.protection_rests = words_take(w, "rests");
    script_finish(s, w, &c.cmd);
}

/* allocation SYMBOL [pro-rata] [min QTY] [top SHARE] [top-min QTY] [top-max QTY] */
static void
verb_allocation(struct script *s, struct words *w)
{
    struct command_allocation c;
    command_init(&c.cmd, COMMAND_ALLOCATION);
    c.cmd.actor_id = s->actor_id;
    const struct sandbox_instrument *i = script_instrument(s, w);
    c.instrument_id = i->id;
    while (words_left(w)) {
        if (words_take(w, "pro-rata"))
            c.rules.method = ALLOCATION_PRO_RATA;
        else if (words_take(w, "min"))
            c.rules.min_lots = script_qty(i, w);
        else if (words_take(w, "top"))
            c.rules.top_ppm = words_ppm(w);
        else if (words_take(w, "top-min"))
            c.rules.top_min_lots = script_qty(i, w);
        else if (words_take(w, "top-max"))
            c.rules.top_max_lots = script_qty(i, w);
        else
            words_expected(w, "pro-rata, min, top, top-min or top-max");
    }
    script_finish(s, w, &c.cmd);
}

const struct script_row SCRIPT_BANDS[] = {
    {"bands", verb_bands},           {"ticks", verb_ticks}, {"points", verb_points},
    {"allocation", verb_allocation}, {NULL, NULL},
};
