// SPDX-License-Identifier: GPL-2.0-or-later
//
// From a server's name to an encrypted connection.  Touches: the resolver, the network.
//
// Nothing here is taken from files: no ssh_config, no known_hosts, no agent, no ~/.ssh.
#include "p2v-transport/handshake.h"

#include <errno.h>
#include <fcntl.h>
#include <libssh/callbacks.h>
#include <libssh/server.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "p2v-transport/algorithms.h"
#include "p2v-transport/connect.h"
#include "p2v-transport/login.h"

#define LOGIN_BYTES_MAX (1024 * 1024)  // from the server: a login takes some thousands

// A server opens no channel and asks nothing of us unless forward.c has asked for it: libssh sends the refusal.
static int refuse_all(ssh_session session, ssh_message message, void *unused)
{
    (void)session, (void)message, (void)unused;
    return 1;
}

static int set_options(ssh_session session, const P2v__Login *login, int fd)
{
    bool off = false;
    const struct { enum ssh_options_e option; const void *value; } options[] = {
        { SSH_OPTIONS_PROCESS_CONFIG, &off },
        { SSH_OPTIONS_SSH_DIR, "/nonexistent" },
        { SSH_OPTIONS_KNOWNHOSTS, "/nonexistent/known_hosts" },
        { SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/nonexistent/known_hosts" },
        { SSH_OPTIONS_HOST, login->server },
        { SSH_OPTIONS_USER, login->username },
        { SSH_OPTIONS_FD, &fd },
    };
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
        if (ssh_options_set(session, options[i].option, options[i].value) < 0)
            return -1;
    ssh_set_blocking(session, 0);
    ssh_set_message_callback(session, refuse_all, NULL);
    return 0;
}

int handshake_wait(const struct link *link, int64_t deadline)
{
    int64_t left = deadline - clock_ms();
    if (left <= 0 || link->bytes.in_bytes > LOGIN_BYTES_MAX)
        return -1;
    bool write = (ssh_get_poll_flags(link->session) & SSH_WRITE_PENDING) != 0;
    struct pollfd fd = { .fd = link->fd, .events = (short)(POLLIN | (write ? POLLOUT : 0)) };
    int rc = poll(&fd, 1, (int)left);
    return rc == 0 || (rc < 0 && errno != EINTR) ? -1 : 0;
}

int handshake_late(const struct link *link, struct error *err)
{
    if (link->bytes.in_bytes > LOGIN_BYTES_MAX)
        return error_set(err, "%s sends without end and lets nobody log in: check that the port is that of an SSH server", link->server);
    if (ssh_get_serverbanner(link->session) == NULL)
        return error_set(err, "%s accepts connections but %s: check that the port is that of an SSH server", link->server,
                         link->bytes.in_bytes == 0 ? "says nothing" : "sends no greeting of an SSH server");
    return error_set(err, "%s did not complete the login within %d seconds: check the server and the network, and try again", link->server,
                     LOGIN_TIMEOUT_MS / 1000);
}

static int exchange_keys(struct link *link, uint32_t port, int64_t deadline, struct error *err)
{
    int rc;
    while ((rc = ssh_connect(link->session)) == SSH_AGAIN) {
        // libssh makes a socket that it is given blocking when it begins: a long write would then stop everything.
        fcntl(link->fd, F_SETFL, O_NONBLOCK);
        if (handshake_wait(link, deadline) < 0)
            return handshake_late(link, err);
    }
    if (rc == SSH_OK)
        return 0;
    if (ssh_get_serverbanner(link->session) == NULL)
        return error_set(err, "%s does not speak SSH on port %u: check the port (%s)", link->server, port, ssh_get_error(link->session));
    const char *why = ssh_get_error(link->session);
    // What libssh finds in a server's words will be there the next time too; a socket that fails, or a goodbye, need not.
    link->refused = strncmp(why, "Socket error", strlen("Socket error")) != 0 && strstr(why, "SSH_MSG_DISCONNECT") == NULL;
    return error_set(err, "%s and this program cannot agree on a secure connection: %s", link->server,
                     why[0] != '\0' ? why : "what it sends is not SSH");
}

int handshake(const P2v__Login *login, const struct known_hosts *known, struct link *link, int64_t deadline, struct error *err)
{
    *link = (struct link){ .fd = connect_to(login->server, (uint16_t)login->port, err), .compressed = login->compress };
    snprintf(link->server, sizeof link->server, "%s", login->server);
    if (link->fd < 0)
        goto out;
    link->session = ssh_new();
    if (link->session == NULL || set_options(link->session, login, link->fd) < 0 || algorithms_set(link->session, login, known) < 0) {
        link->refused = error_set(err, "cannot set up SSH: %s", link->session != NULL ? ssh_get_error(link->session) : "out of memory") < 0;
        close(link->fd);
        goto out;
    }
    ssh_set_counters(link->session, &link->bytes, NULL);
    if (exchange_keys(link, login->port, deadline, err) == 0)
        return 0;
out:
    link_close(link);
    return -1;
}
