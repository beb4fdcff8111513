#ifndef GATEWAY_API_FANOUT_H
#define GATEWAY_API_FANOUT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "engine/base/tile.h"

/* The fan-out: a process of its own that follows the event stream (audience party) and serves REST,
 * WebSocket, the page at `/`, `/status` and `/metrics`. Its state comes from events alone, read
 * from the first one at start; until it has caught up, the API answers 503. Orders go into its own
 * command port and are answered when their event comes, so that what a client is told is durable.
 *
 *   fanout_open(&f, &options, err);
 *   fanout_run(f, &stop);        or a tile: {.ops = &fanout_tile_ops, .self = f, .bell = o.bell}
 *   fanout_close(f);
 *
 * thread: one owner (NNG has its own behind the stream client). */
struct fanout;

struct fanout_key {                        /* texts are copied */
    const char *key, *secret, *passphrase; /* secret: base64 */
    uint32_t session_id, account_id;
    bool cancel_on_disconnect; /* of orders entered over WebSocket, unless the client says other */
};

struct fanout_options {                /* zero fields take the value in brackets */
    const char *listen;                /* numeric address */
    uint16_t port;                     /* 0: any free one */
    const char *pub_url, *range_url;   /* of the stream; pub_url NULL: events come by fanout_feed */
    const char *port_path, *bell_path; /* of the command port; NULL: no order entry */
    const char *run_folder;            /* of the metrics files; NULL: none are written or shown */
    const char *page_folder; /* serves these files instead of those that were built in; NULL */
    const struct fanout_key *keys;
    uint32_t key_cnt;
    struct bell *bell;         /* of the tile; NULL with fanout_run */
    uint32_t conn_max;         /* [2048] */
    uint32_t subscription_max; /* products times channels of one client [1000] */
    uint32_t message_rate;     /* messages a second of one WebSocket client [5000] */
    int64_t answer_ns;         /* how long an answer waits for its event [5 s] */
    void (*on_ready)(void);    /* it has caught up with the stream; NULL */
};

int fanout_open(struct fanout **out, const struct fanout_options *o,
                struct error *err) ERROR_MUST_USE;
/* Takes leave of clients (1001) and of the sequencer (session down), closes everything. */
void fanout_close(struct fanout *f);

/* The port that it listens on. */
uint16_t fanout_port(const struct fanout *f);

/* Works until *stop is not 0, a signal comes while it is, or the stream is lost for good (a
 * negative code and why). */
int fanout_run(struct fanout *f, const _Atomic int *stop, struct error *err) ERROR_MUST_USE;

/* One cycle of the same, for tests and other owners: never blocks. */
uint32_t fanout_poll(struct fanout *f, int64_t mono_ns);
/* Sleeps until there is something to do, at most until the deadline. */
void fanout_wait(struct fanout *f, int64_t deadline_mono_ns);
/* 0, or the code with which the stream was lost; then err says why. */
int fanout_failed(const struct fanout *f, struct error *err);

/* Whole event records in sequence, for a fan-out without a stream. */
void fanout_feed(struct fanout *f, const void *records, size_t bytes);

extern const struct tile_ops fanout_tile_ops;

#endif
