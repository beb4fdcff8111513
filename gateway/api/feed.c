#include <stdlib.h>
#include <string.h>

#include "engine/base/check.h"
#include "engine/base/clock.h"
#include "gateway/api/fanout_priv.h"

/* Each message is encoded and framed once, into a block that all who want it share. A client that
 * is behind gets no more books, tickers and auctions until it has caught up, and then the newest
 * ones. */

enum { BEAT_NS = 1000000000, BEHIND_LOOK_NS = 5000000 };

void
feed_init(struct fanout *f)
{
    json_emit_init_growing(&f->feed.json);
}

static void
list_fini(struct client_list *l)
{
    free(l->at);
    *l = (struct client_list){0};
}

void
feed_fini(struct fanout *f)
{
    struct feed *d = &f->feed;
    for (uint32_t i = 0; i < d->room; i++) {
        for (uint32_t c = 0; d->products[i] != NULL && c < CHANNEL_PRODUCT_CNT; c++) {
            list_fini(&d->products[i]->subscribers[c]);
        }
        free(d->products[i]);
    }
    free(d->products);
    list_fini(&d->status);
    list_fini(&d->balance);
    list_fini(&d->behind);
    json_emit_fini(&d->json);
    free(d->frames);
}

/* --- who wants what --- */

/* A client stands in a list once: none can make it longer than there may be connections. */
static void
list_add(struct client_list *l, struct api_client *c)
{
    if (l->cnt == l->room) {
        l->room = l->room == 0 ? 8 : l->room * 2;
        l->at = realloc(l->at, l->room * sizeof(struct api_client *));
        CHECK(l->at != NULL, "no memory for %u subscribers", l->room);
    }
    l->at[l->cnt++] = c;
}

static void
list_remove(struct client_list *l, const struct api_client *c)
{
    for (uint32_t i = 0; i < l->cnt; i++) {
        if (l->at[i] == c) {
            l->at[i] = l->at[--l->cnt];
            return;
        }
    }
}

static struct feed_product *
feed_product(struct fanout *f, const struct product *p)
{
    struct feed *d = &f->feed;
    if (p->index >= d->room) {
        uint32_t room = d->room == 0 ? 16 : d->room;
        while (room <= p->index) {
            room *= 2;
        }
        d->products = realloc(d->products, room * sizeof(struct feed_product *));
        CHECK(d->products != NULL, "no memory for %u products", room);
        memset(d->products + d->room, 0, (room - d->room) * sizeof(struct feed_product *));
        d->room = room;
    }
    if (d->products[p->index] == NULL) {
        d->products[p->index] = calloc(1, sizeof(struct feed_product));
        CHECK(d->products[p->index] != NULL, "no memory for a product");
    }
    return d->products[p->index];
}

static void
client_make_room(struct api_client *c, uint32_t index)
{
    if (index < c->room) {
        return;
    }
    uint32_t room = (index + 16) & ~15u;
    c->channels = realloc(c->channels, room);
    c->stale = realloc(c->stale, room);
    CHECK(c->channels != NULL && c->stale != NULL, "no memory for %u subscriptions", room);
    memset(c->channels + c->room, 0, room - c->room);
    memset(c->stale + c->room, 0, room - c->room);
    c->room = room;
}

bool
feed_has(const struct api_client *c, const struct product *p, enum channel channel)
{
    return p->index < c->room && (c->channels[p->index] & 1u << channel) != 0;
}

void
feed_subscribe(struct fanout *f, struct api_client *c, const struct product *p,
               enum channel channel)
{
    client_make_room(c, p->index);
    if (!feed_has(c, p, channel)) {
        c->channels[p->index] |= (uint8_t)(1u << channel);
        c->subscription_cnt++;
        list_add(&feed_product(f, p)->subscribers[channel], c);
    }
}

void
feed_unsubscribe(struct fanout *f, struct api_client *c, const struct product *p,
                 enum channel channel)
{
    if (feed_has(c, p, channel)) {
        c->channels[p->index] &= (uint8_t) ~(1u << channel);
        c->stale[p->index] &= (uint8_t) ~(1u << channel);
        c->subscription_cnt--;
        list_remove(&feed_product(f, p)->subscribers[channel], c);
    }
}

void
feed_unsubscribe_plain(struct fanout *f, struct api_client *c, enum channel channel)
{
    bool *has = channel == CHANNEL_STATUS ? &c->has_status : &c->has_balance;
    if (*has) {
        *has = false;
        c->subscription_cnt--;
        list_remove(channel == CHANNEL_STATUS ? &f->feed.status : &f->feed.balance, c);
    }
}

