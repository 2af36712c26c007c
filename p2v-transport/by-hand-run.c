// SPDX-License-Identifier: GPL-2.0-or-later
//
// `run` by hand: a command's output and error as they come.  Touches: the SSH connection, standard output and error.
#include "p2v-transport/by-hand-run.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "p2v-transport/remote.h"
#include "proto/text.h"

static int put(const char *data, size_t size, struct error *err)
{
    while (size > 0) {
        ssize_t n = write(STDOUT_FILENO, data, size);
        if (n < 0 && errno != EINTR)
            return error_set_errno(err, errno, "standard output cannot be written");
        data += n > 0 ? n : 0;
        size -= n > 0 ? (size_t)n : 0;
    }
    return 0;
}

static int pass_on(struct remote *remote, struct error *err)
{
    char buffer[32768];
    struct pollfd fds[1];
    for (;;) {
        ssize_t n = remote_read(remote, buffer, sizeof buffer);
        if (n > 0 && put(buffer, (size_t)n, err) < 0)
            return -1;
        if (n < 0 && remote_ended(remote))
            return 0;
        if (n <= 0 && link_wait(remote->link, fds, 1, -1, err) < 0)
            return -1;
    }
}

int by_hand_run(struct helper *helper, struct link *link, const char *command)
{
    struct error err = { 0 };
    struct remote remote;
    int status = BY_HAND_RUN_LOST;
    if (remote_open(link, &remote, command, &err) < 0) {
        helper_fail(helper, "%s", err.text);
        return status;
    }
    link->may_ask = true;
    link->heard_at = clock_ms();
    ssh_channel_send_eof(remote.channel);
    int rc = pass_on(&remote, &err);
    for (char *line = remote.complaint, *next; line != NULL && *line != '\0'; line = next) {
        next = strchr(line, '\n');
        if (next != NULL)
            *next++ = '\0';
        helper_note(helper, P2V__LEVEL__INFO, "standard error: %s", line);
    }
    if (rc < 0)
        helper_fail(helper, "%s", err.text);
    else if (remote.status < 0)
        helper_fail(helper, "the command on %s ended without an exit status, by a signal", link->server);
    else
        status = remote.status;
    remote_close(&remote);
    return status;
}
