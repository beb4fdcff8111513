#include "risk/risk_priv.h"

#include <string.h>

#include "engine/base/error.h"
#include "engine/base/hash.h"

/* Bytes: this header, then the accounts and the instruments as they lie in memory. */
struct saved_head {
    uint32_t magic, version;
    uint32_t account_cnt, instrument_cnt;
};
_Static_assert(sizeof(struct saved_head) == 16, "saved header layout");

enum { SAVED_MAGIC = 0x4b534952 /* "RISK" */, SAVED_VERSION = 1 };

static struct saved_head
head_of(const struct risk *r)
{
    return (struct saved_head){.magic = SAVED_MAGIC,
                               .version = SAVED_VERSION,
                               .account_cnt = r->account_cnt,
                               .instrument_cnt = r->view->instrument_cnt};
}

static size_t
bytes_of(const struct saved_head *head)
{
    return sizeof(*head) + head->account_cnt * sizeof(struct risk_account) +
           head->instrument_cnt * sizeof(struct risk_instrument);
}

size_t
risk_save(const void *self, void *out, size_t out_bytes)
{
    const struct risk *r = self;
    struct saved_head head = head_of(r);
    size_t bytes = bytes_of(&head);
    if (out == NULL || out_bytes < bytes)
        return bytes;
    uint8_t *at = out;
    size_t account_bytes = head.account_cnt * sizeof(*r->accounts);
    memcpy(at, &head, sizeof(head));
    memcpy(at + sizeof(head), r->accounts, account_bytes);
    memcpy(at + sizeof(head) + account_bytes, r->instruments,
           head.instrument_cnt * sizeof(*r->instruments));
    return bytes;
}

/* What is used as an index or as a shift must be within its range. */
static bool
account_sound(const struct risk_account *a)
{
    return a->account_id != 0 && a->country < COUNTRY_MAX &&
           a->investor_class <= CLASS_MARKET_MAKER && a->rate.newest <= RATE_PARTS &&
           a->rate.part_ns >= 0 && (a->rate.part_ns > 0 || a->rate.part_end_ns == 0);
}

int
risk_load(void *self, const void *in, size_t in_bytes)
{
    struct risk *r = self;
    struct saved_head head;
    if (in_bytes < sizeof(head))
        return ERR_CORRUPT;
    memcpy(&head, in, sizeof(head));
    if (head.magic != SAVED_MAGIC)
        return ERR_CORRUPT;
    if (head.version != SAVED_VERSION)
        return ERR_UNSUPPORTED;
    if (head.account_cnt > r->account_max || head.instrument_cnt > r->instrument_max ||
        bytes_of(&head) != in_bytes)
        return ERR_CORRUPT;
    const uint8_t *at = (const uint8_t *)in + sizeof(head);
    const uint8_t *rules = at + head.account_cnt * sizeof(*r->accounts);
    memset(r->accounts, 0, r->account_max * sizeof(*r->accounts));
    memset(r->instruments, 0, r->instrument_max * sizeof(*r->instruments));
    id_map_clear(&r->account_ids);
    for (r->account_cnt = 0; r->account_cnt < head.account_cnt; r->account_cnt++) {
        struct risk_account *a = &r->accounts[r->account_cnt];
        memcpy(a, at + r->account_cnt * sizeof(*a), sizeof(*a));
        if (!account_sound(a) || id_map_find(&r->account_ids, a->account_id) != ID_MAP_NONE)
            return ERR_CORRUPT;
        id_map_add(&r->account_ids, a->account_id, r->account_cnt);
    }
    memcpy(r->instruments, rules, head.instrument_cnt * sizeof(*r->instruments));
    return 0;
}

void
risk_digest(const void *self, uint64_t out[2])
{
    const struct risk *r = self;
    struct saved_head head = head_of(r);
    struct hash128 parts[3] = {
        hash128(0, &head, sizeof(head)),
        hash128(1, r->accounts, head.account_cnt * sizeof(*r->accounts)),
        hash128(2, r->instruments, head.instrument_cnt * sizeof(*r->instruments)),
    };
    struct hash128 all = hash128(3, parts, sizeof(parts));
    out[0] = all.lo;
    out[1] = all.hi;
}
