// SPDX-License-Identifier: GPL-2.0-or-later
//
// Clients' bytes to an external NBD server and back: whatever comes in at one end goes out at the other, not looked at.
// Touches: the clients' streams, streams to the server, the descriptor that clients arrive on.
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "p2v-export/arrivals.h"
#include "p2v-export/external.h"

#define FLOW_BYTES (256 * 1024)
#define TURN_BYTES (1024 * 1024)       // before others have their turn

// One direction.
struct flow {
    size_t first, count;               // of the bytes that wait in buffer
    bool ended;                        // nothing more comes in
    bool passed_on;                    // and the other side has been told
    uint8_t buffer[FLOW_BYTES];
};

struct pair {
    int client, server;                // streams; client -1: a free place
    struct flow up, down;              // client to server, server to client
};

struct pump {
    struct external *external;
    struct pair pairs[SERVE_MAX_CONNECTIONS];
};

static void close_pair(struct pair *pair)
{
    close(pair->client);
    close(pair->server);
    pair->client = -1;
}

// Carries what can be carried without waiting.  False where a stream has broken.
static bool carry(int from, int to, struct flow *flow)
{
    for (size_t carried = 0; carried < TURN_BYTES && !flow->passed_on;) {
        if (flow->count == 0 && !flow->ended) {
            ssize_t n = recv(from, flow->buffer, sizeof flow->buffer, MSG_DONTWAIT);
            if (n < 0)
                return errno == EAGAIN || errno == EINTR;
            flow->ended = n == 0;
            flow->first = 0;
            flow->count = (size_t)n;
        }
        if (flow->count == 0) {
            flow->passed_on = true;
            shutdown(to, SHUT_WR);
            break;
        }
        ssize_t n = send(to, flow->buffer + flow->first, flow->count, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0)
            return errno == EAGAIN || errno == EINTR;
        flow->first += (size_t)n;
        flow->count -= (size_t)n;
        carried += (size_t)n;
    }
    return true;
}

static void carry_all(struct pump *pump)
{
    for (size_t i = 0; i < SERVE_MAX_CONNECTIONS; i++) {
        struct pair *pair = &pump->pairs[i];
        if (pair->client < 0)
            continue;
        bool sound = carry(pair->client, pair->server, &pair->up) && carry(pair->server, pair->client, &pair->down);
        if (!sound || (pair->up.passed_on && pair->down.passed_on))
            close_pair(pair);
    }
}

static enum serve_result arrive(struct pump *pump, enum arrival kind, int arrivals, struct error *err)
{
    int client;
    enum serve_result result = arrivals_take(kind, arrivals, &client, err);
    if (client < 0)
        return result;
    struct pair *pair = pump->pairs;
    while (pair < pump->pairs + SERVE_MAX_CONNECTIONS && pair->client >= 0)
        pair++;
    // No place, or no server any more: its end is told by its pidfd.
    int server = pair < pump->pairs + SERVE_MAX_CONNECTIONS ? external_connect(pump->external) : -1;
    if (server < 0) {
        close(client);
        return result;
    }
    pair->client = client;
    pair->server = server;
    pair->up.count = pair->down.count = 0;
    pair->up.ended = pair->down.ended = pair->up.passed_on = pair->down.passed_on = false;
    return result;
}

enum { AT_CHANNEL, AT_ARRIVALS, AT_END, AT_WORDS, AT_PAIRS };

// What an end is waited for: room for the flow that goes out there, bytes of the one that comes in.  A stream that is
// waited for nothing is left out: poll(2) would tell of its end again and again.
static struct pollfd poll_end(int fd, const struct flow *in, const struct flow *out)
{
    short events = (short)((in->count == 0 && !in->ended ? POLLIN : 0) | (out->count > 0 ? POLLOUT : 0));
    return (struct pollfd){ .fd = events != 0 ? fd : -1, .events = events };
}

static enum serve_result turn(struct pump *pump, enum arrival kind, struct pollfd *polled, struct error *err)
{
    for (size_t i = 0; i < SERVE_MAX_CONNECTIONS; i++) {
        const struct pair *pair = &pump->pairs[i];
        polled[AT_PAIRS + 2 * i] = polled[AT_PAIRS + 2 * i + 1] = (struct pollfd){ .fd = -1 };
        if (pair->client < 0)
            continue;
        polled[AT_PAIRS + 2 * i] = poll_end(pair->client, &pair->up, &pair->down);
        polled[AT_PAIRS + 2 * i + 1] = poll_end(pair->server, &pair->down, &pair->up);
    }
    if (ppoll(polled, AT_PAIRS + 2 * SERVE_MAX_CONNECTIONS, NULL, NULL) < 0) {
        if (errno == EINTR)
            return SERVE_GOES_ON;
        error_set_errno(err, errno, "cannot wait for clients");
        return SERVE_BROKEN;
    }
    if (polled[AT_WORDS].revents & POLLIN)
        external_listen(pump->external);
    else if (polled[AT_WORDS].revents != 0)
        polled[AT_WORDS].fd = -1;              // the server has closed its standard error
    if (polled[AT_CHANNEL].revents != 0)
        return SERVE_CHANNEL;
    if (polled[AT_END].revents != 0) {
        external_ended(pump->external, err);
        return SERVE_BROKEN;
    }
    enum serve_result result = polled[AT_ARRIVALS].revents == 0 ? SERVE_GOES_ON : arrive(pump, kind, polled[AT_ARRIVALS].fd, err);
    carry_all(pump);
    return result;
}

struct pump *pump_new(struct external *external)
{
    struct pump *pump = calloc(1, sizeof *pump);       // pages of places that are never used are never there
    if (pump == NULL)
        return NULL;
    pump->external = external;
    for (size_t i = 0; i < SERVE_MAX_CONNECTIONS; i++)
        pump->pairs[i].client = -1;
    return pump;
}

enum serve_result external_serve(struct pump *pump, enum arrival kind, int arrivals, int channel, struct error *err)
{
    struct pollfd polled[AT_PAIRS + 2 * SERVE_MAX_CONNECTIONS] = {
        [AT_CHANNEL] = { .fd = channel, .events = POLLIN },          // ppoll(2): -1 is passed over
        [AT_ARRIVALS] = { .fd = arrivals, .events = POLLIN },
        [AT_END] = { .fd = pump->external->ended_fd, .events = POLLIN },
        [AT_WORDS] = { .fd = pump->external->words_fd, .events = POLLIN },
    };
    enum serve_result result;
    do
        result = turn(pump, kind, polled, err);
    while (result == SERVE_GOES_ON);
    return result;
}
