#include "gateway/api/order_form.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/model/client_id.h"
#include "engine/model/decimal.h"

int
api_fault_set(struct api_fault *fault, uint16_t status, const char *fmt, ...)
{
    va_list args;
    fault->status = status;
    va_start(args, fmt);
    (void)vsnprintf(fault->text, sizeof(fault->text), fmt, args);
    va_end(args);
    return -1;
}

enum field_type { FIELD_STRING, FIELD_DECIMAL, FIELD_BOOL, FIELD_RAW, FIELD_REFUSED };

enum { /* kinds of messages that share fields */
       NEW = FORM_REST_NEW | FORM_NEW,
       LIMITS = FORM_QUOTE_LIMITS | FORM_REST_QUOTE_LIMITS,
       QUOTES = FORM_QUOTE | FORM_REST_QUOTE,
       LISTS = FORM_ORDER_LIST | FORM_REST_ORDER_LIST,
       DEALS = FORM_DEAL | FORM_DEAL_PROPOSE,
       RFQS = FORM_RFQ | FORM_RFQ_QUOTE | FORM_RFQ_HIT | FORM_RFQ_PASS,
       ORDERS = FORM_NEW | FORM_CANCEL | FORM_REPLACE | FORM_CANCEL_ALL | FORM_QUOTE |
                FORM_QUOTE_CANCEL | FORM_QUOTE_LIMITS | RFQS | FORM_RFQ_CANCEL | DEALS |
                FORM_DEAL_ANSWER | FORM_ORDER_LIST,
       OF_PRODUCT = NEW | FORM_REST_CANCEL | FORM_CANCEL | FORM_REPLACE | FORM_CANCEL_ALL |
                    FORM_QUOTE_CANCEL | LIMITS | RFQS | DEALS,
       WITH_ID = NEW | RFQS | DEALS | FORM_DEAL_ANSWER, /* of an order or a message */
       WITH_LIFE = FORM_RFQ | FORM_RFQ_QUOTE | FORM_DEAL_PROPOSE,
       SIGNED = FORM_SUBSCRIBE | FORM_AUTHENTICATE,
};

#define FIELD(name, type, kinds)                                                                   \
    {                                                                                              \
#name, type, kinds, offsetof(struct order_form, name), NULL                                \
    }
/* Of the dialect, and not offered here. */
#define REFUSED(name, kinds, why)                                                                  \
    {                                                                                              \
#name, FIELD_REFUSED, kinds, 0, why                                                        \
    }
