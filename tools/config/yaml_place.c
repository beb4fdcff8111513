#include "tools/config/yaml_place.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <yaml.h>

struct yaml_place {
    yaml_document_t doc;
    char name[256];
};

static int
line_of(const yaml_node_t *node)
{
    return (int)node->start_mark.line + 1;
}

int
yaml_place_open(struct yaml_place **out, const char *name, const char *text, size_t bytes,
                struct error *err)
{
    struct yaml_place *p = calloc(1, sizeof *p);
    if (!p)
        return error_set(err, ERR_NO_SPACE, "%s: no memory", name);
    snprintf(p->name, sizeof p->name, "%s", name);
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser)) {
        free(p);
        return error_set(err, ERR_NO_SPACE, "%s: no memory", name);
    }
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, bytes);
    int ok = yaml_parser_load(&parser, &p->doc);
    int rc = 0;
    if (!ok)
        rc = error_set(err, ERR_INVALID, "%s:%zu: not YAML: %s", name, parser.problem_mark.line + 1,
                       parser.problem ? parser.problem : "cannot be read");
    else if (!yaml_document_get_root_node(&p->doc))
        rc = error_set(err, ERR_INVALID, "%s:1: the file is empty; expected a mapping", name);
    yaml_parser_delete(&parser);
    if (rc) {
        if (ok)
            yaml_document_delete(&p->doc);
        free(p);
        return rc;
    }
    *out = p;
    return 0;
}

void
yaml_place_close(struct yaml_place *p)
{
    if (!p)
        return;
    yaml_document_delete(&p->doc);
    free(p);
}

/* --- the schema walk: one function per kind of value; `what` names the value in messages --- */

struct walk {
    const struct yaml_place *place;
    yaml_document_t *doc;
    struct error *err;
};

static int check_value(const struct walk *w, const cyaml_schema_value_t *schema,
                       const yaml_node_t *node, const char *what);

static int
wrong(const struct walk *w, const yaml_node_t *node, const char *what, const char *expected)
{
    return error_set(w->err, ERR_INVALID, "%s:%d: %s: expected %s", w->place->name, line_of(node),
                     what, expected);
}

static int
wrong_scalar(const struct walk *w, const yaml_node_t *node, const char *what, const char *expected)
{
    return error_set(w->err, ERR_INVALID, "%s:%d: %s: '%s' is not %s", w->place->name,
                     line_of(node), what, (const char *)node->data.scalar.value, expected);
}

/* Unsigned limit of a value that takes `bytes` bytes; signed values get half of it. */
static uint64_t
max_of(uint32_t bytes)
{
    return bytes >= 8 ? UINT64_MAX : ((uint64_t)1 << (bytes * 8)) - 1;
}

static int
check_int(const struct walk *w, const cyaml_schema_value_t *schema, const yaml_node_t *node,
          const char *what)
{
    char expected[96];
    const char *text = (const char *)node->data.scalar.value;
    char *end = NULL;
    errno = 0;
    if (schema->type == CYAML_UINT) {
        uint64_t most = max_of(schema->data_size);
        unsigned long long v = strtoull(text, &end, 0);
        if (*text && *text != '-' && !*end && !errno && v <= most)
            return 0;
        snprintf(expected, sizeof expected, "a whole number from 0 to %llu",
                 (unsigned long long)most);
    } else {
        int64_t most = (int64_t)(max_of(schema->data_size) >> 1);
        long long v = strtoll(text, &end, 0);
        if (*text && !*end && !errno && v <= most && v >= -most - 1)
            return 0;
        snprintf(expected, sizeof expected, "a whole number from %lld to %lld",
                 (long long)(-most - 1), (long long)most);
    }
    return wrong_scalar(w, node, what, expected);
}

static int
check_choice(const struct walk *w, const cyaml_schema_value_t *schema, const yaml_node_t *node,
             const char *what)
{
    char expected[256] = "one of";
    size_t used = strlen(expected);
    for (uint32_t i = 0; i < schema->enumeration.count; i++) {
        const char *name = schema->enumeration.strings[i].str;
        if (!strcmp(name, (const char *)node->data.scalar.value))
            return 0;
        int n = snprintf(expected + used, sizeof expected - used, "%s %s", i ? "," : ":", name);
        if (n > 0 && used + (size_t)n < sizeof expected)
            used += (size_t)n;
    }
    return wrong_scalar(w, node, what, expected);
}

