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
    uint64_t size;         // bytes; no read goes past it
    bool blocking_only;    // the kernel cannot say whether a read would wait (preadv2(2), RWF_NOWAIT): no read is cold
    bool zero_bad;         // what cannot be read is zeroes; else it is an error
    struct bad_ranges *bad;    // what could not be read, borrowed; NULL: it is not remembered
    void (*on_bad)(void *context, uint64_t offset);    // told of the first byte of each new range; NULL: nobody is
    void *context;
};

enum disk_result {
    DISK_READ,             // all bytes are there
    DISK_COLD,             // not in memory, and the caller did not want to wait; the buffer's content is undefined
    DISK_BAD,              // a part cannot be read; *good bytes before it are there.  Never where zero_bad
};

// Reads size bytes at offset (offset + size <= disk->size).  wait: however long it takes; else only what the page cache has.
// Where a read fails it is tried again in smaller pieces, down to a sector, so that only what is bad counts as bad; where
// zero_bad, what once was zeroes for that reason stays it, and is not tried again.
enum disk_result disk_read(struct disk *disk, uint8_t *into, size_t size, uint64_t offset, bool wait, size_t *good);

// How many of size bytes at offset come before the first page that holds something bad: the kernel may be asked to send
// these; all others only disk_read() has.
size_t disk_clean(const struct disk *disk, uint64_t offset, size_t size);

// Tells the kernel that these bytes will be read soon: it begins to fetch them, and this call does not wait for it.
void disk_fetch(const struct disk *disk, uint64_t offset, uint64_t size);

// Whether the byte at offset (< end <= disk->size) is allocated (true) or in a hole of a sparse file, and *until, which is
// in (offset, end], how far that holds.  What cannot be found out counts as allocated; block devices have no holes.
bool disk_allocated(const struct disk *disk, uint64_t offset, uint64_t end, uint64_t *until);

#endif