static const struct {
    const char *name;
    enum field_type type;
    uint32_t kinds; /* enum form_kind: messages that have it */
    size_t offset;
    const char *refusal;
} fields[] = {
    FIELD(type, FIELD_STRING, FORM_REST_NEW | ORDERS | SIGNED),
    FIELD(order_type, FIELD_STRING, FORM_NEW),
    FIELD(request_id, FIELD_STRING, ORDERS),
    FIELD(product_id, FIELD_STRING, OF_PRODUCT),
    FIELD(side, FIELD_STRING, NEW | FORM_RFQ | FORM_RFQ_HIT | DEALS),
    FIELD(price, FIELD_DECIMAL, NEW | FORM_REPLACE | DEALS),
    FIELD(size, FIELD_DECIMAL, NEW | FORM_REPLACE | LIMITS | FORM_RFQ | FORM_RFQ_HIT | DEALS),
    FIELD(time_in_force, FIELD_STRING, NEW),
    FIELD(cancel_after, FIELD_STRING, NEW),
    FIELD(stop, FIELD_STRING, NEW),
    FIELD(stop_price, FIELD_DECIMAL, NEW),
    FIELD(client_oid, FIELD_STRING, WITH_ID | FORM_CANCEL | FORM_REPLACE),
    FIELD(oco_client_oid, FIELD_STRING, NEW),
    FIELD(new_client_oid, FIELD_STRING, FORM_REPLACE),
    FIELD(order_id, FIELD_STRING, FORM_CANCEL | FORM_REPLACE),
    FIELD(key, FIELD_STRING, SIGNED),
    FIELD(signature, FIELD_STRING, SIGNED),
    FIELD(timestamp, FIELD_DECIMAL, SIGNED),
    FIELD(passphrase, FIELD_STRING, SIGNED),
    FIELD(channels, FIELD_RAW, FORM_SUBSCRIBE),
    FIELD(product_ids, FIELD_RAW, FORM_SUBSCRIBE),
    FIELD(quotes, FIELD_RAW, QUOTES),
    FIELD(orders, FIELD_RAW, LISTS),
    FIELD(list_id, FIELD_STRING, LISTS),
    FIELD(reset_protection, FIELD_BOOL, QUOTES),
    FIELD(fills, FIELD_DECIMAL, LIMITS),
    FIELD(window_ms, FIELD_DECIMAL, LIMITS),
    FIELD(value, FIELD_DECIMAL, LIMITS),
    FIELD(net, FIELD_DECIMAL, LIMITS),
    FIELD(rfq_id, FIELD_STRING, FORM_RFQ_CANCEL | FORM_RFQ_QUOTE),
    FIELD(quote_id, FIELD_STRING, FORM_RFQ_HIT | FORM_RFQ_PASS),
    FIELD(to, FIELD_RAW, FORM_RFQ),
    FIELD(disclosed, FIELD_BOOL, FORM_RFQ),
    FIELD(bid_price, FIELD_DECIMAL, FORM_RFQ_QUOTE),
    FIELD(bid_size, FIELD_DECIMAL, FORM_RFQ_QUOTE),
    FIELD(ask_price, FIELD_DECIMAL, FORM_RFQ_QUOTE),
    FIELD(ask_size, FIELD_DECIMAL, FORM_RFQ_QUOTE),
    FIELD(ask_client_oid, FIELD_STRING, FORM_RFQ_QUOTE),
    FIELD(deal_id, FIELD_STRING, FORM_DEAL_ANSWER),
    FIELD(accept, FIELD_BOOL, FORM_DEAL_ANSWER),
    FIELD(kind, FIELD_STRING, DEALS),
    FIELD(counterparty, FIELD_STRING, DEALS),
    FIELD(counterparty_client_oid, FIELD_STRING, FORM_DEAL),
    FIELD(life_ms, FIELD_DECIMAL, WITH_LIFE),
    FIELD(post_only, FIELD_BOOL, NEW | QUOTES),
    FIELD(all_or_none, FIELD_BOOL, NEW),
    FIELD(offering, FIELD_BOOL, NEW),
    FIELD(checksum, FIELD_BOOL, FORM_SUBSCRIBE),
    FIELD(cancel_on_disconnect, FIELD_BOOL, SIGNED),
    REFUSED(funds, NEW, "not offered here, give size"),
    REFUSED(stp, NEW, "the venue's own rule applies, leave it out"),
    REFUSED(profile_id, NEW | FORM_REST_CANCEL, "an API key has one account, leave it out"),
    REFUSED(max_floor, NEW, "not offered here: an order shows all of itself"),
    REFUSED(stop_limit_price, NEW, "not offered here, give price beside stop_price"),
};
#undef FIELD
#undef REFUSED

enum { FIELD_CNT = sizeof(fields) / sizeof(fields[0]) };
_Static_assert(FIELD_CNT <= 64, "order_form.given has a bit for each");

static void
read_value(struct order_form *f, struct json_scan *s, size_t i)
{
    char *at = (char *)f + fields[i].offset;
    struct json_text *text = (struct json_text *)(void *)at;
    if (json_scan_peek(s) == JSON_SCAN_NULL) { /* the same as not given */
        (void)json_scan_null(s);
        return;
    }
    f->given |= 1ull << i;
    switch (fields[i].type) {
    case FIELD_STRING:
        (void)json_scan_string(s, text);
        break;
    case FIELD_DECIMAL:
        (void)json_scan_decimal(s, text);
        break;
    case FIELD_BOOL:
        (void)json_scan_bool(s, (bool *)at);
        f->cancel_on_disconnect_given |=
            fields[i].offset == offsetof(struct order_form, cancel_on_disconnect);
        break;
    case FIELD_RAW: {
        size_t from = s->pos;
        if (json_scan_skip(s)) {
            *text = (struct json_text){.at = s->text + from, .bytes = s->pos - from};
        }
        break;
    }
    case FIELD_REFUSED:
        (void)json_scan_skip(s);
        break;
    }
}

