#include "tools/load/load.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/clock.h"
#include "tools/flow/flow_text.h"
#include "tools/load/load_print.h"

/* A venue of a few lines, and a clock that moves only when somebody waits. */

enum { MESSAGE_MAX = 4096 };

struct message {
    uint32_t session;
    uint8_t kind;
    char id[LOAD_ID_MAX], orig[LOAD_ID_MAX];
    int64_t sent_ns, answer_ns;
};

struct venue {
    struct load *load;
    int64_t now_ns, delay_ns;
    int64_t stall_from_ns, stall_to_ns; /* takes nothing */
    struct message messages[MESSAGE_MAX];
    uint32_t cnt, answered;
    bool up[LOAD_SESSION_MAX], silent, never_up;
    const char *reject; /* answers every new order so */
    struct link {
        struct venue *venue;
        uint32_t session;
    } links[LOAD_SESSION_MAX];
};

static int
fake_connect(void *self, struct error *err)
{
    struct link *k = self;
    (void)err;
    k->venue->up[k->session] = !k->venue->never_up;
    return 0;
}

static bool
fake_up(const void *self)
{
    const struct link *k = self;
    return k->venue->up[k->session];
}

static int
fake_send(void *self, const struct load_message *m)
{
    struct link *k = self;
    struct venue *v = k->venue;
    if (v->now_ns >= v->stall_from_ns && v->now_ns < v->stall_to_ns)
        return ERR_NO_SPACE;
    assert_true(v->cnt < MESSAGE_MAX);
    struct message *to = &v->messages[v->cnt++];
    *to = (struct message){.session = k->session,
                           .kind = m->kind,
                           .sent_ns = v->now_ns,
                           .answer_ns = v->now_ns + v->delay_ns};
    snprintf(to->id, sizeof to->id, "%s", m->id);
    snprintf(to->orig, sizeof to->orig, "%s", m->orig);
    return 0;
}

static void
fake_logout(void *self)
{
    struct link *k = self;
    k->venue->up[k->session] = false;
    load_on_down(k->venue->load, k->session, "logged out");
}

static const struct load_link_ops fake_ops = {
    .connect = fake_connect, .up = fake_up, .send = fake_send, .logout = fake_logout};

static void
report(struct venue *v, uint32_t session, enum load_answer answer, const char *id, const char *text)
{
    load_on_report(v->load, session,
                   &(struct load_report){.answer = answer,
                                         .id = id,
                                         .id_bytes = strlen(id),
                                         .text = text,
                                         .text_bytes = text ? strlen(text) : 0});
}

static int64_t
fake_now(void *self)
{
    return ((struct venue *)self)->now_ns;
}

static void
fake_poll(void *self)
{
    static const enum load_answer answers[] = {0, LOAD_ACCEPTED, LOAD_CANCELED, LOAD_REPLACED};
    struct venue *v = self;
    while (!v->silent && v->answered < v->cnt && v->messages[v->answered].answer_ns <= v->now_ns) {
        const struct message *m = &v->messages[v->answered++];
        if (v->reject && m->kind == FLOW_NEW)
            report(v, m->session, LOAD_REJECTED, m->id, v->reject);
        else
            report(v, m->session, answers[m->kind], m->id, NULL);
    }
}

static void
fake_wait(void *self, int64_t deadline_ns)
{
    struct venue *v = self;
    int64_t next =
        v->answered < v->cnt && !v->silent ? v->messages[v->answered].answer_ns : deadline_ns;
    next = next < deadline_ns ? next : deadline_ns;
    v->now_ns = next > v->now_ns ? next : v->now_ns + 1000;
}

static struct load_driver
driver_of(struct venue *v)
{
    return (struct load_driver){v, fake_now, fake_poll, fake_wait};
}

static void
run(struct venue *v, const struct flow *f, const struct load_options *options, uint32_t sessions)
{
    struct error err = {0};
    struct load_driver driver = driver_of(v);
    v->now_ns = v->now_ns ? v->now_ns : 1000000000;
    v->delay_ns = v->delay_ns ? v->delay_ns : 50000;
    assert_int_equal(load_open(&v->load, f, options, sessions, &err), 0);
    for (uint32_t i = 0; i < sessions; i++) {
        v->links[i] = (struct link){v, i};
        load_link_set(v->load, i, (struct load_link){&fake_ops, &v->links[i]});
    }
    assert_int_equal(load_run(v->load, &driver, NULL, NULL, &err), 0);
}

