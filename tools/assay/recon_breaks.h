#ifndef TOOLS_ASSAY_RECON_BREAKS_H
#define TOOLS_ASSAY_RECON_BREAKS_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

/* What a reconciliation found not to agree: classed, named, counted. All are counted, the first
 * RECON_KEPT_MAX of each class are kept with their text. thread: one */

enum recon_class {
    RECON_JOURNAL = 0, /* a record, the chain, or events that the replay makes otherwise */
    RECON_CORE,        /* the running core differs from the replay */
    RECON_SNAPSHOT,
    RECON_LAG,  /* the books are not as far as the journal */
    RECON_FILL, /* rows of the books against the journal's events */
    RECON_POSTING,
    RECON_BALANCE,
    RECON_ORDER,
    RECON_OTHER_ROW, /* movements, withdrawals, rejects, decisions, reference data */
    RECON_CLASS_CNT
};

enum { RECON_KEPT_MAX = 100, RECON_TEXT_MAX = 400 };

struct recon_break {
    char text[RECON_TEXT_MAX];
};

struct recon_breaks {
    uint64_t cnt[RECON_CLASS_CNT];
    struct recon_break *kept[RECON_CLASS_CNT]; /* RECON_KEPT_MAX each, made at the first */
};

void recon_breaks_add(struct recon_breaks *b, enum recon_class class, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
uint64_t recon_breaks_cnt(const struct recon_breaks *b);
void recon_breaks_free(struct recon_breaks *b);

const char *recon_class_name(enum recon_class class); /* "fill" */
void recon_breaks_print(const struct recon_breaks *b, FILE *out);
json_t *recon_breaks_json(const struct recon_breaks *b); /* array of {class, text} */

#endif
