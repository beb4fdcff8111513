#ifndef GATEWAY_API_FANOUT_PRIV_H
#define GATEWAY_API_FANOUT_PRIV_H

#include "engine/base/histogram.h"
#include "engine/base/metrics.h"
#include "engine/base/port.h"
#include "engine/model/command.h"
#include "engine/stream/stream.h"
#include "gateway/api/catalog.h"
#include "gateway/api/dialect.h"
#include "gateway/api/fanout.h"
#include "gateway/api/market.h"
#include "gateway/api/order_form.h"
#include "gateway/api/party.h"
#include "gateway/auth/auth_key.h"
#include "gateway/http/http_server.h"
#include "gateway/http/json_emit.h"
#include "gateway/net/net.h"

/* What the parts of the fan-out share. One owner, one thread. */

enum {
    BEHIND_BYTES = 512 << 10,   /* waiting for a client: from here on its books are conflated */
    CAUGHT_UP_BYTES = 64 << 10, /* and below this it gets the newest ones */
    CUT_OFF_BYTES = 8 << 20,    /* and here it is closed */
    REQUEST_ID_MAX = 64,
    API_WINDOW_S = 30,       /* a timestamp may be this far from our clock, either way */
    NET_BLOCK_BYTES = 65536, /* of a shared block */
};

/* --- subscriptions --- */

enum channel { /* bits of api_client.channels */
               CHANNEL_LEVEL2 = 0,
               CHANNEL_LEVEL2_CHECKSUM, /* level2 with the checksum field */
               CHANNEL_MATCHES,
               CHANNEL_TICKER,
               CHANNEL_HEARTBEAT,
               CHANNEL_AUCTION,
               CHANNEL_RFQ, /* requests for quote to all */
               CHANNEL_USER,
               CHANNEL_PRODUCT_CNT, /* those before are per product */
               CHANNEL_BALANCE = CHANNEL_PRODUCT_CNT,
               CHANNEL_STATUS,
               CHANNEL_CNT,
};
_Static_assert(CHANNEL_PRODUCT_CNT <= 8, "api_client.channels has a bit for each");

struct client_list {
    struct api_client **at;
    uint32_t cnt, room;
};

struct api_session { /* of one API key */
    uint32_t session_id, account_id;
    struct party_account *account;
    bool cancel_on_disconnect;
    bool up; /* the core has it up under our incarnation */
};

struct api_client { /* one WebSocket */
    struct fanout *fanout;
    struct http_conn *conn;
    uint64_t conn_id;
    struct api_session *session; /* NULL: not authenticated */
    bool cancel_on_disconnect;
    bool entered_orders;
    bool behind;
    bool has_balance, has_status;
    uint8_t *channels; /* by product index: bit n = channel n */
    uint8_t *stale;    /* the same: conflated, to be sent again */
    uint32_t room;     /* of both */
    uint32_t subscription_cnt;
    int64_t tokens_ns; /* rate limit: time credit */
    int64_t seen_ns;
    struct api_client *next, *prev;
};

struct feed_product { /* by product index */
    struct client_list subscribers[CHANNEL_PRODUCT_CNT];
    uint64_t sent_sequence; /* of the last l2update: what the next one follows */
};

struct feed {
    struct feed_product **products;
    uint32_t room;
    struct client_list status, balance;
    struct client_list behind;
    struct api_client *clients; /* all */
    uint32_t client_cnt;
    struct net_block *block; /* under way */
    struct json_emit json;   /* one message */
    uint8_t *frames;         /* framed messages that go out as one piece */
    size_t frame_bytes, frame_room;
    int64_t heartbeat_ns;
    uint64_t status_version; /* of the catalog when `status` was last sent */
    uint64_t conflated_cnt, cut_off_cnt, encoded_cnt;
};

/* --- requests that wait for their event --- */

enum request_kind {
    REQUEST_NEW = 1,
    REQUEST_CANCEL,
    REQUEST_REPLACE,
    REQUEST_CANCEL_ALL,
    REQUEST_QUOTE,
    REQUEST_QUOTE_CANCEL,
    REQUEST_QUOTE_LIMITS,
    REQUEST_ORDER_LIST,
    REQUEST_RFQ,
    REQUEST_RFQ_CANCEL,
    REQUEST_RFQ_QUOTE,
    REQUEST_RFQ_HIT,
    REQUEST_RFQ_PASS,
    REQUEST_DEAL,
    REQUEST_DEAL_PROPOSE,
    REQUEST_DEAL_ANSWER,
};

