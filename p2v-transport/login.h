// SPDX-License-Identifier: GPL-2.0-or-later
//
// From a server's name to a logged-in SSH connection: key exchange, host key, authentication, in this order.
// Touches: the resolver, the network; asks the person, through the supervisor or on the terminal.
#ifndef P2V_TRANSPORT_LOGIN_H
#define P2V_TRANSPORT_LOGIN_H

#include "p2v-transport/hostkey.h"
#include "p2v-transport/link.h"
#include "proto/helper.h"

#define LOGIN_TIMEOUT_MS 60000    // from the first byte of SSH to the end of authentication, a person's answers not counted

struct login_facts {
    char fingerprint[SSH_FINGERPRINT_SIZE];   // of the host key
    char cipher[64];              // towards the server
};

// Logs in.  The secrets in *login are wiped in any case.  0 with *link and *facts filled, or -1 with err and *link
// clear but for link->refused.
int login(struct helper *helper, P2v__Login *login, struct link *link, struct login_facts *facts, struct error *err);

#endif
