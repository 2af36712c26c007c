// SPDX-License-Identifier: GPL-2.0-or-later
//
// One SSH connection waited on, kept alive, written to within bounds, and given up.  Touches: the SSH socket.
#include "p2v-transport/link.h"

#include <errno.h>
#include <libssh/server.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <time.h>

int64_t clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int link_lost(struct link *link, struct error *err)
{
    const char *why = ssh_get_error(link->session);
    link->lost = true;
    return error_set(err, "the connection to %s is lost: %s", link->server, why != NULL && why[0] != '\0' ? why : "the server closed it");
}

// Sees whether the server still speaks, and asks it where it has been silent for long.
static int keep_alive(struct link *link, struct error *err)
{
    int64_t now = clock_ms();
    if (link->bytes.in_bytes != link->heard_bytes) {
        link->heard_bytes = link->bytes.in_bytes;
        link->heard_at = now;
    }
    if (link->may_ask && now - link->heard_at >= LINK_SILENCE_MS) {
        link->lost = true;
        return error_set(err, "the connection to %s is lost: no answer for %d seconds", link->server, LINK_SILENCE_MS / 1000);
    }
    if (now - link->heard_at >= LINK_PROBE_MS && now - link->probed_at >= LINK_PROBE_MS) {
        link->probed_at = now;
        // The first call may only collect the answer to the last question, so that the second asks.
        for (int i = 0; i < 2 && link->may_ask; i++)
            ssh_send_keepalive(link->session);
        if (!link->may_ask)            // for the sake of NAT tables; what is lost then, TCP_USER_TIMEOUT finds out
            ssh_send_ignore(link->session, "");
    }
    return 0;
}

int link_wait(struct link *link, struct pollfd *fds, nfds_t count, int timeout_ms, struct error *err)
{
    if (!ssh_is_connected(link->session))
        return link_lost(link, err);   // and its socket's number may be another's by now
    int wanted = ssh_get_poll_flags(link->session);
    fds[0] = (struct pollfd){ .fd = link->fd, .events = (short)(POLLIN | (wanted & SSH_WRITE_PENDING ? POLLOUT : 0)) };
    int64_t patience = link->heard_at + LINK_SILENCE_MS - clock_ms();
    int most = patience > 0 && patience < LINK_PROBE_MS ? (int)patience : LINK_PROBE_MS;
    if (timeout_ms < 0 || timeout_ms > most)
        timeout_ms = most;
    int ready = poll(fds, count, timeout_ms);
    if (ready < 0) {
        if (errno != EINTR)
            return error_set_errno(err, errno, "cannot wait for the connection to %s", link->server);
        for (nfds_t i = 0; i < count; i++)
            fds[i].revents = 0;
    }
    if (ready > 0 && fds[0].revents != 0) {
        int rc = ssh_event_dopoll(link->event, 0);
        // sshd leaves Nagle on for forwarded ports: a delayed ACK of ours costs 40 ms.  It does not stick (fact 1).
        int on = 1;
        setsockopt(link->fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
        if (rc == SSH_ERROR || !ssh_is_connected(link->session))
            return link_lost(link, err);
    }
    if (link->flooded)
        return error_set(err, "%s sends more than it was allowed to: the connection is closed", link->server);
    return keep_alive(link, err);
}

int link_wait_until(struct link *link, int64_t deadline, const char *what, struct error *err)
{
    int64_t left = deadline - clock_ms();
    if (left <= 0) {
        link->lost = true;
        return error_set(err, "%s did not answer in time when asked for %s", link->server, what);
    }
    struct pollfd fds[1];
    return link_wait(link, fds, 1, left < LINK_PROBE_MS ? (int)left : LINK_PROBE_MS, err);
}

int link_pause(struct link *link, int milliseconds, struct error *err)
{
    struct pollfd fds[1];
    for (int64_t left, until = clock_ms() + milliseconds; (left = until - clock_ms()) > 0;)
        if (link_wait(link, fds, 1, (int)left, err) < 0)
            return -1;
    return 0;
}

bool link_has_room(struct link *link)
{
    if (link->compressed && !(ssh_get_poll_flags(link->session) & SSH_WRITE_PENDING))
        link->held_bytes = 0;
    if (link->compressed)
        return link->held_bytes < LINK_HELD_MAX;
    if (link->bytes.out_bytes - link->held_mark >= link->held_bytes) {
        link->held_mark = link->bytes.out_bytes;
        link->held_bytes = 0;
    }
    return link->held_bytes - (link->bytes.out_bytes - link->held_mark) < LINK_HELD_MAX;
}

ssize_t link_write(struct link *link, ssh_channel channel, const void *data, size_t size)
{
    size_t window = ssh_channel_window_size(channel);
    size_t n = size < window ? size : window;
    if (n == 0 || !link_has_room(link))
        return ssh_channel_is_open(channel) ? 0 : -1;
    if (link->held_bytes == 0)
        link->held_mark = link->bytes.out_bytes;
    int written = ssh_channel_write(channel, data, (uint32_t)n);
    if (written > 0)
        link->held_bytes += (size_t)written;
    return written >= 0 ? written : ssh_channel_is_open(channel) ? 0 : -1;
}

static int drop(ssh_session session, ssh_channel channel, void *data, uint32_t size, int is_stderr, void *unused)
{
    (void)session, (void)channel, (void)data, (void)is_stderr, (void)unused;
    return (int)size;
}

void link_end_channel(struct link *link, ssh_channel channel, ssh_channel_callbacks callbacks)
{
    static const struct ssh_channel_callbacks_struct dropping = { .size = sizeof dropping, .channel_data_function = drop };
    ssh_remove_channel_callbacks(channel, callbacks);
    ssh_set_channel_callbacks(channel, (ssh_channel_callbacks)(uintptr_t)&dropping);
    if (ssh_is_connected(link->session))
        ssh_channel_close(channel);
    ssh_channel_free(channel);
}

void link_close(struct link *link)
{
    if (link->event != NULL) {
        ssh_event_remove_session(link->event, link->session);
        ssh_event_free(link->event);
    }
    if (link->session != NULL) {
        ssh_disconnect(link->session);
        ssh_free(link->session);
    }
    *link = (struct link){ .fd = -1, .lost = link->lost, .refused = link->refused };
}
