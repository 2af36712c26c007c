// SPDX-License-Identifier: GPL-2.0-or-later
//
// `p2v-transport forward`: connections to a port on the server's loopback, each to a Unix socket here.  Touches: that socket,
// standard output.
//
// The locked process is the same as in a conversion, and does the same.  What the supervisor and p2v-export are to it there
// is here a child that has been forked before the lock, with the person's rights: it prints the port, and connects to the
// socket.  Each direction of a connection has a process of its own, locked as well.
#ifndef P2V_TRANSPORT_BY_HAND_FORWARD_H
#define P2V_TRANSPORT_BY_HAND_FORWARD_H

#include "p2v-transport/link.h"
#include "proto/helper.h"

// Before the lock: forks the child; CHANNEL_FD is then a channel to it.  The data channel, or -1 after it has been told.
int by_hand_forward_prepare(const char *socket_path);

// After the login: until the connection or the child ends.  Returns the program's exit status.
int by_hand_forward(struct helper *helper, struct link *link, int data_channel);

#endif
