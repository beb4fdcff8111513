#ifndef TESTS_REF_REF_PRIV_H
#define TESTS_REF_REF_PRIV_H

#include "tests/ref/ref_venue.h"

/* What the files of the plain venue share. */

typedef __int128 wide;
#define REF_MOST ((wide)1 << 62) /* no amount is larger */

/* --- ref_say.c: events --- */
void *ref_say(struct ref_venue *r, uint16_t type, uint8_t audience, uint32_t session_id);
struct event_reject *ref_say_result(struct ref_venue *r, const struct command *cmd, uint16_t reason,
                                    uint64_t answer);
void ref_say_refused_new(struct ref_venue *r, const struct command_order_new *x, uint16_t reason,
                         uint32_t detail);
/* Of a cancel or a replace. o: the order when it is open; done: when it is not any more. */
void ref_say_refused_change(struct ref_venue *r, const struct command *cmd, uint16_t reason,
                            const struct ref_order *o, const struct ref_order *done);
struct event_order *ref_say_order(struct ref_venue *r, const struct command *cmd, uint16_t type,
                                  const struct ref_order *o, uint16_t reason);
void ref_say_done(struct ref_venue *r, const struct command *cmd, const struct ref_order *o);
/* How an order stands, to who sends it once more. */
void ref_say_again(struct ref_venue *r, const struct command *cmd, const struct ref_order *o);
void ref_say_book(struct ref_venue *r, uint16_t type, const struct ref_order *o, int64_t shown);
void ref_say_state(struct ref_venue *r, uint32_t instrument, uint32_t session_id);
uint8_t ref_status(const struct ref_order *o);
void ref_level(const struct ref_venue *r, const struct ref_order *o, int64_t *lots, uint32_t *cnt);

/* --- ref_market.c: searching, arithmetic, trading --- */
int ref_account_of(const struct ref_venue *r, uint32_t id);
int ref_asset_of(const struct ref_venue *r, uint32_t id);
int ref_instrument_of(const struct ref_venue *r, uint32_t id);
int ref_session_of(const struct ref_venue *r, uint32_t id);
wide ref_notional(const struct ref_venue *r, uint32_t instrument, wide price, wide lots, bool up);
wide ref_hold_of(const struct ref_venue *r, const struct ref_order *o);
/* The same of one without regard to another that it is linked with. */
wide ref_need_of(const struct ref_venue *r, const struct ref_order *o);
uint32_t ref_asset_idx(const struct ref_venue *r, uint32_t instrument, bool cash);
/* What the order pays with (cash) or delivers; also what it holds. */
struct ref_balance *ref_balance_of(const struct ref_venue *r, const struct ref_order *o, bool cash);
struct ref_balance *ref_held_in(const struct ref_venue *r, const struct ref_order *o);
void ref_balance_make(struct ref_venue *r, struct ref_balance *b);
wide ref_available(const struct ref_balance *b);
void ref_set_hold(struct ref_venue *r, struct ref_order *o, wide hold);
struct ref_order *ref_best(const struct ref_venue *r, uint32_t instrument, uint8_t side);
bool ref_crosses(const struct ref_venue *r, uint32_t instrument, uint8_t side, int64_t price);
/* Why it could not rest, with what it has open: levels, the sum of its side. */
uint16_t ref_rest_room(const struct ref_venue *r, const struct ref_order *o);
/* What bounds it: its limit, or a price to go by and the protection; 0 = there is none. */
int64_t ref_cap_of(const struct ref_venue *r, const struct ref_order *o);
/* Whether so many lots would be filled now. */
bool ref_fills(struct ref_venue *r, const struct ref_order *o, int64_t lots);
/* Whether the most that its fills can come to fits. */
bool ref_cost_fits(const struct ref_venue *r, const struct ref_order *o);
/* Whether the two are let trade with each other. */
bool ref_may_pair(const struct ref_venue *r, const struct ref_order *taker,
                  const struct ref_order *maker);
void ref_match(struct ref_venue *r, const struct command *cmd, struct ref_order *o);
void ref_kill(struct ref_venue *r, const struct command *cmd, struct ref_order *o, uint16_t reason,
              uint8_t status, bool requested);

/* Of two on one side of a book: whether the first one trades before. */
bool ref_ahead(const struct ref_order *a, const struct ref_order *b);
/* The first that waits behind one; behind NULL: the best. */
struct ref_order *ref_next_behind(const struct ref_venue *r, uint32_t instrument, uint8_t side,
                                  const struct ref_order *one);
