#include "engine/model/schema_priv.h"

#include "engine/model/command.h"

#define BODY command
static const struct schema_field HEADER[] = {
    U(rec.length_bytes, "whole record"),
    E(rec.kind, SCHEMA_RECORD_KIND, ""),
    U(rec.version, "of the layout"),
    COMMAND(rec.type, "see the types below"),
    U(rec.crc32c, "of the record with this field zero; 0 outside the journal"),
    U(rec.epoch, "start of the venue that wrote it"),
    U(rec.seq, "number of the command, from 1, without gaps"),
    TIME(time_ns, "the sequencer's time, never back"),
    TIME(recv_ns, "when the gateway had read it; decides nothing"),
    U(seed, "from the kernel's generator where the command may draw"),
    U(session_id, "where answers go; 0 = the venue itself"),
    U(incarnation, "of that session"),
    U(client_seq, "the client's own message number (FIX 34)"),
    U(approval_ref, "proposal that this command carries out"),
    U(actor_id, "operator; 0 = a client's own command"),
    U(account_id, ""),
    U(tenant_id, ""),
    U(ring, "command ring that it came from"),
    SET(flags, SCHEMA_COMMAND_FLAG, ""),
    ID(id, "the client's own id of this command (FIX 11)"),
};
#undef BODY

#define BODY command_genesis
static const struct schema_field GENESIS[] = {
    TEXT(venue, "name"),
    U(rules_version, "behaviour of the core at genesis"),
    U(config_cnt, "configuration commands that follow and belong to genesis"),
    U(day_end_s, "the business day ends at this second of the UTC day"),
    U(disconnect_grace_ms, "between session down and cancel on disconnect"),
    U(asset_max, "capacities of pools; a full pool rejects"),
    U(instrument_max, ""),
    U(account_max, ""),
    U(balance_max, "account and asset pairs"),
    U(order_max, "open orders, below 2^24"),
    U(level_max, "price levels in all books"),
    U(client_id_max, "remembered client ids"),
    U(session_max, ""),
    U(actor_max, ""),
    U(work_max, "work items"),
    U(proposal_max, ""),
    U(withdrawal_max, ""),
    U(maker_skip_max, "ineligible makers passed over per order"),
    U(fee_account_id, "receives fees"),
    U(issue_account_id, "contra account of deposits and withdrawals"),
    SET(four_eyes, SCHEMA_FOUR_EYES, "what needs a second person"),
    U(hash_key, "key of hash tables"),
    U(deal_max, "proposals, and quotes in answer to requests, that are open; 0 = none are taken"),
    U(trail_max, "trailing stops that wait; 0 = none are taken"),
    U(quote_max, "accounts that quote, times instruments; 0 = quotes are not taken"),
    U(request_max, "requests for quote that are open; 0 = none are taken"),
    U(calendar_day_max, "days that are not as usual, of all calendars; 0 = none"),
    ZERO(zero),
};
#undef BODY

#define BODY command_epoch
static const struct schema_field EPOCH[] = {
    HEX(build, "digest of the program's build identity"),
    HEX(chain_head, "journal chain before this epoch"),
    U(unclean, "1: the run before did not end in order"),
    U(tail_lost, "1: acknowledged events may be missing"),
    U(replayed_seq, "last command of the run before"),
};
#undef BODY

#define BODY command_rules
static const struct schema_field RULES[] = {U(rules_version, ""), ZERO(zero)};
#undef BODY

#define BODY command_mode
static const struct schema_field MODE[] = {E(mode, SCHEMA_VENUE_MODE, ""), ZERO(zero)};
#undef BODY

#define BODY command_asset
static const struct schema_field ASSET_FIELDS[] = {
    U(asset_id, "from 1"), /* not ASSET: this record is what names it */
    U(scale, "decimals of the smallest unit, 0 to 8"),
    E(kind, SCHEMA_ASSET_KIND, ""),
    ZERO(zero),
    TEXT(symbol, ""),
};
#undef BODY

