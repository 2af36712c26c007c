// SPDX-License-Identifier: GPL-2.0-or-later
//
// The sshd process that serves a connection.  When the network drops a connection silently, that process does not hear of it
// for hours and keeps the forwarded port: the connection that comes after it ends it.  Touches: the SSH connection.
#ifndef P2V_TRANSPORT_SESSION_H
#define P2V_TRANSPORT_SESSION_H

#include "p2v-transport/link.h"

struct session {
    uint32_t pid;                 // on the server; 0: unknown
    uint64_t began;               // in ticks since its kernel's start: with pid, nobody else's
};

// Asks the server which process serves this connection.  0, *session may be unknown; -1 with err where the connection is lost.
int session_find(struct link *link, struct session *session, struct error *err);

// Ends that process, if it still is the one that was meant.  The user can end what is the user's own.  0, or -1 as above.
int session_end(struct link *link, const struct session *session, struct error *err);

#endif
