#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/fix/fix_deal.h"
#include "gateway/fix/fix_report.h"
#include "gateway/fix/fix_rfq.h"
#include "tests/unit/gateway/fix/fix_text.h"

/* Requests for quote and negotiated trades: R, S, AJ, AE and D with 40=D to commands, their events
 * to R, S, AI, AG, AE, AR. */

static struct fix_instruments *instruments;
static const struct fix_account accounts[] = {{.name = "FUND", .account_id = 8, .tenant_id = 3}};
static const struct fix_session_config config = {
    .session_id = 1, .account_id = 7, .accounts = accounts, .account_cnt = 1};

static int
learn(void **state)
{
    (void)state;
    struct event_instrument e = {
        .instrument_id = 5, .price_scale = 2, .lot_units = 10, .asset_scale = 1};
    memcpy(e.symbol, "ABC", 3);
    instruments = fix_instruments_new(4);
    assert_non_null(instruments);
    assert_true(fix_instruments_learn(instruments, &e));
    return 0;
}

static int
forget(void **state)
{
    (void)state;
    fix_instruments_free(instruments);
    return 0;
}

/* With the TransactTime that nearly all of them want. */
static uint32_t
check(const char *type, const char *fields, struct fix_checked *checked)
{
    char timed[800];
    (void)snprintf(timed, sizeof(timed), "60=20260101-10:00:00|%s", fields);
    return fix_text_check(type, timed, checked);
}

static struct fix_checked
good(const char *type, const char *fields)
{
    struct fix_checked checked;
    assert_int_equal(check(type, fields, &checked), 0);
    return checked;
}

static enum reason
request(const char *fields, struct command_request *out)
{
    struct fix_checked m = good("R", fields);
    return fix_rfq_request(&m, instruments, &config, out);
}

static enum reason
quote(const char *fields, struct command_request_quote *out)
{
    struct fix_checked m = good("S", fields);
    return fix_rfq_quote(&m, instruments, &config, out);
}

static enum reason
hit(const char *type, const char *fields, struct command_request_hit *out)
{
    struct fix_checked m = good(type, fields);
    assert_true(fix_rfq_hits(&m));
    return fix_rfq_hit(&m, instruments, &config, out);
}

static enum reason
deal(const char *fields, union fix_deal_command *out)
{
    struct fix_checked m = good("AE", fields);
    return fix_deal_read(&m, instruments, &config, out);
}

#define ASKED "131=r1|146=1|55=ABC|38=3|"

static void
test_request_becomes_a_command(void **state)
{
    (void)state;
    struct command_request r;
    assert_int_equal(request(ASKED "54=2|126=20260102-00:00:00|18=Q|1091=N|1171=Y|"
                                   "453=2|448=9|447=D|452=17|448=FUND|447=D|452=17|",
                             &r),
                     0);
    assert_int_equal(r.cmd.rec.type, COMMAND_REQUEST);
    assert_int_equal(r.cmd.account_id, 7);
    assert_memory_equal(r.cmd.id.text, "r1", 3);
    assert_int_equal(r.instrument_id, 5);
    assert_int_equal(r.side, SIDE_SELL);
    assert_int_equal(r.disclosed, 1);
    assert_int_equal(r.qty_lots, 3);
    assert_int_equal(r.expire_ns, 1767312000000000000); /* date -u -d 2026-01-02 +%s */
    assert_int_equal(r.exec_inst, EXEC_CANCEL_ON_DISCONNECT);
    assert_int_equal(r.to_cnt, 2);
    assert_int_equal(r.to_account_ids[0], 9);
    assert_int_equal(r.to_account_ids[1], 8);
    assert_int_equal(request(ASKED "1=FUND|", &r), 0);
    assert_int_equal(r.cmd.account_id, 8);
    assert_int_equal(r.cmd.tenant_id, 3);
    assert_int_equal(r.side, 0);
    assert_int_equal(r.disclosed, 0);
    assert_int_equal(r.to_cnt, 0);
}

