#include "engine/model/schema_priv.h"

#include "engine/model/event.h"

#define BODY event
static const struct schema_field HEADER[] = {
    U(rec.length_bytes, "whole record"),
    E(rec.kind, SCHEMA_RECORD_KIND, ""),
    U(rec.version, "of the layout"),
    U(rec.type, "see the types below"),
    U(rec.crc32c, "of the record with this field zero; 0 outside the journal"),
    U(rec.epoch, "start of the venue that wrote it"),
    U(rec.seq, "number of the event, from 1, without gaps"),
    U(cmd_seq, "the command that caused it"),
    TIME(time_ns, "that command's time"),
    E(audience, SCHEMA_AUDIENCE, ""),
    U(last, "1: last event of its command"),
    ZERO(zero0),
    U(session_id, "of the order, or of the command; 0 = none"),
};
#undef BODY

#define BODY event_genesis
static const struct schema_field GENESIS[] = {
    TEXT(venue, "name"),
    U(rules_version, ""),
    U(config_cnt, "configuration commands that follow"),
    U(fee_account_id, ""),
    U(issue_account_id, ""),
    U(day_end_s, "second of the UTC day"),
    ZERO(zero),
};
#undef BODY

#define BODY event_epoch
static const struct schema_field EPOCH[] = {
    HEX(build, "digest of the program's build identity"),
    HEX(chain_head, "journal chain before this epoch"),
    U(unclean, ""),
    U(tail_lost, ""),
    DATE(business_day, ""),
    ZERO(zero),
};
#undef BODY

#define BODY event_checkpoint
static const struct schema_field CHECKPOINT[] = {
    HEX(digest_all, "of the whole state"),
    HEX(digest_balances, ""),
    HEX(digest_orders, ""),
    HEX(digest_hooks, "of risk's state"),
    U(order_cnt, "open orders"),
    U(balance_cnt, ""),
    U(fill_cnt, "fills ever"),
    ID(id, "of the request"),
};
#undef BODY

#define BODY event_value
static const struct schema_field RULES[] = {U(value, "rules_version"), ZERO(zero)};
static const struct schema_field MODE[] = {E(value, SCHEMA_VENUE_MODE, ""), ZERO(zero)};
static const struct schema_field DAY_END[] = {DATE(value, "the new business day"), ZERO(zero)};
#undef BODY

#define BODY event_asset
static const struct schema_field ASSET_FIELDS[] = {
    U(asset_id, ""), /* not ASSET: this record is what names it */
    U(scale, "decimals of the smallest unit"),
    E(kind, SCHEMA_ASSET_KIND, ""),
    ZERO(zero),
    TEXT(symbol, ""),
};
#undef BODY

#define BODY event_instrument
static const struct schema_field INSTRUMENT_FIELDS[] = {
    U(instrument_id, ""),
    ASSET(asset_id, "what is traded"),
    ASSET(currency_id, "what pays for it"),
    U(price_scale, ""),
    U(settle_cycle, ""),
    E(state, SCHEMA_TRADING_STATE, ""),
    U(retired, ""),
    PRICE(tick_units, ""),
    AMOUNT(lot_units, asset_id, ""),
    QTY(min_qty_lots, ""),
    PRICE(max_price_units, ""),
    U(maker_ppm, ""),
    U(taker_ppm, ""),
    AMOUNT(fee_min_units, currency_id, ""),
    U(protection_ppm, ""),
    U(ord_type_mask, ""),
    TEXT(symbol, ""),
    PRICE(reference_units, ""),
    U(asset_scale, "repeated, so that amounts can be printed from this event alone"),
    U(currency_scale, ""),
    E(self_trade_by, SCHEMA_SELF_TRADE_BY, ""),
    E(self_trade_mode, SCHEMA_SELF_TRADE_MODE, "0 when off"),
    U(allow_hidden, "1: takes orders that nobody sees"),
    U(protection_rests, "1: what is left at the points rests there"),
    U(allow_whole, "1: takes all-or-none orders"),
    ZERO(zero),
    AMOUNT(min_value_units, currency_id, "least value of an order; 0 = none"),
    U(protection_ticks, "protection points; 0 = none"),
    ZERO(zero1),
};
#undef BODY

