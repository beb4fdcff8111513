#include "gateway/ctl/ctl_gateway.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/model/command.h"
#include "engine/model/reason.h"
#include "gateway/ctl/ctl_request.h"
#include "gateway/ctl/ctl_state.h"

enum { CONN_MAX = 16, LINE_MAX_BYTES = 16384, RECORDS_PER_POLL = 4096, FETCH_BYTES = 1 << 18 };

struct conn {
    int fd; /* -1: free */
    uint32_t in_bytes;
    uint32_t generation; /* answers to a connection that has gone find another number */
    uid_t uid;
    uint64_t waiting_seq; /* client_seq of the command whose answer is awaited; 0 = none */
    uint64_t report_seq;  /* number of the command whose CANCEL_REPORT ends the answer; 0 = none */
    json_t *answer;       /* being collected */
    char *out;            /* what the socket did not take at once */
    size_t out_bytes, out_sent;
    char in[LINE_MAX_BYTES];
};

struct ctl_gateway {
    struct ctl_options o;
    struct ctl_state state;
    struct bcast_reader reader;
    struct bell bell;
    int listen_fd, folder_fd;
    uint32_t incarnation;
    bool announced; /* our session is up, or on the way */
    uint64_t client_seq;
    uint64_t seen_event_seq;
    uint64_t answer_cmd_seq; /* command of ours whose events are passing by; 0 = none */
    uint64_t answer_client_seq;
    uint8_t *fetch;
    struct conn conns[CONN_MAX];
};

/* --- the socket --- */

static int
bind_socket(struct ctl_gateway *g, struct error *err)
{
    char folder[4096];
    snprintf(folder, sizeof folder, "%s", g->o.path);
    char *slash = strrchr(folder, '/');
    if (!slash)
        return error_set(err, ERR_INVALID, "%s: expected a path with a folder", folder);
    *slash = 0;
    g->folder_fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (g->folder_fd < 0)
        return error_errno(err, errno, "%s", folder);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    /* through the folder's descriptor: a socket's own path may not be longer than 107 bytes */
    snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%.64s", g->folder_fd,
             slash + 1);
    unlinkat(g->folder_fd, slash + 1, 0); /* the data folder is locked: whoever made it is gone */
    g->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (g->listen_fd < 0 || bind(g->listen_fd, (struct sockaddr *)&address, sizeof address) ||
        fchmodat(g->folder_fd, slash + 1, 0666, 0) || listen(g->listen_fd, CONN_MAX))
        return error_errno(err, errno, "%s", g->o.path);
    return 0;
}

int
ctl_gateway_open(struct ctl_gateway **out, const struct ctl_options *options, struct error *err)
{
    struct ctl_gateway *g = calloc(1, sizeof *g);
    if (!g)
        return error_set(err, ERR_NO_SPACE, "operator gateway: no memory");
    g->o = *options;
    g->listen_fd = g->folder_fd = -1;
    for (int i = 0; i < CONN_MAX; i++)
        g->conns[i].fd = -1;
    g->incarnation = options->port->incarnation;
    bell_init(&g->bell, -1);
    int rc = 0;
    g->fetch = malloc(FETCH_BYTES);
    if (!g->fetch || ctl_state_open(&g->state))
        rc = error_set(err, ERR_NO_SPACE, "operator gateway: no memory");
    if (!rc)
        rc = bcast_reader_open(&g->reader, options->ring, false, err);
    if (!rc)
        rc = bind_socket(g, err);
    if (rc) {
        ctl_gateway_close(g);
        return error_wrap(err, "operator gateway");
    }
    *out = g;
    return 0;
}

static void
drop(struct conn *c)
{
    if (c->fd >= 0)
        close(c->fd);
    if (c->answer)
        json_decref(c->answer);
    free(c->out);
    uint32_t generation = c->generation + 1;
    memset(c, 0, offsetof(struct conn, in));
    c->fd = -1;
    c->generation = generation;
}

