#include <stdio.h>
#include <string.h>

#include "engine/model/client_id.h"
#include "gateway/api/fanout_priv.h"

/* Private routes: accounts, orders, fills, fees. r->session says whose. */

enum { LIMIT_DEFAULT = 100, LIMIT_MAX = 1000 };

static void
done(struct rest_call *r)
{
    rest_json(r->fanout, r->conn, 200, NULL);
}

void
rest_accounts(struct rest_call *r)
{
    const struct catalog *c = &r->fanout->catalog;
    json_emit_begin_array(&r->fanout->body);
    for (uint32_t i = 0; i < c->asset_room; i++) {
        if (c->assets[i] != NULL) {
            dialect_account(&r->fanout->body, r->session->account, c->assets[i]);
        }
    }
    json_emit_close_array(&r->fanout->body);
    done(r);
}

void
rest_account(struct rest_call *r)
{
    char own[16];
    int n = snprintf(own, sizeof(own), "%u-", r->session->account_id);
    const struct asset *a = strncmp(r->segments[1], own, (size_t)n) == 0
                                ? catalog_asset_by_symbol(&r->fanout->catalog, r->segments[1] + n)
                                : NULL;
    if (a == NULL) {
        rest_error(r->fanout, r->conn, 404, "NotFound");
        return;
    }
    dialect_account(&r->fanout->body, r->session->account, a);
    done(r);
}

/* --- lists --- */

struct list_query {
    const struct product *product; /* NULL: all */
    uint64_t limit, before, after, order_id;
    bool open, finished;
};

static bool
wrong(struct rest_call *r, const char *text)
{
    rest_error(r->fanout, r->conn, 400, text);
    return false;
}

static bool
query_number(struct rest_call *r, const char *name, uint64_t *out, const char *why)
{
    char text[24];
    int bytes = http_query_get(&r->request->query, name, text, sizeof(text));
    return bytes == -1 || (bytes > 0 && order_id_read(text, (size_t)bytes, out)) || wrong(r, why);
}

/* status may stand several times; "open", "pending", "active" are open, "done" finished. */
static bool
query_status(struct rest_call *r, struct list_query *q)
{
    const struct http_text *query = &r->request->query;
    const char *at = query->at, *end = at + query->bytes;
    bool given = false;
    while (at < end) {
        const char *amp = memchr(at, '&', (size_t)(end - at));
        struct http_text one = {at, (size_t)((amp != NULL ? amp : end) - at)};
        char text[16];
        int bytes = http_query_get(&one, "status", text, sizeof(text));
        if (bytes != -1) {
            bool all = bytes > 0 && strcmp(text, "all") == 0;
            bool finished = bytes > 0 && strcmp(text, "done") == 0;
            bool open = bytes > 0 && (strcmp(text, "open") == 0 || strcmp(text, "pending") == 0 ||
                                      strcmp(text, "active") == 0);
            if (!all && !finished && !open) {
                return wrong(r, "status: expected open, pending, active, done or all");
            }
            given = true;
            q->finished |= all || finished;
            q->open |= all || open;
        }
        at = amp != NULL ? amp + 1 : end;
    }
    q->open |= !given;
    return true;
}

static bool
query_list(struct rest_call *r, struct list_query *q)
{
    char symbol[SYMBOL_MAX + 1];
    *q = (struct list_query){.limit = LIMIT_DEFAULT, .after = UINT64_MAX};
    int bytes = http_query_get(&r->request->query, "product_id", symbol, sizeof(symbol));
    if (bytes != -1) {
        q->product = bytes > 0
                         ? catalog_product_by_symbol(&r->fanout->catalog, symbol, (size_t)bytes)
                         : NULL;
        if (q->product == NULL) {
            return wrong(r, "Product not found");
        }
    }
    if (!query_status(r, q) || !query_number(r, "limit", &q->limit, "limit: expected 1 to 1000") ||
        !query_number(r, "before", &q->before, "before: expected a trade id") ||
        !query_number(r, "after", &q->after, "after: expected a trade id") ||
        !query_number(r, "order_id", &q->order_id, "Invalid order id")) {
        return false;
    }
    return q->limit <= LIMIT_MAX || wrong(r, "limit: expected 1 to 1000");
}

static bool
wanted(const struct list_query *q, uint32_t instrument_id)
{
    return q->product == NULL || q->product->instrument_id == instrument_id;
}

