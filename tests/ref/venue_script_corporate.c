#include "tests/ref/venue_script_priv.h"

/* What issuers do: shut the market, and mostly open it again. */

static void
put_ratio(struct writer *w)
{
    put_one_of(w, " 2 for 1| 3 for 2| 1 for 4| 5 for 7| 10 for 1| 1 for 1000| 7 for 3| 1 for 1");
}

static void
write_split(struct writer *w, uint32_t i)
{
    const struct traded *t = &w->traded[i];
    put(w, "split I%u", i + 1);
    put_ratio(w);
    if (one_in(w, 3))
        put_decimal(w, " step ", (int64_t)below(w, 12) * (one_in(w, 2) ? 1 : t->lot),
                    w->scale[t->asset]);
    if (one_in(w, 2))
        put_decimal(w, " lieu ", t->middle, t->price_scale);
    if (strstr(w->line, "lieu") != NULL ? !one_in(w, 20) : one_in(w, 30))
        put(w, " by %u", one_in(w, 30) ? 2 : some_account(w));
    end_line(w);
}

static void
write_name(struct writer *w, uint32_t i)
{
    static const char *const symbols[] = {"USD", "AAA", "BBB"};
    put(w, "rename I%u to I%u", i + 1,
        one_in(w, 4) ? 1 + (uint32_t)below(w, INSTRUMENT_CNT) : i + 1);
    if (one_in(w, 2))
        put(w, " asset %s", symbols[one_in(w, 4) ? (int)below(w, 3) : w->traded[i].asset]);
    end_line(w);
}

void
write_corporate(struct writer *w)
{
    uint32_t i = (uint32_t)below(w, INSTRUMENT_CNT);
    if (!w->issuers)
        return;
    if (!one_in(w, 10)) {
        put_one_of(w, "halt all|halt all|close all");
        end_line(w);
    }
    if (one_in(w, 4)) {
        write_name(w, i);
    } else if (one_in(w, 12)) {
        put(w, "redeem I%u at", i + 1);
        put_decimal(w, " ", w->traded[i].middle, w->traded[i].price_scale);
        put(w, " by %u", some_account(w));
        end_line(w);
    } else {
        write_split(w, i);
    }
    if (one_in(w, 3) && w->by_hand) {
        put_one_of(w, "continue|deposit 101 AAA 3|cancel 101 o1|open I1|tick");
        end_line(w);
    }
    put(w, "open all");
    if (one_in(w, 5))
        w->undo = "open all";
    else
        end_line(w);
    w->line_bytes = 0;
    w->line[0] = '\0';
}
