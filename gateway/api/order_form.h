#ifndef GATEWAY_API_ORDER_FORM_H
#define GATEWAY_API_ORDER_FORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/model/command.h"
#include "gateway/api/catalog.h"
#include "gateway/http/json_scan.h"

/* What a client may say in JSON: the body of a REST order, or any WebSocket message; and its way
 * into a command. What a message has not is refused by name, lest a slip in a name make another
 * order of it. Syntax is checked here, the market's rules by the core. */

struct api_fault {   /* why a request is refused before it becomes a command */
    uint16_t status; /* of HTTP */
    char text[256];
};

/* The messages; each field belongs to some of them. */
enum form_kind {
    FORM_REST_NEW = 1,    /* POST /orders */
    FORM_REST_CANCEL = 2, /* the body of DELETE /orders and /orders/ID */
    FORM_NEW = 4,         /* the others are of WebSocket */
    FORM_CANCEL = 8,
    FORM_REPLACE = 16,
    FORM_CANCEL_ALL = 32,
    FORM_SUBSCRIBE = 64, /* and unsubscribe */
    FORM_AUTHENTICATE = 128,
    FORM_QUOTE = 256,
    FORM_QUOTE_CANCEL = 512,
    FORM_QUOTE_LIMITS = 1024,
    FORM_REST_QUOTE = 2048,
    FORM_REST_QUOTE_LIMITS = 4096,
    FORM_ORDER_LIST = 8192,
    FORM_REST_ORDER_LIST = 16384,
    FORM_RFQ = 1 << 15, /* requests for quote */
    FORM_RFQ_CANCEL = 1 << 16,
    FORM_RFQ_QUOTE = 1 << 17,
    FORM_RFQ_HIT = 1 << 18,
    FORM_RFQ_PASS = 1 << 19,
    FORM_DEAL = 1 << 20, /* negotiated trades */
    FORM_DEAL_PROPOSE = 1 << 21,
    FORM_DEAL_ANSWER = 1 << 22,
};

struct order_form {        /* at == NULL: not given */
    struct json_text type; /* REST: limit, market; WebSocket: kind of message */
    struct json_text order_type;
    struct json_text request_id;
    struct json_text product_id, side, price, size, time_in_force, cancel_after;
    struct json_text stop, stop_price;
    struct json_text client_oid, new_client_oid, order_id, oco_client_oid;
    struct json_text key, signature, timestamp, passphrase;
    struct json_text channels, product_ids, quotes, orders; /* raw JSON of their arrays */
    struct json_text list_id;
    struct json_text fills, window_ms, value, net;
    struct json_text rfq_id, quote_id, to, life_ms, ask_client_oid;
    struct json_text bid_price, bid_size, ask_price, ask_size;
    struct json_text deal_id, kind, counterparty, counterparty_client_oid;
    bool disclosed, accept;
    bool post_only, all_or_none, offering, checksum, cancel_on_disconnect,
        cancel_on_disconnect_given;
    bool reset_protection;
    uint64_t given;           /* bit n: field n of order_form.c */
    struct json_text unknown; /* the first name that no message has */
};

/* Reads one JSON object. 0, or -1 with *fault, whose text names the field, the place and what was
 * expected. */
int order_form_read(struct order_form *f, const char *text, size_t bytes, struct api_fault *fault);

/* Whether that kind of message has every field that was given. 0, or -1 with *fault, whose text
 * names the field, and those that it has. */
int order_form_check(const struct order_form *f, enum form_kind kind, struct api_fault *fault);

/* A name that a client gave, fit for a message: cut short, what is not plain text as '?'. */
enum { FORM_NAME_MAX = 32, FORM_NAME_TEXT = FORM_NAME_MAX + 4 };
const char *order_form_name(const struct json_text *name, char out[FORM_NAME_TEXT]);

/* Fill the body of a command made by command_init; the header's client id too. 0, or -1. */
int order_form_new(const struct order_form *f, bool websocket, const struct catalog *c,
                   int64_t utc_ns, struct command_order_new *cmd, const struct product **product,
                   struct api_fault *fault);
/* Texts to numbers, told by the name of their field: a decimal above zero, whole lots above zero,
 * the product of a product_id (at == NULL: missing). */
int order_form_decimal(const struct json_text *t, const char *name, unsigned scale, int64_t *out,
                       struct api_fault *fault);
int order_form_lots(const struct json_text *t, const char *name, const struct product *p,
                    int64_t *lots, struct api_fault *fault);
const struct product *order_form_symbol(const struct json_text *t, const struct catalog *c,
                                        struct api_fault *fault);
/* The product that it names; NULL with *fault. */
const struct product *order_form_product(const struct order_form *f, const struct catalog *c,
                                         struct api_fault *fault);
/* A client id that may be left out. */
int order_form_client_id(const struct json_text *t, const char *name, struct client_id *id,
                         struct api_fault *fault);
/* A whole number above zero, as a text of digits. */
int order_form_number(const struct json_text *t, const char *name, uint64_t *out,
                      struct api_fault *fault);
/* buy or sell. */
int order_form_side(const struct json_text *t, uint8_t *side, struct api_fault *fault);
/* The order that a cancel or a replace names: by order_id, or by client_oid into *orig. */
int order_form_target(const struct order_form *f, uint64_t *order_id, struct client_id *orig,
                      struct api_fault *fault);
/* oco_client_oid, when given: makes the order the second of two. */
int order_form_link(const struct order_form *f, struct command_order_linked *cmd,
                    struct api_fault *fault);
/* Two orders, one cancels the other. */
int order_form_list(const struct order_form *f, const struct catalog *c, int64_t utc_ns,
                    struct command_order_list *cmd, struct api_fault *fault);
/* price, size, new_client_oid; product: of the order. */
int order_form_replace(const struct order_form *f, const struct product *product,
                       struct command_order_replace *cmd, struct api_fault *fault);

/* A decimal order id. */
bool order_id_read(const char *text, size_t bytes, uint64_t *out);

int api_fault_set(struct api_fault *fault, uint16_t status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
