#include "gateway/fix/fix_table.h"

#include <string.h>

#include "engine/model/client_id.h"
#include "gateway/fix/fix_time.h"

enum field_type {
    TYPE_STRING,
    TYPE_CLIENT_ID, /* becomes one of a command: nothing else would pass the core's door */
    TYPE_CHAR,
    TYPE_CHARS, /* one or more, a blank between them */
    TYPE_BOOLEAN,
    TYPE_INT,
    TYPE_SEQNUM,
    TYPE_LENGTH,
    TYPE_DECIMAL,
    TYPE_TIME,
    TYPE_DATA,
};

struct field_rule {
    uint32_t tag;
    uint32_t type;      /* enum field_type */
    const char *values; /* "" = any */
    const char *not_id; /* said of a CLIENT_ID that is none */
};

static const struct field_rule FIELDS[FIX_F_COUNT] = {
#define FIELD_RULE(tag_, name, type_, values_)                                                     \
    [FIX_F_##name] = {.tag = (tag_),                                                               \
                      .type = TYPE_##type_,                                                        \
                      .values = (values_),                                                         \
                      .not_id = #name ": expected 1 to 36 characters of printable ASCII"},
    FIX_FIELDS(FIELD_RULE)};
_Static_assert(CLIENT_ID_MAX == 36, "as the text of not_id says");

enum { TAG_DENSE = 1408 }; /* FIX 4.4, and of 5.0 what shows a part and links */
static const uint8_t FIELD_OF_TAG[TAG_DENSE] = {
#define FIELD_TAG(tag, name, type, values) [tag] = FIX_F_##name,
    FIX_FIELDS(FIELD_TAG)};

/* Every tag that FIX 4.4 defines lies in 1..956; 5000 to 9999 are the users' own.
 * source: FIX 4.4 volume 6, "User Defined Fields" */
enum { TAG_STANDARD_MAX = 956, TAG_USER_MIN = 5000, TAG_USER_MAX = 9999 };

struct message_rule {
    const char *text, *type;
    uint64_t required[FIX_F_WORDS], allowed[FIX_F_WORDS]; /* bit sets by fix_field_name */
};

#define WORD(f, w) ((f) / 64 == (w) ? 1ull << ((f) % 64) : 0)
#define OR_0(name) | WORD(FIX_F_##name, 0)
#define OR_1(name) | WORD(FIX_F_##name, 1)
#define OR_2(name) | WORD(FIX_F_##name, 2)
#define NOT_COUNTED(name)
#define HEADER                                                                                     \
    {                                                                                              \
        0 FIX_FIELDS_Header(OR_0), 0 FIX_FIELDS_Header(OR_1), 0 FIX_FIELDS_Header(OR_2)            \
    }
#define MESSAGE_RULE(name, type_)                                                                  \
    [FIX_M_##name] = {.text = #name,                                                               \
                      .type = (type_),                                                             \
                      .required = {0 FIX_FIELDS_##name(OR_0, NOT_COUNTED),                         \
                                   0 FIX_FIELDS_##name(OR_1, NOT_COUNTED),                         \
                                   0 FIX_FIELDS_##name(OR_2, NOT_COUNTED)},                        \
                      .allowed = {0 FIX_FIELDS_##name(OR_0, OR_0) FIX_FIELDS_Header(OR_0),         \
                                  0 FIX_FIELDS_##name(OR_1, OR_1) FIX_FIELDS_Header(OR_1),         \
                                  0 FIX_FIELDS_##name(OR_2, OR_2) FIX_FIELDS_Header(OR_2)}},
static const struct message_rule MESSAGES[FIX_M_COUNT] = {
    [FIX_M_NONE] = {.text = "unknown", .type = "", .allowed = HEADER}, FIX_MESSAGES(MESSAGE_RULE)};

const char *
fix_message_text(enum fix_message_name name)
{
    return MESSAGES[name].text;
}

enum fix_message_name
fix_message_name(const char *type, uint32_t bytes)
{
    if (bytes == 1 && type[0] == 'D')
        return FIX_M_NewOrderSingle;
    if (bytes == 1 && type[0] == 'F')
        return FIX_M_OrderCancelRequest;
    if (bytes == 1 && type[0] == 'G')
        return FIX_M_OrderCancelReplaceRequest;
    for (int i = FIX_M_NONE + 1; i < FIX_M_COUNT; i++) {
        const char *known = MESSAGES[i].type;
        if (strlen(known) == bytes && memcmp(known, type, bytes) == 0)
            return (enum fix_message_name)i;
    }
    return FIX_M_NONE;
}

bool
fix_type_standard(const char *type, uint32_t bytes)
{
    static const char single[] = "0123456789ABCDEFGHJKLMNPQRSTVWXYZabcdefghijklmnopqrstuvwxyz";
    if (bytes == 1)
        return type[0] != '\0' && strchr(single, type[0]) != NULL;
    return bytes == 2 && ((type[0] == 'A' && type[1] >= 'A' && type[1] <= 'Z') ||
                          (type[0] == 'B' && type[1] >= 'A' && type[1] <= 'H'));
}

/* --- values --- */

static bool
all_digits(const char *v, uint32_t bytes)
{
    for (uint32_t i = 0; i < bytes; i++) {
        if ((unsigned)(unsigned char)v[i] - '0' > 9)
            return false;
    }
    return bytes > 0;
}

static bool
is_decimal(const char *v, uint32_t bytes)
{
    uint32_t i = v[0] == '-' ? 1 : 0, digits = 0;
    bool point = false;
    for (; i < bytes; i++) {
        if (v[i] == '.' && !point)
            point = true;
        else if ((unsigned)(unsigned char)v[i] - '0' <= 9)
            digits++;
        else
            return false;
    }
    return digits > 0;
}

static bool
is_printable(const char *v, uint32_t bytes)
{
    for (uint32_t i = 0; i < bytes; i++) {
        if ((unsigned char)v[i] < ' ')
            return false;
    }
    return true;
}

/* Characters at even places, a blank at odd ones. */
static bool
is_char_list(const char *v, uint32_t bytes)
{
    for (uint32_t i = 0; i < bytes; i++) {
        bool blank = v[i] == ' ';
        if (blank != (i % 2 == 1) || (unsigned char)v[i] < ' ')
            return false;
    }
    return bytes % 2 == 1;
}

static bool
form_right(enum field_type type, const char *v, uint32_t bytes)
{
    struct client_id id;
    int64_t ns;
    switch (type) {
    case TYPE_STRING:
        return is_printable(v, bytes);
    case TYPE_CLIENT_ID:
        return client_id_set(&id, v, bytes) == 0;
    case TYPE_CHAR:
        return bytes == 1 && (unsigned char)v[0] > ' ';
    case TYPE_CHARS:
        return is_char_list(v, bytes);
    case TYPE_BOOLEAN:
        return bytes == 1 && (v[0] == 'Y' || v[0] == 'N');
    case TYPE_INT:
        return v[0] == '-' ? all_digits(v + 1, bytes - 1) : all_digits(v, bytes);
    case TYPE_SEQNUM:
    case TYPE_LENGTH:
        return bytes <= 19 && all_digits(v, bytes);
    case TYPE_DECIMAL:
        return is_decimal(v, bytes);
    case TYPE_TIME:
        return fix_time_read(v, bytes, &ns);
    case TYPE_DATA:
        return true;
    }
    return false;
}

static bool
value_allowed(const struct field_rule *f, const char *v, uint32_t bytes)
{
    if (f->values[0] == '\0')
        return true;
    if (f->type != TYPE_CHARS && bytes != 1)
        return false;
    for (uint32_t i = 0; i < bytes; i += 2) {
        if (strchr(f->values, v[i]) == NULL)
            return false;
    }
    return true;
}

/* --- the check --- */

static bool
refuse(struct fix_reject *r, enum fix_reject_reason reason, uint32_t tag, const char *text)
{
    *r = (struct fix_reject){.reason = reason, .ref_tag = tag, .text = text};
    return false;
}

static bool
refuse_tag(const struct fix_field *x, struct fix_reject *r)
{
    if (x->tag == 0)
        return refuse(r, FIX_REJECT_BAD_TAG, 0, "a tag is not a number from 1 to 99999");
    if (x->tag <= TAG_STANDARD_MAX)
        return refuse(r, FIX_REJECT_NOT_FOR_MESSAGE, x->tag,
                      "tag not defined for this message type");
    return refuse(r, FIX_REJECT_UNDEFINED_TAG, x->tag, "undefined tag");
}

bool
fix_field_comes_again(enum fix_message_name name, enum fix_field_name f)
{
#define REPEATED(name)                                                                             \
    [FIX_M_##name] = {                                                                             \
        0 FIX_REPEATED_##name(OR_0),                                                               \
        0 FIX_REPEATED_##name(OR_1),                                                               \
        0 FIX_REPEATED_##name(OR_2)                                                                \
    }
    static const uint64_t repeated[FIX_M_COUNT][FIX_F_WORDS] = {
        REPEATED(MassQuote), REPEATED(QuoteRequest), REPEATED(TradeCaptureReport),
        REPEATED(NewOrderList)};
#undef REPEATED
    return (repeated[name][f / 64] >> (f % 64) & 1) != 0;
}

enum fix_field_name
fix_field_of_tag(uint32_t tag)
{
    return tag < TAG_DENSE ? (enum fix_field_name)FIELD_OF_TAG[tag] : FIX_F_NONE;
}

static bool
field_known(const struct fix_checked *c, const struct fix_field *x, uint8_t *f,
            struct fix_reject *r)
{
    *f = (uint8_t)fix_field_of_tag(x->tag);
    if (*f == FIX_F_NONE)
        return x->tag >= TAG_USER_MIN && x->tag <= TAG_USER_MAX ? true : refuse_tag(x, r);
    if ((MESSAGES[c->name].allowed[*f / 64] >> (*f % 64) & 1) == 0)
        return refuse_tag(x, r);
    if (fix_has(c, *f) && !fix_field_comes_again(c->name, (enum fix_field_name) * f))
        return refuse(r, FIX_REJECT_TWICE, x->tag, "tag appears more than once");
    return true;
}

static bool
field_good(const struct fix_field *x, uint8_t f, struct fix_reject *r)
{
    const struct field_rule *rule = &FIELDS[f];
    if (x->bytes == 0)
        return refuse(r, FIX_REJECT_EMPTY, x->tag, "tag specified without a value");
    if (f == FIX_F_NONE)
        return true;
    if (!form_right((enum field_type)rule->type, x->value, x->bytes))
        return refuse(r, FIX_REJECT_FORMAT, x->tag,
                      rule->type == TYPE_CLIENT_ID ? rule->not_id
                                                   : "incorrect data format for value");
    if (!value_allowed(rule, x->value, x->bytes))
        return refuse(r, FIX_REJECT_VALUE, x->tag,
                      "value is incorrect (out of range) for this tag");
    return true;
}

static bool
all_required(const struct fix_checked *c, struct fix_reject *r)
{
    for (uint32_t w = 0; w < FIX_F_WORDS; w++) {
        uint64_t missing = MESSAGES[c->name].required[w] & ~c->present[w];
        if (missing != 0) {
            uint32_t f = w * 64 + (uint32_t)__builtin_ctzll(missing);
            return refuse(r, FIX_REJECT_MISSING, FIELDS[f].tag, "required tag missing");
        }
    }
    return true;
}

bool
fix_table_check(const struct fix_message *m, struct fix_checked *c, struct fix_reject *reject)
{
    c->m = m;
    memset(c->present, 0, sizeof(c->present));
    c->name = fix_message_name(m->type, m->type_bytes);
    bool good = true;
    for (uint32_t i = 0; i < m->field_cnt; i++) {
        const struct fix_field *x = &m->fields[i];
        uint8_t f;
        struct fix_reject first;
        bool known = field_known(c, x, &f, &first);
        bool fine = known && field_good(x, f, &first);
        if (!fine && good) {
            *reject = first;
            good = false;
        }
        if (f != FIX_F_NONE && x->bytes > 0 && !fix_has(c, f)) {
            c->present[f / 64] |= 1ull << (f % 64);
            c->at[f] = (uint8_t)i;
        }
    }
    if (c->name == FIX_M_NONE) /* its other fields were found to be strange: no wonder */
        return refuse(reject, FIX_REJECT_MSG_TYPE, 0, "invalid message type");
    if (!good)
        return false;
    if (m->too_many)
        return refuse(reject, FIX_REJECT_OTHER, 0, "more fields than this venue reads");
    return all_required(c, reject);
}
