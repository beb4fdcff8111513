#include "tools/load/load_progress.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

enum { BAR_CELLS = 32, CELL_BYTES = 3 };
static const int64_t LINE_NS = 5000000000;

void
load_progress_init(struct load_progress_show *p, FILE *out)
{
    *p = (struct load_progress_show){
        .out = out, .terminal = isatty(fileno(out)), .next_ns = LINE_NS};
}

static void
bar_text(char text[CELL_BYTES * BAR_CELLS + 1], uint64_t done, uint64_t total)
{
    uint64_t full = total ? done * BAR_CELLS / total : BAR_CELLS;
    for (unsigned i = 0; i < BAR_CELLS; i++) /* full block, light shade */
        memcpy(text + CELL_BYTES * i, i < full ? "\xe2\x96\x88" : "\xe2\x96\x91", CELL_BYTES);
    text[CELL_BYTES * BAR_CELLS] = 0;
}

void
load_progress_turn(void *show, const struct load_progress *p)
{
    struct load_progress_show *s = show;
    if (!s->terminal && p->elapsed_ns < s->next_ns)
        return;
    s->next_ns = p->elapsed_ns + LINE_NS;
    int64_t ns = p->elapsed_ns - s->last_ns;
    double rate = ns > 0 && p->answered >= s->last_answered
                      ? (double)(p->answered - s->last_answered) * 1e9 / (double)ns
                      : 0;
    double percent = p->total ? 100.0 * (double)p->answered / (double)p->total : 100.0;
    double p50_us = (double)histogram_at(&p->result->order_intended, 5000) / 1e3;
    s->last_answered = p->answered;
    s->last_ns = p->elapsed_ns;
    if (s->terminal) {
        char bar[CELL_BYTES * BAR_CELLS + 1];
        bar_text(bar, p->answered, p->total);
        fprintf(s->out,
                "\r  %s %5.1f %%  %8.0f/s  order to ack p50 %.0f us  unanswered %" PRIu64 "\x1b[K",
                bar, percent, rate, p50_us, p->sent - p->answered);
    } else {
        fprintf(s->out,
                "  %.1f %% answered, %.0f/s, order to ack p50 %.0f us, unanswered %" PRIu64 "\n",
                percent, rate, p50_us, p->sent - p->answered);
    }
    fflush(s->out);
}

void
load_progress_end(struct load_progress_show *p)
{
    if (p->terminal)
        fputs("\r\x1b[K", p->out);
    fflush(p->out);
}
