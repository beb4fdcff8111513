/* What one FIX message costs on one core: parse and check a NewOrderSingle, make a command of it,
 * build one ExecutionReport. Median and p99 over batches of 64 messages, so that the clock's own
 * cost does not show.
 *
 *   bench_fix_parse [--rounds N] */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/check.h"
#include "engine/base/clock.h"
#include "engine/base/histogram.h"
#include "gateway/fix/fix_order.h"
#include "gateway/fix/fix_report.h"
#include "perf/machine.h"

enum { BATCH = 64, ROUNDS = 100000, INSTRUMENTS = 64, MESSAGE_MAX = 512 };

static char messages[BATCH][MESSAGE_MAX];
static size_t message_bytes[BATCH];
static struct fix_message parsed;
static struct fix_instruments *instruments;
static struct fix_time_cache sending_clock, event_clock;
static const struct fix_session_config config = {
    .session_id = 1, .comp_id = "CLIENT1", .account_id = 101};
static uint64_t sink; /* keeps results alive */

/* Orders as QuickFIX and the like send them, each with its own id, symbol, quantity and price. */
static void
make_messages(void)
{
    for (int i = 0; i < BATCH; i++) {
        char body[MESSAGE_MAX];
        int cnt =
            snprintf(body, sizeof(body),
                     "35=D|34=%d|49=CLIENT1|52=20231114-22:13:20.%03d|56=ASSAY|"
                     "11=order-%08d|21=1|38=%d.%d|40=2|44=%d.%02d|54=%d|55=SYM%02d-EUR|59=1|"
                     "60=20231114-22:13:20.%03d|",
                     100000 + i, i, 7654321 + i * 31, i + 1, i % 10, 100 + i, i, i % 2 + 1, i, i);
        for (int k = 0; k < cnt; k++)
            body[k] = body[k] == '|' ? FIX_SOH : body[k];
        int all = snprintf(messages[i], MESSAGE_MAX, "8=FIX.4.4%c9=%d%c", FIX_SOH, cnt, FIX_SOH);
        memcpy(messages[i] + all, body, (size_t)cnt);
        all += cnt;
        all += snprintf(messages[i] + all, 8, "10=%03u%c", fix_checksum(messages[i], (size_t)all),
                        FIX_SOH);
        message_bytes[i] = (size_t)all;
    }
}

static void
make_instruments(void)
{
    instruments = fix_instruments_new(INSTRUMENTS);
    CHECK(instruments != NULL);
    for (uint32_t i = 0; i < INSTRUMENTS; i++) {
        struct event_instrument e = {.instrument_id = i + 1,
                                     .price_scale = 2,
                                     .asset_scale = 8,
                                     .currency_scale = 2,
                                     .lot_units = 1};
        char symbol[SYMBOL_MAX + 1];
        snprintf(symbol, sizeof(symbol), "SYM%02u-EUR", i);
        memcpy(e.symbol, symbol, SYMBOL_MAX);
        CHECK(fix_instruments_learn(instruments, &e));
    }
}

static void
do_parse(int i)
{
    size_t used;
    CHECK(fix_parse((const uint8_t *)messages[i], message_bytes[i], &parsed, &used) ==
          FIX_PARSE_OK);
    sink += parsed.field_cnt;
}

static void
do_parse_check(int i)
{
    struct fix_checked c;
    struct fix_reject r;
    do_parse(i);
    CHECK(fix_table_check(&parsed, &c, &r), "%s", r.text);
    sink += c.at[FIX_F_ClOrdID];
}

static void
do_command(int i)
{
    struct fix_checked c;
    struct fix_reject r;
    struct command_order_linked o;
    do_parse(i);
    CHECK(fix_table_check(&parsed, &c, &r));
    CHECK(fix_order_new(&c, instruments, &config, &o) == 0);
    sink += (uint64_t)o.order.price_units;
}

