#include "tests/ref/venue_script_priv.h"

static void
put_width(struct writer *w, const char *word)
{
    put(w, " %s", word);
    if (one_in(w, 2))
        put(w, " ticks %" PRIu64, 1 + below(w, 6));
    else
        put_one_of(w, " 1%| 3%| 100bps| 20%");
}

void
write_ticks(struct writer *w, uint32_t instrument)
{
    const struct traded *t = &w->traded[instrument];
    int64_t coarse = t->tick * (int64_t)(1 + below(w, 3));
    put(w, "ticks I%u", instrument + 1);
    put_decimal(w, " from ", 0, t->price_scale);
    put_decimal(w, " step ", t->tick, t->price_scale);
    put_decimal(w, " from ", t->middle - t->middle % coarse, t->price_scale);
    put_decimal(w, " step ", coarse, t->price_scale);
    end_line(w);
}

/* Bands, or the end of the call that they began: nothing else ends it. */
void
write_bands(struct writer *w)
{
    if (!w->bands)
        return;
    if (!one_in(w, 3)) {
        put_one_of(w, "open I1|open I1|open all|close I1");
        end_line(w);
        return;
    }
    if (one_in(w, 20)) {
        write_ticks(w, (uint32_t)below(w, 2));
        return;
    }
    put_one_of(w, "bands I1|bands I1|bands I2");
    if (!one_in(w, 6)) {
        uint64_t which = 1 + below(w, 3);
        put_one_of(w, " interrupt| refuse");
        if ((which & 1) != 0)
            put_width(w, "static");
        if ((which & 2) != 0)
            put_width(w, "dynamic");
        put_one_of(w, "|| follows");
    }
    end_line(w);
}