#define BODY command_instrument
static const struct schema_field INSTRUMENT_FIELDS[] = {
    U(instrument_id, "from 1"),
    ASSET(asset_id, "what is traded"),
    ASSET(currency_id, "what pays for it"),
    U(price_scale, "decimals of the price unit, in currency for one whole asset"),
    U(settle_cycle, "0 = at the fill, n = T+n"),
    E(state, SCHEMA_TRADING_STATE, "at definition; 0 = as it is"),
    U(retired, "1: no longer traded"),
    PRICE(tick_units, "price step"),
    AMOUNT(lot_units, asset_id, "asset units in one lot; never changes"),
    QTY(min_qty_lots, "smallest order"),
    PRICE(max_price_units, ""),
    U(maker_ppm, "fee, millionths of the notional"),
    U(taker_ppm, "fee, millionths of the notional"),
    AMOUNT(fee_min_units, currency_id, "least fee of an order that trades"),
    U(protection_ppm, "cap of a market order: reference +- this"),
    U(ord_type_mask, "bit n = ord_type n allowed; 0 = all"),
    TEXT(symbol, ""),
    PRICE(reference_units, "first reference price; 0 = none"),
    E(self_trade_by, SCHEMA_SELF_TRADE_BY, "who counts as oneself"),
    E(self_trade_mode, SCHEMA_SELF_TRADE_MODE, "0 when off"),
    U(allow_hidden, "1: takes orders that nobody sees"),
    U(protection_rests, "1: what is left of a market order at its points rests there"),
    U(protection_ticks, "protection points: ticks through the best price at its entry; 0 = none"),
    AMOUNT(min_value_units, currency_id, "least value of an order; 0 = none"),
    U(allow_whole, "1: takes all-or-none orders"),
    U(kept, "1: protection_ticks and protection_rests alone are new, all else stands as 0"),
    ZERO(zero),
};
#undef BODY

#define BODY command_instrument_rules
static const struct schema_field INSTRUMENT_RULES[] = {
    INSTRUMENT(instrument_id),
    U(min_kyc_level, ""),
    E(country_mode_buy, SCHEMA_COUNTRY_MODE, ""),
    E(country_mode_sell, SCHEMA_COUNTRY_MODE, ""),
    SET(class_mask_buy, SCHEMA_CLASS_MASK, "none = any"),
    SET(class_mask_sell, SCHEMA_CLASS_MASK, "none = any"),
    QTY(max_order_lots, "0 = no maximum"),
    CASH(max_order_value_units, "0 = no maximum"),
    U(collar_ppm, "distance from the last trade; 0 = none"),
    ZERO(zero),
    COUNTRIES(countries),
};
#undef BODY

#define BODY command_account
static const struct schema_field ACCOUNT[] = {
    U(firm_id, ""),
    U(owner_group, "beneficial owner"),
    E(status, SCHEMA_ACCOUNT_STATUS, ""),
    E(kind, SCHEMA_ACCOUNT_KIND, ""),
    ZERO(zero),
};
#undef BODY

#define BODY command_account_profile
static const struct schema_field ACCOUNT_PROFILE[] = {
    E(status, SCHEMA_ACCOUNT_STATUS, ""),
    E(freeze, SCHEMA_FREEZE, ""),
    U(kyc_level, ""),
    COUNTRY(country),
    E(investor_class, SCHEMA_INVESTOR_CLASS, ""),
    ZERO(zero),
    TIME(kyc_expiry_ns, "0 = none on record, the largest = does not expire"),
    U(max_open_orders, "0 = no maximum"),
    U(max_messages, "per window; 0 = no maximum"),
    I(message_window_ns, ""),
    I(max_order_value_units, "smallest units of whichever currency; 0 = no maximum"),
};
#undef BODY

#define BODY command_session
static const struct schema_field SESSION[] = {
    E(protocol, SCHEMA_PROTOCOL, ""),       U(cancel_on_disconnect, ""), ZERO(zero0), ZERO(zero1),
    TEXT(name, "FIX: the client's CompID"),
};
#undef BODY

