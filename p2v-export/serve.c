// SPDX-License-Identifier: GPL-2.0-or-later
//
// The loop.  There is no clock in it: whoever can go on goes on, and only when nobody can is the disk waited for.
#include "p2v-export/serve.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "p2v-export/arrivals.h"
#include "p2v-export/commands.h"
#include "p2v-export/handshake.h"

#define SEND_BUFFER (1024 * 1024)      // wished for; the kernel gives what net.core.wmem_max allows

struct server {
    struct connection *clients[SERVE_MAX_CONNECTIONS];     // the first client_count are in use
    size_t client_count;
    size_t turn;                                           // whose oldest request the disk is waited for next
    struct connection connections[SERVE_MAX_CONNECTIONS];
    uint8_t piece[PIECE_BYTES];
    struct bad_ranges bad;
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

static void add(struct server *server, struct disk *disk, int fd)
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

static enum serve_result arrive(struct server *server, struct disk *disk, enum arrival kind, int arrivals, struct error *err)
{
    int fd;
    enum serve_result result = arrivals_take(kind, arrivals, &fd, err);
    if (fd >= 0)
        add(server, disk, fd);
    return result;
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
static enum serve_result poll_all(struct server *server, struct disk *disk, enum arrival kind, struct pollfd *polled, bool wait,
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
           arrive(server, disk, kind, polled[AT_ARRIVALS].fd, err);
}

enum serve_result serve(struct server *server, struct export *export, enum arrival kind, int arrivals, int channel,
                        struct error *err)
{
    struct pollfd polled[AT_CLIENTS + SERVE_MAX_CONNECTIONS] = {
        [AT_CHANNEL] = { .fd = channel, .events = POLLIN },          // ppoll(2): -1 is passed over
        [AT_ARRIVALS] = { .fd = arrivals, .events = POLLIN },
    };
    enum progress progress = PROGRESS_MADE, before;      // called again, it finds clients in any state
    export->piece = server->piece;
    export->disk.bad = &server->bad;
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