/* Of an auction: neither takes. */
void ref_trade_pair(struct ref_venue *r, const struct command *cmd, struct ref_order *buy,
                    struct ref_order *sell, int64_t price);
/* Outside the book: both pay the maker's rate; DEAL_TRADE is said after the fill. */
void ref_trade_beside(struct ref_venue *r, struct ref_order *buy, struct ref_order *sell,
                      int64_t lots, uint8_t kind);
/* Stops that were reached are to enter, unless there is work already that lets them. */
void ref_stops_start(struct ref_venue *r, const struct command *cmd, uint32_t instrument);

/* --- ref_call.c: calls and auctions --- */
bool ref_is_call(uint32_t state);
bool ref_for_auction(const struct ref_order *o);
bool ref_call_refuses(const struct ref_venue *r, const struct ref_order *o);
void ref_call_take(struct ref_venue *r, const struct command *cmd, struct ref_order *o);
bool ref_state_has_steps(const struct ref_venue *r, uint32_t instrument, uint32_t state);
bool ref_state_waits(const struct ref_venue *r, uint32_t instrument, uint32_t state);
void ref_state_begin(struct ref_venue *r, uint32_t instrument, uint32_t state);
bool ref_state_run(struct ref_venue *r, const struct command *cmd, struct ref_work *w);

int64_t ref_points(const struct ref_venue *r, const struct ref_order *o, int64_t cap);

/* --- ref_tick.c: the prices of an instrument --- */
int64_t ref_step(const struct ref_instrument *ins, int64_t price); /* above this price */
bool ref_on_tick(const struct ref_instrument *ins, int64_t price);
/* The nearest price at or below; strictly above. */
int64_t ref_tick_at(const struct ref_instrument *ins, int64_t price);
int64_t ref_tick_above(const struct ref_instrument *ins, int64_t price);

/* --- ref_band.c: how far from its references an instrument trades --- */
/* An order enters: which prices it may trade at; after trades: whether those have changed. */
void ref_band_fix(struct ref_venue *r, struct ref_order *o);
bool ref_band_follows(struct ref_venue *r, struct ref_order *o);
/* Whether the best of the other side is one of them. */
void ref_band_window(const struct ref_instrument *ins, int64_t *low, int64_t *high);
bool ref_band_near(const struct ref_venue *r, const struct ref_order *o);
bool ref_band_refuses(struct ref_venue *r, const struct ref_order *o);
/* It would trade at another: why it ends; 0 = it rests in the call that begins. */
uint16_t ref_band_stop(struct ref_venue *r, const struct ref_order *o);
void ref_band_day(struct ref_venue *r);

/* --- ref_display.c: orders that are not shown whole --- */
bool ref_hidden(const struct ref_order *o);
/* What everybody sees of one in the book; what it trades before others have their turn. */
int64_t ref_shows(const struct ref_order *o);
int64_t ref_offers(const struct ref_order *o);
bool ref_parts_ok(const struct ref_order *o);
void ref_show_first(struct ref_order *o);
bool ref_show_less(struct ref_order *o, int64_t before);
bool ref_refilled(struct ref_venue *r, uint64_t seed, struct ref_order *o);
/* Offset of a field that it may not have; 0 = none. */
uint32_t ref_wrong_display(const struct ref_venue *r, const struct command_order_new *x,
                           uint32_t instrument);
bool ref_may_hide(const struct ref_venue *r, const struct command_order_new *x,
                  uint32_t instrument);

/* --- ref_peg.c: pegged orders --- */
bool ref_is_peg(const struct ref_order *o);
/* The best price of a side that anybody sees; 0 = there is none. */
int64_t ref_seen_best(const struct ref_venue *r, uint32_t instrument, uint8_t side);
/* What they follow is from now on as it is now. */
void ref_market_now(struct ref_venue *r, uint32_t instrument);
void ref_pegs_in_band(struct ref_venue *r, uint32_t instrument);
int64_t ref_peg_price(const struct ref_venue *r, const struct ref_order *o); /* 0 = it has none */
int64_t ref_bound(const struct ref_venue *r, const struct ref_order *o);
/* The first that waits behind one; behind NULL: the best. */
struct ref_order *ref_peg_behind(const struct ref_venue *r, uint32_t instrument, uint8_t side,
                                 const struct ref_order *one);
int64_t ref_best_of_all(const struct ref_venue *r, uint32_t instrument, uint8_t side);
bool ref_meets_any(const struct ref_venue *r, uint32_t instrument, uint8_t side, int64_t price);
bool ref_same_offset(const struct ref_order *a, const struct ref_order *b);
uint16_t ref_peg_room(const struct ref_venue *r, const struct ref_order *o);
void ref_book_moved(struct ref_venue *r, uint32_t instrument);
/* There is more beside the book. */
void ref_wholes_moved(struct ref_venue *r, uint32_t instrument);
bool ref_pegs_enter(struct ref_venue *r, const struct command *cmd, struct ref_work *w);
void ref_pegs_start(struct ref_venue *r, const struct command *cmd);

