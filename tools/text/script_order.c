#include "tools/text/script_priv.h"

#include <string.h>

/* Order flow: new, cancel, replace, release, refuse, mass-cancel. */

bool
script_header_option(struct script *s, struct command *cmd, struct words *w)
{
    if (words_take(w, "session")) {
        cmd->session_id = words_u32(w, "a session");
        cmd->incarnation = script_incarnation(s, cmd->session_id);
    } else if (words_take(w, "incarnation")) {
        cmd->incarnation = words_u32(w, "an incarnation");
    } else if (words_take(w, "seq")) {
        cmd->client_seq = words_u64(w, "the client's message number");
    } else if (words_take(w, "operator")) {
        cmd->actor_id = s->actor_id;
    } else if (words_take(w, "resend")) {
        cmd->flags |= COMMAND_POSSIBLE_RESEND;
    } else {
        return false;
    }
    return true;
}

static bool
take_exec_inst(struct command_order_new *c, struct words *w)
{
    static const struct {
        const char *name;
        uint32_t bit;
    } words[] = {{"post-only", EXEC_POST_ONLY}, {"post-slide", EXEC_POST_SLIDE},
                 {"hidden", EXEC_HIDDEN},       {"all-or-none", EXEC_ALL_OR_NONE},
                 {"park", EXEC_HOLD_PARK},      {"cancel-on-disconnect", EXEC_CANCEL_ON_DISCONNECT},
                 {"primary", EXEC_PEG_PRIMARY}, {"midpoint", EXEC_PEG_MIDPOINT},
                 {"offering", EXEC_OFFERING}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (words_take(w, words[i].name)) {
            c->exec_inst |= words[i].bit;
            return true;
        }
    }
    return false;
}

/* In words a distance, as a price; in the command it has a sign. */
static int32_t
take_distance(const struct command_order_new *c, const struct sandbox_instrument *i,
              struct words *w)
{
    int64_t units = script_price(i, w);
    if (units > INT32_MAX)
        words_expected(w, "a distance of less than 2^31 units of the price");
    return (int32_t)(c->side == SIDE_SELL ? -units : units);
}

/* A price that may be below zero. */
static int32_t
script_offset(const struct sandbox_instrument *i, struct words *w)
{
    int64_t units = script_price(i, w);
    if (units < INT32_MIN || units > INT32_MAX)
        words_expected(w, "an offset of the venue's numbers");
    return (int32_t)units;
}

static bool
take_order_option(struct command_order_new *c, const struct sandbox_instrument *i, struct words *w)
{
    if (words_take(w, "stop"))
        c->stop_units = script_price(i, w);
    else if (words_take(w, "trail"))
        c->peg_offset_units = take_distance(c, i, w);
    else if (words_take(w, "display"))
        c->display_lots = script_qty(i, w);
    else if (words_take(w, "range"))
        c->display_range = (uint8_t)words_u32(w, "a percentage below 100");
    else if (words_take(w, "offset"))
        c->peg_offset_units = script_offset(i, w);
    else if (words_take(w, "min-qty"))
        c->min_qty_lots = script_qty(i, w);
    else if (words_take(w, "expires"))
        c->expire_ns = words_time(w);
    else if (words_take(w, "user"))
        c->user_data = words_u64(w, "a number");
    else
        return take_exec_inst(c, w);
    return true;
}

/* SYMBOL buy|sell limit QTY @ PRICE, or ... market QTY ... */
static const struct sandbox_instrument *
take_order(struct script *s, struct command_order_new *c, struct words *w)
{
    const struct sandbox_instrument *i = script_instrument(s, w);
    c->instrument_id = i->id;
    c->side = (uint8_t)words_enum(w, &SCHEMA_SIDE, "a side");
    c->ord_type = (uint8_t)words_enum(w, &SCHEMA_ORD_TYPE, "an order type");
    c->qty_lots = script_qty(i, w);
    if (words_take(w, "@"))
        c->price_units = script_price(i, w);
    c->time_in_force = c->ord_type == ORD_MARKET ? TIF_IOC : TIF_GTC;
    return i;
}

static void
take_time_in_force(struct command_order_new *c, struct words *w)
{
    c->time_in_force =
        (uint8_t)words_enum(w, &SCHEMA_TIME_IN_FORCE, "an option of the order or a time in force");
}

/* new ACCOUNT ID and an order: SYMBOL ... [TIF] [options] */
static void
verb_new(struct script *s, struct words *w)
{
    struct command_order_linked linked;
    struct command_order_new *c = &linked.order;
    struct client_id other = {0};
    command_init(&c->cmd, COMMAND_ORDER_NEW);
    c->cmd.account_id = words_u32(w, "an account");
    words_client_id(w, &c->cmd.id);
    const struct sandbox_instrument *i = take_order(s, c, w);
    while (words_left(w)) {
        if (script_header_option(s, &c->cmd, w) || take_order_option(c, i, w))
            continue;
        if (words_take(w, "oco"))
            words_client_id(w, &other);
        else
            take_time_in_force(c, w);
    }
    if (other.length != 0)
        command_link(&linked, &other);
    script_finish(s, w, &c->cmd);
}

