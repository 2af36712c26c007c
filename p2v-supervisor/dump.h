// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v.dump_config_and_exit: what the words and the machine come to.
#ifndef P2V_SUPERVISOR_DUMP_H
#define P2V_SUPERVISOR_DUMP_H

#include "p2v-supervisor/supervisor.h"

// Before the lock: standard output is to need no system call but write(2).
void dump_prepare(void);

// The machine has been inspected: fills in what was not given, prints, and ends the run.  What a conversion would be refused for
// (a disk that is not there) is a warning here.
void dump_config(struct supervisor *sup);

#endif