/* --- ref_whole.c: all-or-none orders --- */
bool ref_is_whole(const struct ref_order *o);
bool ref_may_be_whole(const struct ref_venue *r, const struct command_order_new *x,
                      uint32_t instrument);
/* Of those that wait, by price and time: the one behind, or the first. */
struct ref_order *ref_whole_behind(const struct ref_venue *r, uint32_t instrument, uint8_t side,
                                   const struct ref_order *one);
/* Whether it would be filled, if it came now. */
bool ref_whole_would_fill(struct ref_venue *r, const struct ref_order *o);
/* One that waits and would be filled now; NULL. */
struct ref_order *ref_whole_in_reach(struct ref_venue *r, uint32_t instrument);
/* --- ref_share.c: pro-rata allocation --- */
/* Whether the taker comes to the price of this maker and has not shared it yet. */
bool ref_share_due(const struct ref_venue *r, const struct ref_order *o,
                   const struct ref_order *maker);
void ref_share_begin(const struct ref_venue *r, struct ref_order *o, int64_t price);
/* Whose share is next, and how much it is; NULL: the rest goes by time. */
struct ref_order *ref_share_next(const struct ref_venue *r, struct ref_order *o, int64_t *lots);
void ref_share_traded(const struct ref_venue *r, struct ref_order *o, uint64_t priority);
/* An order has come into the book; an iceberg shows more. */
void ref_share_rest(struct ref_venue *r, const struct ref_order *o);
void ref_share_refilled(struct ref_venue *r, const struct ref_order *o);

/* --- ref_stop.c: stops, and orders with a date --- */
bool ref_is_stop(const struct ref_order *o);
bool ref_trails(uint8_t type);
/* Where it starts: as said, or from the last or the reference price; 0 = no price to go by. */
int64_t ref_trail_start(const struct ref_venue *r, const struct command_order_new *x, uint32_t i);
uint16_t ref_trail_room(const struct ref_venue *r, const struct ref_order *o);
bool ref_has_limit(const struct ref_order *o);
/* An order that was taken or released goes where it belongs. */
void ref_place(struct ref_venue *r, const struct command *cmd, struct ref_order *o);
void ref_stops_see(struct ref_venue *r, uint32_t instrument, int64_t traded);
bool ref_stops_enter(struct ref_venue *r, const struct command *cmd, struct ref_work *w);
bool ref_expiry_due(const struct ref_venue *r);
bool ref_expire(struct ref_venue *r, const struct command *cmd);

/* --- ref_link.c: one cancels the other --- */
/* The order that a new one names may be linked with it; 0, or why not. */
uint16_t ref_link_check(struct ref_venue *r, const struct command *cmd, struct ref_order *draft,
                        uint32_t *detail);
void ref_link_join(struct ref_venue *r, struct ref_order *o);
/* Parts the two; the other one, or NULL. */
struct ref_order *ref_link_cut(struct ref_venue *r, struct ref_order *o);
void ref_link_end(struct ref_venue *r, const struct command *cmd, struct ref_order *other);
/* It is about to trade, or was triggered. */
void ref_link_use(struct ref_venue *r, const struct command *cmd, struct ref_order *o);
/* Whether an auction counts it: not the worse of two that are in the book. */
bool ref_link_counts(const struct ref_venue *r, const struct ref_order *o);
/* What it holds, with regard to the other one; how much more the other one then holds. */
wide ref_link_share(const struct ref_venue *r, const struct ref_order *o, wide need);
wide ref_link_more(const struct ref_venue *r, const struct ref_order *o);

/* --- ref_ids.c: client ids --- */
/* What is remembered of the command's id, in its space; NULL = nothing. */
struct ref_id *ref_id_find(struct ref_venue *r, enum ref_space space, uint32_t owner,
                           const struct client_id *id);
bool ref_id_room(struct ref_venue *r);
struct ref_id *ref_id_add(struct ref_venue *r, enum ref_space space, uint32_t owner,
                          const struct client_id *id, const struct command *cmd);
bool ref_id_same(const struct ref_id *k, const struct command *cmd);
/* The id that the order goes by ends, today. */
void ref_id_end(struct ref_venue *r, const struct ref_order *o);