int
order_form_read(struct order_form *f, const char *text, size_t bytes, struct api_fault *fault)
{
    struct json_scan s;
    struct json_text key;
    const char *field = NULL;
    bool seen[FIELD_CNT] = {false};
    memset(f, 0, sizeof(*f));
    json_scan_init(&s, text, bytes);
    (void)json_scan_object_begin(&s);
    while (json_scan_object_next(&s, &key)) {
        size_t i = 0;
        while (i < FIELD_CNT && !json_text_is(&key, fields[i].name)) {
            i++;
        }
        if (i == FIELD_CNT) {
            f->unknown = f->unknown.at == NULL ? key : f->unknown;
            (void)json_scan_skip(&s);
            continue;
        }
        if (seen[i]) {
            return api_fault_set(fault, 400, "%s: given twice (byte %zu)", fields[i].name,
                                 (size_t)(key.at - text));
        }
        seen[i] = true;
        read_value(f, &s, i);
        if (s.failed) {
            field = fields[i].name;
        }
    }
    (void)json_scan_end(&s);
    if (s.failed && field != NULL) {
        return api_fault_set(fault, 400, "%s: expected %s (byte %zu)", field, s.expected,
                             s.error_at);
    }
    if (s.failed) {
        return api_fault_set(fault, 400, "malformed JSON: expected %s (byte %zu)", s.expected,
                             s.error_at);
    }
    return 0;
}

const char *
order_form_name(const struct json_text *name, char out[FORM_NAME_TEXT])
{
    size_t n = name->bytes < FORM_NAME_MAX ? name->bytes : FORM_NAME_MAX;
    for (size_t i = 0; i < n; i++) {
        char c = name->at[i];
        out[i] = (char)(c < ' ' || c > '~' || c == '"' || c == '\\' ? '?' : c);
    }
    (void)snprintf(out + n, FORM_NAME_TEXT - n, "%s", n < name->bytes ? "..." : "");
    return out;
}

static int
refuse_unknown(const char *name, enum form_kind kind, struct api_fault *fault)
{
    char known[sizeof(fault->text)] = "";
    size_t bytes = 0;
    for (size_t i = 0; i < FIELD_CNT && bytes < sizeof(known); i++) {
        if ((fields[i].kinds & kind) != 0 && fields[i].type != FIELD_REFUSED) {
            int n = snprintf(known + bytes, sizeof(known) - bytes, "%s%s", bytes > 0 ? ", " : "",
                             fields[i].name);
            bytes += (size_t)n;
        }
    }
    return api_fault_set(fault, 400, "unknown field '%s'; expected: %s", name, known);
}

int
order_form_check(const struct order_form *f, enum form_kind kind, struct api_fault *fault)
{
    char name[FORM_NAME_TEXT];
    if (f->unknown.at != NULL) {
        return refuse_unknown(order_form_name(&f->unknown, name), kind, fault);
    }
    for (size_t i = 0; i < FIELD_CNT; i++) {
        if ((f->given & 1ull << i) == 0) {
            continue;
        }
        if ((fields[i].kinds & kind) == 0) {
            return refuse_unknown(fields[i].name, kind, fault);
        }
        if (fields[i].type == FIELD_REFUSED) {
            return api_fault_set(fault, 400, "%s: %s", fields[i].name, fields[i].refusal);
        }
    }
    return 0;
}

/* --- fields to numbers --- */

/* Parses a decimal that was given; zero and less is refused here, off the tick by the core. */
int
order_form_decimal(const struct json_text *t, const char *name, unsigned scale, int64_t *out,
                   struct api_fault *fault)
{
    enum decimal_result rc =
        t->escaped ? DECIMAL_BAD_CHAR : decimal_parse(t->at, t->bytes, scale, out);
    if (rc == DECIMAL_TOO_PRECISE) {
        return api_fault_set(fault, 400, "%s too precise: at most %u decimals", name, scale);
    }
    if (rc == DECIMAL_OVERFLOW) {
        return api_fault_set(fault, 400, "%s: too large", name);
    }
    if (rc != DECIMAL_OK) {
        return api_fault_set(fault, 400, "%s: expected a decimal such as \"12.5\"", name);
    }
    if (*out <= 0) {
        return api_fault_set(fault, 400, "%s: expected more than zero", name);
    }
    return 0;
}

