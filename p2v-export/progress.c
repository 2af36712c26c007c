// SPDX-License-Identifier: GPL-2.0-or-later
//
// Which places of a disk have gone to clients, two bits for each.  Pure memory.
#include "p2v-export/progress.h"

#include <string.h>

#define SMALLEST_SHIFT 12                  // ZERO_GRANULE

void progress_begin(struct progress *progress, uint64_t size)
{
    memset(progress, 0, sizeof *progress);
    progress->size = size;
    progress->shift = SMALLEST_SHIFT;
    while (size > (uint64_t)PROGRESS_PLACES << progress->shift)
        progress->shift++;
}

// The bits of word `index` that are places of [first, end).
static uint64_t bits(uint64_t index, uint64_t first, uint64_t end)
{
    uint64_t from = index * 64, mask = UINT64_MAX;
    if (first > from)
        mask <<= first - from;
    if (end < from + 64)
        mask &= UINT64_MAX >> (from + 64 - end);
    return mask;
}

void progress_add(struct progress *progress, uint64_t offset, uint64_t length, bool zero)
{
    uint64_t round = (UINT64_C(1) << progress->shift) - 1;
    uint64_t first = (offset + round) >> progress->shift, end = (offset + length + round) >> progress->shift;
    for (uint64_t i = first / 64; i * 64 < end; i++) {
        uint64_t here = bits(i, first, end), new = here & ~progress->sent[i];
        uint64_t told = new & progress->zero[i];                   // as zeroes, before
        if (zero) {
            progress->zero[i] |= new;
            progress->zero_places += (uint64_t)__builtin_popcountll(new & ~told);
            new &= ~told;
        } else {
            progress->sent[i] |= new;
            progress->zero[i] &= ~told;
            progress->sent_places += (uint64_t)__builtin_popcountll(new);
            progress->zero_places -= (uint64_t)__builtin_popcountll(told);
        }
        progress->untold = progress->untold || new != 0;
    }
}

// The last place may be a short one.
static uint64_t bytes_of(const struct progress *progress, const uint64_t *set, uint64_t places)
{
    uint64_t last = (progress->size - 1) >> progress->shift, missing = ((last + 1) << progress->shift) - progress->size;
    bool has_last = progress->size > 0 && (set[last / 64] >> last % 64 & 1);
    return (places << progress->shift) - (has_last ? missing : 0);
}

uint64_t progress_sent(const struct progress *progress)
{
    return bytes_of(progress, progress->sent, progress->sent_places);
}

uint64_t progress_zero(const struct progress *progress)
{
    return bytes_of(progress, progress->zero, progress->zero_places);
}
