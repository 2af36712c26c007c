// SPDX-License-Identifier: GPL-2.0-or-later
//
// The sorted list of ranges that could not be read.  Pure memory.
#include "p2v-export/bad.h"

#include <string.h>

// Index of the first range whose end is at or after offset; count where there is none.
static size_t find(const struct bad_ranges *bad, uint64_t offset)
{
    size_t low = 0, high = bad->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (bad->ranges[middle].end < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool bad_add(struct bad_ranges *bad, uint64_t begin, uint64_t end)
{
    size_t first = find(bad, begin), last = first;
    while (last < bad->count && bad->ranges[last].begin <= end)      // [first, last) touch it
        last++;
    bool new = first == last;
    if (new && bad->count == BAD_MAX_RANGES) {
        bad->more = true;
        return false;
    }
    struct bad_range merged = { begin, end };
    if (!new && bad->ranges[first].begin < begin)
        merged.begin = bad->ranges[first].begin;
    if (!new && bad->ranges[last - 1].end > end)
        merged.end = bad->ranges[last - 1].end;
    memmove(&bad->ranges[first + 1], &bad->ranges[last], (bad->count - last) * sizeof bad->ranges[0]);
    bad->ranges[first] = merged;
    bad->count = bad->count + 1 - (last - first);
    return new;
}

const struct bad_range *bad_after(const struct bad_ranges *bad, uint64_t offset)
{
    size_t index = find(bad, offset + 1);        // ends at offset + 1 or later
    return index < bad->count ? &bad->ranges[index] : NULL;
}
