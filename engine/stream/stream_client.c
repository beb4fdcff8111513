#include <errno.h>
#include <nng/nng.h>
#include <nng/protocol/pubsub0/sub.h>
#include <nng/protocol/reqrep0/req.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/stream/stream.h"
#include "engine/stream/stream_msg.h"

/* Two sockets and one rule: what comes next is the event numbered next_seq, from whichever brings
 * it. Broadcast messages that begin beyond it are kept aside while the range before them is asked
 * for; what was seen already is dropped. Whenever the broadcast is connected anew, or tells of a
 * new epoch, nothing counts before the venue has confirmed that what we have is part of its past.
 * Nothing here blocks except the wait for either socket, until the caller's deadline. */

enum {
    QUEUE_MSGS_MAX = 8192,
    RETRY_MS = 100, /* between requests that nobody takes, or that bring nothing */
    /* A request is given up for another one only when the server is gone (follow_connects; NNG
     * itself sends it again to the next one) or after this time, at which a server's bug is the
     * likelier reason: whoever gives up early is never served by a server that is slower. */
    ANSWER_MS = 60000,
    REDIAL_MS = 1000,      /* without a connection: a new dialer, and the time doubles */
    REDIAL_MAX_MS = 16000, /* above the 10 s that NNG gives a handshake */
    SILENCE_MS = 6000,     /* the venue says something at least this often: else it is asked */
};

/* A message in memory of our own: NNG's bodies need not be aligned for records. */
struct message {
    uint8_t *bytes;
    size_t length, room;
};

struct line { /* a socket that dials */
    nng_socket socket;
    nng_dialer dialer;
    char *url;
    int fd;              /* readable when a message waits */
    int connect_fd;      /* eventfd, written at each connect; -1 = nobody asks */
    _Atomic int pipes;   /* connections; by NNG's threads */
    int64_t dialed_ns;   /* monotonic: the last time that it was connected or dialled anew */
    int64_t patience_ms; /* from then to the next dialer */
};

struct stream_client {
    struct line sub, req;
    int epoll_fd;
    uint8_t audience;
    uint64_t next_seq;
    bool checked;            /* our checkpoint was confirmed since the last connect and epoch */
    bool asked;              /* a request is under way */
    bool unsent;             /* a request could not be sent */
    bool asked_check;        /* and it asks for that */
    bool sub_polled;         /* sub.fd is in epoll_fd */
    int64_t asked_ns;        /* when it was sent, or could not be, or answered */
    int64_t pause_ms;        /* from then to the next one */
    int64_t later_ns;        /* since the first STREAM_LATER in a row; 0 = the last was none */
    int64_t heard_ns;        /* last broadcast */
    struct message incoming; /* received last */
    struct message current;  /* what the caller reads from */
    struct message ahead;    /* a broadcast beyond a gap; length 0 = none */
    const uint8_t *at;       /* stream_client_next: the next record in current */
    const uint8_t *end;
    struct stream_client_stats stats;
};

/* --- opening --- */

/* Called by NNG's threads: of the broadcast before the new connection brings anything. */
static void
on_pipe(nng_pipe pipe, nng_pipe_ev ev, void *arg)
{
    (void)pipe;
    struct line *l = arg;
    if (ev == NNG_PIPE_EV_ADD_PRE) {
        if (l->connect_fd >= 0)
            (void)eventfd_write(l->connect_fd, 1);
        atomic_fetch_add_explicit(&l->pipes, 1, memory_order_relaxed); /* a count, nothing behind */
    } else {
        atomic_fetch_sub_explicit(&l->pipes, 1, memory_order_relaxed);
    }
}

static int
dial(struct line *l)
{
    /* the venue may come later: the dialer tries again by itself */
    l->dialed_ns = clock_mono_ns();
    return nng_dial(l->socket, l->url, &l->dialer, NNG_FLAG_NONBLOCK);
}

static int
line_open(struct line *l, const char *url)
{
    l->patience_ms = REDIAL_MS;
    l->url = strdup(url);
    int rc = l->url ? 0 : NNG_ENOMEM;
    if (!rc)
        rc = nng_socket_set_ms(l->socket, NNG_OPT_RECONNMINT, 20);
    if (!rc)
        rc = nng_socket_set_ms(l->socket, NNG_OPT_RECONNMAXT, 500);
    if (!rc)
        rc = nng_socket_set_size(l->socket, NNG_OPT_RECVMAXSZ, 0);
    if (!rc)
        rc = nng_pipe_notify(l->socket, NNG_PIPE_EV_ADD_PRE, on_pipe, l);
    if (!rc)
        rc = nng_pipe_notify(l->socket, NNG_PIPE_EV_REM_POST, on_pipe, l);
    if (!rc)
        rc = dial(l);
    if (!rc)
        rc = nng_socket_get_int(l->socket, NNG_OPT_RECVFD, &l->fd);
    return rc;
}

