// SPDX-License-Identifier: GPL-2.0-or-later
//
// What was started has ended: whether the run goes on, and what is told of it.  Touches: what a helper wrote to its standard error.

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "p2v-supervisor/conversion.h"

static void helper_ended(struct supervisor *sup, struct peer *peer, const struct runner_event *event)
{
    const char *name = runner_program_name(peer->program);
    char words[256], how[128 + sizeof words];
    last_words(peer->errors_fd, name, words, sizeof words);
    program_describe_status(event->status, how, sizeof how);       // where it was started
    if (words[0] != '\0')
        snprintf(how + strlen(how), sizeof how - strlen(how), ": %s", words);
    bool expected = peer->state == PEER_CLOSED;
    bool ui = peer->program == RUN_UI, there = event->status != 127 << 8 && event->status != 126 << 8;
    if (peer->program == RUN_CONTENTS || peer->program == RUN_INHIBIT) {   // the conversion goes on without
        if (!expected && peer->program == RUN_CONTENTS)        // its disk may have made it die
            contents_lost(sup, peer, words[0] != '\0' ? words : "it has crashed");
        else if (!expected)                                    // not every machine has logind
            conversion_note(sup, P2V__LEVEL__DEBUG, "this machine is not kept from sleep and shutdown: systemd-inhibit: %s", words);
        peer_forget(peer);
        return;
    }
    if (event->kind == RUNNER_NOT_STARTED)
        conversion_fail(sup, "%s cannot be started: %s", name, strerror(event->status));
    // Killed from outside, it may be started again.  One that ends in any other way has met what it cannot bear: it would again.
    if (event->kind == RUNNER_ENDED && WIFSIGNALED(event->status) && WTERMSIG(event->status) == SIGKILL && !expected)
        expected = peer->program == RUN_TRANSPORT && reconnect_lost(sup, peer, "p2v-transport was killed");
    peer_forget(peer);
    if (ui)
        sup->verdict_shown = sup->verdict_shown && expected;    // a UI that died has shown nothing: say it ourselves
    if (expected || event->kind != RUNNER_ENDED || (ui && there && dialogs_ui_died(sup, how)))
        return;
    if (!there)
        conversion_fail(sup, "%s cannot be run from %s%s%s: install it there, or name its folder by --helper-dir", name,
                        sup->start->helper_dir, words[0] != '\0' ? ": " : "", words);
    else if (WIFSIGNALED(event->status) && WTERMSIG(event->status) == SIGSYS && words[0] != '\0')
        conversion_fail(sup, "%s was ended: %s; this is a fault of virt-p2v, or an attack", name, words);
    else
        conversion_fail(sup, "%s ended unexpectedly, by %s", name, how);
}

static void task_ended(struct supervisor *sup, enum runner_program program, int status)
{
    if (program < RUN_FIRST_HOOK)
        attachments_tool_ended(sup, program - RUN_FIRST_TOOL, status);
    else if (program < RUN_LOG_PRE)
        hook_ended(sup, status);
    else if (program < RUN_FIRST_BUTTON)
        hook_logged(sup, program, status);
    else
        buttons_ended(sup, program, status);
}

void program_ended(struct supervisor *sup, const struct runner_event *event)
{
    struct peer *peer = peer_by_id(sup, event->id);
    if (peer != NULL)
        helper_ended(sup, peer, event);
    for (enum runner_program program = RUN_FIRST_TOOL; program < RUN_PROGRAMS; program++)
        if (sup->tasks[program] == event->id && event->id != 0) {
            task_ended(sup, program, event->kind == RUNNER_ENDED ? event->status : 126 << 8);
            sup->tasks[program] = 0;
        }
}
