// SPDX-License-Identifier: GPL-2.0-or-later
//
// Which parts of the disk are zeroes, for block status: a client that knows need not ask for them at all.  A sparse file says
// so; a block device does not, and is looked at.  Touches: the disk.
#ifndef P2V_EXPORT_EXTENTS_H
#define P2V_EXPORT_EXTENTS_H

#include "p2v-export/connection.h"

#define EXTENT_UNIT (64 * 1024)                // what is looked at is told as zeroes or data in such units
#define EXTENTS_LOOK (32 * 1024 * 1024)        // looked at for one reply: bounds how long a client waits for it

struct extent {
    uint64_t size;                 // bytes
    uint32_t state;                // NBD_STATE_*; 0: data
};

// Fills extents (most of them at most) from offset (< end <= disk size) on, neighbours of one state merged, as far as
// it is cheap to know: the last one may end before `end`.  wait: waits for the disk; else only what the page cache has is
// looked at.  How many; 0 where the first bytes are not in memory and the caller did not want to wait.
size_t extents_find(struct export *export, uint64_t offset, uint64_t end, bool wait, struct extent *extents, size_t most);

#endif
