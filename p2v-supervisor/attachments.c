// SPDX-License-Identifier: GPL-2.0-or-later
//
// What tools, and p2v.pre, have printed: small files that only help to find out about failures.  Not a byte of them is looked at here.
// Touches: a memfd for each, the control connection's channel.

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "p2v-supervisor/conversion.h"

#define TOOLS_SECONDS 15           // from their start; they have an alarm before that, but one that hangs in the kernel does not hear it

static const char *name_of(size_t i)
{
    return i < TOOLS ? runner_program_name((enum runner_program)(RUN_FIRST_TOOL + i)) : "pre.log";
}

void attachments_begin(struct supervisor *sup)
{
    sup->tools_until = seconds_now() + TOOLS_SECONDS;
    for (size_t i = 0; i < TOOLS; i++) {
        struct error err;
        int fd = memfd_create(name_of(i), MFD_CLOEXEC | MFD_ALLOW_SEALING);
        if (fd < 0)
            error_set_errno(&err, errno, "cannot make a file for the output of %s", name_of(i));
        else if (task_start(sup, (enum runner_program)(RUN_FIRST_TOOL + i), 0, &fd, 1, &err) == 0)
            sup->attachments[i] = fd;
        else
            close(fd);
        if (sup->attachments[i] == 0)
            conversion_note(sup, P2V__LEVEL__WARNING, "%s", err.text);
    }
}

void attachments_seal(struct supervisor *sup, size_t i, int fd)
{
    sup->attachments[i] = fd;
    if (fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) < 0)
        conversion_fail(sup, "cannot seal %s: %s", name_of(i), strerror(errno));
}

void attachments_tool_ended(struct supervisor *sup, size_t i, int status)
{
    attachments_seal(sup, i, sup->attachments[i]);
    if (status != 0)
        conversion_note(sup, P2V__LEVEL__DEBUG, "%s gave no or part of its output", name_of(i));
}

bool attachments_wait(const struct supervisor *sup)
{
    return task_runs(sup, RUN_FIRST_TOOL, RUN_FIRST_HOOK) && seconds_now() < sup->tools_until;
}

bool attachments_send(struct supervisor *sup, struct peer *control)
{
    bool sent = true;
    for (size_t i = 0; i <= TOOLS && sent; i++) {
        P2v__Envelope envelope = MESSAGE(attachment, ATTACHMENT, Attachment, .name = (char *)name_of(i));
        if (sup->attachments[i] != 0 && sup->tasks[RUN_FIRST_TOOL + i] == 0)       // p2v.pre is the one after the tools here too
            sent = conversion_send(sup, control, &envelope, &sup->attachments[i], 1, control->state);
    }
    return sent;
}