#define BODY command_actor
static const struct schema_field ACTOR[] = {
    U(subject_actor_id, "the operator described"),
    SET(roles, SCHEMA_OPERATOR_ROLE, "none = no longer an operator"),
    TEXT(name, "login name"),
};
#undef BODY

#define BODY command_reference_price
static const struct schema_field REFERENCE_PRICE[] = {INSTRUMENT(instrument_id), ZERO(zero),
                                                      PRICE(price_units, "")};
#undef BODY

#define BODY command_offering
static const struct schema_field OFFERING[] = {
    INSTRUMENT(instrument_id),
    E(action, SCHEMA_OFFERING_ACTION, ""),
    E(method, SCHEMA_OFFERING_METHOD, ""),
    SET(offering_flags, SCHEMA_OFFERING_FLAG, ""),
    ZERO(zero),
    PRICE(low_units, "its price is from here"),
    PRICE(high_units, "to here, one price for all"),
    QTY(total_lots, "offered, held of the issuer's"),
    QTY(min_total_lots, "less than that subscribed to and it fails; 0 = one lot"),
    QTY(min_lots, "of a subscription; 0 = the instrument's minimum"),
    QTY(max_lots, "of a subscription; 0 = no maximum"),
    QTY(cap_lots, "of all that an account subscribes to; 0 = no maximum"),
    TIME(from_ns, "its window begins; 0 = now"),
    TIME(until_ns, "and ends"),
};
#undef BODY

#define BODY command_corporate_action
static const struct schema_field CORPORATE_ACTION[] = {
    INSTRUMENT(instrument_id),
    E(kind, SCHEMA_CORPORATE_KIND, ""),
    ZERO(zero),
    U(ratio_new, "split: so many units ..."),
    U(ratio_old, "for so many"),
    I(step_units, "split: holdings are whole multiples, in units of the asset"),
    PRICE(price_units, "of one whole asset: redemption, or for what does not make a step"),
    U(payer_account_id, "the issuer's, where something is paid"),
    ZERO(zero1),
    TEXT(symbol, "name: the instrument's from now on"),
    TEXT(asset_symbol, "name: the asset's; none = as it is"),
};
#undef BODY

#define BODY command_trading_state
static const struct schema_field TRADING_STATE[] = {
    SCHEMA_FIELD(instrument_id, INSTRUMENT, 0, NULL, "0 = all"),
    E(state, SCHEMA_TRADING_STATE, ""),
};
#undef BODY

#define BODY command_auction_rules
static const struct schema_field AUCTION_RULES[] = {
    INSTRUMENT(instrument_id),
    U(indicative_ms, "indicative figures at most once in this time; 0 = never"),
    U(call_ms, "a call that an operator began ends by itself; 0 = by command"),
    U(random_end_ms, "a call that ends by itself goes on for up to this longer"),
    U(extension_ms, "so much longer when the price would be out of range"),
    U(extension_max, "at most so often"),
    U(range_ppm, "that range around the reference; 0 = any price"),
    ZERO(zero),
};
#undef BODY

#define BODY command_timetable
static const struct schema_field TIMETABLE[] = {
    INSTRUMENT(instrument_id),
    U(kept, "1: of the table, which is of this zone, the offsets alone are new"),
    SCHEMA_TIMETABLE_FIELDS,
};
#undef BODY

#define BODY command_kill_switch
static const struct schema_field KILL_SWITCH[] = {
    SCHEMA_FIELD(instrument_id, INSTRUMENT, 0, NULL, "of this scope, else 0"),
    E(scope, SCHEMA_KILL_SCOPE, "account, tenant: those of the header"),
    U(engage, "1 stops, 0 lifts"),
    ZERO(zero),
};
#undef BODY

#define BODY command_deal_rules
static const struct schema_field DEAL_RULES[] = {
    INSTRUMENT(instrument_id),
    SET(kind_mask, SCHEMA_DEAL_KIND_MASK, "what is taken; 0 = nothing"),
    QTY(min_lots, "0 = the instrument's minimum"),
    QTY(max_lots, "0 = no maximum"),
    U(collar_ppm, "distance from the last trade; 0 = any price"),
    SET(deal_flags, SCHEMA_DEAL_FLAG, ""),
};
#undef BODY