#define BODY event_instrument_rules
static const struct schema_field INSTRUMENT_RULES[] = {
    INSTRUMENT(instrument_id),
    U(min_kyc_level, ""),
    E(country_mode_buy, SCHEMA_COUNTRY_MODE, ""),
    E(country_mode_sell, SCHEMA_COUNTRY_MODE, ""),
    SET(class_mask_buy, SCHEMA_CLASS_MASK, "none = any"),
    SET(class_mask_sell, SCHEMA_CLASS_MASK, "none = any"),
    QTY(max_order_lots, ""),
    CASH(max_order_value_units, ""),
    U(collar_ppm, ""),
    ZERO(zero),
    COUNTRIES(countries),
};
#undef BODY

#define BODY event_account
static const struct schema_field ACCOUNT[] = {
    U(account_id, ""),
    U(tenant_id, ""),
    ZERO(zero0),
    U(firm_id, ""),
    U(owner_group, ""),
    E(status, SCHEMA_ACCOUNT_STATUS, ""),
    E(kind, SCHEMA_ACCOUNT_KIND, ""),
};
#undef BODY

#define BODY event_account_profile
static const struct schema_field ACCOUNT_PROFILE[] = {
    U(account_id, ""),
    E(status, SCHEMA_ACCOUNT_STATUS, ""),
    E(freeze, SCHEMA_FREEZE, ""),
    U(kyc_level, ""),
    COUNTRY(country),
    E(investor_class, SCHEMA_INVESTOR_CLASS, ""),
    ZERO(zero0),
    U(max_open_orders, ""),
    TIME(kyc_expiry_ns, ""),
    U(max_messages, ""),
    ZERO(zero1),
    I(message_window_ns, ""),
    I(max_order_value_units, ""),
};
#undef BODY

#define BODY event_session
static const struct schema_field SESSION[] = {
    U(account_id, ""),
    E(protocol, SCHEMA_PROTOCOL, ""),
    U(cancel_on_disconnect, ""),
    U(tenant_id, ""),
    TEXT(name, ""),
};
#undef BODY

#define BODY event_actor
static const struct schema_field ACTOR[] = {
    U(subject_actor_id, ""),
    SET(roles, SCHEMA_OPERATOR_ROLE, ""),
    TEXT(name, ""),
};
#undef BODY

#define BODY event_reference_price
static const struct schema_field REFERENCE_PRICE[] = {INSTRUMENT(instrument_id), ZERO(zero),
                                                      PRICE(price_units, "")};
#undef BODY

#define BODY event_offering
static const struct schema_field OFFERING[] = {
    U(offering, "the issuer's order"),
    INSTRUMENT(instrument_id),
    E(state, SCHEMA_OFFERING_STATE, ""),
    E(method, SCHEMA_OFFERING_METHOD, ""),
    SET(offering_flags, SCHEMA_OFFERING_FLAG, ""),
    ZERO(zero),
    REASON(reason, "why it failed or was withdrawn"),
    ZERO(zero1),
    U(subscription_cnt, "open ones; of one that begins 0, as the lots"),
    PRICE(low_units, ""),
    PRICE(high_units, ""),
    QTY(total_lots, "offered"),
    QTY(min_total_lots, "less than that subscribed to and it fails"),
    QTY(min_lots, "of a subscription"),
    QTY(max_lots, "of a subscription; 0 = no maximum"),
    QTY(cap_lots, "of an account; 0 = no maximum"),
    TIME(from_ns, ""),
    TIME(until_ns, ""),
    PRICE(price_units, "0 = not known yet, or there is none"),
    QTY(subscribed_lots, "when its window ended or it was withdrawn"),
    QTY(allotted_lots, ""),
};
#undef BODY

#define BODY event_corporate_action
static const struct schema_field CORPORATE_ACTION[] = {
    U(action, "number of its command"),
    INSTRUMENT(instrument_id),
    ASSET(asset_id, ""),
    U(ratio_new, "split: so many units ..."),
    U(ratio_old, "for so many"),
    AMOUNT(step_units, asset_id, "split: holdings are whole multiples"),
    PRICE(price_units, "of one whole asset"),
    PRICE(last_price_units, "of the instrument, after; 0 = none"),
    PRICE(reference_units, "the same"),
    E(kind, SCHEMA_CORPORATE_KIND, ""),
    ZERO(zero),
    TEXT(symbol, "after"),
};
#undef BODY

