#include "engine/model/reason.h"

#include <stddef.h>

struct reason_row {
    uint16_t value;
    int16_t fix_ord_rej, fix_cxl_rej;
    const char *name;
    const char *text;
};

static const struct reason_row REASONS[] = {
#define REASON_ROW(name, value, fix103, fix102, text) {value, fix103, fix102, #name, text},
    REASON_LIST(REASON_ROW)
#undef REASON_ROW
};

enum { REASON_CNT = sizeof REASONS / sizeof REASONS[0], FIX_OTHER = 99 };

/* The list is in ascending order of value (a test holds it so). */
static const struct reason_row *
find(uint32_t reason)
{
    size_t low = 0, high = REASON_CNT;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (REASONS[mid].value == reason)
            return &REASONS[mid];
        if (REASONS[mid].value < reason)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

const char *
reason_name(uint32_t reason)
{
    const struct reason_row *row = find(reason);
    return row ? row->name : "UNKNOWN";
}

const char *
reason_text(uint32_t reason)
{
    const struct reason_row *row = find(reason);
    return row ? row->text : "reason not known to this program";
}

int
reason_fix_ord_rej(uint32_t reason)
{
    const struct reason_row *row = find(reason);
    return row ? row->fix_ord_rej : FIX_OTHER;
}

int
reason_fix_cxl_rej(uint32_t reason)
{
    const struct reason_row *row = find(reason);
    return row ? row->fix_cxl_rej : FIX_OTHER;
}