int
order_form_lots(const struct json_text *t, const char *name, const struct product *p, int64_t *lots,
                struct api_fault *fault)
{
    int64_t units = 0;
    if (t->at == NULL) {
        return api_fault_set(fault, 400, "%s: missing", name);
    }
    if (order_form_decimal(t, name, p->asset_scale, &units, fault) != 0) {
        return -1;
    }
    if (units % p->lot_units != 0) {
        char step[DECIMAL_TEXT_MAX];
        (void)decimal_format_short(p->lot_units, p->asset_scale, step);
        return api_fault_set(fault, 400, "%s too precise: expected a multiple of %s", name, step);
    }
    *lots = units / p->lot_units;
    return 0;
}

const struct product *
order_form_symbol(const struct json_text *t, const struct catalog *c, struct api_fault *fault)
{
    char symbol[SYMBOL_MAX + 1];
    if (t->at == NULL) {
        (void)api_fault_set(fault, 400, "product_id: missing");
        return NULL;
    }
    int bytes = json_text_copy(t, symbol, sizeof(symbol));
    const struct product *p =
        bytes > 0 ? catalog_product_by_symbol(c, symbol, (size_t)bytes) : NULL;
    if (p == NULL) {
        (void)api_fault_set(fault, 404, "Product not found");
    }
    return p;
}

const struct product *
order_form_product(const struct order_form *f, const struct catalog *c, struct api_fault *fault)
{
    return order_form_symbol(&f->product_id, c, fault);
}

int
order_form_client_id(const struct json_text *t, const char *name, struct client_id *id,
                     struct api_fault *fault)
{
    char text[CLIENT_ID_MAX + 1];
    int bytes = t->at != NULL ? json_text_copy(t, text, sizeof(text)) : 0;
    if (t->at == NULL) {
        return 0;
    }
    if (bytes <= 0 || client_id_set(id, text, (size_t)bytes) != 0) {
        return api_fault_set(fault, 400, "%s: expected 1 to %d characters of printable ASCII", name,
                             CLIENT_ID_MAX);
    }
    return 0;
}

int
order_form_side(const struct json_text *t, uint8_t *side, struct api_fault *fault)
{
    if (t->at != NULL && json_text_is(t, "buy")) {
        *side = SIDE_BUY;
    } else if (t->at != NULL && json_text_is(t, "sell")) {
        *side = SIDE_SELL;
    } else {
        return api_fault_set(fault, 400, "side: expected \"buy\" or \"sell\"");
    }
    return 0;
}

static int
read_type(const struct order_form *f, bool websocket, const struct product *p,
          struct command_order_new *cmd, struct api_fault *fault)
{
    const struct json_text *type = websocket ? &f->order_type : &f->type;
    bool market = type->at != NULL && json_text_is(type, "market");
    if (type->at != NULL && !market && !json_text_is(type, "limit")) {
        return api_fault_set(fault, 400, "%s: expected \"limit\" or \"market\"",
                             websocket ? "order_type" : "type");
    }
    bool stop = f->stop_price.at != NULL;
    if (stop &&
        order_form_decimal(&f->stop_price, "stop_price", p->price_scale, &cmd->stop_units, fault)) {
        return -1;
    }
    if (f->stop.at != NULL && !stop) {
        return api_fault_set(fault, 400, "stop_price: missing");
    }
    const char *way = cmd->side == SIDE_BUY ? "entry" : "loss";
    if (f->stop.at != NULL && !json_text_is(&f->stop, way)) {
        return api_fault_set(fault, 400, "stop: expected \"loss\" to sell or \"entry\" to buy");
    }
    if (market) {
        cmd->ord_type = stop ? ORD_STOP : ORD_MARKET;
        if (f->price.at != NULL) {
            return api_fault_set(fault, 400, "price: a market order has none");
        }
        return 0;
    }
    cmd->ord_type = stop ? ORD_STOP_LIMIT : ORD_LIMIT;
    if (f->price.at == NULL) {
        return api_fault_set(fault, 400, "price: missing");
    }
    return order_form_decimal(&f->price, "price", p->price_scale, &cmd->price_units, fault);
}

