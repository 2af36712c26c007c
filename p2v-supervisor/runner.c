// SPDX-License-Identifier: GPL-2.0-or-later
//
// A number and descriptors go out to the runner, events come back.  Touches: that socket.
#include "p2v-supervisor/runner.h"

#include <errno.h>
#include <sys/socket.h>

#include "proto/descriptors.h"

int runner_run(int runner, enum runner_program number, uint32_t id, uint32_t argument, const int *fds, size_t fd_count, struct error *err)
{
    struct runner_request request = { .kind = RUNNER_REQUEST_RUN, .number = number, .id = id, .argument = argument };
    if (descriptors_send(runner, &request, sizeof request, fds, fd_count, 0) < 0)
        return error_set_errno(err, errno, "cannot ask virt-p2v to start %s", runner_program_name(number));
    return 0;
}

void runner_kill(int runner, uint32_t id)
{
    struct runner_request request = { .kind = RUNNER_REQUEST_KILL, .id = id };
    // A runner that is gone has taken its children along; its end is told by runner_next().
    (void)descriptors_send(runner, &request, sizeof request, NULL, 0, 0);
}

bool runner_next(int runner, struct runner_event *event)
{
    ssize_t n = recv(runner, event, sizeof *event, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    if (n != (ssize_t)sizeof *event)
        *event = (struct runner_event){ .kind = RUNNER_GONE };
    return true;
}
