#include "tools/text/script_priv.h"

#include "engine/model/schema.h"

/* Requests for quote: request, request-quote, request-hit, request-pass. */

static bool
header_option(struct script *s, struct command *cmd, uint32_t *exec_inst, struct words *w)
{
    if (!words_take(w, "cancel-on-disconnect"))
        return script_header_option(s, cmd, w);
    *exec_inst |= EXEC_CANCEL_ON_DISCONNECT;
    return true;
}

/* ACCOUNT ID SYMBOL */
static const struct sandbox_instrument *
take_head(struct script *s, struct words *w, struct command *cmd)
{
    cmd->account_id = words_u32(w, "an account");
    words_client_id(w, &cmd->id);
    return script_instrument(s, w);
}

/* of ACCOUNT ID: the number of a request or a quote */
static uint64_t
take_ref(struct script *s, struct words *w)
{
    struct client_id id = {0};
    if (!words_take(w, "of"))
        words_expected(w, "of");
    uint32_t account_id = words_u32(w, "an account");
    words_client_id(w, &id);
    return sandbox_ref_find(&s->box.orders, account_id, &id);
}

/* request ACCOUNT ID SYMBOL buy|sell|either QTY [to ACCOUNT]... [disclosed] [expires TIME]
 * [cancel-on-disconnect] [options] */
static void
verb_request(struct script *s, struct words *w)
{
    struct command_request c;
    command_init(&c.cmd, COMMAND_REQUEST);
    const struct sandbox_instrument *i = take_head(s, w, &c.cmd);
    c.instrument_id = i->id;
    if (!words_take(w, "either"))
        c.side = (uint8_t)words_enum(w, &SCHEMA_SIDE, "a side or either");
    c.qty_lots = script_qty(i, w);
    while (words_left(w)) {
        if (c.to_cnt < REQUEST_TO_MAX && words_take(w, "to"))
            c.to_account_ids[c.to_cnt++] = words_u32(w, "an account");
        else if (words_take(w, "disclosed"))
            c.disclosed = 1;
        else if (words_take(w, "expires"))
            c.expire_ns = words_time(w);
        else if (!header_option(s, &c.cmd, &c.exec_inst, w))
            words_expected(w, "to (at most 8 times), disclosed, expires, cancel-on-disconnect, "
                              "session, operator or resend");
    }
    script_finish(s, w, &c.cmd);
}

/* QTY @ PRICE */
static void
take_side(const struct sandbox_instrument *i, struct words *w, int64_t *lots, int64_t *price_units)
{
    *lots = script_qty(i, w);
    if (!words_take(w, "@"))
        words_expected(w, "@");
    *price_units = script_price(i, w);
}

/* request-quote ACCOUNT ID SYMBOL of REQUESTER REQUEST-ID [bid QTY @ PRICE]
 * [ask QTY @ PRICE [as ASK-ID]] [expires TIME] [cancel-on-disconnect] [options] */
static void
verb_quote(struct script *s, struct words *w)
{
    struct command_request_quote c;
    command_init(&c.cmd, COMMAND_REQUEST_QUOTE);
    const struct sandbox_instrument *i = take_head(s, w, &c.cmd);
    c.instrument_id = i->id;
    c.request_id = take_ref(s, w);
    while (words_left(w)) {
        if (words_take(w, "bid"))
            take_side(i, w, &c.bid_qty_lots, &c.bid_price_units);
        else if (words_take(w, "ask"))
            take_side(i, w, &c.ask_qty_lots, &c.ask_price_units);
        else if (words_take(w, "as"))
            words_client_id(w, &c.ask_id);
        else if (words_take(w, "expires"))
            c.expire_ns = words_time(w);
        else if (!header_option(s, &c.cmd, &c.exec_inst, w))
            words_expected(w, "bid, ask, as, expires, cancel-on-disconnect, session, operator or "
                              "resend");
    }
    script_finish(s, w, &c.cmd);
}

/* request-hit ACCOUNT ID SYMBOL of MAKER QUOTE-ID [buy|sell] [qty QTY] [options] */
static void
verb_hit(struct script *s, struct words *w)
{
    struct command_request_hit c;
    command_init(&c.cmd, COMMAND_REQUEST_HIT);
    const struct sandbox_instrument *i = take_head(s, w, &c.cmd);
    c.instrument_id = i->id;
    c.quote_id = take_ref(s, w);
    while (words_left(w)) {
        if (words_take(w, "qty"))
            c.qty_lots = script_qty(i, w);
        else if (words_take(w, "buy"))
            c.side = SIDE_BUY;
        else if (words_take(w, "sell"))
            c.side = SIDE_SELL;
        else if (!script_header_option(s, &c.cmd, w))
            words_expected(w, "buy, sell, qty, session, incarnation, seq, operator or resend");
    }
    script_finish(s, w, &c.cmd);
}

/* request-pass ACCOUNT ID SYMBOL of MAKER QUOTE-ID [options] */
static void
verb_pass(struct script *s, struct words *w)
{
    struct command_request_pass c;
    command_init(&c.cmd, COMMAND_REQUEST_PASS);
    c.instrument_id = take_head(s, w, &c.cmd)->id;
    c.quote_id = take_ref(s, w);
    while (words_left(w)) {
        if (!script_header_option(s, &c.cmd, w))
            words_expected(w, "session, incarnation, seq, operator or resend");
    }
    script_finish(s, w, &c.cmd);
}

const struct script_row SCRIPT_REQUESTS[] = {
    {"request", verb_request},
    {"request-quote", verb_quote},
    {"request-hit", verb_hit},
    {"request-pass", verb_pass},
    {NULL, NULL},
};
