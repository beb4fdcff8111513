#include "tests/ref/venue_script_priv.h"

/* Negotiated trades and requests for quote. */

static struct bargain
some_bargain(const struct bargain *all, uint32_t cnt, struct writer *w)
{
    uint32_t kept = cnt < BARGAINS ? cnt : BARGAINS;
    if (kept == 0)
        return (struct bargain){.account = some_account(w), .number = 999999};
    return all[(cnt - 1 - below(w, 1 + below(w, kept))) % BARGAINS];
}

static uint32_t
another_account(struct writer *w, uint32_t account)
{
    uint32_t other = some_account(w);
    return other == account && !one_in(w, 20) ? FIRST_ACCOUNT + (other + 1) % w->account_cnt
                                              : other;
}

static void
put_lots(struct writer *w, const char *before, const struct traded *t)
{
    put_decimal(w, before, t->lot * (int64_t)(below(w, 9) + !one_in(w, 30)), w->scale[t->asset]);
}

static void
put_at(struct writer *w, const struct traded *t, int64_t away)
{
    int64_t price = t->middle + t->tick * (away + (int64_t)below(w, 5) - 2) + one_in(w, 60);
    put_decimal(w, " @ ", price < 0 ? 0 : price, t->price_scale);
}

static void
put_until(struct writer *w)
{
    put_one_of(w, "||||| expires 2026-01-01T10:00:20Z| expires 2026-01-01T10:00:30Z| expires "
                  "2026-01-01T10:16:00Z| expires 2026-01-02T10:00:00Z| expires "
                  "2026-01-09T10:00:00Z");
}

static void
put_sender(struct writer *w)
{
    if (one_in(w, 4))
        put(w, " session %" PRIu64, 1 + below(w, w->session_cnt));
    if (one_in(w, 60))
        put(w, " operator");
}

void
write_deal_rules(struct writer *w, uint32_t instrument)
{
    const struct traded *t = &w->traded[instrument];
    put(w, "deal-rules I%u", instrument + 1);
    put_one_of(w, " kinds block,request,transfer,primary| kinds block,request,transfer,primary| "
                  "kinds block,private,request| kinds request| kinds block");
    if (one_in(w, 4))
        put_decimal(w, " min-qty ", t->lot * (int64_t)below(w, 3), w->scale[t->asset]);
    if (one_in(w, 4))
        put_decimal(w, " max-qty ", t->lot * (int64_t)(5 + below(w, 3)), w->scale[t->asset]);
    put_one_of(w, "||| collar 1%| collar 5%");
    put_one_of(w, "|| when-halted");
    put_one_of(w, "| sets-last");
    end_line(w);
}

static void
write_proposal(struct writer *w, uint32_t i, bool both)
{
    const struct traded *t = &w->traded[i];
    uint32_t account = some_account(w), to = another_account(w, account), number = ++w->number;
    bool buys = one_in(w, 2);
    put(w, "%s %u o%u I%u %s", both ? "deal" : "deal-propose", account, number, i + 1,
        buys ? "buy" : "sell");
    put_one_of(w, " block| block| block| block| private| primary| transfer| request");
    put_lots(w, " ", t);
    put_at(w, t, 0);
    put(w, " with %u", to);
    if (both)
        put(w, " as o%u", one_in(w, 30) ? w->number : ++w->number);
    else
        put_until(w);
    put_sender(w);
    end_line(w);
    remember(w, (struct recent){account, i, number, buys});
    w->deals_made[w->deal_cnt++ % BARGAINS] =
        (struct bargain){.account = account, .to = to, .instrument = i, .number = number};
}

static void
write_answer(struct writer *w)
{
    struct bargain b = some_bargain(w->deals_made, w->deal_cnt, w);
    put_one_of(w, "deal-accept|deal-accept|deal-accept|deal-decline");
    put(w, " %u o%u of %u o%u", one_in(w, 20) ? some_account(w) : b.to,
        one_in(w, 25) ? w->number : w->number + 1, b.account, b.number);
    w->number++;
    put_sender(w);
    end_line(w);
}

