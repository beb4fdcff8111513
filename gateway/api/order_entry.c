#include <string.h>

#include "engine/base/check.h"
#include "engine/model/client_id.h"
#include "gateway/api/fanout_priv.h"
#include "gateway/api/quote_form.h"

/* Orders, cancels, replaces and quotes of REST and WebSocket clients. What is checked here is form
 * alone; whether the order may be, the core decides, as for every other gateway. */

void
entry_request(const struct entry *e, enum request_kind kind, struct request *r)
{
    *r = (struct request){.kind = kind,
                          .conn_id = http_conn_id(e->conn),
                          .websocket = e->websocket,
                          .cancel_on_disconnect = e->cancel_on_disconnect,
                          .session = e->session};
    if (e->form->request_id.at != NULL) {
        (void)json_text_copy(&e->form->request_id, r->request_id, sizeof(r->request_id));
    }
}

int
entry_new(struct fanout *f, const struct entry *e, struct api_fault *fault)
{
    struct command_order_linked linked;
    struct command_order_new *cmd = &linked.order;
    const struct product *p;
    struct request r;
    command_init(&cmd->cmd, COMMAND_ORDER_NEW);
    if (order_form_new(e->form, e->websocket, &f->catalog, f->utc_ns, cmd, &p, fault) != 0 ||
        order_form_link(e->form, &linked, fault) != 0) {
        return -1;
    }
    if (e->cancel_on_disconnect) {
        cmd->exec_inst |= EXEC_CANCEL_ON_DISCONNECT; /* should this process itself go down */
    }
    if (request_send(f, e->session, &cmd->cmd, fault) != 0) {
        return -1;
    }
    entry_request(e, REQUEST_NEW, &r);
    r.id = cmd->cmd.id;
    (void)request_add(f, &r);
    return 0;
}

/* The order that the form names, which must be known here, the client's own, and of the product
 * when that is named too. */
static struct party_order *
find_order(struct fanout *f, const struct entry *e, struct api_fault *fault)
{
    uint64_t order_id = 0;
    struct client_id orig = {0};
    if (order_form_target(e->form, &order_id, &orig, fault) != 0) {
        return NULL;
    }
    struct party_order *o =
        order_id != 0 ? party_order(&f->party, order_id)
                      : party_order_by_client_id(&f->party, e->session->account_id, &orig);
    const struct product *p = NULL;
    if (e->form->product_id.at != NULL &&
        (p = order_form_product(e->form, &f->catalog, fault)) == NULL) {
        return NULL;
    }
    if (o == NULL || o->account_id != e->session->account_id ||
        (p != NULL && p->instrument_id != o->instrument_id)) {
        (void)api_fault_set(fault, 404, "order not found");
        return NULL;
    }
    return o;
}

int
entry_cancel(struct fanout *f, const struct entry *e, struct api_fault *fault)
{
    struct command_order_cancel cmd;
    struct request r;
    const struct party_order *o = find_order(f, e, fault);
    if (o == NULL) {
        return -1;
    }
    command_init(&cmd.cmd, COMMAND_ORDER_CANCEL);
    cmd.instrument_id = o->instrument_id;
    cmd.order_id = o->order_id;
    if (request_send(f, e->session, &cmd.cmd, fault) != 0) {
        return -1;
    }
    entry_request(e, REQUEST_CANCEL, &r);
    r.order_id = o->order_id;
    r.id = o->id;
    r.by_client_id = e->form->order_id.at == NULL;
    (void)request_add(f, &r);
    return 0;
}

int
entry_replace(struct fanout *f, const struct entry *e, struct api_fault *fault)
{
    struct command_order_replace cmd;
    struct request r;
    const struct party_order *o = find_order(f, e, fault);
    if (o == NULL) {
        return -1;
    }
    const struct product *p = catalog_product(&f->catalog, o->instrument_id);
    CHECK(p != NULL, "order of an unknown product");
    command_init(&cmd.cmd, COMMAND_ORDER_REPLACE);
    cmd.instrument_id = o->instrument_id;
    cmd.order_id = o->order_id;
    if (order_form_replace(e->form, p, &cmd, fault) != 0 ||
        request_send(f, e->session, &cmd.cmd, fault) != 0) {
        return -1;
    }
    entry_request(e, REQUEST_REPLACE, &r);
    r.order_id = o->order_id;
    r.id = cmd.cmd.id;
    (void)request_add(f, &r);
    return 0;
}