static void
line_close(struct line *l)
{
    nng_close(l->socket);
    free(l->url);
    if (l->connect_fd >= 0)
        close(l->connect_fd);
}

/* NNG's dialer does not always dial again: a peer that dies between connect and the first bytes of
 * the handshake (kill -9: its sockets are closed one by one) ends it for good, seen with 1.5.2. */
static void
line_renew(struct line *l)
{
    (void)nng_dialer_close(l->dialer); /* its connection too */
    (void)dial(l);                     /* when that fails it is tried again */
}

/* of_use: what was to be sent last could be sent. */
static void
line_keep(struct line *l, int64_t now, bool of_use)
{
    if (of_use && atomic_load_explicit(&l->pipes, memory_order_relaxed) > 0) {
        l->dialed_ns = now;
        l->patience_ms = REDIAL_MS;
    } else if (now - l->dialed_ns >= l->patience_ms * CLOCK_NS_PER_MS) {
        line_renew(l);
        if (l->patience_ms < REDIAL_MAX_MS)
            l->patience_ms *= 2;
    }
}

static int
open_sub(struct stream_client *c, const struct stream_client_options *o)
{
    size_t msgs = o->buffer_msgs ? o->buffer_msgs : QUEUE_MSGS_MAX;
    if (msgs > QUEUE_MSGS_MAX)
        msgs = QUEUE_MSGS_MAX;
    int rc = nng_sub0_open(&c->sub.socket);
    if (rc)
        return rc;
    rc = nng_socket_set_int(c->sub.socket, NNG_OPT_RECVBUF, (int)msgs);
    if (!rc)
        rc = nng_socket_set(c->sub.socket, NNG_OPT_SUB_SUBSCRIBE, &o->audience, 1);
    return rc ? rc : line_open(&c->sub, o->pub_url);
}

static int
open_req(struct stream_client *c, const struct stream_client_options *o)
{
    int rc = nng_req0_open(&c->req.socket);
    return rc ? rc : line_open(&c->req, o->range_url);
}

void
stream_client_begin_after(struct stream_client *c, const struct stream_client_options *o)
{
    c->next_seq = o->checkpoint_seq + 1;
    c->checked = o->checkpoint_seq == 0;
    c->asked = c->asked_check = false; /* an answer to that brings what is not next */
    c->pause_ms = 0;
    c->later_ns = 0;
    c->ahead.length = 0;
    c->at = c->end;
    c->stats.last_seq = o->checkpoint_seq;
    c->stats.epoch = o->checkpoint_epoch;
    memcpy(c->stats.chain_head, o->checkpoint_chain, sizeof c->stats.chain_head);
}

int
stream_client_open(struct stream_client **out, const struct stream_client_options *o,
                   struct error *err)
{
    struct stream_client *c = calloc(1, sizeof *c);
    if (!c)
        return error_set(err, ERR_NO_SPACE, "stream: no memory");
    c->epoll_fd = -1;
    c->sub.connect_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    c->req.connect_fd = -1;
    c->audience = o->audience;
    stream_client_begin_after(c, o);
    int rc = open_sub(c, o);
    if (!rc)
        rc = open_req(c, o);
    if (rc) {
        stream_client_close(c);
        return error_set(err, ERR_IO, "stream %s: %s", o->pub_url, nng_strerror(rc));
    }
    c->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event in = {.events = EPOLLIN};
    if (c->epoll_fd < 0 || epoll_ctl(c->epoll_fd, EPOLL_CTL_ADD, c->sub.connect_fd, &in) ||
        epoll_ctl(c->epoll_fd, EPOLL_CTL_ADD, c->sub.fd, &in) ||
        epoll_ctl(c->epoll_fd, EPOLL_CTL_ADD, c->req.fd, &in)) {
        rc = error_errno(err, errno, "stream: epoll");
        stream_client_close(c);
        return rc;
    }
    c->sub_polled = true;
    *out = c;
    return 0;
}

