// SPDX-License-Identifier: GPL-2.0-or-later
//
// A client's socket, and the buffers beside it.
#include "p2v-export/connection.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define VECTORS 8              // that one system call sends

void connection_init(struct connection *connection, int fd, struct pieces *pieces)
{
    // Field by field: the large arrays are left as they are, they are never read before they are written.
    connection->fd = fd;
    connection->phase = PHASE_FLAGS;
    connection->fixed_newstyle = connection->no_zeroes = connection->structured = connection->allocation = false;
    connection->input_ended = false;
    connection->options = 0;
    connection->input_begin = connection->input_end = 0;
    connection->skip = 0;
    connection->request_count = 0;
    connection->heads_used = connection->out_first = connection->out_count = 0;
    connection->pieces = pieces;
    connection->held = connection->held_end = 0;
    connection->waits_for_disk = false;
}

// What the reply that is sent, or never will be, was made from.
static void let_go(struct connection *connection)
{
    if (connection->held < connection->held_end)
        pieces_release(connection->pieces, connection->held, connection->held_end);
    connection->held = connection->held_end = 0;
}

void connection_close(struct connection *connection)
{
    for (size_t i = 0; i < connection->request_count; i++) {
        const struct request *request = &connection->requests[i];
        pieces_release(connection->pieces, request->offset, request->offset + request->length);
    }
    let_go(connection);
    close(connection->fd);
    connection->fd = -1;
    connection->phase = PHASE_CLOSED;
}

// ---- input ---------------------------------------------------------------------------------------------

void connection_take(struct connection *connection, size_t n)
{
    connection->input_begin += n;
    if (connection->input_begin == connection->input_end)
        connection->input_begin = connection->input_end = 0;
}

void connection_skip(struct connection *connection, uint64_t n)
{
    size_t here = connection_available(connection);
    if (here > n)
        here = (size_t)n;
    connection_take(connection, here);
    connection->skip = n - here;
}

bool connection_wants_input(const struct connection *connection)
{
    return connection->phase < PHASE_LAST && !connection->input_ended && connection->request_count < MAX_REQUESTS &&
           connection_available(connection) < INPUT_BYTES;
}

void connection_receive(struct connection *connection)
{
    if (connection->input_begin > 0) {           // less than a request or an option, so this copies little
        size_t available = connection_available(connection);
        memmove(connection->input, connection_input(connection), available);
        connection->input_begin = 0;
        connection->input_end = available;
    }
    size_t room = INPUT_BYTES - connection->input_end;
    if (room == 0)
        return;
    struct iovec vector = { .iov_base = connection->input + connection->input_end, .iov_len = room };
    struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1 };     // no room for descriptors: the kernel closes them
    ssize_t n = recvmsg(connection->fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n < 0)
        connection->phase = PHASE_CLOSED;
    connection->input_ended = n == 0;
    connection->input_end += n > 0 ? (size_t)n : 0;
    if (connection->skip > 0)
        connection_skip(connection, connection->skip);
}

// ---- output --------------------------------------------------------------------------------------------

static void append(struct connection *connection, struct part part)
{
    struct part *last = connection->out_count > 0 ? &connection->out[connection->out_count - 1] : NULL;
    if (part.size == 0)
        return;
    if (part.bytes != NULL && last != NULL && last->bytes != NULL && last->bytes + last->size == part.bytes) {
        last->size += part.size;
        return;
    }
    if (connection->out_count == MAX_PARTS)
        abort();                                 // cannot happen: the sizes are those of the largest reply
    connection->out[connection->out_count++] = part;
}

uint8_t *connection_reply(struct connection *connection, size_t n)
{
    if (n > HEADS_BYTES - connection->heads_used)
        abort();                                 // likewise
    uint8_t *bytes = connection->heads + connection->heads_used;
    connection->heads_used += n;
    append(connection, (struct part){ .bytes = bytes, .size = n });
    return bytes;
}

void connection_reply_disk(struct connection *connection, uint64_t offset, size_t n)
{
    append(connection, (struct part){ .offset = offset, .size = n });
}

