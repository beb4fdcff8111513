#include "engine/base/check.h"
#include "risk/risk_priv.h"

/* What a rule looks at. */
struct order_case {
    const struct risk_account *account;
    const struct risk_instrument *rules;
    const struct hook_account *holder;
    const struct hook_instrument *instrument;
    const struct hook_order *order;
    int64_t now_ns;
    uint32_t side_idx; /* 0 buy, 1 sell */
};

struct figures {
    int64_t actual, limit;
};

static bool
status_fails(const struct order_case *c, struct figures *f)
{
    /* A missing profile is the KYC rule's matter; the account's own status counts here too. */
    bool active = !c->account->known || c->account->status == ACCOUNT_ACTIVE;
    f->actual = active ? c->holder->status : c->account->status;
    f->limit = ACCOUNT_ACTIVE;
    return f->actual != ACCOUNT_ACTIVE;
}

static bool
freeze_fails(const struct order_case *c, struct figures *f)
{
    f->actual = c->account->freeze;
    f->limit = c->side_idx == 0 ? FREEZE_BUY : FREEZE_SELL;
    return (f->actual & f->limit) != 0;
}

static bool
kyc_level_fails(const struct order_case *c, struct figures *f)
{
    f->actual = c->account->kyc_level;
    f->limit = c->rules->min_kyc_level;
    if (!c->account->known && f->limit == 0)
        f->limit = 1; /* nothing is known of the holder: below any level */
    return f->actual < f->limit;
}

/* Where neither side names a level there is nothing that could expire. */
static bool
kyc_expiry_fails(const struct order_case *c, struct figures *f)
{
    f->actual = c->account->kyc_expiry_ns;
    f->limit = c->now_ns;
    bool asked = (c->account->kyc_level | c->rules->min_kyc_level) != 0;
    return asked && f->actual <= f->limit;
}

/* A country that is not known is in no set, and not proven to be outside of one either. */
static bool
jurisdiction_fails(const struct order_case *c, struct figures *f)
{
    uint32_t country = c->account->country;
    uint8_t mode = c->rules->country_mode[c->side_idx];
    bool listed = (c->rules->countries[country / 64] >> (country % 64) & 1) != 0;
    f->actual = country;
    f->limit = mode;
    return mode == COUNTRY_ONLY ? !listed : mode == COUNTRY_EXCEPT && (listed || country == 0);
}

static bool
class_fails(const struct order_case *c, struct figures *f)
{
    uint32_t mask = c->rules->class_mask[c->side_idx];
    f->actual = c->account->investor_class;
    f->limit = mask;
    return mask != 0 && (mask >> c->account->investor_class & 1) == 0;
}

static bool
qty_fails(const struct order_case *c, struct figures *f)
{
    f->actual = c->order->lots;
    f->limit = c->rules->max_order_lots;
    return f->limit != 0 && f->actual > f->limit;
}

static bool
value_fails(const struct order_case *c, struct figures *f)
{
    int64_t instrument = c->rules->max_order_value_units;
    int64_t account = c->account->max_order_value_units;
    f->actual = c->order->value_units;
    f->limit = account == 0 || (instrument != 0 && instrument < account) ? instrument : account;
    return f->limit != 0 && f->actual > f->limit;
}

/* Both ways and for both sides. A market order is judged by its cap. Until something has traded the
 * reference price stands in; without either there is nothing to compare with. */
static bool
collar_fails(const struct order_case *c, struct figures *f)
{
    const struct hook_instrument *i = c->instrument;
    int64_t base = i->last_units != 0 ? i->last_units : i->reference_units;
    int64_t price = c->order->price_units != 0 ? c->order->price_units : c->order->cap_units;
    int64_t distance = price < base ? base - price : price - base; /* both are positive */
    __int128 room_ppm = (__int128)base * c->rules->collar_ppm;
    f->actual = price;
    f->limit = 0;
    if (c->rules->collar_ppm == 0 || base == 0 || (__int128)distance * 1000000 <= room_ppm)
        return false;
    int64_t room = (int64_t)(room_ppm / 1000000);
    f->limit = price < base ? base - room : base + room;
    return true;
}

static bool
funds_fail(const struct order_case *c, struct figures *f)
{
    f->actual = c->order->need_units;
    f->limit = c->order->available_units;
    return f->actual > f->limit;
}

