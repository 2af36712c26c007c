// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-supervisor is started, from a clean address space, and told what this run is to do.
#ifndef P2V_RUNNER_START_H
#define P2V_RUNNER_START_H

#include "p2v-runner/options.h"
#include "p2v-runner/runner.h"
#include "proto/config-table.h"

// Starts it.  Its process, and its channel in *fd, which the caller owns; -1 with err.
pid_t start_supervisor(const struct runner_list *list, int *fd, struct error *err);

// What goes into RunStart beside the options.
struct start {
    const struct options *options;
    const struct config *config;
    const struct runner_list *list;
    const char *nbd;               // who serves the disks
    const char *error;             // what is wrong with all this; "": nothing
    bool dialogs;
    int machine_fd;                // the lock of /run/virt-p2v.lock, borrowed; -1: none
    int audit_fd;                  // the file of --audit-log, borrowed; -1: none
};

// Tells it.  0, also where it has gone meanwhile; -1 with err.
int start_send(int fd, const struct start *start, struct error *err);

#endif
