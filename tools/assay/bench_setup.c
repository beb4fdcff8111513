#include "tools/assay/bench_setup.h"

#include <string.h>

#include "engine/base/check.h"
#include "risk/risk.h"
#include "tools/assay/bench.h"

enum {
    FEE_ACCOUNT = BENCH_CLIENTS + 1,
    ISSUE_ACCOUNT,
    CASH = 1,
};
static const int64_t START_NS = 1700000000ll * 1000000000;
static const int64_t PLENTY = 1ll << 51; /* of each asset in each account; 1,000 of them fit 2^62 */

uint32_t
bench_setup_holder(const struct bench_setup *s, uint32_t instrument_id, uint32_t n)
{
    return (instrument_id * s->size.holders + n % s->size.holders) % BENCH_CLIENTS + 1;
}

void
bench_client_id(struct client_id *id, uint32_t number)
{
    char digits[10];
    uint8_t length = 0;
    do
        digits[length++] = (char)('0' + number % 10);
    while ((number /= 10) != 0);
    for (uint8_t i = 0; i < length; i++)
        id->text[i] = digits[length - 1 - i];
    id->length = length;
}

void
bench_setup_command(struct bench_setup *s, struct command *cmd)
{
    cmd->rec.seq = ++s->seq;
    cmd->time_ns = s->time_ns;
    cmd->flags = COMMAND_FROM_CONFIG;
    size_t bytes = core_apply(s->core, cmd, s->ring);
    const struct event_reject *e = (const void *)s->ring;
    CHECK(bytes > 0 && (e->ev.rec.type != EVENT_COMMAND_RESULT || e->reason == 0), "%s: %s",
          command_name(cmd->rec.type), reason_name(e->reason));
}

static void
add_account(struct bench_setup *s, uint32_t id, uint32_t kind)
{
    struct command_account x;
    command_init(&x.cmd, COMMAND_ACCOUNT);
    x.cmd.account_id = id;
    x.cmd.tenant_id = 1;
    x.owner_group = id;
    x.status = ACCOUNT_ACTIVE;
    x.kind = kind;
    bench_setup_command(s, &x.cmd);
}

static void
add_profile(struct bench_setup *s, uint32_t id)
{
    struct command_account_profile x;
    command_init(&x.cmd, COMMAND_ACCOUNT_PROFILE);
    x.cmd.account_id = id;
    x.status = ACCOUNT_ACTIVE;
    x.kyc_level = 2;
    x.country = country_pack('A', 'U');
    x.investor_class = CLASS_PROFESSIONAL;
    x.kyc_expiry_ns = START_NS + 365 * 86400ll * 1000000000;
    x.max_open_orders = 1000000;
    x.max_messages = 1000000000;
    x.message_window_ns = 1000000000;
    x.max_order_value_units = 1ll << 40;
    bench_setup_command(s, &x.cmd);
}

static void
deposit(struct bench_setup *s, uint32_t account, uint32_t asset)
{
    struct command_money x;
    command_init(&x.cmd, COMMAND_DEPOSIT);
    x.cmd.account_id = account;
    x.asset_id = asset;
    x.amount_units = PLENTY;
    bench_setup_command(s, &x.cmd);
}

static void
add_asset(struct bench_setup *s, uint32_t id, uint8_t scale, uint8_t kind)
{
    struct command_asset x;
    command_init(&x.cmd, COMMAND_ASSET);
    x.asset_id = id;
    x.scale = scale;
    x.kind = kind;
    bench_setup_command(s, &x.cmd);
}

/* Fees and rules as the demo venue's strictest instrument has them; a price in cents, lots of
 * 0.001. */