#define BODY event_corporate_report
static const struct schema_field CORPORATE_REPORT[] = {
    U(action, "number of its command"),
    ASSET(asset_id, ""),
    ASSET(currency_id, ""),
    AMOUNT(before_units, asset_id, "in all accounts, before"),
    AMOUNT(issued_units, asset_id, "in all accounts, now"),
    AMOUNT(paid_units, currency_id, "so far"),
    U(holder_cnt, "so far"),
    U(payer_account_id, "0 = nothing is paid"),
    U(actor_id, ""),
    AMOUNT(payer_after.settled_units, currency_id, ""),
    AMOUNT(payer_after.held_units, currency_id, "with what is still to be paid"),
    E(kind, SCHEMA_CORPORATE_KIND, ""),
    E(state, SCHEMA_CORPORATE_STATE, ""),
    ZERO(zero),
    ID(id, "of the command"),
};
#undef BODY

#define BODY event_trading_state
static const struct schema_field TRADING_STATE[] = {INSTRUMENT(instrument_id),
                                                    E(state, SCHEMA_TRADING_STATE, "")};
#undef BODY

#define BODY event_auction_rules
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

#define BODY event_timetable
static const struct schema_field TIMETABLE[] = {
    INSTRUMENT(instrument_id),
    ZERO(zero),
    SCHEMA_TIMETABLE_FIELDS,
};
#undef BODY

#define BODY event_kill_switch
static const struct schema_field KILL_SWITCH[] = {
    U(account_id, "of this scope, else 0"),
    SCHEMA_FIELD(instrument_id, INSTRUMENT, 0, NULL, "of this scope, else 0"),
    U(tenant_id, "of this scope, else 0"),
    E(scope, SCHEMA_KILL_SCOPE, ""),
    U(engaged, "1 stopped, 0 goes on"),
    U(actor_id, ""),
    ID(id, "of the command"),
};
#undef BODY

#define BODY event_deal_rules
static const struct schema_field DEAL_RULES[] = {
    INSTRUMENT(instrument_id),
    SET(kind_mask, SCHEMA_DEAL_KIND_MASK, "what is taken; 0 = nothing"),
    QTY(min_lots, "0 = the instrument's minimum"),
    QTY(max_lots, "0 = no maximum"),
    U(collar_ppm, "distance from the last trade; 0 = any price"),
    SET(deal_flags, SCHEMA_DEAL_FLAG, ""),
};
#undef BODY

#define BODY event_price_bands
static const struct schema_field PRICE_BANDS[] = {
    INSTRUMENT(instrument_id),
    ZERO(zero),
    SCHEMA_BANDS_FIELDS,
};
#undef BODY

#define BODY event_tick_table
static const struct schema_field TICK_TABLE[] = {
    INSTRUMENT(instrument_id),
    ZERO(zero),
    SCHEMA_TICKS_FIELDS,
};
#undef BODY

#define BODY event_calendar
static const struct schema_field CALENDAR[] = {
    SCHEMA_CALENDAR_FIELDS,
};
#undef BODY

#define BODY event_allocation
static const struct schema_field ALLOCATION[] = {
    INSTRUMENT(instrument_id),
    ZERO(zero),
    SCHEMA_ALLOCATION_FIELDS,
};
#undef BODY

#define BODY event_session_state
static const struct schema_field SESSION_STATE[] = {
    U(up, "1 up, 0 down"),
    U(incarnation, ""),
    U(inbound_seq, "last client number that a sequenced command carried"),
    U(outbound_reserved, "outbound numbers up to this may have been used"),
    COMMAND(cause, ""),
    ZERO(zero),
};
#undef BODY