static void
test_request_that_cannot_be_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        ASKED "18=G|",                      /* not of a request */
        ASKED "1171=Y|",                    /* to named ones, without names */
        ASKED "1171=N|453=1|448=9|452=17|", /* to all, with names */
        ASKED "453=2|448=9|452=17|",        /* one, not two */
        ASKED "453=1|448=9|",               /* no role */
        ASKED "453=1|448=9|452=1|",         /* not the other side */
        ASKED "453=1|452=17|448=9|",        /* a role of nobody yet */
        ASKED "453=9|448=1|452=17|448=2|452=17|448=3|452=17|448=4|452=17|448=5|452=17|448=6|452=17|"
              "448=9|452=17|448=10|452=17|448=11|452=17|"}; /* one more than fits */
    struct command_request r;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(request(wrong[i], &r), REASON_BAD_FIELD);
    assert_int_equal(request(ASKED "453=1|448=nobody|452=17|", &r), REASON_UNKNOWN_ACCOUNT);
    assert_int_equal(request("131=r1|146=1|55=NONE|38=3|", &r), REASON_UNKNOWN_INSTRUMENT);
    assert_int_equal(request("131=r1|146=1|55=ABC|38=0.5|", &r), REASON_QTY_OFF_LOT);
    struct fix_checked c;
    assert_int_equal(check("R", "131=r1|146=2|55=ABC|38=3|", &c), 146);
    assert_int_equal(check("R", "131=r1|146=1|55=ABC|55=ABC|38=3|", &c), 55);
    assert_int_equal(check("R", ASKED "62=20260102-00:00:00|", &c), 62);
    assert_int_equal(check("R", ASKED "537=0|", &c), 537);
}

static void
test_quote_of_one_side_or_two_becomes_a_command(void **state)
{
    (void)state;
    struct command_request_quote q;
    assert_int_equal(quote("131=77|117=q1|55=ABC|132=99.5|134=2|133=100|135=3|537=1|"
                           "62=20260102-00:00:00|",
                           &q),
                     0);
    assert_int_equal(q.cmd.rec.type, COMMAND_REQUEST_QUOTE);
    assert_int_equal(q.request_id, 77);
    assert_int_equal(q.bid_price_units, 9950);
    assert_int_equal(q.bid_qty_lots, 2);
    assert_int_equal(q.ask_price_units, 10000);
    assert_int_equal(q.ask_qty_lots, 3);
    assert_int_equal(q.expire_ns, 1767312000000000000);
    assert_memory_equal(q.ask_id.text, "q1.A", 5);
    assert_int_equal(quote("131=77|117=q1|55=ABC|133=100|135=3|", &q), 0);
    assert_int_equal(q.bid_qty_lots, 0);
    assert_int_equal(q.ask_id.length, 0);
    assert_int_equal(quote("131=77|117=q1|55=ABC|133=100|", &q), REASON_BAD_FIELD);
    assert_int_equal(quote("131=r1|117=q1|55=ABC|133=100|135=1|", &q), REASON_REQUEST_UNKNOWN);
    assert_int_equal(quote("131=77|117=12345678901234567890123456789012345|55=ABC|"
                           "132=1|134=1|133=2|135=1|",
                           &q),
                     REASON_BAD_CLIENT_ID); /* 35 characters: ".A" does not fit */
}

static void
test_quote_is_taken_by_an_order_or_a_response(void **state)
{
    (void)state;
    struct command_request_hit h;
    assert_int_equal(hit("D", "11=h1|117=42|55=ABC|54=1|38=2|40=D|59=3|", &h), 0);
    assert_int_equal(h.cmd.rec.type, COMMAND_REQUEST_HIT);
    assert_memory_equal(h.cmd.id.text, "h1", 3);
    assert_int_equal(h.quote_id, 42);
    assert_int_equal(h.side, SIDE_BUY);
    assert_int_equal(h.qty_lots, 2);
    assert_int_equal(hit("AJ", "693=p1|694=1|117=42|11=h2|55=ABC|", &h), 0);
    assert_memory_equal(h.cmd.id.text, "h2", 3);
    assert_int_equal(h.side, 0);
    assert_int_equal(h.qty_lots, 0);
    assert_int_equal(hit("AJ", "693=p1|694=1|117=42|55=ABC|", &h), REASON_BAD_CLIENT_ID);
    assert_int_equal(hit("D", "11=h1|117=x|55=ABC|54=1|38=2|40=D|", &h), REASON_REQUEST_UNKNOWN);
    assert_int_equal(hit("D", "11=h1|55=ABC|54=1|38=2|40=D|", &h), REASON_REQUEST_UNKNOWN);
    assert_int_equal(hit("D", "11=h1|117=42|55=ABC|54=1|38=2|40=2|44=9|", &h), REASON_BAD_FIELD);
    assert_int_equal(hit("D", "11=h1|117=42|55=ABC|54=1|38=2|40=D|44=9|", &h), REASON_BAD_FIELD);
    assert_int_equal(hit("D", "11=h1|117=42|55=ABC|54=1|38=2|40=D|18=6|", &h), REASON_BAD_FIELD);
}

