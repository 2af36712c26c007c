// SPDX-License-Identifier: GPL-2.0-or-later
//
// The loop.  There is no clock in it: whoever can go on goes on, and only when nobody can is the disk waited for.
#include "p2v-export/serve.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "p2v-export/commands.h"
#include "p2v-export/handshake.h"

#define SEND_BUFFER (1024 * 1024)      // wished for; the kernel gives what net.core.wmem_max allows

struct server {
    struct connection *clients[SERVE_MAX_CONNECTIONS];     // the first client_count are in use
    size_t client_count;
    size_t turn;                                           // whose oldest request the disk is waited for next
    struct connection connections[SERVE_MAX_CONNECTIONS];
    uint8_t piece[PIECE_BYTES];
};

struct server *server_new(void)
{
    struct server *server = calloc(1, sizeof *server);     // pages of places that are never used are never there
    for (size_t i = 0; server != NULL && i < SERVE_MAX_CONNECTIONS; i++)
        server->clients[i] = &server->connections[i];
    return server;
}

// ---- one client ----------------------------------------------------------------------------------------

enum progress {
    PROGRESS_WAITS,        // for its socket
    PROGRESS_COLD,         // for the disk
    PROGRESS_MADE,         // there may be more to do at once
};

static enum progress advance(struct connection *client, struct export *export, bool wait)
{
    if (!connection_flush(client))
        return PROGRESS_WAITS;
    if (client->phase == PHASE_FLAGS || client->phase == PHASE_OPTIONS) {
        bool stepped = handshake_step(client, export);
        if (!stepped && client->input_ended)
            client->phase = PHASE_CLOSED;
        connection_flush(client);
        return stepped ? PROGRESS_MADE : PROGRESS_WAITS;
    }
    if (client->phase == PHASE_TRANSMISSION)
        commands_parse(client, export);
    if (client->phase == PHASE_CLOSED)
        return PROGRESS_MADE;
    enum command_result result = commands_answer(client, export, wait);
    if (result == COMMAND_NONE && (client->phase == PHASE_LAST || client->input_ended))
        client->phase = PHASE_CLOSED;
    if (result == COMMAND_COLD)
        return PROGRESS_COLD;
    connection_flush(client);
    return result == COMMAND_ANSWERED || client->phase == PHASE_CLOSED ? PROGRESS_MADE : PROGRESS_WAITS;
}

static void remove_closed(struct server *server)
{
    for (size_t i = server->client_count; i-- > 0;) {
        struct connection *client = server->clients[i];
        if (client->phase != PHASE_CLOSED)
            continue;
        connection_close(client);
        memmove(&server->clients[i], &server->clients[i + 1], (SERVE_MAX_CONNECTIONS - i - 1) * sizeof server->clients[0]);
        server->clients[SERVE_MAX_CONNECTIONS - 1] = client;
        server->client_count--;
    }
}

// ---- arrivals ------------------------------------------------------------------------------------------

static void add(struct server *server, const struct disk *disk, int fd)
{
    // All places taken: by clients that copy, or by some that connected and then said nothing?  The oldest of the latter goes.
    for (size_t i = 0; server->client_count == SERVE_MAX_CONNECTIONS && i < SERVE_MAX_CONNECTIONS; i++)
        if (server->clients[i]->phase == PHASE_FLAGS || server->clients[i]->phase == PHASE_OPTIONS) {
            server->clients[i]->phase = PHASE_CLOSED;
            remove_closed(server);
        }
    if (server->client_count == SERVE_MAX_CONNECTIONS) {
        close(fd);
        return;
    }
    int size = SEND_BUFFER;
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);           // failure costs speed alone
    struct connection *client = server->clients[server->client_count++];
    connection_init(client, fd, disk);
    handshake_begin(client);
}

static bool is_stream(int fd)
{
    int type = 0, domain = 0;
    socklen_t size = sizeof type;
    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM &&
           getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_UNIX;
}

// One datagram of the data channel: one byte and one AF_UNIX stream socket, or whoever sends is not to be trusted further.
static enum serve_result arrive_datagram(struct server *server, const struct disk *disk, int arrivals, struct error *err)
{
    union { struct cmsghdr align; char bytes[CMSG_SPACE(SERVE_MAX_ARRIVING * sizeof(int))]; } control;
    char bytes[2];
    struct iovec vector = { .iov_base = bytes, .iov_len = sizeof bytes };
    struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control };
    ssize_t n = recvmsg(arrivals, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return SERVE_GOES_ON;
    int fds[SERVE_MAX_ARRIVING];
    size_t count = 0;
    for (struct cmsghdr *c = n < 0 ? NULL : CMSG_FIRSTHDR(&message); c != NULL; c = CMSG_NXTHDR(&message, c))
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
            for (size_t i = 0; i < (c->cmsg_len - CMSG_LEN(0)) / sizeof(int) && count < SERVE_MAX_ARRIVING; i++)
                memcpy(&fds[count++], CMSG_DATA(c) + i * sizeof(int), sizeof(int));
    bool sound = n == 1 && count == 1 && !(message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) && is_stream(fds[0]) &&
                 fcntl(fds[0], F_SETFL, O_NONBLOCK) == 0;
    if (sound) {
        add(server, disk, fds[0]);
        return SERVE_GOES_ON;
    }
    for (size_t i = 0; i < count; i++)
        close(fds[i]);
    if ((n == 0 && count == 0) || (n < 0 && errno == ECONNRESET))
        return SERVE_ENDED;
    error_set(err, "the data channel brought %zd bytes and %zu descriptors in place of one byte and one stream socket", n, count);
    return SERVE_BROKEN;
}

