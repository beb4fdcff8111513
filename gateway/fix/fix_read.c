#include "gateway/fix/fix_read.h"

#include <string.h>

#include "engine/model/client_id.h"
#include "engine/model/decimal.h"
#include "gateway/fix/fix_time.h"

bool
fix_read_id(const struct fix_field *x, struct client_id *out)
{
    return x != NULL && client_id_set(out, x->value, x->bytes) == 0;
}

enum reason
fix_read_account_name(const struct fix_field *x, const struct fix_session_config *config,
                      uint32_t *account_id, uint16_t *tenant_id)
{
    *account_id = config->account_id;
    *tenant_id = config->tenant_id;
    if (x == NULL)
        return 0;
    uint64_t number;
    if (fix_read_u64(x->value, x->bytes, &number) && number == config->account_id)
        return 0;
    for (uint32_t i = 0; i < config->account_cnt; i++) {
        const struct fix_account *a = &config->accounts[i];
        if (strlen(a->name) == x->bytes && memcmp(a->name, x->value, x->bytes) == 0) {
            *account_id = a->account_id;
            *tenant_id = a->tenant_id;
            return 0;
        }
    }
    return REASON_UNKNOWN_ACCOUNT;
}

enum reason
fix_read_account(const struct fix_checked *m, const struct fix_session_config *config,
                 struct command *cmd)
{
    return fix_read_account_name(fix_get(m, FIX_F_Account), config, &cmd->account_id,
                                 &cmd->tenant_id);
}

enum reason
fix_read_other_account(const struct fix_field *x, const struct fix_session_config *config,
                       uint32_t *account_id)
{
    uint64_t number;
    uint16_t tenant_id;
    if (x == NULL)
        return REASON_UNKNOWN_ACCOUNT;
    if (fix_read_account_name(x, config, account_id, &tenant_id) == 0)
        return 0;
    if (!fix_read_u64(x->value, x->bytes, &number) || number > UINT32_MAX)
        return REASON_UNKNOWN_ACCOUNT;
    *account_id = (uint32_t)number;
    return 0;
}

bool
fix_read_time(const struct fix_field *x, int64_t *out)
{
    return x == NULL || fix_time_read(x->value, x->bytes, out);
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