static void
test_quote_is_passed(void **state)
{
    (void)state;
    struct command_request_pass p;
    struct fix_checked m = good("AJ", "693=p1|694=6|117=42|55=ABC|");
    assert_false(fix_rfq_hits(&m));
    assert_int_equal(fix_rfq_pass(&m, instruments, &config, &p), 0);
    assert_int_equal(p.cmd.rec.type, COMMAND_REQUEST_PASS);
    assert_memory_equal(p.cmd.id.text, "p1", 3);
    assert_int_equal(p.quote_id, 42);
    m = good("AJ", "693=p1|694=6|117=42|55=ABC|38=1|");
    assert_int_equal(fix_rfq_pass(&m, instruments, &config, &p), REASON_BAD_FIELD);
    assert_int_equal(check("AJ", "693=p1|694=2|117=42|55=ABC|", &m), 694); /* no counters */
}

#define TRADE "570=N|55=ABC|32=3|31=100.5|75=20260101|"

static void
test_trade_report_becomes_a_pair_or_a_proposal(void **state)
{
    (void)state;
    union fix_deal_command c;
    assert_int_equal(
        deal("571=t1|856=0|828=1|1123=1|" TRADE "552=2|54=1|11=t1|54=2|1=9|11=t2|", &c), 0);
    assert_int_equal(c.deal.cmd.rec.type, COMMAND_DEAL);
    assert_memory_equal(c.deal.cmd.id.text, "t1", 3);
    assert_memory_equal(c.deal.to_id.text, "t2", 3);
    assert_int_equal(c.deal.cmd.account_id, 7);
    assert_int_equal(c.deal.to_account_id, 9);
    assert_int_equal(c.deal.side, SIDE_BUY);
    assert_int_equal(c.deal.kind, DEAL_BLOCK);
    assert_int_equal(c.deal.price_units, 10050);
    assert_int_equal(c.deal.qty_lots, 3);
    assert_int_equal(deal("571=t1|828=22|" TRADE "552=2|54=2|1=FUND|54=1|1=9|", &c), 0);
    assert_int_equal(c.deal.cmd.rec.type, COMMAND_DEAL_PROPOSE);
    assert_int_equal(c.deal.cmd.account_id, 8);
    assert_int_equal(c.deal.cmd.tenant_id, 3);
    assert_int_equal(c.deal.side, SIDE_SELL);
    assert_int_equal(c.deal.kind, DEAL_PRIVATE);
    assert_int_equal(c.deal.to_id.length, 0);
    assert_int_equal(deal("571=t1|828=3|" TRADE "552=2|54=2|54=1|1=9|", &c), 0);
    assert_int_equal(c.deal.kind, DEAL_TRANSFER);
}

static void
test_trade_report_answers_a_proposal(void **state)
{
    (void)state;
    union fix_deal_command c;
    assert_int_equal(deal("571=a1|856=2|572=55|" TRADE "552=2|54=2|54=1|", &c), 0);
    assert_int_equal(c.answer.cmd.rec.type, COMMAND_DEAL_ANSWER);
    assert_int_equal(c.answer.deal_id, 55);
    assert_int_equal(c.answer.accept, 1);
    assert_memory_equal(c.answer.cmd.id.text, "a1", 3);
    assert_int_equal(deal("571=a1|856=3|572=55|" TRADE "552=2|54=2|1=FUND|54=1|", &c), 0);
    assert_int_equal(c.answer.accept, 0);
    assert_int_equal(c.answer.cmd.account_id, 8);
    assert_int_equal(deal("571=a1|856=3|" TRADE "552=2|54=2|54=1|", &c), REASON_UNKNOWN_ORDER);
    struct fix_checked m;
    assert_int_equal(check("AE", "571=a1|856=6|" TRADE "552=2|54=2|54=1|", &m), 856);
}

