#include "gateway/fix/fix_order.h"

#include <string.h>

#include "gateway/fix/fix_read.h"
#include "gateway/fix/fix_time.h"

static enum reason
read_price(const struct fix_checked *m, enum fix_field_name f, const struct fix_instrument *i,
           int64_t *out)
{
    return fix_read_price(fix_get(m, f), i, out);
}

static enum reason
read_qty(const struct fix_checked *m, enum fix_field_name f, const struct fix_instrument *i,
         int64_t *out)
{
    return fix_read_qty(fix_get(m, f), i, out);
}

static uint8_t
read_ord_type(char c)
{
    switch (c) {
    case 'K':
        return ORD_MARKET_TO_LIMIT;
    case 'P':
        return ORD_PEGGED; /* unless ExecInst says that it is a stop */
    default:
        return (uint8_t)(c - '0');
    }
}

/* Pegged with ExecInst a: a stop that trails, with a limit when there is one. */
static enum reason
read_peg(const struct fix_checked *m, const struct fix_instrument *i, struct command_order_new *out)
{
    const struct fix_field *x = fix_get(m, FIX_F_ExecInst);
    int64_t offset = 0;
    if (x != NULL && out->ord_type == ORD_PEGGED && memchr(x->value, 'a', x->bytes) != NULL)
        out->ord_type = out->price_units != 0 ? ORD_TRAILING_STOP_LIMIT : ORD_TRAILING_STOP;
    enum reason no = read_price(m, FIX_F_PegOffsetValue, i, &offset);
    if (no == 0 && (offset > INT32_MAX || offset < -INT32_MAX))
        no = REASON_TOO_LARGE;
    out->peg_offset_units = no == 0 ? (int32_t)offset : 0;
    return no;
}

static uint32_t
read_exec_inst(const struct fix_checked *m)
{
    const struct fix_field *x = fix_get(m, FIX_F_ExecInst);
    uint32_t bits = 0;
    for (uint32_t i = 0; x != NULL && i < x->bytes; i += 2) {
        if (x->value[i] == '6') /* participate, do not initiate */
            bits |= EXEC_POST_ONLY;
        else if (x->value[i] == 'G')
            bits |= EXEC_ALL_OR_NONE;
        else if (x->value[i] == 'Q') /* cancel on system failure */
            bits |= EXEC_CANCEL_ON_DISCONNECT;
        else if (x->value[i] == 'R')
            bits |= EXEC_PEG_PRIMARY;
        else if (x->value[i] == 'M')
            bits |= EXEC_PEG_MIDPOINT;
    }
    return bits;
}

/* DisplayQty is what FIX 5.0 calls MaxFloor; 1084=3 draws the refills. */
static enum reason
read_display(const struct fix_checked *m, const struct fix_instrument *i,
             struct command_order_new *out)
{
    bool newer = fix_get(m, FIX_F_DisplayQty) != NULL;
    if (fix_char(m, FIX_F_DisplayMethod, '1') == '3')
        out->display_range = FIX_DISPLAY_RANGE;
    return read_qty(m, newer ? FIX_F_DisplayQty : FIX_F_MaxFloor, i, &out->display_lots);
}

/* ContingencyType 1 and ClOrdLinkID, the ClOrdID of the other order: one without the other says
 * nothing. */
static enum reason
read_link(const struct fix_checked *m, struct command_order_linked *linked)
{
    const struct fix_field *x = fix_get(m, FIX_F_ClOrdLinkID);
    struct client_id other;
    if ((x != NULL) != (fix_get(m, FIX_F_ContingencyType) != NULL))
        return REASON_BAD_FIELD;
    if (x == NULL)
        return 0;
    if (!fix_read_id(x, &other))
        return REASON_BAD_CLIENT_ID;
    command_link(linked, &other);
    return 0;
}

enum reason
fix_order_new(const struct fix_checked *m, const struct fix_instruments *instruments,
              const struct fix_session_config *config, struct command_order_linked *linked)
{
    struct command_order_new *out = &linked->order;
    fix_read_begin(m, &out->cmd, COMMAND_ORDER_NEW);
    if (!fix_read_id(fix_get(m, FIX_F_ClOrdID), &out->cmd.id))
        return REASON_BAD_CLIENT_ID;
    const struct fix_instrument *i = fix_read_instrument(m, instruments);
    if (i == NULL)
        return REASON_UNKNOWN_INSTRUMENT;
    out->instrument_id = i->instrument_id;
    out->side = (uint8_t)(fix_char(m, FIX_F_Side, '0') - '0');
    out->ord_type = read_ord_type(fix_char(m, FIX_F_OrdType, '0'));
    out->time_in_force = (uint8_t)(fix_char(m, FIX_F_TimeInForce, '0') - '0' + 1);
    out->exec_inst = read_exec_inst(m);
    const struct fix_field *expire = fix_get(m, FIX_F_ExpireTime);
    if (expire != NULL)
        (void)fix_time_read(expire->value, expire->bytes, &out->expire_ns);
    enum reason no = fix_read_account(m, config, &out->cmd);
    if (no == 0)
        no = read_qty(m, FIX_F_OrderQty, i, &out->qty_lots);
    if (no == 0)
        no = read_price(m, FIX_F_Price, i, &out->price_units);
    if (no == 0)
        no = read_price(m, FIX_F_StopPx, i, &out->stop_units);
    if (no == 0)
        no = read_peg(m, i, out);
    if (no == 0)
        no = read_qty(m, FIX_F_MinQty, i, &out->min_qty_lots);
    if (no == 0)
        no = read_display(m, i, out);
    return no == 0 ? read_link(m, linked) : no;
}