void
rest_orders(struct rest_call *r)
{
    struct fanout *f = r->fanout;
    const struct party_account *a = r->session->account;
    struct list_query q;
    uint64_t cnt = 0;
    if (!query_list(r, &q)) {
        return;
    }
    json_emit_begin_array(&f->body);
    for (const struct party_order *o = a->open; q.open && o != NULL && cnt < q.limit; o = o->next) {
        if (wanted(&q, o->instrument_id)) {
            dialect_order(&f->body, &f->catalog, o);
            cnt++;
        }
    }
    const struct party_order *o;
    for (uint64_t n = 0; q.finished && cnt < q.limit && (o = party_done_at(a, n)) != NULL; n++) {
        if (wanted(&q, o->instrument_id)) {
            dialect_order(&f->body, &f->catalog, o);
            cnt++;
        }
    }
    json_emit_close_array(&f->body);
    done(r);
}

void
rest_fills(struct rest_call *r)
{
    struct fanout *f = r->fanout;
    const struct party_account *a = r->session->account;
    struct list_query q;
    uint64_t cnt = 0, first = 0, last = 0;
    if (!query_list(r, &q)) {
        return;
    }
    json_emit_begin_array(&f->body);
    const struct party_fill *k;
    for (uint64_t n = 0; cnt < q.limit && (k = party_fill_at(a, n)) != NULL; n++) {
        bool in = wanted(&q, k->instrument_id) && k->trade_id > q.before && k->trade_id < q.after &&
                  (q.order_id == 0 || q.order_id == k->order_id);
        if (in) {
            dialect_fill(&f->body, &f->catalog, a, k);
            first = cnt++ == 0 ? k->trade_id : first;
            last = k->trade_id;
        }
    }
    json_emit_close_array(&f->body);
    char cursors[96] = "";
    if (cnt > 0) {
        (void)snprintf(cursors, sizeof(cursors), "CB-BEFORE: %llu\r\nCB-AFTER: %llu\r\n",
                       (unsigned long long)first, (unsigned long long)last);
    }
    rest_json(f, r->conn, 200, cursors);
}

/* --- one order --- */

/* The segment behind /orders/: an id, or client:<client id>, as a form that names it. */
static bool
form_of_segment(struct rest_call *r, struct order_form *form)
{
    const char *text = r->segments[1];
    *form = (struct order_form){0};
    if (strncmp(text, "client:", 7) == 0) {
        form->client_oid = (struct json_text){.at = text + 7, .bytes = strlen(text) - 7};
    } else {
        uint64_t id;
        if (!order_id_read(text, strlen(text), &id)) {
            return wrong(r, "Invalid order id");
        }
        form->order_id = (struct json_text){.at = text, .bytes = strlen(text)};
    }
    return true;
}

void
rest_order(struct rest_call *r)
{
    struct fanout *f = r->fanout;
    struct order_form form;
    struct api_fault fault;
    uint64_t order_id = 0;
    struct client_id id = {0};
    if (!form_of_segment(r, &form)) {
        return;
    }
    if (order_form_target(&form, &order_id, &id, &fault) != 0) {
        rest_error(f, r->conn, fault.status, fault.text);
        return;
    }
    const struct party_order *o =
        order_id != 0 ? party_order(&f->party, order_id)
                      : party_order_by_client_id(&f->party, r->session->account_id, &id);
    if (o == NULL || o->account_id != r->session->account_id) {
        rest_error(f, r->conn, 404, "NotFound");
        return;
    }
    dialect_order(&f->body, &f->catalog, o);
    done(r);
}

static void
enter(struct rest_call *r, const struct order_form *form,
      int (*entry)(struct fanout *, const struct entry *, struct api_fault *))
{
    struct api_fault fault;
    struct entry e = {.session = r->session, .conn = r->conn, .form = form};
    if (entry(r->fanout, &e, &fault) != 0) {
        rest_error(r->fanout, r->conn, fault.status, fault.text);
    }
}

/* The body as a form; an empty one is an empty form. */
static bool
read_body(struct rest_call *r, enum form_kind kind, struct order_form *form)
{
    struct api_fault fault;
    const struct http_text *body = &r->request->message.body;
    *form = (struct order_form){0};
    if (body->bytes > 0 && (order_form_read(form, body->at, body->bytes, &fault) != 0 ||
                            order_form_check(form, kind, &fault) != 0)) {
        rest_error(r->fanout, r->conn, fault.status, fault.text);
        return false;
    }
    return true;
}

