#include <stdlib.h>
#include <string.h>

#include "tests/ref/ref_priv.h"

/* Client ids in the order of their coming. Remembered: those of open orders, and of what was done
 * in this business day or the one before. When more than half of the room is taken, each that comes
 * looks at the two oldest: what may be forgotten goes, what is open moves to the end, anything else
 * stops the look. source: engine/core/client_ids.h */

static bool
expired(const struct ref_venue *r, const struct ref_id *k)
{
    return k->done_day != 0 && k->done_day < r->day;
}

static struct ref_id *
find(struct ref_venue *r, enum ref_space space, uint32_t owner, const struct client_id *id)
{
    for (uint32_t i = 0; i < r->id_cnt; i++) {
        struct ref_id *k = &r->ids[i];
        if (!k->forgotten && k->space == space && k->owner == owner &&
            memcmp(&k->id, id, sizeof(*id)) == 0)
            return k;
    }
    return NULL;
}

struct ref_id *
ref_id_find(struct ref_venue *r, enum ref_space space, uint32_t owner, const struct client_id *id)
{
    struct ref_id *k = find(r, space, owner, id);
    return k == NULL || expired(r, k) ? NULL : k;
}

static bool
look_at_oldest(struct ref_venue *r)
{
    if (r->id_cnt == 0)
        return false;
    struct ref_id oldest = r->ids[0];
    bool open = !oldest.forgotten && oldest.done_day == 0;
    if (!open && !oldest.forgotten && !expired(r, &oldest))
        return false;
    r->id_cnt--;
    memmove(&r->ids[0], &r->ids[1], r->id_cnt * sizeof(r->ids[0]));
    if (open)
        r->ids[r->id_cnt++] = oldest;
    return true;
}

bool
ref_id_room(struct ref_venue *r)
{
    if (r->id_cnt > r->genesis.client_id_max / 2 && look_at_oldest(r))
        (void)look_at_oldest(r);
    return r->id_cnt < r->genesis.client_id_max;
}

struct ref_id *
ref_id_add(struct ref_venue *r, enum ref_space space, uint32_t owner, const struct command *cmd)
{
    struct ref_id *old = find(r, space, owner, &cmd->id);
    if (old != NULL)
        old->forgotten = true;
    if (r->id_cnt == REF_ID_MAX)
        abort();
    struct ref_id *k = &r->ids[r->id_cnt++];
    memset(k, 0, sizeof(*k));
    k->space = space;
    k->owner = owner;
    k->account_id = cmd->account_id;
    k->id = cmd->id;
    k->type = cmd->rec.type;
    k->body_bytes = cmd->rec.length_bytes - (uint32_t)sizeof(*cmd);
    memcpy(k->body, (const uint8_t *)cmd + sizeof(*cmd), k->body_bytes);
    return k;
}

bool
ref_id_same(const struct ref_id *k, const struct command *cmd)
{
    return k->type == cmd->rec.type && k->account_id == cmd->account_id &&
           k->body_bytes == cmd->rec.length_bytes - sizeof(*cmd) &&
           memcmp(k->body, (const uint8_t *)cmd + sizeof(*cmd), k->body_bytes) == 0;
}

void
ref_id_end(struct ref_venue *r, const struct ref_order *o)
{
    for (uint32_t i = 0; i < r->id_cnt; i++) {
        struct ref_id *k = &r->ids[i];
        if (k->space == REF_ORDERS && k->done_day == 0 && k->order == (uint32_t)(o - r->orders))
            k->done_day = r->day + 1;
    }
}