static bool
open_orders_fail(const struct order_case *c, struct figures *f)
{
    f->actual = (int64_t)c->holder->open_orders + (c->order->replace == 0);
    f->limit = c->account->max_open_orders;
    return f->limit != 0 && c->order->replace == 0 && f->actual > f->limit;
}

/* attempt() has counted this message already. */
static bool
message_rate_fails(const struct order_case *c, struct figures *f)
{
    f->actual = c->account->rate.total;
    f->limit = c->account->max_messages;
    return f->limit != 0 && f->actual > f->limit;
}

/* The table: the order in which rules decide. X(function, id, name, unit, reason, text) */
#define ADMIT_SWEEP(X)                                                                             \
    X(status_fails, RISK_ACCOUNT_STATUS, "account_status", STATUS, ACCOUNT_NOT_ACTIVE,             \
      "the account is active")                                                                     \
    X(freeze_fails, RISK_FREEZE, "freeze", FREEZE, ACCOUNT_FROZEN,                                 \
      "the account is not frozen for the order's side")                                            \
    X(kyc_level_fails, RISK_KYC_LEVEL, "kyc_level", LEVEL, KYC_LEVEL,                              \
      "the account's KYC level reaches the instrument's")                                          \
    X(kyc_expiry_fails, RISK_KYC_EXPIRY, "kyc_expiry", TIME, KYC_EXPIRED,                          \
      "the account's KYC has not expired")                                                         \
    X(jurisdiction_fails, RISK_JURISDICTION, "jurisdiction", COUNTRY, JURISDICTION,                \
      "the instrument is open to the account's country")                                           \
    X(class_fails, RISK_INVESTOR_CLASS, "investor_class", CLASS, INVESTOR_CLASS,                   \
      "the instrument is open to the account's class")
#define ADMIT_ENTRY(X)                                                                             \
    X(qty_fails, RISK_ORDER_QTY, "max_order_qty", LOTS, MAX_ORDER_QTY,                             \
      "quantity at most the instrument's maximum")                                                 \
    X(value_fails, RISK_ORDER_VALUE, "max_order_value", CASH, MAX_ORDER_VALUE,                     \
      "value at most the smaller of the instrument's and the account's maximum")                   \
    X(collar_fails, RISK_COLLAR, "price_collar", PRICE, PRICE_COLLAR,                              \
      "price within the collar around the last trade")                                             \
    X(funds_fail, RISK_FUNDS, "funds", HOLD, INSUFFICIENT_FUNDS,                                   \
      "the available balance covers the order and its worst fee")                                  \
    X(open_orders_fail, RISK_OPEN_ORDERS, "open_orders", COUNT, MAX_OPEN_ORDERS,                   \
      "open orders, this one included, at most the account's maximum")                             \
    X(message_rate_fails, RISK_MESSAGE_RATE, "message_rate", COUNT, MESSAGE_RATE,                  \
      "messages within the window at most the account's maximum")

#define ROW(fn, number, title, figures, why, words)                                                \
    {.name = title,                                                                                \
     .text = words,                                                                                \
     .reason = REASON_##why,                                                                       \
     .id = number,                                                                                 \
     .unit = RISK_UNIT_##figures,                                                                  \
     .sweep = (number) <= RISK_INVESTOR_CLASS},
static const struct risk_rule ADMIT[] = {ADMIT_SWEEP(ROW) ADMIT_ENTRY(ROW)};

#define FUNCTION(fn, number, title, figures, why, words) fn,
static bool (*const ADMIT_FAILS[])(const struct order_case *c, struct figures *f) = {
    ADMIT_SWEEP(FUNCTION) ADMIT_ENTRY(FUNCTION)};

/* Sums: a number that stood twice would fail the assertion below. */
#define BIT(fn, number, title, figures, why, words) +(UINT64_C(1) << (number))
#define SWEEP_BITS                                  (UINT64_C(0) ADMIT_SWEEP(BIT))
#define ENTRY_BITS                                  (UINT64_C(0) ADMIT_ENTRY(BIT))

enum { ADMIT_CNT = sizeof(ADMIT) / sizeof(ADMIT[0]) };
_Static_assert((SWEEP_BITS | ENTRY_BITS) == (UINT64_C(2) << ADMIT_CNT) - 2,
               "rule n is row n - 1, so that the lowest failed bit is the deciding rule");