/* GTT of the dialect: good till the end of so much time. */
static int
read_cancel_after(const struct order_form *f, int64_t utc_ns, struct command_order_new *cmd,
                  struct api_fault *fault)
{
    static const struct {
        const char *name;
        int64_t seconds;
    } spans[] = {{"min", 60}, {"hour", 3600}, {"day", 86400}};
    for (size_t i = 0; i < 3; i++) {
        if (f->cancel_after.at != NULL && json_text_is(&f->cancel_after, spans[i].name)) {
            cmd->time_in_force = TIF_GTD;
            cmd->expire_ns = utc_ns + spans[i].seconds * CLOCK_NS_PER_S;
            return 0;
        }
    }
    return api_fault_set(fault, 400,
                         "cancel_after: expected \"min\", \"hour\" or \"day\" with GTT");
}

static int
read_time_in_force(const struct order_form *f, int64_t utc_ns, struct command_order_new *cmd,
                   struct api_fault *fault)
{
    static const struct {
        const char *name;
        uint8_t value;
    } all[] = {{"GTC", TIF_GTC}, {"DAY", TIF_DAY}, {"IOC", TIF_IOC}, {"FOK", TIF_FOK}};
    cmd->time_in_force = cmd->ord_type == ORD_MARKET ? TIF_IOC : TIF_GTC;
    if (f->time_in_force.at == NULL) {
        return 0;
    }
    if (json_text_is(&f->time_in_force, "GTT")) {
        return read_cancel_after(f, utc_ns, cmd, fault);
    }
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        if (json_text_is(&f->time_in_force, all[i].name)) {
            cmd->time_in_force = all[i].value;
            return 0;
        }
    }
    return api_fault_set(fault, 400, "time_in_force: expected GTC, GTT, DAY, IOC or FOK");
}

int
order_form_new(const struct order_form *f, bool websocket, const struct catalog *c, int64_t utc_ns,
               struct command_order_new *cmd, const struct product **product,
               struct api_fault *fault)
{
    const struct product *p = order_form_product(f, c, fault);
    if (p == NULL) {
        return -1;
    }
    cmd->instrument_id = p->instrument_id;
    if (order_form_side(&f->side, &cmd->side, fault) != 0 ||
        read_type(f, websocket, p, cmd, fault) != 0 ||
        order_form_lots(&f->size, "size", p, &cmd->qty_lots, fault) != 0 ||
        read_time_in_force(f, utc_ns, cmd, fault) != 0 ||
        order_form_client_id(&f->client_oid, "client_oid", &cmd->cmd.id, fault) != 0) {
        return -1;
    }
    bool waits = cmd->ord_type == ORD_LIMIT && cmd->time_in_force != TIF_IOC &&
                 cmd->time_in_force != TIF_FOK;
    if (f->post_only && !waits) {
        return api_fault_set(fault, 400, "post_only: only for limit orders that may rest");
    }
    if (f->all_or_none && (!waits || f->post_only)) {
        return api_fault_set(fault, 400,
                             "all_or_none: only for limit orders that may rest, not post_only");
    }
    if (f->offering &&
        (!waits || f->post_only || f->all_or_none || cmd->time_in_force != TIF_GTC)) {
        return api_fault_set(fault, 400,
                             "offering: only for GTC limit orders, with no other terms");
    }
    cmd->exec_inst |= (f->post_only ? EXEC_POST_ONLY : 0u) |
                      (f->all_or_none ? EXEC_ALL_OR_NONE : 0u) | (f->offering ? EXEC_OFFERING : 0u);
    *product = p;
    return 0;
}

bool
order_id_read(const char *text, size_t bytes, uint64_t *out)
{
    uint64_t value = 0;
    for (size_t i = 0; i < bytes; i++) {
        if (text[i] < '0' || text[i] > '9' || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, (uint64_t)(text[i] - '0'), &value)) {
            return false;
        }
    }
    *out = value;
    return bytes > 0 && value != 0;
}

