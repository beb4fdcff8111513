#include "gateway/fix/fix_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/clock.h"
#include "gateway/fix/fix_write.h"

enum { HEARTBEAT_S = 30, WHY_BYTES = 160 };

enum client_state { CLIENT_DOWN, CLIENT_CONNECTING, CLIENT_LOGON, CLIENT_UP, CLIENT_LOGOUT };

struct fix_client {
    struct fix_client_options options;
    struct fix_client_ops ops;
    struct net_ops net_ops;
    void *user;
    struct net *net;
    struct net_conn *conn;
    enum client_state state;
    uint64_t next_out, next_in;
    uint64_t gap_to; /* asked for up to here */
    bool reset_due;
    int64_t sent_ns;
    struct fix_time_cache clock;
    char comp_ids[FIX_HEADER_MAX];
    uint32_t comp_ids_bytes;
    char why[WHY_BYTES];
    struct fix_message message;
};

/* --- sending --- */

static bool
begin(struct fix_client *c, const char *type, uint64_t seq, bool dup, bool resend,
      struct fix_writer *w)
{
    uint8_t *place = c->conn == NULL ? NULL : net_reserve(c->conn, FIX_OUT_MAX);
    if (place == NULL)
        return false;
    int64_t now = clock_utc_ns();
    fix_write_begin(w, (char *)place, type,
                    &(struct fix_header){.comp_ids = c->comp_ids,
                                         .comp_ids_bytes = c->comp_ids_bytes,
                                         .poss_dup = dup,
                                         .poss_resend = resend,
                                         .seq = seq,
                                         .sending_ns = now,
                                         .orig_sending_ns = now,
                                         .time_digits = 6,
                                         .clock = &c->clock});
    return true;
}

static void
end(struct fix_client *c, struct fix_writer *w)
{
    net_commit(c->conn, fix_write_end(w));
    c->sent_ns = clock_mono_ns();
}

static void
put_text(struct fix_writer *w, const char *tag, const char *text)
{
    if (text == NULL)
        return;
    fix_put_raw(w, tag, strlen(tag));
    fix_put_text_value(w, text, strlen(text));
}

static void
send_logon(struct fix_client *c)
{
    struct fix_writer w;
    if (c->reset_due)
        c->next_out = c->next_in = 1;
    if (!begin(c, "A", c->next_out, false, false, &w))
        return;
    FIX_PUT_CHAR(&w, "98=", '0');
    FIX_PUT_U64(&w, "108=", c->options.heartbeat_s);
    if (c->reset_due)
        FIX_PUT_CHAR(&w, "141=", 'Y');
    put_text(&w, "553=", c->options.username);
    put_text(&w, "554=", c->options.password);
    end(c, &w);
    c->next_out++;
}

/* A message of the session layer with at most one field. */
static void
send_admin(struct fix_client *c, const char *type, const char *tag, const char *value, size_t bytes)
{
    struct fix_writer w;
    if (!begin(c, type, c->next_out, false, false, &w))
        return;
    if (value != NULL) {
        fix_put_raw(&w, tag, strlen(tag));
        fix_put_text_value(&w, value, bytes);
    }
    end(c, &w);
    c->next_out++;
}

static void
ask_again(struct fix_client *c, uint64_t seen)
{
    struct fix_writer w;
    if (c->gap_to >= c->next_in || !begin(c, "2", c->next_out, false, false, &w))
        return;
    FIX_PUT_U64(&w, "7=", c->next_in);
    FIX_PUT_CHAR(&w, "16=", '0');
    end(c, &w);
    c->next_out++;
    c->gap_to = seen;
}

static void
fill_gap(struct fix_client *c, uint64_t from)
{
    struct fix_writer w;
    if (from == 0 || from >= c->next_out || !begin(c, "4", from, true, false, &w))
        return;
    FIX_PUT_CHAR(&w, "123=", 'Y');
    FIX_PUT_U64(&w, "36=", c->next_out);
    end(c, &w);
}

static int
begin_order(struct fix_client *c, const char *type, const struct fix_client_order *o,
            struct fix_writer *w)
{
    if (c->state != CLIENT_UP)
        return ERR_CLOSED;
    if (!begin(c, type, c->next_out, false, o->poss_resend, w))
        return ERR_NO_SPACE;
    put_text(w, "11=", o->id);
    put_text(w, "41=", o->orig);
    put_text(w, "1=", o->account);
    put_text(w, "55=", o->symbol);
    FIX_PUT_CHAR(w, "54=", o->side);
    FIX_PUT_TIME(w, "60=", &c->clock, clock_utc_ns(), 6);
    put_text(w, "38=", o->qty);
    return 0;
}

static int
end_order(struct fix_client *c, struct fix_writer *w)
{
    end(c, w);
    c->next_out++;
    return 0;
}

static void
put_terms(struct fix_writer *w, const struct fix_client_order *o)
{
    FIX_PUT_CHAR(w, "40=", o->ord_type);
    put_text(w, "44=", o->price);
    if (o->time_in_force != 0)
        FIX_PUT_CHAR(w, "59=", o->time_in_force);
    put_text(w, "18=", o->exec_inst);
}

