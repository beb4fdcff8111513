#ifndef GATEWAY_FIX_FIX_TABLE_H
#define GATEWAY_FIX_FIX_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/fix/fix_messages.h"
#include "gateway/fix/fix_parse.h"

/* Whether a message has the form that FIX 4.4 and this venue give it, by tables made of
 * fix_messages.h, and its fields by name. */

enum fix_field_name { /* FIX_F_ClOrdID, in the order of fix_messages.h */
                      FIX_F_NONE = 0,
#define FIX_ENUM_FIELD(tag, name, type, values) FIX_F_##name,
                      FIX_FIELDS(FIX_ENUM_FIELD)
#undef FIX_ENUM_FIELD
                          FIX_F_COUNT
};
enum { FIX_F_WORDS = 3 }; /* of a set of fields */
_Static_assert(FIX_F_COUNT <= FIX_F_WORDS * 64, "a set holds all");

enum fix_tag { /* FIX_TAG_ClOrdID = 11 */
#define FIX_ENUM_TAG(tag, name, type, values) FIX_TAG_##name = (tag),
               FIX_FIELDS(FIX_ENUM_TAG)
#undef FIX_ENUM_TAG
};

enum fix_message_name { /* FIX_M_Logon */
                        FIX_M_NONE = 0,
#define FIX_ENUM_MESSAGE(name, type) FIX_M_##name,
                        FIX_MESSAGES(FIX_ENUM_MESSAGE)
#undef FIX_ENUM_MESSAGE
                            FIX_M_COUNT
};

enum fix_reject_reason { /* 373 SessionRejectReason */
                         FIX_REJECT_BAD_TAG = 0,
                         FIX_REJECT_MISSING = 1,
                         FIX_REJECT_NOT_FOR_MESSAGE = 2,
                         FIX_REJECT_UNDEFINED_TAG = 3,
                         FIX_REJECT_EMPTY = 4,
                         FIX_REJECT_VALUE = 5,
                         FIX_REJECT_FORMAT = 6,
                         FIX_REJECT_COMP_ID = 9,
                         FIX_REJECT_SENDING_TIME = 10,
                         FIX_REJECT_MSG_TYPE = 11,
                         FIX_REJECT_TWICE = 13,
                         FIX_REJECT_OTHER = 99,
};

struct fix_reject {
    enum fix_reject_reason reason;
    uint32_t ref_tag; /* 371; 0 = none */
    const char *text; /* a sentence for people */
};

struct fix_checked { /* the fields of a message by name, good or not so far */
    const struct fix_message *m;
    enum fix_message_name name;    /* FIX_M_NONE: a type that this venue does not take */
    uint64_t present[FIX_F_WORDS]; /* bit set by fix_field_name */
    uint8_t at[FIX_F_COUNT];       /* index in m->fields, when present */
};

/* Looks at every field; true when the message is good, else *reject names the first fault. The
 * fields that were found are in *out either way, so that an answer can use them.
 * thread: pure   cost: with fix_parse, see there */
bool fix_table_check(const struct fix_message *m, struct fix_checked *out,
                     struct fix_reject *reject);

/* "NewOrderSingle"; FIX_M_NONE gives "unknown". */
const char *fix_message_text(enum fix_message_name name);
enum fix_message_name fix_message_name(const char *type, uint32_t bytes);
/* Whether FIX 4.4 has this MsgType, taken here or not. source: FIX 4.4 volume 6, tag 35 */
bool fix_type_standard(const char *type, uint32_t bytes);

/* FIX_F_NONE: not listed in fix_messages.h. */
enum fix_field_name fix_field_of_tag(uint32_t tag);
/* Whether a message may have the field more than once, in its groups. */
bool fix_field_comes_again(enum fix_message_name name, enum fix_field_name f);

static inline bool
fix_has(const struct fix_checked *c, enum fix_field_name f)
{
    return (c->present[f / 64] >> (f % 64) & 1) != 0;
}

/* The field, or NULL. */
static inline const struct fix_field *
fix_get(const struct fix_checked *c, enum fix_field_name f)
{
    return fix_has(c, f) ? &c->m->fields[c->at[f]] : NULL;
}

/* First character of the value, or the default. */
static inline char
fix_char(const struct fix_checked *c, enum fix_field_name f, char otherwise)
{
    const struct fix_field *x = fix_get(c, f);
    return x == NULL ? otherwise : x->value[0];
}

/* A number; the default when absent (or too large to be read). */
static inline uint64_t
fix_u64(const struct fix_checked *c, enum fix_field_name f, uint64_t otherwise)
{
    const struct fix_field *x = fix_get(c, f);
    uint64_t v;
    return x != NULL && fix_read_u64(x->value, x->bytes, &v) ? v : otherwise;
}

#endif