/* A flow of n limit orders, dealt to `clients`, 1 ms apart. */
static void
orders(struct flow *f, uint32_t n, uint8_t clients)
{
    uint16_t index;
    struct error err = {0};
    flow_init(f, "orders");
    assert_int_equal(flow_instrument_add(f, "ACME-AUD", 2, 0, &index, &err), 0);
    for (uint32_t i = 0; i < n; i++)
        flow_append(f, &(struct flow_op){.time_ns = i * 1000000ll,
                                         .price_units = 1000,
                                         .qty_units = 1,
                                         .order = i + 1,
                                         .client = (uint8_t)(i % clients),
                                         .kind = FLOW_NEW,
                                         .side = SIDE_BUY,
                                         .ord_type = ORD_LIMIT,
                                         .tif = TIF_GTC,
                                         .source = FLOW_GENERATED});
}

static struct venue *
venue_new(void)
{
    struct venue *v = calloc(1, sizeof *v);
    assert_non_null(v);
    return v;
}

static void
venue_free(struct venue *v, struct flow *f)
{
    load_close(v->load);
    free(v);
    flow_fini(f);
}

static void
test_load_sends_all_and_counts_answers(void **state)
{
    struct flow f;
    struct venue *v = venue_new();
    (void)state;
    orders(&f, 1000, 4);
    run(v, &f, &(struct load_options){.rate = 10000, .run_id = 1}, 4);
    const struct load_result *r = load_result(v->load);
    assert_true(load_clean(v->load));
    assert_int_equal(r->by_source[FLOW_GENERATED].sent[FLOW_NEW], 1000);
    assert_int_equal(r->by_source[FLOW_GENERATED].accepted, 1000);
    assert_int_equal(r->order_sent.cnt, 1000);
    /* the answer comes 50 us after the sending, to within a bucket */
    assert_in_range(histogram_at(&r->order_sent, 5000), 49000, 52000);
    venue_free(v, &f);
}

static void
test_load_arrivals_do_not_wait_for_answers(void **state)
{
    struct flow f;
    struct venue *v = venue_new();
    (void)state;
    orders(&f, 1000, 1);
    v->delay_ns = 3 * (int64_t)CLOCK_NS_PER_S; /* far longer than the whole flow takes */
    run(v, &f, &(struct load_options){.rate = 1000, .run_id = 1, .drain_s = 10}, 1);
    int64_t took = v->messages[999].sent_ns - v->messages[0].sent_ns;
    assert_in_range(took, 900000000, 1100000000); /* 1000 at 1000/s */
    assert_true(load_clean(v->load));
    venue_free(v, &f);
}

/* A venue that takes nothing for a second is charged for what had to wait. */
static void
test_load_charges_a_stall_from_when_orders_were_due(void **state)
{
    struct flow f;
    struct venue *v = venue_new();
    (void)state;
    orders(&f, 2000, 2);
    v->stall_from_ns = 1500000000; /* the run starts at 1 s */
    v->stall_to_ns = 2500000000;
    run(v, &f, &(struct load_options){.rate = 1000, .run_id = 1}, 2);
    const struct load_result *r = load_result(v->load);
    /* half of the orders were due in the stall: 1000 ms, evenly spread */
    assert_in_range(histogram_at(&r->order_intended, 7500), 400000000, 600000000);
    assert_in_range(histogram_at(&r->order_intended, 9900), 900000000, 1100000000);
    assert_in_range(histogram_at(&r->order_sent, 9900), 49000, 52000);
    venue_free(v, &f);
}

static void
test_load_without_a_rate_keeps_window_and_order(void **state)
{
    struct flow f;
    struct venue *v = venue_new();
    uint32_t outstanding = 0, most = 0, answered = 0;
    (void)state;
    orders(&f, 500, 3);
    run(v, &f, &(struct load_options){.window = 5, .run_id = 1}, 3);
    for (uint32_t i = 0; i < v->cnt; i++) {
        while (v->messages[answered].answer_ns <= v->messages[i].sent_ns && answered < i) {
            answered++;
            outstanding--;
        }
        outstanding++;
        most = outstanding > most ? outstanding : most;
        assert_int_equal(v->messages[i].session, i % 3); /* the flow's order over all sessions */
    }
    assert_true(most <= 15);
    assert_int_equal(v->cnt, 500);
    venue_free(v, &f);
}

