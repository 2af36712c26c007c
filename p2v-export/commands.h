// SPDX-License-Identifier: GPL-2.0-or-later
//
// The transmission phase ("Transmission"): requests are parsed and checked once, into struct request, and answered in the
// order that suits the disk.  Reads and block status are answered; what would change the disk is refused.
#ifndef P2V_EXPORT_COMMANDS_H
#define P2V_EXPORT_COMMANDS_H

#include "p2v-export/connection.h"

enum command_result {
    COMMAND_NONE,          // nothing is asked for
    COMMAND_ANSWERED,      // a reply, or the next part of one, was made
    COMMAND_COLD,          // what is asked for is not in memory yet; the kernel fetches it
};

// In PHASE_TRANSMISSION: takes over the requests that have arrived whole, as many as there is room for.
// NBD_CMD_DISC makes it PHASE_LAST, a client that does not speak NBD PHASE_CLOSED.
void commands_parse(struct connection *connection, const struct export *export);

// With an empty reply: makes the reply to one request, or its next PIECE_BYTES.  wait: waits for the disk where it must.
enum command_result commands_answer(struct connection *connection, struct export *export, bool wait);

#endif
