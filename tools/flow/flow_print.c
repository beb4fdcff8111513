#include "tools/flow/flow_print.h"

#include <inttypes.h>

static uint64_t
source_total(const struct flow_counts *c, unsigned source)
{
    return c->ops[source][FLOW_NEW] + c->ops[source][FLOW_CANCEL] + c->ops[source][FLOW_REPLACE];
}

void
flow_print(const struct flow *f, FILE *out)
{
    struct flow_counts c;
    flow_count(f, &c);
    fprintf(out,
            "%s\n  %zu operations of %" PRIu32 " orders in %.3f s, %" PRIu32
            " instruments, %" PRIu32 " clients\n",
            f->name, f->op_cnt, f->order_cnt, (double)c.last_ns / 1e9, f->instrument_cnt,
            f->client_cnt);
    if (f->warm_cnt > 0)
        fprintf(out, "  the first %zu build the book\n", f->warm_cnt);
    for (unsigned s = FLOW_RECORDED; s <= FLOW_GENERATED; s++) {
        if (source_total(&c, s) == 0)
            continue;
        fprintf(out,
                "  %-9s  new %" PRIu64 " (limit %" PRIu64 ", market %" PRIu64 "; ioc %" PRIu64
                ", fok %" PRIu64 "), cancel %" PRIu64 ", replace %" PRIu64 "\n",
                flow_source_name((uint8_t)s), c.ops[s][FLOW_NEW], c.by_type[s][0], c.by_type[s][1],
                c.by_tif[s][TIF_IOC], c.by_tif[s][TIF_FOK], c.ops[s][FLOW_CANCEL],
                c.ops[s][FLOW_REPLACE]);
    }
    for (uint32_t i = 0; i < f->note_cnt; i++)
        fprintf(out, "  note: %" PRIu64 " %s\n", f->notes[i].cnt, f->notes[i].text);
}

void
flow_print_json_string(const char *text, FILE *out)
{
    fputc('"', out);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            fprintf(out, "\\%c", *text);
        else if ((unsigned char)*text < 0x20)
            fprintf(out, "\\u%04x", (unsigned)*text);
        else
            fputc(*text, out);
    }
    fputc('"', out);
}

void
flow_print_json(const struct flow *f, FILE *out)
{
    struct flow_counts c;
    flow_count(f, &c);
    fputs("{\"name\":", out);
    flow_print_json_string(f->name, out);
    fprintf(out,
            ",\"operations\":%zu,\"warm\":%zu,\"orders\":%" PRIu32 ",\"instruments\":%" PRIu32
            ",\"clients\":%" PRIu32 ",\"last_ns\":%" PRId64,
            f->op_cnt, f->warm_cnt, f->order_cnt, f->instrument_cnt, f->client_cnt, c.last_ns);
    for (unsigned s = FLOW_RECORDED; s <= FLOW_GENERATED; s++)
        fprintf(out, ",\"%s\":{\"new\":%" PRIu64 ",\"cancel\":%" PRIu64 ",\"replace\":%" PRIu64 "}",
                flow_source_name((uint8_t)s), c.ops[s][FLOW_NEW], c.ops[s][FLOW_CANCEL],
                c.ops[s][FLOW_REPLACE]);
    fputs(",\"notes\":[", out);
    for (uint32_t i = 0; i < f->note_cnt; i++) {
        fprintf(out, "%s{\"count\":%" PRIu64 ",\"text\":", i ? "," : "", f->notes[i].cnt);
        flow_print_json_string(f->notes[i].text, out);
        fputc('}', out);
    }
    fputs("]}\n", out);
}
