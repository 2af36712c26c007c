// SPDX-License-Identifier: GPL-2.0-or-later
//
// The permit table: which helper may say what, when.
#ifndef P2V_SUPERVISOR_PERMIT_H
#define P2V_SUPERVISOR_PERMIT_H

#include "p2v-supervisor/supervisor.h"

// Hands a message, whose fields are checked, to its handler.  A message the table does not permit from this helper in
// this state ends the conversion with a sentence that names both.  The message stays the caller's, but a handler may
// take it over (then it is clear).
void permit_dispatch(struct supervisor *sup, struct peer *peer, struct message *in);

// Whether the table has a row for it: for the exhaustive test.
bool permit_allows(enum runner_program program, enum peer_state state, P2v__Envelope__BodyCase body);

#endif