#define BODY event_order
static const struct schema_field ORDER[] = {
    U(order_id, ""),
    U(client_seq, "of the command that caused it, when that came from the same session"),
    U(account_id, ""),
    INSTRUMENT(instrument_id),
    E(side, SCHEMA_SIDE, ""),
    E(ord_type, SCHEMA_ORD_TYPE, ""),
    E(time_in_force, SCHEMA_TIME_IN_FORCE, ""),
    E(status, SCHEMA_ORD_STATUS, ""),
    REASON(reason, "why canceled or reduced"),
    U(tenant_id, ""),
    SET(exec_inst, SCHEMA_EXEC_INST, ""),
    ASSET(hold_asset_id, ""),
    PRICE(price_units, "limit; 0 = market"),
    PRICE(cap_units, "price that bounds the hold"),
    QTY(qty_lots, ""),
    QTY(cum_lots, ""),
    QTY(leaves_lots, "0 when no longer open"),
    I(cum_cost, "sum of price units x lots of its fills"),
    AMOUNT(hold_units, hold_asset_id, "held for this order"),
    AMOUNT(hold_after.settled_units, hold_asset_id, "the account's balance after"),
    AMOUNT(hold_after.held_units, hold_asset_id, ""),
    U(user_data, ""),
    ID(id, "the order's client id (FIX 11); CANCELED by a request: the request's"),
    ID(orig, "REPLACED, CANCELED by a request: the former id (FIX 41)"),
    PRICE(stop_units, ""),
    TIME(expire_ns, ""),
    QTY(display_lots, "of an iceberg: shown at a time; else 0"),
    U(display_range, "of such: percent around it that refills are drawn from"),
    I(peg_offset_units, "of a trailing stop, a peg: its price less what it follows"),
};
#undef BODY

#define BODY event_reject
static const struct schema_field REJECT[] = {
    U(order_id, "when known"),
    U(client_seq, ""),
    U(account_id, ""),
    INSTRUMENT(instrument_id),
    REASON(reason, "0 = COMMAND_RESULT accepted"),
    COMMAND(command_type, "of the refused command"),
    E(side, SCHEMA_SIDE, ""),
    E(ord_type, SCHEMA_ORD_TYPE, ""),
    E(time_in_force, SCHEMA_TIME_IN_FORCE, ""),
    E(status, SCHEMA_ORD_STATUS, "of the order that could not be canceled, else rejected"),
    PRICE(price_units, ""),
    QTY(qty_lots, ""),
    U(approval_ref, ""),
    U(actor_id, ""),
    U(detail, "BAD_FIELD: byte offset of the field in the command"),
    ID(id, "of the refused command"),
    ID(orig, "of the order that it named"),
    U(user_data, ""),
    E(why.band, SCHEMA_BAND, "PRICE_BAND: the band whose edge it is"),
    ZERO(why.zero),
    PRICE(why.price_units, "the limit that came"),
    PRICE(why.edge_units, "where the band ends"),
    CASH(why.value_units, "MIN_ORDER_VALUE: what the order is worth at its bound"),
    CASH(why.least_units, "the least that it may be worth"),
};
#undef BODY

#define FILL_SIDE(s)                                                                               \
    U(s.order_id, ""), U(s.account_id, ""), U(s.session_id, ""), ID(s.id, ""),                     \
        QTY(s.qty_lots, "the order's"), QTY(s.cum_lots, ""), QTY(s.leaves_lots, ""),               \
        I(s.cum_cost, "sum of price units x lots of its fills"),                                   \
        AMOUNT(s.fee_units, currency_id, "of this fill"),                                          \
        AMOUNT(s.cash_after.settled_units, currency_id, "the account's balance after"),            \
        AMOUNT(s.cash_after.held_units, currency_id, ""),                                          \
        AMOUNT(s.asset_after.settled_units, asset_id, ""),                                         \
        AMOUNT(s.asset_after.held_units, asset_id, ""), U(s.tenant_id, ""),                        \
        E(s.ord_type, SCHEMA_ORD_TYPE, ""), E(s.time_in_force, SCHEMA_TIME_IN_FORCE, ""),          \
        E(s.status, SCHEMA_ORD_STATUS, ""), ZERO(s.zero),                                          \
        PRICE(s.price_units, "the order's limit")

