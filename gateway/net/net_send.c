#include <string.h>

#include "engine/base/check.h"
#include "gateway/net/net_priv.h"

static bool
conn_sends(const struct net_conn *c)
{
    return c->state == NET_UP || c->state == NET_CONNECTING;
}

static struct net_piece *
piece_at(struct net_conn *c, uint32_t index)
{
    return &c->pieces[index & (c->net->options.piece_max - 1)];
}

/* Whether `bytes` at base would continue the newest piece. */
static bool
piece_continues(struct net_conn *c, const uint8_t *base, const struct net_block *block)
{
    if (c->piece_head == c->piece_tail)
        return false;
    const struct net_piece *p = piece_at(c, c->piece_tail - 1);
    return p->block == block && p->base + p->bytes == base;
}

static bool
piece_room(const struct net_conn *c, uint32_t cnt)
{
    return c->piece_tail - c->piece_head + cnt <= c->net->options.piece_max;
}

static void
piece_add(struct net_conn *c, const uint8_t *base, uint32_t bytes, struct net_block *block)
{
    c->pending += bytes;
    net_io_list_add(c);
    if (piece_continues(c, base, block)) {
        piece_at(c, c->piece_tail - 1)->bytes += bytes;
        return;
    }
    if (block != NULL)
        block->refs++;
    *piece_at(c, c->piece_tail++) =
        (struct net_piece){.base = base, .bytes = bytes, .block = block};
}

static bool
refuse(struct net_conn *c)
{
    c->want_writable = true;
    if (c->pending == 0) /* no completion will come to say so */
        net_call_list_add(c);
    return false;
}

/* --- the own buffer --- */

static uint32_t
sendbuf_room_behind(const struct net_sendbuf *b)
{
    return b->wrapped ? b->head - b->tail : b->cap - b->tail;
}

static uint32_t
sendbuf_room_before(const struct net_sendbuf *b)
{
    return b->wrapped ? 0 : b->head;
}

static void
sendbuf_wrap(struct net_sendbuf *b)
{
    b->wrap = b->tail;
    b->tail = 0;
    b->wrapped = true;
}

static void
sendbuf_take(struct net_sendbuf *b, uint32_t bytes)
{
    b->head += bytes;
    b->used -= bytes;
    if (b->wrapped && b->head == b->wrap) {
        b->head = 0;
        b->wrapped = false;
    }
    if (b->used == 0) {
        b->head = b->tail = 0;
        b->wrapped = false;
    }
}

static void
own_add(struct net_conn *c, uint32_t bytes)
{
    struct net_sendbuf *b = &c->send;
    piece_add(c, b->data + b->tail, bytes, NULL);
    b->tail += bytes;
    b->used += bytes;
    if (b->tail > c->send_high)
        c->send_high = b->tail;
}

size_t
net_room(const struct net_conn *c)
{
    const struct net_sendbuf *b = &c->send;
    uint64_t most = c->net->options.pending_max;
    if (!conn_sends(c) || c->pending >= most || !piece_room(c, 2))
        return 0;
    uint64_t room = sendbuf_room_behind(b) + sendbuf_room_before(b);
    return room < most - c->pending ? room : most - c->pending;
}

int
net_send(struct net_conn *c, const void *data, size_t bytes)
{
    if (!conn_sends(c))
        return ERR_CLOSED;
    if (bytes > net_room(c)) {
        refuse(c);
        return ERR_NO_SPACE;
    }
    struct net_sendbuf *b = &c->send;
    const uint8_t *from = data;
    uint32_t first = sendbuf_room_behind(b);
    first = bytes < first ? (uint32_t)bytes : first;
    if (first > 0) {
        memcpy(b->data + b->tail, from, first);
        own_add(c, first);
    }
    uint32_t rest = (uint32_t)bytes - first;
    if (rest > 0) {
        sendbuf_wrap(b);
        memcpy(b->data, from + first, rest);
        own_add(c, rest);
    }
    return 0;
}

