#include <nng/nng.h>
#include <nng/protocol/pubsub0/pub.h>
#include <stdlib.h>

#include "engine/stream/stream.h"

struct stream_pub {
    nng_socket socket;
};

enum { SEND_QUEUE_MSGS = 1024 }; /* for each subscriber; NNG takes up to 8192 and drops beyond */

int
stream_pub_open(struct stream_pub **out, const char *url, struct error *err)
{
    struct stream_pub *p = calloc(1, sizeof *p);
    if (!p)
        return error_set(err, ERR_NO_SPACE, "%s: no memory", url);
    int rc = nng_pub0_open(&p->socket);
    if (rc) {
        free(p);
        return error_set(err, ERR_IO, "%s: %s", url, nng_strerror(rc));
    }
    rc = nng_socket_set_int(p->socket, NNG_OPT_SENDBUF, SEND_QUEUE_MSGS);
    if (!rc)
        rc = nng_listen(p->socket, url, NULL, 0);
    if (rc) {
        stream_pub_close(p);
        return error_set(err, rc == NNG_EADDRINUSE ? ERR_EXISTS : ERR_IO, "%s: %s", url,
                         nng_strerror(rc));
    }
    *out = p;
    return 0;
}

void
stream_pub_close(struct stream_pub *p)
{
    if (!p)
        return;
    nng_close(p->socket);
    free(p);
}

int
stream_pub_send(struct stream_pub *p, const struct stream_msg *head, const void *records,
                size_t bytes)
{
    nng_msg *msg;
    if (nng_msg_alloc(&msg, 0))
        return ERR_NO_SPACE;
    if (nng_msg_append(msg, head, sizeof *head) || nng_msg_append(msg, records, bytes)) {
        nng_msg_free(msg);
        return ERR_NO_SPACE;
    }
    int rc = nng_sendmsg(p->socket, msg, NNG_FLAG_NONBLOCK);
    if (!rc)
        return 0;
    nng_msg_free(msg);
    return rc == NNG_EAGAIN ? ERR_AGAIN : ERR_IO;
}