struct request {
    uint64_t client_seq; /* its command's */
    enum request_kind kind;
    uint64_t conn_id;
    bool websocket;
    bool cancel_on_disconnect;
    bool by_client_id; /* REST: the answer names the client's id */
    char request_id[REQUEST_ID_MAX + 1];
    struct api_session *session;
    uint64_t order_id;   /* when known */
    uint64_t number;     /* of the request for quote, quote or proposal that it is about */
    struct client_id id; /* of the order, for people */
    int64_t created_ns;  /* monotonic */
    bool answered;
    uint16_t reason;      /* 0 = accepted */
    uint8_t status;       /* of the order that could not be changed */
    uint32_t refused_in;  /* instrument of the refused order */
    struct refusal why;   /* of the reason, where it has figures */
    uint64_t side_ids[2]; /* REQUEST_RFQ_QUOTE: the orders of its sides; 0 = none */
    /* REQUEST_CANCEL_ALL, _QUOTE_CANCEL: of which product, ID_NONE = all; and the account's newest
     * order and count of finished ones when it was asked */
    uint32_t instrument_id;
    uint64_t order_number, done_cnt;
    struct event *answer; /* MASS_QUOTE, QUOTE_LIMITS, ORDER_LIST, REQUEST of such; else NULL */
    struct request *next, *prev; /* in order of creation */
    struct request *next_answered;
};

struct requests {
    struct ptr_map by_seq;
    struct request *first, *last;
    struct request *answered;
    uint32_t cnt;
    uint64_t client_seq; /* the last one used */
    struct histogram round_trip;
};

/* --- all of it --- */

struct fanout_metrics {
    struct metric *clients, *connections, *requests, *messages_in, *messages_out, *commands;
    struct metric *refused, *conflated, *cut_off, *stream_seq, *venue_seq, *gaps, *events, *trades;
    struct metric *delay_p50, *delay_p99, *round_trip_p50, *round_trip_p99, *ready;
};

struct fanout {
    struct fanout_options options;
    struct net *net;
    struct http_server *http;
    uint16_t listen_port;
    struct stream_client *stream;
    struct port port;
    bool port_attached;
    int64_t port_retry_ns;
    struct catalog catalog;
    struct market market;
    struct party party;
    struct feed feed;
    struct requests requests;
    struct auth_keys *keys;
    struct api_session *sessions; /* one per key, in their order */
    bool ready;                   /* has caught up with the stream once */
    bool sweep_due;               /* a connection with orders that end with it is gone */
    bool stream_waiting;          /* its descriptor was readable */
    int64_t stream_look_ns, housekeep_ns;
    int64_t mono_ns, utc_ns; /* of this cycle */
    uint64_t event_cnt, trade_cnt, command_cnt, refused_cnt;
    struct histogram delay; /* event time to fan-out, since the last housekeeping */
    struct metrics *metrics;
    struct fanout_metrics m;
    char *run_folder, *page_folder, *port_path, *bell_path;
    struct json_emit body; /* of REST answers */
    char *metrics_text;
    int failed;
    struct error error;
};

/* feed.c: encodes once, hands to all who want it */
void feed_init(struct fanout *f);
void feed_fini(struct fanout *f);
void feed_flush(struct fanout *f); /* after a batch of events: what changed in the books */
void feed_notes(struct fanout *f); /* after each event: what party_apply noted */
/* A request for quote to all. */
void feed_rfq(struct fanout *f, const struct event_request *e);
/* What market_apply_auction took. */
void feed_auction(struct fanout *f, const struct product_market *pm);
void feed_beat(struct fanout *f); /* each cycle: heartbeats, clients that caught up */
int64_t feed_next_due(const struct fanout *f);
void feed_subscribe(struct fanout *f, struct api_client *c, const struct product *p,
                    enum channel channel);
void feed_unsubscribe(struct fanout *f, struct api_client *c, const struct product *p,
                      enum channel channel);
/* What a new subscriber to it gets at once. */
void feed_send_current(struct fanout *f, struct api_client *c, const struct product *p,
                       enum channel channel);
/* status, balance */
void feed_subscribe_plain(struct fanout *f, struct api_client *c, enum channel channel);
void feed_unsubscribe_plain(struct fanout *f, struct api_client *c, enum channel channel);
bool feed_has(const struct api_client *c, const struct product *p, enum channel channel);
void feed_client_gone(struct fanout *f, struct api_client *c);

/* request.c: commands and their answers */
void requests_fini(struct fanout *f);
/* The one way into the port. 0, or -1 with *fault (busy, not up). Sets session, incarnation,
 * client_seq, recv_ns; a missing client id is made. */
int request_send(struct fanout *f, struct api_session *s, struct command *cmd,
                 struct api_fault *fault);
/* Keeps what is needed to answer; copies. */
struct request *request_add(struct fanout *f, const struct request *made);
void requests_match(struct fanout *f, const struct event *ev);
void requests_answer(struct fanout *f); /* after a batch: those that matched */
void requests_expire(struct fanout *f); /* each cycle */
int64_t requests_next_due(const struct fanout *f);