void
feed_client_gone(struct fanout *f, struct api_client *c)
{
    for (uint32_t i = 0; i < c->room; i++) {
        for (unsigned channel = 0; c->channels[i] != 0 && channel < CHANNEL_PRODUCT_CNT;
             channel++) {
            feed_unsubscribe(f, c, f->catalog.products[i], channel);
        }
    }
    feed_unsubscribe_plain(f, c, CHANNEL_STATUS);
    feed_unsubscribe_plain(f, c, CHANNEL_BALANCE);
    list_remove(&f->feed.behind, c);
    free(c->channels);
    free(c->stale);
}

/* --- pieces --- */

struct piece {               /* framed messages, ready to go out */
    struct net_block *block; /* NULL: only at data, to be copied */
    uint32_t offset;
    const uint8_t *data;
    size_t bytes;
};

/* Frames the message in d->json behind those that wait. */
static void
frame_add(struct feed *d)
{
    size_t need = d->frame_bytes + WS_HEAD_MAX + d->json.bytes;
    if (need > d->frame_room) {
        size_t room = d->frame_room == 0 ? 65536 : d->frame_room;
        while (room < need) {
            room *= 2;
        }
        d->frames = realloc(d->frames, room);
        CHECK(d->frames != NULL, "no memory for %zu bytes of messages", room);
        d->frame_room = room;
    }
    d->frame_bytes += ws_frame_head(d->frames + d->frame_bytes, WS_TEXT, d->json.bytes);
    memcpy(d->frames + d->frame_bytes, d->json.text, d->json.bytes);
    d->frame_bytes += d->json.bytes;
    d->encoded_cnt++;
    json_emit_reset(&d->json);
}

/* Lays the frames that wait into a block. */
static struct piece
piece_make(struct fanout *f)
{
    struct feed *d = &f->feed;
    struct piece p = {.data = d->frames, .bytes = d->frame_bytes};
    d->frame_bytes = 0;
    if (d->block != NULL && d->block->bytes + p.bytes > NET_BLOCK_BYTES) {
        net_block_put(f->net, d->block);
        d->block = NULL;
    }
    if (p.bytes > NET_BLOCK_BYTES) {
        return p;
    }
    if (d->block == NULL) {
        d->block = net_block_get(f->net);
        if (d->block == NULL) {
            return p; /* all blocks are held by slow clients */
        }
        d->block->bytes = 0; /* as its last user left it */
    }
    p.block = d->block;
    p.offset = d->block->bytes;
    memcpy(p.block->data + p.offset, p.data, p.bytes);
    p.block->bytes += (uint32_t)p.bytes;
    return p;
}

/* Queues a piece; true when the client is behind now. */
static bool
piece_send(struct fanout *f, struct api_client *c, const struct piece *p)
{
    if (p->block != NULL) {
        http_ws_send_shared(c->conn, p->block, p->offset, (uint32_t)p->bytes);
    } else {
        http_ws_send_frames(c->conn, p->data, p->bytes);
    }
    uint64_t pending = http_conn_pending(c->conn);
    if (pending < BEHIND_BYTES) {
        return false;
    }
    if (pending > CUT_OFF_BYTES && http_conn_is_ws(c->conn)) {
        f->feed.cut_off_cnt++;
        http_ws_close(c->conn, WS_CLOSE_TRY_LATER, "slow consumer: 8 MiB behind");
    }
    if (!c->behind) {
        c->behind = true;
        list_add(&f->feed.behind, c);
    }
    return true;
}

/* To all of a list; those that are behind get nothing when this is one of what is conflated. */
static void
piece_send_all(struct fanout *f, struct client_list *l, const struct product *p,
               enum channel channel, const struct piece *piece)
{
    bool conflated = channel == CHANNEL_LEVEL2 || channel == CHANNEL_LEVEL2_CHECKSUM ||
                     channel == CHANNEL_TICKER || channel == CHANNEL_AUCTION;
    for (uint32_t i = 0; i < l->cnt; i++) {
        struct api_client *c = l->at[i];
        if (c->behind && conflated) {
            c->stale[p->index] |= (uint8_t)(1u << channel);
            f->feed.conflated_cnt++;
        } else {
            (void)piece_send(f, c, piece);
        }
    }
}

