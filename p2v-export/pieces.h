// SPDX-License-Identifier: GPL-2.0-or-later
//
// The disk's content on its way through this program: a few pieces of memory, filled in the background.  They are all there
// is: what every client asks for at once takes no more.  The disk is read past the page cache where that is possible, so that
// a large one does not push everything else out of it, and nothing is copied twice.
// Touches: the disk; an event descriptor of its own.
#ifndef P2V_EXPORT_PIECES_H
#define P2V_EXPORT_PIECES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "p2v-export/disk.h"

#define PIECE_BYTES (256 * 1024)       // of a piece; a piece does not reach over a multiple of this
#define PIECES 8                       // as many reads as the disk is given at once

struct pieces;

// Bytes of the disk that are in memory; they stay there until the next pieces_fetch(), pieces_begin() or pieces_finish().
struct view {
    const uint8_t *bytes;
    size_t size;                       // less than was asked for: the byte after these cannot be read
};

// All memory and what the kernel needs for reads in the background; NULL where there is not enough memory.  To be called
// before the lock.  Where the kernel has no such reads (io_setup(2)) each is waited for.
struct pieces *pieces_new(void);
void pieces_free(struct pieces *pieces);

// Whose content they hold: borrowed.  Before the first read; serve() says it each time, and it is always the same disk.
void pieces_set_disk(struct pieces *pieces, struct disk *disk);

// How much of the disk from offset on, less than end, lies in one piece: what one call below may be asked for.
static inline size_t piece_size(uint64_t offset, uint64_t end)
{
    size_t most = PIECE_BYTES - (size_t)(offset % PIECE_BYTES);
    return end - offset < most ? (size_t)(end - offset) : most;
}

// Will have these bytes read, unless they are in memory, or on their way.  must: what others were going to use may go for it.
// False where there is no room; and, unless it must, where the disk is cached: of such a one nothing need be read ahead.
bool pieces_fetch(struct pieces *pieces, uint64_t offset, size_t size, bool must);

// Begins all reads that pieces_fetch() was asked for since: together they cost less than one by one.  Those that the kernel
// does not do in the background are done now: true where there were some.
bool pieces_begin(struct pieces *pieces);

// True where these bytes are in memory, or it is known that they cannot be read.
bool pieces_get(struct pieces *pieces, uint64_t offset, size_t size, struct view *view);

// Where the bytes that pieces_get() has shown can be sent from as they are (sendfile(2)), because all of the disk is in the page
// cache: its descriptor, borrowed; -1: only from the view.
int pieces_cached(const struct pieces *pieces);

// Nobody needs these bytes any more, so far as the caller knows: their room may be used again.
void pieces_release(struct pieces *pieces, uint64_t offset, uint64_t end);

// Readable when reads are finished; pieces_finish() takes them over then.
int pieces_event(const struct pieces *pieces);
void pieces_finish(struct pieces *pieces);

#endif
