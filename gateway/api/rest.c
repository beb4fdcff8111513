#include <stdio.h>
#include <string.h>

#include "engine/base/clock.h"
#include "gateway/api/fanout_priv.h"

/* REST: the table of routes, what they share, errors. The routes themselves: rest_market.c,
 * rest_party.c, status.c. */

enum route_flag {
    ROUTE_PRIVATE = 1, /* needs credentials */
    ROUTE_PRODUCT = 2, /* the second segment is a product */
    ROUTE_EARLY = 4,   /* answers before the stream has been read */
};

static const struct {
    enum http_method method;
    const char *segments[3]; /* "*": any one; "": none */
    unsigned flags;
    void (*run)(struct rest_call *r);
} routes[] = {
    {HTTP_GET, {"products", "", ""}, 0, rest_products},
    {HTTP_GET, {"products", "spark-lines", ""}, 0, rest_spark_lines},
    {HTTP_GET, {"products", "*", ""}, ROUTE_PRODUCT, rest_product},
    {HTTP_GET, {"products", "*", "book"}, ROUTE_PRODUCT, rest_book},
    {HTTP_GET, {"products", "*", "ticker"}, ROUTE_PRODUCT, rest_ticker},
    {HTTP_GET, {"products", "*", "stats"}, ROUTE_PRODUCT, rest_stats},
    {HTTP_GET, {"products", "*", "trades"}, ROUTE_PRODUCT, rest_trades},
    {HTTP_GET, {"products", "*", "candles"}, ROUTE_PRODUCT, rest_candles},
    {HTTP_GET, {"currencies", "", ""}, 0, rest_currencies},
    {HTTP_GET, {"currencies", "*", ""}, 0, rest_currency},
    {HTTP_GET, {"time", "", ""}, ROUTE_EARLY, rest_time},
    {HTTP_GET, {"accounts", "", ""}, ROUTE_PRIVATE, rest_accounts},
    {HTTP_GET, {"accounts", "*", ""}, ROUTE_PRIVATE, rest_account},
    {HTTP_GET, {"orders", "", ""}, ROUTE_PRIVATE, rest_orders},
    {HTTP_GET, {"orders", "*", ""}, ROUTE_PRIVATE, rest_order},
    {HTTP_POST, {"orders", "", ""}, ROUTE_PRIVATE, rest_order_new},
    {HTTP_DELETE, {"orders", "", ""}, ROUTE_PRIVATE, rest_orders_cancel},
    {HTTP_DELETE, {"orders", "*", ""}, ROUTE_PRIVATE, rest_order_cancel},
    {HTTP_POST, {"orders", "list", ""}, ROUTE_PRIVATE, rest_order_list},
    {HTTP_POST, {"quotes", "", ""}, ROUTE_PRIVATE, rest_quote},
    {HTTP_DELETE, {"quotes", "", ""}, ROUTE_PRIVATE, rest_quotes_cancel},
    {HTTP_POST, {"quotes", "limits", ""}, ROUTE_PRIVATE, rest_quote_limits},
    {HTTP_GET, {"fills", "", ""}, ROUTE_PRIVATE, rest_fills},
    {HTTP_GET, {"fees", "", ""}, ROUTE_PRIVATE, rest_fees},
    {HTTP_GET, {"profiles", "", ""}, ROUTE_PRIVATE, rest_profiles},
    {HTTP_GET, {"users", "self", "verify"}, ROUTE_PRIVATE, rest_verify},
    {HTTP_GET, {"status", "", ""}, ROUTE_EARLY, rest_status},
    {HTTP_GET, {"metrics", "", ""}, ROUTE_EARLY, rest_metrics},
};

enum { ROUTE_CNT = sizeof(routes) / sizeof(routes[0]) };

/* --- answers --- */

/* Anybody's page may read what anybody may read; private routes need a signature all the same. */
#define CORS "Access-Control-Allow-Origin: *\r\n"

void
rest_json(struct fanout *f, struct http_conn *conn, uint16_t status, const char *headers)
{
    char lines[256];
    (void)snprintf(lines, sizeof(lines), CORS "Cache-Control: no-store\r\n%s",
                   headers != NULL ? headers : "");
    http_answer(conn, &(struct http_answer){.status = status,
                                            .headers = lines,
                                            .body = f->body.text,
                                            .bytes = f->body.bytes});
}

