// SPDX-License-Identifier: GPL-2.0-or-later
//
// A known_hosts file as sshd(8) describes it, in memory: which keys may this server have?  Pure memory.
#ifndef P2V_TRANSPORT_KNOWN_HOSTS_H
#define P2V_TRANSPORT_KNOWN_HOSTS_H

#include <libssh/libssh.h>
#include <stdbool.h>
#include <stddef.h>

#include "proto/error.h"

struct known_hosts {
    const char *text;              // borrowed; size bytes, anything may be in them
    size_t size;
    char name[300];                // of the server as such files have it: "host", or "[host]:port" where that is not 22
};

enum known_host {
    KNOWN_HOST_NONE,               // no line is about this server
    KNOWN_HOST_SAME,               // a line has this key
    KNOWN_HOST_OTHER,              // there are lines about this server, with other keys
    KNOWN_HOST_REVOKED,            // a line says that this key must not be believed
};

// "host" or "[host]:port", in lower case.
void known_hosts_name(const char *server, unsigned port, char *name, size_t size);

// Reads every line; skip is called for each that is not understood, with its number and why.  0, or -1 with err where the file
// cannot be relied upon: an @revoked line that is not understood.
int known_hosts_check(const struct known_hosts *file, void (*skip)(void *context, unsigned line, const char *why), void *context,
                      struct error *err);

// What the file says about this key of the server.
enum known_host known_hosts_find(const struct known_hosts *file, const ssh_key key);

// Does the file have a key of this type ("ssh-ed25519") for the server?
bool known_hosts_have_type(const struct known_hosts *file, const char *type);

#endif
