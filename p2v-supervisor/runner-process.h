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
};

// The whole life of the runner: serves requests on fd until it closes, then ends what is left and exits.
_Noreturn void runner_process(int fd, const struct runner_list *list);

// One datagram with descriptors.  0, or -1 with errno.
int runner_send(int fd, const void *data, size_t size, const int *fds, size_t fd_count);

// In a child of the runner: becomes program `number`, with its descriptors.  Does not return.
_Noreturn void runner_become(const struct runner_list *list, enum runner_program number, const int *fds, size_t fd_count);

#endif
