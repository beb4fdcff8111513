#ifndef GATEWAY_FIX_FIX_OUTBOUND_H
#define GATEWAY_FIX_FIX_OUTBOUND_H

#include "gateway/fix/fix_session.h"

/* The sending half of a session; for fix_session.c. */

struct fix_body { /* a message without its header, as it is put together and kept */
    struct fix_writer w;
    char text[FIX_OUT_MAX];
};

void fix_body_begin(struct fix_body *b);

/* Whether `cnt` more numbers may be given out. */
bool fix_outbound_numbers(const struct fix_session *s, uint64_t cnt);
/* A message of the session layer: gap-filled when asked for again. */
void fix_outbound_admin(struct fix_session *s, const char *type, const struct fix_body *b);
/* One that a resend repeats though it has no event; in_seq: the client's message it answers. */
void fix_outbound_message(struct fix_session *s, const char *type, const struct fix_body *b,
                          uint64_t in_seq);
/* Begins to send numbers from..to again. */
void fix_outbound_resend(struct fix_session *s, uint64_t from, uint64_t to);
/* Sends what waits, at most `budget` messages; true when more is left that can be sent now. */
bool fix_outbound_pump(struct fix_session *s, uint32_t budget);
/* Whether something waits to be sent. */
bool fix_outbound_waits(const struct fix_session *s);

#endif