static void
test_load_with_a_window_sends_the_next_when_the_answer_is_there(void **state)
{
    struct flow f;
    struct venue *v = venue_new();
    (void)state;
    orders(&f, 100, 1);
    run(v, &f, &(struct load_options){.window = 1, .run_id = 1}, 1);
    int64_t took_ns = v->messages[v->cnt - 1].sent_ns - v->messages[0].sent_ns;
    assert_in_range(took_ns, 99 * v->delay_ns, 100 * v->delay_ns);
    venue_free(v, &f);
}

static void
test_load_unanswered_is_not_clean(void **state)
{
    struct flow f;
    struct venue *v = venue_new();
    (void)state;
    orders(&f, 10, 1);
    v->silent = true;
    run(v, &f, &(struct load_options){.rate = 1000, .run_id = 1, .drain_s = 1}, 1);
    assert_int_equal(load_result(v->load)->unanswered, 10);
    assert_false(load_clean(v->load));
    venue_free(v, &f);
}

static void
test_load_sessions_that_do_not_come_up_are_an_error(void **state)
{
    struct flow f;
    struct error err = {0};
    struct venue *v = venue_new();
    struct load_driver driver = driver_of(v);
    (void)state;
    orders(&f, 10, 1);
    v->never_up = true;
    assert_int_equal(load_open(&v->load, &f, &(struct load_options){.run_id = 1}, 1, &err), 0);
    v->links[0] = (struct link){v, 0};
    load_link_set(v->load, 0, (struct load_link){&fake_ops, &v->links[0]});
    assert_int_equal(load_run(v->load, &driver, NULL, NULL, &err), ERR_TIMEOUT);
    assert_non_null(strstr(err.text, "0 of 1 sessions"));
    venue_free(v, &f);
}

static void
test_load_counts_rejects_by_reason(void **state)
{
    struct flow f;
    struct venue *v = venue_new();
    (void)state;
    orders(&f, 20, 1);
    v->reject = "no balance";
    run(v, &f, &(struct load_options){.rate = 1000, .run_id = 1}, 1);
    report(v, 0, LOAD_PROTOCOL, "", "tag 38 missing");
    report(v, 0, LOAD_REFUSED, "someone-else-1", "unknown message");
    const struct load_result *r = load_result(v->load);
    assert_int_equal(r->by_source[FLOW_GENERATED].rejected, 20);
    assert_int_equal(r->reason_cnt, 3);
    assert_string_equal(r->reasons[0].text, "no balance");
    assert_int_equal(r->reasons[0].cnt, 20);
    assert_int_equal(r->protocol_errors, 2);
    assert_false(load_clean(v->load));
    venue_free(v, &f);
}

static void
test_load_reports_of_other_runs_and_second_answers_count_for_nothing(void **state)
{
    struct flow f;
    struct venue *v = venue_new();
    (void)state;
    orders(&f, 3, 1);
    run(v, &f, &(struct load_options){.rate = 1000, .run_id = 36 * 36}, 1);
    assert_string_equal(v->messages[2].id, "L100-2");
    report(v, 0, LOAD_FILL, "L0ZZ-1", NULL);
    report(v, 0, LOAD_FILL, "L100-3", NULL); /* the flow has no such operation */
    report(v, 0, LOAD_ACCEPTED, "L100-2", NULL);
    const struct load_result *r = load_result(v->load);
    assert_int_equal(r->other_runs, 2);
    assert_int_equal(r->by_source[FLOW_GENERATED].accepted, 3);
    assert_true(load_clean(v->load));
    venue_free(v, &f);
}

static void
test_load_a_lost_session_is_told_and_the_others_go_on(void **state)
{
    struct flow f;
    struct venue *v = venue_new();
    struct error err = {0};
    struct load_driver driver = driver_of(v);
    (void)state;
    orders(&f, 100, 2);
    v->now_ns = 1000000000;
    v->delay_ns = 1000;
    assert_int_equal(load_open(&v->load, &f, &(struct load_options){.run_id = 1}, 2, &err), 0);
    for (uint32_t i = 0; i < 2; i++) {
        v->links[i] = (struct link){v, i};
        load_link_set(v->load, i, (struct load_link){&fake_ops, &v->links[i]});
    }
    /* down already when the sending starts: what load_run meets is a session that is lost */
    assert_int_equal(load_run(v->load, &driver, NULL, NULL, &err), 0);
    assert_true(load_clean(v->load));
    load_close(v->load);
    assert_int_equal(load_open(&v->load, &f, &(struct load_options){.run_id = 2}, 2, &err), 0);
    load_on_down(v->load, 1, "the venue closed the connection");
    assert_int_equal(load_result(v->load)->lost_sessions, 1);
    assert_string_equal(load_result(v->load)->lost_why, "the venue closed the connection");
    assert_false(load_clean(v->load));
    venue_free(v, &f);
}

