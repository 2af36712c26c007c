// SPDX-License-Identifier: GPL-2.0-or-later
//
// One NBD client: its socket, what it has sent that is not understood yet, what it has asked for, and the reply that is on
// its way to it.  Nothing here waits: a client that is slow, or stops, costs the others nothing.  All sizes are fixed.
// Touches: the client's socket.
#ifndef P2V_EXPORT_CONNECTION_H
#define P2V_EXPORT_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "p2v-export/pieces.h"
#include "p2v-export/progress.h"
#include "p2v-export/zero.h"

#define MAX_OPTION 8192                // bytes of an option's data; an export name and some metadata queries
#define MAX_OPTIONS 256                // that one client may send before it must have made up its mind
#define INPUT_BYTES 16384              // the largest option; or more than MAX_REQUESTS requests
#define MAX_REQUESTS 64                // of one connection waiting here; the rest wait in its socket
#define HEADS_BYTES 8192               // protocol headers of one turn
#define MAX_PARTS (2 * (PIECE_BYTES / ZERO_GRANULE + 2) + 2)

// What is served, by all connections.
struct export {
    char name[65];                     // the disk's: the export's name, as well as ""; a printable line
    struct disk disk;
    struct pieces *pieces;             // its content on the way, borrowed
    struct progress *progress;         // what of it has gone to clients, borrowed; NULL: nobody wants to know
};

// A part of a reply.
struct part {
    const uint8_t *bytes;              // in heads; NULL: of the disk
    uint64_t offset;                   // on the disk
    size_t size;                       // not 0
};

// A request in transmission, checked: a read or block status lies inside the disk.
struct request {
    uint16_t type, flags;
    uint64_t cookie;
    uint64_t offset;                   // bytes
    uint32_t length;                   // bytes
    uint32_t done;                     // bytes of it that have been looked at; of a read in chunks they are answered too
    uint32_t error;                    // not NBD_OK: all there is to answer
};

enum phase {
    PHASE_FLAGS,                       // waits for the client's flags
    PHASE_OPTIONS,                     // waits for options
    PHASE_TRANSMISSION,                // requests and replies
    PHASE_LAST,                        // takes nothing more: what is asked for is answered, then the connection closes
    PHASE_CLOSED,                      // to be taken away
};

struct connection {
    int fd;
    enum phase phase;
    bool input_ended;                  // it has closed its side: what it asked for is still answered
    bool fixed_newstyle, no_zeroes, structured, allocation;     // what was negotiated
    unsigned options;                  // that it has sent

    uint8_t input[INPUT_BYTES];        // received, from input_begin to input_end not yet understood
    size_t input_begin, input_end;
    uint64_t skip;                     // bytes still to come that are thrown away: the rest of an option, or of the last request

    struct request requests[MAX_REQUESTS];   // oldest first
    size_t request_count;

    struct pieces *pieces;             // borrowed
    uint8_t heads[HEADS_BYTES];        // the reply's own bytes
    size_t heads_used;
    struct part out[MAX_PARTS];        // the reply: from out_first to out_count not yet sent
    size_t out_first, out_count;
    uint64_t held, held_end;           // of the disk: what this reply was made from, and is sent from
    bool waits_for_disk;               // the next part has to be read once more
};

// Makes *connection new, for fd, a stream socket, which it takes over; pieces is borrowed.  Where the disk is wholly in the page
// cache fd must be non-blocking, for sendfile(2).
void connection_init(struct connection *connection, int fd, struct pieces *pieces);

// Closes the socket, and gives back the pieces that were for it; PHASE_CLOSED.
void connection_close(struct connection *connection);

// Receives what there is room for.  Sets input_ended, or PHASE_CLOSED where the socket failed.
void connection_receive(struct connection *connection);

// True where there is room for more input, and it is wanted.
bool connection_wants_input(const struct connection *connection);

// The bytes that are not yet understood, and taking n of them away.
static inline const uint8_t *connection_input(const struct connection *c) { return c->input + c->input_begin; }
static inline size_t connection_available(const struct connection *c) { return c->input_end - c->input_begin; }
void connection_take(struct connection *connection, size_t n);

// Throws away n bytes of input, those still to come included.
void connection_skip(struct connection *connection, uint64_t n);

// Appends n (<= HEADS_BYTES in all of one reply) bytes to the reply; the caller writes them.
uint8_t *connection_reply(struct connection *connection, size_t n);

// Appends n bytes of the disk at offset to the reply.  They are sent from the pieces; what is no longer there when its turn
// comes is read once more, and where it cannot be the connection closes.
void connection_reply_disk(struct connection *connection, uint64_t offset, size_t n);

// This reply is made from these bytes of the disk: they are held in the pieces, where possible, until it is sent.
void connection_hold(struct connection *connection, uint64_t offset, size_t n);

// Sends what the socket takes of the reply, and PHASE_CLOSED where it takes no more, ever.  True where nothing of it is left.
bool connection_flush(struct connection *connection);

#endif
