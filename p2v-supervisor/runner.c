// SPDX-License-Identifier: GPL-2.0-or-later
//
// The supervisor's end of the runner: a number and descriptors go out, events come back.  Touches: that socket.
#include "p2v-supervisor/runner.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "p2v-supervisor/runner-process.h"
#include "proto/descriptors.h"

static const char *const names[RUN_PROGRAMS] = {
    [RUN_INSPECT] = "p2v-inspect", [RUN_EXPORT] = "p2v-export", [RUN_TRANSPORT] = "p2v-transport", [RUN_UI] = "p2v-ui",
    [RUN_FETCH] = "p2v-fetch",
    [RUN_CONTENTS] = "p2v-inspect", [RUN_INHIBIT] = "systemd-inhibit",
    [RUN_DMESG] = "dmesg", [RUN_LSCPU] = "lscpu", [RUN_LSPCI] = "lspci", [RUN_LSSCSI] = "lsscsi", [RUN_LSUSB] = "lsusb",
    [RUN_PRE] = "p2v.pre", [RUN_POST] = "p2v.post", [RUN_FAIL] = "p2v.fail",
    [RUN_SHELL] = "the shell", [RUN_NETWORK] = "the network's configuration", [RUN_POWEROFF] = "poweroff", [RUN_REBOOT] = "reboot",
    [RUN_SAVE_LOG] = "the saving of the log", [RUN_IDENTIFY] = "the blinking of a port's light",
    [RUN_LOG_PRE] = "logger", [RUN_LOG_POST] = "logger", [RUN_LOG_FAIL] = "logger",
};

const char *runner_program_name(enum runner_program number)
{
    return names[number];
}

int runner_start(struct runner *runner, const struct runner_list *list, struct error *err)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return error_set_errno(err, errno, "cannot make a socket for the runner");
    pid_t pid = fork();
    if (pid < 0) {
        error_set_errno(err, errno, "cannot start the runner");
        close(ends[0]);
        close(ends[1]);
        return -1;
    }
    if (pid == 0) {
        close(ends[0]);
        runner_process(ends[1], list);      // does not return
    }
    close(ends[1]);
    *runner = (struct runner){ .fd = ends[0], .pid = pid };
    return 0;
}

int runner_run(const struct runner *runner, enum runner_program number, uint32_t id, const int *fds, size_t fd_count,
               struct error *err)
{
    struct runner_request request = { .kind = RUNNER_REQUEST_RUN, .number = number, .id = id };
    if (descriptors_send(runner->fd, &request, sizeof request, fds, fd_count, 0) < 0)
        return error_set_errno(err, errno, "cannot ask the runner to start %s", names[number]);
    return 0;
}

int runner_identify(const struct runner *runner, uint32_t id, uint32_t index, int out, struct error *err)
{
    struct runner_request request = { .kind = RUNNER_REQUEST_RUN, .number = RUN_IDENTIFY, .id = id, .argument = index };
    if (descriptors_send(runner->fd, &request, sizeof request, &out, 1, 0) < 0)
        return error_set_errno(err, errno, "cannot ask the runner to start %s", names[RUN_IDENTIFY]);
    return 0;
}

void runner_kill(const struct runner *runner, uint32_t id)
{
    struct runner_request request = { .kind = RUNNER_REQUEST_KILL, .id = id };
    // A runner that is gone has taken its children along; its end is told by runner_next().
    (void)descriptors_send(runner->fd, &request, sizeof request, NULL, 0, 0);
}

bool runner_next(const struct runner *runner, struct runner_event *event)
{
    ssize_t n = recv(runner->fd, event, sizeof *event, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    if (n != (ssize_t)sizeof *event)
        *event = (struct runner_event){ .kind = RUNNER_GONE };
    return true;
}