static void
write_request(struct writer *w, uint32_t i)
{
    static const char *const sides[] = {"sell", "buy", "either"};
    uint32_t account = some_account(w), number = ++w->number, to = 0;
    uint64_t answers = 1 + below(w, 3);
    put(w, "request %u o%u I%u %s", account, number, i + 1, sides[answers - 1]);
    put_lots(w, " ", &w->traded[i]);
    if (one_in(w, 3)) {
        to = another_account(w, account);
        put(w, " to %u", to);
    }
    if (one_in(w, 8))
        put(w, " to %u", another_account(w, account));
    put_one_of(w, "| disclosed");
    put_until(w);
    put_one_of(w, "|| cancel-on-disconnect");
    put_sender(w);
    end_line(w);
    remember(w, (struct recent){account, i, number, true});
    w->requests[w->request_cnt++ % BARGAINS] = (struct bargain){account, to, i, number, answers};
}

static void
write_request_quote(struct writer *w)
{
    struct bargain q = some_bargain(w->requests, w->request_cnt, w);
    uint32_t i = one_in(w, 40) ? 1 : q.instrument;
    const struct traded *t = &w->traded[i];
    uint32_t account = another_account(w, q.account), number = ++w->number;
    uint64_t which = one_in(w, 30) ? 0 : 1 + below(w, 3);
    if (q.to != 0 && !one_in(w, 6))
        account = q.to;
    if ((which & q.sides) != 0 && !one_in(w, 10))
        which &= q.sides;
    put(w, "request-quote %u o%u I%u of %u o%u", account, number, i + 1, q.account, q.number);
    if ((which & 1) != 0) {
        put_lots(w, " bid ", t);
        put_at(w, t, -1);
    }
    if ((which & 2) != 0) {
        put_lots(w, " ask ", t);
        put_at(w, t, which == 3 ? 2 : 0);
    }
    if ((which == 3) != one_in(w, 30))
        put(w, " as o%u", one_in(w, 30) ? w->number : ++w->number);
    put_until(w);
    put_one_of(w, "|| cancel-on-disconnect");
    put_sender(w);
    end_line(w);
    for (uint32_t n = number; n <= w->number; n++) {
        remember(w, (struct recent){account, q.instrument, n, true});
        w->answers[w->answer_cnt++ % BARGAINS] = (struct bargain){
            .account = account, .to = q.account, .instrument = q.instrument, .number = n};
    }
}

/* A quote is taken, or passed. */
static void
write_hit(struct writer *w)
{
    struct bargain b = some_bargain(w->answers, w->answer_cnt, w);
    uint32_t i = one_in(w, 40) ? 1 : b.instrument;
    bool passes = one_in(w, 6);
    put(w, "%s %u o%u I%u of %u o%u", passes ? "request-pass" : "request-hit",
        one_in(w, 20) ? some_account(w) : b.to, ++w->number, i + 1, b.account, b.number);
    if (!passes)
        put_one_of(w, "|||| buy| sell");
    if (!passes && one_in(w, 2))
        put_lots(w, " qty ", &w->traded[i]);
    put_sender(w);
    end_line(w);
}

/* What is asked for, agreed and taken, one after the other; between them others may come. */
static void
write_round(struct writer *w, uint32_t i)
{
    if (one_in(w, 3)) {
        write_proposal(w, i, false);
        write_answer(w);
        return;
    }
    write_request(w, i);
    for (uint64_t n = 1 + below(w, 3); n > 0; n--)
        write_request_quote(w);
    for (uint64_t n = below(w, 3); n > 0; n--)
        write_hit(w);
}

void
write_bargain(struct writer *w)
{
    uint32_t i = one_in(w, 3) ? (uint32_t)below(w, INSTRUMENT_CNT) : 0;
    if (!w->bargains)
        return;
    switch (below(w, 10)) {
    case 0:
        write_deal_rules(w, i);
        break;
    case 1:
        write_proposal(w, i, true);
        break;
    case 2:
        write_proposal(w, i, false);
        break;
    case 3:
        write_answer(w);
        break;
    case 4:
        write_request_quote(w);
        break;
    case 5:
        write_hit(w);
        break;
    default:
        write_round(w, i);
        break;
    }
}
