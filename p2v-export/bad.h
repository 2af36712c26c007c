// SPDX-License-Identifier: GPL-2.0-or-later
//
// The ranges of a disk that could not be read: sorted, neighbours merged, of bounded number.  Pure memory.
#ifndef P2V_EXPORT_BAD_H
#define P2V_EXPORT_BAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BAD_MAX_RANGES 2048            // what one message to the supervisor holds (proto/check.c)

struct bad_range {
    uint64_t begin, end;               // bytes of the disk; end is the first that is not part of it
};

struct bad_ranges {
    size_t count;
    bool more;                         // there are others, for which there was no room
    struct bad_range ranges[BAD_MAX_RANGES];
};

// Adds [begin, end), which may touch or overlap others.  True where it is a new range: not where it made known ones longer,
// and not where there was no room.
bool bad_add(struct bad_ranges *bad, uint64_t begin, uint64_t end);

// The first range that ends after offset; NULL: there is none.
const struct bad_range *bad_after(const struct bad_ranges *bad, uint64_t offset);

#endif
