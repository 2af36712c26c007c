// SPDX-License-Identifier: GPL-2.0-or-later
//
// The data connections of one disk: channels of the server's one side, socketpairs the other, and the pump between them.
// Touches: the SSH connection, the data channel.
#include "p2v-transport/forward.h"

#include <errno.h>
#include <libssh/callbacks.h>
#include <libssh/server.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "p2v-transport/lost.h"
#include "p2v-transport/session.h"
#include "proto/descriptors.h"
#include "proto/text.h"

#define LOOPBACK "localhost"           // sshd listens on 127.0.0.1 and, where there is one, on ::1
#define ANSWER_TIMEOUT_MS 30000
#define SOCKET_BUFFER (1024 * 1024)    // the kernel gives what net.core.wmem_max permits
#define HELD_TRIES 4                   // to get the old port in one connection, once the session that held it was told to end
#define HELD_PAUSE_MS 500
#define ROUND_BYTES (1024 * 1024)      // for one connection before the others have their turn
#define UNTOLD (-1)                    // the port that was forwarded, which libssh does not touch where the server has refused

// One direction's bytes that could not go on yet: bytes[begin..begin+size).
struct tail {
    unsigned char *bytes;
    size_t begin, size;
};

struct connection {
    struct forward *forward;
    ssh_channel channel;               // NULL: this slot is free
    struct ssh_channel_callbacks_struct callbacks;
    int fd;                            // our end of the socketpair; each call says that it does not wait
    struct tail to_server, to_disk;
    bool readable;                     // the channel has bytes
    bool fd_ready;                     // the socket has bytes, or has ended
    bool fd_ended;                     // nothing more comes from the disk's side
    bool eof_sent;                     // ... and the server has been told
    bool fd_closed_for_writing;        // nothing more goes to the disk's side
};

struct forward {
    struct helper *helper;
    struct link *link;
    int data_channel;                  // -1: p2v-export has gone
    int port;
    char outsider[64];                 // the first that was refused because it is not the server itself; "" : none
    bool outsider_told;
    bool throttled;                    // in this round a write waited for p2v.bwlimit
    struct connection connections[FORWARD_CONNECTIONS_MAX];
};

// ---- a connection begins: called by libssh ----------------------------------------------------------------------

static int on_data(ssh_session session, ssh_channel channel, void *data, uint32_t size, int is_stderr, void *context)
{
    (void)session, (void)channel, (void)data;
    struct connection *c = context;
    if (is_stderr)
        return (int)size;              // has no meaning here: dropped
    c->readable = true;
    c->forward->link->flooded |= size > LINK_FLOOD_MAX;
    return 0;                          // stays with libssh: the channel's window bounds it
}

