// SPDX-License-Identifier: GPL-2.0-or-later
//
// Reading the disk.
#include "p2v-export/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#define SECTOR 512

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

// The disk failed somewhere in the range: reads on sector by sector as far as it can.
static size_t read_sectors(const struct disk *disk, uint8_t *into, size_t size, uint64_t offset)
{
    size_t good = 0;
    while (good < size) {
        size_t step = SECTOR - (size_t)((offset + good) % SECTOR);
        if (step > size - good)
            step = size - good;
        ssize_t n = read_some(disk, into + good, step, offset + good, 0);
        if (n > 0)
            good += (size_t)n;
        if (n != (ssize_t)step)
            break;
    }
    return good;
}

enum disk_result disk_read(struct disk *disk, uint8_t *into, size_t size, uint64_t offset, bool wait, size_t *good)
{
    *good = size;
    if (!wait && !disk->blocking_only) {
        ssize_t n = read_some(disk, into, size, offset, RWF_NOWAIT);
        if (n == (ssize_t)size)
            return DISK_READ;
        if (n >= 0 || errno != EOPNOTSUPP)
            return DISK_COLD;                    // an error too: it is met again, and handled, by the read that waits
        disk->blocking_only = true;
    }
    ssize_t n = read_some(disk, into, size, offset, 0);
    if (n == (ssize_t)size)
        return DISK_READ;
    size_t read = n < 0 ? 0 : (size_t)n;
    *good = read + read_sectors(disk, into + read, size - read, offset + read);
    if (*good == size)
        return DISK_READ;
    if (disk->on_bad != NULL)
        disk->on_bad(disk->context, offset + *good);
    return DISK_BAD;
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