static void
read_flow(struct flow *f, const char *text)
{
    struct error err = {0};
    flow_init(f, "");
    if (flow_text_read(f, text, strlen(text), &err) != 0)
        fail_msg("%s", err.text);
}

/* 41 names the id that the venue has acknowledged last. */
static void
test_load_names_the_last_acknowledged_id(void **state)
{
    struct flow f;
    struct venue *v = venue_new();
    (void)state;
    read_flow(&f, "assay-flow 1\ninstrument A 2 0\nwarm 1\n"
                  "0 new 1 0 A buy limit gtc 1.00 5 recorded\n"
                  "0 replace 1 0 1.01 5 recorded\n"
                  "10 replace 1 0 1.02 5 recorded\n" /* the first is not acknowledged yet */
                  "10000000 cancel 1 0 recorded\n");
    run(v, &f, &(struct load_options){.as_recorded = true, .run_id = 1}, 1);
    assert_string_equal(v->messages[1].orig, "L1-0");
    assert_string_equal(v->messages[2].orig, "L1-0");
    assert_string_equal(v->messages[3].orig, "L1-2");
    const struct load_result *r = load_result(v->load);
    assert_int_equal(r->warm_sent, 1);
    assert_int_equal(r->by_source[FLOW_RECORDED].sent[FLOW_NEW], 0); /* the warm part is apart */
    assert_int_equal(r->by_source[FLOW_RECORDED].replaced, 2);
    assert_int_equal(r->by_source[FLOW_RECORDED].canceled, 1);
    assert_int_equal(r->change_sent.cnt, 3);
    venue_free(v, &f);
}

static void
test_load_report_is_text_and_json(void **state)
{
    struct flow f;
    struct venue *v = venue_new();
    char *text = NULL, *json = NULL;
    size_t text_bytes, json_bytes;
    (void)state;
    orders(&f, 20, 1);
    v->reject = "no \"balance\"";
    run(v, &f, &(struct load_options){.rate = 1000, .run_id = 1}, 1);
    struct load_setting s = {
        .flow_name = "orders", .over = "a test", .session_cnt = 1, .machine = "m", .version = "v"};
    FILE *out = open_memstream(&text, &text_bytes);
    load_print(load_result(v->load), &s, out);
    fclose(out);
    out = open_memstream(&json, &json_bytes);
    load_print_json(load_result(v->load), &s, out);
    fclose(out);
    assert_non_null(strstr(text, "20 rejected: no \"balance\""));
    assert_non_null(strstr(text, "order to ack, from when it was due"));
    assert_non_null(strstr(json, "\"rejected\":{\"no \\\"balance\\\"\":20}"));
    assert_non_null(strstr(json, "\"sent\":{\"recorded\":0,\"added\":0,\"generated\":20}"));
    assert_non_null(strstr(json, "\"unanswered\":0"));
    free(text);
    free(json);
    venue_free(v, &f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_load_sends_all_and_counts_answers),
        cmocka_unit_test(test_load_arrivals_do_not_wait_for_answers),
        cmocka_unit_test(test_load_charges_a_stall_from_when_orders_were_due),
        cmocka_unit_test(test_load_without_a_rate_keeps_window_and_order),
        cmocka_unit_test(test_load_with_a_window_sends_the_next_when_the_answer_is_there),
        cmocka_unit_test(test_load_unanswered_is_not_clean),
        cmocka_unit_test(test_load_sessions_that_do_not_come_up_are_an_error),
        cmocka_unit_test(test_load_counts_rejects_by_reason),
        cmocka_unit_test(test_load_reports_of_other_runs_and_second_answers_count_for_nothing),
        cmocka_unit_test(test_load_a_lost_session_is_told_and_the_others_go_on),
        cmocka_unit_test(test_load_names_the_last_acknowledged_id),
        cmocka_unit_test(test_load_report_is_text_and_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