/* order_entry.c: a form becomes a command and a request. 0, or -1 with *fault. */
struct entry { /* who asks */
    struct api_session *session;
    struct http_conn *conn;
    const struct order_form *form;
    bool websocket;
    bool cancel_on_disconnect;
};
void entry_request(const struct entry *e, enum request_kind kind, struct request *r);
int entry_new(struct fanout *f, const struct entry *e, struct api_fault *fault);
int entry_cancel(struct fanout *f, const struct entry *e, struct api_fault *fault);
int entry_replace(struct fanout *f, const struct entry *e, struct api_fault *fault);
int entry_cancel_all(struct fanout *f, const struct entry *e, struct api_fault *fault);
int entry_quote(struct fanout *f, const struct entry *e, struct api_fault *fault);
int entry_order_list(struct fanout *f, const struct entry *e, struct api_fault *fault);
int entry_quote_cancel(struct fanout *f, const struct entry *e, struct api_fault *fault);
int entry_quote_limits(struct fanout *f, const struct entry *e, struct api_fault *fault);
/* deal_entry.c: requests for quote, negotiated trades */
int entry_rfq(struct fanout *f, const struct entry *e, struct api_fault *fault);
int entry_rfq_cancel(struct fanout *f, const struct entry *e, struct api_fault *fault);
int entry_rfq_quote(struct fanout *f, const struct entry *e, struct api_fault *fault);
int entry_rfq_hit(struct fanout *f, const struct entry *e, struct api_fault *fault);
int entry_rfq_pass(struct fanout *f, const struct entry *e, struct api_fault *fault);
int entry_deal(struct fanout *f, const struct entry *e, struct api_fault *fault);
int entry_deal_propose(struct fanout *f, const struct entry *e, struct api_fault *fault);
int entry_deal_answer(struct fanout *f, const struct entry *e, struct api_fault *fault);
/* While sweep_due: cancels orders that were to end with a connection that is gone. */
void entry_sweep(struct fanout *f);

/* credentials.c */
struct credentials {
    struct http_text key, sign, timestamp, passphrase; /* bytes 0 = missing */
    struct http_text method, target, body;
};
/* The session of good credentials; NULL: *text says what is wrong. */
struct api_session *credentials_check(struct fanout *f, const struct credentials *c,
                                      const char **text);

/* ws_client.c */
bool ws_client_upgrade(void *self, struct http_conn *conn, const struct http_request *r);
void ws_client_message(void *self, struct http_conn *conn, const char *text, size_t bytes);
void ws_client_close(void *self, struct http_conn *conn);

/* rest.c, rest_market.c, rest_party.c */
void rest_request(void *self, struct http_conn *conn, const struct http_request *r);
void rest_json(struct fanout *f, struct http_conn *conn, uint16_t status, const char *headers);
void rest_error(struct fanout *f, struct http_conn *conn, uint16_t status, const char *text);

struct rest_call { /* one request on its way through the routes */
    struct fanout *fanout;
    struct http_conn *conn;
    const struct http_request *request;
    char segments[4][80]; /* of the path, percent-decoded */
    uint32_t segment_cnt;
    struct api_session *session;   /* of private routes */
    const struct product *product; /* of routes of one */
};
void rest_products(struct rest_call *r);
void rest_product(struct rest_call *r);
void rest_book(struct rest_call *r);
void rest_ticker(struct rest_call *r);
void rest_stats(struct rest_call *r);
void rest_trades(struct rest_call *r);
void rest_candles(struct rest_call *r);
void rest_spark_lines(struct rest_call *r);
void rest_currencies(struct rest_call *r);
void rest_currency(struct rest_call *r);
void rest_time(struct rest_call *r);
void rest_accounts(struct rest_call *r);
void rest_account(struct rest_call *r);
void rest_orders(struct rest_call *r);
void rest_order(struct rest_call *r);
void rest_order_new(struct rest_call *r);
void rest_order_cancel(struct rest_call *r);
void rest_orders_cancel(struct rest_call *r);
void rest_quote(struct rest_call *r);
void rest_order_list(struct rest_call *r);
void rest_quotes_cancel(struct rest_call *r);
void rest_quote_limits(struct rest_call *r);
void rest_fills(struct rest_call *r);
void rest_fees(struct rest_call *r);
void rest_profiles(struct rest_call *r);
void rest_verify(struct rest_call *r);
/* status.c: /status, /metrics */
void rest_status(struct rest_call *r);
void rest_metrics(struct rest_call *r);
void fanout_metrics_init(struct fanout *f);
void fanout_metrics_update(struct fanout *f);
/* page.c: 1 = served */
int page_serve(struct fanout *f, struct http_conn *conn, const struct http_request *r);

#endif