void
stream_client_close(struct stream_client *c)
{
    if (!c)
        return;
    free(c->incoming.bytes);
    free(c->current.bytes);
    free(c->ahead.bytes);
    line_close(&c->sub);
    line_close(&c->req);
    if (c->epoll_fd >= 0)
        close(c->epoll_fd);
    free(c);
}

int
stream_client_fd(const struct stream_client *c)
{
    return c->epoll_fd;
}

void
stream_client_stats(const struct stream_client *c, struct stream_client_stats *out)
{
    *out = c->stats;
    int64_t since_ns = c->later_ns != 0 ? c->later_ns : c->asked ? c->asked_ns : 0;
    out->waiting_ns = since_ns != 0 ? clock_mono_ns() - since_ns : 0;
}

/* --- messages --- */

/* Takes the next message of a socket into c->incoming; false when there is none. */
static bool
receive(struct stream_client *c, nng_socket socket)
{
    nng_msg *msg;
    if (nng_recvmsg(socket, &msg, NNG_FLAG_NONBLOCK))
        return false;
    struct message *m = &c->incoming;
    size_t length = nng_msg_len(msg);
    uint8_t *bytes = length > m->room ? realloc(m->bytes, length) : m->bytes;
    if (bytes && length > m->room)
        m->room = length;
    m->length = 0; /* no memory: as if it had been lost, it is fetched later */
    if (bytes) {
        m->bytes = bytes;
        m->length = length;
        memcpy(bytes, nng_msg_body(msg), length);
    }
    nng_msg_free(msg);
    return true;
}

static void
swap(struct message *a, struct message *b)
{
    struct message t = *a;
    *a = *b;
    *b = t;
}

static struct stream_msg
head_of(const struct message *m)
{
    struct stream_msg head;
    memcpy(&head, m->bytes, sizeof head);
    return head;
}

static void
take_head(struct stream_client *c, const struct stream_msg *m)
{
    c->stats.epoch = m->epoch;
    memcpy(c->stats.chain_head, m->chain_head, sizeof c->stats.chain_head);
    if (m->last_seq > c->stats.venue_seq)
        c->stats.venue_seq = m->last_seq;
}

/* Makes msg the current one when it brings next_seq: packs its events, from next_seq on, to the
 * front of its records. Returns whether it did. */
static bool
deliver(struct stream_client *c, struct message *msg)
{
    struct stream_msg m = head_of(msg);
    if (m.first_seq > c->next_seq || m.last_seq < c->next_seq)
        return false;
    uint8_t *to = msg->bytes + sizeof m, *at = to;
    const uint8_t *begin = to;
    for (uint32_t i = 0; i < m.record_cnt; i++) {
        const struct record *rec = (const struct record *)(const void *)at;
        uint32_t length = rec->length_bytes;
        if (rec->kind == RECORD_EVENT && rec->seq >= c->next_seq) {
            if (to != at)
                memmove(to, at, length);
            to += length;
        }
        at += length;
    }
    swap(&c->current, msg);
    c->at = begin;
    c->end = to;
    c->next_seq = m.last_seq + 1;
    c->later_ns = 0;
    c->stats.last_seq = m.last_seq;
    c->stats.lag_ns = clock_utc_ns() - m.sent_ns;
    c->stats.durable_ns = m.durable_ns;
    take_head(c, &m);
    return true;
}

static bool
is_sound(struct stream_client *c)
{
    struct error err;
    if (!stream_msg_check(c->incoming.bytes, c->incoming.length, &err))
        return true;
    c->stats.dropped_msgs++;
    return false;
}

/* A new run of the venue: what we have must be part of its past before anything of it counts. */
static bool
same_epoch(struct stream_client *c, const struct stream_msg *m)
{
    if (m->epoch == c->stats.epoch)
        return true;
    if (m->epoch > c->stats.epoch && c->next_seq > 1)
        c->checked = false;
    return m->epoch > c->stats.epoch;
}

static void
take_broadcast(struct stream_client *c)
{
    struct stream_msg m = head_of(&c->incoming);
    c->heard_ns = clock_mono_ns();
    if (!same_epoch(c, &m))
        return;
    if (m.last_seq > c->stats.venue_seq)
        c->stats.venue_seq = m.last_seq;
    if (!c->checked) /* asked for again once our place is known */
        return;
    if (m.last_seq < c->next_seq) { /* a heartbeat, or seen already */
        c->stats.dropped_msgs += m.record_cnt != 0;
    } else if (!deliver(c, &c->incoming)) {
        c->stats.gap_cnt++;
        swap(&c->ahead, &c->incoming);
    }
}

