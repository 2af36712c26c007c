// SPDX-License-Identifier: GPL-2.0-or-later
//
// A client's socket, and the buffers beside it.
#include "p2v-export/connection.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

void connection_init(struct connection *connection, int fd, struct disk *disk)
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
    connection->heads_used = connection->out_first = connection->out_count = connection->page_size = 0;
    connection->disk = disk;
}

void connection_close(struct connection *connection)
{
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

static ssize_t send_bytes(const struct connection *connection, const uint8_t *bytes, size_t size)
{
    struct iovec vector = { .iov_base = (void *)(uintptr_t)bytes, .iov_len = size };
    struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1 };
    return sendmsg(connection->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

// As send(2).  It is the kernel that hands the page cache's own pages to the socket: measured, that takes 0.6 of the processor
// time that sending a copy takes.  A page that it cannot read is read here, as disk.c does it, and a copy is sent.
static ssize_t send_disk(struct connection *connection, const struct part *part)
{
    uint64_t sent = part->offset - connection->page_offset;              // of page; huge where part comes before it
    if (sent >= connection->page_size) {
        size_t clean = disk_clean(connection->disk, part->offset, part->size), good;
        off_t offset = (off_t)part->offset;
        ssize_t n = clean > 0 ? sendfile(connection->fd, connection->disk->fd, &offset, clean) : 0;
        if (n > 0 || (n < 0 && errno != EIO))
            return n;
        size_t size = DISK_PAGE - (size_t)(part->offset % DISK_PAGE);
        disk_read(connection->disk, connection->page, size < part->size ? size : part->size, part->offset, true, &good);
        connection->page_offset = part->offset;
        connection->page_size = good;
        sent = 0;
        if (good == 0)
            return 0;
    }
    size_t rest = connection->page_size - (size_t)sent;
    return send_bytes(connection, connection->page + sent, rest < part->size ? rest : part->size);
}

bool connection_flush(struct connection *connection)
{
    while (connection->out_first < connection->out_count && connection->phase != PHASE_CLOSED) {
        struct part *part = &connection->out[connection->out_first];
        ssize_t n = part->bytes != NULL ? send_bytes(connection, part->bytes, part->size) : send_disk(connection, part);
        if (n > 0) {
            part->size -= (size_t)n;
            part->offset += (uint64_t)n;
            part->bytes += part->bytes != NULL ? n : 0;
            connection->out_first += part->size == 0;
        } else if (n < 0 && errno == EAGAIN)
            return false;
        else if (n == 0 || errno != EINTR)
            connection->phase = PHASE_CLOSED;    // the client has gone; or the disk has, after it was read without error
    }
    connection->heads_used = connection->out_first = connection->out_count = connection->page_size = 0;
    return true;
}
