#include "tests/ref/venue_script_priv.h"

/* Whose the account is. */
void
put_party(struct writer *w)
{
    put_one_of(w, "| tenant 3| tenant 67");
    if (w->selfish)
        put_one_of(w, "| firm 1| firm 2");
    if (w->selfish)
        put_one_of(w, "| owner 1| owner 2");
}

void
put_self_trade(struct writer *w)
{
    if (!w->selfish)
        return;
    put_one_of(w, " self-trade account| self-trade firm| self-trade owner");
    put_one_of(w, " cancel-newest| cancel-oldest| cancel-both| decrement");
}

void
write_kill_switch(struct writer *w)
{
    static const struct {
        const char *line, *undo;
    } ways[] = {{"kill account 101", "lift account 101"},
                {"kill account 102", "lift account 102"},
                {"kill tenant 3", "lift tenant 3"},
                {"kill tenant 67", "lift tenant 67"},
                {"kill instrument I1", "lift instrument I1"},
                {"kill instrument I2", "lift instrument I2"},
                {"kill venue", "lift venue"},
                {"kill account 199", "tick"}};
    size_t i = below(w, sizeof(ways) / sizeof(ways[0]));
    put(w, "%s", one_in(w, 10) ? ways[i].undo : ways[i].line);
    w->undo = ways[i].undo;
    end_line(w);
}

void
write_kill_of(struct writer *w, uint32_t account)
{
    static const char *const lifts[] = {"lift account 101", "lift account 102", "lift account 103",
                                        "lift account 104", "lift venue"};
    uint32_t i = account - FIRST_ACCOUNT < 4 ? account - FIRST_ACCOUNT : 4;
    put(w, "kill%s", strchr(lifts[i], ' '));
    w->undo = lifts[i];
    end_line(w);
}
