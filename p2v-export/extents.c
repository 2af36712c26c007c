// SPDX-License-Identifier: GPL-2.0-or-later
//
// Which parts of the disk are zeroes.  Of data only the first block of a unit is looked at, so that a disk without zeroes
// costs a sixteenth of a read; the reads that follow find the zeroes that are smaller than a unit.
#include "p2v-export/extents.h"

#include "p2v-export/nbd.h"

#define FETCH_BYTES (1024 * 1024)              // read ahead of where is looked at; the kernel takes no more at once

enum look { LOOK_ZERO, LOOK_DATA, LOOK_COLD };

static enum look look_at(struct export *export, uint64_t offset, size_t size, bool wait)
{
    size_t first = size < ZERO_GRANULE ? size : ZERO_GRANULE, good;
    for (size_t at = 0; at < size; at += first, first = size - at) {
        enum disk_result result = disk_read(&export->disk, export->piece, first, offset + at, wait, &good);
        if (result == DISK_COLD)
            return LOOK_COLD;
        if (result == DISK_BAD || !zero_all(export->piece, first))
            return LOOK_DATA;                  // what is bad is told by the read that wants it
    }
    return LOOK_ZERO;
}

// The state of the unit at offset, up to the next multiple of EXTENT_UNIT or *until; *until becomes its end.
static enum look next_unit(struct export *export, uint64_t offset, uint64_t *until, bool wait)
{
    uint64_t next = (offset / EXTENT_UNIT + 1) * EXTENT_UNIT;
    if (next < *until)
        *until = next;
    if (offset % FETCH_BYTES < EXTENT_UNIT) {
        uint64_t ahead = export->disk.size - offset;
        disk_fetch(&export->disk, offset, ahead < 2 * FETCH_BYTES ? ahead : 2 * FETCH_BYTES);
    }
    return look_at(export, offset, (size_t)(*until - offset), wait);
}

size_t extents_find(struct export *export, uint64_t offset, uint64_t end, bool wait, struct extent *extents, size_t most)
{
    size_t count = 0;
    uint64_t looked = 0, known = offset;           // what the file system says holds up to there
    bool allocated = false;
    while (offset < end && looked < EXTENTS_LOOK) {
        if (offset == known)
            allocated = disk_allocated(&export->disk, offset, end, &known);
        uint64_t until = known;
        uint32_t state = NBD_STATE_HOLE | NBD_STATE_ZERO;
        if (allocated) {
            enum look look = next_unit(export, offset, &until, wait);
            if (look == LOOK_COLD)
                break;
            state = look == LOOK_ZERO ? NBD_STATE_ZERO : 0;
            looked += until - offset;
        }
        if (count == 0 || extents[count - 1].state != state) {
            if (count == most)
                break;
            extents[count++] = (struct extent){ .state = state };
        }
        extents[count - 1].size += until - offset;
        offset = until;
    }
    return count;
}
