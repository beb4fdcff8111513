#include "gateway/api/deal_form.h"

#include "engine/base/clock.h"
#include "engine/model/schema.h"

enum { LIFE_MS_MAX = 86400000 };

/* life_ms from now; left out: as long as the core has it by itself. */
static int
read_life(const struct order_form *f, int64_t utc_ns, int64_t *expire_ns, struct api_fault *fault)
{
    int64_t ms = 0;
    if (f->life_ms.at == NULL) {
        return 0;
    }
    if (order_form_decimal(&f->life_ms, "life_ms", 0, &ms, fault) != 0) {
        return -1;
    }
    if (ms > LIFE_MS_MAX) {
        return api_fault_set(fault, 400, "life_ms: at most %d", LIFE_MS_MAX);
    }
    *expire_ns = utc_ns + ms * CLOCK_NS_PER_MS;
    return 0;
}

static int
read_account(const struct json_text *t, const char *name, uint32_t *out, struct api_fault *fault)
{
    uint64_t number = 0;
    if (order_form_number(t, name, &number, fault) != 0) {
        return -1;
    }
    if (number > UINT32_MAX) {
        return api_fault_set(fault, 404, "%s: no such account", name);
    }
    *out = (uint32_t)number;
    return 0;
}

/* to: ids of accounts. */
static int
read_named(const struct order_form *f, struct command_request *cmd, struct api_fault *fault)
{
    struct json_scan s;
    struct json_text id;
    if (f->to.at == NULL) {
        return 0;
    }
    json_scan_init(&s, f->to.at, f->to.bytes);
    if (!json_scan_array_begin(&s)) {
        return api_fault_set(fault, 400, "to: expected an array of account ids");
    }
    while (json_scan_array_next(&s)) {
        if (!json_scan_string(&s, &id)) {
            return api_fault_set(fault, 400, "to: expected an array of account ids");
        }
        if (cmd->to_cnt == REQUEST_TO_MAX) {
            return api_fault_set(fault, 400, "to: at most %d accounts", REQUEST_TO_MAX);
        }
        if (read_account(&id, "to", &cmd->to_account_ids[cmd->to_cnt++], fault) != 0) {
            return -1;
        }
    }
    return cmd->to_cnt > 0 ? 0 : api_fault_set(fault, 400, "to: expected at least one account");
}

int
deal_form_request(const struct order_form *f, const struct catalog *c, int64_t utc_ns,
                  struct command_request *cmd, struct api_fault *fault)
{
    const struct product *p = order_form_product(f, c, fault);
    if (p == NULL || (f->side.at != NULL && order_form_side(&f->side, &cmd->side, fault) != 0) ||
        order_form_lots(&f->size, "size", p, &cmd->qty_lots, fault) != 0 ||
        read_named(f, cmd, fault) != 0 || read_life(f, utc_ns, &cmd->expire_ns, fault) != 0) {
        return -1;
    }
    cmd->instrument_id = p->instrument_id;
    cmd->disclosed = f->disclosed;
    return order_form_client_id(&f->client_oid, "client_oid", &cmd->cmd.id, fault);
}

/* A side has both figures or none. */
static int
read_side(const struct json_text *price, const struct json_text *size, const char *const names[2],
          const struct product *p, int64_t *units, int64_t *lots, struct api_fault *fault)
{
    if (price->at == NULL && size->at == NULL) {
        return 0;
    }
    if (price->at == NULL) {
        return api_fault_set(fault, 400, "%s: missing", names[0]);
    }
    if (order_form_decimal(price, names[0], p->price_scale, units, fault) != 0) {
        return -1;
    }
    return order_form_lots(size, names[1], p, lots, fault);
}

