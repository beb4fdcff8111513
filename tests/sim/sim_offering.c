/* Random offerings: what is subscribed to, changed and taken back is kept in a plain list, and at
 * the end allotted a second time as the rule reads, each remainder looked for and every limit tried
 * as the price. Each subscription must have got just that, and all that was not sold must be
 * free. On the way the core is saved and loaded into a second one, which must say the same.
 *
 *   sim_offering [--seed N [--rounds N]] */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/check.h"
#include "engine/core/core_priv.h"
#include "tests/support/core_fixture.h"
#include "tests/support/seed.h"

enum { SUBS = 600, CLIENTS = 12, ISSUER = 1, FIRST = 10 };

struct sub {
    uint64_t order_id;
    uint32_t account;
    char id[CLIENT_ID_MAX];
    int64_t price, lots;
    int64_t expected, got;
    __int128 remainder;
    bool open;
};

struct sim {
    struct venue a, b; /* b was loaded from a, or began with it */
    struct seed seed;
    struct command_offering terms;
    struct sub subs[SUBS]; /* by time; those that ended stay, not open */
    uint32_t cnt;
    uint64_t id_cnt, sold, offers, refused;
    bool failed;
    uint8_t state; /* last that was told */
    int64_t price; /* of the allotment */
};

static int64_t
below(struct sim *s, int64_t n)
{
    return (int64_t)seed_below(&s->seed, (uint64_t)n);
}

/* --- what the core said --- */

static struct sub *
find(struct sim *s, uint64_t order_id)
{
    for (uint32_t i = 0; i < s->cnt; i++) {
        if (s->subs[i].order_id == order_id && s->subs[i].open)
            return &s->subs[i];
    }
    return NULL;
}

/* Behind all others. */
static void
append(struct sim *s, const struct event_order *e)
{
    CHECK(s->cnt < SUBS);
    struct sub *x = &s->subs[s->cnt++];
    *x = (struct sub){.order_id = e->order_id,
                      .account = e->account_id,
                      .price = e->price_units,
                      .lots = e->qty_lots,
                      .open = true};
    memcpy(x->id, e->id.text, e->id.length);
}

static void
replaced(struct sim *s, const struct event_order *e)
{
    struct sub *x = find(s, e->order_id);
    CHECK(x != NULL);
    if (e->price_units == x->price && e->qty_lots <= x->lots) {
        x->lots = e->qty_lots;
        memset(x->id, 0, sizeof(x->id));
        memcpy(x->id, e->id.text, e->id.length);
        return;
    }
    x->open = false;
    append(s, e);
}

static void
filled(struct sim *s, const struct event_fill *e)
{
    struct sub *x = find(s, e->buy.order_id);
    CHECK(x != NULL && e->price_units == s->price && e->sell.account_id == ISSUER);
    x->got += e->qty_lots;
    s->sold += (uint64_t)e->qty_lots;
}

static void
note_event(struct sim *s, const union any_event *e)
{
    struct sub *x;
    switch (e->ev.rec.type) {
    case EVENT_ORDER_ACCEPTED:
        if (e->order.side == SIDE_BUY)
            append(s, &e->order);
        break;
    case EVENT_ORDER_REPLACED:
        replaced(s, &e->order);
        break;
    case EVENT_ORDER_CANCELED:
        x = find(s, e->order.order_id);
        if (x != NULL && s->state == OFFERING_OPEN)
            x->open = false;
        break;
    case EVENT_FILL:
        filled(s, &e->fill);
        break;
    case EVENT_OFFERING:
        s->state = e->offering.state;
        s->price = e->offering.price_units;
        break;
    default:
        s->refused += e->ev.rec.type == EVENT_ORDER_REJECTED;
        break;
    }
}

/* --- applying, saving, loading --- */

static void
apply_both(struct sim *s, union any_command *x)
{
    union any_command y = *x;
    venue_apply(&s->a, x);
    venue_apply(&s->b, &y);
    CHECK(s->a.out_bytes == s->b.out_bytes && memcmp(s->a.out, s->b.out, s->a.out_bytes) == 0,
          "command %" PRIu64 " differs after loading", s->a.seq);
    core_check(s->a.core);
}