static void
test_trade_report_that_cannot_be_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *fields;
        enum reason reason;
    } wrong[] = {
        {"571=t|828=1|" TRADE "552=2|54=1|", REASON_BAD_FIELD},                 /* one side */
        {"571=t|828=1|" TRADE "552=2|54=1|54=2|1=9|54=1|", REASON_BAD_FIELD},   /* three */
        {"571=t|828=1|1=7|" TRADE "552=2|54=1|54=2|1=9|", REASON_BAD_FIELD},    /* of no side */
        {"571=t|828=1|" TRADE "552=2|54=1|54=2|1=9|1=10|", REASON_BAD_FIELD},   /* twice */
        {"571=t|828=1|" TRADE "552=2|54=1|11=x|54=2|1=9|", REASON_BAD_FIELD},   /* two ids of one */
        {"571=t|828=1|1123=1|" TRADE "552=2|54=1|54=2|1=9|", REASON_BAD_FIELD}, /* no second id */
        {"571=t|828=1|" TRADE "552=2|54=1|54=2|1=9|11=u|", REASON_BAD_FIELD},   /* not yet */
        {"571=t|828=1|572=4|" TRADE "552=2|54=1|54=2|1=9|", REASON_BAD_FIELD},
        {"571=t|828=1|" TRADE "552=2|54=1|54=1|1=9|", REASON_BAD_SIDE},
        {"571=t|828=0|" TRADE "552=2|54=1|54=2|1=9|", REASON_DEAL_KIND},
        {"571=t|" TRADE "552=2|54=1|54=2|1=9|", REASON_DEAL_KIND},
        {"571=t|828=1|" TRADE "552=2|54=1|54=2|", REASON_UNKNOWN_ACCOUNT},
        {"571=t|828=1|" TRADE "552=2|54=1|1=9|54=2|1=10|", REASON_UNKNOWN_ACCOUNT},
        {"571=t|828=1|570=N|55=ABC|32=0.5|31=1|75=20260101|552=2|54=1|54=2|1=9|",
         REASON_QTY_OFF_LOT},
        {"571=t|828=1|570=N|55=XYZ|32=1|31=1|75=20260101|552=2|54=1|54=2|1=9|",
         REASON_UNKNOWN_INSTRUMENT},
    };
    union fix_deal_command c;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(deal(wrong[i].fields, &c), wrong[i].reason);
}

/* --- reports --- */

/* The body of the report of this event, with '|' for the separator. */
static const char *
report(const struct event *ev, bool other)
{
    static char text[FIX_OUT_MAX];
    struct fix_time_cache clock = {0};
    struct fix_writer w = {.base = text, .at = text, .limit = text + sizeof(text)};
    const struct fix_report_context x = {
        .instruments = instruments, .config = &config, .clock = &clock};
    fix_report_event(&w, ev, other, &x);
    *w.at = '\0';
    for (char *at = text; at < w.at; at++)
        *at = *at == FIX_SOH ? '|' : *at;
    return text;
}

static struct client_id
id_of(const char *text)
{
    struct client_id id = {.length = (uint8_t)strlen(text)};
    memcpy(id.text, text, id.length);
    return id;
}