#define BODY command_price_bands
static const struct schema_field PRICE_BANDS[] = {
    INSTRUMENT(instrument_id),
    ZERO(zero),
    SCHEMA_BANDS_FIELDS,
};
#undef BODY

#define BODY command_tick_table
static const struct schema_field TICK_TABLE[] = {
    INSTRUMENT(instrument_id),
    ZERO(zero),
    SCHEMA_TICKS_FIELDS,
};
#undef BODY

#define BODY command_calendar
static const struct schema_field CALENDAR[] = {
    SCHEMA_CALENDAR_FIELDS,
};
#undef BODY

#define BODY command_allocation
static const struct schema_field ALLOCATION[] = {
    INSTRUMENT(instrument_id),
    ZERO(zero),
    SCHEMA_ALLOCATION_FIELDS,
};
#undef BODY

#define BODY command_session_event
static const struct schema_field SESSION_EVENT[] = {
    U(inbound_seq, "UP: the client's number at logon"),
    U(outbound_seq, "RESERVE: numbers up to this one may be used; UP: 1 = numbers start again"),
    U(reset, "UP: 1 = both directions start from 1"),
    ZERO(zero),
};
#undef BODY

#define BODY command_order_new
static const struct schema_field ORDER_NEW[] = {
    INSTRUMENT(instrument_id),
    E(side, SCHEMA_SIDE, ""),
    E(ord_type, SCHEMA_ORD_TYPE, ""),
    E(time_in_force, SCHEMA_TIME_IN_FORCE, ""),
    U(display_range, "percent; refills are drawn from display_lots -+ this; 0: are display_lots"),
    SET(exec_inst, SCHEMA_EXEC_INST, ""),
    I(peg_offset_units, "of a trailing stop, a peg: its price less what it follows"),
    PRICE(price_units, "limit; 0 for market, or a peg without one"),
    PRICE(stop_units, "of one that trails: where it starts; 0 = from the last price"),
    QTY(qty_lots, ""),
    QTY(display_lots, "of an iceberg: shown at a time; 0 = all"),
    QTY(min_qty_lots, ""),
    TIME(expire_ns, "GTD"),
    U(user_data, "the client's own, sent back"),
};
#undef BODY

/* An order within a command of more than one thing. */
#define ORDER_FIELDS(o)                                                                            \
    INSTRUMENT(o.instrument_id), E(o.side, SCHEMA_SIDE, ""), E(o.ord_type, SCHEMA_ORD_TYPE, ""),   \
        E(o.time_in_force, SCHEMA_TIME_IN_FORCE, ""),                                              \
        U(o.display_range,                                                                         \
          "percent; refills are drawn from display_lots -+ this; 0: are display_lots"),            \
        SET(o.exec_inst, SCHEMA_EXEC_INST, ""),                                                    \
        I(o.peg_offset_units,                                                                      \
          "of a trailing stop: its stop price less the price that it follows"),                    \
        SCHEMA_FIELD(o.price_units, PRICE, REF(o.instrument_id), NULL, "limit; 0 for market"),     \
        SCHEMA_FIELD(o.stop_units, PRICE, REF(o.instrument_id), NULL,                              \
                     "of one that trails: where it starts; 0 = from the last price"),              \
        SCHEMA_FIELD(o.qty_lots, QTY, REF(o.instrument_id), NULL, ""),                             \
        SCHEMA_FIELD(o.display_lots, QTY, REF(o.instrument_id), NULL,                              \
                     "of an iceberg: shown at a time; 0 = all"),                                   \
        SCHEMA_FIELD(o.min_qty_lots, QTY, REF(o.instrument_id), NULL, ""),                         \
        TIME(o.expire_ns, "GTD"), U(o.user_data, "the client's own, sent back")

#define BODY command_order_linked
static const struct schema_field ORDER_LINKED[] = {
    ORDER_FIELDS(order),
    ID(other, "of the order that it is linked with (FIX 583)"),
};
#undef BODY

