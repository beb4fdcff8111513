#include "gateway/ctl/ctl_request_priv.h"

#include <string.h>

#include "engine/model/utc.h"

/* The primary issue of an instrument. */

static const struct ctl_word method_words[] = {
    {"pro_rata", OFFERING_PRO_RATA}, {"by_time", OFFERING_BY_TIME}, {NULL, 0}};

static int
time_field(const struct ctl_parse *p, const char *key, int64_t *out)
{
    const char *text = NULL;
    int rc = ctl_text_field(p, key, 40, &text);
    if (rc)
        return rc;
    if (!utc_parse(text, strlen(text), out))
        return error_set(p->err, ERR_INVALID,
                         "%s: '%s': expected a time such as 2026-01-02T10:00:00Z", key, text);
    return 0;
}

/* Those of the quantities that are named. */
static int
quantities(const struct ctl_parse *p, const struct ctl_instrument *in, struct command_offering *c)
{
    const struct {
        const char *key;
        int64_t *lots;
    } all[] = {{"qty", &c->total_lots},
               {"min_total", &c->min_total_lots},
               {"min", &c->min_lots},
               {"max", &c->max_lots},
               {"cap", &c->cap_lots}};
    int rc = 0;
    for (size_t i = 0; !rc && i < sizeof all / sizeof *all; i++) {
        if (i == 0 || ctl_has(p, all[i].key))
            rc = ctl_steps_field(p, all[i].key, in->told.asset_scale, in->told.lot_units,
                                 all[i].lots);
    }
    return rc;
}

static int
terms(const struct ctl_parse *p, const struct ctl_instrument *in, struct command_offering *c)
{
    int64_t binding = 0, trading = 0;
    int rc = quantities(p, in, c);
    if (!rc)
        rc = ctl_steps_field(p, "price", in->told.price_scale, 1, &c->low_units);
    c->high_units = c->low_units;
    if (!rc && ctl_has(p, "high"))
        rc = ctl_steps_field(p, "high", in->told.price_scale, 1, &c->high_units);
    if (!rc && ctl_has(p, "from"))
        rc = time_field(p, "from", &c->from_ns);
    if (!rc)
        rc = time_field(p, "until", &c->until_ns);
    if (!rc)
        rc = ctl_word_field(p, "method", method_words, &c->method);
    if (!rc)
        rc = ctl_number_field(p, "binding", 1, &binding);
    if (!rc)
        rc = ctl_number_field(p, "trading", 1, &trading);
    c->offering_flags =
        (uint8_t)((binding ? OFFERING_BINDING : 0u) | (trading ? OFFERING_TRADING : 0u));
    return rc;
}

int
ctl_parse_offering(const struct ctl_parse *p, union ctl_command *out)
{
    const struct ctl_instrument *in = NULL;
    struct command_offering c;
    int64_t issuer = 0;
    command_init(&c.cmd, COMMAND_OFFERING);
    c.action = OFFERING_BEGIN;
    c.method = OFFERING_PRO_RATA;
    int rc = ctl_one_instrument(p, &in);
    if (!rc)
        rc = ctl_int_field(p, "account", 1, UINT32_MAX, &issuer);
    if (!rc)
        rc = ctl_id_field(p, "id", &c.cmd.id);
    if (!rc)
        rc = terms(p, in, &c);
    if (rc)
        return rc;
    c.cmd.account_id = (uint32_t)issuer;
    c.instrument_id = in->told.instrument_id;
    out->offering = c;
    return 0;
}

int
ctl_parse_offering_withdraw(const struct ctl_parse *p, union ctl_command *out)
{
    const struct ctl_instrument *in = NULL;
    struct command_offering c;
    command_init(&c.cmd, COMMAND_OFFERING);
    c.action = OFFERING_WITHDRAW;
    int rc = ctl_one_instrument(p, &in);
    if (!rc)
        rc = ctl_id_field(p, "id", &c.cmd.id);
    if (rc)
        return rc;
    c.instrument_id = in->told.instrument_id;
    out->offering = c;
    return 0;
}
