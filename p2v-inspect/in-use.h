// SPDX-License-Identifier: GPL-2.0-or-later
//
// Which disks the running system uses, and which of them carry its root.
#ifndef P2V_INSPECT_IN_USE_H
#define P2V_INSPECT_IN_USE_H

#include <stdbool.h>
#include <stddef.h>

#include "p2v-inspect/names.h"

#define IN_USE_MAX_BLOCKS 2048
#define IN_USE_MAX_MOUNTS 1024
#define IN_USE_TEXT (512 * 1024)

// A whole block device of any kind, or a partition.
struct block {
    char name[NAME_SIZE];
    char mapped[129];              // of a device-mapper device: its name in /dev/mapper
    size_t whole;                  // index of the whole device; its own where it is one
    unsigned major, minor;
    bool root, used;               // what is known of it ...
    bool root_done, used_done;     // ... and has been passed on to what it is made of
    char why[65];                  // "mounted on /srv"
};

struct mount {
    unsigned major, minor;
    const char *point, *type, *source, *options;
    bool done;                     // what it is made of carries the root, and has been marked
};

struct in_use {
    size_t block_count, mount_count;
    struct block blocks[IN_USE_MAX_BLOCKS];
    struct mount mounts[IN_USE_MAX_MOUNTS];
    char text[IN_USE_TEXT];        // of mountinfo; the mounts point into it
    size_t text_used;
};

struct inspection;

// Fills in->in_use from sysfs, in->mounts (an open mountinfo of the machine, -1: none) and /proc/swaps.
void in_use_find(struct inspection *in);

// What was found of a whole disk, as sysfs names it; NULL where it is not known.
const struct block *in_use_of(const struct inspection *in, const char *name);

#endif
