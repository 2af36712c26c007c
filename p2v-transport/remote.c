// SPDX-License-Identifier: GPL-2.0-or-later
//
// A command in an SSH channel: started, read, ended, and its output from the mark on.  Touches: the SSH connection.
#include "p2v-transport/remote.h"

#include <stdio.h>
#include <string.h>

#include "proto/text.h"

// Takes notes only; standard output stays with libssh until remote_read(), so that the channel's window is our bound.
static int on_data(ssh_session session, ssh_channel channel, void *data, uint32_t size, int is_stderr, void *context)
{
    (void)session, (void)channel;
    struct remote *remote = context;
    if (!is_stderr) {
        remote->readable = true;
        remote->link->flooded |= size > LINK_FLOOD_MAX;
        return 0;
    }
    size_t room = REMOTE_COMPLAINT_MAX - remote->complaint_size;
    size_t n = size < room ? size : room;
    memcpy(remote->complaint + remote->complaint_size, data, n);
    remote->complaint_size += n;
    remote->complaint[remote->complaint_size] = '\0';
    return (int)size;
}

static void on_exit_status(ssh_session session, ssh_channel channel, int status, void *context)
{
    (void)session, (void)channel;
    ((struct remote *)context)->status = status & 0xff;
}

static int start(struct remote *remote, int request(ssh_channel channel, const char *text), const char *text, int64_t deadline, struct error *err)
{
    int opened, rc;
    while ((opened = rc = ssh_channel_open_session(remote->channel)) == SSH_AGAIN)
        if (link_wait_until(remote->link, deadline, "a session", err) < 0)
            return -1;
    if (opened == SSH_OK)
        while ((rc = request(remote->channel, text)) == SSH_AGAIN)
            if (link_wait_until(remote->link, deadline, "a command", err) < 0)
                return -1;
    if (rc == SSH_OK)
        return 0;
    if (!ssh_is_connected(remote->link->session))
        return link_lost(remote->link, err);
    if (opened != SSH_OK)
        return error_set(err, "%s opens no session, or no further one, for this user: MaxSessions must be at least 3 in sshd_config there", remote->link->server);
    return error_set(err, "%s does not let this user run commands: check ForceCommand and the login shell there", remote->link->server);
}

static int open_by(struct link *link, struct remote *remote, int request(ssh_channel channel, const char *text), const char *text, struct error *err)
{
    *remote = (struct remote){ .link = link, .status = -1, .channel = ssh_channel_new(link->session) };
    if (remote->channel == NULL)
        return error_set(err, "out of memory");
    remote->callbacks.userdata = remote;
    remote->callbacks.channel_data_function = on_data;
    remote->callbacks.channel_exit_status_function = on_exit_status;
    ssh_callbacks_init(&remote->callbacks);
    if (ssh_set_channel_callbacks(remote->channel, &remote->callbacks) != SSH_OK)
        error_set(err, "out of memory");
    else if (start(remote, request, text, clock_ms() + REMOTE_TIMEOUT_MS, err) == 0)
        return 0;
    remote_close(remote);
    return -1;
}

int remote_open(struct link *link, struct remote *remote, const char *command, struct error *err)
{
    return open_by(link, remote, ssh_channel_request_exec, command, err);
}

int remote_open_subsystem(struct link *link, struct remote *remote, const char *name, struct error *err)
{
    if (open_by(link, remote, ssh_channel_request_subsystem, name, err) == 0)
        return 0;
    return ssh_is_connected(link->session) ? error_set(err, "%s has no %s", link->server, name) : -1;
}

ssize_t remote_read(struct remote *remote, void *buffer, size_t size)
{
    if (remote->readable) {
        int n = ssh_channel_read_nonblocking(remote->channel, buffer, (uint32_t)size, 0);
        remote->readable = n > 0 && (size_t)n == size;
        if (n > 0)
            return n;
        if (n == SSH_ERROR)
            return -1;
    }
    return ssh_channel_is_eof(remote->channel) || ssh_channel_is_closed(remote->channel) ? -1 : 0;
}

int remote_write(struct remote *remote, const void *data, size_t size, int64_t deadline, struct error *err)
{
    const char *p = data;
    while (size > 0) {
        ssize_t written = link_write(remote->link, remote->channel, p, size < 65536 ? size : 65536);
        // The command may end without reading: what it said is then found by the caller.  While that is unread, libssh takes the
        // channel for an open one.
        if (written < 0 || (written == 0 && remote->status >= 0))
            return ssh_is_connected(remote->link->session) ? 0 : link_lost(remote->link, err);
        p += written;
        size -= (size_t)written;
        if (written == 0 && link_wait_until(remote->link, deadline, "room for a file", err) < 0)
            return -1;
    }
    return 0;
}

int remote_feed(struct remote *remote, const void *data, size_t size, int64_t deadline, struct error *err)
{
    int rc = remote_write(remote, data, size, deadline, err);
    if (rc == 0)
        ssh_channel_send_eof(remote->channel);
    return rc;
}

bool remote_ended(struct remote *remote)
{
    return ssh_channel_is_closed(remote->channel) || (ssh_channel_is_eof(remote->channel) && remote->status >= 0);
}

void remote_close(struct remote *remote)
{
    if (remote->channel == NULL)
        return;
    link_end_channel(remote->link, remote->channel, &remote->callbacks);
    remote->channel = NULL;
}

static int collect(struct remote *remote, struct remote_output *output, struct error *err)
{
    int64_t deadline = clock_ms() + REMOTE_TIMEOUT_MS;
    ssh_channel_send_eof(remote->channel);
    for (;;) {
        ssize_t n = remote_read(remote, output->text + output->size, REMOTE_OUTPUT_MAX - output->size);
        if (n > 0)
            output->size += (size_t)n;
        if (output->size == REMOTE_OUTPUT_MAX)
            return error_set(err, "a command on %s printed more than %d bytes, which was not to be expected", remote->link->server, REMOTE_OUTPUT_MAX);
        if (n < 0 && remote_ended(remote))
            break;
        if (n <= 0 && link_wait_until(remote->link, deadline, "a command's output", err) < 0)
            return -1;
    }
    output->text[output->size] = '\0';
    output->status = remote->status;
    memcpy(output->complaint, remote->complaint, sizeof output->complaint);
    return 0;
}

int remote_run(struct link *link, const char *command, struct remote_output *output, struct error *err)
{
    struct remote remote;
    output->size = 0;
    if (remote_open(link, &remote, command, err) < 0)
        return -1;
    int rc = collect(&remote, output, err);
    remote_close(&remote);
    return rc;
}

bool remote_complaint_line(const char *complaint, const char *word, char *line, size_t size)
{
    for (const char *p = complaint; *p != '\0';) {
        size_t length = strcspn(p, "\r\n");
        snprintf(line, size, "%.*s", (int)(length < size ? length : size), p);
        if (length > 0 && (word == NULL || strstr(line, word) != NULL)) {
            text_clean_line(line);
            return true;
        }
        p += length + (p[length] != '\0');
    }
    return false;
}
