#ifndef GATEWAY_CTL_CTL_REQUEST_H
#define GATEWAY_CTL_CTL_REQUEST_H

#include <jansson.h>

#include "engine/base/error.h"
#include "engine/model/command.h"
#include "gateway/ctl/ctl_state.h"

/* One line of JSON from an operator to the command that it asks for.
 *
 *   {"cmd":"halt","instrument":"ETH-AUD"}           also resume, close; "instrument":"all"
 *   {"cmd":"call","instrument":"ETH-AUD","kind":"opening"}     intraday, closing, resumption
 *   {"cmd":"account","account":101,"freeze":"full"} and status, kyc_level, kyc_expiry_ns, country,
 * class, max_open_orders, max_messages: what is not named stays as it is
 *   {"cmd":"deposit","account":101,"asset":"AUD","amount":"10.50","id":"d-1"}     also withdraw,
 * transfer (with "to")
 *   {"cmd":"rules","version":2}
 *   {"cmd":"mass-cancel","account":101}        and instrument ("all" too), session, side: those
 * orders that fit all that is named
 *   {"cmd":"kill","scope":"account","of":"101"}     also lift; tenant, instrument; venue (no "of")
 *   {"cmd":"quote-cancel","account":101}       the same of quotes alone
 *   {"cmd":"quote-limits","instrument":"ETH-AUD","account":101,"fills":5,"window_ms":1000,
 * "qty":"10","value":"40000","net":"5"}        protection of a maker; without fills there is none
 *   {"cmd":"bands","instrument":"ETH-AUD","manner":"interrupt","static_ppm":100000,"dynamic_ppm":
 * 20000,"length_ms":60000}        and static_ticks, dynamic_ticks, wide_ppm, wide_ticks,
 * random_end_ms, extension_ms, extension_max, follows; what is not named is none
 *   {"cmd":"ticks","instrument":"ETH-AUD","table":"0:0.01,1000:0.05"}      without table one step
 *   {"cmd":"points","instrument":"ETH-AUD","ticks":500,"rests":1}    without ticks there are none
 *   {"cmd":"allocation","instrument":"ETH-AUD","method":"pro_rata","min":"2","top_ppm":400000,
 * "top_min":"3","top_max":"9"}      without method by price and time
 *   {"cmd":"timetable","instrument":"ETH-AUD","zone":"Europe/Berlin","offsets":"0=3600,
 * 1774746000=7200","calendar":3,"times":"09:00:00=open/1111100,17:30:00=closed"}      offsets: what
 * the zone is ahead of UTC, from instants on; without times the state changes by command alone
 *   {"cmd":"calendar","calendar":3,"date":"2026-12-25","day":"closed"}      or regular; or
 * "times":"09:00:00=open,12:30:00=closed"
 *   {"cmd":"deal-rules","instrument":"ETH-AUD","kinds":"block,primary","min":"1","max":"500",
 * "collar_ppm":50000,"when_halted":1,"sets_last":1}      what is not named: nothing, no bound
 *   {"cmd":"deal","account":101,"id":"d-1","side":"buy","instrument":"ETH-AUD","qty":"50",
 * "price":"99.50","kind":"block","with":102,"with_id":"d-2"}     both sides of a negotiated trade
 *   {"cmd":"split","instrument":"ETH-AUD","new":3,"old":2,"step":"1","price":"4.50","payer":101,
 * "id":"s-1"}     3 for 2, whole multiples of 1; what is left over is paid for (else nothing)
 *   {"cmd":"redeem","instrument":"ETH-AUD","price":"100.00","payer":101,"id":"r-1"}
 *   {"cmd":"rename","instrument":"ETH-AUD","symbol":"ETX-AUD","asset_symbol":"ETX","id":"n-1"}
 *   {"cmd":"offering","instrument":"ETH-AUD","account":101,"id":"o-1","qty":"500","price":"9.50",
 * "high":"11","from":TIME,"until":"2026-02-01T16:00:00Z","method":"by_time","min_total":"100",
 * "min":"1","max":"50","cap":"50","binding":1,"trading":1}      pro_rata; what is not named: none
 *   {"cmd":"offering-withdraw","instrument":"ETH-AUD","id":"w-1"}
 *   {"cmd":"checkpoint"}    {"cmd":"release","order":123}    {"cmd":"refuse","order":123}
 *   {"cmd":"approve","proposal":55}
 *
 * Any of them may carry "approval": the number of an approved proposal. */

union ctl_command { /* room for each that can come out */
    struct command cmd;
    struct command_rules rules;
    struct command_trading_state trading;
    struct command_mass_cancel mass_cancel;
    struct command_quote_limits quote_limits;
    struct command_instrument instrument;
    struct command_price_bands bands;
    struct command_tick_table ticks;
    struct command_allocation allocation;
    struct command_timetable timetable;
    struct command_calendar calendar;
    struct command_kill_switch kill_switch;
    struct command_deal_rules deal_rules;
    struct command_deal deal;
    struct command_account_profile profile;
    struct command_money money;
    struct command_corporate_action corporate;
    struct command_offering offering;
    struct command_order_decide decide;
    struct command_withdraw_decide withdraw;
    struct command_approve approve;
    struct command_propose propose;
    uint8_t bytes[COMMAND_BYTES_MAX];
};

/* errors: ERR_INVALID, the text names the field and what was expected; out untouched. The header's
 * session, actor and client_seq are the caller's to fill. */
int ctl_request_parse(const struct ctl_state *state, const json_t *request, union ctl_command *out,
                      struct error *err) ERROR_MUST_USE;

/* What COMMAND_PROPOSE and the core compare: SHA-256 over account_id, tenant_id, id and body of a
 * command. */
void ctl_request_digest(const struct command *cmd, uint8_t out[32]);

#endif