/* The parts that a cancel and a replace have in common. */
static enum reason
read_target(const struct fix_checked *m, const struct fix_instruments *instruments,
            const struct fix_session_config *config, struct command *cmd, struct client_id *orig,
            uint64_t *order_id, const struct fix_instrument **i)
{
    *i = fix_read_instrument(m, instruments);
    if (*i == NULL)
        return REASON_UNKNOWN_INSTRUMENT;
    if (!fix_read_id(fix_get(m, FIX_F_ClOrdID), &cmd->id) ||
        !fix_read_id(fix_get(m, FIX_F_OrigClOrdID), orig))
        return REASON_BAD_CLIENT_ID;
    const struct fix_field *x = fix_get(m, FIX_F_OrderID);
    if (x != NULL && !fix_read_u64(x->value, x->bytes, order_id))
        return REASON_UNKNOWN_ORDER;
    return fix_read_account(m, config, cmd);
}

enum reason
fix_order_cancel(const struct fix_checked *m, const struct fix_instruments *instruments,
                 const struct fix_session_config *config, struct command_order_cancel *out)
{
    const struct fix_instrument *i;
    fix_read_begin(m, &out->cmd, COMMAND_ORDER_CANCEL);
    enum reason no = read_target(m, instruments, config, &out->cmd, &out->orig, &out->order_id, &i);
    if (no == 0)
        out->instrument_id = i->instrument_id;
    return no;
}

enum reason
fix_order_replace(const struct fix_checked *m, const struct fix_instruments *instruments,
                  const struct fix_session_config *config, struct command_order_replace *out)
{
    const struct fix_instrument *i;
    fix_read_begin(m, &out->cmd, COMMAND_ORDER_REPLACE);
    enum reason no = read_target(m, instruments, config, &out->cmd, &out->orig, &out->order_id, &i);
    if (no != 0)
        return no;
    out->instrument_id = i->instrument_id;
    no = read_qty(m, FIX_F_OrderQty, i, &out->qty_lots);
    return no != 0 ? no : read_price(m, FIX_F_Price, i, &out->price_units);
}

/* What is in one symbol, or all of it (0). */
static enum reason
read_scope(const struct fix_checked *m, const struct fix_instruments *instruments, bool of_symbol,
           uint32_t *instrument_id)
{
    const struct fix_instrument *i = fix_read_instrument(m, instruments);
    if (of_symbol && i == NULL)
        return REASON_UNKNOWN_INSTRUMENT;
    if (!of_symbol && fix_get(m, FIX_F_Symbol) != NULL)
        return REASON_BAD_FIELD; /* all, or those in the symbol? */
    *instrument_id = of_symbol ? i->instrument_id : 0;
    return 0;
}

/* Of the account, all sessions: 530=1 the orders in one symbol, 7 all; either of one side. */
enum reason
fix_order_mass_cancel(const struct fix_checked *m, const struct fix_instruments *instruments,
                      const struct fix_session_config *config, struct command_mass_cancel *out)
{
    fix_read_begin(m, &out->cmd, COMMAND_MASS_CANCEL);
    if (!fix_read_id(fix_get(m, FIX_F_ClOrdID), &out->cmd.id))
        return REASON_BAD_CLIENT_ID;
    bool of_symbol = fix_char(m, FIX_F_MassCancelRequestType, '7') == '1';
    enum reason no = read_scope(m, instruments, of_symbol, &out->instrument_id);
    if (no != 0)
        return no;
    out->side = (uint8_t)(fix_char(m, FIX_F_Side, '0') - '0');
    return fix_read_account(m, config, &out->cmd);
}

/* --- quotes --- */

struct sets { /* of a MassQuote, as far as it has been read */
    struct command_mass_quote *out;
    const struct fix_instrument *i; /* of the entry; NULL = none that is known */
    bool named;                     /* the entry has had its symbol */
    uint8_t figures;                /* and these: bit n = tag FIX_TAG_BidPx + n */
    uint64_t set_cnt, set_id, left; /* left: entries that the set has said and not had yet */
};