// Our end of a new socketpair whose other end p2v-export has, or -1.
static int open_pair(const struct forward *forward)
{
    int ends[2], size = SOCKET_BUFFER;
    if (forward->data_channel < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
        return -1;
    setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    bool sent = descriptors_send(forward->data_channel, "", 1, &ends[1], 1, MSG_DONTWAIT) == 1;
    close(ends[1]);
    if (sent)
        return ends[0];
    close(ends[0]);
    return -1;
}

static struct connection *free_slot(struct forward *forward)
{
    for (size_t i = 0; i < FORWARD_CONNECTIONS_MAX; i++)
        if (forward->connections[i].channel == NULL)
            return &forward->connections[i];
    return NULL;
}

static int begin(struct forward *forward, struct connection *c, ssh_message message)
{
    *c = (struct connection){ .forward = forward, .fd = open_pair(forward) };
    c->to_server.bytes = malloc(FORWARD_TO_SERVER_BYTES);
    c->to_disk.bytes = malloc(FORWARD_TO_DISK_BYTES);
    if (c->fd >= 0 && c->to_server.bytes != NULL && c->to_disk.bytes != NULL)
        c->channel = ssh_message_channel_request_open_reply_accept(message);
    if (c->channel == NULL) {
        if (c->fd >= 0)
            close(c->fd);
        free(c->to_server.bytes);
        free(c->to_disk.bytes);
        return 1;
    }
    c->callbacks.userdata = c;
    c->callbacks.channel_data_function = on_data;
    ssh_callbacks_init(&c->callbacks);
    ssh_set_channel_callbacks(c->channel, &c->callbacks);
    return 0;
}

// A server with GatewayPorts in its sshd_config listens for its whole network, and calls that "localhost" all the same.
static bool from_loopback(struct forward *forward, ssh_message message)
{
    static const char *const loopback[] = { "127.0.0.1", "::1", "::ffff:127.0.0.1" };
    const char *from = ssh_message_channel_request_open_originator(message);
    for (size_t i = 0; from != NULL && i < sizeof loopback / sizeof loopback[0]; i++)
        if (strcmp(from, loopback[i]) == 0)
            return true;
    if (forward->outsider[0] == '\0') {
        snprintf(forward->outsider, sizeof forward->outsider, "%s", from != NULL && from[0] != '\0' ? from : "nobody");
        text_clean_line(forward->outsider);
    }
    return false;
}

// Whatever the server asks of us: a connection to our own port is taken, everything else refused (by libssh, after 1).
static int on_message(ssh_session session, ssh_message message, void *context)
{
    (void)session;
    struct forward *forward = context;
    if (ssh_message_type(message) != SSH_REQUEST_CHANNEL_OPEN || ssh_message_subtype(message) != SSH_CHANNEL_FORWARDED_TCPIP)
        return 1;
    const char *address = ssh_message_channel_request_open_destination(message);
    if (forward->port == 0 || ssh_message_channel_request_open_destination_port(message) != forward->port || address == NULL ||
        strcmp(address, LOOPBACK) != 0 || !from_loopback(forward, message))
        return 1;
    struct connection *c = free_slot(forward);
    return c == NULL ? 1 : begin(forward, c, message);
}

// ---- the pump: never inside a callback ---------------------------------------------------------------------------

static void end(struct connection *c)
{
    link_end_channel(c->forward->link, c->channel, &c->callbacks);
    close(c->fd);
    free(c->to_server.bytes);
    free(c->to_disk.bytes);
    *c = (struct connection){ .forward = c->forward };
}

static bool write_server(struct connection *c)
{
    if (c->to_server.size == 0)
        return false;
    struct limit *limit = &c->forward->link->limit;
    size_t piece = limit_piece(limit);
    if (limit_pause(limit) > 0) {
        c->forward->throttled = true;
        return false;
    }
    ssize_t n = link_write(c->forward->link, c->channel, c->to_server.bytes + c->to_server.begin, c->to_server.size < piece ? c->to_server.size : piece);
    if (n > 0)
        limit_charge(limit, (size_t)n);
    if (n < 0)                         // the server has closed: what is still meant for it is dropped
        n = (ssize_t)c->to_server.size;
    c->to_server.begin += (size_t)n;
    c->to_server.size -= (size_t)n;
    return n > 0;
}

static bool read_disk(struct connection *c)
{
    if (!c->fd_ready || c->fd_ended || c->to_server.size > 0)
        return false;
    ssize_t n = recv(c->fd, c->to_server.bytes, FORWARD_TO_SERVER_BYTES, MSG_DONTWAIT);
    if (n > 0) {
        c->to_server.begin = 0;
        c->to_server.size = (size_t)n;
        c->fd_ready = n == FORWARD_TO_SERVER_BYTES;        // poll() tells of more, and of the end
        return true;
    }
    c->fd_ready = false;
    c->fd_ended = n == 0 || (errno != EAGAIN && errno != EINTR);
    return false;
}

static bool write_disk(struct connection *c)
{
    if (c->to_disk.size == 0)
        return false;
    ssize_t n = c->fd_closed_for_writing ? -1 : send(c->fd, c->to_disk.bytes + c->to_disk.begin, c->to_disk.size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && !c->fd_closed_for_writing && (errno == EAGAIN || errno == EINTR))
        return false;
    if (n < 0) {                       // p2v-export has closed: what is still meant for it is dropped
        c->fd_closed_for_writing = true;
        n = (ssize_t)c->to_disk.size;
    }
    c->to_disk.begin += (size_t)n;
    c->to_disk.size -= (size_t)n;
    return true;
}

static bool read_server(struct connection *c)
{
    if (!c->readable || c->to_disk.size > 0)
        return false;
    int n = ssh_channel_read_nonblocking(c->channel, c->to_disk.bytes, FORWARD_TO_DISK_BYTES, 0);
    c->readable = n == FORWARD_TO_DISK_BYTES;
    if (n <= 0)
        return false;
    c->to_disk.begin = 0;
    c->to_disk.size = (size_t)n;
    return true;
}

// Passes ends on; true where the connection is over.
static bool pass_ends(struct connection *c)
{
    bool server_ended = !c->readable && c->to_disk.size == 0 && (ssh_channel_is_eof(c->channel) || ssh_channel_is_closed(c->channel));
    if (server_ended && !c->fd_closed_for_writing) {
        shutdown(c->fd, SHUT_WR);
        c->fd_closed_for_writing = true;
    }
    if (c->fd_ended && c->to_server.size == 0 && !c->eof_sent) {
        ssh_channel_send_eof(c->channel);
        c->eof_sent = true;
    }
    return ssh_channel_is_closed(c->channel) ? server_ended : c->eof_sent && c->fd_closed_for_writing;
}

static void pump(struct connection *c)
{
    size_t moved = 0;
    bool more;
    do {
        more = read_server(c);
        more |= write_disk(c);
        more |= read_disk(c);
        size_t before = c->to_server.size;
        more |= write_server(c);
        moved += before - c->to_server.size;
    } while (more && moved < ROUND_BYTES);
    if (pass_ends(c))
        end(c);
}

// ---- the loop ------------------------------------------------------------------------------------------------------

enum { POLL_LINK, POLL_SUPERVISOR, POLL_DATA, POLL_FIRST };

static void fill(struct forward *forward, struct pollfd *fds)
{
    bool room = link_has_room(forward->link);
    fds[POLL_SUPERVISOR] = (struct pollfd){ .fd = CHANNEL_FD, .events = POLLIN };
    fds[POLL_DATA] = (struct pollfd){ .fd = forward->data_channel, .events = POLLIN };
    for (size_t i = 0; i < FORWARD_CONNECTIONS_MAX; i++) {
        const struct connection *c = &forward->connections[i];
        bool read = c->channel != NULL && room && c->to_server.size == 0 && !c->fd_ended;
        bool write = c->channel != NULL && c->to_disk.size > 0;
        fds[POLL_FIRST + i] = (struct pollfd){ .fd = read || write ? c->fd : -1, .events = (short)((read ? POLLIN : 0) | (write ? POLLOUT : 0)) };
    }
}

// True where something came for a connection after its turn: libssh takes it in while it serves another one, and then nothing on the
// socket tells of it.  The next turn takes it: either it is gone then, or the disk's side is waited for.
static bool overlooked(const struct forward *forward)
{
    for (size_t i = 0; i < FORWARD_CONNECTIONS_MAX; i++) {
        const struct connection *c = &forward->connections[i];
        if (c->channel != NULL && c->readable && c->to_disk.size == 0)
            return true;
    }
    return false;
}

// True while a pump stopped for fairness alone.
static bool unfinished(struct forward *forward)
{
    for (size_t i = 0; i < FORWARD_CONNECTIONS_MAX; i++) {
        const struct connection *c = &forward->connections[i];
        if (c->channel != NULL && c->to_server.size > 0 && link_has_room(forward->link) && ssh_channel_window_size(c->channel) > 0)
            return true;
    }
    return false;
}

// How long to wait, if nothing wakes us, in milliseconds.  stuck: the last round could send nothing.
static int pause_ms(struct forward *forward, bool stuck)
{
    if (overlooked(forward))
        return 0;
    if (forward->throttled)
        return (int)(limit_pause(&forward->link->limit) / 1000000) + 1;
    // While keys are exchanged a write takes nothing although it looks as if it could: then only a wake-up helps.
    return !stuck && unfinished(forward) ? 0 : -1;
}

// The supervisor has nothing to say to a forwarder: anything but its going is a mistake.
static int hear_supervisor(struct forward *forward)
{
    struct message in = { 0 };
    int rc = helper_receive(forward->helper, &in);
    int status = rc == 0 ? EXIT_OK : rc < 0 ? EXIT_FAILED : helper_unexpected(forward->helper, &in);
    message_clear(&in);
    return status;
}

static void tell_of_outsider(struct forward *forward)
{
    if (forward->outsider_told || forward->outsider[0] == '\0')
        return;
    forward->outsider_told = true;
    helper_note(forward->helper, P2V__LEVEL__WARNING, "%s tried to read a disk by the port that %s forwards, which is open to its network, and was refused, "
                "as all but %s itself are: GatewayPorts should be no in sshd_config there", forward->outsider, forward->link->server, forward->link->server);
}

static int carry(struct forward *forward)
{
    struct error err = { 0 };
    struct pollfd fds[POLL_FIRST + FORWARD_CONNECTIONS_MAX];
    bool stuck = false;
    for (;;) {
        fill(forward, fds);
        if (link_wait(forward->link, fds, POLL_FIRST + FORWARD_CONNECTIONS_MAX, pause_ms(forward, stuck), &err) < 0)
            return lost_or_failed(forward->helper, forward->link, &err);
        if (fds[POLL_SUPERVISOR].revents != 0)
            return hear_supervisor(forward);
        tell_of_outsider(forward);
        if (fds[POLL_DATA].revents != 0)           // p2v-export never writes here: it has gone
            forward->data_channel = -1;
        uint64_t before = forward->link->bytes.out_bytes;
        forward->throttled = false;
        for (size_t i = 0; i < FORWARD_CONNECTIONS_MAX; i++) {
            struct connection *c = &forward->connections[i];
            if (c->channel == NULL)
                continue;
            c->fd_ready |= (fds[POLL_FIRST + i].revents & (POLLIN | POLLHUP | POLLERR)) != 0;
            pump(c);
        }
        stuck = forward->link->bytes.out_bytes == before;
    }
}

// Asks once for this port (0: any).  1: forward->port is set; 0: refused; -1 with err.
static int ask_once(struct forward *forward, int wanted, struct error *err)
{
    int rc, port = wanted == 0 ? UNTOLD : wanted;
    struct link *link = forward->link;
    int64_t deadline = clock_ms() + ANSWER_TIMEOUT_MS;
    while ((rc = ssh_channel_listen_forward(link->session, LOOPBACK, wanted, wanted == 0 ? &port : NULL)) == SSH_AGAIN)
        if (link_wait_until(link, deadline, "a port for the disk", err) < 0)
            return -1;
    if (rc == SSH_OK && port > 0 && port <= 65535)
        forward->port = port;
    else if (!ssh_is_connected(link->session))
        return link_lost(link, err);
    else if (wanted == 0 && port != UNTOLD)
        return error_set(err, "the SSH server on %s says that it forwards a port, but gives no port's number, without which no disk can be read: "
                         "use OpenSSH's sshd there", link->server);
    return forward->port > 0;
}

// The port that virt-v2v knows may still be held by the connection that was lost.
static int ask_port(struct forward *forward, const P2v__ForwardStart *start, struct error *err)
{
    struct link *link = forward->link;
    const struct session old = { .pid = start->session_pid, .began = start->session_began };
    int rc = ask_once(forward, (int)start->port, err);
    if (rc == 0 && start->port != 0 && session_end(link, &old, err) < 0)
        return -1;
    for (int i = 1; rc == 0 && start->port != 0 && i < HELD_TRIES; i++)
        rc = link_pause(link, HELD_PAUSE_MS, err) < 0 ? -1 : ask_once(forward, (int)start->port, err);
    if (rc > 0) {
        link->may_ask = true;
        link->heard_at = clock_ms();
    }
    if (rc != 0)
        return rc;
    link->lost = start->port != 0;
    if (link->lost)
        return error_set(err, "the port %u on %s, from which virt-v2v reads, is still held by the connection that was lost", start->port, link->server);
    return error_set(err, "%s forbids port forwarding, without which no disk can be read: AllowTcpForwarding must be yes in sshd_config "
                     "on the conversion server", link->server);
}

static int send_ready(const struct forward *forward, const struct session *session)
{
    P2v__ForwardReady ready = P2V__FORWARD_READY__INIT;
    ready.port = (uint32_t)forward->port;
    ready.session_pid = session->pid;
    ready.session_began = session->began;
    P2v__Envelope envelope = ENVELOPE(forward_ready, FORWARD_READY, &ready);
    return helper_send(forward->helper, &envelope, NULL, 0);
}

int forward_serve(struct helper *helper, struct link *link, const P2v__ForwardStart *start, int data_channel)
{
    struct error err = { 0 };
    struct session session;
    struct forward *forward = calloc(1, sizeof *forward);
    if (forward == NULL)
        return helper_fail(helper, "out of memory");
    forward->helper = helper;
    forward->link = link;
    forward->data_channel = data_channel;
    int status;
    ssh_set_message_callback(link->session, on_message, forward);
    // In this order: libssh takes the port from its last packet, which must not be one of a session's.
    if (ask_port(forward, start, &err) < 0 || session_find(link, &session, &err) < 0)
        status = lost_or_failed(helper, link, &err);
    else
        status = send_ready(forward, &session) < 0 ? EXIT_FAILED : carry(forward);
    forward->port = 0;                 // no more connections
    for (size_t i = 0; i < FORWARD_CONNECTIONS_MAX; i++)
        if (forward->connections[i].channel != NULL)
            end(&forward->connections[i]);
    link_close(link);                  // it may still call on_message
    free(forward);
    return status;
}
