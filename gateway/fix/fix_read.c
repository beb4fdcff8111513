#include "gateway/fix/fix_read.h"

#include <string.h>

#include "engine/model/client_id.h"
#include "engine/model/decimal.h"

bool
fix_read_id(const struct fix_field *x, struct client_id *out)
{
    return x != NULL && client_id_set(out, x->value, x->bytes) == 0;
}

enum reason
fix_read_account(const struct fix_checked *m, const struct fix_session_config *config,
                 struct command *cmd)
{
    const struct fix_field *x = fix_get(m, FIX_F_Account);
    cmd->account_id = config->account_id;
    cmd->tenant_id = config->tenant_id;
    if (x == NULL)
        return 0;
    uint64_t number;
    if (fix_read_u64(x->value, x->bytes, &number) && number == config->account_id)
        return 0;
    for (uint32_t i = 0; i < config->account_cnt; i++) {
        const struct fix_account *a = &config->accounts[i];
        if (strlen(a->name) == x->bytes && memcmp(a->name, x->value, x->bytes) == 0) {
            cmd->account_id = a->account_id;
            cmd->tenant_id = a->tenant_id;
            return 0;
        }
    }
    return REASON_UNKNOWN_ACCOUNT;
}

enum reason
fix_read_price(const struct fix_field *x, const struct fix_instrument *i, int64_t *out)
{
    if (x == NULL)
        return 0;
    switch (decimal_parse(x->value, x->bytes, i->price_scale, out)) {
    case DECIMAL_OK:
        return 0;
    case DECIMAL_TOO_PRECISE:
        return REASON_PRICE_OFF_TICK;
    case DECIMAL_OVERFLOW:
        return REASON_TOO_LARGE;
    default:
        return REASON_BAD_PRICE;
    }
}

enum reason
fix_read_qty(const struct fix_field *x, const struct fix_instrument *i, int64_t *out)
{
    if (x == NULL)
        return 0;
    switch (decimal_parse_steps(x->value, x->bytes, i->asset_scale, i->lot_units, out)) {
    case DECIMAL_OK:
        return 0;
    case DECIMAL_OVERFLOW:
        return REASON_TOO_LARGE;
    default:
        return REASON_QTY_OFF_LOT;
    }
}

void
fix_read_begin(const struct fix_checked *m, struct command *cmd, uint16_t type)
{
    command_init(cmd, type);
    if (fix_char(m, FIX_F_PossResend, 'N') == 'Y' || fix_char(m, FIX_F_PossDupFlag, 'N') == 'Y')
        cmd->flags |= COMMAND_POSSIBLE_RESEND;
}

const struct fix_instrument *
fix_read_instrument(const struct fix_checked *m, const struct fix_instruments *instruments)
{
    const struct fix_field *x = fix_get(m, FIX_F_Symbol);
    return x == NULL ? NULL : fix_instrument_by_symbol(instruments, x->value, x->bytes);
}
