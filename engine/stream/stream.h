#ifndef ENGINE_STREAM_STREAM_H
#define ENGINE_STREAM_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "engine/model/event.h"

/* Reading the event stream. Whatever carries it (the broadcast ring in the engine's process, NNG
 * between processes), a consumer sees the same thing: events in sequence order without a gap;
 * events that its audience does not cover are skipped over by number. A carrier that loses messages
 * (NNG does, silently) is repaired here: the reader sees the gap in the numbers and fetches the
 * range from the journal.
 *
 *   // options.from = first event wanted (checkpoint + 1); epoch and chain head of the checkpoint
 *   stream_client_open(&c, &options, err);
 *   while ((rc = stream_client_next(c, deadline, &ev, err)) ...)
 *       // 1 = an event, 0 = deadline passed, < 0 = the stream is not ours any more
 */

/* --- messages over NNG: one header, then whole records (events and skips), 8-byte aligned --- */
enum {
    STREAM_MAGIC = 0x4d525453 /* "STRM" */,
    STREAM_VERSION = 2,
    STREAM_MSG_EVENTS_MAX = 256,
    STREAM_MSG_BYTES_MAX = 32768 + EVENT_BYTES_MAX
};

struct stream_msg {   /* begins with one byte of audience as the topic of the NNG subscription */
    uint8_t audience; /* 0: topic */
    uint8_t status;   /* 1: enum stream_status of an answer; broadcasts: STREAM_OK */
    uint8_t zero[6];
    uint32_t magic;        /* 8 */
    uint16_t version;      /* 12 */
    uint16_t record_cnt;   /* 14 */
    uint32_t epoch;        /* 16: newest epoch known to the sender */
    uint32_t length_bytes; /* 20: of the whole message */
    uint64_t first_seq;    /* 24: first event covered, skipped ones included */
    uint64_t last_seq;     /* 32: last event covered; first_seq - 1 = heartbeat: nothing new */
    uint8_t
        chain_head[32]; /* 40: journal chain head at or after last_seq, zero when not known yet */
    int64_t sent_ns;    /* 72: UTC, for lag */
    int64_t durable_ns; /* 80: CLOCK_MONOTONIC of this machine, when the first event covered became
                           durable; 0 = not known (heartbeats, answers to range requests) */
};
_Static_assert(sizeof(struct stream_msg) == 88, "stream_msg layout");

struct stream_range_req {
    uint32_t magic;    /* 0 */
    uint16_t version;  /* 4 */
    uint8_t audience;  /* 6 */
    uint8_t zero;      /* 7 */
    uint64_t from_seq; /* 8: events from here on, as many as fit one message; 0 = only tell where
                          the stream stands */
    uint32_t epoch;    /* 16: of the consumer's checkpoint; 0 = none */
    uint32_t zero1;    /* 20 */
    uint64_t checkpoint_seq; /* 24: last event the consumer has; 0 = none */
    uint8_t chain_head[32];  /* 32: of its checkpoint, zero = none */
};
_Static_assert(sizeof(struct stream_range_req) == 64, "stream_range_req layout");
/* The answer is a struct stream_msg with records; a refusal has record_cnt 0, last_seq = first_seq
 * - 1 and a status: */
enum stream_status {
    STREAM_OK = 0,
    STREAM_AHEAD = 1 /* consumer is ahead of the journal */,
    STREAM_OTHER_CHAIN = 2,
    STREAM_BAD_REQUEST = 3,
    STREAM_GONE = 4, /* archived away */
    /* Cannot be told right now: a batch is half written, or the journal's disk does not read. The
     * client asks again, at most every 100 ms, for as long as it takes: it gives out nothing, and
     * its stats say for how long (waiting_ns), by which a consumer's alarm goes. */
    STREAM_LATER = 5
};

