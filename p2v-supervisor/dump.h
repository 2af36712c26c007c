// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v.dump_config_and_exit: what the words and the machine come to.
#ifndef P2V_SUPERVISOR_DUMP_H
#define P2V_SUPERVISOR_DUMP_H

#include "p2v-supervisor/supervisor.h"

// Before the lock: standard output is to need no system call but write(2).
void dump_prepare(void);

// The machine has been inspected: completes the configuration, prints it, and ends the run.
void dump_config(struct supervisor *sup);

#endif