void
ctl_gateway_close(struct ctl_gateway *g)
{
    if (!g)
        return;
    for (int i = 0; i < CONN_MAX; i++)
        drop(&g->conns[i]);
    if (g->listen_fd >= 0)
        close(g->listen_fd);
    if (g->folder_fd >= 0) {
        unlink(g->o.path);
        close(g->folder_fd);
    }
    if (g->bell.event_fd >= 0)
        close(g->bell.event_fd);
    if (g->reader.cursor)
        bcast_reader_close(&g->reader);
    ctl_state_close(&g->state);
    free(g->fetch);
    free(g);
}

struct bell *
ctl_gateway_bell(struct ctl_gateway *g)
{
    return &g->bell;
}

/* --- answers --- */

static void
flush(struct conn *c)
{
    while (c->out_sent < c->out_bytes) {
        ssize_t n = send(c->fd, c->out + c->out_sent, c->out_bytes - c->out_sent, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return; /* POLLOUT will say */
        if (n < 0) {
            drop(c);
            return;
        }
        c->out_sent += (size_t)n;
    }
    free(c->out);
    c->out = NULL;
    c->out_bytes = c->out_sent = 0;
}

static void
reply(struct conn *c, json_t *answer) /* takes the reference */
{
    char *text = json_dumps(answer, JSON_COMPACT);
    json_decref(answer);
    c->waiting_seq = c->report_seq = 0;
    if (!text) {
        drop(c);
        return;
    }
    size_t n = strlen(text);
    text[n] = '\n'; /* in the place of the zero byte: out has a length */
    c->out = text;
    c->out_bytes = n + 1;
    c->out_sent = 0;
    flush(c);
}

static void
reply_problem(struct conn *c, const char *text)
{
    reply(c, json_pack("{s:b, s:s}", "ok", 0, "text", text));
}

static void
collect_checkpoint(json_t *answer, const struct event_checkpoint *k)
{
    const uint64_t *digests[] = {k->digest_all, k->digest_balances, k->digest_orders,
                                 k->digest_hooks};
    static const char *const names[] = {"all", "balances", "orders", "hooks"};
    json_t *d = json_object();
    for (size_t i = 0; i < 4; i++) {
        char text[33];
        snprintf(text, sizeof text, "%016llx%016llx", (unsigned long long)digests[i][0],
                 (unsigned long long)digests[i][1]);
        json_object_set_new(d, names[i], json_string(text));
    }
    json_object_set_new(answer, "digests", d);
    json_object_set_new(answer, "open_orders", json_integer((json_int_t)k->order_cnt));
    json_object_set_new(answer, "balances", json_integer((json_int_t)k->balance_cnt));
    json_object_set_new(answer, "fills", json_integer((json_int_t)k->fill_cnt));
}

/* Puts what an event says into the answer; the numbers that an operator or a reconciliation asks
 * for. */
static void
collect(struct conn *c, const struct event *ev)
{
    json_t *answer = c->answer;
    json_object_set_new(answer, "event_seq", json_integer((json_int_t)ev->rec.seq));
    if (ev->rec.type == EVENT_COMMAND_RESULT || ev->rec.type == EVENT_ORDER_REJECTED ||
        ev->rec.type == EVENT_CANCEL_REJECTED) {
        const struct event_reject *r = (const struct event_reject *)ev;
        json_object_set_new(answer, "ok", json_boolean(r->reason == 0));
        bool mass =
            r->command_type == COMMAND_MASS_CANCEL || r->command_type == COMMAND_QUOTE_CANCEL;
        if (!r->reason && mass && r->order_id == ev->cmd_seq)
            c->report_seq = ev->cmd_seq;
        if (!r->reason)
            return;
        json_object_set_new(answer, "reason", json_string(reason_name(r->reason)));
        json_object_set_new(answer, "text", json_string(reason_text(r->reason)));
    } else if (ev->rec.type == EVENT_CORPORATE_REPORT) {
        c->report_seq = ev->cmd_seq; /* it has begun */
    } else if (ev->rec.type == EVENT_KILL_SWITCH) {
        if (((const struct event_kill_switch *)ev)->engaged)
            c->report_seq = ev->cmd_seq;
    } else if (ev->rec.type == EVENT_POSTING) {
        const struct event_posting *p = (const struct event_posting *)ev;
        json_object_set_new(answer, "amount_units", json_integer(p->amount_units));
    } else if (ev->rec.type == EVENT_WITHDRAWAL) {
        const struct event_withdrawal *w = (const struct event_withdrawal *)ev;
        json_object_set_new(answer, "withdrawal", json_integer((json_int_t)w->withdrawal_id));
    } else if (ev->rec.type == EVENT_PROPOSAL) {
        const struct event_proposal *p = (const struct event_proposal *)ev;
        json_object_set_new(answer, "proposal", json_integer((json_int_t)p->proposal));
    } else if (ev->rec.type == EVENT_DEAL_TRADE) {
        const struct event_deal_trade *t = (const struct event_deal_trade *)ev;
        json_object_set_new(answer, "trade", json_integer((json_int_t)t->trade_id));
    } else if (ev->rec.type == EVENT_CHECKPOINT) {
        collect_checkpoint(answer, (const struct event_checkpoint *)ev);
    }
}

static struct conn *
waiting_for(struct ctl_gateway *g, uint64_t client_seq)
{
    for (int i = 0; i < CONN_MAX; i++)
        if (g->conns[i].fd >= 0 && g->conns[i].waiting_seq == client_seq)
            return &g->conns[i];
    return NULL;
}

/* --- released records --- */

/* What goes over orders or holders is answered when it is through, which may take more commands. */
static void
see_report(struct ctl_gateway *g, uint64_t request_seq, const char *what, uint64_t cnt)
{
    for (int i = 0; i < CONN_MAX; i++) {
        struct conn *c = &g->conns[i];
        if (c->fd < 0 || c->report_seq != request_seq || !c->answer)
            continue;
        json_object_set_new(c->answer, what, json_integer((json_int_t)cnt));
        json_t *answer = c->answer;
        c->answer = NULL;
        reply(c, answer);
    }
}

static void
see_reports(struct ctl_gateway *g, const struct event *ev)
{
    if (ev->rec.type == EVENT_CANCEL_REPORT) {
        const struct event_cancel_report *e = (const struct event_cancel_report *)ev;
        see_report(g, e->request_seq, "canceled", e->canceled_cnt);
    } else if (ev->rec.type == EVENT_CORPORATE_REPORT) {
        const struct event_corporate_report *e = (const struct event_corporate_report *)ev;
        if (e->state == CORPORATE_DONE)
            see_report(g, e->action, "holders", e->holder_cnt);
    }
}

static void
see_event(struct ctl_gateway *g, const struct event *ev)
{
    if (ev->rec.seq <= g->seen_event_seq)
        return; /* fetched before */
    g->seen_event_seq = ev->rec.seq;
    ctl_state_learn(&g->state, ev);
    see_reports(g, ev);
    if (ev->cmd_seq != g->answer_cmd_seq)
        return;
    struct conn *c = waiting_for(g, g->answer_client_seq);
    if (!c)
        return;
    if (!c->answer)
        c->answer = json_pack("{s:b, s:I}", "ok", 1, "cmd_seq", (json_int_t)ev->cmd_seq);
    collect(c, ev);
    if (!ev->last || c->report_seq)
        return;
    json_t *answer = c->answer;
    c->answer = NULL;
    reply(c, answer);
}

static void
see_command(struct ctl_gateway *g, const struct command *cmd)
{
    if (cmd->session_id != g->o.session_id || cmd->incarnation != g->incarnation)
        return;
    g->answer_cmd_seq = cmd->rec.seq;
    g->answer_client_seq = cmd->client_seq;
}

/* The ring has gone past us: learn from the journal what we missed; who waits is told to ask again.
 * */
static void
catch_up(struct ctl_gateway *g)
{
    bcast_rejoin(&g->reader);
    for (int i = 0; i < CONN_MAX; i++)
        if (g->conns[i].fd >= 0 && g->conns[i].waiting_seq)
            reply_problem(&g->conns[i], "the answer was missed; the same request again is safe");
    struct error err;
    while (g->o.source) {
        int64_t n = g->o.source->fetch(g->o.source->self, g->seen_event_seq + 1, g->fetch,
                                       FETCH_BYTES, NULL, &err);
        if (n <= 0)
            return;
        for (int64_t at = 0; at < n;) {
            const struct event *ev = (const struct event *)(const void *)(g->fetch + at);
            see_event(g, ev);
            at += ev->rec.length_bytes;
        }
    }
}

static uint32_t
poll_records(struct ctl_gateway *g)
{
    const uint8_t *data;
    uint64_t bytes = bcast_peek(&g->reader, durable_ring_pos(g->o.mark), &data);
    uint32_t cnt = 0;
    uint64_t at = 0;
    _Alignas(8) uint8_t copy[RECORD_BYTES_MAX];
    while (at < bytes && cnt < RECORDS_PER_POLL) {
        uint32_t length = ((const struct record *)(const void *)(data + at))->length_bytes;
        bool sane = length >= sizeof(struct record) && length <= sizeof copy;
        if (sane)
            bcast_copy(copy, data + at, length);
        if (!sane || bcast_lapped(&g->reader)) { /* lapped while copying: nothing of it counts */
            catch_up(g);
            return cnt + 1;
        }
        const struct record *rec = (const struct record *)(const void *)copy;
        if (rec->kind == RECORD_COMMAND)
            see_command(g, (const struct command *)(const void *)copy);
        if (rec->kind == RECORD_EVENT)
            see_event(g, (const struct event *)(const void *)copy);
        at += length;
        cnt++;
    }
    if (at)
        bcast_advance(&g->reader, at);
    return cnt;
}

/* --- requests --- */

static const struct ctl_operator *
operator_of(const struct ctl_gateway *g, uid_t uid, const char *as)
{
    for (uint32_t i = 0; i < g->o.operator_cnt; i++)
        if (g->o.operators[i].uid == uid && (!as || !strcmp(as, g->o.operators[i].name)))
            return &g->o.operators[i];
    return NULL;
}

static void
send_command(struct ctl_gateway *g, struct conn *c, union ctl_command *command, uint32_t actor_id)
{
    void *slot = port_claim(g->o.port);
    if (!slot) {
        reply_problem(c, "the venue is busy; try again");
        return;
    }
    command->cmd.session_id = g->o.session_id;
    command->cmd.incarnation = g->incarnation;
    command->cmd.client_seq = ++g->client_seq;
    command->cmd.actor_id = actor_id;
    command->cmd.recv_ns = clock_utc_ns();
    memcpy(slot, command, command->cmd.rec.length_bytes);
    c->waiting_seq = g->client_seq;
    port_send(g->o.port);
}

static void
handle(struct ctl_gateway *g, struct conn *c, const char *line, size_t bytes)
{
    json_error_t problem;
    json_t *request = json_loadb(line, bytes, JSON_REJECT_DUPLICATES, &problem);
    if (!json_is_object(request)) {
        char text[256];
        snprintf(text, sizeof text, "not a JSON object: %s at byte %d",
                 request ? "another value" : problem.text, request ? 0 : problem.position);
        json_decref(request);
        reply_problem(c, text);
        return;
    }
    const char *as = json_string_value(json_object_get(request, "as"));
    const char *verb = json_string_value(json_object_get(request, "cmd"));
    const struct ctl_operator *who = operator_of(g, c->uid, as);
    union ctl_command command;
    struct error err = {0};
    if (!who) {
        snprintf(err.text, sizeof err.text, "Unix user %u is no operator%s%s of this venue",
                 (unsigned)c->uid, as ? " named " : "", as ? as : "");
        reply_problem(c, err.text);
    } else if (verb && !strcmp(verb, "status")) {
        reply(c, ctl_state_json(&g->state));
    } else if (ctl_request_parse(&g->state, request, &command, &err)) {
        reply_problem(c, err.text);
    } else {
        send_command(g, c, &command, who->actor_id);
    }
    json_decref(request);
}

static void
accept_all(struct ctl_gateway *g)
{
    for (;;) {
        int fd = accept4(g->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0)
            return;
        struct ucred peer = {0};
        socklen_t n = sizeof peer;
        struct conn *c = NULL;
        for (int i = 0; i < CONN_MAX && !c; i++)
            if (g->conns[i].fd < 0)
                c = &g->conns[i];
        if (!c || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n)) {
            close(fd);
            continue;
        }
        c->fd = fd;
        c->uid = peer.uid;
    }
}

