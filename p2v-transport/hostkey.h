// SPDX-License-Identifier: GPL-2.0-or-later
//
// Is this the server we mean?  Decided before anything secret is sent to it.  Pure memory.
#ifndef P2V_TRANSPORT_HOSTKEY_H
#define P2V_TRANSPORT_HOSTKEY_H

#include <libssh/libssh.h>

#include "p2v-transport/known-hosts.h"
#include "proto/p2v.pb-c.h"
#include "proto/ssh-names.h"

struct host_key {
    ssh_key key;                   // owned
    char type[32];                 // "ssh-ed25519"
    char fingerprint[SSH_FINGERPRINT_SIZE];
};

enum host_key_verdict {
    HOST_KEY_GOOD,                 // pinned, in known_hosts, or accepted earlier in this run
    HOST_KEY_FIRST,                // nothing is known: trusted because it is the first, loudly
    HOST_KEY_ASK,                  // the person must say
    HOST_KEY_BAD,                  // with err
};

// The key that the server has proved to have.  0, or -1 with err.
int host_key_take(ssh_session session, struct host_key *key, struct error *err);

// accepted: the fingerprint accepted earlier in this run, or "".  By the login's host_keys and the known_hosts file.
enum host_key_verdict host_key_judge(const P2v__Login *login, const struct known_hosts *known, const struct host_key *key,
                                     const char *accepted, struct error *err);

void host_key_free(struct host_key *key);

#endif