static void
add_instrument(struct bench_setup *s, uint32_t id)
{
    struct command_instrument x;
    command_init(&x.cmd, COMMAND_INSTRUMENT);
    x.instrument_id = id;
    x.asset_id = CASH + id;
    x.currency_id = CASH;
    x.price_scale = 2;
    x.state = TRADING_OPEN;
    x.tick_units = 1;
    x.lot_units = 1000;
    x.min_qty_lots = 1;
    x.max_price_units = 1ll << 31;
    x.maker_ppm = 500;
    x.taker_ppm = 1000;
    x.protection_ppm = 100000;
    bench_setup_command(s, &x.cmd);
    struct command_instrument_rules r;
    uint16_t barred = country_pack('U', 'S');
    command_init(&r.cmd, COMMAND_INSTRUMENT_RULES);
    r.instrument_id = id;
    r.min_kyc_level = 2;
    r.country_mode_buy = r.country_mode_sell = 2;
    r.countries[barred / 64] |= 1ull << (barred % 64);
    r.class_mask_buy = r.class_mask_sell = 1u << CLASS_PROFESSIONAL | 1u << CLASS_INSTITUTION;
    r.max_order_lots = 1000000;
    r.max_order_value_units = 1ll << 40;
    r.collar_ppm = s->size.collar_ppm;
    bench_setup_command(s, &r.cmd);
}

static void
genesis_fill(struct command_genesis *g, const struct bench_setup_size *size)
{
    uint32_t accounts = BENCH_CLIENTS + 2;
    command_init(&g->cmd, COMMAND_GENESIS);
    g->rules_version = 2;
    g->config_cnt = UINT32_MAX;
    g->asset_max = size->instruments + 1;
    g->instrument_max = size->instruments;
    g->account_max = accounts;
    g->balance_max = accounts + size->instruments * (size->holders + 2);
    g->order_max = g->level_max = size->orders;
    g->client_id_max = size->client_ids > size->orders ? size->client_ids : size->orders + 1;
    g->session_max = g->actor_max = g->proposal_max = g->withdrawal_max = 16;
    g->work_max = 64;
    g->maker_skip_max = 16;
    g->fee_account_id = FEE_ACCOUNT;
    g->issue_account_id = ISSUE_ACCOUNT;
    g->hash_key = 0x9876543210abcdef;
}

int
bench_setup_open(struct bench_setup *s, const struct bench_setup_size *size, struct error *err)
{
    *s = (struct bench_setup){.size = *size};
    genesis_fill(&s->genesis, size);
    int rc = core_check_genesis(&s->genesis, err);
    if (rc < 0)
        return rc;
    s->bytes = core_footprint(&s->genesis, risk_hooks());
    s->memory = bench_memory_take(s->bytes);
    s->ring = bench_memory_take(size->ring_bytes);
    if (s->memory != NULL && s->ring != NULL)
        return 0;
    bench_setup_close(s);
    return error_set(err, ERR_NO_SPACE, "no memory for the core: %zu MiB", s->bytes >> 20);
}

void
bench_setup_close(struct bench_setup *s)
{
    bench_memory_give(s->memory, s->bytes);
    bench_memory_give(s->ring, s->size.ring_bytes);
    s->memory = s->ring = NULL;
}

void
bench_setup_start(struct bench_setup *s)
{
    if (s->core != NULL)
        memset(s->memory, 0, s->bytes);
    s->seq = 0;
    s->time_ns = START_NS;
    s->core = core_init(s->memory, &s->genesis, risk_hooks());
    struct command_genesis first = s->genesis;
    bench_setup_command(s, &first.cmd);
    for (uint32_t account = 1; account <= BENCH_CLIENTS; account++) {
        add_account(s, account, 1);
        add_profile(s, account);
    }
    add_account(s, FEE_ACCOUNT, 2);
    add_account(s, ISSUE_ACCOUNT, 3);
    add_asset(s, CASH, 2, 1);
    for (uint32_t account = 1; account <= BENCH_CLIENTS; account++)
        deposit(s, account, CASH);
    for (uint32_t id = 1; id <= s->size.instruments; id++) {
        add_asset(s, CASH + id, 6, 2);
        for (uint32_t n = 0; n < s->size.holders; n++)
            deposit(s, bench_setup_holder(s, id, n), CASH + id);
        add_instrument(s, id);
    }
}
