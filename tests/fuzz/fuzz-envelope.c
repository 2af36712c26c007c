// SPDX-License-Identifier: GPL-2.0-or-later
//
// proto/channel.c, check.c and check-walk.c: datagrams as a helper that has been taken over may send them.  Each is a record.  What
// is received was checked, so it can be sent, arrives again, and is then the same.
#include "tests/fuzz/fuzz.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proto/channel.h"
#include "proto/descriptors.h"

static int ends[2] = { -1, -1 }, spare[CHANNEL_MAX_FDS];

static void set_up(void)
{
    if (ends[0] >= 0)
        return;
    MUST(channel_pair(ends) == 0);
    for (size_t i = 0; i < CHANNEL_MAX_FDS; i++)
        MUST((spare[i] = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0);
}

// The next descriptor that would be given out: none has been left open where it is the same as before.
static int next_descriptor(void)
{
    int fd = dup(spare[0]);
    MUST(fd >= 0 && close(fd) == 0);
    return fd;
}

// The bytes that a checked message is packed to, in *bytes, which is the caller's.
static size_t pack(const struct message *message, uint8_t **bytes)
{
    size_t size = p2v__envelope__get_packed_size(message->envelope);
    MUST(size <= CHANNEL_MAX_BYTES && (*bytes = malloc(size + 1)) != NULL);
    MUST(p2v__envelope__pack(message->envelope, *bytes) == size);
    return size;
}

static void go_round(const struct message *message)
{
    struct error err = { 0 };
    struct message again = { 0 };
    uint8_t *first, *second;
    size_t size = pack(message, &first);
    MUST(channel_send(ends[0], false, message->envelope, message->fds, message->fd_count, &err) == CHANNEL_MESSAGE);
    MUST(channel_receive(ends[1], false, &again, &err) == CHANNEL_MESSAGE);
    MUST(again.fd_count == message->fd_count && again.envelope->body_case == message->envelope->body_case);
    MUST(pack(&again, &second) == size && memcmp(first, second, size) == 0);
    free(first);
    free(second);
    message_clear(&again);
}

// With so many descriptors.  True where it was taken.
static bool receive(struct input datagram, size_t fd_count)
{
    struct error err = { 0 };
    struct message in = { 0 };
    if (descriptors_send(ends[0], datagram.data, datagram.size, spare, fd_count, MSG_DONTWAIT) < 0)
        return false;                  // larger than the socket's buffer
    enum channel_result result = channel_receive(ends[1], false, &in, &err);
    MUST(result == CHANNEL_MESSAGE || result == CHANNEL_BROKEN || (result == CHANNEL_CLOSED && datagram.size == 0));
    MUST((result == CHANNEL_BROKEN) == (err.text[0] != '\0'));
    if (result == CHANNEL_MESSAGE) {
        MUST(strcmp(message_name(in.envelope->body_case), "unknown message") != 0);
        go_round(&in);
    } else {
        MUST(in.envelope == NULL && in.fd_count == 0);
    }
    message_clear(&in);
    return result == CHANNEL_MESSAGE;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t fd_counts[] = { 0, 1, 3 };         // all that messages carry
    struct input input = { data, size };
    set_up();
    int next = next_descriptor();
    while (input.size > 0) {
        struct input datagram = input_record(&input);
        for (size_t i = 0; i < sizeof fd_counts / sizeof fd_counts[0] && !receive(datagram, fd_counts[i]); i++)
            ;
    }
    MUST(next_descriptor() == next);
    return 0;
}
