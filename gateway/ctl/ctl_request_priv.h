#ifndef GATEWAY_CTL_CTL_REQUEST_PRIV_H
#define GATEWAY_CTL_CTL_REQUEST_PRIV_H

#include "gateway/ctl/ctl_request.h"

/* One request on its way into a command. What reads a field says in err which one is wrong. */
struct ctl_parse {
    const struct ctl_state *state;
    const json_t *request;
    struct error *err;
};

struct ctl_word {
    const char *text;
    uint8_t value;
};

bool ctl_has(const struct ctl_parse *p, const char *key);
int ctl_text_field(const struct ctl_parse *p, const char *key, size_t most, const char **out);
int ctl_int_field(const struct ctl_parse *p, const char *key, int64_t least, int64_t most,
                  int64_t *out);
int ctl_id_field(const struct ctl_parse *p, const char *key, struct client_id *out);
/* A decimal as a number of steps, none of it rounded away. */
int ctl_steps_field(const struct ctl_parse *p, const char *key, uint8_t scale, int64_t step,
                    int64_t *out);
/* These may be left out, and then keep *value. words: the last one's text is NULL. */
int ctl_number_field(const struct ctl_parse *p, const char *key, int64_t most, int64_t *value);
int ctl_word_field(const struct ctl_parse *p, const char *key, const struct ctl_word *words,
                   uint8_t *value);
/* The instrument that `instrument` names. */
int ctl_one_instrument(const struct ctl_parse *p, const struct ctl_instrument **out);

/* ctl_market.c: rules of an instrument's market */
int ctl_parse_bands(const struct ctl_parse *p, union ctl_command *out);
int ctl_parse_ticks(const struct ctl_parse *p, union ctl_command *out);
int ctl_parse_points(const struct ctl_parse *p, union ctl_command *out);
int ctl_parse_allocation(const struct ctl_parse *p, union ctl_command *out);

/* ctl_calendar.c */
int ctl_parse_timetable(const struct ctl_parse *p, union ctl_command *out);
int ctl_parse_calendar(const struct ctl_parse *p, union ctl_command *out);

/* ctl_corporate.c: what issuers do */
int ctl_parse_split(const struct ctl_parse *p, union ctl_command *out);
int ctl_parse_redeem(const struct ctl_parse *p, union ctl_command *out);
int ctl_parse_rename(const struct ctl_parse *p, union ctl_command *out);

/* ctl_offering.c: the primary issue */
int ctl_parse_offering(const struct ctl_parse *p, union ctl_command *out);
int ctl_parse_offering_withdraw(const struct ctl_parse *p, union ctl_command *out);

#endif
