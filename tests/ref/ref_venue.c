#include "tests/ref/ref_venue.h"

#include <stdlib.h>
#include <string.h>

#include "engine/model/reason.h"
#include "tests/ref/ref_priv.h"

/* --- judging --- */

static uint16_t
market_open(const struct ref_venue *r, int i)
{
    if (r->instruments[i].def.retired)
        return REASON_INSTRUMENT_RETIRED;
    if (r->mode == MODE_CANCEL_ONLY)
        return REASON_CANCEL_ONLY;
    if (r->instruments[i].state == TRADING_HALTED)
        return REASON_HALTED;
    return r->instruments[i].state == TRADING_CLOSED ? REASON_CLOSED : 0;
}

static uint16_t
price_ok(const struct ref_venue *r, int i, int64_t price)
{
    if (price <= 0 || price > r->instruments[i].def.max_price_units)
        return REASON_BAD_PRICE;
    return price % r->instruments[i].def.tick_units != 0 ? REASON_PRICE_OFF_TICK : 0;
}

static uint16_t
form_ok(const struct ref_venue *r, const struct command_order_new *x, int i)
{
    bool waits = x->time_in_force == TIF_DAY || x->time_in_force == TIF_GTC;
    if (x->side != SIDE_BUY && x->side != SIDE_SELL)
        return REASON_BAD_SIDE;
    if (x->ord_type != ORD_MARKET && x->ord_type != ORD_LIMIT)
        return REASON_BAD_ORDER_TYPE;
    if (!waits && x->time_in_force != TIF_IOC && x->time_in_force != TIF_FOK)
        return REASON_BAD_TIME_IN_FORCE;
    if ((x->exec_inst & EXEC_POST_ONLY) != 0 && (!waits || x->ord_type == ORD_MARKET))
        return REASON_BAD_FIELD;
    if (x->ord_type == ORD_MARKET && x->price_units != 0)
        return REASON_BAD_PRICE;
    uint16_t reason = x->ord_type == ORD_MARKET ? 0 : price_ok(r, i, x->price_units);
    if (reason != 0)
        return reason;
    return x->qty_lots <= 0 || x->qty_lots < r->instruments[i].def.min_qty_lots ? REASON_QTY_OFF_LOT
                                                                                : 0;
}

static const wide most = (wide)1 << 62;

/* Everything that an order may come to must fit, whatever happens to it. */
static uint16_t
amounts_ok(struct ref_venue *r, const struct ref_order *o)
{
    int64_t open = o->qty - o->cum;
    struct ref_order *bid = ref_best(r, o->instrument, SIDE_BUY);
    int64_t dear = o->side == SIDE_SELL && bid != NULL && bid->price > o->cap ? bid->price : o->cap;
    wide cost = (wide)o->cap * open;
    if (cost > INT64_MAX || ref_notional(r, (int)o->instrument, o->cap, open, true) > most ||
        (wide)open * r->instruments[o->instrument].def.lot_units > most)
        return REASON_TOO_LARGE;
    if (o->side == SIDE_BUY) {
        wide sum = ref_notional(r, (int)o->instrument, o->cap, open, true) + o->maker_notional +
                   o->taker_notional;
        if (sum > most || ref_hold_of(r, o) > most)
            return REASON_TOO_LARGE;
    } else if (o->maker_notional + o->taker_notional == 0 &&
               ref_notional(r, (int)o->instrument, o->cap, open, false) < o->fee_min) {
        return REASON_MIN_FEE_NOT_COVERED;
    }
    return (wide)dear * open + o->cost > INT64_MAX ? REASON_TOO_LARGE : 0;
}

static struct ref_id *
known(struct ref_venue *r, uint32_t account, const struct client_id *id)
{
    for (uint32_t i = r->id_cnt; i-- > 0;) {
        struct ref_id *k = &r->ids[i];
        if (k->account == account && strncmp(k->id, id->text, id->length) == 0 &&
            k->id[id->length] == '\0')
            return k->done_day != 0 && k->done_day < r->day ? NULL : k;
    }
    return NULL;
}