#define BODY event_fill
static const struct schema_field FILL[] = {
    INSTRUMENT(instrument_id),
    ASSET(asset_id, ""),
    ASSET(currency_id, ""),
    E(aggressor, SCHEMA_SIDE, "side of the taker; 0 = auction or negotiated"),
    U(settle_cycle, ""),
    ZERO(zero0),
    PRICE(price_units, ""),
    QTY(qty_lots, ""),
    I(qty_units, "the same quantity in smallest units of the asset"),
    AMOUNT(notional_units, currency_id, "the same on both legs"),
    AMOUNT(fee_after_units, currency_id, "settled balance of the fee account"),
    FILL_SIDE(buy),
    FILL_SIDE(sell),
};
#undef BODY

#define BODY event_decision
static const struct schema_field DECISION[] = {
    U(order_id, "0 when refused before it had one"),
    U(account_id, ""),
    INSTRUMENT(instrument_id),
    E(stage, SCHEMA_DECISION_STAGE, ""),
    E(verdict, SCHEMA_VERDICT, ""),
    U(rule, "number of the deciding rule in the rule table; 0 = none failed"),
    REASON(reason, "of the deciding rule"),
    ZERO(zero),
    U(evaluated, "bit n = rule n was evaluated"),
    U(failed, "bit n = rule n failed"),
    I(actual, "the figure that the deciding rule compared, in that rule's unit"),
    I(limit, "what it was compared with"),
    U(policy, "version of the deciding policy; 0 = built-in rules"),
};
#undef BODY

#define BODY event_book
static const struct schema_field BOOK[] = {
    U(order_id, ""),
    INSTRUMENT(instrument_id),
    E(side, SCHEMA_SIDE, ""),
    ZERO(zero),
    PRICE(price_units, ""),
    QTY(qty_lots, "of the order that is shown after"),
    QTY(level_lots, "shown at this price after; 0 = the level is gone"),
    U(level_orders, ""),
    ZERO(zero1),
};
#undef BODY

#define BODY event_trade
static const struct schema_field TRADE[] = {
    U(maker_order_id, "0 = auction: what the book loses follows, on both sides"),
    INSTRUMENT(instrument_id),
    E(maker_side, SCHEMA_SIDE, "0 = auction"),
    ZERO(zero),
    PRICE(price_units, ""),
    QTY(qty_lots, ""),
    QTY(maker_lots, "what the maker's order still shows; 0 = it is gone"),
    QTY(level_lots, ""),
    U(level_orders, ""),
    ZERO(zero1),
    U(trade_id, "count of trades of this venue, from 1"),
};
#undef BODY

#define BODY event_auction
static const struct schema_field AUCTION[] = {
    INSTRUMENT(instrument_id),
    E(state, SCHEMA_TRADING_STATE, "which call"),
    E(stage, SCHEMA_AUCTION_STAGE, ""),
    E(rule, SCHEMA_AUCTION_RULE, "what decided the price; 0 = no price"),
    E(surplus_side, SCHEMA_SIDE, "0 = none"),
    PRICE(price_units, "0 = none"),
    QTY(qty_lots, "that trade at this price"),
    QTY(surplus_lots, "more of surplus_side would"),
    PRICE(reference_units, "last trade, else reference price; 0 = none"),
    TIME(until_ns, "EXTENDED: the call's new end, before a random end"),
};
#undef BODY

#define BODY event_band_reached
static const struct schema_field BAND_REACHED[] = {
    INSTRUMENT(instrument_id),
    E(band, SCHEMA_BAND, "which"),
    E(side, SCHEMA_SIDE, "of the order that would have traded"),
    ZERO(zero),
    PRICE(price_units, "the best that is shown beyond; without one the edge"),
    PRICE(reference_units, "of the band"),
    PRICE(low_units, "prices that may trade, of both bands: from"),
    PRICE(high_units, "to"),
};
#undef BODY

#define BODY event_deal
static const struct schema_field DEAL[] = {
    U(deal_id, "order of the side that proposed it, or sent both"),
    U(account_id, "that side"),
    U(to_account_id, "the other side"),
    INSTRUMENT(instrument_id),
    E(side, SCHEMA_SIDE, "of account_id"),
    E(kind, SCHEMA_DEAL_KIND, ""),
    E(state, SCHEMA_DEAL_STATE, ""),
    ZERO(zero),
    REASON(reason, "why it ended without a trade"),
    ZERO(zero1),
    ZERO(zero2),
    PRICE(price_units, ""),
    QTY(qty_lots, ""),
    TIME(expire_ns, "0 = with the business day"),
    ID(id, "of deal_id's order"),
};
#undef BODY

