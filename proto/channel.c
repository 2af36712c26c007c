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

static void take_fds(struct msghdr *header, struct message *in)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c != NULL; c = CMSG_NXTHDR(header, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count && in->fd_count < CHANNEL_MAX_FDS; i++)
            memcpy(&in->fds[in->fd_count++], CMSG_DATA(c) + i * sizeof(int), sizeof(int));
    }
}

enum channel_result channel_receive(int fd, bool wait, struct message *in, struct error *err)
{
    unsigned char bytes[CHANNEL_MAX_BYTES];
    union { struct cmsghdr align; char bytes[CMSG_SPACE(CHANNEL_MAX_FDS * sizeof(int))]; } control;
    struct iovec iov = { .iov_base = bytes, .iov_len = sizeof bytes };
    struct msghdr header = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control };
    ssize_t n;
    do
        n = recvmsg(fd, &header, MSG_CMSG_CLOEXEC | (wait ? 0 : MSG_DONTWAIT));
    while (n < 0 && errno == EINTR && wait);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return CHANNEL_AGAIN;
    if (n < 0 && errno == ECONNRESET)
        return CHANNEL_CLOSED;
    if (n < 0) {
        error_set_errno(err, errno, "cannot receive a message");
        return CHANNEL_BROKEN;
    }
    take_fds(&header, in);
    if (n == 0) {                      // the end; or a datagram without a byte, which may bring descriptors all the same
        message_clear(in);
        return CHANNEL_CLOSED;
    }
    if (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) {
        error_set(err, "a message is larger than %d bytes or carries more than %d descriptors", CHANNEL_MAX_BYTES, CHANNEL_MAX_FDS);
    } else {
        in->envelope = p2v__envelope__unpack(&wiping, (size_t)n, bytes);
        if (in->envelope == NULL)
            error_set(err, "a message of %zd bytes is malformed", n);
        else if (check_envelope(in->envelope, in->fd_count, err) == 0) {
            explicit_bzero(bytes, (size_t)n);
            return CHANNEL_MESSAGE;
        }
    }
    explicit_bzero(bytes, (size_t)n);
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
