#include "tools/text/event_text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "engine/model/decimal.h"
#include "engine/model/reason.h"
#include "engine/model/schema.h"
#include "engine/model/utc.h"
#include "risk/rules.h"

struct line {
    char *out;
    size_t bytes, length;
};

static void __attribute__((format(printf, 2, 3))) add(struct line *l, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    size_t at = l->length < l->bytes ? l->length : l->bytes;
    int n = vsnprintf(l->out + at, l->bytes - at, fmt, args);
    va_end(args);
    l->length += n > 0 ? (size_t)n : 0;
}

/* Rule numbers as ranges: "1-12", "33-35", "none". */
static void
add_numbers(struct line *l, uint64_t bits)
{
    const char *comma = "";
    for (unsigned from = 0; from < 64; from++) {
        if ((bits >> from & 1) == 0)
            continue;
        unsigned to = from;
        while (to < 63 && (bits >> (to + 1) & 1) != 0)
            to++;
        add(l, to == from ? "%s%u" : "%s%u-%u", comma, from, to);
        comma = ",";
        from = to;
    }
    if (bits == 0)
        add(l, "none");
}

static void
add_rules(struct line *l, uint64_t bits)
{
    const char *plus = "";
    for (uint16_t id = 0; id < 64; id++) {
        if ((bits >> id & 1) == 0)
            continue;
        const struct risk_rule *rule = risk_rule_find(id);
        if (rule != NULL)
            add(l, "%s%s", plus, rule->name);
        else
            add(l, "%s%u", plus, id);
        plus = "+";
    }
    if (bits == 0)
        add(l, "none");
}

static void
add_decimal(struct line *l, int64_t value, unsigned scale)
{
    char text[DECIMAL_TEXT_MAX];
    (void)decimal_format_short(value, scale, text);
    add(l, "%s", text);
}

static void
add_name(struct line *l, const struct schema_enum *e, int64_t value)
{
    const char *text = schema_enum_text(e, (uint64_t)value);
    add(l, "%s", text ? text : value == 0 ? "none" : "?");
}

static void
add_class_mask(struct line *l, int64_t mask)
{
    const char *plus = "";
    for (uint32_t i = 0; i < SCHEMA_CLASS_MASK.cnt; i++) {
        if ((mask & (int64_t)SCHEMA_CLASS_MASK.rows[i].value) == 0)
            continue;
        add(l, "%s%s", plus, SCHEMA_CLASS_MASK.rows[i].text);
        plus = "+";
    }
}

static void
add_time(struct line *l, int64_t ns)
{
    char text[UTC_TEXT_MAX];
    (void)utc_format(ns, text);
    add(l, "%s", ns == 0 ? "none" : ns == INT64_MAX ? "never" : text);
}

/* One of the two figures, in the rule's unit. Amounts of what the order holds stay whole: which
 * asset that is depends on the side, which a decision does not carry. */
static void
add_figure(struct line *l, uint8_t unit, bool is_limit, int64_t value,
           const struct schema_instrument *i)
{
    __int128 wide = (__int128)value * i->lot_units;
    if (unit == RISK_UNIT_STATUS)
        add_name(l, &SCHEMA_ACCOUNT_STATUS, value);
    else if (unit == RISK_UNIT_FREEZE)
        add_name(l, &SCHEMA_FREEZE, value);
    else if (unit == RISK_UNIT_TIME)
        add_time(l, value);
    else if (unit == RISK_UNIT_COUNTRY && is_limit)
        add_name(l, &SCHEMA_COUNTRY_MODE, value);
    else if (unit == RISK_UNIT_COUNTRY && value > 0)
        add(l, "%c%c", (int)('A' + (value - 1) / 26), (int)('A' + (value - 1) % 26));
    else if (unit == RISK_UNIT_COUNTRY)
        add(l, "none");
    else if (unit == RISK_UNIT_CLASS && is_limit)
        add_class_mask(l, value);
    else if (unit == RISK_UNIT_CLASS)
        add_name(l, &SCHEMA_INVESTOR_CLASS, value);
    else if (unit == RISK_UNIT_LOTS && wide == (int64_t)wide)
        add_decimal(l, (int64_t)wide, i->asset_scale);
    else if (unit == RISK_UNIT_CASH)
        add_decimal(l, value, i->currency_scale);
    else if (unit == RISK_UNIT_PRICE)
        add_decimal(l, value, i->price_scale);
    else
        add(l, "%" PRId64, value);
}

static size_t
decision_text(const struct event_decision *e, const struct schema_directory *d,
              enum schema_print how, char *out, size_t out_bytes)
{
    struct line l = {.out = out, .bytes = out_bytes};
    struct schema_instrument i = {.symbol = "", .lot_units = 1};
    bool known = d != NULL && d->instrument(d->self, e->instrument_id, &i);
    const struct risk_rule *rule = risk_rule_find(e->rule);
    uint8_t unit = rule != NULL && known ? rule->unit : 0;
    add(&l, "DECISION seq=%" PRIu64, e->ev.rec.seq);
    if (e->order_id != 0 || how == SCHEMA_PRINT_FULL)
        add(&l, " order_id=%" PRIu64, e->order_id);
    add(&l, " account_id=%u", e->account_id);
    if (e->instrument_id != 0)
        add(&l, " instrument=%s", known ? i.symbol : "?");
    add(&l, " stage=");
    add_name(&l, &SCHEMA_DECISION_STAGE, e->stage);
    add(&l, " verdict=");
    add_name(&l, &SCHEMA_VERDICT, e->verdict);
    add(&l, " rule=%s reason=%s",
        e->rule == 0 ? "none"
        : rule       ? rule->name
                     : "?",
        e->reason == 0 ? "none" : reason_name(e->reason));
    add(&l, " evaluated=");
    add_numbers(&l, e->evaluated);
    add(&l, " failed=");
    add_rules(&l, e->failed);
    if (e->rule != 0 || how == SCHEMA_PRINT_FULL) {
        add(&l, " actual=");
        add_figure(&l, unit, false, e->actual, &i);
        add(&l, " limit=");
        add_figure(&l, unit, true, e->limit, &i);
    }
    if (e->policy != 0 || how == SCHEMA_PRINT_FULL)
        add(&l, " policy=%" PRIu64, e->policy);
    return l.length;
}

size_t
event_text(const struct event *ev, const struct schema_directory *d, enum schema_print how,
           char *out, size_t out_bytes)
{
    if (ev->rec.type == EVENT_DECISION)
        return decision_text((const void *)ev, d, how, out, out_bytes);
    return schema_print_text(ev, d, how, out, out_bytes);
}
