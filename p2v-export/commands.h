// SPDX-License-Identifier: GPL-2.0-or-later
//
// The transmission phase ("Transmission"): requests are parsed and checked once, into struct request, and answered in the
// order that suits the disk.  Reads and block status are answered; what would change the disk is refused.
#ifndef P2V_EXPORT_COMMANDS_H
#define P2V_EXPORT_COMMANDS_H

#include "p2v-export/connection.h"

// In PHASE_TRANSMISSION: takes over the requests that have arrived whole, as many as there is room for.
// NBD_CMD_DISC makes it PHASE_LAST, a client that does not speak NBD PHASE_CLOSED.
void commands_parse(struct connection *connection, const struct export *export);

// How many requests may be answered.
size_t commands_complete(const struct connection *connection);

// Begins to read what is asked for next, at most `most` (> 0) pieces of it.
void commands_fetch(struct connection *connection, struct export *export, size_t most);

// With an empty reply: makes the reply to one request, or its next piece.  False where nothing is asked for, or nothing of
// it is in memory yet.
bool commands_answer(struct connection *connection, struct export *export);

#endif
