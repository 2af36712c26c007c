// SPDX-License-Identifier: GPL-2.0-or-later
//
// Which parts of the disk are zeroes, for block status: a client that knows need not ask for them at all.  A sparse file says
// so; a block device does not, and is looked at.  Touches: the disk.
#ifndef P2V_EXPORT_EXTENTS_H
#define P2V_EXPORT_EXTENTS_H

#include "p2v-export/connection.h"

#define EXTENTS 2                              // in one answer; the client asks on from where it ends
#define EXTENT_ZEROES (64 * 1024)              // of a block device, fewer are not worth an extent: reads find them
#define EXTENTS_LOOK (32 * 1024 * 1024)        // one answer reaches no further than a multiple of this

struct extent {
    uint64_t size;                 // bytes
    uint32_t state;                // NBD_STATE_*; 0: data
};

// How it is from offset (< end <= disk size) on.  Looking stops at the first data: what lies behind them, up to where one
// answer reaches, counts as data unread.  So a disk without zeroes costs one piece in each answer, and one without data is
// read once.  *zeroes: 0 at the first call of a request, then how many bytes from offset on were seen to be zeroes.  How many
// extents; 0 where the disk must be waited for: call again then.
size_t extents_find(struct export *export, uint64_t offset, uint64_t end, uint32_t *zeroes, struct extent extents[EXTENTS]);

#endif