/* --- who serves ranges (the journal plugs itself in) --- */
struct stream_source {
    void *self;
    /* Copies whole event records from from_seq on, in order, into out; only durable ones; returns
     * bytes (0 = nothing there yet), or a negative code. chain (may be NULL; set when there are
     * bytes) is the chain head close behind the last of them, so that a checkpoint made of both is
     * soon confirmed. thread: the server's own */
    int64_t (*fetch)(void *self, uint64_t from_seq, void *out, size_t out_bytes, uint8_t chain[32],
                     struct error *err);
    uint64_t (*last_seq)(void *self);
    uint32_t (*epoch)(void *self);
    /* Checks a consumer's checkpoint (seq, epoch, chain head): enum stream_status. epoch and
     * chain_head say where the journal stands. */
    int (*check)(void *self, uint64_t seq, uint32_t epoch, const uint8_t chain_head[32]);
    void (*chain_head)(void *self, uint8_t out[32]);
};

/* Serves ranges on an NNG rep socket (one per audience: <url>-<audience>) from threads of its own.
 */
struct stream_server;
int stream_server_open(struct stream_server **out, const char *url, uint8_t audience,
                       const struct stream_source *source, struct error *err) ERROR_MUST_USE;
void stream_server_close(struct stream_server *s);

/* --- consumer in another process --- */
struct stream_client_options {
    const char *pub_url;   /* ipc:///.../events */
    const char *range_url; /* ipc:///.../range-<audience> */
    uint8_t audience;
    uint64_t checkpoint_seq; /* last event that the consumer has stored; 0 = from the beginning */
    uint32_t checkpoint_epoch;
    uint8_t checkpoint_chain[32];
    size_t buffer_msgs; /* NNG receive queue, up to 8192 */
};
struct stream_client;
int stream_client_open(struct stream_client **out, const struct stream_client_options *o,
                       struct error *err) ERROR_MUST_USE;
void stream_client_close(struct stream_client *c);

/* Goes on after another checkpoint (those three of o) over the connections there are: closing a
 * request socket of NNG may wait for ever (source: github.com/nanomsg/nng/issues/648), which only a
 * process that ends can afford. */
void stream_client_begin_after(struct stream_client *c, const struct stream_client_options *o);

/* The next event in order; the pointer lives until the next call. 1 = event, 0 = nothing until the
 * deadline (CLOCK_MONOTONIC ns), negative = this consumer must stop (ahead, other chain) or the
 * venue cannot be reached yet (ERR_AGAIN, call again). thread: one */
int stream_client_next(struct stream_client *c, int64_t deadline_mono_ns, const struct event **ev,
                       struct error *err) ERROR_MUST_USE;
/* Like it, but a whole contiguous batch of event records (no skips); *bytes of them; *last_seq =
 * last number covered, skipped ones too. */
int stream_client_batch(struct stream_client *c, int64_t deadline_mono_ns, const uint8_t **records,
                        size_t *bytes, uint64_t *last_seq, struct error *err) ERROR_MUST_USE;

struct stream_client_stats {
    uint64_t last_seq;     /* last event given out or skipped */
    uint64_t venue_seq;    /* newest that the venue has told of */
    uint64_t gap_cnt;      /* gaps seen in what the carrier brought */
    uint64_t fetched_cnt;  /* events fetched from the journal */
    uint64_t dropped_msgs; /* messages that came too late or twice */
    uint32_t epoch;
    uint8_t chain_head[32];
    int64_t lag_ns;     /* age of the last message when read */
    int64_t durable_ns; /* of the message that was given out last, as in its head */
    int64_t waiting_ns; /* for how long the journal has owed an answer, or has given none but
                           STREAM_LATER; 0 = it owes none */
};
void stream_client_stats(const struct stream_client *c, struct stream_client_stats *out);
/* Readable when a message waits: for a consumer that sleeps in io_uring or poll. It reads until 0
 * comes back, and calls at least every 100 ms, since requests are repeated from within the call. */
int stream_client_fd(const struct stream_client *c);

/* --- publisher's side of the carrier --- */
struct stream_pub;
int stream_pub_open(struct stream_pub **out, const char *url,
                    struct error *err) ERROR_MUST_USE; /* open before pinning: NNG starts threads */
void stream_pub_close(struct stream_pub *p);
/* Sends one message for an audience; records hold events and skips. Never blocks; NNG may drop it
 * at slow subscribers. */
int stream_pub_send(struct stream_pub *p, const struct stream_msg *head, const void *records,
                    size_t bytes) ERROR_MUST_USE;

#endif