/* b becomes what a's bytes say. */
static void
reload(struct sim *s)
{
    struct error err = {0};
    size_t bytes = core_save(s->a.core, NULL, 0);
    uint8_t *saved = malloc(bytes);
    CHECK(saved != NULL && core_save(s->a.core, saved, bytes) == bytes);
    memset(s->b.memory, 0, s->b.memory_bytes);
    s->b.core = core_init(s->b.memory, &s->b.genesis, NULL);
    int rc = core_load(s->b.core, saved, bytes, &err);
    CHECK(rc == 0, "%s", err.text);
    CHECK(core_next_due_ns(s->a.core) == core_next_due_ns(s->b.core));
    free(saved);
}

static void
note_all(struct sim *s)
{
    for (uint32_t i = 0; i < s->a.cnt; i++)
        note_event(s, s->a.events[i]);
}

static void
apply(struct sim *s, union any_command *x)
{
    apply_both(s, x);
    note_all(s);
    while (core_work_pending(s->a.core)) {
        union any_command more;
        if (below(s, 4) == 0)
            reload(s);
        venue_command(&more, COMMAND_CONTINUE);
        apply_both(s, &more);
        note_all(s);
    }
}

/* --- within the window --- */

static void
new_id(struct sim *s, struct client_id *id)
{
    char text[CLIENT_ID_MAX];
    (void)snprintf(text, sizeof(text), "o%" PRIu64, s->id_cnt++);
    venue_id(id, text);
}

static struct sub *
some_open(struct sim *s)
{
    for (int tries = 0; s->cnt > 0 && tries < 10; tries++) {
        struct sub *x = &s->subs[below(s, s->cnt)];
        if (x->open)
            return x;
    }
    return NULL;
}

static int64_t
some_price(struct sim *s)
{
    return s->terms.low_units + below(s, s->terms.high_units - s->terms.low_units + 1) +
           (below(s, 40) == 0 ? 5 : 0);
}

static int64_t
some_lots(struct sim *s)
{
    return 1 + below(s, below(s, 10) == 0 ? 400 : 40);
}

static void
random_step(struct sim *s, union any_command *x)
{
    const struct sub *old = some_open(s);
    int64_t dice = below(s, 10);
    if (old == NULL || dice < 7) {
        venue_command(x, COMMAND_ORDER_NEW);
        x->cmd.account_id = (uint32_t)(FIRST + below(s, CLIENTS));
        new_id(s, &x->cmd.id);
        x->order.instrument_id = VENUE_BTC_USD;
        x->order.side = SIDE_BUY;
        x->order.ord_type = ORD_LIMIT;
        x->order.time_in_force = TIF_GTC;
        x->order.exec_inst = EXEC_OFFERING;
        x->order.price_units = some_price(s);
        x->order.qty_lots = some_lots(s);
        return;
    }
    venue_command(x, dice == 7 ? COMMAND_ORDER_CANCEL : COMMAND_ORDER_REPLACE);
    x->cmd.account_id = old->account;
    if (dice == 7) {
        venue_id(&x->cancel.orig, old->id);
        return;
    }
    new_id(s, &x->cmd.id);
    venue_id(&x->replace.orig, old->id);
    x->replace.instrument_id = VENUE_BTC_USD;
    x->replace.price_units = below(s, 2) == 0 ? 0 : some_price(s);
    x->replace.qty_lots = below(s, 2) == 0 ? 0 : some_lots(s);
}

/* What stands is within the terms, and what an account has within its cap. */
static void
check_terms(const struct sim *s)
{
    int64_t of[CLIENTS] = {0};
    for (uint32_t i = 0; i < s->cnt; i++) {
        const struct sub *x = &s->subs[i];
        if (!x->open)
            continue;
        of[x->account - FIRST] += x->lots;
        CHECK(x->price >= s->terms.low_units && x->price <= s->terms.high_units);
        CHECK(x->lots >= s->terms.min_lots);
        CHECK(s->terms.max_lots == 0 || x->lots <= s->terms.max_lots);
    }
    for (int i = 0; i < CLIENTS; i++)
        CHECK(s->terms.cap_lots == 0 || of[i] <= s->terms.cap_lots);
}

