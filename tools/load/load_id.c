#include <string.h>

#include "tools/load/load_priv.h"

/* "L", the run id in base 36, "-": at most 12 characters. */
void
load_id_prefix(struct load *l)
{
    static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    char reversed[16];
    size_t cnt = 0, at = 0;
    uint64_t n = (uint64_t)l->options.run_id % 3656158440062976u; /* 36^10 */
    do
        reversed[cnt++] = digits[n % 36];
    while ((n /= 36) != 0);
    l->prefix[at++] = 'L';
    while (cnt > 0)
        l->prefix[at++] = reversed[--cnt];
    l->prefix[at++] = '-';
    l->prefix[at] = 0;
    l->prefix_bytes = at;
}

void
load_id_write(const struct load *l, uint32_t op, char out[LOAD_ID_MAX])
{
    char reversed[12];
    size_t cnt = 0, at = l->prefix_bytes;
    memcpy(out, l->prefix, l->prefix_bytes);
    do
        reversed[cnt++] = (char)('0' + op % 10);
    while ((op /= 10) != 0);
    while (cnt > 0)
        out[at++] = reversed[--cnt];
    out[at] = 0;
}

uint32_t
load_id_read(const struct load *l, const char *text, size_t bytes)
{
    uint64_t op = 0;
    if (!text || bytes <= l->prefix_bytes || bytes > l->prefix_bytes + 10 ||
        memcmp(text, l->prefix, l->prefix_bytes) != 0)
        return UINT32_MAX;
    for (size_t i = l->prefix_bytes; i < bytes; i++) {
        if (text[i] < '0' || text[i] > '9')
            return UINT32_MAX;
        op = op * 10 + (uint64_t)(text[i] - '0');
    }
    return op < l->flow->op_cnt ? (uint32_t)op : UINT32_MAX;
}
