#include <string.h>

#include "engine/model/reason.h"
#include "risk/rules.h"
#include "tests/ref/ref_priv.h"

/* The rules of risk/rules.h. Each fails or not, with the figure that it compared and what with; the
 * decision is that of the first that fails. Limits on messages a window are not set by scripts. */

struct finding {
    bool fails;
    int64_t actual, limit;
};

struct asked {
    const struct ref_venue *r;
    const struct ref_account *account;
    const struct ref_instrument *ins;
    const struct ref_order *order;
    wide need;
    int what;
};

static struct finding
status(const struct asked *a)
{
    bool active = !a->account->known || a->account->profile.status == ACCOUNT_ACTIVE;
    int64_t actual = active ? a->account->status : a->account->profile.status;
    return (struct finding){actual != ACCOUNT_ACTIVE, actual, ACCOUNT_ACTIVE};
}

static struct finding
freeze(const struct asked *a)
{
    int64_t side = a->order->side == SIDE_BUY ? FREEZE_BUY : FREEZE_SELL;
    return (struct finding){(a->account->profile.freeze & side) != 0, a->account->profile.freeze,
                            side};
}

/* Nothing known of the holder is below any level. */
static struct finding
kyc_level(const struct asked *a)
{
    int64_t asked = a->ins->rules.min_kyc_level;
    if (!a->account->known && asked == 0)
        asked = 1;
    return (struct finding){a->account->profile.kyc_level < asked, a->account->profile.kyc_level,
                            asked};
}

/* Where neither names a level nothing can expire. Good until, not through, its expiry. */
static struct finding
kyc_expiry(const struct asked *a)
{
    bool matters = a->account->profile.kyc_level != 0 || a->ins->rules.min_kyc_level != 0;
    int64_t until = a->account->profile.kyc_expiry_ns;
    return (struct finding){matters && until <= a->r->time_ns, until, a->r->time_ns};
}

static struct finding
jurisdiction(const struct asked *a)
{
    const struct command_instrument_rules *n = &a->ins->rules;
    uint16_t country = a->account->profile.country;
    uint8_t mode = a->order->side == SIDE_BUY ? n->country_mode_buy : n->country_mode_sell;
    bool listed = (n->countries[country / 64] >> (country % 64) & 1) != 0;
    bool fails = (mode == 1 && !listed) || (mode == 2 && (listed || country == 0));
    return (struct finding){fails, country, mode};
}

static struct finding
investor_class(const struct asked *a)
{
    const struct command_instrument_rules *n = &a->ins->rules;
    uint32_t mask = a->order->side == SIDE_BUY ? n->class_mask_buy : n->class_mask_sell;
    uint8_t class = a->account->profile.investor_class;
    return (struct finding){mask != 0 && (mask >> class & 1) == 0, class, mask};
}

static struct finding
order_qty(const struct asked *a)
{
    int64_t open = a->order->qty - a->order->cum, most = a->ins->rules.max_order_lots;
    return (struct finding){most != 0 && open > most, open, most};
}

/* The smaller of the instrument's and the account's maximum. */
static struct finding
order_value(const struct asked *a)
{
    int64_t of_account = a->account->profile.max_order_value_units;
    int64_t most = a->ins->rules.max_order_value_units;
    if (most == 0 || (of_account != 0 && of_account <= most))
        most = of_account;
    int64_t value = (int64_t)ref_notional(a->r, a->order->instrument, a->order->cap,
                                          a->order->qty - a->order->cum, false);
    return (struct finding){most != 0 && value > most, value, most};
}

/* Around the last trade, before one the reference; a market order by its cap. */
static struct finding
collar(const struct asked *a)
{
    int64_t base = a->ins->last != 0 ? a->ins->last : a->ins->reference;
    int64_t price = a->order->price != 0 ? a->order->price : a->order->cap;
    wide away = price < base ? (wide)base - price : (wide)price - base;
    wide room = (wide)base * a->ins->rules.collar_ppm; /* in millionths */
    if (a->ins->rules.collar_ppm == 0 || base == 0 || away * 1000000 <= room)
        return (struct finding){false, price, 0};
    int64_t most = (int64_t)(room / 1000000);
    return (struct finding){true, price, price < base ? base - most : base + most};
}