void
rest_error(struct fanout *f, struct http_conn *conn, uint16_t status, const char *text)
{
    json_emit_reset(&f->body);
    json_emit_begin_object(&f->body);
    json_emit_text(&f->body, "message", text);
    json_emit_close_object(&f->body);
    rest_json(f, conn, status, status == 503 ? "Retry-After: 1\r\n" : NULL);
}

/* --- on the way to a route --- */

static bool
split_path(struct rest_call *r)
{
    const struct http_text *path = &r->request->path;
    const char *at = path->at + 1, *end = path->at + path->bytes;
    while (at < end) {
        const char *slash = memchr(at, '/', (size_t)(end - at));
        const char *stop = slash != NULL ? slash : end;
        if (r->segment_cnt == 3 ||
            http_percent_decode(at, (size_t)(stop - at), false, r->segments[r->segment_cnt],
                                sizeof(r->segments[0])) < 0) {
            return false;
        }
        r->segment_cnt++;
        at = stop + 1;
    }
    return true;
}

static bool
route_matches(size_t i, const struct rest_call *r)
{
    for (uint32_t s = 0; s < 3; s++) {
        const char *want = routes[i].segments[s];
        bool any = strcmp(want, "*") == 0 && r->segments[s][0] != 0;
        if (!any && strcmp(want, r->segments[s]) != 0) {
            return false;
        }
    }
    return true;
}

static struct http_text
header_of(const struct http_request *r, const char *name)
{
    const struct http_text *t = http_header_get(&r->message, name);
    return t != NULL ? *t : (struct http_text){NULL, 0};
}

static bool
authenticate(struct rest_call *r)
{
    const char *why;
    struct credentials c = {
        .key = header_of(r->request, "cb-access-key"),
        .sign = header_of(r->request, "cb-access-sign"),
        .timestamp = header_of(r->request, "cb-access-timestamp"),
        .passphrase = header_of(r->request, "cb-access-passphrase"),
        .method = r->request->method_text,
        .target = r->request->target,
        .body = r->request->message.body,
    };
    r->session = credentials_check(r->fanout, &c, &why);
    if (r->session == NULL) {
        rest_error(r->fanout, r->conn, 401, why);
        return false;
    }
    return true;
}

static void
run_route(struct rest_call *r, size_t i)
{
    struct fanout *f = r->fanout;
    if (!f->ready && (routes[i].flags & ROUTE_EARLY) == 0) {
        rest_error(f, r->conn, 503, "starting: reading the event stream; try again");
        return;
    }
    if ((routes[i].flags & ROUTE_PRIVATE) != 0 && !authenticate(r)) {
        return;
    }
    if ((routes[i].flags & ROUTE_PRODUCT) != 0) {
        r->product = catalog_product_by_symbol(&f->catalog, r->segments[1], strlen(r->segments[1]));
        if (r->product == NULL) {
            rest_error(f, r->conn, 404, "Product not found");
            return;
        }
    }
    json_emit_reset(&f->body);
    routes[i].run(r);
}

static void
preflight(struct http_conn *conn)
{
    http_answer(conn, &(struct http_answer){.status = 204,
                                            .headers = CORS
                                            "Access-Control-Allow-Methods: GET, POST, DELETE\r\n"
                                            "Access-Control-Allow-Headers: CB-ACCESS-KEY, "
                                            "CB-ACCESS-SIGN, CB-ACCESS-TIMESTAMP, "
                                            "CB-ACCESS-PASSPHRASE, Content-Type\r\n"
                                            "Access-Control-Max-Age: 600\r\n"});
}

void
rest_request(void *self, struct http_conn *conn, const struct http_request *request)
{
    struct fanout *f = self;
    struct rest_call r = {.fanout = f, .conn = conn, .request = request};
    bool known_path = false;
    if (request->method == HTTP_OPTIONS) {
        preflight(conn);
        return;
    }
    if (split_path(&r)) {
        for (size_t i = 0; i < ROUTE_CNT; i++) {
            bool get = request->method == HTTP_HEAD && routes[i].method == HTTP_GET;
            if (!route_matches(i, &r)) {
                continue;
            }
            if (request->method == routes[i].method || get) {
                run_route(&r, i);
                return;
            }
            known_path = true;
        }
    }
    if (known_path) {
        rest_error(f, conn, 405, "this path does not take this method");
    } else if (page_serve(f, conn, request) == 0) {
        rest_error(f, conn, 404, "NotFound");
    }
}
