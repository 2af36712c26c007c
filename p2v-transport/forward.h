// SPDX-License-Identifier: GPL-2.0-or-later
//
// The data role: a port on the server's loopback, and for each connection there, if the server itself made it, a socketpair, one
// end of which goes to the disk's p2v-export.  Bytes are carried both ways and not looked at.  Touches: the SSH connection, the data channel.
#ifndef P2V_TRANSPORT_FORWARD_H
#define P2V_TRANSPORT_FORWARD_H

#include "p2v-transport/link.h"
#include "proto/helper.h"

#define FORWARD_CONNECTIONS_MAX 16     // at once; more are refused
#define FORWARD_TO_SERVER_BYTES (256 * 1024)   // held for one connection
#define FORWARD_TO_DISK_BYTES (64 * 1024)

// Asks for the port, says ForwardReady, and carries until the supervisor is gone or the connection lost.  data_channel
// (borrowed): where the descriptors go.  Returns the program's exit status; all has been told.
int forward_serve(struct helper *helper, struct link *link, const P2v__ForwardStart *start, int data_channel);

#endif
