// SPDX-License-Identifier: GPL-2.0-or-later
//
// Which disks are converted: the words of p2v.disks -> disks of the inventory.
#ifndef P2V_PLAN_CHOICE_H
#define P2V_PLAN_CHOICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "p2v-plan/facts.h"
#include "proto/error.h"

struct choice {
    int verdict;                   // 0; 1: there is a warning, why; -1: nothing can be converted so, why, and no disk is chosen
    struct error why;
    uint32_t disks[MAX_DISKS];     // places in the inventory, in the order in which they are converted
    size_t count;
};

// The disk of this name; MAX_DISKS: there is none.
size_t choice_place(const struct facts *facts, const char *name);

// Is it the stick that this machine was booted from?  All of it is then an ISO 9660 file system named VIRT-P2V.
bool choice_is_medium(const struct facts *facts, size_t disk);

// The one that a word means: a name, with or without /dev/ before it, a serial number or a WWN.  0, or -1 with err, which names the
// candidates where there are several.
int choice_find(const struct facts *facts, const char *word, size_t *disk, struct error *err);

// The disks to convert.  Without p2v.disks all, but for what carries the running system or is the medium of virt-p2v, and each once
// where several paths lead to it; first the one that the machine starts from, if that can be told.
void choice_make(const struct facts *facts, struct choice *choice);

#endif