#define BODY event_deal_trade
static const struct schema_field DEAL_TRADE[] = {
    INSTRUMENT(instrument_id),
    E(kind, SCHEMA_DEAL_KIND, ""),
    U(sets_last, "1: its price is the last price now"),
    ZERO(zero),
    PRICE(price_units, ""),
    QTY(qty_lots, ""),
    U(trade_id, "of the same count as those of TRADE"),
};
#undef BODY

#define BODY event_mass_quote
#define QUOTE_ANSWER(n)                                                                            \
    INSTRUMENT(entries[n].instrument_id), REASON(entries[n].bid_reason, "why refused"),            \
        REASON(entries[n].ask_reason, "why refused"),                                              \
        E(entries[n].bid_status, SCHEMA_QUOTE_STATUS, ""),                                         \
        E(entries[n].ask_status, SCHEMA_QUOTE_STATUS, ""), ZERO(entries[n].zero),                  \
        U(entries[n].set_id, "of the entry"), TEXT(entries[n].entry_id, ""),                       \
        U(entries[n].bid_order_id, "accepted: of its order"),                                      \
        U(entries[n].ask_order_id, "accepted: of its order")
static const struct schema_field MASS_QUOTE[] = {
    U(client_seq, "of the command"),
    U(account_id, ""),
    U(entry_cnt, "entries"),
    ZERO(zero),
    ID(id, "of the message"),
    QUOTE_ANSWER(0),
    QUOTE_ANSWER(1),
    QUOTE_ANSWER(2),
    QUOTE_ANSWER(3),
    QUOTE_ANSWER(4),
    QUOTE_ANSWER(5),
};
#undef QUOTE_ANSWER
#undef BODY

#define BODY event_request
static const struct schema_field REQUEST[] = {
    U(request_id, ""),
    U(account_id, "who is told; 0 = all"),
    U(requester_id, "who asked; 0 = not disclosed"),
    INSTRUMENT(instrument_id),
    E(side, SCHEMA_SIDE, "of who asked; 0 = it does not say"),
    E(state, SCHEMA_REQUEST_STATE, ""),
    U(disclosed, ""),
    U(to_cnt, "named accounts; 0 = all"),
    REASON(reason, "why it ended untraded"),
    ZERO(zero),
    ZERO(zero1),
    QTY(qty_lots, ""),
    QTY(leaves_lots, "still asked for; 0 when it has ended"),
    TIME(expire_ns, "0 = with the business day"),
    ID(id, "to who asked"),
    U(client_seq, "to who asked: of the command"),
};
#undef BODY

#define BODY event_request_quote
static const struct schema_field REQUEST_QUOTE[] = {
    U(request_id, ""),
    U(quote_id, "order of the side"),
    U(account_id, "who is told"),
    U(other_id, "the other one; 0 = not disclosed"),
    INSTRUMENT(instrument_id),
    E(side, SCHEMA_SIDE, "of the maker"),
    E(state, SCHEMA_REQUEST_STATE, ""),
    U(mine, "1: account_id is its maker"),
    ZERO(zero),
    REASON(reason, "why it ended untraded"),
    ZERO(zero1),
    ZERO(zero2),
    PRICE(price_units, ""),
    QTY(leaves_lots, "that may be taken; 0 when it has ended"),
    QTY(traded_lots, "by this command"),
    TIME(expire_ns, "0 = with its request"),
    ID(id, "to its maker: of the side's order; to who asked: of the request"),
};
#undef BODY

#define BODY event_order_list
#define LIST_ORDER(n)                                                                              \
    U(orders[n].order_id, "0 = refused"), REASON(orders[n].reason, "why refused"),                 \
        E(orders[n].status, SCHEMA_ORD_STATUS, ""), ZERO(orders[n].zero),                          \
        QTY(orders[n].qty_lots, "of the order"), QTY(orders[n].leaves_lots, "open"),               \
        QTY(orders[n].cum_lots, "filled, of one that came before"),                                \
        U(orders[n].cum_cost, "sum of price * lots of that"), ID(orders[n].id, "of the order")
