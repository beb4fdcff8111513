#include "gateway/api/deal_form.h"
#include "gateway/api/fanout_priv.h"

/* Requests for quote and negotiated trades of WebSocket clients: a form becomes a command and a
 * request. */

static int
enter(struct fanout *f, const struct entry *e, struct command *cmd, enum request_kind kind,
      uint64_t number, struct api_fault *fault)
{
    struct request r;
    if (request_send(f, e->session, cmd, fault) != 0) {
        return -1;
    }
    entry_request(e, kind, &r);
    r.id = cmd->id;
    r.number = number;
    (void)request_add(f, &r);
    return 0;
}

int
entry_rfq(struct fanout *f, const struct entry *e, struct api_fault *fault)
{
    struct command_request cmd;
    command_init(&cmd.cmd, COMMAND_REQUEST);
    if (deal_form_request(e->form, &f->catalog, f->utc_ns, &cmd, fault) != 0) {
        return -1;
    }
    if (e->cancel_on_disconnect) {
        cmd.exec_inst = EXEC_CANCEL_ON_DISCONNECT;
    }
    return enter(f, e, &cmd.cmd, REQUEST_RFQ, 0, fault);
}

int
entry_rfq_cancel(struct fanout *f, const struct entry *e, struct api_fault *fault)
{
    struct command_order_cancel cmd;
    command_init(&cmd.cmd, COMMAND_ORDER_CANCEL);
    if (order_form_number(&e->form->rfq_id, "rfq_id", &cmd.order_id, fault) != 0) {
        return -1;
    }
    if (party_order(&f->party, cmd.order_id) != NULL) {
        return api_fault_set(fault, 404, "rfq not found");
    }
    return enter(f, e, &cmd.cmd, REQUEST_RFQ_CANCEL, cmd.order_id, fault);
}

int
entry_rfq_quote(struct fanout *f, const struct entry *e, struct api_fault *fault)
{
    struct command_request_quote cmd;
    command_init(&cmd.cmd, COMMAND_REQUEST_QUOTE);
    if (deal_form_quote(e->form, &f->catalog, f->utc_ns, &cmd, fault) != 0) {
        return -1;
    }
    if (e->cancel_on_disconnect) {
        cmd.exec_inst = EXEC_CANCEL_ON_DISCONNECT;
    }
    return enter(f, e, &cmd.cmd, REQUEST_RFQ_QUOTE, cmd.request_id, fault);
}

int
entry_rfq_hit(struct fanout *f, const struct entry *e, struct api_fault *fault)
{
    struct command_request_hit cmd;
    command_init(&cmd.cmd, COMMAND_REQUEST_HIT);
    if (deal_form_hit(e->form, &f->catalog, &cmd, fault) != 0) {
        return -1;
    }
    return enter(f, e, &cmd.cmd, REQUEST_RFQ_HIT, cmd.quote_id, fault);
}

int
entry_rfq_pass(struct fanout *f, const struct entry *e, struct api_fault *fault)
{
    struct command_request_pass cmd;
    command_init(&cmd.cmd, COMMAND_REQUEST_PASS);
    if (deal_form_pass(e->form, &f->catalog, &cmd, fault) != 0) {
        return -1;
    }
    return enter(f, e, &cmd.cmd, REQUEST_RFQ_PASS, cmd.quote_id, fault);
}

static int
enter_deal(struct fanout *f, const struct entry *e, uint16_t type, enum request_kind kind,
           struct api_fault *fault)
{
    struct command_deal cmd;
    command_init(&cmd.cmd, type);
    if (deal_form_deal(e->form, &f->catalog, f->utc_ns, &cmd, fault) != 0) {
        return -1;
    }
    return enter(f, e, &cmd.cmd, kind, 0, fault);
}

int
entry_deal(struct fanout *f, const struct entry *e, struct api_fault *fault)
{
    return enter_deal(f, e, COMMAND_DEAL, REQUEST_DEAL, fault);
}

int
entry_deal_propose(struct fanout *f, const struct entry *e, struct api_fault *fault)
{
    return enter_deal(f, e, COMMAND_DEAL_PROPOSE, REQUEST_DEAL_PROPOSE, fault);
}

int
entry_deal_answer(struct fanout *f, const struct entry *e, struct api_fault *fault)
{
    struct command_deal_answer cmd;
    command_init(&cmd.cmd, COMMAND_DEAL_ANSWER);
    if (deal_form_answer(e->form, &cmd, fault) != 0) {
        return -1;
    }
    return enter(f, e, &cmd.cmd, REQUEST_DEAL_ANSWER, cmd.deal_id, fault);
}
