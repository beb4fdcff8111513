#include "tools/text/script_priv.h"

#include "engine/model/schema.h"

/* Negotiated trades: deal-rules, deal, deal-propose, deal-accept, deal-decline. */

/* deal-rules SYMBOL [kinds K,K] [min-qty Q] [max-qty Q] [collar S] [when-halted] [sets-last] */
static void
verb_deal_rules(struct script *s, struct words *w)
{
    struct command_deal_rules c;
    command_init(&c.cmd, COMMAND_DEAL_RULES);
    c.cmd.actor_id = s->actor_id;
    const struct sandbox_instrument *i = script_instrument(s, w);
    c.instrument_id = i->id;
    while (words_left(w)) {
        if (words_take(w, "kinds"))
            c.kind_mask = (uint32_t)words_set(w, &SCHEMA_DEAL_KIND_MASK, "kinds");
        else if (words_take(w, "min-qty"))
            c.min_lots = script_qty(i, w);
        else if (words_take(w, "max-qty"))
            c.max_lots = script_qty(i, w);
        else if (words_take(w, "collar"))
            c.collar_ppm = words_ppm(w);
        else if (words_take(w, "when-halted"))
            c.deal_flags |= DEAL_WHEN_HALTED;
        else if (words_take(w, "sets-last"))
            c.deal_flags |= DEAL_SETS_LAST;
        else
            words_expected(w, "kinds, min-qty, max-qty, collar, when-halted or sets-last");
    }
    script_finish(s, w, &c.cmd);
}

/* ACCOUNT ID SYMBOL buy|sell KIND QTY @ PRICE with ACCOUNT */
static void
take_deal(struct script *s, struct words *w, struct command_deal *c)
{
    c->cmd.account_id = words_u32(w, "an account");
    words_client_id(w, &c->cmd.id);
    const struct sandbox_instrument *i = script_instrument(s, w);
    c->instrument_id = i->id;
    c->side = (uint8_t)words_enum(w, &SCHEMA_SIDE, "a side");
    c->kind = (uint8_t)words_enum(w, &SCHEMA_DEAL_KIND, "a kind");
    c->qty_lots = script_qty(i, w);
    if (!words_take(w, "@"))
        words_expected(w, "@");
    c->price_units = script_price(i, w);
    if (!words_take(w, "with"))
        words_expected(w, "with");
    c->to_account_id = words_u32(w, "an account");
}

/* deal ... with ACCOUNT as ID [options]: by the operator when no session is named */
static void
verb_deal(struct script *s, struct words *w)
{
    struct command_deal c;
    command_init(&c.cmd, COMMAND_DEAL);
    take_deal(s, w, &c);
    if (!words_take(w, "as"))
        words_expected(w, "as");
    words_client_id(w, &c.to_id);
    while (words_left(w))
        if (!script_header_option(s, &c.cmd, w))
            words_expected(w, "session, incarnation, seq, operator or resend");
    if (c.cmd.session_id == 0)
        c.cmd.actor_id = s->actor_id;
    script_finish(s, w, &c.cmd);
}

/* deal-propose ... with ACCOUNT [expires TIME] [options] */
static void
verb_propose(struct script *s, struct words *w)
{
    struct command_deal c;
    command_init(&c.cmd, COMMAND_DEAL_PROPOSE);
    take_deal(s, w, &c);
    while (words_left(w)) {
        if (words_take(w, "expires"))
            c.expire_ns = words_time(w);
        else if (!script_header_option(s, &c.cmd, w))
            words_expected(w, "expires, session, incarnation, seq, operator or resend");
    }
    script_finish(s, w, &c.cmd);
}

/* deal-accept|deal-decline ACCOUNT ID of PROPOSER PROPOSAL-ID [options] */
static void
answer(struct script *s, struct words *w, bool accept)
{
    struct command_deal_answer c;
    struct client_id id = {0};
    command_init(&c.cmd, COMMAND_DEAL_ANSWER);
    c.cmd.account_id = words_u32(w, "an account");
    words_client_id(w, &c.cmd.id);
    if (!words_take(w, "of"))
        words_expected(w, "of");
    uint32_t proposer = words_u32(w, "an account");
    words_client_id(w, &id);
    c.deal_id = sandbox_ref_find(&s->box.orders, proposer, &id);
    c.accept = accept;
    while (words_left(w))
        if (!script_header_option(s, &c.cmd, w))
            words_expected(w, "session, incarnation, seq, operator or resend");
    script_finish(s, w, &c.cmd);
}

static void
verb_accept(struct script *s, struct words *w)
{
    answer(s, w, true);
}

static void
verb_decline(struct script *s, struct words *w)
{
    answer(s, w, false);
}

const struct script_row SCRIPT_DEALS[] = {
    {"deal-rules", verb_deal_rules}, {"deal", verb_deal},
    {"deal-propose", verb_propose},  {"deal-accept", verb_accept},
    {"deal-decline", verb_decline},  {NULL, NULL},
};
