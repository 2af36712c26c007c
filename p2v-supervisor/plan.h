// SPDX-License-Identifier: GPL-2.0-or-later
//
// What is to be converted, by p2v-plan's word.  It computes from what devices have said; here its answer is checked, and the disks
// that it names are opened.
#ifndef P2V_SUPERVISOR_PLAN_H
#define P2V_SUPERVISOR_PLAN_H

#include "p2v-supervisor/supervisor.h"

// Asks for a plan of the configuration as it is; p2v-plan is started where it does not run.  The answer is sup->plan, and what
// it was for goes on.  While one is awaited nothing is asked.
void plan_ask(struct supervisor *sup, enum plan_use use);

// p2v-plan is ready: it gets the inventory, what is on the disks, and the question.
void plan_begin(struct supervisor *sup, struct peer *peer);

// Opens the disks of the plan: sup->disks, disk_count.  0, or -1 with err.
int plan_open_disks(struct supervisor *sup, struct error *err);

// The disk at this place of the inventory, opened.  0, or -1 with err.
int plan_open_disk(const struct supervisor *sup, size_t place, struct disk *disk, struct error *err);

// For permit.c.
void on_plan(struct supervisor *sup, struct peer *peer, struct message *in);

#endif