static int
check_string(const struct walk *w, const cyaml_schema_value_t *schema, const yaml_node_t *node,
             const char *what)
{
    size_t length = node->data.scalar.length;
    if (length >= schema->string.min && length <= schema->string.max)
        return 0;
    char expected[96];
    snprintf(expected, sizeof expected, "text of %u to %u characters", schema->string.min,
             schema->string.max);
    return wrong(w, node, what, expected);
}

static int
check_bool(const struct walk *w, const yaml_node_t *node, const char *what)
{
    static const char *const words[] = {"true", "false", "yes", "no", "1", "0"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (!strcasecmp(words[i], (const char *)node->data.scalar.value))
            return 0;
    return wrong_scalar(w, node, what, "true or false");
}

static int
check_scalar(const struct walk *w, const cyaml_schema_value_t *schema, const yaml_node_t *node,
             const char *what)
{
    if (node->type != YAML_SCALAR_NODE)
        return wrong(w, node, what, "a single value");
    switch (schema->type) {
    case CYAML_INT:
    case CYAML_UINT:
        return check_int(w, schema, node, what);
    case CYAML_BOOL:
        return check_bool(w, node, what);
    case CYAML_ENUM:
        return check_choice(w, schema, node, what);
    case CYAML_STRING:
        return check_string(w, schema, node, what);
    default:
        return 0;
    }
}

static int
check_sequence(const struct walk *w, const cyaml_schema_value_t *schema, const yaml_node_t *node,
               const char *what)
{
    if (node->type != YAML_SEQUENCE_NODE)
        return wrong(w, node, what, "a list");
    const cyaml_schema_value_t *entry = schema->sequence.entry;
    size_t cnt = (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
    if (cnt < schema->sequence.min)
        return wrong(w, node, what, "a list that is not empty");
    for (size_t i = 0; i < cnt; i++) {
        char path[256];
        snprintf(path, sizeof path, "%s[%zu]", what, i);
        const yaml_node_t *item =
            yaml_document_get_node(w->doc, node->data.sequence.items.start[i]);
        int rc = check_value(w, entry, item, path);
        if (rc)
            return rc;
    }
    return 0;
}

static int
unknown_key(const struct walk *w, const cyaml_schema_value_t *schema, const yaml_node_t *key,
            const char *what)
{
    char known[384] = "";
    size_t used = 0;
    for (const cyaml_schema_field_t *f = schema->mapping.fields; f->key; f++) {
        int n = snprintf(known + used, sizeof known - used, "%s%s", used ? ", " : "", f->key);
        if (n > 0 && used + (size_t)n < sizeof known)
            used += (size_t)n;
    }
    return error_set(w->err, ERR_INVALID, "%s:%d: %s%sunknown key '%s'; expected one of: %s",
                     w->place->name, line_of(key), what, *what ? ": " : "",
                     (const char *)key->data.scalar.value, known);
}

static int
check_pair(const struct walk *w, const cyaml_schema_value_t *schema, const yaml_node_t *map,
           const yaml_node_pair_t *pair, const char *what)
{
    const yaml_node_t *key = yaml_document_get_node(w->doc, pair->key);
    const yaml_node_t *value = yaml_document_get_node(w->doc, pair->value);
    if (key->type != YAML_SCALAR_NODE)
        return wrong(w, key, what, "a key");
    const char *name = (const char *)key->data.scalar.value;
    for (const yaml_node_pair_t *p = map->data.mapping.pairs.start; p < pair; p++) {
        const yaml_node_t *other = yaml_document_get_node(w->doc, p->key);
        if (other->type == YAML_SCALAR_NODE && !strcmp((char *)other->data.scalar.value, name))
            return error_set(w->err, ERR_INVALID,
                             "%s:%d: key '%s' a second time; it stands at line %d", w->place->name,
                             line_of(key), name, line_of(other));
    }
    for (const cyaml_schema_field_t *f = schema->mapping.fields; f->key; f++) {
        if (strcmp(f->key, name) != 0)
            continue;
        char path[256];
        snprintf(path, sizeof path, "%s%s%s", what, *what ? "." : "", name);
        return check_value(w, &f->value, value, path);
    }
    return unknown_key(w, schema, key, what);
}

static bool
has_key(const struct walk *w, const yaml_node_t *map, const char *name)
{
    for (yaml_node_pair_t *p = map->data.mapping.pairs.start; p < map->data.mapping.pairs.top;
         p++) {
        const yaml_node_t *key = yaml_document_get_node(w->doc, p->key);
        if (key->type == YAML_SCALAR_NODE && !strcmp((const char *)key->data.scalar.value, name))
            return true;
    }
    return false;
}

static int
check_mapping(const struct walk *w, const cyaml_schema_value_t *schema, const yaml_node_t *node,
              const char *what)
{
    if (node->type != YAML_MAPPING_NODE)
        return wrong(w, node, *what ? what : "the file", "a mapping (key: value)");
    for (yaml_node_pair_t *p = node->data.mapping.pairs.start; p < node->data.mapping.pairs.top;
         p++) {
        int rc = check_pair(w, schema, node, p, what);
        if (rc)
            return rc;
    }
    for (const cyaml_schema_field_t *f = schema->mapping.fields; f->key; f++) {
        if ((f->value.flags & CYAML_FLAG_OPTIONAL) || has_key(w, node, f->key))
            continue;
        return error_set(w->err, ERR_INVALID, "%s:%d: %s%skey '%s' is missing", w->place->name,
                         line_of(node), what, *what ? ": " : "", f->key);
    }
    return 0;
}

static int
check_value(const struct walk *w, const cyaml_schema_value_t *schema, const yaml_node_t *node,
            const char *what)
{
    if (schema->type == CYAML_MAPPING)
        return check_mapping(w, schema, node, what);
    if (schema->type == CYAML_SEQUENCE)
        return check_sequence(w, schema, node, what);
    return check_scalar(w, schema, node, what);
}

int
yaml_place_check(const struct yaml_place *p, const cyaml_schema_value_t *schema, struct error *err)
{
    yaml_document_t *doc = (yaml_document_t *)(uintptr_t)&p->doc; /* libyaml's getters lack const */
    struct walk w = {p, doc, err};
    return check_value(&w, schema, yaml_document_get_root_node(doc), "");
}

/* --- places by path --- */

static const yaml_node_t *
child_by_key(yaml_document_t *doc, const yaml_node_t *node, const char *key, size_t length)
{
    if (node->type != YAML_MAPPING_NODE)
        return NULL;
    for (yaml_node_pair_t *p = node->data.mapping.pairs.start; p < node->data.mapping.pairs.top;
         p++) {
        const yaml_node_t *k = yaml_document_get_node(doc, p->key);
        if (k->type == YAML_SCALAR_NODE && k->data.scalar.length == length &&
            !memcmp(k->data.scalar.value, key, length))
            return yaml_document_get_node(doc, p->value);
    }
    return NULL;
}

static const yaml_node_t *
child_by_index(yaml_document_t *doc, const yaml_node_t *node, unsigned long index)
{
    if (node->type != YAML_SEQUENCE_NODE)
        return NULL;
    yaml_node_item_t *item = node->data.sequence.items.start + index;
    return item < node->data.sequence.items.top ? yaml_document_get_node(doc, *item) : NULL;
}

/* The node at the path, or the nearest enclosing one; *exact tells which. */
static const yaml_node_t *
find(const struct yaml_place *p, const char *path, bool *exact)
{
    yaml_document_t *doc = (yaml_document_t *)(uintptr_t)&p->doc; /* libyaml's getters lack const */
    const yaml_node_t *node = yaml_document_get_root_node(doc);
    *exact = false;
    while (*path) {
        const yaml_node_t *next;
        if (*path == '[') {
            char *end;
            next = child_by_index(doc, node, strtoul(path + 1, &end, 10));
            path = *end == ']' ? end + 1 : end;
        } else {
            if (*path == '.')
                path++;
            size_t length = strcspn(path, ".[");
            next = child_by_key(doc, node, path, length);
            path += length;
        }
        if (!next)
            return node;
        node = next;
    }
    *exact = true;
    return node;
}

int
yaml_place_line(const struct yaml_place *p, const char *path)
{
    bool exact;
    return line_of(find(p, path, &exact));
}

bool
yaml_place_has(const struct yaml_place *p, const char *path)
{
    bool exact;
    find(p, path, &exact);
    return exact;
}

int
yaml_place_error(const struct yaml_place *p, struct error *err, const char *path, const char *fmt,
                 ...)
{
    char what[ERROR_TEXT_MAX];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    return error_set(err, ERR_INVALID, "%s:%d: %s: %s", p->name, yaml_place_line(p, path), path,
                     what);
}
