#include "gateway/fix/fix_list.h"

#include <string.h>

#include "gateway/fix/fix_order.h"
#include "gateway/fix/fix_read.h"

enum { ORDERS = 2 };

/* --- E --- */

/* The orders as if each had come in a message of its own. false: a field stands before the first
 * ClOrdID, twice in an order, or there are not two of them. */
static bool
take_apart(const struct fix_checked *m, struct fix_checked *orders)
{
    uint32_t cnt = 0;
    struct fix_checked head = *m;
    head.name = FIX_M_NewOrderSingle;
    head.present[FIX_F_ContingencyType / 64] &= ~(1ull << (FIX_F_ContingencyType % 64));
    for (uint32_t f = FIX_F_NONE + 1; f < FIX_F_COUNT; f++) {
        if (fix_field_comes_again(m->name, (enum fix_field_name)f))
            head.present[f / 64] &= ~(1ull << (f % 64));
    }
    for (uint32_t i = 0; i < m->m->field_cnt; i++) {
        enum fix_field_name f = fix_field_of_tag(m->m->fields[i].tag);
        if (!fix_field_comes_again(m->name, f))
            continue;
        if (f == FIX_F_ClOrdID && cnt < ORDERS)
            orders[cnt++] = head;
        if (cnt == 0 || fix_has(&orders[cnt - 1], f))
            return false;
        orders[cnt - 1].present[f / 64] |= 1ull << (f % 64);
        orders[cnt - 1].at[f] = (uint8_t)i;
    }
    return cnt == ORDERS;
}

/* What the table asks of a message that has it once. */
static bool
complete(const struct fix_checked *order, uint32_t number)
{
    return fix_has(order, FIX_F_Symbol) && fix_has(order, FIX_F_Side) &&
           fix_has(order, FIX_F_OrderQty) && fix_has(order, FIX_F_OrdType) &&
           fix_u64(order, FIX_F_ListSeqNo, 0) == number;
}

/* Whether it says that one cancels the other: the only list that is taken. */
static bool
says_so(const struct fix_checked *m)
{
    const struct fix_field *x = fix_get(m, FIX_F_ListExecInst);
    bool text = x != NULL && x->bytes == 3 && memcmp(x->value, "OCO", 3) == 0;
    return fix_has(m, FIX_F_ContingencyType) ? x == NULL || text : text;
}

/* wrong: of which order; 0 = of the list. */
static enum reason
read_orders(const struct fix_checked *m, const struct fix_instruments *instruments,
            const struct fix_session_config *config, struct command_order_new *out, uint32_t *wrong)
{
    struct fix_checked orders[ORDERS];
    *wrong = 0;
    if (!take_apart(m, orders) || !says_so(m))
        return REASON_BAD_FIELD;
    for (uint32_t i = 0; i < ORDERS; i++) {
        struct command_order_linked alone;
        *wrong = i + 1;
        if (!complete(&orders[i], i + 1))
            return REASON_BAD_FIELD;
        enum reason no = fix_order_new(&orders[i], instruments, config, &alone);
        if (no != 0)
            return no;
        out[i] = alone.order;
    }
    return out[0].cmd.account_id == out[1].cmd.account_id ? 0 : REASON_LINK;
}

enum reason
fix_list_new(const struct fix_checked *m, const struct fix_instruments *instruments,
             const struct fix_session_config *config, struct command_order_list *out)
{
    struct command_order_new orders[ORDERS];
    struct client_id list_id;
    uint32_t wrong;
    if (!fix_read_id(fix_get(m, FIX_F_ListID), &list_id))
        return REASON_BAD_CLIENT_ID;
    enum reason no = read_orders(m, instruments, config, orders, &wrong);
    if (no == 0)
        command_list(out, &orders[0], &orders[1], &list_id);
    return no;
}

