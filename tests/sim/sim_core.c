/* The core against the plain reference of tests/ref, with random commands: after each, what the
 * core says and what the reference says must be the same lines; now and then all balances and open
 * orders are compared, and the core is saved and loaded into a second one, which from then on must
 * emit the same bytes. A second part gives the core pools so small that they are full most of the
 * time, and compares it with itself only.
 *
 *   sim_core [--seed N [--commands N]] */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/check.h"
#include "engine/model/reason.h"
#include "tests/ref/ref_venue.h"
#include "tests/support/core_fixture.h"
#include "tests/support/seed.h"

enum { IDS = 256, TEXT = 1 << 20, INSTRUMENT_CNT = 3, CLIENT_CNT = 4 };

struct sim {
    struct venue a, b;     /* b was loaded from a, or began with it */
    struct ref_venue *ref; /* NULL in the second part */
    struct seed seed;
    char ids[IDS][CLIENT_ID_MAX + 1]; /* recent ones, of any account */
    uint32_t owners[IDS];
    uint32_t closed; /* instrument to be opened again, 99 = the venue; 0 = none */
    uint64_t reasons[128];
    uint64_t id_cnt;
    uint64_t parked[IDS];
    uint32_t parked_cnt;
    union any_command last; /* for retries */
    char *text;
    size_t text_bytes;
    uint64_t fills, rejects, continues;
};

static uint64_t
below(struct sim *s, uint64_t n)
{
    return seed_below(&s->seed, n);
}

static bool
one_in(struct sim *s, uint64_t n)
{
    return below(s, n) == 0;
}

/* --- what the core said, as lines --- */

