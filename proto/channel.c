// SPDX-License-Identifier: GPL-2.0-or-later
//
// Envelopes and descriptors over one SOCK_SEQPACKET socket (unix(7), cmsg(3)).  Touches: the socket it is given.
#include "proto/channel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proto/check.h"
#include "proto/descriptors.h"

// ---- memory that is wiped when freed -------------------------------------------------------------------

struct block {
    size_t size;
    max_align_t data[];
};

static void *wiping_alloc(void *unused, size_t size)
{
    (void)unused;
    // protobuf-c asks for what the datagram's lengths say, so this is bounded by CHANNEL_MAX_BYTES times the
    // size of its largest struct; refuse anything beyond all the same.
    if (size > 16 * 1024 * 1024)
        return NULL;
    struct block *block = malloc(sizeof *block + size);
    if (block == NULL)
        return NULL;
    block->size = size;
    return block->data;
}

static void wiping_free(void *unused, void *data)
{
    (void)unused;
    if (data == NULL)
        return;
    struct block *block = (struct block *)((char *)data - offsetof(struct block, data));
    explicit_bzero(block->data, block->size);
    free(block);
}

static ProtobufCAllocator wiping = { .alloc = wiping_alloc, .free = wiping_free, .allocator_data = NULL };

// ---- both directions -----------------------------------------------------------------------------------

int channel_pair(int ends[2])
{
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends);
}

const char *message_name(P2v__Envelope__BodyCase body)
{
    const ProtobufCFieldDescriptor *field = body == P2V__ENVELOPE__BODY__NOT_SET ? NULL :
        protobuf_c_message_descriptor_get_field(&p2v__envelope__descriptor, (unsigned)body);
    return field == NULL ? "unknown message" : ((const ProtobufCMessageDescriptor *)field->descriptor)->short_name;
}

void message_clear(struct message *message)
{
    if (message->envelope != NULL)
        p2v__envelope__free_unpacked(message->envelope, &wiping);
    for (size_t i = 0; i < message->fd_count; i++)
        if (message->fds[i] >= 0)
            close(message->fds[i]);
    *message = (struct message){ 0 };
}

void message_keep(struct message *place, struct message *in)
{
    message_clear(place);
    *place = *in;
    *in = (struct message){ 0 };
}

// ---- receiving -----------------------------------------------------------------------------------------

static enum channel_result not_received(int error, struct error *err)
{
    if (error == EAGAIN)
        return CHANNEL_AGAIN;
    if (error == ECONNRESET)
        return CHANNEL_CLOSED;
    if (error == EMSGSIZE)
        error_set(err, "a message is larger than %d bytes or carries more than %d descriptors", CHANNEL_MAX_BYTES, CHANNEL_MAX_FDS);
    else
        error_set_errno(err, error, "cannot receive a message");
    return CHANNEL_BROKEN;
}

enum channel_result channel_receive(int fd, bool wait, struct message *in, struct error *err)
{
    unsigned char bytes[CHANNEL_MAX_BYTES];
    in->fd_count = CHANNEL_MAX_FDS;
    ssize_t n = descriptors_receive(fd, bytes, sizeof bytes, in->fds, &in->fd_count, wait ? 0 : MSG_DONTWAIT);
    if (n < 0) {
        int error = errno;
        if (error == EMSGSIZE)
            explicit_bzero(bytes, sizeof bytes);
        return not_received(error, err);
    }
    if (n == 0) {                      // the end; or a datagram without a byte, which may bring descriptors all the same
        message_clear(in);
        return CHANNEL_CLOSED;
    }
    in->envelope = p2v__envelope__unpack(&wiping, (size_t)n, bytes);
    explicit_bzero(bytes, (size_t)n);
    if (in->envelope == NULL)
        error_set(err, "a message of %zd bytes is malformed", n);
    else if (check_envelope(in->envelope, in->fd_count, err) == 0)
        return CHANNEL_MESSAGE;
    message_clear(in);
    return CHANNEL_BROKEN;
}

// ---- sending -------------------------------------------------------------------------------------------

enum channel_result channel_send(int fd, bool wait, const P2v__Envelope *envelope, const int *fds, size_t fd_count,
                                 struct error *err)
{
    if (check_envelope(envelope, fd_count, err) < 0)
        return CHANNEL_BROKEN;
    unsigned char bytes[CHANNEL_MAX_BYTES];
    size_t size = p2v__envelope__get_packed_size(envelope);
    if (size > sizeof bytes || fd_count > CHANNEL_MAX_FDS) {
        error_set(err, "%s is too large to send: %zu bytes and %zu descriptors", message_name(envelope->body_case), size, fd_count);
        return CHANNEL_BROKEN;
    }
    p2v__envelope__pack(envelope, bytes);
    ssize_t n = descriptors_send(fd, bytes, size, fds, fd_count, wait ? 0 : MSG_DONTWAIT);
    int error = errno;
    explicit_bzero(bytes, size);
    if (n >= 0)
        return CHANNEL_MESSAGE;
    if (error == EAGAIN)
        return CHANNEL_AGAIN;
    if (error == EPIPE || error == ECONNRESET)
        return CHANNEL_CLOSED;
    error_set_errno(err, error, "cannot send %s", message_name(envelope->body_case));
    return CHANNEL_BROKEN;
}
