#include "tools/assay/recon_breaks.h"

#include <stdarg.h>
#include <stdlib.h>

static const char *const names[RECON_CLASS_CNT] = {"journal", "core",    "snapshot", "lag", "fill",
                                                   "posting", "balance", "order",    "row"};

const char *recon_class_name(enum recon_class class)
{
    return names[class];
}

void
recon_breaks_add(struct recon_breaks *b, enum recon_class class, const char *fmt, ...)
{
    uint64_t n = b->cnt[class]++;
    if (!b->kept[class])
        b->kept[class] = calloc(RECON_KEPT_MAX, sizeof *b->kept[class]);
    if (n >= RECON_KEPT_MAX || !b->kept[class]) /* without memory: counted all the same */
        return;
    va_list args;
    va_start(args, fmt);
    vsnprintf(b->kept[class][n].text, RECON_TEXT_MAX, fmt, args);
    va_end(args);
}

uint64_t
recon_breaks_cnt(const struct recon_breaks *b)
{
    uint64_t sum = 0;
    for (int i = 0; i < RECON_CLASS_CNT; i++)
        sum += b->cnt[i];
    return sum;
}

void
recon_breaks_free(struct recon_breaks *b)
{
    for (int i = 0; i < RECON_CLASS_CNT; i++)
        free(b->kept[i]);
    *b = (struct recon_breaks){0};
}

static uint64_t
kept(const struct recon_breaks *b, int class)
{
    if (!b->kept[class])
        return 0;
    return b->cnt[class] < RECON_KEPT_MAX ? b->cnt[class] : RECON_KEPT_MAX;
}

void
recon_breaks_print(const struct recon_breaks *b, FILE *out)
{
    for (int class = 0; class < RECON_CLASS_CNT; class ++) {
        for (uint64_t i = 0; i < kept(b, class); i++)
            fprintf(out, "BREAK %-8s %s\n", names[class], b->kept[class][i].text);
        if (b->cnt[class] > kept(b, class))
            fprintf(out, "BREAK %-8s and %llu more\n", names[class],
                    (unsigned long long)(b->cnt[class] - kept(b, class)));
    }
}

json_t *
recon_breaks_json(const struct recon_breaks *b)
{
    json_t *array = json_array();
    for (int class = 0; class < RECON_CLASS_CNT; class ++)
        for (uint64_t i = 0; i < kept(b, class); i++)
            json_array_append_new(array, json_pack("{s:s, s:s}", "class", names[class], "text",
                                                   b->kept[class][i].text));
    return array;
}