int
fix_client_new(struct fix_client *c, const struct fix_client_order *o)
{
    struct fix_writer w;
    int rc = begin_order(c, "D", o, &w);
    if (rc != 0)
        return rc;
    put_terms(&w, o);
    return end_order(c, &w);
}

int
fix_client_cancel(struct fix_client *c, const struct fix_client_order *o)
{
    struct fix_writer w;
    int rc = begin_order(c, "F", o, &w);
    return rc != 0 ? rc : end_order(c, &w);
}

int
fix_client_replace(struct fix_client *c, const struct fix_client_order *o)
{
    struct fix_writer w;
    int rc = begin_order(c, "G", o, &w);
    if (rc != 0)
        return rc;
    put_terms(&w, o);
    return end_order(c, &w);
}

/* --- receiving --- */

static uint32_t
to_u32(const struct fix_field *x)
{
    uint64_t v;
    return fix_read_u64(x->value, x->bytes, &v) ? (uint32_t)v : 0;
}

static void
read_report(const struct fix_message *m, struct fix_client_report *r)
{
    *r = (struct fix_client_report){.type = m->type[0], .message = m};
    for (uint32_t i = 0; i < m->field_cnt; i++) {
        const struct fix_field *x = &m->fields[i];
        switch (x->tag) {
        case 11:
        case 379:
            r->id = x->value;
            r->id_bytes = (uint16_t)x->bytes;
            break;
        case 41:
            r->orig = x->value;
            r->orig_bytes = (uint16_t)x->bytes;
            break;
        case 58:
            r->text = x->value;
            r->text_bytes = (uint16_t)x->bytes;
            break;
        case 17:
            (void)fix_read_u64(x->value, x->bytes, &r->exec_id);
            break;
        case 37:
            (void)fix_read_u64(x->value, x->bytes, &r->order_id);
            break;
        case 39:
            r->ord_status = x->value[0];
            break;
        case 43:
        case 97:
            r->again |= x->value[0] == 'Y';
            break;
        case 102:
        case 103:
        case 373:
        case 380:
            r->reason = to_u32(x);
            break;
        case 150:
            r->exec_type = x->value[0];
            break;
        default:
            break;
        }
    }
}

static uint64_t
number_of(const struct fix_message *m, uint32_t tag)
{
    const struct fix_field *x = fix_find(m, tag);
    uint64_t v = 0;
    return x != NULL && fix_read_u64(x->value, x->bytes, &v) ? v : 0;
}

static void
why_set(struct fix_client *c, const char *text, size_t bytes)
{
    snprintf(c->why, sizeof(c->why), "%.*s", (int)(bytes < WHY_BYTES ? bytes : WHY_BYTES - 1),
             text);
}

static void
on_logon(struct fix_client *c)
{
    bool first = c->state == CLIENT_LOGON;
    c->state = CLIENT_UP;
    c->reset_due = false;
    if (first && c->ops.on_up != NULL)
        c->ops.on_up(c->user, c);
}

static void
on_logout(struct fix_client *c, const struct fix_message *m)
{
    const struct fix_field *text = fix_find(m, 58);
    if (text != NULL)
        why_set(c, text->value, text->bytes);
    else
        why_set(c, "logged out", 10);
    if (c->state != CLIENT_LOGOUT)
        send_admin(c, "5", NULL, NULL, 0);
    c->state = CLIENT_LOGOUT;
    net_close(c->conn, true);
}

static void
on_report(struct fix_client *c, const struct fix_message *m)
{
    struct fix_client_report r;
    if (c->ops.on_report == NULL)
        return;
    read_report(m, &r);
    c->ops.on_report(c->user, c, &r);
}

/* The message whose turn it is. */
static void
dispatch(struct fix_client *c, const struct fix_message *m)
{
    const struct fix_field *id;
    switch (m->type[0]) {
    case '8':
    case '9':
    case '3':
    case 'j':
        on_report(c, m);
        break;
    case 'A':
        on_logon(c);
        break;
    case '1':
        id = fix_find(m, 112);
        send_admin(c, "0", "112=", id == NULL ? NULL : id->value, id == NULL ? 0 : id->bytes);
        break;
    case '2':
        fill_gap(c, number_of(m, 7));
        break;
    case '4':
        c->next_in = number_of(m, 36);
        break;
    case '5':
        on_logout(c, m);
        break;
    default:
        break;
    }
}

static void
on_message(struct fix_client *c, const struct fix_message *m)
{
    uint64_t seq = number_of(m, 34);
    char type = m->type[0];
    if (seq > c->next_in) {
        if (type == 'A')
            on_logon(c); /* and ask for what was missed while away */
        else if (type == '2')
            fill_gap(c, number_of(m, 7));
        else if (type == '5') {
            on_logout(c, m);
            return;
        }
        if (c->state == CLIENT_UP)
            ask_again(c, seq);
        return;
    }
    if (seq < c->next_in)
        return; /* seen before */
    c->next_in = seq + 1;
    dispatch(c, m);
}