/* --- the rule, as it reads --- */

static int64_t
demand(const struct sim *s, int64_t price)
{
    int64_t lots = 0;
    for (uint32_t i = 0; i < s->cnt; i++)
        lots += s->subs[i].open && s->subs[i].price >= price ? s->subs[i].lots : 0;
    return lots;
}

static int64_t
the_price(const struct sim *s)
{
    int64_t best = s->terms.low_units;
    for (uint32_t i = 0; i < s->cnt; i++) {
        int64_t price = s->subs[i].price;
        if (s->subs[i].open && price > best && demand(s, price) >= s->terms.total_lots)
            best = price;
    }
    return best;
}

/* The largest remainder that has nothing yet, the earliest of several. */
static struct sub *
next_remainder(struct sim *s, int64_t price)
{
    struct sub *best = NULL;
    for (uint32_t i = 0; i < s->cnt; i++) {
        struct sub *x = &s->subs[i];
        if (x->open && x->price == price && x->remainder > 0 &&
            (best == NULL || x->remainder > best->remainder))
            best = x;
    }
    CHECK(best != NULL);
    return best;
}

static void
share(struct sim *s, int64_t price, int64_t rest, int64_t at)
{
    int64_t left = rest;
    for (uint32_t i = 0; i < s->cnt; i++) {
        struct sub *x = &s->subs[i];
        if (!x->open || x->price != price)
            continue;
        if (s->terms.method == OFFERING_BY_TIME) {
            x->expected = x->lots < left ? x->lots : left;
        } else {
            x->expected = (int64_t)((__int128)x->lots * rest / at);
            x->remainder = (__int128)x->lots * rest % at;
        }
        left -= x->expected;
    }
    for (; s->terms.method == OFFERING_PRO_RATA && left > 0; left--) {
        struct sub *x = next_remainder(s, price);
        x->expected++;
        x->remainder = 0;
    }
}

/* What each should get. */
static void
reckon(struct sim *s)
{
    int64_t minimum = s->terms.min_total_lots > 0 ? s->terms.min_total_lots : 1;
    s->failed = demand(s, s->terms.low_units) < minimum;
    if (s->failed)
        return;
    int64_t price = the_price(s), above = demand(s, price + 1), at = demand(s, price) - above;
    for (uint32_t i = 0; i < s->cnt; i++) {
        if (s->subs[i].open && s->subs[i].price > price)
            s->subs[i].expected = s->subs[i].lots;
    }
    int64_t rest = s->terms.total_lots - above;
    if (at > 0)
        share(s, price, rest < at ? rest : at, at);
}

/* --- a round --- */

static void
begin(struct sim *s)
{
    union any_command x;
    venue_command(&x, COMMAND_OFFERING);
    x.cmd.actor_id = VENUE_BOSS;
    x.cmd.account_id = ISSUER;
    new_id(s, &x.cmd.id);
    x.offering.instrument_id = VENUE_BTC_USD;
    x.offering.action = OFFERING_BEGIN;
    x.offering.method = (uint8_t)(OFFERING_PRO_RATA + below(s, 2));
    x.offering.low_units = 10 + below(s, 20);
    x.offering.high_units = x.offering.low_units + (below(s, 2) == 0 ? 0 : below(s, 8));
    x.offering.total_lots = 1 + below(s, below(s, 3) == 0 ? 20000 : 2000);
    x.offering.min_total_lots = below(s, 3) == 0 ? 1 + below(s, x.offering.total_lots) : 0;
    x.offering.min_lots = below(s, 3) == 0 ? 1 + below(s, 3) : 0;
    x.offering.max_lots = below(s, 3) == 0 ? 20 + below(s, 100) : 0;
    x.offering.cap_lots = below(s, 3) == 0 ? 20 + below(s, 300) : 0;
    x.offering.until_ns = s->a.time_ns + 1000000000;
    if (x.offering.min_lots > x.offering.total_lots)
        x.offering.min_lots = 0;
    s->terms = x.offering;
    s->cnt = 0;
    apply(s, &x);
    CHECK(s->state == OFFERING_OPEN && venue_reason(&s->a) == 0);
}

