#include "tools/load/load_fix.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/fix/fix_client.h"

enum { COMP_ID_MAX = 40 };

struct session {
    struct load_fix *owner;
    struct fix_client *client;
    uint32_t index;
    char comp_id[COMP_ID_MAX];
};

struct load_fix {
    struct load *load;
    uint32_t session_cnt;
    struct session sessions[LOAD_SESSION_MAX];
};

/* --- what comes back --- */

/* 0: nothing that is counted. A cancel that was asked for names the order in 41. */
static enum load_answer
execution_answer(const struct fix_client_report *r)
{
    switch (r->exec_type) {
    case '0': /* new */
    case '9': /* suspended: parked */
    case 'A': /* pending new */
        return LOAD_ACCEPTED;
    case '8':
        return LOAD_REJECTED;
    case 'F':
        return r->again ? 0 : LOAD_FILL;
    case '5':
        return LOAD_REPLACED;
    case '4': /* canceled */
    case 'C': /* expired */
    case '3': /* done for day */
        return r->orig_bytes > 0 ? LOAD_CANCELED : LOAD_ENDED;
    case 'I':
        return LOAD_REPEATED;
    default:
        return 0;
    }
}

static void
on_report(void *user, struct fix_client *c, const struct fix_client_report *r)
{
    const struct session *s = user;
    enum load_answer answer = r->type == '8'   ? execution_answer(r)
                              : r->type == '9' ? LOAD_CANCEL_REJECTED
                              : r->type == 'j' ? LOAD_REFUSED
                                               : LOAD_PROTOCOL;
    (void)c;
    if (answer == 0)
        return;
    const struct fix_field *liquidity = answer == LOAD_FILL ? fix_find(r->message, 851) : NULL;
    load_on_report(s->owner->load, s->index,
                   &(struct load_report){.answer = answer,
                                         .id = r->id,
                                         .id_bytes = r->id_bytes,
                                         .text = r->text,
                                         .text_bytes = r->text_bytes,
                                         .taker = liquidity && liquidity->value[0] == '2'});
}

static void
on_down(void *user, struct fix_client *c, const char *why)
{
    const struct session *s = user;
    (void)c;
    load_net_down(s->owner->load, s->index, s->comp_id, why);
}

/* --- the link --- */

static int
link_connect(void *self, struct error *err)
{
    return fix_client_connect(((struct session *)self)->client, err);
}

static bool
link_up(const void *self)
{
    return fix_client_up(((const struct session *)self)->client);
}

static int
link_send(void *self, const struct load_message *m)
{
    struct fix_client *c = ((struct session *)self)->client;
    struct fix_client_order o = {
        .id = m->id,
        .symbol = m->symbol,
        .side = m->side == SIDE_BUY ? '1' : '2',
        .ord_type = m->ord_type == ORD_MARKET ? '1' : '2',
        .time_in_force = (char)('0' + m->tif - 1),
    };
    if (m->kind != FLOW_NEW)
        o.orig = m->orig;
    if (m->qty[0])
        o.qty = m->qty;
    if (m->price[0])
        o.price = m->price;
    if (m->post_only)
        o.exec_inst = "6"; /* participate, do not initiate */
    switch (m->kind) {
    case FLOW_NEW:
        return fix_client_new(c, &o);
    case FLOW_CANCEL:
        return fix_client_cancel(c, &o);
    default:
        return fix_client_replace(c, &o);
    }
}

static void
link_timer(void *self)
{
    fix_client_timer(((struct session *)self)->client);
}

static void
link_logout(void *self)
{
    fix_client_logout(((struct session *)self)->client);
}

static const struct load_link_ops link_ops = {.connect = link_connect,
                                              .up = link_up,
                                              .send = link_send,
                                              .timer = link_timer,
                                              .logout = link_logout};

/* --- life --- */

static int
session_open(struct load_fix *x, uint32_t i, struct net *net, const struct load_fix_options *o,
             struct error *err)
{
    static const struct fix_client_ops ops = {.on_report = on_report, .on_down = on_down};
    struct session *s = &x->sessions[i];
    *s = (struct session){.owner = x, .index = i};
    snprintf(s->comp_id, sizeof s->comp_id, "%s%u", o->comp_id ? o->comp_id : "CLIENT",
             (o->first ? o->first : 1) + i);
    struct fix_client_options options = {
        .address = o->address ? o->address : "127.0.0.1",
        .port = o->port ? o->port : 9878,
        .comp_id = s->comp_id,
        .venue_comp_id = o->venue_comp_id ? o->venue_comp_id : "ASSAY",
        .username = s->comp_id,
        .password = o->password ? o->password : "demo",
        .reset = true,
    };
    int rc = fix_client_open(&s->client, net, &options, &ops, s, err);
    if (rc == 0)
        load_link_set(x->load, i, (struct load_link){&link_ops, s});
    return rc;
}

int
load_fix_open(struct load_fix **out, struct load *l, struct load_net *net, uint32_t session_cnt,
              const struct load_fix_options *options, struct error *err)
{
    struct load_fix *x = calloc(1, sizeof *x);
    if (!x)
        return error_set(err, ERR_NO_SPACE, "no memory");
    x->load = l;
    x->session_cnt = session_cnt;
    int rc = 0;
    for (uint32_t i = 0; rc == 0 && i < session_cnt; i++)
        rc = session_open(x, i, net->net, options, err);
    if (rc < 0) {
        load_fix_close(x);
        return rc;
    }
    *out = x;
    return 0;
}

void
load_fix_close(struct load_fix *x)
{
    if (!x)
        return;
    for (uint32_t i = 0; i < x->session_cnt; i++)
        fix_client_close(x->sessions[i].client);
    free(x);
}
