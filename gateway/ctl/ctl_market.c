#include "gateway/ctl/ctl_request_priv.h"

#include <string.h>

#include "engine/model/decimal.h"

/* Price bands, price steps, allocation and protection points of one instrument: each request
 * replaces the whole of what it is about, and without anything named takes it away. Whether figures
 * fit together, the core says. */

/* A number of 32 bits that may be left out. */
static int
u32_field(const struct ctl_parse *p, const char *key, uint32_t *out)
{
    int64_t value = *out;
    int rc = ctl_number_field(p, key, UINT32_MAX, &value);
    if (!rc)
        *out = (uint32_t)value;
    return rc;
}

int
ctl_parse_bands(const struct ctl_parse *p, union ctl_command *out)
{
    static const struct ctl_word manners[] = {
        {"off", BAND_OFF}, {"refuse", BAND_REFUSE}, {"interrupt", BAND_INTERRUPT}, {NULL, 0}};
    const struct ctl_instrument *in = NULL;
    struct command_price_bands c;
    command_init(&c.cmd, COMMAND_PRICE_BANDS);
    struct price_bands *b = &c.bands;
    const struct {
        const char *key;
        uint32_t *value;
    } numbers[] = {{"static_ppm", &b->static_ppm},     {"static_ticks", &b->static_ticks},
                   {"dynamic_ppm", &b->dynamic_ppm},   {"dynamic_ticks", &b->dynamic_ticks},
                   {"wide_ppm", &b->wide_ppm},         {"wide_ticks", &b->wide_ticks},
                   {"length_ms", &b->call_ms},         {"random_end_ms", &b->random_end_ms},
                   {"extension_ms", &b->extension_ms}, {"extension_max", &b->extension_max}};
    int64_t follows = 0;
    int rc = ctl_one_instrument(p, &in);
    if (!rc)
        rc = ctl_word_field(p, "manner", manners, &b->manner);
    for (size_t i = 0; !rc && i < sizeof numbers / sizeof *numbers; i++)
        rc = u32_field(p, numbers[i].key, numbers[i].value);
    if (!rc)
        rc = ctl_number_field(p, "follows", 1, &follows);
    if (rc)
        return rc;
    b->follows = (uint8_t)follows;
    c.instrument_id = in->told.instrument_id;
    out->bands = c;
    return 0;
}

/* A price of the instrument that ends at one of `ends`. */
static bool
read_price(const struct ctl_instrument *in, const char **at, const char *ends, int64_t *units)
{
    size_t length = strcspn(*at, ends);
    bool good = decimal_parse(*at, length, in->told.price_scale, units) == DECIMAL_OK;
    *at += length;
    return good && *units >= 0;
}

int
ctl_parse_ticks(const struct ctl_parse *p, union ctl_command *out)
{
    enum { TABLE_TEXT_MAX = 1024 };
    const struct ctl_instrument *in = NULL;
    const char *at = "";
    struct command_tick_table c;
    command_init(&c.cmd, COMMAND_TICK_TABLE);
    struct tick_table *t = &c.ticks;
    int rc = ctl_one_instrument(p, &in);
    if (!rc && ctl_has(p, "table"))
        rc = ctl_text_field(p, "table", TABLE_TEXT_MAX, &at);
    while (!rc && *at) {
        int64_t from = 0, step = 0;
        bool good = t->row_cnt < TICK_ROW_MAX && read_price(in, &at, ":", &from) && *at++ == ':' &&
                    read_price(in, &at, ",", &step) && step > 0 && step <= UINT32_MAX &&
                    (*at == 0 || *++at != 0);
        if (!good)
            return error_set(p->err, ERR_INVALID,
                             "table: expected FROM:STEP,FROM:STEP,... with prices of the "
                             "instrument, at most %d",
                             TICK_ROW_MAX);
        t->from_units[t->row_cnt] = from;
        t->step_units[t->row_cnt++] = (uint32_t)step;
    }
    if (rc)
        return rc;
    c.instrument_id = in->told.instrument_id;
    out->ticks = c;
    return 0;
}

int
ctl_parse_allocation(const struct ctl_parse *p, union ctl_command *out)
{
    static const struct ctl_word methods[] = {
        {"price_time", ALLOCATION_PRICE_TIME}, {"pro_rata", ALLOCATION_PRO_RATA}, {NULL, 0}};
    const struct ctl_instrument *in = NULL;
    struct command_allocation c;
    command_init(&c.cmd, COMMAND_ALLOCATION);
    const struct {
        const char *key;
        int64_t *lots;
    } rows[] = {{"min", &c.rules.min_lots},
                {"top_min", &c.rules.top_min_lots},
                {"top_max", &c.rules.top_max_lots}};
    uint8_t method = ALLOCATION_PRICE_TIME;
    int rc = ctl_one_instrument(p, &in);
    if (!rc)
        rc = ctl_word_field(p, "method", methods, &method);
    if (!rc)
        rc = u32_field(p, "top_ppm", &c.rules.top_ppm);
    for (size_t i = 0; !rc && i < sizeof rows / sizeof *rows; i++)
        if (ctl_has(p, rows[i].key))
            rc = ctl_steps_field(p, rows[i].key, in->told.asset_scale, in->told.lot_units,
                                 rows[i].lots);
    if (rc)
        return rc;
    c.rules.method = method;
    c.instrument_id = in->told.instrument_id;
    out->allocation = c;
    return 0;
}

/* Of an instrument's definition the points alone: what else it says stays, whoever has changed it
 * meanwhile. */
int
ctl_parse_points(const struct ctl_parse *p, union ctl_command *out)
{
    const struct ctl_instrument *in = NULL;
    struct command_instrument c;
    int64_t rests = 0;
    int rc = ctl_one_instrument(p, &in);
    if (rc)
        return rc;
    command_init(&c.cmd, COMMAND_INSTRUMENT);
    c.instrument_id = in->told.instrument_id;
    c.kept = 1;
    rc = u32_field(p, "ticks", &c.protection_ticks);
    if (!rc)
        rc = ctl_number_field(p, "rests", 1, &rests);
    if (rc)
        return rc;
    c.protection_rests = (uint8_t)rests;
    out->instrument = c;
    return 0;
}