/* What comes in a body that has to be there. */
static void
enter_body(struct rest_call *r, enum form_kind kind, const char *missing,
           int (*entry)(struct fanout *, const struct entry *, struct api_fault *))
{
    struct order_form form;
    if (r->request->message.body.bytes == 0) {
        rest_error(r->fanout, r->conn, 400, missing);
    } else if (read_body(r, kind, &form)) {
        enter(r, &form, entry);
    }
}

void
rest_order_new(struct rest_call *r)
{
    enter_body(r, FORM_REST_NEW, "expected an order as JSON in the body", entry_new);
}

void
rest_order_list(struct rest_call *r)
{
    enter_body(r, FORM_REST_ORDER_LIST, "expected two orders as JSON in the body",
               entry_order_list);
}

void
rest_quote(struct rest_call *r)
{
    enter_body(r, FORM_REST_QUOTE, "expected quotes as JSON in the body", entry_quote);
}

void
rest_quote_limits(struct rest_call *r)
{
    enter_body(r, FORM_REST_QUOTE_LIMITS, "expected limits as JSON in the body",
               entry_quote_limits);
}

void
rest_order_cancel(struct rest_call *r)
{
    struct order_form form, body;
    if (form_of_segment(r, &form) && read_body(r, FORM_REST_CANCEL, &body)) {
        form.product_id = body.product_id;
        enter(r, &form, entry_cancel);
    }
}

/* Of one product, named in the query or the body, or of all. */
static void
cancel_many(struct rest_call *r,
            int (*entry)(struct fanout *, const struct entry *, struct api_fault *))
{
    struct order_form form;
    char symbol[SYMBOL_MAX + 1];
    if (!read_body(r, FORM_REST_CANCEL, &form)) {
        return;
    }
    int bytes = http_query_get(&r->request->query, "product_id", symbol, sizeof(symbol));
    if (bytes > 0) {
        form.product_id = (struct json_text){.at = symbol, .bytes = (size_t)bytes};
    } else if (bytes != -1) {
        rest_error(r->fanout, r->conn, 404, "Product not found");
        return;
    }
    enter(r, &form, entry);
}

void
rest_orders_cancel(struct rest_call *r)
{
    cancel_many(r, entry_cancel_all);
}

void
rest_quotes_cancel(struct rest_call *r)
{
    cancel_many(r, entry_quote_cancel);
}

/* --- the rest --- */

/* The dialect has one pair of rates for an account; ours stand at the products: the highest. */
void
rest_fees(struct rest_call *r)
{
    const struct catalog *c = &r->fanout->catalog;
    struct json_emit *o = &r->fanout->body;
    uint32_t maker = 0, taker = 0;
    for (uint32_t i = 0; i < c->product_cnt; i++) {
        maker = c->products[i]->maker_ppm > maker ? c->products[i]->maker_ppm : maker;
        taker = c->products[i]->taker_ppm > taker ? c->products[i]->taker_ppm : taker;
    }
    json_emit_begin_object(o);
    json_emit_key(o, "maker_fee_rate");
    json_emit_decimal(o, maker, 6);
    json_emit_key(o, "taker_fee_rate");
    json_emit_decimal(o, taker, 6);
    json_emit_key(o, "usd_volume");
    json_emit_null(o);
    json_emit_close_object(o);
    done(r);
}

static void
put_profile(struct rest_call *r)
{
    struct json_emit *o = &r->fanout->body;
    json_emit_begin_object(o);
    json_emit_key(o, "id");
    json_emit_u64_string(o, r->session->account_id);
    json_emit_key(o, "user_id");
    json_emit_u64_string(o, r->session->account_id);
    json_emit_text(o, "name", "default");
    json_emit_key(o, "active");
    json_emit_bool(o, true);
    json_emit_key(o, "is_default");
    json_emit_bool(o, true);
    json_emit_close_object(o);
}

void
rest_profiles(struct rest_call *r)
{
    json_emit_begin_array(&r->fanout->body);
    put_profile(r);
    json_emit_close_array(&r->fanout->body);
    done(r);
}

void
rest_verify(struct rest_call *r)
{
    put_profile(r);
    done(r);
}