static void say(struct sim *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void
say(struct sim *s, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(s->text + s->text_bytes, TEXT - s->text_bytes, format, args);
    va_end(args);
    CHECK(n >= 0 && (size_t)n < TEXT - s->text_bytes);
    s->text_bytes += (size_t)n;
}

static const char *
text_of(const struct client_id *id)
{
    static char text[4][CLIENT_ID_MAX + 1];
    static int n;
    char *t = text[n++ & 3];
    memset(t, 0, CLIENT_ID_MAX + 1);
    memcpy(t, id->text, id->length);
    return t;
}

static void
say_book(struct sim *s, const char *what, const struct event_book *e)
{
    say(s, "%s side %d price %lld lots %lld level %lld of %u\n", what, e->side,
        (long long)e->price_units, (long long)e->qty_lots, (long long)e->level_lots,
        e->level_orders);
}

static void
say_order(struct sim *s, const struct event_order *e)
{
    switch (e->ev.rec.type) {
    case EVENT_ORDER_ACCEPTED:
        say(s, "accepted %s hold %lld\n", text_of(&e->id), (long long)e->hold_units);
        if (e->status == ORD_STATUS_PARKED && s->parked_cnt < IDS)
            s->parked[s->parked_cnt++] = e->order_id;
        break;
    case EVENT_ORDER_CANCELED:
        say(s, "canceled %s reason %u status %u cum %lld\n",
            text_of(e->orig.length ? &e->orig : &e->id), e->reason, e->status,
            (long long)e->cum_lots);
        for (uint32_t i = 0; i < s->parked_cnt; i++) {
            if (s->parked[i] == e->order_id)
                s->parked[i] = s->parked[--s->parked_cnt];
        }
        break;
    case EVENT_ORDER_REPLACED:
        say(s, "replaced %s was %s price %lld qty %lld hold %lld\n", text_of(&e->id),
            text_of(&e->orig), (long long)e->price_units, (long long)e->qty_lots,
            (long long)e->hold_units);
        break;
    case EVENT_ORDER_STATUS:
        say(s, "status %u qty %lld cum %lld\n", e->status, (long long)e->qty_lots,
            (long long)e->cum_lots);
        break;
    default:
        say(s, "released %s\n", text_of(&e->id));
        break;
    }
}

static void
say_event(struct sim *s, const union any_event *e)
{
    switch (e->ev.rec.type) {
    case EVENT_ORDER_REJECTED:
    case EVENT_CANCEL_REJECTED:
        say(s, "refused %u\n", e->reject.reason);
        s->rejects++;
        s->reasons[e->reject.reason & 127]++;
        break;
    case EVENT_COMMAND_RESULT:
        say(s, "result %u\n", e->reject.reason);
        break;
    case EVENT_ORDER_ACCEPTED:
    case EVENT_ORDER_CANCELED:
    case EVENT_ORDER_REPLACED:
    case EVENT_ORDER_STATUS:
    case EVENT_ORDER_RELEASED:
        say_order(s, &e->order);
        break;
    case EVENT_FILL: {
        const struct event_fill *f = &e->fill;
        bool buys = f->aggressor == SIDE_BUY;
        say(s, "fill maker %s taker %s price %lld lots %lld cash %lld fees %lld %lld\n",
            text_of(buys ? &f->sell.id : &f->buy.id), text_of(buys ? &f->buy.id : &f->sell.id),
            (long long)f->price_units, (long long)f->qty_lots, (long long)f->notional_units,
            (long long)f->buy.fee_units, (long long)f->sell.fee_units);
        s->fills++;
        break;
    }
    case EVENT_BOOK_ADD:
        say_book(s, "add", &e->book);
        break;
    case EVENT_BOOK_CHANGE:
        say_book(s, "change", &e->book);
        break;
    case EVENT_BOOK_DELETE:
        say_book(s, "delete", &e->book);
        break;
    case EVENT_POSTING:
        say(s, "posting %lld\n", (long long)e->posting.amount_units);
        break;
    default:
        break;
    }
}

/* --- applying and comparing --- */

static int
by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sorts the lines of a text, where the order is not fixed by rules (all accounts at once). Level
 * figures depend on that order and are cut off. */
static void
sort_lines(char *text)
{
    static char *lines[1 << 16];
    size_t cnt = 0;
    char *copy = strdup(text), *at = copy;
    for (char *line; (line = strsep(&at, "\n")) != NULL && *line != '\0';) {
        char *level = strstr(line, " level ");
        if (level != NULL)
            *level = '\0';
        lines[cnt++] = line;
    }
    qsort(lines, cnt, sizeof(lines[0]), by_text);
    text[0] = '\0';
    for (size_t i = 0; i < cnt; i++) {
        memcpy(text, lines[i], strlen(lines[i]));
        text += strlen(lines[i]);
        *text++ = '\n';
    }
    *text = '\0';
    free(copy);
}

static void
apply_both(struct sim *s, union any_command *x)
{
    union any_command y = *x;
    venue_apply(&s->a, x);
    venue_apply(&s->b, &y);
    CHECK(s->a.out_bytes == s->b.out_bytes && memcmp(s->a.out, s->b.out, s->a.out_bytes) == 0,
          "command %" PRIu64 " of type %s differs after loading", s->a.seq,
          command_name(x->cmd.rec.type));
    for (uint32_t i = 0; i < s->a.cnt; i++)
        say_event(s, s->a.events[i]);
}

static void
apply(struct sim *s, union any_command *x, bool any_order)
{
    s->text_bytes = 0;
    s->text[0] = '\0';
    apply_both(s, x);
    while (core_work_pending(s->a.core)) {
        union any_command more;
        venue_command(&more, COMMAND_CONTINUE);
        apply_both(s, &more);
        s->continues++;
    }
    if (s->ref == NULL)
        return;
    ref_apply(s->ref, &x->cmd);
    if (any_order) {
        sort_lines(s->text);
        sort_lines(s->ref->text);
    }
    if (strcmp(s->text, s->ref->text) != 0) {
        printf("command %" PRIu64 " %s of account %u\ncore:\n%sreference:\n%s", s->a.seq,
               command_name(x->cmd.rec.type), x->cmd.account_id, s->text, s->ref->text);
        exit(1);
    }
}

static void
same_balance(void *arg, const struct core_balance *b)
{
    const struct ref_venue *r = arg;
    for (uint32_t a = 0; a < r->account_cnt; a++) {
        for (uint32_t i = 0; i < r->asset_cnt; i++) {
            if (r->account_ids[a] != b->account_id || r->asset_ids[i] != b->asset_id)
                continue;
            const struct ref_balance *x = &r->balances[a][i];
            CHECK(x->settled == b->settled_units && x->held == b->held_units &&
                      x->in == b->pending_in_units && x->out == b->pending_out_units,
                  "account %u asset %u", b->account_id, b->asset_id);
        }
    }
}

static void
count_orders(void *arg, const struct core_order *o)
{
    int64_t *sums = arg;
    sums[0]++;
    sums[1] += o->leaves_lots;
    sums[2] += o->hold_units;
}

static void
compare_state(struct sim *s)
{
    int64_t theirs[3] = {0}, ours[3] = {0};
    venue_check_sums(&s->a);
    if (s->ref == NULL)
        return;
    core_each_balance(s->a.core, same_balance, s->ref);
    core_each_order(s->a.core, count_orders, ours);
    for (uint32_t i = 0; i < s->ref->order_cnt; i++) {
        const struct ref_order *o = &s->ref->orders[i];
        if (!o->open)
            continue;
        theirs[0]++;
        theirs[1] += o->qty - o->cum;
        theirs[2] += o->hold;
    }
    CHECK(memcmp(ours, theirs, sizeof(ours)) == 0, "open orders differ");
}

/* b becomes what a's bytes say. */
static void
reload(struct sim *s)
{
    struct error err = {0};
    size_t bytes = core_save(s->a.core, NULL, 0);
    size_t other = core_save(s->b.core, NULL, 0);
    uint8_t *saved = malloc(bytes), *again = malloc(other);
    CHECK(saved != NULL && again != NULL && bytes == other);
    CHECK(core_save(s->a.core, saved, bytes) == bytes);
    CHECK(core_save(s->b.core, again, other) == other);
    CHECK(memcmp(saved, again, bytes) == 0, "equal states, different bytes");
    memset(s->b.memory, 0, s->b.memory_bytes);
    s->b.core = core_init(s->b.memory, &s->b.genesis, NULL);
    int rc = core_load(s->b.core, saved, bytes, &err);
    CHECK(rc == 0, "%s", err.text);
    free(saved);
    free(again);
}

/* --- commands by chance --- */

static uint32_t
some_account(struct sim *s)
{
    return one_in(s, 200) ? 77 : (uint32_t)below(s, CLIENT_CNT) + 1;
}

static void
new_id(struct sim *s, struct client_id *id, uint32_t owner)
{
    char *text = s->ids[s->id_cnt % IDS];
    s->owners[s->id_cnt % IDS] = owner;
    (void)snprintf(text, CLIENT_ID_MAX, "o%" PRIu64, s->id_cnt);
    s->id_cnt++;
    venue_id(id, text);
}

static void
old_id(struct sim *s, struct client_id *id, uint32_t *owner)
{
    uint64_t known = s->id_cnt < IDS ? s->id_cnt : IDS;
    uint64_t at = known == 0 ? 0 : below(s, known);
    venue_id(id, known == 0 ? "none" : s->ids[at]);
    if (!one_in(s, 30))
        *owner = s->owners[at];
}

static void
random_new(struct sim *s, union any_command *x)
{
    static const uint8_t tifs[] = {TIF_GTC, TIF_GTC, TIF_GTC, TIF_DAY, TIF_DAY, TIF_IOC, TIF_FOK};
    venue_command(x, COMMAND_ORDER_NEW);
    struct command_order_new *o = &x->order;
    x->cmd.account_id = some_account(s);
    if (one_in(s, 50))
        old_id(s, &x->cmd.id, &x->cmd.account_id);
    else
        new_id(s, &x->cmd.id, x->cmd.account_id);
    o->instrument_id = one_in(s, 300) ? 99 : (uint32_t)below(s, INSTRUMENT_CNT) + 1;
    o->side = one_in(s, 300) ? 3 : one_in(s, 2) ? SIDE_BUY : SIDE_SELL;
    o->ord_type = one_in(s, 12) ? ORD_MARKET : one_in(s, 400) ? ORD_PEGGED : ORD_LIMIT;
    o->time_in_force = one_in(s, 400) ? TIF_GTD : tifs[below(s, sizeof(tifs))];
    int64_t away = (int64_t)below(s, 60) - 18;
    o->price_units = 5 * (1000 + (o->side == SIDE_BUY ? -away : away));
    o->qty_lots = 1 + (int64_t)below(s, one_in(s, 40) ? 3000 : 40);
    if (o->ord_type == ORD_MARKET)
        o->price_units = 0;
    if (one_in(s, 80))
        o->price_units += 1; /* off the tick of some */
    if (one_in(s, 400))
        o->qty_lots = one_in(s, 2) ? INT64_MAX / (int64_t)(1 + below(s, 100000)) : 0;
    if (one_in(s, 10))
        o->exec_inst = EXEC_POST_ONLY;
    if (one_in(s, 25))
        o->exec_inst |= EXEC_HOLD_PARK;
}

static void
random_replace(struct sim *s, union any_command *x)
{
    venue_command(x, COMMAND_ORDER_REPLACE);
    x->cmd.account_id = some_account(s);
    old_id(s, &x->replace.orig, &x->cmd.account_id);
    if (!one_in(s, 10))
        new_id(s, &x->cmd.id, x->cmd.account_id);
    if (one_in(s, 2))
        x->replace.price_units = 5 * (970 + (int64_t)below(s, 60));
    if (one_in(s, 2))
        x->replace.qty_lots = (int64_t)below(s, 60);
}

static void
random_money(struct sim *s, union any_command *x)
{
    char id[CLIENT_ID_MAX];
    (void)snprintf(id, sizeof(id), "m%" PRIu64, s->a.seq);
    if (one_in(s, 3)) {
        venue_command(x, COMMAND_SETTLE);
        x->settle.asset_id = one_in(s, 2) ? VENUE_USD : VENUE_BTC;
        x->settle.in_units = (int64_t)below(s, 30);
        x->settle.out_units = 1 + (int64_t)below(s, 30);
    } else {
        venue_command(x, one_in(s, 2) ? COMMAND_DEPOSIT : COMMAND_TRANSFER);
        x->money.asset_id = one_in(s, 2) ? VENUE_USD : VENUE_BTC;
        x->money.amount_units = 1 + (int64_t)below(s, 3000000);
        if (one_in(s, 30))
            x->money.amount_units = INT64_MAX / 2;
        x->money.to_account_id = 4;
    }
    x->cmd.account_id = (uint32_t)below(s, CLIENT_CNT - 1) + 1;
    x->cmd.actor_id = VENUE_BOSS;
    venue_id(&x->cmd.id, id);
}

static bool
random_rare(struct sim *s, union any_command *x)
{
    switch (below(s, 6)) {
    case 0:
        venue_command(x, COMMAND_MASS_CANCEL);
        x->cmd.account_id = one_in(s, 4) ? 0 : (uint32_t)below(s, CLIENT_CNT) + 1;
        x->cmd.actor_id = VENUE_BOSS;
        x->mass_cancel.instrument_id = (uint32_t)below(s, INSTRUMENT_CNT + 1);
        x->mass_cancel.side = (uint8_t)below(s, 3);
        return x->cmd.account_id == 0;
    case 1:
        venue_command(x, COMMAND_TRADING_STATE);
        x->cmd.actor_id = VENUE_BOSS;
        x->trading_state.instrument_id = (uint32_t)below(s, INSTRUMENT_CNT) + 1;
        x->trading_state.state = one_in(s, 2) ? TRADING_HALTED : TRADING_CLOSED;
        s->closed = x->trading_state.instrument_id;
        return false;
    case 2:
        venue_command(x, COMMAND_REFERENCE_PRICE);
        x->cmd.actor_id = VENUE_BOSS;
        x->reference.instrument_id = (uint32_t)below(s, INSTRUMENT_CNT) + 1;
        x->reference.price_units = 4900 + (int64_t)below(s, 200);
        return false;
    case 3:
        venue_command(x, COMMAND_MODE);
        x->cmd.actor_id = VENUE_BOSS;
        x->mode.mode = MODE_CANCEL_ONLY;
        s->closed = 99;
        return false;
    default:
        venue_command(x, COMMAND_TICK);
        s->a.time_ns += (int64_t)below(s, 40000) * 1000000000;
        s->b.time_ns = s->a.time_ns;
        x->cmd.time_ns = s->a.time_ns;
        return true;
    }
}

static void
open_again(struct sim *s, union any_command *x)
{
    venue_command(x, s->closed == 99 ? COMMAND_MODE : COMMAND_TRADING_STATE);
    x->cmd.actor_id = VENUE_BOSS;
    if (s->closed == 99) {
        x->mode.mode = MODE_NORMAL;
    } else {
        x->trading_state.instrument_id = s->closed;
        x->trading_state.state = TRADING_OPEN;
    }
    s->closed = 0;
}

/* Returns whether the lines may come in any order. */
static bool
random_command(struct sim *s, union any_command *x)
{
    uint64_t dice = below(s, 1000);
    if (s->closed != 0 && one_in(s, 10))
        open_again(s, x);
    else if (dice < 10 && s->last.cmd.rec.type != 0) {
        *x = s->last; /* a retry */
        x->cmd.time_ns = 0;
    } else if (dice < 520) {
        random_new(s, x);
        s->last = *x;
    } else if (dice < 800) {
        venue_command(x, COMMAND_ORDER_CANCEL);
        x->cmd.account_id = some_account(s);
        old_id(s, &x->cancel.orig, &x->cmd.account_id);
    } else if (dice < 930) {
        random_replace(s, x);
        s->last = *x;
    } else if (dice < 960) {
        random_money(s, x);
    } else if (dice < 985 && s->parked_cnt > 0) {
        uint32_t i = (uint32_t)below(s, s->parked_cnt);
        venue_command(x, COMMAND_ORDER_DECIDE);
        x->cmd.actor_id = VENUE_BOSS;
        x->decide.order_id = s->parked[i];
        x->decide.release = !one_in(s, 3);
        x->decide.reason = x->decide.release ? 0 : REASON_BY_OPERATOR;
        if (x->decide.release)
            s->parked[i] = s->parked[--s->parked_cnt];
    } else if (dice < 990 && s->closed == 0) {
        return random_rare(s, x);
    } else {
        venue_command(x, COMMAND_TICK);
        s->a.time_ns += 1000000000;
        s->b.time_ns = s->a.time_ns;
    }
    return false;
}

/* --- the run --- */

static void
define_instrument(struct sim *s, uint32_t id, union any_command *x)
{
    venue_instrument_set(x);
    x->cmd.actor_id = VENUE_BOSS;
    x->instrument.instrument_id = id;
    x->instrument.tick_units = 5;
    x->instrument.max_price_units = 1000000;
    x->instrument.maker_ppm = 1000;
    x->instrument.taker_ppm = 2500;
    if (id == 2) { /* what divides badly, a minimum fee, and the maker pays more */
        x->instrument.price_scale = 4;
        x->instrument.maker_ppm = 3000;
        x->instrument.taker_ppm = 0;
        x->instrument.fee_min_units = 3;
    }
    if (id == 3) {
        x->instrument.settle_cycle = 2;
        x->instrument.lot_units = 7;
        x->instrument.min_qty_lots = 2;
    }
    (void)s;
}

static void
settle_venue(struct sim *s, const struct command_genesis *g)
{
    union any_command x, y;
    struct venue *both[2] = {&s->a, &s->b};
    for (int i = 0; i < 2; i++) {
        venue_open(both[i], g, NULL);
        for (uint32_t id = 2; id <= INSTRUMENT_CNT; id++) {
            define_instrument(s, id, &x);
            venue_apply(both[i], &x);
        }
        define_instrument(s, 1, &x);
        venue_apply(both[i], &x);
    }
    if (s->ref == NULL)
        return;
    ref_init(s->ref, &s->a.genesis, VENUE_T0);
    venue_command(&y, COMMAND_ASSET);
    y.asset.asset_id = VENUE_USD;
    y.asset.scale = 2;
    ref_apply(s->ref, &y.cmd);
    y.asset.asset_id = VENUE_BTC;
    y.asset.scale = 0;
    ref_apply(s->ref, &y.cmd);
    static const uint32_t accounts[] = {VENUE_FEES, VENUE_ISSUE, 1, 2, 3, 4};
    for (size_t i = 0; i < sizeof(accounts) / sizeof(accounts[0]); i++) {
        venue_command(&y, COMMAND_ACCOUNT);
        y.cmd.account_id = accounts[i];
        ref_apply(s->ref, &y.cmd);
        for (uint32_t asset = 1; i >= 2 && asset <= 2; asset++) {
            venue_command(&y, COMMAND_DEPOSIT);
            y.cmd.account_id = accounts[i];
            y.money.asset_id = asset;
            y.money.amount_units = VENUE_START_UNITS;
            ref_apply(s->ref, &y.cmd);
        }
    }
    for (uint32_t id = 1; id <= INSTRUMENT_CNT; id++) {
        define_instrument(s, id, &y);
        ref_apply(s->ref, &y.cmd);
    }
}

static void
run(struct sim *s, const struct command_genesis *g, uint64_t commands)
{
    settle_venue(s, g);
    s->fills = s->rejects = s->continues = 0;
    for (uint64_t n = 0; n < commands; n++) {
        union any_command x;
        bool any_order = random_command(s, &x);
        apply(s, &x, any_order);
        if (one_in(s, 100))
            compare_state(s);
        if (one_in(s, 500))
            reload(s);
        if (s->ref != NULL && s->ref->order_cnt > REF_ORDER_MAX / 4)
            ref_compact(s->ref);
    }
    compare_state(s);
    reload(s);
    printf("%" PRIu64 " commands, %" PRIu64 " fills, %" PRIu64 " refused, %" PRIu64
           " continued: %s\n",
           commands, s->fills, s->rejects, s->continues,
           s->ref != NULL ? "as the reference says" : "small pools, same bytes");
    for (uint32_t i = 0; i < 128; i++) {
        if (s->reasons[i] != 0)
            printf("  %" PRIu64 " %s\n", s->reasons[i], reason_name(i));
    }
    CHECK(s->fills > 0 && s->rejects > 0);
    venue_close(&s->a);
    venue_close(&s->b);
}

int
main(int argc, char **argv)
{
    uint64_t commands = count_from_env("ASSAY_SIM_COMMANDS", 30000);
    if (argc == 5 && strcmp(argv[3], "--commands") == 0)
        commands = strtoull(argv[4], NULL, 10);
    struct sim *s = calloc(1, sizeof(*s));
    struct ref_venue *ref = calloc(1, sizeof(*ref));
    CHECK(s != NULL && ref != NULL);
    s->seed = seed_from_args(argc == 5 ? 3 : argc, argv);
    s->text = malloc(TEXT);
    CHECK(s->text != NULL);
    struct command_genesis g;
    venue_genesis(&g);
    g.order_max = 2000;
    g.client_id_max = 8000;
    g.day_end_s = 61200;
    s->ref = ref;
    run(s, &g, commands);

    struct seed seed = s->seed;
    char *text = s->text;
    memset(s, 0, sizeof(*s));
    s->seed = seed;
    s->text = text;
    g.order_max = 24;
    g.level_max = 20;
    g.client_id_max = 400;
    run(s, &g, commands);
    free(s->text);
    free(s);
    free(ref);
    return 0;
}
