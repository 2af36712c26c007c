// SPDX-License-Identifier: GPL-2.0-or-later
//
// The disk, only ever read; and what of it cannot be read.  Touches: its descriptors, never their file offsets' meaning (reads
// name theirs).
#ifndef P2V_EXPORT_DISK_H
#define P2V_EXPORT_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "p2v-export/bad.h"

#define DISK_PAGE 4096     // the kernel reads, and so loses, no less at once through its page cache

struct disk {
    int fd;                // O_RDONLY
    int direct;            // the same disk, past the page cache (O_DIRECT) where that is possible: a bad sector's neighbours
                           // in its page can be read by this one alone; -1: there is none
    size_t block;          // what is read, or lost, past the page cache at once: bytes; 0: that has not been needed yet
    uint64_t size;         // bytes; no read goes past it
    bool cached;           // all of it is in the page cache, from where it is had fastest, so far as nothing of it has failed
    bool zero_bad;         // what cannot be read is zeroes; else it is an error
    bool dead;             // it stopped giving anything: from then on it is errors even so, or the guest would be of zeroes
    uint64_t bad_run;      // blocks that could not be read, since one could be that was tried alone as well
    struct bad_ranges *bad;    // what could not be read, borrowed; NULL: it is not remembered
    void (*on_bad)(void *context, uint64_t offset);    // told of the first byte of each new range; NULL: nobody is
    void *context;
};

// Reads size bytes at offset (offset + size <= disk->size), however long it takes.  How many: less than size where the byte
// after them cannot be read; where zero_bad only of a disk that died.  Where a read fails it is tried again in smaller
// pieces, down to a block, so that only what is bad counts as bad; where zero_bad, what once was zeroes for that reason
// stays it, and is not tried again, as long as the disk has not died.
size_t disk_read(struct disk *disk, uint8_t *into, size_t size, uint64_t offset);

// True where neither its first nor its last block can be read.  It is the disk that is asked, past the page cache; where `direct` is
// -1, or its file system has no such reads, the page cache answers, even for a disk that has gone, if it has them.
bool disk_is_dead(struct disk *disk);

// How many of size bytes at offset come before the first page that is known to hold something bad: all others only
// disk_read() has.
size_t disk_clean(const struct disk *disk, uint64_t offset, size_t size);

// True where all size bytes of the disk fd have their pages in the page cache; some of these may have failed to be read.
// To be asked before the lock: Linux 6.5 and later can say it (cachestat(2)), and say it to the disk's owner alone.
bool disk_is_cached(int fd, uint64_t size);

// Whether the byte at offset (< end <= disk->size) is allocated (true) or in a hole of a sparse file, and *until, which is
// in (offset, end], how far that holds.  What cannot be found out counts as allocated; block devices have no holes.
bool disk_allocated(const struct disk *disk, uint64_t offset, uint64_t end, uint64_t *until);

#endif
