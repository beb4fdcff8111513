#include "gateway/net/net.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "engine/base/check.h"
#include "engine/base/clock.h"
#include "gateway/net/net_priv.h"

enum { SQ_ENTRIES = 1024, CQ_ENTRIES_MIN = 4096, CQ_ENTRIES_MAX = 65536 };

static void
options_complete(struct net_options *o, const struct net_options *given)
{
    *o = *given;
    if (o->conn_max == 0)
        o->conn_max = 1024;
    if (o->recv_bytes == 0)
        o->recv_bytes = 16384;
    if (o->send_bytes == 0)
        o->send_bytes = 65536;
    if (o->piece_max == 0)
        o->piece_max = 64;
    if (o->pending_max == 0)
        o->pending_max = 1 << 20;
    if (o->block_bytes == 0)
        o->block_bytes = 65536;
}

static int
options_check(const struct net_options *o, struct error *err)
{
    if (o->conn_max > 1u << 20)
        return error_set(err, ERR_INVALID, "net: %u connections; at most 1048576", o->conn_max);
    if ((o->piece_max & (o->piece_max - 1)) != 0)
        return error_set(err, ERR_INVALID, "net: piece_max %u is no power of two", o->piece_max);
    if (o->recv_bytes > 1u << 30 || o->send_bytes > 1u << 30 || o->block_bytes > 1u << 30)
        return error_set(err, ERR_INVALID, "net: a buffer is larger than 1 GiB");
    return 0;
}

static size_t
round_up(size_t bytes, size_t to)
{
    return (bytes + to - 1) / to * to;
}

/* One mapping for all; the system gives pages as they are touched, so an idle connection costs one
 * or two. */
