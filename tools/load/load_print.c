#include "tools/load/load_print.h"

#include <inttypes.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "tools/flow/flow_print.h"

static double
seconds_of(int64_t ns)
{
    return (double)ns / 1e9;
}

static uint64_t
sent_of(const struct load_counts *c)
{
    return c->sent[FLOW_NEW] + c->sent[FLOW_CANCEL] + c->sent[FLOW_REPLACE];
}

static struct load_counts
sum_of(const struct load_result *r)
{
    struct load_counts t = {0};
    for (unsigned s = 0; s < FLOW_SOURCE_CNT; s++) {
        const struct load_counts *c = &r->by_source[s];
        for (unsigned k = 0; k < FLOW_KIND_CNT; k++)
            t.sent[k] += c->sent[k];
        t.accepted += c->accepted;
        t.rejected += c->rejected;
        t.canceled += c->canceled;
        t.replaced += c->replaced;
        t.cancel_rejected += c->cancel_rejected;
        t.replace_rejected += c->replace_rejected;
        t.fills_taker += c->fills_taker;
        t.fills_maker += c->fills_maker;
        t.ended += c->ended;
    }
    return t;
}

static double
rate_of(const struct load_result *r)
{
    struct load_counts t = sum_of(r);
    int64_t ns = r->last_ns - r->first_ns;
    return ns > 0 ? (double)(sent_of(&t) - 1) / seconds_of(ns) : 0;
}

static const char *
answer_name(enum load_answer answer)
{
    switch (answer) {
    case LOAD_REJECTED:
        return "rejected";
    case LOAD_CANCEL_REJECTED:
        return "cancel or replace rejected";
    case LOAD_ENDED:
        return "canceled by the venue";
    default:
        return "refused as a message";
    }
}

/* --- text --- */

static void
print_counts(const char *name, const struct load_counts *c, FILE *out)
{
    fprintf(out,
            "  %-9s %9" PRIu64 " %9" PRIu64 " %8" PRIu64 " %9" PRIu64 " %9" PRIu64 " %8" PRIu64
            " %8" PRIu64 " %9" PRIu64 " %9" PRIu64 "\n",
            name, c->sent[FLOW_NEW], c->accepted, c->rejected, c->sent[FLOW_CANCEL], c->canceled,
            c->sent[FLOW_REPLACE], c->replaced, c->fills_taker, c->fills_maker);
}

static void
print_latency(const char *name, const struct histogram *h, FILE *out)
{
    if (h->cnt == 0)
        return;
    fprintf(out, "  %-34s %9.1f %9.1f %9.1f %9.1f %10" PRIu64 "\n", name,
            (double)histogram_at(h, 5000) / 1e3, (double)histogram_at(h, 9900) / 1e3,
            (double)histogram_at(h, 9990) / 1e3, (double)h->max / 1e3, h->cnt);
}

static void
print_setting(const struct load_setting *s, FILE *out)
{
    fprintf(out, "%s\n  over %s, %" PRIu32 " sessions, ", s->flow_name, s->over, s->session_cnt);
    if (s->options.as_recorded)
        fprintf(out, "at its own times x %g", s->options.speed > 0 ? s->options.speed : 1);
    else if (s->options.rate > 0)
        fprintf(out, "%" PRIu32 "/s, Poisson arrivals of seed %" PRIu64, s->options.rate,
                s->options.seed ? s->options.seed : 1);
    else
        fprintf(out, "as fast as it goes, %" PRIu32 " outstanding a session",
                s->options.window ? s->options.window : 64);
    fprintf(out, "\n  %s\n  assay %s\n", s->machine, s->version);
}

static void
print_wrong(const struct load_result *r, FILE *out)
{
    if (r->unanswered > 0)
        fprintf(out, "  UNANSWERED %" PRIu64 " operations\n", r->unanswered);
    if (r->protocol_errors > 0)
        fprintf(out, "  PROTOCOL ERRORS %" PRIu64 "\n", r->protocol_errors);
    if (r->lost_sessions > 0)
        fprintf(out, "  LOST SESSIONS %" PRIu64 ": %s\n", r->lost_sessions, r->lost_why);
    if (r->not_sent > 0)
        fprintf(out, "  not sent, the time was over: %" PRIu64 "\n", r->not_sent);
    if (r->repeated > 0)
        fprintf(out, "  ids that the venue knew already: %" PRIu64 "\n", r->repeated);
    if (r->other_runs > 0)
        fprintf(out, "  reports about orders of an earlier run: %" PRIu64 "\n", r->other_runs);
}

