#include "engine/model/client_id.h"

#include <string.h>

static bool
printable(const char *text, size_t length)
{
    bool all = true;
    for (size_t i = 0; i < length; i++)
        all &= text[i] >= 0x20 && text[i] <= 0x7e;
    return all;
}

int
client_id_set(struct client_id *id, const char *text, size_t length)
{
    if (length == 0 || length > CLIENT_ID_MAX || !printable(text, length))
        return ERR_INVALID;
    struct client_id fresh = {.length = (uint8_t)length};
    memcpy(fresh.text, text, length);
    *id = fresh;
    return 0;
}

bool
client_id_well_formed(const struct client_id *id)
{
    static const char zeros[CLIENT_ID_MAX + sizeof(id->zero)];
    _Static_assert(offsetof(struct client_id, zero) == 1 + CLIENT_ID_MAX, "text, then zeros");
    if (id->length > CLIENT_ID_MAX || !printable(id->text, id->length))
        return false;
    const char *rest = (const char *)id + 1 + id->length;
    return memcmp(rest, zeros, sizeof(zeros) - id->length) == 0;
}

bool
client_id_equal(const struct client_id *a, const struct client_id *b)
{
    return a->length == b->length && memcmp(a->text, b->text, sizeof a->text) == 0;
}
