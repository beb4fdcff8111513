#ifndef TESTS_UNIT_ENGINE_STREAM_CANNED_VENUE_H
#define TESTS_UNIT_ENGINE_STREAM_CANNED_VENUE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/stream/stream.h"

/* A venue of canned events for tests of the stream: numbers 1..last, every third one confidential,
 * all made from their number. Serves the audience "party". */
struct venue {
    _Atomic uint64_t last;
    _Atomic uint32_t epoch;
    _Atomic uint32_t chain;      /* first byte of its chain head */
    _Atomic uint32_t later;      /* 1: it cannot judge checkpoints now */
    _Atomic uint32_t fetch_fail; /* a negative code: what fetch answers */
    _Atomic uint32_t fetch_ms;   /* how long it takes */
    _Atomic uint32_t fetch_cnt;
    char pub_url[96], range_url[96];
    struct stream_pub *pub;
    struct stream_server *server;
    struct stream_source source;
};

struct event_value venue_event(uint64_t seq);

/* With a folder the sockets are files in it (ipc), else they are inproc and new each time. */
void venue_open(struct venue *v, const char *folder);
/* One that has a past, from its first answer on. */
void venue_open_at(struct venue *v, const char *folder, uint64_t last, uint32_t epoch_no,
                   uint8_t chain);
void venue_close(struct venue *v);

/* Makes the next cnt events and broadcasts them in one message, unless it is to be lost. */
void venue_emit(struct venue *v, uint64_t cnt, bool lost);
/* Broadcasts the events [first, last] (again); first - 1 = last: a heartbeat. */
void venue_say(struct venue *v, uint64_t first, uint64_t last);

struct stream_client *venue_client(const struct venue *v, uint64_t checkpoint, uint8_t chain,
                                   size_t buffer_msgs);
/* Monotonic deadline of a test that waits. */
int64_t venue_deadline(void);
/* Reads until event `to`: every one that the audience covers must come, in order, once. */
void venue_expect(struct stream_client *c, uint64_t from, uint64_t to);

#endif