static void
remember(struct ref_venue *r, const struct command *cmd, uint32_t order)
{
    if (r->id_cnt == REF_ID_MAX)
        abort();
    struct ref_id *k = &r->ids[r->id_cnt++];
    memset(k, 0, sizeof(*k));
    k->account = cmd->account_id;
    memcpy(k->id, cmd->id.text, cmd->id.length);
    k->type = cmd->rec.type;
    k->body_bytes = cmd->rec.length_bytes - (uint32_t)sizeof(*cmd);
    memcpy(k->body, (const uint8_t *)cmd + sizeof(*cmd), k->body_bytes);
    k->order = order;
}

/* True: it was answered. */
static bool
answered(struct ref_venue *r, const struct command *cmd)
{
    struct ref_id *k = known(r, cmd->account_id, &cmd->id);
    if (k == NULL)
        return false;
    if (k->type != cmd->rec.type || k->body_bytes != cmd->rec.length_bytes - sizeof(*cmd) ||
        memcmp(k->body, (const uint8_t *)cmd + sizeof(*cmd), k->body_bytes) != 0) {
        ref_say(r, "refused %u\n", REASON_DUPLICATE_ID);
        return true;
    }
    const struct ref_order *o = &r->orders[k->order];
    uint8_t status = !o->open    ? o->status
                     : o->parked ? (uint8_t)ORD_STATUS_PARKED
                     : o->cum    ? (uint8_t)ORD_STATUS_PARTIALLY_FILLED
                                 : (uint8_t)ORD_STATUS_NEW;
    ref_say(r, "status %u qty %lld cum %lld\n", status, (long long)o->qty, (long long)o->cum);
    return true;
}

/* --- commands --- */

static void
fill_in(struct ref_venue *r, struct ref_order *o, const struct command_order_new *x, int account,
        int ins)
{
    const struct command_instrument *d = &r->instruments[ins].def;
    memset(o, 0, sizeof(*o));
    memcpy(o->id, x->cmd.id.text, x->cmd.id.length);
    o->account = (uint32_t)account;
    o->instrument = (uint32_t)ins;
    o->side = x->side;
    o->type = x->ord_type;
    o->tif = x->ord_type == ORD_MARKET && x->time_in_force != TIF_FOK ? TIF_IOC : x->time_in_force;
    o->exec_inst = x->exec_inst;
    o->price = x->price_units;
    o->cap = ref_cap_of(r, x, (uint32_t)ins);
    o->qty = x->qty_lots;
    o->maker_ppm = d->maker_ppm;
    o->taker_ppm = d->taker_ppm;
    o->fee_min = d->fee_min_units;
    o->day = r->day;
}

static uint16_t
judge_new(struct ref_venue *r, const struct command_order_new *x, int account, struct ref_order *o)
{
    int ins = ref_instrument_of(r, x->instrument_id);
    if (ins < 0)
        return REASON_UNKNOWN_INSTRUMENT;
    uint16_t reason = market_open(r, ins);
    if (reason == 0)
        reason = form_ok(r, x, ins);
    if (reason != 0)
        return reason;
    fill_in(r, o, x, account, ins);
    if (o->cap <= 0)
        return REASON_NO_CAP_PRICE;
    reason = amounts_ok(r, o);
    if (reason != 0)
        return reason;
    if (ref_hold_of(r, o) > ref_available(ref_balance_of(r, o, o->side == SIDE_BUY)))
        return REASON_INSUFFICIENT_FUNDS;
    if ((x->exec_inst & EXEC_HOLD_PARK) != 0)
        return 0;
    struct ref_order *opposite =
        ref_best(r, o->instrument, o->side == SIDE_BUY ? SIDE_SELL : SIDE_BUY);
    if ((x->exec_inst & EXEC_POST_ONLY) != 0 && opposite != NULL &&
        ref_meets(opposite, o->side, o->cap))
        return REASON_POST_ONLY_WOULD_TAKE;
    if (o->tif == TIF_FOK && !ref_fok_fills(r, o->instrument, o->side, o->cap, o->qty))
        return REASON_FOK_NOT_FILLED;
    return 0;
}

