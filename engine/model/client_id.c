#include "engine/model/client_id.h"

#include <string.h>

static bool
printable(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (text[i] < 0x20 || text[i] > 0x7e)
            return false;
    return true;
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
    if (id->length > CLIENT_ID_MAX || !printable(id->text, id->length))
        return false;
    for (size_t i = id->length; i < CLIENT_ID_MAX; i++)
        if (id->text[i] != 0)
            return false;
    return (id->zero[0] | id->zero[1] | id->zero[2]) == 0;
}

bool
client_id_equal(const struct client_id *a, const struct client_id *b)
{
    return a->length == b->length && memcmp(a->text, b->text, sizeof a->text) == 0;
}