int
deal_form_quote(const struct order_form *f, const struct catalog *c, int64_t utc_ns,
                struct command_request_quote *cmd, struct api_fault *fault)
{
    static const char *const bid[] = {"bid_price", "bid_size"}, *const ask[] = {"ask_price",
                                                                                "ask_size"};
    const struct product *p = order_form_product(f, c, fault);
    if (p == NULL || order_form_number(&f->rfq_id, "rfq_id", &cmd->request_id, fault) != 0 ||
        read_side(&f->bid_price, &f->bid_size, bid, p, &cmd->bid_price_units, &cmd->bid_qty_lots,
                  fault) ||
        read_side(&f->ask_price, &f->ask_size, ask, p, &cmd->ask_price_units, &cmd->ask_qty_lots,
                  fault) ||
        order_form_client_id(&f->client_oid, "client_oid", &cmd->cmd.id, fault) != 0 ||
        order_form_client_id(&f->ask_client_oid, "ask_client_oid", &cmd->ask_id, fault) != 0) {
        return -1;
    }
    bool both = cmd->bid_qty_lots != 0 && cmd->ask_qty_lots != 0;
    if (cmd->bid_qty_lots == 0 && cmd->ask_qty_lots == 0) {
        return api_fault_set(fault, 400, "bid_price: missing, and no ask_price instead");
    }
    if (both != (cmd->ask_id.length != 0)) {
        return api_fault_set(fault, 400, "ask_client_oid: expected with a bid and an ask");
    }
    cmd->instrument_id = p->instrument_id;
    return read_life(f, utc_ns, &cmd->expire_ns, fault);
}

int
deal_form_hit(const struct order_form *f, const struct catalog *c, struct command_request_hit *cmd,
              struct api_fault *fault)
{
    const struct product *p = order_form_product(f, c, fault);
    if (p == NULL || order_form_number(&f->quote_id, "quote_id", &cmd->quote_id, fault) != 0 ||
        (f->side.at != NULL && order_form_side(&f->side, &cmd->side, fault) != 0) ||
        (f->size.at != NULL && order_form_lots(&f->size, "size", p, &cmd->qty_lots, fault) != 0)) {
        return -1;
    }
    cmd->instrument_id = p->instrument_id;
    return order_form_client_id(&f->client_oid, "client_oid", &cmd->cmd.id, fault);
}

int
deal_form_pass(const struct order_form *f, const struct catalog *c,
               struct command_request_pass *cmd, struct api_fault *fault)
{
    const struct product *p = order_form_product(f, c, fault);
    if (p == NULL || order_form_number(&f->quote_id, "quote_id", &cmd->quote_id, fault) != 0) {
        return -1;
    }
    cmd->instrument_id = p->instrument_id;
    return order_form_client_id(&f->client_oid, "client_oid", &cmd->cmd.id, fault);
}

static int
read_kind(const struct json_text *t, uint8_t *kind, struct api_fault *fault)
{
    for (uint8_t k = DEAL_BLOCK; t->at != NULL && k <= DEAL_TRANSFER; k++) {
        if (json_text_is(t, schema_enum_text(&SCHEMA_DEAL_KIND, k))) {
            *kind = k;
            return 0;
        }
    }
    return api_fault_set(fault, 400, "kind: expected block, primary, private or transfer");
}

int
deal_form_deal(const struct order_form *f, const struct catalog *c, int64_t utc_ns,
               struct command_deal *cmd, struct api_fault *fault)
{
    const struct product *p = order_form_product(f, c, fault);
    if (p == NULL || read_kind(&f->kind, &cmd->kind, fault) != 0 ||
        order_form_side(&f->side, &cmd->side, fault) != 0 ||
        order_form_lots(&f->size, "size", p, &cmd->qty_lots, fault) != 0 ||
        read_account(&f->counterparty, "counterparty", &cmd->to_account_id, fault) != 0 ||
        order_form_client_id(&f->client_oid, "client_oid", &cmd->cmd.id, fault) != 0 ||
        order_form_client_id(&f->counterparty_client_oid, "counterparty_client_oid", &cmd->to_id,
                             fault) != 0) {
        return -1;
    }
    if (f->price.at == NULL) {
        return api_fault_set(fault, 400, "price: missing");
    }
    if (order_form_decimal(&f->price, "price", p->price_scale, &cmd->price_units, fault) != 0) {
        return -1;
    }
    if (cmd->cmd.rec.type == COMMAND_DEAL && cmd->to_id.length == 0) {
        return api_fault_set(fault, 400, "counterparty_client_oid: missing");
    }
    cmd->instrument_id = p->instrument_id;
    return read_life(f, utc_ns, &cmd->expire_ns, fault);
}

int
deal_form_answer(const struct order_form *f, struct command_deal_answer *cmd,
                 struct api_fault *fault)
{
    cmd->accept = f->accept;
    if (order_form_number(&f->deal_id, "deal_id", &cmd->deal_id, fault) != 0) {
        return -1;
    }
    return order_form_client_id(&f->client_oid, "client_oid", &cmd->cmd.id, fault);
}