static void
apply_new(struct ref_venue *r, const struct command_order_new *x)
{
    struct ref_order draft;
    int account = ref_account_of(r, x->cmd.account_id);
    if (account < 0) {
        ref_say(r, "refused %u\n", REASON_UNKNOWN_ACCOUNT);
        return;
    }
    if (answered(r, &x->cmd))
        return;
    uint16_t reason = judge_new(r, x, account, &draft);
    if (reason != 0) {
        ref_say(r, "refused %u\n", reason);
        return;
    }
    if (r->order_cnt == REF_ORDER_MAX)
        abort();
    struct ref_order *o = &r->orders[r->order_cnt++];
    *o = draft;
    o->open = true;
    o->entry = ++r->entries;
    ref_set_hold(r, o, ref_hold_of(r, o));
    remember(r, &x->cmd, (uint32_t)(o - r->orders));
    ref_say(r, "accepted %s hold %lld\n", o->id, (long long)o->hold);
    if ((o->exec_inst & EXEC_HOLD_PARK) != 0)
        o->parked = true;
    else
        ref_match(r, o);
}

/* The open order that is named; NULL: the refusal is said. */
static struct ref_order *
named(struct ref_venue *r, const struct command *cmd, const struct client_id *orig)
{
    struct ref_id *k = orig->length == 0 ? NULL : known(r, cmd->account_id, orig);
    if (k == NULL || !r->orders[k->order].open) {
        ref_say(r, "refused %u\n", k == NULL ? REASON_UNKNOWN_ORDER : REASON_TOO_LATE);
        return NULL;
    }
    return &r->orders[k->order];
}

static void
apply_cancel(struct ref_venue *r, const struct command_order_cancel *x)
{
    if (ref_account_of(r, x->cmd.account_id) < 0) {
        ref_say(r, "refused %u\n", REASON_UNKNOWN_ACCOUNT);
        return;
    }
    struct ref_order *o = named(r, &x->cmd, &x->orig);
    if (o != NULL)
        ref_kill(r, o, REASON_BY_CLIENT, ORD_STATUS_CANCELED);
}

static uint16_t
judge_replace(struct ref_venue *r, const struct command_order_replace *x, const struct ref_order *o,
              struct ref_order *after)
{
    uint16_t reason = market_open(r, (int)o->instrument);
    if (reason != 0)
        return reason;
    *after = *o;
    after->price = x->price_units != 0 ? x->price_units : o->price;
    after->qty = x->qty_lots != 0 ? x->qty_lots : o->qty;
    if (o->type == ORD_MARKET && x->price_units != 0)
        return REASON_BAD_PRICE;
    if (o->type == ORD_LIMIT) {
        reason = price_ok(r, (int)o->instrument, after->price);
        if (reason != 0)
            return reason;
        after->cap = after->price;
    }
    if (after->qty <= 0 || after->qty < r->instruments[o->instrument].def.min_qty_lots)
        return REASON_QTY_OFF_LOT;
    if (after->qty <= o->cum)
        return REASON_REPLACE_BELOW_FILLED;
    reason = amounts_ok(r, after);
    if (reason != 0)
        return reason;
    if (ref_hold_of(r, after) - o->hold >
        ref_available(ref_balance_of(r, (struct ref_order *)(uintptr_t)o, o->side == SIDE_BUY)))
        return REASON_INSUFFICIENT_FUNDS;
    bool stays = after->price == o->price && after->qty <= o->qty;
    struct ref_order *opposite =
        ref_best(r, o->instrument, o->side == SIDE_BUY ? SIDE_SELL : SIDE_BUY);
    if ((o->exec_inst & EXEC_POST_ONLY) != 0 && o->in_book && !stays && opposite != NULL &&
        ref_meets(opposite, o->side, after->cap))
        return REASON_POST_ONLY_WOULD_TAKE;
    return 0;
}