static void
send_one(struct fanout *f, struct api_client *c)
{
    frame_add(&f->feed);
    struct piece p = {.data = f->feed.frames, .bytes = f->feed.frame_bytes};
    f->feed.frame_bytes = 0;
    (void)piece_send(f, c, &p);
}

/* --- what a new or returning subscriber gets --- */

void
feed_send_current(struct fanout *f, struct api_client *c, const struct product *p,
                  enum channel channel)
{
    struct json_emit *o = &f->feed.json;
    if (channel == CHANNEL_STATUS) {
        dialect_ws_status(o, &f->catalog);
        send_one(f, c);
        return;
    }
    if (channel >= CHANNEL_PRODUCT_CNT) {
        return;
    }
    struct product_market *pm = market_get(&f->market, p);
    const struct market_trade *t = product_market_trade(pm, 0);
    switch (channel) {
    case CHANNEL_LEVEL2:
    case CHANNEL_LEVEL2_CHECKSUM:
        dialect_ws_snapshot(o, pm, channel == CHANNEL_LEVEL2_CHECKSUM);
        break;
    case CHANNEL_MATCHES:
        if (t == NULL) {
            return;
        }
        dialect_ws_match(o, pm->product, t, "last_match");
        break;
    case CHANNEL_TICKER:
        dialect_ws_ticker(o, pm, f->utc_ns);
        break;
    case CHANNEL_HEARTBEAT:
        dialect_ws_heartbeat(o, pm, f->utc_ns);
        break;
    case CHANNEL_AUCTION:
        dialect_ws_auction(o, pm, f->utc_ns);
        break;
    default:
        return;
    }
    send_one(f, c);
}

void
feed_subscribe_plain(struct fanout *f, struct api_client *c, enum channel channel)
{
    bool *has = channel == CHANNEL_STATUS ? &c->has_status : &c->has_balance;
    if (!*has) {
        *has = true;
        c->subscription_cnt++;
        list_add(channel == CHANNEL_STATUS ? &f->feed.status : &f->feed.balance, c);
    }
}

/* --- after events --- */

static void
flush_book(struct fanout *f, struct feed_product *fp, struct product_market *pm)
{
    for (enum channel channel = CHANNEL_LEVEL2; channel <= CHANNEL_LEVEL2_CHECKSUM; channel++) {
        if (fp->subscribers[channel].cnt > 0) {
            dialect_ws_l2update(&f->feed.json, pm, fp->sent_sequence,
                                channel == CHANNEL_LEVEL2_CHECKSUM);
            frame_add(&f->feed);
            struct piece p = piece_make(f);
            piece_send_all(f, &fp->subscribers[channel], pm->product, channel, &p);
        }
    }
    fp->sent_sequence = pm->book.sequence;
}

static void
flush_trades(struct fanout *f, struct feed_product *fp, struct product_market *pm)
{
    if (pm->new_trade_cnt == 0) {
        return;
    }
    if (fp->subscribers[CHANNEL_MATCHES].cnt > 0) {
        for (uint64_t n = pm->new_trade_cnt; n > 0; n--) {
            const struct market_trade *t = product_market_trade(pm, n - 1);
            if (t != NULL) {
                dialect_ws_match(&f->feed.json, pm->product, t, "match");
                frame_add(&f->feed);
            }
        }
        struct piece p = piece_make(f);
        piece_send_all(f, &fp->subscribers[CHANNEL_MATCHES], pm->product, CHANNEL_MATCHES, &p);
    }
    if (fp->subscribers[CHANNEL_TICKER].cnt > 0) {
        dialect_ws_ticker(&f->feed.json, pm, f->utc_ns);
        frame_add(&f->feed);
        struct piece p = piece_make(f);
        piece_send_all(f, &fp->subscribers[CHANNEL_TICKER], pm->product, CHANNEL_TICKER, &p);
    }
}

void
feed_flush(struct fanout *f)
{
    struct product_market *pm;
    while ((pm = market_take_dirty(&f->market)) != NULL) {
        struct feed_product *fp = feed_product(f, pm->product);
        flush_book(f, fp, pm);
        flush_trades(f, fp, pm);
        market_clean(pm);
    }
    if (f->feed.status_version != f->catalog.version) {
        f->feed.status_version = f->catalog.version;
        if (f->feed.status.cnt > 0) {
            dialect_ws_status(&f->feed.json, &f->catalog);
            frame_add(&f->feed);
            struct piece p = piece_make(f);
            piece_send_all(f, &f->feed.status, NULL, CHANNEL_STATUS, &p);
        }
    }
}

