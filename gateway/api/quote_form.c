#include "gateway/api/quote_form.h"

#include <stdio.h>
#include <string.h>

#include "engine/model/client_id.h"

enum { WINDOW_MS_MAX = 86400000 };

enum quote_field { PRODUCT_ID, ID, BID_PRICE, BID_SIZE, ASK_PRICE, ASK_SIZE, QUOTE_FIELD_CNT };

static const char *const names[QUOTE_FIELD_CNT] = {"product_id", "id",        "bid_price",
                                                   "bid_size",   "ask_price", "ask_size"};

/* The texts of one entry. */
static int
read_texts(struct json_scan *s, struct json_text texts[QUOTE_FIELD_CNT], struct api_fault *fault)
{
    struct json_text key;
    char name[FORM_NAME_TEXT];
    (void)json_scan_object_begin(s);
    while (json_scan_object_next(s, &key)) {
        size_t i = 0;
        while (i < QUOTE_FIELD_CNT && !json_text_is(&key, names[i])) {
            i++;
        }
        if (i == QUOTE_FIELD_CNT) {
            return api_fault_set(fault, 400,
                                 "unknown field '%s'; expected: product_id, id, bid_price, "
                                 "bid_size, ask_price, ask_size",
                                 order_form_name(&key, name));
        }
        if (texts[i].at != NULL) {
            return api_fault_set(fault, 400, "%s: given twice", names[i]);
        }
        bool given = json_scan_peek(s) != JSON_SCAN_NULL; /* null is the same as not given */
        bool good = !given          ? json_scan_null(s)
                    : i < BID_PRICE ? json_scan_string(s, &texts[i])
                                    : json_scan_decimal(s, &texts[i]);
        if (!good) {
            return api_fault_set(fault, 400, "%s: expected %s", names[i], s->expected);
        }
    }
    return s->failed ? api_fault_set(fault, 400, "expected %s", s->expected) : 0;
}

/* A side has both figures or none. */
static int
read_side(const struct json_text texts[QUOTE_FIELD_CNT], enum quote_field price,
          const struct product *p, int64_t *units, int64_t *lots, struct api_fault *fault)
{
    const struct json_text *of = &texts[price], *size = &texts[price + 1];
    if (of->at == NULL && size->at == NULL) {
        return 0;
    }
    if (of->at == NULL || size->at == NULL) {
        return api_fault_set(fault, 400, "%s: missing",
                             names[of->at == NULL ? price : (enum quote_field)(price + 1)]);
    }
    if (order_form_decimal(of, names[price], p->price_scale, units, fault) != 0) {
        return -1;
    }
    return order_form_lots(size, names[price + 1], p, lots, fault);
}

static int
read_entry(const struct json_text texts[QUOTE_FIELD_CNT], const struct catalog *c,
           struct quote_entry *e, struct api_fault *fault)
{
    struct client_id id = {0};
    const struct product *p = order_form_symbol(&texts[PRODUCT_ID], c, fault);
    if (p == NULL) {
        return -1;
    }
    char text[QUOTE_ENTRY_ID_MAX + 1];
    int bytes = texts[ID].at != NULL ? json_text_copy(&texts[ID], text, sizeof(text)) : 0;
    if (bytes <= 0 || client_id_set(&id, text, (size_t)bytes) != 0) {
        return api_fault_set(fault, 400, "id: expected 1 to %d characters of printable ASCII",
                             QUOTE_ENTRY_ID_MAX);
    }
    memcpy(e->entry_id, id.text, id.length);
    e->instrument_id = p->instrument_id;
    if (read_side(texts, BID_PRICE, p, &e->bid_price_units, &e->bid_qty_lots, fault) != 0) {
        return -1;
    }
    return read_side(texts, ASK_PRICE, p, &e->ask_price_units, &e->ask_qty_lots, fault);
}

int
quote_form_read(const struct order_form *f, const struct catalog *c, struct command_mass_quote *cmd,
                struct api_fault *fault)
{
    struct json_scan s;
    json_scan_init(&s, f->quotes.at, f->quotes.bytes);
    if (f->quotes.at == NULL || !json_scan_array_begin(&s)) {
        return api_fault_set(fault, 400, "quotes: expected an array of objects");
    }
    while (json_scan_array_next(&s)) {
        struct json_text texts[QUOTE_FIELD_CNT] = {0};
        struct api_fault why;
        if (cmd->entry_cnt == QUOTE_ENTRY_MAX) {
            return api_fault_set(fault, 400, "quotes: at most %d in one message", QUOTE_ENTRY_MAX);
        }
        struct quote_entry *e = &cmd->entries[cmd->entry_cnt++];
        if (read_texts(&s, texts, &why) != 0 || read_entry(texts, c, e, &why) != 0) {
            return api_fault_set(fault, why.status, "quotes[%d]: %.200s", cmd->entry_cnt - 1,
                                 why.text);
        }
    }
    if (cmd->entry_cnt == 0) {
        return api_fault_set(fault, 400, "quotes: expected at least one");
    }
    cmd->reset = f->reset_protection ? 1 : 0;
    cmd->exec_inst = f->post_only ? EXEC_POST_ONLY : 0;
    return 0;
}

/* A whole number that may be left out. */
static int
read_count(const struct json_text *t, const char *name, int64_t most, int64_t *out,
           struct api_fault *fault)
{
    if (t->at == NULL) {
        return 0;
    }
    if (order_form_decimal(t, name, 0, out, fault) != 0) {
        return -1;
    }
    return *out <= most ? 0 : api_fault_set(fault, 400, "%s: at most %lld", name, (long long)most);
}

int
quote_form_limits(const struct order_form *f, const struct catalog *c,
                  struct command_quote_limits *cmd, struct api_fault *fault)
{
    int64_t fills = 0, window_ms = 0;
    const struct product *p = order_form_product(f, c, fault);
    if (p == NULL || read_count(&f->fills, "fills", PROTECTION_FILL_MAX, &fills, fault) != 0 ||
        read_count(&f->window_ms, "window_ms", WINDOW_MS_MAX, &window_ms, fault) != 0 ||
        (f->size.at != NULL && order_form_lots(&f->size, "size", p, &cmd->lots_max, fault) != 0) ||
        (f->net.at != NULL && order_form_lots(&f->net, "net", p, &cmd->net_lots_max, fault) != 0) ||
        (f->value.at != NULL && order_form_decimal(&f->value, "value", p->currency_scale,
                                                   &cmd->value_max_units, fault) != 0)) {
        return -1;
    }
    cmd->instrument_id = p->instrument_id;
    cmd->fill_max = (uint32_t)fills;
    cmd->window_ns = window_ms * 1000000;
    return 0;
}