static void
test_request_is_told_to_who_asked_and_to_makers(void **state)
{
    (void)state;
    struct event_request e = {.request_id = 77,
                              .account_id = 7,
                              .requester_id = 7,
                              .instrument_id = 5,
                              .side = SIDE_BUY,
                              .state = REQUEST_OPEN,
                              .qty_lots = 3,
                              .leaves_lots = 3,
                              .expire_ns = 1767312000000000000,
                              .id = id_of("r1")};
    e.ev.rec.type = EVENT_REQUEST;
    e.ev.session_id = 1;
    assert_string_equal(fix_report_type(&e.ev, false), "AI");
    assert_string_equal(report(&e.ev, false),
                        "131=r1|117=77|55=ABC|54=1|38=3|1=7|126=20260102-00:00:00.000|"
                        "60=19700101-00:00:00.000|297=10|");
    e.state = REQUEST_EXPIRED;
    e.leaves_lots = 0;
    e.reason = REASON_GOOD_TILL_DATE;
    assert_string_equal(report(&e.ev, false),
                        "131=r1|117=77|55=ABC|54=1|38=0|1=7|126=20260102-00:00:00.000|"
                        "60=19700101-00:00:00.000|297=7|58=the order's date has passed|");
    e = (struct event_request){.ev = e.ev,
                               .request_id = 77,
                               .requester_id = 7,
                               .instrument_id = 5,
                               .state = REQUEST_OPEN,
                               .disclosed = 1,
                               .leaves_lots = 3};
    e.ev.session_id = 0;
    assert_string_equal(fix_report_type(&e.ev, false), "R");
    assert_string_equal(report(&e.ev, false),
                        "131=77|1091=N|1171=N|146=1|55=ABC|537=1|38=3|60=19700101-00:00:00.000|"
                        "453=1|448=7|447=D|452=17|");
    e.state = REQUEST_TRADED;
    assert_string_equal(fix_report_type(&e.ev, false), "AI");
    assert_string_equal(report(&e.ev, false), "131=77|117=77|55=ABC|38=3|"
                                              "60=19700101-00:00:00.000|297=6|58=traded|");
}

static void
test_quote_is_told_to_its_maker_and_to_who_asked(void **state)
{
    (void)state;
    struct event_request_quote e = {.request_id = 77,
                                    .quote_id = 42,
                                    .account_id = 8,
                                    .instrument_id = 5,
                                    .side = SIDE_SELL,
                                    .state = REQUEST_OPEN,
                                    .mine = 1,
                                    .price_units = 10000,
                                    .leaves_lots = 2,
                                    .id = id_of("q1")};
    e.ev.rec.type = EVENT_REQUEST_QUOTE;
    assert_string_equal(fix_report_type(&e.ev, false), "AI");
    assert_string_equal(report(&e.ev, false), "131=77|117=q1|537=1|55=ABC|1=FUND|133=100|135=2|"
                                              "60=19700101-00:00:00.000|297=0|");
    e.mine = 0;
    e.id = id_of("r1");
    e.account_id = 7;
    e.other_id = 8;
    assert_string_equal(fix_report_type(&e.ev, false), "S");
    assert_string_equal(report(&e.ev, false),
                        "131=r1|117=42|537=1|453=1|448=8|447=D|452=17|55=ABC|1=7|133=100|135=2|"
                        "60=19700101-00:00:00.000|");
    e.state = REQUEST_CANCELED;
    e.other_id = 0;
    e.side = SIDE_BUY;
    e.leaves_lots = 0;
    assert_string_equal(fix_report_type(&e.ev, false), "AI");
    assert_string_equal(report(&e.ev, false), "131=r1|117=42|537=1|55=ABC|1=7|132=100|134=0|"
                                              "60=19700101-00:00:00.000|297=6|");
}

static void
test_refusals_have_the_message_of_their_kind(void **state)
{
    (void)state;
    struct event_reject r = {.command_type = COMMAND_REQUEST,
                             .account_id = 7,
                             .reason = REASON_DEAL_KIND,
                             .id = id_of("x")};
    r.ev.rec.type = EVENT_COMMAND_RESULT;
    assert_string_equal(fix_report_type(&r.ev, false), "AG");
    assert_string_equal(
        report(&r.ev, false),
        "131=x|658=8|146=1|55=[N/A]|58=the instrument takes no negotiated trades of this kind|");
    r.reason = REASON_BAD_FIELD;
    r.detail = offsetof(struct command_request, to_account_ids) + 4;
    assert_string_equal(report(&r.ev, false),
                        "131=x|658=99|146=1|55=[N/A]|"
                        "58=a field has a value outside its range: PartyID (448)|");
    r.command_type = COMMAND_REQUEST_QUOTE;
    r.reason = REASON_REQUEST_UNKNOWN;
    assert_string_equal(fix_report_type(&r.ev, false), "AI");
    assert_string_equal(report(&r.ev, false),
                        "117=x|55=[N/A]|60=19700101-00:00:00.000|297=5|"
                        "58=no such request, or no such quote in answer to it|");
    r.command_type = COMMAND_REQUEST_HIT;
    r.order_id = 42;
    assert_string_equal(fix_report_type(&r.ev, false), "8");
    assert_memory_equal(report(&r.ev, false), "37=NONE|11=x|17=0|150=8|39=8|", 29);
    r.command_type = COMMAND_REQUEST_PASS;
    assert_string_equal(fix_report_type(&r.ev, false), "AI");
    r.reason = 0;
    assert_string_equal(report(&r.ev, false),
                        "117=42|693=x|55=[N/A]|60=19700101-00:00:00.000|297=11|");
    r.command_type = COMMAND_DEAL_PROPOSE;
    r.reason = REASON_UNKNOWN_ACCOUNT;
    assert_string_equal(fix_report_type(&r.ev, false), "AR");
    assert_string_equal(report(&r.ev, false),
                        "571=x|150=8|939=1|751=1|55=[N/A]|60=19700101-00:00:00.000|1=7|"
                        "58=unknown account|");
    r.command_type = COMMAND_DEAL_ANSWER;
    r.reason = 0;
    assert_string_equal(report(&r.ev, false), "571=x|572=42|150=0|939=0|55=[N/A]|"
                                              "60=19700101-00:00:00.000|1=7|");
}