#define BODY command_order_list
static const struct schema_field ORDER_LIST[] = {
    ORDER_FIELDS(first),
    ID(second_id, "of the second order"),
    ORDER_FIELDS(second),
    ID(list_id, "FIX 66"),
};
#undef BODY
#undef ORDER_FIELDS

#define BODY command_order_cancel
static const struct schema_field ORDER_CANCEL[] = {
    SCHEMA_FIELD(instrument_id, INSTRUMENT, 0, NULL, "0 = whatever the order says"),
    ZERO(zero),
    U(order_id, "0 = by orig"),
    ID(orig, "FIX 41"),
};
#undef BODY

#define BODY command_order_replace
static const struct schema_field ORDER_REPLACE[] = {
    INSTRUMENT(instrument_id),
    ZERO(zero),
    U(order_id, "0 = by orig"),
    ID(orig, "FIX 41"),
    PRICE(price_units, "new limit; 0 = unchanged"),
    QTY(qty_lots, "new total quantity, filled part included; 0 = unchanged"),
};
#undef BODY

#define BODY command_order_decide
static const struct schema_field ORDER_DECIDE[] = {
    U(order_id, ""),
    U(release, "1 into the book, 0 cancel"),
    REASON(reason, "when canceled"),
};
#undef BODY

#define BODY command_mass_cancel
static const struct schema_field MASS_CANCEL[] = {
    SCHEMA_FIELD(instrument_id, INSTRUMENT, 0, NULL, "0 = all"),
    U(of_session_id, "0 = all"),
    E(side, SCHEMA_SIDE, "0 = both"),
    ZERO(zero),
};
#undef BODY

#define BODY command_deal
static const struct schema_field DEAL[] = {
    INSTRUMENT(instrument_id),
    U(to_account_id, "the other side"),
    E(side, SCHEMA_SIDE, "of the header's account"),
    E(kind, SCHEMA_DEAL_KIND, ""),
    ZERO(zero),
    PRICE(price_units, ""),
    QTY(qty_lots, ""),
    TIME(expire_ns, "PROPOSE: when it ends; 0 = with the business day"),
    ID(to_id, "DEAL: of the other side's order"),
};
#undef BODY

#define BODY command_deal_answer
static const struct schema_field DEAL_ANSWER[] = {
    U(deal_id, "the proposal's order_id"),
    U(accept, "1 accept, 0 decline"),
    ZERO(zero),
};
#undef BODY

#define BODY command_request
static const struct schema_field REQUEST[] = {
    INSTRUMENT(instrument_id),
    E(side, SCHEMA_SIDE, "of who asks; 0 = it does not say"),
    U(disclosed, "1: each side is told who the other is"),
    U(to_cnt, "accounts that it is to; 0 = all"),
    ZERO(zero),
    QTY(qty_lots, ""),
    TIME(expire_ns, "when it ends; 0 = with the business day"),
    SET(exec_inst, SCHEMA_EXEC_INST, "cancel_on_disconnect, or none"),
    ZERO(zero1),
    U(to_account_ids[0], ""),
    U(to_account_ids[1], ""),
    U(to_account_ids[2], ""),
    U(to_account_ids[3], ""),
    U(to_account_ids[4], ""),
    U(to_account_ids[5], ""),
    U(to_account_ids[6], ""),
    U(to_account_ids[7], ""),
};
#undef BODY

#define BODY command_request_quote
static const struct schema_field REQUEST_QUOTE[] = {
    U(request_id, ""),
    INSTRUMENT(instrument_id),
    SET(exec_inst, SCHEMA_EXEC_INST, "cancel_on_disconnect, or none"),
    PRICE(bid_price_units, ""),
    QTY(bid_qty_lots, "0 = no bid"),
    PRICE(ask_price_units, ""),
    QTY(ask_qty_lots, "0 = no ask"),
    TIME(expire_ns, "when it ends; 0 = with its request"),
    ID(ask_id, "of the ask's order beside a bid"),
};
#undef BODY

