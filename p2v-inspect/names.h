// SPDX-License-Identifier: GPL-2.0-or-later
//
// Kernel names of devices: which name a whole disk, in what order people expect them.  Pure memory, but for names_list().
#ifndef P2V_INSPECT_NAMES_H
#define P2V_INSPECT_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#define NAME_SIZE 33               // a disk's name and its NUL
#define NAMES_MAX 1024

// Names of one directory.
struct names {
    size_t count;
    bool overflow;                 // there were more than NAMES_MAX
    char name[NAMES_MAX][NAME_SIZE];
};

// True for a whole disk that a physical machine can have, as /sys/block spells it ("sda", "nvme0n1", "cciss!c0d0"):
// never a partition, loop, ram, zram, dm, md, sr, fd or nbd.
bool name_is_disk(const char *name);
bool name_is_removable(const char *name);      // "sr0"
bool name_is_cpu(const char *name);            // "cpu0"
bool name_is_memory_block(const char *name);   // "memory0"

// Natural order: sda, sdb, ..., sdz, sdaa; nvme2n1, nvme10n1; disks of one driver together.
int name_compare(const char *a, const char *b);

// Empties the list and puts into it the wanted names of a directory of the tree, sorted.  False where there is no directory.
bool names_list(struct names *names, int dir, const char *path, bool (*wanted)(const char *name));

#endif
