// SPDX-License-Identifier: GPL-2.0-or-later
//
// The SSH identity: a private key file's content -> a key that can be used.  Touches: memory; asks for the passphrase.
#ifndef P2V_TRANSPORT_PRIVATE_KEY_H
#define P2V_TRANSPORT_PRIVATE_KEY_H

#include <libssh/libssh.h>

#include "proto/helper.h"

#define PRIVATE_KEY_MAX 32768     // bytes of the file
#define PRIVATE_KEY_TRIES 3       // that a person has at the passphrase

// The login's identity, with its passphrase or one that the person knows.  0 with *key, the caller's; or -1 with err.
// The copies made here are wiped; the login's own are the caller's.
int private_key_read(struct helper *helper, const P2v__Login *login, ssh_key *key, struct error *err);

#endif
