// SPDX-License-Identifier: GPL-2.0-or-later
//
// The loop.  There is no clock in it: whoever can go on goes on, and only when nobody can is anything waited for.  A timer says
// when progress is told, and is looked at only while there is some that has not been.
#include "p2v-export/serve.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "p2v-export/arrivals.h"
#include "p2v-export/commands.h"
#include "p2v-export/handshake.h"

struct server {
    struct connection *clients[SERVE_MAX_CONNECTIONS];     // the first client_count are in use
    size_t client_count;
    struct connection connections[SERVE_MAX_CONNECTIONS];
    struct pieces *pieces;
    struct bad_ranges bad;
    int timer;                                             // for progress
};

// It goes off once, and then not again before it has been read: while nothing is to be told it wakes nobody.
static int make_timer(void)
{
    static const struct itimerspec twice_a_second = { .it_interval = { .tv_nsec = 500000000 }, .it_value = { .tv_nsec = 1 } };
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (fd >= 0)
        timerfd_settime(fd, 0, &twice_a_second, NULL);     // cannot fail with these
    return fd;
}

struct server *server_new(void)
{
    struct server *server = calloc(1, sizeof *server);     // pages of places that are never used are never there
    for (size_t i = 0; server != NULL && i < SERVE_MAX_CONNECTIONS; i++)
        server->clients[i] = &server->connections[i];
    if (server != NULL && (server->timer = make_timer()) >= 0 && (server->pieces = pieces_new()) != NULL)
        return server;
    free(server);
    return NULL;
}

void server_free(struct server *server)
{
    if (server == NULL)
        return;
    for (size_t i = 0; i < server->client_count; i++)
        connection_close(server->clients[i]);
    pieces_free(server->pieces);
    close(server->timer);
    free(server);
}

// ---- one client ----------------------------------------------------------------------------------------

// False where it waits, for its socket or the disk; true where there may be more to do at once.
static bool advance(struct connection *client, struct export *export, size_t fetch)
{
    if (client->phase == PHASE_TRANSMISSION)
        commands_parse(client, export);
    bool sent = connection_flush(client);
    if (client->phase == PHASE_TRANSMISSION || client->phase == PHASE_LAST)
        commands_fetch(client, export, fetch);
    if (!sent)
        return false;
    if (client->phase == PHASE_FLAGS || client->phase == PHASE_OPTIONS) {
        bool stepped = handshake_step(client, export);
        if (!stepped && client->input_ended)
            client->phase = PHASE_CLOSED;
        connection_flush(client);
        return stepped;
    }
    if (client->phase == PHASE_CLOSED)
        return true;
    bool answered = commands_answer(client, export);
    if (answered)
        connection_flush(client);
    if (commands_complete(client) == 0 && client->out_count == 0 && (client->phase == PHASE_LAST || client->input_ended))
        client->phase = PHASE_CLOSED;
    return answered || client->phase == PHASE_CLOSED;
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

static void add(struct server *server, int fd)
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
    struct connection *client = server->clients[server->client_count++];
    connection_init(client, fd, server->pieces);
    handshake_begin(client);
}

static enum serve_result arrive(struct server *server, enum arrival kind, int arrivals, struct error *err)
{
    int fd;
    enum serve_result result = arrivals_take(kind, arrivals, &fd, err);
    if (fd >= 0)
        add(server, fd);
    return result;
}

// ---- all of them ---------------------------------------------------------------------------------------

enum { AT_CHANNEL, AT_ARRIVALS, AT_DISK, AT_TIMER, AT_CLIENTS };

// A client that is waited for nothing is left out: poll(2) would tell of its end again and again.
static struct pollfd poll_client(const struct connection *client)
{
    bool sends = client->out_first < client->out_count && !client->waits_for_disk;
    short events = (short)((connection_wants_input(client) ? POLLIN : 0) | (sends ? POLLOUT : 0));
    return (struct pollfd){ .fd = events != 0 ? client->fd : -1, .events = events };
}

// Lets every client go on as far as it can without waiting, one turn each; true where one may have more to do.  An event may
// be another client's, where one went to make room for an arrival: that costs an empty receive, and the next round tells it
// right.
static bool advance_all(struct server *server, struct export *export, const struct pollfd *polled, size_t polled_count)
{
    bool more = false;
    size_t fetch = server->client_count < PIECES ? PIECES / (server->client_count + !server->client_count) : 1;
    for (size_t i = 0; i < server->client_count; i++) {
        struct connection *client = server->clients[i];
        short events = (short)(i < polled_count ? polled[i].revents : 0);
        if (events & (POLLIN | POLLHUP | POLLERR) && connection_wants_input(client))
            connection_receive(client);
        more |= advance(client, export, fetch);
    }
    return pieces_begin(server->pieces) || more;
}

// Polls everything; the clients' events are in polled[AT_CLIENTS + i] then.  SERVE_GOES_ON, or why to end.
static enum serve_result poll_all(struct server *server, enum arrival kind, struct pollfd *polled, bool wait,
                                  struct error *err)
{
    static const struct timespec no_time;
    size_t count = server->client_count;
    for (size_t i = 0; i < count; i++)
        polled[AT_CLIENTS + i] = poll_client(server->clients[i]);
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
    if (polled[AT_DISK].revents != 0)
        pieces_finish(server->pieces);
    uint64_t times;                              // reading it is what starts it again
    if (polled[AT_CHANNEL].revents != 0)
        return SERVE_CHANNEL;
    if (polled[AT_TIMER].revents != 0 && read(server->timer, &times, sizeof times) > 0)
        return SERVE_PROGRESS;
    return polled[AT_ARRIVALS].revents != 0 ? arrive(server, kind, polled[AT_ARRIVALS].fd, err) : SERVE_GOES_ON;
}

enum serve_result serve(struct server *server, struct export *export, enum arrival kind, int arrivals, int channel,
                        struct error *err)
{
    struct pollfd polled[AT_CLIENTS + SERVE_MAX_CONNECTIONS] = {
        [AT_CHANNEL] = { .fd = channel, .events = POLLIN },          // ppoll(2): -1 is passed over
        [AT_ARRIVALS] = { .fd = arrivals, .events = POLLIN },
        [AT_DISK] = { .fd = pieces_event(server->pieces), .events = POLLIN },
        [AT_TIMER] = { .events = POLLIN },
    };
    bool more = true;                            // called again, it finds clients in any state
    export->disk.bad = &server->bad;
    export->pieces = server->pieces;
    pieces_set_disk(server->pieces, &export->disk);
    for (;;) {
        size_t known = server->client_count;     // those that are polled; one that arrives now is looked at in the next round
        polled[AT_TIMER].fd = export->progress != NULL && export->progress->untold ? server->timer : -1;
        enum serve_result result = poll_all(server, kind, polled, !more, err);
        if (result == SERVE_PROGRESS && export->progress != NULL)
            export->progress->untold = false;
        if (result != SERVE_GOES_ON)
            return result;
        more = advance_all(server, export, polled + AT_CLIENTS, known);
        remove_closed(server);
    }
}
