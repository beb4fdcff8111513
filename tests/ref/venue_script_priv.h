#ifndef TESTS_REF_VENUE_SCRIPT_PRIV_H
#define TESTS_REF_VENUE_SCRIPT_PRIV_H

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/check.h"
#include "tests/ref/venue_script.h"
#include "tests/support/seed.h"

/* What the files that write random scripts share: a line is put together word by word. */

enum { LINE_BYTES = 512, RECENT = 40, BARGAINS = 6, FIRST_ACCOUNT = 101, INSTRUMENT_CNT = 3 };

struct traded { /* an instrument as the script defines it */
    char definition[LINE_BYTES];
    int asset, price_scale;
    int64_t tick, lot;
    int64_t middle; /* around which prices lie */
};

struct recent { /* an order that the script named */
    uint32_t account, instrument, number;
    bool buys;
};

struct bargain { /* a proposal, a request for quote, a quote in answer; to: who may answer it */
    uint32_t account, to, instrument, number;
    uint64_t sides; /* of a request: that answer it: 1 a bid, 2 an ask, 3 both */
};

struct writer {
    struct venue_script *script;
    struct seed seed;
    char line[LINE_BYTES]; /* being written */
    size_t line_bytes;
    uint32_t account_cnt, session_cnt, number, money_number;
    int scale[3]; /* of USD, AAA, BBB */
    struct traded traded[INSTRUMENT_CNT];
    struct recent recent[RECENT];
    uint32_t recent_cnt;
    const char *undo;         /* brings back what was stopped for a while; NULL = nothing was */
    bool deep, calm, by_hand; /* calm: hardly anything but orders */
    bool stops;               /* many of them */
    bool selfish;             /* self-trades are prevented */
    bool calls;               /* instruments are called to auctions */
    char end_of_call[32];
    bool veils;    /* icebergs and hidden orders */
    bool wholes;   /* all-or-none orders */
    bool links;    /* orders of which one cancels the other */
    bool shares;   /* levels are shared among their orders */
    bool bands;    /* prices are bounded by what was traded before */
    bool bargains; /* trades are agreed outside the book */
    bool issuers;  /* split and redeem */
    struct bargain deals_made[BARGAINS], requests[BARGAINS], answers[BARGAINS];
    uint32_t deal_cnt, request_cnt, answer_cnt;
};

static inline uint64_t
below(struct writer *w, uint64_t n)
{
    return seed_below(&w->seed, n);
}

static inline bool
one_in(struct writer *w, uint64_t n)
{
    return below(w, n) == 0;
}

static inline void put(struct writer *w, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static inline void
put(struct writer *w, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(w->line + w->line_bytes, LINE_BYTES - w->line_bytes, format, args);
    va_end(args);
    CHECK(n >= 0 && (size_t)n < LINE_BYTES - w->line_bytes);
    w->line_bytes += (size_t)n;
}

static inline void
put_decimal(struct writer *w, const char *before, int64_t units, int scale)
{
    int64_t ten = 1;
    for (int i = 0; i < scale; i++)
        ten *= 10;
    put(w, "%s%" PRId64, before, units / ten);
    if (scale > 0)
        put(w, ".%0*" PRId64, scale, units % ten);
}

/* One of the words, which are separated by |; a word may be empty. */
static inline void
put_one_of(struct writer *w, const char *words)
{
    uint64_t cnt = 1;
    for (const char *at = words; *at != '\0'; at++)
        cnt += *at == '|';
    for (uint64_t skip = below(w, cnt); skip > 0; skip--)
        words = strchr(words, '|') + 1;
    put(w, "%.*s", (int)strcspn(words, "|"), words);
}

static inline void
end_line(struct writer *w)
{
    venue_script_add(w->script, w->line);
    w->line_bytes = 0;
    w->line[0] = '\0';
}

/* --- venue_script.c: words of an order --- */
uint32_t some_account(struct writer *w);
struct recent some_order(struct writer *w);
void remember(struct writer *w, struct recent order);
void put_header(struct writer *w);
void put_qty(struct writer *w, const struct traded *t);
void put_price(struct writer *w, const char *before, const struct traded *t, bool buys);
void put_time_in_force(struct writer *w, const struct traded *t, bool market);
void put_options(struct writer *w, bool limit);

/* --- venue_script_list.c: orders that come together or one after the other --- */
void write_list(struct writer *w);
void write_chain(struct writer *w);

/* --- venue_script_call.c: calls to auctions --- */
void write_call(struct writer *w);

/* --- venue_script_band.c: price bands --- */
void write_bands(struct writer *w);
void write_ticks(struct writer *w, uint32_t instrument); /* coarser above the middle */

void write_allocation(struct writer *w);
void write_allocation_of(struct writer *w, uint32_t instrument);

/* --- venue_script_deal.c: negotiated trades, requests for quote --- */
void write_bargain(struct writer *w);
void write_deal_rules(struct writer *w, uint32_t instrument);

/* --- venue_script_corporate.c: what issuers do --- */
void write_corporate(struct writer *w);

/* --- venue_script_guard.c: whose an account is, self-trades, kill switches --- */
void put_party(struct writer *w);
void put_self_trade(struct writer *w);
void write_kill_switch(struct writer *w);
/* In the midst of what takes several commands; account 0: the venue. */
void write_kill_of(struct writer *w, uint32_t account);

#endif
