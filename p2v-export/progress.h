// SPDX-License-Identifier: GPL-2.0-or-later
//
// How much of the disk the conversion server has by now.  Pure memory, whose size does not depend on the disk's.
//
// The disk is divided into places of equal size, at most PROGRESS_PLACES of them, and a place counts as its first byte does.
// So what is sent or told twice counts once, the sums cannot go past the disk's size, and whoever has all of it has exactly that.
// Up to 4 GiB a place is as small as what zeroes are told in, and the sums are right to the byte wherever the disk's size is a
// multiple of 4096; on larger disks they are good samples.
#ifndef P2V_EXPORT_PROGRESS_H
#define P2V_EXPORT_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#define PROGRESS_PLACES (1u << 20)
#define PROGRESS_WORDS (PROGRESS_PLACES / 64)

struct progress {
    uint64_t size;                         // bytes of the disk
    unsigned shift;                        // a place has 1 << shift bytes; the last one may have less
    uint64_t sent_places, zero_places;
    bool untold;                           // the sums have changed since somebody made this false
    uint64_t sent[PROGRESS_WORDS];         // a bit a place; none is in both
    uint64_t zero[PROGRESS_WORDS];
};

// Makes *progress new, for a disk of so many bytes.
void progress_begin(struct progress *progress, uint64_t size);

// These bytes (offset + length <= size) go to a client: as data, or told to be zeroes.  What once went as data stays that.
void progress_add(struct progress *progress, uint64_t offset, uint64_t length, bool zero);

// Bytes.  Their sum is at most the disk's size.
uint64_t progress_sent(const struct progress *progress);
uint64_t progress_zero(const struct progress *progress);

#endif