/* --- ref_order.c --- */
void ref_new(struct ref_venue *r, const struct command *cmd);
void ref_cancel(struct ref_venue *r, const struct command *cmd);
void ref_replace(struct ref_venue *r, const struct command *cmd);
void ref_decide(struct ref_venue *r, const struct command *cmd);
uint16_t ref_session_check(struct ref_venue *r, const struct command *cmd);
bool ref_actor_may(const struct ref_venue *r, uint32_t actor_id, uint32_t roles);
/* Session, account, operator: 0, or what is wrong. */
uint16_t ref_sender(struct ref_venue *r, const struct command *cmd);
uint16_t ref_judge_new(struct ref_venue *r, const struct command_order_new *x, struct ref_order *o,
                       uint32_t *detail);
/* It is among the orders, told, parked where it asks for that; where it goes is the caller's. */
struct ref_order *ref_take_new(struct ref_venue *r, const struct command *cmd,
                               const struct ref_order *draft);
void ref_release(struct ref_venue *r, const struct command *cmd, struct ref_order *o);

/* --- ref_list.c: two orders that come together --- */
void ref_list(struct ref_venue *r, const struct command *cmd);

/* What all orders are asked: who sends, whether its id is known (then it is answered), whether the
 * market is open to the account, price, what it may come to; a halt is no matter: halts_too. */
uint16_t ref_sender(struct ref_venue *r, const struct command *cmd);
bool ref_answered(struct ref_venue *r, const struct command *cmd);
uint16_t ref_market_open(const struct ref_venue *r, uint32_t i, uint32_t account, bool halts_too);
uint16_t ref_price_ok(const struct ref_venue *r, uint32_t i, int64_t price);
uint16_t ref_amounts_ok(struct ref_venue *r, const struct ref_order *o);
uint32_t ref_open_cnt(const struct ref_venue *r);
/* Balances that accepting it would have to make; room for its id, work, balances. */
uint32_t ref_missing_balances(struct ref_venue *r, const struct ref_order *o);
uint16_t ref_order_room(struct ref_venue *r, const struct ref_order *o);
/* It gets its number, balances and hold; neither remembered nor told yet. */
struct ref_order *ref_take(struct ref_venue *r, const struct ref_order *draft);

/* --- ref_deal.c: trades that two sides agree outside the book --- */
void ref_deal(struct ref_venue *r, const struct command *cmd);
void ref_deal_answer(struct ref_venue *r, const struct command *cmd);
bool ref_declines(const struct command *cmd); /* an answer that makes no order */
void ref_deal_decline(struct ref_venue *r, const struct command *cmd, struct ref_order *theirs);
void ref_deal_say(struct ref_venue *r, const struct ref_order *o, uint8_t state, uint16_t reason);
/* What requests for quote share with them. */
struct ref_order ref_side_of(const struct ref_venue *r, const struct command *cmd, uint32_t account,
                             uint32_t instrument, uint8_t side);
bool ref_deal_enter(struct ref_venue *r, const struct command *cmd);
uint16_t ref_deal_qty_ok(const struct ref_venue *r, const struct ref_order *o);
/* Kind, market, price, quantity, collar, date, not with oneself. */
uint16_t ref_deal_terms(const struct ref_venue *r, const struct ref_order *mine, uint8_t kind,
                        uint32_t other);
uint16_t ref_deal_place(const struct ref_venue *r, uint32_t cnt);
uint16_t ref_deal_room_for_two(struct ref_venue *r);
uint16_t ref_deal_room_of_two(struct ref_venue *r, const struct ref_order sides[2]);
uint16_t ref_deal_admit(struct ref_venue *r, const struct ref_order *o);
uint16_t ref_deal_stays(struct ref_venue *r, const struct ref_order *theirs);
struct ref_order *ref_deal_take(struct ref_venue *r, const struct command *cmd,
                                const struct ref_order *draft);
struct ref_order *ref_deal_find(struct ref_venue *r, uint64_t number);

/* --- ref_ask.c: requests for quote --- */
void ref_ask(struct ref_venue *r, const struct command *cmd);
void ref_ask_quote(struct ref_venue *r, const struct command *cmd);
void ref_ask_hit(struct ref_venue *r, const struct command *cmd);
void ref_ask_pass(struct ref_venue *r, const struct command *cmd);
/* A request ends, and the quotes in answer to it; a quote has ended. */
void ref_ask_end(struct ref_venue *r, const struct command *cmd, struct ref_order *q,
                 uint16_t reason, uint8_t status);