bool
fix_list_refused(const struct fix_checked *m, const struct fix_instruments *instruments,
                 const struct fix_session_config *config, enum reason reason,
                 struct event_order_list *out)
{
    struct fix_checked orders[ORDERS];
    struct command_order_new read[ORDERS] = {0};
    *out = (struct event_order_list){0};
    if (!take_apart(m, orders))
        return false;
    (void)read_orders(m, instruments, config, read, &out->refused);
    (void)fix_read_id(fix_get(m, FIX_F_ListID), &out->list_id);
    bool of_one = reason != REASON_BUSY && reason != REASON_CANCEL_ONLY && out->refused != 0;
    for (uint32_t i = 0; i < ORDERS; i++) {
        out->orders[i].status = ORD_STATUS_REJECTED;
        out->orders[i].reason =
            of_one && out->refused != i + 1 ? (uint16_t)REASON_LIST : (uint16_t)reason;
        (void)fix_read_id(fix_get(&orders[i], FIX_F_ClOrdID), &out->orders[i].id);
    }
    if (!of_one)
        out->refused = 1;
    return true;
}

/* --- N --- */

/* 1386; what is wrong with one order alone is told by its 103. */
static unsigned
list_reject_reason(uint32_t reason)
{
    switch (reason) {
    case REASON_BUSY:
        return 0;
    case REASON_HALTED:
    case REASON_CLOSED:
    case REASON_CANCEL_ONLY:
        return 2;
    case REASON_DUPLICATE_ID:
        return 6;
    case REASON_BAD_ORDER_TYPE:
    case REASON_BAD_TIME_IN_FORCE:
    case REASON_BAD_FIELD:
    case REASON_LINK:
        return 11;
    default:
        return 99;
    }
}

static void
put_order(struct fix_writer *w, const struct list_order *o, const struct fix_instrument *i)
{
    bool refused = o->status == ORD_STATUS_REJECTED;
    FIX_PUT_TAG(w, "11=");
    fix_put_client_id(w, &o->id);
    FIX_PUT_TAG(w, "14=");
    fix_put_qty(w, o->cum_lots, i);
    FIX_PUT_CHAR(w, "39=", fix_status_char(o->status));
    FIX_PUT_TAG(w, "151=");
    fix_put_qty(w, o->leaves_lots, i);
    FIX_PUT_TAG(w, "84=");
    fix_put_qty(w, refused ? 0 : o->qty_lots - o->leaves_lots - o->cum_lots, i);
    FIX_PUT_TAG(w, "6=");
    fix_put_average(w, o->cum_cost, o->cum_lots, i);
    if (refused) {
        FIX_PUT_U64(w, "103=", (uint64_t)reason_fix_ord_rej(o->reason));
        fix_put_reason_text(w, o->reason);
    }
}

void
fix_list_report(struct fix_writer *w, const struct event_order_list *e,
                const struct fix_report_context *x)
{
    const struct fix_instrument *i = fix_instrument_by_id(x->instruments, e->instrument_id);
    bool over = e->orders[0].leaves_lots == 0 && e->orders[1].leaves_lots == 0;
    FIX_PUT_TAG(w, "66=");
    fix_put_client_id(w, &e->list_id);
    FIX_PUT_CHAR(w, "429=", '1'); /* an acknowledgement, the only one of its series */
    FIX_PUT_CHAR(w, "82=", '1');
    FIX_PUT_CHAR(w, "431=", e->refused != 0 ? '7' : over ? '6' : '3');
    FIX_PUT_CHAR(w, "83=", '1');
    if (e->refused != 0) {
        uint32_t reason = e->orders[e->refused - 1].reason;
        const char *text = reason_text(reason);
        FIX_PUT_U64(w, "1386=", list_reject_reason(reason));
        FIX_PUT_TEXT(w, "444=", text, strlen(text));
    }
    fix_put_transact_time(w, e->ev.time_ns, x);
    FIX_PUT_CHAR(w, "68=", '2');
    FIX_PUT_CHAR(w, "73=", '2');
    for (uint32_t n = 0; n < ORDERS; n++)
        put_order(w, &e->orders[n], i);
}
