// SPDX-License-Identifier: GPL-2.0-or-later
//
// From a server's name to an encrypted connection whose other end is not known yet.  Touches: the resolver, the network.
#ifndef P2V_TRANSPORT_HANDSHAKE_H
#define P2V_TRANSPORT_HANDSHAKE_H

#include "p2v-transport/known-hosts.h"
#include "p2v-transport/link.h"
#include "proto/p2v.pb-c.h"

// Connects and exchanges keys, at most until the deadline (clock_ms()).  Nothing secret is sent.  0 with *link, or -1 with err and *link clear but for
// link->refused.
int handshake(const P2v__Login *login, const struct known_hosts *known, struct link *link, int64_t deadline, struct error *err);

// Waits for the socket until the deadline (clock_ms()): 0, or -1 where it has passed or the server babbles.
int handshake_wait(const struct link *link, int64_t deadline);

// The sentence for a handshake_wait() that gave -1.  Always -1, with err.
int handshake_late(const struct link *link, struct error *err);

#endif