void
load_print(const struct load_result *r, const struct load_setting *s, FILE *out)
{
    struct load_counts total = sum_of(r);
    unsigned sources = 0;
    print_setting(s, out);
    fprintf(out, "            orders  accepted rejected   cancels  canceled replaces replaced"
                 "   trades*  maker**\n");
    for (unsigned i = FLOW_RECORDED; i < FLOW_SOURCE_CNT; i++) {
        if (sent_of(&r->by_source[i]) == 0)
            continue;
        print_counts(flow_source_name((uint8_t)i), &r->by_source[i], out);
        sources++;
    }
    if (sources > 1)
        print_counts("together", &total, out);
    fprintf(out, "  * fills of such an order that took liquidity, ** that gave it\n");
    for (uint32_t i = 0; i < r->reason_cnt; i++)
        fprintf(out, "  %8" PRIu64 " %s: %s\n", r->reasons[i].cnt,
                answer_name(r->reasons[i].answer), r->reasons[i].text);
    if (r->warm_sent > 0)
        fprintf(out, "  before that %" PRIu64 " operations built the book\n", r->warm_sent);
    fprintf(out, "  sent in %.3f s: %.0f a second; last answer %.3f s after the last was sent\n",
            seconds_of(r->last_ns - r->first_ns), rate_of(r),
            seconds_of(r->answered_ns > r->last_ns ? r->answered_ns - r->last_ns : 0));
    fprintf(out, "  latency over the wire, us                p50       p99     p99.9       max"
                 "      count\n");
    print_latency("order to ack, from when it was due", &r->order_intended, out);
    print_latency("order to ack, from when it was sent", &r->order_sent, out);
    print_latency("cancel, replace, from when due", &r->change_intended, out);
    print_latency("cancel, replace, from when sent", &r->change_sent, out);
    print_wrong(r, out);
}

/* --- JSON --- */

static void
json_latency(const char *name, const struct histogram *h, FILE *out)
{
    fprintf(out,
            ",\"%s\":{\"count\":%" PRIu64 ",\"p50\":%.3f,\"p99\":%.3f,\"p99_9\":%.3f,\"max\":%.3f}",
            name, h->cnt, (double)histogram_at(h, 5000) / 1e3, (double)histogram_at(h, 9900) / 1e3,
            (double)histogram_at(h, 9990) / 1e3, h->cnt ? (double)h->max / 1e3 : 0);
}

static void
json_counts(const char *name, const struct load_counts *c, FILE *out)
{
    fprintf(out,
            ",\"%s\":{\"orders\":%" PRIu64 ",\"cancels\":%" PRIu64 ",\"replaces\":%" PRIu64
            ",\"accepted\":%" PRIu64 ",\"rejected\":%" PRIu64 ",\"canceled\":%" PRIu64
            ",\"replaced\":%" PRIu64 ",\"cancel_rejected\":%" PRIu64
            ",\"replace_rejected\":%" PRIu64 ",\"trades\":%" PRIu64 ",\"maker_fills\":%" PRIu64
            ",\"ended_by_venue\":%" PRIu64 "}",
            name, c->sent[FLOW_NEW], c->sent[FLOW_CANCEL], c->sent[FLOW_REPLACE], c->accepted,
            c->rejected, c->canceled, c->replaced, c->cancel_rejected, c->replace_rejected,
            c->fills_taker, c->fills_maker, c->ended);
}

/* "key":{"recorded":n,"added":n,"generated":n} of new orders or trades. */
static void
json_sources(const char *key, const struct load_result *r, bool trades, FILE *out)
{
    fprintf(out, ",\"%s\":{", key);
    for (unsigned i = FLOW_RECORDED; i < FLOW_SOURCE_CNT; i++)
        fprintf(out, "%s\"%s\":%" PRIu64, i > FLOW_RECORDED ? "," : "",
                flow_source_name((uint8_t)i),
                trades ? r->by_source[i].fills_taker : r->by_source[i].sent[FLOW_NEW]);
    fputc('}', out);
}