static void
apply_replace(struct ref_venue *r, const struct command_order_replace *x)
{
    struct ref_order after;
    if (ref_account_of(r, x->cmd.account_id) < 0) {
        ref_say(r, "refused %u\n", REASON_UNKNOWN_ACCOUNT);
        return;
    }
    if (x->cmd.id.length > 0 && answered(r, &x->cmd))
        return;
    struct ref_order *o = named(r, &x->cmd, &x->orig);
    if (o == NULL)
        return;
    uint16_t reason = judge_replace(r, x, o, &after);
    if (reason != 0) {
        ref_say(r, "refused %u\n", reason);
        return;
    }
    bool stays = after.price == o->price && after.qty <= o->qty, fewer = after.qty < o->qty;
    bool moves = o->in_book && !stays;
    struct ref_order before = *o;
    if (x->cmd.id.length > 0) {
        ref_forget_id(r, o);
        remember(r, &x->cmd, (uint32_t)(o - r->orders));
        memset(o->id, 0, sizeof(o->id));
        memcpy(o->id, x->cmd.id.text, x->cmd.id.length);
    }
    o->price = after.price;
    o->cap = after.cap;
    o->qty = after.qty;
    ref_set_hold(r, o, ref_hold_of(r, o));
    if (moves)
        o->in_book = false;
    ref_say(r, "replaced %s was %s price %lld qty %lld hold %lld\n", o->id, before.id,
            (long long)o->price, (long long)o->qty, (long long)o->hold);
    if (moves)
        ref_say_level(r, "delete", &before, 0);
    else if (o->in_book && fewer)
        ref_say_level(r, "change", o, o->qty - o->cum);
    if (moves)
        ref_match(r, o);
}

static void
apply_mass_cancel(struct ref_venue *r, const struct command_mass_cancel *x)
{
    int account = ref_account_of(r, x->cmd.account_id),
        ins = ref_instrument_of(r, x->instrument_id);
    ref_say(r, "result 0\n");
    for (uint64_t from = 0;;) {
        struct ref_order *next = NULL; /* in the order of entry */
        for (uint32_t i = 0; i < r->order_cnt; i++) {
            struct ref_order *o = &r->orders[i];
            if (!o->open || o->entry <= from ||
                (x->cmd.account_id != 0 && o->account != (uint32_t)account) ||
                (x->instrument_id != 0 && o->instrument != (uint32_t)ins) ||
                (x->side != 0 && o->side != x->side))
                continue;
            if (next == NULL || o->entry < next->entry)
                next = o;
        }
        if (next == NULL)
            return;
        from = next->entry;
        ref_kill(r, next, REASON_MASS_CANCEL, ORD_STATUS_CANCELED);
    }
}

/* By the client's number of the order: its id in the decide command's client id. */
static void
apply_decide(struct ref_venue *r, const struct command_order_decide *x, struct ref_order *o)
{
    uint16_t reason = x->release ? market_open(r, (int)o->instrument) : 0;
    ref_say(r, "result %u\n", reason);
    if (reason != 0)
        return;
    o->parked = false;
    if (!x->release) {
        ref_kill(r, o, (uint16_t)x->reason, ORD_STATUS_CANCELED);
        return;
    }
    struct ref_order *opposite =
        ref_best(r, o->instrument, o->side == SIDE_BUY ? SIDE_SELL : SIDE_BUY);
    struct ref_order *bid = ref_best(r, o->instrument, SIDE_BUY);
    int64_t dear = o->side == SIDE_SELL && bid != NULL && bid->price > o->cap ? bid->price : o->cap;
    if ((wide)dear * (o->qty - o->cum) + o->cost > INT64_MAX)
        ref_kill(r, o, REASON_TOO_LARGE, ORD_STATUS_CANCELED);
    else if ((o->exec_inst & EXEC_POST_ONLY) != 0 && opposite != NULL &&
             ref_meets(opposite, o->side, o->cap))
        ref_kill(r, o, REASON_POST_ONLY_WOULD_TAKE, ORD_STATUS_CANCELED);
    else if (o->tif == TIF_FOK &&
             !ref_fok_fills(r, o->instrument, o->side, o->cap, o->qty - o->cum))
        ref_kill(r, o, REASON_FOK_NOT_FILLED, ORD_STATUS_CANCELED);
    else {
        ref_say(r, "released %s\n", o->id);
        ref_match(r, o);
    }
}

