// SPDX-License-Identifier: GPL-2.0-or-later
//
// The configuration as the words and the machine make it together, and p2v.dump_config_and_exit, which prints that.
#ifndef P2V_SUPERVISOR_COMPLETE_H
#define P2V_SUPERVISOR_COMPLETE_H

#include "p2v-supervisor/supervisor.h"

// The machine has been inspected: fills in what was not given.  What a conversion would be refused for (a disk that is not
// there) is told as a warning.
void complete_config(struct supervisor *sup);

// Before the lock: standard output is to need no system call but write(2).
void dump_prepare(void);

// The machine has been inspected: completes the configuration, prints it, and ends the run.
void dump_config(struct supervisor *sup);

#endif
