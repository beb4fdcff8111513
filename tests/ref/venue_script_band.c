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

/* Shares of a few lots, so that many a one is too small. */
void
write_allocation_of(struct writer *w, uint32_t instrument)
{
    const struct traded *t = &w->traded[instrument];
    put(w, "allocation I%u", instrument + 1);
    if (!one_in(w, 8)) {
        put(w, " pro-rata");
        if (one_in(w, 2))
            put_decimal(w, " min ", t->lot * (int64_t)(1 + below(w, 3)), w->scale[t->asset]);
        uint64_t top = below(w, 3);
        if (top != 0)
            put_one_of(w, " top 100%| top 100%| top 40%");
        if (top != 0 && one_in(w, 2))
            put_decimal(w, " top-min ", t->lot * (int64_t)below(w, 5), w->scale[t->asset]);
        if (top != 0 && one_in(w, 2))
            put_decimal(w, " top-max ", t->lot * (int64_t)below(w, 6), w->scale[t->asset]);
    }
    end_line(w);
}

/* Or many orders at one price, and one that takes a part of them. */
void
write_allocation(struct writer *w)
{
    const struct traded *t = &w->traded[0];
    if (!w->shares)
        return;
    if (one_in(w, 2)) {
        write_allocation_of(w, (uint32_t)below(w, 2));
        return;
    }
    uint64_t cnt = w->deep ? 40 + below(w, 200) : 2 + below(w, 6);
    for (uint64_t i = 0; i < 1 + below(w, 3); i++) {
        put(w, "repeat %" PRIu64 " new %u p%u-{} I1 sell limit", cnt, some_account(w), ++w->number);
        put_decimal(w, " ", t->lot * (int64_t)(1 + below(w, 9)), w->scale[t->asset]);
        put_decimal(w, " @ ", t->middle + t->tick, t->price_scale);
        end_line(w);
    }
    put(w, "new %u o%u I1 buy limit", some_account(w), ++w->number);
    put_decimal(w, " ", t->lot * (int64_t)(1 + below(w, cnt * 6)), w->scale[t->asset]);
    put_decimal(w, " @ ", t->middle + t->tick, t->price_scale);
    put_one_of(w, "||| ioc| fok");
    end_line(w);
}