/* order-list ACCOUNT LIST-ID ID and an order, `and`, ID and the other one */
static void
verb_order_list(struct script *s, struct words *w)
{
    struct command_order_list list;
    struct command_order_new o[2];
    struct client_id list_id = {0};
    command_init(&o[0].cmd, COMMAND_ORDER_NEW);
    command_init(&o[1].cmd, COMMAND_ORDER_NEW);
    o[0].cmd.account_id = words_u32(w, "an account");
    words_client_id(w, &list_id);
    for (int n = 0; n < 2; n++) {
        words_client_id(w, &o[n].cmd.id);
        const struct sandbox_instrument *i = take_order(s, &o[n], w);
        while (words_left(w) && !(n == 0 && words_take(w, "and"))) {
            if (!script_header_option(s, &o[0].cmd, w) && !take_order_option(&o[n], i, w))
                take_time_in_force(&o[n], w);
        }
    }
    command_list(&list, &o[0], &o[1], &list_id);
    script_finish(s, w, &list.first.cmd);
}

/* cancel ACCOUNT ID [as REQUEST-ID] [options] */
static void
verb_cancel(struct script *s, struct words *w)
{
    struct command_order_cancel c;
    command_init(&c.cmd, COMMAND_ORDER_CANCEL);
    c.cmd.account_id = words_u32(w, "an account");
    words_client_id(w, &c.orig);
    while (words_left(w)) {
        if (words_take(w, "as"))
            words_client_id(w, &c.cmd.id);
        else if (words_take(w, "of")) /* by number, of an order of that account */
            c.order_id = sandbox_ref_find(&s->box.orders, words_u32(w, "an account"), &c.orig);
        else if (!script_header_option(s, &c.cmd, w))
            words_expected(w, "as, of, session, seq, operator or resend");
    }
    if (c.order_id != 0)
        c.orig = (struct client_id){0};
    if (c.cmd.id.length == 0)
        script_auto_id(s, &c.cmd.id);
    script_finish(s, w, &c.cmd);
}

/* replace ACCOUNT ID as NEW-ID [qty Q] [price P] in SYMBOL */
static void
verb_replace(struct script *s, struct words *w)
{
    struct command_order_replace c;
    command_init(&c.cmd, COMMAND_ORDER_REPLACE);
    c.cmd.account_id = words_u32(w, "an account");
    words_client_id(w, &c.orig);
    if (!words_take(w, "as"))
        words_expected(w, "as");
    words_client_id(w, &c.cmd.id);
    const struct sandbox_instrument *i = script_instrument(s, w);
    c.instrument_id = i->id;
    while (words_left(w)) {
        if (words_take(w, "qty"))
            c.qty_lots = script_qty(i, w);
        else if (words_take(w, "price"))
            c.price_units = script_price(i, w);
        else if (!script_header_option(s, &c.cmd, w))
            words_expected(w, "qty, price, session, seq, operator or resend");
    }
    script_finish(s, w, &c.cmd);
}

/* release|refuse ACCOUNT ID: a parked order */
static void
decide(struct script *s, struct words *w, bool release)
{
    struct command_order_decide c;
    struct client_id id = {0};
    command_init(&c.cmd, COMMAND_ORDER_DECIDE);
    c.cmd.actor_id = s->actor_id;
    uint32_t account_id = words_u32(w, "an account");
    words_client_id(w, &id);
    c.order_id = sandbox_ref_find(&s->box.orders, account_id, &id);
    c.release = release;
    script_auto_id(s, &c.cmd.id);
    script_finish(s, w, &c.cmd);
}

static void
verb_release(struct script *s, struct words *w)
{
    decide(s, w, true);
}

static void
verb_refuse(struct script *s, struct words *w)
{
    decide(s, w, false);
}

/* mass-cancel [account A] [SIDE] [in SYMBOL] [of-session N] [operator] ... */
static void
verb_mass_cancel(struct script *s, struct words *w)
{
    struct command_mass_cancel c;
    command_init(&c.cmd, COMMAND_MASS_CANCEL);
    while (words_left(w)) {
        if (words_take(w, "account"))
            c.cmd.account_id = words_u32(w, "an account");
        else if (words_take(w, "in"))
            c.instrument_id = script_instrument(s, w)->id;
        else if (words_take(w, "of-session"))
            c.of_session_id = words_u32(w, "a session");
        else if (!script_header_option(s, &c.cmd, w))
            c.side = (uint8_t)words_enum(w, &SCHEMA_SIDE,
                                         "account, in, of-session, operator, session or a side");
    }
    if (c.cmd.account_id == 0)
        c.cmd.actor_id = s->actor_id;
    script_auto_id(s, &c.cmd.id);
    script_finish(s, w, &c.cmd);
}

const struct script_row SCRIPT_ORDERS[] = {
    {"new", verb_new},
    {"order-list", verb_order_list},
    {"cancel", verb_cancel},
    {"replace", verb_replace},
    {"release", verb_release},
    {"refuse", verb_refuse},
    {"mass-cancel", verb_mass_cancel},
    {NULL, NULL},
};
