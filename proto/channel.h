// SPDX-License-Identifier: GPL-2.0-or-later
//
// Envelopes and descriptors over one SOCK_SEQPACKET socket: one Envelope a datagram, bounded, checked on the way
// in by check.c, so whoever holds a struct message holds one whose every field is in range.
// Touches: the one socket.  All memory that held a message is wiped before it is freed: it may have been a secret.
#ifndef P2V_PROTO_CHANNEL_H
#define P2V_PROTO_CHANNEL_H

#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>

#include "proto/error.h"
#include "proto/p2v.pb-c.h"

#define CHANNEL_FD 3               // where a helper finds its channel
#define CHANNEL_MAX_BYTES 65536    // of one packed Envelope
#define CHANNEL_MAX_FDS 4          // that one Envelope may carry

// A received message.  Zero-initialise; message_clear() when done.
struct message {
    P2v__Envelope *envelope;       // owned
    int fds[CHANNEL_MAX_FDS];      // owned, O_CLOEXEC; whoever takes one over puts -1 in its place
    size_t fd_count;
};

enum channel_result {
    CHANNEL_MESSAGE,               // *in holds a message, every field checked
    CHANNEL_CLOSED,                // the other end has closed
    CHANNEL_AGAIN,                 // nothing there (receive) or no room (send) at the moment
    CHANNEL_BROKEN,                // err says what: a malformed, oversized or unchecked message, or the socket failed
};

// Both ends of a new channel, O_CLOEXEC, blocking.  0, or -1 with errno.
int channel_pair(int ends[2]);

// Receives one message into *in (which must be clear).  wait: block until there is one.
enum channel_result channel_receive(int fd, bool wait, struct message *in, struct error *err);

// Sends one message with fds (borrowed; may be NULL with fd_count 0).  wait: block while there is no room.
// Refuses to send what the receiver would refuse.  CHANNEL_MESSAGE where it was sent.
enum channel_result channel_send(int fd, bool wait, const P2v__Envelope *envelope, const int *fds, size_t fd_count,
                                 struct error *err);

// Frees and wipes the message and closes the descriptors still in it; afterwards it is clear again.
void message_clear(struct message *message);

// *place, which is cleared first, becomes what *in is, and *in is clear.
void message_keep(struct message *place, struct message *in);

// Name of a message type for people and logs: "ForwardReady"; "unknown message" where there is none.
const char *message_name(P2v__Envelope__BodyCase body);

#endif
