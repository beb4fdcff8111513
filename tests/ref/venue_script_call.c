#include "tests/ref/venue_script_priv.h"

/* A call; sometimes more orders than one command of its auction can tell of. */
void
write_call(struct writer *w)
{
    const struct traded *t = &w->traded[0];
    if (!w->calls)
        return;
    put_one_of(w, "call I1|call I1|call I2|call all");
    put_one_of(w, " opening| opening| intraday| closing| closing| resumption");
    end_line(w);
    w->undo = NULL;
    if (one_in(w, 4)) {
        put_one_of(w, "open I1|open all|close I1|close all|halt I1");
        end_line(w);
    } else {
        put_one_of(w, "open I1|open all|open all|close I1|close all|halt all|call I1 intraday");
        memcpy(w->end_of_call, w->line, sizeof(w->end_of_call));
        w->line_bytes = 0;
        w->line[0] = '\0';
        w->undo = w->end_of_call;
    }
    if (!w->deep || !one_in(w, 3))
        return;
    for (int side = 0; side < 2; side++) {
        put(w, "repeat %" PRIu64 " new %u o%u-{} I1 %s limit", 40 + below(w, 60), some_account(w),
            ++w->number, side == 0 ? "buy" : "sell");
        put_decimal(w, " ", t->lot * (int64_t)(1 + below(w, 4)), w->scale[t->asset]);
        put_decimal(w, " @ ", t->middle, t->price_scale);
        put_one_of(w, "||| day| opg| cls");
        end_line(w);
    }
}
