#include "tools/text/script_priv.h"

#include <string.h>

#include "engine/model/schema.h"

/* Quotes of makers: quote, quote-limits, quote-cancel. */

/* QTY @ PRICE, or - for no side */
static void
take_side(const struct sandbox_instrument *i, struct words *w, int64_t *lots, int64_t *price_units)
{
    if (words_take(w, "-"))
        return;
    *lots = script_qty(i, w);
    if (!words_take(w, "@"))
        words_expected(w, "@");
    *price_units = script_price(i, w);
}

/* SYMBOL ENTRY-ID BID ASK */
static void
take_entry(struct script *s, struct words *w, struct quote_entry *e)
{
    struct client_id id = {0};
    const struct sandbox_instrument *i = script_instrument(s, w);
    e->instrument_id = i->id;
    words_client_id(w, &id);
    if (id.length > QUOTE_ENTRY_ID_MAX)
        words_expected(w, "an id of at most 16 characters");
    memcpy(e->entry_id, id.text, id.length);
    take_side(i, w, &e->bid_qty_lots, &e->bid_price_units);
    take_side(i, w, &e->ask_qty_lots, &e->ask_price_units);
}

/* quote ACCOUNT ID [options] in SYMBOL ENTRY-ID BID ASK [in ...] */
static void
verb_quote(struct script *s, struct words *w)
{
    struct command_mass_quote c;
    command_init(&c.cmd, COMMAND_MASS_QUOTE);
    c.cmd.account_id = words_u32(w, "an account");
    words_client_id(w, &c.cmd.id);
    while (words_left(w)) {
        if (words_take(w, "in") && c.entry_cnt < QUOTE_ENTRY_MAX)
            take_entry(s, w, &c.entries[c.entry_cnt++]);
        else if (words_take(w, "reset"))
            c.reset = 1;
        else if (words_take(w, "post-only"))
            c.exec_inst |= EXEC_POST_ONLY;
        else if (words_take(w, "cancel-on-disconnect"))
            c.exec_inst |= EXEC_CANCEL_ON_DISCONNECT;
        else if (!script_header_option(s, &c.cmd, w))
            words_expected(w,
                           "in (at most 6 times), reset, post-only, session, operator or resend");
    }
    script_finish(s, w, &c.cmd);
}

/* quote-limits ACCOUNT SYMBOL [window T] [fills N] [qty Q] [value AMOUNT] [net Q] [options] */
static void
verb_quote_limits(struct script *s, struct words *w)
{
    struct command_quote_limits c;
    command_init(&c.cmd, COMMAND_QUOTE_LIMITS);
    c.cmd.account_id = words_u32(w, "an account");
    const struct sandbox_instrument *i = script_instrument(s, w);
    c.instrument_id = i->id;
    while (words_left(w)) {
        if (words_take(w, "window"))
            c.window_ns = words_duration(w);
        else if (words_take(w, "fills"))
            c.fill_max = words_u32(w, "a count");
        else if (words_take(w, "qty"))
            c.lots_max = script_qty(i, w);
        else if (words_take(w, "value"))
            c.value_max_units = words_decimal(w, i->currency_scale, "an amount");
        else if (words_take(w, "net"))
            c.net_lots_max = script_qty(i, w);
        else if (!script_header_option(s, &c.cmd, w))
            words_expected(w, "window, fills, qty, value, net, session or operator");
    }
    if (c.cmd.session_id == 0)
        c.cmd.actor_id = s->actor_id;
    script_finish(s, w, &c.cmd);
}

/* quote-cancel ACCOUNT [in SYMBOL] [SIDE] [options]: by the operator when no session is named */
static void
verb_quote_cancel(struct script *s, struct words *w)
{
    struct command_mass_cancel c;
    command_init(&c.cmd, COMMAND_QUOTE_CANCEL);
    c.cmd.account_id = words_u32(w, "an account");
    while (words_left(w)) {
        if (words_take(w, "in"))
            c.instrument_id = script_instrument(s, w)->id;
        else if (!script_header_option(s, &c.cmd, w))
            c.side = (uint8_t)words_enum(w, &SCHEMA_SIDE, "in, session, operator or a side");
    }
    if (c.cmd.session_id == 0)
        c.cmd.actor_id = s->actor_id;
    script_auto_id(s, &c.cmd.id);
    script_finish(s, w, &c.cmd);
}

const struct script_row SCRIPT_QUOTES[] = {
    {"quote", verb_quote},
    {"quote-limits", verb_quote_limits},
    {"quote-cancel", verb_quote_cancel},
    {NULL, NULL},
};
