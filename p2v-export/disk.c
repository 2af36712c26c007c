// SPDX-License-Identifier: GPL-2.0-or-later
//
// Reading the disk.
#include "p2v-export/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SECTOR 512
#define CACHESTAT 451                  // cachestat(2) on every architecture; headers of Linux 6.1 do not have it
#define DEATH_RUN 256                  // bad blocks in a row after which it is asked whether the disk is there at all
#define BLOCK_TRIES 4                  // an old drive, or a cable, often gives at the second asking what it refused at the first

// As pread(2), but the whole size: less only before an error, or the end of a file that has become shorter.  -1 with errno
// where there is not one byte.
static ssize_t read_some(int fd, uint8_t *into, size_t size, uint64_t offset)
{
    size_t done = 0;
    while (done < size) {
        ssize_t n = pread(fd, into + done, size - done, (off_t)(offset + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return done > 0 ? (ssize_t)done : n;
        done += (size_t)n;
    }
    return (ssize_t)done;
}

// ---- where it fails ------------------------------------------------------------------------------------

size_t disk_clean(const struct disk *disk, uint64_t offset, size_t size)
{
    const struct bad_range *range = disk->bad == NULL ? NULL : bad_after(disk->bad, offset / DISK_PAGE * DISK_PAGE);
    if (range == NULL)
        return size;
    uint64_t page = range->begin / DISK_PAGE * DISK_PAGE;
    return page <= offset ? 0 : page - offset < size ? (size_t)(page - offset) : size;
}

static bool is_known_bad(const struct disk *disk, uint64_t offset)
{
    const struct bad_range *range = disk->bad == NULL ? NULL : bad_after(disk->bad, offset);
    return range != NULL && range->begin <= offset;
}

// Past the page cache a disk of larger sectors refuses to read 512 bytes, and so it never loses less than a page.
static size_t block_size(struct disk *disk)
{
    _Alignas(DISK_PAGE) uint8_t sector[SECTOR];
    if (disk->block == 0)
        disk->block = disk->direct >= 0 && pread(disk->direct, sector, SECTOR, 0) < 0 && errno == EINVAL ? DISK_PAGE : SECTOR;
    return disk->block;
}

// The first `needed` bytes of the block at offset, as the disk alone can give them.
static bool read_block(const struct disk *disk, uint8_t block[DISK_PAGE], size_t needed, uint64_t offset)
{
    ssize_t n = -1;
    errno = EINVAL;
    if (disk->direct >= 0)
        n = read_some(disk->direct, block, disk->block, offset);
    if (n < 0 && errno == EINVAL)                // its file system has no such reads
        n = read_some(disk->fd, block, needed, offset);
    return n >= (ssize_t)needed;
}

static bool read_block_patiently(const struct disk *disk, uint8_t block[DISK_PAGE], size_t needed, uint64_t offset)
{
    for (int tries = 0; tries < BLOCK_TRIES; tries++)
        if (read_block(disk, block, needed, offset))
            return true;
    return false;
}

bool disk_is_dead(struct disk *disk)
{
    _Alignas(DISK_PAGE) uint8_t block[DISK_PAGE];
    size_t size = block_size(disk);
    uint64_t last = (disk->size - 1) / size * size;
    return !read_block_patiently(disk, block, disk->size < size ? (size_t)disk->size : size, 0) &&
           !read_block_patiently(disk, block, (size_t)(disk->size - last < size ? disk->size - last : size), last);
}

// The block at begin cannot be read: it is remembered, and told of, unless the disk has died.  True where zeroes are to stand for it.
static bool take_bad(struct disk *disk, uint64_t begin, uint64_t end)
{
    if (disk->dead)
        return false;
    disk->cached = false;                        // a page that failed counts as cached too, but sendfile(2) fails at it
    disk->bad_run++;
    disk->dead = disk->zero_bad && disk->bad_run % DEATH_RUN == 0 && disk_is_dead(disk);
    bool new = !disk->dead && (disk->bad == NULL || bad_add(disk->bad, begin, end));
    if ((new || disk->dead) && disk->on_bad != NULL)
        disk->on_bad(disk->context, begin);
    return disk->zero_bad && !disk->dead;
}

// A part of one page that cannot be had through the page cache: block by block, past it.  How much; all where zero_bad.
static size_t read_damaged(struct disk *disk, uint8_t *into, size_t size, uint64_t offset)
{
    _Alignas(DISK_PAGE) uint8_t block[DISK_PAGE];    // O_DIRECT wants it so
    size_t whole = block_size(disk);
    for (size_t done = 0, step; done < size; done += step) {
        uint64_t begin = (offset + done) / whole * whole;
        uint64_t end = disk->size - begin < whole ? disk->size : begin + whole;
        size_t skip = (size_t)(offset + done - begin);
        step = whole - skip < size - done ? whole - skip : size - done;
        bool known = disk->zero_bad && !disk->dead && is_known_bad(disk, begin);
        if (!known && read_block_patiently(disk, block, skip + step, begin)) {
            disk->bad_run = 0;
            memcpy(into + done, block + skip, step);
        } else if (known || take_bad(disk, begin, end))
            memset(into + done, 0, step);
        else
            return done;
    }
    return size;
}

size_t disk_read(struct disk *disk, uint8_t *into, size_t size, uint64_t offset)
{
    size_t done = 0;
    while (done < size) {
        size_t clean = disk_clean(disk, offset + done, size - done);
        ssize_t n = clean > 0 ? read_some(disk->fd, into + done, clean, offset + done) : 0;
        done += n > 0 ? (size_t)n : 0;
        if (clean > 0 && n == (ssize_t)clean)
            continue;
        size_t page = DISK_PAGE - (size_t)((offset + done) % DISK_PAGE);
        if (page > size - done)
            page = size - done;
        size_t read = read_damaged(disk, into + done, page, offset + done);
        done += read;
        if (read < page)
            break;
    }
    return done;
}

// ---- the page cache ------------------------------------------------------------------------------------

bool disk_is_cached(int fd, uint64_t size)
{
    const struct { uint64_t offset, size; } range = { 0, size };
    struct { uint64_t cached, dirty, writeback, evicted, recently_evicted; } pages = { 0 };
    return syscall(CACHESTAT, fd, &range, &pages, 0) == 0 && pages.cached * DISK_PAGE >= size;
}

// ---- holes ---------------------------------------------------------------------------------------------

bool disk_allocated(const struct disk *disk, uint64_t offset, uint64_t end, uint64_t *until)
{
    *until = end;
    off_t data = lseek(disk->fd, (off_t)offset, SEEK_DATA);
    if (data < 0 && errno == ENXIO)              // lseek(2): a hole up to the end of the file
        return false;
    if (data < 0)
        return true;
    if ((uint64_t)data > offset) {
        *until = (uint64_t)data < end ? (uint64_t)data : end;
        return false;
    }
    off_t hole = lseek(disk->fd, (off_t)offset, SEEK_HOLE);
    if (hole > data && (uint64_t)hole < end)
        *until = (uint64_t)hole;
    return true;
}
