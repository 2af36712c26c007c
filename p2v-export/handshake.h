// SPDX-License-Identifier: GPL-2.0-or-later
//
// NBD fixed newstyle negotiation ("Fixed newstyle negotiation"): what the client wants is the disk, and how it will talk.
// Oldstyle, TLS and every option not named in handshake.c's table are refused.
#ifndef P2V_EXPORT_HANDSHAKE_H
#define P2V_EXPORT_HANDSHAKE_H

#include "p2v-export/connection.h"

// Puts the server's greeting into the reply of a new connection.
void handshake_begin(struct connection *connection);

// In PHASE_FLAGS or PHASE_OPTIONS, with an empty reply: handles one thing that the client sent, if all of it is there; its
// answer is in the reply then.  True where it did.  Afterwards the phase may be any later one.
bool handshake_step(struct connection *connection, const struct export *export);

#endif