static const struct risk_rule MOVE[] = {
    {"move_status",
     "the account that value leaves is not suspended",
     REASON_ACCOUNT_NOT_ACTIVE,
     RISK_MOVE_STATUS,
     RISK_UNIT_STATUS,
     0,
     {0}},
    {"move_freeze",
     "the account that value leaves is not frozen whole",
     REASON_ACCOUNT_FROZEN,
     RISK_MOVE_FREEZE,
     RISK_UNIT_FREEZE,
     0,
     {0}},
    {"move_kyc",
     "a client's account that value leaves has a profile",
     REASON_KYC_LEVEL,
     RISK_MOVE_KYC,
     RISK_UNIT_LEVEL,
     0,
     {0}},
};

enum { MOVE_CNT = sizeof(MOVE) / sizeof(MOVE[0]), ACCOUNT_KIND_CLIENT = 1 };

const struct risk_rule *
risk_rule_at(uint32_t index)
{
    if (index < ADMIT_CNT)
        return &ADMIT[index];
    return index < ADMIT_CNT + MOVE_CNT ? &MOVE[index - ADMIT_CNT] : NULL;
}

const struct risk_rule *
risk_rule_find(uint16_t id)
{
    const struct risk_rule *rule;
    for (uint32_t i = 0; (rule = risk_rule_at(i)) != NULL; i++)
        if (rule->id == id)
            return rule;
    return NULL;
}

/* The lowest failed bit decides; its figures are worked out only then. */
static void
decide(struct decision *d, const struct order_case *c)
{
    uint32_t row = (uint32_t)__builtin_ctzll(d->failed) - 1;
    struct figures f;
    (void)ADMIT_FAILS[row](c, &f);
    d->verdict = VERDICT_REJECT;
    d->rule = ADMIT[row].id;
    d->reason = ADMIT[row].reason;
    d->actual = f.actual;
    d->limit = f.limit;
}

/* Whether every rule passes, by the shortest way to know: what nearly all orders are. It may say no
 * to one that passes, for then the table is asked; it never says yes to one that fails. A limit of
 * 0 is none, so that less one, unsigned, it is above all. */
static inline bool
passes(const struct order_case *c)
{
    const struct risk_account *a = c->account;
    const struct risk_instrument *i = c->rules;
    const struct hook_order *o = c->order;
    uint32_t side_bit = c->side_idx == 0 ? FREEZE_BUY : FREEZE_SELL;
    if (!a->known || a->status != ACCOUNT_ACTIVE || c->holder->status != ACCOUNT_ACTIVE ||
        (a->freeze & side_bit) != 0 || a->kyc_level < i->min_kyc_level ||
        a->kyc_expiry_ns <= c->now_ns)
        return false;
    uint8_t mode = i->country_mode[c->side_idx];
    bool listed = i->countries[a->country / 64] >> (a->country % 64) & 1;
    if (mode != COUNTRY_ANY && (a->country == 0 || listed != (mode == COUNTRY_ONLY)))
        return false;
    uint32_t mask = i->class_mask[c->side_idx];
    if ((mask != 0 && (mask >> a->investor_class & 1) == 0) ||
        (uint64_t)o->lots - 1 > (uint64_t)i->max_order_lots - 1 ||
        (uint64_t)o->value_units > (uint64_t)i->max_order_value_units - 1 ||
        (uint64_t)o->value_units > (uint64_t)a->max_order_value_units - 1 ||
        o->need_units > o->available_units || c->holder->open_orders >= a->max_open_orders - 1 ||
        a->rate.total > a->max_messages - 1)
        return false;
    int64_t base = c->instrument->last_units, room, distance;
    if (i->collar_ppm == 0)
        return true;
    distance = o->price_units - base;
    return base != 0 && o->price_units != 0 &&
           !__builtin_mul_overflow(base, (int64_t)i->collar_ppm, &room) &&
           !__builtin_mul_overflow(distance < 0 ? -distance : distance, 1000000, &distance) &&
           distance <= room;
}

/* By the table. */
static __attribute__((noinline)) void
judge(const struct order_case *c, bool again, struct decision *out)
{
    struct figures unused;
    uint64_t failed = 0;
#define JUDGE(fn, number, title, figures, why, words)                                              \
    failed |= (uint64_t)fn(c, &unused) << (number);
    ADMIT_SWEEP(JUDGE)
    uint64_t evaluated = again ? SWEEP_BITS : SWEEP_BITS | ENTRY_BITS;
    if (!again) {
        ADMIT_ENTRY(JUDGE)
    }
#undef JUDGE
    if ((c->order->exec_inst & EXEC_NEGOTIATED) != 0) /* it has a collar of its own, the core's */
        evaluated &= ~(UINT64_C(1) << RISK_COLLAR);
    if ((c->order->exec_inst & EXEC_OFFERING) != 0 && c->side_idx == 1) /* all of an issue */
        evaluated &= ~(UINT64_C(1) << RISK_ORDER_QTY | UINT64_C(1) << RISK_ORDER_VALUE);
    failed &= evaluated;
    *out = (struct decision){.verdict = VERDICT_ALLOW, .evaluated = evaluated, .failed = failed};
    if (failed != 0)
        decide(out, c);
}

