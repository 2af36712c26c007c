// SPDX-License-Identifier: GPL-2.0-or-later
//
// Which disks are converted: the words of p2v.disks -> disks of the inventory, or of --test-disk.
#ifndef P2V_SUPERVISOR_CHOICE_H
#define P2V_SUPERVISOR_CHOICE_H

#include "p2v-supervisor/supervisor.h"

// Every disk there is: how many, their names, and one opened.
size_t choice_count(const struct supervisor *sup);
const char *choice_name(const struct supervisor *sup, size_t candidate);
int choice_open(const struct supervisor *sup, size_t candidate, struct disk *disk, struct error *err);

// Is it the stick that this machine was booted from?  All of it is then an ISO 9660 file system named VIRT-P2V.
bool choice_is_medium(const struct supervisor *sup, size_t candidate);

// Puts the first disk that the machine starts from before all others, in sup->inventory and sup->contents: a virtual machine
// of which nothing more is known starts from its first disk.  To be called once, when all contents are known; --test-disk's
// disks stay as they were given.
void choice_order(struct supervisor *sup);

// The one that a word means: a name, a path in /dev, a serial number or a WWN.  0, or -1 with err, which names the candidates
// where there are several.
int choice_find(const struct supervisor *sup, const char *word, size_t *candidate, struct error *err);

// The disks to convert, as order[0..*count).  Without p2v.disks all, but for what carries the running system or is the medium of
// virt-p2v, and each once where several paths lead to it.  0; 1 with a warning in err; -1 with err.
int choice_disks(const struct supervisor *sup, size_t order[MAX_DISKS], size_t *count, struct error *err);

// Opens them: sup->disks, disk_count.  0; 1 with a warning in err; -1 with err.
int choice_open_disks(struct supervisor *sup, struct error *err);

#endif