static size_t
on_data(struct net_conn *n, void *user, const uint8_t *data, size_t bytes)
{
    struct fix_client *c = user;
    size_t at = 0, used;
    (void)n;
    for (;;) {
        enum fix_parse_result rc = fix_parse(data + at, bytes - at, &c->message, &used);
        at += used;
        if (rc == FIX_PARSE_MORE)
            return at;
        if (rc != FIX_PARSE_OK) {
            why_set(c, "the venue sent garbled bytes", 28);
            net_close(c->conn, false);
            return bytes;
        }
        on_message(c, &c->message);
        if (c->conn == NULL)
            return bytes;
    }
}

static void
on_open(struct net_conn *n, void *user)
{
    struct fix_client *c = user;
    (void)n;
    c->state = CLIENT_LOGON;
    send_logon(c);
}

static void
on_writable(struct net_conn *n, void *user)
{
    struct fix_client *c = user;
    (void)n;
    if (c->state == CLIENT_UP && c->ops.on_writable != NULL)
        c->ops.on_writable(c->user, c);
}

static void
on_close(struct net_conn *n, void *user, enum net_close_reason reason, int errno_value)
{
    struct fix_client *c = user;
    (void)n;
    if (c->why[0] == '\0' && errno_value != 0)
        why_set(c, strerror(errno_value), strlen(strerror(errno_value)));
    else if (c->why[0] == '\0')
        why_set(c, reason == NET_CLOSE_LOCAL ? "cut" : "the venue closed the connection",
                reason == NET_CLOSE_LOCAL ? 3 : 31);
    c->conn = NULL;
    c->state = CLIENT_DOWN;
    if (c->ops.on_down != NULL)
        c->ops.on_down(c->user, c, c->why);
}

/* --- life --- */

int
fix_client_open(struct fix_client **out, struct net *net, const struct fix_client_options *o,
                const struct fix_client_ops *ops, void *user, struct error *err)
{
    struct fix_client *c = calloc(1, sizeof(*c));
    if (c == NULL)
        return error_set(err, ERR_NO_SPACE, "fix client: no memory");
    c->options = *o;
    if (c->options.heartbeat_s == 0)
        c->options.heartbeat_s = HEARTBEAT_S;
    c->ops = *ops;
    c->user = user;
    c->net = net;
    c->next_out = c->next_in = 1;
    c->reset_due = o->reset;
    c->net_ops = (struct net_ops){
        .on_open = on_open, .on_data = on_data, .on_writable = on_writable, .on_close = on_close};
    int cnt = snprintf(c->comp_ids, sizeof(c->comp_ids), "49=%s%c56=%s%c", o->comp_id, FIX_SOH,
                       o->venue_comp_id, FIX_SOH);
    if (cnt < 0 || (size_t)cnt >= sizeof(c->comp_ids)) {
        free(c);
        return error_set(err, ERR_INVALID, "fix client: CompIDs are too long");
    }
    c->comp_ids_bytes = (uint32_t)cnt;
    *out = c;
    return 0;
}

void
fix_client_close(struct fix_client *c)
{
    if (c == NULL)
        return;
    if (c->conn != NULL)
        net_conn_orphan(c->conn);
    free(c);
}

int
fix_client_connect(struct fix_client *c, struct error *err)
{
    if (c->conn != NULL)
        return error_set(err, ERR_BUSY, "fix client %s: connected already", c->options.comp_id);
    c->why[0] = '\0';
    c->gap_to = 0;
    int rc =
        net_connect(c->net, c->options.address, c->options.port, &c->net_ops, c, &c->conn, err);
    if (rc == 0)
        c->state = CLIENT_CONNECTING;
    return rc;
}

bool
fix_client_up(const struct fix_client *c)
{
    return c->state == CLIENT_UP;
}

void
fix_client_logout(struct fix_client *c)
{
    if (c->state != CLIENT_UP)
        return;
    send_admin(c, "5", NULL, NULL, 0);
    c->state = CLIENT_LOGOUT;
}

void
fix_client_cut(struct fix_client *c)
{
    if (c->conn != NULL)
        net_close(c->conn, false);
}

void
fix_client_timer(struct fix_client *c)
{
    int64_t beat = (int64_t)c->options.heartbeat_s * CLOCK_NS_PER_S;
    if (c->state == CLIENT_UP && clock_mono_ns() - c->sent_ns >= beat)
        send_admin(c, "0", NULL, NULL, 0);
}

uint64_t
fix_client_next_out(const struct fix_client *c)
{
    return c->next_out;
}

uint64_t
fix_client_next_in(const struct fix_client *c)
{
    return c->next_in;
}

void
fix_client_numbers_set(struct fix_client *c, uint64_t next_out, uint64_t next_in)
{
    c->next_out = next_out;
    c->next_in = next_in;
}

uint64_t
fix_client_pending(const struct fix_client *c)
{
    return c->conn == NULL ? 0 : net_pending(c->conn);
}
