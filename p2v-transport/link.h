// SPDX-License-Identifier: GPL-2.0-or-later
//
// One SSH connection as this program waits on it: the session alone in an ssh_event, our own descriptors polled beside
// it, keepalives, and a bound on what libssh holds for the server.  Touches: the SSH socket.
//
// libssh calls back from inside its own reads and writes.  Callbacks here therefore only take notes;
// bytes are moved outside of them.
#ifndef P2V_TRANSPORT_LINK_H
#define P2V_TRANSPORT_LINK_H

#include <libssh/callbacks.h>
#include <libssh/libssh.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "p2v-transport/limit.h"
#include "proto/error.h"

#define LINK_PROBE_MS 15000       // silence after which the server is asked whether it is there, and between two such questions
#define LINK_SILENCE_MS 50000     // silence after which the connection is lost
#define LINK_HELD_MAX (512 * 1024)        // bytes libssh may hold back from the socket: its buffer, and its queue while re-keying
#define LINK_FLOOD_MAX (8 * 1024 * 1024)  // unread bytes of one channel: libssh does not hold a server to the window it was given

struct link {
    ssh_session session;          // owned; not NULL once connected
    ssh_event event;              // owned; holds the session and nothing else
    int fd;                       // the socket, owned by the session
    char server[256];             // its name, for messages
    struct ssh_counter_struct bytes;      // through the socket, counted by libssh
    uint64_t heard_bytes;         // bytes.in_bytes when last looked at
    int64_t heard_at, probed_at;  // clock_ms()
    uint64_t held_mark, held_bytes;       // handed to libssh since bytes.out_bytes was held_mark
    bool may_ask;                 // keepalives ask for an answer.  Only while no other global request can be under way:
                                  // libssh 0.10 takes one's answer for the other's
    bool compressed;              // what goes out is no measure of what was handed in
    struct limit limit;           // of a data connection
    bool flooded;                 // the server sent more than LINK_FLOOD_MAX unasked
    bool lost;                    // the network or the server's going ended it: a new connection may do better
    bool refused;                 // at the login: a new connection would be refused as well
};

// Milliseconds of CLOCK_MONOTONIC.
int64_t clock_ms(void);

// Waits until the session or one of fds[1..count-1] is ready or timeout_ms (-1: none) has passed, lets the session do its
// work, and sees to the keepalives.  fds[0] is filled in here.  0, or -1 with err where the connection is lost.
int link_wait(struct link *link, struct pollfd *fds, nfds_t count, int timeout_ms, struct error *err);

// Waits for the session alone, at most until the deadline (clock_ms()).  0; -1 with err where it has passed or the
// connection is lost.  what: for the sentence, "a remote port".
int link_wait_until(struct link *link, int64_t deadline, const char *what, struct error *err);

// Lets time pass while the connection is kept alive.  0, or -1 with err where it is lost.
int link_pause(struct link *link, int milliseconds, struct error *err);

// Is there room for more?  False while libssh holds LINK_HELD_MAX bytes: the socket is full, or keys are exchanged.
bool link_has_room(struct link *link);

// Hands the channel as many of size bytes as the server's window and the room here take: their number, maybe 0 (also while
// keys are exchanged: then only a wake-up helps), or -1 where the channel takes none any more.  What libssh holds is known by
// what the wire carried, which is at least what was handed in; with compression it is not, and the room is there when nothing waits.
ssize_t link_write(struct link *link, ssh_channel channel, const void *data, size_t size);

// Closes and frees a channel whose callbacks (borrowed) were these.  What the server sends on it afterwards is dropped: libssh keeps the
// channel, and all that comes on it, until the server has closed it as well.
void link_end_channel(struct link *link, ssh_channel channel, ssh_channel_callbacks callbacks);

// "the connection to SERVER is lost: ..." by what libssh knows.
int link_lost(struct link *link, struct error *err);

// Says goodbye and frees everything; `lost` and `refused` stay.  A clear link is left alone.
void link_close(struct link *link);

#endif
