// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v.pre, p2v.post, p2v.fail.  What one prints comes through a pipe; not a byte of it is looked at here.  Touches: that pipe, the
// memfd that keeps what came, the UI's channel, standard output where no UI lives.

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

#include "p2v-supervisor/conversion.h"

#define KEPT_MAX (1 << 20)         // bytes of a hook's output
#define PIECE 4096
#define PIPE_PIECES 32             // more than a pipe holds

int hook_start(struct supervisor *sup, enum runner_program hook, struct error *err)
{
    int ends[2];
    int kept = memfd_create(runner_program_name(hook), MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (kept < 0 || pipe2(ends, O_CLOEXEC) < 0) {
        error_set_errno(err, errno, "cannot take the output of %s", runner_program_name(hook));
        if (kept >= 0)
            close(kept);
        return -1;
    }
    if (sup->hook.fd > 0)          // of a process that a hook before this one has left behind
        close(sup->hook.fd);
    sup->hook = (struct hook){ .program = hook, .fd = ends[0], .kept_fd = kept };
    int rc = task_start(sup, hook, 0, &ends[1], 1, err);
    close(ends[1]);
    return rc;
}

// ---- what it prints ------------------------------------------------------------------------------------

static void keep(struct supervisor *sup, const void *bytes, size_t size)
{
    struct hook *hook = &sup->hook;
    if (size > KEPT_MAX - hook->kept)
        size = KEPT_MAX - hook->kept;
    if (sup->tasks[hook->program] != 0 && size > 0 && write(hook->kept_fd, bytes, size) == (ssize_t)size)
        hook->kept += size;
}

static void write_out(const unsigned char *bytes, size_t size)
{
    for (ssize_t n; size > 0 && (n = write(STDOUT_FILENO, bytes, size)) > 0; bytes += n)
        size -= (size_t)n;
}

void hook_hear(struct supervisor *sup)
{
    unsigned char bytes[PIECE];
    ssize_t n = read(sup->hook.fd, bytes, sizeof bytes);
    if (n > 0) {
        keep(sup, bytes, (size_t)n);
        log_show(sup, bytes, (size_t)n);
        if (peer_of(sup, RUN_UI) == NULL)
            write_out(bytes, (size_t)n);
    } else if (n == 0 || errno != EINTR) {
        close(sup->hook.fd);
        sup->hook.fd = 0;
    }
}

// ---- its end -------------------------------------------------------------------------------------------

// What it has printed is in the pipe; what others that it has left behind print, nobody waits for.
static void hear_rest(struct supervisor *sup)
{
    struct pollfd waiting = { .events = POLLIN };
    for (int i = 0; i < PIPE_PIECES && (waiting.fd = sup->hook.fd) > 0 && poll(&waiting, 1, 0) > 0; i++)
        hook_hear(sup);
}

static void send_to_log(struct supervisor *sup)
{
    struct hook *hook = &sup->hook;
    struct error err = { 0 };
    if (hook->kept == 0)
        return;
    if (lseek(hook->kept_fd, 0, SEEK_SET) == 0 && task_start(sup, RUN_LOG_PRE + (hook->program - RUN_PRE), 0, &hook->kept_fd, 1, &err) == 0)
        return;
    conversion_note(sup, P2V__LEVEL__DEBUG, "the output of %s is not logged: %s", runner_program_name(hook->program), err.text);
}

void hook_ended(struct supervisor *sup, int status)
{
    struct hook *hook = &sup->hook;
    char how[128];
    hear_rest(sup);
    hook->status = status;
    program_describe_status(hook->status, how, sizeof how);
    if (sup->phase == PHASE_HOOK && hook->status != 0)
        conversion_note(sup, P2V__LEVEL__WARNING, "the command of %s failed with %s", runner_program_name(hook->program), how);
    send_to_log(sup);
    if (hook->program == RUN_PRE)
        attachments_seal(sup, TOOLS, hook->kept_fd);
    else
        close(hook->kept_fd);
}

void hook_logged(struct supervisor *sup, enum runner_program logger, int status)
{
    if (status != 0)
        conversion_note(sup, P2V__LEVEL__DEBUG, "the output of %s is not in the system's log: logger found none to write to",
                        runner_program_name(RUN_PRE + (logger - RUN_LOG_PRE)));
}
