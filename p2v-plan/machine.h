// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the machine is and what the person asked for -> what is to be converted.
#ifndef P2V_PLAN_MACHINE_H
#define P2V_PLAN_MACHINE_H

#include "p2v-plan/facts.h"
#include "proto/error.h"
#include "proto/limits.h"

#define MACHINE_NETWORK "default"      // of an interface for which p2v.network has no target

// A Machine message that borrows its texts from the inventory and the configuration.
struct machine_plan {
    P2v__Machine machine;
    char name[129];
    P2v__Cpu cpu;
    P2v__Rtc rtc;
    char *removables[MAX_REMOVABLES];
    P2v__MachineNic nics[MAX_NICS];
    P2v__MachineNic *nic_pointers[MAX_NICS];
};

// Checks that what the configuration names is there.  0, or -1 with err.
int machine_check(const struct facts *facts, struct error *err);

// Fills the plan, without disks: which ports they get is not known yet.
void machine_plan(const struct facts *facts, struct machine_plan *plan);

#endif
