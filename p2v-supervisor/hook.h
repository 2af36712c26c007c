// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v.pre, p2v.post, p2v.fail: the person's commands, from the kernel command line alone.
#ifndef P2V_SUPERVISOR_HOOK_H
#define P2V_SUPERVISOR_HOOK_H

#include "p2v-supervisor/supervisor.h"

// Starts one of RUN_PRE, RUN_POST, RUN_FAIL.  0, or -1 with err.
int hook_start(struct supervisor *sup, enum runner_program hook, struct error *err);

// There is something to be read from sup->hook.fd, or its end: it is shown, and kept as long as the hook runs.
void hook_hear(struct supervisor *sup);

// It has ended, with this status of wait(2)'s: that is in sup->hook.status now, and what it printed goes to the system's log.
void hook_ended(struct supervisor *sup, int status);

// A logger(1) that had that has ended.
void hook_logged(struct supervisor *sup, enum runner_program logger, int status);

#endif
