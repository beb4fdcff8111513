#include "gateway/fix/fix_put.h"

#include <stdio.h>
#include <string.h>

#include "engine/model/decimal.h"
#include "engine/model/reason.h"

void
fix_put_price(struct fix_writer *w, int64_t units, const struct fix_instrument *i)
{
    w->at += decimal_format_short(units, i == NULL ? 0 : i->price_scale, w->at);
    fix_put_end(w);
}

void
fix_put_qty(struct fix_writer *w, int64_t lots, const struct fix_instrument *i)
{
    int64_t units;
    if (i == NULL || __builtin_mul_overflow(lots, i->lot_units, &units))
        w->at += decimal_format_short(lots, 0, w->at);
    else
        w->at += decimal_format_short(units, i->asset_scale, w->at);
    fix_put_end(w);
}

void
fix_put_client_id(struct fix_writer *w, const struct client_id *id)
{
    uint32_t bytes = id->length <= CLIENT_ID_MAX ? id->length : CLIENT_ID_MAX;
    fix_put_bytes_value(w, id->text, bytes);
}

void
fix_put_account(struct fix_writer *w, uint32_t account_id, const struct fix_report_context *x)
{
    if (account_id == 0)
        return;
    for (uint32_t i = 0; i < x->config->account_cnt; i++) {
        const struct fix_account *a = &x->config->accounts[i];
        if (a->account_id == account_id) {
            FIX_PUT_TEXT(w, "1=", a->name, strlen(a->name));
            return;
        }
    }
    FIX_PUT_U64(w, "1=", account_id);
}

void
fix_put_symbol(struct fix_writer *w, const struct fix_instrument *i)
{
    FIX_PUT_TAG(w, "55=");
    if (i == NULL)
        fix_put_bytes_value(w, "[N/A]", 5); /* source: FIX 4.4 volume 6, tag 55 */
    else
        fix_put_bytes_value(w, i->symbol, i->symbol_bytes);
}

unsigned
fix_put_digits(const struct fix_report_context *x)
{
    return x->config->time_digits == 0 ? 3 : x->config->time_digits;
}

void
fix_put_transact_time(struct fix_writer *w, int64_t ns, const struct fix_report_context *x)
{
    FIX_PUT_TIME(w, "60=", x->clock, ns, fix_put_digits(x));
}

void
fix_put_reason_text(struct fix_writer *w, uint32_t reason)
{
    const char *text = reason_text(reason);
    FIX_PUT_TEXT(w, "58=", text, strlen(text));
}

void
fix_put_refused(struct fix_writer *w, uint32_t reason, const char *field)
{
    char text[256];
    if (field == NULL) {
        fix_put_reason_text(w, reason);
        return;
    }
    int bytes = snprintf(text, sizeof(text), "%s: %s", reason_text(reason), field);
    FIX_PUT_TEXT(w, "58=", text, (size_t)bytes);
}

void
fix_put_echo(struct fix_writer *w, const struct fix_checked *m, enum fix_field_name f,
             const char *tag)
{
    const struct fix_field *x = fix_get(m, f);
    if (x == NULL)
        return;
    fix_put_raw(w, tag, strlen(tag));
    fix_put_text_value(w, x->value, x->bytes);
}

void
fix_put_average(struct fix_writer *w, int64_t cost, int64_t lots, const struct fix_instrument *i)
{
    unsigned scale = i == NULL ? 0 : i->price_scale;
    __int128 average = 0;
    if (lots > 0) {
        average = cost;
        for (unsigned d = 0; d < FIX_AVG_DECIMALS; d++)
            average *= 10;
        average /= lots;
    }
    if (average > INT64_MAX) { /* a price of more than 10^14 units: the whole part is exact */
        w->at += decimal_format_short(cost / lots, scale, w->at);
    } else {
        w->at += decimal_format_short((int64_t)average, scale + FIX_AVG_DECIMALS, w->at);
    }
    fix_put_end(w);
}

char
fix_status_char(uint32_t status)
{
    static const char chars[] = {
        [ORD_STATUS_NEW] = '0',     [ORD_STATUS_PARTIALLY_FILLED] = '1',
        [ORD_STATUS_FILLED] = '2',  [ORD_STATUS_CANCELED] = '4',
        [ORD_STATUS_EXPIRED] = 'C', [ORD_STATUS_REJECTED] = '8',
        [ORD_STATUS_PARKED] = '9', /* suspended */
    };
    char c = status < sizeof(chars) ? chars[status] : 0;
    return c == 0 ? '8' : c;
}