static const struct schema_field ORDER_LIST[] = {
    U(client_seq, "of the command"),
    U(account_id, ""),
    INSTRUMENT(instrument_id),
    U(refused, "1 or 2: the order because of which both are; 0 = none is"),
    ZERO(zero),
    ID(list_id, "FIX 66"),
    LIST_ORDER(0),
    LIST_ORDER(1),
};
#undef LIST_ORDER
#undef BODY

#define BODY event_quote_limits
static const struct schema_field QUOTE_LIMITS[] = {
    U(account_id, ""),
    INSTRUMENT(instrument_id),
    U(fill_max, "0 = no protection"),
    ZERO(zero),
    I(window_ns, ""),
    QTY(lots_max, "0 = no limit"),
    CASH(value_max_units, "0 = no limit"),
    QTY(net_lots_max, "0 = no limit"),
    U(client_seq, "of the command"),
};
#undef BODY

#define BODY event_quote_stop
static const struct schema_field QUOTE_STOP[] = {
    U(account_id, ""),
    INSTRUMENT(instrument_id),
    U(fill_cnt, "within the window, as all figures"),
    E(limit, SCHEMA_PROTECTION_LIMIT, "the first that is reached"),
    ZERO(zero),
    QTY(lots, "bought and sold"),
    CASH(value_units, ""),
    QTY(net_lots, "bought less sold"),
    I(window_ns, ""),
};
#undef BODY

#define BODY event_posting
static const struct schema_field POSTING[] = {
    U(debit_account_id, "value goes from here"),
    U(credit_account_id, "to here"),
    ASSET(asset_id, ""),
    COMMAND(command_type, ""),
    ZERO(zero),
    AMOUNT(amount_units, asset_id, ""),
    AMOUNT(debit_after.settled_units, asset_id, ""),
    AMOUNT(debit_after.held_units, asset_id, ""),
    AMOUNT(credit_after.settled_units, asset_id, ""),
    AMOUNT(credit_after.held_units, asset_id, ""),
    U(ref, "withdrawal id; number of a corporate action's command; or 0"),
    U(actor_id, ""),
    ZERO(zero1),
    ID(id, ""),
};
#undef BODY

#define BODY event_withdrawal
static const struct schema_field WITHDRAWAL[] = {
    U(withdrawal_id, "sequence of the request's event"),
    U(account_id, ""),
    ASSET(asset_id, ""),
    AMOUNT(amount_units, asset_id, ""),
    E(state, SCHEMA_WITHDRAWAL_STATE, ""),
    U(actor_id, ""),
    AMOUNT(after.settled_units, asset_id, ""),
    AMOUNT(after.held_units, asset_id, ""),
    ID(id, ""),
};
#undef BODY

#define BODY event_proposal
static const struct schema_field PROPOSAL[] = {
    U(proposal, "sequence of the event that first showed it"),
    U(actor_id, "who proposed, or approved"),
    COMMAND(command_type, ""),
    E(state, SCHEMA_PROPOSAL_STATE, ""),
    HEX(digest, ""),
};
#undef BODY

#define BODY event_cancel_report
static const struct schema_field CANCEL_REPORT[] = {
    U(request_seq, "the command that asked; cmd_seq is the one that ended it"),
    U(client_seq, "of the request"),
    U(canceled_cnt, "orders that it canceled"),
    U(account_id, "0 = all"),
    SCHEMA_FIELD(instrument_id, INSTRUMENT, 0, NULL, "0 = all"),
    U(of_session_id, "0 = all"),
    U(actor_id, ""),
    U(tenant_id, "0 = all"),
    COMMAND(command_type, ""),
    E(side, SCHEMA_SIDE, "0 = both"),
    ZERO(zero),
    ID(id, "of the request"),
};
#undef BODY