static void
begin_report(struct fix_writer *w, char *out, int i)
{
    static const char comp_ids[] = "49=ASSAY\00156=CLIENT1\001";
    fix_write_begin(w, out, "8",
                    &(struct fix_header){.comp_ids = comp_ids,
                                         .comp_ids_bytes = sizeof(comp_ids) - 1,
                                         .seq = 200000 + (uint64_t)i,
                                         .sending_ns = 1700000000123456789 + i,
                                         .time_digits = 3,
                                         .clock = &sending_clock});
}

static const struct fix_report_context *
report_context(void)
{
    static struct fix_report_context x;
    x = (struct fix_report_context){
        .instruments = instruments, .config = &config, .clock = &event_clock};
    return &x;
}

static void
do_accepted(int i)
{
    static char out[FIX_OUT_MAX];
    struct fix_writer w;
    struct event_order e = {
        .ev = {.rec = {.type = EVENT_ORDER_ACCEPTED, .seq = 5000000 + (uint64_t)i},
               .time_ns = 1700000000123456789},
        .order_id = 777777000 + (uint64_t)i,
        .account_id = 101,
        .instrument_id = (uint32_t)i + 1,
        .side = SIDE_BUY,
        .ord_type = ORD_LIMIT,
        .time_in_force = TIF_GTC,
        .status = ORD_STATUS_NEW,
        .price_units = 10012 + i,
        .qty_lots = 150000000,
        .leaves_lots = 150000000,
        .id = {.length = 14, .text = "order-07654321"}};
    begin_report(&w, out, i);
    fix_report_event(&w, &e.ev, false, report_context());
    sink += fix_write_end(&w);
}

static void
do_fill(int i)
{
    static char out[FIX_OUT_MAX];
    struct fix_writer w;
    struct event_fill e = {.ev = {.rec = {.type = EVENT_FILL, .seq = 5000000 + (uint64_t)i},
                                  .time_ns = 1700000000123456789},
                           .instrument_id = (uint32_t)i + 1,
                           .aggressor = SIDE_SELL,
                           .price_units = 10012 + i,
                           .qty_lots = 50000000,
                           .buy = {.order_id = 777777000,
                                   .account_id = 101,
                                   .id = {.length = 14, .text = "order-07654321"},
                                   .qty_lots = 150000000,
                                   .cum_lots = 50000000,
                                   .leaves_lots = 100000000,
                                   .cum_cost = 50000000ll * 10012,
                                   .fee_units = 12,
                                   .ord_type = ORD_LIMIT,
                                   .time_in_force = TIF_GTC,
                                   .status = ORD_STATUS_PARTIALLY_FILLED,
                                   .price_units = 10012 + i}};
    begin_report(&w, out, i);
    fix_report_event(&w, &e.ev, false, report_context());
    sink += fix_write_end(&w);
}

static void
measure(const char *what, int64_t budget_ns, void (*once)(int i), int rounds)
{
    static struct histogram h;
    histogram_init(&h);
    for (int r = 0; r < rounds; r++) {
        int64_t start = clock_mono_ns();
        for (int i = 0; i < BATCH; i++)
            once(i);
        histogram_record(&h, clock_mono_ns() - start);
    }
    printf("%-44s %6.1f %6.1f", what, (double)histogram_at(&h, 5000) / BATCH,
           (double)histogram_at(&h, 9900) / BATCH);
    if (budget_ns > 0)
        printf("   (budget %lld)", (long long)budget_ns);
    printf("\n");
}

int
main(int argc, char **argv)
{
    int rounds = ROUNDS;
    if (argc == 3 && strcmp(argv[1], "--rounds") == 0)
        rounds = atoi(argv[2]);
    make_messages();
    make_instruments();
    machine_print();
    printf("%-44s %6s %6s\n", "ns per message", "p50", "p99");
    measure("parse a NewOrderSingle", 0, do_parse, rounds);
    measure("parse and check it", 150, do_parse_check, rounds);
    measure("parse, check, make the command", 0, do_command, rounds);
    measure("build an ExecutionReport (new)", 100, do_accepted, rounds);
    measure("build an ExecutionReport (fill)", 0, do_fill, rounds);
    printf("message of %zu bytes\n", message_bytes[0]);
    fix_instruments_free(instruments);
    return sink == 0;
}