static void
test_deal_is_told_to_both_sides(void **state)
{
    (void)state;
    struct event_deal e = {.deal_id = 55,
                           .account_id = 7,
                           .to_account_id = 9,
                           .instrument_id = 5,
                           .side = SIDE_BUY,
                           .kind = DEAL_BLOCK,
                           .state = DEAL_PROPOSED,
                           .price_units = 10050,
                           .qty_lots = 3,
                           .id = id_of("t1")};
    e.ev.rec.type = EVENT_DEAL;
    assert_string_equal(fix_report_type(&e.ev, false), "AR");
    assert_string_equal(report(&e.ev, false), "571=t1|856=0|828=1|150=0|939=0|818=55|55=ABC|"
                                              "60=19700101-00:00:00.000|1=7|");
    assert_string_equal(fix_report_type(&e.ev, true), "AE");
    assert_string_equal(report(&e.ev, true),
                        "571=55|487=0|856=1|828=1|1123=3|150=0|570=N|55=ABC|32=3|31=100.5|"
                        "75=19700101|60=19700101-00:00:00.000|573=1|552=2|54=2|37=NONE|1=9|"
                        "54=1|37=55|1=7|");
    e.state = DEAL_EXECUTED;
    assert_string_equal(fix_report_type(&e.ev, false), "AE");
    assert_string_equal(report(&e.ev, false),
                        "571=55|487=0|856=0|828=1|1123=0|150=F|572=t1|570=N|55=ABC|32=3|31=100.5|"
                        "75=19700101|60=19700101-00:00:00.000|573=0|552=2|54=1|37=55|11=t1|1=7|"
                        "54=2|37=NONE|1=9|");
    e.state = DEAL_DECLINED;
    e.reason = REASON_DEAL_DECLINED;
    e.kind = DEAL_PRIMARY; /* which 828 cannot say */
    assert_string_equal(report(&e.ev, true),
                        "571=55|487=1|856=3|1123=3|150=4|570=N|55=ABC|32=3|31=100.5|"
                        "75=19700101|60=19700101-00:00:00.000|573=1|552=2|54=2|37=NONE|1=9|"
                        "54=1|37=55|1=7|");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_request_becomes_a_command),
        cmocka_unit_test(test_request_that_cannot_be_is_refused),
        cmocka_unit_test(test_quote_of_one_side_or_two_becomes_a_command),
        cmocka_unit_test(test_quote_is_taken_by_an_order_or_a_response),
        cmocka_unit_test(test_quote_is_passed),
        cmocka_unit_test(test_trade_report_becomes_a_pair_or_a_proposal),
        cmocka_unit_test(test_trade_report_answers_a_proposal),
        cmocka_unit_test(test_trade_report_that_cannot_be_is_refused),
        cmocka_unit_test(test_request_is_told_to_who_asked_and_to_makers),
        cmocka_unit_test(test_quote_is_told_to_its_maker_and_to_who_asked),
        cmocka_unit_test(test_refusals_have_the_message_of_their_kind),
        cmocka_unit_test(test_deal_is_told_to_both_sides),
    };
    return cmocka_run_group_tests(tests, learn, forget);
}
