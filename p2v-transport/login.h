// SPDX-License-Identifier: GPL-2.0-or-later
//
// From a server's name to a logged-in SSH connection.  Touches: the resolver, the network.
#ifndef P2V_TRANSPORT_LOGIN_H
#define P2V_TRANSPORT_LOGIN_H

#include "p2v-transport/link.h"
#include "proto/p2v.pb-c.h"

#define LOGIN_TIMEOUT_MS 60000    // from the first byte of SSH to the end of authentication

struct login_facts {
    char fingerprint[64];         // of the host key: "SHA256:..."
    char cipher[64];              // towards the server
};

// Connects, exchanges keys, authenticates.  The secrets in *login are wiped in any case.  0 with *link and *facts filled,
// or -1 with err and *link clear but for link->refused.
int login(P2v__Login *login, struct link *link, struct login_facts *facts, struct error *err);

#endif
