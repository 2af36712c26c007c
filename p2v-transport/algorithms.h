// SPDX-License-Identifier: GPL-2.0-or-later
//
// What SSH may be made of here.  Touches: a session's options; asks the CPU what it can do.
#ifndef P2V_TRANSPORT_ALGORITHMS_H
#define P2V_TRANSPORT_ALGORITHMS_H

#include <libssh/libssh.h>

#include "p2v-transport/known-hosts.h"
#include "proto/p2v.pb-c.h"

#define ALGORITHMS_RSA_BITS 2048

// By the login's ciphers and compress, and the types of key that the file has for the server.  0, or -1.
int algorithms_set(ssh_session session, const P2v__Login *login, const struct known_hosts *known);

#endif
