#ifndef PERSIST_SETTLE_SOURCE_H
#define PERSIST_SETTLE_SOURCE_H

#include "engine/base/error.h"
#include "engine/stream/stream.h"
#include "persist/settle/batch.h"

/* Where events come from: the stream client, or a test. As engine/stream/stream.h promises: in
 * order, without gaps, only what is durable. */
struct settle_source {
    void *self;
    /* Begins after a checkpoint; when it is open already, anew after another one. ERR_AGAIN,
     * ERR_CLOSED, ERR_IO, ERR_TIMEOUT: the venue is not there yet. */
    int (*open)(void *self, const struct settle_checkpoint *from, struct error *err);
    void (*close)(void *self); /* also when it was never open */
    /* A run of whole event records, valid until the next call; 1 = some, 0 = none until the
     * deadline, negative as open. */
    int (*read)(void *self, int64_t deadline_mono_ns, const uint8_t **records, size_t *bytes,
                struct error *err);
    void (*stats)(void *self, struct stream_client_stats *out);
};

/* The stream client as a source. The texts must live as long as the source. */
struct settle_stream {
    const char *pub_url, *range_url;
    struct stream_client *client;
};
void settle_stream_init(struct settle_stream *s, const char *pub_url, const char *range_url,
                        struct settle_source *out);

#endif
