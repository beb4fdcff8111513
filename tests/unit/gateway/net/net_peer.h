#ifndef TESTS_UNIT_GATEWAY_NET_NET_PEER_H
#define TESTS_UNIT_GATEWAY_NET_NET_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/clock.h"
#include "gateway/net/net.h"

/* The other end, on plain sockets, and a recorder of callbacks: used by each test of the layer. */

enum { TEST_DEADLINE_S = 20, RECORD_BYTES = 1 << 20 };

struct record_conn { /* what one connection's callbacks saw */
    struct net_conn *conn;
    uint32_t open_cnt, data_cnt, writable_cnt, half_cnt, close_cnt;
    enum net_close_reason reason;
    int errno_value;
    size_t consume_max; /* bytes taken per on_data */
    bool echo, keep_half_open;
    uint8_t got[RECORD_BYTES];
    size_t got_bytes;
    size_t shown_bytes; /* of the last on_data */
};

extern const struct net_ops record_ops; /* user: struct record_conn */

int peer_connect(uint16_t port);
void peer_send(int fd, const void *data, size_t bytes);
/* Bytes read now without waiting; 0 at the end of the stream, -1 when nothing is there. */
int64_t peer_read_now(int fd, void *out, size_t bytes);

/* Polls until the condition holds; fails the test after the deadline. */
#define PUMP_UNTIL(n, cond)                                                                        \
    do {                                                                                           \
        int64_t pump_end = clock_mono_ns() + (int64_t)TEST_DEADLINE_S * CLOCK_NS_PER_S;            \
        while (!(cond)) {                                                                          \
            net_poll(n, 64);                                                                       \
            if (clock_mono_ns() > pump_end)                                                        \
                fail_msg("%s did not come true", #cond);                                           \
        }                                                                                          \
    } while (0)

#endif