void
risk_admit(const void *self, const struct hook_order *order, struct decision *out)
{
    const struct risk *r = self;
    const struct order_case c = {
        .account = &r->accounts[order->account_idx],
        .rules = &r->instruments[order->instrument_idx],
        .holder = &r->view->accounts[order->account_idx],
        .instrument = &r->view->instruments[order->instrument_idx],
        .order = order,
        .now_ns = r->view->now_ns,
        .side_idx = order->side == SIDE_SELL,
    };
    /* An order that exists and is not being replaced is judged again because its holder or its
     * instrument has changed: by the rules about who may trade, not by those about entering. */
    bool again = order->order_id != 0 && order->replace == 0;
    if (again || (order->exec_inst & EXEC_NEGOTIATED) != 0 || !passes(&c)) {
        judge(&c, again, out);
        return;
    }
#ifdef ASSAY_CHECK_DEAR
    judge(&c, again, out);
    CHECK_DEAR(out->failed == 0, "an order passes and fails rules %llx",
               (unsigned long long)out->failed);
#endif
    *out = (struct decision){.verdict = VERDICT_ALLOW, .evaluated = SWEEP_BITS | ENTRY_BITS};
}

/* Why the account may not trade this side now, whatever the instrument; 0 = it may. */
static inline uint16_t
party_blocked(const struct risk *r, uint32_t account_idx, uint8_t side)
{
    const struct risk_account *a = &r->accounts[account_idx];
    if (a->status != ACCOUNT_ACTIVE || r->view->accounts[account_idx].status != ACCOUNT_ACTIVE)
        return REASON_ACCOUNT_NOT_ACTIVE;
    return (a->freeze & side) != 0 ? REASON_ACCOUNT_FROZEN : REASON_NONE;
}

/* Countries and classes are settled at admission, and by a sweep when they change. What is asked
 * here is whether either holder has been stopped since, before the sweep came to the order. */
uint16_t
risk_pair(const void *self, uint32_t instrument_idx, uint32_t buy_account_idx,
          uint32_t sell_account_idx)
{
    (void)instrument_idx;
    uint16_t reason = party_blocked(self, buy_account_idx, FREEZE_BUY);
    return reason != REASON_NONE ? reason : party_blocked(self, sell_account_idx, FREEZE_SELL);
}

/* Notes the outcome of a rule about moves; the first that fails decides. */
static void
note(struct decision *d, const struct risk_rule *rule, bool fails, int64_t actual, int64_t limit)
{
    d->evaluated |= UINT64_C(1) << rule->id;
    d->failed |= (uint64_t)fails << rule->id;
    if (!fails || d->rule != 0)
        return;
    d->verdict = VERDICT_REJECT;
    d->rule = rule->id;
    d->reason = rule->reason;
    d->actual = actual;
    d->limit = limit;
}

void
risk_move_check(const void *self, const struct hook_move *move, struct decision *out)
{
    const struct risk *r = self;
    *out = (struct decision){.verdict = VERDICT_ALLOW};
    if (move->kind != MOVE_WITHDRAWAL && move->kind != MOVE_TRANSFER)
        return; /* fills answer to admission and pair; the rest is the venue's own */
    const struct risk_account *a = &r->accounts[move->from_account_idx];
    const struct hook_account *holder = &r->view->accounts[move->from_account_idx];
    bool suspended = a->status == ACCOUNT_SUSPENDED || holder->status == ACCOUNT_SUSPENDED;
    note(out, &MOVE[0], suspended, ACCOUNT_SUSPENDED, ACCOUNT_ACTIVE);
    note(out, &MOVE[1], a->freeze == FREEZE_FULL, a->freeze, FREEZE_FULL);
    note(out, &MOVE[2], !a->known && holder->kind == ACCOUNT_KIND_CLIENT, 0, 1);
}