uint8_t *
net_reserve(struct net_conn *c, size_t bytes)
{
    struct net_sendbuf *b = &c->send;
    if (!conn_sends(c))
        return NULL;
    if (bytes <= net_room(c)) {
        if (bytes <= sendbuf_room_behind(b)) {
            b->reserved_at = b->tail;
            return b->data + b->tail;
        }
        if (bytes <= sendbuf_room_before(b)) {
            b->reserved_at = 0;
            return b->data;
        }
    }
    refuse(c);
    return NULL;
}

void
net_commit(struct net_conn *c, size_t bytes)
{
    struct net_sendbuf *b = &c->send;
    if (bytes == 0)
        return;
    if (b->reserved_at != b->tail)
        sendbuf_wrap(b);
    CHECK(bytes <= sendbuf_room_behind(b), "net_commit of %zu bytes that were not reserved", bytes);
    own_add(c, (uint32_t)bytes);
}

/* --- shared blocks --- */

struct net_block *
net_block_get(struct net *n)
{
    struct net_block *b = n->block_free;
    if (b == NULL)
        return NULL;
    n->block_free = b->next_free;
    b->next_free = NULL;
    b->refs = 1;
    n->stats.block_free_cnt--;
    return b;
}

void
net_block_put(struct net *n, struct net_block *b)
{
    CHECK(b->refs > 0, "net_block_put of a free block");
    if (--b->refs > 0)
        return;
    b->next_free = n->block_free;
    n->block_free = b;
    n->stats.block_free_cnt++;
}

int
net_send_shared(struct net_conn *c, struct net_block *b, uint32_t offset, uint32_t bytes)
{
    if (!conn_sends(c))
        return ERR_CLOSED;
    CHECK(b->refs > 0 && offset <= b->bytes && bytes <= b->bytes - offset,
          "net_send_shared of %u bytes at %u", bytes, offset);
    if (bytes == 0)
        return 0;
    const uint8_t *base = b->data + offset;
    bool fits = c->pending + bytes <= c->net->options.pending_max;
    if (!fits || (!piece_continues(c, base, b) && !piece_room(c, 1))) {
        refuse(c);
        return ERR_NO_SPACE;
    }
    piece_add(c, base, bytes, b);
    return 0;
}

/* --- for the connection --- */

uint32_t
net_send_gather(struct net_conn *c)
{
    uint32_t cnt = 0;
    for (uint32_t i = c->piece_head; i != c->piece_tail && cnt < NET_IOV_MAX; i++, cnt++) {
        const struct net_piece *p = piece_at(c, i);
        c->iov[cnt] = (struct iovec){.iov_base = (void *)(uintptr_t)p->base, .iov_len = p->bytes};
    }
    return cnt;
}

void
net_send_taken(struct net_conn *c, uint32_t bytes)
{
    c->pending -= bytes;
    while (bytes > 0) {
        struct net_piece *p = piece_at(c, c->piece_head);
        uint32_t part = bytes < p->bytes ? bytes : p->bytes;
        if (p->block == NULL)
            sendbuf_take(&c->send, part);
        p->base += part;
        p->bytes -= part;
        bytes -= part;
        if (p->bytes > 0)
            return;
        if (p->block != NULL)
            net_block_put(c->net, p->block);
        c->piece_head++;
    }
}

void
net_send_drop(struct net_conn *c)
{
    for (; c->piece_head != c->piece_tail; c->piece_head++) {
        struct net_piece *p = piece_at(c, c->piece_head);
        if (p->block != NULL)
            net_block_put(c->net, p->block);
    }
    c->pending = 0;
    c->send.head = c->send.tail = c->send.used = 0;
    c->send.wrapped = false;
}

bool
net_send_low(const struct net_conn *c)
{
    return c->pending <= c->net->options.pending_max / 2 && c->send.used <= c->send.cap / 2 &&
           c->piece_tail - c->piece_head <= c->net->options.piece_max / 2;
}

uint64_t
net_pending(const struct net_conn *c)
{
    return c->pending;
}