static int
cancel_all(struct fanout *f, const struct entry *e, bool quotes, struct api_fault *fault)
{
    struct command_mass_cancel cmd;
    struct request r;
    command_init(&cmd.cmd, quotes ? COMMAND_QUOTE_CANCEL : COMMAND_MASS_CANCEL);
    if (e->form->product_id.at != NULL) {
        const struct product *p = order_form_product(e->form, &f->catalog, fault);
        if (p == NULL) {
            return -1;
        }
        cmd.instrument_id = p->instrument_id;
    }
    if (request_send(f, e->session, &cmd.cmd, fault) != 0) {
        return -1;
    }
    entry_request(e, quotes ? REQUEST_QUOTE_CANCEL : REQUEST_CANCEL_ALL, &r);
    r.instrument_id = cmd.instrument_id;
    r.order_number = e->session->account->order_number;
    r.done_cnt = e->session->account->done_cnt;
    (void)request_add(f, &r);
    return 0;
}

int
entry_cancel_all(struct fanout *f, const struct entry *e, struct api_fault *fault)
{
    return cancel_all(f, e, false, fault);
}

int
entry_quote_cancel(struct fanout *f, const struct entry *e, struct api_fault *fault)
{
    return cancel_all(f, e, true, fault);
}

int
entry_quote(struct fanout *f, const struct entry *e, struct api_fault *fault)
{
    struct command_mass_quote cmd;
    struct request r;
    command_init(&cmd.cmd, COMMAND_MASS_QUOTE);
    if (quote_form_read(e->form, &f->catalog, &cmd, fault) != 0) {
        return -1;
    }
    if (e->cancel_on_disconnect) {
        cmd.exec_inst |= EXEC_CANCEL_ON_DISCONNECT;
    }
    if (request_send(f, e->session, &cmd.cmd, fault) != 0) {
        return -1;
    }
    entry_request(e, REQUEST_QUOTE, &r);
    (void)request_add(f, &r);
    return 0;
}

int
entry_order_list(struct fanout *f, const struct entry *e, struct api_fault *fault)
{
    struct command_order_list cmd;
    struct request r;
    if (order_form_list(e->form, &f->catalog, f->utc_ns, &cmd, fault) != 0) {
        return -1;
    }
    if (e->cancel_on_disconnect) {
        cmd.first.exec_inst |= EXEC_CANCEL_ON_DISCONNECT;
        cmd.second.exec_inst |= EXEC_CANCEL_ON_DISCONNECT;
    }
    if (request_send(f, e->session, &cmd.first.cmd, fault) != 0) {
        return -1;
    }
    entry_request(e, REQUEST_ORDER_LIST, &r);
    (void)request_add(f, &r);
    return 0;
}

int
entry_quote_limits(struct fanout *f, const struct entry *e, struct api_fault *fault)
{
    struct command_quote_limits cmd;
    struct request r;
    command_init(&cmd.cmd, COMMAND_QUOTE_LIMITS);
    if (quote_form_limits(e->form, &f->catalog, &cmd, fault) != 0 ||
        request_send(f, e->session, &cmd.cmd, fault) != 0) {
        return -1;
    }
    entry_request(e, REQUEST_QUOTE_LIMITS, &r);
    (void)request_add(f, &r);
    return 0;
}

/* The orders of one account whose connection is gone; false when the port has no room. */
static bool
sweep(struct fanout *f, struct api_session *s)
{
    struct api_fault fault;
    for (struct party_order *o = s->account->open; o != NULL; o = o->next) {
        if (o->conn_id != 0 && http_conn_find(f->http, o->conn_id) == NULL) {
            struct command_order_cancel cmd;
            command_init(&cmd.cmd, COMMAND_ORDER_CANCEL);
            cmd.instrument_id = o->instrument_id;
            cmd.order_id = o->order_id;
            if (request_send(f, s, &cmd.cmd, &fault) != 0) {
                return false;
            }
            o->conn_id = 0;
        }
    }
    return true;
}

void
entry_sweep(struct fanout *f)
{
    if (!f->sweep_due) {
        return;
    }
    f->sweep_due = false;
    for (uint32_t i = 0; i < f->options.key_cnt; i++) {
        if (!sweep(f, &f->sessions[i])) {
            f->sweep_due = true; /* once more in the next cycle */
        }
    }
}