#define BODY command_request_hit
static const struct schema_field REQUEST_HIT[] = {
    U(quote_id, "order of the side that is taken"),
    INSTRUMENT(instrument_id),
    E(side, SCHEMA_SIDE, "of who takes; 0 = the other one of the quote's"),
    ZERO(zero),
    QTY(qty_lots, "0 = as much as there is"),
};
#undef BODY

#define BODY command_request_pass
static const struct schema_field REQUEST_PASS[] = {
    U(quote_id, "order of the side that is declined"),
    INSTRUMENT(instrument_id),
    ZERO(zero),
};
#undef BODY

#define BODY command_mass_quote
#define QUOTE_ENTRY(n)                                                                             \
    INSTRUMENT(entries[n].instrument_id), U(entries[n].set_id, "the maker's own number of a set"), \
        SCHEMA_FIELD(entries[n].bid_price_units, PRICE, REF(entries[n].instrument_id), NULL, ""),  \
        SCHEMA_FIELD(entries[n].bid_qty_lots, QTY, REF(entries[n].instrument_id), NULL,            \
                     "0 = no bid"),                                                                \
        SCHEMA_FIELD(entries[n].ask_price_units, PRICE, REF(entries[n].instrument_id), NULL, ""),  \
        SCHEMA_FIELD(entries[n].ask_qty_lots, QTY, REF(entries[n].instrument_id), NULL,            \
                     "0 = no ask"),                                                                \
        TEXT(entries[n].entry_id, "client id of both sides' orders")
static const struct schema_field MASS_QUOTE[] = {
    U(entry_cnt, "entries"),
    U(reset, "1 = takes quotes again where protection pulled them"),
    ZERO(zero),
    SET(exec_inst, SCHEMA_EXEC_INST, "of all sides"),
    QUOTE_ENTRY(0),
    QUOTE_ENTRY(1),
    QUOTE_ENTRY(2),
    QUOTE_ENTRY(3),
    QUOTE_ENTRY(4),
    QUOTE_ENTRY(5),
};
#undef QUOTE_ENTRY
#undef BODY

#define BODY command_quote_limits
static const struct schema_field QUOTE_LIMITS[] = {
    INSTRUMENT(instrument_id),
    U(fill_max, "1 to 64; 0 = no protection"),
    I(window_ns, ""),
    QTY(lots_max, "bought and sold; 0 = no limit"),
    CASH(value_max_units, "0 = no limit"),
    QTY(net_lots_max, "bought less sold, either way; 0 = no limit"),
};
#undef BODY

#define BODY command_money
static const struct schema_field MONEY[] = {
    ASSET(asset_id, ""),
    U(to_account_id, "TRANSFER"),
    AMOUNT(amount_units, asset_id, "above 0"),
};
#undef BODY

#define BODY command_withdraw_decide
static const struct schema_field WITHDRAW_DECIDE[] = {
    U(withdrawal_id, "event sequence of the request's answer"),
    U(confirm, "1 confirm, 0 cancel"),
    ZERO(zero),
};
#undef BODY

#define BODY command_settle
static const struct schema_field SETTLE[] = {
    ASSET(asset_id, ""),
    ZERO(zero),
    AMOUNT(in_units, asset_id, "from pending in into settled"),
    AMOUNT(out_units, asset_id, "from pending out into settled"),
};
#undef BODY

#define BODY command_propose
static const struct schema_field PROPOSE[] = {
    COMMAND(command_type, "of the command that is proposed"),
    ZERO(zero),
    HEX(digest, "SHA-256 of account, tenant, id and body of that command"),
};
#undef BODY

#define BODY command_approve
static const struct schema_field APPROVE[] = {U(proposal, "event sequence of the proposal")};
#undef BODY