/* "key":{"text":n,...} of the reasons of these answers. */
static void
json_reasons(const char *key, const struct load_result *r, enum load_answer one,
             enum load_answer other, FILE *out)
{
    const char *sep = "";
    fprintf(out, ",\"%s\":{", key);
    for (uint32_t i = 0; i < r->reason_cnt; i++) {
        const struct load_reason *x = &r->reasons[i];
        if (x->answer != one && x->answer != other)
            continue;
        uint64_t cnt = x->cnt;
        bool earlier = false;
        for (uint32_t k = 0; k < r->reason_cnt; k++) { /* the same text of the other answer */
            const struct load_reason *y = &r->reasons[k];
            if (k == i || (y->answer != one && y->answer != other) || strcmp(x->text, y->text) != 0)
                continue;
            earlier |= k < i;
            cnt += y->cnt;
        }
        if (earlier)
            continue;
        fputs(sep, out);
        flow_print_json_string(x->text, out);
        fprintf(out, ":%" PRIu64, cnt);
        sep = ",";
    }
    fputc('}', out);
}

static void
json_setting(const struct load_setting *s, FILE *out)
{
    fputs("{\"flow\":", out);
    flow_print_json_string(s->flow_name, out);
    fputs(",\"over\":", out);
    flow_print_json_string(s->over, out);
    fputs(",\"machine\":", out);
    flow_print_json_string(s->machine, out);
    fputs(",\"version\":", out);
    flow_print_json_string(s->version, out);
    fprintf(out,
            ",\"sessions\":%" PRIu32 ",\"rate_asked\":%" PRIu32
            ",\"as_recorded\":%s,\"speed\":%g,\"seed\":%" PRIu64 ",\"window\":%" PRIu32,
            s->session_cnt, s->options.rate, s->options.as_recorded ? "true" : "false",
            s->options.speed > 0 ? s->options.speed : 1, s->options.seed ? s->options.seed : 1,
            s->options.window);
}

void
load_print_json(const struct load_result *r, const struct load_setting *s, FILE *out)
{
    struct load_counts t = sum_of(r);
    json_setting(s, out);
    fprintf(out,
            ",\"orders\":%" PRIu64 ",\"cancels\":%" PRIu64 ",\"replaces\":%" PRIu64
            ",\"accepted\":%" PRIu64 ",\"unanswered\":%" PRIu64 ",\"protocol_errors\":%" PRIu64
            ",\"lost_sessions\":%" PRIu64 ",\"warm\":%" PRIu64 ",\"not_sent\":%" PRIu64
            ",\"repeated\":%" PRIu64 ",\"other_runs\":%" PRIu64
            ",\"seconds\":%.6f,\"rate\":%.1f,\"drain_seconds\":%.6f",
            t.sent[FLOW_NEW], t.sent[FLOW_CANCEL], t.sent[FLOW_REPLACE], t.accepted, r->unanswered,
            r->protocol_errors, r->lost_sessions, r->warm_sent, r->not_sent, r->repeated,
            r->other_runs, seconds_of(r->last_ns - r->first_ns), rate_of(r),
            seconds_of(r->answered_ns > r->last_ns ? r->answered_ns - r->last_ns : 0));
    json_sources("sent", r, false, out);
    json_sources("trades", r, true, out);
    json_reasons("rejected", r, LOAD_REJECTED, LOAD_CANCEL_REJECTED, out);
    json_reasons("ended_by_venue", r, LOAD_ENDED, LOAD_ENDED, out);
    json_reasons("refused_messages", r, LOAD_PROTOCOL, LOAD_PROTOCOL, out);
    json_latency("latency_us", &r->order_intended, out);
    json_latency("latency_from_sending_us", &r->order_sent, out);
    json_latency("change_latency_us", &r->change_intended, out);
    json_latency("change_latency_from_sending_us", &r->change_sent, out);
    for (unsigned i = FLOW_RECORDED; i < FLOW_SOURCE_CNT; i++)
        json_counts(flow_source_name((uint8_t)i), &r->by_source[i], out);
    fputs("}\n", out);
}

void
load_machine(char *out, size_t bytes)
{
    char line[256], model[128] = "unknown processor";
    struct utsname os;
    FILE *info = fopen("/proc/cpuinfo", "r");
    while (info && fgets(line, sizeof line, info)) {
        const char *colon = strchr(line, ':');
        if (!strncmp(line, "model name", 10) && colon) {
            snprintf(model, sizeof model, "%.*s", (int)strcspn(colon + 2, "\n"), colon + 2);
            break;
        }
    }
    if (info)
        fclose(info);
    if (uname(&os) != 0)
        os.release[0] = 0;
    snprintf(out, bytes, "%s, %ld processors, Linux %s", model, sysconf(_SC_NPROCESSORS_ONLN),
             os.release);
}
