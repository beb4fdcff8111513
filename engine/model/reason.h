#ifndef ENGINE_MODEL_REASON_H
#define ENGINE_MODEL_REASON_H

#include <stdint.h>

/* Why a command was refused, an order canceled, an order flagged. The value travels in events and
 * the journal; the text is for people. Values are never reused. source of FIX numbers: FIX 4.4 tags
 * 103 (OrdRejReason) and 102 (CxlRejReason). */
#define REASON_LIST(X)                                                                             \
    /* name, value, FIX 103, FIX 102, text */                                                      \
    X(NONE, 0, 99, 99, "accepted")                                                                 \
    /* form */                                                                                     \
    X(UNKNOWN_COMMAND, 1, 99, 99, "command type not known to this venue")                          \
    X(BAD_FIELD, 2, 99, 99, "a field has a value outside its range")                               \
    X(UNKNOWN_INSTRUMENT, 3, 1, 99, "unknown instrument")                                          \
    X(UNKNOWN_ACCOUNT, 4, 15, 99, "unknown account")                                               \
    X(UNKNOWN_ASSET, 5, 99, 99, "unknown asset")                                                   \
    X(UNKNOWN_SESSION, 6, 99, 99, "unknown session")                                               \
    X(UNKNOWN_ORDER, 7, 5, 1, "unknown order")                                                     \
    X(DUPLICATE_ID, 8, 6, 6, "client id used before with other content")                           \
    X(BAD_CLIENT_ID, 9, 99, 99, "client id missing or longer than 36 characters")                  \
    X(PRICE_OFF_TICK, 10, 18, 99, "price is not a multiple of the tick")                           \
    X(QTY_OFF_LOT, 11, 13, 99, "quantity is not a positive whole number of lots")                  \
    X(BAD_PRICE, 12, 99, 99, "price missing, not positive or too large")                           \
    X(BAD_ORDER_TYPE, 13, 11, 99, "order type not supported for this instrument")                  \
    X(BAD_TIME_IN_FORCE, 14, 11, 99, "time in force not supported for this order type")            \
    X(BAD_SIDE, 15, 99, 99, "side is neither buy nor sell")                                        \
    X(TOO_LARGE, 16, 3, 99, "the amount does not fit the venue's numbers")                         \
    X(NOT_OWNER, 17, 99, 99, "order belongs to another account")                                   \
    X(ALREADY_EXISTS, 18, 99, 99, "the id exists already")                                         \
    X(BAD_STATE, 19, 99, 99, "not possible in the present state")                                  \
    X(NOT_AUTHORIZED, 20, 99, 99, "not allowed for this actor's role")                             \
    X(NEEDS_APPROVAL, 21, 99, 99, "needs the approval of a second person")                         \
    X(NO_CAP_PRICE, 22, 99, 99, "no price to bound a market order: no reference or last price")    \
    /* room */                                                                                     \
    X(POOL_FULL, 30, 99, 99, "the venue's order pool is full")                                     \
    X(LEVELS_FULL, 31, 99, 99, "the venue's price level pool is full")                             \
    X(CLIENT_IDS_FULL, 32, 99, 99, "the venue's client id table is full")                          \
    X(TABLE_FULL, 33, 99, 99, "the venue's table for this is full")                                \
    X(BUSY, 34, 99, 99, "the venue is busy; try again")                                            \
    X(BOOK_BUSY, 35, 99, 99, "the book is in a sweep or an uncross; try again")                    \
    /* market */                                                                                   \
    X(HALTED, 40, 2, 99, "trading in the instrument is halted")                                    \
    X(CLOSED, 41, 2, 99, "the instrument is closed")                                               \
    X(CANCEL_ONLY, 42, 2, 99, "the venue takes cancels only")                                      \
    X(POST_ONLY_WOULD_TAKE, 43, 99, 99, "post-only order would have traded")                       \
    X(FOK_NOT_FILLED, 44, 99, 99, "fill-or-kill order could not be filled whole")                  \
    X(IOC_REMAINDER, 45, 99, 99, "remainder of an immediate-or-cancel order")                      \
    X(NO_LIQUIDITY, 46, 99, 99, "nothing to trade against within the order's bound")               \
    X(TOO_LATE, 47, 0, 0, "order is already filled, canceled or expired")                          \
    X(BY_CLIENT, 48, 99, 99, "canceled at the client's request")                                   \
    X(DAY_END, 49, 99, 99, "the order's day has ended")                                            \
    X(GOOD_TILL_DATE, 50, 99, 99, "the order's date has passed")                                   \
    X(DISCONNECTED, 51, 99, 99, "canceled because its session went down")                          \
    X(MASS_CANCEL, 52, 99, 99, "canceled by a mass cancel")                                        \
    X(BY_OPERATOR, 53, 99, 99, "canceled by the operator")                                         \
    X(INELIGIBLE_CROSS, 54, 99, 99, "would rest crossed with orders that it may not trade with")   \
    X(REPLACE_BELOW_FILLED, 55, 99, 99, "new quantity is not above what is filled")                \
    X(PARKED, 56, 99, 99, "order waits for a decision")                                            \
    X(INSTRUMENT_RETIRED, 57, 99, 99, "instrument is retired")                                     \
    X(SELF_TRADE, 58, 99, 99, "would trade with the same owner")                                   \
    X(MIN_QTY_NOT_MET, 59, 99, 99, "less than the minimum quantity could be filled at once")       \
    X(LINKED, 60, 99, 99, "the order that it was linked with traded, was triggered or ended")      \
    X(LINK, 61, 99, 99, "the order to link with is not open, has traded, is linked or differs")    \
    X(LIST, 62, 99, 99, "another order of its list was refused")                                   \
    X(KILL_SWITCH, 66, 99, 99, "stopped by a kill switch")                                         \
    X(CALL_PHASE, 67, 99, 99, "not taken while the book is called to an auction")                  \
    X(AUCTION_END, 68, 99, 99, "the auction that the order was for is over")                       \
    X(PRICE_BAND, 69, 16, 99, "outside the price band around the reference or the last trade")     \
    /* risk and compliance: the rule table of risk/ */                                             \
    X(ACCOUNT_NOT_ACTIVE, 70, 99, 99, "account is not active")                                     \
    X(ACCOUNT_FROZEN, 71, 99, 99, "account is frozen for this side")                               \
    X(KYC_LEVEL, 72, 99, 99, "identity check of the account is below the instrument's level")      \
    X(KYC_EXPIRED, 73, 99, 99, "identity check of the account has expired")                        \
    X(JURISDICTION, 74, 99, 99, "instrument is not open to the account's country")                 \
    X(INVESTOR_CLASS, 75, 99, 99, "instrument is not open to the account's investor class")        \
    X(MAX_ORDER_QTY, 76, 13, 99, "quantity above the order maximum")                               \
    X(MAX_ORDER_VALUE, 77, 3, 99, "value above the order maximum")                                 \
    X(PRICE_COLLAR, 78, 99, 99, "price outside the collar around the last trade")                  \
    X(INSUFFICIENT_FUNDS, 79, 99, 99, "available balance does not cover the order")                \
    X(MAX_OPEN_ORDERS, 80, 3, 99, "too many open orders")                                          \
    X(MESSAGE_RATE, 81, 99, 99, "too many messages")                                               \
    X(PAIR_NOT_ALLOWED, 82, 99, 99, "these two parties may not trade this instrument")             \
    X(MIN_FEE_NOT_COVERED, 83, 99, 99, "proceeds would not cover the minimum fee")                 \
    X(MIN_ORDER_VALUE, 84, 99, 99, "value below the order minimum")                                \
    /* negotiated trades */                                                                        \
    X(DEAL_KIND, 90, 99, 99, "the instrument takes no negotiated trades of this kind")             \
    X(DEAL_QTY, 91, 13, 99, "quantity outside the instrument's bounds for negotiated trades")      \
    X(DEAL_COLLAR, 92, 99, 99, "price outside the collar for negotiated trades")                   \
    X(DEAL_DECLINED, 93, 99, 99, "declined by the other side")                                     \
    X(DEAL_OTHER_SIDE, 94, 99, 99, "the other side of the negotiated trade may not trade now")     \
    /* quotes */                                                                                   \
    X(QUOTE_CROSSED, 100, 99, 99, "the bid of the quote is not below its ask")                     \
    X(QUOTE_RESENT, 101, 99, 99, "a quote that may have been sent before is out of date")          \
    X(MAKER_PROTECTION, 102, 99, 99, "a limit of the maker's fills was reached: reset to go on")   \
    /* corporate actions */                                                                        \
    X(CORPORATE_ACTION, 103, 99, 99, "canceled by a corporate action of the instrument's asset")   \
    X(NOT_HALTED, 104, 99, 99, "an instrument of the asset is neither halted nor closed")          \
    X(UNSETTLED, 105, 99, 99, "amounts of the asset are still to be settled or withdrawn")         \
    /* requests for quote */                                                                       \
    X(REQUEST_UNKNOWN, 110, 99, 99, "no such request, or no such quote in answer to it")           \
    X(REQUEST_SIDE, 111, 99, 99, "the request is not for quotes of this side")                     \
    X(REQUEST_QUOTED, 112, 99, 99, "has a quote of this side in answer to the request already")    \
    X(REQUEST_QTY, 113, 13, 99, "more than the request, or the quote, has left")                   \
    X(REQUEST_OVER, 114, 99, 99, "the request that the quote answered has ended")                  \
    /* offerings */                                                                                \
    X(NO_OFFERING, 115, 2, 99, "no offering of the instrument takes subscriptions now")            \
    X(OFFERING_ON, 116, 99, 99, "an offering of the instrument is under way")                      \
    X(OFFERING_PRICE, 117, 99, 99, "price outside the range of the offering")                      \
    X(OFFERING_QTY, 118, 13, 99, "quantity outside the offering's bounds for a subscription")      \
    X(OFFERING_CAP, 119, 3, 99, "more than an account may subscribe to in the offering")           \
    X(OFFERING_BINDS, 120, 99, 0, "the subscription stands: it binds, or the window is over")      \
    X(NOT_ALLOTTED, 121, 99, 99, "not allotted in the offering")                                   \
    X(OFFERING_FAILED, 122, 99, 99, "less than the offering's minimum was subscribed to")          \
    X(OFFERING_WITHDRAWN, 123, 99, 99, "the offering was withdrawn")

enum reason {
#define REASON_ENUM(name, value, fix103, fix102, text) REASON_##name = value,
    REASON_LIST(REASON_ENUM)
#undef REASON_ENUM
};

const char *
reason_name(uint32_t reason); /* "PRICE_OFF_TICK"; "UNKNOWN" for a value that is not in the list */
const char *reason_text(uint32_t reason); /* the sentence for people */
int reason_fix_ord_rej(uint32_t reason);  /* FIX 103 */
int reason_fix_cxl_rej(uint32_t reason);  /* FIX 102 */

#endif