/* A figure that cannot be one is told as one that no entry may have. false: it comes before the
 * symbol, whose scale and lot it has, or again. */
static bool
read_figure(struct sets *s, struct quote_entry *e, const struct fix_field *x)
{
    uint8_t bit = (uint8_t)(1u << (x->tag - FIX_TAG_BidPx));
    if (!s->named || (s->figures & bit) != 0)
        return false;
    s->figures |= bit;
    bool price = x->tag == FIX_TAG_BidPx || x->tag == FIX_TAG_OfferPx;
    int64_t *to = x->tag == FIX_TAG_BidPx     ? &e->bid_price_units
                  : x->tag == FIX_TAG_OfferPx ? &e->ask_price_units
                  : x->tag == FIX_TAG_BidSize ? &e->bid_qty_lots
                                              : &e->ask_qty_lots;
    if (s->i == NULL)
        *to = price ? 0 : 1; /* the engine says that there is no such instrument */
    else if ((price ? fix_read_price(x, s->i, to) : fix_read_qty(x, s->i, to)) != 0)
        *to = -1;
    return true;
}

static bool
begin_entry(struct sets *s, const struct fix_field *x)
{
    struct command_mass_quote *out = s->out;
    if (s->left == 0 || out->entry_cnt == QUOTE_ENTRY_MAX || x->bytes > QUOTE_ENTRY_ID_MAX)
        return false;
    struct quote_entry *e = &out->entries[out->entry_cnt++];
    memcpy(e->entry_id, x->value, x->bytes);
    e->set_id = (uint32_t)s->set_id;
    s->i = NULL;
    s->named = false;
    s->figures = 0;
    s->left--;
    return true;
}

/* One field of the groups; false: not where it may be. */
static bool
read_group_field(struct sets *s, const struct fix_instruments *instruments,
                 const struct fix_field *x)
{
    struct command_mass_quote *out = s->out;
    struct quote_entry *e = out->entry_cnt > 0 ? &out->entries[out->entry_cnt - 1] : NULL;
    switch (x->tag) {
    case FIX_TAG_QuoteSetID:
        s->set_cnt++;
        return s->left == 0 && fix_read_u64(x->value, x->bytes, &s->set_id) &&
               s->set_id <= UINT32_MAX;
    case FIX_TAG_NoQuoteEntries:
        return s->left == 0 && fix_read_u64(x->value, x->bytes, &s->left) && s->left > 0;
    case FIX_TAG_QuoteEntryID:
        return begin_entry(s, x);
    case FIX_TAG_Symbol:
        if (e == NULL || s->named)
            return false;
        s->named = true;
        s->i = fix_instrument_by_symbol(instruments, x->value, x->bytes);
        e->instrument_id = s->i == NULL ? 0 : s->i->instrument_id;
        return true;
    case FIX_TAG_BidPx:
    case FIX_TAG_OfferPx:
    case FIX_TAG_BidSize:
    case FIX_TAG_OfferSize:
        return e != NULL && read_figure(s, e, x);
    default:
        return true;
    }
}

enum reason
fix_order_mass_quote(const struct fix_checked *m, const struct fix_instruments *instruments,
                     const struct fix_session_config *config, struct command_mass_quote *out)
{
    struct sets s = {.out = out};
    fix_read_begin(m, &out->cmd, COMMAND_MASS_QUOTE);
    if (!fix_read_id(fix_get(m, FIX_F_QuoteID), &out->cmd.id))
        return REASON_BAD_CLIENT_ID;
    out->exec_inst = read_exec_inst(m);
    const struct fix_field *reset = fix_find(m->m, FIX_PROTECTION_RESET);
    out->reset = reset != NULL && reset->bytes == 1 && reset->value[0] == 'Y';
    for (uint32_t i = 0; i < m->m->field_cnt; i++) {
        if (!read_group_field(&s, instruments, &m->m->fields[i]))
            return REASON_BAD_FIELD;
    }
    if (s.left != 0 || s.set_cnt != fix_u64(m, FIX_F_NoQuoteSets, 0))
        return REASON_BAD_FIELD;
    return fix_read_account(m, config, &out->cmd);
}

/* 298=1 those in one symbol, 4 all. */
enum reason
fix_order_quote_cancel(const struct fix_checked *m, const struct fix_instruments *instruments,
                       const struct fix_session_config *config, struct command_mass_cancel *out)
{
    fix_read_begin(m, &out->cmd, COMMAND_QUOTE_CANCEL);
    if (!fix_read_id(fix_get(m, FIX_F_QuoteID), &out->cmd.id))
        return REASON_BAD_CLIENT_ID;
    bool of_symbol = fix_char(m, FIX_F_QuoteCancelType, '4') == '1';
    enum reason no = read_scope(m, instruments, of_symbol, &out->instrument_id);
    if (no != 0)
        return no;
    return fix_read_account(m, config, &out->cmd);
}
