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

#endif
