// SPDX-License-Identifier: GPL-2.0-or-later
//
// Reading the disk.
#include "p2v-export/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define SECTOR 512
#define SECTOR_TRIES 4                 // an old drive, or a cable, often gives at the second asking what it refused at the first

// As preadv2(2), but the whole size: less only before an error, the end of a file that has become shorter, or where waiting
// is not wanted.  -1 with errno where there is not one byte.
static ssize_t read_some(const struct disk *disk, uint8_t *into, size_t size, uint64_t offset, int flags)
{
    size_t done = 0;
    while (done < size) {
        struct iovec vector = { .iov_base = into + done, .iov_len = size - done };
        ssize_t n = preadv2(disk->fd, &vector, 1, (off_t)(offset + done), flags);
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

// The first `needed` bytes of the sector at offset, as the disk alone can give them.
static bool read_sector(const struct disk *disk, uint8_t sector[SECTOR], size_t needed, uint64_t offset)
{
    ssize_t n = -1;
    errno = EINVAL;
    if (disk->direct >= 0) {
        struct iovec vector = { .iov_base = sector, .iov_len = SECTOR };
        do
            n = preadv2(disk->direct, &vector, 1, (off_t)offset, 0);
        while (n < 0 && errno == EINTR);
    }
    if (n < 0 && errno == EINVAL)                // its sectors are larger, or its file system has no such reads
        n = read_some(disk, sector, needed, offset, 0);
    return n >= (ssize_t)needed;
}

static bool read_sector_patiently(const struct disk *disk, uint8_t sector[SECTOR], size_t needed, uint64_t offset)
{
    for (int tries = 0; tries < SECTOR_TRIES; tries++)
        if (read_sector(disk, sector, needed, offset))
            return true;
    return false;
}

// A part of one page that cannot be had through the page cache: sector by sector, past it.  How much; all where zero_bad.
static size_t read_damaged(struct disk *disk, uint8_t *into, size_t size, uint64_t offset)
{
    _Alignas(DISK_PAGE) uint8_t sector[SECTOR];  // O_DIRECT wants it so
    for (size_t done = 0, step; done < size; done += step) {
        uint64_t begin = (offset + done) / SECTOR * SECTOR;
        uint64_t end = disk->size - begin < SECTOR ? disk->size : begin + SECTOR;
        size_t skip = (size_t)(offset + done - begin);
        step = SECTOR - skip < size - done ? SECTOR - skip : size - done;
        bool known = disk->zero_bad && is_known_bad(disk, begin);
        if (!known && read_sector_patiently(disk, sector, skip + step, begin)) {
            memcpy(into + done, sector + skip, step);
            continue;
        }
        bool new = !known && (disk->bad == NULL || bad_add(disk->bad, begin, end));
        if (new && disk->on_bad != NULL)
            disk->on_bad(disk->context, begin);
        if (!disk->zero_bad)
            return done;
        memset(into + done, 0, step);
    }
    return size;
}

static size_t read_waiting(struct disk *disk, uint8_t *into, size_t size, uint64_t offset)
{
    size_t done = 0;
    while (done < size) {
        size_t clean = disk_clean(disk, offset + done, size - done);
        ssize_t n = clean > 0 ? read_some(disk, into + done, clean, offset + done, 0) : 0;
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

// ---- reading -------------------------------------------------------------------------------------------

enum disk_result disk_read(struct disk *disk, uint8_t *into, size_t size, uint64_t offset, bool wait, size_t *good)
{
    *good = size;
    if (!wait && !disk->blocking_only) {
        if (disk_clean(disk, offset, size) < size)
            return DISK_COLD;
        ssize_t n = read_some(disk, into, size, offset, RWF_NOWAIT);
        if (n == (ssize_t)size)
            return DISK_READ;
        if (n >= 0 || errno != EOPNOTSUPP)
            return DISK_COLD;                    // an error too: it is met again, and handled, by the read that waits
        disk->blocking_only = true;
    }
    *good = read_waiting(disk, into, size, offset);
    return *good == size ? DISK_READ : DISK_BAD;
}

void disk_fetch(const struct disk *disk, uint64_t offset, uint64_t size)
{
    posix_fadvise(disk->fd, (off_t)offset, (off_t)size, POSIX_FADV_WILLNEED);     // only advice: failure costs speed alone
}

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
