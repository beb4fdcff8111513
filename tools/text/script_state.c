#include "tools/text/script_priv.h"

#include <stdlib.h>
#include <string.h>

#include "tools/text/report.h"

/* Time, the venue's life and looking at it: at, after, as, tick, continue, epoch, save, load,
 * roundtrip, print. */

static void
set_time(struct script *s, struct words *w, int64_t time_ns)
{
    if (time_ns < s->box.time_ns)
        words_fail(w, "time does not go back");
    if (!w->failed)
        s->box.time_ns = time_ns;
}

static void
verb_at(struct script *s, struct words *w)
{
    set_time(s, w, words_time(w));
}

static void
verb_after(struct script *s, struct words *w)
{
    int64_t sum = 0;
    if (__builtin_add_overflow(s->box.time_ns, words_duration(w), &sum))
        words_fail(w, "the time is too far away");
    set_time(s, w, sum);
}

static void
verb_as(struct script *s, struct words *w)
{
    s->actor_id = words_u32(w, "an operator's id (0 = the venue itself)");
}

static void
verb_tick(struct script *s, struct words *w)
{
    struct command c;
    command_init(&c, COMMAND_TICK);
    script_finish(s, w, &c);
}

/* From now on by hand or not; said among the commands that are written, too. */
static void
continue_by(struct script *s, bool hand)
{
    s->continue_by_hand = hand;
    if (s->options->json_input != NULL)
        (void)fprintf(s->options->json_input, "{\"line\":\"continue %s\"}\n",
                      hand ? "by-hand" : "always");
}

/* continue: one step; continue by-hand, continue always */
static void
verb_continue(struct script *s, struct words *w)
{
    struct command c;
    if (words_take(w, "by-hand")) {
        continue_by(s, true);
        return;
    }
    if (words_take(w, "always"))
        continue_by(s, false);
    command_init(&c, COMMAND_CONTINUE);
    if (core_work_pending(s->box.core) || s->continue_by_hand)
        script_finish(s, w, &c);
}

static void
verb_epoch(struct script *s, struct words *w)
{
    struct command_epoch c;
    command_init(&c.cmd, COMMAND_EPOCH);
    c.unclean = words_take(w, "unclean");
    c.replayed_seq = core_cmd_seq(s->box.core);
    s->box.epoch++;
    script_finish(s, w, &c.cmd);
}

static void
verb_save(struct script *s, struct words *w)
{
    if (words_end(w) != 0)
        return;
    free(s->saved);
    s->saved_bytes = sandbox_save(&s->box, &s->saved);
}

static void
load(struct script *s, struct words *w, const void *bytes, size_t cnt)
{
    struct error err = {0};
    if (sandbox_load(&s->box, bytes, cnt, &err) != 0)
        words_fail(w, "the saved state cannot be loaded: %s", err.text);
}

static void
verb_load(struct script *s, struct words *w)
{
    if (s->saved == NULL)
        words_fail(w, "nothing has been saved");
    if (words_end(w) == 0)
        load(s, w, s->saved, s->saved_bytes);
}

/* Saves, loads into a fresh core, and goes on with that one; both must save the same bytes. */
static void
verb_roundtrip(struct script *s, struct words *w)
{
    void *before = NULL, *after = NULL;
    if (words_end(w) != 0)
        return;
    size_t before_bytes = sandbox_save(&s->box, &before);
    load(s, w, before, before_bytes);
    if (!w->failed) {
        size_t after_bytes = sandbox_save(&s->box, &after);
        if (after_bytes != before_bytes || memcmp(before, after, after_bytes) != 0)
            words_fail(w, "the state is another after save and load");
    }
    free(before);
    free(after);
}

static void
verb_print(struct script *s, struct words *w)
{
    uint32_t account_id = 0;
    if (words_take(w, "balances")) {
        const struct sandbox_asset *a = NULL;
        if (words_left(w))
            account_id = words_u32(w, "an account");
        if (words_left(w))
            a = script_asset(s, w);
        if (words_end(w) == 0)
            report_balances(&s->box, account_id, a ? a->id : 0, script_line, s);
    } else if (words_take(w, "book")) {
        const struct sandbox_instrument *i = script_instrument(s, w);
        if (words_end(w) == 0)
            report_book(&s->box, i->id, script_line, s);
    } else if (words_take(w, "orders")) {
        if (words_left(w))
            account_id = words_u32(w, "an account");
        if (words_end(w) == 0)
            report_orders(&s->box, account_id, script_line, s);
    } else if (words_take(w, "sums")) {
        if (words_end(w) == 0)
            report_sums(&s->box, script_line, s);
    } else {
        words_expected(w, "balances, book, orders or sums");
    }
}

const struct script_row SCRIPT_STATE[] = {
    {"at", verb_at},
    {"after", verb_after},
    {"as", verb_as},
    {"tick", verb_tick},
    {"continue", verb_continue},
    {"epoch", verb_epoch},
    {"save", verb_save},
    {"load", verb_load},
    {"roundtrip", verb_roundtrip},
    {"print", verb_print},
    {NULL, NULL},
};