int
order_form_number(const struct json_text *t, const char *name, uint64_t *out,
                  struct api_fault *fault)
{
    if (t->at == NULL || t->escaped || !order_id_read(t->at, t->bytes, out)) {
        return api_fault_set(fault, 400, "%s: expected a number above zero as a text", name);
    }
    return 0;
}

int
order_form_target(const struct order_form *f, uint64_t *order_id, struct client_id *orig,
                  struct api_fault *fault)
{
    if (f->order_id.at != NULL) {
        if (f->order_id.escaped || !order_id_read(f->order_id.at, f->order_id.bytes, order_id)) {
            return api_fault_set(fault, 400, "Invalid order id");
        }
        return 0;
    }
    if (f->client_oid.at == NULL) {
        return api_fault_set(fault, 400, "order_id: missing, and no client_oid instead");
    }
    return order_form_client_id(&f->client_oid, "client_oid", orig, fault);
}

int
order_form_link(const struct order_form *f, struct command_order_linked *cmd,
                struct api_fault *fault)
{
    struct client_id other = {0};
    if (order_form_client_id(&f->oco_client_oid, "oco_client_oid", &other, fault) != 0) {
        return -1;
    }
    if (other.length > 0) {
        command_link(cmd, &other);
    }
    return 0;
}

static int
read_listed(struct json_scan *s, const struct catalog *c, int64_t utc_ns,
            struct command_order_new *cmd, struct api_fault *fault)
{
    struct order_form form;
    const struct product *p;
    size_t from = s->pos;
    command_init(&cmd->cmd, COMMAND_ORDER_NEW);
    if (!json_scan_skip(s)) {
        return api_fault_set(fault, 400, "expected %s", s->expected);
    }
    if (order_form_read(&form, s->text + from, s->pos - from, fault) != 0 ||
        order_form_check(&form, FORM_REST_NEW, fault) != 0) {
        return -1;
    }
    if (form.oco_client_oid.at != NULL) {
        return api_fault_set(fault, 400, "oco_client_oid: not in a list");
    }
    if (form.client_oid.at == NULL) {
        return api_fault_set(fault, 400, "client_oid: missing");
    }
    return order_form_new(&form, false, c, utc_ns, cmd, &p, fault);
}

int
order_form_list(const struct order_form *f, const struct catalog *c, int64_t utc_ns,
                struct command_order_list *cmd, struct api_fault *fault)
{
    enum { LISTED = 2 };
    struct command_order_new orders[LISTED];
    struct client_id list_id = {0};
    struct json_scan s;
    int cnt = 0;
    if (order_form_client_id(&f->list_id, "list_id", &list_id, fault) != 0) {
        return -1;
    }
    json_scan_init(&s, f->orders.at, f->orders.bytes);
    if (f->orders.at == NULL || !json_scan_array_begin(&s)) {
        return api_fault_set(fault, 400, "orders: expected an array of objects");
    }
    for (; json_scan_array_next(&s) && cnt < LISTED; cnt++) {
        struct api_fault why;
        if (read_listed(&s, c, utc_ns, &orders[cnt], &why) != 0) {
            return api_fault_set(fault, why.status, "orders[%d]: %.200s", cnt, why.text);
        }
    }
    if (cnt != LISTED || !json_scan_end(&s)) {
        return api_fault_set(fault, 400, "orders: expected two");
    }
    command_list(cmd, &orders[0], &orders[1], list_id.length > 0 ? &list_id : &orders[0].cmd.id);
    return 0;
}

int
order_form_replace(const struct order_form *f, const struct product *p,
                   struct command_order_replace *cmd, struct api_fault *fault)
{
    if (f->price.at == NULL && f->size.at == NULL) {
        return api_fault_set(fault, 400, "price: missing, and no size instead");
    }
    if (f->price.at != NULL &&
        order_form_decimal(&f->price, "price", p->price_scale, &cmd->price_units, fault) != 0) {
        return -1;
    }
    if (f->size.at != NULL && order_form_lots(&f->size, "size", p, &cmd->qty_lots, fault) != 0) {
        return -1;
    }
    return order_form_client_id(&f->new_client_oid, "new_client_oid", &cmd->cmd.id, fault);
}