static int
memory_open(struct net *n, struct error *err)
{
    const struct net_options *o = &n->options;
    size_t conns = round_up(o->conn_max * sizeof(struct net_conn), 4096);
    size_t slots = round_up(o->conn_max * sizeof(uint32_t), 4096);
    size_t pieces = round_up(o->piece_max * sizeof(struct net_piece), 64);
    size_t recv = round_up(o->recv_bytes, 4096), send = round_up(o->send_bytes, 4096);
    size_t blocks = round_up(o->block_max * sizeof(struct net_block), 4096);
    size_t block = round_up(o->block_bytes, 4096);
    n->mem_bytes = conns + slots + round_up(o->conn_max * pieces, 4096) +
                   o->conn_max * (recv + send) + blocks + o->block_max * block;
    n->mem = mmap(NULL, n->mem_bytes, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (n->mem == MAP_FAILED) {
        n->mem = NULL;
        return error_errno(err, errno, "net: no %zu bytes for %u connections", n->mem_bytes,
                           o->conn_max);
    }
    uint8_t *at = n->mem;
    n->conns = (struct net_conn *)at;
    at += conns;
    n->free_slots = (uint32_t *)at;
    at += slots;
    uint8_t *piece_at = at;
    at += round_up(o->conn_max * pieces, 4096);
    for (uint32_t i = 0; i < o->conn_max; i++) {
        struct net_conn *c = &n->conns[i];
        c->net = n;
        c->slot = i;
        c->fd = -1;
        c->pieces = (struct net_piece *)(piece_at + i * pieces);
        c->recv_buf = at + i * (recv + send);
        c->send.data = c->recv_buf + recv;
        c->send.cap = o->send_bytes;
        n->free_slots[i] = o->conn_max - 1 - i;
    }
    n->free_cnt = o->conn_max;
    at += o->conn_max * (recv + send);
    n->blocks = (struct net_block *)at;
    at += blocks;
    for (uint32_t i = o->block_max; i-- > 0;) {
        n->blocks[i] = (struct net_block){
            .bytes = o->block_bytes, .next_free = n->block_free, .data = at + i * block};
        n->block_free = &n->blocks[i];
    }
    n->stats.block_free_cnt = o->block_max;
    return 0;
}

static int
ring_open(struct net *n, struct error *err)
{
    uint32_t cq = CQ_ENTRIES_MIN;
    while (cq < 2 * n->options.conn_max && cq < CQ_ENTRIES_MAX)
        cq *= 2;
    /* The thread that polls first becomes the only submitter; completions are run when it asks, and
     * a flag in shared memory says when asking is worth a system call. */
    struct io_uring_params p = {.flags = IORING_SETUP_CQSIZE | IORING_SETUP_R_DISABLED |
                                         IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
                                         IORING_SETUP_TASKRUN_FLAG,
                                .cq_entries = cq};
    int rc = io_uring_queue_init_params(SQ_ENTRIES, &n->ring, &p);
    n->defer = rc == 0;
    if (rc == -EINVAL) { /* before Linux 6.1 */
        p = (struct io_uring_params){.flags = IORING_SETUP_CQSIZE | IORING_SETUP_R_DISABLED,
                                     .cq_entries = cq};
        rc = io_uring_queue_init_params(SQ_ENTRIES, &n->ring, &p);
    }
    if (rc == 0)
        return 0;
    if (rc == -EPERM || rc == -ENOSYS)
        return error_errno(err, -rc,
                           "net: this system does not allow io_uring (a container's "
                           "seccomp profile, or sysctl kernel.io_uring_disabled)");
    return error_errno(err, -rc, "net: io_uring_setup");
}

int
net_open(struct net **out, const struct net_options *options, struct error *err)
{
    struct net *n = aligned_alloc(64, round_up(sizeof(*n), 64));
    if (n == NULL)
        return error_set(err, ERR_NO_SPACE, "net: no memory");
    memset(n, 0, sizeof(*n));
    n->bell_fd = -1;
    n->spare_fd = -1;
    options_complete(&n->options, options);
    int rc = options_check(&n->options, err);
    if (rc != 0)
        goto fail;
    rc = memory_open(n, err);
    if (rc != 0)
        goto fail;
    rc = ring_open(n, err);
    if (rc != 0)
        goto fail_memory;
    n->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    *out = n;
    return 0;
fail_memory:
    munmap(n->mem, n->mem_bytes);
fail:
    free(n);
    return rc;
}

void
net_fini(struct net *n)
{
    if (n == NULL)
        return;
    /* What the kernel still holds would keep a socket alive past its close. */
    net_listen_stop(n);
    for (uint32_t i = 0; i < n->options.conn_max; i++) {
        if (n->conns[i].fd >= 0) {
            shutdown(n->conns[i].fd, SHUT_RDWR);
            close(n->conns[i].fd);
        }
    }
    if (n->spare_fd >= 0)
        close(n->spare_fd);
    io_uring_queue_exit(&n->ring);
    munmap(n->mem, n->mem_bytes);
    free(n);
}

static void
ring_enter(struct net *n)
{
    n->stats.enter_cnt++;
    int rc = n->defer ? io_uring_submit_and_get_events(&n->ring) : io_uring_submit(&n->ring);
    /* EBUSY, EAGAIN: the kernel wants completions taken first; what is queued stays queued */
    CHECK(rc >= 0 || rc == -EBUSY || rc == -EAGAIN || rc == -EINTR, "io_uring_enter: %s",
          strerror(-rc));
}

struct io_uring_sqe *
net_sqe(struct net *n)
{
    struct io_uring_sqe *sqe = io_uring_get_sqe(&n->ring);
    if (sqe == NULL) {
        ring_enter(n);
        sqe = io_uring_get_sqe(&n->ring);
    }
    CHECK(sqe != NULL, "submission queue is full after submitting");
    return sqe;
}

void
net_io_list_add(struct net_conn *c)
{
    if (c->on_io_list)
        return;
    c->on_io_list = true;
    c->io_next = c->net->io_list;
    c->net->io_list = c;
}

void
net_call_list_add(struct net_conn *c)
{
    if (c->on_call_list)
        return;
    c->on_call_list = true;
    c->call_next = c->net->call_list;
    c->net->call_list = c;
}

static void
watch_on_ready(struct net_watched *w)
{
    w->armed = false;
    w->on_ready(w->arg);
}

static void
completion(struct net *n, uint64_t tag, int res, uint32_t flags)
{
    void *p = (void *)(uintptr_t)(tag & ~(uint64_t)NET_OP_MASK);
    switch ((enum net_op)(tag & NET_OP_MASK)) {
    case NET_OP_RECV:
        net_conn_on_recv(p, res);
        break;
    case NET_OP_SEND:
        net_conn_on_send(p, res);
        break;
    case NET_OP_CONNECT:
        net_conn_on_connect(p, res);
        break;
    case NET_OP_TIMER:
        net_conn_on_timer(p);
        break;
    case NET_OP_ACCEPT:
        net_listener_on_accept(p, res, flags);
        break;
    case NET_OP_BELL:
        if ((flags & IORING_CQE_F_MORE) == 0)
            n->bell_fd = -1;
        break;
    case NET_OP_WATCH:
        watch_on_ready(p);
        break;
    case NET_OP_NONE:
        break;
    }
}

/* Turns what is due into submissions; no callbacks. */
static void
prepare(struct net *n)
{
    if (!n->enabled) {
        /* Debian's liburing 2.3 declares io_uring_enable_rings and does not export it. */
        long rc =
            syscall(__NR_io_uring_register, n->ring.ring_fd, IORING_REGISTER_ENABLE_RINGS, NULL, 0);
        CHECK(rc == 0, "IORING_REGISTER_ENABLE_RINGS: %s", strerror(errno));
        n->enabled = true;
    }
    while (n->io_list != NULL) {
        struct net_conn *c = n->io_list;
        n->io_list = c->io_next;
        c->on_io_list = false;
        net_conn_prepare(c);
    }
    for (uint32_t i = 0; i < n->listener_cnt; i++)
        net_listener_prepare(&n->listeners[i]);
    for (uint32_t i = 0; i < n->watch_cnt; i++) {
        struct net_watched *w = &n->watched[i];
        if (w->armed)
            continue;
        struct io_uring_sqe *sqe = net_sqe(n);
        io_uring_prep_poll_add(sqe, w->fd, POLLIN);
        sqe->user_data = net_tag(w, NET_OP_WATCH);
        w->armed = true;
    }
}

static bool
kernel_has_work(const struct net *n)
{
    return (IO_URING_READ_ONCE(*n->ring.sq.kflags) & (IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW)) !=
           0;
}

uint32_t
net_poll(struct net *n, uint32_t budget)
{
    prepare(n);
    if (io_uring_sq_ready(&n->ring) > 0 || kernel_has_work(n))
        ring_enter(n);
    uint32_t done = 0;
    struct io_uring_cqe *cqe;
    while (done < budget && io_uring_peek_cqe(&n->ring, &cqe) == 0) {
        uint64_t tag = cqe->user_data;
        int res = cqe->res;
        uint32_t flags = cqe->flags;
        io_uring_cqe_seen(&n->ring, cqe);
        completion(n, tag, res, flags);
        done++;
    }
    struct net_conn *c = n->call_list; /* what callbacks add waits for the next cycle */
    n->call_list = NULL;
    while (c != NULL) {
        struct net_conn *next = c->call_next;
        c->on_call_list = false;
        net_conn_call(c);
        c = next;
        done++;
    }
    net_flush(n);
    return done;
}

void
net_flush(struct net *n)
{
    prepare(n);
    if (io_uring_sq_ready(&n->ring) > 0)
        ring_enter(n);
}

static void
bell_arm(struct net *n, const struct bell *bell)
{
    if (bell == NULL || bell->event_fd < 0 || n->bell_fd == bell->event_fd)
        return;
    /* Multishot: every write to the eventfd completes it once more; it need not be read. */
    struct io_uring_sqe *sqe = net_sqe(n);
    io_uring_prep_poll_multishot(sqe, bell->event_fd, POLLIN);
    sqe->user_data = net_tag(NULL, NET_OP_BELL);
    n->bell_fd = bell->event_fd;
}

void
net_wait(struct net *n, struct bell *bell, uint32_t seen, int64_t deadline_mono_ns)
{
    prepare(n);
    bell_arm(n, bell);
    if (n->accept_at_ns > 0 && n->accept_at_ns < deadline_mono_ns)
        deadline_mono_ns = n->accept_at_ns;
    int64_t left = deadline_mono_ns == INT64_MAX ? INT64_MAX : deadline_mono_ns - clock_mono_ns();
    /* acquire pairs with the ringer's store: a ring since `seen` means work to look at */
    bool rung = bell != NULL && atomic_load_explicit(&bell->word, memory_order_acquire) != seen;
    if (rung || left <= 0 || n->call_list != NULL || io_uring_cq_ready(&n->ring) > 0) {
        if (io_uring_sq_ready(&n->ring) > 0)
            ring_enter(n);
    } else {
        struct __kernel_timespec ts = {.tv_sec = left / CLOCK_NS_PER_S,
                                       .tv_nsec = left % CLOCK_NS_PER_S};
        struct io_uring_cqe *cqe = NULL;
        n->stats.enter_cnt++;
        (void)io_uring_submit_and_wait_timeout(&n->ring, &cqe, 1, left == INT64_MAX ? NULL : &ts,
                                               NULL);
    }
    if (bell != NULL)
        bell_cancel(bell);
}

int
net_watch(struct net *n, int fd, void (*on_ready)(void *arg), void *arg)
{
    if (n->watch_cnt == NET_WATCH_MAX)
        return ERR_NO_SPACE;
    n->watched[n->watch_cnt++] = (struct net_watched){.fd = fd, .on_ready = on_ready, .arg = arg};
    return 0;
}

void
net_stats(const struct net *n, struct net_stats *out)
{
    *out = n->stats;
}