/* Everybody has what is expected, nothing is held, and the issuer has what is left. */
static void
check_end(struct sim *s, int64_t before)
{
    int64_t sold = 0;
    for (uint32_t i = 0; i < s->cnt; i++) {
        const struct sub *x = &s->subs[i];
        CHECK(x->got == x->expected, "%s of %u: %" PRId64 " of %" PRId64 ", not %" PRId64, x->id,
              x->account, x->got, x->lots, x->expected);
        sold += x->got;
    }
    struct core_balance issuer = venue_balance(&s->a, ISSUER, VENUE_BTC);
    CHECK(issuer.settled_units == before - sold && issuer.held_units == 0);
    for (uint32_t i = 0; i < CLIENTS; i++)
        CHECK(venue_balance(&s->a, FIRST + i, VENUE_USD).held_units == 0);
    CHECK(venue_open_orders(&s->a) == 0);
    venue_check_sums(&s->a);
}

static void
round_of(struct sim *s)
{
    union any_command x;
    int64_t before = venue_balance(&s->a, ISSUER, VENUE_BTC).settled_units;
    begin(s);
    for (int64_t n = below(s, SUBS / 2 - 10); n > 0; n--) {
        random_step(s, &x);
        apply(s, &x);
        if (below(s, 50) == 0)
            reload(s);
    }
    check_terms(s);
    bool withdrawn = below(s, 10) == 0;
    if (!withdrawn)
        reckon(s);
    venue_command(&x, withdrawn ? COMMAND_OFFERING : COMMAND_TICK);
    if (withdrawn) {
        x.cmd.actor_id = VENUE_BOSS;
        new_id(s, &x.cmd.id);
        x.offering.instrument_id = VENUE_BTC_USD;
        x.offering.action = OFFERING_WITHDRAW;
    }
    s->a.time_ns += withdrawn ? 0 : 2000000000;
    s->b.time_ns = s->a.time_ns;
    apply(s, &x);
    CHECK(s->state == (withdrawn   ? OFFERING_WITHDRAWN
                       : s->failed ? OFFERING_FAILED
                                   : OFFERING_ALLOTTED));
    check_end(s, before);
    s->offers++;
}

static void
settle_venue(struct sim *s, const struct command_genesis *g)
{
    struct venue *both[2] = {&s->a, &s->b};
    for (int i = 0; i < 2; i++) {
        venue_open(both[i], g, NULL);
        venue_deposit(both[i], ISSUER, VENUE_BTC, 1000000000);
        for (uint32_t k = 0; k < CLIENTS; k++) {
            venue_add_account(both[i], FIRST + k, 1);
            venue_deposit(both[i], FIRST + k, VENUE_USD, 1000000000);
        }
        venue_state(both[i], TRADING_CLOSED);
    }
}

int
main(int argc, char **argv)
{
    uint64_t rounds = count_from_env("ASSAY_OFFERING_ROUNDS", 25);
    if (argc == 5 && strcmp(argv[3], "--rounds") == 0)
        rounds = strtoull(argv[4], NULL, 10);
    struct sim *s = calloc(1, sizeof(*s));
    CHECK(s != NULL);
    s->seed = seed_from_args(argc == 5 ? 3 : argc, argv);
    struct command_genesis g;
    venue_genesis(&g);
    g.order_max = 1000;
    g.client_id_max = 100000;
    settle_venue(s, &g);
    for (uint64_t i = 0; i < rounds; i++)
        round_of(s);
    printf("%" PRIu64 " offerings, %" PRIu64 " lots sold, %" PRIu64 " refused: as reckoned\n",
           s->offers, s->sold, s->refused);
    CHECK(s->sold > 0 && s->refused > 0);
    venue_close(&s->a);
    venue_close(&s->b);
    free(s);
    return 0;
}
