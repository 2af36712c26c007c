// SPDX-License-Identifier: GPL-2.0-or-later
//
// What is on the disks: a p2v-inspect --contents for each, all at once.
#ifndef P2V_SUPERVISOR_CONTENTS_H
#define P2V_SUPERVISOR_CONTENTS_H

#include "p2v-supervisor/supervisor.h"

// Starts them, once there is an inventory.  A disk that cannot be opened is passed over: its contents stay unknown.
void contents_begin(struct supervisor *sup);

// The helper is ready: it gets its disk.
void contents_ask(struct supervisor *sup, struct peer *peer);

// One has died (of its disk's bytes, say), or all are too slow: what is on those disks is not known, and the person is told.
void contents_lost(struct supervisor *sup, struct peer *peer, const char *why);
void contents_give_up(struct supervisor *sup);

#endif
