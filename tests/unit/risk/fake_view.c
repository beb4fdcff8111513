#include "tests/unit/risk/fake_view.h"

#include <stdlib.h>
#include <string.h>

#include "risk/risk.h"

static void *
zeroed_lines(size_t bytes)
{
    size_t rounded = (bytes + 63) / 64 * 64;
    void *mem = aligned_alloc(64, rounded);
    if (mem == NULL)
        abort();
    return memset(mem, 0, rounded);
}

void
fake_start(struct fake *f)
{
    *f = (struct fake){.hooks = risk_hooks()};
    command_init(&f->genesis.cmd, COMMAND_GENESIS);
    f->genesis.account_max = FAKE_ACCOUNTS;
    f->genesis.instrument_max = FAKE_INSTRUMENTS;
    f->genesis.hash_key = 12345;
    f->view = (struct hook_view){.now_ns = 1000000000000,
                                 .accounts = f->accounts,
                                 .instruments = f->instruments,
                                 .instrument_cnt = FAKE_INSTRUMENTS};
    f->mem = zeroed_lines(f->hooks->footprint(&f->genesis));
    f->self = f->hooks->init(f->mem, &f->genesis, &f->view);
    for (uint32_t i = 0; i < FAKE_INSTRUMENTS; i++)
        f->instruments[i] = (struct hook_instrument){.instrument_id = i + 1, .tick_units = 1};
    for (uint32_t i = 0; i < FAKE_ACCOUNTS; i++) {
        f->accounts[i] =
            (struct hook_account){.account_id = 101 + i, .status = ACCOUNT_ACTIVE, .kind = 1};
        f->view.account_cnt = i + 1;
        struct command_account cmd;
        command_init(&cmd.cmd, COMMAND_ACCOUNT);
        cmd.cmd.account_id = 101 + i;
        (void)fake_apply(f, &cmd);
    }
}

void
fake_stop(struct fake *f)
{
    free(f->mem);
}

struct command_account_profile
fake_profile(const struct fake *f, uint32_t account_idx)
{
    struct command_account_profile p;
    command_init(&p.cmd, COMMAND_ACCOUNT_PROFILE);
    p.cmd.account_id = f->accounts[account_idx].account_id;
    p.cmd.time_ns = f->view.now_ns;
    p.status = ACCOUNT_ACTIVE;
    p.kyc_level = 2;
    p.country = country_pack('D', 'E');
    p.investor_class = CLASS_RETAIL;
    p.kyc_expiry_ns = INT64_MAX;
    return p;
}

struct command_instrument_rules
fake_rules(const struct fake *f, uint32_t instrument_idx)
{
    struct command_instrument_rules r;
    command_init(&r.cmd, COMMAND_INSTRUMENT_RULES);
    r.cmd.time_ns = f->view.now_ns;
    r.instrument_id = f->instruments[instrument_idx].instrument_id;
    return r;
}

uint16_t
fake_apply(struct fake *f, const void *cmd)
{
    f->effects.cnt = 0;
    uint16_t reason = f->hooks->command(f->self, cmd, false, &f->effects, NULL);
    if (reason == REASON_NONE)
        (void)f->hooks->command(f->self, cmd, true, &f->effects, NULL);
    return reason;
}

struct hook_order
fake_order(void)
{
    return (struct hook_order){.side = SIDE_BUY,
                               .ord_type = ORD_LIMIT,
                               .time_in_force = TIF_GTC,
                               .price_units = 1000,
                               .cap_units = 1000,
                               .lots = 10,
                               .value_units = 10000,
                               .need_units = 10010,
                               .available_units = 10010};
}

struct decision
fake_admit(const struct fake *f, const struct hook_order *order)
{
    struct decision d;
    memset(&d, 0x55, sizeof d);
    f->hooks->admit(f->self, order, &d);
    return d;
}

void
fake_attempts(struct fake *f, uint32_t account_idx, int64_t now_ns, uint32_t cnt)
{
    struct command cmd;
    command_init(&cmd, COMMAND_TICK);
    cmd.time_ns = now_ns;
    f->view.now_ns = now_ns;
    for (uint32_t i = 0; i < cnt; i++)
        f->hooks->attempt(f->self, account_idx, 0, &cmd);
}