/* user_data of the decide's target is not known here: the test names the order by account and id
 * through ref_find. */
static struct ref_order *
parked_by_entry(struct ref_venue *r, uint64_t entry)
{
    for (uint32_t i = 0; i < r->order_cnt; i++) {
        if (r->orders[i].entry == entry && r->orders[i].parked)
            return &r->orders[i];
    }
    return NULL;
}

static void
apply_money(struct ref_venue *r, const struct command_money *x)
{
    int account = ref_account_of(r, x->cmd.account_id), asset = ref_asset_of(r, x->asset_id);
    if (x->cmd.rec.type == COMMAND_DEPOSIT) {
        if (x->amount_units > most - r->issued[asset]) {
            ref_say(r, "result %u\n", REASON_TOO_LARGE);
            return;
        }
        r->issued[asset] += x->amount_units;
        r->balances[ref_account_of(r, r->genesis.issue_account_id)][asset].settled -=
            x->amount_units;
        r->balances[account][asset].settled += x->amount_units;
        ref_say(r, "posting %lld\n", (long long)x->amount_units);
        return;
    }
    int to = ref_account_of(r, x->to_account_id);
    if (ref_available(&r->balances[account][asset]) < x->amount_units) {
        ref_say(r, "result %u\n", REASON_INSUFFICIENT_FUNDS);
        return;
    }
    r->balances[account][asset].settled -= x->amount_units;
    r->balances[to][asset].settled += x->amount_units;
    ref_say(r, "posting %lld\n", (long long)x->amount_units);
}

static void
apply_settle(struct ref_venue *r, const struct command_settle *x)
{
    struct ref_balance *b =
        &r->balances[ref_account_of(r, x->cmd.account_id)][ref_asset_of(r, x->asset_id)];
    if (b->in < x->in_units || b->out < x->out_units) {
        ref_say(r, "result %u\n", REASON_BAD_STATE);
        return;
    }
    b->in -= x->in_units;
    b->out -= x->out_units;
    b->settled += x->in_units - x->out_units;
    if (x->out_units > 0)
        ref_say(r, "posting %lld\n", (long long)x->out_units);
    if (x->in_units > 0)
        ref_say(r, "posting %lld\n", (long long)x->in_units);
}

static void
set_day(struct ref_venue *r, int64_t time_ns)
{
    int64_t end_s = r->genesis.day_end_s == 0 ? 86400 : r->genesis.day_end_s;
    int64_t day_ns = (int64_t)86400 * 1000000000, shift = (86400 - end_s) * 1000000000;
    r->day = (uint32_t)((time_ns + shift) / day_ns);
    r->day_end_ns = (int64_t)r->day * day_ns + end_s * 1000000000;
}

static void
apply_tick(struct ref_venue *r, int64_t time_ns)
{
    if (time_ns < r->day_end_ns)
        return;
    set_day(r, time_ns);
    for (uint32_t i = 0; i < r->order_cnt; i++) {
        struct ref_order *o = &r->orders[i];
        if (o->open && o->tif == TIF_DAY && o->day < r->day)
            ref_kill(r, o, REASON_DAY_END, ORD_STATUS_EXPIRED);
    }
}

