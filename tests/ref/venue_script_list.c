#include "tests/ref/venue_script_priv.h"

/* One of the two: mostly a limit order or a stop, which may be linked. */
static void
put_order(struct writer *w, uint32_t number, uint32_t i, bool buys)
{
    const struct traded *t = &w->traded[i];
    bool stop = w->stops && one_in(w, 3), limit = !one_in(w, 40);
    put(w, " o%u I%u %s %s", number, i + 1, buys ? "buy" : "sell",
        stop ? (limit ? "stop_limit" : "stop") : (limit ? "limit" : "market"));
    put_qty(w, t);
    if (limit)
        put_price(w, " @ ", t, buys);
    if (stop)
        put_price(w, " stop ", t, !buys);
    if (one_in(w, 8))
        put_time_in_force(w, t, !limit);
    else
        put_one_of(w, "| day| gtc");
    if (one_in(w, 3))
        put_options(w, limit && !stop);
}

void
write_list(struct writer *w)
{
    uint32_t account = some_account(w), number = w->number + 1;
    uint32_t i = one_in(w, 2) ? 0 : (uint32_t)below(w, 2), other = one_in(w, 40) ? 1 - i : i;
    bool buys = one_in(w, 2), differs = one_in(w, 40);
    if (!w->links)
        return;
    w->number += 2;
    uint32_t second = one_in(w, 40) ? some_order(w).number : number + 1;
    put(w, "order-list %u L%u", account, number);
    put_order(w, one_in(w, 40) ? some_order(w).number : number, i, buys);
    put_header(w);
    put(w, " and");
    put_order(w, second, other, differs ? !buys : buys);
    bool again = one_in(w, 8);
    struct venue_script *script = w->script;
    end_line(w);
    if (again)
        venue_script_add(script, script->lines[script->cnt - 1]);
    remember(w, (struct recent){account, i, one_in(w, 2) ? number : second, buys});
}

/* An order that is replaced many times, ended, and asked for again under its first id. */
void
write_chain(struct writer *w)
{
    const struct traded *t = &w->traded[0];
    uint32_t account = some_account(w), cnt = 1 + (uint32_t)below(w, 30);
    char first[LINE_BYTES];
    put(w, "new %u o%u I1 buy limit", account, ++w->number);
    put_decimal(w, " ", 2 * t->lot, w->scale[t->asset]);
    put_decimal(w, " @ ", t->middle, t->price_scale);
    memcpy(first, w->line, sizeof(first));
    end_line(w);
    for (uint32_t i = 0; i < cnt; i++, w->number++) {
        put(w, "replace %u o%u as o%u I1", account, w->number, w->number + 1);
        put_decimal(w, " price ", t->middle - t->tick * (i % 2), t->price_scale);
        end_line(w);
    }
    put(w, "cancel %u o%u", account, w->number);
    end_line(w);
    put(w, "%s", first);
    end_line(w);
}
