// SPDX-License-Identifier: GPL-2.0-or-later
//
// The configuration as the words and the machine make it together.
#ifndef P2V_SUPERVISOR_COMPLETE_H
#define P2V_SUPERVISOR_COMPLETE_H

#include "p2v-supervisor/supervisor.h"

// The machine has been inspected: fills in what was not given.  What a conversion would be refused for (a disk that is not
// there) is told as a warning.
void complete_config(struct supervisor *sup);

#endif