void connection_hold(struct connection *connection, uint64_t offset, size_t n)
{
    connection->held = offset;
    connection->held_end = offset + n;
}

static bool is_cached(const struct connection *connection, const struct part *part)
{
    return part->bytes == NULL && pieces_cached(connection->pieces) >= 0;
}

// What of a part can be sent now, of bytes that lie together.  0: they are not at hand; -1: they cannot be read.
static int vector_of(const struct connection *connection, const struct part *part, struct iovec *vector)
{
    struct view view = { .bytes = part->bytes, .size = part->size };
    if (is_cached(connection, part))
        return 0;
    if (part->bytes == NULL && !pieces_get(connection->pieces, part->offset, piece_size(part->offset, part->offset + part->size), &view))
        return 0;
    *vector = (struct iovec){ .iov_base = (void *)(uintptr_t)view.bytes, .iov_len = view.size };
    return view.size > 0 ? 1 : -1;
}

// Part after part, up to one that is not wholly at hand.  How many vectors; 0 and -1 as above, of the first.
static int vectors_of(const struct connection *connection, struct iovec vectors[VECTORS])
{
    int count = 0;
    for (size_t i = connection->out_first; i < connection->out_count && count < VECTORS; i++) {
        int rc = vector_of(connection, &connection->out[i], &vectors[count]);
        if (rc <= 0)
            return count > 0 ? count : rc;
        if (vectors[count++].iov_len < connection->out[i].size)
            break;
    }
    return count;
}

static void take_sent(struct connection *connection, size_t n)
{
    while (n > 0) {
        struct part *part = &connection->out[connection->out_first];
        size_t step = n < part->size ? n : part->size;
        part->size -= step;
        part->offset += step;
        if (part->bytes != NULL)
            part->bytes += step;
        connection->out_first += part->size == 0;
        n -= step;
    }
}

// The next part has gone from the pieces while the socket took nothing.  It is read once more, but not before the socket takes
// something again: clients that stopped taking their replies must not take the pieces from each other, and from the rest.
static void read_again(struct connection *connection)
{
    static const struct timespec no_time;
    struct pollfd socket = { .fd = connection->fd, .events = POLLOUT };
    connection->waits_for_disk = ppoll(&socket, 1, &no_time, NULL) > 0;
    if (connection->waits_for_disk) {
        const struct part *part = &connection->out[connection->out_first];
        pieces_fetch(connection->pieces, part->offset, piece_size(part->offset, part->offset + part->size), true);
    }
}

// From the next part on, what is at hand; as sendmsg(2).  0: it cannot be read any more; -1 with ENODATA: it is not at hand.
static ssize_t send_some(struct connection *connection)
{
    const struct part *part = &connection->out[connection->out_first];
    off_t offset = (off_t)part->offset;
    if (is_cached(connection, part))             // the pages themselves go, not a copy of them
        return sendfile(connection->fd, pieces_cached(connection->pieces), &offset, part->size);
    struct iovec vectors[VECTORS];
    int count = vectors_of(connection, vectors);
    if (count <= 0) {
        errno = ENODATA;
        return count == 0 ? -1 : 0;
    }
    struct msghdr message = { .msg_iov = vectors, .msg_iovlen = (size_t)count };
    return sendmsg(connection->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

bool connection_flush(struct connection *connection)
{
    connection->waits_for_disk = false;
    while (connection->out_first < connection->out_count && connection->phase != PHASE_CLOSED) {
        ssize_t n = send_some(connection);
        if (n < 0 && errno == ENODATA) {
            read_again(connection);
            return false;
        }
        if (n > 0)
            take_sent(connection, (size_t)n);
        else if (n < 0 && errno == EAGAIN)
            return false;
        else if (n == 0 || errno != EINTR)
            connection->phase = PHASE_CLOSED;    // the client has gone; or the disk has, after it was read without error
    }
    connection->heads_used = connection->out_first = connection->out_count = 0;
    let_go(connection);
    return true;
}
