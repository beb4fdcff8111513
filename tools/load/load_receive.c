#include <string.h>

#include "tools/load/load_priv.h"

/* What comes back: each answer to its operation, its source, its latency. */

static void
reason_count(struct load_result *r, enum load_answer answer, const char *text, size_t bytes)
{
    bytes = bytes < LOAD_REASON_TEXT_MAX ? bytes : LOAD_REASON_TEXT_MAX - 1;
    for (uint32_t i = 0; i < r->reason_cnt; i++) {
        struct load_reason *known = &r->reasons[i];
        if (known->answer == answer && !known->text[bytes] && !memcmp(known->text, text, bytes)) {
            known->cnt++;
            return;
        }
    }
    if (r->reason_cnt == LOAD_REASON_MAX)
        return;
    struct load_reason *added = &r->reasons[r->reason_cnt++];
    added->answer = answer;
    added->cnt = 1;
    memcpy(added->text, text, bytes);
    added->text[bytes] = 0;
}

/* The first answer to an operation; false: it was answered before. */
static bool
answer_note(struct load *l, struct load_session *s, uint32_t op)
{
    const struct flow_op *of = &l->flow->ops[op];
    struct load_result *r = &l->result;
    if (l->states[op] != LOAD_OP_SENT)
        return false;
    l->states[op] = LOAD_OP_ANSWERED;
    l->answered++;
    s->outstanding--;
    int64_t now = l->driver->now(l->driver->self);
    r->answered_ns = now;
    if (op < l->flow->warm_cnt)
        return true;
    bool order = of->kind == FLOW_NEW;
    histogram_record(order ? &r->order_intended : &r->change_intended,
                     now - l->ops[op].intended_ns);
    histogram_record(order ? &r->order_sent : &r->change_sent, now - l->ops[op].sent_ns);
    return true;
}

static void
count(const struct load *l, struct load_counts *c, uint32_t op, const struct load_report *r)
{
    bool replace = l->flow->ops[op].kind == FLOW_REPLACE;
    switch (r->answer) {
    case LOAD_ACCEPTED:
        c->accepted++;
        break;
    case LOAD_REJECTED:
        c->rejected++;
        break;
    case LOAD_CANCELED:
        c->canceled++;
        break;
    case LOAD_REPLACED:
        c->replaced++;
        break;
    case LOAD_CANCEL_REJECTED:
        c->replace_rejected += replace;
        c->cancel_rejected += !replace;
        break;
    case LOAD_FILL:
        c->fills_taker += r->taker;
        c->fills_maker += !r->taker;
        break;
    case LOAD_ENDED:
        c->ended++;
        break;
    case LOAD_REPEATED:
    case LOAD_PROTOCOL:
    case LOAD_REFUSED:
        break;
    }
}

static bool
answers_an_operation(enum load_answer answer)
{
    return answer != LOAD_FILL && answer != LOAD_ENDED;
}

static bool
has_a_reason(enum load_answer answer)
{
    return answer == LOAD_REJECTED || answer == LOAD_CANCEL_REJECTED || answer == LOAD_ENDED ||
           answer == LOAD_PROTOCOL;
}

/* What a refusal is depends on the operation; of none that we know it is a protocol error. */
static enum load_answer
answer_of(const struct load *l, uint32_t op, enum load_answer answer)
{
    if (answer != LOAD_REFUSED)
        return answer;
    if (op == UINT32_MAX)
        return LOAD_PROTOCOL;
    return l->flow->ops[op].kind == FLOW_NEW ? LOAD_REJECTED : LOAD_CANCEL_REJECTED;
}

void
load_on_report(struct load *l, uint32_t session, const struct load_report *given)
{
    struct load_result *result = &l->result;
    struct load_report r = *given;
    uint32_t op = load_id_read(l, r.id, r.id_bytes);
    r.answer = answer_of(l, op, r.answer);
    result->protocol_errors += r.answer == LOAD_PROTOCOL;
    result->repeated += r.answer == LOAD_REPEATED;
    if (op == UINT32_MAX && r.answer != LOAD_PROTOCOL) {
        result->other_runs++;
        return;
    }
    if (op != UINT32_MAX && answers_an_operation(r.answer) &&
        !answer_note(l, &l->sessions[session], op))
        return; /* sent again by the venue */
    if (op != UINT32_MAX && r.answer == LOAD_REPLACED)
        l->id_ops[l->flow->ops[op].order] = op;
    bool warm = op < l->flow->warm_cnt;
    if (op != UINT32_MAX && !warm)
        count(l, &result->by_source[l->flow->ops[op].source & 3], op, &r);
    if (has_a_reason(r.answer) && !warm)
        reason_count(result, r.answer, r.text ? r.text : "no reason given",
                     r.text ? r.text_bytes : 15);
}

void
load_on_down(struct load *l, uint32_t session, const char *why)
{
    struct load_session *s = &l->sessions[session];
    s->down = true;
    if (l->ending)
        return;
    if (l->result.lost_sessions++ == 0) {
        size_t bytes = strnlen(why, LOAD_WHY_MAX - 1);
        memcpy(l->result.lost_why, why, bytes);
        l->result.lost_why[bytes] = 0;
    }
}
