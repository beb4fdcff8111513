#include "tools/text/script_priv.h"

#include <string.h>

#include "engine/model/schema.h"

/* Quotes of makers: quote. */

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
    take_side(i, w, &e->bid_lots, &e->bid_units);
    take_side(i, w, &e->ask_lots, &e->ask_units);
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
        else if (words_take(w, "post-only"))
            c.exec_inst |= EXEC_POST_ONLY;
        else if (words_take(w, "cancel-on-disconnect"))
            c.exec_inst |= EXEC_CANCEL_ON_DISCONNECT;
        else if (!script_header_option(s, &c.cmd, w))
            words_expected(w, "in (at most 6 times), post-only, session, operator or resend");
    }
    script_finish(s, w, &c.cmd);
}

const struct script_row SCRIPT_QUOTES[] = {
    {"quote", verb_quote},
    {NULL, NULL},
};
