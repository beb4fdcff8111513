/* ctest-timeout: 900 */
/* Random scripts against the core and against the plain venue of tests/ref, which must agree in
 * every field of every event, and in balances and orders, after each command. A difference is
 * shrunk to a short script, printed as `assay match` reads it.
 *
 *   sim_venue [--seed N] [--count N] [--commands N] [--seconds N] [--print] */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/model/reason.h"
#include "tests/ref/venue_shrink.h"
#include "tests/support/seed.h"

enum { USUAL = 1000 };

struct arguments {
    uint64_t seed, count, commands, seconds;
    bool seeded, print;
};

static bool
read_arguments(int argc, char **argv, struct arguments *a)
{
    const struct {
        const char *name;
        uint64_t *value;
    } numbers[] = {{"--seed", &a->seed},
                   {"--count", &a->count},
                   {"--commands", &a->commands},
                   {"--seconds", &a->seconds}};
    for (int i = 1; i < argc; i++) {
        bool taken = strcmp(argv[i], "--print") == 0;
        a->print |= taken;
        for (size_t n = 0; n < sizeof(numbers) / sizeof(numbers[0]) && !taken && i + 1 < argc;
             n++) {
            if (strcmp(argv[i], numbers[n].name) == 0) {
                *numbers[n].value = strtoull(argv[++i], NULL, 0);
                a->seeded |= n == 0;
                taken = true;
            }
        }
        if (!taken)
            return false;
    }
    return true;
}

static void
show(struct venue_script *s, struct venue_diff *diff, uint64_t seed)
{
    printf("seed %" PRIu64 ": %s\n", seed, diff->text);
    (void)fflush(stdout);
    if (diff->kind == VENUE_DIFFERENT)
        venue_shrink(s, diff);
    printf("# shrunk to %u lines%s\n", s->cnt, s->risk ? "" : "; for assay match --no-risk");
    venue_script_print(s, stdout);
    printf("# %s\n", diff->text);
}

static uint64_t
now_s(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec;
}

static void
add(struct venue_diff *sum, const struct venue_diff *one)
{
    sum->command_cnt += one->command_cnt;
    sum->event_cnt += one->event_cnt;
    sum->fill_cnt += one->fill_cnt;
    sum->continue_cnt += one->continue_cnt;
    sum->trigger_cnt += one->trigger_cnt;
    sum->refill_cnt += one->refill_cnt;
    sum->beside_cnt += one->beside_cnt;
    for (uint32_t i = 0; i < 128; i++)
        sum->reasons[i] += one->reasons[i];
}

static void
print_sum(const struct venue_diff *sum, uint64_t scripts)
{
    printf("%" PRIu64 " scripts, %" PRIu64 " commands, %" PRIu64 " events, %" PRIu64
           " fills, %" PRIu64 " stops triggered, %" PRIu64 " refills, %" PRIu64
           " trades beside the book, %" PRIu64 " continued: as the plain venue says\n",
           scripts, sum->command_cnt, sum->event_cnt, sum->fill_cnt, sum->trigger_cnt,
           sum->refill_cnt, sum->beside_cnt, sum->continue_cnt);
    for (uint32_t i = 0; i < 128; i++) {
        if (sum->reasons[i] != 0)
            printf("  %" PRIu64 " %s\n", sum->reasons[i], reason_name(i));
    }
}

int
main(int argc, char **argv)
{
    struct arguments a = {.count = count_from_env("ASSAY_VENUE_SCRIPTS", USUAL), .commands = 250};
    a.seconds = a.count > USUAL ? 600 : 90;
    struct venue_diff sum = {.kind = VENUE_SAME};
    if (!read_arguments(argc, argv, &a)) {
        fprintf(stderr,
                "Usage: sim_venue [--seed N] [--count N] [--commands N] [--seconds N] [--print]\n");
        return 2;
    }
    if (!a.seeded)
        a.seed = seed_from_args(1, argv).state;
    uint64_t until = now_s() + a.seconds, n = 0;
    for (; n < a.count && now_s() < until; n++) {
        struct venue_script s;
        struct venue_diff diff;
        venue_script_random(&s, a.seed + n, (uint32_t)a.commands);
        if (a.print)
            venue_script_print(&s, stdout);
        venue_diff_run(&s, &diff);
        if (diff.kind != VENUE_SAME) {
            show(&s, &diff, a.seed + n);
            venue_script_free(&s);
            return 1;
        }
        venue_script_free(&s);
        add(&sum, &diff);
    }
    print_sum(&sum, n);
    bool all = sum.fill_cnt > 0 && sum.trigger_cnt > 0 && sum.refill_cnt > 0 &&
               sum.beside_cnt > 0 && sum.continue_cnt > 0;
    return n > 0 && (n < 500 || all) ? 0 : 1;
}