static struct finding
funds(const struct asked *a)
{
    wide there = ref_available(ref_held_in(a->r, a->order));
    return (struct finding){a->need > there, (int64_t)a->need, (int64_t)there};
}

static struct finding
open_orders(const struct asked *a)
{
    int64_t open = (a->what == REF_ENTER) + a->r->accounts[a->order->account].listed;
    int64_t most = a->account->profile.max_open_orders;
    for (uint32_t i = 0; i < a->r->order_cnt; i++)
        open += a->r->orders[i].place != REF_DONE && a->r->orders[i].account == a->order->account;
    return (struct finding){a->what == REF_ENTER && most != 0 && open > most, open, most};
}

static struct finding
message_rate(const struct asked *a)
{
    (void)a;
    return (struct finding){false, 0, 0};
}

static const struct rule {
    uint16_t number, reason;
    bool stays; /* asked again of orders that are there */
    struct finding (*judge)(const struct asked *a);
} rules[] = {
    {RISK_ACCOUNT_STATUS, REASON_ACCOUNT_NOT_ACTIVE, true, status},
    {RISK_FREEZE, REASON_ACCOUNT_FROZEN, true, freeze},
    {RISK_KYC_LEVEL, REASON_KYC_LEVEL, true, kyc_level},
    {RISK_KYC_EXPIRY, REASON_KYC_EXPIRED, true, kyc_expiry},
    {RISK_JURISDICTION, REASON_JURISDICTION, true, jurisdiction},
    {RISK_INVESTOR_CLASS, REASON_INVESTOR_CLASS, true, investor_class},
    {RISK_ORDER_QTY, REASON_MAX_ORDER_QTY, false, order_qty},
    {RISK_ORDER_VALUE, REASON_MAX_ORDER_VALUE, false, order_value},
    {RISK_COLLAR, REASON_PRICE_COLLAR, false, collar},
    {RISK_FUNDS, REASON_INSUFFICIENT_FUNDS, false, funds},
    {RISK_OPEN_ORDERS, REASON_MAX_OPEN_ORDERS, false, open_orders},
    {RISK_MESSAGE_RATE, REASON_MESSAGE_RATE, false, message_rate},
};

/* Adds what a rule found; the first that failed decides. */
static void
note(struct event_decision *e, uint16_t number, uint16_t reason, struct finding v)
{
    e->evaluated |= UINT64_C(1) << number;
    if (!v.fails)
        return;
    e->failed |= UINT64_C(1) << number;
    if (e->verdict == VERDICT_REJECT)
        return;
    e->verdict = VERDICT_REJECT;
    e->rule = number;
    e->reason = reason;
    e->actual = v.actual;
    e->limit = v.limit;
}

static uint16_t
say_decision(struct ref_venue *r, const struct event_decision *d)
{
    struct event_decision *e = ref_say(r, EVENT_DECISION, AUDIENCE_CONFIDENTIAL, 0);
    struct event header = e->ev;
    *e = *d;
    e->ev = header;
    return d->reason;
}

static uint16_t
admit(struct ref_venue *r, const struct ref_order *o, wide need, int what, bool say_allowed)
{
    if (!r->risk)
        return 0;
    const struct asked a = {.r = r,
                            .account = &r->accounts[o->account],
                            .ins = &r->instruments[o->instrument],
                            .order = o,
                            .need = need,
                            .what = what};
    struct event_decision d = {.order_id = o->order_id,
                               .account_id = a.account->id,
                               .instrument_id = a.ins->def.instrument_id,
                               .stage = what == REF_REPLACE ? DECISION_REPLACE : DECISION_ADMIT};
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        bool bound = rules[i].number == RISK_COLLAR && (o->exec_inst & EXEC_NEGOTIATED) != 0;
        if (!bound && (what != REF_STAY || rules[i].stays))
            note(&d, rules[i].number, rules[i].reason, rules[i].judge(&a));
    }
    if (d.failed != 0 || say_allowed)
        (void)say_decision(r, &d);
    return d.reason;
}

