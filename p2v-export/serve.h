// SPDX-License-Identifier: GPL-2.0-or-later
//
// The loop: one thread, every client.  A client waits only for the disk and for itself.
// Touches: the disk, the clients' sockets, the descriptor they arrive on.
#ifndef P2V_EXPORT_SERVE_H
#define P2V_EXPORT_SERVE_H

#include "p2v-export/connection.h"
#include "proto/error.h"

#define SERVE_MAX_CONNECTIONS 16     // at once; one more gets the place of one that is still in its handshake, or is closed

enum arrival {
    ARRIVAL_DATAGRAM,      // arrivals is a SOCK_SEQPACKET socket: each datagram brings one AF_UNIX stream
    ARRIVAL_LISTENING,     // arrivals is a listening socket
};

enum serve_result {
    SERVE_GOES_ON,         // (never returned by serve())
    SERVE_ENDED,           // arrivals was closed by its other end
    SERVE_CHANNEL,         // the supervisor has sent something, or has gone
    SERVE_PROGRESS,        // export->progress is to be told, and counts as told
    SERVE_BROKEN,          // err says what
};

struct server;

// All the memory that serving takes, and its timer; NULL where there is not enough.  To be called before the lock.  Freed before it too, or not at all;
// NULL is nothing to free.
struct server *server_new(void);
void server_free(struct server *server);

// Serves export to whoever arrives.  channel: watched, or -1.
enum serve_result serve(struct server *server, struct export *export, enum arrival kind, int arrivals, int channel,
                        struct error *err);

#endif
