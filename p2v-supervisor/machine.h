// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the machine is and what the person asked for -> what is to be converted.
#ifndef P2V_SUPERVISOR_MACHINE_H
#define P2V_SUPERVISOR_MACHINE_H

#include "p2v-supervisor/supervisor.h"

#define MAX_NICS 64
#define MAX_REMOVABLES 16
#define MACHINE_NETWORK "default"      // of an interface for which p2v.network has no target

// A Machine message that borrows its texts from the inventory and the configuration.
struct machine_plan {
    P2v__Machine machine;
    char name[129];
    P2v__Cpu cpu;
    P2v__Rtc rtc;
    P2v__MachineDisk disks[MAX_DISKS];
    P2v__MachineDisk *disk_pointers[MAX_DISKS];
    char *removables[MAX_REMOVABLES];
    P2v__MachineNic nics[MAX_NICS];
    P2v__MachineNic *nic_pointers[MAX_NICS];
};

// Checks that what the configuration names is there.  0, or -1 with err.
int machine_check(const struct supervisor *sup, struct error *err);

// True where what cannot be read of a disk becomes zeroes (p2v.read_errors=zero).
bool machine_zeroes_bad(const struct supervisor *sup);

// Fills the plan; the forwarded ports are known.
void machine_plan(const struct supervisor *sup, struct machine_plan *plan);

#endif