void ref_ask_quote_ended(struct ref_venue *r, const struct ref_order *quote, uint16_t reason);
void ref_ask_say(struct ref_venue *r, const struct command *cmd, const struct ref_order *q,
                 bool to_who_asked, uint16_t reason);

/* To who sends the same request again. */
void ref_ask_again(struct ref_venue *r, const struct command *cmd, const struct ref_order *q);

/* --- ref_corporate.c: what issuers do --- */
void ref_corporate(struct ref_venue *r, const struct command *cmd);
bool ref_corporate_run(struct ref_venue *r, const struct command *cmd);
/* One of the asset is under way: nothing else moves any of it. */
bool ref_corporate_moves(const struct ref_venue *r, uint32_t asset);

/* --- ref_work.c: what takes several commands; sessions and days that start it --- */
bool ref_work_room(const struct ref_venue *r);
uint32_t ref_work_but_pegs(const struct ref_venue *r);
/* The command has brought as much as the core's has, which leaves the rest to CONTINUE. */
bool ref_must_stop(const struct ref_venue *r);
void ref_work_add(struct ref_venue *r, const struct ref_work *w);
/* Whether it is for orders such as this one. */
bool ref_work_names(const struct ref_venue *r, const struct ref_work *w, const struct ref_order *o);
void ref_work_start(struct ref_venue *r, const struct command *cmd, const struct ref_work *w);
void ref_continue(struct ref_venue *r, const struct command *cmd);
void ref_tick(struct ref_venue *r, const struct command *cmd);
void ref_set_day(struct ref_venue *r);
void ref_session_event(struct ref_venue *r, const struct command *cmd);
void ref_new_epoch(struct ref_venue *r, const struct command *cmd);

/* --- ref_desk.c: operators and money --- */
struct ref_desk { /* a command between its entry and its end */
    enum ref_space space;
    uint32_t owner;
};
enum { REF_DESK_VENUE = 1, REF_DESK_CLIENT = 2, REF_DESK_ID = 4 }; /* who may, what it needs */
bool ref_desk_enter(struct ref_venue *r, const struct command *cmd, uint32_t roles, uint32_t flags,
                    struct ref_desk *d);
void ref_desk_done(struct ref_venue *r, const struct command *cmd, const struct ref_desk *d,
                   uint64_t answer);
void ref_configure(struct ref_venue *r, const struct command *cmd);
void ref_mass_cancel(struct ref_venue *r, const struct command *cmd);

/* --- ref_guard.c: what keeps orders from trading --- */
bool ref_same_party(const struct ref_venue *r, uint32_t instrument, uint32_t one, uint32_t two);
/* What becomes of two of the same party instead of a trade. */
void ref_avoid(struct ref_venue *r, const struct command *cmd, struct ref_order *taker,
               struct ref_order *maker);
bool ref_killed(const struct ref_venue *r, uint32_t instrument, uint32_t account);
/* Cancels one that a kill switch covers before its turn came. */
void ref_kill_stopped(struct ref_venue *r, const struct command *cmd, struct ref_order *o);
void ref_kill_switch(struct ref_venue *r, const struct command *cmd);
/* The work is of this request, and reports how many it canceled. */
void ref_request(struct ref_work *w, const struct command *cmd);
void ref_report(struct ref_venue *r, const struct ref_work *w);

/* --- ref_money.c --- */
void ref_deposit(struct ref_venue *r, const struct command *cmd);
void ref_withdraw(struct ref_venue *r, const struct command *cmd);
void ref_withdraw_decide(struct ref_venue *r, const struct command *cmd);
void ref_transfer(struct ref_venue *r, const struct command *cmd);
void ref_settle(struct ref_venue *r, const struct command *cmd);

/* --- ref_risk.c: the rules of risk/; without them everything is allowed and nothing is said --- */
enum { REF_ENTER = 1, REF_REPLACE = 2, REF_STAY = 3 };
/* o: as it would be; need: beyond what it holds already. Says the decision (REF_STAY: only a
 * refusal); 0 = allowed. */
uint16_t ref_admit(struct ref_venue *r, const struct ref_order *o, wide need, int what);
uint16_t ref_released(struct ref_venue *r, const struct ref_order *o);
bool ref_may_trade(const struct ref_venue *r, uint32_t buyer, uint32_t seller);
uint16_t ref_may_move(struct ref_venue *r, uint32_t account, bool leaves);
/* Why orders that rest may have to go; 0 = they need not. */
uint16_t ref_profile_narrows(const struct ref_venue *r, const struct command_account_profile *was,
                             const struct command_account_profile *is);
uint16_t ref_rules_narrow(const struct command_instrument_rules *was,
                          const struct command_instrument_rules *is);

#endif