void
feed_auction(struct fanout *f, const struct product_market *pm)
{
    struct client_list *l = &feed_product(f, pm->product)->subscribers[CHANNEL_AUCTION];
    if (l->cnt > 0) {
        dialect_ws_auction(&f->feed.json, pm, f->utc_ns);
        frame_add(&f->feed);
        struct piece p = piece_make(f);
        piece_send_all(f, l, pm->product, CHANNEL_AUCTION, &p);
    }
}

void
feed_rfq(struct fanout *f, const struct event_request *e)
{
    const struct product *p = catalog_product(&f->catalog, e->instrument_id);
    struct client_list *l = p != NULL ? &feed_product(f, p)->subscribers[CHANNEL_RFQ] : NULL;
    if (l != NULL && l->cnt > 0) {
        dialect_ws_rfq(&f->feed.json, p, e);
        frame_add(&f->feed);
        struct piece piece = piece_make(f);
        piece_send_all(f, l, p, CHANNEL_RFQ, &piece);
    }
}

static void
note_send(struct fanout *f, const struct party_note *n)
{
    const struct product *p = NULL;
    struct client_list *l = &f->feed.balance;
    if (n->kind != NOTE_BALANCE) {
        p = catalog_product(&f->catalog, n->instrument_id);
        if (p == NULL) {
            return;
        }
        l = &feed_product(f, p)->subscribers[CHANNEL_USER];
    }
    bool encoded = false;
    struct piece piece = {0};
    for (uint32_t i = 0; i < l->cnt; i++) {
        struct api_client *c = l->at[i];
        if (c->session == NULL || c->session->account != n->account) {
            continue;
        }
        if (!encoded) {
            dialect_note(&f->feed.json, &f->catalog, n);
            frame_add(&f->feed);
            piece = piece_make(f);
            encoded = true;
        }
        (void)piece_send(f, c, &piece);
    }
}

void
feed_notes(struct fanout *f)
{
    for (uint32_t i = 0; i < f->party.note_cnt; i++) {
        note_send(f, &f->party.notes[i]);
    }
}

/* --- each cycle --- */

static void
heartbeats(struct fanout *f)
{
    for (uint32_t i = 0; i < f->feed.room; i++) {
        struct feed_product *fp = f->feed.products[i];
        if (fp != NULL && fp->subscribers[CHANNEL_HEARTBEAT].cnt > 0) {
            struct product_market *pm = market_get(&f->market, f->catalog.products[i]);
            dialect_ws_heartbeat(&f->feed.json, pm, f->utc_ns);
            frame_add(&f->feed);
            struct piece p = piece_make(f);
            piece_send_all(f, &fp->subscribers[CHANNEL_HEARTBEAT], pm->product, CHANNEL_HEARTBEAT,
                           &p);
        }
    }
}

/* Sends the newest of everything that was left out; stops when the client is behind again. */
static void
catch_up(struct fanout *f, struct api_client *c)
{
    for (uint32_t i = 0; i < c->room; i++) {
        while (c->stale[i] != 0) {
            enum channel channel = (enum channel)__builtin_ctz(c->stale[i]);
            c->stale[i] &= (uint8_t)(c->stale[i] - 1);
            feed_send_current(f, c, f->catalog.products[i], channel);
            if (c->behind) {
                return;
            }
        }
    }
}

static void
look_at_behind(struct fanout *f)
{
    struct client_list *l = &f->feed.behind;
    for (uint32_t i = l->cnt; i > 0; i--) {
        struct api_client *c = l->at[i - 1];
        if (http_conn_pending(c->conn) < CAUGHT_UP_BYTES) {
            c->behind = false;
            list_remove(l, c);
            catch_up(f, c);
        }
    }
}

void
feed_beat(struct fanout *f)
{
    look_at_behind(f);
    if (f->mono_ns - f->feed.heartbeat_ns >= BEAT_NS) {
        f->feed.heartbeat_ns = f->mono_ns;
        heartbeats(f);
    }
}

int64_t
feed_next_due(const struct fanout *f)
{
    if (f->feed.behind.cnt > 0) {
        return f->mono_ns + BEHIND_LOOK_NS;
    }
    return f->feed.client_cnt > 0 ? f->feed.heartbeat_ns + BEAT_NS : INT64_MAX;
}