static enum serve_result arrive_listening(struct server *server, const struct disk *disk, int arrivals, struct error *err)
{
    int fd = accept4(arrivals, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0)
        add(server, disk, fd);
    else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
        error_set_errno(err, errno, "cannot accept a client");
        return SERVE_BROKEN;
    }
    return SERVE_GOES_ON;
}

// ---- all of them ---------------------------------------------------------------------------------------

enum { AT_CHANNEL, AT_ARRIVALS, AT_CLIENTS };

static short wanted(const struct connection *client)
{
    return (short)((connection_wants_input(client) ? POLLIN : 0) | (client->out_first < client->out_count ? POLLOUT : 0));
}

// Lets every client go on as far as it can without waiting, one turn each.  The best of what they made.  An event may be
// another client's, where one went to make room for an arrival: that costs an empty receive, and the next round tells it right.
static enum progress advance_all(struct server *server, struct export *export, const struct pollfd *polled, size_t polled_count)
{
    enum progress all = PROGRESS_WAITS;
    for (size_t i = 0; i < server->client_count; i++) {
        struct connection *client = server->clients[i];
        short events = i < polled_count ? polled[i].revents : 0;
        if (events & (POLLIN | POLLHUP | POLLERR) && connection_wants_input(client))
            connection_receive(client);
        enum progress one = advance(client, export, false);
        if (one > all)
            all = one;
    }
    return all;
}

// Nobody can go on without the disk: waits for the oldest request of one client, each client in its turn.
static void wait_for_disk(struct server *server, struct export *export)
{
    for (size_t i = 0; i < server->client_count; i++) {
        struct connection *client = server->clients[(server->turn + i) % server->client_count];
        if (client->request_count > 0 && client->out_first == client->out_count) {
            server->turn = server->turn + i + 1;
            advance(client, export, true);
            return;
        }
    }
}

// Polls everything; the clients' events are in polled[AT_CLIENTS + i] then.  SERVE_GOES_ON, or why to end.
static enum serve_result poll_all(struct server *server, const struct disk *disk, enum arrival kind, struct pollfd *polled, bool wait,
                                  struct error *err)
{
    static const struct timespec no_time;
    size_t count = server->client_count;
    for (size_t i = 0; i < count; i++)
        polled[AT_CLIENTS + i] = (struct pollfd){ .fd = server->clients[i]->fd, .events = wanted(server->clients[i]) };
    int n = ppoll(polled, AT_CLIENTS + count, wait ? NULL : &no_time, NULL);
    if (n < 0 && errno == EINTR) {
        for (size_t i = 0; i < AT_CLIENTS + count; i++)
            polled[i].revents = 0;
        return SERVE_GOES_ON;
    }
    if (n < 0) {
        error_set_errno(err, errno, "cannot wait for clients");
        return SERVE_BROKEN;
    }
    return polled[AT_CHANNEL].revents != 0 ? SERVE_CHANNEL :
           polled[AT_ARRIVALS].revents == 0 ? SERVE_GOES_ON :
           kind == ARRIVAL_DATAGRAM ? arrive_datagram(server, disk, polled[AT_ARRIVALS].fd, err) :
           arrive_listening(server, disk, polled[AT_ARRIVALS].fd, err);
}

enum serve_result serve(struct server *server, struct export *export, enum arrival kind, int arrivals, int channel,
                        struct error *err)
{
    struct pollfd polled[AT_CLIENTS + SERVE_MAX_CONNECTIONS] = {
        [AT_CHANNEL] = { .fd = channel, .events = POLLIN },          // ppoll(2): -1 is passed over
        [AT_ARRIVALS] = { .fd = arrivals, .events = POLLIN },
    };
    enum progress progress = PROGRESS_WAITS, before;
    export->piece = server->piece;
    for (;;) {
        size_t known = server->client_count;     // those that are polled; one that arrives now is looked at in the next round
        enum serve_result result = poll_all(server, &export->disk, kind, polled, progress == PROGRESS_WAITS, err);
        if (result != SERVE_GOES_ON)
            return result;
        before = progress;
        progress = advance_all(server, export, polled + AT_CLIENTS, known);
        remove_closed(server);
        if (progress == PROGRESS_COLD && before == PROGRESS_COLD)    // nothing new has come in the meantime either
            wait_for_disk(server, export);
    }
}
