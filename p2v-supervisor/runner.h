// SPDX-License-Identifier: GPL-2.0-or-later
//
// virt-p2v, the runner, as the supervisor sees it: the parent, and the only process that starts others.  It takes a number
// out of a list fixed at its start, and descriptors, and for one program a number of its own; it understands nothing else.
#ifndef P2V_SUPERVISOR_RUNNER_H
#define P2V_SUPERVISOR_RUNNER_H

#include <stdbool.h>

#include "proto/error.h"
#include "proto/programs.h"

// In all of them runner is the socket to it.

// Asks for program `number`, to be known as `id` (chosen by the caller, unique).  A helper gets its channel and a file
// for its standard error (fds[0], fds[1]), a p2v-export with an option the disk too (fds[2]); a tool or a hook gets its
// standard output and error (fds[0]), a logger its standard input.  RUN_SAVE_LOG gets what is to be saved, and a memfd for the
// name of the file that it is in (fds[0], fds[1]); the other buttons have none, and keep the terminal.
// argument is 0, but of RUN_IDENTIFY, which has the light of a network port blink for some seconds: the interface's number
// (netdevice(7)), from 1 to INT32_MAX; and fds[0] is a file for one sentence that says why it did not.
// The fds are borrowed.  0, or -1 with err; what became of it comes as events.
int runner_run(int runner, enum runner_program number, uint32_t id, uint32_t argument, const int *fds, size_t fd_count, struct error *err);

// SIGKILLs program `id`.
void runner_kill(int runner, uint32_t id);

// Reads the next event; false where there is none at the moment.  RUNNER_GONE: the runner has died.
bool runner_next(int runner, struct runner_event *event);

#endif
