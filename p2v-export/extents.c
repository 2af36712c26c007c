// SPDX-License-Identifier: GPL-2.0-or-later
//
// Which parts of the disk are zeroes.
#include "p2v-export/extents.h"

#include "p2v-export/nbd.h"

// Begins to read what is looked at next: twice as far as zeroes have been found, because what follows data is not looked at.
static void fetch(struct export *export, uint64_t offset, uint64_t end, uint64_t zeroes)
{
    uint64_t ahead = offset + zeroes + PIECE_BYTES;
    bool must = true;
    if (ahead < end)
        end = ahead;
    for (size_t size; offset < end; offset += size, must = false) {
        size = piece_size(offset, end);
        if (!pieces_fetch(export->pieces, offset, size, must))
            return;
    }
}

size_t extents_find(struct export *export, uint64_t offset, uint64_t end, uint32_t *zeroes, struct extent extents[EXTENTS])
{
    uint64_t known, at = offset + *zeroes, limit = (offset / EXTENTS_LOOK + 1) * EXTENTS_LOOK;
    if (!disk_allocated(&export->disk, offset, end, &known)) {
        extents[0] = (struct extent){ .size = known - offset, .state = NBD_STATE_HOLE | NBD_STATE_ZERO };
        return 1;
    }
    if (known > limit)
        known = limit;
    for (bool zero = true; zero && at < known;) {
        size_t size = piece_size(at, known);
        struct view view;
        fetch(export, at, known, at - offset);
        if (!pieces_get(export->pieces, at, size, &view))
            return 0;
        size_t run = view.size > 0 ? zero_run(view.bytes, view.size, at, &zero) : 0;
        zero = zero && run > 0;                // what is bad is told by the read that wants it
        pieces_release(export->pieces, at, at + size);
        at += zero ? run : 0;
        zero = zero && run == size;
        *zeroes = (uint32_t)(at - offset);
    }
    pieces_release(export->pieces, at, known);
    size_t count = 0;
    if (at - offset < EXTENT_ZEROES && at < known)
        at = offset;
    if (at > offset)
        extents[count++] = (struct extent){ .size = at - offset, .state = NBD_STATE_ZERO };
    if (at < known)
        extents[count++] = (struct extent){ .size = known - at };
    return count;
}
