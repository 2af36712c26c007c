// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the runner process and runner.c share.
#ifndef P2V_SUPERVISOR_RUNNER_PROCESS_H
#define P2V_SUPERVISOR_RUNNER_PROCESS_H

#include <stddef.h>

#include "p2v-supervisor/runner.h"

#define RUNNER_MAX_FDS 3

enum { RUNNER_REQUEST_RUN, RUNNER_REQUEST_KILL };

struct runner_request {
    uint32_t kind;
    uint32_t number;               // enum runner_program
    uint32_t id;
    uint32_t argument;             // of RUN_IDENTIFY: the interface, 1 to INT32_MAX; else 0
};

// The whole life of the runner: serves requests on fd until it closes, then ends what is left and exits.
_Noreturn void runner_process(int fd, const struct runner_list *list);

// In a child of the runner: becomes the program that is asked for, with its descriptors.  Does not return.
_Noreturn void runner_become(const struct runner_list *list, const struct runner_request *request, const int *fds, size_t fd_count);

// The same for what the person asked for by a button.
_Noreturn void runner_become_button(const struct runner_list *list, enum runner_program number, const int *fds);

// For both.  Puts wanted[0..count) on descriptors 0.., with -1 for one that stays as it is, and closes all others.
void runner_arrange_fds(const int *wanted, int count);

// Signals as a program expects them: none blocked; with defaults, those that the runner ignores are not ignored.
void runner_unblock_signals(bool defaults);

// Gives up all rights of root's but one capability (-1: none), for the uid of p2v-inspect.
void runner_drop_rights(int capability);

// Nothing can be reported but by the exit status, as a shell does: 126 cannot be run, 127 is not there (errno).
_Noreturn void runner_cannot_run(void);

#define RUNNER_MAX_INPUTS 5            // of runner_arrange_fds()

#endif
