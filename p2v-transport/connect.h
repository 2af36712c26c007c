// SPDX-License-Identifier: GPL-2.0-or-later
//
// A TCP connection to a named server: every address of the name in turn.  Touches: the resolver, the network.
#ifndef P2V_TRANSPORT_CONNECT_H
#define P2V_TRANSPORT_CONNECT_H

#include <stdint.h>

#include "proto/error.h"

#define CONNECT_TIMEOUT_MS 30000  // for all addresses together
#define CONNECT_ADDRESS_MS 10000  // for one that is not the last

// A connected, non-blocking socket with TCP_NODELAY and keepalives, or -1 with err.
int connect_to(const char *server, uint16_t port, struct error *err);

#endif
