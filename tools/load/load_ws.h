#ifndef TOOLS_LOAD_LOAD_WS_H
#define TOOLS_LOAD_LOAD_WS_H

#include <stdint.h>

#include "engine/base/error.h"
#include "tools/flow/flow.h"
#include "tools/load/load.h"
#include "tools/load/load_net.h"

/* Sessions over WebSocket, in the dialect of docs/api.md: authenticate, then new, cancel, replace,
 * answered by ack and reject.
 *
 * Session i uses key i mod key_cnt; sessions of one key trade for one account. The first session of
 * each key subscribes to `user`, which tells the account's fills and ends, whichever session
 * entered the order: each is counted once. */
struct load_ws;

struct load_ws_key {
    const char *key, *secret, *passphrase; /* secret: base64 */
};

struct load_ws_options { /* zero fields take the value in brackets */
    const char *address; /* numeric [127.0.0.1] */
    uint16_t port;       /* [8080] */
    const struct load_ws_key *keys;
    uint32_t key_cnt;        /* 1 or more */
    const struct flow *flow; /* that is sent: its products are subscribed to */
};

/* Makes the links of all sessions and sets them. Options and their texts live as long as it. */
int load_ws_open(struct load_ws **out, struct load *l, struct load_net *net, uint32_t session_cnt,
                 const struct load_ws_options *options, struct error *err) ERROR_MUST_USE;
void load_ws_close(struct load_ws *x);

#endif