#define ROW(name, body_struct, table)                                                              \
    SCHEMA_ROW(RECORD_COMMAND, COMMAND_##name, name, body_struct, table)

#define BARE(n)                                                                                    \
    {                                                                                              \
        .name = #n, .record = "command", .type = COMMAND_##n, .bytes = sizeof(struct command),     \
        .kind = RECORD_COMMAND                                                                     \
    }

static const struct schema_type TYPES[] = {
    ROW(GENESIS, command_genesis, GENESIS),
    ROW(EPOCH, command_epoch, EPOCH),
    BARE(TICK),
    BARE(CONTINUE),
    BARE(CHECKPOINT),
    ROW(RULES, command_rules, RULES),
    ROW(MODE, command_mode, MODE),
    ROW(ASSET, command_asset, ASSET_FIELDS),
    ROW(INSTRUMENT, command_instrument, INSTRUMENT_FIELDS),
    ROW(INSTRUMENT_RULES, command_instrument_rules, INSTRUMENT_RULES),
    ROW(ACCOUNT, command_account, ACCOUNT),
    ROW(ACCOUNT_PROFILE, command_account_profile, ACCOUNT_PROFILE),
    ROW(SESSION, command_session, SESSION),
    ROW(ACTOR, command_actor, ACTOR),
    ROW(REFERENCE_PRICE, command_reference_price, REFERENCE_PRICE),
    ROW(TRADING_STATE, command_trading_state, TRADING_STATE),
    ROW(AUCTION_RULES, command_auction_rules, AUCTION_RULES),
    ROW(TIMETABLE, command_timetable, TIMETABLE),
    ROW(KILL_SWITCH, command_kill_switch, KILL_SWITCH),
    ROW(DEAL_RULES, command_deal_rules, DEAL_RULES),
    ROW(PRICE_BANDS, command_price_bands, PRICE_BANDS),
    ROW(TICK_TABLE, command_tick_table, TICK_TABLE),
    ROW(SESSION_UP, command_session_event, SESSION_EVENT),
    ROW(SESSION_DOWN, command_session_event, SESSION_EVENT),
    ROW(SESSION_RESERVE, command_session_event, SESSION_EVENT),
    ROW(ALLOCATION, command_allocation, ALLOCATION),
    ROW(OFFERING, command_offering, OFFERING),
    ROW(CORPORATE_ACTION, command_corporate_action, CORPORATE_ACTION),
    ROW(CALENDAR, command_calendar, CALENDAR),
    ROW(ORDER_LIST, command_order_list, ORDER_LIST),
    ROW(ORDER_NEW, command_order_new, ORDER_NEW),
    ROW(ORDER_CANCEL, command_order_cancel, ORDER_CANCEL),
    ROW(ORDER_REPLACE, command_order_replace, ORDER_REPLACE),
    ROW(ORDER_DECIDE, command_order_decide, ORDER_DECIDE),
    ROW(MASS_CANCEL, command_mass_cancel, MASS_CANCEL),
    ROW(ORDER_LINKED, command_order_linked, ORDER_LINKED),
    ROW(DEAL, command_deal, DEAL),
    ROW(DEAL_PROPOSE, command_deal, DEAL),
    ROW(DEAL_ANSWER, command_deal_answer, DEAL_ANSWER),
    ROW(MASS_QUOTE, command_mass_quote, MASS_QUOTE),
    ROW(QUOTE_LIMITS, command_quote_limits, QUOTE_LIMITS),
    ROW(QUOTE_CANCEL, command_mass_cancel, MASS_CANCEL),
    ROW(DEPOSIT, command_money, MONEY),
    ROW(WITHDRAW, command_money, MONEY),
    ROW(WITHDRAW_DECIDE, command_withdraw_decide, WITHDRAW_DECIDE),
    ROW(TRANSFER, command_money, MONEY),
    ROW(SETTLE, command_settle, SETTLE),
    ROW(REQUEST, command_request, REQUEST),
    ROW(REQUEST_QUOTE, command_request_quote, REQUEST_QUOTE),
    ROW(REQUEST_HIT, command_request_hit, REQUEST_HIT),
    ROW(REQUEST_PASS, command_request_pass, REQUEST_PASS),
    ROW(PROPOSE, command_propose, PROPOSE),
    ROW(APPROVE, command_approve, APPROVE),
};

const struct schema_table SCHEMA_COMMANDS = {TYPES, SCHEMA_CNT(TYPES)};
const struct schema_part SCHEMA_COMMAND_HEADER = {HEADER, SCHEMA_CNT(HEADER)};