/* Handles the first whole line when nothing is awaited or unsent; later lines wait their turn. */
static uint32_t
next_line(struct ctl_gateway *g, struct conn *c)
{
    if (c->fd < 0 || c->waiting_seq || c->out)
        return 0;
    char *end = memchr(c->in, '\n', c->in_bytes);
    if (!end) {
        if (c->in_bytes == sizeof c->in)
            drop(c); /* no request is that long */
        return 0;
    }
    size_t bytes = (size_t)(end - c->in) + 1;
    uint32_t generation = c->generation;
    handle(g, c, c->in, bytes - 1);
    if (c->generation != generation)
        return 1; /* it went while being answered */
    memmove(c->in, c->in + bytes, c->in_bytes - bytes);
    c->in_bytes -= (uint32_t)bytes;
    return 1;
}

static uint32_t
serve(struct ctl_gateway *g, struct conn *c)
{
    if (c->fd < 0)
        return 0;
    if (c->out)
        flush(c);
    if (c->fd < 0)
        return 1;
    uint32_t work = 0;
    if (c->in_bytes < sizeof c->in) {
        ssize_t n = recv(c->fd, c->in + c->in_bytes, sizeof c->in - c->in_bytes, 0);
        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
            drop(c);
            return 1;
        }
        if (n > 0) {
            c->in_bytes += (uint32_t)n;
            work = 1;
        }
    }
    return work + next_line(g, c);
}

