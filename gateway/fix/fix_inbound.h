#ifndef GATEWAY_FIX_FIX_INBOUND_H
#define GATEWAY_FIX_FIX_INBOUND_H

#include "gateway/fix/fix_session.h"

/* The receiving half of a session that is up; for fix_session.c. */

void fix_inbound_message(struct fix_session *s, const struct fix_message *m);
/* Asks for what is missing in front of client number `seen`, once. */
void fix_inbound_gap(struct fix_session *s, uint64_t seen);

#endif
