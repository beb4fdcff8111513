#include "gateway/ctl/ctl_request_priv.h"

#include <string.h>

/* What issuers do. */

static int
start_corporate(const struct ctl_parse *p, uint8_t kind, const struct ctl_instrument **in,
                struct command_corporate_action *c)
{
    int64_t payer = 0;
    command_init(&c->cmd, COMMAND_CORPORATE_ACTION);
    int rc = ctl_one_instrument(p, in);
    if (!rc)
        rc = ctl_id_field(p, "id", &c->cmd.id);
    if (!rc && ctl_has(p, "price"))
        rc = ctl_steps_field(p, "price", (*in)->told.price_scale, 1, &c->price_units);
    if (!rc)
        rc = ctl_number_field(p, "payer", UINT32_MAX, &payer);
    if (rc)
        return rc;
    c->kind = kind;
    c->instrument_id = (*in)->told.instrument_id;
    c->payer_account_id = (uint32_t)payer;
    return 0;
}

int
ctl_parse_split(const struct ctl_parse *p, union ctl_command *out)
{
    const struct ctl_instrument *in = NULL;
    struct command_corporate_action c;
    int64_t ratio_new = 0, ratio_old = 0;
    int rc = start_corporate(p, CORPORATE_SPLIT, &in, &c);
    if (!rc)
        rc = ctl_int_field(p, "new", 1, CORPORATE_RATIO_MAX, &ratio_new);
    if (!rc)
        rc = ctl_int_field(p, "old", 1, CORPORATE_RATIO_MAX, &ratio_old);
    c.step_units = 1;
    if (!rc && ctl_has(p, "step"))
        rc = ctl_steps_field(p, "step", in->told.asset_scale, 1, &c.step_units);
    if (rc)
        return rc;
    c.ratio_new = (uint32_t)ratio_new;
    c.ratio_old = (uint32_t)ratio_old;
    out->corporate = c;
    return 0;
}

int
ctl_parse_redeem(const struct ctl_parse *p, union ctl_command *out)
{
    const struct ctl_instrument *in = NULL;
    struct command_corporate_action c;
    int rc = start_corporate(p, CORPORATE_REDEMPTION, &in, &c);
    if (!rc)
        out->corporate = c;
    return rc;
}

int
ctl_parse_rename(const struct ctl_parse *p, union ctl_command *out)
{
    const struct ctl_instrument *in = NULL;
    struct command_corporate_action c;
    const char *symbol = NULL, *asset_symbol = "";
    int rc = start_corporate(p, CORPORATE_NAME, &in, &c);
    if (!rc)
        rc = ctl_text_field(p, "symbol", SYMBOL_MAX - 1, &symbol);
    if (!rc && ctl_has(p, "asset_symbol"))
        rc = ctl_text_field(p, "asset_symbol", SYMBOL_MAX - 1, &asset_symbol);
    if (rc)
        return rc;
    memcpy(c.symbol, symbol, strlen(symbol));
    memcpy(c.asset_symbol, asset_symbol, strlen(asset_symbol));
    out->corporate = c;
    return 0;
}