#define ROW(name, body_struct, table)                                                              \
    SCHEMA_ROW(RECORD_EVENT, EVENT_##name, name, body_struct, table)

static const struct schema_type TYPES[] = {
    ROW(GENESIS, event_genesis, GENESIS),
    ROW(EPOCH, event_epoch, EPOCH),
    ROW(CHECKPOINT, event_checkpoint, CHECKPOINT),
    ROW(RULES, event_value, RULES),
    ROW(MODE, event_value, MODE),
    ROW(DAY_END, event_value, DAY_END),
    ROW(ASSET, event_asset, ASSET_FIELDS),
    ROW(INSTRUMENT, event_instrument, INSTRUMENT_FIELDS),
    ROW(INSTRUMENT_RULES, event_instrument_rules, INSTRUMENT_RULES),
    ROW(ACCOUNT, event_account, ACCOUNT),
    ROW(ACCOUNT_PROFILE, event_account_profile, ACCOUNT_PROFILE),
    ROW(SESSION, event_session, SESSION),
    ROW(ACTOR, event_actor, ACTOR),
    ROW(REFERENCE_PRICE, event_reference_price, REFERENCE_PRICE),
    ROW(TRADING_STATE, event_trading_state, TRADING_STATE),
    ROW(AUCTION_RULES, event_auction_rules, AUCTION_RULES),
    ROW(TIMETABLE, event_timetable, TIMETABLE),
    ROW(KILL_SWITCH, event_kill_switch, KILL_SWITCH),
    ROW(DEAL_RULES, event_deal_rules, DEAL_RULES),
    ROW(PRICE_BANDS, event_price_bands, PRICE_BANDS),
    ROW(TICK_TABLE, event_tick_table, TICK_TABLE),
    ROW(SESSION_STATE, event_session_state, SESSION_STATE),
    ROW(ALLOCATION, event_allocation, ALLOCATION),
    ROW(OFFERING, event_offering, OFFERING),
    ROW(CORPORATE_ACTION, event_corporate_action, CORPORATE_ACTION),
    ROW(CALENDAR, event_calendar, CALENDAR),
    ROW(ORDER_ACCEPTED, event_order, ORDER),
    ROW(ORDER_REJECTED, event_reject, REJECT),
    ROW(ORDER_CANCELED, event_order, ORDER),
    ROW(ORDER_REPLACED, event_order, ORDER),
    ROW(CANCEL_REJECTED, event_reject, REJECT),
    ROW(ORDER_STATUS, event_order, ORDER),
    ROW(ORDER_RELEASED, event_order, ORDER),
    ROW(FILL, event_fill, FILL),
    ROW(DECISION, event_decision, DECISION),
    ROW(ORDER_TRIGGERED, event_order, ORDER),
    ROW(ORDER_REDUCED, event_order, ORDER),
    ROW(BOOK_ADD, event_book, BOOK),
    ROW(BOOK_CHANGE, event_book, BOOK),
    ROW(BOOK_DELETE, event_book, BOOK),
    ROW(TRADE, event_trade, TRADE),
    ROW(AUCTION, event_auction, AUCTION),
    ROW(BOOK_REFILL, event_book, BOOK),
    ROW(DEAL, event_deal, DEAL),
    ROW(DEAL_TRADE, event_deal_trade, DEAL_TRADE),
    ROW(BAND_REACHED, event_band_reached, BAND_REACHED),
    ROW(MASS_QUOTE, event_mass_quote, MASS_QUOTE),
    ROW(QUOTE_LIMITS, event_quote_limits, QUOTE_LIMITS),
    ROW(QUOTE_STOP, event_quote_stop, QUOTE_STOP),
    ROW(POSTING, event_posting, POSTING),
    ROW(WITHDRAWAL, event_withdrawal, WITHDRAWAL),
    ROW(COMMAND_RESULT, event_reject, REJECT),
    ROW(PROPOSAL, event_proposal, PROPOSAL),
    ROW(CANCEL_REPORT, event_cancel_report, CANCEL_REPORT),
    ROW(REQUEST, event_request, REQUEST),
    ROW(REQUEST_QUOTE, event_request_quote, REQUEST_QUOTE),
    ROW(CORPORATE_REPORT, event_corporate_report, CORPORATE_REPORT),
    ROW(ORDER_LIST, event_order_list, ORDER_LIST),
};

const struct schema_table SCHEMA_EVENTS = {TYPES, SCHEMA_CNT(TYPES)};
const struct schema_part SCHEMA_EVENT_HEADER = {HEADER, SCHEMA_CNT(HEADER)};