static void
configure(struct ref_venue *r, const struct command *cmd)
{
    if (cmd->rec.type == COMMAND_ASSET) {
        const struct command_asset *x = (const void *)cmd;
        r->asset_ids[r->asset_cnt] = x->asset_id;
        r->asset_scale[r->asset_cnt++] = x->scale;
    } else if (cmd->rec.type == COMMAND_ACCOUNT) {
        r->account_ids[r->account_cnt++] = cmd->account_id;
    } else if (cmd->rec.type == COMMAND_INSTRUMENT) {
        struct ref_instrument *ins = &r->instruments[r->instrument_cnt++];
        ins->def = *(const struct command_instrument *)(const void *)cmd;
        ins->reference = ins->def.reference_units;
        ins->state = ins->def.state;
    } else if (cmd->rec.type == COMMAND_TRADING_STATE) {
        const struct command_trading_state *x = (const void *)cmd;
        r->instruments[ref_instrument_of(r, x->instrument_id)].state = x->state;
    } else if (cmd->rec.type == COMMAND_REFERENCE_PRICE) {
        const struct command_reference_price *x = (const void *)cmd;
        r->instruments[ref_instrument_of(r, x->instrument_id)].reference = x->price_units;
    } else if (cmd->rec.type == COMMAND_MODE) {
        r->mode = ((const struct command_mode *)(const void *)cmd)->mode;
    }
}

void
ref_apply(struct ref_venue *r, const struct command *cmd)
{
    r->text_bytes = 0;
    r->text[0] = '\0';
    switch (cmd->rec.type) {
    case COMMAND_ORDER_NEW:
        apply_new(r, (const void *)cmd);
        break;
    case COMMAND_ORDER_CANCEL:
        apply_cancel(r, (const void *)cmd);
        break;
    case COMMAND_ORDER_REPLACE:
        apply_replace(r, (const void *)cmd);
        break;
    case COMMAND_ORDER_DECIDE: { /* the count in the order's number says which it is */
        const struct command_order_decide *x = (const void *)cmd;
        struct ref_order *o = parked_by_entry(r, x->order_id >> 24);
        if (o == NULL)
            abort();
        apply_decide(r, x, o);
        break;
    }
    case COMMAND_MASS_CANCEL:
        apply_mass_cancel(r, (const void *)cmd);
        break;
    case COMMAND_DEPOSIT:
    case COMMAND_TRANSFER:
        apply_money(r, (const void *)cmd);
        break;
    case COMMAND_SETTLE:
        apply_settle(r, (const void *)cmd);
        break;
    case COMMAND_TICK:
        apply_tick(r, cmd->time_ns);
        break;
    default:
        configure(r, cmd);
        break;
    }
}

void
ref_init(struct ref_venue *r, const struct command_genesis *g, int64_t time_ns)
{
    memset(r, 0, sizeof(*r));
    r->genesis = *g;
    r->mode = MODE_NORMAL;
    set_day(r, time_ns);
}

void
ref_compact(struct ref_venue *r)
{
    uint32_t *moved = malloc(sizeof(*moved) * REF_ORDER_MAX);
    bool *wanted = calloc(REF_ORDER_MAX, sizeof(*wanted));
    uint32_t kept = 0;
    if (moved == NULL || wanted == NULL)
        abort();
    for (uint32_t i = 0; i < r->id_cnt; i++) {
        if (r->ids[i].done_day == 0 || r->ids[i].done_day >= r->day)
            r->ids[kept++] = r->ids[i];
    }
    r->id_cnt = kept;
    for (uint32_t i = 0; i < r->id_cnt; i++)
        wanted[r->ids[i].order] = true;
    kept = 0;
    for (uint32_t i = 0; i < r->order_cnt; i++) {
        if (!wanted[i] && !r->orders[i].open)
            continue;
        moved[i] = kept;
        r->orders[kept++] = r->orders[i];
    }
    r->order_cnt = kept;
    for (uint32_t i = 0; i < r->id_cnt; i++)
        r->ids[i].order = moved[r->ids[i].order];
    free(moved);
    free(wanted);
}
