#include "tools/text/script_priv.h"

#include <string.h>

/* What issuers do: split, rename, redeem, offering, offering-withdraw. */

static const struct sandbox_instrument *
start(struct script *s, struct words *w, struct command_corporate_action *c, uint8_t kind)
{
    command_init(&c->cmd, COMMAND_CORPORATE_ACTION);
    c->cmd.actor_id = s->actor_id;
    c->kind = kind;
    const struct sandbox_instrument *i = script_instrument(s, w);
    c->instrument_id = i->id;
    return i;
}

static void
finish(struct script *s, struct words *w, struct command_corporate_action *c)
{
    if (c->cmd.id.length == 0)
        script_auto_id(s, &c->cmd.id);
    script_finish(s, w, &c->cmd);
}

/* split SYMBOL NEW for OLD [step QTY] [lieu PRICE] [by ACCOUNT] [id ID] */
static void
verb_split(struct script *s, struct words *w)
{
    struct command_corporate_action c;
    const struct sandbox_instrument *i = start(s, w, &c, CORPORATE_SPLIT);
    c.step_units = 1;
    c.ratio_new = words_u32(w, "a number of new units");
    if (!words_take(w, "for"))
        words_expected(w, "for");
    c.ratio_old = words_u32(w, "a number of old units");
    while (words_left(w)) {
        if (words_take(w, "step"))
            c.step_units = words_decimal(w, i->asset_scale, "a quantity");
        else if (words_take(w, "lieu"))
            c.price_units = script_price(i, w);
        else if (words_take(w, "by"))
            c.payer_account_id = words_u32(w, "an account");
        else if (words_take(w, "id"))
            words_client_id(w, &c.cmd.id);
        else
            words_expected(w, "step, lieu, by or id");
    }
    finish(s, w, &c);
}

/* rename SYMBOL to SYMBOL [asset SYMBOL] [id ID] */
static void
verb_rename(struct script *s, struct words *w)
{
    struct command_corporate_action c;
    (void)start(s, w, &c, CORPORATE_NAME);
    while (words_left(w)) {
        if (words_take(w, "to"))
            words_padded(w, c.symbol, sizeof c.symbol, "a symbol of at most 24 characters");
        else if (words_take(w, "asset"))
            words_padded(w, c.asset_symbol, sizeof c.asset_symbol,
                         "a symbol of at most 24 characters");
        else if (words_take(w, "id"))
            words_client_id(w, &c.cmd.id);
        else
            words_expected(w, "to, asset or id");
    }
    finish(s, w, &c);
}

/* redeem SYMBOL at PRICE by ACCOUNT [id ID] */
static void
verb_redeem(struct script *s, struct words *w)
{
    struct command_corporate_action c;
    const struct sandbox_instrument *i = start(s, w, &c, CORPORATE_REDEMPTION);
    while (words_left(w)) {
        if (words_take(w, "at"))
            c.price_units = script_price(i, w);
        else if (words_take(w, "by"))
            c.payer_account_id = words_u32(w, "an account");
        else if (words_take(w, "id"))
            words_client_id(w, &c.cmd.id);
        else
            words_expected(w, "at, by or id");
    }
    finish(s, w, &c);
}

static bool
take_offering_option(struct command_offering *c, const struct sandbox_instrument *i,
                     struct words *w)
{
    if (words_take(w, "to"))
        c->high_units = script_price(i, w);
    else if (words_take(w, "from"))
        c->from_ns = words_time(w);
    else if (words_take(w, "until"))
        c->until_ns = words_time(w);
    else if (words_take(w, "pro-rata"))
        c->method = OFFERING_PRO_RATA;
    else if (words_take(w, "by-time"))
        c->method = OFFERING_BY_TIME;
    else if (words_take(w, "min-total"))
        c->min_total_lots = script_qty(i, w);
    else if (words_take(w, "min"))
        c->min_lots = script_qty(i, w);
    else if (words_take(w, "max"))
        c->max_lots = script_qty(i, w);
    else if (words_take(w, "cap"))
        c->cap_lots = script_qty(i, w);
    else if (words_take(w, "binding"))
        c->offering_flags |= OFFERING_BINDING;
    else if (words_take(w, "trading"))
        c->offering_flags |= OFFERING_TRADING;
    else
        return false;
    return true;
}

/* offering ACCOUNT ID SYMBOL QTY @ PRICE [to PRICE] [from TIME] until TIME [pro-rata|by-time]
 * [min-total QTY] [min QTY] [max QTY] [cap QTY] [binding] [trading] */
static void
verb_offering(struct script *s, struct words *w)
{
    struct command_offering c;
    command_init(&c.cmd, COMMAND_OFFERING);
    c.cmd.actor_id = s->actor_id;
    c.action = OFFERING_BEGIN;
    c.method = OFFERING_PRO_RATA;
    c.cmd.account_id = words_u32(w, "an account");
    words_client_id(w, &c.cmd.id);
    const struct sandbox_instrument *i = script_instrument(s, w);
    c.instrument_id = i->id;
    c.total_lots = script_qty(i, w);
    if (!words_take(w, "@"))
        words_expected(w, "@");
    c.low_units = c.high_units = script_price(i, w);
    while (words_left(w)) {
        if (!take_offering_option(&c, i, w) && !script_header_option(s, &c.cmd, w))
            words_expected(w, "to, from, until, pro-rata, by-time, min-total, min, max, cap, "
                              "binding or trading");
    }
    script_finish(s, w, &c.cmd);
}

/* offering-withdraw SYMBOL [id ID] */
static void
verb_offering_withdraw(struct script *s, struct words *w)
{
    struct command_offering c;
    command_init(&c.cmd, COMMAND_OFFERING);
    c.cmd.actor_id = s->actor_id;
    c.action = OFFERING_WITHDRAW;
    c.instrument_id = script_instrument(s, w)->id;
    script_auto_id(s, &c.cmd.id);
    if (words_take(w, "id"))
        words_client_id(w, &c.cmd.id);
    script_finish(s, w, &c.cmd);
}

const struct script_row SCRIPT_CORPORATE[] = {
    {"split", verb_split},
    {"rename", verb_rename},
    {"redeem", verb_redeem},
    {"offering", verb_offering},
    {"offering-withdraw", verb_offering_withdraw},
    {NULL, NULL},
};