/* --- asking the journal --- */

static bool
must_ask(const struct stream_client *c, int64_t now)
{
    if (!c->checked || c->stats.venue_seq >= c->next_seq || c->heard_ns == 0)
        return true;
    return now - c->heard_ns > (int64_t)SILENCE_MS * CLOCK_NS_PER_MS;
}

/* How long to wait, from now on, before a request may be sent. */
static int64_t
ask_wait_ns(const struct stream_client *c, int64_t now)
{
    int64_t pause_ms = c->asked ? ANSWER_MS : c->pause_ms;
    return c->asked_ns + pause_ms * CLOCK_NS_PER_MS - now;
}

static void
ask(struct stream_client *c, int64_t now)
{
    if (ask_wait_ns(c, now) > 0)
        return;
    struct stream_range_req req = {.magic = STREAM_MAGIC,
                                   .version = STREAM_VERSION,
                                   .audience = c->audience,
                                   .from_seq = c->next_seq};
    if (!c->checked) {
        req.epoch = c->stats.epoch;
        req.checkpoint_seq = c->next_seq - 1;
        memcpy(req.chain_head, c->stats.chain_head, sizeof req.chain_head);
    }
    nng_msg *msg;
    if (nng_msg_alloc(&msg, 0))
        return;
    if (c->asked) /* in vain: over a new connection, then */
        line_renew(&c->req);
    bool sent = !nng_msg_append(msg, &req, sizeof req) &&
                !nng_sendmsg(c->req.socket, msg, NNG_FLAG_NONBLOCK);
    if (!sent)
        nng_msg_free(msg);
    c->asked = sent;
    c->unsent = !sent;
    c->asked_check = sent && !c->checked;
    c->asked_ns = now;
    if (!sent)
        c->pause_ms = RETRY_MS;
}

/* After an answer: one that brings nothing is asked for again, but less and less often. */
static void
back_off(struct stream_client *c, int64_t now)
{
    c->asked = c->asked_check = false;
    c->asked_ns = now;
    c->pause_ms = c->pause_ms ? c->pause_ms * 2 : 1;
    if (c->pause_ms > RETRY_MS)
        c->pause_ms = RETRY_MS;
}

static int
refused(const struct stream_client *c, const struct stream_msg *m, struct error *err)
{
    unsigned long long ours = c->next_seq - 1, venue = m->last_seq;
    switch (m->status) {
    case STREAM_AHEAD:
        return error_set(err, ERR_CORRUPT,
                         "this consumer is ahead of the venue: it has event %llu, the journal ends "
                         "with %llu; it must be set back by hand",
                         ours, venue);
    case STREAM_OTHER_CHAIN:
        return error_set(err, ERR_CORRUPT,
                         "this consumer is on another chain: its checkpoint at event %llu is not "
                         "part of this venue's journal",
                         ours);
    case STREAM_GONE:
        return error_set(err, ERR_NOT_FOUND, "event %llu is no longer in the journal's folder",
                         ours + 1);
    default:
        return error_set(err, ERR_UNSUPPORTED, "the venue does not understand our request");
    }
}

/* 1: something was delivered, 0: not, negative: the stream is not ours any more. */
static int
take_answer(struct stream_client *c, struct error *err)
{
    if (!receive(c, c->req.socket) || !c->asked) /* of a place that was left since */
        return 0;
    bool confirms = c->asked_check;
    c->heard_ns = clock_mono_ns();
    back_off(c, c->heard_ns);
    if (!is_sound(c))
        return 0;
    struct stream_msg m = head_of(&c->incoming);
    if (m.status == STREAM_LATER) {
        if (c->later_ns == 0)
            c->later_ns = c->heard_ns;
        if (c->checked && m.last_seq > c->stats.venue_seq)
            c->stats.venue_seq = m.last_seq;
        return 0;
    }
    c->later_ns = 0;
    if (m.status != STREAM_OK)
        return refused(c, &m, err);
    if (confirms)
        c->checked = true;
    if (!c->checked) /* connected anew since: this may be another venue's */
        return 0;
    if (m.record_cnt == 0) {
        if (m.last_seq + 1 == c->next_seq) /* nothing beyond what we have */
            take_head(c, &m);
        return 0;
    }
    if (!deliver(c, &c->incoming))
        return 0;
    c->pause_ms = 0;
    c->stats.fetched_cnt += m.last_seq - m.first_seq + 1;
    return 1;
}

