// SPDX-License-Identifier: GPL-2.0-or-later
//
// How much of each disk the conversion server has by now: what a p2v-export says of its own disk, checked, kept and shown.
#ifndef P2V_SUPERVISOR_PROGRESS_H
#define P2V_SUPERVISOR_PROGRESS_H

#include "p2v-supervisor/supervisor.h"

// For permit.c.
void on_progress(struct supervisor *sup, struct peer *peer, struct message *in);

// Shows the last of every disk in a UI that has just started.
void progress_repeat(struct supervisor *sup, struct peer *ui);

#endif