uint16_t
ref_admit(struct ref_venue *r, const struct ref_order *o, wide need, int what)
{
    return admit(r, o, need, what, what != REF_STAY);
}

/* A parked order that is let go is judged like one that stays, and the decision is always said. */
uint16_t
ref_released(struct ref_venue *r, const struct ref_order *o)
{
    return admit(r, o, 0, REF_STAY, true);
}

static bool
stopped(const struct ref_account *a, uint8_t side)
{
    return a->profile.status != ACCOUNT_ACTIVE || a->status != ACCOUNT_ACTIVE ||
           (a->profile.freeze & side) != 0;
}

bool
ref_may_trade(const struct ref_venue *r, uint32_t buyer, uint32_t seller)
{
    return !r->risk || (!stopped(&r->accounts[buyer], FREEZE_BUY) &&
                        !stopped(&r->accounts[seller], FREEZE_SELL));
}

/* Only withdrawals and transfers have rules; the decision is said of every movement. */
uint16_t
ref_may_move(struct ref_venue *r, uint32_t account, bool leaves)
{
    if (!r->risk)
        return 0;
    const struct ref_account *a = &r->accounts[account];
    struct event_decision d = {.account_id = a->id, .stage = DECISION_MOVE};
    if (leaves) {
        bool suspended = a->profile.status == ACCOUNT_SUSPENDED || a->status == ACCOUNT_SUSPENDED;
        bool frozen = a->profile.freeze == FREEZE_FULL;
        note(&d, RISK_MOVE_STATUS, REASON_ACCOUNT_NOT_ACTIVE,
             (struct finding){suspended, ACCOUNT_SUSPENDED, ACCOUNT_ACTIVE});
        note(&d, RISK_MOVE_FREEZE, REASON_ACCOUNT_FROZEN,
             (struct finding){frozen, a->profile.freeze, FREEZE_FULL});
        note(&d, RISK_MOVE_KYC, REASON_KYC_LEVEL,
             (struct finding){!a->known && a->kind == 1, 0, 1});
    }
    return say_decision(r, &d);
}

uint16_t
ref_profile_narrows(const struct ref_venue *r, const struct command_account_profile *was,
                    const struct command_account_profile *is)
{
    if (is->status != ACCOUNT_ACTIVE)
        return REASON_ACCOUNT_NOT_ACTIVE;
    if ((is->freeze & ~was->freeze) != 0)
        return REASON_ACCOUNT_FROZEN;
    if (is->kyc_level < was->kyc_level)
        return REASON_KYC_LEVEL;
    if (is->kyc_expiry_ns <= r->time_ns)
        return REASON_KYC_EXPIRED;
    if (is->country != was->country)
        return REASON_JURISDICTION;
    return is->investor_class != was->investor_class ? REASON_INVESTOR_CLASS : 0;
}

uint16_t
ref_rules_narrow(const struct command_instrument_rules *was,
                 const struct command_instrument_rules *is)
{
    if (is->min_kyc_level > was->min_kyc_level)
        return REASON_KYC_LEVEL;
    if (is->country_mode_buy != was->country_mode_buy ||
        is->country_mode_sell != was->country_mode_sell ||
        memcmp(is->countries, was->countries, sizeof(is->countries)) != 0)
        return REASON_JURISDICTION;
    return is->class_mask_buy != was->class_mask_buy || is->class_mask_sell != was->class_mask_sell
               ? REASON_INVESTOR_CLASS
               : 0;
}