/* --- the loop --- */

/* Connected anew: the venue may be another one. Who has nothing yet has nothing to compare. */
static void
follow_connects(struct stream_client *c)
{
    eventfd_t cnt;
    if (eventfd_read(c->sub.connect_fd, &cnt) || c->next_seq == 1)
        return;
    c->checked = false;
    c->asked = c->asked_check = false; /* a request under way was for the one before */
    c->later_ns = 0;
    c->stats.venue_seq = c->next_seq - 1;
    c->pause_ms = 0;
    c->ahead.length = 0;
}

static bool
next_broadcast(struct stream_client *c)
{
    follow_connects(c);
    if (c->ahead.length) {
        bool brings = deliver(c, &c->ahead);
        if (brings || head_of(&c->ahead).last_seq < c->next_seq)
            c->ahead.length = 0;
        if (brings)
            return true;
    }
    while (!c->ahead.length && receive(c, c->sub.socket)) {
        uint64_t before = c->next_seq;
        follow_connects(c);
        if (is_sound(c))
            take_broadcast(c);
        if (c->next_seq != before)
            return true;
    }
    return false;
}

/* Nothing more is taken from the broadcast while a message is kept aside: stream_client_fd must not
 * say then that there is something to read. */
static void
poll_broadcast(struct stream_client *c)
{
    bool want = c->ahead.length == 0;
    struct epoll_event in = {.events = EPOLLIN};
    if (want != c->sub_polled &&
        !epoll_ctl(c->epoll_fd, want ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, c->sub.fd, &in))
        c->sub_polled = want;
}

static void
wait_for_either(struct stream_client *c, int64_t now, int64_t deadline)
{
    struct pollfd fds[3] = {{.fd = c->req.fd, .events = POLLIN},
                            {.fd = c->sub.connect_fd, .events = POLLIN},
                            {.fd = c->ahead.length ? -1 : c->sub.fd, .events = POLLIN}};
    int64_t wait_ns = deadline - now;
    int64_t most_ns =
        must_ask(c, now) ? ask_wait_ns(c, now) : SILENCE_MS * (int64_t)CLOCK_NS_PER_MS;
    if (most_ns > REDIAL_MS * (int64_t)CLOCK_NS_PER_MS)
        most_ns = REDIAL_MS * (int64_t)CLOCK_NS_PER_MS;
    wait_ns = wait_ns < most_ns ? wait_ns : most_ns;
    if (wait_ns <= 0)
        return;
    struct timespec timeout = {.tv_sec = wait_ns / CLOCK_NS_PER_S,
                               .tv_nsec = wait_ns % CLOCK_NS_PER_S};
    ppoll(fds, 3, &timeout, NULL);
}

int
stream_client_batch(struct stream_client *c, int64_t deadline_mono_ns, const uint8_t **records,
                    size_t *bytes, uint64_t *last_seq, struct error *err)
{
    for (;;) {
        int rc = next_broadcast(c) ? 1 : take_answer(c, err);
        if (rc < 0)
            return rc;
        if (rc == 1) {
            *records = c->at;
            *bytes = (size_t)(c->end - c->at);
            *last_seq = c->next_seq - 1;
            return 1;
        }
        int64_t now = clock_mono_ns();
        line_keep(&c->sub, now, true);
        line_keep(&c->req, now, !(c->unsent && must_ask(c, now)));
        if (must_ask(c, now))
            ask(c, now);
        poll_broadcast(c);
        if (now >= deadline_mono_ns)
            return 0;
        wait_for_either(c, now, deadline_mono_ns);
    }
}

int
stream_client_next(struct stream_client *c, int64_t deadline_mono_ns, const struct event **ev,
                   struct error *err)
{
    while (c->at == c->end) {
        const uint8_t *records;
        size_t bytes;
        uint64_t last_seq;
        int rc = stream_client_batch(c, deadline_mono_ns, &records, &bytes, &last_seq, err);
        if (rc != 1)
            return rc;
    }
    *ev = (const struct event *)(const void *)c->at;
    c->at += (*ev)->rec.length_bytes;
    return 1;
}
