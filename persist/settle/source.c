#include "persist/settle/source.h"

#include <string.h>

enum { STREAM_BUFFER_MSGS = 1024 };

static int
stream_open(void *self, const struct settle_checkpoint *from, struct error *err)
{
    struct settle_stream *s = self;
    struct stream_client_options o = {
        .pub_url = s->pub_url,
        .range_url = s->range_url,
        .audience = AUDIENCE_CONFIDENTIAL,
        .checkpoint_seq = from->last_seq,
        .checkpoint_epoch = from->epoch,
        .buffer_msgs = STREAM_BUFFER_MSGS,
    };
    memcpy(o.checkpoint_chain, from->chain_head, sizeof o.checkpoint_chain);
    if (s->client) {
        stream_client_begin_after(s->client, &o);
        return 0;
    }
    return stream_client_open(&s->client, &o, err);
}

static void
stream_close(void *self)
{
    struct settle_stream *s = self;
    stream_client_close(s->client);
    s->client = NULL;
}

static int
stream_read(void *self, int64_t deadline_mono_ns, const uint8_t **records, size_t *bytes,
            struct error *err)
{
    struct settle_stream *s = self;
    uint64_t last_seq;
    return stream_client_batch(s->client, deadline_mono_ns, records, bytes, &last_seq, err);
}

static void
stream_stats(void *self, struct stream_client_stats *out)
{
    struct settle_stream *s = self;
    stream_client_stats(s->client, out);
}

void
settle_stream_init(struct settle_stream *s, const char *pub_url, const char *range_url,
                   struct settle_source *out)
{
    *s = (struct settle_stream){.pub_url = pub_url, .range_url = range_url};
    *out = (struct settle_source){s, stream_open, stream_close, stream_read, stream_stats};
}