/* The core takes commands of sessions that are up only. */
static void
announce_session(struct ctl_gateway *g)
{
    struct command_session_event *up = port_claim(g->o.port);
    if (!up)
        return; /* the next cycle tries again */
    command_init(&up->cmd, COMMAND_SESSION_UP);
    up->cmd.session_id = g->o.session_id;
    up->cmd.incarnation = g->incarnation;
    up->cmd.recv_ns = clock_utc_ns();
    port_send(g->o.port);
    g->announced = true;
}

/* --- the tile --- */

static uint32_t
gateway_poll(void *self, int64_t mono_ns)
{
    (void)mono_ns;
    struct ctl_gateway *g = self;
    if (!g->announced)
        announce_session(g);
    uint32_t work = poll_records(g);
    accept_all(g);
    for (int i = 0; i < CONN_MAX; i++)
        work += serve(g, &g->conns[i]);
    return work;
}

/* Sleeps on the sockets. Nobody rings: an answer that is awaited is looked for each millisecond,
 * the state shown by "status" may
 * be a fifth of a second old; so a busy venue pays nothing for an operator gateway that is idle. */
static void
gateway_wait(void *self, uint32_t seen, int64_t deadline_mono_ns)
{
    enum { LEARN_MS = 200, AWAIT_MS = 1 };
    (void)seen;
    struct ctl_gateway *g = self;
    struct pollfd fds[CONN_MAX + 1] = {{.fd = g->listen_fd, .events = POLLIN}};
    nfds_t cnt = 1;
    int timeout = LEARN_MS;
    for (int i = 0; i < CONN_MAX; i++) {
        const struct conn *c = &g->conns[i];
        if (c->fd < 0)
            continue;
        if (c->waiting_seq)
            timeout = AWAIT_MS;
        fds[cnt++] =
            (struct pollfd){.fd = c->fd, .events = (short)(POLLIN | (c->out ? POLLOUT : 0))};
    }
    int64_t left_ms = (deadline_mono_ns - clock_mono_ns()) / CLOCK_NS_PER_MS;
    if (left_ms < timeout)
        timeout = left_ms > 0 ? (int)left_ms : 0;
    poll(fds, cnt, timeout);
    bell_cancel(&g->bell);
}

void
ctl_gateway_learn(struct ctl_gateway *g, const struct event *ev)
{
    if (ev->rec.seq <= g->seen_event_seq)
        return;
    g->seen_event_seq = ev->rec.seq;
    ctl_state_learn(&g->state, ev);
}

const struct tile_ops *
ctl_gateway_tile_ops(void)
{
    static const struct tile_ops ops = {.name = "ctl", .poll = gateway_poll, .wait = gateway_wait};
    return &ops;
}
